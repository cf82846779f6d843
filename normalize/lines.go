package normalize

import (
	_ "embed"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html/atom"

	"chapar/normalize/internal/boost"
)

// This file corrects the choice of the rules line by line. A model of many small decision trees, fitted on pages with
// known texts, is asked about the lines round the article: which of those that the rules chose are none of it, and
// which of the others are. It sees what the rules found, how a line looks and what stands around it, and no word of it.

//go:embed data/lines.model
var linesModel string

// lineModel reads the model once. The file is made by a program and tested, so it cannot fail to be read.
var lineModel = sync.OnceValue(func() *boost.Model {
	m, err := boost.Read(linesModel)
	if err != nil {
		panic("data/lines.model: " + err.Error())
	}
	return m
})

// refine lets the model correct the choice of the rules.
func (p *sheet) refine() {
	v := p.view()
	if v == nil || p.outcast {
		return
	}
	m := lineModel()
	from, to := v.asked()
	if to-from > mostAsked {
		return
	}
	lines, scores := make([]Line, 0, to-from), make([]float64, 0, to-from)
	row := make([]float32, 0, len(features))
	for i := from; i < to; i++ {
		row = v.row(i, row[:0])
		lines = append(lines, Line{Chosen: v.chosen[i], Barred: v.barred(i), Good: v.bs[i].good, block: &v.bs[i]})
		scores = append(scores, m.Score(row))
	}
	var kept []*block
	for i, keep := range Decide(lines, scores) {
		if keep {
			kept = append(kept, &v.bs[from+i])
		}
	}
	if len(kept) > 0 {
		p.chosen = kept
	}
}

// view is a page as the line model sees it, after the rules have chosen.
type view struct {
	bs          []block
	title       int
	headline    string   // squashed
	lead        string   // the page's own summary, squashed
	body        string   // the text described for machines, squashed
	authors     []string // squashed
	chosen      []bool
	first, last int // of the chosen
	home        *elem
	ahead       []float64 // good text of the chosen before each block
	total       float64   // good text of the chosen
	count       int       // of the chosen
	kin         map[look]float64
	times       map[string]int
	letters     []lettering
	sorts       []int8 // one more than the sort of each block; 0 where it was not asked for yet
}

const (
	reachUp   = 15 // blocks before the chosen that are asked about too
	reachDown = 30 // and after

	mostAsked     = 2000    // lines; what is longer is left as the rules chose it
	shortestName  = 8       // bytes; shorter names of authors are words too often
	mostDescribed = 1 << 16 // bytes of the text described for machines that are looked through for each line
)

func viewOf(o *outline, title int, chosen []*block, headline, lead, body string, authors []string) *view {
	v := &view{bs: o.blocks, title: title, headline: squash(headline), lead: squash(lead), body: squash(clip(body, mostDescribed)), chosen: make([]bool, len(o.blocks)), first: -1,
		ahead: make([]float64, len(o.blocks)+1), kin: map[look]float64{}, times: map[string]int{}, sorts: make([]int8, len(o.blocks)), letters: make([]lettering, len(o.blocks))}
	taken := make(map[*block]bool, len(chosen))
	for _, b := range chosen {
		taken[b] = true
	}
	for _, a := range authors {
		if a = squash(a); len(a) >= shortestName {
			v.authors = append(v.authors, a)
		}
	}
	homes := map[*elem]float64{}
	for i := range v.bs {
		b := &v.bs[i]
		v.ahead[i+1] = v.ahead[i]
		v.times[b.text]++
		if !taken[b] {
			continue
		}
		v.chosen[i] = true
		v.count++
		if v.last = i; v.first < 0 {
			v.first = i
		}
		v.ahead[i+1] += b.good
		v.kin[kinOf(b)] += b.good
		h := homeOf(b)
		homes[h] += b.good
		if v.home == nil || homes[h] > homes[v.home] {
			v.home = h
		}
	}
	v.total = v.ahead[len(v.bs)]
	return v
}

// kinOf tells the look of a block.
func kinOf(b *block) look {
	k := look{tag: b.tag, own: attr(b.el.node, "class")}
	if b.el.parent != nil {
		k.around = attr(b.el.parent.node, "class")
	}
	return k
}

// look is what makes blocks alike: their element, its classes and those of what holds it.
type look struct {
	tag         atom.Atom
	own, around string
}

// asked gives the range of blocks that the model is asked about.
func (v *view) asked() (from, to int) {
	from, to = max(0, v.first-reachUp), min(len(v.bs), v.last+1+reachDown)
	if v.title >= 0 && v.title < v.first {
		from = max(from, v.title)
	}
	return from, to
}

// barred tells the lines that are no part of a text as the corpus keeps it: notices that links earn money, and what the
// rules left out. Some of the texts that the model was fitted on hold them.
func (v *view) barred(i int) bool {
	b := &v.bs[i]
	return discloses(b) || !v.chosen[i] && (b.below || b.teaser && i > v.last || b.particulars != none || isCaption(b) || b.picture && !b.ends && !b.heading() && b.share() == 0 && b.runes <= 120 || sortAt(v, i) != 0 ||
		b.el.claimed&(hintCaption|hintConsent|hintHidden) != 0 || b.runes < 400 && b.squash() == v.headline)
}

// Line is a line of a page as the model of lines sees it: for the program that fits the model.
type Line struct {
	Text     string
	Chosen   bool    // by the rules alone
	Barred   bool    // never taken, whatever the model says: a notice that links earn money, the headline again, a date line, a caption, a call to the reader
	Good     float64 // how much of an article's text it looks to hold, in characters
	Features []float32

	block *block
}

// LineFeatures names the features of lines in their order.
func LineFeatures() []string {
	var out []string
	for _, f := range features {
		out = append(out, strings.ReplaceAll(f.name, " ", "_"))
	}
	return out
}

// The bounds of the model: what it says of a line, as log odds, and how far it is followed.
const (
	boundKeep = -0.1 // a line that the rules chose stays above it
	boundTake = 0    // another line is taken above it
	prose     = 60   // good text of a line of prose
	mostProse = 0.35 // the share of the chosen prose that the model may take away
)

// Decide says which lines are kept, by what the rules chose and what the model says of each.
func Decide(lines []Line, scores []float64) []bool {
	scores = evened(lines, scores)
	keep := make([]bool, len(lines))
	all, lost := 0.0, 0.0
	for i, l := range lines {
		keep[i] = !l.Barred && (l.Chosen && scores[i] > boundKeep || scores[i] > boundTake)
		if l.Chosen && l.Good >= prose {
			all += l.Good
			if !keep[i] {
				lost += l.Good
			}
		}
	}
	if lost > mostProse*all {
		for i, l := range lines {
			keep[i] = keep[i] || l.Chosen && !l.Barred && l.Good >= prose
		}
	}
	return keep
}

// evened gives the items of each list the mean of their scores: a list is one paragraph, kept or left as one.
func evened(lines []Line, scores []float64) []float64 {
	items := map[*elem][]int{}
	for i, l := range lines {
		if l.block == nil {
			continue
		}
		if list := listOf(l.block); list != nil {
			items[list] = append(items[list], i)
		}
	}
	out := slices.Clone(scores)
	for _, list := range items {
		sum := 0.0
		for _, i := range list {
			sum += scores[i]
		}
		for _, i := range list {
			out[i] = sum / float64(len(list))
		}
	}
	return out
}

// Lines gives the lines of a page that the model of lines is asked about, in their order.
func Lines(raw Raw) []Line {
	text, _ := decode(raw.Body, raw.ContentType)
	doc, _ := parse(text, raw.Rules.any())
	final, err := url.Parse(lenientEscapes(raw.URL))
	if err != nil || final.Host == "" {
		final = nil
	}
	p := readPage(doc, final, raw)
	v := p.view()
	if v == nil {
		return nil
	}
	from, to := v.asked()
	out := make([]Line, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, Line{v.bs[i].text, v.chosen[i], v.barred(i), v.bs[i].good, v.row(i, nil), &v.bs[i]})
	}
	return out
}

// Paragraphs writes the lines that are kept as the paragraphs of a text.
func Paragraphs(lines []Line, keep []bool) []string {
	var kept []*block
	for i, l := range lines {
		if keep[i] {
			kept = append(kept, l.block)
		}
	}
	return render(kept)
}
