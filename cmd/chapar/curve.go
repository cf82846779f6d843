package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"chapar/cmd/chapar/config"
	"chapar/normalize"
	"chapar/normalize/relevance"
	"chapar/store/whole"
)

type relevanceCurveCommand struct {
	Labelled []string `arg:"" name:"file" help:"JSON Lines of labelled articles; - is standard input."`
	Out      string   `placeholder:"FILE.svg" help:"Write the picture there."`
	Wrong    int      `placeholder:"N" help:"Show at most so many articles that the threshold in force judges wrongly, the worst first."`
	JSON     bool     `name:"json" help:"JSON for programs."`
}

// Help implements kong.HelpProvider.
func (*relevanceCurveCommand) Help() string {
	return `Each line is a JSON object with title, text and label: 0 does not belong, 1 or more does (false and true will do).
It may have id, language, country (of the outlet; outlet_country will do) and source, an id of the config whose country,
terms and threshold hold then. Lines of "chapar export --format jsonl" to which a label was added are such lines.

The settings are those of the config, if there is one, so that a change of terms can be measured before it is put in force.
Precision is the share of what is taken that belongs, recall the share of what belongs that is taken.`
}

// labelled is an article of which a person has said whether it belongs.
type labelled struct {
	ID       string          `json:"id"`
	Title    string          `json:"title"`
	Text     string          `json:"text"`
	Label    json.RawMessage `json:"label"`
	Language string          `json:"language"`
	Country  string          `json:"country"`
	Outlet   string          `json:"outlet_country"`
	Source   string          `json:"source"`

	belongs bool
	score   float64
	least   float64 // its threshold
	reasons []string
}

// wrong says how far the judgement is on the wrong side of the threshold; below 0 it is on the right one.
func (l labelled) wrong() float64 {
	if l.belongs {
		return l.least - l.score
	}
	return l.score - l.least
}

func (r *relevanceCurveCommand) Run(ctx context.Context, a *app) error {
	if r.Wrong < 0 {
		return usage("--wrong is at least 0, not %d", r.Wrong)
	}
	if r.Out != "" && !strings.EqualFold(filepath.Ext(r.Out), ".svg") {
		return usage("--out %s: the picture is an SVG; name it such as curve.svg", r.Out)
	}
	c, err := a.load()
	if err != nil {
		if a.Config != "" || errors.As(err, new(config.Problems)) {
			return err
		}
		c = config.Default()
	}
	set, err := newSettings(c)
	if err != nil {
		return err
	}
	var all []labelled
	for _, name := range r.Labelled {
		if err := a.labelled(ctx, set, name, func(l labelled) { all = append(all, l) }); err != nil {
			return err
		}
	}
	list := make([]relevance.Judged, len(all))
	for i, l := range all {
		list[i] = relevance.Judged{Score: l.score, Belongs: l.belongs}
	}
	points := relevance.Curve(list)
	if len(points) == 0 {
		return fmt.Errorf("none of %s is labelled as one that belongs: there is nothing to be found", counted(len(all), "article"))
	}
	if r.Out != "" {
		picture := relevance.Picture(points, marks(c.Relevance.Threshold)...)
		if err := whole.Replace(r.Out, whole.Options{}, func(w io.Writer) error {
			_, err := io.WriteString(w, picture)
			return err
		}); err != nil {
			return fmt.Errorf("cannot write the picture: %w", err)
		}
	}
	if r.JSON {
		return a.json(curveReport(c.Relevance.Threshold, all, points))
	}
	return r.show(a, c.Relevance.Threshold, all, points)
}

// marks are the thresholds that stand out in a picture: the one in force, and one to each side of it.
func marks(inForce float64) []float64 {
	var at []float64
	for _, t := range []float64{inForce - 0.2, inForce, inForce + 0.2} {
		if t > 0 && t < 1 {
			at = append(at, t)
		}
	}
	return at
}

// labelled reads a file and judges its articles.
func (a *app) labelled(ctx context.Context, set *settings, name string, take func(labelled)) error {
	in := a.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return usageError{err}
		}
		defer f.Close()
		in = f
	}
	lines := bufio.NewReaderSize(in, 1<<20)
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("cannot read %s: %w", name, err)
		}
		if len(strings.TrimSpace(string(line))) > 0 {
			l, bad := judgeLabelled(set, line)
			if bad != nil {
				return fmt.Errorf("%s:%d: %w", name, n, bad)
			}
			take(l)
		}
		if err != nil {
			return nil
		}
	}
}

func judgeLabelled(set *settings, line []byte) (l labelled, err error) {
	if err := json.Unmarshal(line, &l); err != nil {
		return l, fmt.Errorf("no labelled article: %w", err)
	}
	if l.belongs, err = belongs(l.Label); err != nil {
		return l, err
	}
	if strings.TrimSpace(l.Title+l.Text) == "" {
		return l, errors.New("it has neither title nor text")
	}
	if l.Language == "" {
		l.Language, _ = normalize.Language(l.Title + "\n" + l.Text)
	}
	src, _ := set.config.Source(l.Source)
	r := set.of(src.ID).Judge(relevance.Input{Title: l.Title, Text: l.Text, Language: l.Language, Country: cmp.Or(l.Country, l.Outlet, src.Country)})
	l.score, l.reasons, l.least = r.Score, r.Reasons, set.config.Threshold(src.ID)
	return l, nil
}

// belongs reads a label.
func belongs(label json.RawMessage) (bool, error) {
	var grade float64
	var is bool
	switch {
	case len(label) == 0 || string(label) == "null":
		return false, errors.New("it has no label; add label: 0 for one that does not belong, 1 for one that does")
	case json.Unmarshal(label, &is) == nil:
		return is, nil
	case json.Unmarshal(label, &grade) == nil:
		return grade > 0, nil
	}
	return false, fmt.Errorf("label %s is none: 0 or false does not belong, 1, 2 or true does", label)
}

// report is what programs get of a curve.
type report struct {
	Articles         int               `json:"articles"`
	Belong           int               `json:"belong"`
	AveragePrecision float64           `json:"average_precision"`
	Threshold        relevance.Point   `json:"threshold"` // what the one in force takes
	Best             relevance.Point   `json:"best"`      // by F1
	Points           []relevance.Point `json:"points"`
}

func curveReport(threshold float64, all []labelled, points []relevance.Point) report {
	r := report{Articles: len(all), AveragePrecision: relevance.AveragePrecision(points), Threshold: relevance.At(points, threshold), Points: points}
	for _, l := range all {
		if l.belongs {
			r.Belong++
		}
	}
	r.Best = slices.MaxFunc(points, func(x, y relevance.Point) int { return cmp.Compare(x.F1, y.F1) })
	return r
}

// show tells people.
func (r *relevanceCurveCommand) show(a *app, threshold float64, all []labelled, points []relevance.Point) error {
	sum := curveReport(threshold, all, points)
	fmt.Fprintf(a.out, "%s, %d of which belong; average precision %.3f\n\n", counted(sum.Articles, "article"), sum.Belong, sum.AveragePrecision)
	t := table{}
	t.row("THRESHOLD", "TAKEN", "PRECISION", "RECALL", "F1", "")
	steps := []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}
	if !slices.Contains(steps, threshold) {
		steps = append(steps, threshold)
		slices.Sort(steps)
	}
	for _, step := range steps {
		p, note := relevance.At(points, step), ""
		if step == threshold {
			note = "in force"
		}
		t.row(fmt.Sprintf("%.2f", step), fmt.Sprint(p.Taken), fmt.Sprintf("%.3f", p.Precision), fmt.Sprintf("%.3f", p.Recall), fmt.Sprintf("%.3f", p.F1), note)
	}
	if err := t.write(a.out, width(a.out)); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\nthe best F1, %.3f, is that of the threshold %.3f\n", sum.Best.F1, sum.Best.Threshold)
	if r.Out != "" {
		fmt.Fprintf(a.out, "the picture is in %s\n", plain(r.Out))
	}
	return r.showWrong(a, all)
}

// showWrong lists what is judged wrongly.
func (r *relevanceCurveCommand) showWrong(a *app, all []labelled) error {
	wrong := slices.DeleteFunc(slices.Clone(all), func(l labelled) bool { return (l.score >= l.least) == l.belongs })
	slices.SortStableFunc(wrong, func(x, y labelled) int { return cmp.Compare(y.wrong(), x.wrong()) })
	for _, l := range wrong[:min(len(wrong), r.Wrong)] {
		what := "false alarm"
		if l.belongs {
			what = "missed"
		}
		fmt.Fprintf(a.out, "\n%s at %.2f: %s\n", what, l.score, plain(strings.TrimSpace(l.ID+"  "+short(l.Title, 100))))
		const most = 3
		for _, why := range l.reasons[:min(len(l.reasons), most)] {
			fmt.Fprintf(a.out, "  %s\n", plain(why))
		}
	}
	return nil
}
