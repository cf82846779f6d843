package normalize

import (
	"strings"
	"testing"
)

// TestMasthead wants the headline of pages that set the name of the site as a heading too.
func TestMasthead(t *testing.T) {
	n := newNormalizer(t)
	const (
		headline = "Ferry across the Ilmen runs again after the ice"
		long     = "The Reed Shore Post of the Upper Ilmen"
		text     = `<p>The ferry between the two shores of the Ilmen has run again since Monday morning, the harbour office of Reed Shore said.</p><p>The first passengers were two carpenters, a teacher and a goat that belonged to nobody on board, the ferryman wrote.</p>`
	)
	for _, c := range []struct{ window, body, hint, want string }{
		{headline + " — Shore Post", `<h1 class=logo><a href="/">Shore Post</a></h1><h2>` + headline + `</h2>`, "", headline},
		{headline + " — Shore Post", `<h1>Shore Post</h1><ul><li><a href="/">Home</a></li></ul><h2>` + headline + `</h2>`, "", headline},
		{headline + " — Shore Post", `<h1>Shore Post</h1><h1>` + headline + `</h1>`, "", headline},
		{headline + " — Shore Post", `<h1>Shore Post</h1><font size=4><b>` + headline + `</b></font><br><br>`, "", headline},
		{"Shore Post : " + headline, `<h1>Shore Post</h1><h2>` + headline + `</h2>`, "", headline},
		{headline + " | " + long, `<h1><a href="/index.html">` + long + `</a></h1><h2>` + headline + `</h2>`, "", headline},
		{headline + " | " + long, `<h1>` + long + `</h1><h1>` + headline + `</h1>`, "", headline},
		{"Shore Post", `<h1>Shore Post</h1><h2>` + headline + `</h2>`, headline, headline},
		{headline + " - River News - Shore Post", `<h1>River News</h1><h1>` + headline + `</h1>`, "", headline},
		{headline + " | News | " + long, `<h2><a href="/c/news">News</a></h2><h1>` + headline + ` at last</h1>`, "", headline + " at last"},
		{headline + " | News", `<h1>News</h1><p>` + headline + `</p>`, "", headline},
		{"Shore Post", `<h1>` + headline + `</h1>`, "", headline},
		{"Ice: ferry runs again | " + long, `<h1>Ice: ferry runs again</h1>`, "", "Ice: ferry runs again"},
		{"Ferry runs again | " + long, `<h1>Ferry runs again</h1>` + text + `<h2>` + long + `</h2>`, "", "Ferry runs again"},
	} {
		page := `<html><head><title>` + c.window + `</title></head><body>` + c.body + text + `</body></html>`
		x, err := n.Extract(Raw{URL: "https://shore.example/n/1", Body: []byte(page), ContentType: "text/html; charset=utf-8", Hint: Hint{Title: c.hint}})
		if err != nil || x.Title != c.want {
			t.Errorf("%s %.80s: %q, want %q (%v)", c.window, c.body, x.Title, c.want, err)
		}
	}
}

// TestSectionInHeading wants the headline without the name of a section that stands in the same heading.
func TestSectionInHeading(t *testing.T) {
	n := newNormalizer(t)
	const (
		headline = "Ferry across the Ilmen runs again after the ice"
		text     = `<p>The ferry between the two shores of the Ilmen has run again since Monday morning, the harbour office of Reed Shore said.</p><p>The first passengers were two carpenters, a teacher and a goat that belonged to nobody on board, the ferryman wrote.</p>`
	)
	for _, c := range []struct{ said, heading, want string }{
		{headline, `<span>News</span> ` + headline, headline},
		{headline, `<span>Мнение</span>` + headline, headline},
		{"Shore / " + headline, `<span>Shore</span>` + headline, headline},
		{headline, "Reed Shore: " + headline, "Reed Shore: " + headline},
		{headline, headline + `<a class="count-comments" href="#comments">Комментарии: <span>12</span></a>`, headline},
		{"Shore: " + headline, `<span>Shore</span><span class="sr-only">: </span>` + headline, "Shore: " + headline},
		{"Ice", headline, headline},
		{"Another thing altogether", headline, headline},
	} {
		page := `<html><head><title>` + headline + `</title><meta property="og:title" content="` + c.said + `"></head><body><h1>` + c.heading + `</h1>` + text + `</body></html>`
		x, err := n.Extract(Raw{URL: "https://shore.example/n/1", Body: []byte(page), ContentType: "text/html; charset=utf-8"})
		if err != nil || x.Title != c.want {
			t.Errorf("%q in %s: %q, want %q (%v)", c.said, c.heading, x.Title, c.want, err)
		}
		if strings.Contains(x.Text, headline) {
			t.Errorf("%q in %s: the headline stands in the text as well: %s", c.said, c.heading, x.Text)
		}
	}
}
