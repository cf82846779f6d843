package fetcher

import (
	"hash/fnv"
	"math"
	"time"
)

// Bounds are the limits of every wait that chapar chooses itself.
type Bounds struct {
	Min, Max time.Duration
}

func (b Bounds) clamp(d time.Duration) time.Duration { return max(b.Min, min(d, b.Max)) }

// Hints are what an answer says about the wait before the next poll; zero is not stated.
type Hints struct {
	Fresh time.Duration // Cache-Control: max-age or Expires
	TTL   time.Duration // of the feed itself
}

// Rate is what an endpoint has shown of its rhythm: an average that forgets over some days.
type Rate struct {
	PerSecond float64 `json:"per_second,omitempty"` // entries
	Weight    float64 `json:"weight,omitempty"`     // seconds of observation behind it
}

const (
	rateMemory = 3 * 24 * time.Hour // observations this old weigh 1/e

	// A poll is due when about this share of an entry is expected: four polls an entry keep the mean delay at an
	// eighth of the mean gap between entries.
	expectedEntries = 0.25

	goneWait    = 30 * 24 * time.Hour // a 410 is an answer: ask a month later whether it still stands
	firstWindow = time.Minute         // the first slot of an endpoint lies within this

	revisitFor  = 7 * 24 * time.Hour // an article is looked at again for so long
	giveUpAge   = 3 * 24 * time.Hour // a page that fails for so long is set aside,
	fewestTries = 3                  // if it was asked for at least so often: the time may have been ours
)

// Observe adds n new entries in an elapsed time.
func (r Rate) Observe(n int, elapsed time.Duration) Rate {
	s := elapsed.Seconds()
	if s <= 0 {
		return r
	}
	kept := r.Weight * math.Exp(-s/rateMemory.Seconds())
	return Rate{PerSecond: (r.PerSecond*kept + float64(n)) / (kept + s), Weight: kept + s}
}

// rateOf reads a first rate from the dates of the entries of a first poll.
func rateOf(entries []Entry, now time.Time) Rate {
	var oldest time.Time
	n := 0
	for _, e := range entries {
		if at := e.Published; !at.IsZero() && at.Before(now) {
			n++
			if oldest.IsZero() || at.Before(oldest) {
				oldest = at
			}
		}
	}
	if n < 2 {
		return Rate{}
	}
	return Rate{}.Observe(n, min(now.Sub(oldest), 10*rateMemory))
}

// NextDue says when an endpoint is to be polled next and at what interval, from what it has shown. It is pure: s is
// the state after the poll that ended at now. The due time lies between b.Min and b.Max from now; only a 410 and a
// Retry-After, which the caller holds, go beyond.
func NextDue(now time.Time, e Endpoint, s State, h Hints, b Bounds) (due time.Time, every time.Duration) {
	every = e.Every
	if every == 0 {
		every = adaptive(s.Rate, b)
	} else { // the operator's own interval is not bounded
		b.Min, b.Max = min(b.Min, every), max(b.Max, every)
	}
	wait := every
	switch {
	case s.Failures == 0:
		if hint := max(h.Fresh, h.TTL); hint > wait {
			wait = hint
		}
	case s.Last == Gone:
		return now.Add(goneWait), every
	case s.Last == Forbidden || s.Last == Robots:
		wait = b.Max
	default:
		wait = Backoff(e.ID, s.Failures, now, b)
	}
	return now.Add(b.clamp(wait)), every
}

func adaptive(r Rate, b Bounds) time.Duration {
	if r.PerSecond <= 0 {
		if r.Weight == 0 { // nothing is known: the middle, as ratios go
			return b.clamp(time.Duration(math.Sqrt(float64(b.Min) * float64(b.Max))))
		}
		return b.Max
	}
	s := expectedEntries / r.PerSecond
	if s > b.Max.Seconds() {
		return b.Max
	}
	return b.clamp(time.Duration(s * float64(time.Second)))
}

// Backoff is the wait after the given number of failures in a row: doubling from b.Min to b.Max, with a jitter of
// a tenth that depends on the key, so that those who failed together do not come back together.
func Backoff(key string, failures int, now time.Time, b Bounds) time.Duration {
	wait := b.Max
	if n := failures - 1; n < 32 && b.Min < b.Max>>max(n, 0) {
		wait = b.Min << max(n, 0)
	}
	jitter := float64(hash(key, now.UnixNano())%2001)/10000 - 0.1
	return b.clamp(wait + time.Duration(jitter*float64(wait)))
}

// slot is the first time at or after now that belongs to the endpoint: its id laid on the wall clock, so that
// endpoints are spread and a restart changes nothing.
func slot(id string, now time.Time, b Bounds) time.Time {
	window := min(b.Min, firstWindow)
	if window <= 0 {
		return now
	}
	at := now.Truncate(window).Add(time.Duration(hash(id, 0) % uint64(window)))
	if at.Before(now) {
		at = at.Add(window)
	}
	return at
}

// Again is the wait before the next look back at a kept article, after the one that has just passed (zero: there
// was none), and whether there is one: the waits double from first until the article has been known for a week.
func Again(first, last time.Duration, since, now time.Time) (time.Duration, bool) {
	if first <= 0 {
		return 0, false
	}
	wait := first
	if last > 0 {
		wait = 2 * last
	}
	return wait, now.Add(wait).Sub(since) <= revisitFor
}

func hash(s string, n int64) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	for range 8 {
		h.Write([]byte{byte(n)})
		n >>= 8
	}
	x := h.Sum64() // FNV leaves the high bits of short keys alike: mix them (the finalizer of MurmurHash3)
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
