package press

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"strings"
	"time"
)

// perPart is how many articles one part of a sitemap names.
const perPart = 30

func feedType(k Kind) string {
	switch k {
	case RSSFull, RSSSummary:
		return "application/rss+xml"
	case RDF:
		return "application/rdf+xml"
	case Atom:
		return "application/atom+xml"
	case JSON:
		return "application/feed+json"
	case NewsSitemap, Sitemap:
		return xmlType
	}
	return htmlType
}

// feedBody renders what the endpoint says.
func (p *Publication) feedBody() []byte {
	switch p.feedKind {
	case RSSFull, RSSSummary:
		return p.encode(p.rss())
	case RDF:
		return p.encode(p.rdf())
	case Atom:
		return p.encode(p.atom())
	case JSON:
		return p.json()
	case NewsSitemap:
		return []byte(p.newsSitemap())
	case Sitemap:
		return []byte(p.sitemapIndex())
	}
	return p.listPage("/news/", 1)
}

// open gives the newest articles that the window of a feed shows.
func (p *Publication) open() []*Article { return p.newest(p.press.o.Window) }

// link is the address as feeds write it.
func (p *Publication) link(a *Article) string {
	if !p.tracking {
		return a.URL
	}
	join := "?"
	if strings.Contains(a.URL, "?") {
		join = "&"
	}
	return a.URL + join + "utm_source=rss&utm_medium=feed&utm_campaign=" + p.hash("campaign")
}

func esc(s string) string {
	var b strings.Builder
	// Writing to a Builder does not fail.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// summary is the first paragraph, shortened.
func summary(a *Article) string {
	words := strings.Fields(a.Paragraphs[0])
	if len(words) <= 28 {
		return a.Paragraphs[0]
	}
	return strings.Join(words[:28], " ") + "…"
}

// fullHTML is the text as feeds with the whole text carry it.
func (p *Publication) fullHTML(a *Article) string {
	var b strings.Builder
	for _, para := range a.Paragraphs {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(para))
	}
	return b.String()
}

// otherFeed is what the buyer of a domain serves at the old address of a feed: nothing in it is as it was.
func otherFeed(language string) []byte {
	of, titles := "en", []string{"Wheel of the week spins again", "Ten lucky numbers for a rainy day", "How to win at dominoes", "Bonus for the patient"}
	if language == "en" {
		of, titles = "ru", []string{"Колесо недели снова крутится", "Десять счастливых чисел", "Как выиграть в домино", "Награда терпеливым"}
	}
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Lucky Wheel</title><link>http://wheel.example/</link><language>` + of + "</language>\n")
	for i, title := range titles {
		fmt.Fprintf(&b, "<item><title>%s</title><link>http://wheel.example/%d</link></item>\n", title, i+1)
	}
	b.WriteString("</channel></rss>\n")
	return []byte(b.String())
}

func (p *Publication) head() string {
	return `<?xml version="1.0" encoding="` + p.Charset + `"?>` + "\n"
}

func (p *Publication) rss() string {
	var b strings.Builder
	b.WriteString(p.head() + `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">` + "\n<channel>\n")
	fmt.Fprintf(&b, "<title>%s</title>\n<link>%s/</link>\n<description>%s</description>\n<language>%s</language>\n",
		esc(p.Name), p.BaseURL, esc(wordsOf(p.Language).Slogan), p.Language)
	fmt.Fprintf(&b, "<atom:link href=\"%s%s\" rel=\"self\" type=\"application/rss+xml\"/>\n", p.BaseURL, p.feed)
	if p.fresh {
		fmt.Fprintf(&b, "<ttl>%d</ttl>\n", max(1, int(p.press.o.FreshFor/time.Minute)))
	}
	for _, a := range p.open() {
		fmt.Fprintf(&b, "<item>\n<title>%s</title>\n<link>%s</link>\n", esc(a.Title), esc(p.link(a)))
		if p.index%2 == 0 {
			fmt.Fprintf(&b, "<guid isPermaLink=\"true\">%s</guid>\n", esc(a.URL))
		} else {
			fmt.Fprintf(&b, "<guid isPermaLink=\"false\">%s</guid>\n", a.ID)
		}
		fmt.Fprintf(&b, "<pubDate>%s</pubDate>\n<dc:creator>%s</dc:creator>\n<category>%s</category>\n",
			a.Published.In(p.zone).Format(time.RFC1123Z), esc(a.Authors[0]), esc(a.Topic))
		fmt.Fprintf(&b, "<description>%s</description>\n", esc("<p>"+html.EscapeString(summary(a))+"</p>"))
		if p.feedKind == RSSFull {
			fmt.Fprintf(&b, "<content:encoded><![CDATA[%s]]></content:encoded>\n", p.fullHTML(a))
		}
		b.WriteString("</item>\n")
	}
	b.WriteString("</channel>\n</rss>\n")
	return b.String()
}

func (p *Publication) rdf() string {
	var b strings.Builder
	b.WriteString(p.head() + `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">` + "\n")
	fmt.Fprintf(&b, "<channel rdf:about=\"%s/\">\n<title>%s</title>\n<link>%s/</link>\n<description>%s</description>\n<items><rdf:Seq>\n",
		p.BaseURL, esc(p.Name), p.BaseURL, esc(wordsOf(p.Language).Slogan))
	for _, a := range p.open() {
		fmt.Fprintf(&b, "<rdf:li rdf:resource=\"%s\"/>\n", esc(p.link(a)))
	}
	b.WriteString("</rdf:Seq></items>\n</channel>\n")
	for _, a := range p.open() {
		fmt.Fprintf(&b, "<item rdf:about=\"%s\">\n<title>%s</title>\n<link>%s</link>\n<description>%s</description>\n<dc:date>%s</dc:date>\n<dc:creator>%s</dc:creator>\n</item>\n",
			esc(p.link(a)), esc(a.Title), esc(p.link(a)), esc(summary(a)), a.Published.In(p.zone).Format(time.RFC3339), esc(a.Authors[0]))
	}
	b.WriteString("</rdf:RDF>\n")
	return b.String()
}

func (p *Publication) atom() string {
	var b strings.Builder
	b.WriteString(p.head() + `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="` + p.Language + `">` + "\n")
	fmt.Fprintf(&b, "<id>%s/</id>\n<title>%s</title>\n<updated>%s</updated>\n<link href=\"%s/\"/>\n<link rel=\"self\" href=\"%s%s\"/>\n",
		p.BaseURL, esc(p.Name), p.changed.Format(time.RFC3339), p.BaseURL, p.BaseURL, p.feed)
	for _, a := range p.open() {
		fmt.Fprintf(&b, "<entry>\n<id>tag:press.test,2026:%s</id>\n<title type=\"text\">%s</title>\n<link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>\n<published>%s</published>\n<updated>%s</updated>\n<author><name>%s</name></author>\n<summary type=\"text\">%s</summary>\n</entry>\n",
			a.ID, esc(a.Title), esc(p.link(a)), a.Published.In(p.zone).Format(time.RFC3339), a.Updated.In(p.zone).Format(time.RFC3339), esc(a.Authors[0]), esc(summary(a)))
	}
	b.WriteString("</feed>\n")
	return b.String()
}

// jsonFeed and jsonItem are the parts of JSON Feed 1.1 in use here.
type jsonFeed struct {
	Version  string     `json:"version"`
	Title    string     `json:"title"`
	Home     string     `json:"home_page_url"`
	Feed     string     `json:"feed_url"`
	Language string     `json:"language"`
	Items    []jsonItem `json:"items"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	Summary   string       `json:"summary"`
	Content   string       `json:"content_html"`
	Published string       `json:"date_published"`
	Modified  string       `json:"date_modified"`
	Authors   []jsonAuthor `json:"authors"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

func (p *Publication) json() []byte {
	f := jsonFeed{Version: "https://jsonfeed.org/version/1.1", Title: p.Name, Home: p.BaseURL + "/", Feed: p.BaseURL + p.feed, Language: p.Language, Items: []jsonItem{}}
	for _, a := range p.open() {
		f.Items = append(f.Items, jsonItem{
			ID: a.ID, URL: p.link(a), Title: a.Title, Summary: summary(a), Content: p.fullHTML(a),
			Published: a.Published.In(p.zone).Format(time.RFC3339), Modified: a.Updated.In(p.zone).Format(time.RFC3339),
			Authors: []jsonAuthor{{a.Authors[0]}},
		})
	}
	body, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		panic(err) // not reached: strings always marshal
	}
	return body
}

const sitemapSpace = `xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"`

func (p *Publication) newsSitemap() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n<urlset " + sitemapSpace + ` xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">` + "\n")
	since := time.Now().Add(-48 * time.Hour)
	for _, a := range p.newest(1000) {
		if a.Published.Before(since) {
			continue
		}
		fmt.Fprintf(&b, "<url>\n<loc>%s</loc>\n<lastmod>%s</lastmod>\n<news:news>\n<news:publication><news:name>%s</news:name><news:language>%s</news:language></news:publication>\n<news:publication_date>%s</news:publication_date>\n<news:title>%s</news:title>\n</news:news>\n</url>\n",
			esc(a.URL), a.Updated.In(p.zone).Format(time.RFC3339), esc(p.Name), p.Language, a.Published.In(p.zone).Format(time.RFC3339), esc(a.Title))
	}
	b.WriteString("</urlset>\n")
	return b.String()
}

func (p *Publication) sitemapParts() int { return max(1, (len(p.articles)+perPart-1)/perPart) }

// part gives the articles of a part, counted from 1 in order of appearance.
func (p *Publication) part(n int) []*Article {
	return p.articles[min(len(p.articles), (n-1)*perPart):min(len(p.articles), n*perPart)]
}

// partVersion is that of a full part, which changes only with its articles.
func (p *Publication) partVersion(n int) (version string, modified time.Time) {
	edits := 0
	for _, a := range p.part(n) {
		edits += a.changes
		if a.stamp.After(modified) {
			modified = a.stamp
		}
	}
	return fmt.Sprint("part ", n, " ", edits), modified
}

func (p *Publication) sitemapIndex() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n<sitemapindex " + sitemapSpace + ">\n")
	for n := range p.sitemapParts() {
		_, modified := p.partVersion(n + 1)
		fmt.Fprintf(&b, "<sitemap>\n<loc>%s/sitemap-part-%d.xml</loc>\n", p.BaseURL, n+1)
		if !modified.IsZero() {
			fmt.Fprintf(&b, "<lastmod>%s</lastmod>\n", modified.Format(time.RFC3339))
		}
		b.WriteString("</sitemap>\n")
	}
	b.WriteString("</sitemapindex>\n")
	return b.String()
}

func (p *Publication) sitemapPart(n int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n<urlset " + sitemapSpace + ">\n")
	if n == 1 {
		for _, path := range []string{"/", "/about", "/contacts"} {
			fmt.Fprintf(&b, "<url><loc>%s%s</loc></url>\n", p.BaseURL, path)
		}
	}
	for _, a := range p.part(n) {
		fmt.Fprintf(&b, "<url><loc>%s</loc><lastmod>%s</lastmod></url>\n", esc(a.URL), a.Updated.UTC().Format(time.RFC3339))
	}
	b.WriteString("</urlset>\n")
	return []byte(b.String())
}

// commentsFeed is the trap beside the feed of a URLOnly publication: readers' remarks, no articles.
func (p *Publication) commentsFeed() []byte {
	w := wordsOf(p.Language)
	var b strings.Builder
	fmt.Fprintf(&b, "%s<rss version=\"2.0\"><channel><title>%s: %s</title><link>%s/</link><description>-</description>\n", p.head(), esc(w.Comments), esc(p.Name), p.BaseURL)
	for _, a := range p.newest(5) {
		fmt.Fprintf(&b, "<item><title>%s: %s</title><link>%s#comment-1</link><guid isPermaLink=\"false\">c-%s</guid><description>%s</description></item>\n",
			esc(w.Comments), esc(a.Title), esc(a.URL), a.ID, esc(w.Remarks[0]))
	}
	b.WriteString("</channel></rss>\n")
	return p.encode(b.String())
}

// breakXML spoils a document as careless sites do: undeclared entities, bare ampersands, the outermost elements left
// open. Every entry stays whole.
func breakXML(body []byte) []byte {
	body = bytes.Replace(body, []byte("<title>"), []byte("<title>&laquo;&nbsp;R & D "), 1)
	body = bytes.ReplaceAll(body, []byte("</description>"), []byte("&nbsp;&mdash;</description>"))
	body = bytes.ReplaceAll(body, []byte("</summary>"), []byte("&nbsp;&hellip;</summary>"))
	for _, end := range []string{"</channel>\n</rss>\n", "</rdf:RDF>\n", "</feed>\n", "</urlset>\n", "</sitemapindex>\n"} {
		body = bytes.TrimSuffix(body, []byte(end))
	}
	return body
}
