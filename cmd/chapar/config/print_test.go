package config

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"chapar/normalize"
)

// secret is what stands in the good configs for what nobody may see.
const secret = "hunter2"

// TestPrint prints each good config of testdata, and wants what is printed to load as the same config, and no secret in
// it. Where the archive has a file printed, that is what is printed.
func TestPrint(t *testing.T) {
	cases, err := filepath.Glob("testdata/good-*.txtar")
	if err != nil || len(cases) < 15 {
		t.Fatalf("%d cases found (%v)", len(cases), err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			path, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			archive := unpack(t, path)
			c, err := Load("config.yaml")
			if err != nil {
				t.Fatal(err)
			}
			text, err := Print(c)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), secret) {
				t.Errorf("a secret is printed:\n%s", text)
			}
			here, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range archive.Files {
				shown := strings.ReplaceAll(string(text), here, "/HERE")
				if f.Name != "printed" || string(f.Data) == shown {
					continue
				}
				if !*update {
					t.Errorf("printed is\n%s\nwant\n%s", shown, f.Data)
					continue
				}
				archive.Files[i].Data = []byte(shown)
				if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			// It holds from any folder.
			again := filepath.Join(t.TempDir(), "printed.yaml")
			if err := os.WriteFile(again, text, 0o666); err != nil {
				t.Fatal(err)
			}
			d, err := Load(again)
			if err != nil {
				t.Fatalf("what is printed does not load: %v\n%s", err, text)
			}
			if len(d.Warnings) != len(c.Warnings) {
				t.Errorf("%d warnings, %d before", len(d.Warnings), len(c.Warnings))
			}
			chosen := func(c *Config) (n []int) { // compiled selectors cannot be compared
				for i := range c.Sources {
					s := &c.Sources[i]
					n = append(n, selectors(*s))
					s.Rules = normalize.Rules{}
					for k := range s.Endpoints {
						if e := &s.Endpoints[k]; e.Links != nil {
							n, e.Links = append(n, -1), nil
						}
					}
				}
				return n
			}
			if got, want := chosen(d), chosen(c); !slices.Equal(got, want) {
				t.Errorf("other selectors: %v, want %v", got, want)
			}
			for _, c := range []*Config{c, d} {
				c.File, c.Include, c.Warnings = "", nil, nil
				if c.Fetch.Proxy != nil {
					c.Fetch.Proxy.User = nil
				}
				for i := range c.Sources {
					s := &c.Sources[i]
					s.Place = ""
					s.Headers = masked(s.Headers)
					for k := range s.Endpoints {
						e := &s.Endpoints[k]
						if bare := Public(userOf.ReplaceAllString(e.URL, "$1")); bare != e.URL || strings.Contains(bare, Hidden) {
							e.URL, e.ID = bare, ""
						}
					}
				}
			}
			if strings.HasPrefix(filepath.Base(path), "good-environment") { // its paths hang on the folder
				c.Database, d.Database = "", ""
			}
			if !reflect.DeepEqual(c, d) {
				t.Errorf("another config:\ngot  %+v\nwant %+v\n%s", d, c, text)
			}
		})
	}
}

// TestPublic tells which parameters of an address are not for others to see.
func TestPublic(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.example/feed?token=hunter2&key=hunter2":                     "https://a.example/feed?token=(hidden)&key=(hidden)",
		"https://me:hunter2@a.example/?lang=ru&API_KEY=hunter2#x":              "https://a.example/?lang=ru&API_KEY=(hidden)#x",
		"https://a.example/?X-Amz-Signature=hunter2;access_token=a=hunter2":    "https://a.example/?X-Amz-Signature=(hidden);access_token=(hidden)",
		"https://a.example/?s%65ssion=hunter2&pass&pwd=&auth%5Bsid%5D=hunter2": "https://a.example/?s%65ssion=(hidden)&pass&pwd=&auth%5Bsid%5D=(hidden)",
		"https://a.example/token=1?author=x&keyword=y&passage=z&page=%D0%B0":   "https://a.example/token=1?author=x&keyword=y&passage=z&page=%D0%B0",
		"https://a.example/?": "https://a.example/?",
	} {
		if got := Public(address); got != want {
			t.Errorf("%s is shown as %s, want %s", address, got, want)
		}
	}
}

// masked gives headers whose literal values are hidden.
func masked(headers http.Header) http.Header {
	out := headers.Clone()
	for _, values := range out {
		for i := range values {
			values[i] = Hidden
		}
	}
	return out
}

// TestPrintGone tells of a file that is there no more, or is another one, when it is printed.
func TestPrintGone(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("config.yaml", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := Load("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("config.yaml", []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Print(c); !errors.As(err, new(Problems)) {
		t.Errorf("another file: %v", err)
	}
	if err := os.Remove("config.yaml"); err != nil {
		t.Fatal(err)
	}
	if _, err := Print(c); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("no file: %v", err)
	}
}
