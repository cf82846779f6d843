package fetcher

import (
	"cmp"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of one feed. Those that refuse it are in [Shape].
const (
	maxFields = 512 // of one item; what comes after them is not read
	maxFailed = 16  // searches in one item for an end that is not there
)

// Bounds of what is kept of one entry, in bytes. Longer texts are cut, longer addresses are no addresses.
const (
	maxTitle  = 1 << 10
	maxAuthor = 256
	maxGUID   = 2 << 10
	maxLink   = 2 << 10
	maxText   = 2 << 20
)

// sieve reads the XML of a feed as forgivingly as a browser reads HTML: whatever dialect it is written in, however
// its tags are nested, named, closed or cut. What chapar uses of it is written again as a flat, well-formed RSS
// document, and that is what gofeed gets to read. So gofeed never meets the shapes that it refuses, misreads or dies
// of (a depth of a million, a thousand namespaces), and an item that is broken costs that item at most.
type sieve struct {
	markup
	pos    int
	kind   string // rss, rdf, atom
	root   string // its name as written
	spaces map[string]string
	base   *url.URL // of what is being read: the address of the feed, then xml:base
	zone   *time.Location
	shape  Shape

	head     draft
	item     draft
	inItem   bool
	items    strings.Builder
	count    int
	complete bool
	ttl      time.Duration
	period   time.Duration
	often    int
}

// draft collects what is said of one item, or of the feed. Of several candidates the one of the highest rank stays,
// of equal ones the first.
type draft struct {
	title, link, guid, language choice
	origin                      string // the address that link leads to by way of a service
	summary, content, further   choice // further: a second summary, which stands for a content that is not there
	published, updated          instant
	authors                     []string
	base                        *url.URL // to go back to at the end
	fields, failed              int
	nested                      bool // began before the item in front of it had ended
}

type choice struct {
	value string
	rank  int
}

func (c *choice) offer(rank int, value string) {
	if value != "" && rank > c.rank {
		c.value, c.rank = value, rank
	}
}

type instant struct {
	at   time.Time
	rank int
}

func (c *instant) offer(rank int, at time.Time) {
	if !at.IsZero() && rank > c.rank {
		c.at, c.rank = at, rank
	}
}

// run reads from the root, whose tag is given, to its end.
func (v *sieve) run(root tag) error {
	if err := v.shape.checkFeed(v.s, root.end); err != nil {
		return err
	}
	v.root, v.pos = root.name, root.end
	v.declare(root)
	v.enter(root)
	v.head.language.offer(1, root.attr("xml:lang"))
	ended := false // where the root did, and yet goes on
	for {
		t, ok := v.next()
		if !ok {
			break
		}
		if err := t.checked(v.shape); err != nil {
			return err
		}
		v.pos = t.end
		if t.closing {
			switch {
			case strings.EqualFold(t.name, v.root):
				v.endItem(true)
				v.complete = true
				if t.local == "channel" && v.count == 0 {
					ended = true // of RDF that lost its root: the items come behind it
					continue
				}
				return nil
			case t.local == "item" || t.local == "entry":
				v.endItem(true)
			case t.local == "channel" && v.kind == "rss":
				v.endItem(true)
				v.complete = true // there are those that forget the end of the root
			}
			continue
		}
		v.declare(t)
		switch {
		case v.isItem(t):
			nested := v.inItem
			v.endItem(true)
			if v.count >= v.shape.Entries {
				return v.shape.tooMany()
			}
			v.beginItem(t)
			v.item.nested = nested
			if t.empty {
				v.endItem(true)
			}
		case v.inItem:
			v.itemField(t)
		default:
			v.feedField(t)
		}
	}
	v.complete = v.complete || ended && !v.inItem
	v.endItem(false)
	return nil
}

// next finds the next tag at or behind the position, over comments and CDATA.
func (v *sieve) next() (tag, bool) {
	for {
		i := strings.IndexByte(v.s[v.pos:], '<')
		if i < 0 {
			return tag{}, false
		}
		i += v.pos
		if end := v.skip(i); end > 0 {
			v.pos = end
			continue
		}
		if strings.HasPrefix(v.s[i:], cdataStart) {
			_, v.pos = v.cdata(i, "")
			continue
		}
		if t, ok := tagAt(v.s, i); ok {
			return t, true
		}
		v.pos = i + 1
	}
}

// declare remembers the namespaces that a tag declares. They are taken as if they held everywhere: feeds declare each
// prefix once, and those that do not use it undeclared.
func (v *sieve) declare(t tag) {
	if !strings.Contains(t.attrs, "xmlns:") {
		return
	}
	for key, value := range t.attributes() {
		if prefix, ok := strings.CutPrefix(key, "xmlns:"); ok && len(v.spaces) < v.shape.Prefixes {
			v.spaces[prefix] = value
		}
	}
}

// enter takes over the xml:base of a tag.
func (v *sieve) enter(t tag) {
	if strings.Contains(t.attrs, "base") {
		v.base = rebase(v.base, t.attr("xml:base"))
	}
}

func rebase(base *url.URL, ref string) *url.URL {
	if ref == "" {
		return base
	}
	u, err := url.Parse(strings.TrimSpace(ref))
	if err != nil {
		return base
	}
	if base != nil {
		return base.ResolveReference(u)
	}
	if u.IsAbs() {
		return u
	}
	return nil
}

func (v *sieve) isItem(t tag) bool {
	if t.local != "item" && t.local != "entry" {
		return false
	}
	voc := v.vocabulary(t)
	return voc == vocCore || voc == vocAtom
}

func (v *sieve) beginItem(t tag) {
	v.inItem, v.complete = true, false
	v.item = draft{base: v.base}
	v.enter(t)
	if about := t.attr("rdf:about"); about != "" {
		v.item.guid.offer(10, strings.TrimSpace(about))
		v.item.link.offer(20, absolute(v.base, about))
	}
	v.item.language.offer(1, t.attr("xml:lang"))
}

// endItem writes the item, if one is open. An item is whole when something came behind it.
func (v *sieve) endItem(whole bool) {
	if !v.inItem {
		return
	}
	v.inItem = false
	v.base = v.item.base
	if !whole || v.item.nested && v.item.fields == 0 {
		return
	}
	v.count++
	v.items.WriteString("<item>")
	v.item.write(&v.items)
	v.items.WriteString("</item>\n")
}

// write puts the draft down in the dialect that [translate] reads.
func (d *draft) write(out *strings.Builder) {
	writeElement(out, "title", shortened(plainText(d.title.value), maxTitle))
	writeElement(out, "link", cmp.Or(d.link.value, d.origin))
	writeElement(out, "origin", d.origin)
	writeElement(out, "guid", shortened(d.guid.value, maxGUID))
	writeElement(out, "description", shortened(d.summary.value, maxText))
	d.content.offer(1, d.further.value)
	writeElement(out, "content:encoded", shortened(d.content.value, maxText))
	writeElement(out, "language", shortened(d.language.value, maxAuthor))
	for _, a := range d.authors {
		writeElement(out, "dc:creator", shortened(a, maxAuthor))
	}
	if !d.published.at.IsZero() {
		writeElement(out, "published", d.published.at.Format(time.RFC3339Nano))
	}
	if !d.updated.at.IsZero() {
		writeElement(out, "updated", d.updated.at.Format(time.RFC3339Nano))
	}
}

// shortened cuts a text on a character.
func shortened(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// document gives what gofeed reads.
func (v *sieve) document() io.Reader {
	var out strings.Builder
	out.WriteString(`<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>` + "\n")
	writeElement(&out, "title", shortened(plainText(v.head.title.value), maxTitle))
	writeElement(&out, "language", shortened(v.head.language.value, maxAuthor))
	if v.ttl == 0 && v.period > 0 {
		v.ttl = v.period / time.Duration(max(v.often, 1))
	}
	if v.ttl > 0 {
		writeElement(&out, "ttl", strconv.Itoa(int(v.ttl/time.Minute)))
	}
	return io.MultiReader(strings.NewReader(out.String()), strings.NewReader(v.items.String()), strings.NewReader("</channel></rss>"))
}

// writeElement writes text as CDATA, without the characters that XML forbids.
func writeElement(out *strings.Builder, name, text string) {
	if text == "" {
		return
	}
	out.WriteString("<" + name + ">" + cdataStart)
	text = legal(text)
	for {
		i := strings.Index(text, "]]>")
		if i < 0 {
			break
		}
		out.WriteString(text[:i+2] + "]]>" + cdataStart)
		text = text[i+2:]
	}
	out.WriteString(text + "]]></" + name + ">")
}

// legal drops the characters that XML forbids.
func legal(s string) string {
	forbidden := func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
	}
	if strings.IndexFunc(s, forbidden) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if forbidden(r) {
			return -1
		}
		return r
	}, s)
}
