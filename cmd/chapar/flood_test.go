package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/store"
)

// TestFlood: of a source that brings thousands of entries so many are taken in a day as the config says, over all its
// endpoints and over restarts; the source says so, and the others come in on the days after.
func TestFlood(t *testing.T) {
	const most, each = 5, 6 // entries a day, entries of each of the two feeds
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `<rss version="2.0"><channel><title>t</title>`)
		for i := range each {
			fmt.Fprintf(w, "<item><title>Story %d</title><link>http://%s%s/story-%d</link></item>", i, r.Host, r.URL.Path, i)
		}
		fmt.Fprint(w, "</channel></rss>")
	}))
	defer server.Close()
	c := config.Default()
	c.Fetch.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	c.Fetch.PerHostDelay, c.Fetch.Robots, c.Limits.NewADay = 0, false, most
	c.Sources = []config.Source{{ID: "flood", Name: "Flood", Enabled: true}}
	for _, name := range []string{"a", "b"} {
		c.Sources[0].Endpoints = append(c.Sources[0].Endpoints, fetcher.Endpoint{ID: "flood/" + name, Source: "flood", Kind: fetcher.KindFeed, URL: server.URL + "/" + name})
	}
	db, err := store.Open(filepath.Join(t.TempDir(), "chapar.db"), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	set, err := newSettings(c)
	if err != nil {
		t.Fatal(err)
	}
	var last []fetcher.State
	after := func(hours int) (fresh int) {
		t.Helper()
		client, err := fetcher.NewClient(clientOptions(c))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		o := pollOptions(c)
		o.Now = func() time.Time { return time.Now().Add(time.Duration(hours) * time.Hour) }
		log := slog.New(slog.DiscardHandler)
		if _, err := fetcher.New(o, c.FetchSources(), client, db, newIntake(db, set, log), log).Once(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		last = nil
		for _, e := range c.Sources[0].Endpoints {
			s, err := db.State(e.ID)
			if err != nil {
				t.Fatal(err)
			}
			last = append(last, s)
			events, err := db.Events(e.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, ev := range events {
				fresh += ev.New
			}
		}
		return fresh
	}
	if n := after(0); n != most {
		t.Errorf("on the first day %d entries were taken, want %d", n, most)
	}
	for _, s := range last {
		if s.Last != fetcher.Flood || !strings.Contains(s.Detail, "limits.new_a_day raises that") || s.Validators != (fetcher.Validators{}) {
			t.Errorf("it stands as %q, %q", s.Last, s.Detail)
		}
	}
	if n := after(12); n != most {
		t.Errorf("half a day later %d, want %d", n, most)
	}
	if n := after(49); n != 2*most {
		t.Errorf("two days later %d, want %d", n, 2*most)
	}
	if n := after(98); n != 2*each {
		t.Errorf("four days later %d, want all %d", n, 2*each)
	}
	for _, s := range last {
		if s.Last != fetcher.OK {
			t.Errorf("in the end it stands as %q, %q", s.Last, s.Detail)
		}
	}
}
