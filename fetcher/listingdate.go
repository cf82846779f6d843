package fetcher

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Moment is when a page was read, and in which zone its publisher lives. The zero Moment is not known: days that only
// it can tell are not read then.
type Moment struct {
	At   time.Time
	Zone *time.Location // nil means UTC
}

// dayReader reads the dates that stand beside the links of an index page.
type dayReader struct {
	now Moment
}

// A date in the text beside a link: numbers, or a day, the name of a month and a year.
var dateInText = regexp.MustCompile(`(?:^|[^\d.])(\d{1,2}[./-]\d{1,2}[./-]20\d\d|20\d\d[./-]\d{1,2}[./-]\d{1,2}|20\d\d年\d{1,2}月\d{1,2}日|\d{1,2}(?:-|\s+)\pL{3,12}\.?,?\s+20\d\d|\pL{3,12}\.?\s+\d{1,2},?\s+20\d\d)(?:$|\D)`)

// What a piece of text may say besides its date, in front of it or behind it.
const (
	clockOrNone = `(?:[\s,|/·•—–-]*(?:в|at|um|saat|соат|сағат)?\s*\d{1,2}[:.]\d\d(?::\d\d)?(?:\s*[ap]m)?)?`
	edge        = `[^\pL\d]*`
)

// Texts that are a day and nothing else, perhaps with a time of day.
var (
	dayWord = regexp.MustCompile(`(?i)^` + edge + `(?:\d{1,2}[:.]\d\d[\s,|/·•—–-]*)?(?:` +
		`(сегодня|бүгін|бүгүн|bugun|бугун|имрӯз|şu gün|bu gün|bugün|today|heute|сьогодні|امروز|今天)|(вчера|кеше|кечээ|kecha|кеча|дирӯз|дина|düýn|dünən|dün|yesterday|gestern|вчора|دیروز|昨天)` +
		`)` + clockOrNone + edge + `$`)
	dayAgo = regexp.MustCompile(`(?i)^` + edge + `(\d{1,3}|an?|one)?\s*(?:` +
		`(мин\pL*|min\pL*|daqiqa|дақиқа|мүнөт|dəqiqə|دقیقه)|(час\pL*|ч|hours?|hrs?|h|сағат|саат|soat|соат|sagat|saat|godzin|stunden?|ساعت)|(дн\pL*|день|days?|d|күн|kun|кун|рӯз|gün|tagen?|روز)` +
		`)\.?\s*(?:назад|ago|бұрын|мурун|мурда|oldin|avval|олдин|пеш|öň|əvvəl|önce|тому|پیش)` + edge + `$`)
	dayMonth = regexp.MustCompile(`(?i)^` + edge + `(?:\d{1,2}[:.]\d\d[\s,|/·•—–-]+)?(?:\pL+,?\s+)?(?:(\d{1,2})(?:-|\s+|\.\s+)(\pL{3,12})|(\pL{3,12})\.?\s+(\d{1,2}))\.?` + clockOrNone + edge + `$`)
	dayPoint = regexp.MustCompile(`^` + edge + `(\d{2})\.(\d{2})` + clockOrNone + edge + `$`)
)

// longestDay is the length of the longest text that is taken for a day alone, in characters.
const longestDay = 40

// alone reads a text that is a day and nothing else. The zero time means that it is something else.
func (r dayReader) alone(text string) time.Time {
	if r.now.At.IsZero() || text == "" || utf8.RuneCountInString(text) > longestDay {
		return time.Time{}
	}
	zone := r.now.Zone
	if zone == nil {
		zone = time.UTC
	}
	now := r.now.At.In(zone)
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	if m := dayWord.FindStringSubmatch(text); m != nil {
		if m[1] != "" {
			return day(now)
		}
		return day(now.AddDate(0, 0, -1))
	}
	if m := dayAgo.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			n = 1
		}
		unit := time.Minute
		if m[3] != "" {
			unit = time.Hour
		} else if m[4] != "" {
			unit = 24 * time.Hour
		}
		return day(now.Add(-time.Duration(n) * unit))
	}
	if m := dayMonth.FindStringSubmatch(text); m != nil {
		number, name := m[1], m[2]
		if number == "" {
			number, name = m[4], m[3]
		}
		return r.thisYear(number, monthOf(strings.ToLower(name)), now)
	}
	if m := dayPoint.FindStringSubmatch(text); m != nil {
		month, _ := strconv.Atoi(m[2])
		return r.thisYear(m[1], month, now)
	}
	return time.Time{}
}

// thisYear gives the last day of that number and month, seen from now.
func (r dayReader) thisYear(number string, month int, now time.Time) time.Time {
	d, _ := strconv.Atoi(number)
	if month < 1 || month > 12 || d < 1 {
		return time.Time{}
	}
	t := time.Date(now.Year(), time.Month(month), d, 0, 0, 0, 0, time.UTC)
	if t.After(now.AddDate(0, 0, 2)) {
		t = time.Date(now.Year()-1, time.Month(month), d, 0, 0, 0, 0, time.UTC)
	}
	if t.Day() != d {
		return time.Time{}
	}
	return t
}

// dateNear finds the date that stands beside a link: in the link itself, or in what surrounds it up to where the
// next article begins, or above it as the heading of a day.
func (p *listing) dateNear(c *candidate) time.Time {
	for _, pl := range c.places {
		for n, up := pl.node, 0; n != nil && up < 6; n, up = n.Parent, up+1 {
			if n.DataAtom == atom.Body || n.DataAtom == atom.Html || up > 0 && p.holdsOther(n, c.key) {
				break
			}
			if t := p.days.within(n); !t.IsZero() {
				return t
			}
			if before := previousElement(n); before != nil && !p.holdsOther(before, "") {
				if text := textBelow(before); len(text) < 60 {
					if t := p.days.within(before); !t.IsZero() {
						return t
					}
				}
			}
		}
	}
	for _, pl := range c.places {
		if t := p.dayAbove(pl.node); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// dayAbove finds the day under which a link stands: among the elements before it, and before what it stands in, the
// last one that is a day and nothing else.
func (p *listing) dayAbove(n *html.Node) time.Time {
	const ups, most = 5, 200
	for up := 0; n != nil && up < ups && n.DataAtom != atom.Body; n, up = n.Parent, up+1 {
		seen := 0
		for s := previousElement(n); s != nil && seen < most; s, seen = previousElement(s), seen+1 {
			day, known := p.headings[s]
			if !known {
				day = p.heading(s)
				p.headings[s] = day
			}
			if !day.IsZero() {
				return day
			}
		}
	}
	return time.Time{}
}

// heading reads an element that is a day and nothing else.
func (p *listing) heading(n *html.Node) time.Time {
	if n.DataAtom == atom.A || linkIn(n) != nil {
		return time.Time{}
	}
	text := textBelow(n)
	if t := p.days.alone(text); !t.IsZero() {
		return t
	}
	if utf8.RuneCountInString(text) <= longestDay {
		if m := dateInText.FindStringSubmatch(text); m != nil {
			return certain(m[1])
		}
	}
	return time.Time{}
}

func previousElement(n *html.Node) *html.Node {
	for s := n.PrevSibling; s != nil; s = s.PrevSibling {
		if s.Type == html.ElementNode {
			return s
		}
	}
	return nil
}

// holdsOther reports whether a node holds a chosen link to another address than the given one.
func (p *listing) holdsOther(n *html.Node, key string) bool {
	for d := range n.Descendants() {
		if d.DataAtom == atom.A {
			if k := p.keyOfLink(d); k != key && p.known[k] {
				return true
			}
		}
	}
	return false
}

// within reads the date of a time element, or else one in the text, or else an element that is a day and nothing else.
func (r dayReader) within(n *html.Node) time.Time {
	if n.Type == html.ElementNode && n.DataAtom == atom.Time {
		if t := certain(attrOf(n, "datetime")); !t.IsZero() {
			return t
		}
	}
	for d := range n.Descendants() {
		if d.DataAtom == atom.Time {
			if t := certain(attrOf(d, "datetime")); !t.IsZero() {
				return t
			}
		}
	}
	text := textBelow(n)
	if m := dateInText.FindStringSubmatch(text); m != nil {
		return certain(m[1])
	}
	if r.now.At.IsZero() {
		return time.Time{}
	}
	if t := r.alone(text); !t.IsZero() {
		return t
	}
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode:
			if t := r.alone(strings.TrimSpace(d.Data)); !t.IsZero() {
				return t
			}
		case d.Type == html.ElementNode && d.FirstChild != nil && d.FirstChild != d.LastChild && d.DataAtom != atom.A:
			if t := r.alone(textBelow(d)); !t.IsZero() {
				return t
			}
		}
	}
	return time.Time{}
}

// certain reads a date; the time of day counts only where its zone is said.
func certain(s string) time.Time {
	t := readDate(s, nil)
	if t.IsZero() {
		return t
	}
	if far := readDate(s, time.FixedZone("", 3600)); far.Equal(t) { // the zone is said
		return t
	}
	return t.Truncate(24 * time.Hour)
}
