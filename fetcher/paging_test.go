package fetcher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"weak"
)

func TestNextPage(t *testing.T) {
	const self = "https://courier.example/news/"
	for name, c := range map[string]struct{ page, want string }{
		"in the head":    {`<head><link rel="next" href="/news/page/2/"></head>`, "/news/page/2/"},
		"rel":            {`<a href="?page=1" rel="next">Next ›</a>`, "/news/?page=1"},
		"number":         {`<div class="pages"><b>1</b> <a href="/news/page/2/">2</a> <a href="/news/page/3/">3</a> <a href="/news/page/2/">»</a></div>`, "/news/page/2/"},
		"russian":        {`<a href="/news/?PAGEN_1=2">След.</a> <a href="/news/?PAGEN_1=129">Конец</a>`, "/news/?PAGEN_1=2"},
		"kazakh":         {`<a class="feed-more" href="/news/page/2">Тағы жүктеу</a>`, "/news/page/2"},
		"chinese":        {`<a href="index_2.htm">下一页</a>`, "/news/index_2.htm"},
		"by entries":     {`<a href="/news/?start=20">Вперёд</a>`, "/news/?start=20"},
		"endless":        {`<div id="infinite" data-next="/feed?offset=40"></div>`, "/feed?offset=40"},
		"class":          {`<li class="pager-next"><a href="/news/?page=2"><i></i></a></li>`, "/news/?page=2"},
		"older posts":    {`<span class="previous"><a href="/news/page/2/">Older posts</a></span>`, "/news/page/2/"},
		"none":           {`<a href="/news/archive/">Older</a>`, ""},
		"slider":         {`<a class="next" href="#">›</a><a class="slick-next" href="/news/">next</a>`, ""},
		"next article":   {`<a class="next" href="/news/12345-the-bridge">The bridge opens</a>`, ""},
		"another site":   {`<a rel="next" href="https://other.example/page/2">Next</a>`, ""},
		"first, last":    {`<a href="?page=9">Last</a><a href="?page=1">1</a>`, ""},
		"number of news": {`<a href="/news/2">2</a>`, ""},
	} {
		p := Paper{URL: self, Part: 1, Body: []byte("<html>" + c.page)}
		if got := strings.TrimPrefix(p.nextPage(), "https://courier.example"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestPageBack fills an endpoint from a list that goes on for a year.
func TestPageBack(t *testing.T) {
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	const perPage, pages = 10, 30
	list := func(n int, dated bool) string {
		var b strings.Builder
		for i := range perPage {
			k := (n-1)*perPage + i
			date := ""
			if dated {
				date = now.AddDate(0, 0, -k/2).Format("02.01.2006")
			}
			fmt.Fprintf(&b, `<div class="n"><span>%s</span><a href="/news/%d-%s">%s</a></div>`, date, 90000-k, slugs[k%7], headlinesEn[k%7])
		}
		if n < pages {
			fmt.Fprintf(&b, `<a class="next" href="/news/page/%d">%d</a>`, n+1, n+1)
		}
		return frame("<main>" + b.String() + "</main>")
	}
	for name, c := range map[string]struct {
		dated        bool
		back         time.Duration
		first        time.Time
		asked, taken int
		fail         int // the page that cannot be had
	}{
		"a week":            {dated: true, back: 7 * 24 * time.Hour, asked: 2, taken: 14},
		"thirty days":       {dated: true, back: 30 * 24 * time.Hour, asked: 7, taken: 60},
		"years":             {dated: true, back: 900 * 24 * time.Hour, asked: pagesBack, taken: pagesBack * perPage},
		"without dates":     {back: 7 * 24 * time.Hour, asked: 10, taken: 100},
		"not at first":      {dated: true, back: 30 * 24 * time.Hour, first: now.AddDate(0, 0, -1), asked: 1, taken: 10},
		"a page that fails": {dated: true, back: 30 * 24 * time.Hour, fail: 3, asked: 3, taken: 20},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			var first weak.Pointer[byte]
			get := func(_ context.Context, url, _ string, _ Validators) (Page, error) {
				asked++
				n := 1
				if _, number, ok := strings.Cut(url, "/page/"); ok {
					fmt.Sscan(number, &n)
				}
				if n == c.fail {
					return Page{}, &Failure{Class: Temporary, Outcome: ServerError, Reached: true}
				}
				body := []byte(list(n, c.dated))
				if n == 1 {
					first = weak.Make(&body[0])
				} else if runtime.GC(); n == 2 && first.Value() != nil {
					t.Error("the first page is in memory while the second is asked for")
				}
				return Page{URL: url, Final: url, Status: 200, Header: http.Header{"Etag": {fmt.Sprint(n)}}, Body: body, Whole: true, Fetched: now}, nil
			}
			back := c.back
			if !c.first.IsZero() {
				back = 0 // as ask has it
			}
			e := Endpoint{Kind: KindPage, URL: "https://courier.example/news/"}
			got, err := lookPage(t.Context(), get, InProcess{}, e.URL, State{First: c.first}, e, nil, back)
			if err != nil {
				t.Fatal(err)
			}
			got.mark(e, c.first.IsZero(), now, c.back)
			taken := 0
			for _, n := range got.entries {
				if !n.Old {
					taken++
				}
			}
			if asked != c.asked || taken != c.taken || got.validators.ETag != "1" {
				t.Errorf("asked for %d pages, took %d of %d entries, validators %v; want %d, %d", asked, taken, len(got.entries), got.validators, c.asked, c.taken)
			}
		})
	}
}

// TestSitemapParts: of an index a first poll reads the parts within the backfill, later ones those that changed.
func TestSitemapParts(t *testing.T) {
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	const days = 60
	var index strings.Builder
	index.WriteString("<sitemapindex>")
	for i := range days {
		day := now.AddDate(0, 0, -i).Format(time.DateOnly)
		fmt.Fprintf(&index, "<sitemap><loc>https://courier.example/%[1]s.xml</loc><lastmod>%[1]s</lastmod></sitemap>", day)
	}
	index.WriteString("</sitemapindex>")
	var asked []string
	get := func(_ context.Context, url, _ string, v Validators) (Page, error) {
		name := strings.TrimPrefix(url, "https://courier.example/")
		asked = append(asked, name)
		body := index.String()
		if name != "sitemap.xml" {
			body = "<urlset><url><loc>https://courier.example/news/" + name + "</loc></url></urlset>"
		}
		if v.ETag != "" {
			return Page{}, errors.New("no validators were given")
		}
		return Page{URL: url, Final: url, Status: 200, Header: http.Header{}, Body: []byte(body), Whole: true, Fetched: now}, nil
	}
	got, err := lookSitemap(t.Context(), get, InProcess{}, sitemapURL, State{}, nil, 30*24*time.Hour)
	if err != nil || len(asked) != 31 || len(got.entries) != 30 || len(got.asked) != partsAPoll {
		t.Fatalf("asked %d times, %d entries, %d to be asked again, %v", len(asked), len(got.entries), len(got.asked), err)
	}
	s := State{Parts: got.parts, Asked: got.asked, First: now, Worked: now}
	asked = nil
	if got, err = lookSitemap(t.Context(), get, InProcess{}, sitemapURL, s, nil, 0); err != nil || !slices.Equal(asked, []string{"sitemap.xml", "2026-11-21.xml", "2026-11-20.xml"}) {
		t.Errorf("asked again for %q, %v", asked, err)
	}
	if len(got.entries) != 2 || got.early != 0 {
		t.Errorf("%d entries, %d of them early", len(got.entries), got.early)
	}
}

// TestSitemapPartWaits: a part that fails for now when an index is first seen is asked for until it is read, and one that
// fails for good is not; where several fail in a row the others wait too.
func TestSitemapPartWaits(t *testing.T) {
	now := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	const parts = 20
	index := "<sitemapindex>"
	for i := range parts {
		index += fmt.Sprintf("<sitemap><loc>https://courier.example/%d.xml</loc><lastmod>%s</lastmod></sitemap>", i, now.AddDate(0, 0, -i/4).Format(time.DateOnly))
	}
	index += "</sitemapindex>"
	for name, c := range map[string]struct {
		fail        []string // in the first two polls
		with        Failure
		notModified bool
		asked       []int // at each poll, sitemaps
		wait        int   // after the first
	}{
		"for now":          {fail: []string{"10.xml"}, with: Failure{Class: Temporary, Outcome: ServerError}, asked: []int{21, 7, 7, 6}, wait: 1},
		"index as it was":  {fail: []string{"10.xml"}, with: Failure{Class: Temporary, Outcome: ServerError}, notModified: true, asked: []int{21, 7, 7, 6}, wait: 1},
		"for good":         {fail: []string{"10.xml"}, with: Failure{Class: Soft, Outcome: NotFound}, asked: []int{21, 6, 6, 6}},
		"several in a row": {fail: []string{"10.xml", "11.xml", "12.xml", "13.xml", "14.xml"}, with: Failure{Class: Temporary, Outcome: ServerError}, asked: []int{14, 9, 16, 6}, wait: 10},
	} {
		t.Run(name, func(t *testing.T) {
			poll, asked, read := 0, 0, map[string]int{}
			get := func(_ context.Context, url, _ string, v Validators) (Page, error) {
				asked++
				file, body := strings.TrimPrefix(url, "https://courier.example/"), index
				switch {
				case file != "sitemap.xml" && poll < 2 && slices.Contains(c.fail, file):
					return Page{}, &c.with
				case file != "sitemap.xml":
					read[file]++
					body = "<urlset><url><loc>https://courier.example/news/" + file + "</loc></url></urlset>"
				case c.notModified && v.ETag != "":
					return Page{URL: url, Final: url, Status: http.StatusNotModified, Header: http.Header{}, Fetched: now}, nil
				}
				return Page{URL: url, Final: url, Status: 200, Header: http.Header{"Etag": {"1"}}, Body: []byte(body), Whole: true, Fetched: now}, nil
			}
			s, back := State{}, 7*24*time.Hour
			for want := range slices.Values(c.asked) {
				got, err := lookSitemap(t.Context(), get, InProcess{}, sitemapURL, s, nil, back)
				if err != nil {
					t.Fatal(err)
				}
				s.worked(OK, got, now)
				if asked != want || poll == 0 && len(s.Waiting) != c.wait {
					t.Errorf("poll %d asked for %d sitemaps, want %d; %d wait", poll, asked, want, len(s.Waiting))
				}
				poll, asked, back = poll+1, 0, 0
			}
			if len(s.Waiting) > 0 || c.wait > 0 && len(read) != parts {
				t.Errorf("%d parts were read, %q wait still", len(read), s.Waiting)
			}
		})
	}
}
