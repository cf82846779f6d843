package main

import (
	"strings"

	"chapar/normalize/internal/boost"
	"chapar/normalize/internal/sets"
)

const (
	run4  = 4    // words of a run by which a line is found in the true text
	joint = 3    // words of the line before or after that must stand beside a short line there
	most  = 2.0  // what the lines of a page may weigh together
	prose = 60   // good text of a line of prose
	doubt = 0.25 // the share of the prose chosen by the rules that a truth may deny and still be believed
)

// label says of each line whether it is part of the article: most of its runs of words are in the true text, and not
// more often than there; a short line must stand there beside the same neighbour.
func (p *page) label() {
	p.samples = make([]boost.Sample, len(p.lines))
	for i, l := range p.lines {
		p.samples[i].Row = l.Features
	}
	if p.set == "trafilatura" {
		p.labelPieces()
		return
	}
	truth := sets.Words(p.Text)
	left := map[string]int{}
	for i := 0; i+run4 <= len(truth); i++ {
		left[strings.Join(truth[i:i+run4], " ")]++
	}
	words := make([][]string, len(p.lines))
	for i, l := range p.lines {
		words[i] = sets.Words(l.Text)
		runs := len(words[i]) - run4 + 1
		if runs < 1 {
			continue
		}
		hit := 0
		for k := range runs {
			if left[strings.Join(words[i][k:k+run4], " ")] > 0 {
				hit++
			}
		}
		if 2*hit < runs {
			continue
		}
		p.samples[i].Want = 1
		for k := range runs {
			left[strings.Join(words[i][k:k+run4], " ")]--
		}
	}
	p.labelShort(words, " "+strings.Join(truth, " ")+" ")
	paras := max(1, strings.Count(p.Text, "\n\n")+1)
	sum := 0.0
	for i := range p.samples {
		w := 0.5*float64(len(words[i]))/float64(max(20, len(truth))) + 0.5/float64(paras)
		if len(words[i]) == 0 {
			w = 0
		}
		p.samples[i].Weight = w
		sum += w
	}
	scale := 100 * weights[p.set] * min(1, most/max(sum, 1e-9))
	for i := range p.samples {
		p.samples[i].Weight *= scale
	}
}

func (p *page) labelShort(words [][]string, truth string) {
	tail := func(w []string) []string { return w[max(0, len(w)-joint):] }
	before := []string(nil)
	for i := range words {
		if w := words[i]; len(w) > 0 && len(w) < run4 && before != nil && strings.Contains(truth, " "+strings.Join(append(before[:len(before):len(before)], w...), " ")+" ") {
			p.samples[i].Want = 1
		}
		if p.samples[i].Want > 0 {
			before = tail(append(before[:len(before):len(before)], words[i]...))
		}
	}
	after := []string(nil)
	for i := len(words) - 1; i >= 0; i-- {
		if w := words[i]; len(w) > 0 && len(w) < run4 && after != nil && strings.Contains(truth, " "+strings.Join(append(w[:len(w):len(w)], after...), " ")+" ") {
			p.samples[i].Want = 1
		}
		if p.samples[i].Want > 0 {
			after = append(words[i][:len(words[i]):len(words[i])], after...)
			after = after[:min(len(after), joint)]
		}
	}
}

// labelPieces knows of a page only a few pieces that are of the article and some that are not.
func (p *page) labelPieces() {
	for i, l := range p.lines {
		text := strings.Join(strings.Fields(l.Text), " ")
		for _, s := range p.With {
			if strings.Contains(text, strings.Join(strings.Fields(s), " ")) {
				p.samples[i].Want, p.samples[i].Weight = 1, 10*weights[p.set]
			}
		}
		for _, s := range p.Without {
			if strings.Contains(text, strings.Join(strings.Fields(s), " ")) {
				p.samples[i].Want, p.samples[i].Weight = 0, 10*weights[p.set]
			}
		}
	}
}

// doubtful reports whether the truth denies a good part of the prose that the rules chose. Most such truths were cut
// short by a wall or taken from one of several containers; a model would learn from them to cut good text.
func (p *page) doubtful() bool {
	all, denied := 0.0, 0.0
	for i, l := range p.lines {
		if l.Chosen && l.Good >= prose {
			all += l.Good
			if p.samples[i].Weight > 0 && p.samples[i].Want == 0 {
				denied += l.Good
			}
		}
	}
	return denied > doubt*all
}
