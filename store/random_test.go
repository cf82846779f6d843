package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"chapar/fetcher"
	"chapar/store/corpus"
)

// model is what the store should hold, as a plain map.
type model struct {
	rng     *rand.Rand
	now     time.Time
	records map[string]*modelRecord // by canonical URL
	next    int
	used    map[int]bool
}

type modelRecord struct {
	number int
	texts  []string // of all revisions
}

// An article of the model is known by a number. Every third has a second address, every fifth lies on another host.
func (m *model) links(n int) (links []string, canonical string) {
	host := fmt.Sprintf("https://h%d.example/", n%5)
	canonical = fmt.Sprintf("%sa%d", host, n)
	links = []string{canonical}
	if n%3 == 0 {
		links = append(links, fmt.Sprintf("%sgo?to=%d", host, n))
	}
	return links, canonical
}

const articles = 40

func (m *model) canonicalOf(link string) (string, int) {
	for n := range articles {
		links, canonical := m.links(n)
		if slices.Contains(links, link) {
			return canonical, n
		}
	}
	panic(link)
}

// settled takes note of a kept text and says what the store should have made of it.
func (m *model) settled(t *testing.T, canonical, text string, asked int, p Placement) {
	t.Helper()
	r := m.records[canonical]
	switch {
	case r == nil:
		want := m.next
		if asked >= 0 && !m.used[asked] {
			want = asked
		}
		m.next, m.used[want] = max(m.next, want+1), true
		r = &modelRecord{number: want, texts: []string{text}}
		m.records[canonical] = r
		if p.As != PlacedNew && p.As != PlacedCopy {
			t.Fatalf("%s placed as %+v, want it new", canonical, p)
		}
	case r.texts[len(r.texts)-1] == text:
		if p.As != PlacedSame {
			t.Fatalf("%s placed as %+v, want the same", canonical, p)
		}
	default:
		r.texts = append(r.texts, text)
		if p.As != PlacedRevised {
			t.Fatalf("%s placed as %+v, want it revised", canonical, p)
		}
	}
	if p.Number != r.number || p.Revision != len(r.texts) {
		t.Fatalf("%s placed as %+v, want number %d, revision %d", canonical, p, r.number, len(r.texts))
	}
}

func (m *model) poll(t *testing.T, db *DB) {
	var entries []fetcher.Entry
	source := fmt.Sprintf("h%d", m.rng.IntN(5))
	for range m.rng.IntN(6) {
		links, _ := m.links(m.rng.IntN(articles))
		e := entry(source, links[m.rng.IntN(len(links))], fmt.Sprintf("Title %d", m.rng.IntN(3)))
		e.Old = m.rng.IntN(8) == 0
		if m.rng.IntN(3) == 0 {
			e.Updated = m.now
		}
		entries = append(entries, e)
	}
	saved := pollOf(t, db, m.now, source, entries...)
	if saved.New+saved.Known > len(entries) {
		t.Fatalf("%+v of %d entries", saved, len(entries))
	}
}

// work takes a job and does something with it.
func (m *model) work(t *testing.T, db *DB) {
	hosts, err := db.Hosts()
	if err != nil {
		t.Fatal(err)
	}
	if len(hosts) == 0 {
		return
	}
	j := next(t, db, hosts[m.rng.IntN(len(hosts))])
	canonical, n := m.canonicalOf(j.Entry.Link)
	why := &fetcher.Failure{Class: fetcher.Soft, Outcome: fetcher.NoText, Err: fmt.Errorf("nothing there")}
	d := doc(canonical, j.Entry.Title, textOf(n%7+100*m.rng.IntN(2)))
	p := pageOf(j, m.now, "<p>"+d.Text)
	switch action := m.rng.IntN(10); {
	case action == 0:
		err = db.Retry(j, m.now.Add(time.Minute), why, m.rng.IntN(2) == 0)
	case action == 1:
		err = db.SetAside(j, why)
	case action == 2 && j.Revisit:
		due := m.now.Add(time.Hour)
		if m.rng.IntN(2) == 0 {
			due = time.Time{}
		}
		err = db.Postpone(j, due)
	case action == 3:
		err = db.Drop(j, p, d, "below the threshold", m.rng.IntN(2) == 0)
	default:
		o := Keeping{KeepPage: m.rng.IntN(2) == 0, KeepJob: m.rng.IntN(8) == 0}
		if m.rng.IntN(2) == 0 {
			o.Again, o.AgainWait = m.now.Add(time.Hour), time.Hour
		}
		var placed Placement
		for range 1 + m.rng.IntN(2) {
			if placed, err = db.Keep(j, p, d, o); err != nil {
				t.Fatal(err)
			}
			m.settled(t, canonical, d.Essence, corpus.Unnumbered, placed)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (m *model) imports(t *testing.T, db *DB) {
	var docs []Imported
	var seen []string
	for range 1 + m.rng.IntN(4) {
		n := m.rng.IntN(articles)
		_, canonical := m.links(n)
		if slices.Contains(seen, canonical) {
			continue
		}
		seen = append(seen, canonical)
		number := corpus.Unnumbered
		if m.rng.IntN(2) == 0 {
			number = m.rng.IntN(120)
		}
		docs = append(docs, Imported{
			Record:   corpus.Record{Number: number, CanonicalURL: canonical, URL: canonical},
			Document: doc(canonical, "Title 0", textOf(n%7)),
		})
	}
	placed, err := db.Import(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range placed {
		m.settled(t, docs[i].Record.CanonicalURL, docs[i].Document.Essence, docs[i].Record.Number, p)
	}
}

// check compares all records with the model.
func (m *model) check(t *testing.T, db *DB) {
	t.Helper()
	sound(t, db)
	last := -1
	got := all(t, db, Query{})
	if len(got) != len(m.records) {
		t.Errorf("%d records, want %d", len(got), len(m.records))
	}
	for _, r := range got {
		want := m.records[r.CanonicalURL]
		if want == nil || r.Number != want.number || r.Revision != len(want.texts) || r.Title+"\n"+r.Text != want.texts[len(want.texts)-1] {
			t.Errorf("record %+v, want %+v", r, want)
		}
		if r.Number <= last {
			t.Errorf("record %d comes after %d", r.Number, last)
		}
		last = r.Number
	}
}

// TestRandom lets feeds publish, edit, reorder, drop and bring back articles at one address or two, pages fail, change or
// go, files be imported and the process crash, at random, and compares what is kept with a plain map.
func TestRandom(t *testing.T) {
	histories, some := uint64(6), uint64(10)
	if os.Getenv("CHAPAR_LONG") == "1" {
		histories = 1000
	}
	for first := uint64(0); first < histories; first += some { // what a history took is free only once its group has ended
		t.Run(fmt.Sprintf("from %d", first), func(t *testing.T) {
			for seed := first; seed < min(first+some, histories); seed++ {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					t.Parallel()
					randomHistory(t, seed)
				})
			}
		})
	}
}

func randomHistory(t *testing.T, seed uint64) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	m := &model{
		rng: rand.New(rand.NewPCG(seed, 1)), now: start,
		records: make(map[string]*modelRecord), used: make(map[int]bool),
	}
	for step := range 400 {
		m.now = m.now.Add(time.Second)
		switch m.rng.IntN(12) {
		case 0, 1, 2:
			m.poll(t, db)
		case 3:
			m.imports(t, db)
		case 4:
			if _, err := db.Prune(t.Context(), m.now, Retention{time.Minute, 90 * time.Second}); err != nil {
				t.Fatal(err)
			}
		default:
			m.work(t, db)
		}
		if t.Failed() {
			t.Fatalf("at step %d", step)
		}
		if step%40 == 0 { // it goes on with what a crash here would leave
			path = copyOf(t, path)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			db = openAt(t, path)
			m.check(t, db)
		}
	}
	m.check(t, db)
}

// copyOf copies a database as it lies on disk, which is what a crash at this moment leaves.
func copyOf(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}
