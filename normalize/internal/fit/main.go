// Command fit makes the model of lines by which normalize tells the lines of an article from those around it.
//
//	go run ./normalize/internal/fit            validates: each host is judged by a model that never saw it
//	go run ./normalize/internal/fit -write     writes the model of all hosts to normalize/data/lines.model as well
//
// It is fitted on the dev half of the sets of extraction; the same pages give the same bytes.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"chapar/normalize"
	"chapar/normalize/internal/boost"
	"chapar/normalize/internal/sets"
)

const (
	model = "normalize/data/lines.model"
	folds = 5
)

var options = boost.Options{Trees: 120, Depth: 5, Rate: 0.08, Least: 4, Ridge: 4, Part: 0.4}

func main() {
	write := flag.Bool("write", false, "write the model to "+model)
	texts := flag.String("texts", "", "folder for the texts of the validation, one file a set, as the scorer of the sets reads them")
	flag.Parse()
	if err := run(*write, *texts); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

// page of a set with the lines that the model is asked about.
type page struct {
	sets.Page
	set     string
	title   string
	lines   []normalize.Line
	samples []boost.Sample // one a line; weight 0 where nothing is known of it
	scores  []float64      // of the lines, by a model that did not see the page's host
	fold    int
}

func run(write bool, texts string) error {
	pages, err := read()
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not here: the model can only be fitted where the sets are", sets.Dir)
	}
	if err != nil {
		return err
	}
	names := normalize.LineFeatures()
	models := make([]*boost.Model, folds) // each fitted without one part of the hosts
	var wg sync.WaitGroup
	gate := make(chan struct{}, 2)
	for f := range folds {
		wg.Go(func() {
			gate <- struct{}{}
			models[f] = boost.Train(names, samples(pages, func(p *page) bool { return p.fold != f }), options)
			<-gate
		})
	}
	wg.Wait()
	report(pages, models)
	if texts != "" {
		if err := keepTexts(texts, pages); err != nil {
			return err
		}
	}
	if !write {
		return nil
	}
	text := "// The model of lines: normalize/internal/fit made it of the dev half of the sets of extraction. A tree a line; see boost.Read.\n" +
		boost.Train(names, samples(pages, func(*page) bool { return true }), options).String()
	if err := os.WriteFile(model, []byte(text), 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes\n", model, len(text))
	return nil
}

// weights are how much a page of a set counts; sets of few pages count more, so that none is left behind.
var weights = map[string]float64{"zyte": 1.2, "n4k": 1, "fundus": 1.2, "daniel": 0.9, "trafilatura": 0.5}

func read() ([]*page, error) {
	n, err := normalize.New(normalize.Options{})
	if err != nil {
		return nil, err
	}
	var pages []*page
	for _, set := range []string{"zyte", "n4k", "fundus", "daniel", "trafilatura"} {
		all, err := sets.Read(sets.Dir, set)
		if err != nil {
			return nil, err
		}
		for i, x := range sets.Extract(n, all) {
			h := fnv.New32a()
			h.Write([]byte(strings.TrimPrefix(all[i].Host, "www.")))
			pages = append(pages, &page{Page: all[i], set: set, title: x.Title, fold: int(h.Sum32() % folds)})
		}
	}
	var wg sync.WaitGroup
	for core := range 2 {
		wg.Go(func() {
			for i := core; i < len(pages); i += 2 {
				p := pages[i]
				p.lines = normalize.Lines(normalize.Raw{URL: p.URL, Body: p.HTML})
				p.label()
				p.HTML = nil
			}
		})
	}
	wg.Wait()
	return pages, nil
}

func samples(pages []*page, want func(*page) bool) []boost.Sample {
	var out []boost.Sample
	for _, p := range pages {
		if !want(p) || p.doubtful() {
			continue
		}
		for _, s := range p.samples {
			if s.Weight > 0 {
				out = append(out, s)
			}
		}
	}
	return out
}

// report shows what the rules alone give and what the models do at several bounds, each page judged by the model that
// did not see its host.
func report(pages []*page, models []*boost.Model) {
	kinds := []struct{ name, set, lang string }{{"zyte", "zyte", ""}, {"n4k", "n4k", ""}, {"fundus", "fundus", ""}, {"ru", "daniel", "Russian"}, {"en", "daniel", "English"}}
	show := func(name string, keep func(p *page) []bool) {
		fmt.Printf("%-12s", name)
		mean, para := 0.0, 0.0
		for _, k := range kinds {
			var pairs []sets.Pair
			for _, p := range pages {
				if p.set == k.set && (k.lang == "" || p.Lang == k.lang) {
					pairs = append(pairs, sets.Pair{True: p.Text, Found: p.render(keep(p))})
				}
			}
			s, q := sets.Shingles(pairs), sets.Paragraphs(pairs)
			fmt.Printf("  %s %.4f (%.3f %.3f) ¶%.3f", k.name, s.F1, s.P, s.R, q.F1)
			mean += s.F1 / 5
			para += q.F1 / 5
		}
		var snippets []sets.Page
		texts := map[string]string{}
		for _, p := range pages {
			if p.set == "trafilatura" {
				snippets = append(snippets, p.Page)
				texts[p.ID] = p.render(keep(p))
			}
		}
		f := sets.Snippets(snippets, func(p sets.Page) string { return texts[p.ID] })
		fmt.Printf("  snip %.4f  mean %.4f ¶%.4f\n", f, mean, para)
	}
	by := func(of func(p *page, i int) bool) func(*page) []bool {
		return func(p *page) []bool {
			keep := make([]bool, len(p.lines))
			for i := range keep {
				keep[i] = of(p, i)
			}
			return keep
		}
	}
	for _, p := range pages {
		p.scores = make([]float64, len(p.lines))
		for i, l := range p.lines {
			p.scores[i] = models[p.fold].Score(l.Features)
		}
	}
	show("rules", by(func(p *page, i int) bool { return p.lines[i].Chosen }))
	show("model", func(p *page) []bool { return normalize.Decide(p.lines, p.scores) })
	show("best lines", by(func(p *page, i int) bool { return p.samples[i].Want > 0 }))
}

func keepTexts(dir string, pages []*page) error {
	all := map[string]map[string]string{}
	for _, p := range pages {
		if all[p.set] == nil {
			all[p.set] = map[string]string{}
		}
		all[p.set][p.ID] = p.render(normalize.Decide(p.lines, p.scores))
	}
	for set, texts := range all {
		data, err := json.Marshal(texts)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, set+".json"), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (p *page) render(keep []bool) string {
	_, body := normalize.Clean(strings.Join(append([]string{p.title}, normalize.Paragraphs(p.lines, keep)...), "\n"))
	return body
}
