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
	pagesShare = 0.5  // of the budget at most, so that polls go on while many pages wait
	planned    = 0.93 // of what polls may use is planned for: days differ, and no day may use more than its budget

	spentKept    = time.Minute      // between two times that the counts are written
	hourApart    = 10 * time.Minute // within which hosts come back that waited for an hour to begin
	fewestAnHour = 1
)

// ledger keeps the requests of any 24 hours within a budget. Every request is counted where it is sent; a lane asks
// before it begins with a poll or a page, and what these send beside (robots.txt, redirects, the parts of a sitemap)
// is counted too and shortens what comes later. The zero ledger has no budget. It is safe for concurrent use.
type ledger struct {
	mu      sync.Mutex
	daily   int
	spent   Spent
	granted [2]int // pages and polls that have begun and not ended
	changed bool
	kept    time.Time
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

// sent counts a request.
func (l *ledger) sent(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	l.spent.Sent[l.spent.Hour%spentHours]++
	l.changed = true
}

// begin asks whether a poll or a page may be asked for. Where it may not, it says when to ask again; where it may, end
// must be called.
func (l *ledger) begin(now time.Time, poll bool) (again time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	if l.daily > 0 {
		most, pages := l.daily, int(pagesShare*float64(l.daily))
		under := l.granted[0] + l.granted[1]
		full := over(l.spent.Sent, l.spent.Hour, under, most)
		if !poll {
			full = full || over(l.spent.Pages, l.spent.Hour, l.granted[0], pages)
		}
		if full {
			return time.Unix((l.spent.Hour+1)*3600, 0), false
		}
	}
	l.granted[which(poll)]++
	return time.Time{}, true
}

// end is called after a poll or a page.
func (l *ledger) end(now time.Time, poll bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	l.granted[which(poll)]--
	if !poll {
		l.spent.Pages[l.spent.Hour%spentHours]++
	}
}

func which(poll bool) int {
	if poll {
		return 1
	}
	return 0
}

// over says that one more would be too many for a day, or for an hour of it.
func over(counts [spentHours]int32, hour int64, under, daily int) bool {
	sum := under
	for _, n := range counts {
		sum += int(n)
	}
	anHour := max(fewestAnHour, (daily*busiest+23)/24)
	return sum >= daily || int(counts[hour%spentHours])+under >= anHour
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
