package fetcher

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	jsonfeed "github.com/mmcdole/gofeed/json"
)

// parseJSONFeed reads JSON Feed. Where gofeed refuses it, the document is read again item by item and field by field:
// commas too many, line ends within strings, fields of a wrong type and a missing end cost no more than themselves.
func parseJSONFeed(text, address string, zone *time.Location, shape Shape) (Feed, error) {
	text = strings.TrimLeft(text, " \t\r\n\ufeff")
	read, err := readJSON(text)
	complete, mended := true, false
	if err != nil {
		var doc string
		if doc, complete = salvageJSON(text, shape.Entries); doc == "" {
			return Feed{}, fmt.Errorf("JSON that cannot be read: %w", err)
		}
		if read, err = readJSON(doc); err != nil {
			return Feed{}, fmt.Errorf("JSON that cannot be read: %w", err)
		}
		mended = true
	}
	if !strings.Contains(strings.ToLower(read.Version), "jsonfeed") && len(read.Items) == 0 {
		return Feed{}, jsonInstead(text)
	}
	if len(read.Items) > shape.Entries {
		return Feed{}, shape.tooMany()
	}
	f := Feed{Kind: "json", Title: plainText(escapeText(read.Title)), Language: read.Language, Complete: complete}
	base, _ := url.Parse(address)
	for _, it := range read.Items {
		if it != nil {
			f.Entries = append(f.Entries, translateJSON(it, read, base, zone))
		}
	}
	if mended {
		f.Notes = append(f.Notes, "broken JSON mended")
	}
	if !complete {
		f.Notes = append(f.Notes, fmt.Sprintf("the end is missing; %d whole entries kept", len(f.Entries)))
	}
	if len(f.Entries) == 0 {
		f.Notes = append(f.Notes, "no entries")
	}
	return f, nil
}

func readJSON(text string) (f *jsonfeed.Feed, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("gofeed: %v", r)
		}
	}()
	var p jsonfeed.Parser
	return p.Parse(strings.NewReader(text))
}

func translateJSON(it *jsonfeed.Item, f *jsonfeed.Feed, base *url.URL, zone *time.Location) Entry {
	e := Entry{
		Kind:     KindFeed,
		GUID:     shortened(strings.TrimSpace(legal(it.ID)), maxGUID),
		Title:    shortened(plainText(escapeText(it.Title)), maxTitle),
		Summary:  shortened(escapeText(legal(it.Summary)), maxText),
		Content:  shortened(legal(it.ContentHTML), maxText),
		Language: shortened(it.Language, maxAuthor),
	}
	if e.Content == "" {
		e.Content = shortened(strings.ReplaceAll(escapeText(legal(it.ContentText)), "\n", "<br>\n"), maxText)
	}
	for _, link := range []string{it.URL, it.ExternalURL} {
		if e.Link == "" {
			e.Link = absolute(base, link)
		}
	}
	if e.Link == "" {
		e.Link = absolute(nil, it.ID)
	}
	if e.Language == "" {
		e.Language = f.Language
	}
	authors := it.Authors
	if len(authors) == 0 && it.Author != nil {
		authors = []*jsonfeed.Author{it.Author}
	}
	if len(authors) == 0 {
		authors = f.Authors
	}
	for _, a := range authors {
		if a == nil {
			continue
		}
		if name := authorName(plainText(escapeText(a.Name))); name != "" {
			e.Authors = append(e.Authors, shortened(name, maxAuthor))
		}
	}
	e.setDates(readDate(it.DatePublished, zone), readDate(it.DateModified, zone))
	return e
}

// salvageJSON writes a JSON Feed of what can be read of a broken one, and tells whether its end was there. The result
// is empty where there are no items to be found.
func salvageJSON(text string, most int) (doc string, complete bool) {
	text = strictJSON(text)
	var whole map[string]any
	if json.Unmarshal([]byte(text), &whole) == nil {
		items, _ := whole["items"].([]any)
		if items == nil {
			return "", false
		}
		out := fitting(whole)
		var kept []any
		for _, it := range items {
			if fields, ok := it.(map[string]any); ok && hasSubstance(fitting(fields)) {
				kept = append(kept, fitting(fields))
			}
		}
		out["items"] = kept
		b, err := json.Marshal(out)
		if err != nil {
			return "", false
		}
		return string(b), true
	}
	at := strings.Index(text, `"items"`)
	if at < 0 {
		return "", false
	}
	out := map[string]any{"version": "https://jsonfeed.org/version/1.1"}
	var head map[string]any
	if json.Unmarshal([]byte(strings.TrimRight(text[:at], " \t\r\n,")+"}"), &head) == nil {
		out = fitting(head)
	}
	var kept []any
	rest := text[at+len(`"items"`):]
	for len(kept) < most {
		start := strings.IndexByte(rest, '{')
		if start < 0 {
			break
		}
		d := json.NewDecoder(strings.NewReader(rest[start:]))
		var fields map[string]any
		if err := d.Decode(&fields); err != nil {
			end := objectEnd(rest[start:])
			if end < 0 {
				break
			}
			rest = rest[start+end:] // an item that cannot be read
			continue
		}
		if item := fitting(fields); hasSubstance(item) {
			kept = append(kept, item)
		}
		rest = rest[start+int(d.InputOffset()):]
	}
	if kept == nil {
		return "", false
	}
	out["items"] = kept
	b, err := json.Marshal(out)
	if err != nil {
		return "", false
	}
	return string(b), false
}

// objectEnd gives the end of the object that s begins with, -1 where it is cut.
func objectEnd(s string) int {
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// fitting keeps the fields that gofeed takes, by the type that it wants them to have.
func fitting(fields map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range fields {
		switch name {
		case "version", "title", "url", "external_url", "content_html", "content_text", "summary", "date_published", "date_modified", "language", "home_page_url":
			switch x := value.(type) {
			case string:
				out[name] = x
			case float64:
				out[name] = fmt.Sprintf("%.0f", x)
			}
		case "id":
			switch x := value.(type) {
			case string, float64:
				out[name] = x
			}
		case "author":
			if a := fittingAuthor(value); a != nil {
				out[name] = a
			}
		case "authors":
			var list []any
			many, _ := value.([]any)
			for _, one := range many {
				if a := fittingAuthor(one); a != nil {
					list = append(list, a)
				}
			}
			if list != nil {
				out[name] = list
			}
		}
	}
	return out
}

// hasSubstance reports whether a mended item still leads to an article or says something.
func hasSubstance(item map[string]any) bool {
	for _, name := range []string{"url", "external_url", "title", "content_html", "content_text", "summary"} {
		if _, ok := item[name]; ok {
			return true
		}
	}
	return false
}

func fittingAuthor(value any) any {
	switch x := value.(type) {
	case string:
		return map[string]any{"name": x}
	case map[string]any:
		if name, ok := x["name"].(string); ok {
			return map[string]any{"name": name}
		}
	}
	return nil
}

// strictJSON takes off what is no JSON but often written: commas before a bracket, control characters within strings,
// comments.
func strictJSON(s string) string {
	var out strings.Builder
	out.Grow(len(s) + 64)
	quoted := false
	comma := -1 // where the last comma stands in out, while only blanks came behind it
	var pending strings.Builder
	flush := func(keep bool) {
		if comma >= 0 {
			if keep {
				out.WriteByte(',')
			}
			out.WriteString(pending.String())
			pending.Reset()
			comma = -1
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if quoted {
			switch {
			case c == '\\' && i+1 < len(s):
				out.WriteString(s[i : i+2])
				i++
			case c == '"':
				quoted = false
				out.WriteByte(c)
			case c == '\n':
				out.WriteString(`\n`)
			case c == '\t':
				out.WriteString(`\t`)
			case c < 0x20:
			default:
				out.WriteByte(c)
			}
			continue
		}
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			if comma >= 0 {
				pending.WriteByte(c)
			} else {
				out.WriteByte(c)
			}
		case c == '/' && i+1 < len(s) && s[i+1] == '*':
			end := strings.Index(s[i+2:], "*/")
			if end < 0 {
				return out.String()
			}
			i += end + 3
		case c == '/' && i+1 < len(s) && s[i+1] == '/':
			if end := strings.IndexByte(s[i:], '\n'); end >= 0 {
				i += end - 1
			} else {
				i = len(s)
			}
		case c == ',':
			flush(true)
			comma = out.Len()
		default:
			flush(c != ']' && c != '}')
			quoted = c == '"'
			out.WriteByte(c)
		}
	}
	return out.String()
}
