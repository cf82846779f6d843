package normalize

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// declared finds the charset that a document claims for itself, in a meta tag or an XML declaration.
var declared = regexp.MustCompile(`(?i)<(?:meta|\?xml)\b[^>]{0,400}?(?:charset|encoding)\s*=\s*["']?\s*([a-z0-9_:.-]{2,40})`)

// kz1048 lists where the Kazakh code page differs from windows-1251.
var kz1048 = strings.NewReplacer("Ќ", "Қ", "ќ", "қ", "Џ", "Һ", "џ", "һ", "Ў", "Ұ", "ў", "ұ", "Ј", "Ә", "Ґ", "Ө", "ґ", "ө",
	"Є", "Ғ", "є", "ғ", "Ї", "Ү", "ї", "ү", "ј", "ә", "Ѕ", "Ң", "ѕ", "ң")

// decode turns the bytes of a page into valid UTF-8 and names the charset it took. It never fails: what cannot be
// read becomes U+FFFD. The ladder: byte order mark, valid UTF-8, the server's word, the document's word, statistics.
// A declared charset under which the text makes no sense yields to the next step.
func decode(body []byte, contentType string) (text, name string) {
	if enc, n, skip := marked(body); enc != nil {
		return decodeWith(enc, body[skip:]), n
	} else if skip > 0 {
		return strings.ToValidUTF8(string(body[skip:]), "\uFFFD"), n
	}
	if utf8.Valid(body) {
		return string(body), "utf-8"
	}
	if mostlyUTF8(body) {
		return strings.ToValidUTF8(string(body), "\uFFFD"), "utf-8"
	}
	detected := detect(body)
	for _, label := range []string{headerCharset(contentType), metaCharset(body)} {
		if label == "" {
			continue
		}
		if strings.Contains(label, "1048") {
			return kz1048.Replace(decodeWith(charmap.Windows1251, body)), "kz-1048"
		}
		enc, n := charset.Lookup(label)
		if enc == nil || n == "replacement" || n == "utf-8" || strings.HasPrefix(n, "utf-16") {
			continue
		}
		if !sensible(n, body, detected) {
			continue
		}
		return kazakh(decodeWith(enc, body), n)
	}
	if detected == "" {
		detected = "windows-1252"
	}
	enc, n := charset.Lookup(detected)
	return kazakh(decodeWith(enc, body), n)
}

// marked looks for a byte order mark and for UTF-16 without one, which shows in its zero bytes.
func marked(b []byte) (enc encoding.Encoding, name string, skip int) {
	switch {
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		return nil, "utf-8", 3
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE, 0, 0}):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "utf-32le", 4
	case bytes.HasPrefix(b, []byte{0, 0, 0xFE, 0xFF}):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), "utf-32be", 4
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le", 2
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be", 2
	}
	head := b[:min(len(b), 2048)]
	var zero [2]int
	odd := 0 // bytes that no markup holds
	for i, c := range head {
		switch {
		case c == 0:
			zero[i%2]++
		case c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != 4:
			odd++
		}
	}
	switch {
	case len(head) < 16 || odd > len(head)/20:
	case zero[1] > len(head)/8 && zero[0] < zero[1]/8:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le", 0
	case zero[0] > len(head)/8 && zero[1] < zero[0]/8:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be", 0
	}
	return nil, "", 0
}

func decodeWith(enc encoding.Encoding, b []byte) string {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil && len(out) == 0 {
		out = b
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// mostlyUTF8 allows for a character that was cut at the end and for a few stray bytes: text in another charset
// hardly ever forms valid sequences by chance.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		b = b[n:]
	}
	return bad == 0 || good >= 20*bad || (bad <= 3 && good >= 3*bad)
}

func headerCharset(contentType string) string {
	if contentType == "" {
		return ""
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err == nil && params["charset"] != "" {
		return strings.ToLower(strings.Trim(params["charset"], `"' `))
	}
	_, after, ok := strings.Cut(strings.ToLower(contentType), "charset=")
	if !ok {
		return ""
	}
	after, _, _ = strings.Cut(after, ";")
	return strings.Trim(after, `"' `)
}

func metaCharset(body []byte) string {
	m := declared.FindSubmatch(body[:min(len(body), 16<<10)])
	if m == nil {
		return ""
	}
	return strings.ToLower(string(m[1]))
}

// cyrillic are the single-byte charsets that are told apart by their letters.
var cyrillic = []struct {
	name string
	enc  *charmap.Charmap
}{
	{"windows-1251", charmap.Windows1251},
	{"koi8-r", charmap.KOI8R},
	{"koi8-u", charmap.KOI8U},
	{"ibm866", charmap.CodePage866},
	{"iso-8859-5", charmap.ISO8859_5},
	{"macintosh-cyrillic", charmap.MacintoshCyrillic},
}

// detect names the charset of bytes that are not UTF-8, or "" where nothing speaks for any.
func detect(body []byte) string {
	sample := highSample(body)
	if !inRuns(sample) {
		return ""
	}
	best, at := "", 0.0
	for _, c := range cyrillic {
		if s := cyrillicScore(c.enc, sample); s > at+0.02 {
			best, at = c.name, s
		}
	}
	if best == "macintosh-cyrillic" {
		best = "x-mac-cyrillic"
	}
	if at > 0.5 {
		return best
	}
	for _, n := range []string{"gb18030", "shift_jis", "euc-kr", "big5"} {
		if readsWhole(n, sample) {
			return n
		}
	}
	return ""
}

// highSample collects the parts of a body that hold bytes above ASCII, at most 32 KiB of them, with a little of
// what stands around, so that markup does not drown the letters.
func highSample(body []byte) []byte {
	const most = 32 << 10
	var out []byte
	for i := 0; i < len(body) && len(out) < most; {
		if body[i] < 0x80 {
			i++
			continue
		}
		j := i
		for j < len(body) && j-i < most && (body[j] >= 0x80 || body[j] == ' ' || body[j] == ',' || body[j] == '.') {
			j++
		}
		out = append(out, body[i:j]...)
		out = append(out, ' ')
		i = j
	}
	return out
}

// inRuns reports whether the bytes above ASCII stand together, as those of another alphabet do; accents stand alone.
func inRuns(sample []byte) bool {
	high, together := 0, 0
	for i, b := range sample {
		if b < 0x80 {
			continue
		}
		high++
		if i > 0 && sample[i-1] >= 0x80 || i+1 < len(sample) && sample[i+1] >= 0x80 {
			together++
		}
	}
	return high > 0 && together*10 >= high*7
}

// cyrillicScore says how far a sample reads as Cyrillic words: the share of letters in the case that words have,
// weighed with how common the letters are in the languages of the region.
func cyrillicScore(enc *charmap.Charmap, sample []byte) float64 {
	const common = "оеаинтсрвлкмдпуыяьбгзчйхжшюцэщфіқңғүұөәһўҳҷӣӯё"
	letters, score := 0, 0.0
	prev := rune(' ')
	for _, b := range sample {
		if b < 0x80 {
			prev = ' '
			continue
		}
		letters++
		r := enc.DecodeByte(b)
		lower := isLowerCyrillic(r)
		upper := r >= 'Ѐ' && r <= 'Я'
		switch {
		case lower:
			rank := strings.IndexRune(common, r) / 2
			switch {
			case rank >= 0 && rank < 10:
				score += 1.2
			case rank >= 0 && rank < 20:
				score += 0.9
			default:
				score += 0.5
			}
			if prev == ' ' {
				score += 0.05
			}
		case upper && prev == ' ':
			score += 0.7
		case upper && isLowerCyrillic(prev):
			score -= 1
		case upper:
			score += 0.3
		case r == '«' || r == '»' || r == '—' || r == '–' || r == '\u00a0' || r == '№' || r == '“' || r == '”' || r == '„' || r == '…':
			score += 0.6
		default:
			score -= 1
		}
		prev = r
		if !lower && !upper {
			prev = ' '
		}
	}
	if letters == 0 {
		return 0
	}
	return score / float64(letters)
}

func isLowerCyrillic(r rune) bool {
	return r >= 'а' && r <= 'џ' || r >= 0x490 && r <= 0x4ff && r%2 == 1
}

// readsWhole reports whether nearly all of a sample is text of an East Asian charset.
func readsWhole(name string, sample []byte) bool {
	enc, _ := charset.Lookup(name)
	if enc == nil || len(sample) < 8 {
		return false
	}
	bad, good := 0, 0
	for _, r := range decodeWith(enc, sample) {
		switch {
		case r == utf8.RuneError || r >= 0xE000 && r < 0xF900:
			bad++
		case r >= 0x4E00 && r < 0xA000, r >= 0x3040 && r < 0x3100, r >= 0xAC00 && r < 0xD7B0, r >= 0x3000 && r < 0x3020, r >= 0xFF00 && r < 0xFFF0:
			good++
		case r >= 0x80:
			bad++
		}
	}
	return good >= 4 && bad*20 < good
}

// sensible reports whether a declared charset may be believed: a western label on Cyrillic text, or one Cyrillic
// label on the text of another, are the mistakes that servers make by default.
func sensible(name string, body []byte, detected string) bool {
	if detected == "" || detected == name {
		return true
	}
	var own, other float64
	sample := highSample(body)
	single := false
	for _, c := range cyrillic {
		n := strings.Replace(c.name, "macintosh-", "x-mac-", 1)
		if n == name {
			own, single = cyrillicScore(c.enc, sample), true
		}
		if n == detected {
			other = cyrillicScore(c.enc, sample)
		}
	}
	switch {
	case single:
		return own > 0.6*other
	case other > 0:
		return !strings.HasPrefix(name, "windows-125") && !strings.HasPrefix(name, "iso-8859") && name != "macintosh"
	}
	return true
}

// kazakh puts right what a windows-1251 reading makes of the Kazakh code page, which few label. Serbian and
// Macedonian use the same letters but know no "ы"; Ukrainian and Belarusian do not use these.
func kazakh(text, name string) (string, string) {
	if name != "windows-1251" {
		return text, name
	}
	marks, y, letters := 0, 0, 0
	for _, r := range text {
		switch {
		case r == 'ќ' || r == 'ѕ' || r == 'ј':
			marks++
		case r == 'ы':
			y++
		}
		if r >= 'а' && r <= 'џ' {
			letters++
		}
	}
	if marks*50 > letters && y*100 > letters {
		return kz1048.Replace(text), "kz-1048"
	}
	return text, name
}
