package config

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
	"golang.org/x/net/publicsuffix"

	"chapar/fetcher"
)

// Listing is what a file offers as sources.
type Listing struct {
	Form     string // OPML, YAML, or addresses
	Drafts   []Draft
	Problems Problems // what cannot be taken, and why
	Notes    []string
}

// MostListing is the size of the largest file that is read as a listing, in bytes.
const MostListing = 10 << 20

// ReadListing reads sources from OPML, from YAML in the form of a config (a mapping with sources:, or the list alone)
// or from addresses, one a line. The name is for the problems. An error means that nothing of it can be read.
func ReadListing(name string, data []byte) (Listing, error) {
	if len(data) > MostListing {
		return Listing{}, fmt.Errorf("it is larger than %d MiB", MostListing>>20)
	}
	text := fetcher.Text(data)
	start := strings.TrimSpace(text)
	switch {
	case start == "":
		return Listing{}, errors.New("it is empty")
	case start[0] == '<':
		return readOPML(name, declaration.ReplaceAllStringFunc(withoutControl(text), func(all string) string {
			return strings.Repeat(" ", len(all)) // places stay what they are
		}))
	}
	if list, ok := readAddresses(name, text); ok {
		return list, nil
	}
	return readYAML(name, data)
}

// declaration is the first line of XML. The text is decoded by now, and a version of 1.1 does not matter.
var declaration = regexp.MustCompile(`^\s*<\?xml[^>\n]*\?>`)

// withoutControl blanks what no XML may hold; its reader would stop there.
func withoutControl(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, text)
}

// readAddresses reads one address a line, which its name may follow; what begins with # is a comment. It is no such
// list if its first line is no address.
func readAddresses(file, text string) (Listing, bool) {
	list := Listing{Form: "addresses"}
	n, any := 0, false
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		address, name, _ := strings.Cut(line, " ")
		address = Address(address)
		_, bad := webAddress(address, "https", "http")
		if bad != nil && !any {
			return Listing{}, false
		}
		any = true
		if bad != nil {
			if len(list.Problems) < mostProblems {
				list.Problems = append(list.Problems, Problem{File: file, Line: n, Column: 1, Text: quote(Public(address)) + " " + bad.text, Hint: bad.hint})
			}
			continue
		}
		list.Drafts = append(list.Drafts, Draft{Name: strings.Trim(Tidy(name), `"' `), Addresses: []fetcher.Found{{Kind: fetcher.KindURL, URL: address}}, File: file, Line: n, Column: 1})
	}
	return list, any
}

// readYAML reads sources in the form of a config, as strictly as Load.
func readYAML(file string, data []byte) (Listing, error) {
	list := Listing{Form: "YAML"}
	w := &walker{file: file, lookup: environment(file)}
	root := w.parse(data)
	if len(w.problems) > 0 {
		return list, w.problems
	}
	if root == nil {
		return list, errors.New("it holds nothing")
	}
	sources := root
	if root.Kind == yaml.MappingNode {
		sources = nil
		var others []string
		var keys []key
		for _, name := range topKeys {
			keys = append(keys, key{name: name, value: value{read: func(*yaml.Node, string) { others = append(others, name) }}})
		}
		keys = append(keys, key{name: "sources", value: value{read: func(n *yaml.Node, _ string) { sources = n }}})
		w.mapping(root, "", keys, elsewhere("fetch", "relevance", "sources"))
		if len(others) > 0 {
			list.Notes = append(list.Notes, "its sources are taken, not its "+strings.Join(others, ", "))
		}
	}
	if sources == nil || sources.Kind != yaml.SequenceNode {
		w.problem(root, "", "write it as the config is written, as OPML, or one address a line", "there is no list of sources")
		return list, w.problems
	}
	l := newLoader(file, Default(), readFile)
	for i, n := range sources.Content {
		before, had := len(w.problems), len(l.config.Sources)
		l.source(w, n, fmt.Sprintf("sources[%d]", i))
		if len(w.problems) > before || len(l.config.Sources) == had {
			continue
		}
		s := l.config.Sources[had]
		d := Draft{ID: s.ID, Name: s.Name, Language: s.Language, Country: s.Country, Tags: s.Tags, Disabled: !s.Enabled, File: file, Line: n.Line, Column: n.Column, whole: n, formerly: s.Formerly, secret: s.Secret}
		for _, e := range s.Endpoints {
			d.Addresses = append(d.Addresses, fetcher.Found{Kind: e.Kind, URL: e.URL})
		}
		list.Drafts = append(list.Drafts, d)
	}
	list.Problems = w.problems
	return list, nil
}

// Known is a draft that is not taken since its address is polled already.
type Known struct {
	Draft  Draft
	Source string // the id of the source that has it
	Place  string // where that stands; empty for one of the same listing
}

// Sift takes out of some drafts what the config has already, by address, and what stands twice among them; it gives
// the rest ids and names that are free. A draft whose own id is taken is a problem.
func (c *Config) Sift(drafts []Draft) (fresh []Draft, known []Known, problems Problems) {
	type holder struct{ id, place string }
	have, ids := map[string]holder{}, map[string]string{}
	for _, s := range c.Sources {
		ids[s.ID] = s.Place
		for _, id := range s.Formerly {
			ids[id] = s.Place
		}
		for _, e := range s.Endpoints {
			have[addressKey(e.URL)] = holder{s.ID, s.Place}
		}
	}
	own := map[string]bool{} // ids that the drafts bring; none is made that one of them has
	for _, d := range drafts {
		own[d.ID] = true
	}
	numbers := map[string]int{} // of ids that would be the same: the last one given
	for _, d := range drafts {
		free := slices.DeleteFunc(slices.Clone(d.Addresses), func(a fetcher.Found) bool { return have[addressKey(a.URL)].id != "" })
		if len(free) == 0 {
			at := have[addressKey(d.Addresses[0].URL)]
			known = append(known, Known{d, at.id, at.place})
			continue
		}
		for _, id := range append([]string{d.ID}, d.formerly...) {
			if place, taken := ids[id]; taken && id != "" {
				problems = append(problems, Problem{File: d.File, Line: d.Line, Column: d.Column,
					Text: fmt.Sprintf("the id %s is that of the source at %s", quote(id), place), Hint: "give it another"})
				free = nil
				break
			}
		}
		if len(free) == 0 {
			continue
		}
		if d.whole == nil {
			d.Addresses = free
		}
		if d.ID == "" {
			base := newID(d.Name, free[0].URL)
			for d.ID = base; ids[d.ID] != "" || own[d.ID]; d.ID = base[:min(len(base), 58)] + fmt.Sprintf("-%d", numbers[base]+1) {
				numbers[base]++
			}
		}
		if d.Name == "" {
			d.Name = hostOf(free[0].URL)
		}
		for _, id := range append([]string{d.ID}, d.formerly...) {
			ids[id] = d.Place()
		}
		for _, a := range free {
			have[addressKey(a.URL)] = holder{id: d.ID}
		}
		fresh = append(fresh, d)
	}
	return fresh, known, problems
}

// Address mends what people write for an address: the scheme feed: is one of readers, and http is often left out.
func Address(text string) string {
	text = strings.TrimSpace(text)
	low := strings.ToLower(text)
	switch {
	case strings.HasPrefix(low, "feed://"):
		return "http://" + text[len("feed://"):]
	case strings.HasPrefix(low, "feed:http"):
		return Address(text[len("feed:"):])
	case strings.HasPrefix(low, "http://"), strings.HasPrefix(low, "https://"):
		scheme, rest, _ := strings.Cut(text, ":")
		return strings.ToLower(scheme) + ":" + rest
	}
	return text
}

// addressKey is the same for addresses at which the same is to be expected: with or without www, encrypted or not.
func addressKey(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	key := host + strings.TrimSuffix(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		key += "?" + u.RawQuery
	}
	return key
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// mainLabel is the word of a host that names the outlet: astanatimes of www.astanatimes.com.
func mainLabel(host string) string {
	if suffix, _ := publicsuffix.PublicSuffix(host); len(suffix) < len(host) && strings.ContainsFunc(suffix, unicode.IsLetter) {
		host = strings.TrimSuffix(host, "."+suffix)
	}
	return host
}

var joints = regexp.MustCompile(`\s+[|–—·•»«:/-]+\s+|\s*::\s*|\s*\|\s*`)

// Outlet makes the name of an outlet of what its feed or page calls itself: of several parts the one that its host is
// named after, else all of them.
func Outlet(title, address string) string {
	title = Tidy(title)
	host := mainLabel(hostOf(address))
	host = strings.ReplaceAll(host[strings.LastIndexByte(host, '.')+1:], "-", "")
	for _, part := range joints.Split(title, -1) {
		squeezed := strings.ReplaceAll(idFrom(part), "-", "")
		const least = 4 // shorter ones are in many words
		if host != "" && squeezed != "" && (squeezed == host || len(host) >= least && strings.Contains(squeezed, host) || len(squeezed) >= least && strings.Contains(host, squeezed)) {
			return part
		}
	}
	return title
}

// newID makes an id for a source: of its name where that is short and in Latin letters, else of its host.
func newID(name, address string) string {
	const shortest, longest = 2, 24
	id := idFrom(name)
	if len(id) >= shortest && len(id) <= longest && !strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) }) {
		return id
	}
	if id = idFrom(mainLabel(hostOf(address))); id != "" {
		return id
	}
	return "source"
}

// tagFrom makes a tag of the name of a folder, "" if nothing of it can be used.
func tagFrom(name string) string {
	if name = strings.TrimSpace(name); tagForm.MatchString(name) {
		return name
	}
	var b bytes.Buffer
	n := 0
	for _, r := range strings.ToLower(name) {
		switch {
		case n == 64:
		case unicode.In(r, unicode.L, unicode.M, unicode.N):
			b.WriteRune(r)
			n++
		case n > 0 && !bytes.HasSuffix(b.Bytes(), []byte("-")):
			b.WriteByte('-')
			n++
		}
	}
	return strings.Trim(b.String(), "-")
}
