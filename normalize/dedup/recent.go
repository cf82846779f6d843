package dedup

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// recent finds the latest documents by their clues. Two generations of documents stand in it; when the younger is
// full, the older is forgotten.
type recent struct {
	young, old generation
	sums       []float32 // of each document of old and young: the weight of the clues in common
	touched    []uint32
	weights    []float32 // of the clues of the text that is asked for
	places     []places  // of the same clues
	norm       float32
	rarest     []uint64 // clues by weight: what orders them and, in the lower half, which they are
}

// generation holds some documents and an index of their clues.
type generation struct {
	docs   []lately
	keys   []uint32 // open addressing; 0 is free
	counts []uint16 // documents with the key
	heads  []uint32 // the latest piece of the list of each key + 1
	used   int
	pieces []piece
}

// piece is a part of the list of documents that have a clue.
type piece struct {
	docs [inPiece]uint16
	next uint32 // the part before + 1
}

const inPiece = 6

func (g *generation) slot(key uint32) int {
	if len(g.keys) == 0 {
		return -1
	}
	mask := uint32(len(g.keys) - 1)
	i := key * 0x85EBCA6B >> 8 & mask
	for g.keys[i] != 0 && g.keys[i] != key {
		i = (i + 1) & mask
	}
	return int(i)
}

// count says how many documents have the key at a place.
func (g *generation) count(at int) int {
	if at < 0 {
		return 0
	}
	return int(g.counts[at])
}

func (g *generation) add(key, doc uint32) {
	if 2*g.used >= len(g.keys) {
		old := *g
		n := max(1<<12, 2*len(g.keys))
		g.keys, g.counts, g.heads = make([]uint32, n), make([]uint16, n), make([]uint32, n)
		for k, key := range old.keys {
			if key != 0 {
				i := g.slot(key)
				g.keys[i], g.counts[i], g.heads[i] = key, old.counts[k], old.heads[k]
			}
		}
	}
	i := g.slot(key)
	if g.keys[i] == 0 {
		g.keys[i] = key
		g.used++
	}
	n := g.counts[i]
	if g.counts[i]++; n >= mostWithClue {
		return
	}
	if n%inPiece == 0 {
		g.pieces = append(g.pieces, piece{next: g.heads[i]})
		g.heads[i] = uint32(len(g.pieces))
	}
	g.pieces[g.heads[i]-1].docs[n%inPiece] = uint16(doc)
}

// removeLast takes the last document with a key back; the key stays, without documents.
func (g *generation) removeLast(key uint32) {
	i := g.slot(key)
	g.counts[i]--
	if n := g.counts[i]; n < mostWithClue && n%inPiece == 0 {
		g.heads[i] = g.pieces[g.heads[i]-1].next
		g.pieces = g.pieces[:len(g.pieces)-1]
	}
}

// places are where a clue stands among the keys of the two generations, -1 if it does not.
type places struct{ old, young int }

type lately struct {
	ref      uint32
	language uint32
	norm     float32
}

const (
	generationSize = 10_000
	mostWithClue   = 64 // documents; what more have tells nothing
	mostClues      = 48 // are looked up
	faintCosine    = 0.03
)

// likely is a document that has rare clues in common with a text.
type likely struct {
	ref     uint32
	foreign bool    // in another language
	cosine  float32 // of the clues, by their rarity
}

// weigh sets how rare each clue of a text is.
func (r *recent) weigh(t *Text) {
	n := float64(len(r.young.docs) + len(r.old.docs) + 20)
	r.weights, r.places = r.weights[:0], r.places[:0]
	sum := float32(0)
	for _, c := range t.clues {
		at := places{r.old.slot(c.key()), r.young.slot(c.key())}
		r.places = append(r.places, at)
		df := r.old.count(at.old) + r.young.count(at.young)
		w := float32(max(math.Log(n/float64(df+1)), 0.1))
		r.weights = append(r.weights, w)
		sum += w * w
	}
	r.norm = max(sum, 1)
}

// find gives the documents before ref with the greatest cosine by the rarest clues of a text that weigh has seen, at
// most so many of the text's language and of others.
func (r *recent) find(t *Text, ref Ref, familiar, foreign int) []likely {
	r.addUp()
	var best []likely
	n := uint32(len(r.old.docs))
	for _, d := range r.touched {
		g, at := &r.old, d
		if d >= n {
			g, at = &r.young, d-n
		}
		l := &g.docs[at]
		cosine := r.sums[d] / float32(math.Sqrt(float64(r.norm*l.norm)))
		r.sums[d] = 0
		if cosine > faintCosine && Ref(l.ref) < ref {
			best = append(best, likely{l.ref, l.language != t.language && l.language != 0 && t.language != 0, cosine})
		}
	}
	slices.SortFunc(best, func(a, b likely) int {
		return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.ref, b.ref))
	})
	out := best[:0]
	for _, l := range best {
		left := &familiar
		if l.foreign {
			left = &foreign
		}
		if *left > 0 && (len(out) == 0 || out[len(out)-1].ref != l.ref) { // revisions of a document stand side by side
			*left--
			out = append(out, l)
		}
	}
	return out
}

// addUp sums what the latest documents have in common with the text that weigh has seen, by its rarest clues.
func (r *recent) addUp() {
	n := uint32(len(r.old.docs))
	if len(r.sums) == 0 {
		r.sums = make([]float32, 2*generationSize)
	}
	r.rarest = r.rarest[:0]
	for i, at := range r.places {
		if df := r.old.count(at.old) + r.young.count(at.young); df > 0 && df <= mostWithClue {
			// Floats above 0 are in the order of their bits.
			r.rarest = append(r.rarest, uint64(^math.Float32bits(r.weights[i]))<<32|uint64(i))
		}
	}
	slices.Sort(r.rarest)
	r.touched = r.touched[:0]
	for _, x := range r.rarest[:min(len(r.rarest), mostClues)] {
		i := uint32(x)
		w, at := r.weights[i]*r.weights[i], r.places[i]
		r.addList(&r.old, at.old, 0, w)
		r.addList(&r.young, at.young, n, w)
	}
}

// addList adds a weight to the documents of a generation that have the clue at a place of it. The generation begins at
// start in sums.
func (r *recent) addList(g *generation, at int, start uint32, weight float32) {
	n := g.count(at)
	if n == 0 {
		return
	}
	in := (min(n, mostWithClue)-1)%inPiece + 1
	for p := g.heads[at]; p != 0; in = inPiece {
		piece := &g.pieces[p-1]
		for _, d := range piece.docs[:in] {
			d := start + uint32(d)
			if r.sums[d] == 0 {
				r.touched = append(r.touched, d)
			}
			r.sums[d] += weight
		}
		p = piece.next
	}
}

// add puts a text among the latest by the keys of its clues, with the norm that weigh found for it. It gives the generation
// that was forgotten for it, if one was.
func (r *recent) add(ref Ref, language uint32, norm float32, keys []uint32) (forgot *generation) {
	if len(r.young.docs) == generationSize {
		old := r.old
		forgot = &old
		r.old, r.young = r.young, generation{}
	}
	d := uint32(len(r.young.docs))
	r.young.docs = append(r.young.docs, lately{uint32(ref), language, norm})
	for _, key := range keys {
		r.young.add(key, d)
	}
	return forgot
}

// removeLast takes the last add back, which was of these keys and gave what it forgot.
func (r *recent) removeLast(keys []uint32, forgot *generation) {
	if forgot != nil {
		r.young, r.old = r.old, *forgot
		return
	}
	r.young.docs = r.young.docs[:len(r.young.docs)-1]
	for _, key := range slices.Backward(keys) {
		r.young.removeLast(key)
	}
}

// appendClues writes what add takes of a text: its language and the keys of its clues, of which one too short to be
// recognised has none.
func appendClues(to []byte, t *Text) []byte {
	to = binary.LittleEndian.AppendUint32(to, t.language)
	if len(t.words) < fewestWords {
		return to
	}
	last := uint32(0)
	for _, c := range t.clues {
		to = binary.AppendUvarint(to, uint64(c.key()-last))
		last = c.key()
	}
	return to
}

// readClues reads what appendClues wrote.
func readClues(keys []uint32, b []byte) (language uint32, _ []uint32, err error) {
	if len(b) < 4 {
		return 0, keys, ErrRecord
	}
	language, b = binary.LittleEndian.Uint32(b), b[4:]
	last := uint32(0)
	for len(b) > 0 {
		d, n := binary.Uvarint(b)
		if n <= 0 || d > math.MaxUint32 {
			return 0, keys, ErrRecord
		}
		last, b = last+uint32(d), b[n:]
		keys = append(keys, last)
	}
	return language, keys, nil
}
