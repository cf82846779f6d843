package store

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chapar/fetcher"
	"chapar/normalize"
	"chapar/normalize/relevance"
	"chapar/store/corpus"
)

// start is when the tests begin.
var start = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

func minutes(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }

func openAt(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(path, Options{NoSync: true, Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func openNew(t testing.TB) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "chapar.db"))
}

// sound fails the test if Verify finds anything.
func sound(t testing.TB, db *DB) Report {
	t.Helper()
	r, err := db.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems {
		t.Errorf("verify: %s", p)
	}
	return r
}

// textOf is an invented text that is like that of no other n.
func textOf(n int) string {
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	var b strings.Builder
	fmt.Fprintf(&b, "The courier number %d rode", n)
	for i := range 50 {
		b.WriteByte(' ')
		for range 3 {
			b.WriteByte("bdgklmnprst"[rng.IntN(11)])
			b.WriteByte("aeiou"[rng.IntN(5)])
		}
		if i == 24 {
			b.WriteString(".\n\nHe")
		}
	}
	b.WriteByte('.')
	return b.String()
}

func doc(url, title, text string) normalize.Document {
	return normalize.Document{
		CanonicalURL: url, Title: title, Text: text, Language: "en", Essence: title + "\n" + text,
		Version:   normalize.Version,
		Published: normalize.Date{Time: start.Add(-time.Hour), Origin: normalize.FromFeed},
		Relevance: relevance.Result{Score: 0.8, Topics: []string{"border"}, Places: []string{"Nowhere, XX"}, Reasons: []string{}},
	}
}

func entry(source, link, title string) fetcher.Entry {
	return fetcher.Entry{Source: source, Endpoint: source + "-feed", Kind: fetcher.KindFeed, Link: link, Title: title, GUID: link}
}

// poll saves a poll of a source's feed, which lies at news.example.
func pollOf(t testing.TB, db *DB, at time.Time, source string, entries ...fetcher.Entry) fetcher.Saved {
	t.Helper()
	s := fetcher.State{URL: "https://" + source + ".example/feed", Checked: at}
	saved, err := db.SavePoll(source+"-feed", at, entries, func(fresh, known int) (fetcher.State, fetcher.Event) {
		return s, fetcher.Event{At: at, Outcome: fetcher.OK, New: fresh, Known: known}
	})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func next(t testing.TB, db *DB, host string) fetcher.Job {
	t.Helper()
	j, ok, err := db.Next(host, fetcher.Job{})
	if err != nil || !ok {
		t.Fatalf("Next(%s): %v, %v", host, ok, err)
	}
	return j
}

func noJob(t testing.TB, db *DB, host string) {
	t.Helper()
	if j, ok, err := db.Next(host, fetcher.Job{}); err != nil || ok {
		t.Fatalf("Next(%s) gives %+v, %v", host, j, err)
	}
}

func pageOf(j fetcher.Job, at time.Time, body string) fetcher.Page {
	return fetcher.Page{
		URL: j.Entry.Link, Final: j.Entry.Link, Status: 200, Whole: true, Fetched: at, Body: []byte(body),
		Header: http.Header{"Etag": {`"` + strings.Repeat("e", len(body)%7+1) + `"`}},
	}
}

func keep(t testing.TB, db *DB, j fetcher.Job, at time.Time, d normalize.Document, o Keeping) Placement {
	t.Helper()
	p, err := db.Keep(j, pageOf(j, at, "<p>"+d.Text), d, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func record(t testing.TB, db *DB, id string) corpus.Record {
	t.Helper()
	r, err := db.Record(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func all(t testing.TB, db *DB, q Query) []corpus.Record {
	t.Helper()
	return listed(t, db.Records(context.Background(), q))
}

func listed(t testing.TB, records iter.Seq2[corpus.Record, error]) (rs []corpus.Record) {
	t.Helper()
	for r, err := range records {
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	return rs
}

func jobOf(e fetcher.Entry) fetcher.Job {
	return fetcher.Job{Entry: e, Host: fetcher.HostOf(e.Link), Key: entryKey(e), Due: start, Since: start}
}

// essential gives a document that says for itself what of it is no noise.
func essential(url, title, text string) normalize.Document {
	d := doc(url, title, text)
	d.Essence = normalize.Essence(title, text)
	return d
}
