package normalize

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// table is the list of patterns, read once and never changed.
type table struct {
	rules       []rule           // the patterns of all classes, in order
	byWord      map[string][]int // places in rules, by a word without which none of them can match
	wordless    []int            // places of those without such a word
	hanging     []pattern
	networks    []word
	button      map[string]bool
	smallButton map[string]bool
}

// class is one section of the list.
type class struct {
	name  string
	list  bool // a line that is all of a pattern may have entries after it
	alone bool // such a line may stand between two paragraphs of prose
	open  bool // not a line that ends as a sentence does
}

// rule is a pattern and its class.
type rule struct {
	pattern
	of *class
}

//go:embed data/residue.txt
var residueList string

// tables reads the list; its form is told at its head.
var tables = sync.OnceValue(func() *table {
	t := &table{byWord: make(map[string][]int)}
	of := new(class)
	sets := make(map[string][]word)
	for _, text := range strings.Split(residueList, "\n") {
		text, _, _ = strings.Cut(text, "//")
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if name, words, ok := strings.Cut(text, " = "); ok {
			for _, w := range strings.Fields(words) {
				sets[name] = append(sets[name], readWord(w))
			}
			continue
		}
		if strings.HasPrefix(text, "[") {
			flags := strings.Fields(strings.Trim(text, "[]"))
			has := func(flag string) bool { return slices.Contains(flags[1:], flag) }
			of = &class{name: flags[0], list: has("list"), alone: has("alone"), open: has("open")}
			continue
		}
		pat := readPattern(text, sets)
		if of.name == hanging {
			t.hanging = append(t.hanging, pat)
		}
		place := len(t.rules)
		t.rules = append(t.rules, rule{pat, of})
		key := pat.key()
		for _, w := range key {
			t.byWord[w.text] = append(t.byWord[w.text], place)
		}
		if key == nil {
			t.wordless = append(t.wordless, place)
		}
	}
	t.networks = sets["net"]
	t.button, t.smallButton = plain(sets["button"]), plain(sets["smallbutton"])
	return t
})

// find gives the first rule that matches a line, nil if none does.
func (t *table) find(l line) *class {
	var buf [64]int
	places := append(buf[:0], t.wordless...)
	for _, w := range l.words {
		places = append(places, t.byWord[w]...)
	}
	slices.Sort(places)
	for _, i := range slices.Compact(places) {
		if r := t.rules[i]; !(r.of.open && l.ended) && r.match(l) {
			return r.of
		}
	}
	return nil
}

func plain(words []word) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w.text] = true
	}
	return set
}

// word of a pattern: itself, or every word that begins with it.
type word struct {
	text   string
	prefix bool
}

func readWord(s string) word {
	s, prefix := strings.CutSuffix(s, "*")
	return word{strings.Map(func(r rune) rune {
		if apostrophe(r) {
			return -1
		}
		return foldRune(r)
	}, s), prefix}
}

func (w word) match(s string) bool {
	return s == w.text || w.prefix && strings.HasPrefix(s, w.text)
}

// step of a pattern.
type step struct {
	words    []word // any of them
	optional bool
	number   bool // a number
	colon    bool // no word, but a colon
	skip     int  // up to so many words of any kind
}

// pattern of a whole line.
type pattern []step

func readPattern(s string, sets map[string][]word) pattern {
	var p pattern
	for _, f := range strings.Fields(s) {
		var st step
		f, st.optional = strings.CutPrefix(f, "?")
		switch f {
		case "~":
			st.skip = 6
		case "~~":
			st.skip = 80
		case ":":
			st.colon = true
		case "#":
			st.number = true
		default:
			for _, alt := range strings.Split(f, "|") {
				if set, ok := sets[strings.Trim(alt, "{}")]; ok && strings.HasPrefix(alt, "{") {
					st.words = append(st.words, set...)
				} else {
					st.words = append(st.words, readWord(alt))
				}
			}
		}
		p = append(p, st)
	}
	return p
}

// key gives the words of which a line must hold one to match the pattern: the first step that has only whole words, or
// nil if there is none.
func (p pattern) key() []word {
	for _, st := range p {
		if len(st.words) > 0 && !st.optional && !slices.ContainsFunc(st.words, func(w word) bool { return w.prefix }) {
			return st.words
		}
	}
	return nil
}

// match tells whether the pattern is the whole of the line.
func (p pattern) match(l line) bool { return p.from(l, 0) }

func (p pattern) from(l line, at int) bool {
	if len(p) == 0 {
		return at == len(l.words)
	}
	st, rest := p[0], p[1:]
	switch {
	case st.skip > 0:
		for n := 0; n <= st.skip && at+n <= len(l.words); n++ {
			if rest.from(l, at+n) {
				return true
			}
		}
		return false
	case st.colon:
		return l.colon == at && rest.from(l, at) || st.optional && rest.from(l, at)
	}
	if at < len(l.words) && st.matches(l.words[at]) && rest.from(l, at+1) {
		return true
	}
	return st.optional && rest.from(l, at)
}

func (st step) matches(w string) bool {
	if st.number {
		return isNumber(w)
	}
	for _, alt := range st.words {
		if alt.match(w) {
			return true
		}
	}
	return false
}
