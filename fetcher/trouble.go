package fetcher

import "time"

// How many causes of trouble, and how many places of each, are remembered at most.
const (
	mostCauses = 200
	mostPlaces = 1000
)

// troubles are the errors of our own that lanes met and that are not over yet, by their text.
type troubles map[string]*trouble

type trouble struct {
	times       int
	since, last time.Time
	places      map[string]bool // where it was met: ids of endpoints, keys of jobs, hosts
}

// met counts an error. It says whether this time is one to be told: the first, the second, the fourth and so on.
func (t troubles) met(cause, place string, now time.Time) (*trouble, bool) {
	m := t[cause]
	if m == nil {
		if len(t) >= mostCauses {
			t.forget()
		}
		m = &trouble{since: now, places: map[string]bool{}}
		t[cause] = m
	}
	m.times++
	m.last = now
	if len(m.places) < mostPlaces {
		m.places[place] = true
	}
	return m, m.times&(m.times-1) == 0
}

// forget takes out the cause that was not met for the longest time.
func (t troubles) forget() {
	oldest := ""
	for cause, m := range t {
		if oldest == "" || m.last.Before(t[oldest].last) {
			oldest = cause
		}
	}
	delete(t, oldest)
}

// over takes out what was met at a place at which all went well now, and gives it. What other places met may hold still:
// that the store takes a poll says nothing of an article that it does not take.
func (t troubles) over(place string) troubles {
	var past troubles
	for cause, m := range t {
		if !m.places[place] {
			continue
		}
		if past == nil {
			past = troubles{}
		}
		past[cause] = m
		delete(t, cause)
	}
	return past
}
