package fetcher

import "strings"

// findRoot finds the start tag of a feed and its kind, over whatever a broken server prints before it. The error says
// what the document is instead.
func findRoot(s string, shape Shape) (root tag, kind string, err error) {
	if strings.TrimFunc(s, isBlank) == "" {
		return tag{}, "", instead{what: "an empty answer"}
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
				return tag{}, "", pageInstead(s)
			}
			i = end
			continue
		}
		t, ok := tagAt(s, i)
		if !ok || t.closing {
			i++
			continue
		}
		if err := t.checked(shape); err != nil {
			return tag{}, "", err
		}
		switch t.local {
		case "rss", "channel":
			return t, "rss", nil
		case "rdf":
			if strings.Contains(t.attrs, "purl.org/rss") || strings.Contains(t.attrs, "netscape.com") || has(s[i:], "<item", "<channel", "<ITEM", "<CHANNEL") {
				return t, "rdf", nil
			}
			return tag{}, "", instead{what: "an RDF document without a channel"}
		case "feed":
			if strings.Contains(t.attrs, "tom") || strings.Contains(s[i:], "<entry") || strings.Contains(s[i:], "<title") {
				return t, "atom", nil
			}
		}
		if other, ok := rootInstead(t, s); ok {
			return tag{}, "", other
		}
		i = t.end
		if t.local == "script" || t.local == "style" {
			if end := m.past("</"+t.name, i); end > 0 {
				i = end
			}
		}
	}
	return tag{}, "", textInstead(s)
}
