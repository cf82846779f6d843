package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store"
)

// site is a publication of one article whose page can be changed.
type site struct {
	*httptest.Server
	page, feed atomic.Value // string
}

const (
	storyTitle = "Ferry guild of Orlut counts its boats"
	storyLede  = "The guild of the ferrymen of Orlut counted its boats on Friday and found nine of them fit for the spring."
	storyRest  = "Two more need a new keel before the flood comes down the valley, the guild master said, and the council will lend the timber.</p>\n" +
		"<p>Last year the guild carried four thousand travellers and their beasts over the upper river, more than in any year since the old bridge fell.</p>\n" +
		"<p>A tenth boat is to be built by the autumn, when the herds come down from the summer pastures and the queue at the landing is longest."
)

func newSite(t *testing.T) *site {
	s := &site{}
	s.page.Store("")
	s.feed.Store("")
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/feed":
			fmt.Fprintf(w, `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Courier</title><item><title>%s</title><link>%s/a/1</link><pubDate>%s</pubDate>%s</item></channel></rss>`,
				storyTitle, s.URL, time.Now().Add(-time.Hour).Format(time.RFC1123Z), s.feed.Load())
		case "/a/1":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, s.page.Load().(string))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func storyPage(text string) string {
	return "<!DOCTYPE html><title>" + storyTitle + " - Courier</title><h1>" + storyTitle + "</h1><p>" + time.Now().UTC().Format("2 January 2006, 15:04") + "</p>\n<p>" + text + "</p>"
}

// watcher is the line without the daemon around it.
func watcher(t *testing.T, s *site) (*store.DB, *fetcher.Poller) {
	t.Helper()
	c := config.Default()
	c.Fetch.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	c.Fetch.PerHostDelay, c.Fetch.MinInterval, c.Fetch.Revisit = 0, time.Second, time.Millisecond
	c.Sources = []config.Source{{ID: "courier", Name: "Courier", All: true, Enabled: true,
		Endpoints: []fetcher.Endpoint{{ID: "courier/feed", Source: "courier", Kind: fetcher.KindFeed, URL: s.URL + "/feed"}}}}
	set, err := newSettings(c)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(filepath.Join(t.TempDir(), "chapar.db"), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	client, err := fetcher.NewClient(clientOptions(c))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	log := slog.New(slog.DiscardHandler)
	return db, fetcher.New(pollOptions(c), c.FetchSources(), client, db, newIntake(db, set, log), log)
}

// TestNotices shows that a notice of the site's, served with status 200, is neither kept as the article nor takes its place.
func TestNotices(t *testing.T) {
	const notice = `<title>Maintenance</title><h1>Site under maintenance</h1><p>We move to another cellar today. Please come back in an hour, and mind the step.</p>`
	s := newSite(t)
	db, poller := watcher(t, s)
	look := func() (text string, revision int) {
		t.Helper()
		time.Sleep(2 * time.Millisecond) // a revisit falls due
		if _, err := poller.Once(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		for r, err := range db.Records(t.Context(), store.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			return r.Text, r.Revision
		}
		return "", 0
	}
	s.page.Store(notice)
	if text, _ := look(); text != "" {
		t.Errorf("the notice was kept: %q", text)
	}
	s.page.Store(storyPage(storyLede + " " + storyRest))
	text, _ := look()
	if !strings.HasPrefix(text, storyLede) || strings.Count(text, "\n\n") != 2 {
		t.Errorf("once the site is back, kept %q", text)
	}
	s.page.Store(notice)
	if again, revision := look(); again != text || revision != 1 {
		t.Errorf("the notice took the article's place in revision %d: %q", revision, again)
	}
	time.Sleep(4 * time.Millisecond)
	s.page.Store(storyPage(storyLede + " A storm sank one of them on Saturday. " + storyRest))
	if again, revision := look(); !strings.Contains(again, "A storm sank one") || revision != 2 {
		t.Errorf("an edit after it gave revision %d: %q", revision, again)
	}
}

// TestPaywall shows that a feed's full text is kept where its page shows only the beginning, and is marked.
func TestPaywall(t *testing.T) {
	s := newSite(t)
	s.feed.Store("<content:encoded><![CDATA[<p>" + storyLede + "</p>\n<p>" + storyRest + "</p>]]></content:encoded>")
	s.page.Store(storyPage(storyLede + "</p><p>Subscribe to read on."))
	db, poller := watcher(t, s)
	if _, err := poller.Once(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	n := 0
	for r, err := range db.Records(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; !strings.Contains(r.Text, "A tenth boat") || r.TextFrom != store.FromFeed || r.Title != storyTitle {
			t.Errorf("kept %q from %s: %q", r.Title, r.TextFrom, r.Text)
		}
	}
	if n != 1 {
		t.Errorf("%d records, want 1", n)
	}
}

// TestStumble: a page that the program stumbles over is a failure that the lanes can wait for and give up.
func TestStumble(t *testing.T) {
	in := newIntake(nil, &settings{config: config.Default()}, slog.New(slog.DiscardHandler)) // without a normalizer every page is one
	for range cap(in.cores) + 1 {
		_, err := in.document(t.Context(), in.now.Load().normalizer, normalize.Raw{URL: "https://example.org/a", Body: []byte("<p>text</p>")})
		var f *fetcher.Failure
		if !errors.As(refusal(err), &f) || f.Outcome != fetcher.Internal || f.Class != fetcher.Soft {
			t.Fatalf("%v, want an internal error as a failure of the page", err)
		}
	}
}

// TestPipeStumble: a line that a stage stumbles over gives its id and an error, and the next goes on.
func TestPipeStumble(t *testing.T) {
	var out bytes.Buffer
	do := func(line []byte) (any, error) {
		if bytes.Contains(line, []byte("stone")) {
			panic("oh")
		}
		return map[string]string{"id": "b"}, nil
	}
	if err := filter(t.Context(), strings.NewReader("{\"id\":\"a stone\"}\n{\"id\":\"b\"}\n"), &out, 1, do); err != nil {
		t.Fatal(err)
	}
	want := "{\"error\":\"the line cannot be worked: oh\",\"id\":\"a stone\"}\n{\"id\":\"b\"}\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// TestIntakeTurns: light pages wait neither for a core nor for the turn of large ones, and a page that makes the reader stumble
// is a failure of its own, which leaves the core to the others.
func TestIntakeTurns(t *testing.T) {
	s, err := newSettings(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		in := newIntake(nil, s, slog.New(slog.DiscardHandler))
		turn := make(chan struct{})
		in.extract = func(ctx context.Context, raw normalize.Raw) (normalize.Extract, error) {
			switch raw.URL {
			case "large":
				<-turn
			case "stumble":
				panic("stumbled")
			}
			return normalize.Extract{}, normalize.ErrEmpty
		}
		var large sync.WaitGroup
		for range 2 * cap(in.cores) {
			large.Go(func() { in.document(t.Context(), s.normalizer, normalize.Raw{URL: "large"}) })
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for range 2 * cap(in.cores) {
			_, err := in.document(ctx, s.normalizer, normalize.Raw{URL: "stumble"})
			if f, ok := errors.AsType[*fetcher.Failure](err); !ok || f.Outcome != fetcher.Internal {
				t.Fatalf("a page that cannot be read: %v", err)
			}
		}
		if _, err := in.document(ctx, s.normalizer, normalize.Raw{URL: "light"}); !errors.Is(err, normalize.ErrEmpty) {
			t.Errorf("a light page beside large ones: %v", err)
		}
		close(turn)
		large.Wait()
		if len(in.cores) > 0 {
			t.Errorf("%d cores are still taken", len(in.cores))
		}
	})
}
