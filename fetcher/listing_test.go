package fetcher

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/andybalholm/cascadia"
)

// Invented headlines about an invented valley; the first five of each are of usual length, the last two are short.
var (
	headlinesEn = []string{
		"Relay station at Sarytau pass opens after repairs", "Council of Upper Valley votes on bridge tolls", "Horse couriers break the record between two posts",
		"Border office extends opening hours for herders", "Water talks in Karabulak end without a deal", "Market day moved", "Snow closes pass",
	}
	headlinesRu = []string{
		"Станция на перевале Сарытау открылась после ремонта", "Совет Верхней долины обсудил плату за проезд по мосту", "Гонцы на лошадях побили рекорд между двумя постами",
		"Пограничный пункт продлил часы работы для чабанов", "Переговоры о воде в Карабулаке закончились ничем", "Базар перенесли", "Снег закрыл перевал",
	}
	slugs = []string{
		"relay-station-at-sarytau-pass-opens", "council-votes-on-bridge-tolls", "horse-couriers-break-the-record", "border-office-extends-opening-hours", "water-talks-end-without-a-deal",
		"market-day-moved", "snow-closes-pass",
	}
)

// frame puts the usual furniture of a site round the content of a page.
func frame(content string) string {
	return `<!doctype html><html><head><title>Courier of the Valley</title></head><body>
<header class="site-header"><a href="/" class="logo"><img src="/logo.png" alt="Courier of the Valley"></a>
<nav><ul><li><a href="/politics/">Politics</a></li><li><a href="/economy/">Economy</a></li><li><a href="/society/">Society and people of the valley</a></li>
<li><a href="/kz/">Қазақша</a></li><li><a href="/about/">About us</a></li><li><a href="/login">Log in</a></li></ul></nav></header>
` + content + `
<footer><ul><li><a href="/contacts/">Contacts of the editorial office</a></li><li><a href="/privacy-policy/">How we treat your personal data</a></li>
<li><a href="/reklama.html">Advertising on the site of the courier</a></li><li><a href="https://t.me/example">Our channel in the messenger</a></li>
<li><a href="/rss.xml">RSS</a></li><li><a href="mailto:desk@example.org">Write to the desk of the courier</a></li></ul></footer></body></html>`
}

// layout is one page and the paths of its articles.
type layout struct {
	name, url, html string
	want            []string
	date            string // of the first entry, "" for none
}

func layouts() []layout {
	var all []layout
	add := func(name, url, date string, build func(b *strings.Builder, want func(string))) {
		var b strings.Builder
		var wanted []string
		build(&b, func(path string) { wanted = append(wanted, path) })
		html := b.String()
		if !strings.Contains(html, "<html") {
			html = frame(html)
		}
		all = append(all, layout{name, url, html, wanted, date})
	}
	const site = "https://www.courier.example"

	add("cards with picture, title and more", site+"/news/", "2026-11-20", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<main><div class="grid">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/news/2026/11/%d/%s/", 20-i, slugs[i])
			fmt.Fprintf(b, `<div class="card"><a href="%[1]s"><img src="/p/%[2]d.jpg"></a><span class="label"><a href="/tag/valley/">Valley</a></span>
<h3><a href="%[1]s">%[3]s</a></h3><span class="date">%[4]d November 2026</span><p>What is known so far.</p><a href="%[1]s#more">Read more</a></div>`, link, i, h, 20-i)
			want(link)
		}
		b.WriteString(`</div><div class="pagination"><a href="/news/page/2/">2</a><a href="/news/page/3/">3</a><a href="/news/page/2/">Next page of the news</a></div></main>`)
	})
	add("table of old times", "http://oldpost.example/index.php", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<html><body><table width=100%><tr><td width=150 class="left"><a href="index.php?cat=1">Политика</a><br><a href="index.php?cat=2">Экономика</a><br>
<a href="index.php?cat=3">Общество</a><br><a href="guestbook.php">Гостевая книга</a><br></td><td><table>`)
		for i, h := range headlinesRu {
			fmt.Fprintf(b, `<tr><td><font size=1>%d.11.2026</font></td><td><a href="index.php?id=%d">%s</a></td></tr>`, 21-i, 55+i, h)
			want(fmt.Sprintf("/index.php?id=%d", 55+i))
		}
		b.WriteString(`</table></td></tr></table><center><a href="index.php?page=2">2</a> <a href="index.php?page=3">3</a> <a href="contacts.php">Контакты</a></center></body></html>`)
	})
	add("list with ids only", "https://news.example.kz/ru/news", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<ul class="news-list">`)
		for i, h := range headlinesRu {
			fmt.Fprintf(b, `<li><time datetime="2026-11-%02dT0%d:30:00+05:00">12:30</time> <a href="/ru/news/%d">%s</a></li>`, 21-i, 9-i, 12345-i, h)
			want(fmt.Sprintf("/ru/news/%d", 12345-i))
		}
		b.WriteString(`</ul><a class="more" href="/ru/news?page=2">Показать еще новости за сегодня</a>`)
	})
	add("cyrillic slugs", site+"/novosti/", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div id="content">`)
		for _, h := range headlinesRu {
			slug := strings.ReplaceAll(strings.ToLower(h), " ", "-")
			fmt.Fprintf(b, `<div class="item"><h2><a href="/novosti/%s">%s</a></h2><p>Сегодня, 12:30</p></div>`, slug, h)
			want("/novosti/" + slug)
		}
		b.WriteString(`</div>`)
	})
	add("home page with blocks and a sidebar", site+"/", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="container"><div class="main-col">`)
		n := 4000
		for _, section := range []string{"politics", "economy", "society"} {
			fmt.Fprintf(b, `<section><h2 class="block-title"><a href="/%s/">All of %s</a></h2>`, section, section)
			for i := range 3 {
				n++
				link := fmt.Sprintf("/%s/%d-%s.html", section, n, slugs[(n+i)%5])
				fmt.Fprintf(b, `<div class="teaser"><a href="%s" class="t-link">%s in %s</a></div>`, link, headlinesEn[(n+i)%5], section)
				want(link)
			}
			b.WriteString(`</section>`)
		}
		b.WriteString(`</div><div class="sidebar"><h4>Services</h4><a href="/weather/">Weather in the valley today</a><a href="/exchange-rates/">Exchange rates</a>
<a href="/horoscope/">Stars for the week</a><a href="https://partner.example.net/12345-buy-a-saddle.html">Buy a saddle for the price of two</a></div></div>`)
	})
	add("links that wrap whole teasers", site+"/en/latest", "2026-11-21", func(b *strings.Builder, want func(string)) {
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/en/%s-a%d", slugs[i], 77120+i)
			fmt.Fprintf(b, `<article><a href="%s"><figure><img alt="" src="x.jpg"></figure><div class="card__body"><span class="card__date">%d Nov 2026</span>
<h3 class="card__title">%s</h3><p class="card__lead">A longer text that tells what the article is about, in two or three lines of small print, so that it is longer than the title.</p></div></a></article>`, link, 21-i, h)
			want(link)
		}
	})
	add("divs with long class names", "https://valley.example.org/en/press-centre", "", func(b *strings.Builder, want func(string)) {
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/en/press-centre/news/%s", slugs[i])
			fmt.Fprintf(b, `<div class="css-1x%d PressList_itemRow__k2"><a class="PressList_itemTitle__9s" href="%s">%s</a></div>`, i, link, h)
			want(link)
		}
		b.WriteString(`<div><a href="/en/press-centre/photo">Photo</a> <a href="/en/press-centre/video">Video</a> <a href="/en/press-centre">Press centre</a></div>`)
	})
	add("one article only", site+"/bulletins/", "2026-11-18", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<main><h1>Bulletins</h1><p>18.11.2026 <a href="/bulletins/first-bulletin-of-the-relay-office.html">First bulletin of the relay office</a></p></main>`)
		want("/bulletins/first-bulletin-of-the-relay-office.html")
	})
	add("two articles with ids", "http://127.0.0.1:8080/", "", func(b *strings.Builder, want func(string)) {
		for i := range 2 {
			fmt.Fprintf(b, `<p><a href="/article/%d">%s</a></p>`, 101+i, headlinesEn[i])
			want(fmt.Sprintf("/article/%d", 101+i))
		}
		b.WriteString(`<p><a href="http://127.0.0.1:9090/article/999">An article of the neighbour on another port</a></p>`)
	})
	add("pictures first, texts apart", site+"/media/", "", func(b *strings.Builder, want func(string)) {
		for i, h := range headlinesRu {
			link := fmt.Sprintf("/media/view/%d", 9001+i)
			fmt.Fprintf(b, `<div class="row"><div class="l"><a href="%[1]s"><img src="t.jpg" alt=""></a></div><div class="r"><a href="%[1]s">%[2]s</a> <a href="%[1]s#comments">12</a> <a href="%[1]s">Подробнее</a></div></div>`, link, h)
			want(link)
		}
	})
	add("kazakh, sticky and teasers", "https://habar.example.kz/kk/zhanalyqtar", "2026-11-21", func(b *strings.Builder, want func(string)) {
		titles := []string{"Сарытау асуындағы бекет жөндеуден кейін ашылды", "Жоғарғы аңғар кеңесі көпір ақысын талқылады", "Шабармандар екі бекет арасында рекорд жаңартты", "Қарабұлақта су туралы келіссөз аяқталды"}
		for i, h := range titles {
			class := "news-item"
			if i == 0 {
				class = "news-item sticky pinned"
			}
			link := fmt.Sprintf("/kk/zhanalyqtar/%s_%d", slugs[i], 501+i)
			fmt.Fprintf(b, `<div class="%s"><div class="news-item__meta">%d қараша 2026, 09:15 <a href="/kk/kategoriya/qogam">Қоғам</a></div><a href="%s" class="news-item__link">%s</a><div><a href="%s">Толығырақ</a></div></div>`, class, 21-i, link, h, link)
			want(link)
		}
	})
	add("all within a nav of the writer's own naming", site+"/digest/", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="page-menu" id="menu">`)
		for i, h := range headlinesEn {
			fmt.Fprintf(b, `<div><a href="/digest/2026-11-%02d/%s">%s</a></div>`, 21-i, slugs[i], h)
			want(fmt.Sprintf("/digest/2026-11-%02d/%s", 21-i, slugs[i]))
		}
		b.WriteString(`</div>`)
	})
	add("definition list of a ministry", "https://gov.example.uz/uz/news/list", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<dl>`)
		for i := range 6 {
			fmt.Fprintf(b, `<dt>2026-11-%02d</dt><dd><a href="/uz/news/view/%d">Vodiy kengashi %d-yig'ilishda suv masalasini ko'rib chiqdi</a></dd>`, 21-i, 8800-i, 40-i)
			want(fmt.Sprintf("/uz/news/view/%d", 8800-i))
		}
		b.WriteString(`</dl><a href="/uz/pages/structure">Tuzilma</a><a href="/uz/pages/leadership-of-the-office">Rahbariyat</a>`)
	})
	add("blog of a think tank", "https://institute.example.org/publications/", "2026-11-12", func(b *strings.Builder, want func(string)) {
		for i, h := range headlinesEn[:5] {
			link := "https://institute.example.org/publications/" + slugs[i] + "/"
			fmt.Fprintf(b, `<article class="post"><header class="entry-header"><h2 class="entry-title"><a href="%[1]s" rel="bookmark">%[2]s</a></h2>
<div class="meta"><time class="published" datetime="2026-11-%02[3]d">November %[3]d, 2026</time> by <a href="/people/aibek-example/" rel="author">Aibek Example</a> in <a href="/topics/water/" rel="category tag">Water and energy policy</a></div></header>
<p>The first lines of the text. <a href="%[1]s" class="more-link">Continue reading</a></p></article>`, link, h, 12-i)
			want("/publications/" + slugs[i] + "/")
		}
		b.WriteString(`<a class="next page-numbers" href="https://institute.example.org/publications/page/2/">Older publications of the institute</a>`)
	})
	add("tabs of a wire, times without days", "https://wire.example.kg/", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="topnews"><div class="oneNews"><div class="time">14:05</div>`)
		for i, h := range headlinesRu[:5] {
			fmt.Fprintf(b, `<div class="one"><div class="time">1%d:05</div><div class="title"><a href="/vlast/31%04d_stanitsiya_na_perevale/">%s</a></div></div>`, i, 2201+i, h)
			want(fmt.Sprintf("/vlast/31%04d_stanitsiya_na_perevale/", 2201+i))
		}
		b.WriteString(`</div></div><div class="lineDate"><a href="/vlast/">Власть</a> <a href="/biznes/">Бизнес</a> <a href="/obschestvo/">Общество и люди долины</a></div>`)
	})
	return all
}

// readAt is when the layouts are read.
var readAt = Moment{At: time.Date(2026, 11, 21, 19, 30, 0, 0, time.FixedZone("", 5*3600)), Zone: time.FixedZone("", 5*3600)}

func TestParseListing(t *testing.T) {
	wanted, right, taken := 0, 0, 0
	all := append(layouts(), moreLayouts()...)
	if len(all) < 61 {
		t.Errorf("%d layouts", len(all))
	}
	for _, l := range all {
		t.Run(l.name, func(t *testing.T) {
			entries, err := ParseListing([]byte(l.html), "text/html", l.url, nil, readAt)
			if err != nil {
				t.Fatal(err)
			}
			wanted += len(l.want)
			taken += len(entries)
			var got []string
			for _, e := range entries {
				got = append(got, pathOf(t, e.Link))
				if slices.Contains(l.want, pathOf(t, e.Link)) {
					right++
				}
				if e.Kind != KindPage || e.Title == "" || isMore(e.Title) {
					t.Errorf("kind %q, title %q of %s", e.Kind, e.Title, e.Link)
				}
			}
			if !slices.Equal(got, l.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(l.want, "\n"))
			}
			day := ""
			if !entries[0].Published.IsZero() {
				day = entries[0].Published.Format(time.DateOnly)
			}
			if day != l.date {
				t.Errorf("date of the first entry %q, want %q", day, l.date)
			}
		})
	}
	precision, recall := float64(right)/float64(taken), float64(right)/float64(wanted)
	t.Logf("precision %.3f, recall %.3f of %d links", precision, recall, wanted)
	if precision < 0.97 || recall < 0.97 {
		t.Errorf("precision %.3f, recall %.3f", precision, recall)
	}
}

// pathOf gives what is behind the host of an address, decoded.
func pathOf(t *testing.T, link string) string {
	t.Helper()
	u, err := parseAbsolute(link)
	if err != nil {
		t.Fatal(err)
	}
	path := u.Path
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}

func TestListingTitles(t *testing.T) {
	page := frame(`<main>
<div><a href="/news/101-a-bridge-for-the-valley"><img alt="A picture of the bridge over the river with people"></a><a href="/news/101-a-bridge-for-the-valley">A bridge for the valley</a><a href="/news/101-a-bridge-for-the-valley">Read more</a></div>
<div><a href="/news/102-snow"><img alt="Snow on the pass at last"></a></div>
<div><a href="/news/103-the-mail-is-late-again"><h3>The mail is late again</h3><p>The lead is far longer than the title, and yet the title is the title.</p></a></div></main>`)
	entries, err := ParseListing([]byte(page), "", "https://courier.example/news/", nil, Moment{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"A bridge for the valley", "Snow on the pass at last", "The mail is late again"}
	var got []string
	for _, e := range entries {
		got = append(got, e.Title)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestListingSelector(t *testing.T) {
	page := `<div class=n><h2><a href="/a?x=1&y=2#top">First  story</a></h2></div><div class=n><a href="javascript:go()">none</a></div>
<div class=n><a href="#here">here</a></div><div class=n><p>no link</p></div><div class=n><a href="//other.example/b">Second</a></div><div class=n><a href="/a?x=1&y=2">again</a></div>`
	entries, err := ParseListing([]byte(page), "text/html", "https://courier.example/list", cascadia.MustCompile("div.n"), Moment{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Link+" "+e.Title)
	}
	want := []string{"https://courier.example/a?x=1&y=2 First story", "https://other.example/b Second"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	_, err = ParseListing([]byte(page), "", "https://courier.example/", cascadia.MustCompile("p.none a"), Moment{})
	wantOutcome(t, err, NotAListing, "selector")
}

func TestListingRefuses(t *testing.T) {
	for name, page := range map[string]string{
		"empty":     "",
		"furniture": frame("<p>Nothing was written yet.</p>"),
		"growing":   strings.Repeat("<p><font x=1>", 400) + strings.Repeat("<p>x", 200_000),
		"merging":   strings.Repeat("<body a=1>", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			before := processor(t)
			_, err := ParseListing([]byte(page), "", "https://courier.example/", nil, Moment{})
			outcome := NotAListing
			if name == "merging" {
				outcome = TooCostly
			}
			wantOutcome(t, err, outcome, "")
			if took := processor(t) - before; took > 5*time.Second {
				t.Errorf("took %v of the processor", took)
			}
		})
	}
}

// processor is the time that this process has used.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestListingCharset(t *testing.T) {
	title := "Совет долины обсудил плату за мост"
	page := encode1251(`<html><head><meta charset="windows-1251"></head><body><h2><a href="/news/12345">` + title + `</a></h2></body></html>`)
	for _, contentType := range []string{"text/html; charset=windows-1251", "text/html", ""} {
		entries, err := ParseListing(page, contentType, "https://courier.example/news", nil, Moment{})
		if err != nil || entries[0].Title != title {
			t.Errorf("%q: %v, %v", contentType, entries, err)
		}
	}
}

// wantFailure checks the class of an error and a part of its text.
func wantOutcome(t *testing.T, err error, outcome Outcome, part string) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a *Failure", err)
	}
	if f.Class != Soft || f.Outcome != outcome || !f.Reached || !strings.Contains(f.Error(), part) {
		t.Errorf("got %v (class %v, reached %v), want %s with %q", f, f.Class, f.Reached, outcome, part)
	}
}

func FuzzListing(f *testing.F) {
	for _, l := range layouts() {
		f.Add([]byte(l.html), l.url)
	}
	f.Add([]byte("<base href=x><a href=/1></a><a href=?id=5>a b c d e f g h i j</a>"), "http://[::1]/")
	f.Fuzz(func(t *testing.T, body []byte, address string) {
		entries, err := ParseListing(body, "text/html", address, nil, readAt)
		if err == nil && len(entries) == 0 {
			t.Error("neither entries nor an error")
		}
		checkEntries(t, entries)
		if next := (Paper{Body: body, URL: address, Part: 1}).nextPage(); next != "" {
			checkEntries(t, []Entry{{Link: next}})
		}
	})
}

// checkEntries checks what holds for every entry of whatever endpoint.
func checkEntries(t *testing.T, entries []Entry) {
	t.Helper()
	for _, e := range entries {
		for _, s := range append([]string{e.Link, e.GUID, e.Title, e.Summary, e.Content, e.Language}, e.Authors...) {
			if !utf8.ValidString(s) {
				t.Fatalf("not UTF-8: %q", s)
			}
		}
		if e.Link != "" {
			if u, err := parseAbsolute(e.Link); err != nil || u.Host == "" {
				t.Fatalf("not absolute: %q", e.Link)
			}
		}
	}
}

// TestPageTitle: a page is called as it calls its site, else as it calls itself.
func TestPageTitle(t *testing.T) {
	for page, want := range map[string]string{
		`<head><title> Home | The Ledger </title><meta property="og:site_name" content=" The Ledger ">`: "The Ledger",
		`<head><meta property="og:site_name" content=""><title>Ledger &amp; Son</title><body>`:          "Ledger & Son",
		`<title></title><meta property="og:title" content="Home"><body><title>no</title>`:               "",
		`plain text`: "",
	} {
		if got := pageTitle([]byte(page), "text/html"); got != want {
			t.Errorf("%s is called %q, want %q", page, got, want)
		}
	}
}
