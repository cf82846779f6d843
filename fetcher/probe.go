package fetcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What a request of each purpose accepts.
const (
	acceptFeed    = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8, */*;q=0.1"
	acceptSitemap = "application/xml, text/xml;q=0.9, */*;q=0.1"
	acceptText    = "text/plain, */*;q=0.1"
)

// Bounds of one probe, in requests.
const (
	maxFeedTries    = 4
	maxSitemapTries = 3
)

// Probe finds the endpoints of an address, the best first: the address itself where it is a feed or a sitemap; else
// the feeds that the page names in its head, or where none of them is one those that it links to, or that a page of feeds
// which it links to names; then the sitemaps that robots.txt and the page name, then the page itself. Nothing is guessed: what is
// named is fetched with get and read by r before it is believed. At most nine requests are made, one after the other. Where nothing
// is found the *Failure says what was tried; where the address itself cannot be fetched or read it is that failure.
func Probe(ctx context.Context, get func(ctx context.Context, url, accept string) (Page, error), r Reader, url string) ([]Found, error) {
	page, err := get(ctx, url, acceptFeed)
	if err != nil {
		return nil, err
	}
	at := cmp.Or(page.Final, page.URL, url)
	first, err := r.Read(ctx, paper(page, KindURL, at))
	if err != nil {
		return nil, err
	}
	if first.Kind != KindPage {
		return []Found{{Kind: first.Kind, URL: url}}, nil
	}
	var short error
	p := prober{get: func(ctx context.Context, url, accept string) (Page, error) {
		page, err := get(ctx, url, accept)
		if isOverBudget(err) {
			short = err
		}
		return page, err
	}, reader: r, seen: map[string]bool{url: true, at: true}}
	if first.Unread == "" {
		p.feeds(ctx, first)
	} else {
		p.tried = append(p.tried, "the page cannot be read: "+first.Unread)
	}
	p.sitemaps(ctx, at, first.Sitemaps)
	if err := cmp.Or(ctx.Err(), short); err != nil {
		return nil, err
	}
	if first.Unlisted == "" {
		p.found = append(p.found, Found{Kind: KindPage, URL: url})
	} else {
		p.tried = append(p.tried, "the page: "+first.Unlisted)
	}
	if len(p.found) == 0 {
		return nil, &Failure{Class: Soft, Outcome: NothingFound, Reached: true, Err: errors.New(strings.Join(p.tried, "; "))}
	}
	return p.found, nil
}

// paper is a page as it is read when it should be of a kind.
func paper(p Page, k Kind, url string) Paper {
	return Paper{Kind: k, Body: p.Body, ContentType: p.Header.Get("Content-Type"), URL: url, At: p.Fetched}
}

// prober tries one candidate after the other.
type prober struct {
	get    func(ctx context.Context, url, accept string) (Page, error)
	reader Reader
	seen   map[string]bool
	found  []Found
	tried  []string // what came to nothing, in words
}

// named is a feed that a page names.
type named struct {
	url  string
	rank int // the lower the better
}

// feeds tries the feeds that the page names in its head, and as long as none is found those that it links to.
func (p *prober) feeds(ctx context.Context, first Reading) {
	if len(first.Feeds)+len(first.Paths) == 0 {
		p.tried = append(p.tried, "the page names no feed")
	}
	tries := 0
	try := func(url string, k Kind) (r Reading) {
		if p.seen[url] || tries == maxFeedTries || ctx.Err() != nil {
			return Reading{}
		}
		p.seen[url] = true
		tries++
		page, err := p.get(ctx, url, acceptFeed)
		if err == nil {
			r, err = p.reader.Read(ctx, paper(page, k, cmp.Or(page.Final, url)))
		}
		switch {
		case err != nil:
		case r.Kind != KindFeed:
			err = errors.New("no feed")
		case len(r.Feed.Entries) == 0: // of a section that is no more, or for a token that ran out
			err = errors.New("a feed without entries")
		default:
			p.found = append(p.found, Found{Kind: KindFeed, URL: url})
			return Reading{}
		}
		p.tried = append(p.tried, fmt.Sprintf("the feed %s: %v", url, err))
		return r
	}
	for _, url := range first.Feeds {
		try(url, KindFeed)
	}
	if len(p.found) > 0 {
		return
	}
	paths := first.Paths
	for i := 0; i < len(paths) && len(p.found) == 0; i++ {
		list := try(paths[i], KindURL)
		if i < len(first.Paths) { // a page of feeds
			paths = slices.Concat(paths[:i+1], list.Feeds, list.Paths, paths[i+1:])
		}
	}
}

// sitemaps tries the sitemaps that robots.txt names, those of news first, and then those that the page names.
func (p *prober) sitemaps(ctx context.Context, address string, named []string) {
	u, err := url.Parse(address)
	if err != nil || ctx.Err() != nil {
		return
	}
	var list []string
	robots, err := p.get(ctx, u.Scheme+"://"+u.Host+"/robots.txt", acceptText)
	if err != nil {
		p.tried = append(p.tried, fmt.Sprintf("robots.txt: %v", err))
	} else if list = namedSitemaps(robots.Body, u); len(list) == 0 {
		p.tried = append(p.tried, "robots.txt names no sitemap")
	}
	list = append(list, named...)
	type result struct {
		url  string
		news bool
		last time.Time
	}
	var good []result
	tries := 0
	for _, address := range list {
		if p.seen[address] || tries == maxSitemapTries || ctx.Err() != nil {
			continue
		}
		p.seen[address] = true
		tries++
		page, err := p.get(ctx, address, acceptSitemap)
		var m Sitemap
		if err == nil {
			var r Reading
			r, err = p.reader.Read(ctx, paper(page, KindSitemap, cmp.Or(page.Final, address)))
			m = r.Sitemap
		}
		if err == nil && len(m.Entries)+len(m.Parts) == 0 {
			err = errors.New("an empty sitemap")
		}
		if err != nil {
			p.tried = append(p.tried, fmt.Sprintf("the sitemap %s: %v", address, err))
			continue
		}
		news := slices.ContainsFunc(m.Entries, func(e Entry) bool { return !e.Published.IsZero() })
		r := result{url: address, news: news}
		if len(m.Entries) > 0 {
			r.last = m.Entries[0].latest()
		} else {
			r.last = m.Parts[0].LastMod
		}
		good = append(good, r)
	}
	slices.SortStableFunc(good, func(a, b result) int {
		if a.news != b.news {
			if a.news {
				return -1
			}
			return 1
		}
		return b.last.Compare(a.last)
	})
	for _, r := range good {
		p.found = append(p.found, Found{Kind: KindSitemap, URL: r.url})
	}
}

// namedFeeds lists the feeds that a page names in its link elements, the one of the whole site first, those of
// comments and of single articles, labels and authors last.
func namedFeeds(root *html.Node, base *url.URL, address string) []named {
	self, err := url.Parse(address)
	if err != nil {
		return nil
	}
	var list []named
	for n := range root.Descendants() {
		if n.DataAtom != atom.Link || !slices.Contains(strings.Fields(strings.ToLower(attrOf(n, "rel"))), "alternate") {
			continue
		}
		kind, _, _ := strings.Cut(strings.ToLower(attrOf(n, "type")), ";")
		rank := 0
		switch strings.TrimSpace(kind) {
		case "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json":
		case "text/xml", "application/xml", "application/json":
			rank = 2
		default:
			continue
		}
		link := absolute(base, attrOf(n, "href"))
		u, err := url.Parse(link)
		if link == "" || err != nil {
			continue
		}
		what := strings.ToLower(attrOf(n, "title") + " " + u.Path + "?" + u.RawQuery)
		switch {
		case has(what, "comment", "комментар", "пікір", "izoh", "kommentar", "reply"):
			rank += 20
		case has(what, "/tag/", "/author/", "/user/", "/search", "oembed", "wp-json"):
			rank += 10
		case siteOf(u) != siteOf(self):
			rank += 4
		}
		if dir := strings.TrimSuffix(self.Path, "/"); dir != "" && !strings.HasPrefix(u.Path, dir) && len(list) > 0 {
			rank++ // a section that is asked for has a feed of its own now and then
		}
		if !slices.ContainsFunc(list, func(o named) bool { return o.url == link }) {
			list = append(list, named{link, rank})
		}
	}
	slices.SortStableFunc(list, func(a, b named) int { return a.rank - b.rank })
	return list
}

// linkedFeeds lists what a page of a site links to and calls as feeds and sitemaps are called, by its address or its text.
func linkedFeeds(root *html.Node, base *url.URL, address string) (feeds, sitemaps []string) {
	self, err := url.Parse(address)
	if err != nil {
		return nil, nil
	}
	const most = 20
	add := func(list *[]string, link string) {
		if len(*list) < most && !slices.Contains(*list, link) {
			*list = append(*list, link)
		}
	}
	for n := range root.Descendants() {
		link := ""
		if n.DataAtom == atom.A || n.DataAtom == atom.Link && attrOf(n, "rel") == "sitemap" {
			link = absolute(base, attrOf(n, "href"))
		}
		u, err := url.Parse(link)
		if link == "" || err != nil || siteOf(u) != siteOf(self) {
			continue
		}
		low := strings.ToLower(u.Path + "?" + u.RawQuery)
		switch {
		case n.DataAtom == atom.Link, has(low, "sitemap") && has(low, ".xml"):
			add(&sitemaps, link)
		case feedAddress.MatchString(low) && !has(low, "comment"), feedText.MatchString(strings.TrimSpace(textBelow(n))):
			add(&feeds, link)
		}
	}
	return feeds, sitemaps
}

// What the addresses of feeds end in, and what links to them say.
var (
	feedAddress = regexp.MustCompile(`(?:^|/)(?:rss|feed|feeds|atom|rdf|rssfeeds|rss-feeds|rss2?\.(?:xml|php|aspx?)|(?:feed|atom|index)\.(?:rss|atom|rdf)|feed\.(?:xml|json)|atom\.xml)/?\?|\.(?:rss|atom)\?|[?&](?:feed|format|type)=(?:rss2?|atom|feed)\b|/rss2?/.*\.xml\?`)
	feedText    = regexp.MustCompile(`(?i)^\W*(?:(?:xml |atom )?rss(?:[- ]?(?:2\.0|feeds?|лент[аы]|канал[ы]?|подписка|таспа\pL*))?|atom|лент[аы] rss|rss для читателей)\W*$`)
)

func has(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// namedSitemaps reads the Sitemap lines of a robots.txt, those that seem to be of news first, those of pictures and
// the like last.
func namedSitemaps(robots []byte, base *url.URL) []string {
	text, _ := textOf(robots[:min(len(robots), 512<<10)], "")
	rank := func(link string) int {
		switch low := strings.ToLower(link); {
		case has(low, "news", "novost", "latest", "article"):
			return 0
		case has(low, "image", "video", "tag", "author", "categor", "photo"):
			return 2
		}
		return 1
	}
	var list []string
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		key, value, ok := strings.Cut(line, ":")
		if !ok || !strings.EqualFold(strings.TrimSpace(key), "sitemap") {
			continue
		}
		value, _, _ = strings.Cut(value, " #")
		if link := absolute(base, value); link != "" && len(list) < 100 && !slices.Contains(list, link) {
			list = append(list, link)
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return rank(a) - rank(b) })
	return list
}
