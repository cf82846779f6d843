package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"chapar/cmd/chapar/config"
	"chapar/normalize"
	"chapar/normalize/relevance"
	"chapar/store"
)

// learned adds to a page what the articles of its source have in common.
func (in *intake) learned(ctx context.Context, source string, raw normalize.Raw) (normalize.Raw, error) {
	if in.recurrence == nil || source == "" {
		return raw, nil
	}
	r, err := in.recurrence(ctx, source)
	raw.Hint.Recurrence = &r
	return raw, err
}

// remembered asks once for each source: a rebuild reads many pages of one. It is safe for concurrent use.
func remembered(ask func(context.Context, string) (normalize.Recurrence, error)) func(context.Context, string) (normalize.Recurrence, error) {
	var lock sync.Mutex
	known := map[string]normalize.Recurrence{}
	return func(ctx context.Context, source string) (normalize.Recurrence, error) {
		lock.Lock()
		defer lock.Unlock()
		if r, ok := known[source]; ok {
			return r, nil
		}
		r, err := ask(ctx, source)
		if err == nil {
			known[source] = r
		}
		return r, err
	}
}

// clean takes out of the articles of a source what was found to recur since they came in, and puts back what a person
// keeps. It may be ended at any point: the store knows what is left.
func (in *intake) clean(ctx context.Context, s *settings, src config.Source) error {
	for {
		stale, r, err := in.db.Stale(ctx, src.ID)
		if err != nil || len(stale) == 0 {
			return err
		}
		all := make([]store.Rebuilt, len(stale))
		for i, st := range stale {
			all[i] = store.Rebuilt{Made: st.Made, Document: s.cleaned(st, r, src)}
		}
		placed, err := in.db.Clean(ctx, src.ID, all)
		if err != nil {
			return err
		}
		left := 0
		for _, p := range placed {
			if p.As == store.PlacedSame {
				left++
				continue
			}
			in.log.Info("cleaned", "source", src.ID, "id", p.ID, "number", p.Number, "revision", p.Revision, "sha256", p.SHA256)
		}
		if left > 0 { // they changed meanwhile; the next article of the source comes back to them
			return nil
		}
	}
}

// cleaned is an article without what recurs. One that has nothing of it stays as it is.
func (s *settings) cleaned(st store.Stale, r normalize.Recurrence, src config.Source) normalize.Document {
	rec := st.Record
	text, removed := r.Strip(st.Whole)
	d := normalize.Document{Language: rec.Language, Essence: normalize.Essence(rec.Title, text),
		Relevance: relevance.Result{Score: rec.Relevance, Topics: rec.Topics, Places: rec.Places, Reasons: rec.Reasons}}
	if text != rec.Text {
		d = s.of(src.ID).Text(rec.Title, text, normalize.Hint{Language: rec.Language, Country: src.Country}, "")
	}
	d.Title, d.Text, d.Removed = rec.Title, text, removed
	if removed != nil {
		d.Whole = normalize.Essence(rec.Title, st.Whole)
	}
	return d
}

type sourcesBoilerplateCommand struct {
	Source string   `arg:"" name:"id" help:"Id of a source."`
	Keep   []string `placeholder:"LINE" help:"A line, by its id or the beginning of it, that belongs to the articles: it is put back and stays."`
	JSON   bool     `name:"json" help:"JSON for programs."`
}

// Help implements kong.HelpProvider.
func (*sourcesBoilerplateCommand) Help() string {
	return `A paragraph that stands in three different articles of one source, among its last two dozen, is no part of any: it
is left out of those to come and taken out of those that are there, as a revision with the cause "cleaned". Copies of one
article count once. "chapar show" tells what was taken out of an article.

--keep writes to the database, so it is refused while "chapar run" is at work.`
}

func (b *sourcesBoilerplateCommand) Run(ctx context.Context, a *app) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	src, ok := c.Source(b.Source)
	if !ok {
		return usage("there is no source %q in %s; `chapar sources` lists them", b.Source, c.File)
	}
	if err := exists(c.Database); err != nil {
		return err
	}
	if len(b.Keep) > 0 {
		if err := b.keep(ctx, a, c, src); err != nil {
			return err
		}
	}
	from, err := a.reader(ctx, c.Database)
	if err != nil {
		return err
	}
	defer from.Close()
	r, err := from.Recurrence(ctx, src.ID)
	if err != nil {
		return err
	}
	if b.JSON {
		if r.Lines == nil {
			r.Lines = []normalize.RecurringLine{}
		}
		return a.json(r.Lines)
	}
	if len(r.Lines) == 0 {
		_, err := fmt.Fprintf(a.out, "the articles of %s have no paragraph in common\n", src.ID)
		return err
	}
	t := table{loose: 3}
	t.row("LINE", "ARTICLES", "STATE", "TEXT")
	for _, l := range r.Lines {
		state := "left out"
		if l.Kept {
			state = "kept"
		}
		t.row(l.Print.String(), strconv.Itoa(l.Times), state, l.Text)
	}
	return t.write(a.out, width(a.out))
}

// keep has lines stay in the articles and puts them back.
func (b *sourcesBoilerplateCommand) keep(ctx context.Context, a *app, c *config.Config, src config.Source) error {
	s, err := newSettings(c)
	if err != nil {
		return err
	}
	db, err := open(c.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.KeepLines(ctx, src.ID, b.Keep...)
	if unknown, ok := errors.AsType[*store.LineError](err); ok {
		return usage("--keep %q is not the id of one line, and nothing was changed; `chapar sources boilerplate %s` lists them", unknown.ID, src.ID)
	} else if err != nil {
		return err
	}
	return newIntake(db, s, a.logger()).clean(ctx, s, src)
}
