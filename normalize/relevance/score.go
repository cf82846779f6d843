package relevance

// position is where in a text a sentence stands.
type position uint8

const (
	inTitle position = iota
	inLead
	inBody
)

func (p position) String() string { return [...]string{"title", "lead", "body"}[p] }

// leadSentences is how many sentences after the title are the lead.
const leadSentences = 3

// leadPart is what something in the lead is worth beside the same in the title.
const leadPart = 0.8

// someSecurity is from where on a sentence counts as one about security in the region.
const someSecurity = 0.15

// sentence is what the hits say about one sentence.
type sentence struct {
	at       position
	from, to int     // its hits
	place    float64 // names the region, 0..1
	away     float64 // names a place elsewhere, 0..1
	topics   [topicCount]float64
	hasTopic bool
	service  bool // names a security service of the region
	support  float64
	against  float64
	local    float64 // how far it plays in the region, 0..1
	topic    float64 // how much security there is in it, 0..1
}

type analysis struct {
	model  *Model
	words  *words
	hits   []hit
	title  int // number of sentences of the title
	outlet string

	sentences []sentence
	values    [featureCount]float64
	credits   []credit
	implied   float64 // how far the outlet alone says that the text plays in the region, 0..1
}

// position returns where sentence i stands. Without a title the first sentence is taken for it.
func (a *analysis) position(i int) position {
	switch {
	case i < max(a.title, 1):
		return inTitle
	case i < max(a.title, 1)+leadSentences:
		return inLead
	}
	return inBody
}

// locate gives each sentence what its hits say, and measures the whole.
func (a *analysis) locate() {
	a.sentences = make([]sentence, a.words.sentences)
	a.credits = make([]credit, 0, 4*len(a.hits)+8)
	at := 0
	for i := range a.sentences {
		t := &a.sentences[i]
		t.at, t.from = a.position(i), at
		for at < len(a.hits) && int(a.hits[at].sentence) == i {
			at++
		}
		t.to = at
		for _, h := range a.hits[t.from:t.to] {
			t.take(&a.model.senses[h.sense])
		}
		t.topic = t.security()
	}
	a.settle(a.frame())
	a.measureSecurity()
	a.measurePlaces()
	a.measureTopics()
	a.measureAgainst()
}

// take adds what one hit says.
func (t *sentence) take(s *sense) {
	switch s.kind {
	case aPlace, aName:
		t.place = max(t.place, s.place)
		t.service = t.service || s.isService()
	case elsewhere:
		t.away = max(t.away, s.place)
	case against:
		t.against += s.weight
	}
	switch {
	case s.topic == support:
		t.support = 1
	case s.topic >= 0:
		t.hasTopic = true
		t.topics[s.topic] = max(t.topics[s.topic], s.weight) + 0.25*min(t.topics[s.topic], s.weight)
	}
}

// security says how much security there is in a sentence: its strongest topic, half of the others, and words such as
// "killed" that go with any.
func (t *sentence) security() float64 {
	if !t.hasTopic {
		return 0
	}
	sum, most := 0.0, 0.0
	for _, v := range t.topics {
		sum += v
		most = max(most, v)
	}
	return min(1, (most+(sum-most)/2+min(most, t.support)/2)/3.5)
}

// settle goes through the sentences with a running notion of how far the text plays in the region.
func (a *analysis) settle(running float64) {
	for i := range a.sentences {
		t := &a.sentences[i]
		switch {
		case t.place > 0:
			t.local = t.place * (1 - 0.25*t.away)
			running = (running + t.local) / 2
		case t.away > 0:
			t.local = 0.8 * running * (1 - t.away)
			running *= 1 - t.away/2
		default:
			t.local = running
		}
	}
}

// frame returns how far the text as a whole plays in the region, by its title and lead, or by its outlet where those
// name no place at all.
func (a *analysis) frame() float64 {
	place, away := 0.0, 0.0
	for _, t := range a.sentences {
		if t.at == inBody {
			break
		}
		k := 1.0
		if t.at == inLead {
			k = leadPart
		}
		place = max(place, k*t.place)
		away = max(away, k*t.away)
	}
	if inRegion(a.outlet) {
		v := 0.8 * (1 - away)
		if place == 0 {
			a.implied = v
		}
		place = max(place, v)
	}
	return place * (1 - 0.35*away)
}

// share is the part of the text that one sentence is. One more than there are, so that a single one is no full proof.
func (a *analysis) share() float64 { return 1 / float64(len(a.sentences)+1) }

// measureSecurity measures how much security in the region there is, and where.
func (a *analysis) measureSecurity() {
	share, body := a.share(), 2.0
	var best [inBody]*sentence
	var abroad *sentence
	for i := range a.sentences {
		t := &a.sentences[i]
		if t.at == inBody {
			body++
		}
		if !t.hasTopic {
			continue
		}
		if t.local*t.topic > someSecurity {
			a.values[featSpread] += share
			a.creditSecurity(featSpread, t, share)
		}
		if t.at == inBody {
			continue
		}
		if b := best[t.at]; b == nil || b.local*b.topic < t.local*t.topic {
			best[t.at] = t
		}
		if abroad == nil || (1-t.local)*t.topic > (1-abroad.local)*abroad.topic {
			abroad = t
		}
	}
	for at, f := range [...]feature{inTitle: featTitle, inLead: featLead} {
		if t := best[at]; t != nil {
			a.values[f] = t.local * t.topic
			a.creditSecurity(f, t, a.values[f])
		}
	}
	if a.values[featTitle] > 0 && a.values[featLead] > 0 {
		v := min(a.values[featTitle], a.values[featLead])
		a.values[featBoth] = v
		a.creditSecurity(featBoth, best[inTitle], v/2)
		a.creditSecurity(featBoth, best[inLead], v/2)
	}
	if abroad != nil {
		v := (1 - abroad.local) * abroad.topic
		a.values[featAbroad] = v
		a.creditEach(featAbroad, abroad, v, securing)
	}
	if a.implied > 0 {
		v := max(a.values[featTitle], a.values[featLead])
		a.values[featImplied] = v
		a.credit(featImplied, outletHit, v)
	}
	for i := range a.sentences {
		if t := &a.sentences[i]; t.at == inBody && t.hasTopic {
			v := t.local * t.topic / body
			a.values[featBody] += v
			a.creditSecurity(featBody, t, v)
		}
	}
}

// measurePlaces measures how often the region and other places are named.
func (a *analysis) measurePlaces() {
	share := a.share()
	var head, aways [inBody]*sentence
	for i := range a.sentences {
		t := &a.sentences[i]
		if t.place > 0 {
			a.values[featPlaces] += share
			a.creditEach(featPlaces, t, share, placing)
		} else if t.away > 0 {
			a.values[featAways] += t.away * share
			a.creditEach(featAways, t, t.away*share, away)
		}
		if t.at == inBody {
			continue
		}
		if t.place > 0 && (head[t.at] == nil || t.place > head[t.at].place) {
			head[t.at] = t
		}
		if t.away > 0 && (aways[t.at] == nil || t.away > aways[t.at].away) {
			aways[t.at] = t
		}
	}
	a.measureService()
	if t := head[inTitle]; t != nil {
		a.values[featPlaceHead] = t.place
		a.creditEach(featPlaceHead, t, t.place, placing)
	} else if t := head[inLead]; t != nil {
		a.values[featPlaceHead] = leadPart * t.place
		a.creditEach(featPlaceHead, t, leadPart*t.place, placing)
	}
	for at, f := range [...]feature{inTitle: featAwayTitle, inLead: featAwayLead} {
		if t := aways[at]; t != nil {
			a.values[f] = t.away
			a.creditEach(f, t, t.away, away)
		}
	}
}

// measureService looks for a security service in title and lead.
func (a *analysis) measureService() {
	for i := range a.sentences {
		t := &a.sentences[i]
		if t.at == inBody {
			return
		}
		if !t.service {
			continue
		}
		v := 1.0
		if t.at == inLead {
			v = leadPart
		}
		a.values[featService] = v
		a.creditEach(featService, t, v, func(e *sense) float64 {
			if e.isService() {
				return 1
			}
			return 0
		})
		return
	}
}

// measureTopics measures how strong each topic is where the text plays in the region.
func (a *analysis) measureTopics() {
	var strength [topicCount]float64
	var where [topicCount]*sentence
	for i := range a.sentences {
		t := &a.sentences[i]
		if !t.hasTopic {
			continue
		}
		k := [...]float64{inTitle: 1, inLead: leadPart, inBody: 0.3}[t.at] * t.local / 3
		for topic, w := range t.topics {
			if v := min(1, k*w); v > strength[topic] {
				strength[topic], where[topic] = v, t
			}
		}
	}
	most, next := -1, -1
	for topic, v := range strength {
		if v == 0 {
			continue
		}
		f := firstTopic + feature(topic)
		a.values[f] = v
		a.creditEach(f, where[topic], v, func(e *sense) float64 {
			if e.topic == topic {
				return e.weight
			}
			return 0
		})
		switch {
		case most < 0 || v > strength[most]:
			most, next = topic, most
		case next < 0 || v > strength[next]:
			next = topic
		}
	}
	if most >= 0 {
		v := max(0, strength[most]-0.6) / 0.4
		a.values[featOutright] = v
		a.creditEach(featOutright, where[most], v, securing)
	}
	if next >= 0 {
		a.values[featSeveral] = strength[next]
		a.creditEach(featSeveral, where[next], strength[next], securing)
	}
}

// measureAgainst measures what else the text is about.
func (a *analysis) measureAgainst() {
	share := a.share()
	var strength [subjectCount]float64
	var where [subjectCount]*sentence
	for i := range a.sentences {
		t := &a.sentences[i]
		if t.against == 0 {
			continue
		}
		cost := min(1, t.against/2)
		a.values[featAgainst] += cost * share
		a.creditEach(featAgainst, t, cost*share, speaksAgainst)
		if t.at == inBody {
			continue
		}
		var sums [subjectCount]float64
		for _, h := range a.hits[t.from:t.to] {
			if e := &a.model.senses[h.sense]; e.kind == against {
				sums[e.subject] += e.weight
			}
		}
		for subject, w := range sums {
			v := min(1, w/2)
			if t.at == inLead {
				v *= leadPart
			}
			if v > strength[subject] {
				strength[subject], where[subject] = v, t
			}
		}
	}
	for subject, v := range strength {
		if v == 0 {
			continue
		}
		f := firstSubject + feature(subject)
		a.values[f] = v
		a.creditEach(f, where[subject], v, func(e *sense) float64 {
			if e.kind == against && int(e.subject) == subject {
				return e.weight
			}
			return 0
		})
	}
}
