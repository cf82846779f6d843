package dedup

// Sketch is what is kept of a text to recognise copies of it.
type Sketch struct {
	Exact [16]byte // of the words, whatever their case, marks and spacing
}
