package gram

import (
	"bytes"
	"strings"
	"testing"
)

var samples = []Sample{
	{"north", "the wind of the north and the snow of the north"},
	{"south", "o vento quente do sul e a areia do sul"},
	{"south", "a areia quente"},
}

func TestTable(t *testing.T) {
	data, err := Train(samples)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Train(samples); err != nil || !bytes.Equal(data, again) {
		t.Errorf("the same samples gave other bytes (%v)", err)
	}
	table, err := Read(data)
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{"north": "snow and wind", "south": "areia e vento", "": " 12 – 7 "} {
		if g := table.Guess(text); g.Language != want {
			t.Errorf("%q: %+v, want %q", text, g, want)
		}
	}
	// The sums are emptied often enough: a long text is as many times its piece.
	one, long := table.Guess("wind of snow "), table.Guess(strings.Repeat("wind of snow ", 5000))
	if ratio := long.Lead / one.Lead; ratio < 4500 || ratio > 5500 {
		t.Errorf("lead of 5000 times the text is %.0f times as great", ratio)
	}
	if one.Fit > 3 || one.Grams == 0 {
		t.Errorf("fit: %+v", one)
	}
}

func TestTrainRefuses(t *testing.T) {
	if _, err := Train(samples[:1]); err == nil {
		t.Error("a table of one language was made")
	}
	var many []Sample
	for c := range rune(lanes + 1) {
		many = append(many, Sample{string('a' + c), "text"})
	}
	if _, err := Train(many); err == nil {
		t.Errorf("a table of %d languages was made", len(many))
	}
}
