package relevance

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed data/*.tsv
var tables embed.FS

// kind is what a form stands for.
type kind uint8

const (
	aPlace    kind = iota // in Central Asia
	elsewhere             // a place anywhere else
	aName                 // an organisation, group, exercise, operation, treaty, event or person
	aTopic                // a word of a topic
	against               // a word of something else
	exclusion             // takes the article out
)

// Topics gives the names of the topics that an article can have.
func Topics() []string {
	return []string{"military", "exercise", "base", "peacekeeping", "alliance", "arms", "border", "conflict", "terrorism", "unrest",
		"security", "intelligence", "cyber", "sanctions", "drugs", "crime", "migration", "water", "nuclear"}
}

const topicCount = 19

// Definitions says of each topic what it means.
func Definitions() (map[string]string, error) {
	rows, err := readTable("definitions.tsv", 2)
	if err != nil {
		return nil, err
	}
	list := make(map[string]string, len(rows))
	for _, r := range rows {
		if topicIndex(r.cells[0]) == noTopic || list[r.cells[0]] != "" {
			return nil, r.errorf("topic %q is unknown or stands twice", r.cells[0])
		}
		list[r.cells[0]] = r.cells[1]
	}
	return list, nil
}

const (
	noTopic = -1
	support = topicCount // of words that go with any topic
)

// The languages of the tables; forms of other languages are not told apart.
const (
	en uint16 = 1 << iota
	ru
	kk
	ky
	uz
	tg
	tk
	tr
	fa
	zh
	de
	fr
	allLanguages uint16 = 1<<12 - 1
)

func languageBit(tag string) uint16 {
	base, _, _ := strings.Cut(tag, "-")
	switch strings.ToLower(base) {
	case "en":
		return en
	case "ru":
		return ru
	case "kk":
		return kk
	case "ky":
		return ky
	case "uz":
		return uz
	case "tg":
		return tg
	case "tk":
		return tk
	case "tr":
		return tr
	case "fa":
		return fa
	case "zh":
		return zh
	case "de":
		return de
	case "fr":
		return fr
	}
	return 0
}

// unknown reports whether a tag names no language.
func unknown(tag string) bool {
	base, _, _ := strings.Cut(tag, "-")
	return base == "" || strings.EqualFold(base, "und")
}

// kin returns the languages whose words are looked for in a text of the language: its own, those it is easily taken
// for, Russian where it lends words, and English; of one that the tables do not have, those that are near it. All of
// them where the language is not known.
func kin(language string) uint16 {
	switch own := languageBit(language); own {
	case kk, ky:
		return kk | ky | ru | en
	case uz:
		return uz | ru | en | tk
	case tg:
		return tg | ru | en
	case tk:
		return tk | tr | uz | ru | en
	case tr:
		return tr | tk | en
	case 0:
		return near(language)
	default:
		return own | en
	}
}

// near is kin for a language that the tables do not have.
func near(language string) uint16 {
	if unknown(language) {
		return allLanguages
	}
	base, _, _ := strings.Cut(language, "-")
	switch strings.ToLower(base) {
	case "uk", "be", "bg", "mk", "sr":
		return ru | en
	case "tt", "ba", "mn":
		return kk | ky | ru | en
	case "az":
		return tr | tk | en
	}
	return en
}

// sense is what the forms of one line of a table stand for.
type sense struct {
	kind    kind
	name    string // as it is called in results: "Osh, KG"
	label   string // what it is: "place", "organisation", "border"
	country string
	place   float64 // how far a mention says that the text plays in the region, or elsewhere
	topic   int
	weight  float64 // for the topic, or against
	subject uint8   // of what speaks against
}

func (s *sense) isService() bool { return s.kind == aName && s.label == "security service" }

// form is one spelling.
type form struct {
	sense    int32
	langs    uint16
	exact    bool   // a text in one of langs only, not in their kin
	whole    bool   // the first word has no ending
	caseOnly bool   // after the first word only a case ending may follow
	upper    uint8  // capital letters that the word in the text must begin with
	first    string // the first word, folded
	rest     []part // the words after it
}

// part is a further word of a phrase.
type part struct {
	text     string
	upper    uint8
	caseOnly bool
}

// builder gathers senses and forms.
type builder struct {
	senses []sense
	forms  []form
}

// shortName is the length up to which a name may be followed by a case ending only: "Ош" is in "Ошто", not in "ошибка".
const shortName = 5

// shortWord is the same for the second and further words of a phrase: "чек ара" is in "чек арада", not in "чек арабдын".
const shortWord = 3

// spelling is how the forms of a line are to be taken.
type spelling uint8

const (
	asWord spelling = iota // any ending; small and capital letters alike
	asName                 // capital letters count; after a short one only a case ending
	asTerm                 // of the operator: as a name, but small and capital letters alike
)

// add puts in the forms of s.
func (b *builder) add(s sense, texts []string, langs uint16, how spelling) error {
	at := int32(len(b.senses))
	b.senses = append(b.senses, s)
	for _, t := range texts {
		f := form{sense: at, langs: langs}
		if tag, after, ok := strings.Cut(t, ":"); ok && len(tag) == 2 {
			bit := languageBit(tag)
			if bit == 0 {
				return fmt.Errorf("form %q: unknown language %q", t, tag)
			}
			t, f.langs, f.exact = after, bit, true
		}
		if after, ok := strings.CutPrefix(t, "="); ok {
			t, f.whole = after, true
		}
		var w words
		w.add(t)
		if len(w.tokens) == 0 {
			return fmt.Errorf("form %q has no letters", t)
		}
		for i := 0; i < len(w.tokens); i++ {
			tok := w.tokens[i]
			p := part{text: string(w.fold[tok.start:tok.end])}
			if how == asName || acronym(p.text, tok.upper) {
				p.upper = tok.upper
			}
			if i == 0 {
				f.first, f.upper = p.text, p.upper
				r, _ := utf8.DecodeRuneInString(p.text)
				if isHan(r) {
					break
				}
				continue
			}
			p.caseOnly = utf8.RuneCountInString(p.text) <= shortWord
			f.rest = append(f.rest, p)
		}
		f.caseOnly = how != asWord && len(f.rest) == 0 && utf8.RuneCountInString(f.first) <= shortName || f.upper > 1
		b.forms = append(b.forms, f)
	}
	return nil
}

// acronym reports whether a folded word with so many capitals is short and written in capitals throughout.
func acronym(folded string, upper uint8) bool {
	n := utf8.RuneCountInString(folded)
	return n > 1 && n <= shortName && int(upper) == n && strings.IndexFunc(folded, unicode.IsLetter) >= 0
}

// row is one line of a table.
type row struct {
	file  string
	line  int
	cells []string
}

func (r row) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", r.file, r.line, fmt.Sprintf(format, args...))
}

func (r row) number(i int, least, most float64) (float64, error) {
	v, err := strconv.ParseFloat(r.cells[i], 64)
	if err != nil || v < least || v > most {
		return 0, r.errorf("weight %q is no number from %g to %g", r.cells[i], least, most)
	}
	return v, nil
}

func (r row) forms(i int) ([]string, error) {
	list := strings.Split(r.cells[i], "|")
	for k := range list {
		if list[k] = strings.TrimSpace(list[k]); list[k] == "" {
			return nil, r.errorf("empty form")
		}
	}
	return list, nil
}

// readTable returns the lines of a table that are no comments.
func readTable(name string, columns int) ([]row, error) {
	text, err := tables.ReadFile("data/" + name)
	if err != nil {
		return nil, fmt.Errorf("cannot read table: %w", err)
	}
	var rows []row
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		r := row{name, n, strings.Split(line, "\t")}
		if len(r.cells) != columns {
			return nil, r.errorf("%d columns instead of %d", len(r.cells), columns)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// load reads the tables.
func (b *builder) load() error {
	for _, table := range []struct {
		name    string
		columns int
		read    func(row) error
	}{
		{"places.tsv", 4, b.placeRow},
		{"elsewhere.tsv", 4, b.elsewhereRow},
		{"names.tsv", 7, b.nameRow},
		{"topics.tsv", 4, b.topicRow},
		{"against.tsv", 4, b.againstRow},
	} {
		rows, err := readTable(table.name, table.columns)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := table.read(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *builder) placeRow(r row) error {
	weight, err := r.number(2, 0, 1)
	if err != nil {
		return err
	}
	forms, err := r.forms(3)
	if err != nil {
		return err
	}
	s := sense{kind: aPlace, name: placeName(r.cells[0], r.cells[1]), label: "place", country: r.cells[1], place: weight, topic: noTopic}
	return b.add(s, forms, allLanguages, asName)
}

// placeName is how a place stands in results; what belongs to several countries has none.
func placeName(name, country string) string {
	if country == "" || country == "CA" {
		return name
	}
	return name + ", " + country
}

func (b *builder) elsewhereRow(r row) error {
	weight, err := r.number(2, 0, 1)
	if err != nil {
		return err
	}
	forms, err := r.forms(3)
	if err != nil {
		return err
	}
	s := sense{kind: elsewhere, name: r.cells[0], label: "elsewhere", country: r.cells[1], place: weight, topic: noTopic}
	return b.add(s, forms, allLanguages, asName)
}

func (b *builder) nameRow(r row) error {
	place, err := r.number(3, 0, 1)
	if err != nil {
		return err
	}
	weight, err := r.number(5, 0, 3)
	if err != nil {
		return err
	}
	topic := noTopic
	if r.cells[4] != "-" {
		if topic = topicIndex(r.cells[4]); topic == noTopic {
			return r.errorf("unknown topic %q", r.cells[4])
		}
	}
	country := r.cells[2]
	if country == "-" {
		country = ""
	}
	forms, err := r.forms(6)
	if err != nil {
		return err
	}
	s := sense{kind: aName, name: r.cells[0], label: r.cells[1], country: country, place: place, topic: topic, weight: weight}
	return b.add(s, forms, allLanguages, asName)
}

func (b *builder) wordRow(r row, s sense) error {
	langs := languageBit(r.cells[1])
	if langs == 0 {
		return r.errorf("unknown language %q", r.cells[1])
	}
	weight, err := r.number(2, 0, 3)
	if err != nil {
		return err
	}
	forms, err := r.forms(3)
	if err != nil {
		return err
	}
	s.weight = weight
	return b.add(s, forms, langs, asWord)
}

func (b *builder) topicRow(r row) error {
	topic, label := support, "goes with a topic"
	if r.cells[0] != "support" {
		label = r.cells[0]
		if topic = topicIndex(r.cells[0]); topic == noTopic {
			return r.errorf("unknown topic %q", r.cells[0])
		}
	}
	return b.wordRow(r, sense{kind: aTopic, name: r.cells[0], label: label, topic: topic})
}

func (b *builder) againstRow(r row) error {
	subject := slices.Index(subjects(), r.cells[0])
	if subject < 0 {
		return r.errorf("unknown subject %q", r.cells[0])
	}
	return b.wordRow(r, sense{kind: against, name: r.cells[0], label: r.cells[0], topic: noTopic, subject: uint8(subject)})
}

func topicIndex(name string) int {
	for i, t := range Topics() {
		if t == name {
			return i
		}
	}
	return noTopic
}
