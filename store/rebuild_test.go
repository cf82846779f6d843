package store

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"chapar/normalize"
)

// made reads all that Pages gives.
func madeOf(t testing.TB, db *DB, q Query) []Made {
	t.Helper()
	var all []Made
	for m, err := range db.Pages(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// another is what a later normalizer makes of a page.
func another(m Made, title, text string) normalize.Document {
	r := m.Record
	d := doc(r.CanonicalURL, title, text)
	d.Published = normalize.Date{Time: *r.Published, Origin: normalize.Origin(r.DateFrom)}
	d.Version++
	return d
}

// TestPages: records come with the pages of their newest revisions, then the dropped ones; filters count.
func TestPages(t *testing.T) {
	db := openNew(t)
	urls := []string{"https://one.example/a", "https://one.example/b", "https://two.example/c", "https://one.example/d"}
	for i, u := range urls {
		source := []string{"one", "one", "two", "one"}[i]
		o := Keeping{KeepPage: i != 1}
		if i == 3 {
			o = Keeping{TextFrom: FromFeed}
		}
		e := entry(source, u, "Headline")
		e.Content, e.Summary, e.Authors, e.Published = "long", "short", []string{"A"}, minutes(-7)
		keep(t, db, jobOf(e), minutes(i), doc(u, "T", textOf(i)), o)
	}
	keep(t, db, jobOf(entry("one", urls[0], "Headline")), minutes(9), doc(urls[0], "T", textOf(77)), Keeping{KeepPage: true})
	off := jobOf(entry("two", "https://two.example/off", "Soup"))
	if err := db.Drop(off, pageOf(off, minutes(5), "<p>soup"), doc(off.Entry.Link, "Soup", textOf(99)), "far", true); err != nil {
		t.Fatal(err)
	}

	all := madeOf(t, db, Query{})
	if len(all) != 5 {
		t.Fatalf("%d articles", len(all))
	}
	first, bare, fed, dropped := all[0], all[1], all[3], all[4]
	if first.Record.Revision != 2 || string(first.Page.Body) != "<p>"+textOf(77) || first.Record.Text != textOf(77) || !first.Page.Fetched.Equal(minutes(9)) {
		t.Errorf("the first comes as %+v of %+v", first.Record, first.Page)
	}
	if e := all[2].Entry; e == nil || e.Title != "Headline" || e.Authors[0] != "A" || !e.Published.Equal(minutes(-7)) || e.Content+e.Summary != "" {
		t.Errorf("the entry comes as %+v", e)
	}
	if bare.Page != nil || bare.Record.Text != "" || fed.Page != nil || fed.Record.TextFrom != FromFeed {
		t.Errorf("without pages: %+v and %+v", bare, fed)
	}
	if dropped.Record != nil || dropped.Rejected.Title != "Soup" || string(dropped.Page.Body) != "<p>soup" || dropped.Entry.Link != off.Entry.Link {
		t.Errorf("the dropped one comes as %+v", dropped)
	}
	if two := madeOf(t, db, Query{Sources: []string{"two"}}); len(two) != 2 || two[0].Record.Number != 2 || two[1].Rejected == nil {
		t.Errorf("of one source: %+v", two)
	}
	n := 0
	for range db.Pages(t.Context(), Query{}) {
		if n++; n == 2 {
			break
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range db.Pages(ended, Query{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %v", err)
		}
	}
}

// TestRebuild: another title or text is a revision with its cause, to which the page goes; the rest changes in place.
func TestRebuild(t *testing.T) {
	db := openNew(t)
	urls := []string{"https://one.example/a", "https://one.example/b", "https://one.example/c"}
	for i, u := range urls {
		keep(t, db, jobOf(entry("one", u, "T")), minutes(i), doc(u, "T", textOf(i)), Keeping{KeepPage: true, SourceName: "One"})
	}
	all := madeOf(t, db, Query{})
	var todo []Rebuilt
	for i, m := range all {
		d := another(m, "T", textOf(i))
		if now, c := m.Renewed(d); c.Any() || !reflect.DeepEqual(now, *m.Record) {
			t.Errorf("the same document changes %+v:\n%+v\n%+v", c, now, *m.Record)
		}
		switch i {
		case 0:
			d = another(m, "Another title", textOf(i)+"\n\nOne more paragraph.")
		case 1:
			d.Relevance.Score, d.Language = 0.3, "ru"
			d.Published = normalize.Date{Time: minutes(-500), Origin: normalize.FromJSONLD}
			d.Authors = []string{"B"}
		case 2: // the text of the first as it was: a copy now
			d = another(m, "T", textOf(0))
		}
		todo = append(todo, Rebuilt{m, d})
	}
	placed, err := db.Rebuild(t.Context(), todo)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Placed{PlacedRevised, PlacedRenewed, PlacedRevised} {
		if placed[i].As != want {
			t.Errorf("article %d is %s, want %s", i, placed[i].As, want)
		}
	}
	a, b, c := record(t, db, urls[0]), record(t, db, urls[1]), record(t, db, urls[2])
	if a.Revision != 2 || a.Cause != CauseRebuilt || a.Number != 0 || !a.Fetched.Equal(minutes(0)) || !a.FirstSeen.Equal(minutes(0)) || a.SourceName != "One" || a.TextFrom != FromPage {
		t.Errorf("the first is %+v", a)
	}
	if all := listed(t, db.Revisions(t.Context(), "0")); len(all) != 2 || all[0].Text != textOf(0) {
		t.Errorf("the revisions: %+v", all)
	}
	if _, ok, err := db.Page(0, 1); ok || err != nil {
		t.Errorf("the page is still that of the first revision (%v)", err)
	}
	if p, ok, err := db.Page(0, 2); !ok || err != nil || !p.Fetched.Equal(minutes(0)) {
		t.Errorf("the page of the new revision: %v, %v", ok, err)
	}
	if b.Revision != 1 || b.Relevance != 0.3 || b.Language != "ru" || !b.Published.Equal(minutes(-500)) || b.DateFrom != "json-ld" || b.Authors[0] != "B" || b.Text != textOf(1) {
		t.Errorf("the second is %+v", b)
	}
	if c.DuplicateOf == nil || *c.DuplicateOf != a.ID {
		t.Errorf("the third has the text that the first had, and is a copy of %v", c.DuplicateOf)
	}
	sound(t, db)

	// What has changed since it was read stays.
	placed, err = db.Rebuild(t.Context(), todo[:1])
	if err != nil || placed[0].As != PlacedSame || placed[0].Revision != 2 {
		t.Errorf("the second time: %+v, %v", placed, err)
	}
	if again := madeOf(t, db, Query{}); again[0].Entry == nil || again[0].Normalizer != normalize.Version+1 || again[1].Normalizer != normalize.Version+1 {
		t.Errorf("afterwards: %+v", again)
	}
	s, err := db.Stats(t.Context(), Query{})
	if err != nil || s.Older != 0 {
		t.Errorf("%d of an older normalizer, %v", s.Older, err)
	}
}

// TestConfirmed: where a page says what the feed's text said, the record tells so until it is revised.
func TestConfirmed(t *testing.T) {
	db := openNew(t)
	u := "https://one.example/a"
	j := jobOf(entry("one", u, "T"))
	keep(t, db, j, minutes(0), doc(u, "T", textOf(1)), Keeping{TextFrom: FromFeed, KeepJob: true})
	same := doc(u, "T", textOf(1)+"\n\n12 views")
	same.Essence = doc(u, "T", textOf(1)).Essence
	keep(t, db, j, minutes(1), same, Keeping{KeepPage: true})
	m := madeOf(t, db, Query{})[0]
	if !m.Confirmed || m.Page == nil || m.Record.Text != textOf(1) {
		t.Errorf("confirmed: %+v", m)
	}
	keep(t, db, j, minutes(2), doc(u, "T", textOf(2)), Keeping{KeepPage: true})
	if m := madeOf(t, db, Query{})[0]; m.Confirmed || m.Record.Revision != 2 {
		t.Errorf("revised: %+v", m)
	}
	sound(t, db)
}

// TestRenewedKeeps: what a document does not know is taken from the record.
func TestRenewedKeeps(t *testing.T) {
	db := openNew(t)
	u := "https://one.example/a"
	d := doc(u, "T", textOf(1))
	d.Authors = []string{"A"}
	d.Modified = normalize.Date{Time: minutes(3), Origin: normalize.FromMeta}
	keep(t, db, jobOf(entry("one", u, "T")), minutes(0), d, Keeping{KeepPage: true})
	m := madeOf(t, db, Query{})[0]
	d.Authors, d.Modified = nil, normalize.Date{}
	d.Published = normalize.Date{Time: time.Now(), Origin: normalize.FromSeen}
	if now, c := m.Renewed(d); c.Any() {
		t.Errorf("%+v: %+v", c, now)
	}
}
