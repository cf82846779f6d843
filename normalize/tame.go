package normalize

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// plainly reports whether a page surely stays within the bounds of [tame], by a scan of its tags that costs a small part
// of reading its tokens. It counts as the tokens do and gives up, with false, on what is read in unusual ways: comments
// in scripts, CDATA, and whatever comes near the bounds.
func plainly(text string) bool {
	nodes, merges, open := 0, 0, 0
	var weight [12]struct { // of the formatting elements that are open, by kind
		name atom.Atom
		open []int
	}
	for {
		at := strings.IndexByte(text, '<')
		if at < 0 || at+1 >= len(text) {
			return nodes+1+open <= mostNodes/2
		}
		if nodes += 1 + open; nodes > mostNodes/2 {
			return false
		}
		text = text[at+1:]
		switch c := text[0] | 0x20; {
		case text[0] == '!' && strings.HasPrefix(text, "!--"):
			end := strings.Index(text, "-->")
			if end < 3 || strings.Contains(text[:end], "--!>") || strings.HasPrefix(text, "!-->") || strings.HasPrefix(text, "!--->") {
				return false
			}
			text = text[end+3:]
		case text[0] == '!' && strings.HasPrefix(text, "![CDATA["):
			return false
		case text[0] == '!', text[0] == '?', text[0] == '/' && (len(text) < 2 || text[1]|0x20 < 'a' || text[1]|0x20 > 'z'):
			end := strings.IndexByte(text, '>')
			if end < 0 {
				return true
			}
			text = text[end+1:]
		case text[0] == '/':
			name, rest, _, ok := scanTag(text[1:])
			if !ok {
				return false
			}
			text = rest
			for i := range weight {
				if w := &weight[i]; w.name == name && name != 0 && len(w.open) > 0 {
					open -= w.open[len(w.open)-1]
					w.open = w.open[:len(w.open)-1]
				}
			}
		case c >= 'a' && c <= 'z':
			name, rest, attrs, ok := scanTag(text)
			if !ok || attrs > mostAttributes {
				return false
			}
			if text = rest; name == atom.Body || name == atom.Html {
				if merges++; merges > mostMerges {
					return false
				}
			}
			nodes += 1 + open
			if raw(name) {
				if text, ok = pastRaw(text, name); !ok {
					return false
				}
			}
			if formatting[name] {
				i := 0
				for i < len(weight) && weight[i].name != 0 && weight[i].name != name {
					i++
				}
				if i == len(weight) {
					return false
				}
				w := 1 + attrs/4
				weight[i].name = name
				weight[i].open = append(weight[i].open, w)
				open += w
			}
		}
	}
}

// scanTag reads a tag from its name on: its name, what follows it and how many attributes it has.
func scanTag(text string) (name atom.Atom, rest string, attrs int, ok bool) {
	const longest = 32
	end := strings.IndexAny(text, " \t\r\n\f/>")
	if end < 0 {
		return 0, "", 0, false
	}
	if end <= longest {
		var lower [longest]byte
		for i := range end {
			c := text[i]
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			lower[i] = c
		}
		name = atom.Lookup(lower[:end])
	}
	for i := end; i < len(text); i++ {
		switch text[i] {
		case '>':
			return name, text[i+1:], attrs, true
		case ' ', '\t', '\r', '\n', '\f', '/':
			continue
		}
		attrs++
		for i++; i < len(text) && !isBlank(text[i]) && text[i] != '/' && text[i] != '>' && text[i] != '='; {
			i++
		}
		k := i
		for k < len(text) && isBlank(text[k]) {
			k++
		}
		if k >= len(text) {
			return 0, "", 0, false
		}
		if text[k] != '=' {
			i--
			continue
		}
		for k++; k < len(text) && isBlank(text[k]); {
			k++
		}
		if k >= len(text) {
			return 0, "", 0, false
		}
		switch q := text[k]; q {
		case '"', '\'':
			n := strings.IndexByte(text[k+1:], q)
			if n < 0 {
				return 0, "", 0, false
			}
			i = k + 1 + n
		case '>':
			i = k - 1
		default:
			for k < len(text) && !isBlank(text[k]) && text[k] != '>' {
				k++
			}
			i = k - 1
		}
	}
	return 0, "", 0, false
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' }

// raw tells elements whose content is read as text.
func raw(name atom.Atom) bool {
	switch name {
	case atom.Script, atom.Style, atom.Textarea, atom.Title, atom.Xmp, atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Plaintext:
		return true
	}
	return false
}

// pastRaw gives what follows the content of such an element.
func pastRaw(text string, name atom.Atom) (rest string, ok bool) {
	if name == atom.Plaintext {
		return "", true
	}
	tag := name.String()
	for at := 0; ; {
		k := strings.Index(text[at:], "</")
		if k < 0 {
			return "", true
		}
		at += k
		if after := text[at+2:]; len(after) >= len(tag) && strings.EqualFold(after[:len(tag)], tag) {
			if name == atom.Script && strings.Contains(text[:at], "<!--") {
				return "", false // a script within it may hide the end
			}
			return text[at:], true
		}
		at += 2
	}
}
