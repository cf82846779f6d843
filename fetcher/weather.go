package fetcher

import (
	"sync"
	"time"
)

// weather tells a failing network from failing sources: when most of the hosts that were asked lately did not answer
// at all, or so many one after the other, it is ours that is down. Then all are asked more and more seldom, until one
// answers again.
type weather struct {
	mu      sync.Mutex
	window  time.Duration // how long a report counts
	long    time.Duration // the same while the network is down
	reports map[string]report
	streak  map[string]bool // hosts that were silent since one answered
	offline bool
	since   time.Time // it is offline
	dawn    time.Time // when a host that had been silent answered, of the time offline
}

type report struct {
	at      time.Time
	reached bool
}

const (
	fewestHosts  = 3 // with fewer there is no telling
	fewestStreak = 5 // hosts that are silent one after the other, and a fifth of all
)

func newWeather(b Bounds) *weather {
	w := &weather{reports: map[string]report{}, streak: map[string]bool{}}
	w.watch(b)
	return w
}

// watch sets how long reports count, from how often hosts are asked.
func (w *weather) watch(b Bounds) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.window, w.long = max(3*b.Min, time.Minute), max(3*b.Max, time.Minute)
}

// lately says whether a time lies within what the reports tell of.
func (w *weather) lately(at, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return now.Sub(at) <= w.window
}

// note takes the end of a request to a host. It says whether the network is down now, and whether that is news.
func (w *weather) note(host string, reached bool, now time.Time) (offline, changed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, known := w.reports[host]
	w.reports[host] = report{now, reached}
	if reached {
		clear(w.streak)
	} else {
		w.streak[host] = true
	}
	keep := w.window
	if w.offline { // hosts are asked seldom then: what they last did counts for longer
		keep = w.long
	}
	heard, silent := 0, 0
	for h, r := range w.reports {
		if now.Sub(r.at) > keep {
			if r.reached || !r.at.Before(w.dawn) { // else it is still to be asked again
				delete(w.reports, h)
			}
			continue
		}
		heard++
		if !r.reached {
			silent++
		}
	}
	was := w.offline
	w.offline = silent >= fewestHosts && 2*silent > heard || len(w.streak) >= max(fewestStreak, heard/5)
	switch {
	case w.offline && !was:
		w.since = now
	case was && (!w.offline || reached && known && !before.reached && now.Sub(w.dawn) >= w.window):
		w.dawn = now
	}
	return w.offline, w.offline != was
}

// wait is how long to wait after a failure that is the network's: the longer it is away the longer, but not so long that
// nobody would notice its return. The key spreads those who failed together.
func (w *weather) wait(key string, now time.Time, b Bounds) time.Duration {
	w.mu.Lock()
	away, hosts := now.Sub(w.since), len(w.reports)
	w.mu.Unlock()
	wait := max(b.Min, min(away, b.Max, b.Min*time.Duration(hosts)/4))
	return b.clamp(wait/2 + time.Duration(hash(key, now.UnixNano())%uint64(wait)))
}

// again is since when a host may be asked again that was silent while the network was away; zero where that is not known.
func (w *weather) again(host string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r, ok := w.reports[host]; ok && !r.reached && r.at.Before(w.dawn) {
		return w.dawn
	}
	return time.Time{}
}

func (w *weather) isOffline() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.offline
}
