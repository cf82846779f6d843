package normalize

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// This file learns what a source puts under or above its articles: a paragraph that stands in several articles of one
// source is no part of any. One page alone cannot tell; a source that is watched can. It learns from the texts as they
// were extracted, and what it finds is taken off after extraction.

const (
	recentArticles = 24 // of a source that are remembered
	mostPrints     = 80 // paragraphs of an article that are remembered: the first half and the last
	seenBefore     = 2  // other stories that must hold a paragraph before it is removed
	leastLetters   = 12 // and figures of a paragraph that is looked at: shorter ones are answers and subheadings too
	mostLines      = 400
)

// Print stands for a paragraph: equal for two that differ in case, blanks and marks alone.
type Print uint64

// PrintOf gives the print of a paragraph; false where it is too short to be told from what articles say.
func PrintOf(paragraph string) (Print, bool) {
	q := squash(paragraph)
	if utf8.RuneCountInString(q) < leastLetters {
		return 0, false
	}
	sum := sha256.Sum256([]byte(q))
	return Print(binary.BigEndian.Uint64(sum[:8])), true
}

// String gives 16 hexadecimal digits.
func (p Print) String() string { return fmt.Sprintf("%016x", uint64(p)) }

// MarshalText implements encoding.TextMarshaler.
func (p Print) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Print) UnmarshalText(b []byte) error {
	v, err := strconv.ParseUint(string(b), 16, 64)
	*p = Print(v)
	return err
}

// Recurrence is what the articles of one source have in common. The zero Recurrence is that of a new source.
type Recurrence struct {
	Recent []Sighting      `json:"recent,omitempty"` // the oldest first
	Lines  []RecurringLine `json:"lines,omitempty"`  // in the order in which they were found
}

// Sighting is an article of the source.
type Sighting struct {
	Article int     `json:"article"` // its number
	Story   string  `json:"story"`   // of copies it is the same; they count as one
	Words   int     `json:"words"`   // of usual length
	Prints  []Print `json:"prints"`
}

// RecurringLine is a paragraph that recurs.
type RecurringLine struct {
	Print Print  `json:"id"`
	Text  string `json:"text"`
	Times int    `json:"articles"`       // it was seen in so many
	Kept  bool   `json:"kept,omitempty"` // a person said that it belongs to the articles
}

// Removed is a paragraph that was taken out of a text.
type Removed struct {
	At   int    `json:"at"` // its place among all paragraphs, from 0
	Text string `json:"text"`
}

// See takes note of the whole text of an article, in place of what was known of it. It gives the articles, the present
// one among them, in which paragraphs stand that are known to recur only now.
func (r *Recurrence) See(article int, story, text string) (stale []int) {
	ps := paragraphsOf(text)
	s := Sighting{Article: article, Story: story, Words: weight(text)}
	said := map[Print]string{}
	for i, p := range ps {
		if i >= mostPrints/2 && i < len(ps)-mostPrints/2 {
			continue
		}
		if print, ok := PrintOf(p); ok && said[print] == "" {
			said[print] = p
			s.Prints = append(s.Prints, print)
		}
	}
	at := slices.IndexFunc(r.Recent, func(o Sighting) bool { return o.Article == article })
	for _, p := range s.Prints {
		if i := r.line(p); i >= 0 && (at < 0 || !slices.Contains(r.Recent[at].Prints, p)) {
			r.Lines[i].Times++
		}
	}
	if at >= 0 {
		r.Recent[at] = s
	} else if r.Recent = append(r.Recent, s); len(r.Recent) > recentArticles {
		r.Recent = slices.Delete(r.Recent, 0, 1)
	}
	for _, p := range s.Prints {
		if r.line(p) >= 0 || len(r.Lines) >= mostLines {
			continue
		}
		stories, holders := map[string]bool{}, []int{}
		for _, o := range r.Recent {
			if slices.Contains(o.Prints, p) {
				stories[o.Story] = true
				holders = append(holders, o.Article)
			}
		}
		if len(stories) > seenBefore {
			r.Lines = append(r.Lines, RecurringLine{Print: p, Text: said[p], Times: len(holders)})
			stale = append(stale, holders...)
		}
	}
	slices.Sort(stale)
	return slices.Compact(stale)
}

// Join adds what was learned before of the same source under another name.
func (r *Recurrence) Join(was Recurrence) {
	for _, l := range was.Lines {
		if i := r.line(l.Print); i >= 0 {
			r.Lines[i].Kept = r.Lines[i].Kept || l.Kept
			r.Lines[i].Times += l.Times
		} else if len(r.Lines) < mostLines {
			r.Lines = append(r.Lines, l)
		}
	}
	was.Recent = slices.DeleteFunc(slices.Clone(was.Recent), func(o Sighting) bool {
		return slices.ContainsFunc(r.Recent, func(s Sighting) bool { return s.Article == o.Article })
	})
	r.Recent = append(was.Recent, r.Recent...)
	r.Recent = r.Recent[max(0, len(r.Recent)-recentArticles):]
}

func (r *Recurrence) line(p Print) int {
	return slices.IndexFunc(r.Lines, func(l RecurringLine) bool { return l.Print == p })
}

// Strip takes the paragraphs that recur out of a text. One that has nothing else is left as it is.
func (r *Recurrence) Strip(text string) (rest string, removed []Removed) {
	if r == nil || len(r.Lines) == 0 {
		return text, nil
	}
	drop := map[Print]bool{}
	for _, l := range r.Lines {
		drop[l.Print] = !l.Kept
	}
	var kept []string
	for i, p := range paragraphsOf(text) {
		if print, ok := PrintOf(p); ok && drop[print] {
			removed = append(removed, Removed{i, p})
			continue
		}
		kept = append(kept, p)
	}
	if len(kept) == 0 || removed == nil {
		return text, nil
	}
	return strings.Join(kept, "\n\n"), removed
}

// Restore puts what Strip removed back into a text.
func Restore(text string, removed []Removed) string {
	if len(removed) == 0 {
		return text
	}
	ps := paragraphsOf(text)
	for _, r := range removed {
		at := min(r.At, len(ps))
		ps = slices.Insert(ps, at, r.Text)
	}
	return strings.Join(ps, "\n\n")
}
