package config

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is a mistake, its place and its remedy.
type Problem struct {
	File         string // as it was named
	Line, Column int    // from 1
	Path         string // of the setting, such as sources[0].interval; "" for the file itself
	Text         string // what is wrong
	Hint         string // how to mend it; may be empty
}

func (p Problem) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
	if p.Hint != "" {
		text += "; " + p.Hint
	}
	return text
}

// Problems are all mistakes of a config in order of place.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// sort orders by file as they were read, then by place.
func (ps Problems) sort(files []string) {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if d := slices.Index(files, a.File) - slices.Index(files, b.File); d != 0 {
			return d
		}
		if d := a.Line - b.Line; d != 0 {
			return d
		}
		return a.Column - b.Column
	})
}

// didYouMean gives a hint with the known word that is nearest to a mistyped one, or "".
func didYouMean(word string, known []string) string {
	best := Nearest(strings.ReplaceAll(strings.ToLower(word), "-", "_"), known)
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// Nearest gives the known word that a mistyped one may stand for, or "".
func Nearest(word string, known []string) string {
	best, least := "", 1+max(1, len(word)/3)
	for _, k := range known {
		if d := distance(word, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, change or swap with their neighbour to make b out of a.
func distance(a, b string) int {
	const longest = 40 // no key is as long
	if len(a) > longest {
		return len(a)
	}
	two, one := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := one[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(one[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one = one, row
	}
	return one[len(b)]
}
