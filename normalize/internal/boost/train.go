package boost

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Sample is a row, what it is (1 or 0) and how much it counts.
type Sample struct {
	Row    []float32
	Want   float64
	Weight float64
}

// Options of training.
type Options struct {
	Trees int
	Depth int     // questions from root to leaf
	Rate  float64 // of what a tree says, how much is believed
	Least float64 // the weight that a leaf must stand on, as second derivative of the loss
	Ridge float64 // pulls leaves to zero
	Part  float64 // of the samples and of the features, the share that each tree is grown on; 0 means all
}

const mostBins = 48

// Train fits a model to samples by gradient boosting on the logistic loss. The same samples give the same model.
func Train(names []string, samples []Sample, o Options) *Model {
	t := trainer{o: o, m: &Model{Names: names}, grad: make([]float64, len(samples)), hess: make([]float64, len(samples))}
	t.bin(samples, len(names))
	sum, all := 0.0, 0.0
	for _, s := range samples {
		sum += s.Want * s.Weight
		all += s.Weight
	}
	p := min(max(sum/max(all, 1e-9), 1e-3), 1-1e-3)
	t.m.Bias = math.Log(p / (1 - p))
	odds := make([]float64, len(samples))
	rows := make([]int32, 0, len(samples))
	r := rand.New(rand.NewPCG(1, 2)) // its own, so that the same samples give the same model
	t.asked = make([]bool, len(names))
	for i := range odds {
		odds[i] = t.m.Bias
	}
	for range o.Trees {
		rows = rows[:0]
		for f := range t.asked {
			t.asked[f] = o.Part == 0 || r.Float64() < o.Part
		}
		for i, s := range samples {
			p := 1 / (1 + math.Exp(-odds[i]))
			t.grad[i] = (p - s.Want) * s.Weight
			t.hess[i] = max(p*(1-p), 1e-4) * s.Weight
			if o.Part == 0 || r.Float64() < o.Part {
				rows = append(rows, int32(i))
			}
		}
		at := int32(len(t.m.nodes))
		t.m.roots = append(t.m.roots, at)
		t.split(rows, o.Depth)
		tree := Model{nodes: t.m.nodes, roots: []int32{at}}
		for i, s := range samples {
			odds[i] += tree.Score(s.Row)
		}
	}
	return t.m
}

type trainer struct {
	o          Options
	m          *Model
	cuts       [][]float32 // of each feature, rising
	bins       [][]uint8   // of each feature, by sample: how many cuts are not above its value
	grad, hess []float64
	asked      []bool // which features the present tree may ask for
}

// bin parts the values of each feature at even shares of the samples.
func (t *trainer) bin(samples []Sample, features int) {
	t.cuts, t.bins = make([][]float32, features), make([][]uint8, features)
	for f := range features {
		values := make([]float32, len(samples))
		for i, s := range samples {
			values[i] = s.Row[f]
		}
		slices.Sort(values)
		distinct := slices.Compact(slices.Clone(values))
		var cuts []float32
		if len(distinct) <= mostBins {
			for i := 1; i < len(distinct); i++ {
				cuts = append(cuts, (distinct[i-1]+distinct[i])/2)
			}
		} else {
			for k := 1; k < mostBins; k++ {
				cuts = append(cuts, values[k*len(values)/mostBins])
			}
			cuts = slices.Compact(cuts)
		}
		t.cuts[f], t.bins[f] = cuts, make([]uint8, len(samples))
		for i, s := range samples {
			at, _ := slices.BinarySearchFunc(cuts, s.Row[f], func(c, v float32) int {
				if c <= v {
					return -1
				}
				return 1
			})
			t.bins[f][i] = uint8(at)
		}
	}
}

// split adds the best tree for some samples.
func (t *trainer) split(rows []int32, depth int) {
	g, h := 0.0, 0.0
	for _, i := range rows {
		g += t.grad[i]
		h += t.hess[i]
	}
	best, feature, bin := 1e-6, -1, 0
	for f := range t.bins {
		if depth == 0 || !t.asked[f] || len(t.cuts[f]) == 0 {
			continue
		}
		var gs, hs [mostBins + 1]float64
		b := t.bins[f]
		for _, i := range rows {
			gs[b[i]] += t.grad[i]
			hs[b[i]] += t.hess[i]
		}
		gl, hl := 0.0, 0.0
		for k := range t.cuts[f] {
			gl += gs[k]
			hl += hs[k]
			if hl < t.o.Least || h-hl < t.o.Least {
				continue
			}
			gain := gl*gl/(hl+t.o.Ridge) + (g-gl)*(g-gl)/(h-hl+t.o.Ridge) - g*g/(h+t.o.Ridge)
			if gain > best {
				best, feature, bin = gain, f, k
			}
		}
	}
	at := len(t.m.nodes)
	if feature < 0 {
		v := -g / (h + t.o.Ridge) * t.o.Rate
		t.m.nodes = append(t.m.nodes, node{feature: -1, value: float32(v)})
		return
	}
	t.m.nodes = append(t.m.nodes, node{feature: int32(feature), cut: t.cuts[feature][bin]})
	var below, rest []int32
	for _, i := range rows {
		if int(t.bins[feature][i]) <= bin {
			below = append(below, i)
		} else {
			rest = append(rest, i)
		}
	}
	t.split(below, depth-1)
	t.m.nodes[at].other = int32(len(t.m.nodes))
	t.split(rest, depth-1)
}
