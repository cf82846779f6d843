package sets

import (
	"hash/maphash"
	"strings"
	"unicode"
)

// Score of a set: the mean precision over the pages with some text, the mean recall, and F1 of the two.
type Score struct{ P, R, F1 float64 }

// Pair is a page's true text and the one that was found.
type Pair struct{ True, Found string }

// Shingles compares texts by all their runs of four words: the measure of public benchmarks.
func Shingles(pairs []Pair) Score { return mean(pairs, shingles) }

// Paragraphs compares texts by whole paragraphs; it falls where they are glued, split or carry residue.
func Paragraphs(pairs []Pair) Score { return mean(pairs, paragraphs) }

func mean(pairs []Pair, cut func(string) map[uint64]int) Score {
	var s Score
	found, asked := 0, 0
	for _, x := range pairs {
		p, r, hasP, hasR := compare(cut(x.True), cut(x.Found))
		if hasP {
			s.P += p
			found++
		}
		if hasR {
			s.R += r
			asked++
		}
	}
	s.P /= float64(max(1, found))
	s.R /= float64(max(1, asked))
	if s.P+s.R > 0 {
		s.F1 = 2 * s.P * s.R / (s.P + s.R)
	}
	return s
}

func compare(want, got map[uint64]int) (p, r float64, hasP, hasR bool) {
	wanted, given, both := 0, 0, 0
	for k, n := range want {
		wanted += n
		both += min(n, got[k])
	}
	for _, n := range got {
		given += n
	}
	return float64(both) / float64(max(1, given)), float64(both) / float64(max(1, wanted)), given > 0, wanted > 0
}

// Page gives the F1 of one page by shingles.
func (x Pair) Page() float64 {
	p, r, _, _ := compare(shingles(x.True), shingles(x.Found))
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

// Words are the runs of letters, figures and underscores of a text, case kept.
func Words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' })
}

var seed = maphash.MakeSeed()

const shingle = 4

func shingles(text string) map[uint64]int {
	words := Words(text)
	out := map[uint64]int{}
	for i := 0; i+shingle <= len(words); i++ {
		out[maphash.Comparable(seed, [shingle]string(words[i:i+shingle]))]++
	}
	if n := len(words); n > 0 && n < shingle {
		out[maphash.String(seed, strings.Join(words, " "))]++
	}
	return out
}

func paragraphs(text string) map[uint64]int {
	out := map[uint64]int{}
	add := func(lines []string) {
		if w := Words(strings.Join(lines, "\n")); len(w) > 0 {
			out[maphash.String(seed, strings.Join(w, " "))]++
		}
	}
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		if strings.Trim(l, " \t\r") == "" {
			add(lines)
			lines = nil
			continue
		}
		lines = append(lines, l)
	}
	add(lines)
	return out
}

// Snippets counts of the pieces that a text must hold those that it does, and of those that it must not the same.
func Snippets(pages []Page, found func(Page) string) (f1 float64) {
	right, wrong, missed := 0, 0, 0
	for _, p := range pages {
		text := flat(found(p))
		for _, s := range p.With {
			if strings.Contains(text, flat(s)) {
				right++
			} else {
				missed++
			}
		}
		for _, s := range p.Without {
			if strings.Contains(text, flat(s)) {
				wrong++
			}
		}
	}
	return 2 * float64(right) / float64(max(1, 2*right+wrong+missed))
}

// Residue counts the forbidden lines that texts hold, and how many were asked for.
func Residue(pages []Page, forbidden map[string][]string, found func(Page) string) (left, asked int) {
	for _, p := range pages {
		text := flat(found(p))
		for _, line := range forbidden[p.ID] {
			if line == "@title" {
				line = p.Title
			}
			if asked++; strings.Contains(text, flat(line)) {
				left++
			}
		}
	}
	return left, asked
}

func flat(s string) string { return strings.Join(strings.Fields(s), " ") }
