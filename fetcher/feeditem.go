package fetcher

import (
	"cmp"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// feedField reads an element of the feed itself.
func (v *sieve) feedField(t tag) {
	d := &v.head
	voc := v.vocabulary(t)
	own := voc == vocCore || voc == vocAtom
	switch {
	case t.local == "title" && own:
		d.title.offer(2, v.text(t))
	case t.local == "title" && voc == vocDC:
		d.title.offer(1, v.text(t))
	case t.local == "language" && (own || voc == vocDC):
		d.language.offer(2, plainText(v.text(t)))
	case t.local == "ttl" && own:
		if n, err := strconv.Atoi(strings.TrimSpace(v.text(t))); err == nil && n > 0 && n < 1_000_000 {
			v.ttl = time.Duration(n) * time.Minute
		}
	case t.local == "updateperiod":
		v.period = periods[strings.ToLower(strings.TrimSpace(v.text(t)))]
	case t.local == "updatefrequency":
		if n, err := strconv.Atoi(strings.TrimSpace(v.text(t))); err == nil && n > 0 && n < 10_000 {
			v.often = n
		}
	case t.local == "channel":
		v.enter(t)
		v.head.language.offer(1, t.attr("xml:lang"))
	default:
		v.leave(t)
	}
}

// periods are the values of sy:updatePeriod.
var periods = map[string]time.Duration{
	"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour, "monthly": 30 * 24 * time.Hour, "yearly": 365 * 24 * time.Hour,
}

// itemField reads an element of an item.
func (v *sieve) itemField(t tag) {
	d := &v.item
	if d.fields++; d.fields > maxFields {
		return
	}
	voc := v.vocabulary(t)
	core := voc == vocCore || voc == vocAtom
	dc := voc == vocDC
	date := func(c *instant, rank int) { c.offer(rank, readDate(plainText(v.text(t)), v.zone)) }
	switch t.local {
	case "title":
		switch {
		case core:
			d.title.offer(9, v.text(t))
			return
		case dc:
			d.title.offer(5, v.text(t))
			return
		case voc == vocMedia:
			d.title.offer(3, v.text(t))
			return
		}
	case "link":
		if core {
			d.link.offer(v.link(t))
			return
		}
	case "origlink":
		d.origin = cmp.Or(d.origin, absolute(v.base, v.raw(t)))
		return
	case "guid":
		if core {
			v.guid(t)
			return
		}
	case "id":
		if core {
			id := v.raw(t)
			d.guid.offer(90, id)
			d.link.offer(45, v.permalink(id))
			return
		}
	case "identifier":
		if dc {
			id := v.raw(t)
			d.guid.offer(5, id)
			d.link.offer(30, absolute(nil, id))
			return
		}
	case "description", "summary", "abstract", "subtitle":
		if rank := summaryRank(t.local, voc); rank > 0 {
			d.summarize(rank, v.text(t))
			return
		}
	case "group":
		if voc == vocMedia {
			return // what it holds belongs to the item
		}
	case "encoded", "full-text", "fulltext", "body", "content":
		if voc != vocMedia && voc != vocItunes && (voc != vocOther || t.local != "content") {
			d.content.offer(9, v.text(t))
			return
		}
	case "author", "creator", "contributor":
		if t.local == "contributor" && len(d.authors) > 0 {
			break
		}
		if name := v.author(t); name != "" && len(d.authors) < 20 && (voc != vocItunes || len(d.authors) == 0) {
			d.authors = append(d.authors, name)
		}
		return
	case "pubdate", "published", "issued", "created", "date", "available":
		rank := map[string]int{"pubdate": 90, "published": 85, "issued": 75, "available": 71, "created": 70, "date": 65}[t.local]
		if !core && !dc {
			rank -= 20
		}
		date(&d.published, rank)
		return
	case "updated", "modified":
		rank := 90
		if !core {
			rank = 80
		}
		date(&d.updated, rank)
		return
	case "language":
		if core || dc {
			d.language.offer(2, plainText(v.text(t)))
			return
		}
	}
	v.leave(t)
}

// summaryRank says how well an element sums an item up, 0 for not at all.
func summaryRank(local string, voc vocabulary) int {
	switch {
	case voc == vocOther || voc == vocContent:
		return 0
	case voc == vocCore || voc == vocAtom:
		return map[string]int{"description": 9, "summary": 8, "abstract": 6, "subtitle": 2}[local]
	case voc == vocDC || voc == vocTerms:
		return 5
	case local == "subtitle":
		return 1
	}
	return 3
}

// summarize takes a summary; the next best is kept beside it.
func (d *draft) summarize(rank int, text string) {
	if rank > d.summary.rank {
		if text != "" && d.summary.value != text {
			d.further.offer(d.summary.rank, d.summary.value)
		}
		d.summary.offer(rank, text)
	} else if text != d.summary.value {
		d.further.offer(rank, text)
	}
}

// guid reads the identifier of an RSS item. One that looks like an address is also a link, where there is no other.
func (v *sieve) guid(t tag) {
	id := v.raw(t)
	v.item.guid.offer(90, id)
	if strings.EqualFold(t.attr("ispermalink"), "false") {
		v.item.link.offer(40, absolute(nil, id))
		return
	}
	v.item.link.offer(50, v.permalink(id))
}

// permalink gives the address that an identifier is: one that is whole, or a path from the root. Any other word could
// be resolved too, but would lead nowhere.
func (v *sieve) permalink(id string) string {
	if strings.HasPrefix(id, "/") {
		return absolute(v.base, id)
	}
	return absolute(nil, id)
}

// link ranks the address of a link element, be it its text or its attribute.
func (v *sieve) link(t tag) (rank int, link string) {
	base := v.base
	if strings.Contains(t.attrs, "base") {
		base = rebase(base, t.attr("xml:base"))
	}
	if !strings.Contains(t.attrs, "href") && !strings.Contains(t.attrs, "rel") {
		return 95, absolute(base, v.raw(t))
	}
	text := v.raw(t)
	href, rel, kind := t.attr("href"), strings.ToLower(strings.TrimSpace(t.attr("rel"))), t.attr("type")
	if strings.TrimSpace(href) == "" {
		href = text
	}
	rank = 0
	switch strings.TrimPrefix(rel, "http://www.iana.org/assignments/relation/") {
	case "alternate", "":
		rank = 90
		if kind != "" && !strings.Contains(kind, "html") {
			rank = 60
		}
	case "self", "edit", "service.edit":
		rank = 8
	case "enclosure", "replies", "comments", "next", "hub", "edit-media", "license", "image", "icon", "author", "service.post", "http://schemas.google.com/g/2005#feed":
		rank = 4
	default: // related, via, …
		rank = 12
	}
	return rank, absolute(base, href)
}

// author reads a name: the text, or the name element below it. A mailbox alone is no name.
func (v *sieve) author(t tag) string {
	inner, ok := v.inner(t)
	if !ok {
		return ""
	}
	if strings.Contains(inner, "<") {
		for i := 0; i < len(inner); i++ {
			n := strings.IndexByte(inner[i:], '<')
			if n < 0 {
				break
			}
			i += n
			child, ok := tagAt(inner, i)
			if !ok || child.closing || child.local != "name" {
				continue
			}
			end := strings.Index(inner[child.end:], "</")
			if end < 0 {
				break
			}
			return authorName(plainText(innerText(inner[child.end:child.end+end], false)))
		}
		if strings.Contains(inner, "<email") || strings.Contains(inner, "<uri") {
			return ""
		}
	}
	return authorName(plainText(innerText(inner, false)))
}

// authorName takes the mailbox off "mail@example.org (Name)" and "Name <mail@example.org>".
func authorName(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	if before, after, ok := strings.Cut(s, "("); ok {
		after = strings.TrimSuffix(strings.TrimSpace(after), ")")
		if strings.Contains(before, "@") {
			s = after
		} else {
			s = before
		}
	} else if before, _, ok := strings.Cut(s, "<"); ok {
		s = before
	}
	s = strings.TrimSpace(s)
	if strings.Contains(s, "@") && !strings.Contains(s, " ") {
		return ""
	}
	return s
}

// raw reads an element that holds an address or an identifier.
func (v *sieve) raw(t tag) string {
	inner, _ := v.inner(t)
	return strings.TrimSpace(innerText(inner, false))
}

// text reads an element as HTML, by the type that Atom gives it.
func (v *sieve) text(t tag) string {
	kind, mode := strings.ToLower(strings.TrimSpace(t.attr("type"))), strings.ToLower(t.attr("mode"))
	inner, ok := v.inner(t)
	if !ok {
		return ""
	}
	typed := v.kind == "atom" || v.vocabulary(t) == vocAtom
	text := innerText(inner, strings.Contains(kind, "xhtml"))
	text = strings.TrimSpace(text)
	switch {
	case !typed:
	case strings.Contains(kind, "xhtml") || strings.Contains(kind, "xml") || mode == "xml" && strings.Contains(kind, "html"):
		text = withoutDiv(text)
	case mode == "base64" || mode == "" && isBinary(kind):
		if raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err == nil {
			text, _ = textOf(raw, "")
		}
	case strings.Contains(kind, "html") || mode == "escaped" && kind != "text" && kind != "text/plain":
	case strings.Contains(inner, "<") && !strings.Contains(inner, cdataStart):
	case kind == "" && looksLikeMarkup(text):
	default:
		text = escapeText(text)
	}
	return text
}

func isBinary(kind string) bool {
	return strings.HasPrefix(kind, "application/octet") || strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/")
}

func escapeText(s string) string {
	if !strings.ContainsAny(s, "&<") {
		return s
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// looksLikeMarkup tells HTML that nobody declared from text that holds a "<".
func looksLikeMarkup(s string) bool {
	return strings.Contains(s, "</") || strings.Contains(s, "/>") || strings.Contains(s, "<p>") || strings.Contains(s, "<br>") || strings.Contains(s, "<img ") ||
		strings.Contains(s, "&") && decodeEntities(s) != s
}

// withoutDiv takes off the div that Atom wraps round XHTML.
func withoutDiv(s string) string {
	if !strings.HasPrefix(s, "<div") || !strings.HasSuffix(s, "</div>") {
		return s
	}
	t, ok := tagAt(s, 0)
	if !ok || t.local != "div" || t.empty || strings.Count(s, "<div") != strings.Count(s, "</div>") {
		return s
	}
	return strings.TrimSpace(s[t.end : len(s)-len("</div>")])
}
