package main

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"slices"
	"strings"
)

const (
	ridge   = 1.5 // how strongly weights are held near zero
	sweeps  = 200 // of all weights in a fit
	folds   = 5
	repeats = 4   // of the cross-validation, each with other folds
	wanted  = 2.0 // what a relevant text counts beside another: they are the fewer, and missing one is the worse
	lift    = 0.2 // points that are added to the bias, so that 0.5 finds nearly all core articles
	made    = 0.5 // what a constructed text counts beside a real one

)

// bounds are between which values a weight may lie: evidence for may not count against, nor the other way round.
func bounds(name string) (least, most float64) {
	switch {
	case strings.HasPrefix(name, "about "), strings.HasPrefix(name, "elsewhere"), name == "against", name == "abroad", name == "implied":
		return -6, 0
	}
	return 0, 6
}

// prior is the weight that a feature has as long as the texts do not speak otherwise.
func prior(name string) float64 {
	switch {
	case name == "about court":
		return -0.3 // courts are where many a security matter ends
	case name == "about sport":
		return -3 // the words of war are those of sport
	case name == "about space", name == "about landfill", name == "about exploration":
		return -2.5 // the guide names them as traps
	case name == "about disaster", name == "about culture":
		return -1.8 // nor do soldiers who help change it
	case strings.HasPrefix(name, "about "):
		return -1
	case strings.HasPrefix(name, "elsewhere"), name == "abroad":
		return -0.5
	case strings.HasPrefix(name, "topic "):
		return 0.3
	case name == "title", name == "lead", name == "spread":
		return 2
	}
	return 0
}

// own is the weight of the operator's words that speak against, of which there are none to learn from.
const own = -2.5

// fit finds the weights by logistic regression with a ridge, one weight at a time by Newton's rule.
func fit(texts []*text, names []string) (bias float64, weights []float64) {
	weights = make([]float64, len(names))
	sums := make([]float64, len(texts))
	bias = -2
	for i := range sums {
		sums[i] = bias
	}
	move := func(value func(*text) float64, w, first, penalty, least, most float64) float64 {
		slope, bend := penalty*(w-first), penalty+1e-6
		for i, t := range texts {
			if v := value(t); v != 0 {
				p := logistic(sums[i])
				y := 0.0
				if t.Label > 0 {
					y = 1
				}
				slope += t.counts() * (p - y) * v
				bend += t.counts() * max(p*(1-p), 0.01) * v * v
			}
		}
		next := min(most, max(least, w-slope/bend))
		for i, t := range texts {
			sums[i] += (next - w) * value(t)
		}
		return next
	}
	for range sweeps {
		bias = move(func(*text) float64 { return 1 }, bias, 0, 0, -10, 10)
		for k, n := range names {
			least, most := bounds(n)
			weights[k] = move(func(t *text) float64 { return t.values[k] }, weights[k], prior(n), ridge, least, most)
		}
	}
	for k, n := range names {
		if n == "about own" {
			weights[k] = own
		}
	}
	return bias + lift, weights
}

// counts is how much a text counts.
func (t *text) counts() float64 {
	c := 1.0
	if t.Source == "constructed" {
		c = made
	}
	if t.Label > 0 {
		c *= wanted
	}
	return c
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// guess is what the weights say of a text that they were not fitted to.
type guess struct {
	text *text
	sum  float64
}

// judge shows how good weights are that were fitted to other groups.
func judge(texts []*text, names, files []string, out io.Writer) []guess {
	var guesses []guess
	for r := range repeats {
		for fold := range folds {
			var rest, back []*text
			for _, t := range texts {
				h := fnv.New32a()
				fmt.Fprint(h, t.group, r)
				if int(h.Sum32()>>8)%folds == fold {
					back = append(back, t)
				} else {
					rest = append(rest, t)
				}
			}
			bias, weights := fit(rest, names)
			for _, t := range back {
				s := bias
				for k, v := range t.values {
					s += weights[k] * v
				}
				guesses = append(guesses, guess{t, s})
			}
		}
	}
	for i, f := range files {
		show(out, f, guesses, func(t *text) bool { return t.files[i] })
	}
	show(out, "real", guesses, func(t *text) bool { return t.files[0] && t.Source != "constructed" })
	return guesses
}

// show writes the figures of the guesses that are wanted.
func show(out io.Writer, name string, guesses []guess, want func(*text) bool) {
	var list []guess
	for _, g := range guesses {
		if want(g.text) {
			list = append(list, g)
		}
	}
	slices.SortStableFunc(list, func(a, b guess) int { return cmp.Compare(b.sum, a.sum) })
	fmt.Fprintf(out, "%-60s average precision %.3f\n", name, averagePrecision(list))
	for _, from := range []float64{-0.3, 0, 0.3, 0.6} {
		var hits, flagged, all, core, coreHits float64
		for _, g := range list {
			if g.text.Label > 0 {
				all++
			}
			if g.text.Label == 2 {
				core++
			}
			if g.sum < from {
				continue
			}
			flagged++
			if g.text.Label > 0 {
				hits++
			}
			if g.text.Label == 2 {
				coreHits++
			}
		}
		fmt.Fprintf(out, "    from %4.1f: precision %.3f, recall %.3f, F1 %.3f, recall of core %.3f\n", from, hits/flagged, hits/all, 2*hits/(flagged+all), coreHits/core)
	}
}

func averagePrecision(list []guess) float64 {
	hits, sum := 0.0, 0.0
	for i, g := range list {
		if g.text.Label > 0 {
			hits++
			sum += hits / float64(i+1)
		}
	}
	return sum / max(hits, 1)
}
