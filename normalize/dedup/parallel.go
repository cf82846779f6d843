package dedup

import "math"

// Parallel is what tells whether a text is a translation of an earlier one. Shares are 0..1, logarithms to base 2 of
// one more.
type Parallel struct {
	Cosine         float64 // of the clues, by rarity
	Second         float64 // the greatest Cosine of a document of another cluster in another language
	Common         float64 // clues in common, as a logarithm
	Rare           float64 // their weight by rarity, as a logarithm
	Share          float64 // of the text's clues that the earlier has, by rarity
	ShareEarlier   float64 // of the earlier's clues that the text has, by number
	Displaced      float64 // how far on average rare clues in common stand from the same place, as a share of the text
	Figures        float64 // share of the text's figures that the earlier has, by weight; -1 if it has none
	FiguresEarlier float64
	FiguresBoth    float64 // weight of figures in common, as a logarithm
	Order          float64 // share of the figures in common that come in the same order; -1 if there are none
	Ratio          float64 // of the lengths, as a logarithm
	Length         float64 // words of the text, as a logarithm
	Hours          float64 // between the two, as a logarithm; -1 if it is not known
}

// Values appends the values in the order of the fields.
func (p *Parallel) Values(to []float64) []float64 {
	return append(to,
		p.Cosine, p.Second, p.Common, p.Rare, p.Share, p.ShareEarlier, p.Displaced,
		p.Figures, p.FiguresEarlier, p.FiguresBoth, p.Order, p.Ratio, p.Length, p.Hours,
	)
}

// rareClue is the weight from which on a clue tells of a place in the text.
const rareClue = 2

// parallel compares the clues of a text that weigh has seen with those of another.
func (r *recent) parallel(t, o *Text) Parallel {
	var p Parallel
	common, placed, j := 0, 0, 0
	var weight, all, moved float64
	words, others := float64(1+len(t.words)), float64(1+len(o.words))
	for i, c := range t.clues {
		w := float64(r.weights[i])
		all += w
		for j < len(o.clues) && o.clues[j].key() < c.key() {
			j++
		}
		if j == len(o.clues) || o.clues[j].key() != c.key() {
			continue
		}
		common++
		weight += w
		if w > rareClue {
			moved += math.Abs(float64(c.at())/words - float64(o.clues[j].at())/others)
			placed++
		}
	}
	p.Common, p.Rare = logOf(common), math.Log2(1+weight)
	if all > 0 {
		p.Share = weight / all
	}
	p.ShareEarlier = share(common, len(o.clues))
	p.Displaced = 0.5
	if placed > 0 {
		p.Displaced = moved / float64(placed)
	}
	p.Ratio, p.Length = math.Log2(words/others), math.Log2(words)
	p.Hours = hoursBetween(t, o)
	return p
}

// mostOrdered figures are looked at for their order.
const mostOrdered = 200

// figures compares the figures of the two texts.
func (p *Parallel) figures(t, o *Text) {
	p.Figures, p.FiguresEarlier, p.FiguresBoth, _ = figuresInCommon(t, o)
	p.Order = -1
	last, ordered, all := uint32(0), 0, 0
	for _, f := range t.figures[:min(len(t.figures), mostOrdered)] {
		if f.weight < 2 {
			continue
		}
		for _, g := range o.figures[:min(len(o.figures), mostOrdered)] {
			if g.key != f.key {
				continue
			}
			all++
			if g.at >= last {
				ordered++
			}
			last = g.at
			break
		}
	}
	if all > 0 {
		p.Order = share(ordered, all)
	}
}
