package fetcher

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Yield is what the articles of a source came to of late, and before. A Yield is a value: With makes a new one.
type Yield struct {
	Texts     int                `json:"texts,omitempty"`     // articles that the figures below stand for, yieldMemory at most
	Words     float64            `json:"words,omitempty"`     // mean of the logarithm of their words
	Languages map[string]float64 `json:"languages,omitempty"` // their languages, without script and region
	Last      []Harvest          `json:"last,omitempty"`      // the articles after these, the oldest first
}

// Harvest is what one article came to.
type Harvest struct {
	Words    int       `json:"words"` // 0 where its page held no text
	Language string    `json:"language,omitempty"`
	At       time.Time `json:"at"`
}

const (
	yieldMemory = 60  // articles
	yieldLast   = 8   // articles that are compared with those before
	yieldLeast  = 12  // articles before, to compare with
	yieldFell   = 0.3 // of the words there were before
	yieldMost   = 6   // of the last articles, to be in another language
	yieldSlow   = 0.1 // as much as another an article counts that came when something was the matter
	yieldOwn    = 0.8 // share of its language, of a source that has one
)

// With is the yield after one more article.
func (y Yield) With(h Harvest) Yield {
	h.Language, _, _ = strings.Cut(h.Language, "-")
	y.Last = append(slices.Clone(y.Last), h)
	if len(y.Last) <= yieldLast {
		return y
	}
	weight := 1.0
	_, fell := y.fell()
	_, changed := y.changed()
	if fell || changed { // what is wrong should not soon be what was before
		weight = yieldSlow
	}
	old := y.Last[0]
	y.Last = y.Last[1:]
	y.Texts = min(y.Texts+1, yieldMemory)
	y.Words += weight * (math.Log1p(float64(old.Words)) - y.Words) / float64(y.Texts)
	y.Languages = maps.Clone(y.Languages)
	if y.Languages == nil {
		y.Languages = map[string]float64{}
	}
	for l, n := range y.Languages {
		if n *= 1 - weight/yieldMemory; n < 0.05 {
			delete(y.Languages, l)
		} else {
			y.Languages[l] = n
		}
	}
	if old.Language != "" && old.Language != "und" {
		y.Languages[old.Language] += weight
	}
	return y
}

// Join is the yield of two sources that are one: what stood apart counts as if it had come in the order of its dates.
func (y Yield) Join(other Yield) Yield {
	both := Yield{Texts: min(y.Texts+other.Texts, yieldMemory)}
	if n := float64(y.Texts + other.Texts); n > 0 {
		both.Words = (y.Words*float64(y.Texts) + other.Words*float64(other.Texts)) / n
		both.Languages = maps.Clone(y.Languages)
		if both.Languages == nil {
			both.Languages = map[string]float64{}
		}
		for l, n := range other.Languages {
			both.Languages[l] += n
		}
	}
	last := slices.Concat(y.Last, other.Last)
	slices.SortStableFunc(last, func(a, b Harvest) int { return a.At.Compare(b.At) })
	for _, h := range last {
		both = both.With(h)
	}
	return both
}

// fell says whether the last articles have far fewer words than those before.
func (y Yield) fell() (evidence string, is bool) {
	if y.Texts < yieldLeast || len(y.Last) < yieldLast {
		return "", false
	}
	words := make([]int, len(y.Last))
	for i, h := range y.Last {
		words[i] = h.Words
	}
	slices.Sort(words)
	median, before := words[(len(words)-1)/2], math.Expm1(y.Words)
	if float64(median) >= yieldFell*before {
		return "", false
	}
	return fmt.Sprintf("the last %d articles have %d words in the median, those before %.0f", len(words), median, before), true
}

// changed says whether the last articles are in another language than those before.
func (y Yield) changed() (evidence string, is bool) {
	sum, own := 0.0, ""
	for l, n := range y.Languages {
		sum += n
		if n > y.Languages[own] || n == y.Languages[own] && l < own {
			own = l
		}
	}
	if y.Texts < yieldLeast || y.Languages[own] < yieldOwn*sum {
		return "", false
	}
	others := map[string]int{}
	for _, h := range y.Last {
		if h.Language != "" && h.Language != "und" && h.Language != own {
			others[h.Language]++
		}
	}
	for l, n := range others {
		if n >= yieldMost {
			return fmt.Sprintf("%d of the last %d articles are in %s, those before in %s", n, len(y.Last), l, own), true
		}
	}
	return "", false
}
