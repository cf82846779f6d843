package gram

import (
	"math"
	"math/rand/v2"
	"strings"
)

// How a table is sharpened.
const (
	rounds  = 24
	rate    = 0.06  // of a correction in the first round; it falls to nothing
	scale   = 0.25  // of the sum of a text's grams: naive Bayes is far too sure of itself
	pull    = 0.001 // towards the shares that were counted, for each visit of a gram
	windows = 3     // pieces of a text that are looked at in a round
)

// sharpen corrects counted shares, one row of them a bucket, where they guess short pieces of the samples wrongly or with
// little lead: each such piece moves the shares of its grams a little up for its language and down for the others
// (logistic regression by stochastic gradients). The pieces are drawn in an order that is the same each time.
func sharpen(shares [][]float64, names []string, samples []Sample) {
	index := make(map[string]int, len(names))
	for i, n := range names {
		index[n] = i
	}
	counted := make([][]float64, len(shares))
	for b := range shares {
		counted[b] = append([]float64(nil), shares[b]...)
	}
	random := rand.New(rand.NewPCG(7, 1))
	var grams []uint32
	odds := make([]float64, len(names))
	steps, step := rounds*len(samples)*windows, 0
	for range rounds {
		for range len(samples) * windows {
			s := samples[random.IntN(len(samples))]
			grams = grams[:0]
			each(window(s.Text, random), func(found []uint32) { grams = append(grams, found...) })
			now := rate * (1 - float64(step)/float64(steps))
			step++
			clear(odds)
			for _, b := range grams {
				for i, w := range shares[b] {
					odds[i] += scale * w
				}
			}
			softmax(odds)
			odds[index[s.Language]]--
			for _, b := range grams {
				row, first := shares[b], counted[b]
				for i, o := range odds {
					row[i] -= now * (o + pull*(row[i]-first[i]))
				}
			}
		}
	}
}

// softmax turns logarithms into shares of one.
func softmax(v []float64) {
	most, sum := math.Inf(-1), 0.0
	for _, x := range v {
		most = max(most, x)
	}
	for i, x := range v {
		v[i] = math.Exp(x - most)
		sum += v[i]
	}
	for i := range v {
		v[i] /= sum
	}
}

// window cuts a piece of 12 to 60 characters at word ends.
func window(text string, random *rand.Rand) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return ""
	}
	size := 12 + random.IntN(random.IntN(48)+1)
	at := random.IntN(len(words))
	end, n := at, 0
	for end < len(words) {
		n += len([]rune(words[end])) + 1
		if end > at && n > size+1 {
			break
		}
		end++
	}
	return strings.Join(words[at:end], " ")
}
