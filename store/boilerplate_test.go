package store

import (
	"errors"
	"fmt"
	"testing"

	"chapar/fetcher"
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
	if _, err := db.KeepLine(t.Context(), "courier", "no such line"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a line that is none: %v", err)
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
