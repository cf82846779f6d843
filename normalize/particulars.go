package normalize

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// This file tells the line of particulars that pages put under a headline or at the foot of a text: when, by whom, in
// which section, how often read. It says nothing of the article, and its counters change from hour to hour.

// particulars is how much of a line is such particulars.
type particulars int

const (
	none   particulars = iota // it says something else
	stamp                     // a date alone, or with a name
	record                    // a time of day, a counter or a time said from now, and nothing that an article says
)

const (
	longestRecord = 220 // characters
	mostNames     = 9   // words of names and sections in such a line
	longestName   = 5   // words
	mostSmall     = 9   // words without a capital: months, units and labels
)

// particularsOf reads a line. What is left when dates, times and counters are taken out of it may be names and labels.
func particularsOf(text string) particulars {
	if len(text) > 4*longestRecord || utf8.RuneCountInString(text) > longestRecord || !strings.ContainsFunc(text, unicode.IsDigit) {
		return none
	}
	small := 0
	for w := range strings.FieldsSeq(text) {
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsLower(r) {
			if small++; small > mostSmall {
				return none
			}
		}
	}
	// The times go first: in "10:15. Views: 44" the quarter past is no count of views.
	rest, counted := cutAll(text, agoStarts, anyFromNow)
	rest, days, clocks := cutDates(rest)
	rest, n := cutAll(rest, countedStarts, anyCounter)
	counted += n
	left := rest
	if days == 0 && counted == 0 || days > 3 {
		return none
	}
	if strings.ContainsAny(rest, ":：") {
		// A word before a colon and a number counts something, where the line has more that it is known by.
		for _, loc := range anyTally.FindAllStringIndex(rest, -1) {
			left = strings.Replace(left, rest[loc[0]:loc[1]], " | ", 1)
			counted++
		}
	}
	names := 0
	for _, s := range strings.FieldsFunc(left, isSegmentMark) {
		words := strings.Fields(s)
		kept := words[:0]
		for _, w := range words {
			if q := joined(w); q != "" && !fillers[q] && !particularWords[q] {
				kept = append(kept, w)
			}
		}
		if len(kept) == 0 {
			continue
		}
		if names += len(kept); len(kept) > longestName || names > mostNames || !nameLike(kept) {
			return none
		}
	}
	if counted > 0 || days > 0 && clocks > 0 {
		return record
	}
	return stamp
}

func isSegmentMark(r rune) bool {
	return strings.ContainsRune("|,.;:·•/\\()[]{}—–-――→›»«\"“”!№#*@©", r) || unicode.In(r, unicode.So, unicode.Co)
}

// nameLike tells words that can be a name: each of the longer ones has a capital, or none is longer than a particle.
func nameLike(words []string) bool {
	for i, w := range words {
		r, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(w, notWord))
		if unicode.IsDigit(r) || unicode.IsLower(r) && (i == 0 || utf8.RuneCountInString(w) > 3) {
			return false
		}
	}
	return true
}

// cutAll takes out of a text what a pattern finds, which has a word that begins so, and counts it.
func cutAll(text string, word starts, p *regexp.Regexp) (rest string, n int) {
	if !word.among(text) {
		return text, 0
	}
	return p.ReplaceAllStringFunc(text, func(string) string { n++; return " | " }), n
}

var (
	anyCounter = regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{N}])(?:` + counting + `)(?:$|[^\p{L}\p{N}])`)
	anyFromNow = regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{N}])(?:` + relative + `)`)
	anyTally   = regexp.MustCompile(`\p{L}[\p{L}’'ʻ]*(?: \p{L}+)?\s*[:：]\s*(?:` + number + `)(?:$|[^\p{L}\p{N}:])`)
)

// particularWords label or join the particulars of a page, in small letters.
var particularWords = wordSet(`by author authors written posted published updated last modified added on at in from source section category date time
	edited editor reporter correspondent photo text read reading min mins minute minutes views hits
	monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun am pm gmt utc local
	автор авторы автора текст фото опубликовано опубликована опубликован обновлено обновлена дата время добавлено добавил добавила размещено создано изменено
	источник рубрика раздел категория корреспондент редактор в от на просмотров просмотры чтения мин минут время астаны ташкента бишкека алматы москвы мск мск
	понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс
	авторы мәтін сурет жарияланды жарияланған жаңартылды жаңартылған күні уақыты уақыт дереккөз айдар бөлім санат тілші дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі сағат
	автору жарыяланды жарыяланган жаңыртылды жаңыланды убактысы булагы булак бөлүм рубрика кабарчы дүйшөмбү шейшемби шаршемби бейшемби жума ишемби жекшемби саат
	muallif muallifi matn surat elon qilindi qilingan yangilandi yangilangan sana vaqti manba bolim rukn muxbir dushanba seshanba chorshanba payshanba juma shanba yakshanba soat
	муаллиф муаллифи матн сурат эълон қилинди қилинган янгиланди янгиланган сана вақти манба бўлим рукн мухбир душанба сешанба чоршанба пайшанба якшанба соат
	нашр шуд санаи вақт сарчашма бахш хабарнигор ҷумъа шанбе якшанбе душанбе сешанбе чоршанбе панҷшанбе
	awtor çap edildi täzelendi senesi wagty çeşme bölüm yazar yayınlandı yayınlanma güncelleme güncellendi tarih tarihi saat kaynak von veröffentlicht aktualisiert uhr stand quelle
	автор опубліковано оновлено дата час джерело розділ`)

// cutDates takes days and times of day out of a short text, and counts them.
func cutDates(text string) (rest string, days, clocks int) {
	p := &dateReader{toks: dateTokens(text), zone: time.UTC}
	var b strings.Builder
	from := 0
	cut := func(i, to int) {
		b.WriteString(text[from:p.toks[i].at])
		b.WriteString(" | ")
		from = p.toks[to-1].end
	}
	for i := 0; i < len(p.toks); {
		if d, ok := p.day(i); ok {
			for yearWord(p.at(d.to).word) {
				d.to++
			}
			cut(i, d.to)
			days++
			i = d.to
			continue
		}
		if _, ok := nearDays[p.at(i).word]; ok && p.at(i).word != "" {
			cut(i, i+1)
			days++
			i++
			continue
		}
		if c, next, ok := p.clockAt(i); ok && next > i && (p.at(i+1).mark == ':' || next > i+3 || days > 0 && p.at(i+1).mark == '.' && c.hour < 24) {
			for k := next; k < next+4; k++ {
				if _, ok := zoneNames[p.at(k).word]; ok && p.at(k).word != "" {
					next = k + 1
				}
				if m := p.at(k).mark; (m == '+' || m == '-') && !p.at(k+1).gap && p.at(k+1).digits > 0 {
					next = k + 2
				}
			}
			cut(i, next)
			clocks++
			i = next
			continue
		}
		i++
	}
	b.WriteString(text[from:])
	return b.String(), days, clocks
}
