package store

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"chapar/store/corpus"
)

// judge writes one judgement.
func judge(t testing.TB, db *DB, was corpus.Record, score float64, withdrawn *time.Time) int {
	t.Helper()
	now := was
	now.Relevance, now.Reasons, now.Withdrawn = score, []string{"judged anew"}, withdrawn
	n, err := db.Judge(t.Context(), []Judged{{was, now}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestJudge: what is withdrawn is in no list unless asked for, keeps its number, its text and its copies, and comes back
// as it was.
func TestJudge(t *testing.T) {
	db := openNew(t)
	urls := []string{"https://one.example/a", "https://two.example/b", "https://one.example/c"}
	for i, u := range urls {
		keep(t, db, jobOf(entry("one", u, "Headline")), minutes(i), doc(u, "T", textOf(i/2)), Keeping{})
	}
	before := all(t, db, Query{})
	gone := minutes(30)
	if n := judge(t, db, before[0], 0.2, &gone); n != 1 {
		t.Fatalf("%d written", n)
	}
	sound(t, db)

	if got := all(t, db, Query{DropDuplicates: true}); len(got) != 2 || got[0].Number != 1 || got[1].Number != 2 {
		t.Errorf("without the first of a cluster its copy stands for it: %+v", got)
	}
	whole := all(t, db, Query{Withdrawn: true})
	if len(whole) != 3 || whole[0].Withdrawn == nil || !whole[0].Withdrawn.Equal(gone) || whole[0].Text != before[0].Text || whole[0].Relevance != 0.2 {
		t.Errorf("with the withdrawn ones: %+v", whole)
	}
	if r := record(t, db, urls[0]); r.Withdrawn == nil || r.Number != 0 || r.Revision != 1 {
		t.Errorf("by its address: %+v", r)
	}
	for r, err := range db.Search(t.Context(), "caravanserai", Query{}) {
		if err != nil || r.Number == 0 {
			t.Errorf("found %d, %v", r.Number, err)
		}
	}
	if newest, err := db.Newest(t.Context(), 3); err != nil || len(newest) != 2 {
		t.Errorf("the newest: %d, %v", len(newest), err)
	}
	if s, err := db.Stats(t.Context(), Query{}); err != nil || s.Records != 2 || s.Withdrawn != 1 || s.BySource["one"] != 2 {
		t.Errorf("counted %+v, %v", s, err)
	}
	if made := madeOf(t, db, Query{}); len(made) != 2 {
		t.Errorf("%d articles for a rebuild", len(made))
	}

	// A new text of it below the threshold leaves it out, one above brings it back.
	at := jobOf(entry("one", urls[0], "Headline"))
	keep(t, db, at, minutes(40), doc(urls[0], "T", textOf(8)), Keeping{Below: true})
	if r := record(t, db, urls[0]); r.Revision != 2 || r.Withdrawn == nil {
		t.Errorf("a text below the threshold: %+v", r)
	}
	keep(t, db, at, minutes(50), doc(urls[0], "T", textOf(9)), Keeping{})
	back := record(t, db, urls[0])
	if back.Revision != 3 || back.Withdrawn != nil || back.Number != 0 {
		t.Errorf("a text above the threshold: %+v", back)
	}

	// What changed since it was read is left alone.
	if n := judge(t, db, before[0], 0.1, &gone); n != 0 {
		t.Error("a judgement of an older text was written")
	}
	// An import of the same text brings back what is withdrawn.
	judge(t, db, back, 0.1, &gone)
	same := doc(urls[0], back.Title, back.Text)
	if _, err := db.Import(t.Context(), []Imported{{Record: corpus.Record{Number: corpus.Unnumbered, URL: urls[0], CanonicalURL: urls[0], Withdrawn: &gone}, Document: same}}); err != nil {
		t.Fatal(err)
	}
	if r := record(t, db, urls[0]); r.Withdrawn != nil || r.Revision != 3 {
		t.Errorf("after the import: %+v", r)
	}
	sound(t, db)
}

// TestJudgeBack: withdrawn and taken back, records are what they were.
func TestJudgeBack(t *testing.T) {
	db := openNew(t)
	u := "https://one.example/a"
	keep(t, db, jobOf(entry("one", u, "Headline")), start, doc(u, "T", textOf(0)), Keeping{})
	before := all(t, db, Query{})
	gone := minutes(1)
	judge(t, db, before[0], 0.2, &gone)
	out := all(t, db, Query{Withdrawn: true})
	if j := (Judged{out[0], before[0]}); !j.Differs() {
		t.Error("being withdrawn is no difference")
	}
	if _, err := db.Judge(t.Context(), []Judged{{out[0], before[0]}}); err != nil {
		t.Fatal(err)
	}
	if after := all(t, db, Query{}); !reflect.DeepEqual(after, before) {
		t.Errorf("came back as %+v, was %+v", after, before)
	}
}

// TestDropped: what was dropped comes with its page where that is kept, in a list and by address.
func TestDropped(t *testing.T) {
	db := openNew(t)
	for i, keepPage := range []bool{true, false} {
		u := []string{"https://one.example/soup", "https://two.example/soup"}[i]
		j := jobOf(entry([]string{"one", "two"}[i], u, "Soup"))
		if err := db.Drop(j, pageOf(j, minutes(i), "<p>soup"), doc(u, "Soup", textOf(99)), "far", keepPage); err != nil {
			t.Fatal(err)
		}
	}
	var got []Made
	for m, err := range db.Dropped(t.Context(), Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
	}
	if len(got) != 2 || string(got[0].Page.Body) != "<p>soup" || got[0].Entry.Source != "one" || got[1].Page != nil || got[1].Rejected.Title != "Soup" {
		t.Errorf("dropped: %+v", got)
	}
	for m := range db.Dropped(t.Context(), Query{Sources: []string{"two"}}) {
		if m.Rejected.Source != "two" {
			t.Errorf("of another source: %+v", m.Rejected)
		}
	}
	if m, err := db.DroppedAt(t.Context(), "https://one.example/soup"); err != nil || m.Rejected.Why != "far" || m.Page == nil {
		t.Errorf("by its address: %+v, %v", m, err)
	}
	if _, err := db.DroppedAt(t.Context(), "https://one.example/stew"); !errors.Is(err, ErrNotFound) {
		t.Errorf("of an unknown address: %v", err)
	}
}
