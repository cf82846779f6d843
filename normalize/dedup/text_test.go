package dedup

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// TestReadWords holds Read to Words, but for scripts without spaces.
func TestReadWords(t *testing.T) {
	for _, text := range []string{
		"", "One, two – three!", "Ｆｕｌｌ width ①", "ЧАПАР за\u0301мок и\u0306 й", "don't 3.5%", "a\u0301\u0301\u0301 b", "Қазақстан ҰЛТТЫҚ банкі", "x\xffy \xf0\x28",
		bridge, bridgeRussian,
	} {
		var want []uint32
		for w := range Words(text) {
			want = append(want, wordHash(string(w)))
		}
		if got := Read(Article{Text: text}).words; !slices.Equal(got, want) {
			t.Errorf("%q: %d words, want %d", text, len(got), len(want))
		}
	}
	if n := Read(Article{Text: "山川水火 and ひらがな"}).Len(); n != 9 {
		t.Errorf("ideographs and kana make %d words", n)
	}
	if n := Read(Article{Text: strings.Repeat("a ", 3*mostWords)}).Len(); n != mostWords {
		t.Errorf("%d words of a long text", n)
	}
}

func TestFigures(t *testing.T) {
	same := [][]string{
		{"1,000 men", "1.000 men", "1 000 men", "1'000 men", "1000 men", "1\u00a0000 men", "01000 men"},
		{"1,234,567", "1234567", "1 234 567"},
		{"3.5 pct", "3,5 pct"},
		{"two boats", "2 boats", "два boats", "екі boats"},
		{"40% of it", "40 per cent"},
		{"10pm", "10 pm", "ten pm"},
	}
	key := func(text string) string {
		s := ""
		for _, f := range Read(Article{Text: text}).figures {
			s += fmt.Sprintf("%x/%d ", f.key, f.weight)
		}
		return s
	}
	seen := make(map[string]string)
	for _, group := range same {
		want := key(group[0])
		for _, text := range group {
			if got := key(text); got != want || got == "" {
				t.Errorf("%q and %q have other figures: %s, %s", group[0], text, want, got)
			}
		}
		if other, ok := seen[want]; ok {
			t.Errorf("%q and %q have the same figures", group[0], other)
		}
		seen[want] = group[0]
	}
	for text, n := range map[string]int{"in 2019 and 2020": 2, "1,000, 2,000": 2, "3.5.7": 1, "12 345 6": 2, "one of them": 0, "6-1/4": 3} {
		if got := len(Read(Article{Text: text}).figures); got != n {
			t.Errorf("%q has %d figures, want %d", text, got, n)
		}
	}
}

func TestSkeleton(t *testing.T) {
	for _, group := range [][]string{
		{"tokayev", "tokaev", "toqaev", "токаев", "токаевым"},
		{"hamburg", "гамбург"},
		{"rakhmon", "rahmon", "рахмон", "рахмоном"},
		{"washington", "вашингтон"},
		{"james", "джеймс"},
		{"theresa", "teresa", "тереза"},
		{"philip", "filip", "филипп"},
		{"alexander", "александр", "aleksandr"},
		{"toyota", "トヨタ"},
	} {
		want, _ := skeleton(group[0])
		for _, word := range group {
			if got, _ := skeleton(word); got != want {
				t.Errorf("%s and %s have the skeletons %o and %o", group[0], word, want, got)
			}
		}
	}
	if s, n := skeleton("oaie"); s != 1 || n != 0 {
		t.Errorf("vowels have the skeleton %o of %d", s, n)
	}
}

func TestKinds(t *testing.T) {
	text := Read(Article{Title: "CORRECTED - Rates of 3 May", Text: "The bridge at Tolebi. Guards saw Marat 12 times."})
	var names []int
	for i, k := range text.kinds {
		if k&isName != 0 {
			names = append(names, i)
		}
	}
	if !slices.Equal(names, []int{3, 6}) {
		t.Errorf("the names are words %d", names)
	}
	if !text.corrects || len(text.heading) != 1 || len(text.title) != 5 {
		t.Errorf("the title was read as %+v", text)
	}
	for tag, same := range map[string]string{"en-US": "en", "kk-Cyrl": "kk", "pt_BR": "pt", "und": ""} {
		if Read(Article{Language: tag}).language != Read(Article{Language: same}).language {
			t.Errorf("%s is another language than %s", tag, same)
		}
	}
}

func FuzzPlace(f *testing.F) {
	f.Add("Joint patrols on the Aksu", bridge, "en")
	f.Add("", "1,000 1 2.3 \xff й", "und")
	f.Fuzz(func(t *testing.T, title, text, language string) {
		d := newDesk()
		d.place(t, 0, Article{Title: title, Text: bridge, Language: "en"})
		a := Article{Title: title, Text: text, Language: language}
		v := d.place(t, 1, a)
		if v.Overlap < 0 || v.Overlap > 1 || v.Copy != (v.Cluster == 0) {
			t.Errorf("got %+v", v)
		}
		again := d.place(t, 2, a)
		if n := d.texts[1].Len(); again.Copy != (n >= fewestWords) && !v.Copy && utf8.ValidString(text) {
			t.Errorf("the same %d words again: %+v", n, again)
		}
	})
}

// TestCompatible: a text put into NFKC piece by piece is as if it were whole.
func TestCompatible(t *testing.T) {
	for _, unit := range []string{"ﷺ ﬃ ", "e\u0301x", "и\u0306\u0323…\u00a0", "\u1112\u1161\u11ab", "\xff\xe1 é", "\x80"} {
		for shift := range 3 {
			text := "abc"[:shift] + strings.Repeat(unit, 4000)
			for _, most := range []int{100, 4096, 9001, 1 << 20} {
				if want := clip(norm.NFKC.String(text), most); compatible(text, most) != want {
					t.Errorf("%q behind %d others, cut to %d, is not as when it is whole", unit, shift, most)
				}
			}
		}
	}
}
