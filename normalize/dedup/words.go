package dedup

import (
	"iter"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words gives the words of a text in order: runs of letters and digits after NFKC, in lower case. Combining marks
// that NFKC leaves are passed over, so that a stress mark does not make another word. Each word lasts until the next.
func Words(text string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		word := make([]byte, 0, 64)
		for _, r := range norm.NFKC.String(text) {
			switch {
			case r < utf8.RuneSelf:
				switch {
				case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
					word = append(word, byte(r))
					continue
				case 'A' <= r && r <= 'Z':
					word = append(word, byte(r)+'a'-'A')
					continue
				}
			case unicode.IsLetter(r) || unicode.IsDigit(r):
				word = utf8.AppendRune(word, unicode.ToLower(r))
				continue
			case unicode.IsMark(r):
				continue
			}
			if len(word) > 0 {
				if !yield(word) {
					return
				}
				word = word[:0]
			}
		}
		if len(word) > 0 {
			yield(word)
		}
	}
}
