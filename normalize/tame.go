package normalize

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// slim leaves out of a page what nothing reads, which is half of many: the content of scripts and style sheets
// and, unless selectors may ask for them, the attributes that extraction has no use for. The tree of what is
// left holds the same text in the same elements.
//
// It reports whether the page surely stays within the bounds of [tame], by a scan of its tags that costs a small part of
// reading its tokens. It counts as the tokens do and gives up, with false, on what is read in unusual ways: scripts
// within comments in scripts, CDATA, and whatever comes near the bounds. Then the page is to be taken as it was.
func slim(page string, attributes bool) (string, bool) {
	s := slimmer{page: page, attributes: attributes}
	s.out.Grow(len(page))
	if !s.scan() {
		return page, false
	}
	s.out.WriteString(page[s.from:])
	return s.out.String(), true
}

// slimmer scans a page. What of it is kept goes to out.
type slimmer struct {
	page       string
	attributes bool // all of them are kept
	out        strings.Builder
	from       int // of what is not yet in out
	at         int // where the scan is

	drawings int // elements of SVG and MathML that are open; what is raw elsewhere is markup in them

	nodes, merges, open int // as in tame
	weight              [12]struct {
		name atom.Atom
		open []int
	} // of the formatting elements that are open, by kind
}

// cut leaves a piece out.
func (s *slimmer) cut(from, to int) {
	s.out.WriteString(s.page[s.from:from])
	s.from = to
}

func (s *slimmer) scan() bool {
	for {
		at := strings.IndexByte(s.page[s.at:], '<')
		if at < 0 || s.at+at+1 >= len(s.page) {
			return s.nodes+1+s.open <= mostNodes/2
		}
		if s.nodes += 1 + s.open; s.nodes > mostNodes/2 {
			return false
		}
		begin := s.at + at
		s.at = begin + 1
		text := s.page[s.at:]
		switch c := text[0] | 0x20; {
		case strings.HasPrefix(text, "!--"):
			end := strings.Index(text, "-->")
			if end < 3 || strings.Contains(text[:end], "--!>") || strings.HasPrefix(text, "!-->") || strings.HasPrefix(text, "!--->") {
				return false
			}
			s.at += end + len("-->")
		case strings.HasPrefix(text, "![CDATA["):
			return false
		case text[0] == '!', text[0] == '?', text[0] == '/' && (len(text) < 2 || text[1]|0x20 < 'a' || text[1]|0x20 > 'z'):
			end := strings.IndexByte(text, '>')
			if end < 0 {
				return true
			}
			s.at += end + 1
		case text[0] == '/':
			s.at++
			name, _, ok := s.tag()
			if !ok {
				return false
			}
			s.closed(name)
		case c >= 'a' && c <= 'z':
			name, attrs, ok := s.tag()
			if !ok || attrs > mostAttributes || !s.opened(name, attrs) {
				return false
			}
			if !raw(name) {
				break
			}
			end, ok := pastRaw(s.page[s.at:], name)
			if !ok {
				return false
			}
			closed := s.at+end < len(s.page)
			if closed && s.drawings == 0 && (name == atom.Style || name == atom.Script && !describes(s.page[begin:s.at])) {
				s.cut(s.at, s.at+end)
			}
			s.at += end
		}
	}
}

// opened counts a start tag; false where that leads beyond the bounds.
func (s *slimmer) opened(name atom.Atom, attrs int) bool {
	if name == atom.Body || name == atom.Html {
		if s.merges++; s.merges > mostMerges {
			return false
		}
	}
	s.nodes += 1 + s.open
	if drawing(name) && s.page[s.at-2] != '/' {
		s.drawings++
	}
	if !formatting[name] {
		return true
	}
	i := 0
	for i < len(s.weight) && s.weight[i].name != 0 && s.weight[i].name != name {
		i++
	}
	if i == len(s.weight) {
		return false
	}
	w := 1 + attrs/4
	s.weight[i].name = name
	s.weight[i].open = append(s.weight[i].open, w)
	s.open += w
	return true
}

// closed counts an end tag.
func (s *slimmer) closed(name atom.Atom) {
	if drawing(name) {
		s.drawings = max(0, s.drawings-1)
	}
	for i := range s.weight {
		if w := &s.weight[i]; w.name == name && name != 0 && len(w.open) > 0 {
			s.open -= w.open[len(w.open)-1]
			w.open = w.open[:len(w.open)-1]
		}
	}
}

// describes reports whether the tag of a script may be that of a description for machines (JSON-LD). The plus sign in
// its type is written in several ways.
func describes(tag string) bool {
	tag = strings.ToLower(tag)
	return strings.Contains(tag, "ld") && strings.Contains(tag, "json")
}

// readAttributes are the attributes that extraction reads, and those that the tree builder does.
var readAttributes = wordSet("class id style href lang xml:lang name property itemprop itemtype content rel type role hidden aria-hidden " +
	"datetime data-datetime data-time title pubdate data-component data-testid data-block color face size encoding")

// longestTagName is the longest name of an element or an attribute that is known, in bytes.
const longestTagName = 32

// isRead reports whether extraction reads an attribute. Of styles it reads how an element is shown.
func isRead(name, value string) bool {
	var room [longestTagName]byte
	if len(name) > len(room) {
		return false
	}
	lower := lowered(room[:], name)
	if string(lower) == "style" {
		return styles(value)
	}
	return readAttributes[string(lower)]
}

func styles(value string) bool {
	value = strings.ToLower(value)
	return strings.Contains(value, "display") || strings.Contains(value, "visibility")
}

// tag reads a tag from its name on: its name and how many attributes it has.
func (s *slimmer) tag() (name atom.Atom, attrs int, ok bool) {
	text := s.page[s.at:]
	end := strings.IndexAny(text, " \t\r\n\f/>")
	if end < 0 {
		return 0, 0, false
	}
	var room [longestTagName]byte
	if end <= len(room) {
		name = atom.Lookup(lowered(room[:], text[:end]))
	}
	for i := end; i < len(text); i++ {
		switch text[i] {
		case '>':
			s.at += i + 1
			return name, attrs, true
		case ' ', '\t', '\r', '\n', '\f', '/':
			continue
		}
		attrs++
		begin := i
		for i++; i < len(text) && !isBlank(text[i]) && text[i] != '/' && text[i] != '>' && text[i] != '='; {
			i++
		}
		nameEnd := i
		k := i
		for k < len(text) && isBlank(text[k]) {
			k++
		}
		if k >= len(text) {
			return 0, 0, false
		}
		if text[k] != '=' {
			i--
		} else if i = value(text, k+1); i < 0 {
			return 0, 0, false
		}
		if !s.attributes && !isRead(text[begin:nameEnd], text[nameEnd:i+1]) && text[begin-1] != '/' { // before the end, that would close an element of SVG
			s.cut(s.at+begin, s.at+i+1)
		}
	}
	return 0, 0, false
}

// value reads the value of an attribute and gives the place of its last character, or -1 where the page ends in it.
func value(text string, k int) int {
	for k < len(text) && isBlank(text[k]) {
		k++
	}
	if k >= len(text) {
		return -1
	}
	switch q := text[k]; q {
	case '"', '\'':
		n := strings.IndexByte(text[k+1:], q)
		if n < 0 {
			return -1
		}
		return k + 1 + n
	case '>':
		return k - 1
	}
	for k < len(text) && !isBlank(text[k]) && text[k] != '>' {
		k++
	}
	return k - 1
}

// lowered writes a short name in small letters.
func lowered(to []byte, name string) []byte {
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		to[i] = c
	}
	return to[:len(name)]
}

func drawing(name atom.Atom) bool { return name == atom.Svg || name == atom.Math }

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' }

// raw tells elements whose content is read as text.
func raw(name atom.Atom) bool {
	switch name {
	case atom.Script, atom.Style, atom.Textarea, atom.Title, atom.Xmp, atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Plaintext:
		return true
	}
	return false
}

// pastRaw gives the length of the content of such an element.
func pastRaw(text string, name atom.Atom) (length int, ok bool) {
	if name == atom.Plaintext {
		return len(text), true
	}
	tag := name.String()
	for at := 0; ; at += 2 {
		k := strings.Index(text[at:], "</")
		if k < 0 {
			return len(text), true
		}
		at += k
		after := text[at+2:]
		if len(after) < len(tag) || !strings.EqualFold(after[:len(tag)], tag) {
			continue
		}
		if end := after[len(tag):]; end != "" && !isBlank(end[0]) && end[0] != '/' && end[0] != '>' {
			continue
		}
		if name == atom.Script && hidesEnd(text[:at]) {
			return 0, false
		}
		return at, true
	}
}

// hidesEnd reports whether a script within a comment in a script may hide where that ends.
func hidesEnd(script string) bool {
	_, comment, ok := strings.Cut(script, "<!--")
	return ok && strings.Contains(strings.ToLower(comment), "<script")
}
