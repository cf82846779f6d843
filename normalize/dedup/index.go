package dedup

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// Index finds among the documents placed so far those that may hold a text, and decides whether one does. All of it is
// derived: placing the same documents in the same order makes the same index. It is not safe for concurrent use.
//
// It takes about 250 bytes a document, and some 25 MB for the latest of them.
type Index struct {
	copies, translations *Rule

	prints  postings
	entries map[uint32]*[entriesInPage]entry
	recent  recent

	// What is left of one call for the next, to save memory; it carries no meaning from one to the other.
	comparer comparer
	matches  []Match
	values   []float64
	tally    tally
	marks    []mark
	held     []uint32
	keys     []uint32
	places   []int32
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
	mostCompared   = 5   // documents found by fingerprints
	mostFamiliar   = 2   // by clues, in the same language
	mostForeign    = 3   // by clues, in other languages
	faintest       = 0.1 // share of the best sum
	fewestWhole    = 8   // fingerprints that say that a text is the same as another
	nearPrints     = 40  // words between two fingerprints of one passage
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

// Match is an earlier document beside a text.
type Match struct {
	Ref, Cluster Ref
	Foreign      bool     // in another language
	Evidence     Evidence // of a copy, unless Foreign
	Parallel     Parallel // of a translation, if Foreign
	Score        float64  // above 0 it is one; log odds

	cosine float32 // of the clues
	whole  bool    // all fingerprints are in common
	same   bool    // word for word
	plain  bool    // so little is in common that nothing was weighed
}

// Weighed says whether the score was summed up from evidence, rather than certain.
func (m *Match) Weighed() bool { return m.Score != certain && m.Score != -certain }

// Matches finds the earlier documents that a text may be a copy or a translation of, and weighs them. read gives the
// text of a document, nil if there is none to be had. A document with ref is not found, nor any with a higher one. What is
// given lasts until the next call.
func (x *Index) Matches(ref Ref, t *Text, read func(Ref) (*Text, error)) ([]Match, error) {
	all := x.look(ref, t)
	if len(t.words) < fewestWords {
		return nil, nil
	}
	all = x.byClues(all, ref, t)
	x.matches = all
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
			m.Evidence, m.plain = x.comparer.with(o, p)
			m.same = m.Evidence.Most == 1 && slices.Equal(t.words, o.words)
		}
		out = append(out, m)
	}
	compete(out)
	for i := range out {
		x.score(&out[i])
	}
	return out, nil
}

// look makes of a text what is asked for it and noted of it, and finds documents by its fingerprints.
func (x *Index) look(ref Ref, t *Text) []Match {
	x.prints.addWaiting()
	x.recent.weigh(t)
	x.comparer.prepare(t)
	x.marks = x.marks[:0]
	if len(t.words) < fewestWords {
		return nil
	}
	return x.byPrints(ref, t)
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
		x.values = m.Parallel.Values(x.values[:0])
		m.Score = x.translations.Score(x.values)
	case m.same:
		m.Score = certain
	case m.whole && e.Most < 0.5: // of an earlier revision of it, for its present text has other words
		m.Score = certain
		e.Covered = 1
	case m.plain, e.serial(), e.apart(), e.other():
		m.Score = -certain
	default:
		x.values = e.Values(x.values[:0])
		m.Score = x.copies.Score(x.values)
	}
}

// serial says whether two texts are issues of a series: short, a day or more apart, with other figures in the same
// places, and not the only ones.
func (e *Evidence) serial() bool {
	return e.Serial > 4.39 && e.Length < 7.2 && e.Rivals >= 1 && e.Conflicts > 0.8 && e.Corrects == 0
}

// apart says whether two texts quote each other or a third one: they have passages in common, though less than half of
// either, and each has a stretch of 75 words and more of its own. Of texts with still less in common, which may be
// different translations of one, it says nothing.
func (e *Evidence) apart() bool { return e.Most > 0.2 && e.Most < 0.5 && e.StretchLeast > 6.25 }

// other says whether two texts tell of different things in like words: less than half of either stands in the other, and
// each has a few figures of its own, of which the other has less than a third.
func (e *Evidence) other() bool {
	return e.Most < 0.5 && e.FiguresApart >= 3 && max(e.Figures, e.FiguresEarlier) < 1./3
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

// Addition is what an Add did.
type Addition struct {
	Record []byte // all that Restore needs to do the same,
	Clues  []byte // but for the latest documents, which need these as well

	ref, cluster Ref
	was          entry
	forgot       *generation // the oldest of the latest documents, if they had to go
}

// Add notes a text, or the new revision of one beside the old. It must follow the Place of the same text.
func (x *Index) Add(ref Ref, t *Text, cluster Ref) Addition {
	a := Addition{ref: ref, cluster: cluster, Clues: appendClues(make([]byte, 0, 4+5*len(t.clues)), t)}
	revision := false
	if e := x.entry(ref); e != nil {
		a.was, revision = *e, true
	}
	x.enter(ref, cluster)
	norm := x.recent.norm
	x.keys = x.keys[:0]
	if len(t.words) >= fewestWords {
		for _, c := range t.clues {
			x.keys = append(x.keys, c.key())
		}
	}
	a.forgot = x.recent.add(ref, t.language, norm, x.keys)
	a.Record = binary.LittleEndian.AppendUint32(make([]byte, 0, 4+5*len(x.marks)), math.Float32bits(norm))
	last := uint32(0)
	slices.SortFunc(x.marks, func(a, b mark) int { return cmp.Compare(a.print, b.print) })
	for _, m := range x.marks {
		if m.full || revision && slices.Contains(x.held[m.from:m.to], uint32(ref)) {
			continue
		}
		x.prints.add(m.print, uint32(ref))
		a.Record = binary.AppendUvarint(a.Record, uint64(m.print-last))
		last = m.print
	}
	return a
}

// Replay is Place and Add for a text whose cluster was decided when it came: it adds what they would have added.
func (x *Index) Replay(ref Ref, t *Text, cluster Ref) Addition {
	x.look(ref, t)
	return x.Add(ref, t, cluster)
}

// Undo takes an Add back. It must be the last one that was not taken back.
func (x *Index) Undo(a Addition) {
	var prints []uint32
	last := uint32(0)
	for rest := a.Record[4:]; len(rest) > 0; {
		d, n := binary.Uvarint(rest)
		last, rest = last+uint32(d), rest[n:]
		prints = append(prints, last)
	}
	for _, p := range slices.Backward(prints) {
		x.prints.removeLast(p)
	}
	_, x.keys, _ = readClues(x.keys[:0], a.Clues) // they are our own
	x.recent.removeLast(x.keys, a.forgot)
	if a.cluster != a.ref {
		x.room(a.cluster).copies--
	}
	if a.was.cluster != 0 && Ref(a.was.cluster-1) != a.ref {
		x.room(Ref(a.was.cluster-1)).copies++
	}
	x.room(a.ref).cluster = a.was.cluster
}

// ErrRecord says that bytes are not what Add gave.
var ErrRecord = errors.New("not the fingerprints of a document")

// Restore does again what an Add did, with what it gave and the cluster that the document stands in now; restored must be
// all that were added, in the same order. The documents from number FirstRecent(how many there are) on need their clues
// besides, the others may have nil.
func (x *Index) Restore(ref, cluster Ref, record, clues []byte) (err error) {
	if len(record) < 4 {
		return ErrRecord
	}
	norm := math.Float32frombits(binary.LittleEndian.Uint32(record))
	record = record[4:]
	x.enter(ref, cluster)
	language := uint32(0)
	if x.keys = x.keys[:0]; clues != nil {
		if language, x.keys, err = readClues(x.keys, clues); err != nil {
			return err
		}
	}
	x.recent.add(ref, language, norm, x.keys)
	last := uint32(0)
	for len(record) > 0 {
		d, n := binary.Uvarint(record)
		if n <= 0 || d > math.MaxUint32 {
			return ErrRecord
		}
		last += uint32(d)
		x.prints.addLater(last, uint32(ref))
		record = record[n:]
	}
	return nil
}

// FirstRecent says of how many documents, counted in the order of their Adds, the index needs no clues to be restored.
func FirstRecent(added int) int { return max((added-1)/generationSize-1, 0) * generationSize }

// enter notes the cluster of a document.
func (x *Index) enter(ref, cluster Ref) {
	e := x.room(ref)
	if e.cluster != 0 && Ref(e.cluster-1) != ref {
		x.room(Ref(e.cluster-1)).copies--
	}
	e.cluster = uint32(cluster) + 1
	if cluster != ref {
		x.room(cluster).copies++
	}
}

// room gives the place for what is known of a document.
func (x *Index) room(ref Ref) *entry {
	p := x.entries[uint32(ref)/entriesInPage]
	if p == nil {
		p = new([entriesInPage]entry)
		x.entries[uint32(ref)/entriesInPage] = p
	}
	return &p[ref%entriesInPage]
}
