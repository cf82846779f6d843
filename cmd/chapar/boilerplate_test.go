package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store"
	"chapar/store/corpus"
)

const (
	valleyImprint = "The Courier of the upper valley is written by its readers."
	valleyConfig  = "database: chapar.db\nseeds: \"\"\nsources:\n  - id: courier\n    feed: https://post.example/feed\n    relevance: all\n"
)

// valley is a source whose articles all end alike.
type valley struct {
	t    *testing.T
	path string // of the config
	set  *settings
	db   *store.DB
	in   *intake
}

func newValley(t *testing.T) *valley {
	v := &valley{t: t, path: filepath.Join(t.TempDir(), "config.yaml")}
	if err := os.WriteFile(v.path, []byte(valleyConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(v.path)
	if err != nil {
		t.Fatal(err)
	}
	if v.set, err = newSettings(c); err != nil {
		t.Fatal(err)
	}
	v.open()
	return v
}

func (v *valley) open() {
	v.t.Helper()
	var err error
	if v.db, err = store.Open(filepath.Join(filepath.Dir(v.path), "chapar.db"), store.Options{NoSync: true}); err != nil {
		v.t.Fatal(err)
	}
	v.in = newIntake(v.db, v.set, slog.New(slog.DiscardHandler))
}

func (v *valley) close() {
	v.t.Helper()
	if err := v.db.Close(); err != nil {
		v.t.Fatal(err)
	}
}

// bring takes the page of article n in, as a first visit or a later one.
func (v *valley) bring(n int, revisit bool) {
	v.t.Helper()
	link := fmt.Sprintf("https://post.example/a/%d", n)
	title := fmt.Sprintf("Ferry number %d sails", n)
	text := fmt.Sprintf("On day %d the ferry number %d carried %d travellers and their beasts over the upper river, which was high.</p><p>The guild master of landing %d said that %d more were waiting on the other side.",
		n, n*3, n*41, n, n*17)
	page := fmt.Sprintf("<!DOCTYPE html><title>%s</title><h1>%s</h1><p>%s</p><p>%s</p>", title, title, text, valleyImprint)
	j := fetcher.Job{Entry: fetcher.Entry{Source: "courier", Endpoint: "courier/feed", Kind: fetcher.KindFeed, Link: link, Title: title}, Host: "post.example", Key: link, Revisit: revisit}
	p := fetcher.Page{URL: link, Final: link, Status: 200, Whole: true, Fetched: time.Now(), Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: []byte(page)}
	if err := v.in.Page(v.t.Context(), j, p); err != nil {
		v.t.Fatal(err)
	}
}

func (v *valley) records() (all []corpus.Record) {
	v.t.Helper()
	for r, err := range v.db.Records(v.t.Context(), store.Query{}) {
		if err != nil {
			v.t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// want fails the test unless each article has the imprint or has not, and stands in that revision.
func (v *valley) want(imprint bool, revisions ...int) {
	v.t.Helper()
	all := v.records()
	if len(all) != len(revisions) {
		v.t.Fatalf("%d articles, want %d", len(all), len(revisions))
	}
	for i, r := range all {
		if strings.Contains(r.Text, valleyImprint) != imprint || (len(r.Removed) == 0) != imprint || r.Revision != revisions[i] {
			v.t.Errorf("article %d, revision %d (%s), removed %q: %q", i, r.Revision, r.Cause, r.Removed, r.Text)
		}
		if r.Revision > 1 && r.Cause != store.CauseCleaned {
			v.t.Errorf("article %d was revised as %q", i, r.Cause)
		}
	}
	report, err := v.db.Verify(v.t.Context())
	if err != nil || len(report.Problems) > 0 {
		v.t.Errorf("verify: %v, %v", err, report.Problems)
	}
}

// TestBoilerplate: the third article tells what no article says; the first are cleaned again, those to come arrive clean,
// later looks and rebuilds change nothing, and a line that a person keeps comes back everywhere.
func TestBoilerplate(t *testing.T) {
	v := newValley(t)
	v.bring(1, false)
	v.bring(2, false)
	v.want(true, 1, 1)
	v.bring(3, false)
	v.want(false, 2, 2, 2)
	v.bring(4, false)
	v.bring(1, true)
	v.bring(4, true)
	v.want(false, 2, 2, 2, 1)
	v.close()

	if s, named := sumOf(t, "-c", v.path, "--apply"); s.Pages != 4 || s.Changed+named > 0 {
		t.Errorf("a rebuild changes %d of %d: %+v", s.Changed, s.Pages, s)
	}
	out, _ := command(t, 0, "sources", "boilerplate", "courier", "-c", v.path)
	if !strings.Contains(out, valleyImprint) || !strings.Contains(out, "left out") {
		t.Errorf("listed as\n%s", out)
	}
	if out, _ := command(t, 0, "show", "0", "-c", v.path); !strings.Contains(out, "taken out") {
		t.Errorf("shown as\n%s", out)
	}
	print, _ := normalize.PrintOf(valleyImprint)
	// One that is no line keeps the others from being kept.
	if _, err := command(t, exitUsage, "sources", "boilerplate", "courier", "--keep", print.String(), "--keep", "typo", "-c", v.path); !strings.Contains(err, `"typo"`) {
		t.Errorf("a line that is none: %s", err)
	}
	if out, _ := command(t, 0, "sources", "boilerplate", "courier", "-c", v.path); strings.Contains(out, "kept") {
		t.Errorf("after that listed as\n%s", out)
	}
	if out, _ := command(t, 0, "sources", "boilerplate", "courier", "--keep", print.String()[:6], "-c", v.path); !strings.Contains(out, "kept") {
		t.Errorf("listed as\n%s", out)
	}
	v.open()
	defer v.close()
	v.want(true, 3, 3, 3, 2)
	v.bring(5, false)
	v.bring(2, true)
	v.want(true, 3, 3, 3, 2, 1)
}

// TestBoilerplateSurvives: where the program ended between the evidence and the cleaning, the next article of the source
// has it done.
func TestBoilerplateSurvives(t *testing.T) {
	v := newValley(t)
	defer func() { v.close() }()
	v.bring(1, false)
	v.bring(2, false)
	link := "https://post.example/a/3"
	d := v.set.normalizer.Text("Ferry number 3 sails", "On day three the ferry carried nobody, for the river was too high.\n\n"+valleyImprint, normalize.Hint{}, link)
	placed, err := v.db.Keep(fetcher.Job{Entry: fetcher.Entry{Source: "courier", Endpoint: "courier/feed", Link: link}, Host: "post.example", Key: link},
		fetcher.Page{URL: link, Final: link, Fetched: time.Now()}, d, store.Keeping{})
	if err != nil || !placed.Stale {
		t.Fatalf("kept as %+v, %v", placed, err)
	}
	v.want(true, 1, 1, 1)
	v.close()
	v.open()
	v.bring(4, false)
	v.want(false, 2, 2, 2, 1)
}

// TestBoilerplateOfNobody: wrong use is told.
func TestBoilerplateOfNobody(t *testing.T) {
	v := newValley(t)
	v.bring(1, false)
	v.close()
	if out, _ := command(t, 0, "sources", "boilerplate", "courier", "-c", v.path); !strings.Contains(out, "no paragraph in common") {
		t.Errorf("listed as %s", out)
	}
	if out, _ := command(t, 0, "sources", "boilerplate", "courier", "--json", "-c", v.path); strings.TrimSpace(out) != "[]" {
		t.Errorf("for programs %s", out)
	}
	command(t, exitUsage, "sources", "boilerplate", "nobody", "-c", v.path)
	command(t, exitUsage, "sources", "boilerplate", "courier", "--keep", "0123", "-c", v.path)
}
