package normalize

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// longSource is a source whose articles have some three hundred words.
func longSource() *Recurrence {
	var r Recurrence
	for n := range leastHistory {
		var ps []string
		for k := range 12 {
			ps = append(ps, fmt.Sprintf("On day %d the ferry number %d carried the courier, his horse and his letters over the river, and the guild wrote it down with ink of kind %d in the large book of landing %d.", n, k, n*k, n+k))
		}
		r.See(n, fmt.Sprint(n), strings.Join(ps, "\n\n"))
	}
	return &r
}

func TestDoubt(t *testing.T) {
	const (
		lede = "The guild of the ferrymen of Orlut counted its boats on Friday and found nine of them fit for the spring, two fewer than a year ago."
		more = "Two more need a new keel before the flood comes down the valley, the guild master said, and the council will lend the timber for both of them."
	)
	page := func(head string, ps ...string) string {
		return "<title>Ferry guild counts its boats</title>" + head + "<h1>Ferry guild counts its boats</h1><p>2 November 2026</p><article><p>" + strings.Join(ps, "</p><p>") + "</p></article>"
	}
	paid := `<script type="application/ld+json">{"@type":"NewsArticle","headline":"Ferry guild counts its boats","datePublished":"2026-11-02T08:00:00Z","isAccessibleForFree":false}</script>`
	blurb := `<meta name="description" content="` + lede + `"><meta property="article:published_time" content="2026-11-02T08:00:00Z">`
	for _, c := range []struct {
		name, page string
		history    *Recurrence
		want       error
	}{
		{"a short text of a source of long ones", page("", lede, more), longSource(), nil},
		{"a text that ends at a wall", page("", lede, more, "Subscribe to continue reading"), longSource(), ErrWalled},
		{"in Russian", page("", lede, more, "Чтобы прочитать статью целиком, оформите подписку."), longSource(), ErrWalled},
		{"in Kazakh", page("", lede, more, "Толық оқу үшін жазылыңыз."), longSource(), ErrWalled},
		{"described as not for all", page(paid, lede, more), longSource(), ErrWalled},
		{"the same where nothing is known of the source", page("", lede, more, "Subscribe to continue reading"), nil, nil},
		{"hardly anything before a wall", page("", lede, "Subscribe to continue reading"), nil, ErrWalled},
		{"a head that asks for subscriptions", "<header><p>Subscribe to read more</p></header>" + page("", lede, more), longSource(), nil},
		{"an article on walls", page("", lede, "Readers who want to continue reading the old books of the guild must ask its master, who keeps them under lock and key."), nil, nil},
		{"a page that shows its summary alone", page(blurb, lede), longSource(), ErrEmpty},
		{"a summary, where nothing is known of the source", page(blurb, lede), nil, nil},
	} {
		x, err := new(Normalizer).Extract(Raw{URL: "https://courier.example/a/1", Body: []byte(c.page)})
		if err != nil || x.Verdict != nil {
			t.Errorf("%s: %v, %v", c.name, err, x.Verdict)
			continue
		}
		got := x.Doubt(Hint{Recurrence: c.history})
		if c.want == nil && got != nil || c.want != nil && !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v; text %q", c.name, got, c.want, x.Text)
		}
		if errors.Is(got, ErrWalled) && !errors.Is(got, ErrChallenge) {
			t.Errorf("%s: %v is no challenge", c.name, got)
		}
	}
}
