package normalize

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// place says in what kinds of elements something stands, at any depth.
type place uint16

const (
	inList place = 1 << iota
	inTable
	inQuote
	inFigure
	inAside
	inHeader
	inFooter
	inForm
	inArticle
	inSection
	inPost   // of a network, embedded
	inWidget // an element that scripts made up by its own name
)

func placeOf(n *html.Node) place {
	switch n.DataAtom {
	case atom.Ul, atom.Ol, atom.Dl:
		return inList
	case atom.Table:
		return inTable
	case atom.Blockquote:
		if c := attr(n, "class"); strings.Contains(c, "twitter") || strings.Contains(c, "instagram") || strings.Contains(c, "tiktok") || strings.Contains(c, "bluesky") || strings.Contains(c, "telegram") {
			return inQuote | inPost
		}
		return inQuote
	case atom.Figure:
		return inFigure
	case atom.Aside:
		return inAside
	case atom.Header:
		return inHeader
	case atom.Footer:
		return inFooter
	case atom.Form, atom.Fieldset:
		return inForm
	case atom.Article:
		return inArticle
	case atom.Section:
		return inSection
	}
	if n.DataAtom == 0 && strings.Contains(n.Data, "-") {
		return inWidget
	}
	return 0
}

// feature of a block, as a number.
type feature struct {
	name string
	of   func(v *view, i int) float64
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func logOf(n int) float64 { return math.Log1p(float64(max(0, n))) }

// about asks the block so many places away, 0 where there is none.
func about(away int, of func(v *view, i int) float64) func(v *view, i int) float64 {
	return func(v *view, i int) float64 {
		if i += away; i < 0 || i >= len(v.bs) {
			return -1
		}
		return of(v, i)
	}
}

func hinted(h hint) func(v *view, i int) float64 {
	return func(v *view, i int) float64 { return yes(v.bs[i].el.claimed&h != 0) }
}

func placed(p place) func(v *view, i int) float64 {
	return func(v *view, i int) float64 { return yes(v.bs[i].el.within&p != 0) }
}

func size(v *view, i int) float64   { return logOf(v.bs[i].runes) }
func linked(v *view, i int) float64 { return v.bs[i].share() }
func ends(v *view, i int) float64   { return yes(v.bs[i].ends) }
func picked(v *view, i int) float64 { return yes(v.chosen[i]) }
func worth(v *view, i int) float64 {
	return v.bs[i].good / float64(max(1, v.bs[i].runes))
}
func rank(v *view, i int) float64 {
	switch v.bs[i].tag {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return float64(v.bs[i].tag.String()[1] - '0')
	}
	return 0
}

// shape is what a block's element makes of it.
func shape(v *view, i int) float64 {
	switch b := &v.bs[i]; b.tag {
	case atom.P:
		return 0
	case atom.Blockquote:
		return 1
	case atom.Div, atom.Section, atom.Article, atom.Main, atom.Body:
		return 2
	case atom.Li, atom.Dd, atom.Dt:
		return 3
	case atom.Td, atom.Th:
		return 4
	case atom.Figcaption, atom.Figure, atom.Caption:
		return 5
	case atom.Time, atom.Address, atom.Header, atom.Footer, atom.Aside:
		return 6
	default:
		if b.heading() {
			return 7
		}
		return 8
	}
}

// box is the smallest element round a block that holds other blocks as well.
func box(b *block) *elem {
	e := b.el
	for e.to-e.from <= 1 && e.parent != nil {
		e = e.parent
	}
	return e
}

// lettering is what the first characters of a block are, as shares of those that are no blanks.
type lettering struct {
	counted                  bool
	figures, capitals, marks float64
}

func letteringOf(text string) lettering {
	const most = 400
	all, figures, capitals, marks := 0, 0, 0, 0
	for _, r := range text {
		switch {
		case r == ' ':
			continue
		case r >= 'a' && r <= 'z':
		case unicode.IsDigit(r):
			figures++
		case unicode.IsUpper(r):
			capitals++
		case !unicode.IsLetter(r) && !unicode.IsMark(r):
			marks++
		}
		if all++; all >= most {
			break
		}
	}
	n := float64(max(1, all))
	return lettering{true, float64(figures) / n, float64(capitals) / n, float64(marks) / n}
}

func letters(of func(lettering) float64) func(v *view, i int) float64 {
	return func(v *view, i int) float64 {
		if !v.letters[i].counted {
			v.letters[i] = letteringOf(v.bs[i].text)
		}
		return of(v.letters[i])
	}
}

func firstIs(of func(r rune) bool) func(v *view, i int) float64 {
	return func(v *view, i int) float64 {
		r, _ := utf8.DecodeRuneInString(v.bs[i].text)
		return yes(of(r))
	}
}

// sortAt gives what sort of line a block is; it is asked for by several features.
func sortAt(v *view, i int) float64 {
	if v.sorts[i] == 0 {
		v.sorts[i] = 1 + int8(sortOf(&v.bs[i]))
	}
	return float64(v.sorts[i] - 1)
}

// sortOf numbers what the patterns of residue and the marks of furniture find in a short line; 0 is none.
func sortOf(b *block) int {
	if b.runes > 160 {
		return 0
	}
	switch t := b.text; {
	case adMark.MatchString(t):
		return 1
	case b.runes <= 90 && commentMark.MatchString(t):
		return 2
	case b.runes <= 90 && relatedMark.MatchString(t):
		return 3
	case b.runes <= 90 && callsToJoin(t):
		return 4
	case footMark.MatchString(t):
		return 5
	case claimsRights(t):
		return 6
	case b.kind().class != "":
		return 7
	}
	return 0
}

// announcedBy says how far up, within a few blocks, a line stands that announces something else.
func announcedBy(v *view, i int) float64 {
	for k := 1; k <= 6 && i-k >= 0; k++ {
		if b := &v.bs[i-k]; b.runes <= 90 && sortAt(v, i-k) >= 2 {
			return float64(k)
		}
		if v.bs[i-k].good >= 200 {
			break
		}
	}
	return 9
}

// byName says whether a block begins with the name of who wrote the article, as lines about the author do, or has it
// near its beginning.
func byName(v *view, i int) float64 {
	const near = 100 // bytes
	if len(v.authors) == 0 {
		return -1
	}
	head := clip(v.bs[i].squash(), near)
	found := 0.0
	for _, a := range v.authors {
		if strings.HasPrefix(head, a) {
			return 2
		}
		if strings.Contains(head, a) {
			found = 1
		}
	}
	return found
}

var features = []feature{
	{"size", size},
	{"linked", linked},
	{"links", func(v *view, i int) float64 { return float64(min(9, v.bs[i].anchors)) }},
	{"ends", ends},
	{"worth", worth},
	{"picked", picked},
	{"out", func(v *view, i int) float64 { return yes(v.bs[i].out) }},
	{"teaser", func(v *view, i int) float64 { return yes(v.bs[i].teaser) }},
	{"picture", func(v *view, i int) float64 { return yes(v.bs[i].picture) }},
	{"particulars", func(v *view, i int) float64 { return float64(v.bs[i].particulars) }},
	{"shape", shape},
	{"rank", rank},
	{"bold", func(v *view, i int) float64 { return float64(v.bs[i].bold) / float64(max(1, v.bs[i].runes)) }},
	{"slanted", func(v *view, i int) float64 { return float64(v.bs[i].slanted) / float64(max(1, v.bs[i].runes)) }},
	{"commas", func(v *view, i int) float64 { return float64(v.bs[i].commas) / float64(max(20, v.bs[i].runes)) }},
	{"figures", letters(func(l lettering) float64 { return l.figures })},
	{"capitals", letters(func(l lettering) float64 { return l.capitals })},
	{"marks", letters(func(l lettering) float64 { return l.marks })},
	{"speech", firstIs(func(r rune) bool { return strings.ContainsRune("\"«„“”'‘—–-", r) })},
	{"small", firstIs(unicode.IsLower)},
	{"bullet", firstIs(func(r rune) bool { return strings.ContainsRune("•*·►▪■@#©[(|/", r) })},
	{"colon", func(v *view, i int) float64 { return yes(strings.HasSuffix(v.bs[i].text, ":")) }},
	{"asks", func(v *view, i int) float64 { return yes(strings.HasSuffix(v.bs[i].text, "?")) }},
	{"bar", func(v *view, i int) float64 {
		return yes(strings.ContainsAny(v.bs[i].text, "|@#") || strings.Contains(v.bs[i].text, "©") || strings.Contains(v.bs[i].text, "•"))
	}},
	{"address", func(v *view, i int) float64 {
		return yes(strings.Contains(v.bs[i].text, "://") || strings.Contains(v.bs[i].text, "www."))
	}},
	{"credit", func(v *view, i int) float64 { return yes(isCaption(&v.bs[i])) }},
	{"sort", sortAt},
	{"announced", announcedBy},
	{"discloses", func(v *view, i int) float64 { return yes(discloses(&v.bs[i])) }},
	{"author", byName},
	{"times", func(v *view, i int) float64 { return float64(min(4, v.times[v.bs[i].text])) }},

	{"hint body", hinted(hintBody)},
	{"hint aside", hinted(hintAside)},
	{"hint comment", hinted(hintComment)},
	{"hint meta", hinted(hintMeta)},
	{"hint caption", hinted(hintCaption)},
	{"hint hidden", hinted(hintHidden)},
	{"own hint", func(v *view, i int) float64 {
		h := v.bs[i].el.hint
		if p := v.bs[i].el.parent; p != nil {
			h |= p.hint
		}
		return yes(h&asides != 0) - yes(h&(hintBody|hintText) != 0)
	}},
	{"in list", placed(inList)},
	{"in table", placed(inTable)},
	{"in quote", placed(inQuote)},
	{"in figure", placed(inFigure)},
	{"in aside", placed(inAside | inFooter | inForm)},
	{"in header", placed(inHeader)},
	{"in section", placed(inSection)},
	{"in post", placed(inPost)},
	{"in widget", placed(inWidget)},

	{"kin", func(v *view, i int) float64 {
		own := 0.0
		if v.chosen[i] {
			own = v.bs[i].good
		}
		return (v.kin[kinOf(&v.bs[i])] - own) / max(100, v.total)
	}},
	{"home", func(v *view, i int) float64 {
		switch h := homeOf(&v.bs[i]); {
		case h == v.home:
			return 2
		case v.bs[i].el.inside(func(e *elem) bool { return e == v.home }):
			return 1
		case v.home != nil && v.home.parent != nil && h == v.home.parent:
			return -1
		}
		return 0
	}},
	{"box size", func(v *view, i int) float64 { e := box(&v.bs[i]); return logOf(e.to - e.from) }},
	{"box linked", func(v *view, i int) float64 {
		e := box(&v.bs[i])
		runes, linked := 0, 0
		for k := e.from; k < min(e.to, e.from+40); k++ {
			runes += v.bs[k].runes
			linked += v.bs[k].linked
		}
		return float64(linked) / float64(max(1, runes))
	}},
	{"box good", func(v *view, i int) float64 { return math.Log1p(box(&v.bs[i]).good) }},
	{"box picked", func(v *view, i int) float64 {
		e := box(&v.bs[i])
		return (v.ahead[min(e.to, len(v.bs))] - v.ahead[e.from]) / max(1, v.total)
	}},

	{"title", func(v *view, i int) float64 {
		if v.title < 0 {
			return -1
		}
		return float64(min(20, max(-1, i-v.title)))
	}},
	{"from first", func(v *view, i int) float64 { return float64(min(20, max(-16, i-v.first))) }},
	{"from last", func(v *view, i int) float64 { return float64(max(-20, min(31, i-v.last))) }},
	{"done", func(v *view, i int) float64 { return v.ahead[i] / max(1, v.total) }},
	{"read", func(v *view, i int) float64 { return math.Log1p(v.ahead[i]) }},
	{"left", func(v *view, i int) float64 { return math.Log1p(v.total - v.ahead[i+1]) }},
	{"text", func(v *view, i int) float64 { return math.Log1p(v.total) }},
	{"headline", func(v *view, i int) float64 {
		return yes(v.bs[i].runes < 400 && v.bs[i].squash() == v.headline)
	}},
	{"lead", func(v *view, i int) float64 {
		b := &v.bs[i]
		if len(v.lead) < 40 || b.runes < 30 {
			return -1
		}
		q := clip(b.squash(), 60)
		return yes(strings.HasPrefix(v.lead, q) || len(v.lead) < len(q) && strings.HasPrefix(q, v.lead))
	}},
	{"described", func(v *view, i int) float64 {
		if len(v.body) < 200 {
			return -1
		}
		if v.bs[i].runes < 20 {
			return 0.5
		}
		return yes(strings.Contains(v.body, clip(v.bs[i].squash(), 160)))
	}},

	{"size-2", about(-2, size)},
	{"size-1", about(-1, size)},
	{"size+1", about(1, size)},
	{"size+2", about(2, size)},
	{"linked-1", about(-1, linked)},
	{"linked+1", about(1, linked)},
	{"ends-1", about(-1, ends)},
	{"ends+1", about(1, ends)},
	{"worth-2", about(-2, worth)},
	{"worth-1", about(-1, worth)},
	{"worth+1", about(1, worth)},
	{"worth+2", about(2, worth)},
	{"picked-2", about(-2, picked)},
	{"picked-1", about(-1, picked)},
	{"picked+1", about(1, picked)},
	{"picked+2", about(2, picked)},
	{"rank-1", about(-1, rank)},
	{"rank+1", about(1, rank)},
	{"shape-1", about(-1, shape)},
	{"shape+1", about(1, shape)},
	{"sort+1", about(1, sortAt)},
}

// row adds the features of a block to a row.
func (v *view) row(i int, row []float32) []float32 {
	for _, f := range features {
		row = append(row, float32(f.of(v, i)))
	}
	return row
}
