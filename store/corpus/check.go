package corpus

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Problem is one departure from the corpus form.
type Problem struct {
	Line int // from 1
	Text string
}

func (p Problem) String() string { return fmt.Sprintf("line %d: %s", p.Line, p.Text) }

// markup finds what is left of HTML: tags by their names, since "<" alone is a sign that texts use, and entities.
var markup = regexp.MustCompile(`(?i)</?(?:a|abbr|article|aside|b|blockquote|br|button|center|code|div|em|figcaption|figure|font|footer|form|h[1-6]|header|hr|i|iframe|img|input|li|link|main|meta|nav|noscript|ol|p|picture|pre|s|script|section|small|source|span|strong|style|sub|sup|svg|table|tbody|td|th|thead|time|tr|u|ul|video)(?:\s[^<>]*=[^<>]*)?\s*/?>` +
	`|<!--|&(?:nbsp|quot|apos|amp|lt|gt|laquo|raquo|[lr][ds]quo|[mn]dash|hellip|shy|#[0-9]{2,6}|#x[0-9a-f]{2,5});`)

// mostProblems ends a check: more would help nobody.
const mostProblems = 100

// Check says where a document departs from the corpus form, in order of lines, up to some hundred places. The form: UTF-8 in NFC without a byte
// order mark; the title; then paragraphs of one line, each after one blank line; one newline at the end; no markup,
// no tabs, no runs of blanks, none at the ends of lines, no control, format or invisible characters but the joiners
// U+200C and U+200D, no spaces but the plain one; the title once.
func Check(text []byte) []Problem {
	var problems []Problem
	say := func(line int, format string, args ...any) {
		problems = append(problems, Problem{line, fmt.Sprintf(format, args...)})
	}
	if len(text) == 0 {
		say(1, "the document is empty")
		return problems
	}
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		say(1, "a byte order mark at the beginning")
		text = text[3:]
	}
	body, ended := bytes.CutSuffix(text, []byte("\n"))
	lines := strings.Split(string(body), "\n")
	for i, line := range lines {
		n := i + 1
		switch blank := line == ""; {
		case i == 0:
			if blank {
				say(n, "the title is missing")
			}
		case blank && i == len(lines)-1:
			say(n, "a blank line at the end")
		case blank && lines[i-1] == "":
			say(n, "more than one blank line in a row")
		case !blank && lines[i-1] != "":
			say(n, "a blank line is missing before this one")
		}
		checkLine(line, func(text string) { say(n, "%s", text) })
		if i == 2 && line != "" && line == lines[0] {
			say(n, "the title stands a second time")
		}
		if len(problems) >= mostProblems {
			return problems
		}
	}
	if !ended {
		say(len(lines), "no newline at the end")
	}
	return problems
}

// checkLine names each kind of trouble of a line once.
func checkLine(line string, say func(string)) {
	if !utf8.ValidString(line) {
		say("bytes that are not UTF-8")
		return
	}
	if strings.HasPrefix(line, " ") {
		say("a blank at the beginning of the line")
	}
	if strings.HasSuffix(line, " ") {
		say("a blank at the end of the line")
	}
	if strings.Contains(line, "  ") {
		say("more than one blank in a row")
	}
	told := map[rune]bool{}
	for _, r := range line {
		if r < unicode.MaxASCII && r >= ' ' || r >= 'À' && r < 0x300 || r >= 0x370 && r < 0x590 || told[r] {
			continue // most characters by far: ASCII, and the letters of Latin, Greek, Cyrillic and Armenian
		}
		what := ""
		switch {
		case r == '\t':
			what = "a tab"
		case r == '\r':
			what = "a carriage return"
		case unicode.IsControl(r):
			what = fmt.Sprintf("the control character %U", r)
		case unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp) || r == '\u2800':
			what = fmt.Sprintf("the space %U", r)
		case invisible(r):
			what = fmt.Sprintf("the invisible character %U", r)
		default:
			continue
		}
		told[r] = true
		say(what)
	}
	if !norm.NFC.IsNormalString(line) {
		say("not in NFC")
	}
	if strings.ContainsAny(line, "<&") {
		if found := markup.FindString(line); found != "" {
			say(fmt.Sprintf("markup: %s", found))
		}
	}
}

// invisible says whether a character shows nothing and is no space. The joiners U+200C and U+200D are not counted, nor
// are the signs that enclose the digits after them.
func invisible(r rune) bool {
	if r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Co, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point)
}
