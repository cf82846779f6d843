package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	_ "time/tzdata" // zones are known on systems without a list of them

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"chapar/normalize/relevance"
)

const (
	mostBytes    = 4 << 20 // of a file: some twenty thousand sources
	mostDepth    = 32      // of mappings and lists in each other
	mostProblems = 1000    // told of a file: of no use to anyone, and a bound for nonsense
)

// fewMinutes is the interval below which a publisher might mind.
const fewMinutes = 5 * time.Minute

// Load reads a config and the files that it includes. If they can be read and are wrong, the error is Problems: all
// of them, in order of place. Paths in the file are relative to it.
func Load(path string) (*Config, error) { return load(path, readFile) }

// load is Load with another way to read files.
func load(path string, read func(string) ([]byte, error)) (*Config, error) {
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the config %s: %w", path, err)
	}
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("cannot tell the folder of the config %s: %w", path, err)
	}
	c := Default()
	c.File = path
	l := newLoader(path, c, read)
	w := &walker{file: path, lookup: l.lookup}
	if root := w.parse(data); root != nil {
		l.top(w, root)
	}
	l.collect(w)
	l.checkFormer()
	if len(c.Sources) == 0 && len(l.problems) == 0 {
		c.Warnings = append(c.Warnings, Problem{File: path, Line: 1, Column: 1, Path: "sources", Text: "there are no sources"})
	}
	l.problems.sort(l.files)
	c.Warnings.sort(l.files)
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	c.Database = absolute(folder, c.Database)
	if c.Seeds != "" {
		c.Seeds = absolute(folder, c.Seeds)
	}
	return c, nil
}

func absolute(folder, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, path)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(data) > mostBytes {
		return nil, fmt.Errorf("it is larger than %d MiB", mostBytes>>20)
	}
	return data, nil
}

// parse gives the root of the only document of a file; nil if there is none or it cannot be parsed.
func (w *walker) parse(data []byte) *yaml.Node {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if n := invalidAt(data); n >= 0 {
		line := 1 + bytes.Count(data[:n], []byte("\n"))
		column := n - bytes.LastIndexByte(data[:n], '\n')
		at := &yaml.Node{Line: line, Column: column}
		switch c := data[n]; {
		case n == 0 && (c == 0xFF || c == 0xFE) || c == 0: // a mark of UTF-16, or every second byte of it
			w.problem(at, "", "save the file as UTF-8", "the file is no text in UTF-8, it may be UTF-16")
		case c < ' ':
			w.problem(at, "", "remove it", "the control character 0x%02X", data[n])
		default:
			w.problem(at, "", "save the file as UTF-8", "byte 0x%02X is not UTF-8", data[n])
		}
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(mostDepth))), yaml.WithUniqueKeys(false))
	if err != nil {
		w.problem(&yaml.Node{Line: 1, Column: 1}, "", "save it as plain YAML", "cannot be read: %v", err)
		return nil
	}
	var document, second yaml.Node
	switch err := loader.Load(&document); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		w.syntax(err, data)
		return nil
	}
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		w.syntax(err, data)
		return nil
	default:
		w.problem(&second, "", "remove the line ---", "a second document begins here, one is allowed")
		return nil
	}
	if len(document.Content) == 0 {
		return nil
	}
	return document.Content[0]
}

// invalidAt gives the place of the first byte that a text file cannot hold; -1 if there is none.
func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return i
		}
		i += size
	}
	return -1
}

// syntax tells an error of the YAML parser, whose words may quote a value only where it takes it for a name.
func (w *walker) syntax(err error, data []byte) {
	at := &yaml.Node{Line: 1, Column: 1}
	text, hint := "", "look at this line and at the one above"
	var e *yaml.LoadError
	if errors.As(err, &e) {
		if e.Mark.Line > 0 {
			at.Line, at.Column = e.Mark.Line, max(1, e.Mark.Column)
		}
		text = e.Message
		if e.ContextMsg != "" && e.ContextMark.Line > 0 && e.ContextMark.Line != e.Mark.Line {
			text += fmt.Sprintf(" %s that begins in line %d", e.ContextMsg, e.ContextMark.Line)
		}
	}
	lines := bytes.Split(data, []byte("\n"))
	line := ""
	if at.Line <= len(lines) {
		line = string(lines[at.Line-1])
	}
	rest := line[min(at.Column-1, len(line)):]
	switch {
	case strings.Contains(text, "anchor"):
		text, hint = "an alias (*) to what is not there", "put a value that begins with * in quotes"
	case strings.Contains(text, "max depth"):
		text, hint = fmt.Sprintf("more than %d lists and mappings stand in each other", mostDepth), "look for brackets and dashes that are too many"
	case strings.Contains(text, "cannot start any token") && strings.HasPrefix(strings.TrimLeft(line, " "), "\t"):
		hint = "indent with blanks, not with tabs"
	case strings.Contains(text, "cannot start any token") && rest != "" && strings.ContainsAny(rest[:1], "@`%"):
		hint = fmt.Sprintf("put a value that begins with %s in quotes", rest[:1])
	case strings.Contains(text, "mapping values are not allowed"):
		hint = `put a value that holds ": " in quotes, and look at the indentation`
	case strings.Contains(text, "tab character"):
		hint = "indent with blanks, not with tabs"
	case strings.Contains(text, "incompatible YAML document"):
		hint = "remove the line %YAML"
	case strings.Contains(text, "tag"):
		text, hint = "a tag (!) that cannot be read", "put a value that begins with ! in quotes"
	case strings.Contains(text, "did not find expected"):
		hint = "look at the indentation, the brackets and the quotes here and above"
	}
	w.problem(at, "", hint, "not YAML: %s", text)
}

// loader is what is known over all files of a config.
type loader struct {
	config    *Config
	read      func(path string) ([]byte, error)
	lookup    func(name string) (string, bool) // values for ${NAME}
	problems  Problems
	files     []string          // as shown, in the order in which they were read
	ids       map[string]string // of sources: where they stand
	former    []formerID        // in the order in which they stand
	addresses map[string]string // of endpoints: the source that has them
	zones     map[string]*time.Location
}

func newLoader(path string, c *Config, read func(string) ([]byte, error)) *loader {
	return &loader{config: c, read: read, lookup: environment(path), files: []string{path}, ids: map[string]string{}, addresses: map[string]string{},
		zones: map[string]*time.Location{}}
}

// collect takes over what a walker found.
func (l *loader) collect(w *walker) {
	l.problems = append(l.problems, w.problems...)
	l.config.Warnings = append(l.config.Warnings, w.warnings...)
	w.problems, w.warnings = nil, nil
}

// top reads the main file, then its includes.
func (l *loader) top(w *walker, root *yaml.Node) {
	c := l.config
	var o outline
	keys := l.topTable(w, &o)
	w.mapping(root, "", keys, elsewhere("fetch", "relevance", "sources"))
	if o.sources != nil { // after fetch, whose networks their warnings depend on
		l.sources(w, o.sources)
	}
	for i, n := range o.includes {
		l.include(w, n, c.Include[i])
	}
	if c.Fetch.MinInterval < fewMinutes && o.interval != nil && !l.allPrivate() {
		w.warning(o.interval, "fetch.min_interval", "", "sources may be asked every %s; publishers may mind less than %s", short(c.Fetch.MinInterval), short(fewMinutes))
	}
}

// include reads a further file with sources.
func (l *loader) include(w *walker, n *yaml.Node, name string) {
	path := absolute(filepath.Dir(w.file), name)
	for i, file := range l.files {
		if !sameFile(file, path) {
			continue
		}
		if i == 0 {
			w.problem(n, "include", "remove it", "the file includes itself")
		} else {
			w.problem(n, "include", "remove one of the two", "%s is included twice", quote(name))
		}
		return
	}
	data, err := l.read(path)
	if err != nil {
		w.problem(n, "include", "paths are relative to the file that includes", "cannot read %s: %v", quote(name), err)
		return
	}
	l.files = append(l.files, path)
	inner := &walker{file: path, lookup: l.lookup}
	if root := inner.parse(data); root != nil {
		places := elsewhere("fetch", "relevance", "sources")
		for _, name := range topKeys {
			places[name] = "into the main file: an included one holds sources only"
		}
		inner.mapping(root, "", []key{{name: "sources", value: value{read: func(n *yaml.Node, _ string) { l.sources(inner, n) }}}}, places)
	}
	l.collect(inner)
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// checkedInto reads a string that a function must find right. The pattern says what can be said of that beforehand.
func (w *walker) checkedInto(to *string, check func(string) *wrong, pattern string) value {
	form := func() schema {
		s := matching(pattern)
		s.Default = *to
		return s
	}
	return value{form: form, read: func(n *yaml.Node, path string) {
		text, ok := w.text(n, path)
		if !ok {
			return
		}
		if bad := check(text); bad != nil {
			w.wrong(n, path, text, bad)
			return
		}
		*to = text
	}}
}

// fetch reads the section and gives the node of min_interval.
func (w *walker) fetch(n *yaml.Node, path string, f *Fetch) (interval *yaml.Node) {
	var stand bounds
	w.mapping(n, path, w.fetchTable(f, &stand), elsewhere("", "relevance", "sources"))
	if f.MinInterval > f.MaxInterval {
		at, named := stand.least, "min_interval"
		if at == nil {
			at, named = stand.most, "max_interval"
		}
		w.problem(at, join(path, named), "raise max_interval or lower min_interval",
			"fetch.min_interval (%s) is more than fetch.max_interval (%s)", short(f.MinInterval), short(f.MaxInterval))
	}
	return stand.least
}

func (w *walker) relevance(n *yaml.Node, path string, r *Relevance) {
	w.mapping(n, path, w.relevanceTable(r), elsewhere("", "fetch", "limits", "sources"))
}

// term is one of the operator's terms as it stands in the file.
type term struct {
	relevance.Term
	languages []string
}

// term reads one of the operator's terms; each language makes one of its own.
func (w *walker) term(n *yaml.Node, path string) []relevance.Term {
	if isNull(n) || n.Kind == yaml.ScalarNode {
		w.problem(n, path, "write it such as {text: Farfield, kind: place, country: KZ}", "%s must be a mapping", path)
		return nil
	}
	before := len(w.problems)
	var t term
	w.mapping(n, path, w.termTable(&t), nil)
	if len(w.problems) > before {
		return nil
	}
	if t.Kind == "" && t.Topic != "" {
		t.Kind = "topic"
	}
	kinds := termKinds()
	switch {
	case strings.TrimSpace(t.Text) == "":
		w.problem(n, path, "add text: with the word or name to look for", "%s has no text", path)
	case t.Kind == "":
		w.problem(n, path, "add kind: place, organisation or topic", "%s has no kind", path)
	case !slices.Contains(kinds, t.Kind):
		hint := didYouMean(t.Kind, kinds)
		if hint == "" {
			hint = "known are " + strings.Join(kinds, ", ")
		}
		w.problem(n, path, hint, "%s is of the unknown kind %s", path, quote(t.Kind))
	case t.Kind == "topic" && t.Topic == "":
		w.problem(n, path, "add topic: such as border or water", "%s is of kind topic and names none", path)
	default:
		if len(t.languages) == 0 {
			return []relevance.Term{t.Term}
		}
		var terms []relevance.Term
		for _, language := range t.languages {
			t.Language = language
			terms = append(terms, t.Term)
		}
		return terms
	}
	return nil
}

// parsedInto reads a string in the form that a function gives it.
func (w *walker) parsedInto(to *string, parse func(string) (string, *wrong), form func() schema) value {
	return value{form: form, read: func(n *yaml.Node, path string) {
		text, ok := w.text(n, path)
		if !ok {
			return
		}
		parsed, bad := parse(text)
		if bad != nil {
			w.wrong(n, path, text, bad)
			return
		}
		*to = parsed
	}}
}

// The keys of the sections, to say of a misplaced one where it belongs.
var (
	topKeys       = []string{"database", "listen", "include", "seeds", "fetch", "limits", "relevance"}
	fetchKeys     = []string{"user_agent", "contact", "concurrency", "per_host_delay", "min_interval", "max_interval", "timeout", "max_body", "keep_pages", "keep_rejected", "robots", "allow_networks", "proxy", "backfill", "revisit", "budget", "budget_per_source"}
	limitsKeys    = []string{"connect", "handshake", "first_byte", "speed", "header", "redirects", "expansion", "xml_depth", "xml_prefixes", "xml_bases", "xml_attributes", "xml_tag", "xml_elements", "xml_pieces", "entries", "html_nodes", "html_merges", "html_attributes", "html_size", "new_a_day", "read_memory", "read_cpu", "read_time", "min_free"}
	relevanceKeys = []string{"threshold", "terms", "exclude"}
	sourceKeys    = []string{"feed", "page", "sitemap", "url", "links", "interval", "zone", "headers", "tags", "formerly"}
)

// elsewhere tells of the keys of some sections, "" for the top of the file, where they belong.
func elsewhere(sections ...string) map[string]string {
	places := map[string]string{}
	for _, section := range sections {
		names, place := topKeys, "at the top of the file"
		switch section {
		case "fetch":
			names, place = fetchKeys, "under fetch:"
		case "limits":
			names, place = limitsKeys, "under limits:"
		case "relevance":
			names, place = relevanceKeys, "under relevance:"
		case "sources":
			names, place = sourceKeys, "to an entry under sources:"
		}
		for _, name := range names {
			places[name] = place
		}
	}
	return places
}

// allPrivate says whether every enabled source is in a network that may be asked as often as one likes.
func (l *loader) allPrivate() bool {
	for _, s := range l.config.Sources {
		for _, e := range s.Endpoints {
			if s.Enabled && !isPrivate(e.URL, l.config.Fetch.AllowNetworks) {
				return false
			}
		}
	}
	return true
}

// isPrivate says whether the host of an address is by its very name in one of the networks.
func isPrivate(address string, networks []netip.Prefix) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	hosts := []string{u.Hostname()}
	if hosts[0] == "localhost" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	for _, host := range hosts {
		addr, err := netip.ParseAddr(host)
		if err != nil {
			continue
		}
		for _, network := range networks {
			if network.Contains(addr.Unmap()) {
				return true
			}
		}
	}
	return false
}
