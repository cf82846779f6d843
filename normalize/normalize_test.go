package normalize

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/text/unicode/norm"
)

var firstSeen = time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)

func readFixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/pages", name, "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDocument(t *testing.T) {
	n := newNormalizer(t)
	page := readFixture(t, "en-semantic")
	raw := Raw{URL: "https://courier.example/2026/03/river-guard?utm_source=rss", ContentType: "text/html; charset=utf-8", Body: page, Hint: Hint{Zone: almaty, Seen: firstSeen}}
	d, err := n.Document(raw)
	if err != nil {
		t.Fatal(err)
	}
	if d.Version != Version || d.Essence == "" || d.Title == "" || d.CanonicalURL != "https://courier.example/2026/03/river-guard" {
		t.Errorf("document is not filled: %+v", d)
	}
	again, err := n.Document(raw)
	if err != nil || !reflect.DeepEqual(d, again) {
		t.Errorf("the same page gives another document: %v", err)
	}

	// What was cleaned once stays as it is.
	second := n.Text(d.Title, d.Text, raw.Hint, d.CanonicalURL)
	if second.Title != d.Title || second.Text != d.Text || second.Essence != d.Essence {
		t.Errorf("cleaning again changes the text:\n%s\nto\n%s", d.Text, second.Text)
	}
}

func TestDocumentIsSafeForConcurrentUse(t *testing.T) {
	n := newNormalizer(t)
	page := readFixture(t, "ru-wordpress")
	raw := Raw{URL: "https://dolina.example/2026/03/02/post/", Body: page, Hint: Hint{Seen: firstSeen}}
	want, err := n.Document(raw)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := n.Document(raw); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("another document beside others: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestVerdictComesWithTheDocument(t *testing.T) {
	n := newNormalizer(t)
	d, err := n.Document(Raw{URL: "https://dolina.example/o-nas", Body: readFixture(t, "v-about"), Hint: Hint{Seen: firstSeen}})
	if !errors.Is(err, ErrNotArticle) || d.Title != "О нас" || d.Text == "" {
		t.Errorf("got %v and %q, want ErrNotArticle beside what was found", err, d.Title)
	}
}

func TestForeignBodies(t *testing.T) {
	n := newNormalizer(t)
	is := func(what, body, contentType string, want error) {
		t.Helper()
		if _, err := n.Extract(Raw{URL: "https://example.org/a", Body: []byte(body), ContentType: contentType, Hint: Hint{Seen: firstSeen}}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	is("PDF", "%PDF-1.7\n...", "application/pdf", ErrNotHTML)
	is("PDF called HTML", "%PDF-1.7\n...", "text/html", ErrNotHTML)
	is("JPEG", "\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg", ErrNotHTML)
	is("feed", `<?xml version="1.0"?><rss version="2.0"><channel/></rss>`, "text/xml", ErrNotHTML)
	is("feed after a comment", `<?xml version="1.0"?><!-- x --><feed xmlns="http://www.w3.org/2005/Atom"/>`, "", ErrNotHTML)
	is("JSON", `{"error": "no such page"}`, "application/json", ErrNotHTML)
	is("zeros", strings.Repeat("\x00\x01\x02\x03", 500), "", ErrNotHTML)
	is("nothing", "", "text/html", ErrEmpty)
	is("blanks", " \n\t ", "text/html", ErrEmpty)
	is("page called image", "<!DOCTYPE html><html><body><p>A line of text.</p></body></html>", "image/png", nil)
	is("page called nothing", "<p>A line of text.</p>", "", nil)
}

func TestRules(t *testing.T) {
	n := newNormalizer(t)
	const page = `<html><body><h1>Ilmen Courier</h1><div class="head">Bridge opens</div><span class="when" data-datetime="2026-03-01T08:00:00Z">yesterday</span>
		<div class="txt"><p>The bridge over the Ilmen opened to carts.</p><p class="promo-x">Buy our almanac.</p><p>Toll is two zar.</p></div>
		<div class="txt"><p>A second part stands in a box of its own.</p></div>
		<div class="long">` + "<p>The longest text of the page is a notice of the printers, which no reader wants, but which fills many lines, on and on.</p>" + `</div></body></html>`
	rules := Rules{Title: cascadia.MustCompile(".head"), Body: cascadia.MustCompile("div.txt"), Date: cascadia.MustCompile(".when"), Remove: []goquery.Matcher{cascadia.MustCompile(".promo-x")}}
	x, err := n.Extract(Raw{URL: "https://example.org/a", Body: []byte(page), Rules: rules, Hint: Hint{Seen: firstSeen}})
	if err != nil || x.Verdict != nil {
		t.Fatalf("%v, verdict %v", err, x.Verdict)
	}
	if want := "The bridge over the Ilmen opened to carts.\n\nToll is two zar.\n\nA second part stands in a box of its own."; x.Text != want || x.Title != "Bridge opens" {
		t.Errorf("title %q, text\n%s\nwant\n%s", x.Title, x.Text, want)
	}
	if want := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC); !x.Published.Time.Equal(want) || x.Published.Origin != FromPage {
		t.Errorf("published %+v, want %s from the page", x.Published, want)
	}

	rules = Rules{Body: cascadia.MustCompile("div.gone")}
	x, err = n.Extract(Raw{URL: "https://example.org/a", Body: readFixture(t, "en-semantic"), Rules: rules, Hint: Hint{Seen: firstSeen}})
	if err != nil || !strings.HasPrefix(x.Text, "The river guard of Zarnabad") || !slices.Contains(x.Notes, "body selector found nothing") {
		t.Errorf("a selector that finds nothing: %v, notes %q, text %.40q", err, x.Notes, x.Text)
	}
}

func TestFragment(t *testing.T) {
	n := newNormalizer(t)
	const piece = `<p>The bridge over the Ilmen opened to carts on Monday.</p><script>count()</script><figure><img src="x"><figcaption>The bridge. Photo: Courier</figcaption></figure>
		<p>Toll is two zar.</p><div class="sharedaddy"><a href="#">Share on Telegram</a> <a href="#">Print</a></div>
		<p>The post <a href="/a">Bridge &amp; toll</a> appeared first on <a href="/">Courier</a>.</p>`
	published := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	x, err := n.Extract(Raw{URL: "https://example.org/a", Body: []byte(piece), Fragment: true, Hint: Hint{Title: "Bridge &amp; toll", Published: published, Seen: firstSeen, Authors: []string{"Sela Torvin"}}})
	if err != nil || x.Verdict != nil {
		t.Fatalf("%v, verdict %v", err, x.Verdict)
	}
	if want := "The bridge over the Ilmen opened to carts on Monday.\n\nToll is two zar."; x.Text != want || x.Title != "Bridge & toll" {
		t.Errorf("title %q, text\n%s\nwant\n%s", x.Title, x.Text, want)
	}
	if !x.Published.Time.Equal(published) || x.Published.Origin != FromFeed {
		t.Errorf("published %+v, want that of the feed", x.Published)
	}
	if _, err := n.Extract(Raw{Body: []byte("<img src=x>"), Fragment: true}); !errors.Is(err, ErrEmpty) {
		t.Errorf("a picture alone: %v, want ErrEmpty", err)
	}
}

func TestPublished(t *testing.T) {
	n := newNormalizer(t)
	body := "<p>The bridge over the Ilmen opened to carts, after nine years of letters and three floods.</p>" +
		"<p>Toll is two zar for a cart and half a zar for a mule, the council of the valley said, and children go free.</p>"
	feed := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	is := func(what, head, top string, h Hint, path, want string, origin Origin, zone string) {
		t.Helper()
		h.Zone, h.Seen = almaty, firstSeen
		page := "<html><head><title>Bridge opens to carts at last</title>" + head + "</head><body><h1>Bridge opens to carts at last</h1>" + top + body + "</body></html>"
		d, err := n.Document(Raw{URL: "https://example.org" + path, Body: []byte(page), Hint: h})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := d.Published.Time.Format(time.RFC3339); got != want || d.Published.Origin != origin || d.Published.Zone != zone {
			t.Errorf("%s: published %s (%s, zone %q), want %s (%s, zone %q)", what, got, d.Published.Origin, d.Published.Zone, want, origin, zone)
		}
	}
	const meta = `<meta property="article:published_time" content="2026-03-02T09:30:00+05:00">`
	is("meta", meta, "", Hint{}, "/a", "2026-03-02T04:30:00Z", FromMeta, "")
	is("meta without a zone", `<meta name="date" content="2026-03-02 09:30">`, "", Hint{}, "/a", "2026-03-02T04:30:00Z", FromMeta, "Asia/Almaty")
	is("feed agrees", meta, "", Hint{Published: feed("2026-03-02T04:31:10Z")}, "/a", "2026-03-02T04:31:10Z", FromFeed, "")
	is("feed stamped anew", meta, "", Hint{Published: feed("2026-03-09T10:00:00Z")}, "/a", "2026-03-02T04:30:00Z", FromMeta, "")
	is("feed against a line of the page", "", "<p>02.03.2026</p>", Hint{Published: feed("2026-03-04T10:00:00Z")}, "/a", "2026-03-04T10:00:00Z", FromFeed, "")
	is("line of the page", "", "<p>02.03.2026 09:30</p>", Hint{}, "/a", "2026-03-02T04:30:00Z", FromPage, "Asia/Almaty")
	is("address", "", "", Hint{}, "/2026/03/02/a", "2026-03-02T00:00:00Z", FromURL, "Asia/Almaty")
	is("listing", "", "", Hint{Listed: feed("2026-03-02T00:00:00Z")}, "/a", "2026-03-02T00:00:00Z", FromListing, "")
	is("listing against a line of the page", "", "<p>02.03.2026 09:30</p>", Hint{Listed: feed("2026-03-02T00:00:00Z")}, "/a", "2026-03-02T04:30:00Z", FromPage, "Asia/Almaty")
	is("nothing", "", "", Hint{}, "/a", "2026-03-10T00:00:00Z", FromSeen, "")
	is("in the future", `<meta property="article:published_time" content="2027-03-02T09:30:00+05:00">`, "", Hint{}, "/a", "2026-03-10T00:00:00Z", FromSeen, "")
	is("feed in the future", "", "", Hint{Published: feed("2027-01-01T00:00:00Z")}, "/a", "2026-03-10T00:00:00Z", FromSeen, "")
	is("1970", `<meta property="article:published_time" content="1970-01-01T00:00:00Z">`, "", Hint{}, "/2026/03/02/a", "2026-03-02T00:00:00Z", FromURL, "Asia/Almaty")
}

// TestHostilePages holds the bounds on time: each of these shapes makes the standard's tree builder grow without
// measure, and each page still gives its text.
func TestHostilePages(t *testing.T) {
	n := newNormalizer(t)
	text := strings.Repeat("<p>The bridge over the Ilmen opened to carts, after nine years of letters and three floods.</p>\n", 5)
	tags := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	took := func(page string) (x Extract, d time.Duration, err error) {
		start := time.Now()
		x, err = n.Extract(Raw{URL: "https://example.org/a", Body: []byte(page), Hint: Hint{Seen: firstSeen}})
		return x, time.Since(start), err
	}
	// The measure is a plain page of a size like theirs, read just before; who else works here may slow one of the two.
	const factor, tries = 10, 4
	measure := text + tags("<p>The bridge over the Ilmen was closed to carts on day %d, the council said.</p>", 3_000)
	is := func(what, page string) {
		t.Helper()
		var x Extract
		var err error
		for try := range tries {
			_, plain, _ := took(measure)
			var d time.Duration
			if x, d, err = took(page); d <= factor*plain {
				break
			} else if try == tries-1 {
				t.Errorf("%s: took %s, a plain page %s", what, d, plain)
			}
		}
		if err != nil || !strings.Contains(x.Text, "The bridge over the Ilmen opened") {
			t.Errorf("%s: %v, text %.60q", what, err, x.Text)
		}
	}
	is("600 boxes deep", strings.Repeat("<div>", 600)+text)
	is("100,000 boxes deep", strings.Repeat("<div>", 100_000)+text)
	is("20,000 body tags", tags("<body a%d>", 20_000)+text)
	is("open formatting", "<p>"+tags("<font x%d>", 400)+tags("<p>x%d", 4_000)+text)
	is("20,000 attributes", "<p"+tags(" a%d", 20_000)+">x</p>"+text)
	is("30,000 paragraphs", text+strings.Repeat("<p>x", 30_000))
	is("one line of half a megabyte", text+"<div>"+strings.Repeat("word ", 100_000)+"</div>")
	is("a long description of something else", `<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"`+tags("Nothing of the kind was said on day %d. ", 4_000)+`"}</script>`+text+tags("<p>The bridge over the Ilmen was open to carts on day %d, the council said.</p>", 4_000))
	is("unclosed comment", text+"<!-- "+strings.Repeat("a", 100_000))
	is("entities", text+"<p>"+strings.Repeat("&amp;&#1;&bogus;", 10_000)+"</p>")
	is("line breaks", text+"<div>"+strings.Repeat("x<br>", 30_000)+"</div>")
}

// inCorpusForm reports the first thing about a text that the corpus does not allow.
func inCorpusForm(title, text string) string {
	for _, s := range append(strings.Split(text, "\n\n"), title) {
		switch {
		case !utf8.ValidString(s):
			return fmt.Sprintf("not UTF-8: %q", s)
		case s != strings.TrimSpace(s) || strings.Contains(s, "  "):
			return fmt.Sprintf("blanks: %q", s)
		case !norm.NFC.IsNormalString(s):
			return fmt.Sprintf("not NFC: %q", s)
		case s == "" && text != "" && title != "":
			return "an empty paragraph"
		}
		for _, r := range s {
			if unicode.IsControl(r) || unicode.IsSpace(r) && r != ' ' || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
				return fmt.Sprintf("%U in %q", r, s)
			}
		}
	}
	return ""
}

func FuzzDocument(f *testing.F) {
	folders, err := filepath.Glob("testdata/pages/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, folder := range folders {
		b, err := os.ReadFile(filepath.Join(folder, "page.html"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "https://example.org/a", false)
	}
	f.Add([]byte("<p>a<br><br>b\u0000\u202e<table><td>x"), "http://127.0.0.1/", true)
	n := newNormalizer(f)
	f.Fuzz(func(t *testing.T, page []byte, url string, fragment bool) {
		d, err := n.Document(Raw{URL: url, Body: page, Fragment: fragment, Hint: Hint{Seen: firstSeen}})
		if err != nil && !slices.ContainsFunc([]error{ErrNotArticle, ErrChallenge, ErrEmpty, ErrUnavailable, ErrNotHTML}, func(e error) bool { return errors.Is(err, e) }) {
			t.Fatalf("an error of no known kind: %v", err)
		}
		if bad := inCorpusForm(d.Title, d.Text); bad != "" {
			t.Fatal(bad)
		}
		for _, s := range append(d.Authors, d.CanonicalURL) {
			if !utf8.ValidString(s) {
				t.Fatalf("not UTF-8: %q", s)
			}
		}
	})
}

func BenchmarkDocument(b *testing.B) {
	n := newNormalizer(b)
	page := readFixture(b, "ru-wordpress")
	raw := Raw{URL: "https://dolina.example/2026/03/02/post/", Body: page, Hint: Hint{Seen: firstSeen}}
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if _, err := n.Document(raw); err != nil {
			b.Fatal(err)
		}
	}
}
