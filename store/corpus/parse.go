package corpus

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ParseJSON reads a record from the one JSON object that b is. It takes a small part of the time of encoding/json where
// b is as AppendJSON or encoding/json write it, and leaves to encoding/json what looks otherwise.
func ParseJSON(b []byte) (Record, error) {
	if r, size, ok := ParsePrefix(b); ok && size == len(b) {
		return r, nil
	}
	var r Record
	err := json.Unmarshal(b, &r)
	return r, err
}

// parser walks over JSON without spaces. Once it is lost, all that it gives is nothing.
type parser struct {
	all  string
	at   int
	lost bool
}

// ParsePrefix reads the record that b begins with, in the form in which AppendJSON and encoding/json write one, and says
// how many bytes that is; ok is false where it looks otherwise, be that a mistake or not. The strings of the record are
// pieces of one copy of b.
func ParsePrefix(b []byte) (r Record, size int, ok bool) {
	p := parser{all: string(b)}
	p.expect('{')
	for more := true; more && !p.lost; {
		switch p.key() {
		case "id":
			r.ID = p.text()
		case "number":
			r.Number = p.integer()
		case "url":
			r.URL = p.text()
		case "canonical_url":
			r.CanonicalURL = p.text()
		case "source":
			r.Source = p.text()
		case "source_name":
			r.SourceName = p.text()
		case "also_in":
			r.AlsoIn = p.list()
		case "title":
			r.Title = p.text()
		case "text":
			r.Text = p.text()
		case "authors":
			r.Authors = p.list()
		case "published":
			r.Published = p.optionalTime()
		case "modified":
			r.Modified = p.optionalTime()
		case "date_from":
			r.DateFrom = p.text()
		case "first_seen":
			r.FirstSeen = p.time()
		case "fetched":
			r.Fetched = p.time()
		case "language":
			r.Language = p.text()
		case "relevance":
			r.Relevance = p.number()
		case "topics":
			r.Topics = p.list()
		case "places":
			r.Places = p.list()
		case "reasons":
			r.Reasons = p.list()
		case "cluster":
			r.Cluster = p.text()
		case "duplicate_of":
			r.DuplicateOf = p.optionalText()
		case "overlap":
			r.Overlap = p.number()
		case "translation_of":
			r.Translation = p.optionalText()
		case "revision":
			r.Revision = p.integer()
		case "cause":
			r.Cause = p.text()
		case "text_from":
			r.TextFrom = p.text()
		case "sha256":
			r.SHA256 = p.text()
		case "withdrawn":
			r.Withdrawn = p.optionalTime()
		case "removed":
			r.Removed = p.list()
		default:
			p.lost = true
		}
		if more = p.next() == ','; more {
			p.at++
		}
	}
	p.expect('}')
	if p.lost {
		return Record{}, 0, false
	}
	return r, p.at, true
}

func (p *parser) next() byte {
	if p.lost || p.at >= len(p.all) {
		p.lost = true
		return 0
	}
	return p.all[p.at]
}

func (p *parser) expect(c byte) {
	if p.next() != c {
		p.lost = true
		return
	}
	p.at++
}

func (p *parser) key() string {
	name := p.text()
	p.expect(':')
	return name
}

// null says whether a null stands here, and goes over it.
func (p *parser) null() bool {
	if p.next() != 'n' || len(p.all)-p.at < 4 || p.all[p.at:p.at+4] != "null" {
		return false
	}
	p.at += 4
	return true
}

// text reads a string; most have no escapes and are cut out as they stand.
func (p *parser) text() string {
	p.expect('"')
	if p.lost {
		return ""
	}
	start := p.at
	for ; p.at < len(p.all); p.at++ {
		switch c := p.all[p.at]; {
		case c == '"':
			s := p.all[start:p.at]
			p.at++
			if !utf8.ValidString(s) {
				p.lost = true
			}
			return s
		case c == '\\':
			return p.escaped(start)
		case c < ' ':
			p.lost = true
			return ""
		}
	}
	p.lost = true
	return ""
}

// escaped reads the rest of a string that began at start and in which an escape has come.
func (p *parser) escaped(start int) string {
	end := p.at
	for end < len(p.all) && p.all[end] != '"' {
		if p.all[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.all) {
		p.lost = true
		return ""
	}
	s := make([]byte, 0, end-start)
	for from := start; ; {
		for p.at < end && p.all[p.at] != '\\' {
			if p.all[p.at] < ' ' {
				p.lost = true
				return ""
			}
			p.at++
		}
		s = append(s, p.all[from:p.at]...)
		if p.at == end {
			break
		}
		var c rune
		if c, p.at = unescape(p.all, p.at+1); c < 0 {
			p.lost = true
			return ""
		}
		s = utf8.AppendRune(s, c)
		from = p.at
	}
	p.at++
	if !utf8.Valid(s) {
		p.lost = true
	}
	return string(s)
}

// unescape reads what follows a backslash and gives the place behind it; -1 for halves of pairs and for mistakes.
func unescape(s string, at int) (c rune, behind int) {
	switch s[at] {
	case '"', '\\', '/':
		return rune(s[at]), at + 1
	case 'n':
		return '\n', at + 1
	case 't':
		return '\t', at + 1
	case 'r':
		return '\r', at + 1
	case 'b':
		return '\b', at + 1
	case 'f':
		return '\f', at + 1
	case 'u':
		if at+5 > len(s) {
			return -1, at
		}
		n, err := strconv.ParseUint(s[at+1:at+5], 16, 16)
		if c := rune(n); err == nil && utf8.ValidRune(c) {
			return c, at + 5
		}
	}
	return -1, at
}

func (p *parser) list() []string {
	if p.null() {
		return nil
	}
	p.expect('[')
	list := []string{}
	if p.next() == ']' {
		p.at++
		return list
	}
	for !p.lost {
		list = append(list, p.text())
		if p.next() == ']' {
			p.at++
			return list
		}
		p.expect(',')
	}
	return nil
}

func (p *parser) optionalText() *string {
	if p.null() {
		return nil
	}
	s := p.text()
	return &s
}

func (p *parser) optionalTime() *time.Time {
	if p.null() {
		return nil
	}
	t := p.time()
	return &t
}

func (p *parser) time() time.Time {
	var t time.Time
	start := p.at
	p.text()
	if !p.lost && t.UnmarshalJSON([]byte(p.all[start:p.at])) != nil {
		p.lost = true
	}
	return t
}

// digits cuts out a number; that it is one is seen by who reads it.
func (p *parser) digits() string {
	start := p.at
	for p.at < len(p.all) && strings.IndexByte("+-.0123456789Ee", p.all[p.at]) >= 0 {
		p.at++
	}
	return p.all[start:p.at]
}

func (p *parser) integer() int {
	n, err := strconv.Atoi(p.digits())
	if err != nil {
		p.lost = true
	}
	return n
}

func (p *parser) number() float64 {
	f, err := strconv.ParseFloat(p.digits(), 64)
	if err != nil {
		p.lost = true
	}
	return f
}
