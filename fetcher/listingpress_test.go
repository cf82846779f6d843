package fetcher

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"chapar/fetcher/press"
)

// TestListingOfPress finds the articles on the index pages of all the press's makes and languages, without a selector:
// nothing is taken but articles, and each that a page shows in its list.
func TestListingOfPress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stand, err := press.New(press.Options{Publications: 54, Seed: 8, InMemory: true, Forbidden: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer stand.Close()
		transport := &http.Transport{DialContext: stand.Dial}
		defer transport.CloseIdleConnections()
		get := func(address string) []byte {
			r, err := (&http.Client{Transport: transport}).Get(address)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			body, err := io.ReadAll(r.Body)
			if err != nil || r.StatusCode != http.StatusOK {
				t.Fatalf("%s: %s, %v", address, r.Status, err)
			}
			return body
		}
		wanted, right, taken := 0, 0, 0
		templates := map[press.Template]bool{}
		for _, pub := range stand.Publications() {
			const articles = 24
			paths := map[string]bool{}
			for n := range articles {
				paths[pathOf(t, pub.Publish(time.Now().Add(-time.Duration(articles-n)*time.Hour)).URL)] = true
			}
			templates[pub.Template] = true
			for _, page := range []string{"/", "/news/", "/news/page/2"} {
				entries, err := ParseListing(get(pub.BaseURL+page), "text/html; charset="+pub.Charset, pub.BaseURL+page, nil, Moment{At: time.Now()})
				if err != nil {
					t.Errorf("%s%s: %v", pub.ID, page, err)
					continue
				}
				shown := map[string]int{"/": 10, "/news/": 15, "/news/page/2": 9}[page]
				found := 0
				for _, e := range entries {
					taken++
					if path := pathOf(t, e.Link); paths[path] {
						right++
						found++
					} else {
						t.Logf("%s (%s, %s)%s: %s %q", pub.ID, pub.Template, pub.Language, page, path, e.Title)
					}
				}
				wanted += shown
				right -= max(0, found-shown) // what stands beside the list is right as well, but makes up for nothing
				taken -= max(0, found-shown)
			}
		}
		precision, recall := float64(right)/float64(taken), float64(right)/float64(wanted)
		t.Logf("precision %.3f, recall %.3f of %d links in %d makes", precision, recall, wanted, len(templates))
		if precision < 0.97 || recall < 0.97 || len(templates) != len(press.Templates()) {
			t.Errorf("precision %.3f, recall %.3f, makes %v", precision, recall, templates)
		}
	})
}
