package main

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Two versions of a text are compared by paragraphs or word by word: what stands only in the old one, only in the new one, or
// in both. Ends that are the same are set aside first; if the rest is long, parts that both have but once are taken as
// anchors (patience diff, Cohen 2003), and what lies between two of them is compared in full (longest common subsequence:
// Wagner and Fischer 1974).

// piece is a paragraph, or some words, of two versions of a text.
type piece struct {
	Op   string `json:"op"` // "-" only in the old one, "+" only in the new one, "=" in both
	Text string `json:"text"`
}

// compared tells two versions of a text apart by paragraphs.
func compared(was, now string) []piece {
	var d diff
	d.compare(paragraphs(was), paragraphs(now))
	all := make([]piece, len(d.ops))
	for i, op := range d.ops {
		all[i] = piece{string(op), d.parts[i]}
	}
	return all
}

func paragraphs(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n\n")
}

// breakMark stands for the end of a paragraph among words.
const breakMark = "¶"

// wordsOf gives the words of a text with the marks that stick to them, and the ends of its paragraphs.
func wordsOf(text string) []string {
	var all []string
	for i, p := range paragraphs(text) {
		if i > 0 {
			all = append(all, breakMark)
		}
		all = append(all, strings.Fields(p)...)
	}
	return all
}

// comparedWords tells two versions of a text apart by words. Words that follow each other and have the same fate are one piece.
func comparedWords(was, now string) []piece {
	var d diff
	d.compare(wordsOf(was), wordsOf(now))
	return d.pieces()
}

// diff gathers what a comparison finds, in order.
type diff struct {
	ops   []byte // of each part: '-', '+' or '='
	parts []string
}

func (d *diff) add(op byte, parts []string) {
	for _, p := range parts {
		d.ops, d.parts = append(d.ops, op), append(d.parts, p)
	}
}

func (d *diff) compare(a, b []string) {
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	d.add('=', a[:head])
	a, b = a[head:], b[head:]
	tail := 0
	for tail < min(len(a), len(b)) && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	end := a[len(a)-tail:]
	a, b = a[:len(a)-tail], b[:len(b)-tail]
	const most = 1 << 20 // cells of a comparison in full
	switch anchors := anchorsOf(a, b); {
	case len(a) == 0 || len(b) == 0:
		d.add('-', a)
		d.add('+', b)
	case len(a)*len(b) <= most:
		d.full(a, b)
	case len(anchors) == 0:
		d.add('-', a)
		d.add('+', b)
	default:
		i, j := 0, 0
		for _, at := range anchors {
			d.compare(a[i:at[0]], b[j:at[1]])
			d.add('=', a[at[0]:at[0]+1])
			i, j = at[0]+1, at[1]+1
		}
		d.compare(a[i:], b[j:])
	}
	d.add('=', end)
}

// anchorsOf gives the places of parts that either text has once, as many as stand in the same order in both.
func anchorsOf(a, b []string) [][2]int {
	type places struct{ a, b, inA, inB int }
	at := make(map[string]*places)
	for i, w := range a {
		if at[w] == nil {
			at[w] = new(places)
		}
		at[w].a, at[w].inA = i, at[w].inA+1
	}
	for j, w := range b {
		if p := at[w]; p != nil {
			p.b, p.inB = j, p.inB+1
		}
	}
	var once [][2]int
	for i, w := range a {
		if p := at[w]; p.inA == 1 && p.inB == 1 && w != breakMark {
			once = append(once, [2]int{i, p.b})
		}
	}
	return rising(once)
}

// rising gives the longest row of pairs whose second parts rise; their first ones do.
func rising(pairs [][2]int) [][2]int {
	var last []int // by length of a row: the pair that it ends with, the lowest of them
	before := make([]int, len(pairs))
	for i, p := range pairs {
		lo, hi := 0, len(last)
		for lo < hi {
			if m := (lo + hi) / 2; pairs[last[m]][1] < p[1] {
				lo = m + 1
			} else {
				hi = m
			}
		}
		before[i] = -1
		if lo > 0 {
			before[i] = last[lo-1]
		}
		last = append(last[:lo], append([]int{i}, last[min(lo+1, len(last)):]...)...)
	}
	row := make([][2]int, len(last))
	if len(last) == 0 {
		return row
	}
	for i, n := last[len(last)-1], len(last)-1; n >= 0; i, n = before[i], n-1 {
		row[n] = pairs[i]
	}
	return row
}

// full finds the longest row of parts that both have.
func (d *diff) full(a, b []string) {
	width := len(b) + 1
	common := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			d.add('=', a[i:i+1])
			i++
			j++
		case i < len(a) && (j == len(b) || common[(i+1)*width+j] >= common[i*width+j+1]):
			d.add('-', a[i:i+1])
			i++
		default:
			d.add('+', b[j:j+1])
			j++
		}
	}
}

// island is how many words between two changes are too few to be read as something that stayed.
const island = 2

// pieces gathers the words. Between two things that stayed what went stands before what came.
func (d *diff) pieces() []piece {
	var all []piece
	put := func(op string, words []string) {
		if len(words) > 0 {
			all = append(all, piece{op, strings.Join(words, " ")})
		}
	}
	var gone, come []string
	for i := 0; i < len(d.ops); {
		j := i
		for j < len(d.ops) && d.ops[j] == d.ops[i] {
			j++
		}
		words := d.parts[i:j]
		switch {
		case d.ops[i] == '-':
			gone = append(gone, words...)
		case d.ops[i] == '+':
			come = append(come, words...)
		case len(gone) > 0 && len(come) > 0 && j < len(d.ops) && len(words) <= island && !slices.Contains(words, breakMark):
			gone, come = append(gone, words...), append(come, words...)
		default:
			put("-", gone)
			put("+", come)
			gone, come = nil, nil
			put("=", words)
		}
		i = j
	}
	put("-", gone)
	put("+", come)
	return all
}

// distance is how many characters must be put in, taken out or exchanged to make one text of the other (Levenshtein 1966),
// at most as many as most + 1.
func distance(a, b string, most int) int {
	if n := utf8.RuneCountInString(a) - utf8.RuneCountInString(b); max(n, -n) > most {
		return most + 1
	}
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range x {
		corner := row[0]
		row[0] = i + 1
		least := row[0]
		for j, e := range y {
			next := corner
			if c != e {
				next = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], next
			least = min(least, next)
		}
		if least > most {
			return most + 1
		}
	}
	return row[len(y)]
}
