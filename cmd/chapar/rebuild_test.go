package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/fetcher/press"
	"chapar/normalize/relevance"
	"chapar/store"
)

// sumOf runs a rebuild and gives its summary and how many articles it names.
func sumOf(t *testing.T, args ...string) (s rebuiltSum, named int) {
	t.Helper()
	out, _ := command(t, 0, append([]string{"rebuild", "--json"}, args...)...)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	last := struct {
		What string `json:"what"`
		*rebuiltSum
	}{rebuiltSum: &s}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.What != "summary" {
		t.Fatalf("the last line is %q, %v", lines[len(lines)-1], err)
	}
	return s, len(lines) - 1
}

// TestRebuildOfTheSame: what the same normalizer makes of the kept pages is what is kept, for every way of telling of
// articles, every sort of page and after edits; so a rebuild shows what a change of the rules does and nothing else.
func TestRebuildOfTheSame(t *testing.T) {
	stand, err := press.New(press.Options{Publications: 20, Seed: 23, Noise: true, Forbidden: -1, FreshFor: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer stand.Close()
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := stand.Config(press.ConfigOptions{Database: filepath.Join(filepath.Dir(path), "chapar.db"), MinInterval: time.Second,
		MaxInterval: time.Second, HostDelay: time.Nanosecond, Timeout: 5 * time.Second, Revisit: time.Millisecond})
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	pubs := stand.Publications()
	for i, p := range pubs {
		for n := range 2 {
			a := p.Publish(time.Now().Add(-time.Duration(n+1) * time.Hour))
			if n == 0 {
				pubs[(i+3)%len(pubs)].Copy(a, time.Now())
			}
		}
	}
	command(t, 0, "once", "-c", path, "--log-level", "error")
	for i, p := range pubs {
		p.Articles()[0].Revise([]press.Edit{press.Change, press.Add, press.Retitle, press.Noise}[i%4], time.Now())
	}
	time.Sleep(1200 * time.Millisecond) // until they are due again
	command(t, 0, "once", "-c", path, "--log-level", "error")

	before := records(t, path)
	revised := 0
	for _, r := range before {
		if r.Revision > 1 {
			revised++
		}
	}
	s, named := sumOf(t, "-c", path)
	t.Logf("%d records, %d of them revised: %+v", len(before), revised, s)
	if s.Changed+s.In+s.Refused+named > 0 || s.Unchanged+s.StillOut != s.Pages {
		t.Errorf("the same normalizer makes something else of the same pages: %+v", s)
	}
	if s.Unchanged < len(before)*2/3 || s.StillOut == 0 || revised == 0 || s.NoSource > 0 {
		t.Errorf("of %d records, %d of them revised, hardly any was read again: %+v", len(before), revised, s)
	}
	if s, _ := sumOf(t, "-c", path, "--apply"); s.Revisions+s.InPlace+s.BroughtIn > 0 {
		t.Errorf("--apply wrote %+v", s)
	}
	if after := records(t, path); !reflect.DeepEqual(after, before) {
		t.Error("the records are not those of before")
	}

	// With a lower threshold the dropped ones come in, once, and nobody is asked for anything.
	lower := strings.Replace(text, "sources:", "relevance:\n  threshold: 0.001\nsources:", 1)
	if err := os.WriteFile(path, []byte(lower), 0o600); err != nil {
		t.Fatal(err)
	}
	requests := stand.Score().Requests
	in, named := sumOf(t, "-c", path, "--apply")
	if in.BroughtIn != in.In || in.In == 0 || in.In+in.StillOut != s.StillOut || named != in.In {
		t.Errorf("of %d dropped articles came in: %+v", s.StillOut, in)
	}
	after := records(t, path)
	if !reflect.DeepEqual(after[:len(before)], before) || len(after) != len(before)+in.In {
		t.Errorf("%d records, want %d and those of before", len(after), len(before)+in.In)
	}
	if again, named := sumOf(t, "-c", path, "--apply"); again.In+again.Changed+named > 0 || again.Unchanged != s.Unchanged+in.In {
		t.Errorf("the second time: %+v", again)
	}
	if out, _ := command(t, 0, "verify", "-c", path); !strings.Contains(out, "sound") {
		t.Errorf("verify says %s", out)
	}
	if n := stand.Score().Requests - requests; n > 0 {
		t.Errorf("%d requests were made", n)
	}
}

// TestRebuildOfConfirmed: a page that says what the feed's text said, noise and dates aside, leaves that text and what was
// told of it as it is; other relevance settings still judge it anew.
func TestRebuildOfConfirmed(t *testing.T) {
	c := config.Default()
	c.Sources = []config.Source{{ID: "courier", Name: "Courier", All: true, Enabled: true}}
	set, err := newSettings(c)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(filepath.Join(t.TempDir(), "chapar.db"), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	in := newIntake(db, set, slog.New(slog.DiscardHandler))
	const link = "https://post.example/a/1"
	quoted := strings.ReplaceAll(storyRest, "the guild master said", "the guild's master said")
	e := fetcher.Entry{Source: "courier", Endpoint: "courier/feed", Kind: fetcher.KindFeed, Link: link, Title: storyTitle,
		Content: "<p>" + storyLede + "</p><p>" + quoted + "</p>", Authors: []string{"The feed"}}
	j := fetcher.Job{Entry: e, Host: "post.example", Key: link}
	if err := in.Text(t.Context(), j, false); err != nil {
		t.Fatal(err)
	}
	p := fetcher.Page{URL: link, Final: link, Status: 200, Whole: true, Fetched: time.Now(), Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: []byte(storyPage(storyLede + "</p><p>" + strings.ReplaceAll(quoted, "'", "\u2019")))}
	if err := in.Page(t.Context(), j, p); err != nil {
		t.Fatal(err)
	}
	before, err := db.Record(t.Context(), link)
	if err != nil || before.TextFrom != store.FromPage || before.Revision != 1 || !strings.Contains(before.Text, "guild's") {
		t.Fatalf("kept as %+v, %v", before, err)
	}
	again := func(set *settings) rebuiltSum {
		b := &rebuild{rereader: rereader{s: set, in: newIntake(nil, set, in.log), db: db, app: &app{}, from: db, out: io.Discard, paint: newPainter(io.Discard)}}
		if err := b.all(t.Context()); err != nil {
			t.Fatal(err)
		}
		return b.sum
	}
	if s := again(set); s.Pages != 1 || s.Changed != 0 {
		t.Errorf("the same rules: %+v", s)
	}
	c.Relevance.Terms = []relevance.Term{{Text: "Orlut", Kind: "place", Country: "KZ", Weight: 3}}
	set, err = newSettings(c)
	if err != nil {
		t.Fatal(err)
	}
	if s := again(set); s.Changed != 1 || s.Relevance != 1 || s.Text+s.Title+s.Date+s.Authors+s.Language > 0 || s.InPlace != 1 {
		t.Errorf("another place: %+v", s)
	}
	after, err := db.Record(t.Context(), link)
	if err != nil || after.Text != before.Text || after.Relevance == before.Relevance || after.Revision != 1 || !reflect.DeepEqual(after.Authors, before.Authors) {
		t.Errorf("afterwards %+v, %v", after, err)
	}
}

// TestCompared: the pieces of a comparison give both texts back, and no paragraph of both stands as changed that need not.
func TestCompared(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	text := func(most int) string {
		var ps []string
		for range r.IntN(most) {
			ps = append(ps, fmt.Sprintf("Paragraph %d.", r.IntN(6)))
		}
		return strings.Join(ps, "\n\n")
	}
	join := func(pieces []piece, op string) string {
		var ps []string
		for _, p := range pieces {
			if p.Op == op || p.Op == "=" {
				ps = append(ps, p.Text)
			}
		}
		return strings.Join(ps, "\n\n")
	}
	for range 2000 {
		was, now := text(12), text(12)
		pieces := compared(was, now)
		if join(pieces, "-") != was || join(pieces, "+") != now {
			t.Fatalf("%q and %q give %v", was, now, pieces)
		}
	}
	for _, p := range compared(text(9)+"\n\nThe end.", "A new beginning.\n\nThe end.") {
		if p.Text == "The end." && p.Op != "=" {
			t.Error("the same end counts as changed")
		}
	}
	long := strings.Repeat("a\n\nb\n\n", 3000)
	if pieces := compared(long+"c", "d\n\n"+strings.Repeat("b\n\na\n\n", 3000)+"e"); join(pieces, "-") != long+"c" {
		t.Error("a very long text is not given back")
	}

	var out bytes.Buffer
	same := "one\n\ntwo\n\nthree\n\nfour\n\nfive"
	if err := newPainter(&out).text(compared(same+"\n\nsix", same+"\n\n\x1b[31msix")); err != nil {
		t.Fatal(err)
	}
	want := "    (4 paragraphs the same)\n    five\n  - six\n  + \ufffd[31msix\n"
	if out.String() != want {
		t.Errorf("shown as\n%swant\n%s", out.String(), want)
	}
}

// TestInOrder: results come in the order of the items, and whatever ends it first ends all of it.
func TestInOrder(t *testing.T) {
	items := func(n int, last error) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for i := range n {
				if !yield(i, nil) {
					return
				}
			}
			if last != nil {
				yield(0, last)
			}
		}
	}
	double := func(_ context.Context, i int) int {
		if i%3 == 0 {
			time.Sleep(time.Millisecond)
		}
		return 2 * i
	}
	next := 0
	err := inOrder(t.Context(), items(50, nil), 4, double, func(got int) error {
		if got != 2*next {
			t.Errorf("result %d is %d", next, got)
		}
		next++
		return nil
	})
	if err != nil || next != 50 {
		t.Errorf("%d results, %v", next, err)
	}
	bad := errors.New("bad")
	if err := inOrder(t.Context(), items(5, bad), 2, double, func(int) error { return nil }); err != bad {
		t.Errorf("a bad item gives %v", err)
	}
	if err := inOrder(t.Context(), items(1000, nil), 2, double, func(int) error { return bad }); err != bad {
		t.Errorf("a bad end gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := inOrder(ctx, items(1000, nil), 2, double, func(int) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestApplyInterrupted: what is written to a database whose index of copies is still to be made can be interrupted in that,
// and nothing has changed; the next one does it all.
func TestApplyInterrupted(t *testing.T) {
	packed, err := os.Open(filepath.Join("..", "..", "store", "testdata", "v1.db.gz")) // it has no such index
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	old, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"rebuild", "--apply"}, {"relevance", "replay", "--apply"}} {
		path := filepath.Join(t.TempDir(), "chapar.db")
		if err := os.WriteFile(path, old, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(path, store.Options{NoSync: true}) // brings it to the present format
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		var errs bytes.Buffer
		if code := run(ended, append(args, "--db", path), strings.NewReader(""), io.Discard, &errs); code != exitFailed || !strings.Contains(errs.String(), "interrupted") {
			t.Errorf("%v: exit %d, %s", args, code, errs.String())
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%v has changed the database (%v)", args, err)
		}
		command(t, 0, append(args, "--db", path)...)
		if out, _ := command(t, 0, "verify", "--db", path); !strings.Contains(out, "sound") {
			t.Errorf("%v leaves %s", args, out)
		}
	}
}
