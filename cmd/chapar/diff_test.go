package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"chapar/store/corpus"
)

// marksOf writes pieces as people read them.
func marksOf(pieces []piece) string {
	var all []string
	for _, p := range pieces {
		switch p.Op {
		case "-":
			p.Text = "[-" + p.Text + "-]"
		case "+":
			p.Text = "{+" + p.Text + "+}"
		}
		all = append(all, p.Text)
	}
	return strings.Join(all, " ")
}

func TestComparedWords(t *testing.T) {
	tests := []struct{ was, now, want string }{
		{"", "", ""},
		{"", "one two", "{+one two+}"},
		{"one two", "", "[-one two-]"},
		{"one two three", "one two three", "one two three"},
		{"one two three", "one 2 three", "one [-two-] {+2+} three"},
		{"one two three four", "one two four", "one two [-three-] four"},
		{"a b and c d e f", "x y and z d e f", "[-a b and c-] {+x y and z+} d e f"},
		{"one two\n\nthree four", "one two three\n\nfour", "one two [-¶-] three {+¶+} four"},
	}
	for _, tt := range tests {
		if got := marksOf(comparedWords(tt.was, tt.now)); got != tt.want {
			t.Errorf("%q to %q: %s, want %s", tt.was, tt.now, got, tt.want)
		}
	}
}

// TestComparedWordsWhole: what stayed and what went is the old text, what stayed and what came the new one, whatever
// the two are.
func TestComparedWordsWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for n := range 200 {
		var was, now []string
		size := []int{3, 30, 300, 3000}[n%4]
		for range size {
			was = append(was, fmt.Sprint("w", r.IntN(size)))
		}
		for _, w := range was {
			switch r.IntN(8) {
			case 0:
			case 1:
				now = append(now, w, fmt.Sprint("n", r.IntN(size)))
			default:
				now = append(now, w)
			}
		}
		if n%20 == 19 { // nothing in common, or in another order
			r.Shuffle(len(now), func(i, j int) { now[i], now[j] = now[j], now[i] })
		}
		var a, b []string
		for _, p := range comparedWords(strings.Join(was, " "), strings.Join(now, " ")) {
			if p.Op != "+" {
				a = append(a, p.Text)
			}
			if p.Op != "-" {
				b = append(b, p.Text)
			}
		}
		if strings.Join(a, " ") != strings.Join(was, " ") || strings.Join(b, " ") != strings.Join(now, " ") {
			t.Fatalf("two texts of %d and %d words do not come out whole", len(was), len(now))
		}
	}
}

func TestClassOf(t *testing.T) {
	const title = "Joint patrols on the Aksu"
	text := "The border guards of Karasai and Tolebi met at the bridge over the Aksu and agreed on joint patrols.\n\n" +
		"Colonel Marat Sultanov said that 140 men with 12 vehicles would watch the border until the lake freezes over."
	change := func(old, new string) corpus.Record {
		if !strings.Contains(text, old) {
			t.Fatal(old)
		}
		return corpus.Record{Title: title, Text: strings.Replace(text, old, new, 1)}
	}
	tests := map[string]struct {
		now  corpus.Record
		want string
	}{
		"a letter":               {change("Tolebi met", "Tolebi mett"), classTypo},
		"a name spelt otherwise": {change("Sultanov", "Soltanov"), classTypo},
		"a mark":                 {change("patrols.", "patrols!"), classTypo},
		"the":                    {change("the bridge", "bridge"), classTypo},
		"a letter of the title":  {corpus.Record{Title: "Joint patrol on the Aksu", Text: text}, classTypo},
		"another title":          {corpus.Record{Title: "Guards of two districts agree", Text: text}, classHeadline},
		"a figure":               {change("140", "150"), classBody},
		"a digit":                {change("12 vehicles", "2 vehicles"), classBody},
		"another name":           {change("Marat Sultanov", "Nurlan Abenov"), classBody},
		"not":                    {change("would watch", "would not watch the road nor"), classBody},
		"a sentence more":        {change("patrols.", "patrols. Talks go on in spring."), classBody},
		"title and text":         {corpus.Record{Title: "Guards agree", Text: text + " Talks go on in spring."}, classBody},
		"a notice":               {corpus.Record{Title: title, Text: "This article has been withdrawn by its publisher."}, classWithdrawn},
		"a notice, ru":           {corpus.Record{Title: title, Text: "Новость снята с публикации по просьбе редакции."}, classWithdrawn},
		"hardly anything":        {corpus.Record{Title: title, Text: "Page is being repaired."}, classWithdrawn},
		"far shorter":            {change("\n\nColonel Marat Sultanov said that 140 men with 12 vehicles would watch the border until the lake freezes over.", ""), classBody},
	}
	was := corpus.Record{Title: title, Text: text}
	for name, tt := range tests {
		if got := classOf(was, tt.now, comparedWords(title, tt.now.Title), comparedWords(text, tt.now.Text)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		most int
		want int
	}{{"", "", 2, 0}, {"a", "", 2, 1}, {"kitten", "sitting", 3, 3}, {"kitten", "sitting", 2, 3}, {"Аксу", "Аксуу", 2, 1}, {"abcdef", "fedcba", 9, 6}} {
		if got := distance(tt.a, tt.b, tt.most); got != tt.want {
			t.Errorf("%q, %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
