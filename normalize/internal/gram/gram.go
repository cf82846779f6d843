// Package gram tells languages apart by the short runs of letters that are usual in them.
//
// A gram is a run of one to four letters, a blank standing for the end of a word. A [Table] holds how likely each gram is
// in each language: the grams are hashed into a fixed number of buckets, and a language's share of a bucket is one byte,
// the logarithm in steps of 1/16. [Train] makes a table from samples, the same bytes from the same samples: it counts, as
// for naive Bayes, and then corrects the shares where they tell short pieces of the samples wrongly apart. [Read] opens a
// table; [Table.Guess] adds up the grams of a text, every language as likely as any other beforehand.
package gram

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

const (
	magic   = "chapar gram table 1"
	bits    = 14
	buckets = 1 << bits
	lanes   = 32 // languages a table can hold: four words of eight bytes a bucket
	longest = 4  // letters of a gram
	step    = 16 // steps of a byte to one e-fold
	floor   = 15 // e-folds below certainty at which a byte is 0
	doubt   = 0.05
)

// Sample is a text whose language is known.
type Sample struct{ Language, Text string }

// Table holds the grams of some languages. It is not changed after it was read.
type Table struct {
	names   []string
	typical []float64 // how well a text of each language fits it, in e-folds a gram
	rows    [][lanes / 8]uint64
}

// Guess is what a table finds in a text.
type Guess struct {
	Language string  // the likeliest; "" for a text without letters
	Lead     float64 // e-folds by which it is likelier than the next
	Fit      float64 // e-folds a gram by which the text is less usual in it than a text of it should be; below 0 if more
	Grams    int
}

// each calls f with the buckets of the grams that end with a letter, for every letter of the text and every blank that
// ends a word.
func each(text string, f func(buckets []uint32)) {
	var last [longest]uint32 // the letters so far, newest first
	var found [longest]uint32
	for _, r := range text + " " {
		c := letter(r)
		if c == ' ' && (last[0] == ' ' || last[0] == 0) {
			continue
		}
		if last[0] == 0 {
			last[0] = ' '
		}
		last = [longest]uint32{c, last[0], last[1], last[2]}
		h, n := uint32(0), 0
		for i, l := range last {
			if l == 0 {
				break
			}
			h = (h ^ l) * 0x9e3779b1
			if i > 0 || c != ' ' {
				found[n] = (h ^ h>>13) * 0x85ebca6b >> (32 - bits)
				n++
			}
		}
		f(found[:n])
	}
}

// letter gives the small form of a letter, and a blank for what is none.
func letter(r rune) uint32 {
	switch {
	case 'a' <= r && r <= 'z', 'а' <= r && r <= 'џ':
		return uint32(r)
	case 'A' <= r && r <= 'Z', 'А' <= r && r <= 'Я':
		return uint32(r) + 32
	case r == '\'' || r == '’' || r == 'ʻ' || r == '‘' || r == 'ʼ' || r == '`':
		return '\'' // a letter of Uzbek, however it is written
	case r < 128 || !unicode.IsLetter(r) && !unicode.IsMark(r):
		return ' '
	}
	return uint32(unicode.ToLower(r))
}

// Train makes the bytes of a table from samples.
func Train(samples []Sample) ([]byte, error) {
	counts := make(map[string]*[buckets]float64)
	for _, s := range samples {
		c := counts[s.Language]
		if c == nil {
			c = new([buckets]float64)
			counts[s.Language] = c
		}
		each(s.Text, func(found []uint32) {
			for _, b := range found {
				c[b]++
			}
		})
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	sort.Strings(names)
	if len(names) < 2 || len(names) > lanes {
		return nil, fmt.Errorf("cannot make a table of %d languages, only of 2 to %d", len(names), lanes)
	}
	shares := make([][]float64, buckets)
	for b := range shares {
		shares[b] = make([]float64, len(names))
	}
	for i, name := range names {
		c, sum := counts[name], 0.0
		for _, n := range c {
			sum += n
		}
		for b, n := range c {
			shares[b][i] = math.Log((n + doubt) / (sum + doubt*buckets))
		}
	}
	sharpen(shares, names, samples)
	body := make([]byte, buckets*len(names))
	for b, row := range shares {
		for i, share := range row {
			body[b*len(names)+i] = byte(math.Round(min(255, max(0, (share+floor)*step))))
		}
	}
	t := &Table{names: names, typical: make([]float64, len(names)), rows: rows(body, len(names))}
	typical := make([]string, len(names))
	for i, name := range names {
		total, grams := 0.0, 0
		for _, s := range samples {
			if s.Language == name {
				sums, n := t.add(s.Text)
				total += float64(sums[i])
				grams += n
			}
		}
		typical[i] = strconv.FormatFloat(total/float64(grams)/step, 'f', 3, 64)
	}
	head := magic + "\n" + strings.Join(names, " ") + "\n" + strings.Join(typical, " ") + "\n"
	return append([]byte(head), body...), nil
}

// rows lays out the bytes of a table's body for adding.
func rows(body []byte, width int) [][lanes / 8]uint64 {
	r := make([][lanes / 8]uint64, buckets)
	for b := range r {
		for i, v := range body[b*width : (b+1)*width] {
			r[b][i/8] |= uint64(v) << (8 * (i % 8))
		}
	}
	return r
}

// Read opens the table that data holds.
func Read(data []byte) (*Table, error) {
	parts := bytes.SplitN(data, []byte("\n"), 4)
	if len(parts) != 4 || string(parts[0]) != magic {
		return nil, errors.New("not a table of grams")
	}
	t := &Table{names: strings.Fields(string(parts[1]))}
	for _, s := range strings.Fields(string(parts[2])) {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return nil, fmt.Errorf("cannot read a table of grams: %w", err)
		}
		t.typical = append(t.typical, f)
	}
	if len(t.names) == 0 || len(t.names) > lanes || len(t.typical) != len(t.names) || len(parts[3]) != buckets*len(t.names) {
		return nil, errors.New("table of grams is damaged")
	}
	t.rows = rows(parts[3], len(t.names))
	return t, nil
}

// add sums the bytes of the text's grams for each language. Eight languages stand in a word, and every other byte of it
// is added as 16 bits, which hold 257 of them before they must be emptied.
func (t *Table) add(text string) (sums [lanes]int, grams int) {
	const odd = 0x00ff00ff00ff00ff
	var acc [lanes / 4]uint64
	full := 0
	empty := func() {
		for w := range acc {
			for k := range 4 {
				sums[w/2*8+2*k+w%2] += int(acc[w] >> (16 * k) & 0xffff)
			}
			acc[w] = 0
		}
	}
	each(text, func(found []uint32) {
		if full += len(found); full > 257 {
			empty()
			full = len(found)
		}
		grams += len(found)
		for _, b := range found {
			row := &t.rows[b]
			acc[0] += row[0] & odd
			acc[1] += row[0] >> 8 & odd
			acc[2] += row[1] & odd
			acc[3] += row[1] >> 8 & odd
			acc[4] += row[2] & odd
			acc[5] += row[2] >> 8 & odd
			acc[6] += row[3] & odd
			acc[7] += row[3] >> 8 & odd
		}
	})
	empty()
	return sums, grams
}

// Guess finds the likeliest language of text.
func (t *Table) Guess(text string) Guess {
	sums, grams := t.add(text)
	if grams == 0 {
		return Guess{}
	}
	best, next := 0, -1
	for i := 1; i < len(t.names); i++ {
		switch {
		case sums[i] > sums[best]:
			best, next = i, best
		case next < 0 || sums[i] > sums[next]:
			next = i
		}
	}
	return Guess{
		Language: t.names[best],
		Lead:     float64(sums[best]-sums[next]) / step,
		Fit:      t.typical[best] - float64(sums[best])/step/float64(grams),
		Grams:    grams,
	}
}
