package fetcher

import (
	"html"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// vocabulary is the family of names that an element comes from.
type vocabulary int

const (
	vocCore vocabulary = iota // RSS, or no namespace at all
	vocAtom
	vocDC
	vocTerms
	vocContent
	vocMedia
	vocItunes
	vocOther
)

// vocabulary tells the family of an element by the namespace of its prefix, or else by the prefix that is customary.
func (v *sieve) vocabulary(t tag) vocabulary {
	if t.prefix == "" {
		if strings.Contains(t.attrs, "xmlns") {
			return vocabularyOf(t.attr("xmlns"), "")
		}
		return vocCore
	}
	if i := strings.IndexByte(v.root, ':'); i > 0 && v.root[:i] == t.prefix && v.kind != "rdf" {
		return vocCore
	}
	return vocabularyOf(v.spaces[t.prefix], t.prefix)
}

func vocabularyOf(space, prefix string) vocabulary {
	space = strings.ToLower(strings.TrimSpace(space))
	has := func(part string) bool { return strings.Contains(space, part) }
	switch {
	case space == "":
	case has("w3.org/2005/atom"), has("purl.org/atom"):
		return vocAtom
	case has("purl.org/dc/elements"), has("purl.org/metadata/dublin"):
		return vocDC
	case has("purl.org/dc/terms"):
		return vocTerms
	case has("rss/1.0/modules/content"):
		return vocContent
	case has("rss/1.0/modules"):
		return vocOther
	case has("mrss"), has("search.yahoo"):
		return vocMedia
	case has("itunes"):
		return vocItunes
	case has("purl.org/rss/1.0"), has("purl.org/net/rss"), has("netscape.com/rdf"), has("backend.userland.com"), has(".harvard.edu"):
		return vocCore
	}
	switch p := strings.ToLower(prefix); p {
	case "", "rss":
		return vocCore
	case "dc":
		return vocDC
	case "dcterms":
		return vocTerms
	case "content":
		return vocContent
	case "media":
		return vocMedia
	case "itunes":
		return vocItunes
	case "a10":
		return vocAtom
	default:
		if strings.HasPrefix(p, "atom") {
			return vocAtom
		}
	}
	return vocOther
}

// inner gives what stands between a start tag and its end, and moves behind it. An element whose end is missing ends
// where the next one begins. It is false at the end of a cut document.
func (v *sieve) inner(t tag) (string, bool) {
	if t.empty {
		return "", true
	}
	end, after, found := v.closeOf(t)
	if found {
		v.pos = after
		return v.s[t.end:end], true
	}
	end, found = v.openEnd(t)
	v.pos = end
	if !found {
		v.pos = len(v.s)
		return "", false
	}
	return v.s[t.end:end], true
}

// leave moves behind an element that nobody needs. One whose end is missing is left by its tag alone.
func (v *sieve) leave(t tag) {
	if t.empty {
		return
	}
	if _, after, ok := v.closeOf(t); ok {
		v.pos = after
	}
}

// closeOf finds the end tag of an element, before the item or feed around it ends.
func (v *sieve) closeOf(t tag) (end, after int, found bool) {
	d := &v.head
	if v.inItem {
		d = &v.item
	}
	if d.failed > maxFailed {
		return 0, 0, false
	}
	// The common case: text without any tag.
	if n := strings.IndexByte(v.s[t.end:], '<'); n >= 0 {
		i := t.end + n
		if rest := v.s[i:]; strings.HasPrefix(rest, "</") && strings.HasPrefix(rest[2:], t.name) && strings.HasPrefix(rest[2+len(t.name):], ">") {
			return i, i + len(t.name) + 3, true
		}
	}
	depth := 0
	for i := t.end; ; {
		n := strings.IndexByte(v.s[i:], '<')
		if n < 0 {
			break
		}
		i += n
		if strings.HasPrefix(v.s[i:], cdataStart) {
			_, i = v.cdata(i, t.name)
			continue
		}
		if e := v.skip(i); e > 0 {
			i = e
			continue
		}
		x, ok := tagAt(v.s, i)
		if !ok {
			i++
			continue
		}
		switch {
		case strings.EqualFold(x.name, t.name):
			if !x.closing {
				if !x.empty {
					depth++
				}
			} else if depth == 0 {
				return i, x.end, true
			} else {
				depth--
			}
		case v.isBoundary(x):
			d.failed++
			return 0, 0, false
		}
		i = x.end
	}
	d.failed++
	return 0, 0, false
}

// isBoundary tells the tags that end whatever is open.
func (v *sieve) isBoundary(t tag) bool {
	switch t.local {
	case "item", "entry":
		return v.isItem(t)
	case "channel":
		return t.closing
	}
	return t.closing && strings.EqualFold(t.name, v.root)
}

// openEnd finds where an element without an end tag ends: at an end tag that belongs to nothing, at the next field
// or at the end of the item. It is false where the document ends first.
func (v *sieve) openEnd(t tag) (int, bool) {
	open := 0
	for i := t.end; ; {
		n := strings.IndexByte(v.s[i:], '<')
		if n < 0 {
			return len(v.s), false
		}
		i += n
		if strings.HasPrefix(v.s[i:], cdataStart) {
			_, i = v.cdata(i, t.name)
			continue
		}
		x, ok := tagAt(v.s, i)
		switch {
		case !ok:
			i++
			continue
		case v.isBoundary(x), isField(x), strings.EqualFold(x.name, t.name):
			return i, true
		case x.closing:
			if open == 0 {
				return i, true
			}
			open--
		case !x.empty && !leftOpen[x.local]:
			open++
		}
		i = x.end
	}
}

// isField tells the tags that begin a field of an item and occur nowhere in HTML.
func isField(t tag) bool {
	if t.closing {
		return false
	}
	switch t.local {
	case "pubdate", "guid", "description", "encoded", "published", "updated", "enclosure", "category", "creator", "comments", "author", "id":
		return true
	case "link", "title":
		return strings.TrimSpace(t.attrs) == "" || strings.Contains(t.attrs, "href")
	}
	return t.prefix == "dc" || t.prefix == "media"
}

// innerText reads the inside of an element as HTML: entities are resolved once, CDATA is taken as it is. Where tags
// stand in it the inside is HTML already, and its entities stay.
func innerText(inner string, xhtml bool) string {
	if strings.IndexByte(inner, '<') < 0 {
		if strings.Contains(inner, "]]>") {
			inner = strings.ReplaceAll(inner, "]]>", "")
		}
		return decodeEntities(inner)
	}
	// The common case: one CDATA section.
	if trimmed := strings.TrimSpace(inner); strings.HasPrefix(trimmed, cdataStart) {
		if e := strings.Index(trimmed, "]]>"); e == len(trimmed)-3 {
			return trimmed[len(cdataStart):e]
		}
	}
	tags := false
	m := markup{s: inner}
	type piece struct {
		text string
		kind byte // t text, c CDATA, m markup
	}
	var list []piece
	for i := 0; i < len(inner); {
		n := strings.IndexByte(inner[i:], '<')
		if n < 0 {
			list = append(list, piece{inner[i:], 't'})
			break
		}
		if n > 0 {
			list = append(list, piece{inner[i : i+n], 't'})
			i += n
		}
		if strings.HasPrefix(inner[i:], cdataStart) {
			end, after := m.cdata(i, "")
			list = append(list, piece{strings.ReplaceAll(inner[i+len(cdataStart):end], cdataStart, ""), 'c'})
			i = after
			continue
		}
		if end := m.skip(i); end > 0 {
			i = end
			continue
		}
		if t, ok := tagAt(inner, i); ok {
			list = append(list, piece{unprefixed(inner[i:t.end], t), 'm'})
			tags = true
			i = t.end
			continue
		}
		list = append(list, piece{"<", 't'})
		i++
	}
	var out strings.Builder
	out.Grow(len(inner))
	for _, p := range list {
		switch {
		case p.kind == 't':
			text := strings.ReplaceAll(p.text, "]]>", "")
			if !tags {
				text = decodeEntities(text)
			}
			out.WriteString(text)
		case p.kind == 'c' && xhtml:
			out.WriteString(escapeText(p.text))
		default:
			out.WriteString(p.text)
		}
	}
	return out.String()
}

// unprefixed takes the namespace off a tag of XHTML.
func unprefixed(text string, t tag) string {
	if t.prefix == "" {
		return text
	}
	return strings.Replace(text, t.prefix+":", "", 1)
}

// absolute resolves a link. It is empty where no http or https address comes out.
func absolute(base *url.URL, link string) string {
	link = strings.TrimSpace(link)
	if link == "" || len(link) > maxLink {
		return ""
	}
	if strings.ContainsAny(link, " \t\r\n") {
		parts := strings.FieldsFunc(link, func(r rune) bool { return r == '\t' || r == '\r' || r == '\n' })
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		link = strings.ReplaceAll(strings.Join(parts, ""), " ", "%20")
	}
	if strings.ContainsFunc(link, unicode.IsControl) {
		return ""
	}
	u, err := url.Parse(link)
	if err != nil {
		if u, err = url.Parse(mendEscapes(link)); err != nil {
			return ""
		}
		link = u.String()
	}
	if !u.IsAbs() {
		if base == nil || !base.IsAbs() {
			return ""
		}
		u = base.ResolveReference(u)
		link = u.String()
	}
	if scheme := strings.ToLower(u.Scheme); scheme != "http" && scheme != "https" || u.Hostname() == "" {
		return ""
	}
	if !utf8.ValidString(link) {
		return ""
	}
	return link
}

// mendEscapes writes a per cent sign that escapes nothing as "%25".
func mendEscapes(s string) string {
	var out strings.Builder
	isHex := func(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			out.WriteString("%25")
			continue
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// plainText reads a line of HTML as text: tags away, entities resolved once, runs of blanks one space.
func plainText(s string) string {
	if strings.IndexByte(s, '<') >= 0 {
		s = withoutTags(s)
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	s = legal(s)
	for i, c := range []byte(s) { // most lines are clean
		if c >= utf8.RuneSelf || c == '\n' || c == '\t' || c == '\r' || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			return strings.Join(strings.FieldsFunc(s, isBlank), " ")
		}
	}
	return s
}

func isBlank(r rune) bool {
	return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b'
}

// withoutTags removes the tags of HTML and its comments. Other things in angle brackets are text.
func withoutTags(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	m := markup{s: s}
	for i := 0; i < len(s); {
		n := strings.IndexByte(s[i:], '<')
		if n < 0 {
			out.WriteString(s[i:])
			break
		}
		out.WriteString(s[i : i+n])
		i += n
		if end := m.skip(i); end > 0 && strings.HasPrefix(s[i:], "<!--") {
			i = end
			continue
		}
		t, ok := tagAt(s, i)
		if !ok || !isHTML(t.local) {
			out.WriteByte('<')
			i++
			continue
		}
		i = t.end
		if (t.local == "script" || t.local == "style") && !t.closing {
			if e := m.past("</"+t.name, i); e > 0 {
				i = e - 2 - len(t.name)
			}
		}
		if t.local == "br" || t.local == "p" || t.local == "div" || t.local == "li" {
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// isHTML tells the elements that occur within lines of text.
func isHTML(name string) bool {
	switch name {
	case "a", "abbr", "acronym", "article", "b", "bdi", "bdo", "big", "blockquote", "br", "center", "cite", "code", "dd", "del", "dfn", "div", "dl", "dt", "em",
		"font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "iframe", "img", "input", "ins", "kbd", "label", "li", "mark", "nobr", "noscript", "object", "ol", "p",
		"pre", "q", "s", "samp", "script", "section", "small", "span", "strike", "strong", "style", "sub", "sup", "svg", "table", "tbody", "td", "th", "time", "tr",
		"tt", "u", "ul", "var", "video", "wbr":
		return true
	}
	return false
}
