package dedup

import (
	"strings"
	"testing"
)

const long = "The courier left the caravanserai before dawn and rode along the river until the post house of the valley came in sight."

func TestWords(t *testing.T) {
	tests := []struct {
		in   string
		want string
	}{
		{"", ""},
		{"One, two – three!", "one two three"},
		{"Ｆｕｌｌ width ①", "full width 1"},
		{"ЧАПАР за\u0301мок", "чапар замок"},
		{"don't 3.5%", "don t 3 5"},
		{"и\u0306 й", "й й"},
		{"end", "end"},
	}
	for _, tt := range tests {
		var words []string
		for w := range Words(tt.in) {
			words = append(words, string(w))
		}
		if got := strings.Join(words, " "); got != tt.want {
			t.Errorf("Words(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	for range Words("stop at once") {
		break
	}
}

func TestOf(t *testing.T) {
	same := []string{
		strings.ToUpper(long),
		strings.ReplaceAll(long, " ", "\u00a0\n\n"),
		"«" + strings.TrimSuffix(long, ".") + "…»",
	}
	for _, s := range same {
		if Of(s) != Of(long) {
			t.Errorf("%q is not known as the same text", s)
		}
	}
	other := []string{long + " Then it rained.", strings.Replace(long, "dawn", "dusk", 1), strings.Replace(long, "the river", "theriver", 1)}
	for _, s := range other {
		if Of(s) == Of(long) {
			t.Errorf("%q is taken for the same text", s)
		}
	}
	if s := "one two three four five six seven eight nine ten eleven"; Of(s) != (Sketch{}) {
		t.Error("a text of eleven words has a sketch")
	}
}

func TestPlace(t *testing.T) {
	other := strings.ReplaceAll(long, "courier", "rider")
	type step struct {
		ref  Ref
		text string
		want Verdict
	}
	alone := func(r Ref) Verdict { return Verdict{Cluster: r} }
	copyOf := func(of, cluster Ref) Verdict {
		return Verdict{Cluster: cluster, DuplicateOf: of, Copy: true, Overlap: 1}
	}
	tests := map[string][]step{
		"first alone, copies of the first": {
			{0, long, alone(0)}, {1, long, copyOf(0, 0)}, {2, other, alone(2)}, {3, long, copyOf(0, 0)},
		},
		"short texts never match": {
			{0, "too short", alone(0)}, {1, "too short", alone(1)},
		},
		"no copy of one's own earlier revision": {
			{0, long, alone(0)}, {0, other, alone(0)}, {0, long, alone(0)},
		},
		"an earlier revision is still found": {
			{0, long, alone(0)}, {0, other, alone(0)}, {1, long, copyOf(0, 0)},
		},
		"never a copy of a later document": {
			{0, long, alone(0)}, {1, other, alone(1)}, {0, other, alone(0)},
		},
		"one with copies stays where it is": {
			{0, long, alone(0)}, {1, other, alone(1)}, {2, other, copyOf(1, 1)}, {1, long, alone(1)},
		},
		"a copy that is changed stands alone, then leads": {
			{0, long, alone(0)}, {1, long, copyOf(0, 0)}, {1, other, alone(1)}, {2, other, copyOf(1, 1)},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			var m Memory
			for i, s := range steps {
				got, err := Place(&m, s.ref, s.text, Of(s.text))
				if err != nil || got != s.want {
					t.Fatalf("step %d: got %+v, %v, want %+v", i, got, err, s.want)
				}
			}
		})
	}
}
