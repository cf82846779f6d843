package normalize

import (
	"slices"
	"strings"

	"golang.org/x/net/html/atom"
)

// asides are the hints of an element that is no part of the running text.
const asides = hintAside | hintComment | hintCaption | hintMeta | hintHidden | hintConsent

// judge takes out of an outline what its markup says is no part of an article. A claim is believed only as far as
// the rest of the page can do without: an element that holds far more good text than all that nothing speaks against
// is the article, whatever it is called, and so is one that holds the headline.
func judge(o *outline, title int) {
	for _, e := range o.elems {
		holds := title >= e.from && title < e.to
		switch {
		case e.hint&asides == 0:
		case e.hint&(hintComment|hintConsent) == 0 && e.good > 0.5*o.good, holds && e.good > 0.2*o.good:
			e.hint &^= asides
		}
	}
	clear := 0.0
	for i := range o.blocks {
		b := &o.blocks[i]
		if !b.out && !b.el.inside(func(e *elem) bool { return e.hint&asides != 0 && e.hint&hintBody == 0 }) {
			clear += b.good
		}
	}
	// What is repeated under one name is judged as one: pages of an article, comments.
	alike := map[string]float64{}
	for _, e := range o.elems {
		if e.hint&asides != 0 && !e.parent.inside(func(p *elem) bool { return p.hint == e.hint && attr(p.node, "class") == attr(e.node, "class") }) {
			alike[attr(e.node, "class")] += e.good
		}
	}
	for _, e := range o.elems {
		if e.hint&asides == 0 || e.from == e.to || e.hint&hintBody != 0 && e.hint&hintHidden == 0 {
			continue
		}
		good := e.good
		if c := attr(e.node, "class"); c != "" {
			good = max(good, alike[c])
		}
		if good > 120 && good > clear*standing(e.hint) {
			continue
		}
		if title >= e.from && title < e.to && e.hint&asides == hintMeta {
			continue
		}
		if e.hint&asides == hintMeta && !slight(o, e) {
			continue
		}
		for i := e.from; i < e.to; i++ {
			o.blocks[i].out = true
		}
	}
}

// standing is how many times the undisputed text of a page an element must hold to be kept in spite of its hints.
func standing(h hint) float64 {
	s := 1.0
	switch {
	case h&hintConsent != 0:
		s = 30
	case h&hintComment != 0:
		s = 8
	case h&hintAside != 0:
		s = 3
	case h&hintHidden != 0:
		s = 2
	}
	if h&hintText != 0 {
		s *= 0.4
	}
	return s
}

// slight reports whether an element is as small as a byline or a list of tags.
func slight(o *outline, e *elem) bool {
	n := 0
	for i := e.from; i < e.to; i++ {
		n += o.blocks[i].runes - o.blocks[i].linked
	}
	return n < 200
}

// decay is what a paragraph counts for the boxes around it, from the nearest that holds others too.
var decay = [...]float64{1, 0.8, 0.55, 0.35, 0.2, 0.1, 0.05}

// container finds the box that holds the article.
func container(o *outline, title int) *elem {
	ahead := make([]float64, len(o.blocks)+1) // good text before each block
	for i := range o.blocks {
		ahead[i+1] = ahead[i]
		if !o.blocks[i].out {
			ahead[i+1] += o.blocks[i].good
		}
	}
	score := map[*elem]float64{}
	for i := range o.blocks {
		b := &o.blocks[i]
		if b.out || b.good == 0 {
			continue
		}
		level := 0
		for e := b.el; e != nil && level < len(decay); e = e.parent {
			if e == b.el && e.to-e.from == 1 && e.parent != nil && e.tag() != atom.Td {
				continue
			}
			score[e] += b.good * decay[level]
			if e.parent != nil && (e.parent.from != e.from || e.parent.to != e.to) {
				level++
			}
		}
	}
	home := titleBox(o, title)
	var best *elem
	at := 0.0
	for _, e := range o.elems {
		s := score[e]
		if s == 0 {
			continue
		}
		if e.hint&hintBody != 0 {
			s *= 1.3
		}
		switch e.tag() {
		case atom.Article, atom.Main:
			s *= 1.1
		case atom.Body, atom.Html:
			s *= 0.8
		case atom.Ul, atom.Ol, atom.Dl:
			s *= 0.5
		case atom.Blockquote:
			s *= 0.5
		}
		if title >= 0 {
			switch {
			case e.to <= title:
				s *= 0.6
			case e == home:
				s *= 1.35
			case e.from <= title:
				s *= 1.05
			case ahead[e.from]-ahead[title] < 150:
				s *= 1.5
			}
		}
		if s >= at {
			best, at = e, s
		}
	}
	return best
}

// lean makes the paragraphs count more that also stand in the text which the page describes to machines, and the
// others less. That text only shows the way: it often lacks subheadings and quotes, and paragraphs altogether.
func lean(o *outline, anchor string) {
	const most = 1 << 27 // bytes compared, at worst; a long article has some hundred lines and a hundred thousand letters
	a := squash(anchor)
	if len(a) < 200 || len(a)*len(o.blocks) > most {
		return
	}
	hits := make([]bool, len(o.blocks))
	n := 0
	for i := range o.blocks {
		b := &o.blocks[i]
		q := b.squash()
		if b.runes >= 40 && strings.Contains(a, clip(q, 160)) {
			hits[i] = true
			n += len(q)
		}
	}
	if n*2 < len(a) {
		return
	}
	for i := range o.blocks {
		if hits[i] {
			o.blocks[i].good *= 2
			o.blocks[i].out = false
		} else {
			o.blocks[i].good *= 0.5
		}
	}
}

// titleBox gives the smallest box that holds the headline and some text after it, or nil.
func titleBox(o *outline, title int) *elem {
	if title < 0 {
		return nil
	}
	for e := o.blocks[title].el; e != nil; e = e.parent {
		if tally(o, title+1, e.to).good >= 80 {
			return e
		}
	}
	return nil
}

// span is a range of blocks.
type span struct{ from, to int }

// widen joins to a container what stands beside it and reads like more of the same: an article may be laid out in
// sections, or have its first paragraph in a box of its own. It gives the ranges of blocks in their order.
func widen(o *outline, e *elem, title int) []span {
	spans := []span{{e.from, e.to}}
	core := tally(o, e.from, e.to)
	near := core.good
	for level := 0; level < 2 && e.parent != nil; e = e.parent {
		p := e.parent
		if p.from == e.from && p.to == e.to {
			continue
		}
		level++
		if p.tag() == atom.Body || p.tag() == atom.Html {
			break
		}
		parts := p.parts()
		at := slices.IndexFunc(parts, func(c span) bool { return c.from <= e.from && c.to >= e.to })
		// Outwards on both sides, as far as it reads on.
		for k := at - 1; k >= 0 && parts[k].to > title; k-- {
			if joins(o, e, parts[k], near, level) {
				spans = append(spans, parts[k])
			} else if separates(o, parts[k]) {
				break
			}
		}
		for k := at + 1; k < len(parts); k++ {
			if joins(o, e, parts[k], near, level) {
				spans = append(spans, parts[k])
			} else if separates(o, parts[k]) {
				break
			}
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	return spans
}

// joins reports whether what stands beside a container goes on with it: a paragraph of its own, or a box that holds
// a good part of the text.
func joins(o *outline, e *elem, c span, near float64, level int) bool {
	t := tally(o, c.from, c.to)
	least := max(150, 0.2*near*float64(level))
	if b := &o.blocks[c.from]; c.to-c.from == 1 && (b.tag == atom.P || b.tag == atom.Blockquote || b.el == e.parent) {
		least = 0.05 * near * float64(level)
	}
	return t.good >= max(80, least) && t.good >= 0.7*float64(t.runes) && t.linked*4 <= t.runes
}

// separates reports whether a box between two others parts them: it was taken out, or holds links or a heading of
// other things.
func separates(o *outline, c span) bool {
	for i := c.from; i < c.to; i++ {
		b := &o.blocks[i]
		if b.runes <= 90 && (commentMark.MatchString(b.text) || relatedMark.MatchString(b.text) || callsToJoin(b.text)) {
			return true
		}
	}
	t := tally(o, c.from, c.to)
	return t.linked*2 > t.runes && t.linked > 30
}

// sums are what a range of blocks amounts to.
type sums struct {
	good          float64
	runes, linked int
}

func tally(o *outline, from, to int) sums {
	var t sums
	for i := from; i < to; i++ {
		b := &o.blocks[i]
		t.runes += b.runes
		t.linked += b.linked
		if !b.out {
			t.good += b.good
		}
	}
	return t
}

// parts gives the boxes directly within a box, and the loose blocks between them.
func (p *elem) parts() []span {
	var out []span
	at := p.from
	loose := func(to int) {
		if to > at {
			out = append(out, span{at, to})
		}
	}
	for _, e := range p.kids {
		if e.to > e.from {
			loose(e.from)
			out = append(out, span{e.from, e.to})
			at = e.to
		}
	}
	loose(p.to)
	return out
}

// article picks the blocks of the article. title is the block of the headline, or -1. outcast says that all text of
// the page had been found to be something else.
func article(o *outline, title int, isTitle func(string) bool, anchor string) (chosen []*block, outcast bool) {
	followers(o, title)
	teasers(o, title)
	threads(o, title)
	judge(o, title)
	colophon(o, title)
	lean(o, anchor)
	e := container(o, title)
	if e == nil {
		// All of it is disclaimed: the best of a listing is still a text.
		for i := range o.blocks {
			o.blocks[i].out = false
		}
		outcast = true
		if e = container(o, title); e == nil {
			return nil, outcast
		}
	}
	var got []*block
	for _, r := range widen(o, e, title) {
		for i := r.from; i < r.to; i++ {
			b := &o.blocks[i]
			if b.out || isTitle(b.text) || b.share() > 0.6 {
				continue
			}
			got = append(got, b)
		}
	}
	got = trim(unlabelled(stamped(sweep(attached(o.blocks, title, single(o.blocks, got))))))
	return append(standfirst(o, title, got), got...), outcast
}

// standfirst gives the paragraphs that stand between the headline and the text, outside of its container: the summary
// that many papers set apart. Bylines, dates and labels are shorter or made of links.
func standfirst(o *outline, title int, got []*block) []*block {
	if title < 0 || len(got) == 0 {
		return nil
	}
	var out []*block
	for i := title + 1; i < len(o.blocks) && i <= title+8; i++ {
		b := &o.blocks[i]
		if b == got[0] {
			return out
		}
		if b.out || b.runes < 50 || b.runes > 500 || b.linked > 0 || b.tag == atom.Li || b.tag == atom.Figcaption {
			continue
		}
		if !b.ends && b.runes < 90 || isCaption(b) || relatedMark.MatchString(b.text) || footMark.MatchString(b.text) {
			continue
		}
		out = append(out, b)
	}
	return nil
}

// unlabelled drops the lines of particulars: those with a time of day or a counter wherever they stand, and a date with
// a name before the text begins and after it ends. Within the text a date may be the heading of a chronicle.
func unlabelled(bs []*block) []*block {
	last := len(bs)
	for last > 0 && bs[last-1].good < 60 {
		last--
	}
	begun := false
	var out []*block
	for i, b := range bs {
		begun = begun || b.good >= 60
		if b.particulars == record && b.tag != atom.Li || b.particulars == stamp && (!begun || i >= last) {
			continue
		}
		out = append(out, b)
	}
	return out
}

// colophon takes out the foot of the page: the box of the last line of rights with all that stands in it, as far as that
// is little.
func colophon(o *outline, title int) {
	const most = 400 // runes without links
	for i := len(o.blocks) - 1; i > max(title, len(o.blocks)/2); i-- {
		b := &o.blocks[i]
		if b.runes > most || b.heading() || !strings.Contains(b.text, "©") && !claimsRights(b.text) {
			continue
		}
		var foot *elem
		for e := b.el; e != nil && e.from > title; e = e.parent {
			if t := tally(o, e.from, e.to); t.runes-t.linked > most {
				break
			}
			foot = e
		}
		if foot == nil {
			continue
		}
		for k := foot.from; k < foot.to; k++ {
			o.blocks[k].out = true
		}
	}
}

// trim cuts lines that are no sentences off both ends. A short sentence stays where it stands as the others do.
func trim(bs []*block) []*block {
	beside := func(b, c *block) bool {
		return (b.ends && b.runes >= 15 || strings.HasSuffix(b.text, ":")) && b.tag == c.tag && (b.el == c.el || b.el.parent == c.el.parent)
	}
	for len(bs) > 0 && bs[0].good < 20 && (len(bs) < 2 || !beside(bs[0], bs[1])) {
		bs = bs[1:]
	}
	for n := len(bs); n > 0 && bs[n-1].good < 15 && (n < 2 || !beside(bs[n-1], bs[n-2])); n = len(bs) {
		bs = bs[:n-1]
	}
	return bs
}
