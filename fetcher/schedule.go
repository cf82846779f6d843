package fetcher

import (
	"cmp"
	"fmt"
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

const (
	gapFrom  = 3 // entries, all of them new, show that others came and went between two polls
	tightest = 1. / 8
	loosen   = 1.1 // at each poll that meets what the one before it saw
)

// tightened is the share of a window that may pass between two polls, after one that met nothing of the one before it, or
// something of it; 0 stands for 1, the whole.
func tightened(tight float64, gap, seen bool) float64 {
	if tight == 0 {
		tight = 1
	}
	switch {
	case gap:
		tight = max(tightest, tight/2)
	case seen:
		tight = min(1, tight*loosen)
	}
	if tight == 1 {
		return 0
	}
	return tight
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

	// How much less than the fair delay an endpoint is granted of which nothing is known, and from how many entries on it is
	// less than half of that.
	fewMargin, fewEntries = 0.25, 20.0

	spread      = 2.0 // seconds within which polls that mean the same minute lie
	fewestShown = 10  // entries that every endpoint is taken to show

	firstWindow = time.Minute // the first slot of an endpoint lies within this

	absentWait   = 24 * time.Hour      // between two polls of what is not found, in the end
	absentFor    = 60 * 24 * time.Hour // after which it is not asked any more,
	absentAsked  = 10                  // if it failed so often at least,
	absentMissed = 7 * 24 * time.Hour  // and no poll came so much too late: the time before was ours

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

// NextDue says when an endpoint is to be polled next and at what mean interval, from what it has shown. It is pure: s is
// the state after the poll that ended at now. Without a budget (the zero Share) the interval follows the rate, with one
// it follows the price; either way the polls stand where they find most. The due time lies between b.Min and b.Max from
// now; only what is not found and a Retry-After, which the caller holds, go beyond. What has been stopped is never due.
func NextDue(now time.Time, e Endpoint, s State, h Hints, b Bounds, share Share) (due time.Time, every time.Duration) {
	p := planOf(now, e, s, h, b, share)
	return p.due, p.every
}

// plan is a decision of NextDue, and how many polls the mean interval would have had until it is due.
type plan struct {
	due   time.Time
	every time.Duration
	polls float64
	why   string
}

func planOf(now time.Time, e Endpoint, s State, h Hints, b Bounds, share Share) plan {
	every := e.Every
	var f *forecast
	switch known := !s.Rhythm.Since.IsZero(); {
	case every > 0: // the operator's own interval is not bounded
		b.Min, b.Max = min(b.Min, every), max(b.Max, every)
	case known && share.Price > 0:
		f = s.Rhythm.forecast(now)
		every = b.clamp(duration(f.every(s.worth(f, share))))
	default:
		every = adaptive(s.Rate, b)
		if known {
			f = s.Rhythm.forecast(now)
		}
	}
	wait, why := every, ""
	if s.Tight > 0 && e.Every == 0 {
		wait = b.clamp(time.Duration(s.Tight * float64(every)))
	}
	switch {
	case s.Failures == 0:
		if f != nil {
			wait = f.wait(e.ID, every, s.Rhythm.Window, cmp.Or(s.Tight, 1), b)
		}
		planned := wait
		wait = b.clamp(max(wait, h.Fresh, h.TTL))
		why = because(e, s, f, wait, planned, b)
	case !s.Stopped.IsZero():
		return plan{every: every, why: "never, unless the config says so"}
	case s.Last == Forbidden || s.Last == Robots:
		wait, why = b.Max, "max_interval, as it may not be asked"
	default:
		if s.Last == NotFound {
			b.Max = max(b.Max, absentWait)
		}
		wait = Backoff(e.ID, s.Failures, now, b)
		why = fmt.Sprintf("after %d failures in a row", s.Failures)
	}
	p := plan{due: now.Add(wait), every: every, why: why}
	if every > 0 {
		p.polls = wait.Seconds() / every.Seconds()
	}
	if f != nil {
		p.polls *= f.busy(wait.Seconds())
	}
	return p
}

// wait is the time to the next poll where the mean interval shall be every: where it finds most, but no longer than the
// window of what is shown lasts, or the tight share of it after a gap.
func (f *forecast) wait(id string, every time.Duration, window int, tight float64, b Bounds) time.Duration {
	s := f.next(f.price(every.Seconds()), every.Seconds(), b.Min.Seconds())
	if tight < 1 {
		s = min(s, tight*every.Seconds())
	}
	s = f.until(tight*float64(max(window, fewestShown))/2, s)
	return duration(s + float64(hash(id, 0)%1000)/1000*spread)
}

// worth is the price that a poll of the endpoint is worth paying: that of all, but less where entries would wait beyond
// what is fair. How long they would wait is taken from the forecast, mended by how long they did. The mean over few entries is
// much a matter of chance, so that less is taken to be fair for them.
func (s State) worth(f *forecast, share Share) float64 {
	price := share.Price * float64(s.cost())
	share.Fair *= 1 - fewMargin*fewEntries/(fewEntries+f.entries)
	wait := f.delay(price)
	wait *= (float64(s.Rhythm.Delay[0]) + priorDelay*wait) / (float64(s.Rhythm.Delay[1]) + priorDelay*wait)
	if wait > share.Fair {
		price *= (share.Fair / wait) * (share.Fair / wait)
	}
	return price
}

// cost is the number of requests that a poll takes.
func (s State) cost() int { return 1 + len(s.Asked) }

func duration(s float64) time.Duration {
	return time.Duration(min(s, math.MaxInt64/1e10) * float64(time.Second))
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
