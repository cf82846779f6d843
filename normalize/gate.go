package normalize

import (
	"regexp"
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// This file spares the large patterns the lines that they cannot match, which are nearly all: of a pattern it works
// out with what letters its matches can begin, once, and looks those up before the pattern is asked.

// lookedAt is how many characters of a beginning are told apart.
const lookedAt = 5

// gated is a pattern for the beginning of a line, anything but letters before it aside.
type gated struct {
	re     *regexp.Regexp
	starts starts
}

// opens makes a gated pattern: that of the beginning of a line, in small or capital letters.
func opens(pattern string) gated {
	return gated{regexp.MustCompile(`(?i)^[^\pL]*(?:` + pattern + `)`), startsOf(pattern)}
}

// MatchString reports whether a line begins so.
func (g gated) MatchString(line string) bool {
	for i, r := range line {
		if g.starts.of(line[i:]) {
			return g.re.MatchString(line)
		}
		if unicode.IsLetter(r) {
			break
		}
	}
	return g.starts == nil && g.re.MatchString(line)
}

// starts are the beginnings of what a pattern matches, of up to three characters and in small letters, by the first of
// them. nil holds nothing against any text.
type starts map[rune][]string

// startsOf works out the beginnings of a pattern. Where it allows for too many they are cut short, so that none is missed.
func startsOf(pattern string) starts {
	re, err := syntax.Parse(`(?i)(?:`+pattern+`)`, syntax.Perl)
	if err != nil {
		panic(err) // the pattern stands in the source
	}
	s := starts{}
	for h := range heads(re) {
		if h.text == "" {
			return nil
		}
		first, n := utf8.DecodeRuneInString(h.text)
		s[first] = append(s[first], h.text[n:])
	}
	return s
}

// of reports whether a text may begin so.
func (s starts) of(text string) bool {
	if s == nil {
		return true
	}
	first, n := utf8.DecodeRuneInString(text)
	for _, rest := range s[small(first)] {
		if beginsWith(text[n:], rest) {
			return true
		}
	}
	return false
}

func small(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			r |= 0x20
		}
		return r
	}
	return unicode.ToLower(r)
}

// beginsWith reports whether a text begins with some small letters, be its own large or small.
func beginsWith(text, letters string) bool {
	for _, want := range letters {
		r, n := utf8.DecodeRuneInString(text)
		if n == 0 || small(r) != want {
			return false
		}
		text = text[n:]
	}
	return true
}

// among reports whether a word of a text may begin so.
func (s starts) among(text string) bool {
	within := false
	for i, r := range text {
		letter := unicode.IsLetter(r)
		if letter && !within && s.of(text[i:]) {
			return true
		}
		within = letter
	}
	return false
}

// head is a beginning; it is open where what follows in the pattern goes on from it.
type head struct {
	text string
	open bool
}

func heads(re *syntax.Regexp) map[head]bool {
	const most = 12 // characters of a class that are told apart
	out := map[head]bool{}
	switch re.Op {
	case syntax.OpLiteral:
		add(out, "", string(re.Rune), true)
	case syntax.OpCharClass:
		n := 0
		for i := 0; i < len(re.Rune); i += 2 {
			n += int(re.Rune[i+1]-re.Rune[i]) + 1
		}
		if n > most {
			return map[head]bool{{}: true}
		}
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				add(out, "", string(r), true)
			}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out[head{}] = true
	case syntax.OpCapture:
		return heads(re.Sub[0])
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			for h := range heads(sub) {
				out[h] = true
			}
		}
	case syntax.OpConcat:
		out[head{open: true}] = true
		for _, sub := range re.Sub {
			next, rest := map[head]bool{}, heads(sub)
			for h := range out {
				if !h.open {
					next[h] = true
					continue
				}
				for k := range rest {
					add(next, h.text, k.text, k.open)
				}
			}
			out = next
		}
	case syntax.OpQuest, syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		for h := range heads(re.Sub[0]) {
			h.open = h.open && re.Op == syntax.OpQuest // it may come again
			out[h] = true
		}
		if re.Op == syntax.OpQuest || re.Op == syntax.OpStar || re.Op == syntax.OpRepeat && re.Min == 0 {
			out[head{open: true}] = true
		}
	default: // edges of words and lines
		out[head{open: true}] = true
	}
	return out
}

// add puts two pieces together, as far as they are looked at.
func add(to map[head]bool, a, b string, open bool) {
	runes := []rune(a + b)
	for i, r := range runes {
		runes[i] = small(r)
	}
	if len(runes) >= lookedAt {
		runes, open = runes[:lookedAt], false
	}
	to[head{string(runes), open}] = true
}
