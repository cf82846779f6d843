package normalize

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// A gate may let through what its pattern does not match; it must never hold back what it does.
func TestStarts(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{`read (?:more|also)`, "Read also", true},
		{`read (?:more|also)`, "READ ALL", true},
		{`read (?:more|also)`, "reads", false},
		{`(?:your |a )*(?:comments?|reply)\b`, "a your reply", true},
		{`(?:your |a )*(?:comments?|reply)\b`, "comment", true},
		{`(?:your |a )*(?:comments?|reply)\b`, "winter", false},
		{`ещ[её] (?:новости|по теме)`, "Ещё новости", true},
		{`ещ[её] (?:новости|по теме)`, "Едят", false},
		{`o['‘ʻ]xshash`, "O‘xshash", true},
		{`\S+ga obuna`, "kanalga obuna", true},
		{`x?`, "anything", true},
		{`©|all`, "© all", true},
		{`öň`, "Öň", true},
	} {
		if got := startsOf(c.pattern).of(c.text); got != c.want {
			t.Errorf("%s begins %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
	if s := startsOf(ago); !s.among("an hour AGO") || s.among("an hour") {
		t.Error("words within a text are not told apart")
	}
}

// The gates change nothing: what the patterns themselves find is found.
func TestGatesHoldNothingBack(t *testing.T) {
	for _, line := range []string{
		"© 2026 The Qumsay Post", "(c) Qumsay Post", "  2026 © all rights reserved", "All rights reserved", "Комментарии (3)", "— Читайте также:", "* Читай также", "Related",
		"•• Read more", "Подписаться на канал", "Share:", "ADVERTISEMENT", "Реклама", "РЕКЛАМА · scroll to continue", "Leave a reply", "12 comments", "Пікір қалдыру",
		"Барлық құқық қорғалған", "Boshqa yangiliklar", "O‘xshash xabarlar", "Арнамызға жазылыңыз", "Kanalimizga obuna boʻling", "The river guard", "", "—", "Ёлки",
	} {
		for name, g := range map[string]gated{"comment": commentMark, "related": relatedMark, "join": joinMark, "foot": footMark, "ad": adMark, "rights": rightsMark} {
			if got, want := g.MatchString(line), g.re.MatchString(line); got != want {
				t.Errorf("%s of %q: %v, want %v", name, line, got, want)
			}
		}
	}
}

// What no word of a counter or of a time from now stands in holds neither: such a line is not looked through for them.
func TestNothingIsCountedWithoutItsWord(t *testing.T) {
	var words []string
	for _, list := range []string{counted, unit, ago, updated, number, relative} {
		for w := range strings.FieldsFuncSeq(list, func(r rune) bool { return !unicode.IsLetter(r) && r != ' ' }) {
			words = append(words, strings.TrimSpace(w))
		}
	}
	words = append(words, "3", "12", "1 234", "1.2k", "5.", "anna", "qumsay", "шаран", "interviews", "preview", "vorort", "nowhere", "толькова")
	between := []string{" ", "  ", ": ", ":", " | ", "(", ") ", ", ", ".", "\n", " - ", "'", "’"}
	const most = 7
	lines := 60_000
	if testing.Short() {
		lines = 3000
	}
	random := rand.New(rand.NewPCG(1, 2))
	var closed, open int
	for range lines {
		var b strings.Builder
		last := rune(' ')
		for range 1 + random.IntN(most) {
			w := words[random.IntN(len(words))]
			first, _ := utf8.DecodeRuneInString(w)
			if unicode.IsLetter(last) == unicode.IsLetter(first) || random.IntN(3) > 0 {
				b.WriteString(between[random.IntN(len(between))])
			}
			b.WriteString(w)
			last, _ = utf8.DecodeLastRuneInString(w)
		}
		line := strings.ToLower(b.String())
		if countedStarts.among(line) {
			open++
		} else if closed++; counter.MatchString(line) || labelled.MatchString(line) {
			t.Fatalf("%q counts something, and none of its words is one of counting", line)
		}
		if !agoStarts.among(line) && (fromNow.MatchString(line) || sinceLine.MatchString(line)) {
			t.Fatalf("%q says a time from now, and none of its words is one of it", line)
		}
	}
	if open < lines/10 || closed < lines/10 {
		t.Errorf("%d lines with a word of counting and %d without show nothing", open, closed)
	}
}
