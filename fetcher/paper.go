package fetcher

import (
	"context"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// Paper is a fetched document in which entries are looked for.
type Paper struct {
	Kind        Kind // what it should be; KindURL: whatever it turns out to be
	Body        []byte
	ContentType string    // as the server said
	URL         string    // after redirects
	At          time.Time // when it was fetched
	Zone        *time.Location
	Part        int             // which page of its list a page is, from 1 on; 0: it does not matter how the list goes on
	Links       goquery.Matcher // article links of a page; nil means they are found automatically
	Shape       Shape           // beyond which it is refused
}

// Reading is what a paper says. Of its parts those are filled that its Kind has.
type Reading struct {
	Kind     Kind
	Feed     Feed
	Sitemap  Sitemap
	Title    string   // of a page
	Entries  []Entry  // of a page
	Next     string   // where the list goes on, for a page with a Part; "" where it names no further page
	Feeds    []string // that a page of unknown kind names in its head, the best first
	Paths    []string // that it links to and that are called as feeds are
	Sitemaps []string // that it names
	Unread   string   // why such a page could not be read
	Unlisted string   // why it is none that lists articles
}

// Reader reads papers. The bytes are those of strangers, and a parser that they wear out takes its process along, so
// the daemon has them read in another one. The error is always a *Failure or that of the context.
type Reader interface {
	Read(ctx context.Context, p Paper) (Reading, error)
}

// InProcess is the Reader that reads in its caller's process.
type InProcess struct{ Shape Shape }

// Read implements Reader.
func (r InProcess) Read(_ context.Context, p Paper) (Reading, error) {
	p.Shape = r.Shape
	return p.Read()
}

// Read reads the paper.
func (p Paper) Read() (r Reading, err error) {
	p.Shape = p.Shape.orDefault()
	r.Kind = p.Kind
	switch p.Kind {
	case KindFeed:
		r.Feed, err = parseFeed(p.Body, p.ContentType, p.URL, p.Zone, p.Shape)
	case KindSitemap:
		r.Sitemap, err = parseSitemap(p.Body, p.URL, p.Zone, p.Shape)
	case KindPage:
		if r.Entries, err = parseListing(p.Body, p.ContentType, p.URL, p.Links, Moment{At: p.At, Zone: p.Zone}, p.Shape); err == nil {
			r.Title = pageTitle(p.Body, p.ContentType)
			if p.Part > 0 {
				r.Next = p.nextPage()
			}
		}
	default:
		r = p.guess()
	}
	return r, err
}

// guess finds out what the paper is. What is neither a feed nor a sitemap is taken for a page, which may still lead
// to something.
func (p Paper) guess() Reading {
	if f, err := parseFeed(p.Body, p.ContentType, p.URL, p.Zone, p.Shape); err == nil {
		return Reading{Kind: KindFeed, Feed: f}
	}
	if m, err := parseSitemap(p.Body, p.URL, p.Zone, p.Shape); err == nil && len(m.Entries)+len(m.Parts) > 0 {
		return Reading{Kind: KindSitemap, Sitemap: m}
	}
	r := Reading{Kind: KindPage}
	if root, base, err := parsePage(p.Body, p.ContentType, p.URL, p.Shape); err != nil {
		r.Unread = err.Error()
	} else {
		for _, n := range namedFeeds(root, base, p.URL) {
			r.Feeds = append(r.Feeds, n.url)
		}
		r.Paths, r.Sitemaps = linkedFeeds(root, base, p.URL)
	}
	var err error
	if r.Entries, err = parseListing(p.Body, p.ContentType, p.URL, p.Links, Moment{At: p.At, Zone: p.Zone}, p.Shape); err != nil {
		r.Unlisted = err.Error()
	}
	return r
}
