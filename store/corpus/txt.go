package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// TXT gives the txt form: the title, a blank line, the paragraphs, one newline at the end. A record without a title
// begins with its first paragraph, one without text is its title alone.
func (r Record) TXT() []byte {
	return r.appendTXT(make([]byte, 0, len(r.Title)+len(r.Text)+3))
}

func (r *Record) appendTXT(dst []byte) []byte {
	dst = append(dst, r.Title...)
	if r.Title != "" && r.Text != "" {
		dst = append(dst, "\n\n"...)
	}
	dst = append(dst, r.Text...)
	return append(dst, '\n')
}

// splitTXT takes apart what TXT puts together.
func splitTXT(txt string) (title, text string) {
	title, text, _ = strings.Cut(strings.TrimSuffix(txt, "\n"), "\n")
	return title, strings.TrimPrefix(text, "\n")
}

// fileName gives the name NNN_HHHHHHHHHHHHHHHH.txt of a document: its number in at least three digits and the
// first 16 hex digits of the SHA-256 of its txt form.
func fileName(number int, txt []byte) string {
	r := Record{}
	return string(appendFileName(nil, number, r.hash(txt)))
}

// hash gives the SHA-256 of the txt form in hex: the record's own, or that of the bytes where it has none.
func (r *Record) hash(txt []byte) string {
	if len(r.SHA256) == 2*sha256.Size && strings.Trim(r.SHA256, "0123456789abcdef") == "" {
		return r.SHA256
	}
	sum := sha256.Sum256(txt)
	return hex.EncodeToString(sum[:])
}

func appendFileName(dst []byte, number int, hash string) []byte {
	if number < 100 {
		dst = append(dst, '0')
	}
	if number < 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, int64(number), 10)
	dst = append(dst, '_')
	dst = append(dst, hash[:16]...)
	return append(dst, ".txt"...)
}

// isFileName says whether fileName could have given the name.
func isFileName(name string) bool {
	number, rest, found := strings.Cut(name, "_")
	hash, isTXT := strings.CutSuffix(rest, ".txt")
	if !found || !isTXT || len(number) < 3 || len(hash) != 16 {
		return false
	}
	return strings.Trim(number, "0123456789") == "" && strings.Trim(hash, "0123456789abcdef") == ""
}

// numberOf reads the leading number of a file's name: digits up to the end of the name or to one of "_-. ". A date
// such as 2026-11-03 is no number.
func numberOf(name string) int {
	name = strings.TrimSuffix(name, ".txt")
	end := 0
	for end < len(name) && name[end] >= '0' && name[end] <= '9' {
		end++
	}
	const mostDigits = 9
	if end == 0 || end > mostDigits {
		return Unnumbered
	}
	rest := name[end:]
	if rest != "" && !strings.ContainsRune("_-. ", rune(rest[0])) {
		return Unnumbered
	}
	if end == 4 && len(rest) >= 3 && isDigit(rest[1]) && isDigit(rest[2]) && (len(rest) == 3 || rest[3] == rest[0]) {
		return Unnumbered
	}
	n, err := strconv.Atoi(name[:end])
	if err != nil {
		return Unnumbered
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
