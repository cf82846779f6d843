package fetcher

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// lane is all work of one host, done by one goroutine, one thing at a time.
type lane struct {
	crew  *crew
	p     *Poller
	host  string
	nudge chan struct{}

	states   map[string]State // of the host's endpoints, as on the desk
	tried    map[string]bool  // what Once has done already: endpoints and jobs
	failures int              // in a row, of any kind that says something about the host
	rest     time.Time        // nothing is asked of the host before
}

const failuresBeforeRest = 3

// task is the next thing to do: a poll or a job.
type task struct {
	due      time.Time
	endpoint *Endpoint
	job      Job
}

func (l *lane) run(ctx context.Context) {
	for ctx.Err() == nil {
		t, ok, err := l.next(time.Now())
		if err != nil {
			l.trouble(ctx, err)
			continue
		}
		if !ok {
			if l.crew.leave(l) {
				return
			}
			continue
		}
		if wait := time.Until(t.due); wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
			case <-l.nudge:
			case <-timer.C:
			}
			timer.Stop()
			continue
		}
		if t.endpoint != nil {
			err = l.poll(ctx, *t.endpoint)
		} else {
			err = l.work(ctx, t.job)
		}
		if err != nil && ctx.Err() == nil {
			l.trouble(ctx, err)
		}
	}
}

// trouble is an error of the store: it is told, and the lane waits before it goes on. Once gives up.
func (l *lane) trouble(ctx context.Context, err error) {
	l.p.log.Error("cannot work", "host", l.host, "err", err)
	l.crew.fail(err)
	if l.crew.once {
		l.tried = nil
	}
	timer := time.NewTimer(l.p.opts().Bounds.Min)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// next chooses what to do: a poll that is due goes first, as a long queue of pages must not starve the feeds.
func (l *lane) next(now time.Time) (t task, ok bool, err error) {
	if l.crew.once {
		return l.nextOnce(now)
	}
	bounds := l.p.opts().Bounds
	for _, e := range l.p.endpoints(l.host) {
		s, err := l.state(e)
		if err != nil {
			return t, false, err
		}
		// Never polled; or the bounds were lowered, or the clock set back.
		if s.Due.IsZero() || s.Last != Gone && s.Due.After(now.Add(max(bounds.Max, e.Every))) {
			s.Due = slot(e.ID, now, bounds)
			l.states[e.ID] = s
		}
		if !ok || s.Due.Before(t.due) {
			t, ok = task{due: s.Due, endpoint: &e}, true
		}
	}
	if !ok || t.due.After(now) {
		j, found, err := l.p.desk.Next(l.host, Job{})
		if err != nil {
			return t, false, err
		}
		if found && (!ok || j.Due.Before(t.due)) {
			t, ok = task{due: j.Due, job: j}, true
		}
	}
	if until := l.restsUntil(); ok && until.After(t.due) {
		t.due = until
	}
	return t, ok, nil
}

func (l *lane) nextOnce(now time.Time) (t task, ok bool, err error) {
	if l.tried == nil || l.p.client.Paused(l.host).After(now) {
		return t, false, nil
	}
	for _, e := range l.p.endpoints(l.host) {
		s, err := l.state(e)
		if err != nil {
			return t, false, err
		}
		if !l.tried[e.ID] && !s.Due.After(now) {
			return task{endpoint: &e}, true, nil
		}
	}
	for j, found, err := l.p.desk.Next(l.host, Job{}); ; j, found, err = l.p.desk.Next(l.host, j) {
		if err != nil || !found {
			return t, false, err
		}
		if !l.tried[j.Key] && (!j.Revisit || !j.Due.After(now)) {
			return task{job: j}, true, nil
		}
	}
}

// state is what is remembered of an endpoint; of another address under the same id nothing is.
func (l *lane) state(e Endpoint) (State, error) {
	s, ok := l.states[e.ID]
	if !ok {
		var err error
		if s, err = l.p.desk.State(e.ID); err != nil {
			return s, err
		}
	}
	if s.URL != e.URL {
		s = State{URL: e.URL}
	}
	l.states[e.ID] = s
	return s, nil
}

func (l *lane) restsUntil() time.Time {
	if until := l.p.client.Paused(l.host); until.After(l.rest) {
		return until
	}
	return l.rest
}

// ended counts what the end of a request says about the host and its network.
func (l *lane) ended(err error, now time.Time) (offline bool, serr error) {
	offline = l.p.note(l.host, err)
	var f *Failure
	if !errors.As(err, &f) || f.Class != Temporary {
		l.failures = 0
		return offline, nil
	}
	if !f.NotBefore.IsZero() {
		if serr = l.p.desk.Pause(l.host, f.NotBefore); serr != nil {
			return offline, serr
		}
	}
	if l.failures++; l.failures >= failuresBeforeRest {
		l.rest = now.Add(Backoff(l.host, l.failures-failuresBeforeRest+1, now, l.p.opts().Bounds))
	}
	return offline, nil
}

// work gets the page of a job and hands it in.
func (l *lane) work(ctx context.Context, j Job) error {
	if l.crew.once {
		l.tried[j.Key] = true
	}
	o := l.p.opts()
	log := l.p.log.With("source", j.Entry.Source, "url", j.Entry.Link)
	if j.Entry.Link == "" {
		return l.settle(ctx, log, j, o, &Failure{Class: Hard, Outcome: NoText, Reached: true}, false)
	}

	source, _ := l.p.source(j.Entry.Source)
	page, err := l.p.client.Get(ctx, Request{URL: j.Entry.Link, Validators: j.Validators, Header: source.headersFor(l.host)})
	if ctx.Err() != nil {
		return nil
	}
	offline, serr := l.ended(err, time.Now())
	if serr != nil {
		return serr
	}
	if err == nil && page.Status == 304 {
		l.crew.tell(l.host, func(p *Progress) { p.Pages++ })
		return l.later(j, o, time.Now())
	}
	if err == nil {
		err = l.p.intake.Page(ctx, j, page)
	}
	var f *Failure
	switch {
	case err == nil:
		l.crew.tell(l.host, func(p *Progress) { p.Pages++ })
		return nil
	case !errors.As(err, &f):
		return err
	}
	l.crew.tell(l.host, func(p *Progress) { p.Pages++; p.PagesFailed++ })
	return l.settle(ctx, log, j, o, f, offline)
}

// settle decides what becomes of a job whose page could not be had.
func (l *lane) settle(ctx context.Context, log *slog.Logger, j Job, o Options, f *Failure, offline bool) error {
	now := time.Now()
	if j.Revisit { // what was kept stays as it is
		if f.Class == Hard {
			return l.p.desk.Postpone(j, time.Time{})
		}
		return l.later(j, o, now)
	}

	last := !offline && (f.Class == Hard || now.Sub(j.Since) > giveUpAge || unlikely(j, f))
	if j.Entry.Content != "" && (last || j.Tries == 0) {
		switch err := l.p.intake.Text(ctx, j, last); {
		case err == nil && last:
			return nil
		case err == nil:
		case !errors.As(err, new(*Failure)):
			return err
		}
	}
	if last {
		log.Warn("set aside", "outcome", f.Outcome, "detail", f.detail(), "tries", j.Tries+1)
		return l.p.desk.SetAside(j, f)
	}
	due := now.Add(Backoff(j.Key, j.Tries+1, now, o.Bounds))
	if f.NotBefore.After(due) {
		due = f.NotBefore
	}
	log.Debug("page failed", "outcome", f.Outcome, "detail", f.detail(), "again", due)
	return l.p.desk.Retry(j, due, f, !offline)
}

// unlikely says that a page was not an article as often as it takes to believe it. A link that was only guessed is
// believed at once; a feed's entry may have met a page in the making.
func unlikely(j Job, f *Failure) bool {
	if f.Outcome != NotArticle {
		return false
	}
	const looks = 3
	return j.Entry.Guessed || j.Tries+1 >= looks
}

// later postpones a revisit by the next of its waits.
func (l *lane) later(j Job, o Options, now time.Time) error {
	wait, more := Again(o.Revisit, j.Again, j.Since, now)
	if !more {
		return l.p.desk.Postpone(j, time.Time{})
	}
	j.Again = wait
	return l.p.desk.Postpone(j, now.Add(wait))
}

func (f *Failure) detail() string {
	if f.Err == nil {
		return ""
	}
	return f.Err.Error()
}
