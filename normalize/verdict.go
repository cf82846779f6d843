package normalize

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// foreign says what a body is if it is no web page, else "".
func foreign(body []byte, contentType string) string {
	head := bytes.TrimLeft(body[:min(len(body), 1024)], "\ufeff \t\r\n")
	for _, m := range []struct{ magic, what string }{
		{"%PDF-", "PDF"}, {"PK\x03\x04", "archive or office document"}, {"\x1f\x8b", "gzip"}, {"\x89PNG", "image"}, {"GIF8", "image"},
		{"\xff\xd8\xff", "image"}, {"RIFF", "media"}, {"\xd0\xcf\x11\xe0", "office document"}, {"{\\rtf", "RTF"}, {"ID3", "audio"}, {"OggS", "media"},
		{"BM", ""}, {"Rar!", "archive"}, {"7z\xbc\xaf", "archive"}, {"wOFF", "font"}, {"\x00\x00\x01\x00", "image"},
	} {
		if m.what != "" && bytes.HasPrefix(head, []byte(m.magic)) {
			return m.what
		}
	}
	low := bytes.ToLower(head)
	for bytes.HasPrefix(low, []byte("<?")) || bytes.HasPrefix(low, []byte("<!--")) {
		end := []byte("?>")
		if low[1] == '!' {
			end = []byte("-->")
		}
		i := bytes.Index(low, end)
		if i < 0 {
			break
		}
		low = bytes.TrimLeft(low[i+len(end):], " \t\r\n")
	}
	for _, root := range []string{"<rss", "<feed", "<rdf:rdf", "<urlset", "<sitemapindex", "<opml", "<svg"} {
		if bytes.HasPrefix(low, []byte(root)) {
			return "XML of another kind: " + root[1:]
		}
	}
	if mt, _, err := mime.ParseMediaType(contentType); err == nil {
		switch kind, _, _ := strings.Cut(mt, "/"); {
		case kind == "image" && mt != "image/svg+xml", kind == "audio", kind == "video", kind == "font", mt == "application/pdf", mt == "application/zip":
			if !bytes.Contains(low, []byte("<html")) && !bytes.HasPrefix(low, []byte("<!doctype html")) {
				return mt
			}
		case mt == "application/json" || strings.HasSuffix(mt, "+json"):
			if len(low) > 0 && (low[0] == '{' || low[0] == '[') {
				return mt
			}
		}
	}
	if len(low) > 0 && (low[0] == '{' || low[0] == '[') && !bytes.Contains(body[:min(len(body), 64<<10)], []byte("</")) {
		return "JSON"
	}
	if enc, _, skip := marked(body); enc == nil && skip == 0 && bytes.IndexByte(head, 0) >= 0 {
		if t := http.DetectContentType(body); t == "application/octet-stream" || !strings.HasPrefix(t, "text/") {
			return "binary"
		}
	}
	return ""
}

// Challenges, walls and missing pages say the same few things. News say them too, of others: "access to the site is
// blocked", "the climber was not found". So what is ambiguous counts only as a whole headline, or where hardly
// anything else is on the page.
var (
	challengeHead = regexp.MustCompile(`(?i)^(?:just a moment.*|attention required!?|access denied|access (?:is |has been )?(?:blocked|restricted)|forbidden|403(?: forbidden)?|security (?:check|verification)|(?:are you|verify you are|confirm you are)(?: a)? (?:robot|human)\??|robot check|captcha|human verification|please wait.*|one moment,? please.*|ddos-guard|checking your browser.*|` +
		`доступ (?:ограничен|запрещ[её]н|заблокирован)|доступ к (?:сайту|странице|ресурсу) (?:временно )?(?:ограничен|запрещ[её]н|заблокирован)|вы не робот\??|я не робот|ой!?|проверка (?:браузера|безопасности)|подождите.*|сіз робот емессіз бе\??|қолжетімділік шектеулі|кіруге тыйым салынған|` +
		`(?:sign|log) ?in(?: to continue)?|login|вход|войти|авторизация|кіру|кириш|tizimga kirish)$`)
	challengeSure = regexp.MustCompile(`(?i)checking (?:if the site connection is secure|your browser before)|verify(?:ing)? (?:that )?you are (?:a )?human|needs to review the security of your connection|i'?m not a robot|you are not a (?:ro)?bot|complete the (?:captcha|security check)|solve the captcha|ddos protection by|protected by ddos-guard|` +
		`(?:please )?enable (?:java ?script|cookies)|(?:java ?script|cookies) (?:is|are|must be) (?:disabled|required|enabled|turned off)|turn on javascript|(?:site|page|app) requires javascript|need to enable javascript|without javascript|why do i have to complete|performance (?:&|and) security by|cloudflare ray id|request unsuccessful|` +
		`включите (?:поддержку )?java ?script|java ?script (?:отключ|выключ|должен|необходим)|поддержк[аиу] java ?script|что вы не робот|я не робот|проверка (?:вашего )?браузера|проверяем (?:ваш )?браузер|включите cookie|введите (?:код|символы) с картинки|` +
		`робот емес(?:сіз|тігі)|javascript.{0,20}қосыңыз|қосыңыз.{0,20}javascript|javascript.{0,30}(?:yoqing|yoqib)|robot emas(?:siz|ligi)|увімкніть javascript|javascript.{0,30}aktivieren|aktivieren sie.{0,20}javascript|activer javascript|habilit\pL+ javascript|javascript'?i? etkinle`)
	challengeMaybe = regexp.MustCompile(`(?i)access (?:to this (?:page|site|resource) )?(?:has been |is )?(?:denied|blocked|forbidden)|you have been blocked|unusual traffic|security check|captcha|bot (?:protection|verification)|` +
		`доступ (?:к (?:сайту|странице|ресурсу) )?(?:временно )?(?:ограничен|запрещ[её]н|заблокирован)|подозрительн\pL+ (?:трафик|активност)|` +
		`(?:log|sign) ?in to (?:continue|read|view|access|your)|please (?:log|sign) ?in|(?:subscribe|register) to (?:continue|read)|members only|forgot (?:your )?password|` +
		`войдите,? чтобы|авторизуйтесь|необходимо (?:войти|авторизоваться|зарегистрироваться)|забыли пароль|жүйеге кіріңіз|кіру үшін|құпия ?сөзді ұмыт|tizimga kiring|parolni unut|anmelden,? um`)
	// consentAsked is what walls of consent say, and the banners of pages that show their content all the same.
	consentAsked = regexp.MustCompile(`(?i)(?:we|our (?:site|website|partners)).{0,60}use cookies|before you continue|accept (?:all )?cookies|cookie (?:consent|settings|policy)|мы используем (?:файлы )?cookie|файлы cookie|cookie файлдарын`)
	missingHead  = regexp.MustCompile(`(?i)^(?:(?:error |ошибка |қате |хато )?404(?: error| not found)?|(?:page |file |article |post )?not found|page (?:does not|doesn'?t) exist|nothing found|no results(?: found)?|oops!?.*|(?:такая |такой |запрашиваемая |запрошенная )?(?:страница|статья|материал|новость|запись|публикация)[^.]{0,20} (?:не (?:найден\S*|существует|обнаружен\S*)|удал[её]н\S*)|(?:ничего )?не найдено|` +
		`(?:бет|парақша|мақала|сұралған бет)? ?табылмады|(?:барак|бет) табылган жок|табылган жок|(?:sahifa )?topilmadi|(?:саҳифа )?топилмади|саҳифа ёфт нашуд|sahypa tapylmady|seite nicht gefunden|page (?:introuvable|non trouvée)|página no encontrada|sayfa bulunamadı|сторінку не знайдено|页面不存在|找不到页面)[.!]?$`)
	missingText = regexp.MustCompile(`(?i)(?:page|article|document|file) (?:that )?(?:you (?:requested|are looking for|were looking for|tried to open) )?(?:(?:was|could|can|is|has|does|no longer)(?: ?not|n'?t)? )?(?:be |been )?(?:not |no longer )?(?:found|available|exists?\b|removed|deleted)|error 404|` +
		`(?:страниц[аы]|стать[яи]|материал|документ|публикаци[яи])[^.]{0,40} (?:не (?:найден|существует|обнаружен)|была удалена|был удал[её]н)|ошибка 404|(?:бет|парақша)[^.]{0,20} табылмады|(?:барак|бет)[^.]{0,15} табылган жок|sahifa[^.]{0,15} topilmadi|саҳифа[^.]{0,15} (?:топилмади|ёфт нашуд)|sahypa[^.]{0,15} tapylmady|` +
		`seite (?:wurde |konnte )?nicht gefunden|page introuvable|página no encontrada|sayfa bulunamadı|сторінк[ау] не знайден|页面不存在`)
)

// unscripted gives what a page says to readers whose browser runs no scripts.
func unscripted(n *html.Node) string {
	if n.Type == html.ElementNode && n.DataAtom == atom.Noscript {
		var b strings.Builder
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode {
				b.WriteString(c.Data)
			}
		}
		doc, _ := parse(b.String(), false)
		return textOf(doc)
	}
	var parts []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if t := unscripted(c); t != "" {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, "\n")
}

// failingHead is the headline of a site that tells of itself that it does not work.
var failingHead = regexp.MustCompile(`(?i)^(?:(?:error )?(?:500|502|503|504)\b.*|(?:internal )?server error|bad gateway|gateway time-?out|service (?:temporarily )?unavailable|temporarily unavailable|(?:database|application|critical) error|error|error establishing a database connection|` +
	`(?:(?:the |this |our )?(?:site|website|page|server) (?:is )?)?(?:currently |temporarily )?(?:down for |under |in )?(?:scheduled )?(?:maintenance|construction)(?: mode)?|(?:the |this |our )?(?:site|website|server) is (?:currently |temporarily )?(?:down|unavailable|offline|closed)|we'?ll be (?:right )?back(?: soon)?|` +
	`ошибка(?: (?:сервера|базы данных|приложения|соединения с базой данных))?|внутренняя ошибка(?: сервера)?|(?:сайт|сервис|сервер|страница) (?:временно )?недоступ(?:ен|на)|(?:на сайте )?(?:ведутся |проводятся )?технические работы|техническое обслуживание|сайт (?:закрыт )?на (?:реконструкции|обслуживании)|` +
	`қате|сервер қатесі|сайт уақытша (?:қолжетімсіз|жұмыс істемейді)|техникалық (?:жұмыстар|қызмет көрсету)(?: жүргізілуде)?|техникалык (?:иштер|тейлөө)(?: жүрүп жатат)?|сайт убактылуу иштебейт|texnik ishlar(?: olib borilmoqda)?|sayt vaqtincha ishlamayapti|корҳои техникӣ|технічні роботи|wartungsarbeiten|site en maintenance|bakım çalışması)[.!…]*$`)

// verdict says why a page should not be kept as an article, or nil. A false alarm loses an article and a miss brings
// in a listing: each sign below is weak alone, so they are added up, and the marks of an article count against them.
func (p *sheet) verdict(x *Extract) error {
	words := weight(x.Text)
	if words < 150 && !p.marked() {
		visible := 0
		for i := range p.outline.blocks {
			visible += weight(p.outline.blocks[i].text)
		}
		if err := p.notice(x, words, visible); err != nil {
			return err
		}
	}
	if p.ruled && words >= 20 {
		return nil
	}
	return p.listing(words, x)
}

// notice tells pages that speak of themselves in place of an article: challenges, walls, missing pages.
func (p *sheet) notice(x *Extract, words, visible int) error {
	heads := []string{p.title}
	heads = append(heads, separators.Split(p.claims.pageTitle, -1)...)
	for _, list := range [][]*html.Node{p.claims.h1, p.claims.h2} {
		for _, n := range list[:min(len(list), 3)] {
			heads = append(heads, textOf(n))
		}
	}
	for _, h := range heads {
		if h = strings.TrimSpace(h); missingHead.MatchString(h) {
			return fmt.Errorf("%w: page not found: %q", ErrUnavailable, h)
		} else if failingHead.MatchString(h) && words < 80 {
			return fmt.Errorf("%w: %q", ErrUnavailable, h)
		} else if challengeHead.MatchString(h) && (visible < 300 || words < 40) {
			return fmt.Errorf("%w: %q", ErrChallenge, h)
		}
	}
	all := x.Title + "\n" + x.Text
	if words < 8 && visible < 300 {
		for i := range p.outline.blocks {
			all += "\n" + p.outline.blocks[i].text
		}
	}
	if visible < 250 {
		if m := challengeSure.FindString(all); m != "" {
			return fmt.Errorf("%w: %q", ErrChallenge, m)
		}
	}
	if words >= 60 {
		return nil
	}
	if p.claims.password && visible < 250 {
		return fmt.Errorf("%w: asks for a password", ErrChallenge)
	}
	if m := missingText.FindString(all); m != "" {
		return fmt.Errorf("%w: page not found: %q", ErrUnavailable, strings.TrimSpace(m))
	}
	m := challengeMaybe.FindString(all)
	if m == "" && !p.leadsOn() {
		m = consentAsked.FindString(all)
	}
	if m != "" && visible < 250 && p.titleBlock() < 0 || m != "" && words < 20 {
		return fmt.Errorf("%w: %q", ErrChallenge, m)
	}
	return nil
}

// leadsOn reports whether a page links to several things by more than a word, as a front page does and a wall does not.
func (p *sheet) leadsOn() bool {
	const least = 3
	links := map[string]bool{}
	for i := range p.outline.blocks {
		if b := &p.outline.blocks[i]; b.runes >= 15 && b.share() >= 0.6 && !consentAsked.MatchString(b.text) {
			links[b.text] = true
		}
	}
	return len(links) >= least || p.outline.teasers >= least
}

// wordCount counts words; two characters of a script without blanks are one.
func wordCount(s string) int {
	n, wide := 0, 0
	for w := range strings.FieldsSeq(s) {
		n++
		for _, r := range w {
			if r >= 0x3040 && r < 0xA000 || r >= 0xAC00 && r < 0xD7B0 {
				wide++
			}
		}
	}
	return n + wide/2
}

// weight measures a text in words of usual length, so that languages that build long words are not taken for short.
func weight(s string) int { return max(wordCount(s), utf8.RuneCountInString(s)/7) }

// marked reports whether the page says of itself, in a way that templates do not say by default, that it is an article.
func (p *sheet) marked() bool {
	c := p.claims
	return c.article != nil && c.article.published != "" || c.get("article:published_time") != ""
}

// listing adds up the signs that a page is a listing or stands for the site itself.
func (p *sheet) listing(words int, x *Extract) error {
	c := p.claims
	var why []string
	sum, other := 0.0, false
	sign := func(w float64, what string) {
		sum += w
		if w < 0 {
			why = append(why, what)
		}
	}
	// Signs that the page is something else; without one it may be an article that is not there yet.
	elsewhere := func(w float64, what string) {
		other = other || w < 0
		sign(w, what)
	}
	if c.article != nil {
		sign(2, "")
		if c.article.published != "" {
			sign(1, "")
		}
	}
	for _, t := range c.types {
		switch t {
		case "CollectionPage", "SearchResultsPage", "ProfilePage", "ContactPage", "AboutPage":
			elsewhere(-3, "described as "+t)
		}
	}
	if strings.Contains(strings.ToLower(c.get("og:type")), "article") {
		sign(1.5, "")
	}
	if strings.EqualFold(c.get("og:type"), "website") {
		sign(-0.3, "calls itself a website")
	}
	if c.get(metaPublished[:4]...) != "" {
		sign(1.5, "")
	}
	for _, t := range c.itemTypes {
		if articleType(t) {
			sign(0.7, "")
			break
		}
	}
	if p.titleNode != nil || p.titleBlock() >= 0 {
		sign(0.7, "")
	}
	switch {
	case words >= 250:
		sign(2, "")
	case words >= 120:
		sign(1.5, "")
	case words >= 60:
		sign(1, "")
	case words >= 30:
		sign(0.3, "")
	case words >= 15:
		sign(-0.7, "hardly any text")
	case words >= 8:
		sign(-1.4, "hardly any text")
	default:
		sign(-3, "no text")
	}
	switch {
	case x.Published.Time.IsZero():
		sign(-1, "no date")
	case x.Published.Origin == FromURL || x.Published.Origin == FromPage:
		sign(0.5, "")
	}
	if len(x.Authors) > 0 {
		sign(0.5, "")
	}
	p.addressSigns(elsewhere)
	p.teaserSigns(elsewhere)
	if sum >= 0 {
		return nil
	}
	if len(why) > 4 {
		why = why[:4]
	}
	if !other {
		return fmt.Errorf("%w: %s", ErrEmpty, strings.Join(why, ", "))
	}
	return fmt.Errorf("%w: %s", ErrNotArticle, strings.Join(why, ", "))
}

var (
	sectionWord = regexp.MustCompile(`(?i)^(?:tags?|tegs?|category|categories|kategoriya|topics?|temy?|rubrics?|rubrika|section|sections|search|poisk|authors?|avtor|archive|archives|arhiv|page|feed|news|novosti|zhanalyktar|janalyqtar|yangiliklar|politics|world|sport|economy|society|lenta|all|latest)$`)
	siteWord    = regexp.MustCompile(`(?i)^(?:about|about-?us|contacts?|contact-?us|kontakty?|kontaktlar|o-?nas|o-?kompanii|o-?proekte|o-?sayte|o-?redakcii|redakc\pL+|redaktsiya|reklama|reklamodatelyam|advertis\pL+|advertise|ads|privacy|privacy-?policy|terms|terms-?of-?(?:use|service)|impressum|imprint|rules|pravila|politika-konfiden\pL+|subscribe|podpiska|login|register|faq|help|jobs|careers|vakans\pL+|sitemap|biz-turaly|haqida|biz-haqimizda|biz-haqymyzda|baylanys|bailanys|biz-zhonundo|zharnama|usloviya\w*|cookie-policy|editorial-?policy|staff|team|our-team)(?:\.(?:html?|php|aspx?))?$`)
)

// addressSigns reads the path: roots, sections, tags and the site's own pages have telling ones.
func (p *sheet) addressSigns(sign func(float64, string)) {
	if p.url == nil {
		return
	}
	path := strings.Trim(p.url.Path, "/")
	if path == "" && p.url.RawQuery == "" || isIndexName(path) && p.url.RawQuery == "" {
		sign(-3, "front page address")
		return
	}
	if q := p.url.Query(); q.Has("s") || q.Has("q") || q.Has("query") || q.Has("search") {
		sign(-2, "address of a search")
	}
	segs := strings.Split(path, "/")
	if !slices.ContainsFunc(segs, func(s string) bool { return !isNumber(s) && !sectionWord.MatchString(s) }) && !isNumber(path) {
		sign(-1, "address made of sections and numbers")
	}
	last, _ := url.PathUnescape(segs[len(segs)-1])
	switch {
	case siteWord.MatchString(last) || siteWord.MatchString(segs[0]):
		sign(-2.5, "address of the site's own page")
	case sectionWord.MatchString(last):
		sign(-2, "address of a section")
	case len(segs) > 1 && sectionWord.MatchString(segs[len(segs)-2]) && !hasDigit(last) && !strings.Contains(last, "-") && !strings.Contains(last, "."):
		sign(-1.5, "address of a section")
	case len(segs) > 1 && sectionWord.MatchString(segs[len(segs)-2]) && isNumber(last) && pagedWord.MatchString(segs[len(segs)-2]):
		sign(-2.5, "address of a list's page")
	}
}

var pagedWord = regexp.MustCompile(`(?i)^(?:page|tags?|category|author|search)$`)

// teaserSigns looks for lists of articles: within the chosen text, and against the amount of text on the page.
func (p *sheet) teaserSigns(sign func(float64, string)) {
	bs := p.outline.blocks
	if len(p.chosen) == 0 && p.outline.teasers >= 3 {
		sign(-1, "teasers and no text")
	}
	if len(p.chosen) == 0 || p.ruled || p.lent != nil {
		return
	}
	// From the first paragraph to where nine tenths of the text have been seen: what stands alone below does not count.
	chosen := map[*block]bool{}
	good := 0.0
	for _, b := range p.chosen {
		chosen[b] = true
		good += b.good
	}
	first, last, n := -1, -1, 0
	sofar := 0.0
	for i := range bs {
		if b := &bs[i]; chosen[b] && (first < 0 || sofar < 0.9*good) {
			if first < 0 {
				first = i
			}
			last = i
			n++
			sofar += b.good
		}
	}
	heads, linked, text := 0, 0, 0
	for i := max(0, first-2); i <= last && i >= 0; i++ {
		b := &bs[i]
		if b.share() > 0.7 && b.runes >= 15 {
			linked += b.runes
			if b.heading() || b.runes >= 25 {
				heads++
			}
		}
		if !b.out {
			text += b.runes - b.linked
		}
	}
	if heads >= 3 && heads*2 >= n && text < 220*heads {
		sign(-3, "headlines with links between the paragraphs")
	}
	switch t := p.outline.teased; {
	case p.outline.teasers >= 3 && p.outcast:
		sign(-4, "nothing but teasers")
	case p.outline.teasers >= 3 && t > 2*good:
		sign(-0.5, "more teasers than text")
	}
	if i := first - 1; i > 0 {
		for i > 0 && bs[i].runes < 40 && !bs[i].heading() && bs[i].share() < 0.5 {
			i--
		}
		if b := &bs[i]; b.heading() && b.share() >= 0.8 && b.runes >= 15 && !p.isTitle(b.text) && first-i <= 3 {
			sign(-1.5, "text under a headline with a link")
		}
	}
	for i := first + 1; i < last && i >= 0; i++ {
		if b := &bs[i]; b.heading() && b.share() >= 0.8 && b.runes >= 15 && !p.isTitle(b.text) && !bs[i+1].out && bs[i+1].good >= 40 {
			sign(-1, "paragraphs under headlines with links")
			break
		}
	}
	total, links := 0, 0
	for i := range bs {
		total += bs[i].runes
		links += bs[i].linked
	}
	if links*10 > total*7 {
		sign(-0.7, "mostly links")
	}
}
