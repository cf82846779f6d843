package config

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// spot is a place in a config where entries can be put in, and how they are written there.
type spot struct {
	at       int    // byte before which they go
	from, to int    // an empty value that goes away for them, before at; none if equal
	before   string // what goes in ahead of all
	after    string // and behind
	eol      string // the end of a line
	indent   int    // blanks before the dash
	gap      int    // characters from the dash to the entry
	apart    bool   // a blank line stands between entries
	flow     bool   // they go between brackets
	between  string // what parts two of them there
}

// text gives the entries as they are written here.
func (s spot) text(drafts []Draft) (string, error) {
	var b strings.Builder
	b.WriteString(s.before)
	for i, d := range drafts {
		if s.flow {
			text, err := d.flow()
			if err != nil {
				return "", err
			}
			if i > 0 {
				b.WriteString(s.between)
			}
			b.WriteString(text)
			continue
		}
		comment, lines, err := d.block()
		if err != nil {
			return "", err
		}
		if s.apart && (i > 0 || s.before == "") {
			b.WriteString(s.eol)
		}
		for _, line := range comment {
			b.WriteString(strings.Repeat(" ", s.indent) + line + s.eol)
		}
		for i, line := range lines {
			switch {
			case i == 0:
				b.WriteString(strings.Repeat(" ", s.indent) + "-" + strings.Repeat(" ", s.gap-1))
			case line != "":
				b.WriteString(strings.Repeat(" ", s.indent+s.gap))
			}
			b.WriteString(line + s.eol)
		}
	}
	b.WriteString(s.after)
	return b.String(), nil
}

func (s spot) put(data []byte, text string) []byte {
	return bytes.Join([][]byte{data[:s.from], data[s.to:s.at], []byte(text), data[s.at:]}, nil)
}

// page is the text of a config in lines as YAML counts them.
type page struct {
	data   []byte
	starts []int // of the lines; one more at the end of the text
	eol    string
}

func newPage(data []byte) page {
	p := page{data: data, starts: []int{0}, eol: "\n"}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == '\r' && i+1 < len(data) && data[i+1] == '\n' {
			size = 2
		}
		if i += size; r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029' {
			p.starts = append(p.starts, i)
		}
	}
	if p.starts[len(p.starts)-1] < len(data) {
		p.starts = append(p.starts, len(data))
	}
	if i := bytes.IndexByte(data, '\n'); i > 0 && data[i-1] == '\r' {
		p.eol = "\r\n"
	}
	return p
}

// lines is how many there are; they are counted from 1.
func (p page) lines() int { return len(p.starts) - 1 }

func (p page) line(n int) string {
	return strings.TrimPrefix(strings.TrimRight(string(p.data[p.starts[n-1]:p.starts[n]]), "\r\n"), "\ufeff")
}

// place gives the byte at which a node begins.
func (p page) place(n *yaml.Node) int {
	at := p.starts[min(n.Line-1, p.lines())]
	if n.Line == 1 && bytes.HasPrefix(p.data, []byte("\ufeff")) {
		at += len("\ufeff")
	}
	for i := 1; i < n.Column && at < len(p.data); i++ {
		_, size := utf8.DecodeRune(p.data[at:])
		at += size
	}
	return at
}

// below makes a spot after a line.
func (p page) below(line int, s spot) spot {
	s.at, s.eol = p.starts[line], p.eol
	if s.at > 0 && s.at == len(p.data) && p.data[s.at-1] != '\n' && p.data[s.at-1] != '\r' {
		s.before = p.eol + s.before // the file ends in the middle of a line
	}
	return s
}

// spotsIn gives the places where entries may go, the likeliest first.
func spotsIn(data []byte, root *yaml.Node) ([]spot, error) {
	p := newPage(data)
	if root == nil || isNull(root) {
		root = &yaml.Node{Kind: yaml.MappingNode}
	}
	if root.Style&yaml.FlowStyle != 0 {
		return nil, errors.New("all of it stands in braces; write its settings on lines of their own first")
	}
	var key, value *yaml.Node
	bound := p.lines() + 1 // the line of what comes after the sources
	for i := 0; i+1 < len(root.Content); i += 2 {
		if k := root.Content[i]; k.Value == "sources" {
			key, value = k, root.Content[i+1]
		} else if key != nil && bound > p.lines() {
			bound = k.Line
		}
	}
	for n := lastLine(root) + 1; n <= p.lines(); n++ {
		if l := p.line(n); l == "..." || strings.HasPrefix(l, "... ") {
			bound = min(bound, n)
		}
	}
	switch {
	case key == nil:
		s := p.below(bound-1, spot{indent: 2, gap: 2})
		plain := s
		plain.before += "sources:" + p.eol
		if bound > 1 && strings.TrimSpace(p.line(bound-1)) != "" {
			s.before += p.eol
		}
		s.before += "sources:" + p.eol
		return []spot{s, plain}, nil
	case isNull(value), value.Style&yaml.FlowStyle != 0 && len(value.Content) == 0:
		return append(p.emptied(key, value, bound), p.bracketed(value, bound)...), nil
	case value.Style&yaml.FlowStyle != 0:
		return p.bracketed(value, bound), nil
	}
	return p.listed(value, bound), nil
}

// lastLine is the line in which the last node begins.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// emptied gives the places below a key without a value, or with an empty one that goes away.
func (p page) emptied(key, value *yaml.Node, bound int) []spot {
	s := spot{indent: 2, gap: 2}
	if n := value.Line; value.Kind == yaml.SequenceNode || value.Value != "" {
		s.from = p.place(value)
		rest := string(p.data[s.from:p.starts[n]])
		if value.Anchor != "" {
			return nil
		}
		s.to = s.from + len(value.Value)
		if value.Kind == yaml.SequenceNode {
			s.to = s.from + strings.IndexByte(rest, ']') + 1
		}
		if behind := strings.TrimSpace(string(p.data[max(s.to, s.from):p.starts[n]])); s.to <= s.from || behind != "" && behind[0] != '#' {
			return nil
		}
		for s.from > 0 && p.data[s.from-1] == ' ' && strings.TrimSpace(string(p.data[s.to:p.starts[n]])) == "" {
			s.from--
		}
	}
	return p.after(max(key.Line, value.Line), bound, s)
}

// after gives the places below a line and above another. The first is below the last line that says something and the
// comments that belong to it: those that stand as deep as the entries.
func (p page) after(line, bound int, s spot) []spot {
	last := line
	for n := line + 1; n < bound; n++ {
		if text := strings.TrimSpace(p.line(n)); text != "" && text[0] != '#' {
			last = n
		}
	}
	first := last
	for n := last + 1; n < bound; n++ {
		text := p.line(n)
		depth := len(text) - len(strings.TrimLeft(text, " "))
		if trimmed := strings.TrimSpace(text); trimmed == "" {
			continue
		} else if trimmed[0] != '#' || depth < s.indent || depth == 0 {
			break
		}
		first = n
	}
	spots := []spot{p.below(first, s)}
	if last != first {
		spots = append(spots, p.below(last, s))
	}
	for n := last + 1; n < bound; n++ {
		if n != first {
			spots = append(spots, p.below(n, s))
		}
	}
	return spots
}

// listed gives the places at the end of a list of which each entry has a dash.
func (p page) listed(list *yaml.Node, bound int) []spot {
	items := list.Content
	last := items[len(items)-1]
	s := spot{gap: 2}
	for n := last.Line; n > 0; n-- {
		text := p.line(n)
		trimmed := strings.TrimLeft(text, " ")
		if !strings.HasPrefix(trimmed, "-") {
			continue
		}
		s.indent = len(text) - len(trimmed)
		if gap := last.Column - 1 - s.indent; n == last.Line && gap > 1 && gap <= 8 {
			s.gap = gap
		}
		break
	}
	blank := 0
	for _, item := range items[1:] {
		n := item.Line - 1
		for n > 1 && strings.HasPrefix(strings.TrimSpace(p.line(n)), "#") {
			n--
		}
		if strings.TrimSpace(p.line(n)) == "" {
			blank++
		}
	}
	s.apart = blank > 0 && blank*2 > len(items)-1
	return p.after(lastLine(last), bound, s)
}

// bracketed gives the places at the end of a list in brackets.
func (p page) bracketed(list *yaml.Node, bound int) []spot {
	if list.Kind != yaml.SequenceNode {
		return nil
	}
	var spots []spot
	end := len(p.data)
	if bound <= p.lines() {
		end = p.starts[bound-1]
	}
	for begin := p.place(list); end > begin; {
		bracket := bytes.LastIndexByte(p.data[begin:end], ']') + begin
		if bracket < begin {
			break
		}
		end = bracket
		at := len(bytes.TrimRight(p.data[:bracket], " \t\r\n"))
		s := spot{at: at, flow: true, between: ", "}
		switch {
		case len(list.Content) == 0:
		case bytes.ContainsAny(p.data[at:bracket], "\r\n"): // the bracket stands on a line of its own
			between := p.eol + strings.Repeat(" ", max(0, list.Content[0].Column-1))
			if list.Content[0].Line == list.Line {
				between = p.eol + "  "
			}
			s.between = "," + between
			if s.before = s.between; at > 0 && p.data[at-1] == ',' {
				s.before, s.after = between, ","
			}
			line := p.data[bytes.LastIndexByte(p.data[:at], '\n')+1 : at]
			if !bytes.Contains(line, []byte(" #")) {
				break
			}
			// A comment may stand behind the last entry, with or without a comma before it.
			own := spot{at: bracket, flow: true, between: ", ", before: "  ", after: p.eol}
			spots = append(spots, own)
			own.before = ", "
			spots = append(spots, own)
		case at > 0 && p.data[at-1] == ',':
			s.before = " "
		default:
			s.before = ", "
		}
		spots = append(spots, s)
	}
	return spots
}
