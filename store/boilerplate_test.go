package store

import (
	"errors"
	"fmt"
	"testing"

	"chapar/fetcher"
	"chapar/normalize"
)

// TestRecurrence: what three articles of a source have in common is learned once, goes along with a new id of the source,
// and is whole in the eyes of verify.
func TestRecurrence(t *testing.T) {
	const imprint = "The Courier of the upper valley is written by its readers."
	db := openNew(t)
	for n := range 3 {
		link := fmt.Sprintf("https://post.example/a/%d", n)
		p := keep(t, db, jobOf(entry("courier", link, "A day")), minutes(n), doc(link, fmt.Sprintf("Day %d", n), textOf(n)+"\n\n"+imprint), Keeping{})
		if p.Stale != (n == 2) {
			t.Errorf("article %d: %+v", n, p)
		}
	}
	sound(t, db)
	stale, r, err := db.Stale(t.Context(), "courier")
	if err != nil || len(stale) != 3 || len(r.Lines) != 1 || r.Lines[0].Text != imprint {
		t.Fatalf("%d articles are stale for %+v, %v", len(stale), r.Lines, err)
	}
	// Of two lines one of which is none, none is kept.
	if _, err := db.KeepLines(t.Context(), "courier", r.Lines[0].Print.String(), "no such line"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a line that is none: %v", err)
	}
	if r, err := db.Recurrence(t.Context(), "courier"); err != nil || r.Lines[0].Kept {
		t.Errorf("beside a line that is none %+v, %v", r.Lines, err)
	}
	if _, err := db.Rename(t.Context(), []Renaming{{Old: "courier", New: "post"}}); err != nil {
		t.Fatal(err)
	}
	if stale, r, err = db.Stale(t.Context(), "post"); err != nil || len(stale) != 3 || len(r.Lines) != 1 {
		t.Errorf("under the new id %d articles are stale for %+v, %v", len(stale), r.Lines, err)
	}
	if r, err := db.Recurrence(t.Context(), "courier"); err != nil || len(r.Recent) > 0 {
		t.Errorf("the old id has %+v, %v", r, err)
	}
	// A text that another source brings to the article says nothing of this one.
	link := "https://post.example/a/1"
	if p := keep(t, db, jobOf(fetcher.Entry{Source: "other", Endpoint: "other/feed", Link: link}), minutes(9), doc(link, "Day 1", textOf(40)+"\n\n"+imprint), Keeping{}); p.Stale {
		t.Errorf("another source: %+v", p)
	}
	sound(t, db)
}

// TestCleanKeeps: a text out of which something is taken is still made by the normalizer that read its page, with its
// notes, and what its page confirmed of it stays so.
func TestCleanKeeps(t *testing.T) {
	const imprint = "The Courier of the upper valley is written by its readers."
	db := openNew(t)
	for n := range 3 {
		link := fmt.Sprintf("https://post.example/a/%d", n)
		j := jobOf(entry("courier", link, "A day"))
		d := essential(link, fmt.Sprintf("Day %d", n), textOf(n)+"\n\n"+imprint)
		d.Version, d.Notes = normalize.Version-1, []string{"read with care"}
		if n == 0 {
			keep(t, db, j, minutes(n), d, Keeping{TextFrom: FromFeed, KeepJob: true})
			d.Text += "\n\n12 comments"
		}
		keep(t, db, j, minutes(n), d, Keeping{KeepPage: true})
	}
	stale, r, err := db.Stale(t.Context(), "courier")
	if err != nil || len(stale) != 3 {
		t.Fatalf("%d articles are stale, %v", len(stale), err)
	}
	var cleaned []Rebuilt
	for _, s := range stale {
		text, removed := r.Strip(s.Whole)
		d := essential(s.Record.CanonicalURL, s.Record.Title, text)
		d.Removed = removed
		cleaned = append(cleaned, Rebuilt{s.Made, d})
	}
	if _, err := db.Clean(t.Context(), "courier", cleaned); err != nil {
		t.Fatal(err)
	}
	for i, m := range madeOf(t, db, Query{}) {
		if m.Record.Revision != 2 || m.Record.Cause != CauseCleaned || m.Normalizer != normalize.Version-1 || m.Confirmed != (i == 0) {
			t.Errorf("article %d is %+v", i, m)
		}
		err := db.view(func(tx txn) error {
			s, _, err := tx.record(uint64(i))
			if len(s.Notes) != 1 {
				t.Errorf("article %d has the notes %q", i, s.Notes)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	sound(t, db)
}
