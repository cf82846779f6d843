package store

import (
	"bytes"
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

// appendItems appends the hash of each thing that a signature has a bit for.
func appendItems(all []uint64, word []byte) []uint64 {
	lengths := prefixes()
	n, next := 0, 0 // letters, and which length is the next
	for i := range word {
		if !utf8.RuneStart(word[i]) {
			continue
		}
		if next < len(lengths) && n == lengths[next] {
			all = append(all, hashOf(word[:i], n))
			next++
		}
		n++
	}
	if next < len(lengths) && n == lengths[next] || n < shortestPrefix {
		all = append(all, hashOf(word, n))
	}
	return all
}

// hashOf is FNV-1a with the number of letters mixed in and the bits stirred.
func hashOf(word []byte, letters int) uint64 {
	h := uint64(14695981039346656037) ^ uint64(letters)
	for _, c := range word {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h ^= h >> 32
	h *= 0x9E3779B97F4A7C15
	return h ^ h>>29
}

// signatureOf makes the signature of a title and a text.
func signatureOf(title, text string) []byte {
	all := make([]uint64, 0, 2048)
	for _, part := range []string{title, text} {
		for word := range dedup.Words(part) {
			all = appendItems(all, word)
		}
	}
	// How many of them are distinct is counted well enough by the bits that they set among many.
	rough := make([]uint64, len(all)/4+1)
	distinct := 0
	for _, h := range all {
		i := h % uint64(len(rough)*64)
		if rough[i/64]&(1<<(i%64)) == 0 {
			rough[i/64] |= 1 << (i % 64)
			distinct++
		}
	}
	sig := make([]byte, (distinct*bitsPerItem+7)/8)
	for _, h := range all {
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
	word  []byte
	exact bool // too short to stand for longer words
	items []uint64
}

// wantedOf reads a query: its distinct words of at least two letters.
func wantedOf(query string) []wanted {
	var all []wanted
	seen := make(map[string]bool)
	for word := range dedup.Words(query) {
		n := utf8.RuneCount(word)
		if n < shortestWord || seen[string(word)] {
			continue
		}
		seen[string(word)] = true
		all = append(all, wanted{word: bytes.Clone(word), exact: n < shortestPrefix, items: appendItems(nil, word)})
	}
	return all
}

// matches says whether a word of a text is one that is asked for.
func (w wanted) matches(word []byte) bool {
	return bytes.HasPrefix(word, w.word) && (!w.exact || len(word) == len(w.word))
}
