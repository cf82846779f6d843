package fetcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// lane is all work of one host, done by one goroutine, one thing at a time.
type lane struct {
	crew  *crew
	p     *Poller
	host  string
	nudge chan struct{}

	states   map[string]State // of the host's endpoints, as on the desk
	changes  int              // of the poller, when states were read
	polled   bool             // what was done last was a poll
	down     bool             // the last poll met a host that is out of order
	failures int              // of pages, in a row, of any kind that says something about the host
	silent   int              // requests in a row that nobody answered
	rest     time.Time        // no page is asked of the host before
	after    Job              // where Once is in the inbox
	spent    bool             // the budget allows Once no more
	grant    *grant           // of the budget, for what is done now

	searched map[string]map[string]Page // what a search brought that the budget cut short, by endpoint and address

	taking atomic.Pointer[time.Time] // since when an answer is being taken in; nil if none is
}

const (
	failuresBeforeRest = 3
	silentBeforeLeft   = 3 // Once leaves a host alone that has not answered so many requests
)

// task is the next thing to do: a poll or a job.
type task struct {
	due      time.Time
	endpoint *Endpoint
	job      Job
}

func (l *lane) run(ctx context.Context) {
	for ctx.Err() == nil {
		now := l.p.clock()
		t, ok, err := l.next(now)
		if err != nil {
			l.trouble(ctx, l.host, err)
			continue
		}
		l.crew.recovered(l.host)
		if !ok {
			if l.crew.leave(l) {
				return
			}
			continue
		}
		if wait := t.due.Sub(now); wait > 0 {
			// Now and then it looks at the clock, which may have jumped or slept.
			l.sleep(ctx, min(wait, max(l.p.opts().Bounds.Min, time.Minute)))
			continue
		}
		if l.full() {
			l.sleep(ctx, roomAgain)
			continue
		}
		again := time.Time{}
		if l.grant, again = l.p.client.ledger.begin(now, t.endpoint != nil); l.grant != nil {
			place, err := l.do(ctx, t)
			f, _ := errors.AsType[*Failure](err)
			switch {
			case f != nil && f.Outcome == OverBudget:
				again = f.NotBefore
			case err != nil && ctx.Err() == nil:
				l.trouble(ctx, place, err)
			}
		}
		if !again.IsZero() {
			l.await(ctx, t, now, again)
		}
	}
}

// roomAgain is when it is asked again whether there is room for what is brought.
const roomAgain = 5 * time.Second

// full says whether nothing could be saved now: then nothing is asked for, and all of it stays due.
func (l *lane) full() bool {
	const place = "room"
	room := l.p.opts().Room
	if room == nil || l.crew.once {
		return false
	}
	err := room()
	if err != nil {
		l.crew.complain(l.host, place, err)
		return true
	}
	l.crew.recovered(place)
	return false
}

// do does a task, and says at which place. A *Failure as error means that the budget did not allow it.
func (l *lane) do(ctx context.Context, t task) (place string, err error) {
	l.polled = t.endpoint != nil
	defer func() {
		l.grant.end()
		if err == nil {
			err = l.p.tally(false)
		}
	}()
	if t.endpoint != nil {
		return t.endpoint.ID, l.poll(ctx, *t.endpoint)
	}
	return t.job.Key, l.work(ctx, t.job)
}

// await lets pass the time until the budget allows more; polls may go on where only pages must wait. Once does not wait.
func (l *lane) await(ctx context.Context, t task, now, again time.Time) {
	if l.crew.once {
		l.spent = true
		l.crew.tell(l.host, func(p *Progress) { p.Spent = true })
		return
	}
	again = again.Add(time.Duration(hash(l.host, again.Unix()) % uint64(hourApart))) // none is always the first
	if t.endpoint == nil {
		l.rest = again
		return
	}
	l.sleep(ctx, again.Sub(now))
}

// sleep ends early when there is more to do.
func (l *lane) sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-l.nudge:
	case <-timer.C:
	}
}

// trouble is an error of the store: it is told, and the lane waits before it goes on. Once gives up, and Run where the store
// is broken: who starts it again opens the store anew.
func (l *lane) trouble(ctx context.Context, place string, err error) {
	l.crew.complain(l.host, place, err)
	l.crew.fail(err)
	if l.crew.once {
		return
	}
	if errors.Is(err, ErrBroken) {
		l.crew.stop(err)
		return
	}
	// A wait that ends with the context needs no word.
	_ = sleep(ctx, l.p.opts().Bounds.Min)
}

// next chooses what to do. Polls and pages that are due take turns: neither a long queue of pages nor many endpoints of
// one host may starve the other.
func (l *lane) next(now time.Time) (t task, ok bool, err error) {
	if l.crew.once {
		return l.nextOnce(now)
	}
	bounds := l.p.opts().Bounds
	for _, e := range l.endpoints() {
		s, err := l.state(e)
		if err != nil {
			return t, false, err
		}
		if !s.Stopped.IsZero() {
			continue
		}
		if s.Due.IsZero() || s.Due.After(s.latest(now, e, bounds)) { // never polled; or the bounds were lowered, or the clock set back
			s.Due = slot(e.ID, now, bounds)
			l.states[e.ID] = s
		}
		if dawn := l.p.weather.again(l.host); !dawn.IsZero() && !s.Rest.After(now) {
			if at := slot(e.ID, dawn, bounds); s.Due.After(at) {
				s.Due = at
			}
		}
		if !ok || s.Due.Before(t.due) {
			t, ok = task{due: s.Due, endpoint: &e}, true
		}
	}
	j, found, err := l.job(now, bounds)
	if err != nil {
		return t, false, err
	}
	pollDue, jobDue := ok && !t.due.After(now), found && !j.Due.After(now)
	if found && (!ok || pollDue && jobDue && l.polled || !pollDue && j.Due.Before(t.due)) {
		t, ok = task{due: j.Due, job: j}, true
	}
	if until := l.p.client.Paused(l.host); until.After(t.due) {
		t.due = until
	}
	return t, ok, nil
}

// job gives the first job of the host, due when it may be done. Those of sources that are not ours any more wait, in
// case they come back.
func (l *lane) job(now time.Time, b Bounds) (j Job, found bool, err error) {
	if j, found, err = l.ours(Job{}); err != nil {
		return j, false, err
	}
	if !found || j.Due.After(now) {
		// No job waits for so long: where one seems to, the clock was set back.
		far, stuck, err := l.ours(Job{Key: " ", Due: now.Add(max(longestRest, b.Max))})
		if err != nil {
			return j, false, err
		}
		if stuck {
			j, found = far, true
			j.Due = now
		}
	}
	if dawn := l.p.weather.again(l.host); !dawn.IsZero() {
		if at := slot(l.host, dawn, b); l.rest.After(at) {
			l.rest = at
		}
	}
	if l.rest.After(j.Due) && !l.rest.After(now.Add(max(b.Max, time.Hour+hourApart))) {
		j.Due = l.rest
	}
	return j, found, nil
}

// ours gives the next job of a source that is one of ours.
func (l *lane) ours(after Job) (Job, bool, error) {
	for {
		j, found, err := l.p.desk.Next(l.host, after)
		if err != nil || !found {
			return j, false, err
		}
		if _, ours := l.p.source(j.Entry.Source); ours {
			return j, true, nil
		}
		after = j
	}
}

func (l *lane) nextOnce(now time.Time) (t task, ok bool, err error) {
	if l.crew.failed() || l.spent || l.silent >= silentBeforeLeft || l.p.client.Paused(l.host).After(now) {
		return t, false, nil
	}
	for _, e := range l.endpoints() {
		s, err := l.state(e)
		if err != nil {
			return t, false, err
		}
		if s.Stopped.IsZero() && !l.crew.hasTried(e.ID) && (!s.Due.After(now) || s.Due.After(s.latest(now, e, l.p.opts().Bounds))) {
			return task{endpoint: &e}, true, nil
		}
	}
	// It goes on where it was, and looks at all once more before it ends.
	for first := l.after.Key == ""; ; {
		j, found, err := l.p.desk.Next(l.host, l.after)
		switch {
		case err != nil:
			return t, false, err
		case !found && first:
			return t, false, nil
		case !found:
			l.after, first = Job{}, true
			continue
		}
		l.after = j
		if _, ours := l.p.source(j.Entry.Source); ours && !l.crew.hasTried(j.Key) && (!j.Revisit || !j.Due.After(now)) {
			return task{job: j}, true, nil
		}
	}
}

// endpoints gives those of the host. What is remembered of them is read anew when the sources have changed: another lane
// may have polled them meanwhile.
func (l *lane) endpoints() []Endpoint {
	es, changes := l.p.endpoints(l.host)
	if l.states == nil || changes != l.changes {
		l.states, l.changes = map[string]State{}, changes
	}
	return es
}

// state is what is remembered of an endpoint.
func (l *lane) state(e Endpoint) (State, error) {
	s, ok := l.states[e.ID]
	if !ok {
		var err error
		if s, err = l.p.desk.State(e.ID); err != nil {
			return s, err
		}
	}
	s = s.Of(e)
	if !ok {
		l.p.budget.Note(e, s)
		l.p.quota.note(e, s.Intaken)
	}
	l.states[e.ID] = s
	return s, nil
}

// Of is what the state tells of an endpoint: nothing if it is that of another address under the same id.
func (s State) Of(e Endpoint) State {
	if s.URL != e.URL {
		return State{URL: e.URL}
	}
	return s
}

// latest is the latest time that an endpoint can be due at, seen from now.
func (s State) latest(now time.Time, e Endpoint, b Bounds) time.Time {
	most := max(b.Max, e.Every)
	if e.Every > 0 && e.Every < s.Every && s.Failures == 0 && !s.Due.After(s.Checked.Add(s.Every)) {
		most = e.Every // the operator wants it sooner now, and no server asked for longer
	}
	if s.Last == NotFound {
		most = max(most, absentWait)
	}
	if s.Rest.After(now) {
		most = max(most, longestRest)
	}
	return now.Add(most)
}

// ended tells what a request came to, and remembers the rests that hosts asked for. It says whether a failure is that of our
// own network.
func (l *lane) ended(err error) (excused bool, serr error) {
	f, ok := errors.AsType[*Failure](err)
	if ok && f.Class == Temporary && (!f.Reached || f.Outcome == Timeout || f.Outcome == TooSlow) {
		l.silent++
	} else {
		l.silent = 0
	}
	return l.p.note(l.host, err), l.p.rests()
}

// tire lets no page be asked of a host for a while that has failed several times in a row, or has said why.
func (l *lane) tire(err error, excused bool, now time.Time, b Bounds) {
	f, ok := errors.AsType[*Failure](err)
	switch {
	case excused:
		l.failures, l.rest, l.down = 0, now.Add(l.p.weather.wait(l.host, now, b)), true
	case !ok || f.Class != Temporary:
		l.failures, l.rest = 0, time.Time{}
	case f.Unsent && f.Outcome == TooMany, f.Outcome == Internal: // another host is at fault, or we are
	case f.Unsent || f.Outcome == RobotsDown || f.Outcome == TooMany: // nothing of this host is to be had, such as its robots.txt
		l.failures++
		l.rest = now.Add(Backoff(l.host, l.failures, now, b))
	default:
		if l.failures++; l.failures >= failuresBeforeRest {
			l.rest = now.Add(Backoff(l.host, l.failures-failuresBeforeRest+1, now, b))
		}
	}
}

// work gets the page of a job and hands it in.
func (l *lane) work(ctx context.Context, j Job) error {
	l.crew.try(j.Key)
	o := l.p.opts()
	log := l.p.log.With("source", j.Entry.Source, "url", j.Entry.Link)
	if j.Entry.Link == "" {
		return l.settle(ctx, log, j, o, &Failure{Class: Hard, Outcome: NoText, Reached: true}, false)
	}

	began := time.Now()
	source, _ := l.p.source(j.Entry.Source)
	room := l.p.client.heavy()
	defer room.give()
	page, err := l.p.client.Get(ctx, Request{URL: j.Entry.Link, Validators: j.Validators, Header: source.HeadersFor(l.host), heavy: room, grant: l.grant})
	if ctx.Err() != nil {
		return nil
	}
	excused, serr := l.ended(err)
	if serr != nil {
		return serr
	}
	if f, ok := errors.AsType[*Failure](err); ok && f.Outcome == OverBudget {
		return f
	}
	l.tire(err, excused, o.Now(), o.Bounds)
	if err == nil && page.Status == http.StatusNotModified {
		l.crew.tell(l.host, func(p *Progress) { p.Pages++ })
		o.Metrics.page(NotModified, time.Since(began))
		j.Validators = j.Validators.After(page)
		if !j.Revisit { // it was read before and not wanted, and is as it was
			return l.p.desk.Postpone(j, time.Time{})
		}
		return l.later(j, o, o.Now())
	}
	if err == nil {
		if err = l.take(ctx, func(ctx context.Context) error { return l.p.intake.Page(ctx, j, page) }); ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return nil
		}
	}
	if err == nil {
		l.crew.tell(l.host, func(p *Progress) { p.Pages++ })
		o.Metrics.page(OK, time.Since(began))
		l.crew.recovered(j.Key)
		return nil
	}
	l.crew.tell(l.host, func(p *Progress) { p.Pages++; p.PagesFailed++ })
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		o.Metrics.page(Internal, time.Since(began))
		return l.putBack(j, o, err)
	}
	o.Metrics.page(f.Outcome, time.Since(began))
	o.Metrics.refused(f)
	return l.settle(ctx, log, j, o, f, excused)
}

// take hands in what was brought, and lets the crew see for how long.
func (l *lane) take(ctx context.Context, do func(context.Context) error) error {
	since := time.Now()
	l.taking.Store(&since)
	defer l.taking.Store(nil)
	return do(context.WithValue(ctx, takingKey{}, &l.taking))
}

// takingKey is that of a lane's taking in the context of an [Intake].
type takingKey struct{}

// Waits says that what is taken in under a context given to an [Intake] waits for its turn until goesOn is called: that time is not
// counted as work which stands still. Under any other context it does nothing.
func Waits(ctx context.Context) (goesOn func()) {
	taking, _ := ctx.Value(takingKey{}).(*atomic.Pointer[time.Time])
	if taking == nil {
		return func() {}
	}
	since, began := taking.Load(), time.Now()
	taking.Store(nil)
	return func() {
		at := since.Add(time.Since(began))
		taking.Store(&at)
	}
}

// putBack lets a job wait that could not be done for a reason of our own, so that it does not stand in the way of the others.
func (l *lane) putBack(j Job, o Options, err error) error {
	if errors.Is(err, ErrBroken) {
		return err
	}
	now := o.Now()
	l.crew.complain(l.host, j.Key, fmt.Errorf("cannot take in a page: %w", err))
	f := &Failure{Class: Temporary, Outcome: Internal, Reached: true, Err: short(err)}
	if serr := l.p.desk.Retry(j, now.Add(Backoff(j.Key, j.Tries+1, now, o.Bounds)), f, true); serr != nil {
		return errors.Join(err, serr)
	}
	return nil
}

// settle decides what becomes of a job whose page could not be had.
func (l *lane) settle(ctx context.Context, log *slog.Logger, j Job, o Options, f *Failure, excused bool) error {
	now := o.Now()
	due := now.Add(Backoff(j.Key, j.Tries+1, now, o.Bounds))
	if f.NotBefore.After(due) {
		due = f.NotBefore
	}
	if j.Revisit {
		return l.settleRevisit(j, o, f, due, excused)
	}

	aged := now.Sub(j.Since) > giveUpAge && j.Tries+1 >= fewestTries
	last := f.Class == Hard || !excused && (aged || unlikely(j, f))
	if j.Entry.Content != "" && (last || j.Tries == 0) {
		switch err := l.take(ctx, func(ctx context.Context) error { return l.p.intake.Text(ctx, j, last) }); {
		case err == nil && last:
			l.crew.recovered(j.Key)
			return nil
		case err == nil:
		case ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return nil
		case !errors.As(err, new(*Failure)):
			return l.putBack(j, o, err)
		}
	}
	if last {
		level := slog.LevelWarn
		if f.Outcome == NotArticle { // a page of another kind is no fault of its source
			level = slog.LevelInfo
		}
		log.Log(ctx, level, "set aside", "outcome", f.Outcome, "detail", f.detail(), "tries", j.Tries+1)
		return l.p.desk.SetAside(j, f)
	}
	log.Debug("page failed", "outcome", f.Outcome, "detail", f.detail(), "again", due)
	return l.p.desk.Retry(j, due, f, !excused)
}

// settleRevisit decides what becomes of a look back that did not work; what was kept stays as it is. A failure that passes
// must not cost the change that was to be seen, so it is tried again before the next look would come.
func (l *lane) settleRevisit(j Job, o Options, f *Failure, due time.Time, excused bool) error {
	now := o.Now()
	wait, more := Again(o.Revisit, j.Again, j.Since, now)
	switch {
	case f.Class == Hard:
		return l.p.desk.Postpone(j, time.Time{})
	case f.Outcome == NotFound, f.Outcome == Forbidden, more && due.After(now.Add(wait)):
		return l.later(j, o, now)
	case !more && now.Sub(j.Since) > revisitFor:
		return l.p.desk.Postpone(j, time.Time{})
	}
	return l.p.desk.Retry(j, due, f, !excused)
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
