package dedup

import "crypto/sha256"

// leastWords is how many words a text must have to be recognised: short notices are alike without being copies.
const leastWords = 12

// Sketch is what is kept of a text to recognise copies of it. The zero Sketch is that of a text too short to match.
type Sketch struct {
	Exact [16]byte // of the words, whatever their case, marks and spacing
}

// Of makes the sketch of a text without its title.
func Of(text string) Sketch {
	var s Sketch
	h := sha256.New()
	n := 0
	buf := make([]byte, 0, 64)
	for w := range Words(text) {
		buf = append(append(buf[:0], w...), ' ')
		h.Write(buf) // never fails
		n++
	}
	if n >= leastWords {
		var sum [sha256.Size]byte
		copy(s.Exact[:], h.Sum(sum[:0]))
	}
	return s
}
