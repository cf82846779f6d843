package relevance

import "fmt"

// feature is one of the figures that a score is made of. Each is 0 to 1.
type feature uint8

// The features that are not counted out by topic or by subject.
const (
	featTitle     feature = iota // security in the region: in the best sentence of the title,
	featLead                     // in the best of the lead,
	featBody                     // in the body on average
	featSpread                   // share of sentences with some of it
	featBoth                     // title and lead both have it
	featOutright                 // a word in title or lead says a topic outright, and plays in the region
	featSeveral                  // more than one topic in the region
	featPlaceHead                // the region is named in the title, or less in the lead
	featPlaces                   // share of sentences that name it
	featAwayTitle                // a place elsewhere in the title,
	featAwayLead                 // in the lead
	featAways                    // share of sentences set elsewhere
	featAbroad                   // security elsewhere: the best of title and lead that does not play in the region
	featImplied                  // security in title or lead that only the outlet's country places in the region
	featService                  // a security service of the region in title or lead: an actor, not a topic
	featAgainst                  // words that speak against, in all sentences on average
	firstTopic                   // how strong each topic is where it plays in the region
)

const (
	firstSubject = firstTopic + topicCount              // how strongly title and lead name each other subject
	featureCount = firstSubject + feature(subjectCount) // all
)

// Subjects are what a text may be about instead of security: the first column of against.tsv.
func subjects() []string {
	return []string{"sport", "culture", "space", "graft", "everyday crime", "disaster", "economy", "politics", "history", "landfill",
		"exploration", "health", "education", "traffic", "social affairs", "court", "own"}
}

const (
	subjectCount = 17
	ownSubject   = subjectCount - 1 // of terms of the operator that count against
)

// featureNames are as they stand in weights.tsv.
func featureNames() []string {
	names := []string{"title", "lead", "body", "spread", "title and lead", "outright", "several topics", "place in head", "places",
		"elsewhere in title", "elsewhere in lead", "elsewhere", "abroad", "implied", "service", "against"}
	for _, t := range Topics() {
		names = append(names, "topic "+t)
	}
	for _, s := range subjects() {
		names = append(names, "about "+s)
	}
	return names
}

// model is the layer that makes a score of the features: the logistic of a weighted sum.
type layer struct {
	bias    float64
	weights [featureCount]float64
}

// readLayer reads weights.tsv.
func readLayer() (*layer, error) {
	rows, err := readTable("weights.tsv", 2)
	if err != nil {
		return nil, err
	}
	given := make(map[string]float64, len(rows))
	for _, r := range rows {
		if given[r.cells[0]], err = r.number(1, -20, 20); err != nil {
			return nil, err
		}
	}
	l := new(layer)
	for i, name := range append(featureNames(), "bias") {
		w, ok := given[name]
		if !ok {
			return nil, fmt.Errorf("weights.tsv lacks %q", name)
		}
		if i == int(featureCount) {
			l.bias = w
		} else {
			l.weights[i] = w
		}
	}
	return l, nil
}

// credit is the part of a feature that one hit brought.
type credit struct {
	feature feature
	hit     int32 // outletHit: no word of the sentence places it, but the outlet or the rest of the text does
	part    float64
}

const outletHit = -1

func (a *analysis) credit(f feature, hit int, part float64) {
	if part != 0 {
		a.credits = append(a.credits, credit{f, int32(hit), part})
	}
}

// creditSecurity shares a value of security in the region among the hits of sentence t: half to those that place it,
// half to its topics.
func (a *analysis) creditSecurity(f feature, t *sentence, value float64) {
	var weights, placing float64
	for _, h := range a.hits[t.from:t.to] {
		e := &a.model.senses[h.sense]
		if e.kind != elsewhere && e.kind != against {
			placing += e.place
			weights += e.weight
		}
	}
	if placing == 0 {
		a.credit(f, outletHit, value/2)
	}
	for i := t.from; i < t.to; i++ {
		e := &a.model.senses[a.hits[i].sense]
		if e.kind == elsewhere || e.kind == against {
			continue
		}
		part := 0.0
		if weights > 0 {
			part += value / 2 * e.weight / weights
		}
		if placing > 0 {
			part += value / 2 * e.place / placing
		}
		a.credit(f, i, part)
	}
}

// creditEach shares a value among the hits of sentence t by what share says each has.
func (a *analysis) creditEach(f feature, t *sentence, value float64, share func(*sense) float64) {
	sum := 0.0
	for _, h := range a.hits[t.from:t.to] {
		sum += share(&a.model.senses[h.sense])
	}
	if sum == 0 {
		return
	}
	for i := t.from; i < t.to; i++ {
		a.credit(f, i, value*share(&a.model.senses[a.hits[i].sense])/sum)
	}
}

func placing(e *sense) float64 {
	if e.kind == elsewhere {
		return 0
	}
	return e.place
}

func away(e *sense) float64 {
	if e.kind == elsewhere {
		return e.place
	}
	return 0
}

func speaksAgainst(e *sense) float64 {
	if e.kind == against {
		return e.weight
	}
	return 0
}

func securing(e *sense) float64 {
	if e.topic >= 0 && e.topic != support {
		return e.weight
	}
	return 0
}

// Features gives the names of the figures that a score is made of.
func Features() []string { return featureNames() }
