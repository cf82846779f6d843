package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"chapar/cmd/chapar/config"
	"chapar/normalize/relevance"
	"chapar/store"
)

// explained is the judgement of an article by the present settings, with all that it is made of.
type explained struct {
	ID        string  `json:"id,omitempty"` // of one that is kept
	URL       string  `json:"url"`
	Source    string  `json:"source"`
	Title     string  `json:"title"`
	Language  string  `json:"language"`
	Noted     float64 `json:"noted"`     // the score that stands in the database
	Threshold float64 `json:"threshold"` // of its source
	Relevant  bool    `json:"relevant"`  // by the present settings
	relevance.Explanation
}

// why judges an article anew, be it kept or dropped, and tells every contribution.
func (s *showCommand) why(ctx context.Context, a *app, c *config.Config, r reading) error {
	set, err := newSettings(c)
	if err != nil {
		return err
	}
	e, err := s.explain(ctx, a, set, r)
	if err != nil {
		return err
	}
	if s.JSON {
		return a.json(e)
	}
	return e.show(a)
}

// explain finds the text of an article and judges it.
func (s *showCommand) explain(ctx context.Context, a *app, set *settings, r reading) (e explained, err error) {
	rec, err := r.Record(ctx, s.ID)
	if err == nil {
		source := rec.Source
		if rec.TextFrom == store.FromImport {
			source = "" // what is imported is judged without its source
		}
		src, _ := set.config.Source(source)
		e = explained{ID: rec.ID, URL: rec.URL, Source: rec.Source, Title: rec.Title, Language: rec.Language, Noted: rec.Relevance,
			Threshold: set.config.Threshold(src.ID)}
		e.judge(set, src, rec.Text)
		return e, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return e, err
	}
	m, err := r.DroppedAt(ctx, s.ID)
	if errors.Is(err, store.ErrNotFound) {
		return e, fmt.Errorf("no article that was kept or dropped is known as %q, so none was judged; `chapar show %s` tells what is known of an address", s.ID, s.ID)
	}
	if err != nil {
		return e, err
	}
	if m.Page == nil {
		return e, fmt.Errorf("the page of %s is not kept (fetch.keep_pages), so that its text cannot be judged anew; `chapar show %s` tells the reasons that were noted", s.ID, s.ID)
	}
	p := rereader{s: set, in: newIntake(nil, set, a.logger())}
	p.in.recurrence = r.Recurrence
	again := p.remake(ctx, m)
	if again.unnamed {
		return e, fmt.Errorf("the config does not name the source %q of %s, so that its page cannot be read again", m.Rejected.Source, s.ID)
	}
	if again.err != nil {
		return e, fmt.Errorf("the page of %s, as it is kept, gives no article by the present rules: %w", s.ID, again.err)
	}
	d := again.doc
	e = explained{URL: m.Rejected.URL, Source: m.Rejected.Source, Title: d.Title, Language: d.Language, Noted: m.Rejected.Relevance,
		Threshold: set.config.Threshold(again.source.ID)}
	e.judge(set, again.source, d.Text)
	return e, nil
}

// judge sets the judgement of the article's text.
func (e *explained) judge(set *settings, src config.Source, text string) {
	e.Explanation = set.of(src.ID).Explain(relevance.Input{Title: e.Title, Text: text, Language: e.Language, Country: src.Country})
	e.Relevant = e.Score >= e.Threshold
}

// show tells people: the verdict, what each word brought, and the same by feature.
func (e explained) show(a *app) error {
	verdict := "relevant"
	if !e.Relevant {
		verdict = "not relevant"
	}
	t := table{loose: 1, wrap: true}
	t.row("title", e.Title)
	t.row("source", e.Source)
	t.row("language", e.Language)
	t.row("relevance", fmt.Sprintf("%.2f, threshold %.2f: %s", e.Score, e.Threshold, verdict))
	if e.Noted != e.Score {
		t.row("", fmt.Sprintf("the database has %.2f, by other settings or rules; `chapar relevance replay` renews it", e.Noted))
	}
	t.row("topics", strings.Join(e.Topics, ", "))
	t.row("places", strings.Join(e.Places, "; "))
	if err := t.write(a.out, width(a.out)); err != nil {
		return err
	}
	fmt.Fprintln(a.out)
	if len(e.Figures)+len(e.Contributions) == 0 && len(e.Reasons) > 0 {
		_, err := fmt.Fprintln(a.out, plain(strings.Join(e.Reasons, "\n")))
		return err
	}
	words := table{loose: 2, wrap: true}
	words.row("POINTS", "WHERE", "WORD", "WHAT IT IS")
	words.row(points(e.Base), "", "", "what every text begins with")
	for _, c := range e.Contributions {
		words.row(points(c.Points), c.Where, c.Text, c.What)
	}
	words.row(points(e.Sum), "", "", fmt.Sprintf("in all; 1/(1+e^-x) of it is %.3f", e.Score))
	if err := words.write(a.out, width(a.out)); err != nil {
		return err
	}
	fmt.Fprintln(a.out)
	figures := table{loose: 2}
	figures.row("POINTS", "VALUE", "FEATURE")
	for _, f := range e.Figures {
		figures.row(points(f.Points), fmt.Sprintf("%.2f", f.Value), f.Name)
	}
	return figures.write(a.out, width(a.out))
}

// points are shown with their sign, so that they stand below each other.
func points(x float64) string { return fmt.Sprintf("%+.2f", x) }
