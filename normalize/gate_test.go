package normalize

import "testing"

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
