package fetcher

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"mime"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// textOf turns the bytes of a feed or sitemap into UTF-8 text. What is certain goes before what is claimed: a byte
// order mark, then the pattern of NULs that UTF-16 and UTF-32 leave, then bytes that are valid UTF-8, then the label
// of the document, then that of the header, then a guess. The note says what was done against the label, else it is
// empty. The text may still hold characters that XML forbids.
func textOf(body []byte, contentType string) (text, note string) {
	body = gunzipped(body)
	if text, ok := wideText(body); ok {
		return text, ""
	}
	bom := false
	for bytes.HasPrefix(body, []byte("\xef\xbb\xbf")) {
		body, bom = body[3:], true
	}
	declared, header := declaredCharset(body), headerCharset(contentType)
	if utf8.Valid(body) && !isEscaped(body, declared) && !isEscaped(body, header) {
		return string(body), ""
	}
	if bom {
		return mendUTF8(body), "stray bytes in UTF-8"
	}
	labels := []string{declared, header}
	for i, label := range labels {
		if label == "" || i > 0 && label == labels[0] {
			continue
		}
		e := encodingOf(label)
		if e == nil || isUTF8(label) {
			continue
		}
		if isWestern(label) {
			if mostlyUTF8(body) || looksCyrillic(body) { // the label of those who never set one
				continue
			}
			e = charmap.Windows1252
		}
		if out, err := e.NewDecoder().Bytes(body); err == nil {
			return string(out), ""
		}
	}
	if mostlyUTF8(body) {
		return mendUTF8(body), "stray bytes in UTF-8"
	}
	name, e := guessCharset(body)
	out, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return mendUTF8(body), "unknown charset"
	}
	return string(out), "read as " + name + ", not as labelled"
}

// Text turns the bytes of a document, such as OPML, into UTF-8 text as those of a feed: whatever its encoding is and
// whatever it says that it is.
func Text(body []byte) string {
	text, _ := textOf(body, "")
	return text
}

// gunzipped undoes gzip that the transport did not know of, twice at most and up to a bound.
func gunzipped(body []byte) []byte {
	const most = 64 << 20
	for range 2 {
		if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
			break
		}
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			break
		}
		out, _ := io.ReadAll(io.LimitReader(z, most)) // of a cut stream, what came
		if len(out) == 0 {
			break
		}
		body = out
	}
	return body
}

// wideText decodes UTF-16 and UTF-32, by their mark or by where the NULs of their first signs stand.
func wideText(b []byte) (string, bool) {
	if len(b) < 4 {
		return "", false
	}
	ascii := func(c byte) bool { return c == '<' || c == '{' || c == ' ' || c == '\n' || c == '\r' || c == '\t' }
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe, 0, 0}):
		return utf32Text(b[4:], binary.LittleEndian), true
	case bytes.HasPrefix(b, []byte{0, 0, 0xfe, 0xff}):
		return utf32Text(b[4:], binary.BigEndian), true
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return utf16Text(b[2:], binary.LittleEndian), true
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return utf16Text(b[2:], binary.BigEndian), true
	case b[0] == 0 && b[1] == 0 && b[2] == 0 && ascii(b[3]):
		return utf32Text(b, binary.BigEndian), true
	case ascii(b[0]) && b[1] == 0 && b[2] == 0 && b[3] == 0:
		return utf32Text(b, binary.LittleEndian), true
	case b[0] == 0 && ascii(b[1]) && b[2] == 0:
		return utf16Text(b, binary.BigEndian), true
	case ascii(b[0]) && b[1] == 0 && b[3] == 0:
		return utf16Text(b, binary.LittleEndian), true
	}
	return "", false
}

func utf16Text(b []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

func utf32Text(b []byte, order binary.ByteOrder) string {
	runes := make([]rune, len(b)/4)
	for i := range runes {
		runes[i] = rune(order.Uint32(b[4*i:]))
	}
	return strings.TrimPrefix(string(runes), "\ufeff")
}

var declaration = regexp.MustCompile(`(?i)^[^>]{0,200}\bencoding\s*=\s*["']?\s*([A-Za-z0-9._:-]+)`)

// declaredCharset reads the label of the XML declaration, lower case.
func declaredCharset(body []byte) string {
	i := bytes.Index(body[:min(len(body), 1024)], []byte("<?xml"))
	if i < 0 {
		if bytes.HasPrefix(body, []byte("\x4c\x6f\xa7\x94")) { // <?xm in EBCDIC
			return "ebcdic"
		}
		return ""
	}
	if m := declaration.FindSubmatch(body[i:min(len(body), i+300)]); m != nil {
		return strings.ToLower(string(m[1]))
	}
	return ""
}

// headerCharset reads the label of a Content-Type, lower case.
func headerCharset(contentType string) string {
	if contentType == "" {
		return ""
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return strings.ToLower(strings.Trim(params["charset"], `'" `))
	}
	_, rest, ok := strings.Cut(strings.ToLower(contentType), "charset")
	if !ok {
		return ""
	}
	rest, _, _ = strings.Cut(rest, ";")
	return strings.Trim(rest, `='" `)
}

// encodingOf finds the encoding of a label, nil for an unknown one.
func encodingOf(label string) encoding.Encoding {
	switch label {
	case "ebcdic", "cp037", "ibm037", "ebcdic-cp-us":
		return charmap.CodePage037
	case "cp437", "ibm437", "437":
		return charmap.CodePage437
	case "cp850", "ibm850":
		return charmap.CodePage850
	case "cp866", "866", "dos":
		return charmap.CodePage866
	}
	for _, form := range []string{label, strings.TrimPrefix(label, "x-"), "x-" + label} {
		if e, _ := charset.Lookup(form); e != nil {
			return e
		}
	}
	// cp-1251, win1251, win-1251, windows1251, 1251
	number := strings.TrimLeft(label, "abcdefghijklmnopqrstuvwxyz-_ ")
	if len(number) == 4 && strings.HasPrefix(number, "125") {
		e, _ := charset.Lookup("windows-" + number)
		return e
	}
	if rest, ok := strings.CutPrefix(label, "koi8"); ok {
		if strings.Contains(rest, "u") {
			return charmap.KOI8U
		}
		return charmap.KOI8R
	}
	return nil
}

func isUTF8(label string) bool {
	return strings.HasPrefix(label, "utf-8") || strings.HasPrefix(label, "utf8")
}

func isWestern(label string) bool {
	_, name := charset.Lookup(label)
	return name == "windows-1252"
}

// isEscaped tells of encodings that look like ASCII: their label counts although the bytes are valid UTF-8.
func isEscaped(body []byte, label string) bool {
	switch {
	case label == "":
		return false
	case strings.HasPrefix(label, "iso-2022"):
		return bytes.IndexByte(body, 0x1b) >= 0
	case label == "ebcdic" || label == "cp037" || label == "ibm037":
		return bytes.HasPrefix(body, []byte("\x4c\x6f"))
	}
	return false
}

// mostlyUTF8 reports whether the bytes beyond ASCII are UTF-8 but for a few.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	return good > 0 && bad <= 2+good/8
}

// mendUTF8 joins surrogates that were written one by one and replaces bytes that are no UTF-8.
func mendUTF8(b []byte) string {
	var out strings.Builder
	out.Grow(len(b))
	surrogate := func(i int) rune {
		if i+2 < len(b) && b[i] == 0xed && b[i+1] >= 0xa0 && b[i+1] <= 0xbf && b[i+2]&0xc0 == 0x80 {
			return 0xd000 | rune(b[i+1]&0x3f)<<6 | rune(b[i+2]&0x3f)
		}
		return -1
	}
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			out.WriteByte(b[i])
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r != utf8.RuneError || n > 1 {
			out.Write(b[i : i+n])
			i += n
			continue
		}
		if high := surrogate(i); high >= 0 {
			if joined := utf16.DecodeRune(high, surrogate(i+3)); joined != utf8.RuneError {
				out.WriteRune(joined)
				i += 3
			}
			i += 3
			continue
		}
		out.WriteRune(utf8.RuneError)
		i++
	}
	return out.String()
}

// looksCyrillic reports whether letters beyond ASCII stand in runs as words do, not singly as accents do.
func looksCyrillic(b []byte) bool {
	high, runs, run := 0, 0, 0
	for _, c := range b {
		if c >= 0x80 {
			high++
			run++
			continue
		}
		if run >= 4 {
			runs += run
		}
		run = 0
	}
	return high > 8 && runs*2 > high
}

// guessCharset chooses among the encodings of Cyrillic and the western one by the letters that come out.
func guessCharset(b []byte) (string, encoding.Encoding) {
	if !looksCyrillic(b) {
		return "windows-1252", charmap.Windows1252
	}
	sample := b[:min(len(b), 64<<10)] // one that ends within a character is no worse for it
	candidates := []struct {
		name string
		e    *charmap.Charmap
	}{{"windows-1251", charmap.Windows1251}, {"koi8-r", charmap.KOI8R}, {"ibm866", charmap.CodePage866}, {"iso-8859-5", charmap.ISO8859_5}, {"x-mac-cyrillic", charmap.MacintoshCyrillic}}
	best, bestScore := candidates[0], -1<<30
	for _, c := range candidates {
		score, before := 0, byte(0)
		for _, x := range sample {
			if x < 0x80 {
				before = 0
				continue
			}
			class := byte('?')
			switch r := c.e.DecodeByte(x); {
			case r >= 'а' && r <= 'я' || r == 'ё':
				class = 'a'
				score++
				if strings.ContainsRune("оеаинтсрвл", r) {
					score++
				}
			case r >= 'А' && r <= 'Я' || r == 'Ё':
				class = 'A'
				if before == 'a' { // no word goes on with a capital
					score -= 4
				}
			case r >= 0x400 && r <= 0x52f, r == '«', r == '»', r == '—', r == '–', r == '№', r == ' ':
				class = '.'
			default:
				score -= 2
			}
			before = class
		}
		if score > bestScore {
			best, bestScore = c, score
		}
	}
	if high := len(sample) - asciiCount(sample); bestScore < high/2 {
		if name, e := guessEastern(sample); e != nil {
			return name, e
		}
	}
	return best.name, best.e
}

func asciiCount(b []byte) int {
	n := 0
	for _, c := range b {
		if c < utf8.RuneSelf {
			n++
		}
	}
	return n
}

// guessEastern chooses among the encodings of Chinese, Japanese and Korean by the frequent characters that come out.
func guessEastern(sample []byte) (string, encoding.Encoding) {
	const frequent = "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长這個來說們為時會著過學對後沒於還發當無開經頭見從動兩長國"
	candidates := []struct {
		name string
		e    encoding.Encoding
	}{{"gb18030", simplifiedchinese.GB18030}, {"big5", traditionalchinese.Big5}, {"euc-jp", japanese.EUCJP}, {"shift_jis", japanese.ShiftJIS}, {"euc-kr", korean.EUCKR}}
	var name string
	var best encoding.Encoding
	bestScore := 0
	for _, c := range candidates {
		out, err := c.e.NewDecoder().Bytes(sample)
		if err != nil {
			continue
		}
		score := 0
		for _, r := range string(out) {
			switch {
			case r == utf8.RuneError:
				score -= 4
			case r >= 0x3041 && r <= 0x30fe:
				score += 2
				if c.name == "gb18030" { // has kana where euc-jp has them, and hardly uses them
					score--
				}
			case r >= 0xac00 && r <= 0xd7a3:
				score++
			case r >= 0x4e00 && r <= 0x9fff && strings.ContainsRune(frequent, r):
				score += 4
			case r >= 0xff61 && r <= 0xff9f || r >= 0xe000 && r <= 0xf8ff: // half-width kana, private use
				score -= 2
			}
		}
		if score > bestScore {
			name, best, bestScore = c.name, c.e, score
		}
	}
	return name, best
}
