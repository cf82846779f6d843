package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"chapar/normalize"
	"chapar/normalize/relevance"
)

// shared is a file of the measurement data, in a folder shared beside this tree or above it; the test is skipped where it
// is absent.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for up := filepath.Dir(dir); up != dir; dir, up = up, filepath.Dir(up) {
		path := filepath.Join(up, "shared", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skipf("shared/%s is not here; nothing to measure against", name)
	return ""
}

// The table of weights fits the tables of words: figures below these mean that one was changed without the other.
func TestFigures(t *testing.T) {
	m, err := relevance.New(relevance.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file   string
		f1, ap float64
	}{{"relevance/dev.jsonl", 0.88, 0.94}, {"relevance/stream_dev.jsonl", 0.77, 0.80}} {
		texts, err := read([]string{shared(t, c.file)})
		if err != nil {
			t.Fatal(err)
		}
		var list []relevance.Judged
		for _, x := range texts {
			language, _ := normalize.Language(x.Title + "\n" + x.Text)
			r := m.Score(relevance.Input{Title: x.Title, Text: x.Text, Language: language, Country: x.Country})
			list = append(list, relevance.Judged{Score: r.Score, Belongs: x.Label > 0})
		}
		points := relevance.Curve(list)
		at, ap := relevance.At(points, 0.5), relevance.AveragePrecision(points)
		t.Logf("%s: precision %.3f, recall %.3f, F1 %.3f, average precision %.3f", c.file, at.Precision, at.Recall, at.F1, ap)
		if at.F1 < c.f1 || ap < c.ap {
			t.Errorf("%s: F1 %.3f, average precision %.3f, want %.2f and %.2f", c.file, at.F1, ap, c.f1, c.ap)
		}
	}
}

// News of the world far from the region raises next to no alarm. The texts are the natural ones of the set for copies; in
// the others names of the region were put in the place of those that stood there.
func TestWorldNews(t *testing.T) {
	natural := map[string]bool{}
	eachLine(t, shared(t, "dedup/dev.gold.jsonl.gz"), func(line []byte) error {
		var g struct{ ID, Origin string }
		err := json.Unmarshal(line, &g)
		natural[g.ID] = g.Origin == "natural"
		return err
	})
	m, err := relevance.New(relevance.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, alarms := 0, 0
	eachLine(t, shared(t, "dedup/dev.docs.jsonl.gz"), func(line []byte) error {
		var d struct{ ID, Title, Text string }
		if err := json.Unmarshal(line, &d); err != nil || !natural[d.ID] {
			return err
		}
		language, _ := normalize.Language(d.Title + "\n" + d.Text)
		all++
		if r := m.Score(relevance.Input{Title: d.Title, Text: d.Text, Language: language}); r.Score >= 0.5 {
			alarms++
			t.Logf("%s: %.3f %q", d.ID, r.Score, r.Reasons)
		}
		return nil
	})
	t.Logf("%d alarms in %d", alarms, all)
	if all < 3000 || alarms*10_000 > 4*all {
		t.Errorf("%d alarms in %d", alarms, all)
	}
}

func eachLine(t *testing.T, path string, do func([]byte) error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		if err := do(lines.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
