package fetcher

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"
)

const (
	acceptPage = "text/html, application/xhtml+xml, */*;q=0.1"

	undatedAtFirst = 100 // entries without a date that a first poll takes
	partsAPoll     = 5   // sitemaps below an index that one poll reads
	partsAtFirst   = 40  // and how many more a first poll, where they changed within the backfill
	partsKept      = 200 // sitemaps below an index whose validators are remembered
	foundForgiven  = 3   // failures after which a found endpoint is looked for anew

	foundPatience = 24 * time.Hour // and how long that waits where something else stands there, perhaps a notice of repair work
)

// look is what a poll brought.
type look struct {
	title       string
	language    string // as a feed says
	voice       Voice
	entries     []Entry
	early       int // the last so many entries are of a place that was not read before
	validators  Validators
	parts       map[string]Validators
	asked       []string
	waiting     []string
	paging      *Paging
	found       *Found
	notModified bool
	moved       string // the address at the end of redirects, if all of them were permanent; else ""
	hints       Hints
}

// A poll asks for the whole at least so often, whatever the 304s say: some lie.
const fullLook = 7 * 24 * time.Hour

// poll asks an endpoint and saves what it said.
func (l *lane) poll(ctx context.Context, e Endpoint) error {
	l.crew.try(e.ID)
	s, err := l.state(e)
	if err != nil {
		return err
	}
	l.crew.tell(l.host, func(p *Progress) { p.Polls++ })
	start := l.p.clock()
	source, _ := l.p.source(e.Source)
	yield, err := l.p.desk.Yield(e.Source)
	if err != nil {
		return err
	}
	asked := s
	sure := !s.Full.IsZero() && start.Sub(s.Full) >= fullLook && start.Sub(s.Checked) < fullLook // or the clock has jumped
	if sure {
		asked.Validators = Validators{}
	}
	room := l.p.client.heavy()
	defer room.give()
	get := getterFor(l.p.client, source, room, l.grant)
	found, err := search(ctx, l.remembering(get, e, s), l.p.opts().Reader, e, s)
	var got look
	if err == nil {
		got, err = ask(ctx, l.remembering(get.sparing(l.grant), e, s), l.p.opts().Reader, source, e, found, asked, l.p.opts().Backfill)
	}
	room.give()
	if ctx.Err() != nil {
		return nil
	}
	now := l.p.clock()
	excused, serr := l.ended(err)
	if serr != nil {
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
	ours := f != nil && f.Outcome == Internal
	if ours { // it says nothing of the source
		excused = true
		l.crew.complain(l.host, e.ID, fmt.Errorf("cannot read what was polled: %w", f))
	}
	o := l.p.opts()
	bounds := o.Bounds
	l.p.budget.plan(l.p.client.ledger.forPolls(now))
	got.mark(e, s.First.IsZero(), now, o.Backfill)
	kept, flood, err := l.within(e.Source, got.entries, now)
	if err != nil {
		return err
	}
	if got.entries = kept; f == nil {
		f = flood
	}
	next, event := l.judge(s, got, f, excused, now)
	event.Took = now.Sub(start)

	var settled State
	var saved Saved
	settle := func(fresh, known int) (State, Event) {
		told := event
		told.New, told.Known = fresh, known
		settled = next
		settled.Intaken = settled.Intaken.after(fresh, now)
		settled.Rhythm.charge(settled.cost(), now.Sub(s.Checked))
		if f == nil {
			settled.learn(s, got.entries, got.early, fresh, now)
			settled.doubt(s, e, got, sure, s.late(start), fresh, known, now)
		}
		if !excused {
			settled = settled.diagnosed(now, e, yield, f, f == nil)
		}
		settled = settled.Planned(now, e, got.hints, bounds, l.p.budget.Share())
		lasting := ours && s.Last == Internal // it may be of the document: then there is no haste
		// Asked again soon, or looked for anew.
		if f != nil && (excused && !lasting || s.Found != nil && settled.Found == nil) {
			settled.Due, settled.Why = now.Add(Backoff(e.ID, max(1, settled.Failures), now, bounds)), "soon again, as the fault was not its own"
		}
		if excused {
			settled.Due, settled.Why = now.Add(l.p.weather.wait(e.ID, now, bounds)), "again when the network may be back"
		}
		if settled.Rest.After(settled.Due) {
			settled.Due, settled.Why = settled.Rest, "the host asked for rest"
		}
		return settled, told
	}
	err = l.take(ctx, func(context.Context) (err error) {
		saved, err = l.p.desk.SavePoll(e.ID, now, got.entries, settle)
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
	o.Metrics.poll(event)
	o.Metrics.refused(f)
	if !ours {
		l.crew.recovered(e.ID)
	}
	l.report(ctx, e, s, settled, event, f != nil && !excused)
	l.tell(ctx, e, s.Health, settled.Health)
	l.crew.wake(ctx, slices.DeleteFunc(saved.Hosts, func(h string) bool { return h == l.host })...)
	if f == nil && !settled.Missed.IsZero() && len(got.entries) > 0 {
		return l.fillGap(ctx, e, source, got.entries, settled)
	}
	return nil
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

// tell writes the line of a changed diagnosis.
func (l *lane) tell(ctx context.Context, e Endpoint, was, is Health) {
	if is.Cause == was.Cause || is.Cause == Fine && was.Cause == "" {
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
	lasting := s.Failures >= foundForgiven && (f.Outcome == NotFound || now.Sub(s.Failing) >= foundPatience)
	if s.Found != nil && f.Class != Temporary && (f.Outcome == Gone || lasting) {
		// What is found next is seen for the first time.
		s.Found, s.Validators, s.Parts, s.Asked, s.Waiting, s.Paging, s.First, s.Failures = nil, Validators{}, nil, nil, nil, nil, time.Time{}, 1
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
	s.Failures, s.Failing = 0, time.Time{}
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

// Sight is what a look at an endpoint showed.
type Sight struct {
	Found            // what stands there, or what was found in its stead
	Title    string  // what the feed or page calls itself; may be empty
	Language string  // as a feed says; may be empty
	Entries  []Entry // in the order of the endpoint
}

// Look asks an endpoint as a first poll would, and remembers nothing.
func Look(ctx context.Context, c *Client, r Reader, s Source, e Endpoint) (Sight, error) {
	room := c.heavy()
	defer room.give()
	get := getterFor(c, s, room, nil).once(map[string]Page{})
	found, err := search(ctx, get, r, e, State{})
	if err != nil {
		return Sight{}, err
	}
	got, err := ask(ctx, get, r, s, e, found, State{}, 0)
	if err != nil {
		return Sight{}, err
	}
	got.mark(e, false, time.Time{}, 0)
	sight := Sight{Found: Found{Kind: e.Kind, URL: e.URL}, Title: got.title, Language: got.language, Entries: got.entries}
	if got.found != nil {
		sight.Found = *got.found
	}
	return sight, nil
}

// HeadersFor are the source's headers where they may be sent: to the hosts of its own endpoints.
func (s Source) HeadersFor(host string) http.Header {
	for _, e := range s.Endpoints {
		if HostOf(e.URL) == host {
			return s.Headers
		}
	}
	return nil
}

// search finds what is to be asked where an endpoint names but an address; nil for every other. What it gets should be
// remembered: what is found is asked for again.
func search(ctx context.Context, get getter, r Reader, e Endpoint, s State) (*Found, error) {
	if e.Kind != KindURL || s.Found != nil {
		return s.Found, nil
	}
	all, err := Probe(ctx, func(ctx context.Context, url, accept string) (Page, error) {
		return get(ctx, url, accept, Validators{})
	}, r, e.URL)
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// ask asks the endpoint, whatever its kind, where it was found. At first sight it goes back in a list as far as back, where that
// is not 0. The budget may cut a look short: then what was not asked for is part of what it brought.
func ask(ctx context.Context, get getter, r Reader, source Source, e Endpoint, found *Found, s State, back time.Duration) (look, error) {
	kind, url := e.Kind, e.URL
	if kind == KindURL {
		kind, url = found.Kind, found.URL
	}
	if s.Moved.adopted(s.Worked) {
		url = s.Moved.To
	}

	if !s.First.IsZero() && s.Paging == nil {
		back = 0
	}
	var got look
	var err error
	switch kind {
	case KindFeed:
		got, err = lookFeed(ctx, get, r, url, s, source.Zone)
	case KindSitemap:
		got, err = lookSitemap(ctx, get, r, url, s, source.Zone, back)
	default:
		got, err = lookPage(ctx, get, r, url, s, e, source.Zone, back)
	}
	got.found = found
	return got, err
}

type getter func(ctx context.Context, url, accept string, v Validators) (Page, error)

func getterFor(c *Client, s Source, room *heavy, g *grant) getter {
	return func(ctx context.Context, url, accept string, v Validators) (Page, error) {
		room.give() // what came before has been read: nobody may wait for a host's turn and hold what the one who has it waits for
		return c.Get(ctx, Request{URL: url, Validators: v, Header: s.HeadersFor(HostOf(url)), Accept: accept, heavy: room, grant: g})
	}
}

// sparing is a getter that asks the budget also whether the hour allows more. What it does not may wait.
func (get getter) sparing(g *grant) getter {
	return func(ctx context.Context, url, accept string, v Validators) (Page, error) {
		if again, ok := g.more(time.Now()); !ok {
			return Page{}, overBudget(again)
		}
		return get(ctx, url, accept, v)
	}
}

// once is a getter that asks for each address once and remembers in seen what it got.
func (get getter) once(seen map[string]Page) getter {
	return func(ctx context.Context, url, accept string, v Validators) (Page, error) {
		if p, ok := seen[url]; ok {
			return p, nil
		}
		p, err := get(ctx, url, accept, v)
		if err == nil {
			seen[url] = p
		}
		return p, err
	}
}

// remembering is a getter for an endpoint. Where that is to be looked for first, it remembers what it got, until the search has
// ended: the budget may allow but a part of it at once.
func (l *lane) remembering(get getter, e Endpoint, s State) getter {
	if e.Kind != KindURL || s.Found != nil {
		return get
	}
	seen := l.searched[e.ID]
	if seen == nil {
		seen = map[string]Page{}
		l.searched = map[string]map[string]Page{e.ID: seen}
	}
	maps.DeleteFunc(seen, func(_ string, p Page) bool { return len(p.Body) > heavyFrom })
	return get.once(seen)
}

// noting is a getter that notes in short that the budget did not allow a request.
func (get getter) noting(short *error) getter {
	return func(ctx context.Context, url, accept string, v Validators) (Page, error) {
		p, err := get(ctx, url, accept, v)
		if isOverBudget(err) {
			*short = err
		}
		return p, err
	}
}

// isOverBudget says that a request was not sent as the budget did not allow it.
func isOverBudget(err error) bool {
	f, ok := errors.AsType[*Failure](err)
	return ok && f.Outcome == OverBudget
}

// movedTo is where a page lies for good, "" if it lies where it was asked for.
func movedTo(p Page) string {
	if p.Moved {
		return p.Final
	}
	return ""
}

func unchanged(p Page, s State) look {
	return look{notModified: true, moved: movedTo(p), validators: s.Validators.After(p), parts: s.Parts, asked: s.Asked, waiting: s.Waiting, hints: Hints{Fresh: Freshness(p.Header, p.Fetched)}}
}

func lookFeed(ctx context.Context, get getter, r Reader, url string, s State, zone *time.Location) (look, error) {
	p, err := get(ctx, url, acceptFeed, s.Validators)
	if err != nil {
		return look{}, err
	}
	if p.Status == http.StatusNotModified {
		return unchanged(p, s), nil
	}
	of := paper(p, KindFeed, p.Final)
	of.Zone = zone
	read, err := r.Read(ctx, of)
	if err != nil {
		return look{}, err
	}
	feed := read.Feed
	voice := voiceOf(feed)
	if voice.IsOther(s.Voice) {
		return look{}, &Failure{Class: Soft, Outcome: AnotherFeed, Reached: true, Err: fmt.Errorf("%v, where %v was; if that is meant, give the source another id", voice, s.Voice)}
	}
	for i, e := range feed.Entries { // pages are asked of the publisher, and known by the address that lasts
		feed.Entries[i].Link, feed.Entries[i].Origin = cmp.Or(e.Origin, e.Link), ""
	}
	got := look{title: feed.Title, language: feed.Language, voice: voice, moved: movedTo(p), entries: feed.Entries, validators: Validators{}.After(p), hints: Hints{Fresh: Freshness(p.Header, p.Fetched), TTL: feed.TTL}}
	if !feed.Complete && (!p.Whole || len(feed.Entries) == 0) {
		// The whole entries are taken, but the answer must not be remembered as seen.
		return got, &Failure{Class: Temporary, Outcome: Incomplete, Reached: true, Err: fmt.Errorf("the end of the feed is missing after %d entries", len(feed.Entries))}
	}
	return got, nil
}

// lookPage reads a list of articles. At first sight it goes back in the list, or further back where that was cut short.
func lookPage(ctx context.Context, get getter, r Reader, url string, s State, e Endpoint, zone *time.Location, back time.Duration) (look, error) {
	p, err := get(ctx, url, acceptPage, s.Validators)
	if err != nil {
		return look{}, err
	}
	got, way := unchanged(p, s), s.Paging
	var listed []Entry // on the page where the way begins
	of := paper(p, KindPage, p.Final)
	of.Links, of.Zone = e.Links, zone
	if p.Status != http.StatusNotModified {
		if begins := back > 0 && way == nil; begins {
			of.Part = 1
		}
		read, err := r.Read(ctx, of)
		if err != nil {
			return look{}, err
		}
		got = look{title: read.Title, moved: movedTo(p), entries: read.Entries, validators: Validators{}.After(p), hints: Hints{Fresh: Freshness(p.Header, p.Fetched)}}
		if read.Next != "" && way == nil {
			way, listed = &Paging{Next: read.Next, Page: 2}, read.Entries
		}
	}
	if back <= 0 || way == nil {
		return got, nil
	}
	p.Body, of.Body = nil, nil // it was read: the next pages need not have it beside them
	more, rest, err := pageBack(ctx, get, r, of, listed, *way, back)
	if rest != nil && (isOverBudget(err) || s.mayWait(p.Fetched)) {
		got.paging = rest
	}
	if len(more) > 0 {
		got.notModified = false
	}
	got.entries, got.early = append(got.entries, more...), len(more)
	return got, ctx.Err()
}

// mayWait says whether what could not be had of an endpoint at first sight is to be asked for again.
func (s State) mayWait(now time.Time) bool { return s.First.IsZero() || now.Sub(s.First) < giveUpAge }

// lookSitemap reads a sitemap, or of an index the parts that changed last, at first sight as far back as is asked for;
// the parts have validators of their own.
func lookSitemap(ctx context.Context, get getter, r Reader, url string, s State, zone *time.Location, back time.Duration) (look, error) {
	p, err := get(ctx, url, acceptSitemap, s.Validators)
	if err != nil {
		return look{}, err
	}
	if p.Status == http.StatusNotModified {
		got := unchanged(p, s)
		if len(s.Parts)+len(s.Waiting) == 0 {
			return got, nil
		}
		got.parts = map[string]Validators{}
		maps.Copy(got.parts, s.Parts) // of an index: they may still have changed
		return got.withParts(ctx, get, r, s, p.Fetched, zone, nil)
	}
	m, err := readWhole(ctx, r, p, zone)
	if err != nil {
		return look{entries: m.Entries}, err
	}
	got := look{entries: m.Entries, moved: movedTo(p), validators: Validators{}.After(p), hints: Hints{Fresh: Freshness(p.Header, p.Fetched)}}
	got.parts = map[string]Validators{}
	for i, part := range m.Parts {
		if v, ok := s.Parts[part.URL]; ok && i < partsKept {
			got.parts[part.URL] = v
		}
		if slices.Contains(s.Waiting, part.URL) {
			got.waiting = append(got.waiting, part.URL)
		}
	}
	for _, part := range s.changed(newest(m.Parts)) {
		got.asked = append(got.asked, part.URL)
	}
	var older []string
	if back > 0 {
		older = olderParts(m.Parts, got.asked, p.Fetched.Add(-back))
	}
	return got.withParts(ctx, get, r, s, p.Fetched, zone, older)
}

// withParts reads the parts of an index: those that wait since an earlier poll, those that every poll asks for, and older
// ones, which are read once. One that cannot be had for now, or that the budget does not allow, waits for the next poll; after
// several in a row that fail so do the others of their sort.
func (got look) withParts(ctx context.Context, get getter, r Reader, s State, now time.Time, zone *time.Location, older []string) (look, error) {
	sorts := [][]string{got.waiting, got.asked, older}
	got.waiting = nil
	var early []Entry
	var failed error
	met, worked, short := map[string]bool{}, len(slices.Concat(sorts...)) == 0, false
	for _, urls := range sorts {
		failures := 0
		for _, url := range urls {
			if met[url] {
				continue
			}
			met[url] = true
			if short || failures == failuresBeforeRest {
				got.waiting = append(got.waiting, url)
				continue
			}
			before := s.Parts[url]
			m, after, err := readPart(ctx, get, r, url, before, zone)
			if short = isOverBudget(err); short {
				worked = true
				got.waiting = append(got.waiting, url)
				continue
			}
			got.parts[url] = after // also of one that fails: it is asked for again
			if before.URL != "" {
				got.entries = append(got.entries, m.Entries...)
			} else {
				early = append(early, m.Entries...)
			}
			if err != nil {
				failed = errors.Join(failed, err)
				failures++
				if f, ok := errors.AsType[*Failure](err); ok && f.Class == Temporary && s.mayWait(now) {
					got.waiting = append(got.waiting, url)
				}
				continue
			}
			worked, failures = true, 0
			got.notModified = got.notModified && m.unchanged
		}
	}
	got.entries, got.early = append(got.entries, early...), len(early)
	if !worked {
		return look{entries: got.entries, early: got.early}, failed
	}
	return got, nil
}

// part is what asking for a part of an index brought.
type part struct {
	Sitemap
	unchanged bool
}

// readPart asks for a part of an index, and gives its validators for the next time. That it has an address among them says
// that it was read, also where the server gave none.
func readPart(ctx context.Context, get getter, r Reader, url string, before Validators, zone *time.Location) (m part, after Validators, err error) {
	p, err := get(ctx, url, acceptSitemap, before)
	if err != nil {
		return part{}, before, err
	}
	if p.Status == http.StatusNotModified {
		return part{unchanged: true}, before.After(p), nil
	}
	if m.Sitemap, err = readWhole(ctx, r, p, zone); err != nil {
		return m, before, err
	}
	after = Validators{}.After(p)
	after.URL = p.Final
	return m, after, nil
}

// readWhole reads a sitemap. One that was cut gives what is there and a failure: it must not be remembered as seen.
func readWhole(ctx context.Context, r Reader, p Page, zone *time.Location) (Sitemap, error) {
	of := paper(p, KindSitemap, p.Final)
	of.Zone = zone
	read, err := r.Read(ctx, of)
	m := read.Sitemap
	end := bytes.Contains(p.Body, []byte("</urlset")) || bytes.Contains(p.Body, []byte("</sitemapindex"))
	if err == nil && !p.Whole && !end && bytes.HasPrefix(bytes.TrimSpace(p.Body), []byte("<")) {
		err = &Failure{Class: Temporary, Outcome: Incomplete, Reached: true, Err: errors.New("the end of the sitemap is missing")}
	}
	return m, err
}

// changed leaves out the parts that were read and whose last change is told to lie before the last poll. An index that
// gives all its parts the same time tells nothing.
func (s State) changed(parts []Part) []Part {
	const margin = 48 * time.Hour // days without a time or a zone, and clocks
	if len(parts) < 2 || parts[0].LastMod.Equal(parts[len(parts)-1].LastMod) {
		return parts
	}
	return slices.DeleteFunc(slices.Clone(parts), func(p Part) bool {
		return s.Parts[p.URL].URL != "" && !p.LastMod.IsZero() && p.LastMod.Before(s.Worked.Add(-margin))
	})
}

// olderParts gives the addresses of further parts that changed since a time, the oldest last: at first sight they are read once.
func olderParts(parts []Part, asked []string, since time.Time) (urls []string) {
	for _, p := range parts {
		if p.LastMod.After(since) && !slices.Contains(asked, p.URL) && len(urls) < partsAtFirst {
			urls = append(urls, p.URL)
		}
	}
	return urls
}

// newest gives the parts of an index to be read: those that changed last, or, where the index does not tell, the first and
// the last, as new articles stand at either end.
func newest(parts []Part) []Part {
	if len(parts) <= partsAPoll {
		return parts
	}
	if parts[0].LastMod.IsZero() { // they stand in the order of the latest change
		half := partsAPoll / 2
		return slices.Concat(parts[:half], parts[len(parts)-(partsAPoll-half):])
	}
	return parts[:partsAPoll]
}
