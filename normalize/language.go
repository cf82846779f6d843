package normalize

import (
	_ "embed"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"chapar/normalize/internal/gram"
)

// languageTable was fitted by internal/train to short texts in 25 languages and scripts: FLORES sentences as gathered in
// SIB-200, the X-WMT news test sets, the Universal Declaration of Human Rights, Kyrgyz news of 24.kg and the test
// sentences of KazNERD; Kazakh in Latin letters and most of the Uzbek in Cyrillic ones were transliterated. It holds
// figures only.
//
//go:embed data/language.table
var languageTable []byte

// grams is the table, opened once and only read.
var grams = sync.OnceValue(func() *gram.Table {
	t, err := gram.Read(languageTable)
	if err != nil {
		panic("normalize: " + err.Error()) // the table is part of the program; a test opens it
	}
	return t
})

const (
	undetermined = "und"
	sampleBytes  = 200 // of each of the three pieces that stand for a long text
	fewLetters   = 3   // below them nothing is said

	scriptConfidence = 0.95 // of a language that only its script tells
)

// Language tells in which language text is written, as a BCP 47 tag, with a script where a language of Central Asia has
// two: kk-Cyrl, kk-Latn, uz-Cyrl, uz-Latn. The confidence (0 to 1) is about the share of such guesses that are right.
// The tag is "und", the confidence 0, for a text without letters and for a language that is not known here.
// Of a long text the beginning, the middle and the end are looked at.
func Language(text string) (tag string, confidence float64) {
	text = excerpt(text)
	script, letters := mainScript(text)
	switch {
	case letters < fewLetters || script == "":
		return undetermined, 0
	case script != tabled:
		return script, scriptConfidence
	}
	g := grams().Guess(text)
	if strange(g) { // perhaps because two languages stand in it
		g = grams().Guess(mainLetters(text))
	}
	if g.Language == "" || strange(g) {
		return undetermined, 0
	}
	tag = g.Language
	switch tag {
	case "kk":
		tag = "kk-Cyrl"
	case "uz":
		tag = "uz-Latn"
	}
	return tag, 1 / (1 + math.Exp(-0.17*(g.Lead-5)))
}

// mainLetters gives the text without the letters of all scripts but one, that of most letters.
func mainLetters(text string) string {
	tables := [...]*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Arabic}
	var counts [len(tables)]int
	main := 0
	for _, r := range text {
		for i, t := range tables {
			if unicode.Is(t, r) {
				if counts[i]++; counts[i] > counts[main] {
					main = i
				}
			}
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) && !unicode.Is(tables[main], r) {
			return ' '
		}
		return r
	}, text)
}

// strange reports whether a text is in none of the languages of the table. Of news in a known one, a hundredth fits worse
// than the first bound, most of it short or full of foreign names; that leads far before the next language all the same.
// Of those in another language nearly all fit worse, and lead by little.
func strange(g gram.Guess) bool {
	bound := 0.4 + 9.5/math.Sqrt(float64(g.Grams))
	return g.Fit > bound && (g.Lead < 0.25*float64(g.Grams) || g.Fit > bound+0.15)
}

// excerpt takes three pieces of a long text.
func excerpt(text string) string {
	if len(text) <= 3*sampleBytes {
		return text
	}
	middle := (len(text) - sampleBytes) / 2
	return piece(text, 0) + " " + piece(text, middle) + " " + piece(text, len(text)-sampleBytes)
}

// piece cuts whole characters from about the place at.
func piece(text string, at int) string {
	end := at + sampleBytes
	for at < end && !utf8.RuneStart(text[at]) {
		at++
	}
	for end < len(text) && end > at && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[at:end]
}

// script is a writing system as far as it says which language a text is in.
type script struct {
	tag    string // the language; tabled where the table tells
	weight int    // how many letters of others one sign of it is worth
	table  *unicode.RangeTable
}

// tabled stands for the scripts whose languages the table tells apart.
const tabled = "table"

// scripts that say by themselves which language it is, or which is by far the commonest in the news.
var scripts = []script{
	{tabled, 1, unicode.Latin}, {tabled, 1, unicode.Cyrillic}, {tabled, 1, unicode.Arabic},
	{"ja", 3, unicode.Hiragana}, {"ja", 3, unicode.Katakana}, {"zh", 3, unicode.Han}, {"ko", 3, unicode.Hangul},
	{"ka", 1, unicode.Georgian}, {"hy", 1, unicode.Armenian}, {"el", 1, unicode.Greek}, {"he", 1, unicode.Hebrew},
	{"hi", 1, unicode.Devanagari}, {"bn", 1, unicode.Bengali}, {"th", 1, unicode.Thai}, {"mn-Mong", 1, unicode.Mongolian},
}

// mainScript names what most of the letters say: a language, tabled, or nothing; and how many letters there are.
func mainScript(text string) (tag string, letters int) {
	other, most := 0, 0
	counts := make(map[string]int, 4)
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
				most++
			}
		case 0x400 <= r && r < 0x530:
			most++
		case unicode.IsLetter(r):
			i := slices.IndexFunc(scripts, func(s script) bool { return unicode.Is(s.table, r) })
			switch {
			case i < 0:
				other++
			case scripts[i].tag == tabled:
				most++
			default:
				counts[scripts[i].tag] += scripts[i].weight
				letters++
			}
		}
	}
	letters += most + other
	// Japanese is written with Chinese signs too, Chinese without Japanese ones.
	if kana := counts["ja"]; kana*10 > counts["zh"] {
		counts["ja"], counts["zh"] = kana+counts["zh"], 0
	}
	tag = tabled
	if other > most {
		tag, most = "", other
	}
	for _, s := range scripts {
		if counts[s.tag] > most {
			tag, most = s.tag, counts[s.tag]
		}
	}
	return tag, letters
}
