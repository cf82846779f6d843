package relevance

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText bounds how many bytes of a text are read: about 30,000 letters of Cyrillic. What an article is about stands
// at its beginning, and a page that is no article must not hold up the others.
const maxText = 60_000

// token is one word. In scripts without spaces every character begins a token that reaches to the end of its run.
type token struct {
	start, end int32 // in words.fold
	from, to   int32 // in the text that it comes from
	text       uint8 // which one, in the order they were added
	upper      uint8 // capital letters it begins with, digits among them
	sentence   int32
}

// words is a text cut into folded words and sentences.
type words struct {
	texts     []string
	fold      []byte
	tokens    []token
	sentences int
}

// foldRune brings the spellings of one letter together.
func foldRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	case 'А' <= r && r <= 'Я':
		return r + 'а' - 'А'
	case 'а' <= r && r <= 'я':
		return r
	}
	switch r {
	case 'ё', 'Ё':
		return 'е'
	case 'İ', 'ı':
		return 'i'
	case 'ӊ', 'Ӊ', 'ҥ', 'Ҥ':
		return 'ң'
	case 'ə', 'Ə': // of Latin, which keyboards have for that of Kazakh
		return 'ә'
	case 'ي', 'ى':
		return 'ی'
	case 'ك':
		return 'ک'
	}
	return unicode.ToLower(r)
}

// lookAlike gives the Cyrillic letter that a Latin one stands for within a Cyrillic word, where a keyboard or a scanner
// mixed them.
func lookAlike(r rune) rune {
	const latin, cyrillic = "aceiopxykhmt", "асеіорхукһмт"
	if i := strings.IndexRune(latin, r); i >= 0 {
		c, _ := utf8.DecodeRuneInString(cyrillic[2*i:]) // all of them have two bytes
		return c
	}
	return r
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʻ', 'ʼ', '`', '´', 'ʹ':
		return true
	}
	return false
}

func isHan(r rune) bool {
	return 0x3400 <= r && r <= 0x9fff || 0x20000 <= r && r <= 0x3ffff
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	if 0x0400 <= r && r <= 0x0481 || 0x048a <= r && r <= 0x052f {
		return true // Cyrillic, without the trouble of a search
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// sign is what a character does in a text.
type sign uint8

const (
	otherSign sign = iota
	wordSign
	apostrophe
	hanSign
)

// classify says it, soonest of the letters that are the commonest.
func classify(r rune) sign {
	switch {
	case 'а' <= r && r <= 'я', 'a' <= r && r <= 'z', 'А' <= r && r <= 'Я':
		return wordSign
	case isHan(r):
		return hanSign
	case isApostrophe(r):
		return apostrophe
	case isWord(r):
		return wordSign
	}
	return otherSign
}

// decode reads the first character of s, which is not empty.
func decode(s string) (rune, int) {
	c := s[0]
	if c < utf8.RuneSelf {
		return rune(c), 1
	}
	if c >= 0xc2 && c < 0xe0 && len(s) > 1 && s[1]&0xc0 == 0x80 {
		return rune(c&0x1f)<<6 | rune(s[1]&0x3f), 2
	}
	return utf8.DecodeRuneInString(s)
}

// elision holds the letters that French writes before an apostrophe; they are words of their own.
func elision(fold []byte) bool {
	switch string(fold) {
	case "l", "d", "s", "n", "j", "c", "m", "qu":
		return true
	}
	return false
}

// add cuts text into words; its first word begins a new sentence.
func (w *words) add(text string) {
	text = clip(text)
	part := uint8(len(w.texts))
	w.texts = append(w.texts, text)
	var (
		sentence = int32(w.sentences)
		used     = false // the sentence has a word
		inWord   = false
		leading  = false // only capital letters so far
		start    = int32(0)
		from     = 0
		upper    = uint8(0)
		letters  = 0 // of the word last read
		fold     = w.fold
		tokens   = w.tokens
	)
	end := func(at int) {
		if inWord {
			tokens = append(tokens, token{start, int32(len(fold)), int32(from), int32(at), part, upper, sentence})
			fold = append(fold, ' ')
			inWord, used = false, true
		}
	}
	stop := func() {
		if used {
			sentence++
			used = false
		}
	}
	for i := 0; i < len(text); {
		r, size := decode(text[i:])
		at := i
		i += size
		switch classify(r) {
		case hanSign:
			end(at)
			w.fold, w.tokens = fold, tokens
			i = at + w.han(text, at, part, sentence)
			fold, tokens = w.fold, w.tokens
			used = true
		case apostrophe:
			if !inWord {
				continue
			}
			after, n := utf8.DecodeRuneInString(text[i:])
			switch {
			case elision(fold[start:]) && isWord(after):
				end(at)
			case foldRune(after) == 's' && !beginsWord(text[i+n:]):
				// The English genitive says nothing: "army's" is "army".
				end(at)
				i += n
			}
		case wordSign:
			if !inWord {
				inWord, leading, start, from, upper, letters = true, true, int32(len(fold)), at, 0, 0
			}
			letters++
			if leading = leading && isCapital(r); leading && upper < 255 {
				upper++
			}
			if r = foldRune(r); r < utf8.RuneSelf && len(fold) > int(start) && (fold[start] == 0xd0 || fold[start] == 0xd1 || fold[start] == 0xd2) {
				r = lookAlike(r)
			}
			if r < utf8.RuneSelf {
				fold = append(fold, byte(r))
			} else {
				fold = utf8.AppendRune(fold, r)
			}
		default:
			end(at)
			switch r {
			case '.':
				// The point of an initial or of "U.S." ends no sentence, nor does one with no capital after it.
				if letters > 2 && beginsSentence(text[i:]) {
					stop()
				}
			case '!', '?', '…', '؟', '。', '！', '？', '\n':
				stop()
			}
		}
	}
	end(len(text))
	stop()
	w.fold, w.tokens, w.sentences = fold, tokens, int(sentence)
}

// isCapital reports whether r is a capital letter or a digit.
func isCapital(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'а' <= r && r <= 'я':
		return false
	case '0' <= r && r <= '9':
		return true
	}
	return unicode.IsUpper(r)
}

func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	cut := maxText
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

func beginsWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && isWord(r)
}

// beginsSentence reports whether s, which follows a full stop, goes on after a space with anything but a small letter.
func beginsSentence(s string) bool {
	for i, r := range s {
		if isWord(r) {
			return i > 0 && !unicode.IsLower(r)
		}
		if i > 8 {
			break
		}
	}
	return true
}

// han appends the tokens of the run of Han characters at text[at:] and returns its length.
func (w *words) han(text string, at int, part uint8, sentence int32) int {
	first, n := len(w.tokens), 0
	for at+n < len(text) {
		r, size := utf8.DecodeRuneInString(text[at+n:])
		if !isHan(r) {
			break
		}
		from := int32(at + n)
		w.tokens = append(w.tokens, token{int32(len(w.fold)), 0, from, from + int32(size), part, 0, sentence})
		w.fold = utf8.AppendRune(w.fold, r)
		n += size
	}
	for i := first; i < len(w.tokens); i++ {
		w.tokens[i].end = int32(len(w.fold))
	}
	w.fold = append(w.fold, ' ')
	return n
}

// isLatin reports whether most of the words are in Latin letters.
func (w *words) isLatin() bool {
	n := 0
	for _, t := range w.tokens {
		if r, _ := utf8.DecodeRune(w.fold[t.start:t.end]); unicode.Is(unicode.Latin, r) {
			n++
		}
	}
	return 2*n > len(w.tokens)
}

// written returns the words from token first to token last as they stand in the text.
func (w *words) written(first, last int32) string {
	a, b := w.tokens[first], w.tokens[last]
	return w.texts[a.text][a.from:b.to]
}
