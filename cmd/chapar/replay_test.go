package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store"
	"chapar/store/corpus"
)

// atLine calls a function once so many lines were written.
type atLine struct {
	lines int
	do    func()
}

func (a *atLine) Write(p []byte) (int, error) {
	if a.lines -= bytes.Count(p, []byte("\n")); a.lines == 0 {
		a.do()
	}
	return len(p), nil
}

// TestReplayInterrupted: a replay that is cut short has written whole batches and nothing else; the next one does the
// rest, and the settings of before bring all back as it was.
func TestReplayInterrupted(t *testing.T) {
	const articles = 250
	c := config.Default()
	c.Sources = []config.Source{{ID: "courier", Name: "Courier", Country: "KG", Enabled: true}}
	usual, err := newSettings(c)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(filepath.Join(t.TempDir(), "chapar.db"), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	in := newIntake(db, usual, slog.New(slog.DiscardHandler))
	for i := range articles {
		link := fmt.Sprintf("https://post.example/a/%d", i)
		e := fetcher.Entry{Source: "courier", Endpoint: "courier/feed", Link: link, Title: fmt.Sprintf("Border guards of post %d near Batken repel an armed group", i)}
		p := fetcher.Page{URL: link, Final: link, Status: 200, Whole: true, Fetched: time.Now(), Header: http.Header{}}
		d := usual.of("courier").Text(e.Title, fmt.Sprintf("Soldiers of Kyrgyzstan came to post %d on the border.\n\nIts commander counted %d rounds.", i, 7*i), hint(c.Sources[0], e, p.Fetched), link)
		if err := in.place(t.Context(), usual, c.Sources[0], fetcher.Job{Entry: e, Host: "post.example", Key: link}, p, d, store.FromPage, false); err != nil {
			t.Fatal(err)
		}
	}
	before := recordsOf(t, db, store.Query{})
	if len(before) != articles {
		t.Fatalf("%d of %d articles are kept", len(before), articles)
	}

	strict := *c
	strict.Relevance.Threshold = 1
	harder, err := newSettings(&strict)
	if err != nil {
		t.Fatal(err)
	}
	replayed := func(ctx context.Context, set *settings, out *atLine) (replaySum, error) {
		p := &replay{rereader: rereader{s: set, in: newIntake(nil, set, in.log), db: db, app: &app{}, from: db, out: out, asJSON: true}}
		err := p.all(ctx)
		return p.sum, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := replayed(ctx, harder, &atLine{130, cancel}); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	left := recordsOf(t, db, store.Query{})
	if gone := articles - len(left); gone != replayBatch {
		t.Errorf("%d articles are withdrawn, want a batch of %d", gone, replayBatch)
	}
	if r, err := db.Verify(t.Context()); err != nil || len(r.Problems) > 0 {
		t.Errorf("verify: %v, %v", r.Problems, err)
	}
	if sum, err := replayed(t.Context(), harder, new(atLine)); err != nil || sum.Out != articles-replayBatch || sum.Written != sum.Out {
		t.Errorf("the rest: %+v, %v", sum, err)
	}
	if left := recordsOf(t, db, store.Query{}); len(left) > 0 {
		t.Errorf("%d articles are still in", len(left))
	}
	if sum, err := replayed(t.Context(), usual, new(atLine)); err != nil || sum.Back != articles {
		t.Errorf("back: %+v, %v", sum, err)
	}
	if now := recordsOf(t, db, store.Query{}); !reflect.DeepEqual(now, before) {
		t.Error("what came back is not what went out")
	}
}

func recordsOf(t *testing.T, db *store.DB, q store.Query) (all []corpus.Record) {
	t.Helper()
	for r, err := range db.Records(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// TestKeptOutIsTold: an article that is a copy of one that a replay keeps out says so, as does the time line of both.
func TestKeptOutIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	db, err := store.Open(path, store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	const text = "Couriers of the upper valley rode to the border post and back within one day, though the bridge was closed to all carts."
	for i := range 2 {
		d := normalize.Document{CanonicalURL: fmt.Sprintf("https://post%d.example/a", i), Title: "Couriers ride", Text: text}
		if _, err := db.Import(t.Context(), []store.Imported{{Record: corpus.Record{Number: corpus.Unnumbered}, Document: d}}); err != nil {
			t.Fatal(err)
		}
	}
	was := recordsOf(t, db, store.Query{})
	if len(was) != 2 || was[1].DuplicateOf == nil {
		t.Fatalf("not what the test is about: %+v", was)
	}
	now, at := was[0], time.Now()
	now.Withdrawn = &at
	if _, err := db.Judge(t.Context(), []store.Judged{{Was: was[0], Now: now}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if out, _ := command(t, 0, "show", "1", "--db", path); !strings.Contains(out, "which is kept out since 20") {
		t.Errorf("the copy is shown as\n%s", out)
	}
	if out, _ := command(t, 0, "show", "1", "--copies", "--db", path); strings.Count(out, "kept out") != 1 {
		t.Errorf("the time line is\n%s", out)
	}
	if out, _ := command(t, 0, "show", "1", "--copies", "--json", "--db", path); !strings.Contains(out, `"withdrawn": "20`) || !strings.Contains(out, `"withdrawn": null`) {
		t.Errorf("for programs it is\n%s", out)
	}
}
