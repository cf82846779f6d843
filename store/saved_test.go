package store

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store/corpus"
)

// essential gives a document that says for itself what of it is no noise.
func essential(url, title, text string) normalize.Document {
	d := doc(url, title, text)
	d.Essence = normalize.Essence(title, text)
	return d
}

// TestImportSaved: what is saved from one database comes into another as it was: revisions that differ in noise alone,
// what is withdrawn, and articles that are known by their bytes.
func TestImportSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	pollOf(t, db, start, "a", entry("a", "https://a.example/0", "Border post zero"), entry("a", "https://a.example/1", "Border post one"))
	p := keep(t, db, next(t, db, "a.example:443"), minutes(1), essential("https://a.example/0", "Border post zero", textOf(1)+"\n\n15 comments"), Keeping{KeepPage: true})
	rebuilt := record(t, db, p.ID)
	if _, err := db.Rebuild(t.Context(), []Rebuilt{{Made: Made{Record: &rebuilt}, Document: essential("https://a.example/0", "Border post zero", textOf(1))}}); err != nil {
		t.Fatal(err)
	}
	p = keep(t, db, next(t, db, "a.example:443"), minutes(2), essential("https://a.example/1", "Border post one", textOf(2)), Keeping{})
	was := record(t, db, p.ID)
	now, at := was, minutes(3)
	now.Withdrawn = &at
	if _, err := db.Judge(t.Context(), []Judged{{Was: was, Now: now}}); err != nil {
		t.Fatal(err)
	}
	pollOf(t, db, minutes(4), "a", fetcher.Entry{Source: "a", Endpoint: "a-feed", Kind: fetcher.KindFeed, Title: "No link", GUID: "g1", Content: "x"})
	hosts, err := db.Hosts()
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		j, ok, err := db.Next(host, fetcher.Job{})
		if err != nil || !ok || j.Entry.GUID != "g1" {
			continue
		}
		for i, text := range []string{textOf(3), textOf(3) + "\n\nThen the guild of the couriers met again and decided otherwise."} {
			o := Keeping{TextFrom: FromFeed, Again: minutes(20 * (i + 1)), AgainWait: time.Minute}
			if _, err := db.Keep(j, fetcher.Page{Fetched: minutes(5 + 20*i)}, essential("", "No link", text), o); err != nil {
				t.Fatal(err)
			}
		}
	}
	sound(t, db)
	want := all(t, db, Query{Withdrawn: true})
	if len(want) != 3 || want[0].Revision != 2 || want[1].Withdrawn == nil || want[2].Revision != 2 {
		t.Fatalf("not what the test is about: %+v", want)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	fresh := openNew(t)
	lost, err := Salvage(t.Context(), path, Options{}, func(r corpus.Record) error {
		_, err := fresh.Import(t.Context(), []Imported{{Record: r, Document: essential(r.CanonicalURL, r.Title, r.Text), Saved: true}})
		return err
	})
	if err != nil || len(lost) != 0 {
		t.Fatalf("lost %v, %v", lost, err)
	}
	sound(t, fresh)
	got := all(t, fresh, Query{Withdrawn: true})
	if len(got) != len(want) {
		t.Fatalf("%d records out of %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if g.ID != w.ID || g.Number != w.Number || g.Revision != w.Revision || g.SHA256 != w.SHA256 || g.Text != w.Text ||
			g.Cause != w.Cause || g.TextFrom != w.TextFrom || (g.Withdrawn == nil) != (w.Withdrawn == nil) {
			t.Errorf("record %d came out as\n%+v, it was\n%+v", i, g, w)
		}
	}
}

// TestRenameJoinsRecurring: what was learned of a source under both its ids stands together, what a person kept with it.
func TestRenameJoinsRecurring(t *testing.T) {
	db := openNew(t)
	was := recurring{Recurrence: Recurrence{Lines: []normalize.RecurringLine{{Print: 7, Text: "kept", Kept: true, Times: 3}}}, Stale: []int{2, 5}}
	is := recurring{Recurrence: Recurrence{Lines: []normalize.RecurringLine{{Print: 7, Text: "kept", Times: 1}, {Print: 8, Text: "new"}}}, Stale: []int{5, 9}}
	err := db.write(func(t txn) error {
		if err := t.put(bucketMeta, recurringKey("old"), was); err != nil {
			return err
		}
		return t.put(bucketMeta, recurringKey("new"), is)
	})
	if err != nil {
		t.Fatal(err)
	}
	pollOf(t, db, start, "old", entry("old", "https://a.example/0", "Border post zero"))
	keep(t, db, next(t, db, "a.example:443"), minutes(1), doc("https://a.example/0", "Border post zero", textOf(1)), Keeping{})
	if _, err := db.Rename(t.Context(), []Renaming{{Old: "old", New: "new"}}); err != nil {
		t.Fatal(err)
	}
	var joined, left recurring
	err = db.view(func(t txn) (err error) {
		if joined, err = t.recurring("new"); err == nil {
			left, err = t.recurring("old")
		}
		return err
	})
	if err != nil || len(left.Lines) != 0 || len(joined.Lines) != 2 || !joined.Lines[0].Kept || joined.Lines[0].Times != 4 || !slices.Equal(joined.Stale, []int{2, 5, 9}) {
		t.Errorf("joined %+v, left %+v, %v", joined, left, err)
	}
}

// TestDamageStopsNothing: a damaged article, or damaged notes of what recurs in a source, hold up no other article.
func TestDamageStopsNothing(t *testing.T) {
	db := openNew(t)
	imported := func(url, text string) {
		t.Helper()
		in := Imported{Record: corpus.Record{Number: corpus.Unnumbered}, Document: doc(url, "Zero", text)}
		if _, err := db.Import(t.Context(), []Imported{in}); err != nil {
			t.Fatalf("%s: %v", url, err)
		}
	}
	imported("https://a.example/0", textOf(1))
	imported("https://b.example/0", textOf(1)+" And one more word of it.")
	err := db.write(func(t txn) error {
		v := bytes.Clone(t.Bucket(bucketRecord).Get(numberKey(0)))
		v[len(v)/2] ^= 1
		t.copies.texts = texts{}
		if err := t.Bucket(bucketRecord).Put(numberKey(0), v); err != nil {
			return err
		}
		if err := t.put(bucketMeta, recurringKey("b"), recurring{Recurrence: Recurrence{Lines: []normalize.RecurringLine{{Print: 7}}}, Stale: []int{0, 1}}); err != nil {
			return err
		}
		return t.Bucket(bucketMeta).Put(recurringKey("a"), []byte("broken"))
	})
	if err != nil {
		t.Fatal(err)
	}
	imported("https://c.example/0", textOf(1)+" And one more word of it.") // a copy of a copy of what is damaged
	pollOf(t, db, start, "a", entry("a", "https://a.example/9", "Border post nine"))
	keep(t, db, next(t, db, "a.example:443"), minutes(1), doc("https://a.example/9", "Nine", textOf(9)), Keeping{})
	if stale, _, err := db.Stale(t.Context(), "b"); err != nil || len(stale) != 1 {
		t.Errorf("%d articles are to be cleaned, %v", len(stale), err)
	}
	if _, err := db.KeepLine(t.Context(), "b", "0000000000000007"); err != nil {
		t.Error(err)
	}
}
