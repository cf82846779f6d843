package relevance

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// index finds forms: a trie over the bytes of their first words. Children of a node are linked by next.
type index struct {
	nodes []node
	root  [256]int32 // the children of the root by byte
	forms []form     // sorted by first word
	ends  map[string]bool
}

type node struct {
	child, next int32 // 0: none
	from, to    int32 // the forms whose first word ends here
	label       byte
}

func newIndex(forms []form) *index {
	x := &index{nodes: make([]node, 1, 8*len(forms)), forms: forms, ends: endings()}
	// Of forms with one first word those with most words come first, then those that ask for capitals.
	slices.SortStableFunc(x.forms, func(a, b form) int {
		return cmp.Or(strings.Compare(a.first, b.first), cmp.Compare(len(b.rest), len(a.rest)), cmp.Compare(b.upper, a.upper))
	})
	for i := 0; i < len(forms); {
		j := i + 1
		for j < len(forms) && forms[j].first == forms[i].first {
			j++
		}
		n := x.insert(forms[i].first)
		x.nodes[n].from, x.nodes[n].to = int32(i), int32(j)
		i = j
	}
	x.nodes = slices.Clip(x.nodes)
	return x
}

func (x *index) insert(word string) int32 {
	at := x.root[word[0]]
	if at == 0 {
		at = x.append(word[0])
		x.root[word[0]] = at
	}
	for i := 1; i < len(word); i++ {
		next := x.step(at, word[i])
		if next == 0 {
			next = x.append(word[i])
			x.nodes[next].next = x.nodes[at].child
			x.nodes[at].child = next
		}
		at = next
	}
	return at
}

func (x *index) append(label byte) int32 {
	x.nodes = append(x.nodes, node{label: label})
	return int32(len(x.nodes) - 1)
}

func (x *index) step(at int32, label byte) int32 {
	c := x.nodes[at].child
	for c != 0 && x.nodes[c].label != label {
		c = x.nodes[c].next
	}
	return c
}

// hit is a form found in a text.
type hit struct {
	sense    int32
	first    int32 // token
	last     int32
	sentence int32
}

// find returns the hits in w, from left to right. At each word the form of most words wins, then the longest; the words
// of a hit begin no other.
func (x *index) find(w *words, languages, exact uint16) []hit {
	hits := make([]hit, 0, 32)
	for i := 0; i < len(w.tokens); {
		best, ok := x.at(w, i, languages, exact)
		if !ok {
			i++
			continue
		}
		hits = append(hits, best)
		i = int(best.last) + 1
	}
	return hits
}

// at returns the best hit that begins with token i.
func (x *index) at(w *words, i int, languages, exact uint16) (hit, bool) {
	var (
		best  hit
		found bool
		tok   = w.tokens[i]
		word  = w.fold[tok.start:tok.end]
		at    = x.root[word[0]]
	)
	for n := 1; at != 0; n++ {
		for k := x.nodes[at].from; k < x.nodes[at].to; k++ {
			f := &x.forms[k]
			if found && len(f.rest) < int(best.last-best.first) {
				break
			}
			if last, ok := x.fits(w, i, n, f, languages, exact); ok {
				best = hit{f.sense, int32(i), last, tok.sentence}
				found = true
				break
			}
		}
		if n == len(word) {
			break
		}
		at = x.step(at, word[n])
	}
	return best, found
}

// fits reports whether f, whose first word is the first n bytes of token i, stands there, and its last token.
func (x *index) fits(w *words, i, n int, f *form, languages, exact uint16) (int32, bool) {
	tok := w.tokens[i]
	if f.langs&languages == 0 || f.exact && f.langs&exact == 0 || tok.upper < f.upper {
		return 0, false
	}
	word := w.fold[tok.start:tok.end]
	if r, _ := utf8.DecodeRune(word); isHan(r) {
		// Every character is a token of its own; the hit takes as many as its form has.
		return int32(i + utf8.RuneCount(word[:n]) - 1), true
	}
	if n < len(word) && (f.whole || f.caseOnly && !isEnding(x.ends, string(word[n:]), 3)) {
		return 0, false
	}
	if i+len(f.rest) >= len(w.tokens) {
		return 0, false
	}
	for k, p := range f.rest {
		t := w.tokens[i+1+k]
		further := w.fold[t.start:t.end]
		if t.sentence != tok.sentence || t.upper < p.upper || len(further) < len(p.text) || string(further[:len(p.text)]) != p.text {
			return 0, false
		}
		if p.caseOnly && !isEnding(x.ends, string(further[len(p.text):]), 3) {
			return 0, false
		}
	}
	return int32(i + len(f.rest)), true
}
