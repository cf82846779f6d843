package dedup

import (
	"cmp"
	"math"
	"slices"
)

// mark is a fingerprint of a text and where it stands.
type mark struct {
	print uint32
	at    int32 // the first of its three words; -1 for the title
	full  bool  // so many documents have it that no more are noted

	from, to int32 // the documents that have it, in what is held of one call
}

// printsOf picks the fingerprints of a text: of its runs of three words those with the least hashes, so that two texts
// with a passage in common pick the same ones in it; more of a short text than of a long one.
func printsOf(to []mark, t *Text) []mark {
	to = to[:0]
	n := len(t.words) - 2
	if n <= 0 {
		return to
	}
	want := min(14+float64(n)/20, 48)
	limit := uint32(math.MaxUint32)
	if want < float64(n) {
		limit = uint32(want / float64(n) * math.MaxUint32)
	}
	for i := range n {
		if h := shingle(t.words[i:]); h <= limit {
			to = append(to, mark{print: h * 0x9E3779B1, at: int32(i)})
		}
	}
	slices.SortFunc(to, func(a, b mark) int { return cmp.Or(cmp.Compare(a.print, b.print), cmp.Compare(a.at, b.at)) })
	to = slices.CompactFunc(to, func(a, b mark) bool { return a.print == b.print })
	if len(t.title) >= 4 {
		h := uint64(hashStart)
		for _, w := range t.title {
			h = (h ^ uint64(w)) * hashTimes
		}
		to = append(to, mark{print: fold(h), at: -1})
	}
	return to
}

// byPrints finds documents by the rarity of the fingerprints in common, and tells the comparer which words are furniture.
func (x *Index) byPrints(ref Ref, t *Text) []Match {
	x.marks = printsOf(x.marks, t)
	x.tally.reset()
	x.held = x.held[:0]
	for i := range x.marks {
		m := &x.marks[i]
		m.from = int32(len(x.held))
		x.held = x.prints.find(x.held, m.print, mostHolders)
		m.to = int32(len(x.held))
		m.full = m.to-m.from == mostHolders
		weight := 1 / float64(1+m.to-m.from)
		for _, r := range x.held[m.from:m.to] {
			if Ref(r) < ref {
				x.tally.add(r, weight)
			}
		}
		x.tally.asked++
	}
	x.furnish()
	return x.tally.best(x.matches[:0], mostCompared)
}

// furnish tells the comparer which words are furniture: those of two fingerprints near each other that documents of
// several clusters have in common. One alone would be a phrase.
func (x *Index) furnish() {
	last := -1
	x.places = x.places[:0]
	for i, m := range x.marks {
		if m.at >= 0 {
			x.places = append(x.places, int32(i))
		}
	}
	slices.SortFunc(x.places, func(a, b int32) int { return cmp.Compare(x.marks[a].at, x.marks[b].at) })
	for _, i := range x.places {
		m := &x.marks[i]
		slices.Sort(x.held[m.from:m.to])
		if last >= 0 {
			before := &x.marks[last]
			if m.at-before.at <= nearPrints && x.together(before, m) {
				x.comparer.mark(int(before.at), true)
				x.comparer.mark(int(m.at), true)
			}
		}
		last = int(i)
	}
	for _, i := range x.places {
		if at := int(x.marks[i].at); !x.comparer.hot[at] {
			x.comparer.mark(at, false)
		}
	}
}

// together says whether documents of several clusters have both fingerprints.
func (x *Index) together(a, b *mark) bool {
	var clusters [commonClusters]uint32
	n := 0
	p, q := x.held[a.from:a.to], x.held[b.from:b.to]
	for len(p) > 0 && len(q) > 0 {
		switch {
		case p[0] < q[0]:
			p = p[1:]
		case q[0] < p[0]:
			q = q[1:]
		default:
			if c := x.entry(Ref(p[0])).cluster; !slices.Contains(clusters[:n], c) {
				clusters[n] = c
				if n++; n == commonClusters {
					return true
				}
			}
			p, q = p[1:], q[1:]
		}
	}
	return false
}

// tally adds up the weight of what documents have in common with a text.
type tally struct {
	keys   []uint32 // open addressing: the document + 1
	sums   []float64
	counts []int32
	used   []uint32 // slots
	first  []uint32 // of them, those with the greatest sums
	asked  int      // fingerprints that were looked up
}

const tallySlots = 1 << 13 // more than twice what all fingerprints of a text lead to

func (t *tally) reset() {
	if t.keys == nil {
		t.keys, t.sums, t.counts = make([]uint32, tallySlots), make([]float64, tallySlots), make([]int32, tallySlots)
	}
	for _, i := range t.used {
		t.keys[i] = 0
	}
	t.used, t.asked = t.used[:0], 0
}

func (t *tally) add(ref uint32, weight float64) {
	i := (ref + 1) * 0x9E3779B1 >> 19
	for t.keys[i] != 0 && t.keys[i] != ref+1 {
		i = (i + 1) % tallySlots
	}
	if t.keys[i] == 0 {
		t.keys[i], t.sums[i], t.counts[i] = ref+1, 0, 0
		t.used = append(t.used, i)
	}
	t.sums[i] += weight
	t.counts[i]++
}

// best appends the documents with the greatest sums; the faint ones behind the second are left out.
func (t *tally) best(to []Match, most int) []Match {
	t.first = t.first[:0]
	for _, i := range t.used {
		at := len(t.first)
		for at > 0 && t.before(i, t.first[at-1]) {
			at--
		}
		if at < most {
			t.first = slices.Insert(t.first[:min(len(t.first), most-1)], at, i)
		}
	}
	for n, i := range t.first {
		if n >= 2 && t.sums[i] < faintest*t.sums[t.first[0]] {
			break
		}
		to = append(to, Match{Ref: Ref(t.keys[i] - 1), whole: t.asked >= fewestWhole && int(t.counts[i]) == t.asked})
	}
	return to
}

// before says which of two slots has the greater sum; of equals it is the earlier document's.
func (t *tally) before(i, j uint32) bool {
	return t.sums[i] > t.sums[j] || t.sums[i] == t.sums[j] && t.keys[i] < t.keys[j]
}
