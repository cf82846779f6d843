package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store"
)

// rereader is what a rebuild and a replay have in common: it reads what was kept and dropped, makes documents of it as the
// intake would today, and shows them to people or programs.
type rereader struct {
	s  *settings
	in *intake
	db *store.DB // nil: nothing is written

	app    *app
	from   reading
	wanted store.Query
	out    io.Writer
	paint  painter
	asJSON bool
	limit  int // how many articles people are shown; 0 is all
	shown  int
}

// open sees to all that can be wrong and opens the database: to write if apply is set, else to read, also while it is held
// by a running chapar. The caller closes from.
func (p *rereader) open(ctx context.Context, a *app, f filters, apply bool) (err error) {
	if p.limit < 0 {
		return usage("--limit is at least 0, not %d", p.limit)
	}
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	strangers := f.present(c, a.err)
	if p.wanted, err = f.query(c, time.Now()); err != nil {
		return err
	}
	if p.s, err = newSettings(c); err != nil {
		return err
	}
	if err := exists(c.Database); err != nil {
		return err
	}
	p.app, p.in, p.out, p.paint = a, newIntake(nil, p.s, a.logger()), a.out, newPainter(a.out)
	if terminal(a.out) && terminal(a.err) { // the progress bar stands there too
		p.out = overBar{a.out}
		p.paint.w = p.out
	}
	if !apply {
		p.from, err = a.reader(ctx, c.Database)
	} else if p.db, err = open(c.Database); err == nil {
		p.from = p.db
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			p.from.Close()
		}
	}()
	if apply { // what keeps articles would do it too, and could not be interrupted
		if _, err := p.db.Prepare(ctx); err != nil {
			return err
		}
	}
	p.in.recurrence = remembered(p.from.Recurrence)
	return met(ctx, c, p.from, "--source ", strangers)
}

// shows counts an article that people are told of, and says whether it is one of those that they are shown.
func (p *rereader) shows() bool {
	p.shown++
	return p.limit == 0 || p.shown <= p.limit
}

// ended tells people how many articles were not shown, and parts what was from the summary.
func (p *rereader) ended() {
	if p.limit > 0 && p.shown > p.limit {
		fmt.Fprintf(p.app.out, "… and %d more; --limit 0 shows all\n", p.shown-p.limit)
	}
	if p.shown > 0 {
		fmt.Fprintln(p.app.out)
	}
}

// remade is what one kept page is read as today.
type remade struct {
	store.Made
	source  config.Source
	doc     normalize.Document
	unnamed bool  // the config does not name its source
	err     error // why it would be no article
}

// remake reads a page as the intake would today.
func (p *rereader) remake(ctx context.Context, m store.Made) remade {
	r := remade{Made: m}
	if m.Page == nil {
		return r
	}
	e, ok := p.entry(&r)
	if !ok {
		r.unnamed = true
		return r
	}
	raw, err := p.in.learned(ctx, r.source.ID, rawPage(r.source, e, *m.Page))
	if err != nil {
		r.err = err
		return r
	}
	r.doc, r.err = p.in.document(ctx, p.s.of(r.source.ID), raw)
	if rec := m.Record; r.err == nil && m.Confirmed && normalize.Essence(rec.Title, rec.Text) == r.doc.Essence {
		// The page still says what the feed's text says: that text is judged anew, what is known of it stays.
		d := p.s.of(r.source.ID).Text(rec.Title, rec.Text, normalize.Hint{Language: raw.Hint.Language, Country: raw.Hint.Country}, "")
		d.Title, d.Text = rec.Title, rec.Text
		d.Removed, d.Whole = r.doc.Removed, r.doc.Whole
		r.doc = d
	}
	return r
}

// entry gives the entry that led to a page, and finds the source by whose rules it is read: the one that fetched it, or
// the one that the article belongs to. ok is false if the config names neither.
func (p *rereader) entry(r *remade) (e fetcher.Entry, ok bool) {
	owner := ""
	if r.Record != nil {
		owner = r.Record.Source
	} else {
		owner = r.Rejected.Source
	}
	switch {
	case r.Entry != nil:
		e = *r.Entry
	case r.Record != nil: // the page was kept before entries were noted with it: the article itself tells most of it
		rec := r.Record
		e = fetcher.Entry{Source: owner, Link: rec.URL, Title: rec.Title, Authors: rec.Authors, Language: rec.Language}
		if rec.Published != nil && rec.DateFrom == string(normalize.FromFeed) {
			e.Published = *rec.Published
		}
	default:
		e = fetcher.Entry{Source: owner, Link: r.Rejected.URL, Title: r.Rejected.Title, Language: r.Rejected.Language}
	}
	if r.source, ok = p.s.config.Source(e.Source); !ok {
		r.source, ok = p.s.config.Source(owner)
	}
	e.Source = r.source.ID
	return e, ok
}

// keep keeps an article that was dropped.
func (p *rereader) keep(r remade) (store.Placement, error) {
	e, _ := p.entry(&r)
	j := fetcher.Job{Entry: e, Host: fetcher.HostOf(e.Link), Key: r.Rejected.Key}
	now := time.Now()
	k := store.Keeping{SourceName: r.source.Name, TextFrom: store.FromPage, KeepPage: true}
	if wait, more := fetcher.Again(p.s.config.Fetch.Revisit, 0, r.Page.Fetched, now); more {
		k.Again, k.AgainWait = now.Add(wait), wait
	}
	return p.db.Keep(j, *r.Page, r.doc, k)
}

// inOrder works items on some goroutines and hands the results over in the order of the items. Few items are in memory
// at once.
func inOrder[T, R any](ctx context.Context, items iter.Seq2[T, error], jobs int, do func(context.Context, T) R, take func(R) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	type work struct {
		item   T
		err    error
		result chan R
	}
	todo, order := make(chan work), make(chan work, jobs)
	wg.Go(func() {
		defer close(order)
		defer close(todo)
		for item, err := range items {
			w := work{item, err, make(chan R, 1)}
			select {
			case order <- w:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			select {
			case todo <- w:
			case <-ctx.Done():
				return
			}
		}
	})
	for range jobs {
		wg.Go(func() {
			for w := range todo {
				w.result <- do(ctx, w.item)
			}
		})
	}
	for w := range order {
		if w.err != nil {
			return w.err
		}
		select {
		case r := <-w.result:
			if err := take(r); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}
