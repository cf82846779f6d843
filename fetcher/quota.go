package fetcher

import (
	"slices"
	"sync"
	"time"
)

// Intaken is how many new entries an endpoint brought in a span of a day, from the first of them on.
type Intaken struct {
	Since time.Time `json:"since"`
	New   int       `json:"new"`
}

const intakenSpan = 24 * time.Hour

// after is the count after a poll. A span that is over, or that a clock set back has left in the future, is begun anew.
func (i Intaken) after(fresh int, now time.Time) Intaken {
	if !i.holds(now) {
		i = Intaken{Since: now.UTC()}
	}
	i.New += fresh
	return i
}

func (i Intaken) holds(now time.Time) bool {
	return !i.Since.IsZero() && !now.Before(i.Since) && now.Sub(i.Since) < intakenSpan
}

// quota bounds the new entries of a source, over all its endpoints, within a day. It is safe for concurrent use.
type quota struct {
	mu      sync.Mutex
	intaken map[string]map[string]Intaken // by source and endpoint
}

func newQuota() *quota { return &quota{intaken: map[string]map[string]Intaken{}} }

// note takes what is remembered of an endpoint.
func (q *quota) note(e Endpoint, i Intaken) {
	q.mu.Lock()
	defer q.mu.Unlock()
	of := q.intaken[e.Source]
	if of == nil {
		of = map[string]Intaken{}
		q.intaken[e.Source] = of
	}
	of[e.ID] = i
}

// left is how many more may come of a source now, of most a day.
func (q *quota) left(source string, most int, now time.Time) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, i := range q.intaken[source] {
		if i.holds(now) {
			most -= i.New
		}
	}
	return max(most, 0)
}

// within leaves out the new entries that are more than a source may bring in a day, and says so. They come in later, if
// they are still there then.
func (l *lane) within(source string, entries []Entry, now time.Time) ([]Entry, *Failure, error) {
	most := l.p.opts().NewADay
	left := l.p.quota.left(source, most, now)
	if most == 0 || len(entries) <= left {
		return entries, nil, nil
	}
	fresh, err := l.p.desk.Unseen(entries)
	if err != nil || len(fresh) <= left {
		return entries, nil, err
	}
	over := map[int]bool{}
	for _, i := range fresh[left:] {
		over[i] = true
	}
	kept := make([]Entry, 0, len(entries)-len(over))
	for i, e := range entries {
		if !over[i] {
			kept = append(kept, e)
		}
	}
	f := &Failure{Class: Temporary, Outcome: Flood, Reached: true, Err: beyond(KeyNewADay, "more than %d new entries within a day, %d are held", most, len(over))}
	return slices.Clip(kept), f, nil
}
