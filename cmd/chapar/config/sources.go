package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"go.yaml.in/yaml/v4"
	"golang.org/x/net/http/httpguts"

	"chapar/fetcher"
)

// idForm is the form of a source's id; ids are parts of endpoint ids, of file names and of addresses.
var idForm = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// tagForm is the form of a tag, in any script.
var tagForm = regexp.MustCompile(`^[\p{L}\p{M}\p{N}-]{1,64}$`)

// sources reads the list under sources.
func (l *loader) sources(w *walker, n *yaml.Node) {
	if isNull(n) || !w.kind(n, "sources", yaml.SequenceNode, "a list of sources") {
		return
	}
	for i, entry := range n.Content {
		l.source(w, entry, fmt.Sprintf("sources[%d]", i))
	}
}

// address is one address of a source and where it stands.
type address struct {
	kind fetcher.Kind
	url  string
	node *yaml.Node
	path string
}

// entry is a source at work.
type entry struct {
	s                   Source
	hasID               bool
	addresses           []address
	links               goquery.Matcher
	linksAt, intervalAt *yaml.Node
}

func (l *loader) source(w *walker, n *yaml.Node, path string) {
	if isNull(n) {
		w.problem(n, path, "give it an id and an address or remove the dash", "%s is empty", path)
		return
	}
	if !w.kind(n, path, yaml.MappingNode, "a mapping of keys to values") {
		return
	}
	e := entry{s: Source{Enabled: true, Place: fmt.Sprintf("%s:%d", w.file, n.Line)}}
	before, former := len(w.problems), len(l.former)
	places := elsewhere("", "fetch", "relevance")
	places["threshold"] = "to a source as relevance: 0.3, to all of them under relevance:"
	w.mapping(n, path, l.sourceTable(w, &e), places)
	s := &e.s
	for i := range l.former[former:] {
		l.former[former+i].source = s.ID
	}
	if !e.hasID {
		w.problem(n, path, "add id: a short name of small letters, digits and dashes", "%s has no id", path)
	}
	if len(e.addresses) == 0 && len(w.problems) == before {
		w.problem(n, path, "add one of feed:, page:, sitemap: or url:", "%s has no address", path)
	}
	if s.Name == "" {
		s.Name = s.ID
	}
	s.Endpoints = l.endpoints(w, e)
	if e.linksAt != nil && !slices.ContainsFunc(e.addresses, func(a address) bool { return a.kind == fetcher.KindPage || a.kind == fetcher.KindURL }) {
		w.warning(e.linksAt, join(path, "links"), "", "%s.links has no effect: the source has no page", path)
	}
	if s.Interval > 0 && s.Interval < fewMinutes && s.Enabled {
		for _, end := range s.Endpoints {
			if !isPrivate(end.URL, l.config.Fetch.AllowNetworks) {
				w.warning(e.intervalAt, join(path, "interval"), "", "%s.interval is %s; the publisher may mind less than %s", path, short(s.Interval), short(fewMinutes))
				break
			}
		}
	}
	l.config.Sources = append(l.config.Sources, *s)
}

// addresses reads the addresses of a kind.
func (w *walker) addresses(e *entry, kind fetcher.Kind) value {
	list := w.list(addressForm, func(n *yaml.Node, path string) {
		text, ok := w.text(n, path)
		if !ok {
			return
		}
		if _, bad := webAddress(text, "https", "http"); bad != nil {
			w.wrong(n, path, text, bad)
			return
		}
		e.addresses = append(e.addresses, address{kind, text, n, path})
		if strings.Contains(strings.ReplaceAll(n.Value, "$$", ""), "${") {
			e.s.Secret = append(e.s.Secret, text)
		}
	})
	return value{
		read: func(n *yaml.Node, path string) {
			if list.read(n, path); isNull(n) {
				w.problem(n, path, "give it one or remove the key", "%s has no value", path)
			}
		},
		form: func() schema {
			s := listOf(addressForm()).once()
			s.Type, s.Default = []string{"array", "string"}, nil
			return s
		},
	}
}

func (l *loader) id(w *walker, n *yaml.Node, path string, s *Source) {
	id := w.id(n, path)
	if id == "" {
		return
	}
	if place, doubled := l.ids[id]; doubled {
		w.problem(n, path, "ids must differ", "the id %s is that of the source at %s", quote(id), place)
		return
	}
	l.ids[id] = fmt.Sprintf("%s:%d", w.file, n.Line)
	s.ID = id
}

// zone gives a time zone; sources that name the same one share it.
func (l *loader) zone(name string) (*time.Location, *wrong) {
	if zone := l.zones[name]; zone != nil {
		return zone, nil
	}
	zone, bad := parseZone(name)
	if bad == nil {
		l.zones[name] = zone
	}
	return zone, bad
}

// endpoints makes the endpoints of a source. Their ids are the keys of what is remembered of them: source and kind,
// and a hash of the address where there are several of a kind.
func (l *loader) endpoints(w *walker, of entry) []fetcher.Endpoint {
	s, addresses := of.s, of.addresses
	count := map[fetcher.Kind]int{}
	for _, a := range addresses {
		count[a.kind]++
	}
	own := map[string]bool{}
	var endpoints []fetcher.Endpoint
	for _, a := range addresses {
		if own[a.url] {
			w.problem(a.node, a.path, "remove one of the two", "%s stands in this source already", a.path)
			continue
		}
		own[a.url] = true
		if other := l.addresses[a.url]; other != "" && s.ID != "" {
			w.warning(a.node, a.path, "", "%s is polled for the source %q already", a.path, other)
		} else {
			l.addresses[a.url] = s.ID
		}
		e := fetcher.Endpoint{ID: s.ID + "/" + string(a.kind), Source: s.ID, Kind: a.kind, URL: a.url, Every: s.Interval}
		if count[a.kind] > 1 {
			sum := sha256.Sum256([]byte(a.url))
			e.ID += "-" + hex.EncodeToString(sum[:4])
		}
		if a.kind == fetcher.KindPage || a.kind == fetcher.KindURL {
			e.Links = of.links
		}
		endpoints = append(endpoints, e)
	}
	return endpoints
}

const longestSelector = 2000 // bytes: the parser calls itself for what is nested

func selectorForm() schema {
	return schema{Type: []string{"string"}, MinLength: 1, MaxLength: longestSelector}
}

// selector reads and compiles a CSS selector.
func (w *walker) selector(to *goquery.Matcher) value {
	return value{form: selectorForm, read: func(n *yaml.Node, path string) {
		text, ok := w.text(n, path)
		if !ok {
			return
		}
		if len(text) > longestSelector {
			w.problem(n, path, "choose by fewer or shorter names", "%s is longer than %d bytes", path, longestSelector)
			return
		}
		compiled, err := cascadia.Compile(text)
		if err != nil {
			w.problem(n, path, `write it such as "div.article p"`, "%s is %s, which is no CSS selector: %v", path, quote(n.Value), err)
			return
		}
		*to = selector{compiled, text}
	}}
}

// selector is a compiled CSS selector that still knows its text: who has a page read in another process sends the
// text there.
type selector struct {
	cascadia.Selector
	text string
}

func (s selector) String() string { return s.text }

// Same says whether two sources differ in nothing but where they stand in their files. Compiled selectors are never
// equal, so it compares their texts.
func (s Source) Same(other Source) bool {
	a, as := s.unselected()
	b, bs := other.unselected()
	return slices.Equal(as, bs) && reflect.DeepEqual(a, b)
}

// unselected parts a source, without its place, from the texts of its selectors.
func (s Source) unselected() (Source, []string) {
	var texts []string
	part := func(m *goquery.Matcher) {
		text := ""
		if written, ok := (*m).(selector); ok {
			text, *m = written.text, nil
		}
		texts = append(texts, text)
	}
	s.Place = ""
	s.Endpoints, s.Rules.Remove = slices.Clone(s.Endpoints), slices.Clone(s.Rules.Remove)
	for i := range s.Endpoints {
		part(&s.Endpoints[i].Links)
	}
	for _, m := range []*goquery.Matcher{&s.Rules.Title, &s.Rules.Body, &s.Rules.Date} {
		part(m)
	}
	for i := range s.Rules.Remove {
		part(&s.Rules.Remove[i])
	}
	return s, texts
}

// selected takes down how a selector is written.
func (s *Source) selected(name string) func(n *yaml.Node, path string) {
	return func(n *yaml.Node, _ string) {
		if s.Selectors == nil {
			s.Selectors = map[string]string{}
		}
		if s.Selectors[name] = strings.ReplaceAll(n.Value, "$$", "$"); strings.Contains(n.Value, "${") {
			s.Selectors[name] = ""
		}
	}
}

func (w *walker) selectors(to *[]goquery.Matcher) value {
	return w.list(selectorForm, func(n *yaml.Node, path string) {
		var one goquery.Matcher
		if w.selector(&one).read(n, path); one != nil {
			*to = append(*to, one)
		}
	}).open()
}

// sourceRelevance reads what a source has of its own: a threshold alone, or a mapping.
func (w *walker) sourceRelevance(n *yaml.Node, path string, s *Source) {
	if n.Kind == yaml.MappingNode {
		w.mapping(n, path, w.ownRelevanceTable(s), elsewhere("", "fetch", "sources"))
		return
	}
	w.ownThreshold(n, path, s)
}

func (w *walker) ownThreshold(n *yaml.Node, path string, s *Source) {
	const hint = "write all, or a number from 0 to 1"
	switch text, fromEnv, ok := w.scalar(n, path, "all or a number"); {
	case !ok:
	case text == "all":
		s.All = true
	case n.Tag == "!!str" && !fromEnv:
		w.problem(n, path, hint, "%s is %s", path, shown(n, fromEnv))
	default:
		if value, ok := w.number(n, path, 0, 1); ok {
			s.Threshold = &value
		}
	}
}

// headers reads header lines to be sent. Their values are never told: they are what an operator has of secrets.
func (w *walker) headers(n *yaml.Node, path string) http.Header {
	if isNull(n) || !w.kind(n, path, yaml.MappingNode, "a mapping of names to values") {
		return nil
	}
	headers := http.Header{}
	w.pairs(n, path, func(name string, keyNode, value *yaml.Node) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			w.problem(keyNode, path, "use letters, digits and dashes", "%s holds what is no name of a header", path)
			return
		case slices.Contains([]string{"Host", "Content-Length", "Connection", "Transfer-Encoding", "Trailer", "Upgrade", "Te"}, canonical):
			w.problem(keyNode, path, "remove it", "the header %s cannot be set", canonical)
			return
		case headers[canonical] != nil:
			w.problem(keyNode, path, "remove one of the two", "the header %s stands twice", canonical)
			return
		}
		w.items(value, join(path, name), func(n *yaml.Node, path string) {
			text, ok := w.text(n, path)
			if ok && !httpguts.ValidHeaderFieldValue(text) {
				w.problem(n, path, "use one line of plain text", "%s cannot be sent in a header", path)
			} else if ok {
				headers[canonical] = append(headers[canonical], text)
			}
		})
		if isNull(value) {
			w.problem(value, join(path, name), "give it one or remove the key", "%s has no value", join(path, name))
		}
	})
	return headers
}
