package press

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html/charset"
)

// open opens a press and a client of it, both closed at the end of the test.
func open(t *testing.T, o Options) (*Press, *http.Client) {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{}
	if o.InMemory {
		tr.DialContext = p.Dial
	}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, &http.Client{Transport: tr, Timeout: time.Minute}
}

// get asks for an address with headers given as name, value, name, value.
func get(t *testing.T, c *http.Client, address string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	r, body, err := try(t.Context(), c, address, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return r, body
}

func try(ctx context.Context, c *http.Client, address string, headers ...string) (*http.Response, []byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	q.Header.Set("User-Agent", "reader/1")
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	r, err := c.Do(q)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(r.Body)
	if e := r.Body.Close(); err == nil {
		err = e
	}
	return r, body, err
}

func document(t *testing.T, r *http.Response, body []byte) *goquery.Document {
	t.Helper()
	in, err := charset.NewReader(bytes.NewReader(body), r.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := goquery.NewDocumentFromReader(in)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// plainLink makes a link absolute and takes its tracking parameters away.
func plainLink(t *testing.T, p *Publication, link string) string {
	t.Helper()
	u, err := url.Parse(p.BaseURL + "/")
	if err == nil {
		u, err = u.Parse(link)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p.BaseURL + plainAddress(u)
}

// listed asks for what a publication lists, by its kind.
func listed(t *testing.T, c *http.Client, p *Publication) []string {
	t.Helper()
	address := p.Endpoint
	if p.Kind == URLOnly {
		r, body := get(t, c, address)
		link, ok := document(t, r, body).Find(`link[rel=alternate]`).First().Attr("href")
		if !ok {
			t.Fatal("the front page names no feed")
		}
		address = p.BaseURL + link
	}
	r, body := get(t, c, address)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", address, r.Status)
	}
	var links []string
	switch p.Kind {
	case JSON:
		var f struct{ Items []struct{ URL string } }
		if err := json.Unmarshal(body, &f); err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Items {
			links = append(links, i.URL)
		}
	case PageLinks, Page:
		for _, n := range document(t, r, body).Find(p.Links).EachIter() {
			links = append(links, n.AttrOr("href", ""))
		}
	case NewsSitemap:
		links = locs(t, body)
	case Sitemap:
		for _, part := range locs(t, body) {
			_, body := get(t, c, part)
			links = append(links, locs(t, body)...)
		}
		links = slices.DeleteFunc(links, func(l string) bool {
			return slices.Contains([]string{"/", "/about", "/contacts"}, strings.TrimPrefix(l, p.BaseURL))
		})
	default:
		f, err := gofeed.NewParser().Parse(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Items {
			if i.Title == "" || i.PublishedParsed == nil {
				t.Errorf("%s: item without title or date", i.Link)
			}
			links = append(links, i.Link)
		}
	}
	for i, l := range links {
		links[i] = plainLink(t, p, l)
	}
	return links
}

func locs(t *testing.T, body []byte) []string {
	t.Helper()
	type loc struct {
		Loc string `xml:"loc"`
	}
	var s struct {
		URL     []loc `xml:"url"`
		Sitemap []loc `xml:"sitemap"`
	}
	if err := xml.Unmarshal(body, &s); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, u := range append(s.URL, s.Sitemap...) {
		all = append(all, u.Loc)
	}
	return all
}

func TestEveryKindListsItsArticles(t *testing.T) {
	p, c := open(t, Options{Publications: 30, InMemory: true, Seed: 5})
	for _, pub := range p.Publications() {
		t.Run(pub.ID+" "+string(pub.Kind)+" "+string(pub.Template)+" "+pub.Language, func(t *testing.T) {
			var want []string
			for i := range 10 {
				a := pub.Publish(time.Now().Add(time.Duration(i-20) * time.Minute))
				want = append(want, a.URL)
			}
			got := listed(t, c, pub)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}

func TestPagesHoldTheirText(t *testing.T) {
	p, c := open(t, Options{Publications: 30, InMemory: true})
	charsets, templates := map[string]int{}, map[Template]int{}
	for _, pub := range p.Publications() {
		charsets[pub.Charset]++
		templates[pub.Template]++
		for range 3 {
			pub.Publish(time.Now())
		}
		for _, a := range pub.Articles() {
			r, body := get(t, c, a.URL)
			text := strings.Join(strings.Fields(document(t, r, body).Text()), " ")
			for _, para := range append(a.Paragraphs, a.Title, a.Authors[0]) {
				if !strings.Contains(text, para) {
					t.Errorf("%s %s: %q is not on the page", pub.Template, a.URL, para)
				}
			}
			if !strings.Contains(text, wordsOf(pub.Language).MostRead) {
				t.Errorf("%s: no furniture", a.URL)
			}
			if _, printed := get(t, c, pub.BaseURL+"/print/"+a.ID); len(printed) == 0 {
				t.Errorf("%s: no print version", a.URL)
			}
		}
		for _, path := range []string{"/", "/news/", "/section/society/", "/about", "/contacts", "/rss", "/search?q=x", "/tag/region", "/robots.txt", "/comments/feed/"} {
			if r, body := get(t, c, pub.BaseURL+path); r.StatusCode != http.StatusOK || len(body) == 0 {
				t.Errorf("%s%s: %s", pub.BaseURL, path, r.Status)
			}
		}
		for _, path := range []string{"/nothing", "/news/page/9", "/print/p99-1", "/sitemap-part-9.xml"} {
			if r, _ := get(t, c, pub.BaseURL+path); r.StatusCode != http.StatusNotFound {
				t.Errorf("%s%s: %s", pub.BaseURL, path, r.Status)
			}
		}
	}
	if len(charsets) < 2 || len(templates) < len(Templates()) {
		t.Errorf("charsets %v, templates %v", charsets, templates)
	}
}

func TestListPagesHavePagers(t *testing.T) {
	p, c := open(t, Options{Publications: 1, InMemory: true, Kinds: []Kind{PageLinks}, Languages: []string{"en"}, Forbidden: -1})
	pub := p.Publications()[0]
	for range perList + 4 {
		pub.Publish(time.Now())
	}
	r, body := get(t, c, pub.BaseURL+"/news/page/2")
	if n := document(t, r, body).Find(pub.Links).Length(); n != 4 {
		t.Errorf("page 2 lists %d articles, want 4", n)
	}
}

func TestConditionalRequests(t *testing.T) {
	p, c := open(t, Options{Publications: 10, InMemory: true})
	for _, pub := range p.Publications() {
		a := pub.Publish(time.Now())
		for _, address := range []string{pub.Endpoint, a.URL} {
			validators := func() []string {
				r, _ := get(t, c, address)
				etag, modified := r.Header.Get("ETag"), r.Header.Get("Last-Modified")
				if etag == "" && modified == "" {
					t.Errorf("%s: no validators", address)
				}
				return []string{"If-None-Match", etag, "If-Modified-Since", modified}
			}
			v := validators()
			if r, body := get(t, c, address, v...); r.StatusCode != http.StatusNotModified || len(body) > 0 {
				t.Errorf("%s: %s with %v", address, r.Status, v)
			}
			// A change in the same second must show.
			a.Revise(Add, time.Now())
			if r, _ := get(t, c, address, v...); r.StatusCode != http.StatusOK {
				t.Errorf("%s: %s after a revision", address, r.Status)
			}
			if r, _ := get(t, c, address, validators()...); r.StatusCode != http.StatusNotModified {
				t.Errorf("%s: %s after a revision was seen", address, r.Status)
			}
		}
	}
}

func TestCompressionAndFreshness(t *testing.T) {
	p, c := open(t, Options{Publications: 10, InMemory: true})
	fresh := 0
	for _, pub := range p.Publications() {
		pub.Publish(time.Now())
		r, _ := get(t, c, pub.Endpoint, "Accept-Encoding", "gzip")
		if r.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s is not compressed", pub.Endpoint)
		}
		if r, _ := get(t, c, pub.Endpoint, "Accept-Encoding", "identity"); r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s is compressed", pub.Endpoint)
		}
		if r.Header.Get("Cache-Control") != "" {
			fresh++
		}
	}
	if fresh == 0 || fresh == 10 {
		t.Errorf("%d of 10 state a max-age", fresh)
	}
}

func TestNoiseMovesWithEachRequest(t *testing.T) {
	for _, noise := range []bool{false, true} {
		p, c := open(t, Options{Publications: 6, InMemory: true, Noise: noise})
		for _, pub := range p.Publications() {
			a := pub.Publish(time.Now())
			_, one := get(t, c, a.URL)
			_, two := get(t, c, a.URL)
			if noise == bytes.Equal(one, two) {
				t.Errorf("noise %v: pages equal %v", noise, noise)
			}
		}
	}
}

func TestEdits(t *testing.T) {
	p, c := open(t, Options{Publications: 3, InMemory: true})
	for _, pub := range p.Publications() {
		pub.Publish(time.Now())
		for _, edit := range []Edit{Change, Add, Change, Add, Retitle, Noise, Touch} {
			before := pub.Articles()[0]
			_, was := get(t, c, before.URL)
			before.Revise(edit, time.Now().Add(time.Minute))
			after := pub.Articles()[0]
			_, is := get(t, c, after.URL)
			real := edit != Noise && edit != Touch
			if changed := after.Text() != before.Text() || after.Title != before.Title; changed != real {
				t.Errorf("%s: changed %v", edit, changed)
			}
			if got := after.Revision - before.Revision; got != map[bool]int{true: 1}[real] {
				t.Errorf("%s: %d revisions more", edit, got)
			}
			if bytes.Equal(was, is) {
				t.Errorf("%s: the page is the same", edit)
			}
		}
	}
}

func TestCopies(t *testing.T) {
	p, _ := open(t, Options{Publications: 2, InMemory: true, Languages: []string{"ru"}})
	a := p.Publications()[0].Publish(time.Now())
	b := p.Publications()[1].Copy(a, time.Now())
	if b.Text() != a.Text() || b.Title == a.Title || b.URL == a.URL || b.CopyOf != a || b.Publication != "p02" {
		t.Errorf("not a copy: %+v", b)
	}
	if all := p.Articles(); all[1].CopyOf != all[0] {
		t.Error("the snapshot forgets whose copy it is")
	}
}

// play runs a script in virtual time and gives what came of it.
func play(t *testing.T, seed uint64) (articles []*Article, events []string) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := open(t, Options{InMemory: true, Seed: seed})
		err := p.Run(t.Context(), Script{
			For: 24 * time.Hour, Stock: 3, Articles: 60, Copies: 8, Revisions: 10, Noises: 5, Faults: 12, Calm: time.Hour,
			Tell: func(e Event) { events = append(events, e.Publication+" "+e.What+" "+e.Detail) },
		})
		if err != nil {
			t.Error(err)
		}
		for _, pub := range p.Publications() {
			if b := pub.Broken(); len(b) > 0 {
				t.Errorf("%s is left broken: %v", pub.ID, b)
			}
		}
		articles = p.Articles()
	})
	return articles, events
}

func TestTheSeedDecides(t *testing.T) {
	one, first := play(t, 1)
	two, second := play(t, 1)
	other, _ := play(t, 2)
	if !slices.Equal(first, second) {
		t.Error("the same seed gives other events")
	}
	if len(one) != len(two) || len(one) != 10*3+60+8 {
		t.Fatalf("%d and %d articles", len(one), len(two))
	}
	same := 0
	for i, a := range one {
		if a.URL != two[i].URL || a.Text() != two[i].Text() || a.Title != two[i].Title || !a.Published.Equal(two[i].Published) {
			t.Errorf("%s differs from run to run", a.ID)
		}
		if i < len(other) && a.Text() == other[i].Text() {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d articles are the same for another seed", same)
	}
	relevant, copies, forbidden, revised := 0, 0, 0, 0
	for _, a := range one {
		if a.Relevant {
			relevant++
		}
		if a.CopyOf != nil {
			copies++
		}
		if a.Forbidden {
			forbidden++
		}
		if a.Revision > 1 {
			revised++
		}
	}
	if relevant < 50 || relevant > 92 || copies != 8 || forbidden == 0 || revised == 0 {
		t.Errorf("%d relevant, %d copies, %d forbidden, %d revised", relevant, copies, forbidden, revised)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := open(t, Options{InMemory: true, Publications: 1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		p.Publications()[0].Break(Errors)
		if err := p.Run(ctx, Script{For: 24 * time.Hour, Articles: 100}); err != context.DeadlineExceeded {
			t.Errorf("got %v", err)
		}
		if b := p.Publications()[0].Broken(); len(b) > 0 {
			t.Errorf("left broken: %v", b)
		}
	})
}

func TestLoopback(t *testing.T) {
	p, c := open(t, Options{Publications: 3})
	hosts := map[string]bool{}
	for _, pub := range p.Publications() {
		if a := pub.Publish(time.Now()); !strings.HasPrefix(a.URL, "http://127.0.0.1:") {
			t.Errorf("%s is not at loopback", a.URL)
		}
		hosts[pub.BaseURL] = true
		if n := len(listed(t, c, pub)); n != 1 {
			t.Errorf("%s lists %d articles", pub.ID, n)
		}
	}
	if len(hosts) != 3 {
		t.Errorf("hosts %v", hosts)
	}
	if _, err := p.Dial(t.Context(), "tcp", "127.0.0.1:1"); err == nil {
		t.Error("Dial reaches what is not there")
	}
}

func TestConfig(t *testing.T) {
	p, _ := open(t, Options{InMemory: true})
	got := p.Config(ConfigOptions{Database: "x.db", MinInterval: time.Second})
	for _, want := range []string{"database: \"x.db\"\n", "listen: \"\"\n", "  min_interval: 1s\n", "allow_networks: [127.0.0.0/8]",
		"    feed: http://p01.press.test/feed/\n", "    links: \"", "    page: http://p07.press.test/news/\n",
		"    sitemap: http://p09.press.test/sitemap.xml\n", "    url: http://p10.press.test/\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "max_interval") {
		t.Error("a zero value is written")
	}
}
