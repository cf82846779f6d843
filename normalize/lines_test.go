package normalize

import (
	"slices"
	"strings"
	"testing"
)

// The model is asked by place, so its features must be those of the code, in the same order.
func TestLineModel(t *testing.T) {
	if got, want := lineModel().Names, LineFeatures(); !slices.Equal(got, want) {
		t.Errorf("the model was fitted on other features: go run ./normalize/internal/fit -write\n%q\n%q", got, want)
	}
}

func TestDecide(t *testing.T) {
	long := func(chosen bool) Line { return Line{Chosen: chosen, Good: 200} }
	for _, c := range []struct {
		name   string
		lines  []Line
		scores []float64
		want   string
	}{
		{"as the model says", []Line{long(true), long(true), long(true), long(false), long(true)}, []float64{2, 1, 3, 2, -3}, "yyyyn"},
		{"barred", []Line{long(true), {Barred: true}}, []float64{2, 9}, "yn"},
		{"most of the prose is not given up", []Line{long(true), long(true), {Chosen: true, Good: 5}}, []float64{-2, -2, -2}, "yyn"},
	} {
		got := ""
		for _, k := range Decide(c.lines, c.scores) {
			got += map[bool]string{true: "y", false: "n"}[k]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// What the corpus leaves out is left out though the model may like it.
func TestLinesAreBarred(t *testing.T) {
	n := newNormalizer(t)
	page := `<html><head><title>The ferry runs again</title></head><body><article><h1>The ferry runs again</h1><p>2 March 2026, 09:30</p><p class="intro">` +
		`The ferry between the two shores of the Ilmen has run again since Monday morning, the harbour office of Reed Shore said.</p>` +
		`<img src=a.jpg><p>The ferry at the quay. (Photo: Ana Reed)</p>` +
		`<p>The first passengers were two carpenters, a teacher and a goat that belonged to nobody on board, the ferryman wrote.</p>` +
		`<p>In the evening the council of the two shores met in the old customs house and set the fare for the summer.</p><p>Share: Telegram WhatsApp</p></article></body></html>`
	x, err := n.Extract(Raw{URL: "https://shore.example/n/1", Body: []byte(page)})
	if err != nil {
		t.Fatal(err)
	}
	if k := strings.Count(x.Text, "\n\n") + 1; k != 3 || strings.Contains(x.Text, "Photo") || strings.Contains(x.Text, "2026") || strings.Contains(x.Text, "Share") {
		t.Errorf("%d paragraphs:\n%s", k, x.Text)
	}
}

// A list is one paragraph, so it is kept or left as one.
func TestListsAreKeptWhole(t *testing.T) {
	doc, _ := parse(`<p>Of the crew are</p><ul><li>Ana Reed</li><li>Otto Marsh</li><li>a goat</li></ul><p>They met.</p>`, false)
	o := outlineOf(doc, nil)
	var lines []Line
	for i := range o.blocks {
		lines = append(lines, Line{Chosen: true, block: &o.blocks[i]})
	}
	for _, c := range []struct {
		scores []float64
		want   []bool
	}{
		{[]float64{1, 3, -1, -1, -1}, []bool{true, true, true, true, false}},
		{[]float64{1, 1, -1, -2, 1}, []bool{true, false, false, false, true}},
	} {
		if got := Decide(lines, c.scores); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.scores, got, c.want)
		}
	}
}

func TestDisclosures(t *testing.T) {
	for text, want := range map[string]bool{
		"If you buy something using links in our stories, we may earn a commission. This helps support our work.":     true,
		"All products featured here are independently selected by our editors.":                                       true,
		"This letter may contain advertising, deals, or affiliate links.":                                             true,
		"We may receive payments from third parties for sharing this content.":                                        true,
		"The commission said the families would receive compensation from third parties for their land by summer.":    false,
		"Payments to the ferrymen are affiliated with no party, and the two judges were elected independently of it.": false,
	} {
		if got := discloses(&block{text: text, runes: len(text)}); got != want {
			t.Errorf("%v for %s", got, text)
		}
	}
	const notice = "If you buy something using links in our stories, we may earn a commission. This helps support our work."
	page := "<html><head><title>" + headline + "</title></head><body><article><h1>" + headline + "</h1><p>" + opening + "</p><p>" + notice + "</p><p>" + closing + "</p></article></body></html>"
	x, err := newNormalizer(t).Extract(Raw{URL: "https://shore.example/n/1", Body: []byte(page)})
	if err != nil || !strings.Contains(x.Text, opening) || !strings.Contains(x.Text, closing) || strings.Contains(x.Text, notice) {
		t.Errorf("a notice amid an article: %v, %s", err, x.Text)
	}
}
