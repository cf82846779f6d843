package fetcher

import (
	"sync"
	"time"
)

// weather tells a failing network from failing sources: when most of the hosts that were asked lately did not answer
// at all, it is ours that is down.
type weather struct {
	mu      sync.Mutex
	window  time.Duration // how long a report counts
	long    time.Duration // the same while the network is down
	reports map[string]report
	offline bool
}

type report struct {
	at      time.Time
	reached bool
}

const fewestHosts = 3 // with fewer there is no telling

func newWeather(b Bounds) *weather {
	w := &weather{reports: map[string]report{}}
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
	w.reports[host] = report{now, reached}
	keep := w.window
	if w.offline { // hosts are asked seldom then: what they last did counts for longer
		keep = w.long
	}
	heard, silent := 0, 0
	for h, r := range w.reports {
		if now.Sub(r.at) > keep {
			delete(w.reports, h)
			continue
		}
		heard++
		if !r.reached {
			silent++
		}
	}
	was := w.offline
	w.offline = silent >= fewestHosts && 2*silent > heard
	return w.offline, w.offline != was
}

func (w *weather) isOffline() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.offline
}
