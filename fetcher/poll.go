package fetcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

const (
	fullLook      = 7 * 24 * time.Hour // a poll asks for the whole at least so often, whatever the 304s say: some lie
	foundForgiven = 3                  // failures after which a found endpoint is looked for anew
	foundPatience = 24 * time.Hour     // and how long that waits where something else stands there, perhaps a notice of repair work
)

// poll asks an endpoint and saves what it said.
func (l *lane) poll(ctx context.Context, e Endpoint) error {
	l.crew.try(e.ID)
	s, err := l.state(e)
	if err != nil {
		return err
	}
	l.crew.tell(l.host, func(p *Progress) { p.Polls++ })
	p := polled{endpoint: e, before: s, start: l.p.clock()}
	p.sure = !s.Full.IsZero() && p.start.Sub(s.Full) >= fullLook && p.start.Sub(s.Checked) < fullLook // or the clock has jumped
	source, _ := l.p.source(e.Source)
	if p.yield, err = l.p.desk.Yield(e.Source); err != nil {
		return err
	}
	p.got, err = l.look(ctx, e, s, source, p.sure)
	if ctx.Err() != nil {
		return nil
	}
	p.now = l.p.clock()
	var serr error
	if p.excused, serr = l.ended(err); serr != nil {
		return serr
	}
	if !l.p.polls(e) { // it was taken away, or got another address, meanwhile
		return nil
	}

	f, _ := errors.AsType[*Failure](err)
	if isOverBudget(err) { // as if it had not begun
		l.crew.tell(l.host, func(p *Progress) { p.Polls-- })
		return err
	}
	delete(l.searched, e.ID)
	if err != nil && f == nil {
		return err
	}
	if p.ours = f != nil && f.Outcome == Internal; p.ours { // it says nothing of the source
		p.excused = true
		l.crew.complain(l.host, e.ID, fmt.Errorf("cannot read what was polled: %w", f))
	}
	l.p.budget.plan(l.p.client.ledger.forPolls(p.now))
	p.got.mark(e, s.First.IsZero(), p.now, l.p.opts().Backfill)
	kept, flood, err := l.within(e.Source, p.got.entries, p.now)
	if err != nil {
		return err
	}
	if p.got.entries = kept; f == nil {
		f = flood
	}
	p.failure = f
	return l.save(ctx, p, source)
}

// polled is what is known of a poll before it is saved.
type polled struct {
	endpoint   Endpoint
	before     State
	yield      Yield
	start, now time.Time
	sure       bool // it was asked for the whole, to see whether the 304s lie
	got        look
	failure    *Failure
	excused    bool // the failure counts against nobody
	ours       bool // it is a fault of the program
}

// look asks an endpoint, or looks for one first; sure: without validators.
func (l *lane) look(ctx context.Context, e Endpoint, s State, source Source, sure bool) (look, error) {
	o := l.p.opts()
	room := l.p.client.heavy()
	defer room.give()
	get := getterFor(l.p.client, source, room, l.grant)
	found, err := search(ctx, l.remembering(get, e, s), o.Reader, e, s)
	if err != nil {
		return look{}, err
	}
	asked := s
	if sure {
		asked.Validators = Validators{}
	}
	return ask(ctx, l.remembering(get.sparing(l.grant), e, s), o.Reader, source, e, found, asked, o.Backfill)
}

// save keeps what a poll brought, and the state that it leaves the endpoint in, and tells of both.
func (l *lane) save(ctx context.Context, p polled, source Source) error {
	e, f := p.endpoint, p.failure
	next, event := l.judge(p.before, p.got, f, p.excused, p.now)
	event.Took = p.now.Sub(p.start)
	var settled State
	var saved Saved
	settle := func(fresh, known int) (State, Event) {
		settled = l.decide(p, next, fresh, known)
		told := event
		told.New, told.Known = fresh, known
		return settled, told
	}
	err := l.take(ctx, func(context.Context) (err error) {
		saved, err = l.p.desk.SavePoll(e.ID, p.now, p.got.entries, settle)
		return err
	})
	if err != nil {
		return err
	}
	l.states[e.ID] = settled
	l.p.budget.Note(e, settled)
	l.p.quota.note(e, settled.Intaken)
	l.crew.tell(l.host, func(p *Progress) {
		p.PollsDone++
		if f != nil {
			p.PollsFailed++
		}
	})
	event.New, event.Known = saved.New, saved.Known
	m := l.p.opts().Metrics
	m.poll(event)
	m.refused(f)
	if !p.ours {
		l.crew.recovered(e.ID)
	}
	l.report(ctx, e, p.before, settled, event, f != nil && !p.excused)
	l.tell(ctx, e, p.before, settled)
	l.crew.wake(ctx, slices.DeleteFunc(saved.Hosts, func(h string) bool { return h == l.host })...)
	if f == nil && !settled.Missed.IsZero() && len(p.got.entries) > 0 {
		return l.fillGap(ctx, e, source, p.got.entries, settled)
	}
	return nil
}

// decide gives what a poll makes of a state that was judged, once it is known how many of its entries are new; it runs
// within the transaction that saves them.
func (l *lane) decide(p polled, s State, fresh, known int) State {
	e, f, before, bounds := p.endpoint, p.failure, p.before, l.p.opts().Bounds
	s.Intaken = s.Intaken.after(fresh, p.now)
	s.Rhythm.charge(s.cost(), p.now.Sub(before.Checked))
	if f == nil {
		s.learn(before, p.got.entries, p.got.early, fresh, p.now)
		s.doubt(before, e, p.got, p.sure, before.late(p.start), fresh, known, p.now)
	}
	if !p.excused {
		s = s.diagnosed(p.now, e, p.yield, f, f == nil)
	}
	s = s.Planned(p.now, e, p.got.hints, bounds, l.p.budget.Share())
	lasting := p.ours && before.Last == Internal // it may be of the document: then there is no haste
	// Asked again soon, or looked for anew.
	if f != nil && (p.excused && !lasting || before.Found != nil && s.Found == nil) {
		s.Due, s.Why = p.now.Add(Backoff(e.ID, max(1, s.Failures), p.now, bounds)), "soon again, as the fault was not its own"
	}
	if p.excused {
		s.Due, s.Why = p.now.Add(l.p.weather.wait(e.ID, p.now, bounds)), "again when the network may be back"
	}
	if s.Rest.After(s.Due) {
		s.Due, s.Why = s.Rest, "the host asked for rest"
	}
	return s
}

// judge tells what an answer, or the failure to get one, makes of the state of an endpoint and of its host.
func (l *lane) judge(s State, got look, f *Failure, excused bool, now time.Time) (State, Event) {
	event := Event{At: now, Outcome: OK}
	if f != nil {
		l.down = l.down || f.Class == Temporary
		if excused && f.Outcome != Internal && l.p.weather.lately(s.Failing, now) {
			s.Failures, s.Failing = 0, time.Time{} // what was counted before the pattern showed
		}
		event.Outcome, event.Detail = f.Outcome, f.detail()
		s.failed(f, now, excused)
		return s, event
	}
	if l.down { // it is back: its pages need not wait either
		l.down, l.failures, l.rest = false, 0, time.Time{}
	}
	if got.notModified {
		event.Outcome = NotModified
	}
	s.worked(event.Outcome, got, now)
	return s, event
}

// report writes the line of a poll: of the level info, or of warn where the endpoint failed. The same failure again is
// told at the second, fourth, eighth time, and between them at the level debug alone.
func (l *lane) report(ctx context.Context, e Endpoint, before, now State, event Event, counted bool) {
	what, level := "poll", slog.LevelInfo
	values := []any{"source", e.Source, "endpoint", e.ID, "outcome", event.Outcome}
	n := now.Failures
	switch {
	case event.Outcome != OK && event.Outcome != NotModified:
		what, level = "poll failed", slog.LevelDebug
		if counted && (event.Outcome != before.Last || n&(n-1) == 0) {
			level = slog.LevelWarn
		}
		values = append(values, "detail", event.Detail, "failures", n, "since", now.Failing)
	case before.Failures > 0:
		what = "poll works again"
		values = append(values, "failures", before.Failures, "since", before.Failing)
	}
	l.p.log.Log(ctx, level, what, append(values, "new", event.New, "known", event.Known, "took", event.Took.Round(time.Millisecond), "next", now.Due)...)
}

// tell writes the line of a changed diagnosis, or of an end of the polls.
func (l *lane) tell(ctx context.Context, e Endpoint, before, now State) {
	was, is := before.Health, now.Health
	if (is.Cause == was.Cause || is.Cause == Fine && was.Cause == "") && now.Stopped.Equal(before.Stopped) {
		return
	}
	level := slog.LevelWarn
	if is.Cause == Fine || is.Cause == Quiet {
		level = slog.LevelInfo
	}
	values := []any{"source", e.Source, "endpoint", e.ID, "cause", is.Cause, "since", is.Since}
	if was.Cause != "" {
		values = append(values, "was", was.Cause, "was_since", was.Since)
	}
	if is.Evidence != "" {
		values = append(values, "evidence", is.Evidence)
	}
	if advice := is.Cause.Advice(); advice != "" {
		values = append(values, "advice", advice)
	}
	l.p.log.Log(ctx, level, "health", values...)
}

func (s *State) failed(f *Failure, now time.Time, excused bool) {
	s.Checked, s.Last, s.Detail, s.Rest = now, f.Outcome, f.detail(), f.NotBefore
	if excused {
		return
	}
	s.Failures++
	if s.Failing.IsZero() {
		s.Failing = now
	}
	if f.Class != Temporary { // nothing but the configured address can be relied on
		s.Moved = Move{}
	}
	s.missing(f, now)
	lasting := s.Failures >= foundForgiven && (f.Outcome == NotFound || now.Sub(s.Failing) >= foundPatience)
	if s.Found != nil && f.Class != Temporary && (f.Outcome == Gone || lasting) {
		// What is found next is seen for the first time.
		s.Found, s.Validators, s.Parts, s.Asked, s.Waiting, s.Paging, s.First, s.Failures = nil, Validators{}, nil, nil, nil, nil, time.Time{}, 1
	}
}

// missing notes since when nothing is there, and ends the polls of what is gone, by its own word or because nothing was there
// for so long. What a probe found is looked for anew first.
func (s *State) missing(f *Failure, now time.Time) {
	switch {
	case f.Outcome == Gone && s.Found == nil:
		s.Stopped = now
	case f.Outcome == NotFound && (s.Absent.IsZero() || now.Sub(s.Due) > absentMissed):
		s.Absent = now
	case f.Outcome == NotFound:
		if now.Sub(s.Absent) >= absentFor && s.Failures >= absentAsked {
			s.Stopped = now
		}
	case f.Class != Temporary: // something else stands there
		s.Absent = time.Time{}
	}
}

func (s *State) worked(o Outcome, got look, now time.Time) {
	s.Validators, s.Parts, s.Asked, s.Waiting, s.Paging = got.validators, got.parts, got.asked, got.waiting, got.paging
	s.Voice = got.voice.or(s.Voice)
	s.Moved = s.Moved.met(got.moved, now)
	if got.found != nil {
		s.Found = got.found
	}
	s.Checked, s.Worked, s.Last, s.Detail, s.Rest = now, now, o, "", time.Time{}
	s.Failures, s.Failing, s.Absent = 0, time.Time{}, time.Time{}
	if s.First.IsZero() {
		s.First = now
	}
}

// late says that a poll begins so much later than it was due that the time between it and the one before says nothing of the
// endpoint: the program was stopped, the machine asleep, or the budget used up.
func (s State) late(begin time.Time) bool {
	const part = 4
	return !s.Due.IsZero() && begin.Sub(s.Due) > max(time.Minute, s.Due.Sub(s.Checked)/part)
}

// doubt takes from an answer what speaks against its validators, its dates and the time between two polls; sure says that it
// was asked for unconditionally though there were validators, late that the time was not chosen, and before is the state the
// poll began with.
func (s *State) doubt(before State, e Endpoint, got look, sure, late bool, fresh, known int, now time.Time) {
	if got.notModified {
		// Of a database from before this was noted, or after a long absence, or the clock has jumped: the time begins anew.
		if s.Full.IsZero() || s.Full.After(now) || now.Sub(before.Checked) >= fullLook {
			s.Full = now
		}
		if s.Emptied > 0 { // it is still
			s.Emptied++
		}
		return
	}
	s.Full = now
	switch same := sameValidators(before.Validators, got.validators); {
	case sure && same && fresh > 0:
		s.Lies = now
	case !same, !sure && fresh > 0:
		s.Lies = time.Time{} // its validators change, or it tells of what is new in spite of them
	}
	switch {
	case len(got.entries) > 0:
		s.Emptied = 0
		if s.ofFeed(e) { // lists often name but the day, sitemaps when they were made
			s.BadDates = badDates(got.entries, s.Dated, now)
			s.Dated = s.Dated || hasDates(got.entries)
		}
	case s.Rhythm.Window > 0:
		s.Emptied++
	}
	gap := !before.First.IsZero() && known == 0 && fresh-got.early >= gapFrom
	s.Tight = tightened(s.Tight, gap && !late, fresh+known > 0 && !gap)
	if gap && s.ofFeed(e) && s.Missed.IsZero() && now.Sub(s.Filled) >= fillApart {
		s.Missed = before.Worked
	}
	switch {
	case fresh == 0:
	case before.Changed.IsZero():
		s.Silence = longestSilence(datesOf(got.entries, now))
	default:
		s.Silence = max(now.Sub(before.Changed), time.Duration(silenceKept*float64(s.Silence)))
	}
}

// sameValidators says that a server which was sent the old ones would have had to answer 304.
func sameValidators(old, new Validators) bool {
	if old.ETag != "" {
		return old.ETag == new.ETag
	}
	return old.LastModified != "" && old.LastModified == new.LastModified
}

// learn brings rate and rhythm up to date with what a poll found, the last early entries of a place not read before;
// before is the state the poll began with.
func (s *State) learn(before State, entries []Entry, early, fresh int, now time.Time) {
	var dated []time.Time
	for _, n := range entries {
		dated = append(dated, n.Published)
	}
	if !s.Rhythm.Since.IsZero() { // what a place holds that was not read before was not published just now
		s.observe(now, dated[:max(0, len(dated)-early)], max(0, fresh-early))
	} else {
		s.observe(now, dated, fresh)
	}
	if before.First.IsZero() {
		s.Rate = rateOf(entries, now)
	} else {
		s.Rate = s.Rate.Observe(fresh, now.Sub(before.Worked))
	}
	if fresh > 0 {
		s.Changed = now
	}
}

// mark completes the entries and, at first sight, tells the old ones from those to be taken.
func (g *look) mark(e Endpoint, first bool, now time.Time, backfill time.Duration) {
	kind := e.Kind
	if g.found != nil {
		kind = g.found.Kind
	}
	guessed := kind == KindSitemap || kind == KindPage && e.Links == nil
	undated := 0
	for i := range g.entries {
		n := &g.entries[i]
		n.Source, n.Endpoint, n.Kind, n.Guessed = e.Source, e.ID, kind, guessed
		if !first && i < len(g.entries)-g.early {
			continue
		}
		at := n.Published
		if at.IsZero() {
			at = n.Updated
		}
		if at.IsZero() {
			undated++
			n.Old = undated > undatedAtFirst
		} else {
			n.Old = now.Sub(at) > backfill
		}
	}
	g.entries = slices.DeleteFunc(g.entries, func(n Entry) bool { return HostOf(n.Link) == "" && n.Content == "" })
}
