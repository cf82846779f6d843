package normalize

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Essence is a digest of title and text (32 hexadecimal digits) that is equal for two versions of an article which
// differ in noise only: counters of views, comments and shares, times said from now ("5 minutes ago"), the clock of the
// page, blanks, the forms of quotation marks and dashes, letter case. A changed word or figure of the article changes it.
func Essence(title, text string) string {
	var b strings.Builder
	b.WriteString(plainForm(title))
	b.WriteByte('\n')
	for _, p := range strings.Split(text, "\n") {
		if p = strings.TrimSpace(p); p == "" || isNoise(p) || isClock(p) {
			continue
		}
		b.WriteString(plainForm(maskCounters(p)))
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:16])
}

// number is a count as pages show it: 1234, 1 234, 1,234, 1.2K, 3 тыс.
const number = `\d{1,3}(?:[  ,.]\d{3})+|\d+(?:[.,]\d+)?\s?(?:k|m|к|тыс|млн|мың|миң|ming|минг)?\.?`

// counted are the names of what a page counts, in the forms that stand after a number or before a colon. Votes and visits
// are not among them: articles count those.
const counted = `views?|page ?views?|reads?|readers?|times read|viewed|comments?|repl(?:y|ies)|likes?|reactions?|` +
	`просмотр(?:ы|а|ов)?|просмотрено|прочитано|прочтени[йея]|чтени[йея]|читали|комментари(?:й|и|ев|я)|отзыв(?:ы|ов|а)?|лайк(?:и|ов|а)?|репост(?:ы|ов|а)?|` +
	`перегляд(?:и|ів|у)?|переглядів|коментар(?:і|ів|я)?|прочитань|поширень|` +
	`қаралды|қаралым(?:ы|дар)?|көрілді|көрілім(?:дер)?|оқылды|пікір(?:лер)?|ұнату|` +
	`көрүлдү|көрүү(?:лөр)?|каралды|окулду|пикир(?:лер)?|` +
	`ko.?rish(?:lar)?|ko.?rildi|o.?qildi|o.?qilgan|izoh(?:lar)?|fikr(?:lar)?|кўриш(?:лар)?|кўрилди|ўқилди|ўқилган|изоҳ(?:лар)?|фикр(?:лар)?|` +
	`тамошо(?:ҳо)?|дидашуд|хондашуд|бозди(?:д|дҳо)|шарҳ(?:ҳо)?|görlen|görüldi|okaldy|okalan|teswir(?:ler)?|` +
	`görüntülenme|görüntüleme|okunma|okundu|izlenme|yorum(?:lar)?|beğeni|aufrufe|gelesen|kommentare?|mal gelesen`

// unit is a span of time and ago what makes it one counted back from now.
const (
	unit = `(?:s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|d|days?|weeks?|months?|` +
		`сек(?:унд[аы]?)?|мин(?:ут[аыу]?)?|час(?:а|ов)?|дн(?:я|ей)|день|сут(?:ки|ок)|недел[иьюя]|месяц(?:а|ев)?|хвилин[аиу]?|годин[аиу]?|дн(?:і|ів)|тиж(?:день|ні|нів)|` +
		`секунд|минут|сағат|күн|апта|ай|саат|мүнөт|жума|сония|сонияи|soniya|daqiqa|soat|kun|hafta|oy|дақиқа|соат|кун|ҳафта|рӯз|моҳ|sekunt|minut|sagat|gün|hepde|` +
		`saniye|dakika|dk|saat|hafta|ay)\.?`
	ago     = `(?:ago|назад|тому|тому назад|бұрын|мурун|мурда|oldin|avval|олдин|аввал|пеш|қабл|öň|ozal|önce)`
	updated = `(?:last |recently )?(?:updated?|modified|posted|published|added)|обновлен[оа]?|обновлён|опубликован[оа]?|добавлен[оа]?|изменен[оа]?|оновлено|опубліковано|жаңартылды|жарияланды|жаңыланды|жарыяланды|yangilandi|e.lon qilindi|янгиланди|эълон қилинди|навсозӣ шуд|нашр шуд|täzelendi|güncellendi|güncelleme|yayınlandı|aktualisiert|veröffentlicht`
)

// How a word begins that every counter holds, and one that every time said from now holds.
var (
	countedStarts = startsOf(strings.ReplaceAll(counted, ".?", "['‘’‛ʻʼ`´′]?") + `|shares?`)
	agoStarts     = startsOf(ago + `|vor|now|только|щойно|жаңа|hozirgina|ҳозиргина|az|şimdi|gerade`)
)

// These see small letters only.
var (
	counter   = regexp.MustCompile(`(?:^|[^\p{L}])(?:` + counting + `)`)
	labelled  = regexp.MustCompile(`(^|[^\p{L}\p{N}])(` + counted + `)\s*[:：]\s*(?:` + number + `)`)
	fromNow   = regexp.MustCompile(`(?:^|[^\p{L}])(?:` + relative + `)`)
	clockOnly = regexp.MustCompile(clockForm)
	dateOnly  = regexp.MustCompile(dateForm)
	sinceLine = regexp.MustCompile(`(?:` + updated + `)\s*[:：]?\s*(?:` + relative + `)`)
	updating  = regexp.MustCompile(`^(?:` + updated + `)\s*[:：]?`)
)

// counting is a number and what it counts, in either order.
const counting = `(?:` + number + `)\s*(?:` + counted + `|shares?)|(?:` + counted + `)(?: (?:soni|сони|саны|sany|sayısı))?\s*[:：(|]?\s*(?:` + number + `)\)?`

const relative = `(?:about |около )?(?:\d+|an?|one|несколько|a few|few)\s*` + unit + `(?:\s+(?:and |и )?\d+\s*` + unit + `)?\s+` + ago +
	`|vor\s+(?:\d+|einer|einem|wenigen)\s+(?:sekunden?|minuten?|stunden?|tagen?|wochen?|monat(?:en)?)|(?:минуту|час|день|неделю|месяц|хвилину|годину)\s+(?:назад|тому)|just now|moments ago|только что|щойно|жаңа ғана|hozirgina|ҳозиргина|az önce|şimdi|gerade eben`

// maxNoise is the length in bytes of the longest line that can be a counter or a time and nothing else.
const maxNoise = 160

// isNoise tells a line of nothing but counters and times said from now.
func isNoise(p string) bool {
	if len(p) > maxNoise {
		return false
	}
	counts, since := countedStarts.among(p), agoStarts.among(p)
	if !counts && !since {
		return false
	}
	p = strings.ToLower(p)
	rest := p
	if counts {
		rest = counter.ReplaceAllString(rest, " ")
	}
	if since {
		rest = fromNow.ReplaceAllString(rest, " ")
	}
	if rest == p {
		return false
	}
	rest = dateOnly.ReplaceAllString(rest, " ")
	rest = clockOnly.ReplaceAllString(rest, " ")
	rest = updating.ReplaceAllString(strings.TrimSpace(rest), " ")
	for _, w := range read(rest).words {
		if !fillers[w] {
			return false
		}
	}
	return true
}

// fillers stand beside a counter and say nothing more.
var fillers = wordSet("number of total post count times so far количество число всего кол во раз кількість усього разів саны рет барлығы жолу soni marta сони марта jami жами шумораи маротиба sany gezek sayısı kez toplam mal anzahl")

// isClock tells a line of nothing but a date or a time of day: the clock of the page, or when it was last touched.
func isClock(p string) bool {
	if len(p) > maxNoise || !strings.ContainsFunc(p, unicode.IsDigit) {
		return false
	}
	rest := updating.ReplaceAllString(strings.ToLower(p), " ")
	rest = dateOnly.ReplaceAllString(rest, " ")
	rest = clockOnly.ReplaceAllString(rest, " ")
	return isMarks(rest)
}

// maxMeta is how many words of a line of particulars ("Anna Aqtash, Qumsay | 5 minutes ago | 12 views") are neither
// counters nor times.
const maxMeta = 6

// maskCounters takes the figures of counters and the times said from now out of a paragraph. In running prose only a
// count with its label and a time with "updated" before it are taken for noise: "the clip had 1200 views" is what the
// article says.
func maskCounters(p string) string {
	if !strings.ContainsFunc(p, unicode.IsDigit) && len(p) > maxNoise {
		return p
	}
	p = strings.ToLower(p)
	counts, since := countedStarts.among(p), agoStarts.among(p)
	if since {
		p = sinceLine.ReplaceAllString(p, "")
	}
	if counts && strings.ContainsAny(p, ":：") {
		p = labelled.ReplaceAllString(p, "$1$2")
	}
	if len(p) > maxNoise || !counts && !since || read(p).ended {
		return p
	}
	rest := p
	if counts {
		rest = counter.ReplaceAllString(rest, " ")
	}
	if since {
		rest = fromNow.ReplaceAllString(rest, " ")
	}
	if len(read(rest).words) > maxMeta {
		return p
	}
	return rest
}

// plainForm leaves of a text what its typography does not change: small letters, figures, punctuation in its commonest
// form, no blanks round dashes and no quotation marks. An apostrophe within a word stays, since in Uzbek it is a letter.
func plainForm(text string) string {
	runes := []rune(norm.NFKC.String(text))
	var b strings.Builder
	b.Grow(len(text))
	blank, letter := false, false // what stands before: a blank not yet written, a letter
	for i := 0; i < len(runes); i++ {
		r, next := runes[i], ' '
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case unicode.IsSpace(r):
			blank, letter = true, false
			continue
		case apostrophe(r) && letter && unicode.IsLetter(next):
			r = '\''
		case apostrophe(r), hidden(r), unicode.Is(unicode.Quotation_Mark, r):
			continue
		case unicode.Is(unicode.Dash, r):
			// A dash loses the blanks round it, but for a minus: "at -5" is not "at 5".
			r, blank = '-', blank && unicode.IsDigit(next)
			for unicode.IsSpace(next) && i+2 < len(runes) {
				i++
				next = runes[i+1]
			}
		}
		if blank {
			b.WriteByte(' ')
		}
		blank, letter = false, unicode.IsLetter(r)
		b.WriteRune(foldRune(r))
	}
	return b.String() + " "
}
