package normalize

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file tells the lines that a site puts round an article from the lines of the article. It knows them by patterns
// of words (data/residue.txt), anchored at both ends of the line: a line that only mentions a word of them is none.

// maxResidue is the length in characters of the longest line that can be residue.
const maxResidue = 420

// line is a paragraph as the patterns see it.
type line struct {
	words []string // in lower case, without punctuation and apostrophes
	colon int      // how many words stand before the first colon; -1 without one
	ended bool     // it ends as a sentence does
	upper bool     // every longer word of it begins with a capital, as in a name
	quote bool     // it begins as speech does
	long  bool     // it is too long to be residue; nothing else is set
}

// read makes a line of a paragraph.
func read(p string) line {
	if utf8.RuneCountInString(p[:min(len(p), 4*maxResidue)]) > maxResidue {
		return line{long: true, colon: -1}
	}
	l := line{colon: -1, upper: true}
	var room [4 * maxResidue]byte
	var places [maxResidue]int
	letters, ends := room[:0], places[:0] // of all words; where each ends among them
	first, runes, from := rune(0), 0, 0   // of the present word
	end := func() {
		if from == len(letters) {
			return
		}
		if runes > 3 && unicode.IsLower(first) {
			l.upper = false
		}
		ends = append(ends, len(letters))
		runes, from = 0, len(letters)
	}
	for _, r := range p {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if runes++; runes == 1 {
				first = r
			}
			letters = utf8.AppendRune(letters, foldRune(r))
		case runes > 0 && apostrophe(r):
		default:
			end()
			if r == ':' && l.colon < 0 {
				l.colon = len(ends)
			}
		}
	}
	end()
	all, begin := string(letters), 0
	l.words = make([]string, len(ends))
	for i, at := range ends {
		l.words[i], begin = all[begin:at], at
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(p, `"'»”’)]`))
	l.ended = strings.ContainsRune(".!?…。", last)
	start, _ := utf8.DecodeRuneInString(p)
	l.quote = strings.ContainsRune("\"«„“”'‘—–-", start)
	return l
}

// foldRune makes small letters, and of letters that are written both ways the common one.
func foldRune(r rune) rune {
	switch r = unicode.ToLower(r); r {
	case 'ё':
		return 'е'
	case 'ı':
		return 'i'
	}
	return r
}

// apostrophe tells the signs that are written within a word of Uzbek, Ukrainian, English and others.
func apostrophe(r rune) bool {
	return strings.ContainsRune("'’‘ʼʻ`´′ʹʽ", r)
}

// joined is what two ways to write one headline have in common: its letters and figures.
func joined(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return foldRune(r)
		}
		return -1
	}, s)
}

// isProse tells a paragraph of running text from a line that stands alone.
func isProse(p string) bool {
	l := read(p)
	return l.long || len(l.words) >= 25 || l.ended && len(l.words) >= 8
}

// kind is what a line is found to be.
type kind struct {
	class string // "" for what is not known as residue
	list  bool   // a heading whose entries follow
	colon bool   // it ends in a colon: what it announces may follow
	hangs bool   // it goes on from the line before: "in Telegram"
	alone bool   // it may stand between two paragraphs of prose
	keep  bool   // it belongs to the article though it is short and stands among residue: who wrote, translated or sent it
}

// kindOf finds what a paragraph is.
func kindOf(p string) kind {
	l := read(p)
	if l.long {
		return kind{}
	}
	if k := whole(p, l); k.class != "" || k.keep {
		return k
	}
	// Several of them may stand in one line: "Comments are closed. Share on Facebook | Print".
	parts := splitParts(p)
	if len(parts) < 2 {
		return kind{}
	}
	var k kind
	for _, part := range parts {
		of := whole(part, read(part))
		if of.class == "" {
			return kind{}
		}
		if k.class == "" || k.alone {
			k = of
		}
	}
	k.list, k.hangs, k.colon = false, false, false
	return k
}

// splitParts parts a line where a sentence ends or a site's separator stands.
func splitParts(p string) []string {
	var parts []string
	for more := true; more; {
		var part string
		if part, p, more = cutPart(p); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// cutPart cuts the first of such parts off; it may be empty. ok says that it was parted from a rest.
func cutPart(p string) (part, rest string, ok bool) {
	const around = " |•·"
	for i, r := range p {
		switch r {
		case '.', '!', '?':
			if !strings.HasPrefix(p[i+1:], " ") {
				continue
			}
		case '|', '•', '·':
		default:
			continue
		}
		end := i + utf8.RuneLen(r)
		return strings.Trim(p[:end], around), p[end:], true
	}
	return strings.Trim(p, around), "", false
}

// whole finds what a line is, taken as one.
func whole(p string, l line) kind {
	colon := strings.HasSuffix(p, ":")
	switch {
	case hashtags(p):
		return kind{class: "tags"}
	case len(l.words) == 0:
		// Rules, stars and arrows: "* * *" parts chapters within a text and nothing at its end.
		return kind{class: "rule", alone: true}
	case networkAddress(p):
		return kind{class: "channel"}
	case strings.HasPrefix(p, "©") && len(l.words) <= 12:
		return kind{class: "copyright", alone: true}
	case strings.ContainsFunc(p, unicode.IsDigit) && len(l.words) <= maxCounter && isNoise(p):
		return kind{class: "counter"}
	}
	if l.quote {
		return kind{}
	}
	t := tables()
	if c := t.find(l); c != nil {
		if c.name == keeping {
			return kind{keep: true}
		}
		heading := l.colon < 0 && len(l.words) <= maxHeading || colon
		return kind{class: c.name, list: c.list && heading, colon: colon, hangs: c.name == hanging, alone: c.alone}
	}
	if len(l.words) <= maxButtons && buttons(l.words) {
		return kind{class: "share", colon: colon}
	}
	// A name and where it may be followed, in one line: "Steppe Courier in Telegram".
	if l.upper && !l.ended && len(l.words) <= 6 {
		for n := 1; n <= 4 && n < len(l.words); n++ {
			for _, pat := range t.hanging {
				if pat.match(line{words: l.words[n:], colon: -1}) {
					return kind{class: "channel"}
				}
			}
		}
	}
	return kind{}
}

// hashtags tells a line of nothing but tags.
func hashtags(p string) bool {
	n := 0
	for w := range strings.FieldsSeq(p) {
		w = strings.Trim(w, ",;|")
		if w == "" {
			continue
		}
		if !strings.HasPrefix(w, "#") || !hasLetter(w) {
			return false
		}
		n++
	}
	return n > 0
}

// networkAddress tells a line that is the address of a channel: t.me/name, @name.
func networkAddress(p string) bool {
	if strings.ContainsRune(p, ' ') {
		return false
	}
	if name, ok := strings.CutPrefix(p, "@"); ok {
		return len(name) > 3
	}
	p = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(p), "https://"), "http://")
	host, path, _ := strings.Cut(strings.TrimPrefix(p, "www."), "/")
	return path != "" && networkHosts[host]
}

var networkHosts = wordSet(`t.me telegram.me youtube.com youtu.be facebook.com fb.com instagram.com twitter.com x.com
	tiktok.com vk.com ok.ru wa.me whatsapp.com chat.whatsapp.com dzen.ru threads.net rutube.ru`)

const (
	hanging    = "hanging"
	keeping    = "keep"
	maxButtons = 16 // words of a row of buttons
	maxHeading = 4  // words of the heading of a list
	maxCounter = 16 // words of a line of counters and times
)

// buttons tells a row of names of networks and of what can be done with a page; a row of one needs a clear word.
func buttons(words []string) bool {
	t := tables()
	clear := len(words) > 1
	for _, w := range words {
		switch {
		case t.button[w]:
			clear = true
		case t.smallButton[w] || isNumber(w):
		default:
			if !networkWord(w) {
				return false
			}
			clear = true
		}
	}
	return clear && !isNumber(words[0])
}

// networkWord tells the name of a network, also with an ending of the Turkic and Slavic languages.
func networkWord(w string) bool {
	for _, n := range tables().networks {
		if n.match(w) {
			return true
		}
	}
	return false
}

func isNumber(w string) bool {
	return w != "" && strings.IndexFunc(w, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}

// residueAtHead tells a line that is residue before the prose.
func residueAtHead(p string) bool {
	k := kindOf(p)
	return k.class != "" && k.class != "author"
}

// dropHead removes residue between the title and the first paragraph of prose. What stands there and is not known as
// residue (a byline, a subtitle, the date line, a note) stays.
func dropHead(paras []string) []string {
	var kept []string
	head := min(len(paras), headLines)
	for i, p := range paras[:head] {
		switch {
		case residueAtHead(p) || isPath(p):
			if kept == nil {
				kept = append(make([]string, 0, len(paras)), paras[:i]...)
			}
			continue
		case isProse(p):
			head = i
		case kept != nil:
			kept = append(kept, p)
		}
		if head == i {
			break
		}
	}
	if kept == nil {
		return paras
	}
	return append(kept, paras[head:]...)
}

const (
	tailLines = 60 // paragraphs from the last that are looked at in one go
	maxGap    = 2  // lines not known as residue between two that are
	maxLoose  = 12 // words of such a line
	maxName   = 5  // words of a name
	maxEntry  = 25 // words of an entry of a list: a headline
)

// dropTail removes residue after the prose, walking up from the last line. Three kinds of lines go that are not known
// as residue themselves, by what stands beside them: the entries after the heading of a list that reaches the end; up to
// two short lines between two lines of residue; a name before a line that goes on from it, and the one line after an
// announcement. What belongs to the article stays where it stands, even among them.
func dropTail(paras []string) []string {
	low := max(0, len(paras)-tailLines)
	tail := paras[low:]
	seen := make([]*kind, len(tail))
	of := func(i int) kind {
		if seen[i] == nil {
			k := kindOf(tail[i])
			seen[i] = &k
		}
		return *seen[i]
	}
	drop := make([]bool, len(tail))
	end := len(tail) - 1
	for i := end; i >= 0 && (isEntry(tail[i]) || of(i).class != ""); i-- {
		if i < len(tail)-1 && of(i).list {
			end = i - 1
		}
	}
	for i := end + 1; i < len(tail); i++ {
		drop[i] = !of(i).keep
	}
	below := end < len(tail)-1
	if !below && end > 0 && of(end) == (kind{}) && of(end-1).colon && isName(tail[end]) {
		drop[end], below = true, true
		end--
	}
	for i := end; i >= 0; i-- {
		if of(i).class != "" {
			drop[i], below = true, true
			if i > 0 && of(i).hangs && canPrecede(tail[i-1]) && of(i-1) == (kind{}) {
				i--
				drop[i] = true
			}
			continue
		}
		if of(i).keep {
			continue
		}
		above := i
		for above >= 0 && i-above < maxGap && isLoose(tail[above]) && of(above) == (kind{}) {
			above--
		}
		if !below || above < 0 || above == i || of(above).class == "" || of(above).alone {
			break
		}
		for j := above; j <= i; j++ {
			drop[j] = true
		}
		i = above + 1 // the line above is looked at again, for what it goes on from
	}
	if !below {
		return paras
	}
	kept := paras[:low:low]
	for i, p := range tail {
		if !drop[i] {
			kept = append(kept, p)
		}
	}
	return kept
}

// isEntry tells a line that can be an entry of a list: a headline.
func isEntry(p string) bool {
	l := read(p)
	return !l.long && !l.ended && len(l.words) <= maxEntry
}

// isLoose tells a line so short that it may belong to the residue round it.
func isLoose(p string) bool {
	l := read(p)
	return !l.long && !l.quote && len(l.words) <= maxLoose
}

// isName tells a line that is a name and nothing else.
func isName(p string) bool {
	l := read(p)
	return !l.long && l.upper && !l.ended && l.colon < 0 && len(l.words) > 0 && len(l.words) <= maxName
}

// canPrecede tells a line that can be the name which the next line goes on from.
func canPrecede(p string) bool {
	l := read(p)
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(p, "\"«„“'‘"))
	return !l.long && !l.ended && l.colon < 0 && len(l.words) > 0 && len(l.words) <= maxName && !unicode.IsLower(first)
}
