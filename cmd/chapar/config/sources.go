package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
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

func (l *loader) source(w *walker, n *yaml.Node, path string) {
	if isNull(n) {
		w.problem(n, path, "give it an id and an address or remove the dash", "%s is empty", path)
		return
	}
	if !w.kind(n, path, yaml.MappingNode, "a mapping of keys to values") {
		return
	}
	s := Source{Enabled: true, Place: fmt.Sprintf("%s:%d", w.file, n.Line)}
	var addresses []address
	var links goquery.Matcher
	var linksNode, intervalNode *yaml.Node
	hasID := false
	of := func(kind fetcher.Kind) func(*yaml.Node, string) {
		return func(n *yaml.Node, path string) {
			w.list(n, path, func(n *yaml.Node, path string) {
				text, ok := w.text(n, path)
				if !ok {
					return
				}
				if _, bad := webAddress(text, "https", "http"); bad != nil {
					w.wrong(n, path, text, bad)
					return
				}
				addresses = append(addresses, address{kind, text, n, path})
				if strings.Contains(strings.ReplaceAll(n.Value, "$$", ""), "${") {
					s.Secret = append(s.Secret, text)
				}
			})
			if isNull(n) {
				w.problem(n, path, "give it one or remove the key", "%s has no value", path)
			}
		}
	}
	before, former := len(w.problems), len(l.former)
	w.mapping(n, path, []key{
		{"id", func(n *yaml.Node, path string) {
			hasID = true
			l.id(w, n, path, &s)
		}},
		{"name", w.textInto(&s.Name)},
		{"feed", of(fetcher.KindFeed)},
		{"page", of(fetcher.KindPage)},
		{"sitemap", of(fetcher.KindSitemap)},
		{"url", of(fetcher.KindURL)},
		{"links", func(n *yaml.Node, path string) {
			linksNode = n
			w.selector(n, path, func(m goquery.Matcher) { links = m })
		}},
		{"body", func(n *yaml.Node, path string) {
			w.selector(n, path, func(m goquery.Matcher) { s.Rules.Body = m })
		}},
		{"title", func(n *yaml.Node, path string) {
			w.selector(n, path, func(m goquery.Matcher) { s.Rules.Title = m })
		}},
		{"date", func(n *yaml.Node, path string) {
			w.selector(n, path, func(m goquery.Matcher) { s.Rules.Date = m })
		}},
		{"remove", func(n *yaml.Node, path string) {
			w.list(n, path, func(n *yaml.Node, path string) {
				w.selector(n, path, func(m goquery.Matcher) { s.Rules.Remove = append(s.Rules.Remove, m) })
			})
		}},
		{"interval", func(n *yaml.Node, path string) {
			intervalNode = n
			w.durationInto(&s.Interval, time.Second)(n, path)
		}},
		{"relevance", func(n *yaml.Node, path string) { w.sourceRelevance(n, path, &s) }},
		{"language", w.parsedInto(&s.Language, parseLanguage)},
		{"country", w.parsedInto(&s.Country, parseCountry)},
		{"zone", func(n *yaml.Node, path string) {
			if text, ok := w.text(n, path); ok {
				zone, bad := l.zone(text)
				if bad != nil {
					w.wrong(n, path, text, bad)
				}
				s.Zone = zone
			}
		}},
		{"headers", func(n *yaml.Node, path string) { s.Headers = w.headers(n, path) }},
		{"enabled", w.boolInto(&s.Enabled)},
		{"tags", func(n *yaml.Node, path string) { w.tags(n, path, &s) }},
		{"formerly", func(n *yaml.Node, path string) { l.formerly(w, n, path, &s) }},
	}, elsewhere("", "fetch", "relevance"))
	for i := range l.former[former:] {
		l.former[former+i].source = s.ID
	}
	if !hasID {
		w.problem(n, path, "add id: a short name of small letters, digits and dashes", "%s has no id", path)
	}
	if len(addresses) == 0 && len(w.problems) == before {
		w.problem(n, path, "add one of feed:, page:, sitemap: or url:", "%s has no address", path)
	}
	if s.Name == "" {
		s.Name = s.ID
	}
	s.Endpoints = l.endpoints(w, s, addresses, links)
	if linksNode != nil && !slices.ContainsFunc(addresses, func(a address) bool { return a.kind == fetcher.KindPage || a.kind == fetcher.KindURL }) {
		w.warning(linksNode, join(path, "links"), "", "%s.links has no effect: the source has no page", path)
	}
	if s.Interval > 0 && s.Interval < fewMinutes && s.Enabled {
		for _, e := range s.Endpoints {
			if !isPrivate(e.URL, l.config.Fetch.AllowNetworks) {
				w.warning(intervalNode, join(path, "interval"), "", "%s.interval is %s; the publisher may mind less than %s", path, short(s.Interval), short(fewMinutes))
				break
			}
		}
	}
	l.config.Sources = append(l.config.Sources, s)
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
func (l *loader) endpoints(w *walker, s Source, addresses []address, links goquery.Matcher) []fetcher.Endpoint {
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
			e.Links = links
		}
		endpoints = append(endpoints, e)
	}
	return endpoints
}

// selector reads and compiles a CSS selector.
func (w *walker) selector(n *yaml.Node, path string, set func(goquery.Matcher)) {
	text, ok := w.text(n, path)
	if !ok {
		return
	}
	const longest = 2000 // the parser calls itself for what is nested
	if len(text) > longest {
		w.problem(n, path, "", "%s is longer than %d bytes", path, longest)
		return
	}
	selector, err := cascadia.Compile(text)
	if err != nil {
		w.problem(n, path, `write it such as "div.article p"`, "%s is %s, which is no CSS selector: %v", path, quote(n.Value), err)
		return
	}
	set(selector)
}

func (w *walker) sourceRelevance(n *yaml.Node, path string, s *Source) {
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
		w.list(value, join(path, name), func(n *yaml.Node, path string) {
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
