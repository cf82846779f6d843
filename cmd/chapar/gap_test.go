package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"chapar/fetcher"
)

// The feed of gapping shows so many entries, and so many come at once.
const gapShown, gapBurst = 5, 25

// gapping opens a source whose feed shows few entries, and which brings many at once ten hours from the beginning. They stand
// in the sitemap or on the front page too, beside those of another section. It gives the number of its articles.
func (d *day) gapping(from string) (published int) {
	d.conf.Fetch.Revisit = 0
	const before = 5
	at := func(n int) time.Time {
		if n < before {
			return d.begun.Add(-time.Duration(before-n) * 3 * hour)
		}
		return d.begun.Add(10*hour + time.Duration(n-before)*time.Second)
	}
	items := func() (items []item) {
		for n := range before + gapBurst {
			if at(n).After(time.Now()) {
				break
			}
			items = append(items, item{path: fmt.Sprintf("http://a.test/politics/riders-of-party-%d-meet-at-osh", n), title: fmt.Sprintf("Riders of party %d meet at Osh", n), text: words(fmt.Sprint("border ", n)), updated: at(n)})
		}
		slices.Reverse(items)
		return items
	}
	sport := item{path: "http://a.test/sport/riders-of-the-bridge-win-the-race-again", title: "Riders of the bridge win the race again", text: words("race"), updated: d.begun.Add(11 * hour)}
	stall := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
		all := items()
		switch r.URL.Path {
		case "/feed":
			send(w, r, "application/atom+xml", atom(all[:min(len(all), gapShown)]...))
			return
		case "/sitemap.xml":
			var b strings.Builder
			b.WriteString(`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
			for _, i := range append(all, sport) {
				fmt.Fprintf(&b, "<url><loc>%s</loc><lastmod>%s</lastmod></url>", i.path, i.updated.Format(time.RFC3339))
			}
			send(w, r, "application/xml", b.String()+"</urlset>")
			return
		case "/":
			var b strings.Builder
			for _, i := range append(all, sport) {
				fmt.Fprintf(&b, "<article><h2><a href=%q>%s</a></h2></article>", i.path, i.title)
			}
			send(w, r, "text/html", "<html><body>"+b.String()+"</body></html>")
			return
		}
		for _, i := range append(all, sport) {
			if strings.HasSuffix(i.path, r.URL.Path) {
				send(w, r, "text/html", i.page())
				return
			}
		}
		http.NotFound(w, r)
	})
	stall.robots = "User-agent: *\nDisallow:\n"
	if from == "sitemap" {
		stall.robots += "Sitemap: http://a.test/sitemap.xml\n"
	}
	d.source("a", fetcher.KindFeed, "http://a.test/feed")
	return before + gapBurst
}

// TestGap: what came and went between two polls is found in the sitemap or on the front page; what stands there of another
// section is left alone; and the polls come closer.
func TestGap(t *testing.T) {
	for _, from := range []string{"sitemap", "front page"} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			inADay(t, nil, func(d *day) {
				published := d.gapping(from)
				d.watch(9 * hour)
				every := d.state("a/feed").Every
				d.watch(6 * hour)
				if got := len(d.records()); got != published {
					t.Errorf("%d documents, %d were published", got, published)
				}
				for _, r := range d.records() {
					if strings.Contains(r.URL, "/sport/") {
						t.Errorf("%s is of another section", r.URL)
					}
				}
				gaps := d.log.of("gap")
				if len(gaps) != 1 || gaps[0].attrs["new"].Int64() != gapBurst-gapShown {
					t.Errorf("of gaps it tells %v", gaps)
				}
				if s := d.state("a/feed"); s.Filled.IsZero() || s.Tight == 0 {
					t.Errorf("after a gap: filled %v, tight %v, every %v, before %v", s.Filled, s.Tight, s.Every, every)
				}
			})
		})
	}
}

// TestGapOfOurs: where the polls share nothing as nobody polled meanwhile, the gap is filled, and says nothing of the source.
func TestGapOfOurs(t *testing.T) {
	inADay(t, nil, func(d *day) {
		published := d.gapping("sitemap")
		d.watch(9 * hour)
		time.Sleep(6 * hour)
		d.watch(2 * hour)
		if got := len(d.records()); got != published {
			t.Errorf("%d documents, %d were published", got, published)
		}
		s := d.state("a/feed")
		if s.Filled.IsZero() || !s.Missed.IsZero() || s.Tight != 0 || s.Health.Cause != fetcher.Fine {
			t.Errorf("after six hours without polls: filled %v, missed %v, tight %v, %+v", s.Filled, s.Missed, s.Tight, s.Health)
		}
	})
}
