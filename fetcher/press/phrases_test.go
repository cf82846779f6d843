package press

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

func TestPhrasesMakeWholeSentences(t *testing.T) {
	odd := regexp.MustCompile(`[\[\]{}|]|  | [,.;]|\.\.|^\s|\s$`)
	for _, language := range []string{"en", "ru", "kk"} {
		b, err := readBank(language)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for _, top := range append(slices.Clone(b.topics), b.common, b.other) {
			for _, phrase := range slices.Concat(top.titles, top.firsts, top.all) {
				for range 20 {
					text := b.scene(r).write(phrase)
					if odd.MatchString(text) {
						t.Errorf("%s %s: %q gives %q", language, top.name, phrase, text)
						break
					}
					if language == "ru" {
						if _, err := charmap.Windows1251.NewEncoder().String(text); err != nil {
							t.Errorf("%q does not fit into windows-1251", text)
						}
					}
				}
			}
		}
	}
}

func TestArticlesHaveTheirSizeAndDiffer(t *testing.T) {
	for _, language := range []string{"en", "ru", "kk"} {
		t.Run(language, func(t *testing.T) {
			b, err := readBank(language)
			if err != nil {
				t.Fatal(err)
			}
			const n = 150
			var texts []map[string]int
			titles := map[string]int{}
			for i := range n {
				r := rand.New(rand.NewPCG(7, uint64(i)))
				top, err := b.pick(r, "", i%4 != 0)
				if err != nil {
					t.Fatal(err)
				}
				p := b.compose(r, top)
				text := strings.Join(p.paragraphs, "\n\n")
				titles[p.title]++
				if words := len(strings.Fields(text)); words < 80 || words > 400 {
					t.Errorf("%s %d has %d words", top.name, i, words)
				}
				if k := len(p.paragraphs); k < 4 || k > 9 {
					t.Errorf("%s %d has %d paragraphs", top.name, i, k)
				}
				texts = append(texts, shingles(text))
			}
			worst, sum, pairs := 0.0, 0.0, 0
			for i, a := range texts {
				all := 0
				for _, k := range a {
					all += k
				}
				for j, b := range texts {
					if i == j {
						continue
					}
					both := 0
					for s, k := range a {
						both += min(k, b[s])
					}
					share := float64(both) / float64(all)
					worst, sum, pairs = max(worst, share), sum+share, pairs+1
				}
			}
			t.Logf("share of an article's shingles in another: %.3f at most, %.3f in the mean; %d titles", worst, sum/float64(pairs), len(titles))
			if worst > 0.4 {
				t.Errorf("two articles share %.2f of their shingles", worst)
			}
			if len(titles) < n/2 {
				t.Errorf("only %d titles for %d articles", len(titles), n)
			}
		})
	}
}
