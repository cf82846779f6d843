package normalize

import (
	"bytes"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean turns plain text with residue, as an extractor or a person left it, into corpus form: title is its first line
// that is not itself residue, body its paragraphs joined by a blank line, without the title. Every line of text is a
// paragraph. Cleaning what is clean changes nothing. Both are empty only where text has nothing to show; a text that is
// residue throughout keeps its first line as the title.
func Clean(text string) (title, body string) {
	lines := paragraphs(text)
	for len(lines) > 0 {
		head := pickTitle(lines)
		title, rest := untilSettled(head[0], head[1:])
		if title == "" {
			lines = rest
			continue
		}
		// The title may have become residue itself once its breadcrumb is gone, so the whole is looked at until it rests.
		if next := append([]string{title}, rest...); len(next) < len(lines) || title != lines[0] {
			lines = next
			continue
		}
		return title, strings.Join(rest, "\n\n")
	}
	return "", ""
}

// tidy is Clean for a title and a list of paragraphs that were told apart already. The order of its steps:
//
//  1. paragraphs: markup, line ends, invisible characters, spaces and composition, line by line (see there);
//  2. plainTitle: breadcrumb, time stamp and site name leave the title line;
//  3. dropTitle: the title stands once;
//  4. dropHead: residue between the title and the prose goes;
//  5. dropTail: residue after the prose goes.
//
// Steps 2 to 5 are repeated until none finds anything, since one may bare what another knows.
func tidy(title string, paras []string) (string, []string) {
	title = strings.Join(paragraphs(title), " ")
	return untilSettled(title, paragraphs(strings.Join(paras, "\n")))
}

// untilSettled is tidy without its first step.
func untilSettled(title string, paras []string) (string, []string) {
	for {
		size, was := len(paras), title
		title = plainTitle(title)
		title, paras = dropTitle(title, paras)
		paras = dropHead(paras)
		paras = dropTail(paras)
		if len(paras) == size && title == was {
			return title, paras
		}
	}
}

// paragraphs splits text into its lines in the form of the corpus; blank ones are left out.
func paragraphs(text string) []string {
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	text = seen(text)
	// What is hidden can lie within markup and come out of it, so it is dropped before and after.
	if plain := unmark(text); plain != text {
		text = seen(plain)
	}
	lines := strings.Split(text, "\n")
	kept := lines[:0]
	for _, line := range lines {
		if line = oneSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// seen leaves what can be seen, composed, with one sign for each kind of blank. Dropping a sign between a letter and its
// accent brings them together, so the last step is composition; it comes first as well since it makes signs of ASCII out
// of look-alikes.
func seen(text string) string {
	text = norm.NFC.String(text)
	text = breakLines(text)
	text = showOnly(text)
	return norm.NFC.String(text)
}

// blockTags end a line of text where they stand; inlineTags only leave it.
var (
	blockTags = wordSet(`p br div li ul ol h1 h2 h3 h4 h5 h6 tr td th table tbody thead blockquote section article figure
		figcaption hr pre form header footer main nav aside`)
	inlineTags = wordSet(`a b i u s em strong span font img small big sub sup code cite q mark abbr time iframe strike center wbr o:p nobr noindex button iframe input
		link meta noscript picture s script source style svg time video`)
)

// Limits in bytes: what is longer is prose with an angle bracket or an ampersand in it.
const (
	maxTag    = 2000
	maxEntity = 32
)

// unmark takes out the tags of HTML and resolves its entities, which feeds and editors leave in plain text, often
// escaped twice. It is one pass over a growing output, so that what a removal brings together is seen as well.
func unmark(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	out := make([]byte, 0, len(text))
	var less, amp []int // where each '<' and '&' stands that may still begin something
	comment := -1       // where one began that may still end
	var write func(s string)
	write = func(s string) {
		for i := 0; i < len(s); i++ {
			out = append(out, s[i])
			switch s[i] {
			case '<':
				less = append(less, len(out)-1)
			case '&':
				amp = append(amp, len(out)-1)
			case '>':
				if comment >= 0 && bytes.HasSuffix(out, []byte("-->")) {
					out = out[:min(comment, len(out))]
					less, amp = below(less, len(out)), below(amp, len(out))
					comment = -1
					continue
				}
				if len(less) == 0 {
					continue
				}
				at := less[len(less)-1]
				name := tagName(out[at:])
				if !blockTags[name] && !inlineTags[name] {
					less = less[:0]
					continue
				}
				less = less[:len(less)-1]
				out = out[:at]
				amp = below(amp, at)
				if blockTags[name] {
					out = append(out, '\n')
				}
			case ';':
				if len(amp) == 0 {
					continue
				}
				at := amp[len(amp)-1]
				plain, ok := entity(out[at:])
				if !ok {
					amp = amp[:0]
					continue
				}
				amp = amp[:len(amp)-1]
				out = out[:at]
				less = below(less, at)
				if r, _ := utf8.DecodeRuneInString(plain); !joiner(r) || endsJoining(out) {
					write(seen(plain))
				}
			case '-':
				if bytes.HasSuffix(out, []byte("<!--")) {
					comment = len(out) - len("<!--")
					out = out[:comment]
					less = less[:len(less)-1]
				}
			}
		}
	}
	write(text)
	return string(out)
}

// below leaves the places before at.
func below(places []int, at int) []int {
	for len(places) > 0 && places[len(places)-1] >= at {
		places = places[:len(places)-1]
	}
	return places
}

// tagName gives the name of the tag that is the whole of b, "" if b is none.
func tagName(b []byte) string {
	if len(b) > maxTag {
		return ""
	}
	s := strings.TrimSuffix(strings.TrimPrefix(string(b[1:len(b)-1]), "/"), "/")
	name, attributes, _ := strings.Cut(strings.ReplaceAll(s, "\n", " "), " ")
	if attributes = strings.TrimSpace(attributes); attributes != "" && !strings.Contains(attributes, "=") {
		return ""
	}
	return strings.ToLower(name)
}

// entity gives what the entity that is the whole of b stands for.
func entity(b []byte) (string, bool) {
	if len(b) > maxEntity {
		return "", false
	}
	s := string(b)
	plain := html.UnescapeString(s)
	return plain, plain != s && (plain == ";" || !strings.HasSuffix(plain, ";"))
}

// breakLines makes every way to end a line a line feed.
func breakLines(text string) string {
	if !strings.ContainsAny(text, "\r\v\f") && !strings.Contains(text, "\u0085") && !strings.Contains(text, "\u2028") && !strings.Contains(text, "\u2029") {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
			return '\n'
		}
		return r
	}, text)
}

// showOnly drops what cannot be seen (controls, marks of direction, soft hyphens, byte order marks, zero-width spaces,
// variation selectors, private use) and makes every kind of blank a space. U+200C and U+200D stay between letters of a
// script that joins its letters, where they change how a word is read.
func showOnly(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	joins := false   // the last letter is of such a script
	var pending rune // a joiner that stays if a letter follows
	for _, r := range text {
		switch {
		case r == '\n':
			joins, pending = false, 0
		case r < utf8.RuneSelf && r >= ' ' && r != 0x7f:
			joins, pending = false, 0
		case r == '\t' || unicode.Is(unicode.Zs, r) || r == '\u2800':
			r, joins, pending = ' ', false, 0
		case joiner(r):
			if joins && pending == 0 {
				pending = r
			}
			continue
		case hidden(r):
			continue
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) && unicode.In(r, joining...):
			joins = true
			if pending != 0 {
				b.WriteRune(pending)
			}
			pending = 0
		default:
			joins, pending = false, 0
		}
		b.WriteRune(r)
	}
	return b.String()
}

// joining are the scripts in which a joiner between two letters changes the word.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Devanagari, unicode.Bengali,
	unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada,
	unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// joiner tells the signs that part or join the letters round them.
func joiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// endsJoining tells whether the last sign of b is a letter of a script in which a joiner can follow.
func endsJoining(b []byte) bool {
	r, _ := utf8.DecodeLastRune(b)
	return unicode.In(r, joining...)
}

// hidden tells a character that shows nothing and is no space. Signs that enclose the digits after them are seen.
func hidden(r rune) bool {
	return !unicode.Is(unicode.Prepended_Concatenation_Mark, r) && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Variation_Selector,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point)
}

// oneSpace leaves single spaces between words and none at the ends.
func oneSpace(line string) string {
	line = strings.Trim(line, " ")
	if !strings.Contains(line, "  ") {
		return line
	}
	return strings.Join(strings.Fields(line), " ")
}

// pickTitle leaves out the lines before the title: breadcrumbs, counters, share buttons, and lines without a letter.
// Where nothing but such lines is there, they are kept as they are.
func pickTitle(lines []string) []string {
	for i, line := range lines[:min(len(lines), headLines)] {
		next := ""
		if i+1 < len(lines) {
			next = lines[i+1]
		}
		if strings.ContainsFunc(line, unicode.IsLetter) && !residueAtHead(line) && !crumbsOnly(line, next) {
			return lines[i:]
		}
	}
	return lines
}

// wordSet makes a set of the words of s.
func wordSet(s string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}
