package fetcher

import (
	"fmt"
	"net/url"
	"strings"
)

var headlinesKk = []string{
	"Сарытау асуындағы бекет жөндеуден кейін ашылды", "Жоғарғы аңғар кеңесі көпір ақысын талқылады", "Шабармандар екі бекет арасында рекорд жаңартты",
	"Қарабұлақта су туралы келіссөз аяқталды", "Шекара бекеті малшылар үшін ұзағырақ ашық", "Базар күні ауысты",
}

// moreLayouts are further index pages: how publishers of the region and institutes write theirs, in own words.
func moreLayouts() []layout {
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

	add("media blocks with a picture link", site+"/z/642", "2026-11-20", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div id="page"><div class="hdr-20"><a class="hdr-20__logo" href="/">Courier</a></div><ul class="media-blocks">`)
		for i, h := range headlinesRu {
			link := fmt.Sprintf("/a/%s/3255%d.html", slugs[i], 1200+i)
			fmt.Fprintf(b, `<li class="archive-list__item"><div class="media-block"><a href="%[1]s" class="img-wrap"><img alt="%[2]s" src="t.jpg"></a>
<div class="media-block__content"><span class="date">%[3]d ноября 2026</span><a href="%[1]s"><h4 class="media-block__title">%[2]s</h4><p>Что об этом известно.</p></a></div></div></li>`, link, h, 20-i)
			want(link)
		}
		b.WriteString(`</ul><p class="buttons btn--load-more"><a class="link-showMore" href="/z/642?p=1">Показать больше материалов этого раздела</a></p><a href="/programs/tv">Все программы телевидения и радио</a></div>`)
	})
	add("rows of times of a mobile wire", "https://m.wire.example/", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div id="last_news">`)
		for i, h := range headlinesRu {
			fmt.Fprintf(b, `<div class="simple-news-row"><span>1%d:20</span> <a class="title" href="/news:%d?f=cp">%s</a></div>`, i, 2210300+i, h)
			want(fmt.Sprintf("/news:%d?f=cp", 2210300+i))
		}
		b.WriteString(`</div><div class="bottom-menu"><a href="/cat:2">Экономика и бизнес страны</a><a href="/full">Полная версия сайта</a></div>`)
	})
	add("slugs with hashes at the end", "https://www.habar.example/ru/", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="main-grid"><div class="news-lenta"><h2>Лента новостей</h2>`)
		for i, h := range headlinesRu {
			link := fmt.Sprintf("/ru/%s-%x", slugs[i], 0xa1b2c3d0+i)
			fmt.Fprintf(b, `<div class="news-lenta__item"><a href="%s"><span class="lenta-date">%d Ноября 2026 | 1%d:05</span> %s</a></div>`, link, 21-i, i, h)
			want(link)
		}
		b.WriteString(`</div></div><div class="cats"><a href="/ru/category/politika_s1">Политика государства и права</a><a href="/ru/tag/prezident_t300">Президент страны</a></div>`)
	})
	add("dates in the path, blocks of a grid", "https://news.example.uz/uz/news", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="news-page__list">`)
		for i := range 7 {
			link := fmt.Sprintf("/uz/news/2026/11/%02d/%s", 21-i, slugs[i])
			fmt.Fprintf(b, `<a class="news-page__item" href="%s"><img src="x.webp"><div class="gray-text"><p>1%d:09 / %02d.11.2026</p></div><h3 class="news-page__item-title">Vodiy kengashi %d-yig'ilishda ko'prik haqini muhokama qildi</h3></a>`, link, i, 21-i, i+1)
			want(link)
		}
		b.WriteString(`</div><button class="load-more">Ko'proq</button><a href="/uz/news/category/iqtisodiyot">Iqtisodiyot va moliya bo'limi</a>`)
	})
	add("digest of others with numbers and slugs", "https://radar.example/", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<table id="layout"><tr><td class="col-left">`)
		for i, h := range headlinesRu {
			link := fmt.Sprintf("/news/full/%d-%s.html", 58000+i, slugs[i])
			fmt.Fprintf(b, `<div class="nblock"><div class="nt"><a href="%s">%s</a></div><div class="ns">Источник: <a href="http://other%d.example/">другое издание</a></div></div>`, link, h, i)
			want(link)
		}
		b.WriteString(`</td><td class="col-right"><a href="/authors/">Авторы</a><a href="/regions/kg/">Горная страна</a><a href="/news/full/archive.html">Архив</a></td></tr></table>`)
	})
	add("documents with ids and comments", "https://cactus.example/?lable=8", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="Tag--articles">`)
		for i, h := range headlinesRu {
			link := fmt.Sprintf("/doc/%d_%s.html", 530100+i, strings.ReplaceAll(slugs[i], "-", "_"))
			fmt.Fprintf(b, `<div class="Tag--article"><div class="ArticleItem"><div class="ArticleItem--data"><div class="ArticleItem--time">Сегодня, 1%[3]d:40</div><div class="ArticleItem--comments"><a href="%[1]s#comments">%[3]d</a></div></div>
<a class="ArticleItem--image" href="%[1]s"><img src="p.jpg"></a><a class="ArticleItem--name" href="%[1]s">%[2]s</a></div></div>`, link, h, i)
			want(link)
		}
		b.WriteString(`</div>`)
	})
	add("pictures that carry the link", "https://institute.example.org/analysis", "2026-11-20", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="view-content">`)
		for i, h := range headlinesEn {
			link := "/analysis/" + slugs[i]
			fmt.Fprintf(b, `<div class="teaser"><div class="teaser__image"><a href="%s"><img src="p.jpg" alt="%s"></a></div><div class="teaser__body"><h3>%s</h3><p class="contributors">By <a href="/people/dana-specimen">Dana Specimen</a> — November %d, 2026</p></div></div>`, link, h, h, 20-i)
			want(link)
		}
		b.WriteString(`</div><ul class="pager__items"><li><a class="pager__link" href="?page=1">Next</a></li></ul>`)
	})
	add("months in the path", "https://www.globe.example/world/index.html", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="level01_list">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/page/202611/13%05d.shtml", 21000+i)
			fmt.Fprintf(b, `<div class="list_info"><a class="new_title_ms" target="_blank" href="%s">%s</a><p>By Ledger desk</p><div class="source_time">By Ledger | 2026/11/%d 21:38:48</div></div>`, link, h, 21-i)
			want(link)
		}
		b.WriteString(`</div><div class="row-fluid"><a href="/world/americas/index.html">Americas</a><a href="/world/asia-pacific/index.html">Asia-Pacific and the islands</a></div>`)
	})
	add("lists of a wire with folders of days", "https://english.wire.example/asia/", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="bg"><div class="headnews-left">`)
		for i, h := range headlinesEn {
			if i == 1 {
				b.WriteString(`</div><ul class="txtList">`)
			}
			link := fmt.Sprintf("/asia/202611%02d/%032x/c.html", 21-i, 1234567+i)
			if i == 0 {
				fmt.Fprintf(b, `<div class="tit"><a href="%s">%s</a></div>`, link, h)
			} else {
				fmt.Fprintf(b, `<li><a href="%s">%s</a></li>`, link, h)
			}
			want(link)
		}
		b.WriteString(`</ul></div><div class="part"><a href="/photos/index.htm">Photos of the week</a><a href="/video/index.htm">Video of the week</a></div>`)
	})
	add("research cards", "https://war.example.org/research", "2026-11-19", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<section data-name="library"><div class="cards">`)
		for i, h := range headlinesEn {
			link := "https://war.example.org/research/valley/" + slugs[i] + "/"
			fmt.Fprintf(b, `<div class="research-card-loop"><a class="research-card-category" href="https://war.example.org/topic/valley/">Valley and the passes</a><h3 class="research-card-title"><a href="%s">%s</a></h3><p class="research-card-post-date">November %d, 2026</p></div>`, link, h, 19-i)
			want("/research/valley/" + slugs[i] + "/")
		}
		b.WriteString(`</div></section>`)
	})
	add("drupal nodes", "https://peace.example.org/news/past", "2026-11-20", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="view-news"><div class="view-content">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/node/%d", 6100+i)
			fmt.Fprintf(b, `<div class="views-row"><div class="views-field-title"><span class="field-content"><h3><a href="%s" hreflang="en">%s</a></h3></span></div><div class="views-field-created"><time datetime="2026-11-%02dT12:00:00Z">%d November 2026</time></div></div>`, link, h, 20-i, 20-i)
			want(link)
		}
		b.WriteString(`</div><nav class="pager" role="navigation"><a href="?page=1" rel="next">Next ›</a></nav></div>`)
	})
	add("more links behind excerpts", "https://review.example.com/category/world/", "2026-11-21", func(b *strings.Builder, want func(string)) {
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/%d112026-%s/", 21-i, slugs[i])
			fmt.Fprintf(b, `<div class="post"><span class="thedate">November %d, 2026</span> <span class="the-author">by <a href="/author/desk/" rel="author">The desk of the review</a></span><h2>%s</h2><p>First words of the text … <a class="more-link" href="%s">Read more</a></p><a href="%s#respond">Leave a comment</a></div>`, 21-i, h, link, link)
			want(link)
		}
		b.WriteString(`<div class="navigation"><span class="previous"><a href="/category/world/page/2/">Older posts of this category</a></span></div>`)
	})
	add("featured cards with a wrapping link", "https://today.example.uz/en", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="section-pages__wrapper">`)
		for i, h := range headlinesEn {
			link := "/en/" + slugs[i]
			fmt.Fprintf(b, `<a class="featured-card" href="%s"><div class="featured-card__image" style="background:url(x.jpg)"></div><h2 class="featured-card__title">%s</h2><time class="featured-card__time">Today, 1%d:30</time></a>`, link, h, i)
			want(link)
		}
		b.WriteString(`</div>`)
	})
	add("small news of an agency", "https://agency.example.uz/ru", "2026-11-20", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="last-news-list">`)
		for i, h := range headlinesRu {
			link := fmt.Sprintf("/ru/posts/%s_%d", slugs[i], 660100+i)
			fmt.Fprintf(b, `<div class="small-news"><div class="small-news__date">1%d:15 / Вчера</div><a class="small-news__title" href="%s">%s</a></div>`, i, link, h)
			want(link)
		}
		b.WriteString(`</div><div class="header-news"><a href="/ru/categories/politics">Политика</a><a href="/ru/categories/society-and-law">Общество и право</a></div>`)
	})
	add("query pages of an organisation", "https://www.union.example.org/index.php?view=page&t=press_releases", "2026-11-18", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<table class="list">`)
		for i, h := range headlinesEn {
			fmt.Fprintf(b, `<tr><td class="d">%d.11.2026</td><td><a href="/index.php?view=article&id=%d&t=press_releases">%s</a></td></tr>`, 18-i, 1400+i, h)
			want(fmt.Sprintf("/index.php?view=article&id=%d&t=press_releases", 1400+i))
		}
		b.WriteString(`</table><a href="/index.php?view=page&t=about">About the union and its members</a> <a href="/index.php?view=page&t=members">Member states of the union</a>`)
	})
	add("posts with numbers in the middle", "https://gov.example.tm/en", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="container"><div class="row">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/en/post/%d/%s", 98000+i, slugs[i])
			fmt.Fprintf(b, `<div class="col-md-6"><div class="media"><div class="media-left"><a href="%s"><img src="x.jpg" alt=""></a></div><div class="media-body"><p class="date">%d.11</p><h4><a href="%s">%s</a></h4></div></div></div>`, link, 21-i, link, h)
			want(link)
		}
		b.WriteString(`</div></div><div><a href="/en/habarlar">News</a><a href="/en/magazine">The magazine of the country</a></div>`)
	})
	add("ministry with plain numbers", "https://www.mfa.example.tm/en", "2026-11-20", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="news-block"><h2>News of the ministry</h2>`)
		for i, h := range headlinesEn {
			fmt.Fprintf(b, `<div class="n"><a href="/en/news/%d">%s</a><span>%d November</span></div>`, 4700+i, h, 20-i)
			want(fmt.Sprintf("/en/news/%d", 4700+i))
		}
		b.WriteString(`</div><div class="side"><a href="/en/articles/2">Foreign policy of the country and neutrality</a><a href="/en/articles/3">Consular questions and visas</a></div>`)
	})
	add("wordpress with plain permalinks", "https://centre.example.tj/?cat=73", "2026-11-17", func(b *strings.Builder, want func(string)) {
		for i, h := range headlinesRu {
			fmt.Fprintf(b, `<div class="post" id="post-%[1]d"><h2><a href="https://centre.example.tj/?p=%[1]d" rel="bookmark">%[2]s</a></h2><small>%[3]d ноября 2026</small><div class="entry"><p>Начало заметки.</p></div><p class="postmetadata">Рубрика: <a href="https://centre.example.tj/?cat=73" rel="category">Аналитика и прогнозы</a></p></div>`, 9100+i, h, 17-i)
			want(fmt.Sprintf("/?p=%d", 9100+i))
		}
	})
	add("joomla items", "http://oldnews.example.kg/index.php/obshchestvo", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div id="k2Container" class="itemListView">`)
		for i, h := range headlinesRu {
			link := fmt.Sprintf("/index.php/obshchestvo/item/%d-%s.html", 77100+i, slugs[i])
			fmt.Fprintf(b, `<div class="itemContainer"><div class="catItemHeader"><span class="catItemDateCreated">%d ноября 2026</span><h3 class="catItemTitle"><a href="%s">%s</a></h3></div><div class="catItemReadMore"><a class="k2ReadMore" href="%s">Подробнее ...</a></div></div>`, 21-i, link, h, link)
			want(link)
		}
		b.WriteString(`</div><div class="k2Pagination"><ul><li><a href="/index.php/obshchestvo?start=10">2</a></li><li><a href="/index.php/obshchestvo?start=10">Вперёд</a></li></ul></div>`)
	})
	add("elements of a shop system", "https://portal.example.kz/press/news/", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="news-list">`)
		for i, h := range headlinesRu {
			link := fmt.Sprintf("/press/news/detail.php?ELEMENT_ID=%d", 31000+i)
			fmt.Fprintf(b, `<p class="news-item" id="bx_%d"><span class="news-date-time">%02d.11.2026</span> <a href="%s"><b>%s</b></a><br>Коротко о том же.</p>`, i, 21-i, link, h)
			want(link)
		}
		b.WriteString(`</div><font class="text">Новости 1 - 7 из 900<br>Начало | Пред. | <a href="/press/news/?PAGEN_1=2">След.</a> | <a href="/press/news/?PAGEN_1=129">Конец</a></font>`)
	})
	add("chinese titles", "https://www.paper.example.cn/yw/", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<ul class="list">`)
		for i, h := range []string{"河谷议会就大桥通行费进行表决", "山口驿站修复后重新开放", "骑马信使打破两站之间的纪录", "边境站延长牧民通行时间", "水资源谈判无果而终"} {
			link := fmt.Sprintf("/yw/2026-11/%02d/content_%d.htm", 21-i, 7700100+i)
			fmt.Fprintf(b, `<li><a href="%s">%s</a><span>2026-11-%02d</span></li>`, link, h, 21-i)
			want(link)
		}
		b.WriteString(`</ul><div class="page"><a href="index_2.htm">下一页</a></div>`)
	})
	add("persian with encoded slugs", "https://khabar.example.ir/latest", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="box" dir="rtl"><ul>`)
		for i, h := range []string{"ایستگاه گردنه پس از تعمیر باز شد", "شورای دره درباره عوارض پل رای داد", "پیک\u200cهای سوار رکورد را شکستند", "گفت\u200cوگوهای آب بی\u200cنتیجه ماند"} {
			link := fmt.Sprintf("/news/8%07d/%s", 5510+i, url.PathEscape(strings.ReplaceAll(h, " ", "-")))
			fmt.Fprintf(b, `<li class="news"><figure><a href="%s"><img src="x.jpg"></a></figure><div class="desc"><h3><a href="%s">%s</a></h3></div></li>`, link, link, h)
			want(fmt.Sprintf("/news/8%07d/%s", 5510+i, strings.ReplaceAll(h, " ", "-")))
		}
		b.WriteString(`</ul></div>`)
	})
	add("kazakh with days in words", "https://tan.example.kz/", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="feed">`)
		for i, h := range headlinesKk {
			day := []string{"Бүгін, 14:20", "Бүгін, 11:05", "Кеше, 18:30", "19 қараша, 09:00", "18 қараша, 10:10", "17 қараша"}[i]
			link := fmt.Sprintf("/%s", slugs[i])
			fmt.Fprintf(b, `<article class="feed-item"><div class="feed-item__time">%s</div><h2><a href="%s">%s</a></h2></article>`, day, link, h)
			want(link)
		}
		b.WriteString(`</div><a class="feed-more" href="/page/2">Тағы жүктеу</a>`)
	})
	add("days as headings", "https://chronicle.example.kg/lenta", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="stream"><div class="stream-day">Сегодня</div>`)
		for i, h := range headlinesRu {
			if i == 3 {
				b.WriteString(`<div class="stream-day">20 ноября</div>`)
			}
			fmt.Fprintf(b, `<div class="stream-row"><i>1%d:0%d</i><a href="/lenta/%d">%s</a></div>`, i, i, 9900+i, h)
			want(fmt.Sprintf("/lenta/%d", 9900+i))
		}
		b.WriteString(`</div>`)
	})
	add("sticky item and an ever longer list", "https://flow.example.uz/", "2026-11-01", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="sticky-news is-pinned"><a href="/p/special-report-of-the-year"><span class="badge">Muhim</span><h2>Vodiy kengashining yil bo'yicha katta hisoboti</h2></a><span>01.11.2026</span></div><div id="infinite" data-next="/feed?offset=40">`)
		want("/p/special-report-of-the-year")
		for i := range 40 {
			link := fmt.Sprintf("/p/vodiy-yangiliklari-%d-son", 400-i)
			fmt.Fprintf(b, `<div class="card"><a href="%s"><h3>Vodiy yangiliklari: %d-sonli xabar va uning tafsiloti</h3></a><span class="ago">%d soat oldin</span></div>`, link, 400-i, i+1)
			want(link)
		}
		b.WriteString(`</div><a class="loadmore" href="/feed?offset=40">Yana yuklash</a>`)
	})
	add("hours ago", "https://quick.example.com/news", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<section class="list">`)
		for i, h := range headlinesEn {
			link := "/news/" + slugs[i]
			fmt.Fprintf(b, `<div class="story"><h3><a href="%s">%s</a></h3><span class="when">%d hours ago</span> <a class="cat" href="/category/valley">Valley</a></div>`, link, h, i+1)
			want(link)
		}
		b.WriteString(`</section>`)
	})
	add("press releases with search images", "https://www.security.example.org/press-releases", "2026-11-19", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="search-results">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/office-in-the-valley/%d", 602100+i)
			fmt.Fprintf(b, `<div class="search-result"><div class="search-image"><a href="%s"><img alt="%s" src="s.jpg"></a></div><div class="search-title"><a href="%s">%s</a></div><div class="search-date">%d November 2026</div><div class="search-types"><a href="/press-releases">Press release</a></div></div>`, link, h, link, h, 19-i)
			want(link)
		}
		b.WriteString(`</div><li class="pager-next"><a href="/press-releases?page=1">next</a></li>`)
	})
	add("office with twins in three languages", "https://president.example.kz/en/events", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="langs"><a href="/kz/events">Қазақша</a><a href="/ru/events">Русский</a></div><div class="event-list">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/en/%s-%d", slugs[i], 2110045+i)
			fmt.Fprintf(b, `<div class="event_item"><span class="event_item__date">%d November</span><h3><a href="%s">%s</a></h3></div>`, 21-i, link, h)
			want(link)
		}
		b.WriteString(`</div><a href="/en/president/biography">Biography of the president</a> <a href="/en/constitution-and-laws">Constitution and laws</a>`)
	})
	add("reports in tiles with files", "https://bank.example.org/en/analytics/special-reports/", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="tiles">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/en/analytics/special-reports/%s/", slugs[i])
			fmt.Fprintf(b, `<div class="tile"><a class="tile__pic" href="%s"></a><a class="tile__name" href="%s">%s</a><a class="tile__file" href="/upload/report_%d.pdf">Download the report as a file (PDF, 4 MB)</a></div>`, link, link, h, i)
			want(link)
		}
		b.WriteString(`</div>`)
	})
	add("livejournal of a blogger", "https://steppe.journal.example/", "2026-11-21", func(b *strings.Builder, want func(string)) {
		for i, h := range headlinesRu {
			link := fmt.Sprintf("https://steppe.journal.example/%d.html", 4418100+i)
			fmt.Fprintf(b, `<dl class="entry"><dt class="entry-title"><a href="%s" class="subj-link">%s</a></dt><dd><abbr class="published">%d ноября 2026, 10:0%d</abbr><p>Первые слова.</p><a href="%s#comments">Оставить комментарий к записи</a> <a href="https://steppe.journal.example/tag/valley">долина</a></dd></dl>`, link, h, 21-i, i, link)
			want(fmt.Sprintf("/%d.html", 4418100+i))
		}
		b.WriteString(`<a href="https://steppe.journal.example/?skip=10">Предыдущие десять записей журнала</a>`)
	})
	add("headlines above, brief list beside", "https://daily.example.af/", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="blog-posts">`)
		for i, h := range headlinesEn {
			if i == 4 {
				b.WriteString(`</div><div class="sidebar-latest"><h4>Latest</h4><ul class="mvp-blog-story-list">`)
			}
			link := fmt.Sprintf("/%s/", slugs[i])
			if i < 4 {
				fmt.Fprintf(b, `<div class="post"><h2 class="blog-title"><a href="%s">%s</a></h2><span class="posted-on">%d Nov 2026</span></div>`, link, h, 21-i)
			} else {
				fmt.Fprintf(b, `<li class="mvp-blog-story-wrap"><a href="%s"><h2>%s</h2></a></li>`, link, h)
			}
			want(link)
		}
		b.WriteString(`</ul></div>`)
	})
	add("archive of publications with items", "https://studies.example.org/publications.html", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="items-leading">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/publications/item/%d-%s.html", 13400+i, slugs[i])
			fmt.Fprintf(b, `<p><a href="%s"><em>%s</em></a>, Silk Paper, by A. Specimen and B. Sample</p>`, link, h)
			want(link)
		}
		b.WriteString(`</div><a href="/publications/joint-centre-publications/monographs.html">Monographs</a>`)
	})
	add("spa that was rendered, hashed classes", "https://app.example.kz/news", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div id="__next"><div class="sc-1a2b">`)
		for i, h := range headlinesRu {
			link := fmt.Sprintf("/news/%s", url.PathEscape(strings.ToLower(strings.ReplaceAll(h, " ", "-"))))
			fmt.Fprintf(b, `<div class="sc-%xq"><a class="sc-77x" href="%s"><div class="sc-9z"><span>%s</span></div></a><div class="sc-5t">%02d.11.2026 1%d:00</div></div>`, 4096+i, link, h, 21-i, i)
			want("/news/" + strings.ToLower(strings.ReplaceAll(h, " ", "-")))
		}
		b.WriteString(`</div></div>`)
	})
	add("ticker in the header, blocks below", "https://tele.example.az/", "", func(b *strings.Builder, want func(string)) {
		titles := []string{"Vadi şurası körpü haqqını müzakirə etdi", "Aşırımdakı stansiya təmirdən sonra açıldı", "Atlı çaparlar rekordu yenilədi", "Su danışıqları nəticəsiz bitdi", "Sərhəd məntəqəsinin iş saatı artırıldı", "Bazar günü dəyişdi"}
		b.WriteString(`<html><body><header><div class="ticker"><a href="/az/sosial/771205.html">Bazar günü dəyişdi</a></div><nav><a href="/az/siyaset">Siyasət</a><a href="/az/sosial">Sosial həyat xəbərləri</a></nav></header><div class="content">`)
		for i, h := range titles {
			link := fmt.Sprintf("/az/sosial/%d.html", 771200+i)
			fmt.Fprintf(b, `<div class="col"><a href="%s"><img src="x.jpg"><span class="cap">%s</span></a></div>`, link, h)
		}
		want("/az/sosial/771205.html")
		for i := range 5 {
			want(fmt.Sprintf("/az/sosial/%d.html", 771200+i))
		}
		b.WriteString(`</div></body></html>`)
	})
	add("great menu, hot tags, short titles", "https://ulke.example.tm/", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="topline"><ul class="mega"><li><a href="/ykdysadyyet-we-maliye">Ykdysadyýet we maliýe</a></li><li><a href="/medeniyet-we-sungat">Medeniýet we sungat</a></li><li><a href="/bilim-we-ylym">Bilim we ylym</a></li></ul></div>
<div class="hot"><a href="/tag/kopri-ucin-toleg">#köpri üçin töleg</a><a href="/tag/suw">#suw</a></div><div class="grid">`)
		for i, h := range []string{"Köpri açyldy", "Suw gepleşigi gutardy", "Çaparlar rekord goýdy", "Bazar güni üýtgedi", "Garly geçelge ýapyldy", "Serhet posty uzak işleýär"} {
			link := fmt.Sprintf("/habar/%d/%s", 20110+i, strings.ToLower(strings.Fields(h)[0]))
			fmt.Fprintf(b, `<div class="cell"><a href="%s"><img src="x.jpg"></a><div class="cell-t"><a href="%s">%s</a></div></div>`, link, link, h)
			want("/habar/" + fmt.Sprint(20110+i) + "/" + strings.ToLower(strings.Fields(h)[0]))
		}
		b.WriteString(`</div>`)
	})
	add("single words for slugs", "https://weekly.example.org/stories", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<main><ol class="stories">`)
		for i, word := range []string{"avalanche", "couriers", "tolls", "herders", "bazaar", "glacier"} {
			fmt.Fprintf(b, `<li class="stories__one"><h2><a href="/stories/%s">%s</a></h2><p>A summary of two lines.</p></li>`, word, headlinesEn[i])
			want("/stories/" + word)
		}
		b.WriteString(`</ol></main><div class="about-box"><a href="/about/history-of-the-weekly">The history of the weekly and its founders</a></div>`)
	})
	add("numbers of a news engine in the query", "http://engine.example.kg/", "2026-11-20", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div id="dle-content">`)
		for i, h := range headlinesRu {
			fmt.Fprintf(b, `<div class="base shortstory"><div class="headbar"><h3><a href="/index.php?newsid=%[1]d">%[2]s</a></h3><b>Категория: <a href="/index.php?do=cat&category=society">Общество и люди</a></b> <i>Вчера, 1%[3]d:02</i></div><div class="storybody">Текст.</div><a href="/index.php?newsid=%[1]d#comment">Комментарии (0)</a> <a href="/index.php?do=addnews">Добавить новость</a></div>`, 4400+i, h, i)
			want(fmt.Sprintf("/index.php?newsid=%d", 4400+i))
		}
		b.WriteString(`<div class="navigation"><a href="/page/2/">2</a><a href="/page/3/">3</a></div></div>`)
	})
	add("experts beside commentaries", "https://council.example.eu/commentary/", "2026-11-20", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="list">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/article/commentary_%s/", strings.ReplaceAll(slugs[i], "-", "_"))
			fmt.Fprintf(b, `<div class="post post-commentary"><div class="post-date">%d November 2026</div><h2 class="post-title"><a href="%s">%s</a></h2><div class="post-authors"><a href="/profile/dana_specimen/">Dana Specimen</a>, <a href="/profile/ulan_sample_maker/">Ulan Sample-Maker</a></div></div>`, 20-i, link, h)
			want(link)
		}
		b.WriteString(`</div><div class="programmes"><a href="/wider-europe-programme/">Wider Europe programme of the council</a><a href="/asia-programme/">Asia programme of the council</a></div>`)
	})
	add("uppercase folders and letters in ids", "https://www.news.example.ir/en", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<section class="LatestNews"><ul class="NewsList">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/en/news/2026/11/%d/33%05d/%s", 21-i, 4100+i, slugs[i])
			fmt.Fprintf(b, `<li class="NewsItem"><a href="%s" title="%s"><img src="t.jpg" alt=""></a><div><h4><a href="%s">%s</a></h4><time>%d:45</time></div></li>`, link, h, link, h, 10+i)
			want(link)
		}
		b.WriteString(`</ul><a class="MoreNews" href="/en/allstories">All stories of today and before</a></section>`)
	})
	add("days in eight digits, tags and authors about", "https://plus.example.tj/ru/", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="wrapper"><div class="top-tags"><a href="/ru/news/tags/voda">Водные ресурсы страны</a> <a href="/ru/news/tags/granica">Граница и соседи</a></div><div class="news-feed">`)
		for i, h := range headlinesRu {
			link := fmt.Sprintf("/ru/news/tajikistan/security/202611%02d/%s", 21-i, slugs[i])
			fmt.Fprintf(b, `<div class="news-feed__item"><a class="news-feed__rubric" href="/ru/news/tajikistan/security">Безопасность</a><a class="news-feed__title" href="%s">%s</a><span class="news-feed__author"><a href="/ru/authors/dana-obraztsova">Дана Образцова</a></span></div>`, link, h)
			want(link)
		}
		b.WriteString(`</div></div>`)
	})
	add("short hashes of a great broadcaster", "https://www.air.example.co.uk/uzbek", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<header><nav><a href="/uzbek/topics/c404v74nk56t">Markaziy Osiyo xabarlari</a><a href="/uzbek/topics/cnq68k44d22t">Jahon va iqtisod</a></nav></header><main><section><ul>`)
		for i, h := range []string{"Vodiy kengashi ko'prik haqini muhokama qildi", "Dovondagi bekat ta'mirdan keyin ochildi", "Otliq choparlar rekordni yangiladi", "Suv muzokaralari natijasiz tugadi", "Chegara posti ish vaqtini uzaytirdi", "Bozor kuni ko'chirildi"} {
			link := fmt.Sprintf("/uzbek/articles/c%dx7y%dz3w%do", i+2, 9-i, i)
			fmt.Fprintf(b, `<li><div class="promo"><img src="i.webp"><div class="text"><h3><a href="%s">%s</a></h3><time datetime="2026-11-%02d">%d noyabr 2026</time></div></div></li>`, link, h, 21-i, 21-i)
			want(link)
		}
		b.WriteString(`</ul></section></main><footer><a href="/uzbek/help-privacy-and-conditions">Foydalanish shartlari va maxfiylik</a></footer>`)
	})
	add("filters of an institute", "https://east.example.pl/en/publications?f%5B0%5D=areas%3A399", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="facets"><a href="/en/publications?f%5B0%5D=areas%3A399&f%5B1%5D=type%3A12">Commentaries of the institute (120)</a><a href="/en/publications?f%5B0%5D=areas%3A401">Russia and its neighbours (980)</a></div><div class="results">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/en/publications/commentary/2026-11-%02d/%s", 21-i, slugs[i])
			fmt.Fprintf(b, `<div class="result"><span class="kind">Commentary</span><span class="date">2026-11-%02d</span><h2><a href="%s">%s</a></h2><div class="people"><a href="/en/experts/dana-specimen">Dana Specimen</a></div></div>`, 21-i, link, h)
			want(link)
		}
		b.WriteString(`</div>`)
	})
	add("stories of the nations", "https://news.world.example.org/en/news/region/asia-pacific", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="view-rows">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/en/story/2026/11/116%04d", 6010+i)
			fmt.Fprintf(b, `<article class="row"><a href="%s"><img alt="%s" src="p.jpg"></a><div><h2 class="node__title"><a href="%s"><span>%s</span></a></h2><time class="datetime">%d November 2026</time><a class="topic" href="/en/news/topic/peace-and-security">Peace and Security</a></div></article>`, link, h, link, h, 21-i)
			want(link)
		}
		b.WriteString(`</div><ul class="pagination"><li><a href="?page=1" title="Go to next page">Next page</a></li></ul>`)
	})
	add("analysis beside a menu of long names", "https://review.example.asia/en/", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div class="menu-main-container"><ul><li><a href="/en/category/analytical-materials">Analytical materials of our experts</a></li><li><a href="/en/category/youth-and-peace-building">Youth councils and peace-building in the valley</a></li><li><a href="/en/about-the-project">About the project and its donors</a></li></ul></div><div class="td-block">`)
		for i, h := range headlinesEn {
			link := "/en/" + slugs[i]
			fmt.Fprintf(b, `<div class="td_module_%d"><div class="td-module-thumb"><a href="%s" title="%s"><img src="x.jpg"></a></div><h3 class="entry-title td-module-title"><a href="%s">%s</a></h3></div>`, i%3, link, h, link, h)
			want(link)
		}
		b.WriteString(`</div>`)
	})
	add("journal of articles", "https://journal.example.org/issues/current", "", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<h1>Volume 12, Issue 4</h1><div class="toc">`)
		for i, h := range headlinesEn {
			link := fmt.Sprintf("/doi/full/10.5555/0%d.2026.2%04d", 2634937, 4100+i)
			fmt.Fprintf(b, `<div class="toc-item"><a class="ref" href="%s"><span class="hlFld-Title">%s</span></a><div class="authors"><a href="/action/doSearch?ContribAuthor=Specimen">Dana Specimen</a></div><a href="/doi/pdf/10.5555/0%d.2026.2%04d">PDF</a> <a href="/doi/abs/10.5555/0%d.2026.2%04d">Abstract</a></div>`, link, h, 2634937, 4100+i, 2634937, 4100+i)
			want(link)
		}
		b.WriteString(`</div>`)
	})
	add("front page of a tajik agency", "https://havo.example.tj/", "2026-11-21", func(b *strings.Builder, want func(string)) {
		b.WriteString(`<div id="wrap"><div class="menu1"><a href="/tj/category/siyosat">Сиёсат</a> <a href="/tj/category/iqtisod-va-tijorat">Иқтисод ва тиҷорат</a></div>`)
		for i, h := range []string{"Истгоҳи ағба пас аз таъмир кушода шуд", "Шӯрои водӣ пули гузарро баррасӣ кард", "Чопарони савора рекорд гузоштанд", "Гуфтушунид оид ба об бенатиҷа анҷомид", "Бозор кӯчид"} {
			link := fmt.Sprintf("/tj/2026/11/%s/", slugs[i])
			fmt.Fprintf(b, `<div class="post-box"><span class="post-date">Имрӯз, 1%d:00</span><h4><a href="%s">%s</a></h4></div>`, i, link, h)
			want(link)
		}
		b.WriteString(`</div>`)
	})
	return all
}
