package dedup

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPostingsLater: postings that are added many at once are found as those that are added one by one.
func TestPostingsLater(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var one, many postings
	prints := make([]uint32, 50_000)
	for i := range prints {
		prints[i] = r.Uint32() & 0xFFF3_00FF // some share their bucket, some all but it
	}
	const n = mostWaiting + mostWaiting/2
	for i := range uint32(n) {
		p := prints[r.IntN(len(prints))]
		one.add(p, i/33)
		many.addLater(p, i/33)
	}
	many.addWaiting()
	for _, p := range prints {
		if a, b := one.find(nil, p, 1000), many.find(nil, p, 1000); len(a) == 0 || !slices.Equal(a, b) {
			t.Fatalf("%d documents for %x, %d when they were added one by one", len(b), p, len(a))
		}
	}
}
