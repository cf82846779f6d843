package normalize

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file reads who wrote an article from the lines at its headline and below its text, where no markup says it. A
// wrong name is worse than none: a line gives one only after a label, or as a name of a person beside a date.

const (
	longestByline = 160 // characters
	bylinesAbove  = 6   // blocks after the headline that are looked at
	bylinesBelow  = 3   // blocks after the last paragraph
	mostNameWords = 4
)

var (
	byLabel = regexp.MustCompile(`(?i)^(?:(?:(?:written|posted|published|reported|story|text|article|words) )?by|authors?|автор(?:ы|лар|лары|у)?(?: (?:статьи|текста|материала|публикации))?|` +
		`муаллиф(?:и|лар|лари|он)?|muallif(?:i|lar|lari)?|awtor(?:y|lary)?|autor(?:in|en)?|von|yazar(?:lar|ı)?)(\s*[:：]\s*|\s+)`)
	// otherLabel begins what a line says besides who wrote it.
	otherLabel = regexp.MustCompile(`(?i)(?:^|[\s,;.])(?:photos?|pictures?|videos?|source|translat\pL+|edit\pL+|updated|published|posted|фото\pL*|видео|источник|перев\pL+|редакт\pL+|обновл\pL+|опубликов\pL+|сурет\pL*|сүрөт\pL*|surat\pL*|расм|дереккөз|жариялан\pL*|foto\pL*|quelle|kaynak|on|at|в|um|am)(?:$|[\s:.,])`)
	// glued is where the next thing runs into a name, because its elements stand without a blank between.
	glued      = regexp.MustCompile(`\p{Lu}\pL*\p{Ll}{3}[A-Z]`)
	fieldMarks = regexp.MustCompile(`\s*[|•·/\\()\[\]»›→]\s*|\s+[—–―-]+\s+`)
	surname    = regexp.MustCompile(`(?i)(?:[оеё]в|[оеё]ва|[цш]ын|[цш]ына|[иы]н|ина|ский|ская|цкий|цкая|енко|ич|чук|ян|дзе|швили|улы|ұлы|уулу|қызы|кызы|ўғли|қизи|оглы|бек|бай|баев|зода|заде|ulı|uly|ogli|o['‘’ʻ]g['‘’ʻ]li|qizi|kyzy|[oe]v|[oe]va|[oe]ff|enko|sky|skaya|ski|ska|zoda|zade|bek|son|ian|yan|vich|shvili|oğlu)$`)
)

// particles stand within a name in small letters.
var particles = wordSet(`al el bin ben ibn de da di du la le van von der den ter dos und uly oglu ogli qizi kyzy улы уулу кызы қызы ұлы оглы ўғли қизи аль эль бен ибн де ван фон дер`)

// nobody are words that stand in the names of places, sections and offices and hardly in those of people.
var nobody = wordSet(`new north south east west northern southern eastern western central middle united san los las saint st tel hong abu kuala buenos rio cape upper lower great
	asia asian europe european africa america american eurasia caucasus russia russian china chinese afghanistan kazakhstan kyrgyzstan tajikistan uzbekistan turkmenistan
	news press report reports reporter reporters world politics political policy economy economic business society culture sport sports security defense defence military army region regional local national international foreign
	human rights law crime opinion analysis comment commentary interview media staff desk team office service services agency bureau editorial editors editor board committee ministry department council institute center centre university
	correspondent correspondents associated reuters times post daily weekly journal tribune herald courier gazette today online radio tv television channel network group foundation admin administrator special guest contributor
	chief senior officer writer producer columnist journalist director analyst expert professor health medical technology data graphics update updated letztes
	latest breaking top main home page article articles story stories photo video live all read more share print version view views time date last
	центральная центральной средняя южный южная северный северная восточный восточная западный западная новый новая нижний верхний великий
	азия азии европа россия россии казахстан казахстана кыргызстан кыргызстана киргизия таджикистан таджикистана узбекистан узбекистана туркменистан туркменистана афганистан афганистана китай сша ближний восток кавказ
	новости новость общество политика экономика культура спорт безопасность мир мира регион регионы происшествия главная главное редакция агентство служба пресс прессслужба прессцентр министерство комитет корреспондент собкор специально интервью мнение мнения аналитика анализ статья статьи газета журнал радио канал портал сайт центр институт университет совет отдел
	жаңалықтар жаңалық саясат қоғам экономика мәдениет әлем аймақ қазақстан орталық орта азия баспасөз қызмет қызметі агенттік агенттігі газеті редакция басты бет
	жаңылыктар саясат коом дүйнө борбор борбордук кыргызстан басма кызмат кызматы
	yangiliklar siyosat jamiyat iqtisod dunyo markaziy osiyo xizmati matbuot янгиликлар сиёсат жамият дунё марказий осиё хизмати матбуот хабарҳо сиёсат ҷомеа осиёи марказӣ хадамоти
	nachrichten politik wirtschaft welt redaktion haber haberler dünya siyaset`)

// isPerson tells a name of a person: two words or more, each with a capital but for particles. A name that nothing
// announces must not be set in capitals throughout.
func isPerson(name string, announced bool) bool {
	words := strings.Fields(name)
	if len(words) < 2 || len(words) > mostNameWords || utf8.RuneCountInString(name) > 50 {
		return false
	}
	long := 0
	for i, w := range words {
		if q := joined(w); nobody[q] || particularWords[q] || fillers[q] && utf8.RuneCountInString(q) > 2 {
			return false
		}
		if i > 0 && particles[strings.ToLower(w)] && (i < len(words)-1 || utf8.RuneCountInString(w) > 3) {
			continue
		}
		n, lower := 0, 0
		for k, r := range w {
			switch {
			case unicode.IsLetter(r) || unicode.IsMark(r):
				n++
				if unicode.IsLower(r) {
					lower++
				}
			case k > 0 && (r == '-' || r == '.' || apostrophe(r)):
			default:
				return false
			}
		}
		if first, _ := utf8.DecodeRuneInString(w); !unicode.IsUpper(first) || strings.HasSuffix(w, ".") && n > 3 || !announced && n > 2 && lower < n/2 {
			return false
		}
		if n >= 3 {
			long++
		}
	}
	return long > 0
}

// namesIn reads the names that a line gives. announced says that a label stood before them.
func namesIn(text string) (names []string, announced bool) {
	if utf8.RuneCountInString(text) > longestByline {
		return nil, false
	}
	rest, _ := cutAll(text, agoStarts, anyFromNow)
	rest, days, _ := cutDates(rest)
	rest, _ = cutAll(rest, countedStarts, anyCounter)
	fields := fieldMarks.Split(rest, -1)
	for _, f := range fields {
		f = strings.Trim(f, " ,;.:")
		loc := byLabel.FindStringIndex(f)
		if loc == nil {
			continue
		}
		list := f[loc[1]:]
		if at := otherLabel.FindStringIndex(list); at != nil {
			list = list[:at[0]]
		}
		for _, name := range authorSplit.Split(list, -1) {
			name = strings.Trim(name, " ,;:")
			if at := glued.FindStringIndex(name); at != nil {
				name = name[:at[1]-1]
			}
			if utf8.RuneCountInString(name[strings.LastIndexByte(name, ' ')+1:]) > 3 {
				name = strings.TrimSuffix(name, ".")
			}
			if !isPerson(name, true) {
				break
			}
			names = append(names, name)
		}
		if len(names) > 0 {
			return names, true
		}
	}
	if days == 0 {
		return nil, false
	}
	for _, f := range fields {
		f = strings.Trim(f, " ,;.:")
		if isPerson(f, false) {
			names = append(names, f)
		} else if strings.ContainsFunc(f, unicode.IsLetter) && len(strings.Fields(f)) > 2 {
			return nil, false // the line says something else
		}
	}
	if len(names) != 1 {
		return nil, false
	}
	return names, false
}

// signed gives the names in the lines at the headline and below the text.
func (p *sheet) signed() []string {
	bs, title := p.outline.blocks, p.titleBlock()
	if p.ruled || len(p.chosen) == 0 {
		return nil
	}
	first, last := -1, -1
	place := map[*block]int{}
	for i := range bs {
		place[&bs[i]] = i
	}
	for _, b := range p.chosen {
		if b.good < 60 {
			continue
		}
		if last = place[b]; first < 0 {
			first = last
		}
	}
	if first < 0 {
		return nil
	}
	named := func(b *block, above bool) []string {
		if b.teaser || b.heading() || b.el.inside(func(e *elem) bool { return e.hint&hintComment != 0 }) {
			return nil
		}
		names, announced := namesIn(b.text)
		switch {
		case announced:
			return slices.DeleteFunc(names, p.ofSite)
		case len(names) == 0, !above && homeOf(b) != homeOf(&bs[last]), p.elsewhere(names[0], b):
			return nil
		}
		return names
	}
	if title >= 0 && title < first {
		for i := title + 1; i < min(first, title+1+bylinesAbove); i++ {
			if names := named(&bs[i], true); len(names) > 0 {
				return names
			}
		}
	}
	for i := last + 1; i < min(len(bs), last+1+bylinesBelow); i++ {
		if names := named(&bs[i], false); len(names) > 0 {
			return names
		}
	}
	return nil
}

// ofSite reports whether a name is what the site calls itself, in its head or as a part of the window's title.
func (p *sheet) ofSite(name string) bool {
	q := squash(name)
	if strings.Contains(squash(p.claims.siteName()), q) {
		return true
	}
	return slices.ContainsFunc(separators.Split(p.claims.pageTitle, -1), func(part string) bool { return squash(part) == q })
}

// elsewhere reports whether a name that nothing announces is also that of something else: the site, or a section in its
// menus. Without the ending of a surname, it must not stand in the headline or in another line either.
func (p *sheet) elsewhere(name string, at *block) bool {
	if p.ofSite(name) || strings.Contains(squash(p.claims.pageTitle), squash(name)) {
		return true
	}
	words := strings.Fields(name)
	known := false
	for _, w := range words {
		known = known || utf8.RuneCountInString(w) > 4 && surname.MatchString(w)
	}
	for i := range p.outline.blocks {
		b := &p.outline.blocks[i]
		if b == at || b.runes > 1000 {
			continue
		}
		if b.text == name || (b.share() > 0.5 || !known && b.runes < 120) && strings.Contains(b.text, name) {
			return true
		}
	}
	return false
}
