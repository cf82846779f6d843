package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store/corpus"
)

const host = "a.example:443"

func TestKeep(t *testing.T) {
	db := openNew(t)
	link := "https://a.example/1?utm=x"
	saved := pollOf(t, db, minutes(0), "a", entry("a", link, "One"))
	if want := (fetcher.Saved{New: 1, Hosts: []string{host}}); !reflect.DeepEqual(saved, want) {
		t.Fatalf("saved %+v, want %+v", saved, want)
	}
	j := next(t, db, host)
	d := doc("https://a.example/1", "One", textOf(1))
	o := Keeping{SourceName: "A Daily", KeepPage: true, Again: minutes(60), AgainWait: time.Hour}
	p := keep(t, db, j, minutes(1), d, o)
	if p.As != PlacedNew || p.Number != 0 || p.Revision != 1 || p.ID != idOf(d.CanonicalURL) {
		t.Fatalf("placed as %+v", p)
	}
	r := record(t, db, p.ID)
	if r.URL != link || r.CanonicalURL != d.CanonicalURL || r.Title != d.Title || r.Text != d.Text || r.Cluster != r.ID ||
		r.SourceName != "A Daily" || r.TextFrom != FromPage || !r.FirstSeen.Equal(minutes(1)) || r.AlsoIn == nil {
		t.Errorf("kept as %+v", r)
	}
	for _, id := range []string{"0", p.ID[:6], link, d.CanonicalURL} {
		if got := record(t, db, id); got.Number != 0 {
			t.Errorf("%s finds %+v", id, got)
		}
	}
	page, ok, err := db.Page(0, 1)
	if err != nil || !ok || string(page.Body) != "<p>"+d.Text || page.Header.Get("ETag") == "" || !page.Fetched.Equal(minutes(1)) {
		t.Errorf("page %+v, %v, %v", page, ok, err)
	}
	visit := next(t, db, host)
	if !visit.Revisit || !visit.Due.Equal(minutes(60)) || visit.Again != time.Hour || visit.Entry.Link != link ||
		visit.Validators != (fetcher.Validators{}).After(page) || visit.Key != d.CanonicalURL {
		t.Errorf("revisit %+v", visit)
	}

	// The same again is the same, with either job.
	for _, j := range []fetcher.Job{j, visit} {
		if again := keep(t, db, j, minutes(2), d, o); again.As != PlacedSame || again.SHA256 != p.SHA256 {
			t.Errorf("again: %+v", again)
		}
	}
	if again := next(t, db, host); !again.Since.Equal(visit.Since) {
		t.Errorf("the visits began at %v, want %v", again.Since, visit.Since)
	}
	// Other bytes of the same essence are the same too.
	noise := d
	noise.Text += " "
	if got := keep(t, db, visit, minutes(3), noise, o); got.As != PlacedSame || record(t, db, "0").Text != d.Text {
		t.Errorf("noise: %+v", got)
	}
	// An edit is a revision and keeps what tells of the arrival.
	edited := doc(d.CanonicalURL, "One, corrected", textOf(2))
	edited.Published.Time = time.Time{}
	got := keep(t, db, visit, minutes(4), edited, Keeping{KeepPage: true})
	if got.As != PlacedRevised || got.Number != 0 || got.Revision != 2 {
		t.Errorf("edited: %+v", got)
	}
	e := record(t, db, "0")
	if e.Title != edited.Title || e.Cause != CauseEdited || !e.FirstSeen.Equal(r.FirstSeen) || !e.Fetched.Equal(minutes(4)) ||
		e.SourceName != "A Daily" || e.Published == nil || e.Cluster != e.ID || e.DuplicateOf != nil {
		t.Errorf("edited: %+v", e)
	}
	if got := listed(t, db.Revisions(t.Context(), "0")); len(got) != 2 || !reflect.DeepEqual(got[0], r) || !reflect.DeepEqual(got[1], e) {
		t.Errorf("revisions: %+v, want %+v and %+v", got, r, e)
	}
	noJob(t, db, host)
	if rep := sound(t, db); rep.Records != 1 || rep.Revisions != 1 || rep.Pages != 2 || rep.Seen != 2 {
		t.Errorf("%+v", rep)
	}
}

// TestKeepAddress follows articles whose page names another address than the entry did.
func TestKeepAddress(t *testing.T) {
	const link, one, two = "https://a.example/go?1", "https://a.example/one", "https://a.example/two"
	type step struct {
		link, canonical string
		text            int
		from            string
		want            Placed
		number          int
	}
	tests := map[string][]step{
		"two addresses, one article": {
			{link, one, 1, FromPage, PlacedNew, 0}, {one, one, 1, FromPage, PlacedSame, 0}, {link, one, 2, FromPage, PlacedRevised, 0},
		},
		"the address leads to another article": {
			{link, one, 1, FromPage, PlacedNew, 0}, {link, two, 2, FromPage, PlacedNew, 1}, {one, one, 1, FromPage, PlacedSame, 0},
		},
		"the same text at another address": {
			{one, one, 1, FromPage, PlacedNew, 0}, {two, two, 1, FromPage, PlacedCopy, 1}, {link, link, 1, FromPage, PlacedCopy, 2},
		},
		"a kept article's page names another address, same text": {
			{one, one, 1, FromPage, PlacedNew, 0}, {one, two, 1, FromPage, PlacedSame, 0}, {two, two, 1, FromPage, PlacedSame, 0},
		},
		"a kept article's page names another address, other text": {
			{one, one, 1, FromPage, PlacedNew, 0}, {one, two, 2, FromPage, PlacedNew, 1}, {two, two, 2, FromPage, PlacedSame, 1},
		},
		"feed first, page the same": {
			{link, link, 1, FromFeed, PlacedNew, 0}, {link, one, 1, FromPage, PlacedSame, 0}, {one, one, 1, FromPage, PlacedSame, 0},
		},
		"feed first, then the page": {
			{link, link, 1, FromFeed, PlacedNew, 0}, {link, one, 2, FromPage, PlacedRevised, 0}, {one, one, 2, FromPage, PlacedSame, 0},
		},
		"a page of another publisher": {
			{link, "https://b.example/x", 1, FromPage, PlacedNew, 0}, {"https://b.example/x", "https://b.example/x", 2, FromPage, PlacedNew, 1},
		},
		"a page of the same publisher's other host": {
			{"https://m.a.example/1", one, 1, FromPage, PlacedNew, 0}, {one, one, 1, FromPage, PlacedSame, 0},
		},
		"no canonical URL": {
			{link, "", 1, FromPage, PlacedNew, 0}, {link, link, 1, FromPage, PlacedSame, 0},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			db := openNew(t)
			for i, s := range steps {
				e := entry("a", s.link, "T")
				e.Endpoint = fmt.Sprint("feed-", i) // no change of what another said
				pollOf(t, db, minutes(i), "a", e)
				j := fetcher.Job{Entry: e, Host: fetcher.HostOf(s.link), Key: urlKey(s.link), Since: start}
				p := keep(t, db, j, minutes(i), doc(s.canonical, "T", textOf(s.text)), Keeping{TextFrom: s.from, Again: minutes(60), KeepPage: true})
				if p.As != s.want || p.Number != s.number {
					t.Fatalf("step %d: %+v, want %s %d", i, p, s.want, s.number)
				}
				if r := record(t, db, fmt.Sprint(s.number)); r.Text != textOf(s.text) || r.TextFrom != s.from {
					t.Fatalf("step %d: %+v", i, r)
				}
				sound(t, db)
			}
			last := steps[len(steps)-1]
			if r := record(t, db, last.link); r.Number != last.number {
				t.Errorf("%s finds record %d, want %d", last.link, r.Number, last.number)
			}
		})
	}
}

func TestFeedText(t *testing.T) {
	db := openNew(t)
	link := "https://a.example/1"
	e := entry("a", link, "One")
	e.Content = "<p>one</p>"
	pollOf(t, db, start, "a", e)
	j := next(t, db, host)
	p, err := db.Keep(j, fetcher.Page{}, doc(link, "One", textOf(1)), Keeping{TextFrom: FromFeed, KeepJob: true, Again: minutes(60)})
	if err != nil || p.As != PlacedNew {
		t.Fatal(p, err)
	}
	if got := next(t, db, host); !reflect.DeepEqual(got, j) {
		t.Errorf("the job is %+v, want %+v", got, j)
	}
	sound(t, db)
	if err := db.Retry(j, minutes(10), nil, true); err != nil {
		t.Fatal(err)
	}
	p = keep(t, db, next(t, db, host), minutes(11), doc(link, "One", textOf(2)), Keeping{KeepPage: true})
	if r := record(t, db, link); p.As != PlacedRevised || r.Cause != CausePage || r.TextFrom != FromPage {
		t.Errorf("%+v: %+v", p, r)
	}
	noJob(t, db, host)
	sound(t, db)
}

func TestEntriesWithoutLink(t *testing.T) {
	db := openNew(t)
	say := func(guid, content string, n int, want Placed, number int) {
		t.Helper()
		pollOf(t, db, start, "a", fetcher.Entry{Source: "a", Endpoint: "a-feed", GUID: guid, Title: "T", Content: content})
		j := next(t, db, host)
		d := doc("", "T", textOf(n))
		p, err := db.Keep(j, fetcher.Page{}, d, Keeping{TextFrom: FromFeed})
		if err != nil || p.As != want || p.Number != number {
			t.Fatalf("%s: %+v, %v, want %s %d", content, p, err, want, number)
		}
		noJob(t, db, host)
		sound(t, db)
	}
	say("1", "one", 1, PlacedNew, 0)
	first := record(t, db, "0")
	if want := idOf(string(first.TXT())); first.ID != want {
		t.Errorf("id %s, want %s", first.ID, want)
	}
	say("1", "one, corrected", 2, PlacedRevised, 0)
	say("1", "one again", 1, PlacedRevised, 0)
	say("2", "two", 3, PlacedNew, 1)
	say("2", "as one", 1, PlacedRevised, 1)
	if r := record(t, db, "1"); r.DuplicateOf == nil || *r.DuplicateOf != first.ID {
		t.Errorf("no copy: %+v", r)
	}
	// The same text under another GUID is the same record.
	say("3", "one, thrice", 1, PlacedSame, 0)
}

func TestChangeWhileUnderWay(t *testing.T) {
	db := openNew(t)
	link := "https://a.example/1"
	pollOf(t, db, start, "a", entry("a", link, "One"))
	j := next(t, db, host)
	pollOf(t, db, minutes(1), "a", entry("a", link, "One, corrected"))
	keep(t, db, j, minutes(2), doc(link, "One", textOf(1)), Keeping{Again: minutes(60)})
	if j = next(t, db, host); !j.Revisit || !j.Due.Equal(minutes(2)) || j.Entry.Title != "One, corrected" {
		t.Errorf("the next visit is %+v", j)
	}
	sound(t, db)
}

func TestCopies(t *testing.T) {
	db := openNew(t)
	url := func(n int) string { return fmt.Sprintf("https://a.example/%d", n) }
	put := func(n, text int) Placement {
		t.Helper()
		p, err := db.Import(t.Context(), []Imported{{
			Record: corpus.Record{Number: corpus.Unnumbered, CanonicalURL: url(n), Source: fmt.Sprint("s", n%2)}, Document: doc("", fmt.Sprint("T", n), textOf(text)),
		}})
		if err != nil {
			t.Fatal(err)
		}
		return p[0]
	}
	for n, text := range []int{1, 2, 1, 1, 3} {
		put(n, text)
	}
	rs := all(t, db, Query{})
	for n, of := range map[int]int{0: -1, 1: -1, 2: 0, 3: 0, 4: -1} {
		r := rs[n]
		if of < 0 && (r.DuplicateOf != nil || r.Cluster != r.ID || r.Overlap != 0) ||
			of >= 0 && (r.DuplicateOf == nil || *r.DuplicateOf != rs[of].ID || r.Cluster != rs[of].ID || r.Overlap != 1) {
			t.Errorf("record %d: %+v", n, r)
		}
	}
	numbers := func(q Query) (ns []int) {
		for _, r := range all(t, db, q) {
			ns = append(ns, r.Number)
		}
		return ns
	}
	if got := numbers(Query{DropDuplicates: true}); !slices.Equal(got, []int{0, 1, 4}) {
		t.Errorf("without duplicates: %v", got)
	}
	if got := numbers(Query{DropDuplicates: true, Sources: []string{"s1"}}); !slices.Equal(got, []int{1, 3}) {
		t.Errorf("without duplicates, of one source: %v", got)
	}
	if p := put(3, 4); p.As != PlacedRevised { // leaves the cluster
		t.Error(p)
	}
	if p := put(0, 5); p.As != PlacedRevised { // leads one, and stays
		t.Error(p)
	}
	if got := numbers(Query{DropDuplicates: true}); !slices.Equal(got, []int{0, 1, 3, 4}) {
		t.Errorf("without duplicates, after the revisions: %v", got)
	}
	if r := record(t, db, "2"); r.Cluster != rs[0].ID {
		t.Errorf("the copy moved: %+v", r)
	}
	if p := put(5, 1); p.As != PlacedCopy || *record(t, db, "5").DuplicateOf != rs[0].ID {
		t.Errorf("a copy of an earlier revision: %+v", p)
	}
	sound(t, db)
}

func TestDrop(t *testing.T) {
	db := openNew(t)
	link, canonical := "https://a.example/go?1", "https://a.example/1"
	pollOf(t, db, start, "a", entry("a", link, "One"))
	j := next(t, db, host)
	d := doc(canonical, "One", textOf(1))
	for range 2 {
		if err := db.Drop(j, pageOf(j, minutes(1), "<p>far</p>"), d, "score 0.1 below 0.5", true); err != nil {
			t.Fatal(err)
		}
		if r := sound(t, db); r.Dropped != 1 || r.Pages != 1 || r.Inbox != 0 || r.Records != 0 {
			t.Fatalf("%+v", r)
		}
	}
	for r, err := range db.Rejected(t.Context(), Query{Sources: []string{"a"}}) {
		if err != nil || r.Title != "One" || r.Why != "score 0.1 below 0.5" || r.URL != link || r.CanonicalURL != canonical || r.Relevance != 0.8 {
			t.Errorf("%+v, %v", r, err)
		}
	}
	for range db.Rejected(t.Context(), Query{Sources: []string{"b"}}) {
		t.Error("b has dropped articles")
	}
	if _, err := db.Record(t.Context(), canonical); !errors.Is(err, ErrNotFound) {
		t.Errorf("a dropped article is found: %v", err)
	}
	// Kept after all, it is no more dropped; and what is kept cannot be dropped.
	keep(t, db, j, minutes(2), d, Keeping{Again: minutes(60)})
	if r := sound(t, db); r.Dropped != 0 || r.Pages != 0 || r.Records != 1 {
		t.Errorf("%+v", r)
	}
	if err := db.Drop(j, pageOf(j, minutes(3), "x"), d, "far", true); err != nil {
		t.Fatal(err)
	}
	if r := sound(t, db); r.Dropped != 0 || r.Records != 1 || r.Inbox != 0 {
		t.Errorf("%+v", r)
	}
}

func TestImport(t *testing.T) {
	db := openNew(t)
	published := start.Add(-time.Hour)
	in := func(number int, url string, n int) Imported {
		d := doc("", fmt.Sprint("T", n), textOf(n))
		return Imported{Record: corpus.Record{Number: number, URL: url, Source: "s", Published: &published, Authors: []string{"A. Writer"}}, Document: d}
	}
	docs := []Imported{
		in(corpus.Unnumbered, "", 1), in(7, "https://a.example/2", 2), in(3, "", 3), in(7, "", 4), in(corpus.Unnumbered, "", 5),
		in(largestNumber+1, "", 6), in(0, "", 7), in(8, "", 8),
	}
	want := []int{0, 7, 3, 8, 9, 10, 11, 12}
	for round, as := range []Placed{PlacedNew, PlacedSame} {
		placed, err := db.Import(t.Context(), docs)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range placed {
			if p.As != as || p.Number != want[i] {
				t.Errorf("round %d, document %d: %+v, want %s %d", round, i, p, as, want[i])
			}
		}
	}
	r := record(t, db, "3")
	if r.ID != idOf(string(r.TXT())) || r.DateFrom != string(normalize.FromImport) || !r.Published.Equal(published) ||
		r.TextFrom != FromImport || !r.FirstSeen.Equal(start) || r.Cause != "" || !slices.Equal(r.Authors, []string{"A. Writer"}) {
		t.Errorf("%+v", r)
	}
	p, err := db.Import(t.Context(), []Imported{in(99, "https://a.example/2", 20)})
	if err != nil || p[0].As != PlacedRevised || p[0].Number != 7 || record(t, db, "7").Cause != CauseImport {
		t.Errorf("%+v, %v", p, err)
	}
	// A feed that names an imported article does not fetch it, but its source is noted.
	if saved := pollOf(t, db, minutes(1), "b", entry("b", "https://a.example/2", "T2")); saved.New != 0 || saved.Known != 1 {
		t.Errorf("%+v", saved)
	}
	if r := record(t, db, "7"); !slices.Equal(r.AlsoIn, []string{"b"}) || r.Source != "s" {
		t.Errorf("%+v", r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Import(ctx, docs); !errors.Is(err, context.Canceled) {
		t.Errorf("without a context: %v", err)
	}
	sound(t, db)
}
