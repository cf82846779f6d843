package dedup

import (
	"math"
	"slices"
)

// Evidence is what tells whether a text is a copy of an earlier one. "The text" is the later one; shares are 0..1,
// logarithms to base 2 of one more.
type Evidence struct {
	Covered        float64 // share of the text's words that stand in runs of four or more words of the earlier
	CoveredEarlier float64 // the same of the earlier text
	Most           float64 // the greater of the two
	Least          float64 // the lesser
	Own            float64 // Covered without the runs that are known as furniture
	Rival          float64 // the greatest Covered by a document of another cluster
	Rivals         float64 // how many other clusters have a document that covers nearly as much
	Runs           float64 // covered runs in 100 covered words
	Longest        float64 // words of the longest run, as a logarithm
	Order          float64 // share of the runs that follow in the same order
	Length         float64 // words of the text, as a logarithm
	LengthEarlier  float64
	Lead           float64 // share of the first words of the text that is covered
	LeadEarlier    float64
	Tail           float64 // share of its last words
	TailEarlier    float64
	Stretch        float64 // words of the longest stretch of the text without runs, and with few pairs in common; as a logarithm
	StretchEarlier float64
	StretchLeast   float64 // the lesser of the two
	Skipped        float64 // longest such stretch of the earlier text that is not its end
	Added          float64 // longest such stretch of the text outside furniture
	Mutual         float64 // the lesser of the two
	Words          float64 // share of the text's long words that the earlier has
	WordsEarlier   float64
	Pairs          float64 // share of the text's pairs of words that the earlier has
	PairsEarlier   float64
	Even           float64 // least share of words that begin such a pair in an eighth of the text
	EvenEarlier    float64
	Names          float64 // share of the text's names that the earlier has
	NamesEarlier   float64
	Figures        float64 // share of the text's figures that the earlier has, by weight; -1 if it has none
	FiguresEarlier float64
	FiguresBoth    float64 // weight of the figures in common, as a logarithm
	FiguresApart   float64 // weight of the figures that the other has not, the lesser of both texts', as a logarithm
	Conflicts      float64 // places between two runs where one has another figure than the other, in 100 covered words
	AllConflicts   float64 // how many such places, as a logarithm
	Swaps          float64 // words between two runs that differ otherwise, in 100 covered words
	OtherNames     float64 // places between two runs where one has another name than the other, in 100 covered words
	AllNames       float64 // how many such places, as a logarithm
	Serial         float64 // Hours if figures are in conflict, else 0
	Title          float64 // share of the words of the shorter title that the other has; -1 without a title
	TitleFigures   float64 // 1 if the titles have other figures, 0 if the same, -1 if one has none
	Corrects       float64 // 1 if the title of the text says that it is a correction, else 0
	Hours          float64 // between the two, as a logarithm; -1 if it is not known
	SameSource     float64 // 1, 0; -1 if it is not known
	Cosine         float64 // of the clues, by rarity; 0 for documents that are not among the latest
	Displaced      float64 // how far on average clues in common stand from the same place, as a share of the text
	Clues          float64 // share of the text's clues that the earlier has, by rarity
	CluesEarlier   float64 // the same of the earlier's, by number
}

// Values appends the values in the order of the fields.
func (e *Evidence) Values(to []float64) []float64 {
	return append(to,
		e.Covered, e.CoveredEarlier, e.Most, e.Least, e.Own, e.Rival, e.Rivals, e.Runs, e.Longest, e.Order,
		e.Length, e.LengthEarlier, e.Lead, e.LeadEarlier, e.Tail, e.TailEarlier,
		e.Stretch, e.StretchEarlier, e.StretchLeast, e.Skipped, e.Added, e.Mutual,
		e.Words, e.WordsEarlier, e.Pairs, e.PairsEarlier, e.Even, e.EvenEarlier, e.Names, e.NamesEarlier,
		e.Figures, e.FiguresEarlier, e.FiguresBoth, e.FiguresApart, e.Conflicts, e.AllConflicts, e.Swaps, e.OtherNames, e.AllNames, e.Serial,
		e.Title, e.TitleFigures, e.Corrects, e.Hours, e.SameSource, e.Cosine, e.Displaced, e.Clues, e.CluesEarlier,
	)
}

// What a document must have to be compared in full: as much of a text covered, or such a share of its clues.
const (
	leastCovered = 0.06
	leastClues   = 0.14
)

// with compares the text with an earlier one, given what their clues tell. What can only be told beside others is left to
// the caller. plain says that they have so little in common that there is nothing more to compare.
func (c *comparer) with(o *Text, p Parallel) (e Evidence, plain bool) {
	e.Cosine, e.Displaced, e.Clues, e.CluesEarlier = p.Cosine, p.Displaced, p.Share, p.ShareEarlier
	a, b := c.t.words, o.words
	c.cover, c.over = blank(c.cover, len(a)), blank(c.over, len(b))
	c.match(b)
	na, nb := count(c.cover), count(c.over)
	e.Covered, e.CoveredEarlier = share(na, len(a)), share(nb, len(b))
	e.Most, e.Least = max(e.Covered, e.CoveredEarlier), min(e.Covered, e.CoveredEarlier)
	if e.Most < leastCovered && e.Cosine < leastClues && e.Clues < leastClues && e.CluesEarlier < leastClues {
		return e, true
	}
	e.Own = share(c.own(), len(a))
	e.Length, e.LengthEarlier = logOf(len(a)), logOf(len(b))
	e.Lead, e.Tail = ends(c.cover)
	e.LeadEarlier, e.TailEarlier = ends(c.over)
	c.shape(&e, na)
	c.vocabulary(o, &e)
	e.Stretch = logOf(stretch(c.cover, c.paired, nil, false))
	e.StretchEarlier = logOf(stretch(c.over, c.pairedOver, nil, false))
	e.StretchLeast = min(e.Stretch, e.StretchEarlier)
	e.Skipped = logOf(stretch(c.over, c.pairedOver, nil, true))
	e.Added = logOf(stretch(c.cover, c.paired, c.hot, false))
	e.Mutual = min(e.Skipped, e.Added)
	e.Even, e.EvenEarlier = even(c.paired), even(c.pairedOver)
	c.slots(o, &e, na)
	e.Figures, e.FiguresEarlier, e.FiguresBoth, e.FiguresApart = figuresInCommon(c.t, o)
	e.titles(c.t, o)
	e.origin(c.t, o)
	return e, false
}

func logOf(n int) float64 { return math.Log2(float64(1 + n)) }

func share(part, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}

func count(s []bool) int {
	n := 0
	for _, b := range s {
		if b {
			n++
		}
	}
	return n
}

// ends gives the shares of the first and the last words that are covered.
func ends(cover []bool) (lead, tail float64) {
	n := min(40, len(cover))
	return share(count(cover[:n]), n), share(count(cover[len(cover)-n:]), n)
}

// shape looks at the runs.
func (c *comparer) shape(e *Evidence, covered int) {
	longest, ordered := 0, 0
	for i, r := range c.runs {
		longest = max(longest, r.n)
		if i == 0 || r.a >= c.runs[i-1].a {
			ordered++
		}
	}
	e.Longest, e.Order = logOf(longest), share(ordered, len(c.runs))
	e.Runs = 100 * share(len(c.runs), covered)
}

// own counts the covered words outside furniture. A run of which some fingerprints are and some are not counts in part.
func (c *comparer) own() int {
	n := 0
	for i := 0; i < len(c.cover); {
		if !c.cover[i] {
			i++
			continue
		}
		j, hot, cold := i, 0, 0
		for ; j < len(c.cover) && c.cover[j]; j++ {
			if c.hot[j] {
				hot++
			}
			if c.cold[j] {
				cold++
			}
		}
		if hot == 0 || cold > 0 {
			n += (j - i) * (1 + cold) / (1 + cold + hot)
		}
		i = j
	}
	return n
}

// near is how close two pairs in common must be to break a stretch; one alone may be chance.
const near = 8

// stretch gives the words of the longest stretch without runs and without pairs in common near each other. Words that
// apart marks end it too; one that lasts to the end of the text does not count if inner is set.
func stretch(cover, paired, apart []bool, inner bool) int {
	longest, from, before := 0, 0, -near-1
	for i := range cover {
		switch {
		case cover[i] || apart != nil && apart[i]:
		case paired[i]:
			close := i-before <= near
			if before = i; !close {
				continue
			}
		default:
			continue
		}
		longest = max(longest, i-from)
		from = i + 1
	}
	if !inner {
		longest = max(longest, len(cover)-from)
	}
	return longest
}

// even gives the least share of marked words in an eighth of a text.
func even(paired []bool) float64 {
	const parts = 8
	least, n := 1.0, len(paired)
	for k := range parts {
		if from, to := n*k/parts, n*(k+1)/parts; to > from {
			least = min(least, share(count(paired[from:to]), to-from))
		}
	}
	return least
}

// figuresInCommon compares the figures of two texts as sets: the shares that the other has, and the weight of those that
// both have as a logarithm.
func figuresInCommon(a, b *Text) (ofA, ofB, both, apart float64) {
	var onlyA, onlyB, common int
	x, y := a.amounts, b.amounts
	for len(x) > 0 || len(y) > 0 {
		switch {
		case len(y) == 0 || len(x) > 0 && x[0].key < y[0].key:
			onlyA += int(x[0].weight)
			x = x[1:]
		case len(x) == 0 || y[0].key < x[0].key:
			onlyB += int(y[0].weight)
			y = y[1:]
		default:
			common += int(x[0].weight)
			x, y = x[1:], y[1:]
		}
	}
	ofA, ofB = -1, -1
	if onlyA+common > 0 {
		ofA = share(common, onlyA+common)
	}
	if onlyB+common > 0 {
		ofB = share(common, onlyB+common)
	}
	return ofA, ofB, logOf(common), logOf(min(onlyA, onlyB))
}

func (e *Evidence) titles(a, b *Text) {
	e.Title, e.TitleFigures = -1, -1
	if a.corrects {
		e.Corrects = 1
	}
	if len(a.title) == 0 || len(b.title) == 0 {
		return
	}
	both := 0
	for i, w := range a.title {
		if !slices.Contains(a.title[:i], w) && slices.Contains(b.title, w) {
			both++
		}
	}
	e.Title = share(both, min(len(a.title), len(b.title)))
	if len(a.heading) > 0 && len(b.heading) > 0 {
		e.TitleFigures = 1
		if slices.Equal(a.heading, b.heading) {
			e.TitleFigures = 0
		}
	}
}

func (e *Evidence) origin(a, b *Text) {
	if e.Hours = hoursBetween(a, b); e.AllConflicts > 0 {
		e.Serial = max(e.Hours, 0)
	}
	e.SameSource = -1
	if a.source != 0 && b.source != 0 {
		e.SameSource = 0
		if a.source == b.source {
			e.SameSource = 1
		}
	}
}

// hoursBetween gives the time between two texts as a logarithm, -1 if it is not known.
func hoursBetween(a, b *Text) float64 {
	if !a.dated || !b.dated {
		return -1
	}
	return math.Log2(1 + math.Abs(float64(a.published-b.published)))
}
