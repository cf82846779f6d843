package fetcher

import (
	"math"
	"testing"
	"time"
)

// plainNext is next without its envelope: every pair of grid times is tried.
func plainNext(f *forecast, price, every, least float64) float64 {
	step := min(max(every/stepsAnInterval, finestStep), coarsestStep)
	n := int(max(intervalsAhead*every, leastAhead) / step)
	at := func(i int) float64 { return float64(i) * step }
	rates := make([]float64, n)
	for i := range rates {
		rates[i] = f.rate(f.now + at(i) + step/2)
	}
	cost, next := make([]float64, n+1), 0
	for j := n - 1; j >= 0; j-- {
		cost[j] = math.Inf(1)
		sum, moment := 0.0, 0.0
		for k := j + 1; k <= n; k++ {
			x := rates[k-1] * step
			sum, moment = sum+x, moment+x*(at(k)-step/2)
			if c := price + cost[k] + at(k)*sum - moment; c < cost[j] && (j > 0 || at(k) >= least) {
				cost[j], next = c, k
			}
		}
	}
	return at(next)
}

func TestNextIsTheCheapest(t *testing.T) {
	start := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	var s State
	for hour := range 10 * 24 {
		now := start.Add(time.Duration(hour) * time.Hour)
		var published []time.Time
		if h := now.Hour(); h > 6 && h < 18 {
			published = []time.Time{now.Add(-40 * time.Minute), now.Add(-30 * time.Minute), now.Add(-13 * time.Minute)}[:1+hour%3]
		}
		s = s.Polled(now, published, len(published))
	}
	for hour := range 24 {
		f := s.Rhythm.forecast(s.Rhythm.Until)
		f.hours, f.lately = 1, 1
		f.now += float64(hour) * 3600
		for _, every := range []float64{900, 3600, 4 * 3600} {
			price := f.price(every)
			want, got := plainNext(f, price, every, 60), f.next(price, every, 60)
			if math.Abs(want-got) > 1 {
				t.Errorf("at %d h, polled every %v s: the next poll is in %v s, the cheapest in %v s", hour, every, got, want)
			}
		}
	}
}
