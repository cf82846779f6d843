package dedup

import (
	"cmp"
	"math"
	"slices"
)

// Index finds among the documents placed so far those that may hold a text, and decides whether one does. All of it is
// derived: placing the same documents in the same order makes the same index. It is not safe for concurrent use.
//
// It takes about 250 bytes a document, and another 25 MB for the latest of them.
type Index struct {
	copies, translations *Rule

	prints  postings
	entries map[uint32]*[entriesInPage]entry
	recent  recent

	// What is left of one call for the next, to save memory; it carries no meaning from one to the other.
	comparer comparer
	tally    tally
	marks    []mark
	held     []uint32
}

const entriesInPage = 1 << 12

// entry is what is known of a document besides its fingerprints.
type entry struct {
	cluster uint32 // the first document of its cluster + 1; 0 if there is no such document
	copies  uint32 // how many others stand in its cluster, if it is the first
}

// How the search is bounded.
const (
	fewestWords    = 12  // of a text that is recognised: short notices are alike without being copies
	mostHolders    = 64  // documents a fingerprint leads to; more say nothing of it
	mostCompared   = 6   // documents found by fingerprints
	mostFamiliar   = 2   // by clues, in the same language
	mostForeign    = 3   // by clues, in other languages
	faintest       = 0.1 // share of the best sum
	fewestWhole    = 8   // fingerprints that say that a text is the same as another
	commonClusters = 4   // what as many clusters have is furniture
)

// NewIndex makes an empty index.
func NewIndex() *Index {
	x := &Index{entries: make(map[uint32]*[entriesInPage]entry)}
	x.DecideBy(mustParse(copiesRule, Fields[Evidence]()), mustParse(translationsRule, Fields[Parallel]()))
	return x
}

// DecideBy puts other rules in the place of those that are part of the program.
func (x *Index) DecideBy(copies, translations *Rule) { x.copies, x.translations = copies, translations }

// mark is a fingerprint of a text and where it stands.
type mark struct {
	print uint32
	at    int32 // the first of its three words; -1 for the title
	full  bool  // so many documents have it that no more are noted
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

// Match is an earlier document beside a text.
type Match struct {
	Ref, Cluster Ref
	Foreign      bool     // in another language
	Evidence     Evidence // of a copy, unless Foreign
	Parallel     Parallel // of a translation, if Foreign
	Score        float64  // above 0 it is one; log odds

	found  float64 // weight of the fingerprints in common
	cosine float32 // of the clues
	whole  bool    // all fingerprints are in common
	same   bool    // word for word
}

// Weighed says whether the score was summed up from evidence, rather than certain.
func (m *Match) Weighed() bool { return m.Score != certain && m.Score != -certain }

// Matches finds the earlier documents that a text may be a copy or a translation of, and weighs them. read gives the
// text of a document, nil if there is none to be had. A document with ref is not found, nor any with a higher one.
func (x *Index) Matches(ref Ref, t *Text, read func(Ref) (*Text, error)) ([]Match, error) {
	x.recent.weigh(t)
	x.comparer.prepare(t)
	if len(t.words) < fewestWords {
		x.marks = x.marks[:0]
		return nil, nil
	}
	all := x.byPrints(ref, t)
	all = x.byClues(all, ref, t)
	out := all[:0]
	for _, m := range all {
		o, err := read(m.Ref)
		if err != nil {
			return nil, err
		}
		if o == nil {
			continue
		}
		m.Cluster = Ref(x.entry(m.Ref).cluster - 1)
		p := x.recent.parallel(t, o)
		p.Cosine = float64(m.cosine)
		if m.Foreign {
			p.figures(t, o)
			m.Parallel = p
		} else {
			m.Evidence = x.comparer.with(o)
			m.Evidence.Cosine, m.Evidence.Displaced, m.Evidence.Clues, m.Evidence.CluesEarlier = p.Cosine, p.Displaced, p.Share, p.ShareEarlier
			m.same = slices.Equal(t.words, o.words)
		}
		out = append(out, m)
	}
	compete(out)
	for i := range out {
		x.score(&out[i])
	}
	return out, nil
}

// byPrints finds documents by the rarity of the fingerprints in common, and tells the comparer which words are furniture.
func (x *Index) byPrints(ref Ref, t *Text) []Match {
	x.marks = printsOf(x.marks, t)
	x.tally.reset()
	var clusters [commonClusters]uint32
	for i := range x.marks {
		m := &x.marks[i]
		x.held = x.prints.find(x.held[:0], m.print, mostHolders)
		m.full = len(x.held) == mostHolders
		weight := 1 / math.Sqrt(float64(1+len(x.held)))
		x.tally.asked++
		n := 0
		for _, r := range x.held {
			if Ref(r) >= ref {
				continue
			}
			x.tally.add(r, weight)
			if c := x.entry(Ref(r)).cluster; n < commonClusters && !slices.Contains(clusters[:n], c) {
				clusters[n] = c
				n++
			}
		}
		if m.at >= 0 {
			x.comparer.mark(int(m.at), n == commonClusters)
		}
	}
	return x.tally.best(mostCompared)
}

// byClues adds documents that have rare clues in common with the text.
func (x *Index) byClues(all []Match, ref Ref, t *Text) []Match {
	for _, l := range x.recent.find(t, ref, mostFamiliar, mostForeign) {
		i := slices.IndexFunc(all, func(m Match) bool { return m.Ref == Ref(l.ref) })
		if i < 0 {
			all = append(all, Match{Ref: Ref(l.ref), Foreign: l.foreign, cosine: l.cosine})
		} else {
			all[i].cosine = l.cosine
		}
	}
	return all
}

// compete sets what can only be told of a document beside the others.
func compete(ms []Match) {
	for i := range ms {
		m := &ms[i]
		var others []Ref
		for _, o := range ms {
			switch {
			case o.Cluster == m.Cluster || o.Foreign != m.Foreign:
			case m.Foreign:
				m.Parallel.Second = max(m.Parallel.Second, o.Parallel.Cosine)
			default:
				m.Evidence.Rival = max(m.Evidence.Rival, o.Evidence.Covered)
				if o.Evidence.Covered > 0.6*m.Evidence.Covered && !slices.Contains(others, o.Cluster) {
					others = append(others, o.Cluster)
				}
			}
		}
		m.Evidence.Rivals = float64(len(others))
	}
}

// certain is the score of what needs no weighing.
const certain = 20

func (x *Index) score(m *Match) {
	switch e := &m.Evidence; {
	case m.Foreign:
		m.Score = x.translations.Score(m.Parallel.Values())
	case m.same:
		m.Score = certain
	case m.whole && e.Most < 0.5: // of an earlier revision of it, for its present text has other words
		m.Score = certain
		e.Covered = 1
	case e.serial():
		m.Score = -certain
	default:
		m.Score = x.copies.Score(e.Values())
	}
}

// serial says whether two texts are issues of a series: short, a day or more apart, with other figures in the same
// places, and not the only ones.
func (e *Evidence) serial() bool {
	return e.Serial > 4.39 && e.Length < 7.2 && e.Rivals >= 1 && e.Conflicts > 0.8
}

// Place decides what a text is to the documents before it. It changes nothing; Add does.
func (x *Index) Place(ref Ref, t *Text, read func(Ref) (*Text, error)) (Verdict, error) {
	v := Verdict{Cluster: ref}
	ms, err := x.Matches(ref, t, read)
	if err != nil {
		return Verdict{}, err
	}
	source := bestOf(ms, func(m Match) bool { return m.Foreign && m.Score > 0 }, func(m Match) float64 { return m.Score })
	if source != nil {
		v.Translation, v.TranslationOf = true, source.Ref
	}
	if e := x.entry(ref); e != nil && e.copies > 0 {
		return v, nil
	}
	best := bestOf(ms, func(m Match) bool { return !m.Foreign && m.Score > 0 }, func(m Match) float64 { return m.Score })
	if best == nil {
		return v, nil
	}
	of := bestOf(ms, func(m Match) bool { return !m.Foreign && m.Score > 0 && m.Cluster == best.Cluster },
		func(m Match) float64 { return m.Evidence.Covered })
	v.Cluster, v.Copy, v.DuplicateOf, v.Overlap = of.Cluster, true, of.Ref, of.Evidence.Covered
	return v, nil
}

// bestOf gives the match with the highest value of those that are fit, the earliest of equals; nil if there is none.
func bestOf(ms []Match, fit func(Match) bool, value func(Match) float64) *Match {
	var best *Match
	for i := range ms {
		m := &ms[i]
		if !fit(*m) {
			continue
		}
		if best == nil || value(*m) > value(*best) || value(*m) == value(*best) && m.Ref < best.Ref {
			best = m
		}
	}
	return best
}

// entry gives what is known of a document, nil if nothing is.
func (x *Index) entry(ref Ref) *entry {
	p := x.entries[uint32(ref)/entriesInPage]
	if p == nil || p[ref%entriesInPage].cluster == 0 {
		return nil
	}
	return &p[ref%entriesInPage]
}

// Add puts a text on the shelf, or the new revision of one beside the old. It must follow the Place of the same text.
func (x *Index) Add(ref Ref, t *Text, cluster Ref) {
	revision := x.entry(ref) != nil
	x.enter(ref, cluster)
	if len(t.words) >= fewestWords {
		x.recent.add(ref, t)
	}
	for _, m := range x.marks {
		if m.full || revision && slices.Contains(x.prints.find(x.held[:0], m.print, mostHolders), uint32(ref)) {
			continue
		}
		x.prints.add(m.print, uint32(ref))
	}
}

// enter notes the cluster of a document.
func (x *Index) enter(ref, cluster Ref) {
	p := x.entries[uint32(ref)/entriesInPage]
	if p == nil {
		p = new([entriesInPage]entry)
		x.entries[uint32(ref)/entriesInPage] = p
	}
	e := &p[ref%entriesInPage]
	if e.cluster != 0 && Ref(e.cluster-1) != ref {
		if first := x.entry(Ref(e.cluster - 1)); first != nil {
			first.copies--
		}
	}
	e.cluster = uint32(cluster) + 1
	if cluster != ref {
		if first := x.entry(cluster); first != nil {
			first.copies++
		}
	}
}

// tally adds up the weight of what documents have in common with a text.
type tally struct {
	keys   []uint32 // open addressing: the document + 1
	sums   []float64
	counts []int32
	used   []uint32 // slots
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

// best gives the documents with the greatest sums; the faint ones behind the second are left out.
func (t *tally) best(most int) []Match {
	out := make([]Match, 0, most+mostFamiliar+mostForeign)
	for _, i := range t.used {
		m := Match{Ref: Ref(t.keys[i] - 1), found: t.sums[i], whole: t.asked >= fewestWhole && int(t.counts[i]) == t.asked}
		at, _ := slices.BinarySearchFunc(out, m, func(a, b Match) int {
			return cmp.Or(cmp.Compare(b.found, a.found), cmp.Compare(a.Ref, b.Ref))
		})
		if at == most {
			continue
		}
		if len(out) == most {
			out = out[:most-1]
		}
		out = slices.Insert(out, at, m)
	}
	for len(out) > 2 && out[len(out)-1].found < faintest*out[0].found {
		out = out[:len(out)-1]
	}
	return out
}
