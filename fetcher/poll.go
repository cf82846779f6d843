package fetcher

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

const (
	acceptPage = "text/html, application/xhtml+xml, */*;q=0.1"

	undatedAtFirst = 100 // entries without a date that a first poll takes
	partsAPoll     = 5   // sitemaps below an index that one poll reads
	foundForgiven  = 3   // failures after which a found endpoint is looked for anew
)

// look is what a poll brought.
type look struct {
	entries     []Entry
	validators  Validators
	parts       map[string]Validators
	found       *Found
	notModified bool
	hints       Hints
}

// poll asks an endpoint and saves what it said.
func (l *lane) poll(ctx context.Context, e Endpoint) error {
	if l.crew.once {
		l.tried[e.ID] = true
	}
	s, err := l.state(e)
	if err != nil {
		return err
	}
	l.crew.tell(l.host, func(p *Progress) { p.Polls++ })
	start := time.Now()
	source, _ := l.p.source(e.Source)
	got, err := ask(ctx, l.p.client, source, e, s)
	if ctx.Err() != nil {
		return nil
	}
	now := time.Now()
	offline, serr := l.ended(err, now)
	if serr != nil {
		return serr
	}

	log := l.p.log.With("source", e.Source, "endpoint", e.ID)
	bounds := l.p.opts().Bounds
	event := Event{At: now, Outcome: OK, Took: now.Sub(start)}
	next := s
	if offline {
		next.Failures, next.Failing = 0, time.Time{} // what was counted before the pattern showed
	}
	var f *Failure
	if errors.As(err, &f) {
		event.Outcome, event.Detail = f.Outcome, f.detail()
		next.failed(f, now, offline)
	} else if err != nil {
		return err
	}
	got.mark(e, s.First.IsZero(), now, l.p.opts().Backfill)
	if err == nil {
		if got.notModified {
			event.Outcome = NotModified
		}
		next.worked(event.Outcome, got, now)
	}

	saved, err := l.p.desk.SavePoll(e.ID, now, got.entries, func(fresh, known int) (State, Event) {
		settled, told := next, event
		if f == nil {
			settled.learn(s, got.entries, fresh, now)
		}
		settled.Due, settled.Every = NextDue(now, e, settled, got.hints, bounds)
		if offline && settled.Failures == 0 && f != nil {
			settled.Due = now.Add(Backoff(e.ID, 1, now, bounds))
		}
		if f != nil && f.NotBefore.After(settled.Due) {
			settled.Due = f.NotBefore
		}
		told.New, told.Known = fresh, known
		next = settled
		return settled, told
	})
	if err != nil {
		return err
	}
	l.states[e.ID] = next
	switch {
	case f != nil:
		l.crew.tell(l.host, func(p *Progress) { p.PollsDone++; p.PollsFailed++ })
		log.Warn("poll failed", "outcome", f.Outcome, "detail", f.detail(), "failures", next.Failures, "next", next.Due)
	case saved.New > 0:
		l.crew.tell(l.host, func(p *Progress) { p.PollsDone++ })
		log.Info("poll", "outcome", event.Outcome, "new", saved.New, "known", saved.Known, "took", event.Took, "next", next.Due)
	default:
		l.crew.tell(l.host, func(p *Progress) { p.PollsDone++ })
		log.Debug("poll", "outcome", event.Outcome, "new", 0, "known", saved.Known, "took", event.Took, "next", next.Due)
	}
	l.crew.wake(ctx, slices.DeleteFunc(saved.Hosts, func(h string) bool { return h == l.host })...)
	return nil
}

func (s *State) failed(f *Failure, now time.Time, offline bool) {
	s.Checked, s.Last, s.Detail = now, f.Outcome, f.detail()
	if offline {
		return
	}
	s.Failures++
	if s.Failing.IsZero() {
		s.Failing = now
	}
	if s.Found != nil && s.Failures >= foundForgiven && f.Reached {
		s.Found, s.Validators, s.Parts = nil, Validators{}, nil
	}
}

func (s *State) worked(o Outcome, got look, now time.Time) {
	s.Validators, s.Parts = got.validators, got.parts
	if got.found != nil {
		s.Found = got.found
	}
	s.Checked, s.Last, s.Detail = now, o, ""
	s.Failures, s.Failing = 0, time.Time{}
	if s.First.IsZero() {
		s.First = now
	}
}

// learn brings the rate up to date with what a poll found; before is the state the poll began with.
func (s *State) learn(before State, entries []Entry, fresh int, now time.Time) {
	if before.First.IsZero() {
		s.Rate = rateOf(entries, now)
	} else {
		s.Rate = s.Rate.Observe(fresh, now.Sub(before.Checked))
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
		if !first {
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

// Look asks an endpoint as a first poll would, and remembers nothing. It says what was found at the address and the
// entries in the order of the endpoint.
func Look(ctx context.Context, c *Client, s Source, e Endpoint) (Found, []Entry, error) {
	got, err := ask(ctx, c, s, e, State{})
	if err != nil {
		return Found{}, nil, err
	}
	got.mark(e, false, time.Time{}, 0)
	if got.found != nil {
		return *got.found, got.entries, nil
	}
	return Found{Kind: e.Kind, URL: e.URL}, got.entries, nil
}

// headersFor are the source's headers where they may be sent: to the hosts of its own endpoints.
func (s Source) headersFor(host string) http.Header {
	for _, e := range s.Endpoints {
		if HostOf(e.URL) == host {
			return s.Headers
		}
	}
	return nil
}

// ask asks the endpoint, whatever its kind.
func ask(ctx context.Context, c *Client, source Source, e Endpoint, s State) (look, error) {
	get := func(ctx context.Context, url, accept string, v Validators) (Page, error) {
		return c.Get(ctx, Request{URL: url, Validators: v, Header: source.headersFor(HostOf(url)), Accept: accept})
	}
	kind, url, found := e.Kind, e.URL, s.Found
	if kind == KindURL {
		if found == nil {
			seen := map[string]Page{} // what was got while probing is not asked for again
			plain := get
			get = func(ctx context.Context, url, accept string, v Validators) (Page, error) {
				if p, ok := seen[url]; ok {
					return p, nil
				}
				p, err := plain(ctx, url, accept, v)
				if err == nil {
					seen[url] = p
				}
				return p, err
			}
			all, err := Probe(ctx, func(ctx context.Context, url, accept string) (Page, error) {
				return get(ctx, url, accept, Validators{})
			}, url)
			if err != nil {
				return look{}, err
			}
			found = &all[0]
		}
		kind, url = found.Kind, found.URL
	}

	var got look
	var err error
	switch kind {
	case KindFeed:
		got, err = lookFeed(ctx, get, url, s, source.Zone)
	case KindSitemap:
		got, err = lookSitemap(ctx, get, url, s, source.Zone)
	default:
		got, err = lookPage(ctx, get, url, s, e)
	}
	got.found = found
	return got, err
}

type getter func(ctx context.Context, url, accept string, v Validators) (Page, error)

func unchanged(p Page, s State) look {
	return look{notModified: true, validators: s.Validators.After(p), parts: s.Parts, hints: Hints{Fresh: Freshness(p.Header, p.Fetched)}}
}

func lookFeed(ctx context.Context, get getter, url string, s State, zone *time.Location) (look, error) {
	p, err := get(ctx, url, acceptFeed, s.Validators)
	if err != nil {
		return look{}, err
	}
	if p.Status == http.StatusNotModified {
		return unchanged(p, s), nil
	}
	feed, err := ParseFeed(p.Body, p.Header.Get("Content-Type"), p.Final, zone)
	if err != nil {
		return look{}, err
	}
	got := look{entries: feed.Entries, validators: Validators{}.After(p), hints: Hints{Fresh: Freshness(p.Header, p.Fetched), TTL: feed.TTL}}
	if !feed.Complete && (!p.Whole || len(feed.Entries) == 0) {
		// The whole entries are taken, but the answer must not be remembered as seen.
		return got, &Failure{Class: Temporary, Outcome: Incomplete, Reached: true, Err: fmt.Errorf("the end of the feed is missing after %d entries", len(feed.Entries))}
	}
	return got, nil
}

func lookPage(ctx context.Context, get getter, url string, s State, e Endpoint) (look, error) {
	p, err := get(ctx, url, acceptPage, s.Validators)
	if err != nil {
		return look{}, err
	}
	if p.Status == http.StatusNotModified {
		return unchanged(p, s), nil
	}
	entries, err := ParseListing(p.Body, p.Header.Get("Content-Type"), p.Final, e.Links)
	if err != nil {
		return look{}, err
	}
	return look{entries: entries, validators: Validators{}.After(p), hints: Hints{Fresh: Freshness(p.Header, p.Fetched)}}, nil
}

// lookSitemap reads a sitemap, or of an index the parts that changed last; the parts have validators of their own.
func lookSitemap(ctx context.Context, get getter, url string, s State, zone *time.Location) (look, error) {
	p, err := get(ctx, url, acceptSitemap, s.Validators)
	if err != nil {
		return look{}, err
	}
	if p.Status == http.StatusNotModified && len(s.Parts) == 0 {
		return unchanged(p, s), nil
	}
	var got look
	var parts []string
	if p.Status == http.StatusNotModified { // of an index: its parts may still have changed
		got = unchanged(p, s)
		parts = slices.Sorted(maps.Keys(s.Parts))
	} else {
		m, err := ParseSitemap(p.Body, p.Final, zone)
		if err != nil {
			return look{}, err
		}
		got = look{entries: m.Entries, validators: Validators{}.After(p), hints: Hints{Fresh: Freshness(p.Header, p.Fetched)}}
		slices.SortStableFunc(m.Parts, func(a, b Part) int { return b.LastMod.Compare(a.LastMod) })
		for _, part := range m.Parts[:min(len(m.Parts), partsAPoll)] {
			parts = append(parts, part.URL)
		}
	}
	got.parts = map[string]Validators{}
	var first error
	for _, url := range parts {
		p, err := get(ctx, url, acceptSitemap, s.Parts[url])
		switch {
		case err != nil:
			first = errors.Join(first, err)
			continue
		case p.Status == http.StatusNotModified:
			got.parts[url] = s.Parts[url].After(p)
			continue
		}
		m, err := ParseSitemap(p.Body, p.Final, zone)
		if err != nil {
			first = errors.Join(first, err)
			continue
		}
		got.notModified = false
		got.parts[url] = Validators{}.After(p)
		got.entries = append(got.entries, m.Entries...)
	}
	if first != nil && len(got.entries) == 0 && len(got.parts) == 0 {
		return look{}, first
	}
	return got, nil
}
