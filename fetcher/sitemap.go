package fetcher

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Sitemap is what a sitemap says: a list of pages, or an index of further sitemaps.
type Sitemap struct {
	Entries []Entry // the newest first, those without a date behind them in document order
	Parts   []Part
}

// Part is one sitemap of an index.
type Part struct {
	URL     string
	LastMod time.Time
}

// maxPages bounds the entries of one sitemap, as the protocol does.
const maxPages = 50_000

// ParseSitemap reads news sitemaps, plain ones, indexes and plain lists of addresses, gzipped or not, mending what is
// broken as for feeds. The news date becomes Published, lastmod becomes Updated. Addresses are resolved against url;
// dates without a zone are read in zone (nil means UTC). What is no sitemap gives a *Failure that says what it is.
func ParseSitemap(body []byte, url string, zone *time.Location) (Sitemap, error) {
	return parseSitemap(body, url, zone, DefaultShape())
}

func parseSitemap(body []byte, url string, zone *time.Location, shape Shape) (Sitemap, error) {
	text, _ := textOf(body, "")
	m, err := readSitemap(text, url, zone, shape)
	if err != nil {
		return Sitemap{}, refusal(NotASitemap, err)
	}
	slices.SortStableFunc(m.Entries, func(a, b Entry) int { return b.latest().Compare(a.latest()) })
	slices.SortStableFunc(m.Parts, func(a, b Part) int { return b.LastMod.Compare(a.LastMod) })
	return m, nil
}

// latest gives the later of the dates of an entry.
func (e *Entry) latest() time.Time {
	if e.Updated.After(e.Published) {
		return e.Updated
	}
	return e.Published
}

func readSitemap(text, address string, zone *time.Location, shape Shape) (Sitemap, error) {
	base, _ := url.Parse(address)
	m := markup{s: text}
	for i := 0; i < len(text); {
		n := strings.IndexByte(text[i:], '<')
		if n < 0 {
			break
		}
		i += n
		if end := m.skip(i); end > 0 {
			if head := text[i:min(len(text), i+15)]; strings.EqualFold(head, "<!doctype html>") {
				return Sitemap{}, pageInstead(text)
			}
			i = end
			continue
		}
		t, ok := tagAt(text, i)
		if !ok || t.closing {
			i++
			continue
		}
		switch t.local {
		case "urlset", "sitemapindex":
			if err := shape.checkSitemap(text, i); err != nil {
				return Sitemap{}, err
			}
			r := sitemapReader{markup: markup{s: text}, base: base, zone: zone, shape: shape, index: t.local == "sitemapindex"}
			return r.read(t.end)
		case "rss", "feed", "rdf":
			return Sitemap{}, errors.New("a feed")
		}
		if other, ok := rootInstead(t, text); ok {
			return Sitemap{}, other
		}
		i = t.end
	}
	return addressList(text)
}

// sitemapReader goes over the tags of a sitemap. It needs no tree: what matters is one level deep.
type sitemapReader struct {
	markup
	base  *url.URL
	zone  *time.Location
	shape Shape
	index bool
	out   Sitemap
	e     Entry
	mod   time.Time
	open  bool
}

func (r *sitemapReader) read(pos int) (Sitemap, error) {
	for {
		n := strings.IndexByte(r.s[pos:], '<')
		if n < 0 {
			break
		}
		pos += n
		if end := r.skip(pos); end > 0 {
			pos = end
			continue
		}
		t, ok := tagAt(r.s, pos)
		if !ok {
			pos++
			continue
		}
		if err := t.checked(r.shape); err != nil {
			return Sitemap{}, err
		}
		pos = t.end
		switch {
		case t.local == "url" && t.prefix != "image" && t.prefix != "video" || t.local == "sitemap":
			r.finish()
			r.open = !t.closing
		case t.closing || t.empty || !r.open:
		case t.prefix == "image" || t.prefix == "video" || t.prefix == "xhtml":
			// pictures have addresses and titles of their own
		default:
			pos = r.field(t)
		}
		if len(r.out.Entries)+len(r.out.Parts) >= maxPages {
			return r.out, nil
		}
	}
	return r.out, nil // an entry without its end is not whole
}

// field takes the text of an element and gives the place behind it.
func (r *sitemapReader) field(t tag) int {
	switch t.local {
	case "loc", "lastmod", "title", "publication_date", "language":
	default:
		return t.end
	}
	rest := r.s[t.end:]
	var inner string
	var after int
	if lead := len(rest) - len(strings.TrimLeft(rest, " \t\r\n")); strings.HasPrefix(rest[lead:], cdataStart) {
		end, next := r.cdata(t.end+lead, t.name)
		inner, after = r.s[t.end+lead+len(cdataStart):end], next
	} else if n := strings.IndexByte(rest, '<'); n >= 0 {
		inner, after = decodeEntities(rest[:n]), t.end+n
	} else {
		return t.end
	}
	switch t.local {
	case "loc":
		if r.e.Link == "" {
			r.e.Link = absolute(r.base, inner)
		}
	case "lastmod":
		r.mod = readDate(inner, r.zone)
	case "title":
		if r.e.Title == "" {
			r.e.Title = plainText(inner)
		}
	case "publication_date":
		r.e.Published = readDate(inner, r.zone)
	case "language":
		r.e.Language = plainText(inner)
	}
	return after
}

// finish takes the entry over that was open.
func (r *sitemapReader) finish() {
	if r.open && r.e.Link != "" {
		if r.index {
			r.out.Parts = append(r.out.Parts, Part{URL: r.e.Link, LastMod: r.mod})
		} else {
			r.e.Kind = KindSitemap
			if !r.mod.Equal(r.e.Published) {
				r.e.Updated = r.mod
			}
			r.out.Entries = append(r.out.Entries, r.e)
		}
	}
	r.e, r.mod, r.open = Entry{}, time.Time{}, false
}

// addressList reads a sitemap that is a text of one address a line.
func addressList(text string) (Sitemap, error) {
	if strings.TrimFunc(text, isBlank) == "" {
		return Sitemap{}, errors.New("an empty answer")
	}
	var m Sitemap
	for line := range strings.Lines(text) {
		if line = strings.TrimFunc(line, isBlank); line == "" {
			continue
		}
		link := absolute(nil, line)
		if link == "" || strings.ContainsAny(line, " <>\"") {
			return Sitemap{}, errors.New("text that is no list of addresses")
		}
		m.Entries = append(m.Entries, Entry{Kind: KindSitemap, Link: link})
		if len(m.Entries) == maxPages {
			break
		}
	}
	return m, nil
}
