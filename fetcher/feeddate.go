package fetcher

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// readDate reads a date as publishers write them: RFC 822 and its misspellings, ISO 8601 and its cuts, Unix seconds
// or milliseconds, and dates in words of the languages of [monthNames]. A date that names no zone is read in zone
// (nil means UTC), a date that names no time is its midnight. What makes no sense is the zero time.
func readDate(s string, zone *time.Location) time.Time {
	const longest = 128 // no date is longer; what is longer is a text
	s = strings.TrimSpace(s)
	if s == "" || len(s) > longest {
		return time.Time{}
	}
	if zone == nil {
		zone = time.UTC
	}
	r := dateReader{year: -1, month: -1, day: -1, hour: -1}
	if !r.digitsOnly(s) && !r.weekOrOrdinal(s) && !r.read(s) {
		return time.Time{}
	}
	return r.time(zone)
}

// dateReader collects the parts of one date.
type dateReader struct {
	year, month, day int // -1: not seen
	hour, min, sec   int
	nano             int
	pm, am           bool
	zoned            bool
	offset           int // seconds east of UTC
	almaty           bool
	instant          time.Time // set by Unix time alone
	loose            []int     // numbers whose part is not known yet, in order
	looseLen         []int     // the digits they were written with
	monthFirst       bool      // the name of the month stood before any number
	yearFirst        bool      // the year stood before any other number
	slash            bool      // day and month stood as 6/7, either way round
}

// digitsOnly reads dates that are nothing but digits.
func (r *dateReader) digitsOnly(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	part := func(from, to int) int { n, _ := strconv.Atoi(s[from:to]); return n }
	switch len(s) {
	case 4:
		r.year, r.month, r.day, r.hour = part(0, 4), 1, 1, 0
	case 8:
		r.year, r.month, r.day, r.hour = part(0, 4), part(4, 6), part(6, 8), 0
	case 12, 14:
		r.year, r.month, r.day, r.hour, r.min = part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12)
		if len(s) == 14 {
			r.sec = part(12, 14)
		}
	case 9, 10, 13:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return false
		}
		if len(s) == 13 {
			r.instant = time.UnixMilli(n)
		} else {
			r.instant = time.Unix(n, 0)
		}
	default:
		return false
	}
	return true
}

// weekOrOrdinal reads the ISO forms 2026-325 and 2026-W47-6.
func (r *dateReader) weekOrOrdinal(s string) bool {
	if len(s) < 8 || s[4] != '-' {
		return false
	}
	year, err := strconv.Atoi(s[:4])
	if err != nil {
		return false
	}
	if s[5] == 'W' || s[5] == 'w' {
		week, err := strconv.Atoi(s[6:8])
		if err != nil || week < 1 || week > 53 {
			return false
		}
		weekday := 1
		if len(s) == 10 && s[8] == '-' && s[9] >= '1' && s[9] <= '7' {
			weekday = int(s[9] - '0')
		} else if len(s) != 8 {
			return false
		}
		first := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // always in week 1
		monday := first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
		d := monday.AddDate(0, 0, (week-1)*7+weekday-1)
		r.year, r.month, r.day, r.hour = d.Year(), int(d.Month()), d.Day(), 0
		return true
	}
	if len(s) != 8 {
		return false
	}
	n, err := strconv.Atoi(s[5:])
	if err != nil || n < 1 || n > 366 {
		return false
	}
	d := time.Date(year, 1, n, 0, 0, 0, 0, time.UTC)
	r.year, r.month, r.day, r.hour = d.Year(), int(d.Month()), d.Day(), 0
	return true
}

// read goes over the numbers and words of s. It is false when something stands there that no date holds.
func (r *dateReader) read(s string) bool {
	odd := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			n := r.number(s, i)
			if n < 0 {
				return false
			}
			i = n
		case (c == '+' || c == '-') && r.hour >= 0 && i+1 < len(s) && isDigit(s[i+1]):
			n := r.zoneOffset(s, i)
			if n < 0 {
				return false
			}
			i = n
		case c < utf8.RuneSelf && !isLetter(c):
			i++
		default:
			j, letters := i, 0
			for j < len(s) {
				ru, n := utf8.DecodeRuneInString(s[j:])
				if !unicode.IsLetter(ru) && !unicode.Is(unicode.Mn, ru) && ru != '\'' && ru != '’' && ru != 'ʻ' {
					break
				}
				letters++
				j += n
			}
			if letters == 0 { // a sign beyond ASCII
				_, n := utf8.DecodeRuneInString(s[i:])
				i += n
				continue
			}
			if !r.word(s[i:j], s[j:]) {
				if odd++; odd > 4 {
					return false
				}
			}
			i = j
		}
	}
	return r.settle()
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// digits gives the end of the run of digits at i, and their value.
func digits(s string, i int) (end, value int) {
	for end = i; end < len(s) && isDigit(s[end]) && end-i < 9; end++ {
		value = value*10 + int(s[end]-'0')
	}
	return end, value
}

// number reads what begins with a digit at i: a time, a numeric date or a number on its own. It gives the end, or -1.
func (r *dateReader) number(s string, i int) int {
	end, n := digits(s, i)
	length := end - i
	if length == 9 {
		return -1
	}
	if end < len(s) && s[end] == ':' && length <= 2 && r.hour < 0 {
		return r.clock(s, end, n)
	}
	// 20261121T0930…
	if length == 8 && r.year < 0 && len(r.loose) == 0 {
		r.year, r.month, r.day = n/10000, n/100%100, n%100
		if end < len(s) && (s[end] == 'T' || s[end] == 't') {
			if e, v := digits(s, end+1); e-end-1 == 6 || e-end-1 == 4 {
				if e-end-1 == 4 {
					v *= 100
				}
				r.hour, r.min, r.sec = v/10000, v/100%100, v%100
				return r.fraction(s, e)
			}
		}
		return end
	}
	if end < len(s) && (s[end] == '-' || s[end] == '/' || s[end] == '.') && end+1 < len(s) && isDigit(s[end+1]) && r.month < 0 && len(r.loose) == 0 {
		sep := s[end]
		e2, m := digits(s, end+1)
		if e2 < len(s) && s[e2] == sep && e2+1 < len(s) && isDigit(s[e2+1]) {
			e3, d := digits(s, e2+1)
			return r.numeric(sep, n, m, d, length, e3-e2-1, e3)
		}
		if length == 4 && e2-end-1 <= 2 { // 2026-11
			r.year, r.month, r.day = n, m, 1
			return e2
		}
	}
	if length == 4 && r.year < 0 && n >= 1900 {
		r.year, r.yearFirst = n, len(r.loose) == 0
		return end
	}
	r.loose = append(r.loose, n)
	r.looseLen = append(r.looseLen, length)
	return end
}

// numeric takes the three numbers of 2026-11-21, 21.11.2026, 11/21/26 and the like.
func (r *dateReader) numeric(sep byte, a, b, c, lengthA, lengthC, end int) int {
	switch {
	case lengthA == 4:
		r.year, r.month, r.day = a, b, c
	case lengthA <= 2 && (lengthC == 4 || lengthC == 2):
		if lengthC == 2 {
			c = fullYear(c)
		}
		r.year, r.month, r.day = c, b, a
		if b > 12 && a <= 12 {
			r.month, r.day = a, b
		}
		r.slash = sep == '/' && a <= 12 && b <= 12
	default:
		return -1
	}
	return end
}

func fullYear(n int) int {
	if n < 70 {
		return 2000 + n
	}
	return 1900 + n
}

// clock reads the rest of a time whose hours end before the colon at i.
func (r *dateReader) clock(s string, i, hour int) int {
	e, m := digits(s, i+1)
	if e-i-1 < 1 || e-i-1 > 2 {
		return -1
	}
	r.hour, r.min = hour, m
	if e+1 < len(s) && s[e] == ':' && isDigit(s[e+1]) {
		e2, sec := digits(s, e+1)
		if e2-e-1 > 2 {
			return -1
		}
		r.sec = sec
		return r.fraction(s, e2)
	}
	return e
}

// fraction reads a fraction of a second at i, where there is one.
func (r *dateReader) fraction(s string, i int) int {
	if i+1 >= len(s) || (s[i] != '.' && s[i] != ',') || !isDigit(s[i+1]) {
		return i
	}
	scale := 100_000_000
	for i++; i < len(s) && isDigit(s[i]); i++ {
		r.nano += int(s[i]-'0') * scale
		scale /= 10
	}
	return i
}

// zoneOffset reads +0500, +05:00, +5:00, +05 at i.
func (r *dateReader) zoneOffset(s string, i int) int {
	sign := 1
	if s[i] == '-' {
		sign = -1
	}
	e, n := digits(s, i+1)
	var h, m int
	switch e - i - 1 {
	case 1, 2:
		h = n
		if e+1 < len(s) && s[e] == ':' && isDigit(s[e+1]) {
			var e2 int
			if e2, m = digits(s, e+1); e2-e-1 > 2 {
				return -1
			}
			e = e2
		}
	case 3, 4:
		h, m = n/100, n%100
	default:
		return -1
	}
	if h > 15 || m > 59 { // no zone of this earth: as good as none
		return e
	}
	r.offset, r.zoned, r.almaty = sign*(h*60+m)*60, true, false
	return e
}

// word takes a word of the date; rest is what follows. It is false for a word that says nothing.
func (r *dateReader) word(w, rest string) bool {
	low := strings.ToLower(w)
	if len(low) == 1 {
		switch {
		case low == "t":
			return true
		case low == "z" && r.hour >= 0:
			r.zoned, r.offset = true, 0
			return true
		}
	}
	switch low {
	case "am", "a":
		r.am = r.hour >= 0
		return true
	case "pm", "p":
		r.pm = r.hour >= 0
		return true
	case "年", "月", "日", "年月日":
		return true
	}
	if m := monthOf(low); m > 0 {
		// "mar." is a Tuesday where a month comes later.
		if r.month < 0 || r.monthFirst && r.day < 0 {
			r.month = m
			r.monthFirst = len(r.loose) == 0
		}
		return true
	}
	if r.hour < 0 {
		return len(low) <= 3 || strings.HasPrefix(rest, ",") || strings.HasPrefix(rest, ".")
	}
	if o, ok := zoneNames[low]; ok {
		if !r.zoned {
			r.zoned, r.offset, r.almaty = true, o*60, low == "almt"
		}
		return true
	}
	return false
}

// settle gives the numbers that stood alone their parts.
func (r *dateReader) settle() bool {
	if r.yearFirst && r.month < 0 && len(r.loose) >= 2 { // 2026年11月21日
		r.month, r.day = r.loose[0], r.loose[1]
	}
	for i, n := range r.loose {
		switch {
		case r.day < 0 && n >= 1 && n <= 31 && r.looseLen[i] <= 2:
			r.day = n
		case r.year < 0 && r.looseLen[i] == 2:
			r.year = fullYear(n)
		case r.month < 0 && r.year >= 0 && n >= 1 && n <= 12:
			r.month = n
		}
	}
	return r.year >= 0 && r.month > 0 && r.day > 0
}

// time puts the parts together.
func (r *dateReader) time(zone *time.Location) time.Time {
	if !r.instant.IsZero() {
		return r.instant.UTC()
	}
	if r.slash && (r.am || r.pm) { // 06/07/2026 06:05 PM is American
		r.month, r.day = r.day, r.month
	}
	if r.hour < 0 {
		r.hour = 0
	}
	if r.pm && r.hour < 12 {
		r.hour += 12
	}
	if r.am && r.hour == 12 {
		r.hour = 0
	}
	if r.sec > 59 { // a leap second
		r.sec = 59
	}
	if r.year < 1900 || r.year > 2200 || r.month < 1 || r.month > 12 || r.day < 1 || r.hour > 24 || r.min > 59 {
		return time.Time{}
	}
	if r.hour == 24 && (r.min > 0 || r.sec > 0) {
		return time.Time{}
	}
	if last := time.Date(r.year, time.Month(r.month)+1, 0, 0, 0, 0, 0, time.UTC).Day(); r.day > last {
		return time.Time{}
	}
	if r.zoned {
		zone = time.UTC
	}
	t := time.Date(r.year, time.Month(r.month), r.day, r.hour, r.min, r.sec, r.nano, zone)
	if r.almaty { // Kazakhstan has one time, UTC+5, since March 2024
		r.offset = 6 * 3600
		if !t.Before(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)) {
			r.offset = 5 * 3600
		}
	}
	return t.Add(-time.Duration(r.offset) * time.Second).UTC()
}

// zoneNames gives the minutes east of UTC of zones that feeds name. An ambiguous name is read as RFC 822 does, or
// else as the region does that chapar watches.
var zoneNames = map[string]int{
	"utc": 0, "gmt": 0, "ut": 0, "z": 0, "wet": 0, "gmtz": 0,
	"est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
	"ast": -240, "adt": -180, "akst": -540, "akdt": -480, "hst": -600, "brt": -180, "art": -180, "et": -300, "pt": -480,
	"bst": 60, "west": 60, "cet": 60, "met": 60, "mez": 60, "wat": 60, "cest": 120, "mest": 120, "mesz": 120, "eet": 120, "cat": 120, "sast": 120,
	"eest": 180, "msk": 180, "trt": 180, "eat": 180, "мск": 180, "msd": 240, "irst": 210, "irdt": 270,
	"samt": 240, "azt": 240, "azst": 300, "amt": 240, "gst": 240, "aft": 270,
	"uzt": 300, "uzst": 300, "tjt": 300, "tmt": 300, "pkt": 300, "yekt": 300, "aqtt": 300, "oral": 300, "orat": 300, "qyzt": 300,
	"almt": 360, "almst": 420, "kgt": 360, "kgst": 360, "omst": 360, "bdt": 360, "ist": 330, "npt": 345,
	"novt": 420, "krat": 420, "ict": 420, "wib": 420, "irkt": 480, "hkt": 480, "sgt": 480, "myt": 480, "ulat": 480, "awst": 480,
	"jst": 540, "kst": 540, "yakt": 540, "acst": 570, "aest": 600, "vlat": 600, "aedt": 660, "magt": 660, "nzst": 720, "pett": 720, "nzdt": 780,
}
