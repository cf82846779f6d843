package fetcher

import (
	"bytes"
	"cmp"
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
	partsAtFirst   = 40  // and how many more a first poll, where they changed within the backfill
	partsKept      = 200 // sitemaps below an index whose validators are remembered
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
		if f, ok := errors.AsType[*Failure](failed); ok && (f.Outcome == Gone || f.Outcome == NotFound) { // but the index is there
			failed = &Failure{Class: Soft, Outcome: BadStatus, Reached: true, Err: fmt.Errorf("of its parts: %w", failed)}
		}
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
