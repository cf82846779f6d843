package fetcher

import "math"

const (
	finestStep, coarsestStep = 15.0, 120.0 // seconds
	stepsAnInterval          = 120
	mostSteps                = 2000
	intervalsAhead           = 8
	leastAhead, mostAhead    = 2 * 3600.0, 48 * 3600.0
)

// next finds the time of the next poll, in seconds from the forecast's own time on, such that this and the polls to
// follow cost least: each costs its price, and each entry the seconds that it waits. Polls stand on a grid of the clock.
// It is the dynamic programme
//
//	cost[j] = min over k > j of price + cost[k] + the waiting of the entries between j and k until k,
//
// where the waiting is time[k]·(sum[k]−sum[j]) − (moment[k]−moment[j]) of the rates' sums and first moments. For each
// k that is a line in sum[j]; the lower envelope of the lines gives each minimum in a few steps.
func (f *forecast) next(price, every, least float64) float64 {
	step := min(max(every/stepsAnInterval, finestStep), coarsestStep)
	ahead := min(max(intervalsAhead*every, leastAhead), max(mostAhead, 2*every))
	ahead = max(ahead, 2*least)
	step = max(step, ahead/mostSteps)
	n := int(ahead / step)
	first := math.Floor(f.now/step+1)*step - f.now
	sum, moment := make([]float64, n+1), make([]float64, n+1)
	time := func(i int) float64 {
		if i == 0 {
			return 0
		}
		return first + float64(i-1)*step
	}
	hours, lately := f.hours-1, f.lately-1
	fade, fadeDay := math.Exp(-step/hoursMemory), math.Exp(-step/dayMemory)
	for i := range n {
		a, b := time(i), time(i+1)
		x := f.rate(f.now+(a+b)/2) * (1 + hours) * (1 + lately) * (b - a)
		sum[i+1], moment[i+1] = sum[i]+x, moment[i]+x*(a+b)/2
		hours, lately = hours*fade, lately*fadeDay
	}

	type line struct{ time, base float64 } // of cost base − time·x
	at := func(l line, x float64) float64 { return l.base - l.time*x }
	envelope := make([]line, 0, n)
	lowest := func(x float64) line {
		lo, hi := 0, len(envelope)-1
		for lo < hi {
			if mid := (lo + hi) / 2; at(envelope[mid], x) <= at(envelope[mid+1], x) {
				hi = mid
			} else {
				lo = mid + 1
			}
		}
		return envelope[lo]
	}
	for j := n; j > 0 && (j == n || time(j) >= least); j-- {
		cost := 0.0
		if j < n {
			cost = at(lowest(sum[j]), sum[j]) + moment[j]
		}
		l := line{time(j), time(j)*sum[j] - moment[j] + price + cost}
		for k := len(envelope); k >= 2; k-- {
			a, b := envelope[k-2], envelope[k-1]
			if (l.base-a.base)*(a.time-b.time) > (b.base-a.base)*(a.time-l.time) {
				break
			}
			envelope = envelope[:k-1]
		}
		envelope = append(envelope, l)
	}
	return lowest(0).time
}

// until is when so many entries are to be expected, in seconds from the forecast's own time on, or at most the given.
func (f *forecast) until(entries, most float64) float64 {
	for t, n := 0.0, 0.0; t < most; t += observeStep {
		if n += f.slot(f.now+t) * f.hours * f.lately * observeStep; n > entries {
			return t + observeStep
		}
	}
	return most
}

// busy is the mean of the square root of the rate over a time from the forecast's own on, beside that of a week: so much
// denser than at other times polls stand in it.
func (f *forecast) busy(span float64) float64 {
	steps := max(1, math.Ceil(min(span, mostAhead)/observeStep))
	root := 0.0
	for i := range int(steps) {
		root += math.Sqrt(f.slot(f.now + (float64(i)+0.5)/steps*span))
	}
	return root / steps / f.root
}
