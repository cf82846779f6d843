package relevance

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxReasons is how many reasons a result gives; the strongest stay.
const maxReasons = 12

// leastReason is how many points something must have brought to be a reason.
const leastReason = 0.05

// Contribution is what one word of a text brought to its score: points of the sum whose logistic the score is.
type Contribution struct {
	Where  string  `json:"where"`          // title, lead, body or outlet
	Text   string  `json:"text,omitempty"` // as it stands in the text
	What   string  `json:"what"`           // such as "organisation", "place: Osh, KG"
	Points float64 `json:"points"`
}

// String gives the contribution as a reason.
func (c Contribution) String() string {
	b := make([]byte, 0, len(c.Where)+len(c.Text)+len(c.What)+24)
	b = append(append(b, c.Where...), ": "...)
	if c.Text == "" {
		b = append(b, c.What...)
	} else {
		b = strconv.AppendQuote(b, c.Text)
		b = append(append(append(b, " ("...), c.What...), ')')
	}
	b = append(b, ' ')
	if c.Points >= 0 {
		b = append(b, '+')
	}
	return string(strconv.AppendFloat(b, c.Points, 'f', 1, 64))
}

// Figure is one feature of a text.
type Figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`  // 0..1
	Points float64 `json:"points"` // value times weight
}

// Explanation is a judgement with all that it was made of. Base and the points of all contributions add up to the sum
// whose logistic is the score, and so do Base and those of the figures: the same told by word and by feature.
type Explanation struct {
	Result
	Base          float64        `json:"base"` // points of a text without anything
	Sum           float64        `json:"sum"`
	Contributions []Contribution `json:"contributions"` // strongest first
	Figures       []Figure       `json:"figures"`       // those that are not 0, in the order of the table of weights
}

// mark is a word in one part of the text; however often it stands there, it is one contribution.
type mark struct {
	at    position
	sense int32
	text  string
}

// tally gathers contributions.
type tally struct {
	marks  []mark
	points []float64
	outlet float64
}

func (t *tally) at(m mark) int {
	for i := range t.marks {
		if t.marks[i] == m {
			return i
		}
	}
	t.marks = append(t.marks, m)
	t.points = append(t.points, 0)
	return len(t.marks) - 1
}

// sum is the weighted sum of the features.
func (a *analysis) sum() float64 {
	z := a.model.layer.bias
	for f, v := range a.values {
		z += a.model.layer.weights[f] * v
	}
	return z
}

// score is the logistic of a sum, to three places. It is never quite 1, so that a threshold of 1 keeps everything out.
func score(sum float64) float64 { return min(0.999, math.Round(1000/(1+math.Exp(-sum)))/1000) }

// tally gives each hit the points that it brought.
func (a *analysis) tally() *tally {
	t := &tally{marks: make([]mark, 0, len(a.hits)), points: make([]float64, 0, len(a.hits))}
	place := make([]int32, len(a.hits))
	for i, h := range a.hits {
		place[i] = int32(t.at(mark{a.sentences[h.sentence].at, h.sense, a.words.written(h.first, h.last)}))
	}
	for _, c := range a.credits {
		p := a.model.layer.weights[c.feature] * c.part
		if c.hit == outletHit {
			t.outlet += p
		} else {
			t.points[place[c.hit]] += p
		}
	}
	if a.implied == 0 && t.outlet != 0 {
		a.handOn(t, place)
	}
	return t
}

// handOn shares the points of sentences that name no place among the words that place the whole: those of title and lead,
// and where these name none, all.
func (a *analysis) handOn(t *tally, place []int32) {
	for _, last := range []position{inLead, inBody} {
		sum := 0.0
		for _, h := range a.hits {
			if a.sentences[h.sentence].at <= last {
				sum += placing(&a.model.senses[h.sense])
			}
		}
		if sum == 0 {
			continue
		}
		for i, h := range a.hits {
			if a.sentences[h.sentence].at <= last {
				t.points[place[i]] += t.outlet * placing(&a.model.senses[h.sense]) / sum
			}
		}
		t.outlet = 0
		return
	}
}

// order returns the marks by falling points, of equal ones the earlier first.
func (t *tally) order() []int {
	order := make([]int, len(t.marks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(math.Abs(t.points[y]), math.Abs(t.points[x])) })
	return order
}

// contributions returns the strongest, at most limit of them, with at least so many points.
func (a *analysis) contributions(t *tally, limit int, least float64) []Contribution {
	out := []Contribution{}
	outlet := Contribution{Where: "outlet", What: a.outlet + ", title and lead name no other country", Points: t.outlet}
	pending := math.Abs(t.outlet) >= max(least, 1e-9)
	for _, i := range t.order() {
		if pending && math.Abs(t.outlet) >= math.Abs(t.points[i]) {
			out, pending = append(out, outlet), false
		}
		if len(out) >= limit || math.Abs(t.points[i]) < least {
			break
		}
		m := t.marks[i]
		out = append(out, Contribution{m.at.String(), shown(m.text), a.model.senses[m.sense].what(), t.points[i]})
	}
	if pending && len(out) < limit {
		out = append(out, outlet)
	}
	return out
}

// what says what a form stands for.
func (s *sense) what() string {
	if s.kind == aPlace || s.kind == elsewhere {
		return s.label + ": " + s.name
	}
	return s.label
}

// result makes the judgement.
func (a *analysis) result() Result {
	r := Result{Score: score(a.sum()), Topics: []string{}, Places: a.places(), Reasons: []string{}}
	for _, c := range a.contributions(a.tally(), maxReasons, leastReason) {
		r.Reasons = append(r.Reasons, c.String())
	}
	topic, region := false, a.implied > 0
	for _, h := range a.hits {
		s := &a.model.senses[h.sense]
		topic = topic || s.topic >= 0 && s.topic != support
		region = region || s.place > 0 && s.kind != elsewhere
	}
	switch {
	case len(a.sentences) == 0:
		r.Reasons = append(r.Reasons, "the text has no words")
	case !topic:
		r.Reasons = append(r.Reasons, "no word of a security topic")
	case !region:
		r.Reasons = append(r.Reasons, "no place or name of Central Asia")
	}
	r.Topics = a.topics()
	return r
}

// reach is what a mention is worth by where it stands.
func reach(at position) float64 { return [...]float64{inTitle: 3, inLead: 2, inBody: 1}[at] }

// topics names the topics of the text, strongest first.
func (a *analysis) topics() []string {
	var points [topicCount]float64
	most := 0.0
	for i := range a.sentences {
		t := &a.sentences[i]
		for _, h := range a.hits[t.from:t.to] {
			if e := &a.model.senses[h.sense]; e.topic >= 0 && e.topic != support {
				points[e.topic] += reach(t.at) * e.weight * (0.1 + t.local)
				most = max(most, points[e.topic])
			}
		}
	}
	names, strength := []string{}, map[string]float64{}
	for topic, name := range Topics() {
		if points[topic] > 0 && points[topic] >= 0.2*most {
			names = append(names, name)
			strength[name] = points[topic]
		}
	}
	byStrength(names, strength)
	return names
}

// places names the places of the region, strongest first.
func (a *analysis) places() []string {
	names, strength := []string{}, map[string]float64{}
	add := func(name string, points float64) {
		if _, ok := strength[name]; !ok {
			names = append(names, name)
		}
		strength[name] += points
	}
	for i := range a.sentences {
		t := &a.sentences[i]
		for _, h := range a.hits[t.from:t.to] {
			switch e := &a.model.senses[h.sense]; {
			case e.kind == aPlace:
				add(e.name, reach(t.at)*e.place)
			case e.kind == aName && e.place > 0 && inRegion(e.country):
				add(countryName(e.country), 0.5*reach(t.at)*e.place)
			}
		}
	}
	if len(names) == 0 && a.implied > 0 {
		add(countryName(a.outlet), 1)
	}
	byStrength(names, strength)
	return names
}

// byStrength sorts names by falling strength, equal ones by name.
func byStrength(names []string, strength map[string]float64) {
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(strength[b], strength[a]), strings.Compare(a, b))
	})
}

// countryName is how a country of the region stands among the places.
func countryName(code string) string {
	names := [...]struct{ code, name string }{{"KZ", "Kazakhstan"}, {"KG", "Kyrgyzstan"}, {"TJ", "Tajikistan"}, {"TM", "Turkmenistan"}, {"UZ", "Uzbekistan"}}
	for _, n := range names {
		if n.code == code {
			return placeName(n.name, code)
		}
	}
	return code
}

// shown is a word of a text on one line, cut where it is long.
func shown(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return r != ' ' && unicode.IsSpace(r) }) >= 0 || strings.Contains(text, "  ") {
		text = strings.Join(strings.Fields(text), " ")
	}
	if utf8.RuneCountInString(text) > 40 {
		return string([]rune(text)[:40]) + "…"
	}
	return text
}
