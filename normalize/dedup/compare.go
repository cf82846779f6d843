package dedup

import (
	"math/bits"
	"slices"
)

// comparer holds what is made of a text once to compare it with others.
type comparer struct {
	t       *Text
	grams   table // of four words
	pairs   table
	singles table
	twos    []uint32 // hashes of each two words
	known   bool     // pairs, singles and the numbers of words below are those of the text
	long    int      // distinct long words
	names   int      // distinct names
	hot     []bool   // words of fingerprints that several clusters have: furniture
	cold    []bool   // words of those that few have

	// Of the comparison under way: the pairs of the earlier text, the words covered in either, those that begin a pair that
	// both have, and the runs.
	twosOver           []uint32
	cover, over        []bool
	paired, pairedOver []bool
	runs               []run
}

// run is a piece that both texts have: where it begins in either, and how many words it has.
type run struct{ a, b, n int }

// gramWords is how many words in common make a run.
const gramWords = 4

// pairsOf hashes each two words that follow each other, and gramOf four of them by their first and last two.
func pairsOf(to, w []uint32) []uint32 {
	to = to[:0]
	for i := 1; i < len(w); i++ {
		to = append(to, w[i-1]*0x85EBCA6B^bits.RotateLeft32(w[i]*0xC2B2AE35, 15))
	}
	return to
}
func gramOf(first, last uint32) uint32 { return first*0x9E3779B1 + last*0x27D4EB2F }
func shingle(w []uint32) uint32 {
	return fold(uint64(w[0])*0x9E3779B97F4A7C15 + uint64(w[1])*0xC2B2AE3D27D4EB4F + uint64(w[2])*0x165667B19E3779F9)
}

func (c *comparer) prepare(t *Text) {
	c.t = t
	w := t.words
	c.twos = pairsOf(c.twos, w)
	c.grams.reset(max(0, len(w)-gramWords+1))
	for i := len(w) - gramWords; i >= 0; i-- {
		c.grams.add(gramOf(c.twos[i], c.twos[i+2]), i)
	}
	c.hot, c.cold = blank(c.hot, len(w)), blank(c.cold, len(w))
	c.known = false
}

// know prepares what vocabulary looks at. Most texts have nothing so near that it is asked for.
func (c *comparer) know() {
	if c.known {
		return
	}
	c.known = true
	t, w := c.t, c.t.words
	c.pairs.reset(max(0, len(w)-1))
	for i := len(w) - 2; i >= 0; i-- {
		c.pairs.add(c.twos[i], i)
	}
	c.singles.reset(len(w))
	for i := len(w) - 1; i >= 0; i-- {
		c.singles.add(w[i], i)
	}
	c.long, c.names = 0, 0
	for i, h := range w {
		if k := t.kinds[i]; k&(isLong|isName) != 0 && c.singles.first(h) == i {
			if k&isLong != 0 {
				c.long++
			}
			if k&isName != 0 {
				c.names++
			}
		}
	}
}

// mark notes of the fingerprint at a word whether it is furniture.
func (c *comparer) mark(at int, furniture bool) {
	to := c.cold
	if furniture {
		to = c.hot
	}
	for i := at; i < at+3; i++ {
		to[i] = true
	}
}

func blank(s []bool, n int) []bool {
	if cap(s) < n {
		return make([]bool, n, n+n/2)
	}
	s = s[:n]
	clear(s)
	return s
}

// mostPlaces of a gram in the text are looked at: a text may repeat itself without end.
const mostPlaces = 16

// match finds the runs that the text and the words of another have in common. The greatest runs are not sought: each
// goes on as long as it can from the first place behind the run before it.
func (c *comparer) match(b []uint32) {
	c.runs = c.runs[:0]
	clear(c.grams.hit)
	c.twosOver = pairsOf(c.twosOver, b)
	last := -2 // where the gram before stood in the text
	for j := 0; j+gramWords <= len(b); j++ {
		first := c.grams.first(gramOf(c.twosOver[j], c.twosOver[j+2]))
		if first < 0 {
			last = -2
			continue
		}
		for k := j; k < j+gramWords; k++ {
			c.over[k] = true
		}
		c.coverAll(first)
		at := c.follow(first, last)
		if n := len(c.runs); n > 0 && last >= 0 && at == last+1 {
			c.runs[n-1].n++
		} else {
			c.runs = append(c.runs, run{at, j, gramWords})
		}
		last = at
	}
}

// coverAll marks the words of the text at all places of a gram.
func (c *comparer) coverAll(first int) {
	if c.grams.hit[first] {
		return
	}
	c.grams.hit[first] = true
	for p := first; p >= 0; p = int(c.grams.next[p]) - 1 {
		for k := p; k < p+gramWords; k++ {
			c.cover[k] = true
		}
	}
}

// follow chooses one of the places of a gram: that which goes on with the run, else the first behind it, else the first.
func (c *comparer) follow(first, last int) int {
	end := 0
	if n := len(c.runs); n > 0 {
		end = c.runs[n-1].a + c.runs[n-1].n
	}
	after, seen := -1, 0
	for p := first; p >= 0 && seen < mostPlaces; p = int(c.grams.next[p]) - 1 {
		if last >= 0 && p == last+1 {
			return p
		}
		if after < 0 && end > 0 && p >= end {
			after = p
		}
		seen++
	}
	if after >= 0 {
		return after
	}
	return first
}

// vocabulary compares words, pairs of them, and names.
func (c *comparer) vocabulary(o *Text, e *Evidence) {
	c.know()
	clear(c.pairs.hit)
	clear(c.singles.hit)
	c.paired, c.pairedOver = blank(c.paired, len(c.t.words)), blank(c.pairedOver, len(o.words))
	var pairs, pairsIn, pairsHit, long, longIn, longHit, names, namesIn, namesHit int
	for j, h := range o.words {
		first := c.singles.first(h)
		in := 0
		if first >= 0 {
			in = 1
		}
		if k := o.kinds[j]; k&isLong != 0 {
			long++
			longIn += in
		}
		if o.kinds[j]&isName != 0 {
			names++
			namesIn += in
		}
		pairs++
		if first < 0 {
			continue
		}
		if !c.singles.hit[first] {
			c.singles.hit[first] = true
			k := c.t.kinds[first]
			if k&isLong != 0 {
				longHit++
			}
			if k&isName != 0 {
				namesHit++
			}
		}
		if j+1 == len(o.words) {
			continue
		}
		if p := c.pairs.first(c.twosOver[j]); p >= 0 {
			pairsIn++
			c.pairedOver[j] = true
			if !c.pairs.hit[p] {
				pairsHit++
				c.pairs.hit[p] = true
				for ; p >= 0; p = int(c.pairs.next[p]) - 1 {
					c.paired[p] = true
				}
			}
		}
	}
	e.Words, e.WordsEarlier = share(longHit, c.long), share(longIn, long)
	e.Names, e.NamesEarlier = share(namesHit, c.names), share(namesIn, names)
	e.Pairs, e.PairsEarlier = share(pairsHit, c.pairs.all), share(pairsIn, max(pairs-1, 0))
}

// mostGap bounds the words between two runs that are taken as put in place of each other.
const mostGap = 12

// slots looks at what stands between runs that follow each other in both texts.
func (c *comparer) slots(o *Text, e *Evidence, covered int) {
	conflicts, swaps, names := 0, 0, 0
	for i := 1; i < len(c.runs); i++ {
		r, s := c.runs[i-1], c.runs[i]
		endA, endB := r.a+r.n, r.b+r.n
		a, b := s.a-endA, s.b-endB
		if a < 0 || b < 0 || a > mostGap || b > mostGap || a+b == 0 {
			continue
		}
		x, y := within(c.t.figures, endA, s.a), within(o.figures, endB, s.b)
		if len(x) > 0 && len(y) > 0 && !(allIn(x, y) && allIn(y, x)) {
			conflicts++
			continue
		}
		if c.otherName(o, endA, s.a, endB, s.b) {
			names++
		}
		swaps += max(a, b)
	}
	e.Conflicts, e.AllConflicts = 100*share(conflicts, covered), logOf(conflicts)
	e.OtherNames, e.AllNames = 100*share(names, covered), logOf(names)
	e.Swaps = 100 * share(swaps, covered)
}

// within gives the figures that touch the words from one place to another.
func within(fs []figure, from, to int) []figure {
	i, _ := slices.BinarySearchFunc(fs, from, func(f figure, at int) int { return int(f.end) - 1 - at })
	j := i
	for j < len(fs) && int(fs[j].at) < to {
		j++
	}
	return fs[i:j]
}

// allIn says whether all figures of x are among those of y.
func allIn(x, y []figure) bool {
	for _, f := range x {
		if !slices.ContainsFunc(y, func(g figure) bool { return f.key == g.key }) {
			return false
		}
	}
	return true
}

// otherName says whether a name of the text stands in the place of another one of the earlier text. Spellings of one
// name have the same skeleton.
func (c *comparer) otherName(o *Text, a, endA, b, endB int) bool {
	differs := false
	for i := a; i < endA; i++ {
		if c.t.kinds[i]&isName == 0 {
			continue
		}
		for j := b; j < endB; j++ {
			if o.kinds[j]&isName == 0 {
				continue
			}
			if c.t.bones[i] == o.bones[j] {
				return false
			}
			differs = true
		}
	}
	return differs
}

// table finds the places of hashes in a text.
type table struct {
	lists []list
	next  []int32 // of each place: the next with the same hash + 1; 0 at the last
	hit   []bool  // of each place that begins a list: seen in the comparison under way
	mask  uint32
	all   int // distinct hashes
}

// list is that of the places of a key.
type list struct {
	key  uint32
	head int32 // the first place + 1
}

func (t *table) reset(n int) {
	size := 1 << bits.Len(uint(2*n+1))
	if cap(t.lists) < size {
		t.lists = make([]list, size)
	}
	t.lists = t.lists[:size]
	clear(t.lists)
	t.mask = uint32(size - 1)
	if cap(t.next) < n {
		t.next, t.hit = make([]int32, n, n+n/2), make([]bool, n, n+n/2)
	}
	t.next, t.hit = t.next[:n], t.hit[:n]
	t.all = 0
}

func (t *table) slot(key uint32) uint32 {
	i := key * 0x9E3779B1 >> 7 & t.mask
	for t.lists[i].head != 0 && t.lists[i].key != key {
		i = (i + 1) & t.mask
	}
	return i
}

// add must be given the places from the last to the first.
func (t *table) add(key uint32, at int) {
	l := &t.lists[t.slot(key)]
	if l.head == 0 {
		l.key = key
		t.all++
	}
	t.next[at] = l.head
	l.head = int32(at) + 1
}

// first gives the first place of a hash, -1 if there is none.
func (t *table) first(key uint32) int { return int(t.lists[t.slot(key)].head) - 1 }
