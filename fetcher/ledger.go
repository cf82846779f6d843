package fetcher

import (
	"sync"
	"time"
)

// Spent is how many requests were sent in the present hour and each of the 24 before it, and how many of them for pages.
type Spent struct {
	Hour  int64             `json:"hour"` // the present one, counted from 1970
	Sent  [spentHours]int32 `json:"sent"` // the count of an hour stands at its number modulo their length
	Pages [spentHours]int32 `json:"pages"`
}

const (
	spentHours = 25
	busiest    = 4    // times the mean of an hour of the day are not surpassed: one rush must not leave a day without polls
	pagesShare = 0.5  // of the budget at most, but for one page, so that polls go on while many pages wait
	planned    = 0.93 // of what polls may use is planned for: days differ, and no day may use more than its budget

	spentKept    = time.Minute      // between two times that the counts are written
	hourApart    = 10 * time.Minute // within which hosts come back that waited for an hour to begin
	fewestAnHour = 1
)

// ledger keeps the requests of any 24 hours within a budget. A lane asks before it begins with a poll or a page, and before
// each further request that can wait: the parts of a sitemap, the pages of a list. What would have to begin anew (a search,
// redirects) may be too much for the hour, but not for the day. The zero ledger has no budget. It is safe for concurrent use.
type ledger struct {
	mu      sync.Mutex
	daily   int
	spent   Spent
	granted [2]int // requests for pages and for polls that are granted and not sent
	changed bool
	kept    time.Time
}

// grant is the right to send requests for one poll or page. Nil grants all there is, and counts nothing.
type grant struct {
	ledger *ledger
	poll   bool
	left   int // requests granted and not sent
}

// set changes the budget, in requests a day; 0 is none.
func (l *ledger) set(daily int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.daily = daily
}

// recall takes what was spent before this process began.
func (l *ledger) recall(s Spent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spent = s
}

// turn brings the counts to the hour of now. A clock that was set back by more than an hour begins them anew.
func (l *ledger) turn(now time.Time) {
	hour := now.Unix() / 3600
	if hour < l.spent.Hour-1 || hour-l.spent.Hour >= spentHours {
		l.spent = Spent{Hour: hour}
	}
	for ; l.spent.Hour < hour; l.spent.Hour++ {
		next := (l.spent.Hour + 1) % spentHours
		l.spent.Sent[next], l.spent.Pages[next] = 0, 0
	}
}

// begin grants the first request of a poll or a page. Where it may not be sent there is no grant, and again says when to ask
// anew; otherwise end must be called.
func (l *ledger) begin(now time.Time, poll bool) (g *grant, again time.Time) {
	g = &grant{ledger: l, poll: poll}
	if again, ok := g.more(now); !ok {
		return nil, again
	}
	return g, time.Time{}
}

// more grants a further request, unless one is left. Where it may not be sent it says when to ask anew.
func (g *grant) more(now time.Time) (again time.Time, ok bool) {
	if g == nil {
		return time.Time{}, true
	}
	l := g.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	if g.left > 0 {
		return time.Time{}, true
	}
	if l.full(g.poll, true) {
		return l.nextHour(), false
	}
	l.granted[which(g.poll)]++
	g.left++
	return time.Time{}, true
}

// send counts a request that goes out now, if it may.
func (g *grant) send(now time.Time) (again time.Time, ok bool) {
	if g == nil {
		return time.Time{}, true
	}
	l := g.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	switch {
	case g.left > 0:
		g.left--
		l.granted[which(g.poll)]--
	case l.full(g.poll, false):
		return l.nextHour(), false
	}
	l.spent.Sent[l.spent.Hour%spentHours]++
	if !g.poll {
		l.spent.Pages[l.spent.Hour%spentHours]++
	}
	l.changed = true
	return time.Time{}, true
}

// last says that for today nothing more may be sent.
func (g *grant) last(now time.Time) bool {
	if g == nil {
		return false
	}
	l := g.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	return g.left == 0 && l.full(g.poll, false)
}

// end gives back what was not sent.
func (g *grant) end() {
	l := g.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	l.granted[which(g.poll)] -= g.left
	g.left = 0
}

func which(poll bool) int {
	if poll {
		return 1
	}
	return 0
}

func (l *ledger) nextHour() time.Time { return time.Unix((l.spent.Hour+1)*3600, 0) }

// full says that one more request would be too many for a day or, where that is asked, for an hour of it.
func (l *ledger) full(poll, hour bool) bool {
	if l.daily <= 0 {
		return false
	}
	full := over(l.spent.Sent, l.spent.Hour, l.granted[0]+l.granted[1], l.daily, hour)
	if !poll {
		full = full || over(l.spent.Pages, l.spent.Hour, l.granted[0], max(1, int(pagesShare*float64(l.daily))), hour)
	}
	return full
}

// over says that one more would be too many for a day or, where that is asked, for an hour of it.
func over(counts [spentHours]int32, hour int64, under, daily int, rush bool) bool {
	sum := under
	for _, n := range counts {
		sum += int(n)
	}
	anHour := max(fewestAnHour, (daily*busiest+23)/24)
	return sum >= daily || rush && int(counts[hour%spentHours])+under >= anHour
}

// forPolls is how many requests a day polls are to be planned for; 0 where there is no budget.
func (l *ledger) forPolls(now time.Time) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	pages := 0
	for _, n := range l.spent.Pages {
		pages += int(n)
	}
	return planned * max(float64(l.daily-pages), (1-pagesShare)*float64(l.daily))
}

// due gives the counts where it is time to write them, or always at the end.
func (l *ledger) due(now time.Time, end bool) (Spent, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.daily <= 0 || !l.changed || !end && now.Sub(l.kept).Abs() < spentKept {
		return Spent{}, false
	}
	l.changed, l.kept = false, now
	return l.spent, true
}
