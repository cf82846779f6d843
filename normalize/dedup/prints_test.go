package dedup

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestTally(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var all tally
	for range 50 {
		all.reset()
		sums := map[uint32]float64{}
		for range 1 + r.IntN(60) {
			ref, weight := uint32(r.IntN(20)), float64(1+r.IntN(3))
			all.add(ref, weight)
			sums[ref] += weight
		}
		var want []uint32
		for ref := range uint32(20) {
			if sums[ref] > 0 {
				want = append(want, ref)
			}
		}
		slices.SortStableFunc(want, func(a, b uint32) int { return int(sums[b] - sums[a]) })
		got := all.best(nil, 5)
		for i, m := range got {
			if m.Ref != Ref(want[i]) {
				t.Fatalf("place %d has document %d, not %d: %v", i, m.Ref, want[i], sums)
			}
		}
		if faint := len(got) < min(5, len(want)) && sums[want[len(got)]] >= faintest*sums[want[0]]; faint || len(got) > 5 {
			t.Fatalf("%d documents of %d: %v", len(got), len(want), sums)
		}
	}
}
