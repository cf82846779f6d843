package sets

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"chapar/normalize"
)

// Figure is one measure of one set: a share of 1, or a count of lines.
type Figure struct {
	Name  string
	Value float64
}

// Figures are all measures of extraction, in the order of the table.
type Figures []Figure

// kinds are the parts of the sets that are measured by themselves; lang picks pages of one language.
var kinds = [...]struct{ name, set, lang string }{
	{"zyte", "zyte", ""}, {"n4k", "n4k", ""}, {"fundus", "fundus", ""}, {"daniel Russian", "daniel", "Russian"}, {"daniel English", "daniel", "English"},
}

// Measure runs extraction over all sets of a folder.
func Measure(dir string) (Figures, error) {
	n, err := normalize.New(normalize.Options{})
	if err != nil {
		return nil, err
	}
	var f Figures
	add := func(name string, v float64) { f = append(f, Figure{name, v}) }
	mean := 0.0
	for _, k := range kinds {
		pages, err := Read(dir, k.set)
		if err != nil {
			return nil, err
		}
		var wanted []Page
		for _, p := range pages {
			if k.lang == "" || p.Lang == k.lang {
				wanted = append(wanted, p)
			}
		}
		got := Extract(n, wanted)
		pairs := make([]Pair, len(wanted))
		titles, known, wrong := 0, 0, 0
		for i, p := range wanted {
			pairs[i] = Pair{p.Text, got[i].Text}
			if pairs[i].Page() < 0.1 {
				wrong++
			}
			if p.Title != "" {
				known++
				if strings.Join(Words(p.Title), " ") == strings.Join(Words(got[i].Title), " ") {
					titles++
				}
			}
		}
		s := Shingles(pairs)
		add(k.name+" precision", s.P)
		add(k.name+" recall", s.R)
		add(k.name+" F1", s.F1)
		add(k.name+" paragraph F1", Paragraphs(pairs).F1)
		if known > 0 {
			add(k.name+" titles right", float64(titles)/float64(known))
		}
		add(k.name+" wrong part", float64(wrong)/float64(len(wanted)))
		mean += s.F1 / float64(len(kinds))
	}
	add("mean F1", mean)
	pages, err := Read(dir, "trafilatura")
	if err != nil {
		return nil, err
	}
	add("snippets F1", Snippets(pages, textOf(n, pages)))
	if pages, err = Read(dir, "seeds"); err != nil {
		return nil, err
	}
	forbidden, err := Forbidden(dir)
	if err != nil {
		return nil, err
	}
	left, _ := Residue(pages, forbidden, textOf(n, pages))
	add("residue lines", float64(left))
	return f, nil
}

// Extract gives what is found on each page, on all cores.
func Extract(n *normalize.Normalizer, pages []Page) []normalize.Extract {
	out := make([]normalize.Extract, len(pages))
	var wg sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	for core := range cores {
		wg.Go(func() {
			for i := core; i < len(pages); i += cores {
				// Nothing to read is an empty text, which the measures count as such.
				out[i], _ = n.Extract(normalize.Raw{URL: pages[i].URL, Body: pages[i].HTML})
			}
		})
	}
	wg.Wait()
	return out
}

func textOf(n *normalize.Normalizer, pages []Page) func(Page) string {
	texts := map[string]string{}
	for i, x := range Extract(n, pages) {
		texts[pages[i].ID] = x.Text
	}
	return func(p Page) string { return texts[p.ID] }
}

// Table gives the figures as the tree keeps them, one a line.
func (f Figures) Table() string {
	var b strings.Builder
	b.WriteString("# Figures of extraction\n\nMeasured on the dev half of the sets by `go run ./normalize/internal/figures -write`; shares of 1, residue in lines.\n\n| figure | value |\n|---|---|\n")
	for _, x := range f {
		fmt.Fprintf(&b, "| %s | %s |\n", x.Name, x.text())
	}
	return b.String()
}

// fewerIsBetter tells the measures that count what should not be.
func (x Figure) fewerIsBetter() bool {
	return strings.HasSuffix(x.Name, "lines") || strings.HasSuffix(x.Name, "wrong part")
}

func (x Figure) text() string {
	if strings.HasSuffix(x.Name, "lines") {
		return fmt.Sprintf("%.0f", x.Value)
	}
	return fmt.Sprintf("%.4f", x.Value)
}
