package normalize

import (
	"time"

	"golang.org/x/net/html/atom"
)

// teaserUnit is a teaser: a link to another article and the lines that go with it.
type teaserUnit struct{ span }

// teasers finds lists of teasers and takes them out: boxes that follow one another and each begin with a link, or
// headlines with links between short paragraphs. Such lists stand below and beside articles, and are all that an
// index page has.
func teasers(o *outline, title int) {
	for _, p := range o.elems {
		if p.to-p.from < 3 {
			continue
		}
		units := unitsOf(o, p)
		if len(units) < 3 && !(len(units) == 2 && o.blocks[units[0].from].heading()) && !listed(o, p, units, title) {
			continue
		}
		for _, u := range units {
			if title >= u.from && title < u.to {
				continue
			}
			good := 0.0
			for i := u.from; i < u.to; i++ {
				o.blocks[i].out, o.blocks[i].teaser = true, true
				good += o.blocks[i].good
			}
			o.teasers++
			o.teased += good
		}
	}
}

// followers takes out the other articles that a page loads below its own for readers who scroll on: elements beside the
// one that holds the headline, each with such a headline of its own or one that leads elsewhere.
func followers(o *outline, title int) {
	const least = 60 // good text that the headline's own element must hold
	if title < 0 || !o.blocks[title].heading() {
		return
	}
	own := o.blocks[title].el
	for own != nil && own.tag() != atom.Article {
		own = own.parent
	}
	if own == nil || tally(o, title+1, own.to).good < least {
		return
	}
	for _, e := range o.elems {
		if e.tag() != atom.Article || e.from >= own.from && e.to <= own.to || e.from <= own.from && e.to >= own.to {
			continue
		}
		for i := e.from; i < min(e.to, e.from+4); i++ {
			b := &o.blocks[i]
			if !b.heading() || b.tag != o.blocks[title].tag && b.share() < 0.8 {
				continue
			}
			for k := e.from; k < e.to; k++ {
				o.blocks[k].out, o.blocks[k].below = true, true
			}
			break
		}
	}
}

// threads finds what readers wrote and takes it out: boxes that follow one another and each name a day and a time
// of day in a line of its own. It asks that the page have some other text below its headline.
func threads(o *outline, title int) {
	for _, p := range o.elems {
		if p.to-p.from < 4 || title >= p.from && title < p.to && p.from < title {
			continue
		}
		var units []span
		for _, s := range p.parts() {
			if s.to-s.from > 1 && s.to-s.from <= 20 && s.from > title && timed(o, s) {
				units = append(units, s)
			}
		}
		if len(units) < 2 {
			continue
		}
		in, first := 0.0, units[0].from
		for _, u := range units {
			in += tally(o, u.from, u.to).good
		}
		if before := tally(o, max(0, title), first); before.good < 40 || in == 0 {
			continue
		}
		for _, u := range units {
			for i := u.from; i < u.to; i++ {
				o.blocks[i].out = true
			}
		}
	}
}

// timed reports whether a box holds a short line with day and time, and text.
func timed(o *outline, s span) bool {
	stamp, text := false, false
	for i := s.from; i < s.to; i++ {
		b := &o.blocks[i]
		if b.runes <= 60 && clocked(b.text) {
			m, ok := ParseDate(b.text, nil, time.Time{})
			stamp = stamp || ok && m.Clock
			continue
		}
		text = text || b.runes >= 15
	}
	return stamp && text
}

// listed reports whether a box after the headline holds nothing but a short label and the teasers under it.
func listed(o *outline, p *elem, units []teaserUnit, title int) bool {
	if len(units) == 0 || p.from <= title {
		return false
	}
	first, last := units[0].from, units[len(units)-1].to
	if first != p.from+1 || last != p.to {
		return false
	}
	at := first
	for _, u := range units {
		if u.from != at {
			return false
		}
		at = u.to
	}
	b := &o.blocks[p.from]
	return b.runes <= 60 && !b.ends && b.linked == 0
}

// unitsOf gives the teasers that stand directly within a box.
func unitsOf(o *outline, p *elem) []teaserUnit {
	parts := p.parts()
	var units []teaserUnit
	more := map[string]int{} // links at the end of boxes, such as "read more"
	for _, s := range parts {
		if b := &o.blocks[s.to-1]; s.to-s.from > 1 && b.share() >= 0.8 && b.runes < 40 {
			more[b.text]++
		}
	}
	for i := 0; i < len(parts); i++ {
		s := parts[i]
		if o.blocks[s.from].out {
			continue
		}
		if s.to-s.from > 1 {
			if isTeaser(o, s) || more[o.blocks[s.to-1].text] >= 3 && s.to-s.from <= 6 {
				units = append(units, teaserUnit{s})
			}
			continue
		}
		b := &o.blocks[s.from]
		if b.linked >= 15 && b.runes-b.linked <= 20 && b.share() < 0.9 && hasDigit(b.text) {
			units = append(units, teaserUnit{s}) // a date and a link
			continue
		}
		// A headline with a link and the paragraph after it.
		if !b.heading() || b.share() < 0.8 || b.runes < 15 {
			continue
		}
		end := s.to
		for k := i + 1; k < len(parts) && k <= i+2 && parts[k].to-parts[k].from == 1; k++ {
			c := &o.blocks[parts[k].from]
			if c.heading() || c.runes > 400 {
				break
			}
			end = parts[k].to
		}
		if end > s.to {
			units = append(units, teaserUnit{span{s.from, end}})
		}
	}
	return units
}

// isTeaser reports whether a box is a link and a few lines: nothing before the link but a date or a section's name.
func isTeaser(o *outline, s span) bool {
	const (
		mostBlocks = 6
		mostRunes  = 700
	)
	if s.to-s.from > mostBlocks {
		return false
	}
	runes, link := 0, -1
	for i := s.from; i < s.to; i++ {
		b := &o.blocks[i]
		if b.tag == atom.H1 {
			return false
		}
		runes += b.runes
		if link < 0 {
			if b.share() >= 0.8 && b.runes >= 15 {
				link = i
			} else if b.runes > 40 {
				return false
			}
		}
	}
	return link >= 0 && runes <= mostRunes
}
