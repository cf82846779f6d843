package normalize

import (
	"encoding/json"
	"regexp"
	"strings"
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
	password  bool // asks for one

	roles roles
}

// thing is a JSON-LD object, as far as it matters.
type thing struct {
	headline, body, published, modified, language, site string
	authors                                             []string
	walled                                              bool // it is not for everybody
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
	c := &claims{meta: map[string][]string{}, roles: roles{}}
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
	class, id := attr(n, "class"), attr(n, "id")
	switch {
	case hasWord(attr(n, "rel"), "author") || prop == "author":
		if len(c.rels) < most {
			c.rels = append(c.rels, n)
		}
	case class+id != "" && flowOf(n) != unread:
		named := c.roles.of(class) | c.roles.of(id)
		if len(c.bylines) < most && named&namesAuthor != 0 {
			c.bylines = append(c.bylines, n)
		}
		if len(c.dates) < most && named&namesDate != 0 {
			c.dates = append(c.dates, n)
		}
	}
	if (prop == "datepublished" || prop == "datecreated") && n.DataAtom != atom.Meta && len(c.dates) < most {
		c.dates = append(c.dates, n)
	}
}

// roleWords are the words of classes and ids that bylines and dates go by; two of them may stand together with a mark
// between.
var roleWords = func() map[string]role {
	m := map[string]role{}
	for r, list := range map[role]string{
		namesAuthor: "byline author authors author-name authorname avtor vcard writer muallif",
		namesDate: `date dates data datetime pubdate pub-date published publish-date publishdate post-date postdate posted-on dateline news-date newsdate
			article-date articledate entry-date entrydate timestamp time vremya sana`,
	} {
		for w := range strings.FieldsSeq(list) {
			m[w] |= r
		}
	}
	return m
}()

// role is what classes and ids call an element.
type role uint8

const (
	namesAuthor role = 1 << iota
	namesDate
)

// roles are those of the names that a page was found to use.
type roles map[string]role

func (known roles) of(names string) role {
	if names == "" {
		return 0
	}
	r, ok := known[names]
	if !ok {
		r = roleOf(names)
		known[names] = r
	}
	return r
}

// roleOf reads the words of a class or an id, each alone and as two that stand together.
func roleOf(names string) role {
	const longest = 16
	var r role
	last := -1 // where the word before the present one begins
	for at := 0; at < len(names); {
		if isNameMark(names[at]) {
			at++
			continue
		}
		end := at
		for end < len(names) && !isNameMark(names[end]) {
			end++
		}
		if end-at <= longest {
			r |= roleWords[strings.ToLower(names[at:end])]
		}
		if last >= 0 && end-last <= longest && names[at-1] == '-' {
			r |= roleWords[strings.ToLower(names[last:end])]
		}
		last, at = at, end
	}
	return r
}

func isNameMark(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '_' || c == '-'
}

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
			switch free := v["isAccessibleForFree"].(type) {
			case bool:
				a.walled = !free
			case string:
				a.walled = strings.EqualFold(free, "false")
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
	b := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b = append(b, byte(r))
		case r >= 'A' && r <= 'Z':
			b = append(b, byte(r)|0x20)
		case r < utf8.RuneSelf:
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
	}
	return string(b)
}

// authors settles who wrote it. signed are the names in lines of the page that nothing marks.
func (c *claims) authors(hinted, signed []string) []string {
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
	lists = append(lists, rel, by, hinted, signed)
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
		if n.Type == html.ElementNode && hintOf(n, nil)&hintComment != 0 {
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

// languages gives what a page claims of its language, the best claim first.
func (c *claims) languages(hinted string) []string {
	out := []string{hinted}
	if c.article != nil {
		out = append(out, c.article.language)
	}
	return append(out, c.lang, c.get("og:locale", "content-language", "language", "dc.language"))
}
