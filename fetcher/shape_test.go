package fetcher

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Each bound of the shape holds where it is drawn, names itself and the key that raises it, and is raised by it.
func TestShape(t *testing.T) {
	numbered := func(times int, form string) string {
		var b strings.Builder
		for i := range times {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	feed := func(inner string) string { return "<rss><channel>" + inner + "</channel></rss>" }
	page := func(inner string) string {
		return "<html><body>" + strings.Repeat("<h2><a href='/2026/11/02/a-ferry-is-late-again-today'>A ferry is late again today</a></h2>", 3) + inner
	}
	for _, c := range []struct {
		key    string
		kind   Kind
		within string
		beyond string
		raise  func(*Shape)
	}{
		{KeyDepth, KindFeed, feed("<item>" + strings.Repeat("<a>", 250) + "</item>"), feed("<item>" + strings.Repeat("<a>", 260) + "</item>"), func(s *Shape) { s.Depth = 300 }},
		{KeyPrefixes, KindFeed, feed(strings.Repeat(`<item xmlns:m="u"/>`, 400)), feed(numbered(300, `<item xmlns:p%d="u"/>`)), func(s *Shape) { s.Prefixes = 400 }},
		{KeyBases, KindFeed, feed(strings.Repeat(`<item xml:base="x/"/>`, 100)), feed("<item>" + strings.Repeat(`<br xml:base="x/"/>`, 100) + "</item>"), func(s *Shape) { s.Bases = 100 }},
		{KeyAttributes, KindFeed, feed("<item" + numbered(250, ` a%d="x"`) + "/>"), feed("<item" + numbered(260, ` a%d="x"`) + "/>"), func(s *Shape) { s.Attributes = 300 }},
		{KeyTag, KindFeed, feed(`<item a="` + strings.Repeat("x", 60<<10) + `"/>`), feed(`<item a="` + strings.Repeat("x", 70<<10) + `"/>`), func(s *Shape) { s.Tag = 100 << 10 }},
		{KeyElements, KindFeed, feed(strings.Repeat("<br/>", 499_000)), feed(strings.Repeat("<br/>", 501_000)), func(s *Shape) { s.Elements = 600_000 }},
		{KeyPieces, KindFeed, feed("<item><title>" + strings.Repeat("a<!-- -->", 4000) + "</title></item>"), feed("<item><title>" + strings.Repeat("a<!-- -->", 4200) + "</title></item>"), func(s *Shape) { s.Pieces = 5000 }},
		{KeyEntries, KindFeed, feed(strings.Repeat("<item/>", 20_000)), feed(strings.Repeat("<item/>", 20_001)), func(s *Shape) { s.Entries = 20_001 }},
		{KeyEntries, KindFeed, `{"version":"https://jsonfeed.org/version/1","items":[` + strings.Repeat(`{"id":"1"},`, 199) + `{"id":"1"}]}`, `{"version":"https://jsonfeed.org/version/1","items":[` + strings.Repeat(`{"id":"1"},`, 20_000) + `{"id":"1"}]}`, func(s *Shape) { s.Entries = 20_001 }},
		{KeyDepth, KindSitemap, "<urlset>" + strings.Repeat("<a>", 250), "<urlset>" + strings.Repeat("<a>", 260), func(s *Shape) { s.Depth = 300 }},
		{KeyNodes, KindPage, page(strings.Repeat("<b>x</b>", 20_000)), page(numbered(400, "<p><font x%d>") + strings.Repeat("<p>x", 3_000)), func(s *Shape) { s.Nodes = 4_000_000 }},
		{KeyMerges, KindPage, page(numbered(1000, "<body a%d>")), page(numbered(1100, "<body a%d>")), func(s *Shape) { s.Merges = 1200 }},
		{KeyHTMLAttributes, KindPage, page("<p" + numbered(500, " a%d") + ">"), page("<p" + numbered(520, " a%d") + ">"), func(s *Shape) { s.HTMLAttributes = 600 }},
		{KeyHTMLSize, KindPage, page("<p>" + strings.Repeat("x", 3<<20)), page("<p>" + strings.Repeat("x", 5<<20)), func(s *Shape) { s.HTMLSize = 24 << 20 }},
	} {
		read := func(body string, s Shape) error {
			_, err := InProcess{s}.Read(t.Context(), Paper{Kind: c.kind, Body: []byte(body), URL: feedURL})
			return err
		}
		if err := read(c.within, Shape{}); err != nil {
			t.Errorf("%s within: %v", c.key, err)
		}
		f, ok := errors.AsType[*Failure](read(c.beyond, Shape{}))
		if !ok || f.Outcome != TooCostly || limitOf(f) != c.key || !strings.Contains(f.Error(), c.key+" raises that") {
			t.Errorf("%s beyond: %v", c.key, f)
		}
		raised := DefaultShape()
		c.raise(&raised)
		if err := read(c.beyond, raised); err != nil {
			t.Errorf("%s raised: %v", c.key, err)
		}
	}
}
