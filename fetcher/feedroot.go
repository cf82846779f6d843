package fetcher

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// findRoot finds the start tag of a feed and its kind, over whatever a broken server prints before it. The error says
// what the document is instead.
func findRoot(s string) (root tag, kind string, err error) {
	if strings.TrimFunc(s, isBlank) == "" {
		return tag{}, "", errors.New("an empty answer")
	}
	m := markup{s: s}
	for i := 0; i < len(s); {
		n := strings.IndexByte(s[i:], '<')
		if n < 0 {
			break
		}
		i += n
		if end := m.skip(i); end > 0 {
			if head := s[i:min(len(s), i+40)]; len(head) > 10 && strings.EqualFold(head[:9], "<!doctype") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(head[9:])), "html") {
				return tag{}, "", errors.New("an HTML page" + titled(s))
			}
			i = end
			continue
		}
		t, ok := tagAt(s, i)
		if !ok || t.closing {
			i++
			continue
		}
		if err := t.checked(); err != nil {
			return tag{}, "", err
		}
		switch t.local {
		case "rss", "channel":
			return t, "rss", nil
		case "rdf":
			if strings.Contains(t.attrs, "purl.org/rss") || strings.Contains(t.attrs, "netscape.com") || strings.Contains(s[i:], "<item") || strings.Contains(s[i:], "<channel") {
				return t, "rdf", nil
			}
			return tag{}, "", errors.New("an RDF document without a channel")
		case "feed":
			if strings.Contains(t.attrs, "tom") || strings.Contains(s[i:], "<entry") || strings.Contains(s[i:], "<title") {
				return t, "atom", nil
			}
		}
		if instead := otherRoot(t, s); instead != "" {
			return tag{}, "", errors.New(instead)
		}
		i = t.end
		if t.local == "script" || t.local == "style" {
			if end := m.past("</"+t.name, i); end > 0 {
				i = end
			}
		}
	}
	if head := strings.TrimSpace(s[:min(len(s), 512)]); strings.HasPrefix(head, "[") || strings.HasPrefix(head, "{") {
		return tag{}, "", errors.New("JSON that is no feed")
	}
	if strings.ContainsRune(s[:min(len(s), 512)], 0) || strings.Count(s[:min(len(s), 512)], string(utf8.RuneError)) > 16 {
		return tag{}, "", errors.New("binary data")
	}
	return tag{}, "", errors.New("text without a feed in it")
}

// otherRoot names the document that begins with an element, empty where the element may be the output of a script that
// failed before it wrote the feed.
func otherRoot(t tag, s string) string {
	switch t.local {
	case "html", "head", "body", "meta", "main":
		return "an HTML page" + titled(s)
	case "urlset":
		return "a sitemap"
	case "sitemapindex":
		return "an index of sitemaps"
	case "opml":
		return "an OPML list"
	}
	if isHTML(t.local) {
		return ""
	}
	name := t.name
	if len(name) > 40 {
		name = "…"
	}
	return fmt.Sprintf("an XML document with the root %q", name)
}

// titled reads the title of an HTML page for a message.
func titled(s string) string {
	low := strings.ToLower(s[:min(len(s), 64<<10)])
	start := strings.Index(low, "<title")
	if start < 0 || len(low) != min(len(s), 64<<10) {
		return ""
	}
	t, ok := tagAt(s, start)
	if !ok {
		return ""
	}
	end := strings.Index(low[min(t.end, len(low)):], "</title")
	if end < 0 {
		return ""
	}
	title := plainText(s[t.end : t.end+end])
	if title == "" {
		return ""
	}
	if r := []rune(title); len(r) > 80 {
		title = string(r[:79]) + "…"
	}
	return fmt.Sprintf(" titled %q", title)
}
