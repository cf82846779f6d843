package relevance

import (
	"os"
	"strings"
	"testing"
)

var tableColumns = map[string]int{"places.tsv": 4, "elsewhere.tsv": 4, "names.tsv": 7, "topics.tsv": 4, "against.tsv": 4, "weights.tsv": 2, "definitions.tsv": 2}

func eachRow(t *testing.T, table string, do func(row)) {
	t.Helper()
	rows, err := readTable(table, tableColumns[table])
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 50 {
		t.Errorf("%s has only %d lines", table, len(rows))
	}
	for _, r := range rows {
		do(r)
	}
}

func TestTablesAreComplete(t *testing.T) {
	entries, err := os.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "README.md" {
			continue
		}
		if tableColumns[e.Name()] == 0 {
			t.Errorf("data/%s is read by nobody", e.Name())
			continue
		}
		text, err := tables.ReadFile("data/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# ") || !strings.HasSuffix(string(text), "\n") || strings.Contains(string(text), "\n\n") {
			t.Errorf("%s lacks its heading comment or its last line end, or has an empty line", e.Name())
		}
	}
}

func TestPlaceTables(t *testing.T) {
	names := map[string]string{}
	for _, table := range []string{"places.tsv", "elsewhere.tsv"} {
		eachRow(t, table, func(r row) {
			name, country := r.cells[0], r.cells[1]
			if strings.TrimSpace(name) != name || name == "" {
				t.Error(r.errorf("no canonical name"))
			}
			if had := names[name]; had != "" {
				t.Error(r.errorf("%s stands already in %s", name, had))
			}
			names[name] = table
			switch {
			case table == "places.tsv" && !inRegion(country) && country != "CA":
				t.Error(r.errorf("country %q is none of KZ KG TJ TM UZ CA", country))
			case table == "elsewhere.tsv" && (inRegion(country) || country != "-" && !isCountry(country)):
				t.Error(r.errorf("country %q is none elsewhere", country))
			}
		})
	}
}

func TestNameTable(t *testing.T) {
	kinds := map[string]bool{"organisation": true, "security service": true, "group": true, "exercise": true, "operation": true, "treaty": true, "event": true, "person": true}
	eachRow(t, "names.tsv", func(r row) {
		if !kinds[r.cells[1]] {
			t.Error(r.errorf("unknown kind %q", r.cells[1]))
		}
		if !inRegion(r.cells[2]) && r.cells[2] != "-" {
			t.Error(r.errorf("country %q is none of KZ KG TJ TM UZ -", r.cells[2]))
		}
		if (r.cells[4] == "-") != (r.cells[5] == "0") {
			t.Error(r.errorf("topic %q with weight %q", r.cells[4], r.cells[5]))
		}
	})
}

// Within one language no form may stand for two things. Forms of names count in all languages.
func TestNoFormStandsTwice(t *testing.T) {
	var b builder
	if err := b.load(); err != nil {
		t.Fatal(err)
	}
	type key struct {
		text string
		lang uint16
	}
	seen := map[key]form{}
	for _, f := range b.forms {
		text := f.first
		for _, p := range f.rest {
			text += " " + p.text
		}
		for lang := en; lang <= fr; lang <<= 1 {
			if f.langs&lang == 0 {
				continue
			}
			if had, ok := seen[key{text, lang}]; ok && had.upper == f.upper {
				t.Errorf("%q stands for %s (%s) and for %s (%s)", text, b.senses[had.sense].name, b.senses[had.sense].label, b.senses[f.sense].name, b.senses[f.sense].label)
				break
			}
			seen[key{text, lang}] = f
		}
	}
}

func TestEveryTopicHasWords(t *testing.T) {
	languages := map[int]uint16{}
	eachRow(t, "topics.tsv", func(r row) {
		topic := topicIndex(r.cells[0])
		if r.cells[0] == "support" {
			topic = support
		}
		languages[topic] |= languageBit(r.cells[1])
	})
	if got := len(Topics()); got != topicCount {
		t.Fatalf("%d topics, topicCount is %d", got, topicCount)
	}
	for i, name := range append(Topics(), "support") {
		for _, lang := range []string{"en", "ru", "kk", "ky", "uz", "tg", "tk"} {
			if languages[i]&languageBit(lang) == 0 {
				t.Errorf("topic %s has no words in %s", name, lang)
			}
		}
	}
}

func TestEveryTopicIsDefined(t *testing.T) {
	list, err := Definitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range Topics() {
		if len(list[topic]) < 20 {
			t.Errorf("%s: %q is no definition", topic, list[topic])
		}
	}
	if len(list) != topicCount {
		t.Errorf("%d definitions of %d topics", len(list), topicCount)
	}
}

func TestWeights(t *testing.T) {
	rows, err := readTable("weights.tsv", 2)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(Features()) + 1; len(rows) != want {
		t.Errorf("%d weights, want %d", len(rows), want)
	}
	l, err := readLayer()
	if err != nil {
		t.Fatal(err)
	}
	for f, name := range Features() {
		if l.weights[f] > 0 && (strings.HasPrefix(name, "about ") || strings.HasPrefix(name, "elsewhere")) {
			t.Errorf("%s speaks for an article: %g", name, l.weights[f])
		}
	}
}

func TestEndings(t *testing.T) {
	set := endings()
	for _, c := range []struct {
		name, word string
		want       bool
	}{
		{"ош", "ошто", true}, {"ош", "оштун", true}, {"ош", "ошский", true}, {"ош", "ошибка", false}, {"ош", "ошеломил", false},
		{"талас", "таласта", true}, {"талас", "таласский", true}, {"osh", "oshdan", true}, {"osh", "oshkosh", false},
		{"укмк", "укмкнын", true}, {"ирак", "ираклий", false}, {"oş", "oşda", true}, {"қазақ", "қазақтардың", true},
	} {
		if got := isEnding(set, strings.TrimPrefix(c.word, c.name), 3); got != c.want {
			t.Errorf("%s in %s: %v, want %v", c.name, c.word, got, c.want)
		}
	}
}
