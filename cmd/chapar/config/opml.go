package config

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/andybalholm/cascadia"

	"chapar/fetcher"
)

// space is the name space of the attributes that OPML has no words for.
const space = "urn:chapar:opml:1"

const (
	mostOutlines = 20000
	deepest      = 64 // folders in each other
)

// opmlOutline is one that is open while OPML is read.
type opmlOutline struct {
	attributes   map[string]string // by name in small letters; those of chapar begin with chapar:
	folder       string            // its name as a tag
	commented    bool              // it or one above is marked as a comment
	line, column int
}

// opmlReader goes over the elements of a document and holds those that are open on a stack of its own.
type opmlReader struct {
	file     string
	open     []opmlOutline
	list     *Listing
	byID     map[string]int // of chapar's own documents: the draft with an id
	outlines int
}

// readOPML reads OPML of any version, however loosely written. What cannot be taken becomes a problem of the listing;
// an error is only for what is no OPML at all.
func readOPML(file string, text string) (Listing, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	r := opmlReader{file: file, list: &Listing{Form: "OPML"}, byID: map[string]int{}}
	root := false
	for {
		line, column := d.InputPos()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if root && len(r.open) > 0 {
				r.problem(line, column, "what came before it is taken", "the file ends in the middle")
			}
			break
		}
		if err != nil {
			if !root {
				return Listing{}, fmt.Errorf("it is no OPML: %w", err)
			}
			text := err.Error()
			if e := new(xml.SyntaxError); errors.As(err, &e) {
				text = e.Msg
			}
			r.problem(line, column, "what came before it is taken", "cannot be read from here on: %s", text)
			break
		}
		switch t := token.(type) {
		case xml.StartElement:
			if name := strings.ToLower(t.Name.Local); !root && name != "opml" {
				return Listing{}, fmt.Errorf("it is no OPML but begins with <%s>", quote(t.Name.Local))
			} else if root = true; name == "outline" {
				if r.outlines++; r.outlines > mostOutlines {
					return Listing{}, fmt.Errorf("it holds more than %d outlines", mostOutlines)
				}
				if len(r.open) == deepest {
					return Listing{}, fmt.Errorf("line %d: more than %d outlines stand in each other", line, deepest)
				}
				r.begin(t, line, column)
			}
		case xml.EndElement:
			if strings.EqualFold(t.Name.Local, "outline") && len(r.open) > 0 {
				r.open = r.open[:len(r.open)-1]
			}
		}
	}
	if !root {
		return Listing{}, errors.New("it is no OPML: it holds no element")
	}
	return *r.list, nil
}

func (r *opmlReader) problem(line, column int, hint, format string, args ...any) {
	if len(r.list.Problems) < mostProblems {
		r.list.Problems = append(r.list.Problems, Problem{File: r.file, Line: line, Column: column, Text: fmt.Sprintf(format, args...), Hint: hint})
	}
}

// begin takes an outline: a source, or a folder of them. RawToken gives the end of <outline/> as a token of its own.
func (r *opmlReader) begin(t xml.StartElement, line, column int) {
	o := opmlOutline{attributes: map[string]string{}, line: line, column: column}
	for _, a := range t.Attr {
		name := strings.ToLower(a.Name.Local)
		if strings.EqualFold(a.Name.Space, "chapar") {
			name = "chapar:" + name
		} else if a.Name.Space != "" {
			continue
		}
		if o.attributes[name] == "" {
			o.attributes[name] = strings.TrimSpace(a.Value)
		}
	}
	name := Tidy(o.first("title", "text"))
	o.commented = strings.EqualFold(o.attributes["iscomment"], "true")
	if n := len(r.open); n > 0 {
		o.commented = o.commented || r.open[n-1].commented
	}
	kind, address := o.address()
	if address == "" && o.attributes["type"] == "" {
		o.folder = tagFrom(name)
	}
	above := r.open
	r.open = append(r.open, o)
	switch {
	case address == "" && strings.EqualFold(o.attributes["type"], "include"):
		r.problem(line, column, "import the file that it names", "an outline that includes another file is not followed")
		return
	case address == "" && o.attributes["type"] != "":
		r.problem(line, column, "give it xmlUrl or htmlUrl", "the outline %s has no address", quote(name))
		return
	case address == "":
		return
	case kind == "":
		r.problem(line, column, "known are rss, atom, rdf, json and link", "the outline %s is of the unknown type %s", quote(name), quote(o.attributes["type"]))
		return
	}
	address = Address(address)
	if _, bad := webAddress(address, "https", "http"); bad != nil {
		r.problem(line, column, bad.hint, "the address of the outline %s %s", quote(name), bad.text)
		return
	}
	r.add(o, above, name, fetcher.Found{Kind: kind, URL: address})
}

// add makes a draft of an outline, or adds its address to the draft that it belongs to.
func (r *opmlReader) add(o opmlOutline, above []opmlOutline, name string, at fetcher.Found) {
	id := o.attributes["chapar:id"]
	if i, ok := r.byID[id]; ok && id != "" {
		if d := &r.list.Drafts[i]; !slices.Contains(d.Addresses, at) {
			d.Addresses = append(d.Addresses, at)
		}
		return
	}
	d := Draft{Name: name, Addresses: []fetcher.Found{at}, Disabled: o.commented, File: r.file, Line: o.line, Column: o.column}
	if idForm.MatchString(id) {
		d.ID = id
		r.byID[id] = len(r.list.Drafts)
	}
	if own := o.attributes["chapar:name"]; own != "" {
		d.Name = Tidy(own)
	}
	if tag, bad := parseLanguage(o.attributes["language"]); bad == nil && tag != "und" {
		d.Language = tag
	}
	if code, bad := parseCountry(o.attributes["chapar:country"]); bad == nil {
		d.Country = code
	}
	if zone := o.attributes["chapar:zone"]; zone != "" {
		if _, bad := parseZone(zone); bad == nil {
			d.Zone = zone
		}
	}
	d.told(o)
	for _, f := range above {
		d.Tag(f.folder)
	}
	for category := range strings.SplitSeq(o.attributes["category"], ",") {
		d.Tag(tagFrom(category))
	}
	r.list.Drafts = append(r.list.Drafts, d)
}

// told takes what chapar's own attributes tell of how a source is read. One that the config would refuse counts for nothing.
func (d *Draft) told(o opmlOutline) {
	if text := o.attributes["chapar:interval"]; text != "" {
		if every, err := time.ParseDuration(text); err == nil && every >= time.Second {
			d.Interval = text
		}
	}
	if text := o.attributes["chapar:relevance"]; text == "all" {
		d.Relevance = text
	} else if value, err := strconv.ParseFloat(text, 64); err == nil && value >= 0 && value <= 1 {
		d.Relevance = strconv.FormatFloat(value, 'f', -1, 64)
	}
	for name, to := range map[string]*string{"links": &d.Links, "body": &d.Body, "title": &d.Title, "date": &d.Date} {
		text := o.attributes["chapar:"+name]
		if len(text) > longestSelector || !fitsAttribute(text) {
			continue
		}
		if _, err := cascadia.Compile(text); err == nil {
			*to = text
		}
	}
}

func (o opmlOutline) first(names ...string) string {
	for _, name := range names {
		if v := o.attributes[name]; v != "" {
			return v
		}
	}
	return ""
}

// address gives what stands at an outline's address and the address. The kind is empty where the type is not known.
func (o opmlOutline) address() (fetcher.Kind, string) {
	kind := fetcher.Kind(o.attributes["chapar:kind"])
	known := slices.Contains([]fetcher.Kind{fetcher.KindFeed, fetcher.KindPage, fetcher.KindSitemap, fetcher.KindURL}, kind)
	of := strings.ToLower(o.attributes["type"])
	if feed := o.first("xmlurl"); feed != "" {
		for _, name := range []string{"rss", "atom", "rdf", "feed", "json", "pie", "podcast"} {
			if of == "" || strings.Contains(of, name) {
				return fetcher.KindFeed, feed
			}
		}
		return "", feed
	}
	page := o.first("htmlurl", "url")
	switch {
	case of == "include" && page != "":
		return "", ""
	case page == "":
		return "", ""
	case known:
		return kind, page
	case of == "" || of == "link" || of == "html" || strings.Contains(of, "rss"):
		return fetcher.KindURL, page
	}
	return "", page
}

// WriteOPML writes sources as OPML 2.0: an outline for each address, feeds as every reader takes them, other kinds as
// mere pages, with attributes of chapar's own by which it knows them again; sources that are not enabled are marked as
// comments. What could be secret stays behind and is told: user and password of an address, and addresses that the
// environment is put into or whose query holds a secret. Headers, what
// is removed and former ids have no place in OPML; that is told as well. It gives how many sources have an outline.
func WriteOPML(w io.Writer, sources []Source) (written int, left []string, err error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.WriteString("<opml version=\"2.0\" xmlns:chapar=\"" + space + "\">\n<head><title>Sources of chapar</title></head>\n<body>\n")
	for _, s := range sources {
		home, any := s.home(), false
		for _, e := range s.Endpoints {
			address := s.Public(e, e.URL)
			switch {
			case address == Hidden:
				left = append(left, fmt.Sprintf("the address of %s is left out: the environment is put into it", e.ID))
				continue
			case hasSecret(e.URL):
				left = append(left, fmt.Sprintf("the address of %s is left out: its query holds a secret", e.ID))
				continue
			case address != e.URL:
				left = append(left, fmt.Sprintf("the user and password in the address of %s are left out", e.ID))
			}
			writeOutline(&b, s, e, address, home)
			any = true
		}
		if !any {
			continue
		}
		written++
		if names := s.unwritten(); len(names) > 0 {
			left = append(left, fmt.Sprintf("of %s is left out: %s", s.ID, strings.Join(names, ", ")))
		}
	}
	b.WriteString("</body>\n</opml>\n")
	_, err = w.Write(b.Bytes())
	return written, left, err
}

// unwritten gives the keys of a source that do not go into OPML.
func (s Source) unwritten() (names []string) {
	add := func(name string, there bool) {
		if there {
			names = append(names, name)
		}
	}
	for _, name := range chosen() {
		text, there := s.Selectors[name]
		add(name, there && !fitsAttribute(text))
	}
	add("remove", len(s.Rules.Remove) > 0)
	add("headers", len(s.Headers) > 0)
	add("formerly", len(s.Formerly) > 0)
	return names
}

// chosen are the keys of selectors that have an attribute in OPML.
func chosen() []string { return []string{"links", "body", "title", "date"} }

// fitsAttribute says whether a text comes out of an attribute as it went in.
func fitsAttribute(text string) bool {
	return text != "" && text == strings.TrimSpace(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r != ' ' && unicode.IsSpace(r) || unicode.Is(unicode.C, r) || r == unicode.ReplacementChar
	})
}

// home is the first page of a source that others may see; "" if there is none.
func (s Source) home() string {
	for _, e := range s.Endpoints {
		if shown := s.Public(e, e.URL); (e.Kind == fetcher.KindPage || e.Kind == fetcher.KindURL) && shown != Hidden && !hasSecret(e.URL) {
			return shown
		}
	}
	return ""
}

func writeOutline(b *bytes.Buffer, s Source, e fetcher.Endpoint, address, home string) {
	put := func(name, value string) {
		if value == "" {
			return
		}
		b.WriteString(" " + name + `="`)
		_ = xml.EscapeText(b, []byte(value)) // a buffer takes everything
		b.WriteByte('"')
	}
	b.WriteString("<outline")
	put("text", s.Name)
	put("title", s.Name)
	if e.Kind == fetcher.KindFeed {
		put("type", "rss")
		put("xmlUrl", address)
		put("htmlUrl", home)
	} else { // without a type and url=, which some readers would poll as a feed
		put("htmlUrl", address)
	}
	put("language", s.Language)
	put("category", strings.Join(s.Tags, ","))
	if !s.Enabled {
		put("isComment", "true")
	}
	put("chapar:id", s.ID)
	put("chapar:kind", string(e.Kind))
	put("chapar:country", s.Country)
	if s.Zone != nil {
		put("chapar:zone", s.Zone.String())
	}
	if s.Interval > 0 {
		put("chapar:interval", short(s.Interval))
	}
	switch {
	case s.All:
		put("chapar:relevance", "all")
	case s.Threshold != nil:
		put("chapar:relevance", strconv.FormatFloat(*s.Threshold, 'f', -1, 64))
	}
	for _, name := range chosen() {
		if text := s.Selectors[name]; fitsAttribute(text) {
			put("chapar:"+name, text)
		}
	}
	b.WriteString("/>\n")
}
