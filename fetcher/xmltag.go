package fetcher

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// tag is one start or end tag of a document that may be ill-formed.
type tag struct {
	name    string // as written, with its prefix
	prefix  string
	local   string // lower case
	attrs   string // as written
	end     int    // behind the ">"
	closing bool
	empty   bool // ends in "/>"
}

// longestTag is how far the end of a tag is looked for, in bytes. What goes on beyond is no tag.
const longestTag = 128 << 10

// tagAt reads the tag whose "<" stands at i. It is false where the sign begins no tag.
func tagAt(s string, i int) (t tag, ok bool) {
	j := i + 1
	if j < len(s) && s[j] == '/' {
		t.closing = true
		j++
	}
	start := j
	for j < len(s) && !strings.ContainsRune(" \t\r\n/><\"'=", rune(s[j])) {
		j++
	}
	if j == start || j >= len(s) || !isLetter(s[start]) && s[start] != '_' && s[start] < utf8.RuneSelf {
		return t, false
	}
	t.name = s[start:j]
	attrs := j
	for j < len(s) {
		switch s[j] {
		case '>':
			t.end = j + 1
			t.attrs = s[attrs:j]
			if strings.HasSuffix(t.attrs, "/") {
				t.empty = true
				t.attrs = t.attrs[:len(t.attrs)-1]
			}
			if colon := strings.IndexByte(t.name, ':'); colon >= 0 {
				t.prefix, t.local = t.name[:colon], strings.ToLower(t.name[colon+1:])
			} else {
				t.local = strings.ToLower(t.name)
			}
			return t, true
		case '<':
			return t, false
		case '"', '\'':
			// Only a quote behind "=" opens a value, and only if it closes before the next tag begins.
			if opensValue(s[attrs:j]) {
				rest := s[j+1 : min(len(s), j+1+longestTag/2)]
				if n := strings.IndexByte(rest, '<'); n >= 0 {
					rest = rest[:n]
				}
				if q := strings.IndexByte(rest, s[j]); q >= 0 {
					j += q + 1
				}
			}
		}
		j++
		if j-i > longestTag {
			return t, false
		}
	}
	return t, false
}

// opensValue reports whether the last sign of the attributes so far is "=".
func opensValue(attrs string) bool {
	for i := len(attrs) - 1; i >= 0; i-- {
		switch attrs[i] {
		case '=':
			return true
		case ' ', '\t', '\r', '\n':
		default:
			return false
		}
	}
	return false
}

// checked refuses tags that are out of all bounds: that is no mistake but an attack.
func (t tag) checked(s Shape) error {
	switch {
	case int64(len(t.attrs)) > s.Tag:
		return s.hugeTag()
	case len(t.attrs) > s.Attributes && strings.Count(t.attrs, "=") > s.Attributes:
		return beyond(KeyAttributes, "a tag with more than %d attributes", s.Attributes)
	}
	return nil
}

func (s Shape) hugeTag() error { return beyond(KeyTag, "a tag of more than %d bytes", s.Tag) }

// attr gives the value of an attribute by its name in lower case. A name without a prefix fits any prefix.
func (t tag) attr(name string) string {
	for key, value := range t.attributes() {
		if strings.EqualFold(key, name) {
			return decodeEntities(value)
		}
		if !strings.Contains(name, ":") {
			if _, local, ok := strings.Cut(key, ":"); ok && strings.EqualFold(local, name) && !strings.HasPrefix(key, "xmlns") {
				return decodeEntities(value)
			}
		}
	}
	return ""
}

// attributes yields the attributes as written.
func (t tag) attributes() func(yield func(key, value string) bool) {
	return func(yield func(key, value string) bool) {
		const blank = " \t\r\n/"
		rest := strings.TrimLeft(t.attrs, blank)
		for rest != "" {
			n := strings.IndexAny(rest, "= \t\r\n")
			if n < 0 {
				yield(rest, "")
				return
			}
			key := rest[:n]
			rest = strings.TrimLeft(rest[n:], blank)
			if !strings.HasPrefix(rest, "=") {
				if !yield(key, "") {
					return
				}
				continue
			}
			rest = strings.TrimLeft(rest[1:], " \t\r\n")
			var value string
			if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
				quote := rest[0]
				rest = rest[1:]
				if q := strings.IndexByte(rest, quote); q >= 0 {
					value, rest = rest[:q], rest[q+1:]
				} else {
					value, rest = rest, ""
				}
			} else if n := strings.IndexAny(rest, " \t\r\n"); n >= 0 {
				value, rest = rest[:n], rest[n:]
			} else {
				value, rest = rest, ""
			}
			if !yield(key, value) {
				return
			}
			rest = strings.TrimLeft(rest, blank)
		}
	}
}

// markup is a document whose comments, CDATA sections and the like are passed over. It remembers which end marks do not
// come any more, so that a document full of beginnings is read in one go all the same.
type markup struct {
	s    string
	none []missing
}

// missing says that a mark does not occur at a place or behind it.
type missing struct {
	mark string
	from int
}

// past gives the place behind the next mark at or behind from, 0 where there is none.
func (m *markup) past(mark string, from int) int {
	known := -1
	for i, n := range m.none {
		if n.mark == mark {
			if from >= n.from {
				return 0
			}
			known = i
		}
	}
	if n := strings.Index(m.s[from:], mark); n >= 0 {
		return from + n + len(mark)
	}
	if known >= 0 {
		m.none[known].from = from
	} else {
		m.none = append(m.none, missing{mark, from})
	}
	return 0
}

// skip gives the end of the comment, processing instruction or declaration that begins at i, 0 where none does.
func (m *markup) skip(i int) int {
	if i+1 >= len(m.s) || m.s[i+1] != '!' && m.s[i+1] != '?' {
		return 0
	}
	rest := m.s[i:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		if end := m.past("-->", i+2); end > 0 {
			return end
		}
		return i + 4
	case strings.HasPrefix(rest, cdataStart):
		return 0
	case strings.HasPrefix(rest, "<?"):
		if end := m.past("?>", i+2); end > 0 {
			return end
		}
		if end := m.past(">", i+2); end > 0 {
			return end
		}
		return i + 2
	}
	end := m.past(">", i+2)
	if end == 0 {
		return i + 2
	}
	if subset := strings.IndexByte(m.s[i:end], '['); subset >= 0 { // <!DOCTYPE rss [ … ]>
		for _, mark := range []string{"]>", "]\n>", "] >", "]\r\n>"} {
			if n := m.past(mark, i+subset); n > 0 {
				return n
			}
		}
	}
	return end
}

const cdataStart = "<![CDATA["

// cdata finds the end of the CDATA section that begins at i: where its text ends and where reading goes on. One that
// was never closed ends with the element that it stands in, so does one that another begins within.
func (m *markup) cdata(i int, element string) (end, after int) {
	start := i + len(cdataStart)
	closed := m.past("]]>", start)
	limit := len(m.s)
	if closed > 0 {
		limit = closed - 3
		if !strings.Contains(m.s[start:limit], cdataStart) {
			return limit, closed
		}
	}
	if element != "" {
		if c := m.past("</"+element, start); c > 0 && c <= limit {
			c -= 2 + len(element)
			if n := strings.Index(m.s[start:c], cdataStart); n < 0 {
				return c, c
			}
		}
	}
	if closed == 0 {
		return limit, limit
	}
	return limit, closed
}

// decodeEntities turns character references and all entities of HTML into characters, once. What is none stays as
// it is, so do references without a semicolon, for they are parts of addresses more often than not.
func decodeEntities(s string) string {
	amp := strings.IndexByte(s, '&')
	if amp < 0 {
		return s
	}
	const longest = 34 // &CounterClockwiseContourIntegral;
	var out strings.Builder
	out.Grow(len(s))
	for amp >= 0 {
		out.WriteString(s[:amp])
		s = s[amp:]
		semicolon := strings.IndexByte(s[:min(len(s), longest)], ';')
		if semicolon < 2 {
			out.WriteByte('&')
			s = s[1:]
		} else if s[1] == '#' {
			r, ok := reference(s[2:semicolon])
			end := semicolon + 1
			if utf16.IsSurrogate(r) { // a pair, written as two references
				var low rune
				if rest := s[end:]; strings.HasPrefix(rest, "&#") {
					if n := strings.IndexByte(rest[:min(len(rest), longest)], ';'); n > 2 {
						low, _ = reference(rest[2:n])
						if joined := utf16.DecodeRune(r, low); joined != utf8.RuneError {
							r, end = joined, end+n+1
						}
					}
				}
			}
			switch {
			case !ok:
				out.WriteString(s[:end])
			case r > 0 && !utf16.IsSurrogate(r) && r <= utf8.MaxRune:
				out.WriteRune(r)
			}
			s = s[end:]
		} else {
			name := s[:semicolon+1]
			value := html.UnescapeString(name)
			if strings.HasSuffix(value, ";") || value == name { // decoded by half or not at all
				value = name[:1]
				semicolon = 0
			}
			out.WriteString(value)
			s = s[semicolon+1:]
		}
		amp = strings.IndexByte(s, '&')
	}
	out.WriteString(s)
	return out.String()
}

// reference reads the number of a character reference. Numbers of the C1 range mean windows-1252, as in HTML.
func reference(number string) (rune, bool) {
	base := 10
	if number != "" && number[0]|0x20 == 'x' {
		number, base = number[1:], 16
	}
	n, err := strconv.ParseUint(number, base, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, err == nil
	}
	if n >= 0x80 && n <= 0x9f {
		r, _ := utf8.DecodeRuneInString(html.UnescapeString("&#" + strconv.Itoa(int(n)) + ";"))
		return r, true
	}
	return rune(n), true
}
