package main

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"chapar/fetcher"
	"chapar/fetcher/press"
	"chapar/store"
)

// dayRevisits: an article is looked at again after 1, 2, 4 ... hours, conditionally, and at once when the feed says so.
func dayRevisits(t *testing.T) {
	inADay(t, nil, func(d *day) {
		var mu sync.Mutex
		i := item{path: "http://a.test/1", title: "Riders of the pass set out", text: words("first"), updated: d.begun, published: d.begun}
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			now := i
			mu.Unlock()
			if r.URL.Path == "/feed" {
				send(w, r, "application/atom+xml", atom(now))
				return
			}
			send(w, r, "text/html", now.page())
		})
		d.source("s", fetcher.KindFeed, "http://a.test/feed")
		s := d.start()
		time.Sleep(8 * 24 * hour)
		asks := a.asked("/1")
		var waits []time.Duration
		for n := 1; n < len(asks); n++ {
			waits = append(waits, asks[n].at.Sub(asks[n-1].at).Round(time.Minute))
			if asks[n].status != http.StatusNotModified {
				d.t.Errorf("look %d was answered with %d", n, asks[n].status)
			}
		}
		if want := []time.Duration{hour, 2 * hour, 4 * hour, 8 * hour, 16 * hour, 32 * hour, 64 * hour}; !slices.Equal(waits, want) {
			d.t.Errorf("looked back after %v, want %v", waits, want)
		}
		mu.Lock()
		i.text, i.updated = words("second"), time.Now()
		mu.Unlock()
		time.Sleep(hour + 5*time.Minute)
		s.stop()
		if r := d.records(); len(r) != 1 || r[0].Revision != 2 || !strings.Contains(r[0].Text, "second") {
			d.t.Errorf("the change is not there: %+v", r)
		}
		d.t.Logf("%d polls, %d looks at the page", len(a.asked("/feed")), len(a.asked("/1")))
	})
}

// dayRevisitFails: a change that the feed tells of is not lost although the page fails when it is looked at.
func dayRevisitFails(t *testing.T) {
	inADay(t, nil, func(d *day) {
		var mu sync.Mutex
		bad := false
		i := item{path: "http://a.test/1", title: "Riders of the pass set out", text: words("first"), updated: d.begun, published: d.begun}
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			now, broken := i, bad
			mu.Unlock()
			switch {
			case r.URL.Path == "/feed":
				send(w, r, "application/atom+xml", atom(now))
			case broken:
				w.WriteHeader(http.StatusServiceUnavailable)
			default:
				send(w, r, "text/html", now.page())
			}
		})
		d.source("s", fetcher.KindFeed, "http://a.test/feed")
		s := d.start()
		time.Sleep(6 * 24 * hour) // the next look would come after a week and more
		mu.Lock()
		i.text, i.updated, bad = words("second"), time.Now(), true
		mu.Unlock()
		time.Sleep(4 * hour)
		mu.Lock()
		bad = false
		mu.Unlock()
		n := len(a.asked("/1"))
		time.Sleep(2 * hour)
		s.stop()
		if r := d.records(); len(r) != 1 || r[0].Revision != 2 {
			d.t.Errorf("the change is lost; %d requests while the page failed", n)
		}
	})
}

// dayFeedText: pages fail from the start, and the feed has the text.
func dayFeedText(t *testing.T) {
	inADay(t, &press.Options{Publications: 2, Kinds: []press.Kind{press.RSSFull, press.JSON}, Seed: 5, Irrelevant: -1, Forbidden: -1}, func(d *day) {
		for _, p := range d.stand.Publications() {
			p.Break(press.PageErrors)
		}
		wait := d.play(press.Script{For: 3 * hour, Stock: 4, Articles: 4})
		s := d.start()
		time.Sleep(2*hour + 10*time.Minute)
		if rs := d.records(); len(rs) < 8 {
			d.t.Errorf("%d articles while the pages fail, want 8 at least", len(rs))
		}
		for _, r := range d.records() {
			if r.TextFrom != store.FromFeed {
				d.t.Errorf("%s: text from %s", r.URL, r.TextFrom)
			}
		}
		for _, p := range d.stand.Publications() {
			p.Mend()
		}
		time.Sleep(10 * hour)
		s.stop()
		wait()
		for _, r := range d.records() {
			if r.TextFrom != store.FromPage {
				d.t.Errorf("%s: text from %s after the pages came back", r.URL, r.TextFrom)
			}
		}
		d.judge()
	})
}

// daySitemap: an index of many parts, of which one fails at first; all is conditional and old parts stay asleep.
func daySitemap(t *testing.T) {
	inADay(t, nil, func(d *day) {
		var mu sync.Mutex
		edited := map[string]time.Time{}
		bad := true
		article := func(part, n int) item {
			name := fmt.Sprintf("p%dn%d", part, n)
			return item{path: fmt.Sprintf("http://a.test/%d/%d", part, n), title: "Riders of " + name + " come home", text: words(name)}
		}
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			when := func(part int) time.Time { // the higher the newer
				if at, ok := edited[strconv.Itoa(part)]; ok {
					return at
				}
				return d.begun.Add(-time.Duration(10-part) * 20 * hour)
			}
			if r.URL.Path == "/sitemap.xml" {
				var b strings.Builder
				b.WriteString(`<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
				for part := range 10 {
					fmt.Fprintf(&b, "<sitemap><loc>http://a.test/part%d.xml</loc><lastmod>%s</lastmod></sitemap>", part, when(part).Format(time.RFC3339))
				}
				send(w, r, "application/xml", b.String()+"</sitemapindex>")
				return
			}
			if number, ok := strings.CutPrefix(r.URL.Path, "/part"); ok {
				part, err := strconv.Atoi(strings.TrimSuffix(number, ".xml"))
				if err != nil || part == 8 && bad {
					w.WriteHeader(500)
					return
				}
				var b strings.Builder
				b.WriteString(`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
				for n := range 3 {
					at := d.begun.Add(-time.Duration(10-part) * 20 * hour)
					if n == 0 {
						at = when(part)
					}
					fmt.Fprintf(&b, "<url><loc>%s</loc><lastmod>%s</lastmod></url>", article(part, n).path, at.Format(time.RFC3339))
				}
				send(w, r, "application/xml", b.String()+"</urlset>")
				return
			}
			var part, n int
			if _, err := fmt.Sscanf(r.URL.Path, "/%d/%d", &part, &n); err != nil {
				http.NotFound(w, r)
				return
			}
			send(w, r, "text/html", article(part, n).page())
		})
		d.source("s", fetcher.KindSitemap, "http://a.test/sitemap.xml")
		s := d.start()
		time.Sleep(3 * hour)
		if n := d.stats().Records; n != 21 {
			d.t.Errorf("%d documents while a part fails, want those of the seven others within the backfill", n)
		}
		mu.Lock()
		bad = false
		mu.Unlock()
		time.Sleep(3 * hour)
		if n := d.stats().Records; n != 24 {
			d.t.Errorf("%d documents when it came back, want those of eight parts", n)
		}
		mu.Lock()
		edited["0"] = time.Now() // a part of long ago: only what is new in it is taken
		mu.Unlock()
		time.Sleep(3 * hour)
		mu.Lock()
		edited["5"] = time.Now() // it had left the newest five
		mu.Unlock()
		time.Sleep(3 * hour)
		s.stop()
		if n := d.stats().Records; n != 25 {
			d.t.Errorf("%d documents at the end, want 25", n)
		}
		for part := range 10 {
			given := false
			for i, q := range a.asked(fmt.Sprintf("/part%d.xml", part)) {
				if (q.header.Get("If-None-Match") != "") != given {
					d.t.Errorf("request %d for part %d: If-None-Match %q", i, part, q.header.Get("If-None-Match"))
				}
				given = given || q.status == http.StatusOK
			}
		}
		if n := len(a.asked("/part1.xml")); n > 0 {
			d.t.Errorf("an old part was asked for %d times", n)
		}
	})
}

// dayProbe: an address whose best endpoint is found once, and looked for anew when it is gone.
func dayProbe(t *testing.T) {
	inADay(t, nil, func(d *day) {
		var mu sync.Mutex
		feed := "/old.xml"
		down := false
		i := item{path: "http://a.test/1", title: "Riders of the pass set out", text: words("first"), updated: d.begun}
		old := item{path: "http://a.test/2", title: "Riders of the winter come home", text: words("winter"), updated: d.begun.Add(-60 * 24 * hour)}
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case down:
				w.WriteHeader(http.StatusServiceUnavailable)
			case r.URL.Path == "/":
				fmt.Fprintf(w, `<!DOCTYPE html><html><head><title>A</title><link rel="alternate" type="application/atom+xml" href="%s"></head><body><p>Welcome to the post.</p></body></html>`, feed)
			case r.URL.Path == feed:
				send(w, r, "application/atom+xml", atom(i, old))
			case r.URL.Path == "/1":
				send(w, r, "text/html", i.page())
			case r.URL.Path == "/2":
				send(w, r, "text/html", old.page())
			case strings.HasSuffix(r.URL.Path, ".xml"):
				w.WriteHeader(http.StatusGone)
			default:
				http.NotFound(w, r)
			}
		})
		d.source("s", fetcher.KindURL, "http://a.test/")
		s := d.start()
		time.Sleep(5 * hour)
		mu.Lock()
		down = true
		mu.Unlock()
		time.Sleep(5 * hour) // an outage is no reason to look anew
		mu.Lock()
		down = false
		mu.Unlock()
		time.Sleep(5 * hour)
		if n := len(a.asked("/")); n != 1 {
			d.t.Errorf("the page was asked for %d times, want once", n)
		}
		for n, q := range a.asked("/old.xml") {
			if (q.header.Get("If-None-Match") != "") != (n > 0) {
				d.t.Errorf("poll %d: If-None-Match %q", n, q.header.Get("If-None-Match"))
			}
		}
		mu.Lock()
		feed = "/new.xml"
		mu.Unlock()
		time.Sleep(3 * hour)
		s.stop()
		if st := d.state("s/url"); st.Found == nil || st.Found.URL != "http://a.test/new.xml" || st.Failures != 0 || len(a.asked("/")) != 2 {
			d.t.Errorf("found %+v after %d probes, %d failures", st.Found, len(a.asked("/")), st.Failures)
		}
		if n := len(a.asked("/2")); n > 0 || d.stats().Records != 1 {
			d.t.Errorf("%d documents, and the old article was asked for %d times", d.stats().Records, n)
		}
	})
}

// dayRedirect: feed and pages lie behind redirects to another host; each host has its own turn.
func dayRedirect(t *testing.T) {
	inADay(t, nil, func(d *day) {
		i := item{path: "http://a.test/1", title: "Riders of the pass set out", text: words("first"), updated: d.begun}
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://b.test"+r.URL.Path, http.StatusMovedPermanently)
		})
		b := d.hall.open("b.test", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/feed" {
				send(w, r, "application/atom+xml", atom(i))
				return
			}
			send(w, r, "text/html", i.page())
		})
		d.source("s", fetcher.KindFeed, "http://a.test/feed")
		d.watch(12 * hour)
		if d.stats().Records != 1 || len(a.asked("/feed")) < 11 {
			d.t.Errorf("%d documents, %d polls", d.stats().Records, len(a.asked("/feed")))
		}
		for n, q := range b.asked("/feed") {
			if (q.header.Get("If-None-Match") != "") != (n > 0) {
				d.t.Errorf("poll %d: If-None-Match %q", n, q.header.Get("If-None-Match"))
			}
		}
	})
}

// dayManyEndpoints: a host whose endpoints alone could take all its time still gives its pages.
func dayManyEndpoints(t *testing.T) {
	inADay(t, nil, func(d *day) {
		d.conf.Fetch.MinInterval, d.conf.Fetch.MaxInterval = 5*time.Second, 10*time.Second
		d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/feed"), "/")
			i := item{path: "http://a.test/" + name, title: "Riders of " + name + " set out", text: words("rider" + name), updated: d.begun}
			if strings.HasPrefix(r.URL.Path, "/feed") {
				send(w, r, "application/atom+xml", atom(i))
				return
			}
			send(w, r, "text/html", i.page())
		})
		for n := range 20 {
			d.source("s"+strconv.Itoa(n), fetcher.KindFeed, fmt.Sprintf("http://a.test/feed/%d", n))
		}
		d.watch(5 * time.Minute)
		if n := d.stats().Records; n != 20 {
			d.t.Errorf("%d documents of 20", n)
		}
		for _, e := range d.endpoints() {
			if n := len(d.log.polls(e.ID)); n < 2 {
				d.t.Errorf("%s was polled %d times", e.ID, n)
			}
		}
	})
}
