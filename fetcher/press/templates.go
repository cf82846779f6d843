package press

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// pageFiles hold one file a template, with the parts "article", "list" and "plain".
//
//go:embed pages/*.html
var pageFiles embed.FS

type pageSet struct{ *template.Template }

func readPages() (map[Template]*pageSet, error) {
	sets := map[Template]*pageSet{}
	for _, t := range Templates() {
		set, err := template.ParseFS(pageFiles, "pages/"+string(t)+".html")
		if err != nil {
			return nil, fmt.Errorf("cannot read the pages of template %s: %w", t, err)
		}
		sets[t] = &pageSet{set}
	}
	return sets, nil
}

// anchor is a link with its text.
type anchor struct{ Href, Text string }

// teaser is an entry of a list.
type teaser struct{ Href, Title, Summary, Date, Picture string }

// sheet is what the pages are made from.
type sheet struct {
	*words
	Lang, Site, Charset, Title, Heading string
	Canonical                           string
	Cards                               bool
	Data                                template.JS // JSON-LD
	Alternates                          []anchor    // autodiscovery
	Nav                                 []anchor
	Published                           time.Time
	Date, DateISO, Byline, BylineHref   string
	Section                             anchor
	Paragraphs                          []template.HTML
	Also                                anchor // the box in the middle of a text
	Near, Read                          []teaser
	Items                               []teaser
	Labels                              []anchor
	Pages                               []anchor
	Printed                             string
	ViewCount, Minutes                  int
	hash                                func(string) string
}

// Class makes the class names of the App template.
func (s sheet) Class(of string) string { return "css-" + s.hash(of)[:6] }

// MinutesAgo is the relative time beside the date.
func (s sheet) MinutesAgo() string { return fmt.Sprintf(s.Ago, s.Minutes) }

// Half splits the text where a box stands in the middle of it.
func (s sheet) Half() int { return len(s.Paragraphs) / 2 }

// listLinks is the selector of the article links on a template's list pages.
func listLinks(p *Publication) string {
	return map[Template]string{
		Semantic: "main article.teaser h2 a",
		Blog:     "h2.entry-title a",
		Table:    "td.newslist a.title",
		App:      "a[data-card=story]",
		Bare:     "ul + p + ul li a",
		Office:   "div.news-item > a.news-title",
	}[p.Template]
}

func (p *Publication) sheet(title string) sheet {
	w := wordsOf(p.Language)
	s := sheet{
		words: w, Lang: p.Language, Site: p.Name, Charset: p.Charset, Title: title, Heading: title, hash: p.hash, Cards: p.cards,
		Nav: []anchor{{"/", w.Home}, {"/news/", w.News}, {"/section/security/", w.Security}, {"/section/society/", w.Society},
			{"/about", w.About}, {"/contacts", w.Contacts}, {"/rss", w.Feeds}},
	}
	if p.showsForbidden() {
		s.Nav = append(s.Nav, anchor{"/partners/", w.Partners})
	}
	if p.Kind == URLOnly {
		s.Alternates = []anchor{{p.feed, feedType(p.feedKind)}, {"/comments/feed/", feedType(RSSSummary)}}
	}
	older := p.newest(12)
	for i := len(older) - 1; i >= 0 && len(s.Read) < 4; i -= 3 {
		s.Read = append(s.Read, p.teaser(older[i]))
	}
	return s
}

func (p *Publication) teaser(a *Article) teaser {
	at := a.Published.In(p.zone)
	return teaser{
		Href: a.path, Title: a.Title, Summary: summary(a), Picture: "/images/" + p.hash(a.ID) + ".jpg",
		Date: wordsOf(p.Language).date(at),
	}
}

// articlePage renders an article as it stands.
func (p *Publication) articlePage(a *Article) []byte {
	w, at := wordsOf(p.Language), a.Published.In(p.zone)
	s := p.sheet(a.Title)
	s.Date, s.DateISO, s.Byline, s.BylineHref = w.date(at), at.Format(time.RFC3339), a.Authors[0], "/author/"+slugOf(a.Authors[0])
	if p.canonical {
		s.Canonical = a.URL
	}
	s.Section = anchor{"/section/security/", w.Security}
	if !a.Relevant {
		s.Section = anchor{"/section/society/", w.Society}
	}
	if a.Forbidden {
		s.Section = anchor{"/partners/", w.Partners}
	}
	s.Labels = []anchor{{"/tag/" + a.Topic, w.Topics[a.Topic]}, {"/tag/region", w.News}}
	s.Printed = "/print/" + a.ID
	s.ViewCount, s.Minutes = a.views, a.views%50+1
	if p.press.o.Noise {
		s.ViewCount, s.Minutes = a.views+p.answers, (a.views+p.answers)%50+1
	}
	for i, para := range a.Paragraphs {
		text := html.EscapeString(para)
		if words := strings.SplitN(text, " ", 4); i%3 == 1 && len(words) == 4 && p.Template != Bare && !strings.ContainsAny(words[1]+words[2], "&<") {
			text = fmt.Sprintf(`%s <a href="/tag/%s">%s %s</a> %s`, words[0], a.Topic, words[1], words[2], words[3])
		}
		s.Paragraphs = append(s.Paragraphs, template.HTML(text))
	}
	for _, b := range p.newest(9) {
		if b == a {
			continue
		}
		if s.Also.Href == "" {
			s.Also = anchor{b.path, b.Title}
		} else if len(s.Near) < 3 {
			s.Near = append(s.Near, p.teaser(b))
		}
	}
	data, err := json.Marshal(map[string]any{
		"@context": "https://schema.org", "@type": "NewsArticle", "headline": a.Title, "url": a.URL, "mainEntityOfPage": a.URL,
		"datePublished": at.Format(time.RFC3339), "dateModified": a.Updated.In(p.zone).Format(time.RFC3339),
		"author":    map[string]string{"@type": "Person", "name": a.Authors[0]},
		"publisher": map[string]string{"@type": "NewsMediaOrganization", "name": p.Name}, "inLanguage": p.Language,
	})
	if err != nil {
		panic(err) // not reached: strings always marshal
	}
	s.Data = template.JS(data)
	return p.render("article", s)
}

func (p *Publication) frontPage() []byte { return p.list("", wordsOf(p.Language).Home, p.newest(10)) }

// perList is how many articles a list page names.
const perList = 15

// listPage renders a page of the list at a path, counted from 1; nil if there is no such page.
func (p *Publication) listPage(path string, page int) []byte {
	w := wordsOf(p.Language)
	var title string
	var some []*Article
	for _, a := range p.newest(len(p.articles)) {
		switch {
		case path == "/news/":
			title = w.News
		case path == "/section/security/" && a.Relevant:
			title = w.Security
		case path == "/section/society/" && !a.Relevant:
			title = w.Society
		case path == "/partners/" && a.Forbidden:
			title = w.Partners
		case strings.TrimSuffix(path, "/") == "/tag/"+a.Topic || strings.HasPrefix(path, "/tag/region"):
			title = w.Tags
		case strings.HasPrefix(path, "/author/") && strings.Trim(path[8:], "/") == slugOf(a.Authors[0]):
			title = a.Authors[0]
		default:
			continue
		}
		some = append(some, a)
	}
	from := (page - 1) * perList
	if page > 1 && from >= len(some) {
		return nil
	}
	s := p.list(path, title, some[min(from, len(some)):min(from+perList, len(some))])
	return s
}

func (p *Publication) list(path, title string, articles []*Article) []byte {
	s := p.sheet(title)
	if title == "" {
		s.Heading, s.Title = s.News, s.News
	}
	for _, a := range articles {
		s.Items = append(s.Items, p.teaser(a))
	}
	if path != "" && len(p.articles) > perList {
		for n := 2; n <= min(5, 1+len(p.articles)/perList); n++ {
			s.Pages = append(s.Pages, anchor{path + "page/" + strconv.Itoa(n), strconv.Itoa(n)})
		}
	}
	return p.render("list", s)
}

// sidePage finds the other pages; nil if there is none at the path.
func (p *Publication) sidePage(path string, query url.Values) func() []byte {
	w := wordsOf(p.Language)
	plain := func(title string, text ...string) func() []byte {
		return func() []byte {
			s := p.sheet(title)
			for _, t := range text {
				s.Paragraphs = append(s.Paragraphs, template.HTML(html.EscapeString(t)))
			}
			return p.render("plain", s)
		}
	}
	switch {
	case path == "/about":
		return plain(w.About, w.AboutText...)
	case path == "/contacts":
		return plain(w.Contacts, w.ContactText...)
	case path == "/rss":
		return plain(w.Feeds, w.Slogan, p.BaseURL+p.feed)
	case path == "/search":
		return plain(w.Search, w.Search+": "+query.Get("q"))
	case strings.HasPrefix(path, "/print/"):
		if a := p.press.byID[strings.TrimPrefix(path, "/print/")]; a != nil && a.home == p {
			return plain(a.Title, a.Paragraphs...)
		}
		return nil
	}
	page := 1
	if i := strings.Index(path, "page/"); i > 0 {
		n, err := strconv.Atoi(strings.Trim(path[i+5:], "/"))
		if err != nil || n < 1 {
			return nil
		}
		path, page = path[:i], n
	}
	for _, prefix := range []string{"/news/", "/section/", "/tag/", "/author/", "/partners/"} {
		if strings.HasPrefix(path, prefix) {
			if body := p.listPage(path, page); body != nil {
				return func() []byte { return body }
			}
		}
	}
	return nil
}

// notice is a short page of the server, not of the outlet.
func (p *Publication) notice(text string) []byte {
	return p.encode("<!DOCTYPE html>\n<html><head><title>" + text + "</title></head><body><h1>" + text + "</h1></body></html>\n")
}

func (p *Publication) notFound() answer {
	return answer{status: 404, kind: htmlType, body: p.notice(wordsOf(p.Language).Missing)}
}

// challenge is what a guard before the site shows.
func (p *Publication) challenge() []byte {
	text := wordsOf(p.Language).Human
	return p.encode(`<!DOCTYPE html>
<html><head><title>Just a moment...</title><meta name="robots" content="noindex"></head>
<body><div id="challenge-form"><h1>` + p.host + `</h1><p>` + text + `</p><noscript>Enable JavaScript and cookies to continue</noscript>
<script>window._challenge = {id: "` + p.hash("challenge") + `"};</script></div></body></html>
`)
}

// wall is what stands before an outlet that shows nothing to strangers.
func (p *Publication) wall(f Fault) []byte {
	w := wordsOf(p.Language)
	form := `<form action="/login" method="post"><h1>` + w.LogIn + `</h1><input name="mail" placeholder="` + w.YourMail + `"><input type="password" name="word"></form>`
	if f == Consent {
		form = `<div id="consent"><p>` + w.Cookies + `</p><button>` + w.Accept + `</button></div>`
	}
	return p.encode(`<!DOCTYPE html>
<html><head><title>` + html.EscapeString(p.Name) + `</title></head><body>` + form + `</body></html>
`)
}

func (p *Publication) render(part string, s sheet) []byte {
	var out bytes.Buffer
	if err := p.press.pages[p.Template].ExecuteTemplate(&out, part, s); err != nil {
		panic(err) // not reached: each part of each template is rendered in the tests
	}
	return p.encode(out.String())
}

// charsetOf is the charset of answers of a type.
func (p *Publication) charsetOf(kind string) string {
	switch {
	case kind == "text/plain", p.feedKind == JSON && kind == feedType(JSON), kind == xmlType:
		return utf8Charset
	}
	return p.Charset
}

// encode puts a page or feed into the charset of the publication.
func (p *Publication) encode(text string) []byte {
	if p.Charset != cyrillicChars {
		return []byte(text)
	}
	body, err := encoding.HTMLEscapeUnsupported(charmap.Windows1251.NewEncoder()).Bytes([]byte(text))
	if err != nil {
		panic(err) // not reached: what the charset lacks is escaped
	}
	return body
}
