package cell

import (
	"fmt"
	"strings"

	"chapar/fetcher"
)

// killer is a document that a parser without a guard dies of. Sizes are those at which it was seen to, or near them.
type killer struct {
	name  string
	short bool // it is run where there is little time
	kind  fetcher.Kind
	body  func() string
}

func killers() []killer {
	rss := func(inner string) string {
		return `<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>` + inner
	}
	atom := `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">`
	page := "<html><head><title>t</title></head><body><p>" + strings.Repeat("A word or two about the weather. ", 20) + "</p>"
	return []killer{
		{"nested elements", true, fetcher.KindFeed, func() string { return atom + strings.Repeat("<a>", 1_900_000) }},
		{"nested extensions", false, fetcher.KindFeed, func() string { return rss("<item>" + strings.Repeat("<x:a>", 1_900_000)) }},
		{"a prefix for each level", true, fetcher.KindFeed, func() string {
			var b strings.Builder
			for i := range 20_000 {
				fmt.Fprintf(&b, `<a xmlns:p%d="u">`, i)
			}
			return atom + b.String()
		}},
		{"prefixes of the channel", false, fetcher.KindFeed, func() string {
			var b strings.Builder
			for i := range 20_000 {
				fmt.Fprintf(&b, ` xmlns:p%d="u"`, i)
			}
			return "<rss version=\"2.0\"><channel" + b.String() + ">" + strings.Repeat("<item/>", 50_000) + "</channel></rss>"
		}},
		{"nested bases", false, fetcher.KindFeed, func() string { return atom + strings.Repeat(`<a xml:base="x/">`, 30_000) }},
		{"text in pieces", true, fetcher.KindFeed, func() string {
			return rss("<item><x:y>" + strings.Repeat("a<!---->", 1_000_000) + "</x:y></item></channel></rss>")
		}},
		{"empty items", false, fetcher.KindFeed, func() string { return rss(strings.Repeat("<item/>", 1_400_000) + "</channel></rss>") }},
		{"a title of 16 MB", false, fetcher.KindFeed, func() string {
			return rss("<item><title>" + strings.Repeat("word ", 3_300_000) + "</title></item></channel></rss>")
		}},
		{"a page in a description", false, fetcher.KindFeed, func() string {
			var b strings.Builder
			for i := range 20_000 {
				fmt.Fprintf(&b, "<body a%d>", i)
			}
			return rss("<item><description><![CDATA[" + b.String() + "]]></description></item></channel></rss>")
		}},
		{"attributes of body", true, fetcher.KindPage, func() string {
			var b strings.Builder
			for i := range 40_000 {
				fmt.Fprintf(&b, "<body a%d>", i)
			}
			return page + b.String()
		}},
		{"attributes of html", false, fetcher.KindPage, func() string {
			var b strings.Builder
			for i := range 100_000 {
				fmt.Fprintf(&b, "<html a%d>", i)
			}
			return page + b.String()
		}},
		{"open fonts", true, fetcher.KindPage, func() string {
			var b strings.Builder
			for i := range 400 {
				fmt.Fprintf(&b, "<p><font x%d>", i)
			}
			return page + b.String() + strings.Repeat("<p>x", 200_000)
		}},
		{"a link for each paragraph", true, fetcher.KindPage, func() string {
			return page + "<p><a href=" + strings.Repeat("h", 50_000) + ">" + strings.Repeat("<p>a", 12_500)
		}},
		{"paragraphs", false, fetcher.KindPage, func() string { return page + strings.Repeat("<p>x", 2_600_000) }},
		{"attributes of one tag", false, fetcher.KindPage, func() string {
			var b strings.Builder
			for i := range 1_000_000 {
				fmt.Fprintf(&b, " a%d", i)
			}
			return page + "<p" + b.String() + ">x"
		}},
		{"nested blocks", false, fetcher.KindPage, func() string { return page + strings.Repeat("<div>", 1_000_000) + "x" }},
		{"open tables", false, fetcher.KindPage, func() string { return page + strings.Repeat("<table><b>", 300_000) + "x" }},
	}
}
