// Command fit makes the rules by which dedup tells copies and translations.
//
//	go run ./normalize/dedup/internal/fit [-o DIR] [-ahead OTHERS] DOCS GOLD
//
// DOCS has one JSON object a line with id, lang, outlet, date, title and text, in order of arrival; GOLD has one for each
// with id, cluster and hn, the groups of look-alikes it belongs to. Both may be packed with gzip. The clusters are dealt
// out to ten parts, look-alikes of one group to the same; each part is judged by rules fitted on the others, and the
// verdicts are written to DIR/verdicts.jsonl, for any scorer; OTHERS are documents that stand ahead of all. Then the rules of all are written to DIR/copies.rule and
// DIR/translations.rule. The same files give the same bytes.
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"chapar/normalize/dedup"
)

const parts = 10

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

type document struct {
	ID, Lang, Title, Text string
	Outlet, Date          *string

	Cluster string
	Hn      [][2]string

	part int
	text *dedup.Text
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("fit", flag.ContinueOnError)
	dir := flags.String("o", ".", "folder for the rules and the verdicts")
	ahead := flags.String("ahead", "", "other documents, without gold, that are placed before all others when the parts are judged")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		return errors.New("usage: fit [-o DIR] DOCS GOLD")
	}
	docs, err := read(flags.Arg(0), flags.Arg(1))
	var others []document
	if err == nil && *ahead != "" {
		others, err = texts(*ahead)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the documents are not here: %w", err)
	}
	if err != nil {
		return err
	}
	copies, translations, missed := pairsOf(docs)
	fmt.Fprintf(out, "%d documents, %d pairs in one language, %d across; of those that need no weighing %d are judged wrongly\n", len(docs), len(copies), len(translations), missed)
	var rules [parts][2]*dedup.Rule
	for p := range rules {
		c, t, err := fitted(copies, translations, func(q pair) bool { return q.parts[0] != p && q.parts[1] != p })
		if err != nil {
			return err
		}
		rules[p] = [2]*dedup.Rule{c.rule, t.rule}
	}
	if err := judge(others, docs, rules, filepath.Join(*dir, "verdicts.jsonl")); err != nil {
		return err
	}
	c, t, err := fitted(copies, translations, func(pair) bool { return true })
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(*dir, "copies.rule"), []byte(c.text), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(*dir, "translations.rule"), []byte(t.text), 0o644)
}

func lines[T any](path string, each func(i int, v T) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return err
		}
	}
	d := json.NewDecoder(bufio.NewReader(r))
	for i := 0; d.More(); i++ {
		var v T
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("%s, line %d: %w", path, i+1, err)
		}
		if err := each(i, v); err != nil {
			return err
		}
	}
	return nil
}

// texts reads documents without gold.
func texts(path string) ([]document, error) {
	var docs []document
	err := lines(path, func(_ int, d document) error {
		a := dedup.Article{Title: d.Title, Text: d.Text, Language: d.Lang}
		if d.Outlet != nil {
			a.Source = *d.Outlet
		}
		if d.Date != nil {
			var err error
			if a.Published, err = time.Parse(time.RFC3339, *d.Date); err != nil {
				return err
			}
		}
		d.text = dedup.Read(a)
		docs = append(docs, d)
		return nil
	})
	return docs, err
}

func read(docsPath, goldPath string) ([]document, error) {
	docs, err := texts(docsPath)
	if err != nil {
		return nil, err
	}
	groups := make(map[string]string) // of clusters and look-alikes: another of the same group, which leads to the first
	first := func(s string) string {
		for groups[s] != "" && groups[s] != s {
			s = groups[s]
		}
		return s
	}
	err = lines(goldPath, func(i int, g document) error {
		if i >= len(docs) || g.ID != docs[i].ID {
			return fmt.Errorf("%s: line %d belongs to another document", goldPath, i+1)
		}
		docs[i].Cluster = g.Cluster
		for _, h := range g.Hn {
			groups[first("look-alikes "+h[0]+" "+h[1])] = first(g.Cluster)
		}
		return nil
	})
	for i := range docs {
		h := uint32(2166136261)
		for _, c := range []byte(first(docs[i].Cluster)) {
			h = (h ^ uint32(c)) * 16777619
		}
		docs[i].part = int(h>>8) % parts
	}
	return docs, err
}

// pair is a document beside an earlier one.
type pair struct {
	values []float64
	same   bool // they belong together
	weight float64
	parts  [2]int
}

// pairsOf gives what an index that makes no mistakes would weigh, and in how many others it would be mistaken.
func pairsOf(docs []document) (copies, translations []pair, missed int) {
	x := dedup.NewIndex()
	firsts := make(map[string]dedup.Ref)
	for i, d := range docs {
		ref := dedup.Ref(i)
		ms, _ := x.Matches(ref, d.text, func(r dedup.Ref) (*dedup.Text, error) { return docs[r].text, nil })
		for _, m := range ms {
			o := docs[m.Ref]
			p := pair{same: o.Cluster == d.Cluster, weight: 1, parts: [2]int{d.part, o.part}}
			switch {
			case m.Foreign:
				p.values = m.Parallel.Values(nil)
				translations = append(translations, p)
			case !m.Weighed():
				if p.same != (m.Score > 0) {
					missed++
				}
			default:
				p.values = m.Evidence.Values(nil)
				copies = append(copies, p)
			}
		}
		first, ok := firsts[d.Cluster]
		if !ok {
			first = ref
			firsts[d.Cluster] = ref
		}
		x.Add(ref, d.text, first)
	}
	return prepared(copies), translations, missed
}

// How the pairs in one language are prepared.
const (
	bareEvery  = 4   // of so many pairs one is taken twice, the second time without titles, dates and sources,
	bareWeight = 0.3 // with this weight: that they are missing must not tell anything
	plainEvery = 20  // of so many pairs that are plainly no copies one is taken
)

func prepared(pairs []pair) []pair {
	names := dedup.Fields[dedup.Evidence]()
	at := func(name string) int { return slices.Index(names, name) }
	title, most, words, cosine := at("Title"), at("Most"), at("Pairs"), at("Cosine")
	var out []pair
	plain := 0
	for i, p := range pairs {
		if !p.same && p.values[most] < 0.08 && p.values[words] < 0.15 && p.values[cosine] < 0.2 {
			if plain++; plain%plainEvery != 0 {
				continue
			}
			p.weight *= plainEvery
		}
		out = append(out, p)
		if p.values[title] < 0 || i%bareEvery != 0 {
			continue
		}
		p.values = slices.Clone(p.values)
		for _, name := range []string{"Title", "TitleFigures", "Hours", "SameSource"} {
			p.values[at(name)] = -1
		}
		p.values[at("Serial")] = 0
		p.weight *= bareWeight
		out = append(out, p)
	}
	return out
}

type made struct {
	rule *dedup.Rule
	text string
}

// fitted makes both rules of the pairs that are fit to learn from.
func fitted(copies, translations []pair, fit func(pair) bool) (c, t made, err error) {
	make1 := func(pairs []pair, names []string, o options) (m made, err error) {
		var some []pair
		for _, p := range pairs {
			if fit(p) {
				some = append(some, p)
			}
		}
		m.text = boost(some, names, o)
		m.rule, err = dedup.ParseRule(m.text, names)
		return m, err
	}
	if c, err = make1(copies, dedup.Fields[dedup.Evidence](), copyOptions); err != nil {
		return c, t, err
	}
	t, err = make1(translations, dedup.Fields[dedup.Parallel](), translationOptions)
	return c, t, err
}

// judge places all documents, each by the rules that know nothing of its part.
func judge(others, docs []document, rules [parts][2]*dedup.Rule, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	x := dedup.NewIndex()
	e := json.NewEncoder(w)
	all := append(others, docs...)
	for i, d := range all {
		x.DecideBy(rules[d.part][0], rules[d.part][1])
		ref := dedup.Ref(i)
		v, err := x.Place(ref, d.text, func(r dedup.Ref) (*dedup.Text, error) { return all[r].text, nil })
		if err != nil {
			return err
		}
		x.Add(ref, d.text, v.Cluster)
		if i < len(others) {
			continue
		}
		row := map[string]any{"id": d.ID, "cluster": all[v.Cluster].ID, "match": nil, "share": v.Overlap, "source": nil}
		if v.Copy {
			row["match"] = all[v.DuplicateOf].ID
		}
		if v.Translation {
			row["source"] = all[v.TranslationOf].ID
		}
		if err := e.Encode(row); err != nil {
			return err
		}
	}
	return w.Flush()
}
