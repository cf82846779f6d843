package boost

import (
	"math/rand/v2"
	"testing"
)

func TestTrain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	make1 := func() Sample {
		a, b := r.Float32(), r.Float32()
		s := Sample{Row: []float32{a, b, r.Float32()}, Weight: 1}
		if (a < 0.5) != (b < 0.3) { // no one feature tells anything of it
			s.Want = 1
		}
		return s
	}
	var samples []Sample
	for range 2000 {
		samples = append(samples, make1())
	}
	m := Train([]string{"a", "b", "noise"}, samples, Options{Trees: 30, Depth: 3, Rate: 0.3, Least: 1, Ridge: 1})
	again, err := Read("// how it was made\n\n" + m.String())
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for range 1000 {
		s := make1()
		if (again.Score(s.Row) > 0) == (s.Want > 0) {
			right++
		}
		if a, b := m.Score(s.Row), again.Score(s.Row); a-b > 0.2 || b-a > 0.2 {
			t.Fatalf("read again it says %f, not %f", b, a)
		}
	}
	if right < 950 {
		t.Errorf("%d of 1000 right, want 950", right)
	}
	if m.String() != Train(m.Names, samples, Options{Trees: 30, Depth: 3, Rate: 0.3, Least: 1, Ridge: 1}).String() {
		t.Error("the same samples give another model")
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{
		"features a\na<1 0.5", "features a\nb<1 0 1", "features a\na<x 0 1", "features a\na<1 0 1 2", "bias x",
	} {
		if _, err := Read(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
