package normalize

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How a text names whom it has the report from. A wrong name is worse than none: only what stands where such a credit
// stands counts, not whom an article speaks of.
var (
	// inDateline is a name in brackets or between strokes in the line of place and date: "ALMATY, 3 March (Agency) -".
	inDateline = regexp.MustCompile(`^([\p{L}\p{N}.,'’ -]{0,60}?)\s*(?:\(([^()]{2,40})\)|/([^/]{2,40})/)\s*(?:[—–-]{1,2}\s|[.:]\s|$)`)
	// afterDateline is a name between place and dash, in capitals: "BISHKEK. 3 March. KABAR -".
	afterDateline = regexp.MustCompile(`^\p{Lu}[\p{L} -]{2,30}[.,]\s+(?:[\p{L}\p{N}][\p{L}\p{N} .,]{1,20}[.,]\s+)?/?(\p{Lu}[\p{L}\p{N}.-]{2,20})/?\s*[.—–-]{1,2}\s`)
	// sourceLine is a line of its own that says it.
	sourceLine = regexp.MustCompile(`(?i)^[(\[]?(?:source|sources|via|originally published (?:by|in|on)|first published (?:by|in|on)|this (?:article|story|report) (?:was )?(?:originally |first )?(?:appeared|published) (?:on|in|by)|` +
		`источники?|первоисточник|по материалам|источник новости|джерело|за матеріалами|дереккөз|дереккөзі|булагы?|булак|manba|манба|сарчашма|çeşme|kaynak|quelle)(?:\s*[:：—–-]\s*|\s+)(.{2,80}?)[)\].]*$`)
	// passes is an agency that passes the news on, behind a comma or a dash at the end of a sentence of the lead.
	passes = regexp.MustCompile(`(?:[,—–-]\s*)(?:(?i:передаёт|передает|сообщает|пишет|информирует|повідомляє|передає)\s+(?:(?i:корреспондент|агентство|информагентство|ИА|издание|сайт)\s+)?[«"“]?(\p{Lu}[\p{L}\p{N}.&-]{1,30}(?:\s\p{Lu}[\p{L}\p{N}.&-]{1,20}){0,2})[»"”]?` +
		`|(?:деп|дея|дип)\s+(?i:хабарлайды|хабарлады|жазады|билдирет|билдирди|кабарлайт)\s+[«"“]?(\p{Lu}[\p{L}\p{N}.&-]{1,30})[»"”]?` +
		`|[«"“]?(\p{Lu}[\p{L}\p{N}.&-]{1,30}(?:\s\p{Lu}[\p{L}\p{N}.&-]{1,20}){0,2})[»"”]?\s+(?i:reported|reports|has reported))`)
	// citing is the same with a word before the name.
	citing = regexp.MustCompile(`(?i:со ссылкой на|з посиланням на|citing|according to the report of)\s+(?:(?i:агентство|информагентство|ИА|издание|агенцію|the news agency|news agency)\s+)?[«"“]?(\p{Lu}[\p{L}\p{N}.&-]{1,30}(?:\s\p{Lu}[\p{L}\p{N}.&-]{1,20}){0,2})[»"”]?`)
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
		if place := strings.TrimSpace(found[1]); place != "" && !startsWithCapital(place) {
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
	case name == "", !startsWithCapital(name) && !strings.ContainsRune(name, '.'), isClock(name), dateOnly.MatchString(strings.ToLower(name)):
		return ""
	}
	return name
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
