package dedup

import (
	"cmp"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What is read of a text; what stands behind is not looked at. It bounds the time that one document takes.
const (
	mostWords   = 10_000
	mostInTitle = 60
	mostOfWord  = 20 // bytes a word, on average
)

// Article is what is known of a document when it arrives.
type Article struct {
	Title, Text string    // the text without the title
	Language    string    // BCP 47; "" or "und" if it is not known
	Source      string    // who published it; "" if that is not known
	Published   time.Time // zero if it is not known
}

// Text is an article read for comparison: its words as numbers, and what they are. It does not change and takes about
// 12 bytes a word.
type Text struct {
	words     []uint32 // hashes, of the body
	kinds     []kind   // of each word
	bones     []uint16 // of each word that gives a clue: a hash of its skeleton
	title     []uint32
	figures   []figure // of the body, in order
	amounts   []figure // the same by key, each once
	heading   []uint32 // keys of the figures of the title, sorted
	clues     []clue   // by key, each once
	language  uint32   // of the primary subtag; 0 if it is not known
	source    uint32
	published int64 // hours since 1970
	dated     bool
	corrects  bool // the title says that it is a correction
}

// kind says what a word is.
type kind uint8

const (
	isNumber kind = 1 << iota // begins with a digit
	isName                    // begins with a capital, and not because a sentence does
	isLong                    // of five letters or more
)

// Read makes a Text of an article. It is pure.
func Read(a Article) *Text {
	t := &Text{language: hashOf(primary(a.Language)), source: hashOf(a.Source)}
	if !a.Published.IsZero() {
		t.published, t.dated = a.Published.Unix()/3600, true
	}
	var r reader
	r.read(a.Title, mostInTitle)
	t.title, t.corrects = slices.Clone(r.words), corrects(r.words)
	for _, f := range r.figures {
		t.heading = append(t.heading, f.key)
	}
	slices.Sort(t.heading)
	n := min(len(a.Text)/6+8, mostWords)
	r = reader{words: make([]uint32, 0, n), kinds: make([]kind, 0, n), bones: make([]uint16, 0, n), clues: r.clues}
	for i := range r.clues {
		r.clues[i] = clueOf(r.clues[i].key(), 0)
	}
	r.read(a.Text, mostWords)
	for _, f := range r.figures {
		if f.weight > 1 {
			r.clues = append(r.clues, clueOf(f.key&^clueKind|clueFigure, f.at))
		}
	}
	t.words, t.kinds, t.bones, t.figures = r.words, r.kinds, r.bones, r.figures
	t.amounts, t.clues = amounts(r.figures), firsts(r.clues)
	return t
}

// Len is how many words of the text were read.
func (t *Text) Len() int { return len(t.words) }

// primary gives the first part of a language tag.
func primary(tag string) string {
	for i := range len(tag) {
		if tag[i] == '-' || tag[i] == '_' {
			tag = tag[:i]
			break
		}
	}
	if tag == "und" {
		return ""
	}
	return tag
}

const (
	hashStart = 14695981039346656037 // FNV-1a
	hashTimes = 1099511628211
)

// hashOf hashes a string; 0 is that of the empty one.
func hashOf(s string) uint32 {
	if s == "" {
		return 0
	}
	h := uint64(hashStart)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * hashTimes
	}
	return fold(h)
}

// fold stirs a hash and takes 32 bits of it.
func fold(h uint64) uint32 {
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return uint32(h>>32) ^ uint32(h)
}

// reader takes a text apart into words, figures and clues.
type reader struct {
	words   []uint32
	kinds   []kind
	bones   []uint16
	figures []figure
	clues   []clue
	digits  []byte // of the figure at the end, with a point for the decimal mark; empty when it is closed
	low     []byte // the word in lower case
	groups  bool   // the last figure may go on with another group of three digits
}

// between is what stands between two words.
type between struct {
	marks int  // how many characters
	last  rune // the last of them
	end   bool // one of them ends a sentence
}

// read goes through a text up to a number of words.
func (r *reader) read(text string, most int) {
	text = clip(text, mostOfWord*most)
	if !norm.NFKC.IsNormalString(text) {
		text = compatible(text, 2*mostOfWord*most)
	}
	gap := between{end: true}
	for i := 0; i < len(text) && len(r.words) < most; {
		c, size := rune(text[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(text[i:])
		}
		if low, ok := inWord(c); ok {
			i += r.word(text[i:], c, low, size, &gap)
			continue
		}
		i += size
		if c < utf8.RuneSelf || !unicode.IsMark(c) {
			gap.marks++
			gap.last = c
			gap.end = gap.end || endsSentence(c)
		}
	}
	r.closeFigure()
}

// compatible gives a text in NFKC up to a number of bytes. What it becomes may be many times as long as it is.
func compatible(text string, most int) string {
	const piece = 1 << 12
	var out []byte
	for len(text) > 0 && len(out) < most+piece { // what follows may yet change the end
		next := clip(text, piece)
		if next == "" {
			next = text[:piece]
		}
		out = norm.NFKC.AppendString(out, next)
		text = text[len(next):]
	}
	return clip(string(out), most)
}

// clip cuts a text to a number of bytes, between two characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// endsSentence says whether a capital behind a mark may be that of a sentence.
func endsSentence(c rune) bool {
	switch c {
	case '.', '!', '?', '\n', ':', '"', '…', '“', '«', '„', '。':
		return true
	}
	return false
}

// inWord says whether a character stands in words, and gives it in lower case.
func inWord(c rune) (rune, bool) {
	switch {
	case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || 'а' <= c && c <= 'я':
		return c, true
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A', true
	case c < utf8.RuneSelf:
		return 0, false
	case 'А' <= c && c <= 'Я':
		return c + 'а' - 'А', true
	case unicode.IsLetter(c) || unicode.IsDigit(c):
		return unicode.ToLower(c), true
	}
	return 0, false
}

// unspaced says whether a letter belongs to a script that sets no spaces: each is a word of its own.
func unspaced(c rune) bool {
	return c >= 0x0E00 && (c <= 0x0EFF || c >= 0x3040 && c <= 0x309F || c >= 0x3400 && c <= 0x9FFF || c >= 0x20000 && c <= 0x3FFFF)
}

// word takes one word from the start of text, whose first character is given, and says how many bytes it was.
func (r *reader) word(text string, first, low rune, size int, gap *between) int {
	h := uint64(hashStart)
	letters, i := 0, 0
	r.low = r.low[:0]
	for {
		h = (h ^ uint64(low)) * hashTimes
		letters++
		if low < utf8.RuneSelf {
			r.low = append(r.low, byte(low))
		} else {
			r.low = utf8.AppendRune(r.low, low)
		}
		i += size
		if unspaced(low) {
			break
		}
		var ok bool
		if low, size, ok = next(text, &i); !ok || unspaced(low) {
			break
		}
	}
	var k kind
	switch {
	case isDigit(byte(min(first, utf8.RuneSelf))):
		k = isNumber
		r.number(text, gap)
	default:
		r.closeFigure()
		r.numeral()
		if !gap.end && unicode.IsUpper(first) {
			k = isName
		}
		if letters >= 5 {
			k |= isLong
		}
	}
	r.bones = append(r.bones, r.clue(k, letters))
	r.words = append(r.words, fold(h))
	r.kinds = append(r.kinds, k)
	*gap = between{}
	return i
}

// next gives the letter at a place, in lower case; combining marks before it are passed over.
func next(text string, at *int) (low rune, size int, ok bool) {
	for *at < len(text) {
		c := rune(text[*at])
		size = 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(text[*at:])
		}
		if low, ok = inWord(c); ok || c < utf8.RuneSelf || !unicode.IsMark(c) {
			return low, size, ok
		}
		*at += size
	}
	return 0, 0, false
}

// figure is a number as a reader takes it: 1,000 and 1 000 are one, 3.5 is another than 35.
type figure struct {
	at, end uint32 // its first word and the one behind its last
	key     uint32
	weight  uint32 // 1 for one digit, 2 for a year or two digits, else 3
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number takes the word in low, which begins with a digit, into the last figure or begins one with it.
func (r *reader) number(text string, gap *between) {
	n := 0
	for n < len(r.low) && isDigit(r.low[n]) {
		n++
	}
	at := uint32(len(r.words))
	if r.joins(text, n, gap) {
		r.figures[len(r.figures)-1].end = at + 1
	} else {
		r.closeFigure()
		r.groups = n <= 3
		r.figures = append(r.figures, figure{at: at, end: at + 1})
	}
	r.digits = append(r.digits, r.low[:n]...)
	if n < len(r.low) {
		r.closeFigure()
	}
}

// joins says whether a word of so many digits goes on with the figure before it: as a group of three or as decimals.
func (r *reader) joins(text string, digits int, gap *between) bool {
	if len(r.digits) == 0 || gap.marks != 1 {
		return false
	}
	three := digits == 3 && digits == len(r.low) && r.groups
	switch gap.last {
	case ',', '.':
		if !three {
			r.digits = append(r.digits, '.')
			r.groups = false
		}
		return true
	case ' ', '\'', '’':
		return three
	}
	return false
}

// closeFigure gives the last figure its key.
func (r *reader) closeFigure() {
	if len(r.digits) == 0 {
		return
	}
	d := r.digits
	for len(d) > 1 && d[0] == '0' && d[1] != '.' {
		d = d[1:]
	}
	f := &r.figures[len(r.figures)-1]
	f.key = hashOf(string(d))
	switch {
	case len(d) == 1:
		f.weight = 1
	case len(d) == 2, len(d) == 4 && (d[0] == '1' && d[1] == '9' || d[0] == '2' && d[1] == '0'):
		f.weight = 2
	default:
		f.weight = 3
	}
	r.digits = r.digits[:0]
}

// amounts sorts figures by key and keeps each once.
func amounts(figures []figure) []figure {
	s := slices.Clone(figures)
	slices.SortFunc(s, func(a, b figure) int { return cmp.Compare(a.key, b.key) })
	return slices.CompactFunc(s, func(a, b figure) bool { return a.key == b.key })
}

// numeral makes a figure of the word in low if it is a number.
func (r *reader) numeral() {
	if len(r.low) < 3 || len(r.low) > 24 {
		return
	}
	if d := digitsOf(string(r.low)); d != "" {
		r.digits = append(r.digits, d...)
		at := uint32(len(r.words))
		r.figures = append(r.figures, figure{at: at, end: at + 1})
		r.closeFigure()
	}
}

// digitsOf gives the digits of a number written as a word; "" if it is none. One is left out: it is often no number.
func digitsOf(word string) string {
	switch word {
	case "two", "два", "две", "двух", "двум", "екі", "ikki", "iki", "deux", "zwei", "dos", "dwa":
		return "2"
	case "three", "три", "трех", "трёх", "тремя", "үш", "uch", "trois", "drei", "tres", "trzy":
		return "3"
	case "four", "четыре", "четырех", "четырёх", "төрт", "dört", "quatre", "vier", "cuatro", "cztery", "чотири":
		return "4"
	case "five", "пять", "пяти", "besh", "beş", "cinq", "fünf", "cinco", "pięć":
		return "5"
	case "six", "шесть", "шести", "алты", "olti", "altı", "sechs", "seis", "sześć", "шість":
		return "6"
	case "seven", "семь", "семи", "жеті", "yetti", "yedi", "sieben", "siete", "siedem":
		return "7"
	case "eight", "восемь", "восьми", "сегіз", "sakkiz", "sekiz", "huit", "acht", "ocho", "osiem", "вісім":
		return "8"
	case "nine", "девять", "девяти", "тоғыз", "dokuz", "neuf", "neun", "nueve", "dziewięć":
		return "9"
	case "ten", "десять", "десяти", "dix", "zehn", "diez", "dziesięć":
		return "10"
	case "eleven", "одиннадцать", "onze":
		return "11"
	case "twelve", "двенадцать", "douze", "zwölf", "doce":
		return "12"
	}
	return ""
}

// corrects says whether one of the words of a title is the mark of a correction.
func corrects(title []uint32) bool {
	for _, mark := range [...]string{
		"corrected", "correction", "corrects", "correct", "refiled", "refiles", "исправлено", "исправление", "исправленная", "түзету", "tuzatish", "korrektur", "rectificatif",
	} {
		if slices.Contains(title, wordHash(mark)) {
			return true
		}
	}
	return false
}

// wordHash is the hash of a word in lower case.
func wordHash(word string) uint32 {
	h := uint64(hashStart)
	for _, c := range word {
		h = (h ^ uint64(c)) * hashTimes
	}
	return fold(h)
}
