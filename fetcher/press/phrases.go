package press

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The phrase banks, one a language. A line beginning with % is a remark; "@fields" names the columns of the "@place"
// rows; "@name a|b|c" is a list, "@name! a|b|c" one that keeps its choice through an article; "# topic +" opens a relevant topic, "# topic -" one that is not, "# topic =" one that is not and goes without sentences of others. Below a topic stand
// titles (T), first sentences (L) and further sentences (B). "[a|b]" takes one of the phrases, "{name}" stands for a
// column of the article's place, "{name2}" for the same of a second place in another country, for an entry of a list or
// for a number: n1 0 to 3, ns 5 to 20, nm 25 to 99, nl 105 to 999, n2 20 to 29, n3 31 to 48. The topics "common" and
// "other" hold sentences that go with every relevant and every irrelevant topic.
//
//go:embed phrases/*.txt
var phraseFiles embed.FS

const (
	common = "common" // sentences for all relevant topics
	other  = "other"  // sentences for all irrelevant topics
)

type topic struct {
	name                string
	relevant            bool
	alone               bool // takes no sentences of common and other
	titles, firsts, all []string
}

// bank is the phrases of one language.
type bank struct {
	topics []*topic // in the order of the file, without common and other
	common *topic
	other  *topic
	fields []string
	places [][]string
	lists  map[string][]string
}

func readBank(language string) (*bank, error) {
	name := "phrases/" + language + ".txt"
	text, err := phraseFiles.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("no phrases for the language %q", language)
	}
	b := &bank{lists: map[string][]string{}}
	var t *topic
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || word == "%":
		case word == "@fields":
			b.fields = strings.Split(rest, "; ")
		case word == "@place":
			b.places = append(b.places, strings.Split(rest, "; "))
		case strings.HasPrefix(word, "@"):
			b.lists[word[1:]] = strings.Split(rest, "|")
		case word == "#":
			name, sign, _ := strings.Cut(rest, " ")
			t = &topic{name: name, relevant: sign == "+", alone: sign == "="}
			switch name {
			case common:
				b.common = t
			case other:
				b.other = t
			default:
				b.topics = append(b.topics, t)
			}
		case t != nil && word == "T":
			t.titles = append(t.titles, rest)
		case t != nil && word == "L":
			t.firsts = append(t.firsts, rest)
		case t != nil && word == "B":
			t.all = append(t.all, rest)
		default:
			return nil, fmt.Errorf("%s: cannot read the line %q", name, line)
		}
	}
	return b, nil
}

// pick gives the named topic, or one by chance of the wanted sort when the name is empty.
func (b *bank) pick(r *rand.Rand, name string, relevant bool) (*topic, error) {
	var some []*topic
	for _, t := range b.topics {
		if t.name == name || name == "" && t.relevant == relevant {
			some = append(some, t)
		}
	}
	if len(some) == 0 {
		return nil, fmt.Errorf("no topic %q", name)
	}
	return some[r.IntN(len(some))], nil
}

// piece is a text as composed: spare sentences are left for later edits.
type piece struct {
	title      string
	paragraphs []string
	spare      []string
}

// compose writes a text of 4 to 9 paragraphs, 80 to 400 words.
func (b *bank) compose(r *rand.Rand, t *topic) piece {
	s := b.scene(r)
	shared := b.other
	if t.relevant {
		shared = b.common
	}
	own, more := r.Perm(len(t.all)), r.Perm(len(shared.all))
	if t.alone {
		more = nil
	}
	var lines []string
	for len(own)+len(more) > 0 {
		// Two of three sentences are about the topic, as long as there are any.
		if len(own) > 0 && (len(more) == 0 || r.IntN(3) > 0) {
			lines, own = append(lines, t.all[own[0]]), own[1:]
		} else {
			lines, more = append(lines, shared.all[more[0]]), more[1:]
		}
	}
	p := piece{title: s.write(t.titles[r.IntN(len(t.titles))])}
	text := []string{s.write(t.firsts[r.IntN(len(t.firsts))])}
	words, wanted := len(strings.Fields(text[0])), 130+r.IntN(230)
	for i, line := range lines {
		sentence := s.write(line)
		if n := len(strings.Fields(sentence)); i < 7 || words+n <= wanted {
			text, words = append(text, sentence), words+n
		} else {
			p.spare = append(p.spare, sentence)
		}
	}
	// Paragraphs of 2 to 5 sentences, at least 4 of them.
	for len(text) > 0 {
		n := 2 + r.IntN(2)
		if r.IntN(6) == 0 {
			n += r.IntN(3)
		}
		if room := len(text) - 2*(3-len(p.paragraphs)); n > room {
			n = max(2, room)
		}
		if n = min(n, len(text)); len(text)-n == 1 {
			n++
		}
		p.paragraphs = append(p.paragraphs, strings.Join(text[:n], " "))
		text = text[n:]
	}
	return p
}

// headline writes another title for the same topic.
func (b *bank) headline(r *rand.Rand, t *topic) string {
	return b.scene(r).write(t.titles[r.IntN(len(t.titles))])
}

// scene is what the slots of one article stand for.
type scene struct {
	bank  *bank
	rand  *rand.Rand
	slots map[string]string
}

func (b *bank) scene(r *rand.Rand) *scene {
	s := &scene{bank: b, rand: r, slots: map[string]string{}}
	first := b.places[r.IntN(len(b.places))]
	second := first
	for second[b.country()] == first[b.country()] {
		second = b.places[r.IntN(len(b.places))]
	}
	for i, f := range b.fields {
		s.slots[f], s.slots[f+"2"] = first[i], second[i]
	}
	return s
}

func (b *bank) country() int {
	for i, f := range b.fields {
		if f == "country" {
			return i
		}
	}
	return 0
}

// write makes a sentence or a title of a phrase.
func (s *scene) write(phrase string) string {
	text, _ := s.expand(phrase, "")
	for i, c := range text {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return text[:i] + string(unicode.ToUpper(c)) + text[i+utf8.RuneLen(c):]
		}
	}
	return text
}

// expand reads up to one of the bytes in stop and gives what is left, beginning with that byte.
func (s *scene) expand(phrase, stop string) (text, rest string) {
	var out strings.Builder
	for phrase != "" {
		switch c := phrase[0]; {
		case strings.IndexByte(stop, c) >= 0:
			return out.String(), phrase
		case c == '[':
			var ways []string
			for rest = phrase; rest != "" && rest[0] != ']'; {
				var way string
				way, rest = s.expand(rest[1:], "|]")
				ways = append(ways, way)
			}
			out.WriteString(ways[s.rand.IntN(len(ways))])
			phrase = strings.TrimPrefix(rest, "]")
		case c == '{':
			name, after, _ := strings.Cut(phrase[1:], "}")
			out.WriteString(s.slot(name))
			phrase = after
		default:
			out.WriteByte(c)
			phrase = phrase[1:]
		}
	}
	return out.String(), ""
}

func (s *scene) slot(name string) string {
	if v, ok := s.slots[name]; ok {
		return v
	}
	if list := s.bank.lists[name]; len(list) > 0 {
		return list[s.rand.IntN(len(list))]
	}
	if list := s.bank.lists[name+"!"]; len(list) > 0 {
		s.slots[name] = list[s.rand.IntN(len(list))]
		return s.slots[name]
	}
	// After these endings Russian has the genitive plural.
	last := [...]int{0, 5, 6, 7, 8, 9}[s.rand.IntN(6)]
	switch n := s.rand; name {
	case "n1":
		return strconv.Itoa(n.IntN(4))
	case "n2":
		return strconv.Itoa(20 + n.IntN(10))
	case "n3":
		return strconv.Itoa(31 + n.IntN(18))
	case "ns":
		return strconv.Itoa(5 + n.IntN(16))
	case "nm":
		return strconv.Itoa(20 + 10*n.IntN(8) + max(last, 5))
	case "nl":
		return strconv.Itoa(100 + 10*n.IntN(90) + max(last, 5))
	}
	return "{" + name + "}" // a test finds it
}
