// Command weigh fits the weights by which relevance makes a score of the features of a text.
//
//	go run ./normalize/internal/weigh normalize/relevance/data/weights.tsv dev.jsonl stream.jsonl
//
// The labelled files have one JSON object a line with the fields id, source, outlet_country, label (0 to 2), title and
// text; a text that stands in several counts once. Before the weights of all texts are written, they are judged by
// cross-validation: texts of one group, which are neighbours in their source, are kept back together. The same files give
// the same weights.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"chapar/normalize"
	"chapar/normalize/relevance"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "weigh:", err)
		os.Exit(1)
	}
}

// text is one labelled line.
type text struct {
	ID      string
	Source  string
	Country string `json:"outlet_country"`
	Label   int
	Title   string
	Text    string

	group  string
	files  map[int]bool // in which of the files it stands
	values []float64
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("weigh", flag.ContinueOnError)
	sums := flags.String("sums", "", "file to write the id of each text and what it got in cross-validation to")
	picture := flags.String("picture", "", "file to draw precision against recall of the first file to, as in cross-validation")
	if err := flags.Parse(args); err != nil {
		return err
	}
	args = flags.Args()
	if len(args) < 2 {
		return errors.New("usage: weigh [-sums FILE] [-picture FILE] WEIGHTS LABELLED")
	}
	texts, err := read(args[1:])
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the labelled texts are not here (%v): weights can only be fitted where they are", err)
	}
	if err != nil {
		return err
	}
	m, err := relevance.New(relevance.Options{})
	if err != nil {
		return err
	}
	names := relevance.Features()
	for _, t := range texts {
		t.measure(m, names)
	}
	guesses := judge(texts, names, args[1:], out)
	if *sums != "" {
		if err := write(*sums, texts, guesses); err != nil {
			return err
		}
	}
	if *picture != "" {
		if err := os.WriteFile(*picture, []byte(draw(guesses)), 0o644); err != nil {
			return err
		}
	}
	bias, weights := fit(texts, names)
	if err := os.WriteFile(args[0], table(names, bias, weights), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d weights from %d texts\n", args[0], len(weights)+1, len(texts))
	return nil
}

// read reads the files; a text that stands in several is one.
func read(paths []string) ([]*text, error) {
	var texts []*text
	seen := map[string]*text{}
	for i, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for n := 1; lines.Scan(); n++ {
			t := new(text)
			if err := json.Unmarshal(lines.Bytes(), t); err != nil {
				f.Close()
				return nil, fmt.Errorf("cannot read line %d of %s: %w", n, path, err)
			}
			if had := seen[t.ID]; had != nil {
				had.files[i] = true
				continue
			}
			seen[t.ID] = t
			t.files = map[int]bool{i: true}
			t.group = group(t.ID)
			texts = append(texts, t)
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// group is what an id has before its last two digits: numbers that are near each other are of neighbouring texts.
func group(id string) string {
	if len(id) > 4 && strings.Trim(id[len(id)-2:], "0123456789") == "" {
		return id[:len(id)-2]
	}
	return id
}

func (t *text) measure(m *relevance.Model, names []string) {
	language, _ := normalize.Language(t.Title + "\n" + t.Text)
	e := m.Explain(relevance.Input{Title: t.Title, Text: t.Text, Language: language, Country: t.Country})
	value := map[string]float64{}
	for _, f := range e.Figures {
		value[f.Name] = f.Value
	}
	t.values = make([]float64, len(names))
	for i, n := range names {
		t.values[i] = value[n]
	}
}

// write puts the sum of each text, the mean over all repeats, into a file.
func write(path string, texts []*text, guesses []guess) error {
	mean := map[*text]float64{}
	for _, g := range guesses {
		mean[g.text] += g.sum / repeats
	}
	var b strings.Builder
	for _, t := range texts {
		fmt.Fprintf(&b, "%s\t%d\t%.3f\n", t.ID, t.Label, mean[t])
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// draw gives the curve of the first file's texts, each judged by weights that were fitted without its neighbours.
func draw(guesses []guess) string {
	var list []relevance.Judged
	for _, g := range guesses {
		if g.text.files[0] {
			list = append(list, relevance.Judged{Score: logistic(g.sum), Belongs: g.text.Label > 0})
		}
	}
	return relevance.Picture(relevance.Curve(list), 0.3, 0.5, 0.7)
}

// table makes the bytes of the table of weights.
func table(names []string, bias float64, weights []float64) []byte {
	var b strings.Builder
	b.WriteString(`# The weights of the features, written by the program normalize/internal/weigh: not to be edited by hand.
# Fitted to 481 labelled articles in twelve languages and half of a natural stream of one Kyrgyz agency. Figures only.
# A score is the logistic of the bias and of each feature's value (0 to 1) times its weight. What the features are is
# told in features.go.
`)
	b.WriteString("#feature\tweight\n")
	fmt.Fprintf(&b, "bias\t%.3f\n", bias)
	for i, n := range names {
		fmt.Fprintf(&b, "%s\t%.3f\n", n, weights[i])
	}
	return []byte(b.String())
}
