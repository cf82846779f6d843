package normalize

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parting is what stands between a headline and what a site puts before or behind it. The blanks around it are
// required: a dash without them is part of a word, and « » without them are quotation marks.
var parting = regexp.MustCompile(`\s+(?:[-–—―|¦•·»›>/→⟩]|::|//|>>)\s+`)

// crumbMarks part the steps of a path through a site. A dash does not: it parts the halves of a headline.
var crumbMarks = regexp.MustCompile(`\s*(?:[»›→⟩]|>>?|::)\s+|\s+[/|•·\\]\s+`)

// homeWords are the first step of a path through a site.
var homeWords = wordSet(`home homepage start startpage main frontpage
	главная начало домой головна
	басты бастыбет башкы башкыбет бет
	bosh boshsahifa бош бошсаҳифа асосӣ саҳифаиасосӣ
	baş başsahypa anasayfa startseite accueil inicio`)

// clockStamp is a date with a time of day, which no headline ends in by itself; dateStamp is a date alone, which one may.
var (
	clockStamp = regexp.MustCompile(`(?i)^(?:` + dateForm + `[,\s|/–—-]*(?:(?:at|в|о|um|saat|соат|сағат)\s+)?` + clockForm + `|` + clockForm + `[,\s|/–—-]+` + dateForm + `)$`)
	dateStamp  = regexp.MustCompile(`(?i)^` + dateForm + `$`)
)

const (
	dateForm = `(?:\p{L}{2,12}\.?,?\s+)?(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2})` +
		`|\d{1,2}(?:st|nd|rd|th|-?\p{L}{2,3})?\.?\s+\p{L}{3,12}\.?,?\s+\d{4}|\p{L}{3,12}\.?\s+\d{1,2},?\s+\d{4})(?:\s*(?:г|р|ж|йил|yil|жыл|жылы)\.?)?`
	clockForm = `t?\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\s*(?:[ap]\.?m\.?|uhr|z|utc|gmt|msk|мск)?(?:\s*[+-]\d{1,2}:?\d{2})?`
)

// plainTitle takes from a title line what can be told from the line alone: a path that begins at the home page, a date
// with a clock behind it, an address of a site behind it, a short name after an upright bar.
func plainTitle(title string) string {
	for {
		was := title
		title = trimParting(title)
		title = dropCrumbs(title)
		title = dropStamp(title)
		title = dropSite(title)
		if title == was {
			return title
		}
	}
}

// loose finds separators at the ends of a title, which part nothing any more.
var loose = regexp.MustCompile(`^(?:[|»›>→•·/–—-]+\s+)+|(?:\s+[|»›>→•·/–—-]+)+$`)

// trimParting takes such separators off.
func trimParting(title string) string {
	if t := loose.ReplaceAllString(title, ""); hasLetter(t) {
		return t
	}
	return title
}

// dropCrumbs leaves the last step of a path through the site, the article itself.
func dropCrumbs(title string) string {
	steps := crumbMarks.Split(title, -1)
	if len(steps) < 2 || !homeWords[joined(steps[0])] {
		return title
	}
	if last := strings.TrimSpace(steps[len(steps)-1]); hasLetter(last) {
		return last
	}
	return title
}

// isPath tells a line that is a path through the site.
func isPath(p string) bool {
	if utf8.RuneCountInString(p) > maxHeadline {
		return false
	}
	steps := crumbMarks.Split(p, -1)
	return len(steps) > 1 && homeWords[joined(steps[0])]
}

// crumbsOnly tells a path that ends in a section and not in the article, whose headline is the next line.
func crumbsOnly(p, next string) bool {
	if !isPath(p) {
		return false
	}
	steps := crumbMarks.Split(p, -1)
	last := strings.TrimSpace(steps[len(steps)-1])
	return last == "" || len(strings.Fields(last)) < 4 && len(strings.Fields(next)) >= 3 && !isProse(next) &&
		joined(last) != joined(plainTitle(next))
}

// dropStamp takes off a date with a clock.
func dropStamp(title string) string {
	for _, at := range parting.FindAllStringIndex(title, -1) {
		if clockStamp.MatchString(strings.TrimSpace(title[at[1]:])) {
			return title[:at[0]]
		}
	}
	if at := strings.LastIndexAny(title, "(["); at > 0 && clockStamp.MatchString(strings.Trim(title[at+1:], " )]")) {
		return strings.TrimSpace(title[:at])
	}
	return title
}

var siteAddress = regexp.MustCompile(`(?i)^(?:https?://)?(?:[\p{L}\d-]{2,}\.)+\p{L}{2,12}/?$`)

// dropSite takes off the address of a site after any separator, and after an upright bar any short name: the bar is not
// a mark of the languages we read, so what stands behind it was put there by a machine. A column's name before the bar
// is left, and so is whatever has a figure in it.
func dropSite(title string) string {
	marks := parting.FindAllStringIndex(title, -1)
	if len(marks) == 0 {
		return title
	}
	at := marks[len(marks)-1]
	head, tail := strings.TrimSpace(title[:at[0]]), strings.TrimSpace(title[at[1]:])
	switch words := len(strings.Fields(head)); {
	case siteAddress.MatchString(tail) && words >= 2,
		strings.Contains(title[at[0]:at[1]], "|") && words >= 4 && len(strings.Fields(tail)) <= 4 && len(tail) < len(head) &&
			!strings.ContainsFunc(tail, unicode.IsDigit):
		return head
	}
	return title
}

// dropTitle removes the lines before the prose that say the title again, also with a path before it or a stamp or a name
// behind it. Where such a line says less, and the title goes on after a separator, the line is believed: what the title
// has more is a date, a section or the name of the site.
func dropTitle(title string, paras []string) (string, []string) {
	if title == "" {
		return title, paras
	}
	head := min(len(paras), headLines)
	kept := make([]string, 0, len(paras))
	for i, p := range paras[:head] {
		plain := p
		if utf8.RuneCountInString(p) <= maxHeadline {
			plain = plainTitle(p)
		}
		switch {
		case joined(plain) == joined(title) || extends(plain, title):
		case len(strings.Fields(plain)) >= 3 && extends(title, plain):
			title = plain
		default:
			kept = append(kept, p)
			if isProse(p) {
				head = i + 1
			}
		}
		if head == i+1 {
			break
		}
	}
	if len(kept) == head {
		return title, paras
	}
	return title, append(kept, paras[head:]...)
}

const (
	headLines   = 12  // paragraphs from the first that may stand before the prose
	maxHeadline = 300 // characters of a headline with all that sites put round it
	maxAddition = 6   // words of what a site puts before or behind
)

// extends tells whether long is short with a few words before or behind it, parted from it as sites do, or with a date.
func extends(long, short string) bool {
	if len(long) <= len(short) || len(long) > 2*maxHeadline {
		return false
	}
	if rest, ok := strings.CutPrefix(long, short); ok {
		rest = strings.Trim(rest, " ,;()[]|–—-")
		if clockStamp.MatchString(rest) || dateStamp.MatchString(rest) {
			return true
		}
	}
	want := joined(short)
	for _, at := range parting.FindAllStringIndex(long, -1) {
		before, behind := long[:at[0]], long[at[1]:]
		if len(strings.Fields(behind)) <= maxAddition && joined(before) == want ||
			len(strings.Fields(before)) <= maxAddition && joined(behind) == want {
			return true
		}
	}
	return false
}
