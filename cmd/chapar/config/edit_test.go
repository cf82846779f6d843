package config

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"chapar/fetcher"
)

// added is what the cases below add.
var added = []Draft{{ID: "new", Name: "New: #1", Addresses: []fetcher.Found{{Kind: fetcher.KindFeed, URL: "https://new.example/rss"}}}}

const newEntry = "- id: new\n  name: 'New: #1'\n  feed: https://new.example/rss\n"

// TestAdd shows where an entry goes; the mark ¶ in a case stands for it, and no other byte may differ.
func TestAdd(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an empty file", "¶", "sources:\n  " + in(2, newEntry)},
		{"no list", "database: x.db\n¶", "\nsources:\n  " + in(2, newEntry)},
		{"no list, no end of line", "database: x.db¶", "\n\nsources:\n  " + in(2, newEntry)},
		{"comments alone", "# mine\n\n¶", "sources:\n  " + in(2, newEntry)},
		{"a document's marks", "---\ndatabase: x.db\n¶...\n", "\nsources:\n  " + in(2, newEntry)},
		{"no value", "sources:\n¶seeds: x\n", "  " + in(2, newEntry)},
		{"no value but comments", "sources: # none\n  # - id: example\n  #   feed: x\n¶\n# the seeds\nseeds: x\n", "  " + in(2, newEntry)},
		{"no value, no end of line", "sources:¶", "\n  " + in(2, newEntry)},
		{"an anchor without a value", "sources: &all\n¶", "  " + in(2, newEntry)},
		{"two blanks", "sources:\n  - id: a\n    feed: http://a.example/\n¶\n# seeds\nseeds: x\n", "  " + in(2, newEntry)},
		{"no blanks", "sources:\n- id: a\n  feed: http://a.example/\n¶# seeds\nseeds: x\n", newEntry},
		{"four blanks", "sources:\n    - id: a\n      feed: http://a.example/\n¶", "    " + in(4, newEntry)},
		{"a wide dash", "sources:\n  -   id: a\n      feed: http://a.example/\n¶", "  " + strings.ReplaceAll(in(4, newEntry), "- ", "-   ")},
		{"a dash alone", "sources:\n  -\n    id: a\n    feed: http://a.example/\n¶", "  " + in(2, newEntry)},
		{"no end of line", "sources:\n  - id: a\n    feed: http://a.example/¶", "\n  " + in(2, newEntry)},
		{"windows", "sources:\r\n  - id: a\r\n    feed: http://a.example/\r\n¶seeds: x\r\n", strings.ReplaceAll("  "+in(2, newEntry), "\n", "\r\n")},
		{"a byte order mark", "\ufeffsources:\n  - id: a\n    feed: http://a.example/\n¶", "  " + in(2, newEntry)},
		{"a byte order mark and brackets", "\ufeffsources: [{id: a, feed: 'http://a.example/'}¶]\n", `, {id: new, name: 'New: #1', feed: 'https://new.example/rss'}`},
		{"comments of the last newEntry", "sources:\n  - id: a\n    feed: http://a.example/\n    # interval: 5m\n\n    # remove: [x]\n¶\n# of the seeds\nseeds: x\n", "  " + in(2, newEntry)},
		{"a commented newEntry", "sources:\n  - id: a\n    feed: http://a.example/\n  # - id: b\n  #   feed: http://b.example/\n¶", "  " + in(2, newEntry)},
		{"blank lines between", "sources:\n  - id: a\n    feed: http://a.example/\n\n  - id: b\n    feed: http://b.example/\n¶\nseeds: x\n", "\n  " + in(2, newEntry)},
		{"a literal with what looks like a comment", "sources:\n  - id: a\n    feed: http://a.example/\n    name: |\n      one\n      # two\n¶\nseeds: x\n", "  " + in(2, newEntry)},
		{"a literal that keeps its end", "sources:\n  - id: a\n    feed: http://a.example/\n    name: |+\n      one\n\n\n¶seeds: x\n", "  " + in(2, newEntry)},
		{"a quoted text over lines", "sources:\n  - id: a\n    feed: http://a.example/\n    name: 'one\n\n      # two'\n¶\nseeds: x\n", "  " + in(2, newEntry)},
		{"an anchored newEntry", "sources: &all\n  - &a\n    id: a\n    feed: http://a.example/\n¶", "  " + in(2, newEntry)},
		{"a quoted key", "\"sources\":\n  - id: a\n    feed: http://a.example/\n¶'seeds': x\n", "  " + in(2, newEntry)},
		{"in the middle", "database: x.db\nsources:\n  - id: a\n    feed: http://a.example/\n¶fetch:\n  concurrency: 1\t# a tab\n", "  " + in(2, newEntry)},
		{"brackets", "sources: [{id: a, feed: 'http://a.example/'}¶] # end]\n", `, {id: new, name: 'New: #1', feed: 'https://new.example/rss'}`},
		{"brackets over lines", "sources: [\n  {id: a, feed: 'http://a.example/'}¶\n]\n", ",\n  {id: new, name: 'New: #1', feed: 'https://new.example/rss'}"},
		{"brackets with a comma at the end", "sources: [\n  {id: a, feed: 'http://a.example/'},¶\n]\nseeds: x\n", "\n  {id: new, name: 'New: #1', feed: 'https://new.example/rss'},"},
		{"brackets with a comment", "sources: [\n  {id: a, feed: 'http://a.example/'} # last\n¶]\n", ", {id: new, name: 'New: #1', feed: 'https://new.example/rss'}\n"},
		{"brackets with a comma and a comment", "sources: [\n  {id: a, feed: 'http://a.example/'}, # last\n¶]\n", "  {id: new, name: 'New: #1', feed: 'https://new.example/rss'}\n"},
		{"entries in braces", "sources:\n  - {id: a, feed: 'http://a.example/'}\n¶", "  " + in(2, newEntry)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := strings.Replace(test.text, "¶", "", 1)
			want := strings.Replace(test.text, "¶", test.want, 1)
			if got := edited(t, before, added); got != want {
				t.Errorf("of\n%q\ncame\n%q\nwant\n%q", before, got, want)
			}
		})
	}
	for before, want := range map[string]string{ // an empty value goes
		"sources: []\n":                   "sources:\n  " + in(2, newEntry),
		"sources: [ ] # none\nseeds: x\n": "sources:  # none\n  " + in(2, newEntry) + "seeds: x\n",
		"sources: null\n# the end\n":      "sources:\n  " + in(2, newEntry) + "# the end\n",
		"sources: ~":                      "sources:\n  " + in(2, newEntry),
		"sources:\n  []\n":                "sources:\n\n  " + in(2, newEntry),
		"sources: [\n]\n":                 "sources: [{id: new, name: 'New: #1', feed: 'https://new.example/rss'}\n]\n",
	} {
		if got := edited(t, before, added); got != want {
			t.Errorf("of\n%q\ncame\n%q\nwant\n%q", before, got, want)
		}
	}
}

// in indents all lines but the first.
func in(n int, text string) string {
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+strings.Repeat(" ", n)) + "\n"
}

func edited(t *testing.T, before string, drafts []Draft) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(before), 0o640); err != nil {
		t.Fatal(err)
	}
	e, err := Add(path, "", drafts)
	if err != nil {
		t.Fatalf("%+v to %q: %v", drafts, before, err)
	}
	if err := e.Write(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatalf("%q is no config any more: %v", got, err)
	}
	if s := c.Sources[len(c.Sources)-1]; s.ID != drafts[len(drafts)-1].ID || s.Name != drafts[len(drafts)-1].Name {
		t.Errorf("the new source reads as %+v", s)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode became %v (%v)", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	return string(got)
}

// TestAddValues: whatever stands in a name, it reads as itself.
func TestAddValues(t *testing.T) {
	for _, name := range []string{"yes", "NO", "null", "~", "12", "1e3", "0x1f", "2026-01-01", "a: b", "a #b", "@x", "it's", `"q"`, "- a", "*a", "&a", "!x", "%d", "`c", "|", ">",
		"${HOME}", "$$", "a$b", "$", "{x}", "[y]", "a, b", "новости — Ақ жол", "emoji 😀", "= 1", "<<", "?", "12:30:45", " lead", `back\slash`, "tab\there", "\u200bz"} {
		for _, before := range []string{"", "sources: [{id: a, feed: 'http://a.example/'}]"} {
			edited(t, before, []Draft{{ID: "new", Name: name, Addresses: []fetcher.Found{{Kind: fetcher.KindPage, URL: "https://new.example/?a=${x}&b=#c"}},
				Links: `a[href*="/x/"]`, Interval: "1h", Relevance: "0.25", Language: "kk", Country: "NO", Zone: "Asia/Almaty", Disabled: true}})
		}
	}
}

// TestAddRefused: what cannot be added is said, and the file stays.
func TestAddRefused(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"braces", "{database: x.db}", "on lines of their own"},
		{"a config that is wrong", "sources: {}\n", "list"},
		{"two documents", "database: x.db\n---\nseeds: x\n", "second document"},
		{"an id that is there", "sources: [{id: new, feed: 'http://a.example/'}]", "the id"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("config.yaml", []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Add("config.yaml", "", added)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to tell of %q", err, test.want)
			}
			if now, err := os.ReadFile("config.yaml"); err != nil || string(now) != test.text {
				t.Errorf("the file became %q (%v)", now, err)
			}
		})
	}
}

// TestAddToInclude: an entry goes into an included file, and into no other.
func TestAddToInclude(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "config.yaml", "include: [more/list.yaml]\nsources: [{id: a, feed: 'http://a.example/'}]\n")
	if err := os.Mkdir("more", 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, "more/list.yaml", "sources:\n- {id: b, feed: 'http://b.example/'}\n")
	e, err := Add("config.yaml", "more/list.yaml", added)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Write(); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile("more/list.yaml"); string(b) != "sources:\n- {id: b, feed: 'http://b.example/'}\n"+newEntry {
		t.Errorf("the included file became %q", b)
	}
	if len(e.After.Sources) != 3 {
		t.Errorf("there are %d sources", len(e.After.Sources))
	}
	if _, err := Add("config.yaml", "more/other.yaml", added); err == nil || !strings.Contains(err.Error(), "`include`") {
		t.Errorf("a file that is not included gave %v", err)
	}
	if _, err := Add("config.yaml", "", []Draft{{ID: "b", Addresses: []fetcher.Found{{Kind: fetcher.KindFeed, URL: "http://c.example/"}}}}); !errors.As(err, new(Problems)) {
		t.Errorf("an id of an included file gave %v", err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestWrite: links are followed, what changed meanwhile is not lost, and what does not exist is made.
func TestWrite(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "real.yaml", "sources:\n")
	if err := os.Symlink("real.yaml", "config.yaml"); err != nil {
		t.Fatal(err)
	}
	first, err := Add("config.yaml", "", added)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Add("config.yaml", "", added)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Write(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat("config.yaml"); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v (%v)", info, err)
	}
	if err := second.Write(); err == nil || !strings.Contains(err.Error(), "another hand") {
		t.Errorf("the second of two edits gave %v", err)
	}
	if b, _ := os.ReadFile("real.yaml"); string(b) != "sources:\n  "+in(2, newEntry) {
		t.Errorf("the file became %q", b)
	}

	fresh, err := Add("made.yaml", "", added)
	if err != nil || !fresh.Fresh {
		t.Fatalf("%+v, %v", fresh, err)
	}
	if err := fresh.Write(); err != nil {
		t.Fatal(err)
	}
	if err := fresh.Write(); err == nil {
		t.Error("a config that was made meanwhile was made again")
	}
	if c, err := Load("made.yaml"); err != nil || len(c.Sources) != 1 {
		t.Errorf("the new config: %v", err)
	}
	if e, err := Add("no/config.yaml", "", added); err == nil && e.Write() == nil {
		t.Error("a config was made in a folder that is not there")
	}
}

// TestWriteTogether: of many who add at once, each adds or is told to try again; nothing is lost.
func TestWriteTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	write(t, path, "sources: []\n")
	var workers sync.WaitGroup
	for i := range 8 {
		workers.Go(func() {
			id := string(rune('a' + i))
			for range 1000 {
				e, err := Add(path, "", []Draft{{ID: id, Addresses: []fetcher.Found{{Kind: fetcher.KindFeed, URL: "http://" + id + ".example/"}}}})
				if err != nil {
					t.Error(err)
					return
				}
				if err = e.Write(); err == nil {
					return
				}
			}
			t.Errorf("%s never came in", id)
		})
	}
	workers.Wait()
	if c, err := Load(path); err != nil || len(c.Sources) != 8 {
		t.Errorf("%d sources (%v)", len(c.Sources), err)
	}
}

var emptyValue = regexp.MustCompile(`^ *(null|Null|NULL|~|\[[ \t]*\])`)

// FuzzAdd: whatever the config, an edit leaves every byte before and behind, and the config is valid.
func FuzzAdd(f *testing.F) {
	cases, err := filepath.Glob("testdata/good-*.txtar")
	if err != nil || len(cases) == 0 {
		f.Fatal("no cases", err)
	}
	for _, path := range cases {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if _, text, ok := bytes.Cut(b, []byte("-- config.yaml --\n")); ok {
			text, _, _ = bytes.Cut(text, []byte("\n-- "))
			f.Add(string(text), "Name")
		}
	}
	f.Add("sources: [{id: a, feed: 'http://a.example/'}, # x]\n]\n", "a: b")
	f.Add("? sources\n: - {id: a, feed: 'http://a.example/'}\n", "# c")
	f.Add("sources:\n  - id: a\n    feed: http://a.example/\n    name: |2\n        x\n      # y\n# z\n", "|")
	f.Fuzz(func(t *testing.T, text, name string) {
		if len(text) > 4000 {
			return
		}
		path := filepath.Join(t.TempDir(), "config.yaml")
		write(t, path, text)
		if _, err := Load(path); err != nil {
			return
		}
		e, err := Add(path, "", []Draft{{ID: "fuzzed", Name: Tidy(name), Addresses: []fetcher.Found{{Kind: fetcher.KindFeed, URL: "https://fuzzed.example/rss"}}}})
		if err != nil {
			return // refused
		}
		at := 0
		for at < len(e.before) && e.before[at] == e.after[at] {
			at++
		}
		old, now := e.before[at:], e.after[at:]
		if !bytes.HasSuffix(now, old) { // an empty value went, and the entry stands a line below
			old = old[len(emptyValue.Find(old)):]
			n := 0
			for n < len(old) && old[n] == now[n] {
				n++
			}
			if !bytes.HasSuffix(now[n:], old[n:]) {
				t.Errorf("not an insertion: %q became %q", e.before, e.after)
			}
		}
		s, ok := e.After.Source("fuzzed")
		if want := Tidy(name); !ok || s.Name != want && want != "" {
			t.Errorf("%q reads as %q", name, s.Name)
		}
	})
}
