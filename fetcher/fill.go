package fetcher

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	fillApart = 24 * time.Hour // least time between two looks for what a gap of an endpoint hid
	fillSlack = time.Hour      // by which a sitemap's date may lie before the last poll: it is often that of a first draft
)

// ofFeed says that a feed stands at the endpoint.
func (s State) ofFeed(e Endpoint) bool {
	return e.Kind == KindFeed || s.Found != nil && s.Found.Kind == KindFeed
}

// fill looks for what came and went between two polls of a feed: in the sitemap that robots.txt of its articles' host
// names or, where there is none, on the front page there. It gives entries below the path that those of the feed have in
// common, as a feed of one section is not to be filled with the others; from the sitemap, those dated after since.
func fill(ctx context.Context, get getter, r Reader, s Source, shown []Entry, since time.Time) (entries []Entry, from string) {
	home, path := commonPath(shown)
	if home == "" {
		return nil, ""
	}
	p := prober{get: func(ctx context.Context, url, accept string) (Page, error) {
		return get(ctx, url, accept, Validators{})
	}, reader: r, seen: map[string]bool{}}
	p.sitemaps(ctx, home, nil)
	kind := KindSitemap
	for _, f := range p.found {
		got, err := lookSitemap(ctx, get, r, f.URL, State{}, s.Zone, 0)
		if err != nil {
			continue
		}
		entries = slices.DeleteFunc(got.entries, func(e Entry) bool { return !e.latest().After(since.Add(-fillSlack)) })
		from = f.URL
		break
	}
	if from == "" && ctx.Err() == nil {
		got, err := lookPage(ctx, get, r, home, State{}, Endpoint{Kind: KindPage, URL: home}, s.Zone, 0)
		if err != nil {
			return nil, ""
		}
		kind, entries, from = KindPage, got.entries, home
	}
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return !strings.HasPrefix(e.Link, path) })
	for i := range entries {
		entries[i].Kind, entries[i].Guessed = kind, true
	}
	return entries, from
}

// commonPath gives the front page of the host that the links of entries lead to, and the beginning up to a slash that all
// of them share; both are "" where they lead to several hosts.
func commonPath(entries []Entry) (home, path string) {
	for _, e := range entries {
		u, err := url.Parse(e.Link)
		if err != nil || HostOf(e.Link) == "" {
			continue
		}
		front := u.Scheme + "://" + u.Host + "/"
		folder := e.Link[:strings.LastIndexByte(e.Link, '/')+1]
		switch {
		case home == "":
			home, path = front, folder
		case home != front:
			return "", ""
		}
		for !strings.HasPrefix(e.Link, path) {
			path = path[:strings.LastIndexByte(strings.TrimSuffix(path, "/"), '/')+1]
		}
	}
	if len(path) < len(home) {
		path = home
	}
	return home, path
}

// fillGap fills the gap between two polls of an endpoint, and tells of it. Where the budget allows but a part of that it is
// done again after the next poll.
func (l *lane) fillGap(ctx context.Context, e Endpoint, source Source, shown []Entry, after State) error {
	o, since := l.p.opts(), after.Missed
	room := l.p.client.heavy()
	defer room.give()
	var short error
	get := getterFor(l.p.client, source, room, l.grant).sparing(l.grant).noting(&short).once(map[string]Page{})
	entries, from := fill(ctx, get, o.Reader, source, shown, since)
	if ctx.Err() != nil {
		return nil
	}
	now := l.p.clock()
	if short == nil {
		after.Missed, after.Filled = time.Time{}, now
	}
	for i := range entries {
		entries[i].Source, entries[i].Endpoint = e.Source, e.ID
	}
	entries, _, err := l.within(e.Source, entries, now)
	if err != nil {
		return err
	}
	event := Event{At: now, Outcome: OK, Detail: "what came and went since the last poll was looked for"}
	var saved Saved
	err = l.take(ctx, func(context.Context) (err error) {
		saved, err = l.p.desk.SavePoll(e.ID, now, entries, func(fresh, known int) (State, Event) {
			event.New, event.Known = fresh, known
			told := after
			told.Intaken = after.Intaken.after(fresh, now)
			return told, event
		})
		return err
	})
	if err != nil {
		return err
	}
	after.Intaken = after.Intaken.after(saved.New, now)
	l.states[e.ID] = after
	l.p.quota.note(e, after.Intaken)
	if short != nil && saved.New == 0 {
		return nil
	}
	l.p.log.Info("gap", "source", e.Source, "endpoint", e.ID, "since", since, "filled_from", from, "new", saved.New)
	l.crew.wake(ctx, slices.DeleteFunc(saved.Hosts, func(h string) bool { return h == l.host })...)
	return nil
}
