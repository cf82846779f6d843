package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "texts.jsonl"), filepath.Join(dir, "table")
	if err := run([]string{in, out}, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "is not here") {
		t.Errorf("without texts: %v", err)
	}
	var lines strings.Builder
	for block := range 10 {
		for _, n := range []int{20, 50} {
			fmt.Fprintf(&lines, `{"variant":"en","domain":"d","len":%d,"text":"the road over the pass is closed %d"}`+"\n", n, block)
			fmt.Fprintf(&lines, `{"variant":"ru","domain":"d","len":%d,"text":"дорога через перевал закрыта %d"}`+"\n", n, block)
		}
	}
	if err := os.WriteFile(in, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := run([]string{in, out}, &said); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "20 characters: all 100.0 % of 20") {
		t.Errorf("said %q", said.String())
	}
	if info, err := os.Stat(out); err != nil || info.Size() < 2*1<<14 {
		t.Errorf("table: %v, %v", info, err)
	}
}
