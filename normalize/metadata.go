package normalize

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// claims are what the head and the markup of a page say about it, before any of it is weighed.
type claims struct {
	meta      map[string][]string // by name or property, in lower case
	pageTitle string
	h1        []*html.Node
	h2        []*html.Node
	lang      string
	canonical string
	base      string
	article   *thing   // the article that JSON-LD describes
	types     []string // all types that JSON-LD names outside of lists
	times     []*html.Node
	rels      []*html.Node // rel=author
	bylines   []*html.Node // of class byline, author and kin
	dates     []*html.Node // of class date, published and kin
	itemTypes []string
	refresh   bool
	password  bool // asks for one
}

// thing is a JSON-LD object, as far as it matters.
type thing struct {
	headline, body, published, modified, language, site string
	authors                                             []string
}

func (c *claims) get(names ...string) string {
	for _, n := range names {
		for _, v := range c.meta[n] {
			if v != "" {
				return v
			}
		}
	}
	return ""
}

// readClaims walks a tree once.
func readClaims(doc *html.Node) *claims {
	c := &claims{meta: map[string][]string{}}
	var scripts []string
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		if n.Type == html.ElementNode {
			c.element(n, &scripts)
		}
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			walk(k, depth+1)
		}
	}
	walk(doc, 0)
	for _, s := range scripts {
		c.linked(s)
	}
	return c
}

func (c *claims) element(n *html.Node, scripts *[]string) {
	const most = 40 // of a kind
	switch n.DataAtom {
	case atom.Html:
		if c.lang == "" {
			c.lang = attr(n, "lang")
			if c.lang == "" {
				c.lang = attr(n, "xml:lang")
			}
		}
	case atom.Base:
		if c.base == "" {
			c.base = attr(n, "href")
		}
	case atom.Title:
		if c.pageTitle == "" && (n.Parent == nil || n.Parent.DataAtom != atom.Svg) && n.FirstChild != nil {
			c.pageTitle = spaced(n.FirstChild.Data)
		}
	case atom.Meta:
		name := strings.ToLower(attr(n, "property"))
		if name == "" {
			name = strings.ToLower(attr(n, "name"))
		}
		if name == "" {
			name = strings.ToLower(attr(n, "itemprop"))
		}
		if strings.EqualFold(attr(n, "http-equiv"), "refresh") {
			c.refresh = true
		}
		if v := spaced(attr(n, "content")); name != "" && v != "" && len(c.meta[name]) < most {
			c.meta[name] = append(c.meta[name], v)
		}
	case atom.Link:
		if c.canonical == "" && hasWord(attr(n, "rel"), "canonical") {
			c.canonical = attr(n, "href")
		}
	case atom.Script:
		if strings.Contains(strings.ToLower(attr(n, "type")), "ld+json") && n.FirstChild != nil && len(*scripts) < most {
			*scripts = append(*scripts, n.FirstChild.Data)
		}
	case atom.H1:
		if len(c.h1) < most {
			c.h1 = append(c.h1, n)
		}
	case atom.H2:
		if len(c.h2) < most {
			c.h2 = append(c.h2, n)
		}
	case atom.Time:
		if len(c.times) < most {
			c.times = append(c.times, n)
		}
	case atom.Input:
		if strings.EqualFold(attr(n, "type"), "password") {
			c.password = true
		}
	}
	if t := attr(n, "itemtype"); t != "" && len(c.itemTypes) < most {
		c.itemTypes = append(c.itemTypes, t[strings.LastIndexByte(t, '/')+1:])
	}
	prop := strings.ToLower(attr(n, "itemprop"))
	class := attr(n, "class") + " " + attr(n, "id")
	switch {
	case hasWord(attr(n, "rel"), "author") || prop == "author":
		if len(c.rels) < most {
			c.rels = append(c.rels, n)
		}
	case len(class) > 1 && flowOf(n) != unread:
		if bylineClass.MatchString(class) && len(c.bylines) < most {
			c.bylines = append(c.bylines, n)
		}
		if dateClass.MatchString(class) && len(c.dates) < most {
			c.dates = append(c.dates, n)
		}
	}
	if (prop == "datepublished" || prop == "datecreated") && n.DataAtom != atom.Meta && len(c.dates) < most {
		c.dates = append(c.dates, n)
	}
}

var (
	bylineClass = regexp.MustCompile(`(?i)(^|[\s_-])(byline|author|authors|author-?name|avtor|vcard|writer|muallif)($|[\s_-])`)
	dateClass   = regexp.MustCompile(`(?i)(^|[\s_-])(date|dates|data|datetime|pubdate|pub-?date|published|publish-?date|post-?date|posted-on|dateline|news-?date|article-?date|entry-?date|timestamp|time|vremya|sana)($|[\s_-])`)
)

func spaced(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(html.UnescapeString(s), "\uFFFD")), " ")
}

func hasWord(list, w string) bool {
	for f := range strings.FieldsSeq(list) {
		if strings.EqualFold(f, w) {
			return true
		}
	}
	return false
}

// linked reads one JSON-LD script. What editors' templates break most, raw line breaks in strings, comments around
// the whole and a comma too many, is mended first.
func (c *claims) linked(s string) {
	const most = 4 << 20
	s = strings.TrimSpace(s)
	for _, cut := range []string{"<!--", "//<![CDATA[", "<![CDATA[", "/*<![CDATA[*/"} {
		s = strings.TrimPrefix(s, cut)
	}
	for _, cut := range []string{"-->", "//]]>", "]]>", "/*]]>*/", ";"} {
		s = strings.TrimSuffix(strings.TrimSpace(s), cut)
	}
	if len(s) > most {
		return
	}
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		s = trailingComma.ReplaceAllString(rawBreaks(s), "$1")
		dec := json.NewDecoder(strings.NewReader(s))
		if dec.Decode(&v) != nil {
			return
		}
	}
	c.object(v, 0, false)
}

var trailingComma = regexp.MustCompile(`,\s*([\]}])`)

// rawBreaks escapes control characters, which JSON forbids in strings and templates leave there.
func rawBreaks(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
}

func (c *claims) object(v any, depth int, listed bool) {
	if depth > 12 {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			c.object(x, depth+1, listed)
		}
	case map[string]any:
		isArticle := false
		for _, t := range texts(v["@type"]) {
			t = t[strings.LastIndexByte(t, '/')+1:]
			if !listed {
				c.types = append(c.types, t)
			}
			isArticle = isArticle || articleType(t)
		}
		if isArticle && !listed {
			a := &thing{headline: first(v["headline"]), body: first(v["articleBody"]), published: first(v["datePublished"]),
				modified: first(v["dateModified"]), language: first(v["inLanguage"])}
			if a.headline == "" {
				a.headline = first(v["name"])
			}
			if a.published == "" {
				a.published = first(v["dateCreated"])
			}
			if a.body == "" {
				a.body = first(v["text"])
			}
			a.authors = names(v["author"])
			if len(a.authors) == 0 {
				a.authors = names(v["creator"])
			}
			if n := names(v["publisher"]); len(n) > 0 {
				a.site = n[0]
			}
			if c.article == nil {
				c.article = a
			} else {
				c.article.fill(a)
			}
		}
		for k, x := range v {
			switch k {
			case "@graph", "mainEntity", "mainEntityOfPage", "liveBlogUpdate":
				c.object(x, depth+1, listed || k == "liveBlogUpdate")
			case "itemListElement", "hasPart", "mentions", "isPartOf", "blogPost", "about":
				c.object(x, depth+1, true)
			}
		}
	}
}

// fill takes from another description of the same article what is missing.
func (t *thing) fill(o *thing) {
	if t.headline != "" && o.headline != "" && squash(t.headline) != squash(o.headline) {
		return
	}
	for _, p := range []struct{ to, from *string }{{&t.headline, &o.headline}, {&t.body, &o.body}, {&t.published, &o.published},
		{&t.modified, &o.modified}, {&t.language, &o.language}, {&t.site, &o.site}} {
		if *p.to == "" {
			*p.to = *p.from
		}
	}
	if len(t.authors) == 0 {
		t.authors = o.authors
	}
}

func articleType(t string) bool {
	return strings.HasSuffix(t, "Article") || strings.HasSuffix(t, "BlogPosting") || t == "Report" || t == "Review" || t == "ReportageNewsArticle"
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

func first(v any) string {
	switch v := v.(type) {
	case string:
		return spaced(v)
	case []any:
		if len(v) > 0 {
			return first(v[0])
		}
	case map[string]any:
		for _, k := range []string{"@value", "name", "alternateName"} {
			if s, ok := v[k].(string); ok {
				return spaced(s)
			}
		}
	}
	return ""
}

func names(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{spaced(v)}
	case map[string]any:
		if n := texts(v["name"]); len(n) > 0 {
			return n
		}
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, names(x)...)
		}
		return out
	}
	return nil
}

// squash reduces a line to its letters and figures in lower case, for comparing.
func squash(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// siteName is what the publication calls itself.
func (c *claims) siteName() string {
	if s := c.get("og:site_name", "application-name", "al:android:app_name"); s != "" {
		return s
	}
	if c.article != nil && c.article.site != "" {
		return c.article.site
	}
	return ""
}

// separators part a headline from the name of the site and of the section in a page's title.
var separators = regexp.MustCompile(`\s+[|—–\-:•·»«/~>→]+\s+|\s*(?:\||::|»|•|·)\s*|\s+(?:::)\s*`)

// bareTitle takes the names of site and section off a title.
func bareTitle(t, site string, host string) string {
	t = spaced(t)
	var parts []string
	cuts := separators.FindAllStringIndex(t, -1)
	if len(cuts) == 0 {
		return t
	}
	from := 0
	for _, c := range cuts {
		parts = append(parts, t[from:c[0]])
		from = c[1]
	}
	parts = append(parts, t[from:])
	s, h := squash(site), squash(hostName(host))
	isSite := func(p string) bool {
		q := squash(p)
		if q == "" {
			return true
		}
		return s != "" && (q == s || len(q) > 3 && strings.Contains(s, q) || len(s) > 3 && strings.Contains(q, s) && utf8.RuneCountInString(p) < 60) ||
			h != "" && len(h) > 2 && strings.Contains(q, h) && utf8.RuneCountInString(p) < 40
	}
	lo, hi := 0, len(parts)
	for hi-lo > 1 && isSite(parts[hi-1]) {
		hi--
	}
	for hi-lo > 1 && isSite(parts[lo]) {
		lo++
	}
	if hi-lo == len(parts) {
		// The site is not known by name: a short piece at the end, after a bar or a long dash, is it.
		last := cuts[len(cuts)-1]
		mark := strings.TrimSpace(t[last[0]:last[1]])
		tail := parts[len(parts)-1]
		head := strings.TrimSpace(t[:last[0]])
		if mark != ":" && utf8.RuneCountInString(tail) <= 40 && utf8.RuneCountInString(head) >= 2*utf8.RuneCountInString(tail) && utf8.RuneCountInString(head) >= 25 {
			return head
		}
		return t
	}
	start, end := 0, len(t)
	if lo > 0 {
		start = cuts[lo-1][1]
	}
	if hi < len(parts) {
		end = cuts[hi-1][0]
	}
	return strings.TrimSpace(t[start:end])
}

func hostName(host string) string {
	host = strings.TrimPrefix(host, "www.")
	name, _, _ := strings.Cut(host, ".")
	return name
}

// title settles the headline. The page's own large heading wins where another witness, the description for machines
// or the window title or the feed, says the same; it is set with most care.
func (c *claims) title(u *url.URL, hinted string) (title string, node *html.Node) {
	host := ""
	if u != nil {
		host = u.Hostname()
	}
	site := c.siteName()
	var witnesses []string
	add := func(s string) {
		if s = spaced(s); s != "" {
			witnesses = append(witnesses, s)
		}
	}
	if c.article != nil {
		add(c.article.headline)
	}
	add(bareTitle(c.get("og:title"), site, host))
	add(bareTitle(c.get("twitter:title"), site, host))
	add(hinted)
	full := c.pageTitle
	bare := bareTitle(full, site, host)
	agrees := func(h string) bool {
		q := squash(h)
		if len(q) < 4 || q == squash(site) {
			return false
		}
		for _, w := range witnesses {
			v := squash(w)
			if v == q || len(q) > 12 && strings.HasPrefix(v, q) || len(v) > 12 && strings.HasPrefix(q, v) || alike(h, w) {
				return true
			}
		}
		for _, part := range separators.Split(full, -1) {
			if squash(part) == q {
				return true
			}
		}
		p := squash(full)
		return len(q) >= 12 && strings.Contains(p, q)
	}
	for _, list := range [][]*html.Node{c.h1, c.h2} {
		for _, n := range list {
			if t := textOf(n); utf8.RuneCountInString(t) <= 300 && agrees(t) {
				return t, n
			}
		}
	}
	if len(witnesses) > 0 && squash(witnesses[0]) != squash(site) {
		return witnesses[0], nil
	}
	if squash(bare) != "" && squash(bare) != squash(site) && !strings.EqualFold(bare, host) {
		return bare, nil
	}
	for _, n := range c.h1 {
		if t := textOf(n); t != "" && utf8.RuneCountInString(t) <= 300 && squash(t) != squash(site) {
			return t, n
		}
	}
	return bare, nil
}

// alike reports whether two headlines share most of their words.
func alike(a, b string) bool {
	wa, wb := strings.FieldsFunc(strings.ToLower(a), notWord), strings.FieldsFunc(strings.ToLower(b), notWord)
	if len(wa) < 4 || len(wb) < 4 {
		return false
	}
	have := map[string]bool{}
	for _, w := range wb {
		have[w] = true
	}
	n := 0
	for _, w := range wa {
		if have[w] {
			n++
		}
	}
	return n*10 >= max(len(wa), len(wb))*7
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// authors settles who wrote it.
func (c *claims) authors(hinted []string) []string {
	site := squash(c.siteName())
	var lists [][]string
	if c.article != nil {
		lists = append(lists, c.article.authors)
	}
	lists = append(lists, c.meta["author"], c.meta["article:author"], c.meta["dc.creator"], c.meta["parsely-author"], c.meta["sailthru.author"], c.meta["byl"])
	var rel, by []string
	for _, n := range c.rels {
		rel = append(rel, authorText(n))
	}
	for _, n := range c.bylines {
		if len(by) < 3 && !insideComments(n) {
			by = append(by, authorText(n))
		}
	}
	lists = append(lists, rel, by, hinted)
	for _, l := range lists {
		var out []string
		known := map[string]bool{}
		for _, a := range l {
			for _, p := range splitAuthors(a) {
				q := squash(p)
				if q == "" || q == site || known[q] || len(out) >= 10 {
					continue
				}
				known[q] = true
				out = append(out, p)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

func insideComments(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		switch n.DataAtom {
		case atom.Aside, atom.Footer, atom.Nav:
			return true
		case atom.Body, atom.Html:
			return false
		}
		if n.Type == html.ElementNode && hintOf(n)&hintComment != 0 {
			return true
		}
	}
	return false
}

// authorText prefers the name inside a byline to the whole of it.
func authorText(n *html.Node) string {
	var found string
	var walk func(*html.Node)
	walk = func(k *html.Node) {
		if found != "" {
			return
		}
		if k.Type == html.ElementNode && (attr(k, "itemprop") == "name" || hasWord(attr(k, "class"), "fn") || hasWord(attr(k, "rel"), "author")) {
			if v := attr(k, "content"); v != "" {
				found = v
			} else {
				found = textOf(k)
			}
			return
		}
		for d := k.FirstChild; d != nil; d = d.NextSibling {
			walk(d)
		}
	}
	walk(n)
	if found == "" {
		found = textOf(n)
	}
	return found
}

var (
	byWords     = regexp.MustCompile(`(?i)^(?:(?:written |posted |published |story |text )?by|author|authors|автор(?:ы)?(?: текста)?|авторы|текст|автордың аты|авторы|муаллиф|muallif|von|par|por|yazan|avtory?)(?:\s*[:：]\s*|\s+)`)
	authorSplit = regexp.MustCompile(`\s*(?:;|,|\s(?:and|und|et|y|и|және|жана|va|ва|we|ve|&)\s|\|)\s*`)
)

// splitAuthors makes names of a byline. Addresses, and lines too long to be names, are none.
func splitAuthors(s string) []string {
	s = spaced(s)
	if s == "" || len(s) > 256 || strings.Contains(s, "://") {
		return nil
	}
	s = byWords.ReplaceAllString(s, "")
	var out []string
	for _, p := range authorSplit.Split(s, -1) {
		p = strings.Trim(strings.TrimPrefix(strings.TrimSpace(p), "@"), " .,;:|–—-·•")
		n := utf8.RuneCountInString(p)
		if n < 2 || n > 60 || strings.Contains(p, "@") || len(strings.Fields(p)) > 6 || hasDigit(p) {
			continue
		}
		switch strings.ToLower(p) {
		case "admin", "administrator", "editor", "redaction", "редакция", "author", "автор", "guest", "user", "webmaster", "null", "undefined", "root", "super user":
			continue
		}
		out = append(out, p)
	}
	return out
}

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

// languages gives what a page claims of its language, the best claim first.
func (c *claims) languages(hinted string) []string {
	out := []string{hinted}
	if c.article != nil {
		out = append(out, c.article.language)
	}
	return append(out, c.lang, c.get("og:locale", "content-language", "language", "dc.language"))
}
