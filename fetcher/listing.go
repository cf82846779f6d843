package fetcher

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/publicsuffix"
)

// ParseListing reads the article links of a page that lists articles, in document order, each address once. With a
// matcher these are the links that the matched elements are or hold; without one they are found by the look of their
// addresses, texts and places. Published is set where a date stands beside a link or above it as that of a day; of days
// without a year and those called today or yesterday the moment at which the page was read tells which they are. A time
// of day without a zone is not taken. A page without article links gives a *Failure.
func ParseListing(body []byte, contentType, url string, links goquery.Matcher, read Moment) ([]Entry, error) {
	return parseListing(body, contentType, url, links, read, DefaultShape())
}

func parseListing(body []byte, contentType, url string, links goquery.Matcher, read Moment, shape Shape) ([]Entry, error) {
	fail := func(err error) ([]Entry, error) {
		return nil, refusal(NotAListing, err)
	}
	root, base, err := parsePage(body, contentType, url, shape)
	if err != nil {
		return fail(err)
	}
	p := newListing(root, base, url)
	p.days.now = read
	var found []*candidate
	if links != nil {
		found = p.matched(links)
		if len(found) == 0 {
			return fail(linkless(body, contentType, "the selector of the links matches none on this page"))
		}
	} else {
		p.automatic = true
		p.collect()
		p.judge()
		found = p.chosen()
		if len(found) == 0 {
			return fail(linkless(body, contentType, "no link of this page looks like one of an article"))
		}
	}
	p.known = map[string]bool{}
	for _, c := range found {
		p.known[c.key] = true
	}
	entries := make([]Entry, 0, len(found))
	for _, c := range found {
		entries = append(entries, Entry{Kind: KindPage, Link: c.link, Title: c.headline(), Published: p.dateNear(c)})
	}
	return entries, nil
}

// linkless says why a page has no article links: what it is instead of an index, or else what was looked for.
func linkless(body []byte, contentType, looked string) error {
	text := pageText(body, contentType)
	if _, _, err := findRoot(text, DefaultShape()); err == nil {
		return instead{what: "a feed"}
	}
	if other := pageInstead(text); other.wall || other.notice {
		return other
	}
	return errors.New(looked)
}

// listing is one page while its links are weighed.
type listing struct {
	root *html.Node
	base *url.URL
	self *url.URL // the address of the page
	site string
	// automatic: links are found by their look, not by a selector
	automatic bool
	byKey     map[string]*candidate
	order     []*candidate
	days      dayReader
	headings  map[*html.Node]time.Time // what was read of elements above links
	enough    float64                  // the score from which a link of this page is taken
	known     map[string]bool          // the keys of the links that were chosen
}

// candidate is one address that the page links to, with all the places where it does.
type candidate struct {
	key    string // the address without what does not tell articles apart
	link   string
	u      *url.URL
	places []place
	shape  shape
	score  float64
	refuse bool
	lone   bool // neither its place nor its address is like those of others
}

// place is one link element and where it stands.
type place struct {
	node    *html.Node
	text    string
	region  region
	heading bool // within a heading, or holding one
	item    bool // within article, li, tr, time's neighbourhood and the like
}

// region is the part of a page by its purpose.
type region int

const (
	inContent region = iota
	inAside
	inHeader
	inNav
	inFooter
)

func newListing(root *html.Node, base *url.URL, address string) *listing {
	self, err := url.Parse(address)
	if err != nil {
		self = base
	}
	return &listing{root: root, base: base, self: self, site: siteOf(self), byKey: map[string]*candidate{}, headings: map[*html.Node]time.Time{}}
}

// siteOf gives the registrable domain of an address, or its host and port where it has no domain.
func siteOf(u *url.URL) string {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return strings.ToLower(u.Host)
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return site
}

// add takes a link element. It gives the candidate, nil for a link that leads to no other page.
func (p *listing) add(n *html.Node, where place) *candidate {
	href := strings.TrimSpace(attrOf(n, "href"))
	if href == "" || href[0] == '#' {
		return nil
	}
	link := absolute(p.base, href)
	if link == "" {
		return nil
	}
	u, err := url.Parse(link)
	if err != nil {
		return nil
	}
	if u.Fragment != "" && !strings.HasPrefix(u.Fragment, "!") {
		u.Fragment, u.RawFragment = "", ""
		link, _, _ = strings.Cut(link, "#")
	}
	key := p.keyOf(u)
	c := p.byKey[key]
	if c == nil {
		c = &candidate{key: key, link: link, u: u}
		p.byKey[key] = c
		p.order = append(p.order, c)
	} else if c.u.RawQuery != "" && u.RawQuery == "" {
		c.link, c.u = link, u
	}
	where.node = n
	c.places = append(c.places, where)
	return c
}

// keyOf is the key of a candidate. What stands behind "?" tells articles apart only where the path names none.
func (p *listing) keyOf(u *url.URL) string {
	if u.RawQuery != "" && p.automatic && shapeOf(u, p.self).article {
		bare := *u
		bare.RawQuery = ""
		u = &bare
	}
	return keyOf(u)
}

// keyOf makes addresses equal that differ only in the scheme, a www., a last slash or the case of the host.
func keyOf(u *url.URL) string {
	host := strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(u.Host), "."), "www.")
	return host + strings.TrimSuffix(u.EscapedPath(), "/") + "?" + u.RawQuery + "#" + u.Fragment
}

// matched gives the links that a selector names.
func (p *listing) matched(links goquery.Matcher) []*candidate {
	self := keyOf(p.self)
	for _, n := range goquery.NewDocumentFromNode(p.root).FindMatcher(links).Nodes {
		if n = linkIn(n); n != nil {
			p.add(n, place{text: textBelow(n)})
		}
	}
	var out []*candidate
	for _, c := range p.order {
		if c.key != self {
			out = append(out, c)
		}
	}
	return out
}

// linkIn gives the first link that an element is or holds, nil where there is none.
func linkIn(n *html.Node) *html.Node {
	if n.DataAtom == atom.A && attrOf(n, "href") != "" {
		return n
	}
	for d := range n.Descendants() {
		if d.DataAtom == atom.A && attrOf(d, "href") != "" {
			return d
		}
	}
	return nil
}

// collect goes over the page and takes all links within the site.
func (p *listing) collect() {
	var walk func(n *html.Node, w place)
	walk = func(n *html.Node, w place) {
		if n.Type == html.ElementNode {
			switch n.DataAtom {
			case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Select, atom.Head, atom.Svg:
				return
			case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5:
				w.heading = true
			case atom.Article, atom.Li, atom.Tr, atom.Dd:
				w.item = true
			}
			if r := regionOf(n); r != inContent && (w.region == inContent || r > w.region) {
				if !(w.item && r == inHeader) { // the header of an article is no header of the page
					w.region = r
				}
			} else if n.DataAtom == atom.Main || n.DataAtom == atom.Article {
				if w.region == inHeader || w.region == inAside {
					w.region = inContent
				}
			}
			if n.DataAtom == atom.A {
				here := w
				here.text = textBelow(n)
				here.heading = here.heading || headingIn(n) != nil
				if c := p.add(n, here); c != nil && siteOf(c.u) != p.site {
					c.refuse = true
				}
				if rel := attrOf(n, "rel"); rel == "tag" || rel == "author" || strings.Contains(rel, "category") {
					if c := p.byKey[p.keyOfLink(n)]; c != nil {
						c.refuse = true
					}
				}
				return
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, w)
		}
	}
	walk(p.root, place{})
}

// keyOfLink is the key of the candidate that a link element leads to.
func (p *listing) keyOfLink(n *html.Node) string {
	u, err := url.Parse(absolute(p.base, attrOf(n, "href")))
	if err != nil {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	return p.keyOf(u)
}

// headingIn finds what names the article within a link that wraps a whole teaser.
func headingIn(n *html.Node) *html.Node {
	for d := range n.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		switch d.DataAtom {
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			return d
		}
	}
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.DataAtom != atom.Img {
			for _, name := range nameParts(attrOf(d, "class")) {
				if name == "title" || name == "headline" || name == "heading" || name == "zagolovok" || name == "caption" {
					return d
				}
			}
		}
	}
	return nil
}

// nameParts splits class names and ids at their joints: "news-list__itemTitle" is news, list, item, title.
func nameParts(s string) []string {
	if s == "" {
		return nil
	}
	var b strings.Builder
	before := rune(0)
	for _, r := range s {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
		before = r
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) })
}

// regionOf tells the purpose of an element by its name, role, class or id.
func regionOf(n *html.Node) region {
	switch n.DataAtom {
	case atom.Nav:
		return inNav
	case atom.Footer:
		return inFooter
	case atom.Header:
		return inHeader
	case atom.Aside:
		return inAside
	case atom.Body, atom.Html, atom.Main, atom.Article, atom.A, atom.H1, atom.H2, atom.H3, atom.H4:
		return inContent
	}
	switch attrOf(n, "role") {
	case "navigation", "menu", "menubar":
		return inNav
	case "contentinfo":
		return inFooter
	case "banner":
		return inHeader
	case "complementary":
		return inAside
	}
	parts := append(nameParts(attrOf(n, "class")), nameParts(attrOf(n, "id"))...)
	for i, part := range parts {
		switch part {
		case "nav", "navbar", "mega", "megamenu", "navigation", "menu", "topmenu", "mainmenu", "submenu", "breadcrumb", "breadcrumbs", "pagination", "pager", "paginator", "pagenavi", "navi",
			"tags", "tagcloud", "social", "share", "langs", "languages", "lang", "language", "login", "cookie", "rubrics", "sitemap":
			return inNav
		case "footer", "bottom", "copyright", "foot":
			if len(parts) <= 3 {
				return inFooter
			}
		case "header", "topbar", "masthead":
			if i == len(parts)-1 || i == 0 && (len(parts) == 1 || parts[1] == "top" || parts[1] == "main" || parts[1] == "bar") {
				return inHeader
			}
		case "sidebar", "aside", "banner", "promo", "ads", "partners", "widget":
			return inAside
		}
	}
	return inContent
}

// headline gives the title of an article: a heading before any other text, a longer text before a shorter one.
func (c *candidate) headline() string {
	best, bestRank := "", -1
	for _, pl := range c.places {
		text, rank := pl.text, 0
		if h := headingIn(pl.node); h != nil {
			if t := textBelow(h); t != "" {
				text, rank = t, 3
			}
		} else if pl.heading {
			rank = 3
		}
		switch {
		case text == "":
			rank = -1
			for _, t := range []string{attrOf(pl.node, "title"), imageText(pl.node)} {
				if t = plainText(escapeText(t)); t != "" && text == "" {
					text, rank = t, 0
				}
			}
		case isMore(text):
			rank = -1
		case rank < 3 && utf8.RuneCountInString(text) <= 220:
			rank = 2
		case rank < 3:
			rank = 1
		}
		if text == "" || rank < 0 && bestRank >= 0 {
			continue
		}
		if rank > bestRank || rank == bestRank && len(text) > len(best) {
			best, bestRank = text, rank
		}
	}
	if bestRank < 0 {
		return ""
	}
	const most = 300
	if r := []rune(best); len(r) > most {
		best = strings.TrimSpace(string(r[:most]))
	}
	return best
}

func imageText(n *html.Node) string {
	for d := range n.Descendants() {
		if d.DataAtom == atom.Img {
			return attrOf(d, "alt")
		}
	}
	return ""
}

// isMore tells the texts that lead on to an article without naming it.
func isMore(text string) bool {
	text = strings.Trim(strings.ToLower(text), " .…»›>→-–—:[]()")
	if moreWords[text] {
		return true
	}
	return text == "" || !strings.ContainsFunc(text, unicode.IsLetter)
}

var moreWords = map[string]bool{
	"read more": true, "more": true, "continue reading": true, "full story": true, "details": true, "learn more": true, "read": true, "view": true, "read full article": true, "see more": true,
	"подробнее": true, "читать": true, "читать далее": true, "далее": true, "читать дальше": true, "читать полностью": true, "подробно": true, "дальше": true, "еще": true, "ещё": true, "смотреть": true, "комментарии": true,
	"толығырақ": true, "толық": true, "оқу": true, "әрі қарай": true, "толық оқу": true, "жалғасы": true,
	"толугураак": true, "кененирээк": true, "окуу": true, "batafsil": true, "батафсил": true, "to'liq": true, "davomi": true,
	"муфассал": true, "бештар": true, "идома": true, "doly oka": true, "dowamy": true, "giňişleýin": true, "devamı": true, "devamını oku": true, "mehr": true, "weiterlesen": true,
	"lire la suite": true, "lire": true, "leer más": true, "ətraflı": true, "davamı": true, "comments": true, "детальніше": true, "читати далі": true,
}
