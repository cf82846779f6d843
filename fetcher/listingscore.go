package fetcher

import (
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A link is taken for that of an article from the score enough on; where rich or more are beyond doubt, from the
// higher score certainly on.
const (
	enough    = 2.0
	certainly = 2.5
	rich      = 6

	ofList     = 2.25 // what it speaks for a link to stand in a list of at least five articles and little else
	loneliness = 1.25 // and against one to be like no other
)

// judge gives each candidate its score: what its address, its texts and its places say, and then what it has in
// common with those that are beyond doubt.
func (p *listing) judge() {
	self := keyOf(p.self)
	for _, c := range p.order {
		c.shape = shapeOf(c.u, p.self)
		if c.shape.refuse || c.key == self || isAbove(c.u, p.self) || c.isPager() || c.isTool() {
			c.refuse = true
		}
	}
	p.refuseSections()
	dominant := p.dominant()
	support := map[string]int{}
	for _, c := range p.order {
		if c.refuse {
			continue
		}
		c.score = c.shape.score + c.textScore() + c.placeScore(dominant)
		if c.score >= enough+1 {
			support[c.shape.pattern]++
		}
	}
	likeness := p.likeness()
	doubtless := 0
	for _, c := range p.order {
		if c.refuse {
			continue
		}
		if support[c.shape.pattern] >= 3 {
			c.score++
		}
		alike := 0.0
		for _, pl := range c.places {
			alike = max(alike, likeness[pl.trail()])
		}
		c.score += alike
		if alike == 0 && support[c.shape.pattern] < 3 {
			c.lone = true
		}
		if c.score >= certainly+2 {
			doubtless++
		}
	}
	p.enough = enough
	if doubtless >= rich {
		p.enough = certainly
	}
	hasList := slices.ContainsFunc(slices.Collect(maps.Values(likeness)), func(worth float64) bool { return worth == ofList })
	for _, c := range p.order {
		if c.lone && (hasList || doubtless >= rich) { // where the articles of a page are alike, what is like none of them is something else
			c.score -= loneliness
		}
	}
}

// likeness tells the trails at whose ends most links are those of articles, and how much that speaks for the others.
func (p *listing) likeness() map[string]float64 {
	good, all := map[string]int{}, map[string]int{}
	for _, c := range p.order {
		seen := map[string]bool{}
		for _, pl := range c.places {
			trail := pl.trail()
			if seen[trail] {
				continue
			}
			seen[trail] = true
			all[trail]++
			if !c.refuse && c.score >= enough+0.5 {
				good[trail]++
			}
		}
	}
	out := map[string]float64{}
	for trail, n := range good {
		switch {
		case n >= 5 && n*7 >= all[trail]*6:
			out[trail] = ofList
		case n >= 4 && n*4 >= all[trail]*3:
			out[trail] = 0.75
		}
	}
	return out
}

// trail writes a link element and what it stands in by names and classes: equal for the links of one list.
func (pl place) trail() string {
	var b strings.Builder
	for n, up := pl.node, 0; n != nil && up < 4; n, up = n.Parent, up+1 {
		b.WriteString(n.Data)
		b.WriteByte('.')
		class, _, _ := strings.Cut(strings.TrimSpace(attrOf(n, "class")), " ")
		if n := strings.IndexAny(class, "0123456789"); n >= 0 {
			class = class[:n] // behind it numbers or hashes
		}
		b.WriteString(class)
		b.WriteByte(' ')
	}
	return b.String()
}

// chosen gives the candidates that are article links, in document order.
func (p *listing) chosen() []*candidate {
	var out []*candidate
	for _, c := range p.order {
		if !c.refuse && c.score >= p.enough {
			out = append(out, c)
		}
	}
	return out
}

// isAbove reports whether an address is the start page or a folder above the listing.
func isAbove(u, self *url.URL) bool {
	dir := strings.TrimSuffix(u.Path, "/")
	if dir == "" && u.RawQuery == "" {
		return true
	}
	return u.RawQuery == "" && u.Host == self.Host && strings.HasPrefix(self.Path, dir+"/")
}

// isPager reports whether all that the page calls a link is a number.
func (c *candidate) isPager() bool {
	for _, pl := range c.places {
		text := strings.TrimFunc(pl.text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if text == "" || len(text) > 4 || strings.ContainsFunc(text, unicode.IsLetter) {
			return false
		}
	}
	return true
}

// isTool reports whether the page calls a link by what it does and never by what it is about.
func (c *candidate) isTool() bool {
	for _, pl := range c.places {
		if !toolWords[strings.ToLower(strings.TrimSpace(pl.text))] {
			return false
		}
	}
	return true
}

// refuseSections refuses addresses that are folders of others, and labels: short texts that one address has again
// and again.
func (p *listing) refuseSections() {
	below := map[string]int{}
	for _, c := range p.order {
		if c.refuse {
			continue
		}
		dir := strings.TrimSuffix(c.u.EscapedPath(), "/")
		for range 8 {
			if dir = path.Dir(dir); dir == "/" || dir == "." {
				break
			}
			below[c.u.Host+dir]++
		}
	}
	for _, c := range p.order {
		if c.u.RawQuery == "" && below[c.u.Host+strings.TrimSuffix(c.u.EscapedPath(), "/")] >= 2 {
			c.refuse = true
		}
		same := 0
		for _, pl := range c.places {
			if pl.text != "" && pl.text == c.places[0].text && len(strings.Fields(pl.text)) <= 3 {
				same++
			}
		}
		if same >= 3 {
			c.refuse = true
		}
	}
}

// dominant tells the regions that hold most of what looks like headlines: there the name of a region is a mistake of
// whoever wrote the page, and does not count.
func (p *listing) dominant() map[region]bool {
	count, all := map[region]int{}, 0
	for _, c := range p.order {
		if c.refuse || c.shape.score < 1 || c.textScore() < 1 {
			continue
		}
		all++
		best := inFooter
		for _, pl := range c.places {
			best = min(best, pl.region)
		}
		count[best]++
	}
	out := map[region]bool{}
	for r, n := range count {
		if n*10 > all*6 && n >= 3 {
			out[r] = true
		}
	}
	return out
}

// textScore weighs what the page calls the link.
func (c *candidate) textScore() float64 {
	best, named := -2.0, false
	for _, pl := range c.places {
		text := pl.text
		if text == "" {
			text = plainText(escapeText(imageText(pl.node)))
			if text == "" {
				continue
			}
		}
		if isMore(text) {
			continue
		}
		named = true
		words, length := len(strings.Fields(text)), utf8.RuneCountInString(text)
		score := -1.5
		switch {
		case words >= 4 && length >= 25, words == 1 && length >= 15 && !isSpaced(text), length >= 40:
			score = 2
		case words >= 3 && length >= 14:
			score = 1
		case words >= 2 && length >= 12:
			score = -0.5
		}
		if pl.heading {
			score += 1
		}
		best = max(best, score)
	}
	if !named {
		return 0
	}
	return best
}

// isSpaced reports whether a script parts its words.
func isSpaced(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
			return false
		}
	}
	return true
}

// placeScore weighs where the link stands, by its best place.
func (c *candidate) placeScore(dominant map[region]bool) float64 {
	best := -10.0
	for _, pl := range c.places {
		score := 0.0
		switch {
		case dominant[pl.region]:
		case pl.region == inAside:
			score = -1.5
		case pl.region == inHeader:
			score = -3
		case pl.region == inNav, pl.region == inFooter:
			score = -4.5
		}
		if pl.heading {
			score += 1
		}
		if pl.item {
			score += 0.25
		}
		best = max(best, score)
	}
	return best
}

// shape is what an address says by itself.
type shape struct {
	score   float64
	pattern string // equal for addresses that are built alike
	article bool   // the path alone names an article
	refuse  bool
}

var (
	yearPath = regexp.MustCompile(`/(19|20)\d\d([/-]?[01]?\d([/-]?[0-3]?\d)?)?/`)
	longID   = regexp.MustCompile(`(^|[^0-9])[0-9]{3,}([^0-9]|$)`)
	anyID    = regexp.MustCompile(`^[0-9]+$`)

	clickPath = regexp.MustCompile(`^(ad|ads|adv|banner|click|clicks|go|out|redirect|away)([-_]?[0-9].*)?$`)
)

// shapeOf weighs an address: dates, numbers and slugs speak for an article, single words and the names of the other
// pages that every site has speak against it.
func shapeOf(u, self *url.URL) shape {
	clean := u.Path
	if !utf8.ValidString(clean) {
		clean = u.EscapedPath()
	}
	segments := strings.FieldsFunc(clean, func(r rune) bool { return r == '/' })
	s := shape{pattern: "/"}
	if len(segments) == 0 {
		s.queryShape(u, self)
		return s
	}
	last := len(segments) - 1
	file := segments[last]
	ext := strings.ToLower(path.Ext(file))
	if len(ext) > 1 && len(ext) <= 6 && !anyID.MatchString(ext[1:]) {
		if otherFiles[ext] {
			return shape{refuse: true}
		}
		if pageFiles[ext] {
			file = file[:len(file)-len(ext)]
		}
	} else {
		ext = ""
	}
	for i, seg := range segments {
		name := strings.ToLower(strings.TrimSuffix(seg, ext))
		switch {
		case strictPages[name] && (i >= last-1 || name == "print"),
			otherPages[name] && (i == last || i == last-1 && !isSlug(file)),
			i == 0 && clickPath.MatchString(name):
			return shape{refuse: true}
		}
	}
	if file == "index" || file == "default" || file == "main" || ext == ".php" && !isSlug(file) && !longID.MatchString(file) {
		s.pattern += strings.Join(segments[:last], "/") + "/index"
		s.queryShape(u, self)
		return s
	}
	words := slugWords(file)
	switch {
	case yearPath.MatchString(clean + "/"):
		s.score += 2
		if words >= 2 || longID.MatchString(file) || anyID.MatchString(file) && len(segments) >= 4 {
			s.score++
		}
	case anyID.MatchString(file) && last > 0 && len(file) <= 2: // a chapter as often as an article
		s.score++
	case longID.MatchString(file), anyID.MatchString(file) && last > 0:
		s.score += 2
		if words >= 3 {
			s.score++
		}
	case last > 0 && (anyID.MatchString(segments[last-1]) || longID.MatchString(segments[last-1])): // /news/12345/slug
		s.score += 2
	case words >= 4:
		s.score += 2
	case words == 3, utf8.RuneCountInString(file) >= 24:
		s.score += 1.5
	case words == 2 && last > 0:
		s.score += 0.25
	case last == 0:
		s.score -= 1.5
	default:
		s.score -= 0.75
	}
	s.article = s.score >= 1.5
	if ext != "" && s.score > -1 {
		s.score += 0.5
	}
	if dir := strings.TrimSuffix(self.Path, "/"); dir != "" && strings.HasPrefix(u.Path, dir+"/") {
		s.score += 0.5
	}
	s.pattern += pattern(segments, file) + ext
	if u.RawQuery != "" {
		for key := range u.Query() {
			if listKeys[strings.ToLower(key)] {
				s.refuse = true
			}
		}
	}
	return s
}

// queryShape weighs addresses whose article stands in the query.
func (s *shape) queryShape(u, self *url.URL) {
	var keys []string
	id := false
	for key, values := range u.Query() {
		key = strings.ToLower(key)
		keys = append(keys, key)
		if listKeys[key] {
			s.refuse = true
		}
		if len(values) > 0 && anyID.MatchString(values[0]) && (idKeys[key] || strings.HasSuffix(key, "id")) && !strings.Contains(key, "cat") && !strings.Contains(key, "rub") {
			id = true
		}
	}
	slices.Sort(keys)
	s.pattern += "?" + strings.Join(keys, "&")
	if id {
		s.score += 2
		return
	}
	s.score--
	for _, key := range keys {
		if sectionKeys[key] {
			s.refuse = true
		}
	}
}

// slugWords counts the words of a slug.
func slugWords(s string) int {
	n := 0
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' || r == '+' || r == ' ' || r == '.' }) {
		if strings.ContainsFunc(w, unicode.IsLetter) {
			n++
		}
	}
	return n
}

func isSlug(s string) bool { return slugWords(s) >= 3 || longID.MatchString(s) }

// pattern writes the segments of a path by their kinds: 0 a number, 1 one of at most two digits, i a slug with a
// number, s a slug without, w a word.
func pattern(segments []string, file string) string {
	kinds := make([]string, len(segments))
	for i, seg := range segments {
		if i == len(segments)-1 {
			seg = file
		}
		switch {
		case anyID.MatchString(seg) && len(seg) <= 2:
			kinds[i] = "1"
		case anyID.MatchString(seg):
			kinds[i] = "0"
		case longID.MatchString(seg):
			kinds[i] = "i"
		case isSlug(seg):
			kinds[i] = "s"
		default:
			kinds[i] = "w"
		}
	}
	return strings.Join(kinds, "/")
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// phrases makes a set of what stands between semicolons.
func phrases(list string) map[string]bool {
	m := map[string]bool{}
	for p := range strings.SplitSeq(list, ";") {
		m[p] = true
	}
	return m
}

var (
	otherFiles = set(".jpg .jpeg .png .gif .webp .svg .pdf .doc .docx .xls .xlsx .zip .rar .mp3 .mp4 .avi .xml .rss .atom .json .js .css .ico .txt .apk .exe .ics .epub")
	pageFiles  = set(".html .htm .shtml .php .aspx .asp .jsp .phtml .xhtml .cfm .do")
	// otherPages are the names of pages that are no articles; one that a slug follows may be a folder of articles,
	// unless it is one of strictPages.
	otherPages = set(`tag tags category categories cat rubric rubrics rubrika author authors page pages about about-us contact contacts kontakty kontakt o-nas onas login signin sign-in
		signup register registration logout auth account profile user users cabinet rss feed feeds atom sitemap search poisk privacy privacy-policy terms terms-of-use policy cookies subscribe
		subscription newsletter advertising advertise reklama ads vacancy vacancies careers jobs team redaktsiya redakcia archive archives archiv arhiv arxiv feedback help faq donate support rules
		pravila print comments comment share amp wp-login wp-admin wp-content wp-json cdn-cgi cart shop store forum weather pogoda kurs horoscope goroskop topics topic theme themes temy tema
		label labels keyword partners partnery mobile app apps polls poll vote votes opros oprosy legal
		autor autoren autori avtor avtory avtorlar yazar yazarlar muallif mualliflar kategori kategoriler kategoriya kategorien kategoriyalar teg tegi etiket etiketler etiqueta thema themen
		temalar sekce rubrik rubrique seccion dossier dossiers syuzhet syuzhety legal imprint impressum disclaimer media-kit mediakit sections section favorites bookmark bookmarks all live`)
	strictPages = set("about about-us aboutus profile profiles people person experts expert staff leadership tag tags author authors autor autoren avtor avtory yazar muallif teg etiket dossier vote page login signin user users search rss feed share print comments wp-admin wp-login wp-json cdn-cgi amp label labels keyword")
	toolWords   = phrases("печать;версия для печати;распечатать;print;print version;print this page;share;поделиться;отправить другу;e-mail;email;copy link;скопировать ссылку;версия для pda;бөлісу;басып шығару;ulashish;чоп этиш;rss")
	listKeys    = set("print forprint page paged pagen_1 pagen_2 start offset sort order orderby lang language hl replytocom share login redirect q query s search action do view_mode per_page")
	sectionKeys = set("cat category section sec rubric rub rubrica tag topic type mod module author user month year date day")
	idKeys      = set("id p n nid newsid news_id article articleid aid item itemid post postid story storyid s_id doc docid news material art")
)
