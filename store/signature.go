package store

import (
	"unicode/utf8"

	"chapar/normalize/dedup"
)

// A signature tells of a text, in about a tenth of its size, which words it cannot hold. A search reads the signatures
// of all records and then only the texts that may match. It is a bit set with one bit for each beginning of a word that
// a query may ask for: of 3, 5 and 7 letters, and the whole of the words of two.
//
// An index with a posting for each word would answer rare words faster, but each article would touch some hundred pages
// of the file in its commit, and the index would outgrow the texts.

// prefixes are the lengths that have bits, in letters, with shortestPrefix the first.
func prefixes() [3]int { return [...]int{3, 5, 7} }

const (
	shortestWord   = 2
	shortestPrefix = 3
	bitsPerItem    = 5
)

// items calls f with the hash of each thing that a signature has a bit for. A word shorter than a prefix has no bit of it.
func items(word string, f func(uint64)) {
	n := 0
	lengths := prefixes()
	next := 0
	for i := range word {
		if next < len(lengths) && n == lengths[next] {
			f(hashOf(word[:i], byte(n)))
			next++
		}
		n++
	}
	if next < len(lengths) && n == lengths[next] {
		f(hashOf(word, byte(n)))
	}
	if n < shortestPrefix {
		f(hashOf(word, byte(n)))
	}
}

// hashOf is FNV-1a with the length mixed in and the bits stirred.
func hashOf(s string, length byte) uint64 {
	h := uint64(14695981039346656037) ^ uint64(length)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32
	h *= 0x9E3779B97F4A7C15
	return h ^ h>>29
}

// signatureOf makes the signature of a title and a text.
func signatureOf(title, text string) []byte {
	set := make(map[uint64]struct{}, 512)
	for _, part := range []string{title, text} {
		for word := range dedup.Words(part) {
			items(word, func(h uint64) { set[h] = struct{}{} })
		}
	}
	sig := make([]byte, (len(set)*bitsPerItem+7)/8)
	for h := range set {
		i := h % uint64(len(sig)*8)
		sig[i/8] |= 1 << (i % 8)
	}
	return sig
}

// mayHold says whether a text with this signature may hold a word that begins with the one whose items are given.
func mayHold(sig []byte, items []uint64) bool {
	if len(sig) == 0 {
		return false
	}
	for _, h := range items {
		i := h % uint64(len(sig)*8)
		if sig[i/8]&(1<<(i%8)) == 0 {
			return false
		}
	}
	return true
}

// wanted is a word of a query.
type wanted struct {
	word  string
	exact bool // too short to stand for longer words
	items []uint64
}

// wantedOf reads a query: its distinct words of at least two letters.
func wantedOf(query string) []wanted {
	var all []wanted
	seen := make(map[string]bool)
	for word := range dedup.Words(query) {
		n := utf8.RuneCountInString(word)
		if n < shortestWord || seen[word] {
			continue
		}
		seen[word] = true
		w := wanted{word: word, exact: n < shortestPrefix}
		items(word, func(h uint64) { w.items = append(w.items, h) })
		all = append(all, w)
	}
	return all
}

// matches says whether a word of a text is one that is asked for.
func (w wanted) matches(word string) bool {
	return word == w.word || !w.exact && len(word) > len(w.word) && word[:len(w.word)] == w.word
}
