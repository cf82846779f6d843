package relevance

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
)

// Input is a text to be judged. Title or Text may be empty.
type Input struct {
	Title    string
	Text     string // paragraphs parted by a blank line
	Language string // BCP 47; "" if not known: then the words of all languages are looked for
	Country  string // of the outlet, ISO 3166; "" if not known
}

// Result is a judgement that a person can check. Lists are never nil.
type Result struct {
	Score   float64  `json:"score"`   // 0..1
	Topics  []string `json:"topics"`  // of the list in the contract, strongest first
	Places  []string `json:"places"`  // such as "Osh, KG", strongest first
	Reasons []string `json:"reasons"` // such as `title: "CSTO" (organisation) +1.2`
}

// Term is a word or name that the operator adds, or with a weight below 0 counts against. It stands above the same word
// of the built-in tables. It is found with any ending, up to five letters with case endings only; of a phrase every word
// may have one. Small and capital letters are the same, but a short word in capitals, such as CSTO, is found only so.
// One of six letters or more is found in any script and romanisation: "Бадахшан" in "Badakhshan" and "Badaxshon" too.
type Term struct {
	Text     string  // found at the start of a word, see below; "=" before it: the whole word
	Kind     string  // place, organisation or topic
	Country  string  // of a place or organisation, ISO 3166
	Topic    string  // of a topic term; of an organisation it may be empty and is then security
	Language string  // "" for all
	Weight   float64 // 3 says it outright, 1 hardly alone; 0 stands for 2 (of a place, which knows no more than 1, for 1)
}

// Options of a Model.
type Options struct {
	Terms   []Term
	Exclude []string // words or phrases, found as terms are, that take an article out: its score is 0
}

// Model judges texts. It may be used by several goroutines at once.
type Model struct {
	senses  []sense
	index   *index
	exclude *index // nil where nothing is excluded
	layer   *layer

	terms int32  // how many of the senses are the operator's; they are the first
	loose *index // the terms by their bones; nil where there are none
	bones bones

	// The words of Kazakh, and those of all languages in Cyrillic letters, by their bones, made when a text in Latin letters
	// first asks for them.
	kazakh, romanised func() *index
}

// New returns a Model of the built-in tables and the operator's terms.
// An error names the term that cannot be used and what is allowed in its place.
func New(o Options) (*Model, error) {
	var b, out builder
	for i, text := range o.Exclude {
		if strings.TrimSpace(text) == "" {
			return nil, fmt.Errorf("exclude %d: the text is empty", i+1)
		}
		if err := out.add(sense{}, []string{text}, allLanguages, asTerm); err != nil {
			return nil, fmt.Errorf("exclude %d: %w", i+1, err)
		}
	}
	for i, t := range o.Terms {
		if err := b.term(t); err != nil {
			return nil, fmt.Errorf("term %d: %w", i+1, err)
		}
	}
	terms := slices.Clone(b.forms)
	if err := b.load(); err != nil {
		return nil, err
	}
	l, err := readLayer()
	if err != nil {
		return nil, err
	}
	m := &Model{senses: b.senses, index: newIndex(b.forms), layer: l}
	m.terms, m.bones = int32(len(o.Terms)), newBones()
	if bare := m.bones.bare(terms, leastBones); len(bare) > 0 {
		m.loose = newIndex(bare)
	}
	of := func(languages uint16, least int) func() *index {
		return sync.OnceValue(func() *index {
			return newIndex(m.bones.bare(slices.DeleteFunc(slices.Clone(b.forms), func(f form) bool { return f.langs&languages == 0 }), least))
		})
	}
	m.kazakh, m.romanised = of(kk, leastKazakh), of(ru|kk|ky|tg, leastBones)
	if len(out.forms) > 0 {
		m.exclude = newIndex(out.forms)
	}
	return m, nil
}

// term adds one term of the operator.
func (b *builder) term(t Term) error {
	text := strings.TrimSpace(t.Text)
	if strings.Trim(text, "=") == "" {
		return fmt.Errorf("the text is empty")
	}
	langs := allLanguages
	if t.Language != "" {
		if langs = languageBit(t.Language); langs == 0 {
			return fmt.Errorf("%q: unknown language %q (known: en ru kk ky uz tg tk tr fa zh de fr)", text, t.Language)
		}
	}
	if t.Country != "" && !isCountry(t.Country) {
		return fmt.Errorf("%q: country %q is no code of two capital letters such as KZ", text, t.Country)
	}
	if math.IsNaN(t.Weight) || math.Abs(t.Weight) > 10 {
		return fmt.Errorf("%q: weight %g is not between -10 and 10", text, t.Weight)
	}
	topic := noTopic
	if t.Topic != "" {
		if topic = topicIndex(t.Topic); topic == noTopic {
			return fmt.Errorf("%q: unknown topic %q (known: %s)", text, t.Topic, strings.Join(Topics(), " "))
		}
	}
	weight := t.Weight
	s := sense{name: text, label: t.Kind, country: t.Country, topic: noTopic}
	switch t.Kind {
	case "place":
		if weight == 0 {
			weight = 1
		}
		s.kind, s.name, s.place = aPlace, placeName(text, t.Country), min(1, math.Abs(weight))
		if weight < 0 {
			s.kind = elsewhere
		}
	case "organisation":
		if weight == 0 {
			weight = 2
		}
		if topic == noTopic {
			topic = topicIndex("security")
		}
		s.kind, s.place, s.topic, s.weight = aName, min(1, weight/2), topic, weight
	case "topic":
		if topic == noTopic {
			return fmt.Errorf("%q: a term of kind topic needs a topic (known: %s)", text, strings.Join(Topics(), " "))
		}
		if weight == 0 {
			weight = 2
		}
		s.kind, s.topic, s.weight, s.label = aTopic, topic, weight, Topics()[topic]
	default:
		return fmt.Errorf("%q: unknown kind %q (known: place organisation topic)", text, t.Kind)
	}
	if weight < 0 && s.kind != elsewhere {
		s = sense{kind: against, name: text, label: t.Kind, topic: noTopic, weight: -weight, subject: ownSubject}
	}
	return b.add(s, []string{text}, langs, asTerm)
}

func isCountry(code string) bool {
	return len(code) == 2 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// inRegion reports whether a country is one of the five.
func inRegion(country string) bool {
	switch country {
	case "KZ", "KG", "TJ", "TM", "UZ":
		return true
	}
	return false
}

// Score judges a text. It reads no more than about the first 30,000 letters.
func (m *Model) Score(in Input) Result {
	a, excluded := m.analyse(in)
	if excluded != nil {
		return *excluded
	}
	return a.result()
}

// Explain judges a text as Score does and says of every word and every feature what it brought.
// Of a text with an excluded word only that is said.
func (m *Model) Explain(in Input) Explanation {
	a, excluded := m.analyse(in)
	if excluded != nil {
		return Explanation{Result: *excluded, Contributions: []Contribution{}, Figures: []Figure{}}
	}
	e := Explanation{Result: a.result(), Base: m.layer.bias, Sum: a.sum(), Figures: []Figure{}}
	e.Contributions = a.contributions(a.tally(), len(a.hits)+1, 0)
	for f, name := range featureNames() {
		if v := a.values[f]; v != 0 {
			e.Figures = append(e.Figures, Figure{name, v, v * m.layer.weights[f]})
		}
	}
	return e
}

// analyse finds and measures, or gives the result of a text with an excluded word.
func (m *Model) analyse(in Input) (*analysis, *Result) {
	w := new(words)
	w.fold = make([]byte, 0, min(len(in.Title), maxText)+min(len(in.Text), maxText)+16)
	w.tokens = make([]token, 0, cap(w.fold)/8)
	w.add(in.Title)
	title := w.sentences
	w.add(in.Text)
	a := &analysis{model: m, words: w, title: title, outlet: strings.ToUpper(in.Country)}
	if m.exclude != nil {
		if hits := m.exclude.find(w, allLanguages, allLanguages); len(hits) > 0 {
			return nil, &Result{Topics: []string{}, Places: []string{}, Reasons: []string{
				fmt.Sprintf("%s: %q (excluded)", a.position(int(hits[0].sentence)), shown(w.written(hits[0].first, hits[0].last))),
			}}
		}
	}
	languages, exact := kin(in.Language), exactly(in.Language)
	a.hits = m.index.find(w, languages, exact)
	if m.loose != nil {
		a.hits = merge(a.hits, m.loose.find(m.bones.words(w), languages, exact), m.terms)
	}
	switch {
	case in.Language == "kk-Latn":
		a.hits = merge(a.hits, m.kazakh().find(m.bones.words(w), kk, kk), int32(len(m.senses)))
	case unknown(in.Language) && w.isLatin():
		a.hits = merge(a.hits, m.romanised().find(m.bones.words(w), ru|kk|ky|tg, 0), int32(len(m.senses)))
	}
	a.locate()
	return a, nil
}

// exactly returns the language itself; those near it where the tables do not have it, all where it is not known.
func exactly(language string) uint16 {
	if bit := languageBit(language); bit != 0 {
		return bit
	}
	return near(language)
}
