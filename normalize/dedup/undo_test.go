package dedup

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestUndo places articles, some of which were placed and taken back before, as a transaction that fails does, and
// compares with an index that never saw those.
func TestUndo(t *testing.T) {
	all := stream(500)
	straight, shaken := newDesk(), newDesk()
	for _, d := range []*desk{straight, shaken} {
		for i := range Ref(generationSize - 250) { // so that a generation is forgotten on the way
			d.index.Replay(1000+i, &Text{}, 1000+i)
		}
	}
	r := rand.New(rand.NewPCG(9, 9))
	copies, taken := 0, 0
	for i, a := range all {
		ref := Ref(i)
		if i > 20 && r.IntN(8) == 0 { // another text of an earlier article
			ref = Ref(i - 1 - r.IntN(10))
		}
		var back []Addition
		for n := range r.IntN(4) {
			other, text := Ref(i+n), Read(all[(i+n)%len(all)])
			if r.IntN(3) == 0 {
				other = Ref(max(i-1-n, 0))
			}
			v, err := shaken.index.Place(other, text, func(ref Ref) (*Text, error) { return straight.texts[ref], nil })
			if err != nil {
				t.Fatal(err)
			}
			back = append(back, shaken.index.Add(other, text, v.Cluster))
		}
		for _, a := range slices.Backward(back) {
			shaken.index.Undo(a)
			taken++
		}
		want, got := straight.place(t, ref, a), shaken.place(t, ref, a)
		if got != want {
			t.Fatalf("article %d: %+v after others were taken back, %+v without", i, got, want)
		}
		if !slices.Equal(shaken.records[i], straight.records[i]) {
			t.Fatalf("article %d is noted in another way after others were taken back", i)
		}
		if want.Copy {
			copies++
		}
	}
	if copies < 50 || taken < 300 {
		t.Errorf("%d copies, %d taken back", copies, taken)
	}
}

// TestReplay: texts whose clusters are known make the same index as texts that are placed.
func TestReplay(t *testing.T) {
	all := stream(400)
	placed, replayed := newDesk(), NewIndex()
	for i, a := range all {
		ref := Ref(i)
		if i%7 == 6 {
			ref = Ref(i / 2)
		}
		v := placed.place(t, ref, a)
		if got := replayed.Replay(ref, placed.texts[ref], v.Cluster).Record; !slices.Equal(got, placed.records[i]) {
			t.Fatalf("article %d is noted in another way when it is replayed", i)
		}
	}
}
