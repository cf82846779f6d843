package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chapar/normalize/dedup"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	docs, gold := filepath.Join(dir, "docs.jsonl"), filepath.Join(dir, "gold.jsonl")
	if err := run([]string{docs, gold}, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "are not here") {
		t.Errorf("without documents: %v", err)
	}
	if err := run([]string{docs}, &strings.Builder{}); err == nil {
		t.Error("one file is enough")
	}
	r := rand.New(rand.NewPCG(1, 1))
	text := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, "word%d ", int(r.ExpFloat64()*300))
		}
		return b.String()
	}
	var d, g strings.Builder
	var texts []string
	for i := range 400 {
		cluster, s := i, text(120)
		if i >= 100 && i%2 == 0 { // a copy with an end of its own
			cluster = r.IntN(100)
			s = texts[cluster][:len(texts[cluster])*4/5] + text(12)
		} else if i >= 100 { // another text that quotes one
			from := texts[r.IntN(100)]
			s = text(100) + from[:len(from)/5]
		}
		texts = append(texts, s)
		language := "en"
		if i%9 == 4 {
			language = "ru"
		}
		fmt.Fprintf(&d, `{"id":"%d","lang":%q,"outlet":null,"date":null,"title":"","text":%q}`+"\n", i, language, s)
		fmt.Fprintf(&g, `{"id":"%d","cluster":"c%d","hn":[]}`+"\n", i, cluster)
	}
	for path, text := range map[string]string{docs: d.String(), gold: g.String()} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said strings.Builder
	if err := run([]string{"-o", dir, "-ahead", docs, docs, gold}, &said); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(said.String(), "400 documents, ") {
		t.Errorf("said %q", said.String())
	}
	for name, fields := range map[string][]string{"copies.rule": dedup.Fields[dedup.Evidence](), "translations.rule": dedup.Fields[dedup.Parallel]()} {
		rule, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dedup.ParseRule(string(rule), fields); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	verdicts, err := os.ReadFile(filepath.Join(dir, "verdicts.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(verdicts)) {
		var v struct{ ID, Cluster string }
		if err := json.Unmarshal([]byte(line), &v); err != nil || v.ID != fmt.Sprint(n) || v.Cluster == "" {
			t.Fatalf("verdict %d: %s", n, line)
		}
		n++
	}
	if n != 400 {
		t.Errorf("%d verdicts", n)
	}
	if err := os.WriteFile(gold, []byte(`{"id":"7","cluster":"c"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{docs, gold}, &said); err == nil || !strings.Contains(err.Error(), "line 1 belongs to another document") {
		t.Errorf("with the gold of others: %v", err)
	}
}

// TestBoost makes a rule for what two questions tell.
func TestBoost(t *testing.T) {
	names := dedup.Fields[dedup.Parallel]()
	r := rand.New(rand.NewPCG(2, 2))
	var pairs []pair
	for range 2000 {
		p := pair{values: make([]float64, len(names)), weight: 1}
		for f := range p.values {
			p.values[f] = r.Float64()
		}
		p.same = p.values[0] > 0.4 && p.values[3] < 0.7
		pairs = append(pairs, p)
	}
	text := boost(pairs[:1000], names, translationOptions)
	if again := boost(pairs[:1000], names, translationOptions); again != text {
		t.Error("the same pairs give another rule")
	}
	rule, err := dedup.ParseRule(text, names)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for _, p := range pairs[1000:] {
		if p.same == (rule.Score(p.values) > 0) {
			right++
		}
	}
	if right < 950 {
		t.Errorf("%d of 1000 right", right)
	}
}
