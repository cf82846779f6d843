package normalize

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// This file doubts a text that a page yields by more than its own looks: by what the articles of the source usually hold,
// and by what the page says of a text that it does not show. A short text alone proves nothing, since news are short too;
// two signs are asked for.

// ErrWalled is the [ErrChallenge] of a page that shows the beginning of an article and a wall.
var ErrWalled = fmt.Errorf("%w: the text ends at a wall", ErrChallenge)

const (
	leastHistory = 8   // articles of the source that must be known
	cutShare     = 3   // a walled text is cut where the usual one is so many times longer
	cutWords     = 120 // and it has no more words than that
	strangerCut  = 45  // words, where nothing is known of the source
	blurbShare   = 4   // a text that is the page's summary is no article where the usual one is so many times longer
	largestWall  = 300 // characters of the block that says it
)

// wallMark is what pages say where they end a text for those who have not paid or signed in. It is large and seldom asked.
var (
	wallMark = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(?:subscribe|sign in|log ?in|register|sign up|create (?:a |an )?(?:free )?account)(?: now)?(?: or (?:subscribe|sign in|log ?in|register))? (?:to|for) (?:continue|keep|read|unlock|access|get full access|finish|view)|(?:to|want to) (?:continue|keep) reading|continue reading (?:with|by|for)|(?:this|the) (?:article|content|story|post) is (?:only |exclusively )?(?:for|available (?:only )?(?:to|for)) (?:paid |our |paying |registered )?(?:subscribers|members)|subscribers? only|already (?:a subscriber|have an account)\?|you have (?:reached|read) your (?:limit|last)|` +
			`(?:чтобы|для того,? чтобы) (?:продолжить чтение|читать (?:дальше|далее|полностью)|прочитать)|(?:материал|статья|текст|полная версия)[^.]{0,40} доступ\pL+ (?:только )?(?:подписчик|по подписке|зарегистрированн)|(?:оформите|купите) подписку|только для подписчиков|уже (?:есть подписка|подписаны)\?|` +
			`(?:толық|толығырақ) оқу үшін|тек жазылушылар|жазылушыларға ғана|толук окуу үчүн|жазылуучулар үчүн гана|to.liq o.qish uchun|faqat obunachilar|obuna bo.lib o.qi|тўлиқ ўқиш учун|фақат обуначилар|барои хондани пурра|щоб (?:продовжити читання|читати далі)|лише для передплатників|nur für abonnenten|weiterlesen mit|mit einem abo|réservé aux abonnés|solo para suscriptores|abonelere özel|okumaya devam etmek için`)
	})
	wallStarts = startsOf(`subscri|sign|log|regist|creat|to |want|continue|this|the |already|you have|чтобы|для|материал|статья|текст|полная|оформите|купите|только|уже|тол|тек|жазыл|to.l|faqat|obuna|тўлиқ|фақат|барои|щоб|лише|nur|weiter|mit|rés|solo|abone|okum`)
)

// walled gives the words by which a page says that it shows no more of its text, "" if it does not. They stand in the
// text or soon after it: the head and foot of a paper ask for subscriptions everywhere.
func (p *sheet) walled() string {
	if p.ruled || len(p.chosen) == 0 {
		return ""
	}
	const soon = 6 // blocks
	last, begun := len(p.outline.blocks), false
	for i := range p.outline.blocks[:last] {
		b := &p.outline.blocks[i]
		begun = begun || b == p.chosen[0]
		if b == p.chosen[len(p.chosen)-1] {
			last = i + soon
		}
		if !begun || i > last || b.runes > largestWall || !wallStarts.among(b.text) {
			continue
		}
		if m := wallMark().FindString(b.text); m != "" {
			return m
		}
	}
	if a := p.claims.article; a != nil && a.walled {
		return "isAccessibleForFree: false"
	}
	return ""
}

// blurb reports whether a text is no more than what the page says of itself in its head.
func (c *claims) blurb(text string) bool {
	q := squash(text)
	if q == "" {
		return false
	}
	for _, of := range []string{"og:description", "description", "twitter:description"} {
		if d := squash(c.get(of)); len(d) >= len(q) && strings.HasPrefix(d, q) || len(d)*10 >= len(q)*9 && strings.HasPrefix(q, d) {
			return true
		}
	}
	return false
}

// Usual gives how many words the articles of the source have as a rule; false where too few are known.
func (r *Recurrence) Usual() (words int, ok bool) {
	if r == nil || len(r.Recent) < leastHistory {
		return 0, false
	}
	var all []int
	for _, s := range r.Recent {
		all = append(all, s.Words)
	}
	slices.Sort(all)
	return all[len(all)/2], all[0] > 0
}

// Doubt is the verdict on what a page yields, the history of its source considered: nil, the Verdict, or why a text
// that looks like an article is only a part of one.
func (x Extract) Doubt(h Hint) error {
	if x.Verdict != nil {
		return x.Verdict
	}
	words := weight(x.Text)
	usual, known := h.Recurrence.Usual()
	switch {
	case x.Wall != "" && known && words <= cutWords && words*cutShare < usual:
		return fmt.Errorf("%w: %q after %d words, where the articles of the source have %d as a rule", ErrWalled, x.Wall, words, usual)
	case x.Wall != "" && !known && words < strangerCut:
		return fmt.Errorf("%w: %q after %d words", ErrWalled, x.Wall, words)
	case x.Blurb && known && words*blurbShare < usual:
		return fmt.Errorf("%w: the page shows its summary alone, %d words, where the articles of the source have %d as a rule", ErrEmpty, words, usual)
	}
	return nil
}
