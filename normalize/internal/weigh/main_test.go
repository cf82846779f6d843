package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chapar/normalize/relevance"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	in, out, sums, picture := filepath.Join(dir, "texts.jsonl"), filepath.Join(dir, "weights.tsv"), filepath.Join(dir, "sums"), filepath.Join(dir, "curve.svg")
	if err := run([]string{out, in}, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "are not here") {
		t.Errorf("without texts: %v", err)
	}
	var lines strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lines, `{"id":"a-%d00","source":"x","label":2,"title":"Border troops clash near Batken","text":"Kyrgyz soldiers of post %d fought on the border."}`+"\n", i, i)
		fmt.Fprintf(&lines, `{"id":"b-%d00","source":"x","label":0,"title":"School %d opens in Batken","text":"Pupils and teachers sang."}`+"\n", i, i)
	}
	if err := os.WriteFile(in, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := run([]string{"-sums", sums, "-picture", picture, out, in}, &said); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "average precision 1.000") || !strings.Contains(said.String(), "from 80 texts") {
		t.Errorf("said %q", said.String())
	}
	table, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(relevance.Features(), "bias") {
		if !strings.Contains(string(table), "\n"+name+"\t") {
			t.Errorf("the table lacks %q", name)
		}
	}
	if list, err := os.ReadFile(sums); err != nil || strings.Count(string(list), "\n") != 80 {
		t.Errorf("sums: %q, %v", list, err)
	}
	if svg, err := os.ReadFile(picture); err != nil || !strings.Contains(string(svg), "threshold 0.5: precision 1.00, recall 1.00") {
		t.Errorf("picture: %.200q, %v", svg, err)
	}
}
