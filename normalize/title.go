package normalize

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

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

// isMarks reports whether a text has neither letter nor figure.
func isMarks(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !notWord(r) }) < 0
}

// headingText is the text of a heading without what stands in it and is none of it: the counter of comments, words for
// screen readers.
func headingText(n *html.Node) string {
	const most = 40 // characters of such a note
	whole := textOf(n)
	for k := range n.ChildNodes() {
		if k.Type != html.ElementNode || hintOf(k, nil)&(hintComment|hintHidden) == 0 {
			continue
		}
		if note := textOf(k); utf8.RuneCountInString(note) <= most && len(note) < len(whole)/2 && !isMarks(note) {
			whole = strings.TrimSpace(strings.Replace(whole, note, "", 1))
		}
	}
	return whole
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
	attested := func(h, q string) bool {
		for _, w := range witnesses {
			v := squash(w)
			if v == q || len(q) > 12 && strings.HasPrefix(v, q) || len(v) > 12 && strings.HasPrefix(q, v) || alike(h, w) {
				return true
			}
		}
		return false
	}
	inWindow := func(_, q string) bool {
		for _, part := range separators.Split(full, -1) {
			if squash(part) == q {
				return true
			}
		}
		return len(q) >= 12 && strings.Contains(squash(full), q)
	}
	heading := func(agrees func(h, q string) bool, least int) (string, *html.Node) {
		for _, list := range [][]*html.Node{c.h1, c.h2} {
			for _, n := range list {
				t := headingText(n)
				q := squash(t)
				if len(q) >= 4 && q != squash(site) && utf8.RuneCountInString(t) <= 300 && !leadsHome(n) && agrees(t, q) && (least == 0 || wordCount(t) >= least) {
					return unlabelledTitle(t, witnesses), n
				}
			}
		}
		return "", nil
	}
	// The window's title names site and section too, which some pages set as headings: it is asked last, and of the
	// headings that it names one of a few words, which it does not begin with, yields to a longer one.
	if title, node = heading(attested, 0); node != nil {
		return title, node
	}
	parts := separators.Split(full, -1)
	if title, node = heading(inWindow, 0); node != nil && wordCount(title) < leastHeadline && squash(title) != squash(parts[0]) {
		if longer, n := heading(func(h, q string) bool { return inWindow(h, q) || alikeAny(h, parts) }, leastHeadline); n != nil {
			return longer, n
		}
	}
	if node != nil {
		return title, node
	}
	if len(witnesses) > 0 && squash(witnesses[0]) != squash(site) {
		return witnesses[0], nil
	}
	// A window of few words bears the name of the site on every page and says nothing of the article.
	if wordCount(bare) < leastHeadline {
		for _, n := range c.h1 {
			if t := textOf(n); wordCount(t) >= leastHeadline && utf8.RuneCountInString(t) <= 300 && !leadsHome(n) {
				return t, n
			}
		}
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

// leastHeadline is how many words a headline has that needs no witness.
const leastHeadline = 4

// unlabelledTitle takes from a heading what a witness shows to be no part of the headline: the name of a section that
// stands in the same heading before it. Where the two run into each other without a blank, the witness is the better one.
func unlabelledTitle(heading string, witnesses []string) string {
	const longest = 24 // letters of such a name
	q := squash(heading)
	for _, w := range witnesses {
		v := squash(w)
		switch {
		case len(v) < 12:
		case v == q && len(strings.Fields(w)) > len(strings.Fields(heading)):
			return w
		case len(v) < len(q) && strings.HasSuffix(q, v) && utf8.RuneCountInString(q[:len(q)-len(v)]) <= longest && !strings.ContainsRune(heading[:max(0, len(heading)-len(w))], ':'):
			return w
		}
	}
	return heading
}

// leadsHome reports whether a heading is a link to the front page: the name of the site, set as large as a headline.
func leadsHome(n *html.Node) bool {
	if n.DataAtom == atom.A {
		u, err := url.Parse(strings.TrimSpace(attr(n, "href")))
		return err == nil && (strings.Trim(u.Path, "/") == "" || isIndexName(strings.Trim(u.Path, "/"))) && u.RawQuery == "" && u.Fragment == "" && attr(n, "href") != ""
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		if leadsHome(k) {
			return true
		}
	}
	return false
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

func alikeAny(a string, all []string) bool {
	return slices.ContainsFunc(all, func(b string) bool { return alike(a, b) })
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
