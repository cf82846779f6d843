package corpus

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the record as one JSON object on one line, without a newline: what encoding/json gives without
// its escaping of HTML, in the order of the fields. Lists are never null, empty text is left out, bytes that are not
// UTF-8 become U+FFFD, and a number that JSON does not have (not a number, infinite) becomes 0.
func AppendJSON(dst []byte, r *Record) []byte {
	return append(appendFields(dst, r, r.Text), '}')
}

// appendManifest appends the line of a manifest: the record without its text, and the name of its file.
func appendManifest(dst []byte, r *Record, file []byte) []byte {
	dst = appendFields(dst, r, "")
	dst = append(dst, `,"file":"`...)
	dst = append(dst, file...)
	return append(dst, '"', '}')
}

func appendFields(dst []byte, r *Record, text string) []byte {
	dst = appendString(append(dst, `{"id":`...), r.ID)
	dst = strconv.AppendInt(append(dst, `,"number":`...), int64(r.Number), 10)
	dst = appendString(append(dst, `,"url":`...), r.URL)
	dst = appendString(append(dst, `,"canonical_url":`...), r.CanonicalURL)
	dst = appendString(append(dst, `,"source":`...), r.Source)
	dst = appendString(append(dst, `,"source_name":`...), r.SourceName)
	dst = appendList(append(dst, `,"also_in":`...), r.AlsoIn)
	dst = appendString(append(dst, `,"title":`...), r.Title)
	if text != "" {
		dst = appendString(append(dst, `,"text":`...), text)
	}
	dst = appendList(append(dst, `,"authors":`...), r.Authors)
	dst = appendMoment(append(dst, `,"published":`...), r.Published)
	dst = appendMoment(append(dst, `,"modified":`...), r.Modified)
	dst = appendString(append(dst, `,"date_from":`...), r.DateFrom)
	dst = appendTime(append(dst, `,"first_seen":`...), r.FirstSeen)
	dst = appendTime(append(dst, `,"fetched":`...), r.Fetched)
	dst = appendString(append(dst, `,"language":`...), r.Language)
	dst = appendFloat(append(dst, `,"relevance":`...), r.Relevance)
	dst = appendList(append(dst, `,"topics":`...), r.Topics)
	dst = appendList(append(dst, `,"places":`...), r.Places)
	dst = appendList(append(dst, `,"reasons":`...), r.Reasons)
	dst = appendString(append(dst, `,"cluster":`...), r.Cluster)
	dst = appendOptional(append(dst, `,"duplicate_of":`...), r.DuplicateOf)
	dst = appendFloat(append(dst, `,"overlap":`...), r.Overlap)
	dst = appendOptional(append(dst, `,"translation_of":`...), r.Translation)
	dst = strconv.AppendInt(append(dst, `,"revision":`...), int64(r.Revision), 10)
	dst = appendString(append(dst, `,"cause":`...), r.Cause)
	dst = appendString(append(dst, `,"text_from":`...), r.TextFrom)
	dst = appendString(append(dst, `,"sha256":`...), r.SHA256)
	if r.Withdrawn != nil {
		dst = appendMoment(append(dst, `,"withdrawn":`...), r.Withdrawn)
	}
	if len(r.Removed) > 0 {
		dst = appendList(append(dst, `,"removed":`...), r.Removed)
	}
	return dst
}

func appendList(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}

func appendOptional(dst []byte, s *string) []byte {
	if s == nil {
		return append(dst, "null"...)
	}
	return appendString(dst, *s)
}

func appendMoment(dst []byte, t *time.Time) []byte {
	if t == nil || !expressible(*t) {
		return append(dst, "null"...)
	}
	return appendTime(dst, *t)
}

func appendTime(dst []byte, t time.Time) []byte {
	if !expressible(t) {
		t = time.Time{}
	}
	dst = append(dst, '"')
	dst = t.AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}

// expressible says whether RFC 3339 has a form for the time: a year of four digits, a zone of less than a day.
func expressible(t time.Time) bool {
	year := t.Year()
	_, offset := t.Zone()
	return year >= 0 && year <= 9999 && offset > -24*60*60 && offset < 24*60*60
}

// utc gives a time in UTC, the zero time for one that is not expressible.
func utc(t time.Time) time.Time {
	if !expressible(t) {
		return time.Time{}
	}
	return t.UTC()
}

func utcMoment(t *time.Time) *time.Time {
	if t == nil || !expressible(*t) {
		return nil
	}
	u := t.UTC()
	return &u
}

// finite gives 0 for what is no number or has no end.
func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

func appendFloat(dst []byte, f float64) []byte {
	f = finite(f)
	if size := math.Abs(f); size == 0 || size >= 1e-6 && size < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// plain says of a byte of valid UTF-8 that it stands in a JSON string as it is, whatever follows it. 0xE2 begins
// U+2028 and U+2029, which are newlines to some readers of JSON Lines.
func plain(c byte) bool { return c >= ' ' && c != '"' && c != '\\' && c != 0xE2 }

// allPlain says of eight bytes at once whether all are plain.
func allPlain(s string) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	_ = s[7]
	x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	// The top bit of a byte of y - ones that was not set in y tells that y, or a byte below it, is 0.
	quote, backslash, e2 := x^ones*'"', x^ones*'\\', x^ones*0xE2
	found := (x-ones*' ')&^x | (quote-ones)&^quote | (backslash-ones)&^backslash | (e2-ones)&^e2
	return found&tops == 0
}

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for !utf8.ValidString(s) {
		valid := validPrefix(s)
		dst = appendEscaped(dst, s[:valid])
		dst = append(dst, `\ufffd`...)
		s = s[valid+1:]
	}
	return append(appendEscaped(dst, s), '"')
}

// validPrefix gives the number of bytes before the first that is not UTF-8.
func validPrefix(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return len(s)
}

// appendEscaped appends valid UTF-8 with the escapes that JSON wants.
func appendEscaped(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	start := 0
	for i := 0; i < len(s); i++ {
		for i+8 < len(s) && allPlain(s[i:i+8]) {
			i += 8
		}
		c := s[i]
		if plain(c) {
			continue
		}
		if c == 0xE2 {
			if s[i+1] != 0x80 || s[i+2]&^1 != 0xA8 {
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = append(dst, `\u202`...)
			dst = append(dst, hexDigits[s[i+2]&0xF])
			i += 2
			start = i + 1
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
		}
		start = i + 1
	}
	return append(dst, s[start:]...)
}
