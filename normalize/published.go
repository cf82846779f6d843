package normalize

import (
	"net/url"
	"regexp"
	"time"

	"golang.org/x/net/html"
)

// when is a date that some part of a page claims, before it is weighed.
type when struct {
	text   string
	origin Origin
}

// settle reads the first believable of some claims.
func settle(list []when, zone *time.Location, seen time.Time) Date {
	for _, w := range list {
		m, ok := ParseDate(w.text, zone, seen)
		if !ok || !plausible(m.Time, seen) {
			continue
		}
		return dated(m, w.origin, zone)
	}
	return Date{}
}

func dated(m Moment, o Origin, zone *time.Location) Date {
	d := Date{Time: m.Time.UTC(), Origin: o}
	if !m.Zoned {
		d.Zone = zoneName(zone)
	}
	return d
}

func zoneName(z *time.Location) string {
	if z == nil {
		return "UTC"
	}
	return z.String()
}

// plausible refuses dates before there were news on the web, which are defaults of software, and those later than a
// day after the page was seen.
func plausible(t, seen time.Time) bool {
	if t.Year() < 1990 {
		return false
	}
	return seen.IsZero() || !t.After(seen.Add(24*time.Hour))
}

var (
	metaPublished = []string{"article:published_time", "article:published", "og:published_time", "datepublished", "date", "pubdate", "publishdate", "publish_date",
		"publish-date", "published_at", "dc.date", "dc.date.issued", "dcterms.date", "dcterms.issued", "dcterms.created", "dc.date.created", "datecreated",
		"sailthru.date", "parsely-pub-date", "cxenseparse:recs:publishtime", "article.published", "originalpublicationdate", "article_date_original",
		"article:post_date", "mediator_published_time", "rnews:datepublished", "citation_publication_date", "citation_date", "prism.publicationdate", "ptime", "published"}
	metaModified = []string{"article:modified_time", "article:modified", "og:updated_time", "datemodified", "last-modified", "lastmod", "dcterms.modified", "dc.date.modified", "article.updated", "updated", "revised"}
)

// published settles when an article was published.
//
// The description for machines in the page (JSON-LD, then meta) is about this article and names its zone, so it is
// the measure. The feed's date agrees with it as a rule and then stands, as the most exact; where it is more than a
// day off, the feed was stamped anew and the page is right. Dates in the text of a page may be those of the day or of
// a neighbour and yield to the feed; the date in the address comes after them, as it holds no time of day. foreign
// tells the elements that speak of other articles.
func (c *claims) published(u *url.URL, h Hint, ruled string, near []string, foreign func(*html.Node) bool) Date {
	zone, seen := h.Zone, h.Seen
	if ruled != "" {
		if d := settle([]when{{ruled, FromPage}}, zone, seen); !d.Time.IsZero() {
			return d
		}
	}
	var strong, weak []when
	if c.article != nil {
		strong = append(strong, when{c.article.published, FromJSONLD})
	}
	for _, k := range metaPublished {
		for _, v := range c.meta[k] {
			strong = append(strong, when{v, FromMeta})
		}
	}
	d := settle(strong, zone, seen)
	if feed := h.Published; !feed.IsZero() && plausible(feed, seen) {
		if off := feed.Sub(d.Time); d.Time.IsZero() || off.Abs() <= 24*time.Hour {
			return Date{Time: feed.UTC(), Origin: FromFeed}
		}
		return d
	}
	if !d.Time.IsZero() {
		return d
	}
	for _, n := range c.dates {
		if attr(n, "itemprop") != "" && !insideComments(n) && !foreign(n) {
			weak = append(weak, whenOf(n)...)
		}
	}
	for _, n := range c.times {
		if foreign(n) {
			continue
		}
		if hasAttr(n, "pubdate") || hasWord(attr(n, "class"), "published") || hasWord(attr(n, "class"), "entry-date") {
			weak = append(weak, whenOf(n)...)
		}
	}
	for _, s := range near {
		weak = append(weak, when{s, FromPage})
	}
	for _, list := range [][]*html.Node{c.times, c.dates} {
		for _, n := range list {
			if !insideComments(n) && !foreign(n) {
				weak = append(weak, whenOf(n)...)
			}
		}
	}
	if d = settle(weak, zone, seen); !d.Time.IsZero() {
		return d
	}
	if u != nil {
		if t, ok := dateInPath(u.Path); ok && plausible(t, seen) {
			return Date{Time: t, Origin: FromURL, Zone: zoneName(zone)}
		}
	}
	if !h.Listed.IsZero() && plausible(h.Listed, seen) {
		return Date{Time: h.Listed.UTC(), Origin: FromListing}
	}
	return Date{}
}

func whenOf(n *html.Node) []when {
	var out []when
	for _, k := range []string{"datetime", "content", "data-datetime", "data-time", "title"} {
		if v := attr(n, k); v != "" {
			out = append(out, when{v, FromPage})
		}
	}
	if t := textOf(n); t != "" && len(t) < 200 {
		out = append(out, when{t, FromPage})
	}
	return out
}

var pathDate = regexp.MustCompile(`(?:^|[/_.-])((?:19|20)\d\d)[/_.-]?(0[1-9]|1[0-2])[/_.-]?(0[1-9]|[12]\d|3[01])(?:[/_.-]|$)`)

// dateInPath reads the date that many sites put into their addresses.
func dateInPath(p string) (time.Time, bool) {
	m := pathDate.FindStringSubmatch(p)
	if m == nil {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102", m[1]+m[2]+m[3])
	return t, err == nil
}

// modified settles when an article was last changed; the zero Date where nothing says that it was.
func (c *claims) modified(h Hint, published Date) Date {
	var list []when
	if c.article != nil {
		list = append(list, when{c.article.modified, FromJSONLD})
	}
	for _, k := range metaModified {
		for _, v := range c.meta[k] {
			list = append(list, when{v, FromMeta})
		}
	}
	d := settle(list, h.Zone, h.Seen)
	if d.Time.IsZero() && !h.Updated.IsZero() && plausible(h.Updated, h.Seen) {
		d = Date{Time: h.Updated.UTC(), Origin: FromFeed}
	}
	if !d.Time.After(published.Time) {
		return Date{}
	}
	return d
}
