package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// options say how a rule is made.
type options struct {
	rounds  int // rules made one beside the other, whose points are averaged
	trees   int // of each
	depth   int
	rate    float64 // share of what a tree would add that it does add
	fewest  float64 // pairs in an answer
	smooth  float64 // weight of an answer of 0 points
	columns float64 // share of the fields that a tree may ask for
	rows    float64 // share of the pairs that it sees
	caution float64 // points taken off at the end
}

var (
	copyOptions        = options{rounds: 2, trees: 150, depth: 3, rate: 0.2, fewest: 8, smooth: 1, columns: 0.3, rows: 0.8, caution: 1.6}
	translationOptions = options{rounds: 1, trees: 60, depth: 3, rate: 0.2, fewest: 8, smooth: 2, columns: 0.5, rows: 0.8}
)

const bins = 48

// boost makes a rule by gradient boosting (Friedman 2001) of small trees on histograms of the values, with second
// derivatives (Chen and Guestrin 2016) and random halves of rows and columns (Friedman 2002). Chance is drawn from a
// fixed sequence.
func boost(pairs []pair, names []string, o options) string {
	b := booster{options: o, pairs: pairs, names: names}
	b.cut()
	b.slopes, b.bends = make([]float64, len(pairs)), make([]float64, len(pairs))
	var yes, all float64
	for _, p := range pairs {
		all += p.weight
		if p.same {
			yes += p.weight
		}
	}
	start := math.Log((yes + 1) / (all - yes + 1))
	var out strings.Builder
	fmt.Fprintf(&out, "# Made by internal/fit of %d pairs.\n%.3f\n", len(pairs), start-o.caution)
	for range o.rounds {
		b.scores = slices.Repeat([]float64{start}, len(pairs))
		for range o.trees {
			out.WriteString(b.tree() + "\n")
		}
	}
	return out.String()
}

type booster struct {
	options
	pairs  []pair
	names  []string
	cuts   [][]float64 // of each field: the limits between bins
	bins   [][]uint8   // of each field and pair
	scores []float64
	slopes []float64
	bends  []float64
	use    []bool // fields of the tree that is made
	chance uint64
}

func (b *booster) random() float64 {
	b.chance = b.chance*6364136223846793005 + 1442695040888963407
	return float64(b.chance>>40) / (1 << 24)
}

// cut sorts the values of each field into bins of about as many pairs.
func (b *booster) cut() {
	b.cuts, b.bins = make([][]float64, len(b.names)), make([][]uint8, len(b.names))
	for f := range b.names {
		var values []float64
		for i, p := range b.pairs {
			if p.same || i%3 == 0 {
				values = append(values, p.values[f])
			}
		}
		slices.Sort(values)
		last := math.Inf(1)
		if len(values) > 0 {
			last = values[0]
		}
		for k := 1; k < bins && len(values) > 0; k++ {
			if v := rounded(values[len(values)*k/bins]); v > last {
				b.cuts[f] = append(b.cuts[f], v)
				last = v
			}
		}
		b.bins[f] = make([]uint8, len(b.pairs))
		for i, p := range b.pairs {
			at, found := slices.BinarySearch(b.cuts[f], p.values[f])
			if found {
				at++
			}
			b.bins[f][i] = uint8(at)
		}
	}
}

// rounded keeps four digits, as they are written.
func rounded(v float64) float64 {
	var r float64
	fmt.Sscanf(fmt.Sprintf("%.4g", v), "%g", &r)
	return r
}

// tree adds a tree to the rule.
func (b *booster) tree() string {
	for i, p := range b.pairs {
		q, y := 1/(1+math.Exp(-b.scores[i])), 0.0
		if p.same {
			y = 1
		}
		b.slopes[i], b.bends[i] = p.weight*(y-q), p.weight*q*(1-q)
	}
	b.use = make([]bool, len(b.names))
	for f := range b.use {
		b.use[f] = b.random() < b.columns
	}
	var seen, unseen []int32
	for i := range b.pairs {
		if b.random() < b.rows {
			seen = append(seen, int32(i))
		} else {
			unseen = append(unseen, int32(i))
		}
	}
	return b.grow(seen, unseen, b.depth)
}

// grow makes a tree of the pairs that it sees and gives its points to all.
func (b *booster) grow(seen, unseen []int32, depth int) string {
	var slope, bend float64
	for _, i := range seen {
		slope += b.slopes[i]
		bend += b.bends[i]
	}
	field, limit := -1, 0
	if depth > 0 {
		field, limit = b.split(seen, slope, bend)
	}
	if field < 0 {
		points := math.Round(1000*b.rate*slope/(bend+b.smooth)) / 1000
		for _, some := range [][]int32{seen, unseen} {
			for _, i := range some {
				b.scores[i] += points
			}
		}
		return fmt.Sprintf("%.3f", points/float64(b.rounds))
	}
	divide := func(all []int32) (below, above []int32) {
		for _, i := range all {
			if int(b.bins[field][i]) <= limit {
				below = append(below, i)
			} else {
				above = append(above, i)
			}
		}
		return below, above
	}
	seenBelow, seenAbove := divide(seen)
	unseenBelow, unseenAbove := divide(unseen)
	below := b.grow(seenBelow, unseenBelow, depth-1)
	above := b.grow(seenAbove, unseenAbove, depth-1)
	return fmt.Sprintf("(%s %.4g %s %s)", b.names[field], b.cuts[field][limit], below, above)
}

// split finds the question that gains most.
func (b *booster) split(seen []int32, slope, bend float64) (field, limit int) {
	best := 1e-6
	field = -1
	for f := range b.names {
		if !b.use[f] {
			continue
		}
		var slopes, bends, counts [bins + 1]float64
		in := b.bins[f]
		for _, i := range seen {
			slopes[in[i]] += b.slopes[i]
			bends[in[i]] += b.bends[i]
			counts[in[i]]++
		}
		var s, h, n float64
		for c := range b.cuts[f] {
			s += slopes[c]
			h += bends[c]
			n += counts[c]
			if n < b.fewest || float64(len(seen))-n < b.fewest {
				continue
			}
			gain := s*s/(h+b.smooth) + (slope-s)*(slope-s)/(bend-h+b.smooth) - slope*slope/(bend+b.smooth)
			if gain > best {
				best, field, limit = gain, f, c
			}
		}
	}
	return field, limit
}
