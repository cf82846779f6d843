package fetcher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// shelf is a site by its addresses.
type shelf map[string]string

func (s shelf) get(asked *[]string) func(context.Context, string, string) (Page, error) {
	return func(ctx context.Context, url, accept string) (Page, error) {
		if accept == "" {
			return Page{}, errors.New("nothing accepted")
		}
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		*asked = append(*asked, strings.TrimPrefix(url, "https://courier.example"))
		body, ok := s[strings.TrimPrefix(url, "https://courier.example")]
		if !ok {
			return Page{}, &Failure{Class: Soft, Outcome: NotFound, Reached: true}
		}
		return Page{URL: url, Final: url, Status: 200, Header: http.Header{}, Body: []byte(body)}, nil
	}
}

func TestProbe(t *testing.T) {
	feed := rssOf(`<item><title>t</title><link>/1</link></item>`)
	news := `<urlset><url><loc>/1</loc><n:publication_date>2026-11-21</n:publication_date></url></urlset>`
	plain := `<urlset><url><loc>/1</loc><lastmod>2026-11-22</lastmod></url></urlset>`
	head := func(links ...string) string {
		var b strings.Builder
		for _, l := range links {
			href, title, _ := strings.Cut(l, " ")
			fmt.Fprintf(&b, `<link rel="alternate" type="application/rss+xml" title="%s" href="%s">`, title, href)
		}
		return "<html><head>" + b.String() + "</head><body>"
	}
	articles := `<h2><a href="/news/12345">Relay station at Sarytau pass opens after repairs</a></h2></body></html>`
	for name, c := range map[string]struct {
		site  shelf
		url   string
		want  []string
		asked []string
	}{
		"a feed":    {shelf{"/rss": feed}, "/rss", []string{"feed /rss"}, []string{"/rss"}},
		"a sitemap": {shelf{"/s.xml": plain}, "/s.xml", []string{"sitemap /s.xml"}, []string{"/s.xml"}},
		"all ways": {
			shelf{"/": head("/comments/feed Comments", "/feed Courier", "/gone Old") + articles, "/feed": feed, "/comments/feed": feed,
				"/robots.txt": "User-agent: *\nDisallow:\nsitemap: /plain.xml\nSitemap: https://courier.example/news.xml # news\nSitemap: /missing.xml", "/plain.xml": plain, "/news.xml": news},
			"/",
			[]string{"feed /feed", "feed /comments/feed", "sitemap /news.xml", "sitemap /plain.xml", "page /"},
			[]string{"/", "/feed", "/gone", "/comments/feed", "/robots.txt", "/news.xml", "/plain.xml", "/missing.xml"},
		},
		"a link to a feed": {
			shelf{"/": "<html><body><a href='/about'>About</a> <a href='/export/rss.xml'>Subscribe</a> <a href='https://other.example/rss'>RSS</a>" + articles, "/export/rss.xml": feed},
			"/", []string{"feed /export/rss.xml", "page /"}, []string{"/", "/export/rss.xml", "/robots.txt"},
		},
		"a page of feeds": {
			shelf{"/": "<html><body><a href='/rssfeeds'>RSS-ленты</a>" + articles, "/rssfeeds": "<html><body><a href='/api/zq'>RSS</a> <a href='/feed/2'>Sport</a>", "/api/zq": feed},
			"/", []string{"feed /api/zq", "page /"}, []string{"/", "/rssfeeds", "/api/zq", "/robots.txt"},
		},
		"the head goes before links": {
			shelf{"/": head("/feed Courier") + "<a href='/rss'>RSS</a>" + articles, "/feed": feed, "/rss": feed},
			"/", []string{"feed /feed", "page /"}, []string{"/", "/feed", "/robots.txt"},
		},
		"a sitemap that the page names": {
			shelf{"/": "<html><head><link rel=sitemap href=/all.xml></head><body><a href='/sitemap_news.xml'>Map</a>" + articles, "/all.xml": plain, "/sitemap_news.xml": news},
			"/", []string{"sitemap /sitemap_news.xml", "sitemap /all.xml", "page /"}, []string{"/", "/robots.txt", "/all.xml", "/sitemap_news.xml"},
		},
		"feeds are read before they are believed": {
			shelf{"/": head("/a", "/b", "/c", "/d", "/e") + articles, "/a": "<html>", "/b": rssOf(""), "/c": news, "/d": "", "/e": feed},
			"/", []string{"page /"}, []string{"/", "/a", "/b", "/c", "/d", "/robots.txt"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked, got []string
			found, err := Probe(t.Context(), c.site.get(&asked), InProcess{}, "https://courier.example"+c.url)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				got = append(got, string(f.Kind)+" "+strings.TrimPrefix(f.URL, "https://courier.example"))
			}
			if !slices.Equal(got, c.want) || !slices.Equal(asked, c.asked) {
				t.Errorf("found %q, want %q\nasked %q, want %q", got, c.want, asked, c.asked)
			}
		})
	}
}

func TestProbeFindsNothing(t *testing.T) {
	var asked []string
	_, err := Probe(t.Context(), shelf{"/": "<html><body>Soon.</body></html>", "/robots.txt": ""}.get(&asked), InProcess{}, "https://courier.example/")
	wantOutcome(t, err, NothingFound, "names no feed; robots.txt names no sitemap; the page: no article links")

	_, err = Probe(t.Context(), shelf{}.get(&asked), InProcess{}, "https://courier.example/")
	var f *Failure
	if !errors.As(err, &f) || f.Outcome != NotFound {
		t.Errorf("missing page: %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	site := shelf{"/": "<html><body>Soon.</body></html>"}.get(&asked)
	_, err = Probe(ctx, func(ctx context.Context, url, accept string) (Page, error) {
		page, err := site(ctx, url, accept)
		cancel()
		return page, err
	}, InProcess{}, "https://courier.example/")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
