package main

import (
	"context"
	"sync"
	"time"

	"chapar/cmd/chapar/web"
	"chapar/fetcher"
	"chapar/store"
)

// look is what one look at sources and database shows.
type look struct {
	at        time.Time
	tally     store.Tally
	list      []sourceLook
	sources   web.States
	endpoints web.States
	last      time.Time // the last poll; zero if there was none
	next      time.Time // the next one; zero if no endpoint was polled yet
}

// sourceLook is how an enabled source stands.
type sourceLook struct {
	id      string
	failing bool      // one of its endpoints fails
	worked  time.Time // the last poll that worked; zero if none did
	changed time.Time // the last poll that brought something new; zero if none did
}

// looks remembers the last look.
type looks struct {
	mu       sync.Mutex
	surveyor *store.Surveyor
	last     look
	took     time.Duration
}

// lookShare bounds what looking costs: it pauses for so many times as long as it took.
const lookShare = 50

// look gives one that is no older than age, or as old as it may be for looking not to become work of its own.
func (w *service) look(ctx context.Context, now time.Time, age time.Duration) (look, error) {
	k := &w.looks
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.last.at.IsZero() && now.Sub(k.last.at) < max(age, lookShare*k.took) {
		return k.last, nil
	}
	began := time.Now()
	l := look{at: now}
	var err error
	watched := enabled(w.config())
	wanted := func(source string) bool { _, ok := watched[source]; return ok }
	if l.tally, err = k.surveyor.Survey(ctx, now, wanted); err != nil {
		return look{}, err
	}
	states, err := w.db.Endpoints(ctx)
	if err != nil {
		return look{}, err
	}
	for _, s := range w.config().Sources {
		if !s.Enabled {
			l.sources.Off++
			l.endpoints.Off += len(s.Endpoints)
			continue
		}
		l.add(s.Fetch(), states, w.client.Paused)
	}
	k.last, k.took = l, time.Since(began)
	return l, nil
}

func (l *look) add(s fetcher.Source, states map[string]fetcher.State, paused func(host string) time.Time) {
	one := sourceLook{id: s.ID}
	polled := false
	for _, e := range s.Endpoints {
		st := states[e.ID].Of(e)
		switch {
		case st.Failures > 0:
			l.endpoints.Failing++
			one.failing = true
		case st.Checked.IsZero():
			l.endpoints.NotPolled++
			continue
		default:
			l.endpoints.Fine++
		}
		polled = true
		one.worked, one.changed, l.last = latest(one.worked, st.Worked), latest(one.changed, st.Changed), latest(l.last, st.Checked)
		if due := latest(st.Due, paused(fetcher.HostOf(e.URL))); !st.Due.IsZero() && (l.next.IsZero() || due.Before(l.next)) {
			l.next = due
		}
	}
	switch {
	case one.failing:
		l.sources.Failing++
	case !polled:
		l.sources.NotPolled++
	default:
		l.sources.Fine++
	}
	l.list = append(l.list, one)
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
