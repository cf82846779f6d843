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

// spenders opens hosts whose first polls take many requests, and says how many articles they have.
func (d *day) spenders() (articles int) {
	page := func(w http.ResponseWriter, r *http.Request) {
		about := strings.ReplaceAll(strings.Trim(r.URL.Path, "/"), "/", " ")
		send(w, r, "text/html", item{title: "Riders of " + about, text: words(about)}.page())
	}
	const parts, pages, perPage, feed = 12, 6, 3, 3
	d.hall.open("parts.test", func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		switch {
		case r.URL.Path == "/sitemap.xml":
			for i := range parts {
				fmt.Fprintf(&b, "<sitemap><loc>http://parts.test/part-%d.xml</loc><lastmod>%s</lastmod></sitemap>", i, d.begun.Add(-time.Duration(i)*9*hour).Format(time.RFC3339))
			}
			send(w, r, "application/xml", "<sitemapindex>"+b.String()+"</sitemapindex>")
		case strings.HasSuffix(r.URL.Path, ".xml"):
			send(w, r, "application/xml", "<urlset><url><loc>http://parts.test/of"+strings.TrimSuffix(r.URL.Path, ".xml")+"</loc></url></urlset>")
		default:
			page(w, r)
		}
	})
	d.hall.open("list.test", func(w http.ResponseWriter, r *http.Request) {
		n, of := 1, strings.TrimPrefix(r.URL.Path, "/news/")
		if number, ok := strings.CutPrefix(of, "page/"); ok {
			fmt.Sscan(number, &n)
		} else if of != "" {
			page(w, r)
			return
		}
		var b strings.Builder
		for i := range perPage {
			k := n*perPage + i
			fmt.Fprintf(&b, `<article><h2><a href="/news/riders-of-party-%d-meet-at-osh">Riders of party %d meet at Osh</a></h2></article>`, k, k)
		}
		if n < pages {
			fmt.Fprintf(&b, `<a class="next" href="/news/page/%d">%d</a>`, n+1, n+1)
		}
		send(w, r, "text/html", "<html><body><main>"+b.String()+"</main></body></html>")
	})
	items := func(host string) (items []item) {
		for i := range feed {
			items = append(items, item{path: fmt.Sprintf("http://%s/%s-%d", host, host, i), title: fmt.Sprintf("Riders of %s meet for the %d. time", host, i), updated: d.begun.Add(-time.Duration(i) * hour)})
		}
		return items
	}
	d.hall.open("search.test", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			send(w, r, "text/html", `<html><head><link rel="alternate" type="application/rss+xml" href="/gone.xml"><link rel="alternate" type="application/atom+xml" href="/feed.xml"></head><body>Welcome</body></html>`)
		case "/feed.xml":
			send(w, r, "application/atom+xml", atom(items("search.test")...))
		case "/gone.xml":
			http.NotFound(w, r)
		default:
			page(w, r)
		}
	})
	d.hall.open("moving.test", func(w http.ResponseWriter, r *http.Request) {
		at, found := strings.CutPrefix(r.URL.Path, "/at")
		switch {
		case !found:
			http.Redirect(w, r, "/at"+r.URL.Path, http.StatusFound)
		case at == "/feed":
			send(w, r, "application/atom+xml", atom(items("moving.test")...))
		default:
			page(w, r)
		}
	})
	d.source("parts", fetcher.KindSitemap, "http://parts.test/sitemap.xml")
	d.source("list", fetcher.KindPage, "http://list.test/news/")
	d.source("search", fetcher.KindURL, "http://search.test/")
	d.source("moving", fetcher.KindFeed, "http://moving.test/feed")
	return parts + pages*perPage + 2*feed
}

// sent counts all requests, those for robots.txt too, and those of the busiest 24 hours.
func (d *day) sent() (n, most int) {
	var at []time.Time
	for _, s := range d.hall.hosts {
		s.mu.Lock()
		for _, a := range s.asks {
			at = append(at, a.at)
		}
		s.mu.Unlock()
	}
	slices.SortFunc(at, time.Time.Compare)
	for i, j := 0, 0; i < len(at); i++ {
		for at[i].Sub(at[j]) >= 24*hour {
			j++
		}
		most = max(most, i-j+1)
	}
	return len(at), most
}

// TestBudgetKept: polls of many requests, searches and redirects go no further than the budget allows, go on when it does,
// and in the end have brought all; with a restart every few hours.
func TestBudgetKept(t *testing.T) {
	for _, daily := range []int{24, 60} {
		if testing.Short() && daily > 24 {
			continue
		}
		t.Run(fmt.Sprint(daily), func(t *testing.T) {
			t.Parallel()
			inADay(t, nil, func(d *day) {
				d.conf.Fetch.Budget, d.conf.Fetch.Revisit, d.conf.Fetch.MaxInterval = daily, 0, 24*hour
				articles := d.spenders()
				for range 40 {
					d.watch(9 * hour)
				}
				sent, most := d.sent()
				t.Logf("%d requests in 15 days, %d at most in 24 hours; %d articles of %d", sent, most, len(d.records()), articles)
				if most > daily {
					t.Errorf("%d requests in 24 hours, the budget is %d", most, daily)
				}
				if got := len(d.records()); got != articles {
					t.Errorf("%d articles of %d", got, articles)
				}
				for _, e := range d.endpoints() {
					if s := d.state(e.ID); s.Health.Cause != fetcher.Fine && s.Health.Cause != fetcher.Quiet || s.Failures > 0 || s.Paging != nil {
						t.Errorf("%s: %+v, %d failures, paging %+v", e.ID, s.Health, s.Failures, s.Paging)
					}
				}
			})
		})
	}
}

// TestSmallestBudget: even one request a day brings robots.txt, feed and pages in the end, if each waits for the one before.
func TestSmallestBudget(t *testing.T) {
	for _, daily := range []int{1, 2, 3} {
		inADay(t, nil, func(d *day) {
			d.conf.Fetch.Budget, d.conf.Fetch.Revisit = daily, 0
			var items []item
			for i := range 3 {
				items = append(items, item{path: fmt.Sprintf("http://a.test/%d", i), title: fmt.Sprintf("Riders of party %d meet at Osh", i), text: words(fmt.Sprint("osh ", i)), updated: d.begun})
			}
			hall := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
				for _, i := range items {
					if strings.HasSuffix(i.path, r.URL.Path) {
						send(w, r, "text/html", i.page())
						return
					}
				}
				send(w, r, "application/atom+xml", atom(items...))
			})
			d.source("a", fetcher.KindFeed, "http://a.test/feed")
			for range 4 {
				d.watch(7 * 24 * hour)
			}
			_, most := d.sent()
			if got := len(d.records()); got != len(items) || most > daily {
				t.Errorf("%d requests a day: %d articles of %d, %d requests in 24 hours; robots.txt %d times, the feed %d times",
					daily, got, len(items), most, len(hall.asked("/robots.txt")), len(hall.asked("/feed")))
			}
		})
	}
}
