package normalize

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Moment is a date that was read from a text.
type Moment struct {
	Time  time.Time
	Zoned bool // the text named its own zone; otherwise the given one was assumed
	Clock bool // the text gave a time of day; otherwise it is midnight
}

// ParseDate finds the first date in a short text: RFC 3339, 822 and 1123 and what passes for them, ISO 8601, day,
// month and year in figures or with the month's name in the languages of the region and its neighbours, "today" and
// "yesterday", "two hours ago", seconds since 1970. Dates without a zone are read in zone (nil is UTC). Dates without
// a year take the latest one that is not after seen, relative ones count from seen; without seen they are not read.
func ParseDate(s string, zone *time.Location, seen time.Time) (Moment, bool) {
	if zone == nil {
		zone = time.UTC
	}
	const most = 300
	s = strings.TrimSpace(clip(s, most))
	if s == "" {
		return Moment{}, false
	}
	if m, ok := epoch(s, zone); ok {
		return m, true
	}
	p := &dateReader{toks: dateTokens(s), zone: zone, seen: seen}
	return p.read()
}

// epoch reads seconds or milliseconds since 1970.
func epoch(s string, zone *time.Location) (Moment, bool) {
	if len(s) != 10 && len(s) != 13 {
		return Moment{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return Moment{}, false
	}
	if len(s) == 13 {
		n /= 1000
	}
	t := time.Unix(n, 0).In(zone)
	return Moment{t, true, true}, t.Year() >= 1995 && t.Year() < 2100
}

// dtok is a number, a folded word, or a single mark.
type dtok struct {
	num     int
	digits  int // of a number; 0 for others
	word    string
	mark    rune
	gap     bool // blanks stand before it
	at, end int  // where it stands, in bytes
}

func dateTokens(s string) []dtok {
	var out []dtok
	gap := false
	size := len(s)
	add := func(t dtok, n int) {
		t.gap, t.at, t.end = gap, size-len(s), size-len(s)+n
		out, s, gap = append(out, t), s[n:], false
	}
	for s != "" && len(out) < 200 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r >= '0' && r <= '9':
			i := 0
			for i < len(s) && s[i] >= '0' && s[i] <= '9' {
				i++
			}
			t := dtok{digits: i}
			if i <= 14 {
				t.num, _ = strconv.Atoi(s[:i])
			}
			add(t, i)
		case unicode.IsLetter(r):
			i := strings.IndexFunc(s, func(r rune) bool {
				return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && r != '\'' && r != 'ʻ' && r != '’' && r != '‘'
			})
			if i < 0 {
				i = len(s)
			}
			if r >= 0x4E00 && r < 0xA000 || r >= 0xAC00 && r < 0xD7B0 {
				i = n
			}
			add(dtok{word: fold(s[:i])}, i)
		case unicode.IsSpace(r) || r == '\u00a0':
			s, gap = s[n:], true
		default:
			add(dtok{mark: r}, n)
		}
	}
	return out
}

// fold brings a word to lower case without the marks above and below its letters, so that spellings meet.
func fold(w string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(w)) {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == 'ʻ' || r == '’' || r == '‘' || r == 'ʼ':
		case r == 'ı':
			b.WriteByte('i')
		case r == 'қ':
			b.WriteRune('к')
		case r == 'ғ':
			b.WriteRune('г')
		case r == 'ң':
			b.WriteRune('н')
		case r == 'ү' || r == 'ұ':
			b.WriteRune('у')
		case r == 'ө':
			b.WriteRune('о')
		case r == 'ҳ':
			b.WriteRune('х')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

type dateReader struct {
	toks []dtok
	zone *time.Location
	seen time.Time
}

func (p *dateReader) at(i int) dtok {
	if i < 0 || i >= len(p.toks) {
		return dtok{}
	}
	return p.toks[i]
}

// ymd is a day as found, with the tokens that it took.
type ymd struct {
	year, month, day int // year 0: not stated
	from, to         int
}

func (p *dateReader) read() (Moment, bool) {
	for i := range p.toks {
		if d, ok := p.day(i); ok {
			return p.finish(d)
		}
		if m, ok := p.relative(i); ok {
			return m, true
		}
	}
	return Moment{}, false
}

// day reads a date that begins at token i.
func (p *dateReader) day(i int) (ymd, bool) {
	t := p.at(i)
	switch {
	case t.digits == 8 || t.digits == 14:
		n := t.num
		if t.digits == 14 {
			n /= 1_000_000
		}
		d := ymd{n / 10000, n / 100 % 100, n % 100, i, i + 1}
		return d, d.sound()
	case t.digits == 4:
		return p.yearFirst(i)
	case t.digits == 1 || t.digits == 2:
		return p.dayFirst(i)
	case t.word != "":
		return p.monthFirst(i)
	}
	return ymd{}, false
}

// yearFirst reads 2024-05-17, 2024/5/17, 2024.05.17, 2024年5月17日, 2024 жылғы 17 мамыр, 2024-yil 17-may.
func (p *dateReader) yearFirst(i int) (ymd, bool) {
	y := p.at(i).num
	sep := p.at(i + 1)
	if (sep.mark == '-' || sep.mark == '/' || sep.mark == '.' || sep.mark == '–') && isSmall(p.at(i+2)) && p.at(i+3).mark == sep.mark && isSmall(p.at(i+4)) {
		d := ymd{y, p.at(i + 2).num, p.at(i + 4).num, i, i + 5}
		return d, d.sound()
	}
	if (sep.word == "年" || sep.word == "년") && isSmall(p.at(i+2)) && isSmall(p.at(i+4)) {
		d := ymd{y, p.at(i + 2).num, p.at(i + 4).num, i, i + 6}
		return d, d.sound()
	}
	// The word for "year" may stand between, joined with a dash.
	j := i + 1
	if p.at(j).mark == '-' || p.at(j).mark == '‑' || p.at(j).mark == '–' || p.at(j).mark == ',' {
		j++
	}
	if yearWord(p.at(j).word) {
		j++
		if p.at(j).mark == ',' || p.at(j).mark == '.' {
			j++
		}
	}
	if isSmall(p.at(j)) {
		k := j + 1
		if m := p.at(k).mark; m == '-' || m == '‑' || m == '–' || m == '.' {
			k++
		}
		if m := monthOf(p.at(k).word); m != 0 {
			d := ymd{y, m, p.at(j).num, i, k + 1}
			return d, d.sound()
		}
	}
	if m := monthOf(p.at(j).word); m != 0 && isSmall(p.at(j+1)) {
		d := ymd{y, m, p.at(j + 1).num, i, j + 2}
		return d, d.sound()
	}
	return ymd{}, false
}

// dayFirst reads 17.05.2024, 17/5/24, 17 мая 2024, 17-may 2024, 17. Mai 2024, 1st of May 2024, 17 May.
func (p *dateReader) dayFirst(i int) (ymd, bool) {
	if prev := p.at(i - 1); !p.at(i).gap && (prev.mark == '.' || prev.mark == '-' || prev.mark == '/' || prev.mark == ':') && p.at(i-2).digits > 0 {
		return ymd{}, false // inside a longer number
	}
	d := p.at(i).num
	sep := p.at(i + 1)
	if (sep.mark == '.' || sep.mark == '/' || sep.mark == '-') && isSmall(p.at(i+2)) && p.at(i+3).mark == sep.mark {
		y := p.at(i + 4)
		year := y.num
		if y.digits == 2 {
			year += 2000
		}
		if y.digits == 4 || y.digits == 2 {
			r := ymd{year, p.at(i + 2).num, d, i, i + 5}
			if r.month > 12 {
				r.month, r.day = r.day, r.month
			} else if sep.mark == '/' && p.american(i+5) && r.day <= 12 {
				r.month, r.day = r.day, r.month
			}
			return r, r.sound()
		}
	}
	j := i + 1
	if w := p.at(j).word; !p.at(j).gap && (w == "st" || w == "nd" || w == "rd" || w == "th" || w == "er" || w == "го" || w == "е" || w == "ші" || w == "шы") {
		j++
	}
	if m := p.at(j).mark; m == '.' || m == '-' || m == '‑' || m == '–' || m == '/' || m == ' ' {
		j++
	}
	for w := p.at(j).word; w == "of" || w == "de" || w == "чи" || w == "инчи"; w = p.at(j).word {
		j++
	}
	m := monthOf(p.at(j).word)
	if m == 0 {
		return ymd{}, false
	}
	r := ymd{0, m, d, i, j + 1}
	k := j + 1
	for {
		t := p.at(k)
		if t.mark == ',' || t.mark == '.' || t.mark == '-' || t.mark == '/' || t.mark == '\'' || t.word == "de" || t.word == "del" || yearWord(t.word) {
			k++
			continue
		}
		break
	}
	if y := p.at(k); y.digits == 4 && y.num >= 1900 && y.num < 2200 {
		r.year, r.to = y.num, k+1
	} else if y.digits == 2 && p.at(k+1).mark != ':' && p.at(k+1).mark != '.' && k > j+1 && k-j <= 3 && p.at(k-1).mark == '-' {
		r.year, r.to = 2000+y.num, k+1
	}
	return r, r.sound()
}

// american reports whether a time with AM or PM follows: then the month stood first.
func (p *dateReader) american(i int) bool {
	for k := i; k < i+8; k++ {
		if w := p.at(k).word; w == "am" || w == "pm" {
			return true
		}
	}
	return false
}

// monthFirst reads May 17, 2024 and Мамыр 17, 2024.
func (p *dateReader) monthFirst(i int) (ymd, bool) {
	m := monthOf(p.at(i).word)
	if m == 0 {
		return ymd{}, false
	}
	j := i + 1
	if p.at(j).mark == '.' || p.at(j).mark == '-' {
		j++
	}
	if !isSmall(p.at(j)) || p.at(j+1).mark == ':' {
		return ymd{}, false
	}
	r := ymd{0, m, p.at(j).num, i, j + 1}
	k := j + 1
	if w := p.at(k).word; w == "st" || w == "nd" || w == "rd" || w == "th" {
		k++
	}
	for t := p.at(k); t.mark == ',' || t.mark == '-' || t.mark == '.'; t = p.at(k) {
		k++
	}
	if y := p.at(k); y.digits == 4 && y.num >= 1900 && y.num < 2200 {
		r.year, r.to = y.num, k+1
	}
	// Go's and C's own form puts the clock before the year: May 17 10:11:12 2024.
	if r.year == 0 && p.at(k).digits == 2 && p.at(k+1).mark == ':' {
		for n := k; n < k+9; n++ {
			if y := p.at(n); y.digits == 4 && y.num >= 1900 && y.num < 2200 && p.at(n-1).mark != '+' && p.at(n-1).mark != '-' {
				r.year = y.num
				break
			}
		}
	}
	return r, r.sound()
}

func isSmall(t dtok) bool { return t.digits == 1 || t.digits == 2 }

func (d ymd) sound() bool {
	if d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 || d.year != 0 && (d.year < 1900 || d.year > 2200) {
		return false
	}
	y := d.year
	if y == 0 {
		y = 2024
	}
	return time.Date(y, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Day() == d.day
}

// finish adds the clock and the zone that stand near a day, and the year where it is missing.
func (p *dateReader) finish(d ymd) (Moment, bool) {
	c, ok := p.clock(d.to)
	if !ok && p.toks[d.from].digits == 14 {
		n := p.at(d.from)
		c, ok = clock{hour: n.num / 10000 % 100, minute: n.num / 100 % 100, second: n.num % 100, zone: p.zone}, true
	}
	if !ok {
		c, ok = p.clockBefore(d.from)
	}
	if d.year == 0 {
		if p.seen.IsZero() {
			return Moment{}, false
		}
		last := p.seen.In(c.zoneOr(p.zone)).AddDate(0, 0, 1)
		d.year = last.Year()
		if time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, last.Location()).After(last) {
			d.year--
		}
		if !d.sound() {
			return Moment{}, false
		}
	}
	t := time.Date(d.year, time.Month(d.month), d.day, c.hour, c.minute, c.second, c.nano, c.zoneAt(p.zone, d.year, d.month))
	return Moment{t, c.zoned, ok}, true
}

// clock is a time of day with its zone.
type clock struct {
	hour, minute, second, nano int
	zone                       *time.Location
	zoned                      bool
	almaty                     bool
}

func (c clock) zoneOr(z *time.Location) *time.Location {
	if c.zone != nil {
		return c.zone
	}
	return z
}

// zoneAt settles the one name whose meaning changed: Almaty was six hours ahead of UTC until the end of February 2024.
func (c clock) zoneAt(z *time.Location, year, month int) *time.Location {
	if c.almaty {
		if year < 2024 || year == 2024 && month < 3 {
			return time.FixedZone("", 6*3600)
		}
		return time.FixedZone("", 5*3600)
	}
	return c.zoneOr(z)
}

// clock looks for a time of day from token i on, past a few small words.
func (p *dateReader) clock(i int) (clock, bool) {
	for k := i; k < i+7 && k < len(p.toks); k++ {
		t := p.at(k)
		if t.digits == 4 && p.at(k+1).mark != ':' && k == i+1 && p.at(i).word == "t" {
			c := clock{hour: t.num / 100, minute: t.num % 100}
			return p.withZone(c, k+1)
		}
		if t.digits == 6 && p.at(i).word == "t" {
			c := clock{hour: t.num / 10000, minute: t.num / 100 % 100, second: t.num % 100}
			return p.withZone(c, k+1)
		}
		if !isSmall(t) {
			if t.digits > 0 {
				return p.noClock(i)
			}
			continue
		}
		c, next, ok := p.clockAt(k)
		if !ok {
			if k > i+1 {
				return p.noClock(i)
			}
			continue
		}
		return p.withZone(c, next)
	}
	return p.noClock(i)
}

func (p *dateReader) noClock(i int) (clock, bool) {
	c, _ := p.withZone(clock{}, i)
	if c.zoned && c.zone != time.UTC {
		return c, false
	}
	return clock{}, false
}

// clockBefore looks for a time of day that ends right before token i, as in "14:30, 17 May".
func (p *dateReader) clockBefore(i int) (clock, bool) {
	for k := max(0, i-8); k < i; k++ {
		if c, next, ok := p.clockAt(k); ok && next <= i && p.at(k+1).mark == ':' && p.at(k-1).mark != ':' {
			c, _ := p.withZone(c, next)
			return c, true
		}
	}
	return clock{}, false
}

// clockAt reads 14:30, 14:30:15.123, 2:30 pm, 14.30, 14h30, 2pm at token k.
func (p *dateReader) clockAt(k int) (c clock, next int, ok bool) {
	h := p.at(k)
	if !isSmall(h) || h.num > 24 {
		return c, k, false
	}
	c.hour, next = h.num, k+1
	sep := p.at(k + 1)
	switch {
	case (sep.mark == ':' || sep.mark == '：') && p.at(k+2).digits == 2,
		(sep.word == "h" || sep.word == "时" || sep.word == "時" || sep.word == "시" || sep.mark == '.' && !sep.gap) && p.at(k+2).digits == 2 && !(sep.mark == '.' && p.at(k+3).mark == '.'):
		c.minute, next = p.at(k+2).num, k+3
		if p.at(next).mark == ':' && p.at(next+1).digits == 2 {
			c.second, next = p.at(next+1).num, next+2
			if m := p.at(next).mark; (m == '.' || m == ',') && p.at(next+1).digits > 0 && !p.at(next+1).gap {
				next += 2
			}
		}
		ok = true
	}
	if w := p.at(next); w.word == "am" || w.word == "pm" || (w.word == "a" || w.word == "p") && p.at(next+1).mark == '.' && p.at(next+2).word == "m" {
		if c.hour > 12 {
			return c, next, ok // "14:30 PM": the half of the day adds nothing
		}
		c.hour %= 12
		if w.word[0] == 'p' {
			c.hour += 12
		}
		next++
		if len(w.word) == 1 {
			next += 2
			if p.at(next).mark == '.' {
				next++
			}
		}
		ok = true
	}
	if c.hour > 24 || c.minute > 59 || c.second > 60 || c.hour == 24 && c.minute > 0 {
		ok = false
	}
	return c, next, ok
}

// withZone reads the zone that follows a clock: Z, +05:00, GMT+5, MSK, "(Astana time)".
func (p *dateReader) withZone(c clock, i int) (clock, bool) {
	for k := i; k < i+5 && k < len(p.toks); k++ {
		t := p.at(k)
		switch {
		case (t.mark == '+' || t.mark == '-' || t.mark == '−') && p.at(k+1).digits > 0 && !p.at(k+1).gap && (k == i || p.at(k-1).word != "") && !(t.mark == '-' && t.gap && p.at(k+1).digits < 4 && p.at(k+2).mark != ':'):
			if off, ok := p.offset(k); ok {
				c.zone, c.zoned = time.FixedZone("", off), true
				return c, true
			}
			return c, true
		case t.word != "":
			if off, ok := zoneNames[t.word]; ok {
				if (t.word == "utc" || t.word == "gmt") && (p.at(k+1).mark == '+' || p.at(k+1).mark == '-' || p.at(k+1).mark == '−') {
					if o, ok := p.offset(k + 1); ok {
						c.zone, c.zoned = time.FixedZone("", o), true
						return c, true
					}
				}
				c.zone, c.zoned = time.FixedZone("", off), true
				if off == 0 {
					c.zone = time.UTC
				}
				c.almaty = t.word == "almt"
				return c, true
			}
			if t.word == "z" && !t.gap {
				c.zone, c.zoned = time.UTC, true
				return c, true
			}
		case t.digits > 0:
			return c, true
		}
	}
	return c, true
}

func (p *dateReader) offset(k int) (seconds int, ok bool) {
	sign := 1
	if m := p.at(k).mark; m == '-' || m == '−' {
		sign = -1
	}
	n := p.at(k + 1)
	h, m := n.num, 0
	switch n.digits {
	case 4:
		h, m = n.num/100, n.num%100
	case 1, 2:
		if p.at(k+2).mark == ':' && p.at(k+3).digits == 2 {
			m = p.at(k + 3).num
		}
	default:
		return 0, false
	}
	if h > 14 || m > 59 {
		return 0, false
	}
	return sign * (h*3600 + m*60), true
}

// relative reads "today, 14:30", "yesterday", "5 minutes ago" at token i.
func (p *dateReader) relative(i int) (Moment, bool) {
	if p.seen.IsZero() {
		return Moment{}, false
	}
	t := p.at(i)
	if back, ok := nearDays[t.word]; ok && t.word != "" {
		day := p.seen.In(p.zone).AddDate(0, 0, -back)
		c, ok := p.clock(i + 1)
		if !ok {
			c, ok = p.clockBefore(i)
		}
		z := c.zoneAt(p.zone, day.Year(), int(day.Month()))
		day = p.seen.In(z).AddDate(0, 0, -back)
		return Moment{time.Date(day.Year(), day.Month(), day.Day(), c.hour, c.minute, c.second, 0, z), c.zoned, ok}, true
	}
	if t.digits > 0 && t.digits <= 3 {
		unit, ok := units[p.at(i+1).word]
		if !ok {
			return Moment{}, false
		}
		for k := i + 2; k < i+4; k++ {
			if agoWords[p.at(k).word] {
				return Moment{p.seen.Add(-time.Duration(t.num) * unit).In(p.zone), true, unit < 24*time.Hour}, true
			}
		}
	}
	return Moment{}, false
}
