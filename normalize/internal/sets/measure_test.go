package sets

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// slack is how far a figure may fall before the test does: less than one page of the smallest set.
const slack = 0.001

// TestFigures measures anew and holds the figures against the table in the tree.
func TestFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("the sets are measured by the tests in full length")
	}
	kept := readTable(t, filepath.Join("..", "..", "testdata", "figures.md"))
	got, err := Measure(filepath.Join("..", "..", "..", Dir))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the sets are not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got {
		want, ok := kept[f.Name]
		switch {
		case !ok:
			t.Errorf("%s is not in the table: write it anew", f.Name)
		case f.fewerIsBetter() && f.Value > want+slack, !f.fewerIsBetter() && f.Value < want-slack:
			t.Errorf("%s is %s, was %.4f", f.Name, f.text(), want)
		}
	}
}

func readTable(t *testing.T, path string) map[string]float64 {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	kept := map[string]float64{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		cells := strings.Split(strings.Trim(lines.Text(), "| "), " | ")
		if len(cells) != 2 {
			continue
		}
		if v, err := strconv.ParseFloat(cells[1], 64); err == nil {
			kept[cells[0]] = v
		}
	}
	return kept
}

func TestScores(t *testing.T) {
	for _, c := range []struct {
		name        string
		truth       string
		found       string
		words, para float64
	}{
		{"same", "one two three four five\n\nsix seven", "one two three four five\n\nsix seven", 1, 1},
		{"two of three runs", "a b c d e f", "a b c d e x", 2.0 / 3, 0},
		{"glued", "a b c d e\n\nf g h i j", "a b c d e f g h i j", 1, 0},
		{"short", "a b", "a b", 1, 1},
		{"nothing found", "a b c d e", "", 0, 0},
		{"one paragraph more", "a b c d", "a b c d\n\ne f g h", 2 * 0.2 / 1.2, 2 * 0.5 / 1.5},
	} {
		pairs := []Pair{{c.truth, c.found}}
		if got := Shingles(pairs).F1; got < c.words-1e-9 || got > c.words+1e-9 {
			t.Errorf("%s: runs of words %f, want %f", c.name, got, c.words)
		}
		if got := Paragraphs(pairs).F1; got < c.para-1e-9 || got > c.para+1e-9 {
			t.Errorf("%s: paragraphs %f, want %f", c.name, got, c.para)
		}
	}
	pages := []Page{{ID: "a", Title: "The title", With: []string{"one  two", "nine"}, Without: []string{"three"}}}
	found := func(Page) string { return "The title one\ntwo three" }
	if got := Snippets(pages, found); got != 0.5 {
		t.Errorf("snippets %f, want 0.5", got)
	}
	if left, asked := Residue(pages, map[string][]string{"a": {"@title", "gone"}}, found); left != 1 || asked != 2 {
		t.Errorf("residue %d of %d, want 1 of 2", left, asked)
	}
}
