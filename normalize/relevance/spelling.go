package relevance

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// An operator's term is found in any script and romanisation: "Бадахшан" in "Badakhshan" and "Badaxshon" too. For that it
// and the words of the text are brought to their bones: letters and pairs of letters that stand for one another in the
// alphabets of the region and in their romanisations become one.

// leastBones is how many letters the bones of a term must have: shorter words become alike too easily. In Kazakh written
// in Latin letters, where the words of the tables are found by their bones, leastKazakh are enough.
const (
	leastBones  = 6
	leastKazakh = 4
)

// boneGroups are letters that become one, the first of them. A Cyrillic letter for a vowel with y before it is the vowel.
func boneGroups() []string {
	return []string{
		"aаоoөöәäяёўóáàâåã", "iиыіıyйýӣíӥ", "uуүұüūюӯúû", "eэеєéèê", "hхxҳһ", "jжҷҗž", "šшщşŝ", "čчçć", "kкқq", "gгғğǵ",
		"nнңňñń", "vвw", "bб", "dд", "zз", "lл", "mм", "pп", "rр", "sсц", "tт", "fф", "'ьъ",
	}
}

// bones brings words to their bones.
type bones map[rune]rune

func newBones() bones {
	b := bones{}
	for _, group := range boneGroups() {
		first, _ := utf8.DecodeRuneInString(group)
		for _, r := range group {
			b[r] = first
		}
	}
	return b
}

// pair gives what two letters are that stand together.
func pair(last, next rune) (rune, bool) {
	switch string([]rune{last, next}) {
	case "sh":
		return 'š', true
	case "ch":
		return 'č', true
	case "kh":
		return 'h', true
	case "gh":
		return 'g', true
	case "zh", "dj":
		return 'j', true
	case "ts":
		return 's', true
	case "ia", "ie", "iu":
		return next, true
	}
	return last, last == next
}

// append appends the bones of a folded word to fold.
func (b bones) append(fold, word []byte) []byte {
	last := rune(0)
	for len(word) > 0 {
		r, size := utf8.DecodeRune(word)
		word = word[size:]
		if one, ok := b[r]; ok {
			r = one
		}
		if r == '\'' {
			continue
		}
		if last != 0 {
			one, ok := pair(last, r)
			if ok {
				if last = one; last == 'č' && bytes.HasSuffix(fold, []byte("š")) { // shch is one letter
					fold, last = fold[:len(fold)-len("š")], 'š'
				}
				continue
			}
			fold = utf8.AppendRune(fold, last)
		}
		last = r
	}
	if last != 0 {
		fold = utf8.AppendRune(fold, last)
	}
	return fold
}

// words gives the bones of the words of w. Characters that make words by themselves stay what they are.
func (b bones) words(w *words) *words {
	bare := &words{texts: w.texts, sentences: w.sentences, fold: make([]byte, 0, len(w.fold)), tokens: make([]token, len(w.tokens))}
	for i, t := range w.tokens {
		word := w.fold[t.start:t.end]
		t.start = int32(len(bare.fold))
		if r, _ := utf8.DecodeRune(word); isHan(r) {
			_, size := utf8.DecodeRune(word)
			bare.fold = append(bare.fold, word[:size]...)
		} else {
			bare.fold = b.append(bare.fold, word)
		}
		t.end = int32(len(bare.fold))
		bare.fold = append(bare.fold, ' ')
		if t.start == t.end {
			bare.fold[t.end] = '-' // a word of signs only
			t.end++
		}
		bare.tokens[i] = t
	}
	return bare
}

// bare gives forms by their bones, without those that have fewer than least and those in capitals.
func (b bones) bare(forms []form, least int) []form {
	var out []form
	for _, f := range forms {
		if f.upper > 1 {
			continue
		}
		g := form{sense: f.sense, langs: f.langs, exact: f.exact, whole: f.whole, upper: f.upper, first: string(b.append(nil, []byte(f.first)))}
		length := utf8.RuneCountInString(g.first)
		for _, p := range f.rest {
			p = part{text: string(b.append(nil, []byte(p.text))), upper: p.upper}
			length += utf8.RuneCountInString(p.text)
			g.rest = append(g.rest, p)
		}
		if len(g.rest) == 0 && !g.whole && length > least { // what follows may take an i away: "iia" is "a"
			if cut, ok := strings.CutSuffix(g.first, "i"); ok {
				g.first = cut
			}
		}
		if r, _ := utf8.DecodeRuneInString(f.first); length >= least && g.first != "" && !isHan(r) {
			out = append(out, g)
		}
	}
	return out
}

// merge puts hits by bones among the others, which they stand above but for those of the first senses, as many as firm.
func merge(hits, loose []hit, firm int32) []hit {
	if len(loose) == 0 {
		return hits
	}
	out := make([]hit, 0, len(hits)+len(loose))
	for len(hits) > 0 || len(loose) > 0 {
		switch {
		case len(loose) == 0 || len(hits) > 0 && hits[0].last < loose[0].first:
			out, hits = append(out, hits[0]), hits[1:]
		case len(hits) == 0 || loose[0].last < hits[0].first:
			out, loose = append(out, loose[0]), loose[1:]
		case hits[0].sense < firm:
			loose = loose[1:]
		default:
			hits = hits[1:]
		}
	}
	return out
}
