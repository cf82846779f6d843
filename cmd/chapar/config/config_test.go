package config

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/net/html"

	"chapar/fetcher"
	"chapar/normalize/relevance"
)

var update = flag.Bool("update", false, "rewrite what the cases in testdata want")

// TestLoad loads the config.yaml of each archive in testdata, beside its other files and with the environment that
// its file env sets, and wants what its file want tells: problems, warnings and what differs from the defaults.
func TestLoad(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) < 85 {
		t.Fatalf("%d cases found, want 85 at least (%v)", len(cases), err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			path, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			archive := unpack(t, path)
			wantAt := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
			if wantAt < 0 {
				t.Fatal("it has no file want")
			}
			want := string(archive.Files[wantAt].Data)
			got := told(t)
			if got == want {
				return
			}
			if !*update {
				t.Fatalf("%s\ngot\n%s\nwant\n%s", archive.Comment, got, want)
			}
			archive.Files[wantAt].Data = []byte(got)
			if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// unpack makes a new folder the working one, with the files of an archive in it, and sets the environment of its file
// env.
func unpack(t *testing.T, path string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, f := range archive.Files {
		switch f.Name {
		case "want", "printed":
		case "env":
			for line := range strings.Lines(string(f.Data)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				t.Setenv(name, value)
			}
		default:
			if err := os.MkdirAll(filepath.Dir(f.Name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(f.Name, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return archive
}

// told gives in lines what loading ./config.yaml comes to.
func told(t *testing.T) string {
	t.Helper()
	c, err := Load("config.yaml")
	var b strings.Builder
	var problems Problems
	switch {
	case errors.As(err, &problems):
		for _, p := range problems {
			fmt.Fprintln(&b, p.Error())
			if p.Hint == "" {
				t.Errorf("%v: it does not say how to mend it", p)
			}
		}
		return b.String()
	case err != nil:
		return err.Error() + "\n"
	}
	for _, p := range c.Warnings {
		fmt.Fprintln(&b, "warning:", p.Error())
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	c.Database, _ = filepath.Rel(here, c.Database)
	if c.Seeds != "" {
		c.Seeds, _ = filepath.Rel(here, c.Seeds)
	}
	differ := func(path string, got, usual any) {
		g, u := reflect.ValueOf(got), reflect.ValueOf(usual)
		for i := range g.NumField() {
			name := g.Type().Field(i).Name
			if !slices.Contains([]string{"File", "Fetch", "Relevance", "Sources", "Warnings"}, name) && !reflect.DeepEqual(g.Field(i).Interface(), u.Field(i).Interface()) {
				fmt.Fprintf(&b, "%s%s = %v\n", path, name, g.Field(i).Interface())
			}
		}
	}
	usual := Default()
	differ("", *c, *usual)
	differ("Fetch.", c.Fetch, usual.Fetch)
	differ("Relevance.", c.Relevance, usual.Relevance)
	for _, s := range c.Sources {
		fmt.Fprintf(&b, "source %s at %s: threshold %g, %d selectors, %d headers\n", s.ID, s.Place, c.Threshold(s.ID), selectors(s), len(s.Headers))
		differ("  ", struct {
			Name, Language, Country string
			Zone                    *time.Location
			Enabled                 bool
			Tags, Formerly          []string
			Terms                   []relevance.Term
			Exclude                 []string
		}{s.Name, s.Language, s.Country, s.Zone, s.Enabled, s.Tags, s.Formerly, s.Terms, s.Exclude}, struct {
			Name, Language, Country string
			Zone                    *time.Location
			Enabled                 bool
			Tags, Formerly          []string
			Terms                   []relevance.Term
			Exclude                 []string
		}{s.ID, "", "", nil, true, nil, nil, nil, nil})
		for _, e := range s.Endpoints {
			fmt.Fprintf(&b, "  %s: %s %s every %s links %t\n", e.ID, e.Kind, e.URL, e.Every, e.Links != nil)
		}
	}
	return b.String()
}

func selectors(s Source) int {
	n := len(s.Rules.Remove)
	for _, set := range []bool{s.Rules.Body != nil, s.Rules.Title != nil, s.Rules.Date != nil} {
		if set {
			n++
		}
	}
	return n
}

// TestSecrets holds that no secret stands in a problem, however the config is wrong.
func TestSecrets(t *testing.T) {
	t.Setenv("SECRET", "hunter2 of hunter2\n")
	tests := []string{
		"sources: [{id: a, url: 'https://example.org/', headers: {Cookie: 'hunter2\x7f'}}]",
		"sources: [{id: a, url: 'https://example.org/', headers: {Cookie: '${SECRET}'}}]",
		"sources: [{id: a, url: 'https://example.org/', headers: {Cookie: *hunter2}}]",
		"sources: [{id: a, url: 'https://example.org/', headers: {Cookie: !hunter2 x}}]",
		"sources: [{id: a, url: 'https://example.org/', headers: {Cookie: {hunter2: x}}}]",
		"sources: [{id: a, url: 'https://example.org/', headers: hunter2}]",
		"sources: [{id: a, url: 'https://example.org/', headers: {Cookie=hunter2}}]",
		"sources: [{id: a, url: 'https://example.org/', headers: {Cookie: 1, cookie: hunter2}}]",
		"sources: [{id: a, url: 'https://a:hunter2@example.org:x/'}]",
		"sources: [{id: a, url: 'a:hunter2@example.org'}]",
		"sources: [{id: a, url: '${SECRET}'}]",
		"sources: [{id: '${SECRET}', zone: '${SECRET}', language: '${SECRET}', country: '${SECRET}', body: '${SECRET}', relevance: '${SECRET}', interval: '${SECRET}'}]",
		"fetch: {proxy: 'http://a:hunter2@example.org:99999999x'}",
		"fetch: {proxy: 'ftp://a:hunter2@example.org'}",
		"fetch: {proxy: 'http://a:hunter2%zz@example.org'}",
		"fetch: {proxy: 'a:hunter2@example.org'}",
		"fetch: {proxy: '${SECRET}', timeout: '${SECRET}', max_body: '${SECRET}', contact: '${SECRET}', allow_networks: ['${SECRET}']}",
		"listen: '${SECRET}'",
		"sources: [{id: a, url: 'example.org/feed?token=hunter2'}]",
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	for _, text := range tests {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s\ngives %v", text, err)
		}
	}
}

func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := Find("my.yaml"); err == nil || err.Error() != "cannot read the config my.yaml: no such file or directory" {
		t.Errorf("an explicit one that is absent: %v", err)
	}
	if _, err := os.Stat(fileSystem); err != nil {
		_, err := Find("")
		if err == nil || !strings.Contains(err.Error(), "no config.yaml in the working folder") || !strings.Contains(err.Error(), fileSystem) {
			t.Errorf("the error does not say where it looked: %v", err)
		}
	}
	for _, name := range []string{"my.yaml", "config.yaml"} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Find("my.yaml"); got != "my.yaml" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := Find(""); got != "config.yaml" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestLoadUnreadable(t *testing.T) {
	folder := t.TempDir()
	_, err := Load(filepath.Join(folder, "absent.yaml"))
	var problems Problems
	if err == nil || errors.As(err, &problems) || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("absent: %v", err)
	}
	if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a folder: %v", err)
	}
	large := filepath.Join(folder, "large.yaml")
	if err := os.WriteFile(large, []byte(strings.Repeat("#\n", mostBytes/2+1)), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(large); err == nil || !strings.Contains(err.Error(), "larger than 4 MiB") {
		t.Errorf("a large one: %v", err)
	}
}

// TestEncodings holds that a file which is no UTF-8 is told as one.
func TestEncodings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	wide := func(text string, low, high int) []byte {
		b := make([]byte, 2*len(text))
		for i := range text {
			b[2*i+low], b[2*i+high] = text[i], 0
		}
		return b
	}
	const text = "listen: \"\"\n"
	for name, data := range map[string][]byte{
		"UTF-16LE with a mark": append([]byte{0xFF, 0xFE}, wide(text, 0, 1)...),
		"UTF-16BE with a mark": append([]byte{0xFE, 0xFF}, wide(text, 1, 0)...),
		"UTF-16LE":             wide(text, 0, 1),
		"UTF-16BE":             wide(text, 1, 0),
		"zeros":                make([]byte, 1000),
		"Windows-1251":         []byte("seeds: \xf1\xe5\xec\xe5\xed\xe0\n"),
	} {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Line != 1 || problems[0].Hint != "save the file as UTF-8" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLoadNonsense holds that a large file which is wrong all over is told within bounds.
func TestLoadNonsense(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	for _, text := range []string{"sources:\n" + strings.Repeat("- a\n", 1e5), "sources: [" + strings.Repeat("{},", 1e5) + "]", strings.Repeat("{", mostBytes)} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		var problems Problems
		if !errors.As(err, &problems) || len(problems) > mostProblems {
			t.Errorf("%.20q: %d problems, %.200v", text, len(problems), err)
		}
	}
}

func TestPlaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("fetch:\n  timeout: 1d\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path)
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 1 {
		t.Fatalf("got %v", err)
	}
	want := Problem{path, 2, 12, "fetch.timeout", `fetch.timeout is "1d", which is no duration`, "write 24h"}
	if problems[0] != want {
		t.Errorf("got %+v, want %+v", problems[0], want)
	}
}

func TestMethods(t *testing.T) {
	t.Chdir(t.TempDir())
	text := "sources:\n- {id: on, feed: 'https://example.org/a', body: 'p.text', zone: Asia/Almaty, headers: {cookie: x}}\n- {id: off, feed: 'https://example.org/b', enabled: false}\n"
	if err := os.WriteFile("config.yaml", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := Load("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sources := c.FetchSources()
	if len(sources) != 1 {
		t.Fatalf("%d sources to fetch, want the enabled one", len(sources))
	}
	s := sources[0]
	if s.ID != "on" || s.Zone.String() != "Asia/Almaty" || s.Headers.Get("Cookie") != "x" || len(s.Endpoints) != 1 {
		t.Errorf("got %+v", s)
	}
	if want := (fetcher.Endpoint{ID: "on/feed", Source: "on", Kind: fetcher.KindFeed, URL: "https://example.org/a"}); s.Endpoints[0] != want {
		t.Errorf("got endpoint %+v, want %+v", s.Endpoints[0], want)
	}
	node, err := html.Parse(strings.NewReader(`<p class="text">`))
	if err != nil {
		t.Fatal(err)
	}
	if on, _ := c.Source("on"); on.Rules.Body == nil || !on.Rules.Body.Match(node.LastChild.LastChild.FirstChild) {
		t.Error("the selector for the body does not match")
	}
	if s, ok := c.Source("off"); !ok || s.Enabled || s.Rules.Body != nil {
		t.Errorf("the disabled source: %+v %t", s, ok)
	}
	if _, ok := c.Source("absent"); ok {
		t.Error("a source that is not there was found")
	}
}

func TestDistance(t *testing.T) {
	test := func(a, b string, want int) {
		t.Helper()
		if got := distance(a, b); got != want {
			t.Errorf("%s to %s: got %d, want %d", a, b, got, want)
		}
	}
	test("interval", "interval", 0)
	test("intervall", "interval", 1)
	test("intreval", "interval", 1)
	test("", "id", 2)
	test("feed", "need", 1)
	test("kitten", "sitting", 3)
}

func TestIsPrivate(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	test := func(address string, want bool) {
		t.Helper()
		if got := isPrivate(address, networks); got != want {
			t.Errorf("%s: got %t", address, got)
		}
	}
	test("http://127.0.0.1:8080/feed", true)
	test("http://localhost/feed", true)
	test("http://[fd00::1]/feed", true)
	test("http://10.0.0.1/feed", false)
	test("http://127.0.0.1.example.org/feed", false)
	test("https://example.org/", false)
}

// TestOwnConfig holds that the config that comes with chapar has no problem, nothing to warn of, and shows the region.
func TestOwnConfig(t *testing.T) {
	c, err := Load("../../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Warnings {
		t.Errorf("warning: %v", w)
	}
	countries := map[string]int{}
	for _, s := range c.Sources {
		if s.Country == "" || s.Language == "" || s.Zone == nil || s.Name == s.ID {
			t.Errorf("%s: name, country, language or zone is missing", s.ID)
		}
		countries[s.Country]++
	}
	for _, country := range []string{"KZ", "KG", "UZ", "TJ", "TM"} {
		if countries[country] == 0 {
			t.Errorf("no source of %s", country)
		}
	}
	if len(c.Sources) < 18 || filepath.Base(c.Database) != "chapar.db" {
		t.Errorf("%d sources, database %s", len(c.Sources), c.Database)
	}
}

func FuzzLoad(f *testing.F) {
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, path := range cases {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	path := filepath.Join(f.TempDir(), "config.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path)
		var problems Problems
		switch {
		case err == nil:
			for _, s := range c.Sources {
				if s.ID == "" || len(s.Endpoints) == 0 {
					t.Errorf("a source without id or endpoints passed: %+v", s)
				}
			}
			printed, err := Print(c)
			if err != nil {
				t.Fatalf("what was read is not printed: %v", err)
			}
			again := filepath.Join(t.TempDir(), "printed.yaml")
			if err := os.WriteFile(again, printed, 0o666); err != nil {
				t.Fatal(err)
			}
			if d, err := Load(again); err != nil && !strings.Contains(string(text), "@") && !strings.Contains(string(text), "include") {
				t.Errorf("what is printed does not load: %v\n%s", err, printed)
			} else if err == nil && len(d.Sources) != len(c.Sources) {
				t.Errorf("%d sources are printed of %d", len(d.Sources), len(c.Sources))
			}
			if c.Fetch.MinInterval < time.Second || c.Fetch.MaxInterval < c.Fetch.MinInterval || c.Fetch.Concurrency < 1 {
				t.Errorf("settings that cannot be passed: %+v", c.Fetch)
			}
		case !errors.As(err, &problems) || len(problems) == 0:
			t.Errorf("an error that is no problem: %v", err)
		default:
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Text == "" || strings.ContainsAny(p.Error(), "\n\r\x00") {
					t.Errorf("a problem without a place or of many lines: %+q", p)
				}
			}
		}
	})
}

// TestSame: a source that is read twice is the same; one letter of a selector makes another of it, a new line above does not.
func TestSame(t *testing.T) {
	const source = `sources:
  - id: courier
    zone: Asia/Almaty
    page: https://courier.example/news/
    links: h2 a
    title: h1
    body: div.text
    date: time
    remove: [p.ad, aside]
`
	path := filepath.Join(t.TempDir(), "config.yaml")
	read := func(text string) Source {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return c.Sources[0]
	}
	first := read(source)
	if !first.Same(read("# the press\n" + source)) {
		t.Error("a line above it makes another source")
	}
	for _, word := range []string{"courier", "Almaty", "news", "h2 a", "h1", "div.text", "time", "p.ad", "aside"} {
		other := map[string]string{"Almaty": "Tashkent"}[word]
		if other == "" {
			other = word + "x"
		}
		changed := read(strings.Replace(source, word, other, 1))
		if first.Same(changed) || changed.Same(first) {
			t.Errorf("with %q in place of %q it is said to be the same", other, word)
		}
	}
	if !first.Same(read(source)) || first.Endpoints[0].Links == nil || first.Rules.Body == nil || first.Rules.Remove[1] == nil {
		t.Error("comparing takes selectors away")
	}
}
