package fetcher

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const feedURL = "https://courier.example/feeds/all.xml"

// rssOf puts items into a feed that is as it should be.
func rssOf(items string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Courier of the Valley</title><link>https://courier.example/</link><language>ru</language><ttl>30</ttl>` + items + "</channel></rss>\n"
}

func atomOf(entries string) string {
	return `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Courier</title><link rel="self" href="/feed"/><link href="https://courier.example/"/>` + entries + `</feed>`
}

// oneEntry reads a feed that must hold one entry.
func oneEntry(t *testing.T, body string) Entry {
	t.Helper()
	f, err := ParseFeed([]byte(body), "", feedURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Entries) != 1 {
		t.Fatalf("%d entries: %+v", len(f.Entries), f)
	}
	return f.Entries[0]
}

func TestParseFeedRSS(t *testing.T) {
	f, err := ParseFeed([]byte(rssOf(`<item><title>Snow &amp; mail: &lt;b&gt;late&lt;/b&gt;</title><link>/news/1?from=rss&amp;x=2</link><guid isPermaLink="false">g-1</guid>
<description>Short</description><content:encoded><![CDATA[<p>Long &amp; whole</p>]]></content:encoded><dc:creator>A. Courier</dc:creator><author>desk@courier.example (B. Rider)</author><author>alone@courier.example</author>
<pubDate>Sat, 21 Nov 2026 9:30:00 MSK</pubDate><atom:updated>2026-11-21T10:00:00Z</atom:updated></item>
<item><title>No link</title><guid>g-1</guid></item>`)), "application/rss+xml", feedURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Kind != "rss" || f.Title != "Courier of the Valley" || f.Language != "ru" || f.TTL != 30*time.Minute || !f.Complete || len(f.Notes) != 0 || len(f.Entries) != 2 {
		t.Errorf("feed %+v", f)
	}
	want := Entry{
		Kind: KindFeed, Link: "https://courier.example/news/1?from=rss&x=2", GUID: "g-1", Title: "Snow & mail: late", Summary: "Short", Content: "<p>Long &amp; whole</p>",
		Authors: []string{"A. Courier", "B. Rider"}, Language: "ru",
		Published: time.Date(2026, 11, 21, 6, 30, 0, 0, time.UTC), Updated: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC),
	}
	if got := f.Entries[0]; fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if got := f.Entries[1]; got.Link != "" || got.GUID != "g-1" || got.Title != "No link" {
		t.Errorf("second %+v", got)
	}
}

func TestParseFeedKinds(t *testing.T) {
	for name, c := range map[string]struct{ body, kind string }{
		"rss without root": {`<channel><item><title>A title</title><link>https://courier.example/1</link></item></channel>`, "rss"},
		"rdf": {`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>C</title></channel>
<item rdf:about="https://courier.example/1"><title>A title</title><link>https://courier.example/1</link></item></rdf:RDF>`, "rdf"},
		"atom":      {atomOf(`<entry><title>A title</title><link rel="self" href="/api/1"/><link href="/1"/><id>urn:1</id></entry>`), "atom"},
		"prefixed":  {`<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>A title</a:title><a:link href="https://courier.example/1"/></a:entry></a:feed>`, "atom"},
		"uppercase": {`<RSS><CHANNEL><ITEM><TITLE>A title</TITLE><LINK>https://courier.example/1</LINK></ITEM></CHANNEL></RSS>`, "rss"},
		"json":      {`{"version":"https://jsonfeed.org/version/1.1","title":"C","items":[{"id":1,"url":"/1","title":"A title","content_text":"a < b"}]}`, "json"},
		"bad json":  {"\ufeff" + `{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","url":"https://courier.example/1","title":"A title","content_html":"two` + "\n" + `lines","summary":{"no":"text"},},]}`, "json"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := ParseFeed([]byte(c.body), "", feedURL, nil)
			if err != nil {
				t.Fatal(err)
			}
			if f.Kind != c.kind || !f.Complete || len(f.Entries) != 1 || f.Entries[0].Link != "https://courier.example/1" || f.Entries[0].Title != "A title" {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestFeedLinks(t *testing.T) {
	for name, c := range map[string]struct{ item, want string }{
		"text":               {`<link> https://courier.example/a </link>`, "https://courier.example/a"},
		"broken over lines":  {"<link>https://courier.example/a\n\t/b</link>", "https://courier.example/a/b"},
		"without scheme":     {`<link>//courier.example/a</link>`, "https://courier.example/a"},
		"relative":           {`<link>../a?id=5</link>`, "https://courier.example/a?id=5"},
		"attribute":          {`<link href="/a"/>`, "https://courier.example/a"},
		"module":             {`<atom:link rel="self" href="/feed"/><atom:link href="/a"/>`, "https://courier.example/a"},
		"original":           {`<link>https://burner.example/~r/1</link><feedburner:origLink>https://courier.example/a</feedburner:origLink>`, "https://burner.example/~r/1"},
		"original alone":     {`<feedburner:origLink>https://courier.example/a</feedburner:origLink>`, "https://courier.example/a"},
		"path as guid":       {`<guid>/a</guid>`, "https://courier.example/a"},
		"word as guid":       {`<guid>a-word</guid>`, ""},
		"guid":               {`<link></link><guid>https://courier.example/a</guid>`, "https://courier.example/a"},
		"guid no permalink":  {`<guid isPermaLink="false">https://courier.example/a</guid>`, "https://courier.example/a"},
		"link before guid":   {`<guid>https://courier.example/g</guid><link>https://courier.example/a</link>`, "https://courier.example/a"},
		"script":             {`<link>javascript:go()</link>`, ""},
		"mail":               {`<link>mailto:desk@courier.example</link>`, ""},
		"spaces":             {`<link>https://courier.example/a b</link>`, "https://courier.example/a%20b"},
		"bare ampersand":     {`<link>https://courier.example/?a=1&b=2&copy=3</link>`, "https://courier.example/?a=1&b=2&copy=3"},
		"base":               {`<link xml:base="https://other.example/x/">y</link>`, "https://other.example/x/y"},
		"enclosure is last":  {`<atom:link rel="enclosure" href="/a.mp3"/><atom:link rel="alternate" type="text/html" href="/a"/>`, "https://courier.example/a"},
		"percent at the end": {`<link>https://courier.example/100%</link>`, "https://courier.example/100%25"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := oneEntry(t, rssOf("<item><title>t</title>"+c.item+"</item>")).Link; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := oneEntry(t, atomOf(`<entry><title>t</title><id>/a</id></entry>`)).Link; got != "https://courier.example/a" {
		t.Errorf("path as id: %q", got)
	}
	nested := `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://other.example/sec/"><entry xml:base="deep/er/"><title>t</title><link href="../6"/></entry></feed>`
	if got := oneEntry(t, nested).Link; got != "https://other.example/sec/deep/6" {
		t.Errorf("nested base: %q", got)
	}
}

// TestFeedOrigin: what stands behind a service that counts readers is where the pages are asked for.
func TestFeedOrigin(t *testing.T) {
	body := rssOf(`<item><title>t</title><link>https://burner.example/~r/1</link><feedburner:origLink>https://courier.example/a?x=1&amp;y=2</feedburner:origLink></item>
<item><title>u</title><link>https://courier.example/b</link></item>`)
	f, err := ParseFeed([]byte(body), "", feedURL, nil)
	if err != nil || f.Entries[0].Link != "https://burner.example/~r/1" || f.Entries[0].Origin != "https://courier.example/a?x=1&y=2" || f.Entries[1].Origin != "" {
		t.Errorf("%+v, %v", f.Entries, err)
	}
	get := shelf{"/feeds/all.xml": body}.get(new([]string))
	got, err := lookFeed(t.Context(), func(ctx context.Context, url, accept string, _ Validators) (Page, error) {
		return get(ctx, url, accept)
	}, InProcess{}, feedURL, State{}, nil)
	if err != nil || got.entries[0].Link != "https://courier.example/a?x=1&y=2" || got.entries[1].Link != "https://courier.example/b" {
		t.Errorf("%+v, %v", got.entries, err)
	}
}

func TestFeedText(t *testing.T) {
	for name, c := range map[string]struct{ body, title, text string }{
		"entities":          {rssOf(`<item><title>Снег&nbsp;&mdash; &laquo;вчера&raquo; AT&T &copy 2026</title></item>`), "Снег — «вчера» AT&T © 2026", ""},
		"less than":         {rssOf(`<item><title>5 < 6 and 7 &lt; 8</title></item>`), "5 < 6 and 7 < 8", ""},
		"cdata in pieces":   {rssOf(`<item><title>A <![CDATA[B]]>C<![CDATA[ & D]]></title><description><![CDATA[x ]]]]><![CDATA[> y]]></description></item>`), "A BC & D", "x ]]> y"},
		"cdata never ended": {rssOf(`<item><title>t</title><description><![CDATA[<p>open</p></description></item><item><title>two</title><description><![CDATA[closed]]></description></item>`), "t", "<p>open</p>"},
		"markup as it is":   {rssOf(`<item><title>t</title><description><p nowrap>One<br>two &amp; three</description></item>`), "t", "<p nowrap>One<br>two &amp; three"},
		"wrong end tag":     {rssOf(`<item><title>t</title><description>text</descripton><guid>1</guid></item>`), "t", "text"},
		"illegal":           {rssOf("<item><title>a\x01b\x00c&#0;&#1;d\ufffee</title><description>x</description></item>"), "abcde", "x"},
		"surrogates":        {rssOf(`<item><title>&#55357;&#56832; &#150;</title></item>`), "😀 –", ""},
		"atom text":         {atomOf(`<entry><title type="text">a &lt;b&gt; c</title><summary type="text">1 &lt; 2</summary></entry>`), "a <b> c", "1 &lt; 2"},
		"atom html":         {atomOf(`<entry><title type="html">a &lt;b&gt;c&lt;/b&gt; &amp;amp;</title><content type="html">&lt;p&gt;x&lt;/p&gt;</content></entry>`), "a c &", "<p>x</p>"},
		"atom xhtml":        {atomOf(`<entry><title type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml">a <h:b>c</h:b></h:div></title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x</p></div></content></entry>`), "a c", "<p>x</p>"},
		"module's title":    {rssOf(`<item><media:title>wrong</media:title><title>right</title><media:content url="x"><media:title>wrong</media:title></media:content></item>`), "right", ""},
		"source's title":    {atomOf(`<entry><source><title>wrong</title></source><title>right</title></entry>`), "right", ""},
		"modules undeclared": {`<rss><channel><item><title>t</title><yandex:full-text>whole</yandex:full-text></item></channel></rss>`, "t",
			"whole"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := ParseFeed([]byte(c.body), "", feedURL, nil)
			if err != nil || len(f.Entries) == 0 {
				t.Fatalf("%+v, %v", f, err)
			}
			e := f.Entries[0]
			if e.Title != c.title || e.Content+e.Summary != c.text {
				t.Errorf("got %q, %q; want %q, %q", e.Title, e.Content+e.Summary, c.title, c.text)
			}
		})
	}
}

func TestFeedShapes(t *testing.T) {
	item := func(n int) string {
		return fmt.Sprintf(`<item><title>Title %d</title><link>https://courier.example/%d</link></item>`, n, n)
	}
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"warning before":    {"<br />\n<b>Warning</b>: mysql in <b>/srv/x.php</b><br />\n" + strings.Repeat("<!-- "+strings.Repeat("x", 100)+" -->\n", 100) + rssOf(item(1)), 1},
		"doctype":           {`<!DOCTYPE rss [<!ENTITY a "b"><!ENTITY c SYSTEM "file:///etc/passwd">]>` + rssOf("<item><title>&a;&c;</title></item>"), 1},
		"rdf without root":  {`<channel rdf:about="x"><title>c</title></channel>` + item(1) + item(2), 2},
		"items outside":     {`<rss><channel><title>c</title></channel>` + item(1) + item(2) + `</rss>`, 2},
		"items wrapped":     {rssOf("<items>" + item(1) + item(2) + "</items>"), 2},
		"item never ended":  {rssOf(strings.ReplaceAll(item(1), "</item>", "") + item(2)), 2},
		"end tag too many":  {rssOf(strings.Replace(item(1), "</title>", "</title></b></div>", 1) + item(2)), 2},
		"second document":   {rssOf(item(1)) + rssOf(item(2)), 1},
		"html behind":       {rssOf(item(1)) + "<script>x</script></html>", 1},
		"empty":             {rssOf(""), 0},
		"empty item":        {rssOf("<item/>" + item(1)), 2},
		"attributes":        {`<rss version=2.0 version="2.0"><channel foo>` + item(1) + `</channel></rss>`, 1},
		"unclosed elements": {rssOf(`<item><foo><bar><title>Title</title><baz></item>` + item(2)), 2},
		"two in one":        {rssOf(item(1) + item(1)), 2},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := ParseFeed([]byte(c.body), "", feedURL, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Entries) != c.want || !f.Complete {
				t.Errorf("%d entries, complete %v: %+v", len(f.Entries), f.Complete, f)
			}
			if strings.Contains(fmt.Sprint(f.Entries), "root:") {
				t.Error("an entity was read from a file")
			}
		})
	}
}

func TestFeedCut(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "<item><title>Title %d</title><link>https://courier.example/%d</link><description><![CDATA[<p>%s</p>]]></description></item>\n", i, i, strings.Repeat("text ", 20))
	}
	whole := rssOf(b.String())
	for cut := 0; cut < len(whole)-8; cut += 97 {
		part := whole[:cut]
		f, err := ParseFeed([]byte(part), "", feedURL, nil)
		if err != nil {
			if strings.Contains(part, "<channel>") {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			continue
		}
		if want := strings.Count(part, "</item>"); len(f.Entries) != want || f.Complete {
			t.Fatalf("cut at %d: %d entries, want %d, complete %v", cut, len(f.Entries), want, f.Complete)
		}
		for i, e := range f.Entries {
			if e.Link != fmt.Sprintf("https://courier.example/%d", i) {
				t.Fatalf("cut at %d: entry %d is %s", cut, i, e.Link)
			}
		}
	}
	half := `{"version":"https://jsonfeed.org/version/1","title":"C","items":[{"id":"1","url":"https://courier.example/1"},{"id":"2","url":"https://cou`
	f, err := ParseFeed([]byte(half), "", feedURL, nil)
	if err != nil || f.Complete || len(f.Entries) != 1 || f.Title != "C" {
		t.Errorf("cut JSON: %+v, %v", f, err)
	}
}

func TestNotAFeed(t *testing.T) {
	for want, body := range map[string]string{
		`an HTML page titled "Gone & lost"`: "<!DOCTYPE html><html><head><title>Gone &amp; lost</title></head><body>&lt;rss&gt; <rss></rss></body></html>",
		"an HTML page":                      "<html><body>x</body></html>",
		"a sitemap":                         `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>`,
		"an index of sitemaps":              `<sitemapindex></sitemapindex>`,
		"an OPML list":                      `<opml version="2.0"><body><outline type="rss"/></body></opml>`,
		"an empty answer":                   " \n\t",
		"JSON that is no feed":              `{"version":"1.0","data":[]}`,
		`the root "Error"`:                  `<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`,
		"text without a feed":               "Moved to another place",
		"binary data":                       "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00",
		"nested deeper":                     "<rss><channel>" + strings.Repeat("<a>", 100_000),
		"more than 20000 entries":           rssOf(strings.Repeat("<item/>", 20_001)),
		"more than 256 attributes":          "<rss " + strings.Repeat(`xmlns:a="b" `, 300) + "><channel></channel></rss>",
	} {
		t.Run(want, func(t *testing.T) {
			_, err := ParseFeed([]byte(body), "text/html", feedURL, nil)
			outcome := NotAFeed
			if strings.HasPrefix(want, "more than") || want == "nested deeper" {
				outcome = TooCostly
			}
			wantOutcome(t, err, outcome, want)
		})
	}
}

// TestFeedHostile feeds shapes that kill or hang the parsers below.
func TestFeedHostile(t *testing.T) {
	mega := func(s string, times int) string { return strings.Repeat(s, times) }
	for name, body := range map[string]string{
		"deep":                    atomOf("<entry>" + mega("<a>", 1_000_000) + "</entry>"),
		"deep extension":          rssOf("<item>" + mega("<x:a>", 1_000_000) + "</item>"),
		"deep and ended":          rssOf("<item>" + mega("<p>", 300_000) + mega("</p>", 300_000) + "</item>"),
		"namespaces":              rssOf("<item>" + mega(`<a xmlns:p="q">`, 20_000) + "</item>"),
		"bases":                   rssOf(mega(`<a xml:base="x/">`, 20_000)),
		"comments in a text":      rssOf("<item><title>" + mega("a<!-- -->", 200_000) + "</title></item>"),
		"fields that never end":   rssOf("<item>" + mega("<title>", 200_000) + "</item>"),
		"elements that never end": rssOf("<item>" + mega("<x>y", 200_000) + "</item>"),
		"other names that no end": rssOf("<item>" + func() string {
			var b strings.Builder
			for i := range 100_000 {
				fmt.Fprintf(&b, "<x%d>", i)
			}
			return b.String()
		}() + "</item>"),
		"cdata that never ends":   rssOf(mega("<item><title><![CDATA[x</title></item>", 15_000)),
		"comments that never end": "<rss>" + mega("<!--", 300_000),
		"quotes that never end":   rssOf(mega(`<item a="`, 10_000)),
		"ampersands":              rssOf("<item><title>" + mega("&", 1_000_000) + "</title></item>"),
		"brackets":                rssOf("<item><title>" + mega("<", 1_000_000) + "</title></item>"),
		"end tags":                rssOf(mega("</x>", 500_000)),
		"declarations":            mega("<!", 500_000) + rssOf(""),
		"instructions":            mega("<?", 500_000) + rssOf(""),
		"json brackets":           `{"items":` + mega("[", 1_000_000),
		"json objects":            `{"items":[` + mega(`{"a":`, 100_000),
		"scripts before":          mega("<script>", 200_000),
		"entity bomb":             `<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>` + rssOf("<item><title>"+mega("&c;", 10_000)+"</title></item>"),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			f, err := ParseFeed([]byte(body), "", feedURL, nil)
			took := time.Since(start)
			if took > 15*time.Second { // reading anything twice over takes minutes
				t.Errorf("took %v for %d bytes", took, len(body))
			}
			checkEntries(t, f.Entries)
			var failure *Failure
			if err != nil && !errors.As(err, &failure) {
				t.Errorf("error %T", err)
			}
		})
	}
}

func TestFeedCharsets(t *testing.T) {
	const title = "Гонцы долины побили рекорд между постами"
	feed := func(label string) string {
		declaration := `<?xml version="1.0"?>`
		if label != "" {
			declaration = `<?xml version="1.0" encoding="` + label + `"?>`
		}
		return declaration + "<rss><channel><item><title>" + title + "</title><description>Переговоры о воде закончились ничем, сообщил представитель совета.</description></item></channel></rss>"
	}
	encode := func(e interface {
		Bytes([]byte) ([]byte, error)
	}, s string) []byte {
		b, err := e.Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	zipped := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		body        []byte
		contentType string
	}{
		"utf-8 labelled as another":  {[]byte(feed("windows-1251")), "text/xml; charset=ISO-8859-1"},
		"utf-8 mark twice":           {[]byte("\ufeff\ufeff\n" + feed("utf-16")), ""},
		"utf-16 with mark":           {encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), feed("utf-8")), ""},
		"utf-16 without mark":        {encode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder(), feed("utf-16")), ""},
		"1251 declared":              {encode1251(feed("cp1251")), ""},
		"1251 in the header":         {encode1251(feed("")), "text/xml; charset=windows-1251"},
		"1251 nowhere":               {encode1251(feed("")), ""},
		"1251 labelled utf-8":        {encode1251(feed("utf-8")), "text/xml; charset=utf-8"},
		"1251 labelled latin":        {encode1251(feed("iso-8859-1")), ""},
		"koi8-r nowhere":             {encode(charmap.KOI8R.NewEncoder(), feed("")), ""},
		"866 nowhere":                {encode(charmap.CodePage866.NewEncoder(), feed("")), ""},
		"unknown label":              {encode1251(feed("x-own")), ""},
		"gzip":                       {zipped(feed("")), "application/rss+xml"},
		"stray byte in utf-8":        {[]byte(strings.Replace(feed(""), "Переговоры", "\xff Переговоры", 1)), ""},
		"surrogates one by one":      {[]byte(strings.Replace(feed(""), "Переговоры", "\xed\xa0\xbd\xed\xb8\x80", 1)), ""},
		"half a character":           {[]byte(strings.Replace(feed(""), "Переговоры", "Пер\xd0", 1)), ""},
		"1251 declared, single mark": {encode1251(strings.Replace(feed("windows-1251"), `"windows-1251"`, `'windows-1251'`, 1)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := ParseFeed(c.body, c.contentType, feedURL, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Entries) != 1 || f.Entries[0].Title != title {
				t.Errorf("%+v", f)
			}
			checkEntries(t, f.Entries)
		})
	}
}

func TestFeedPeriod(t *testing.T) {
	for head, want := range map[string]time.Duration{
		"":                0,
		"<ttl>60</ttl>":   time.Hour,
		"<ttl>-5</ttl>":   0,
		"<ttl>soon</ttl>": 0,
		"<sy:updatePeriod> hourly\n</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>": 30 * time.Minute,
		"<sy:updatePeriod>daily</sy:updatePeriod>":                                               24 * time.Hour,
	} {
		f, err := ParseFeed([]byte("<rss><channel>"+head+"</channel></rss>"), "", feedURL, nil)
		if err != nil || f.TTL != want {
			t.Errorf("%q: %v, %v; want %v", head, f.TTL, err, want)
		}
	}
}

func TestFreshness(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	date := func(t time.Time) string { return t.Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		h    []string
		want time.Duration
	}{
		"nothing":              {nil, 0},
		"max-age":              {[]string{"Cache-Control", "public, max-age=600"}, 10 * time.Minute},
		"age":                  {[]string{"Cache-Control", `max-age="600"`, "Age", "500"}, 100 * time.Second},
		"too old":              {[]string{"Cache-Control", "max-age=600", "Age", "700"}, 0},
		"for proxies":          {[]string{"Cache-Control", "s-maxage=600"}, 0},
		"no-cache":             {[]string{"Cache-Control", "max-age=600, no-cache"}, 0},
		"no-store":             {[]string{"Cache-Control", "No-Store"}, 0},
		"nonsense":             {[]string{"Cache-Control", "max-age=soon", "Expires", date(now.Add(time.Hour))}, 0},
		"negative":             {[]string{"Cache-Control", "max-age=-1"}, 0},
		"huge":                 {[]string{"Cache-Control", "max-age=99999999999999999999"}, 30 * 24 * time.Hour},
		"expires":              {[]string{"Expires", date(now.Add(time.Hour)), "Date", date(now.Add(-time.Hour))}, 2 * time.Hour},
		"expires without date": {[]string{"Expires", date(now.Add(time.Hour))}, time.Hour},
		"expired":              {[]string{"Expires", "0"}, 0},
		"max-age wins":         {[]string{"Expires", date(now.Add(time.Hour)), "Cache-Control", "max-age=60"}, time.Minute},
		"two lines":            {[]string{"Cache-Control", "public", "Cache-Control", "max-age=60"}, time.Minute},
	} {
		h := http.Header{}
		for i := 0; i+1 < len(c.h); i += 2 {
			h.Add(c.h[i], c.h[i+1])
		}
		if got := Freshness(h, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func parseAbsolute(link string) (*url.URL, error) {
	u, err := url.Parse(link)
	if err == nil && u.Scheme != "http" && u.Scheme != "https" {
		err = fmt.Errorf("scheme of %q", link)
	}
	return u, err
}

func encode1251(s string) []byte {
	b, err := charmap.Windows1251.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic(err)
	}
	return b
}

func FuzzFeed(f *testing.F) {
	for _, body := range []string{
		rssOf(`<item><title>a</title><link>x</link><guid>g</guid><description><![CDATA[b]]></description><pubDate>Sat, 21 Nov 2026 09:30:00 +0500</pubDate></item>`),
		atomOf(`<entry xml:base="y/"><title type="xhtml"><div>a</div></title><link href="x"/><author><name>n</name></author><updated>2026-11-21</updated></entry>`),
		`<rdf:RDF xmlns="http://purl.org/rss/1.0/"><item rdf:about="x"/></rdf:RDF>`,
		`{"version":"https://jsonfeed.org/version/1","items":[{"id":1,"url":"x",},]}`,
		"\xff\xfe<\x00r\x00s\x00s\x00>\x00", "<rss><item><title><![CDATA[", "<feed><entry><content type=\"html\">&lt;", "<rss><channel><item><link href='a\x01b'",
	} {
		f.Add([]byte(body), feedURL)
	}
	f.Fuzz(func(t *testing.T, body []byte, address string) {
		feed, err := ParseFeed(body, "", address, nil)
		var failure *Failure
		if err != nil && !errors.As(err, &failure) {
			t.Fatalf("error %T", err)
		}
		checkEntries(t, feed.Entries)
		if !slices.Contains([]string{"", "rss", "rdf", "atom", "json"}, feed.Kind) {
			t.Fatalf("kind %q", feed.Kind)
		}
	})
}

func BenchmarkParseFeed(b *testing.B) {
	var items strings.Builder
	for i := range 20 {
		fmt.Fprintf(&items, `<item><title>Совет долины обсудил плату за мост %d</title><link>https://courier.example/news/%d</link><guid isPermaLink="false">g%d</guid>
<description><![CDATA[<p>%s</p>]]></description><pubDate>Sat, 21 Nov 2026 09:%02d:00 +0500</pubDate></item>`, i, i, i, strings.Repeat("Переговоры о воде. ", 15), i)
	}
	body := []byte(rssOf(items.String()))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if f, err := ParseFeed(body, "", feedURL, nil); err != nil || len(f.Entries) != 20 {
			b.Fatal(f, err)
		}
	}
}
