package relevance

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// maxReasons is how many reasons a result gives; the strongest stay.
const maxReasons = 12

// The coefficients of the sum whose logistic is the score.
const (
	bias       = -2.5
	perTitle   = 3.2  // topic where the text plays in the region: in the title,
	perLead    = 3.0  // in the best sentence of the lead,
	perBody    = 2.0  // in the body on average
	perSpread  = 3.5  // share of the sentences that have more than someTopic of it
	perPlace   = 1.5  // share of the sentences that name the region
	perAway    = -0.6 // share of the sentences set elsewhere
	perHead    = -1.5 // words that speak against in title and lead
	perAgainst = -1.0 // the same over the whole text

	someTopic = 0.15
)

// reason is what one word of the text brought.
type reason struct {
	what   string // with the part of the text where it stands
	points float64
}

// tally gathers reasons; the same word in the same part of the text makes one.
type tally struct {
	list []reason
	seen map[string]int
}

func (t *tally) add(what string, points float64) {
	i, ok := t.seen[what]
	if !ok {
		i = len(t.list)
		t.seen[what] = i
		t.list = append(t.list, reason{what: what})
	}
	t.list[i].points += points
}

// strings returns the strongest reasons, of equal ones the earlier first.
func (t *tally) strings() []string {
	slices.SortStableFunc(t.list, func(a, b reason) int { return cmp.Compare(math.Abs(b.points), math.Abs(a.points)) })
	out := []string{}
	for _, r := range t.list[:min(len(t.list), maxReasons)] {
		if math.Abs(r.points) >= 0.05 {
			out = append(out, fmt.Sprintf("%s %+.1f", r.what, r.points))
		}
	}
	return out
}

// result makes the score of the features, and says of every hit what it brought.
func (a *analysis) result() Result {
	r := Result{Topics: []string{}, Places: []string{}, Reasons: []string{}}
	f := &a.f
	z := bias + perTitle*f.title + perLead*f.lead + perBody*f.body + perSpread*f.spread + perPlace*f.placeShare +
		perAway*f.awayShare + perHead*f.againstHead + perAgainst*f.againstAll
	r.Score = math.Round(1000/(1+math.Exp(-z))) / 1000
	a.explain(&r)
	return r
}

// explain fills in topics, places and reasons.
func (a *analysis) explain(r *Result) {
	var (
		t      = tally{seen: map[string]int{}}
		topics = map[string]float64{}
		places = map[string]float64{}
		topic  bool
		region bool
	)
	for i := 0; i < len(a.hits); {
		j := i
		for j < len(a.hits) && a.hits[j].sentence == a.hits[i].sentence {
			j++
		}
		a.explainSentence(&t, a.hits[i:j], topics, places, 1/float64(len(a.sentences)+1))
		i = j
	}
	for _, h := range a.hits {
		s := &a.model.senses[h.sense]
		topic = topic || s.topic >= 0 && s.topic != support
		region = region || s.place > 0 && s.kind != elsewhere
	}
	if a.f.implied > 0 {
		t.add(fmt.Sprintf("outlet: %s, title and lead name no other country", a.outlet), a.implied)
		if len(places) == 0 {
			places[countryName(a.outlet)] = 0
		}
	}
	r.Reasons = t.strings()
	switch {
	case len(a.sentences) == 0:
		r.Reasons = append(r.Reasons, "the text has no words")
	case !topic:
		r.Reasons = append(r.Reasons, "no word of a security topic")
	case !region && a.f.implied == 0:
		r.Reasons = append(r.Reasons, "no place or name of Central Asia")
	}
	r.Places = append(r.Places, strongest(places)...)
	names := strongest(topics)
	for _, name := range names {
		if topics[name] >= 0.2*topics[names[0]] {
			r.Topics = append(r.Topics, name)
		}
	}
}

// explainSentence shares what one sentence brought among its hits: half to those that place it, half to its topics.
func (a *analysis) explainSentence(t *tally, hits []hit, topics, places map[string]float64, share float64) {
	s := &a.sentences[hits[0].sentence]
	points := s.points*s.local*s.topic + s.bonus
	var weights, placing, aways, againsts float64
	for _, h := range hits {
		e := &a.model.senses[h.sense]
		switch {
		case e.kind == elsewhere:
			aways += e.place
		case e.kind == against:
			againsts += e.weight
		default:
			placing += e.place
			weights += e.weight
		}
	}
	reach := [...]float64{inTitle: 3, inLead: 2, inBody: 1}[s.at]
	if placing == 0 {
		// Nothing in the sentence itself says where it plays.
		a.implied += points / 2
	}
	for _, h := range hits {
		e := &a.model.senses[h.sense]
		what := e.label
		if e.kind == aPlace || e.kind == elsewhere {
			what += ": " + e.name
		}
		what = fmt.Sprintf("%s: %q (%s)", s.at, a.shown(h), what)
		switch e.kind {
		case elsewhere:
			lost := s.points*(s.without-s.local)*s.topic + -perAway*s.away*share
			t.add(what, -lost*e.place/aways)
			continue
		case against:
			t.add(what, s.cost*e.weight/againsts)
			continue
		}
		got := 0.0
		if weights > 0 {
			got += points / 2 * e.weight / weights
		}
		if placing > 0 {
			got += (points/2 + perPlace*share) * e.place / placing
		}
		t.add(what, got)
		if e.topic >= 0 && e.topic != support {
			topics[Topics()[e.topic]] += reach * e.weight * (0.1 + s.local)
		}
		switch {
		case e.kind == aPlace:
			places[e.name] += reach * e.place
		case e.place > 0 && inRegion(e.country):
			places[countryName(e.country)] += 0.5 * reach * e.place
		}
	}
}

// countryName is how a country of the region stands among the places.
func countryName(code string) string {
	name := map[string]string{"KZ": "Kazakhstan", "KG": "Kyrgyzstan", "TJ": "Tajikistan", "TM": "Turkmenistan", "UZ": "Uzbekistan"}[code]
	return placeName(name, code)
}

// shown is the word of the text that h was found in, cut where it is long.
func (a *analysis) shown(h hit) string {
	text := strings.Join(strings.Fields(a.words.written(h.first, h.last)), " ")
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}
