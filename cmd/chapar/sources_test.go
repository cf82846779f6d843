package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/store"
)

// TestAddForbidden: what robots.txt forbids is not looked at, and the config stays.
func TestAddForbidden(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			w.Write([]byte("User-agent: *\nDisallow: /\n"))
			return
		}
		asked++
	}))
	defer server.Close()
	t.Chdir(t.TempDir())
	const text = "fetch: {allow_networks: [127.0.0.0/8]}\n"
	if err := os.WriteFile("config.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	code := run(t.Context(), []string{"sources", "add", server.URL + "/feed"}, strings.NewReader(""), &out, &errs)
	if code != exitFailed || asked > 0 || out.Len() > 0 || !strings.Contains(errs.String(), "robots.txt") {
		t.Errorf("code %d, asked %d times: %s%s", code, asked, out.String(), errs.String())
	}
	if now, err := os.ReadFile("config.yaml"); err != nil || string(now) != text {
		t.Errorf("the config became %q (%v)", now, err)
	}
}

// TestPublicAddress: what is told of a source, by the socket, the listen address or as OPML, shows no user, no password
// and nothing of an address that the environment is put into.
func TestPublicAddress(t *testing.T) {
	t.Setenv("KEY", "hunter2")
	t.Chdir(t.TempDir())
	const text = `sources:
  - {id: a, feed: "https://a.example/rss", page: "https://a.example/${KEY}/"}
  - {id: b, url: "https://b.example/?key=${KEY}"}
  - {id: c, feed: "https://me:hunter2@c.example/rss"}
`
	if err := os.WriteFile("config.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open("chapar.db", store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for id, s := range map[string]fetcher.State{
		"b/url":  {URL: "https://b.example/?key=hunter2", Found: &fetcher.Found{Kind: fetcher.KindFeed, URL: "https://b.example/feed?key=hunter2"}, Last: fetcher.OK},
		"a/feed": {URL: "https://a.example/former", Last: fetcher.NotFound, Failures: 3}, // of the address that the id had before
	} {
		if _, err = db.SavePoll(id, time.Now(), nil, func(int, int) (fetcher.State, fetcher.Event) { return s, fetcher.Event{} }); err != nil {
			t.Fatal(err)
		}
	}
	hs, err := health(t.Context(), c, db)
	if err != nil {
		t.Fatal(err)
	}
	var urls, states []string
	for _, h := range hs {
		urls, states = append(urls, h.URL), append(states, h.State)
	}
	if want := []string{"not polled yet", "not polled yet", "fine", "not polled yet"}; !slices.Equal(states, want) {
		t.Errorf("the sources stand as %q, want %q", states, want)
	}
	if want := []string{"https://a.example/rss", config.Hidden, config.Hidden, "https://c.example/rss"}; !slices.Equal(urls, want) {
		t.Errorf("the sources show %q, want %q", urls, want)
	}
	list, err := config.ReadListing("config.yaml", []byte(text))
	if err != nil || len(list.Drafts) != 3 || strings.Contains(fmt.Sprint(list.Drafts[1].Public(), list.Drafts[2].Public()), "hunter2") {
		t.Errorf("a listing shows %+v (%v)", list.Drafts, err)
	}
	var opml strings.Builder
	if _, _, err := config.WriteOPML(&opml, c.Sources); err != nil || strings.Contains(opml.String(), "hunter2") {
		t.Errorf("OPML shows a secret (%v):\n%s", err, opml.String())
	}
}
