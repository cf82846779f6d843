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

// sentence is what the hits say about one sentence.
type sentence struct {
	at      position
	place   float64 // names the region, 0..1
	away    float64 // names a place elsewhere, 0..1
	topics  [topicCount]float64
	support float64
	against float64
	local   float64 // how far it plays in the region, 0..1
	without float64 // the same if it named no place elsewhere
	topic   float64 // how much security there is in it, 0..1
	points  float64 // what local times topic is worth here
	bonus   float64 // what the sentence adds to the spread
	cost    float64 // what the words against cost here
}

type analysis struct {
	model  *Model
	words  *words
	hits   []hit
	title  int // number of sentences of the title
	outlet string

	sentences []sentence
	f         features
	implied   float64 // points that the outlet's country brought
}

// features are what the score is made of, each about 0..1.
type features struct {
	title, lead float64 // topic where the text plays in the region, in the best sentence
	body        float64 // the same in the body, on average
	spread      float64 // sentences that have some of it
	placeShare  float64 // sentences that name the region
	awayShare   float64 // sentences set elsewhere
	againstHead float64 // words against in title or lead
	againstAll  float64 // the same in all sentences on average
	implied     float64 // how far the outlet alone says that the text plays in the region
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
	n := a.words.sentences
	a.sentences = make([]sentence, n)
	for i := range a.sentences {
		a.sentences[i].at = a.position(i)
	}
	for _, h := range a.hits {
		s := &a.model.senses[h.sense]
		t := &a.sentences[h.sentence]
		switch s.kind {
		case aPlace:
			t.place = max(t.place, s.place)
		case elsewhere:
			t.away = max(t.away, s.place)
		case aName:
			t.place = max(t.place, s.place)
		case against:
			t.against += s.weight
		}
		if s.topic >= 0 {
			if s.topic == support {
				t.support = 1
			} else {
				t.topics[s.topic] = max(t.topics[s.topic], s.weight) + 0.25*min(t.topics[s.topic], s.weight)
			}
		}
	}
	a.measure(a.frame())
}

// measure makes the features, going through the sentences with a running notion of where the text plays.
func (a *analysis) measure(running float64) {
	f := &a.f
	// One more than there are, so that a single sentence is no full proof.
	share := 1 / float64(len(a.sentences)+1)
	body := 0.0
	best := [...]*sentence{inTitle: nil, inLead: nil}
	head := (*sentence)(nil)
	for i := range a.sentences {
		t := &a.sentences[i]
		t.topic = t.security()
		switch {
		case t.place > 0:
			t.local, t.without = t.place*(1-0.25*t.away), t.place
			running = (running + t.local) / 2
			f.placeShare += share
		case t.away > 0:
			t.local, t.without = 0.8*running*(1-t.away), running
			running *= 1 - t.away/2
			f.awayShare += t.away * share
		default:
			t.local, t.without = running, running
		}
		if t.local*t.topic > someTopic {
			f.spread += share
			t.bonus = perSpread * share
		}
		cost := min(1, t.against/2)
		t.cost = perAgainst * cost * share
		f.againstAll += cost * share
		if t.at == inBody {
			body++
			continue
		}
		if best[t.at] == nil || best[t.at].local*best[t.at].topic < t.local*t.topic {
			best[t.at] = t
		}
		if t.at == inLead {
			cost *= 0.7
		}
		if cost > f.againstHead {
			f.againstHead, head = cost, t
		}
	}
	if t := best[inTitle]; t != nil {
		f.title = t.local * t.topic
		t.points = perTitle
	}
	if t := best[inLead]; t != nil {
		f.lead = t.local * t.topic
		t.points = perLead
	}
	if head != nil {
		head.cost += perHead * f.againstHead
	}
	for i := range a.sentences {
		if t := &a.sentences[i]; t.at == inBody {
			f.body += t.local * t.topic / (body + 2)
			t.points = perBody / (body + 2)
		}
	}
}

// security says how much security there is in a sentence: its strongest topic, half of the others, and words such as
// "killed" that go with any.
func (t *sentence) security() float64 {
	sum, most := 0.0, 0.0
	for _, v := range t.topics {
		sum += v
		most = max(most, v)
	}
	return min(1, (most+(sum-most)/2+min(most, t.support)/2)/3.5)
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
			k = 0.8
		}
		place = max(place, k*t.place)
		away = max(away, k*t.away)
	}
	if inRegion(a.outlet) {
		v := 0.8 * (1 - away)
		if place == 0 {
			a.f.implied = v
		}
		place = max(place, v)
	}
	return place * (1 - 0.35*away)
}
