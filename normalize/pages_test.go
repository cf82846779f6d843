package normalize

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// wanted is what a page of testdata must come to.
type wanted struct {
	URL          string   `json:"url"`
	Title        string   `json:"title"`
	Paragraphs   []string `json:"paragraphs"`
	Authors      []string `json:"authors"`
	Published    string   `json:"published"`
	Origin       Origin   `json:"origin"`
	Modified     string   `json:"modified"`
	CanonicalURL string   `json:"canonical_url"`
	Verdict      string   `json:"verdict"` // the text of the error that it must wrap
	Error        string   `json:"error"`
}

var almaty = time.FixedZone("Asia/Almaty", 5*3600)

func newNormalizer(t testing.TB) *Normalizer {
	t.Helper()
	n, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPages(t *testing.T) {
	n := newNormalizer(t)
	folders, err := filepath.Glob("testdata/pages/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			page, err := os.ReadFile(filepath.Join(folder, "page.html"))
			if err != nil {
				t.Fatal(err)
			}
			var want wanted
			b, err := os.ReadFile(filepath.Join(folder, "want.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			x, err := n.Extract(Raw{URL: want.URL, Body: page, Hint: Hint{Zone: almaty, Seen: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)}})
			checkError(t, "error", err, want.Error)
			checkError(t, "verdict", x.Verdict, want.Verdict)
			if want.Error != "" || want.Verdict != "" {
				return
			}
			if x.Title != want.Title {
				t.Errorf("title %q, want %q", x.Title, want.Title)
			}
			if got := strings.Split(x.Text, "\n\n"); !slices.Equal(got, want.Paragraphs) {
				t.Errorf("text\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want.Paragraphs, "\n"))
			}
			if want.Authors != nil && !slices.Equal(x.Authors, want.Authors) {
				t.Errorf("authors %q, want %q", x.Authors, want.Authors)
			}
			if got := x.Published.Time.Format(time.RFC3339); got != want.Published || x.Published.Origin != want.Origin {
				t.Errorf("published %s (%s), want %s (%s)", got, x.Published.Origin, want.Published, want.Origin)
			}
			if want.Modified != "" && x.Modified.Time.Format(time.RFC3339) != want.Modified {
				t.Errorf("modified %v, want %s", x.Modified, want.Modified)
			}
			if want.CanonicalURL != "" && x.CanonicalURL != want.CanonicalURL {
				t.Errorf("canonical %s, want %s", x.CanonicalURL, want.CanonicalURL)
			}
		})
	}
}

func checkError(t *testing.T, what string, got error, want string) {
	t.Helper()
	switch {
	case want == "" && got != nil:
		t.Errorf("%s %v, want none", what, got)
	case want != "" && got == nil:
		t.Errorf("no %s, want %q", what, want)
	case want != "" && !slices.ContainsFunc([]error{ErrNotArticle, ErrChallenge, ErrEmpty, ErrUnavailable, ErrNotHTML}, func(e error) bool {
		return e.Error() == want && errors.Is(got, e)
	}):
		t.Errorf("%s %v, want %q", what, got, want)
	}
}
