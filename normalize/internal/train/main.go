// Command train makes the table by which normalize tells languages apart.
//
//	go run ./normalize/internal/train dev.jsonl normalize/data/language.table
//
// The first file has one JSON object a line with the fields variant, domain, len and text; in it the four lengths of one
// block of text follow one another. Before the table of all texts is written, each fifth of the blocks in turn is kept
// back from a table of the others and guessed by it, and the shares of right guesses are shown. The same file gives the
// same bytes.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"chapar/normalize/internal/gram"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

// text is one line of the file.
type text struct {
	Variant string
	Domain  string
	Len     int
	Text    string
	block   int // its place among the blocks of its language and domain
}

func run(args []string, out io.Writer) error {
	if len(args) != 2 {
		return errors.New("usage: train TEXTS TABLE")
	}
	texts, err := read(args[0])
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not here: the table can only be made where the texts are", args[0])
	}
	if err != nil {
		return err
	}
	if err := test(texts, out); err != nil {
		return err
	}
	table, err := gram.Train(samples(texts, func(text) bool { return true }))
	if err != nil {
		return err
	}
	if err := os.WriteFile(args[1], table, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d bytes from %d texts\n", args[1], len(table), len(texts))
	return nil
}

func read(path string) ([]text, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var texts []text
	blocks := make(map[string]int)
	last := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var t text
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return nil, fmt.Errorf("cannot read text %d of %s: %w", len(texts)+1, path, err)
		}
		key := t.Variant + " " + t.Domain
		if t.Len <= last || blocks[key] == 0 {
			blocks[key]++
		}
		last = t.Len
		t.block = blocks[key]
		texts = append(texts, t)
	}
	return texts, lines.Err()
}

// samples are those of the texts that are wanted. Chinese is left out: its script says what it is.
func samples(texts []text, want func(text) bool) []gram.Sample {
	var s []gram.Sample
	for _, t := range texts {
		if t.Variant != "zh" && want(t) {
			s = append(s, gram.Sample{Language: t.Variant, Text: t.Text})
		}
	}
	return s
}

// folds is into how many parts the blocks are parted for testing.
const folds = 5

// central are the variants that matter most here.
const central = " kk kk-Latn ky uz uz-Cyrl tg tk "

func test(texts []text, out io.Writer) error {
	lengths := []int{20, 50, 100, 500}
	type score struct{ right, all int }
	total, near := make(map[int]*score), make(map[int]*score)
	for _, n := range lengths {
		total[n], near[n] = new(score), new(score)
	}
	for fold := range folds {
		back := func(t text) bool { return t.block%folds == fold }
		data, err := gram.Train(samples(texts, func(t text) bool { return !back(t) }))
		if err != nil {
			return err
		}
		table, err := gram.Read(data)
		if err != nil {
			return err
		}
		for _, s := range texts {
			if s.Variant == "zh" || !back(s) || total[s.Len] == nil {
				continue
			}
			right := 0
			if code(table.Guess(s.Text).Language) == code(s.Variant) {
				right = 1
			}
			total[s.Len].right += right
			total[s.Len].all++
			if strings.Contains(central, " "+s.Variant+" ") {
				near[s.Len].right += right
				near[s.Len].all++
			}
		}
	}
	for _, n := range lengths {
		fmt.Fprintf(out, "%3d characters: all %.1f %% of %d, Central Asian %.1f %% of %d\n", n,
			100*float64(total[n].right)/float64(total[n].all), total[n].all,
			100*float64(near[n].right)/float64(near[n].all), near[n].all)
	}
	return nil
}

// code is the language without its script.
func code(variant string) string {
	c, _, _ := strings.Cut(variant, "-")
	return c
}
