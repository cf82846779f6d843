package fetcher

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"
)

const sitemapURL = "https://courier.example/sitemap.xml"

func TestParseSitemapNews(t *testing.T) {
	body := "\ufeff" + `<?xml version="1.0" encoding="UTF-8"?><!-- made by hand --><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://courier.example/old</loc><news:news><news:publication><news:name>Courier</news:name><news:language>ru</news:language></news:publication>
<news:publication_date>2026-11-20T09:30:00+05:00</news:publication_date><news:title>Старое &amp; доброе</news:title></news:news></url>
<url><loc>https://courier.example/plain</loc></url>
<url><loc> https://courier.example/new?a=1&amp;b=2 </loc><lastmod>2026-11-21T11:00:00Z</lastmod><image:image><image:loc>https://courier.example/p.jpg</image:loc><image:title>Wrong</image:title></image:image>
<news:news><news:publication_date>2026-11-21</news:publication_date><news:title><![CDATA[Новое]]></news:title></news:news></url></urlset>`
	m, err := ParseSitemap([]byte(body), sitemapURL, time.FixedZone("", 5*3600))
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{Kind: KindSitemap, Link: "https://courier.example/new?a=1&b=2", Title: "Новое", Published: time.Date(2026, 11, 20, 19, 0, 0, 0, time.UTC), Updated: time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC)},
		{Kind: KindSitemap, Link: "https://courier.example/old", Title: "Старое & доброе", Language: "ru", Published: time.Date(2026, 11, 20, 4, 30, 0, 0, time.UTC)},
		{Kind: KindSitemap, Link: "https://courier.example/plain"},
	}
	if fmt.Sprintf("%+v", m.Entries) != fmt.Sprintf("%+v", want) || m.Parts != nil {
		t.Errorf("got\n%+v\nwant\n%+v", m.Entries, want)
	}
}

func TestParseSitemapForms(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprint(z, `<urlset><url><loc>/a</loc><lastmod>2026-11-21</lastmod></url></urlset>`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"gzip":            zipped.String(),
		"list":            "https://courier.example/a\r\n\r\n",
		"prefixed":        `<s:urlset xmlns:s="x"><s:url><s:loc>https://courier.example/a</s:loc></s:url></s:urlset>`,
		"cut":             `<urlset><url><loc>https://courier.example/a</loc></url><url><loc>https://courier.exa`,
		"bare ampersand":  `<urlset><url><loc>https://courier.example/a</loc><x>a & b</x></url></urlset>`,
		"without address": `<urlset><url><lastmod>2026-11-21</lastmod></url><url><loc>ftp://courier.example/a</loc></url><url><loc>https://courier.example/a</loc></url></urlset>`,
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ParseSitemap([]byte(body), sitemapURL, nil)
			if err != nil || len(m.Entries) != 1 || m.Entries[0].Link != "https://courier.example/a" {
				t.Fatalf("%+v, %v", m, err)
			}
			if !m.Entries[0].Published.IsZero() {
				t.Error("lastmod taken for the date of publication")
			}
		})
	}

	m, err := ParseSitemap([]byte(`<sitemapindex><sitemap><loc>/1.xml</loc><lastmod>2026-11-01</lastmod></sitemap><sitemap><loc>/2.xml.gz</loc><lastmod>2026-11-21</lastmod></sitemap><sitemap><loc>/3.xml</loc></sitemap></sitemapindex>`), sitemapURL, nil)
	if err != nil || len(m.Entries) != 0 || len(m.Parts) != 3 || m.Parts[0] != (Part{"https://courier.example/2.xml.gz", time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}) || m.Parts[2].URL != "https://courier.example/3.xml" {
		t.Errorf("index: %+v, %v", m, err)
	}

	many := "<urlset>" + strings.Repeat("<url><loc>/a</loc></url>", 60_000) + "</urlset>"
	if m, err := ParseSitemap([]byte(many), sitemapURL, nil); err != nil || len(m.Entries) != 50_000 {
		t.Errorf("%d entries, %v", len(m.Entries), err)
	}
}

func TestNotASitemap(t *testing.T) {
	for want, body := range map[string]string{
		`an error page titled "404"`: "<!doctype html><html><title>404</title></html>",
		"a feed":                     "<rss><channel></channel></rss>",
		"an empty answer":            "\n",
		"no list of addresses":       "https://courier.example/a\nand so on",
		`the root "Error"`:           "<Error/>",
		"nested deeper":              "<urlset>" + strings.Repeat("<a>", 1_000_000),
	} {
		_, err := ParseSitemap([]byte(body), sitemapURL, nil)
		outcome := NotASitemap
		if want == "nested deeper" {
			outcome = TooCostly
		}
		wantOutcome(t, err, outcome, want)
	}
}

func FuzzSitemap(f *testing.F) {
	f.Add([]byte(`<urlset><url><loc>/a</loc><lastmod>2026</lastmod><n:title><![CDATA[x]]></n:title></url></urlset>`), sitemapURL)
	f.Add([]byte("<sitemapindex><sitemap><loc>x</loc></sitemap>"), sitemapURL)
	f.Add([]byte("http://a/\nhttp://b/"), "")
	f.Fuzz(func(t *testing.T, body []byte, address string) {
		m, err := ParseSitemap(body, address, nil)
		if err != nil {
			return
		}
		checkEntries(t, m.Entries)
		for _, p := range m.Parts {
			if _, err := parseAbsolute(p.URL); err != nil {
				t.Fatal(err)
			}
		}
	})
}
