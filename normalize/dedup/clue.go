package dedup

import "slices"

// clue is something of a text that stays when it is translated: a figure, or the skeleton of a name or a long word. Its
// key is the upper half and the first word with it the lower, so that clues sort as the numbers they are.
type clue uint64

func clueOf(key, at uint32) clue { return clue(key)<<32 | clue(at) }
func (c clue) key() uint32       { return uint32(c >> 32) }
func (c clue) at() uint32        { return uint32(c) }

// The lowest bit of a key tells figures from skeletons.
const (
	clueKind   = 1
	clueFigure = 1
)

// The shortest words that give clues, in letters, and the fewest consonants of them; and how many consonants of a long
// skeleton make a clue of their own, for words that end in another way in the other language.
const (
	shortestName = 3
	shortestLong = 6
	fewestOfName = 3
	fewestOfLong = 4
	beginning    = 4
)

// clue takes the word in low for a clue if it is fit for one, and gives a hash of its skeleton.
func (r *reader) clue(k kind, letters int) uint16 {
	if k&isNumber != 0 || letters < shortestName || k&isName == 0 && letters < shortestLong {
		return 0
	}
	s, n := skeleton(string(r.low))
	hash := s * 0x9E3779B1
	if n >= fewestOfLong || n >= fewestOfName && k&isName != 0 {
		at := uint32(len(r.words))
		r.clues = append(r.clues, clueOf(hash&^clueKind, at))
		if n > beginning {
			start := s>>(3*(n-beginning)) | 1<<14
			r.clues = append(r.clues, clueOf(start*0x9E3779B1&^clueKind, at))
		}
	}
	return uint16(hash>>16) | 1
}

// firsts sorts clues by key and keeps the first of each.
func firsts(s []clue) []clue {
	slices.Sort(s)
	return slices.Clone(slices.CompactFunc(s, func(a, b clue) bool { return a.key() == b.key() }))
}
