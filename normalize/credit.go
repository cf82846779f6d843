package normalize

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// agency is a name of one to three words with capitals; a point stands only within a word.
const agency = `\p{Lu}[\p{L}\p{N}&-]*(?:\.[\p{L}\p{N}&-]+)*(?:\s\p{Lu}[\p{L}\p{N}&-]+){0,2}`

// How a text names whom it has the report from. A wrong name is worse than none: only what stands where such a credit
// stands counts, not whom an article speaks of.
var (
	// inDateline is a name in brackets or between strokes in the line of place and date: "ALMATY, 3 March (Agency) -".
	inDateline = regexp.MustCompile(`^([\p{L}\p{N}.,'’ -]{0,60}?)\s*(?:\(([^()/:]{2,40})\)\s*[—–-]{1,2}\s|/([^/:]{2,40})/(?:\s*[.:—–-]{1,2}\s|\s*$))`)
	// afterDateline is a name between place and dash, in capitals: "BISHKEK. 3 March. KABAR -".
	afterDateline = regexp.MustCompile(`^\p{Lu}[\p{L} -]{2,30}[.,]\s+(?:[\p{L}\p{N}][\p{L}\p{N} .,]{1,20}[.,]\s+)?/?(\p{Lu}[\p{L}\p{N}.-]{2,20})/?\s*[.—–-]{1,2}\s`)
	// sourceLine is a line of its own that says it.
	sourceLine = regexp.MustCompile(`(?i)^[(\[]?(?:source|sources|via|originally published (?:by|in|on)|first published (?:by|in|on)|this (?:article|story|report) (?:was )?(?:originally |first )?(?:appeared|published) (?:on|in|by)|` +
		`источники?|первоисточник|по материалам|источник новости|джерело|за матеріалами|дереккөз|дереккөзі|булагы?|булак|manba|манба|сарчашма|çeşme|kaynak|quelle)(?:\s*[:：—–-]\s*|\s+)(.{2,80}?)[)\].]*$`)
	// passes is an agency that passes the news on, behind a comma or a dash at the end of a sentence of the lead.
	passes = regexp.MustCompile(`(?:[,—–-]\s*)(?:(?i:передаёт|передает|сообщает|пишет|информирует|повідомляє|передає)\s+(?:(?i:корреспондент|агентство|информагентство|ИА|издание|сайт)\s+)?[«"“]?(` + agency + `)[»"”]?` +
		`|(?:деп|дея|дип)\s+(?i:хабарлайды|хабарлады|жазады|билдирет|билдирди|кабарлайт)\s+[«"“]?(\p{Lu}[\p{L}\p{N}.&-]{1,30})[»"”]?` +
		`|[«"“]?(` + agency + `)[»"”]?(?:\s+(?i:news agency))?\s+(?i:reported|reports|has reported))`)
	// citing is the same with a word before the name.
	citing = regexp.MustCompile(`(?i:со ссылкой на|з посиланням на|citing|according to the report of)\s+(?:(?i:агентство|информагентство|ИА|издание|агенцію|the news agency|news agency)\s+)?[«"“]?(` + agency + `)[»"”]?`)
)

// Where credits stand, in paragraphs.
const (
	creditsAbove  = 2
	creditsBelow  = 3
	longestCredit = 100 // characters of a line of its own
)

// Credit gives the agency or publication that a text says it has its report from; "" where it says nothing of it. It is
// read from the text alone: the line of place and date, the sentences of the lead that pass on what another reported, and
// the lines at the end that name a source.
func Credit(text string) string {
	paragraphs := paragraphsOf(text)
	for _, p := range paragraphs[:min(creditsAbove, len(paragraphs))] {
		for _, re := range []*regexp.Regexp{inDateline, afterDateline, passes, citing} {
			if name := creditIn(re.FindStringSubmatch(p), re == inDateline); name != "" {
				return name
			}
		}
	}
	for i := len(paragraphs) - 1; i >= max(0, len(paragraphs)-creditsBelow); i-- {
		if utf8.RuneCountInString(paragraphs[i]) > longestCredit {
			continue
		}
		if name := creditIn(sourceLine.FindStringSubmatch(paragraphs[i]), false); name != "" {
			return name
		}
	}
	return ""
}

// creditIn gives the name that an expression found: its last group that is not empty. What stands before one in brackets
// must be the place and the date.
func creditIn(found []string, dateline bool) string {
	if found == nil {
		return ""
	}
	if dateline {
		if !isDateline(found[1]) {
			return ""
		}
		found = found[1:]
	}
	name := ""
	for _, group := range found[1:] {
		if group != "" {
			name = strings.Trim(group, " .,;:«»\"“”")
		}
	}
	switch {
	case strings.HasSuffix(strings.ToLower(found[0]), "reported") || strings.HasSuffix(strings.ToLower(found[0]), "reports"):
		if !isAgency(found[0], name) {
			return ""
		}
	}
	switch {
	case name == "", !startsWithCapital(name) && !strings.ContainsRune(name, '.'), isClock(name), dateOnly.MatchString(strings.ToLower(name)):
		return ""
	}
	return name
}

// isDateline says whether words can be a place, with or without a date: the first is in capitals, or they are few, each with
// a capital, and no abbreviation such as that of a title is among them.
func isDateline(s string) bool {
	words := strings.Fields(s)
	if len(words) == 0 {
		return true
	}
	if first := strings.Trim(words[0], ",."); utf8.RuneCountInString(first) > 2 && first == strings.ToUpper(first) {
		return true
	}
	const mostOfPlace = 3
	if strings.ContainsFunc(s, unicode.IsDigit) {
		return startsWithCapital(s)
	}
	for _, w := range words {
		if !startsWithCapital(w) || strings.HasSuffix(w, ".") {
			return false
		}
	}
	return len(words) < mostOfPlace
}

// isAgency says whether who "reported" is one that passes news on, and not one who made them.
func isAgency(sentence, name string) bool {
	if strings.Contains(strings.ToLower(sentence), "news agency") {
		return true
	}
	capitals := 0
	for _, r := range name {
		if unicode.IsUpper(r) {
			capitals++
		}
	}
	return !strings.Contains(name, " ") && (capitals > 1 || strings.Contains(name, "."))
}

// startsWithCapital says whether the first letter of a text is a capital, or of a script without them; digits may stand
// before it.
func startsWithCapital(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) {
			return !unicode.IsLower(r)
		}
		if !unicode.IsDigit(r) && r != '.' {
			return false
		}
	}
	return false
}
