package dedup

import (
	"strings"
	"testing"
)

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
