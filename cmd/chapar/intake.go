package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/normalize"
	"chapar/normalize/dedup"
	"chapar/store"
)

// intake is the one junction of the line: what the lanes bring in becomes a document and is kept, dropped or refused.
type intake struct {
	db    *store.DB
	log   *slog.Logger
	cores chan struct{} // normalizing is work for the processor: one a core at once

	// extract reads a page; nil reads it in this process.
	extract func(context.Context, normalize.Raw) (normalize.Extract, error)

	now atomic.Pointer[settings]

	meters *meters // nil counts nothing

	recurrence func(ctx context.Context, source string) (normalize.Recurrence, error) // nil knows nothing
}

var _ fetcher.Intake = (*intake)(nil)

// settings are what a reload changes.
type settings struct {
	config     *config.Config
	normalizer *normalize.Normalizer            // of texts that have no source, and of all sources without terms of their own
	own        map[string]*normalize.Normalizer // of the others, by source
}

func newSettings(c *config.Config) (*settings, error) {
	n, err := normalize.New(normalize.Options{Relevance: c.Judging(config.Source{})})
	if err != nil {
		return nil, fmt.Errorf("cannot use the relevance settings: %w", err)
	}
	s := &settings{c, n, map[string]*normalize.Normalizer{}}
	for _, src := range c.Sources {
		if len(src.Terms)+len(src.Exclude) == 0 {
			continue
		}
		if s.own[src.ID], err = normalize.New(normalize.Options{Relevance: c.Judging(src)}); err != nil {
			return nil, fmt.Errorf("cannot use the relevance settings of the source %s: %w", src.ID, err)
		}
	}
	return s, nil
}

// of gives the normalizer of a source's articles.
func (s *settings) of(source string) *normalize.Normalizer {
	if n := s.own[source]; n != nil {
		return n
	}
	return s.normalizer
}

func newIntake(db *store.DB, s *settings, log *slog.Logger) *intake {
	in := &intake{db: db, log: log, cores: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if db != nil {
		in.recurrence = db.Recurrence
	}
	in.now.Store(s)
	return in
}

// Page implements fetcher.Intake.
func (in *intake) Page(ctx context.Context, j fetcher.Job, p fetcher.Page) error {
	s := in.now.Load()
	src, _ := s.config.Source(j.Entry.Source)
	raw, err := in.learned(ctx, src.ID, rawPage(src, j.Entry, p))
	if err != nil {
		return err
	}
	d, err := in.document(ctx, s.of(src.ID), raw)
	if err != nil && !errors.Is(err, normalize.ErrWalled) {
		return refusal(err)
	}
	full, ok := in.fuller(ctx, s, src, j, d, raw.Hint)
	if err != nil && !ok {
		return refusal(err)
	}
	if j.Revisit {
		if err := in.replaced(ctx, j, d); err != nil {
			return err
		}
	}
	from := store.FromPage
	if ok {
		d, from = full, store.FromFeed
	}
	return in.place(ctx, s, src, j, p, d, from, false)
}

// rawPage is a page as the normalizer takes it. A rebuild gives it the same.
func rawPage(src config.Source, e fetcher.Entry, p fetcher.Page) normalize.Raw {
	return normalize.Raw{URL: p.Final, ContentType: p.Header.Get("Content-Type"), Body: p.Body, Hint: hint(src, e, p.Fetched), Rules: src.Rules}
}

// fuller gives the feed's own text where the page shows but the beginning of it, as one behind a paywall does. What the
// page says of the article stands.
func (in *intake) fuller(ctx context.Context, s *settings, src config.Source, j fetcher.Job, d normalize.Document, h normalize.Hint) (normalize.Document, bool) {
	if len(j.Entry.Content) <= len(d.Text) {
		return d, false
	}
	feed, err := in.document(ctx, s.of(src.ID), fragment(j.Entry, h))
	const part, share = 0.6, 0.5
	if err != nil || float64(len(d.Text)) > part*float64(len(feed.Text)) || overlap(feed.Text, d.Text) < share {
		return d, false
	}
	full := s.of(src.ID).Text(d.Title, feed.Text, h, d.CanonicalURL)
	full.Authors, full.Published, full.Modified = d.Authors, d.Published, d.Modified
	full.Removed, full.Whole = feed.Removed, feed.Whole
	return full, true
}

// fragment is the text that an entry brought.
func fragment(e fetcher.Entry, h normalize.Hint) normalize.Raw {
	return normalize.Raw{URL: e.Link, Body: []byte(e.Content), ContentType: "text/html; charset=utf-8", Fragment: true, Hint: h}
}

// replaced refuses a page that shows something else where a kept article stood: far less text, another headline and
// hardly a word in common. A site that is being repaired says so at every address; what was kept stays.
func (in *intake) replaced(ctx context.Context, j fetcher.Job, d normalize.Document) error {
	old, err := in.db.Record(ctx, j.Entry.Link)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	const share, part = 0.2, 2
	if old.Title == d.Title || len(d.Text)*part > len(old.Text) || overlap(old.Text, d.Text) > share {
		return nil
	}
	return &fetcher.Failure{Class: fetcher.Soft, Outcome: fetcher.Unavailable, Reached: true,
		Err: fmt.Errorf("%q stands where the article was", d.Title)}
}

// overlap is the share of the later text's words that the earlier one has.
func overlap(earlier, later string) float64 {
	has := map[string]bool{}
	for w := range dedup.Words(earlier) {
		has[string(w)] = true
	}
	shared, all := 0.0, 0.0
	for w := range dedup.Words(later) {
		if all++; has[string(w)] {
			shared++
		}
	}
	return shared / max(all, 1)
}

// Text implements fetcher.Intake.
func (in *intake) Text(ctx context.Context, j fetcher.Job, last bool) error {
	s := in.now.Load()
	src, _ := s.config.Source(j.Entry.Source)
	now := time.Now()
	raw, err := in.learned(ctx, src.ID, fragment(j.Entry, hint(src, j.Entry, now)))
	if err != nil {
		return err
	}
	d, err := in.document(ctx, s.of(src.ID), raw)
	if err != nil {
		return refusal(err)
	}
	return in.place(ctx, s, src, j, fetcher.Page{URL: j.Entry.Link, Final: j.Entry.Link, Fetched: now}, d, store.FromFeed, !last)
}

// document normalizes a page. One that makes the program stumble is a failure like others, which waits and is given up by
// age: it must not end the daemon, which would meet it again at the next start.
func (in *intake) document(ctx context.Context, n *normalize.Normalizer, raw normalize.Raw) (d normalize.Document, err error) {
	defer func() {
		if r := recover(); r != nil {
			in.log.Error("a page cannot be normalized", "url", raw.URL, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = &fetcher.Failure{Class: fetcher.Soft, Outcome: fetcher.Internal, Reached: true, Err: fmt.Errorf("the page cannot be normalized: %v", r)}
		}
	}()
	if in.extract == nil {
		cerr := in.onCore(ctx, 0, func() { d, err = n.Document(raw) })
		return d, cmp.Or(cerr, err)
	}
	began := time.Now()
	x, err := in.extract(ctx, raw) // in a turn of its own: a light page must not wait behind large ones for a core
	if err == nil {
		err = x.Doubt(raw.Hint)
	}
	cerr := in.onCore(ctx, time.Since(began), func() { d = n.Settle(x, raw.Hint) })
	return d, cmp.Or(cerr, err)
}

// onCore does what is work for the processor when a core is free, and meters it together with the time before. The error is that
// of the context.
func (in *intake) onCore(ctx context.Context, before time.Duration, work func()) error {
	goesOn := fetcher.Waits(ctx)
	select {
	case in.cores <- struct{}{}:
		goesOn()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-in.cores }()
	began := time.Now()
	defer func() { in.meters.normalized(before + time.Since(began)) }()
	work()
	return nil
}

// place keeps a document or, below the threshold, drops it.
func (in *intake) place(ctx context.Context, s *settings, src config.Source, j fetcher.Job, p fetcher.Page, d normalize.Document, textFrom string, keepJob bool) error {
	log := in.log.With("source", j.Entry.Source)
	keepPage := s.config.Fetch.KeepPages > 0 && textFrom == store.FromPage
	least := s.config.Threshold(src.ID)
	below := d.Relevance.Score < least
	if below && !j.Revisit {
		if keepJob { // the page may say more
			return nil
		}
		why := fmt.Sprintf("relevance %.2f is below the threshold of %.2f", d.Relevance.Score, least)
		if err := in.db.Drop(j, p, d, why, keepPage); err != nil {
			return err
		}
		log.Info("dropped", "url", j.Entry.Link, "relevance", round(d.Relevance.Score), "title", d.Title)
		return nil
	}
	k := store.Keeping{SourceName: src.Name, TextFrom: textFrom, KeepJob: keepJob, KeepPage: keepPage, Below: below}
	if !keepJob {
		since, last := p.Fetched, time.Duration(0)
		if j.Revisit {
			since, last = j.Since, j.Again
		}
		if wait, more := fetcher.Again(s.config.Fetch.Revisit, last, since, p.Fetched); more {
			k.Again, k.AgainWait = p.Fetched.Add(wait), wait
		}
	}
	placed, err := in.db.Keep(j, p, d, k)
	if err != nil {
		return err
	}
	if !j.Revisit {
		in.meters.kept(placed, d, p.Fetched)
	}
	in.tell(log, placed, j.Entry.Link)
	if !placed.Stale {
		return nil
	}
	if err := in.clean(ctx, s, src); err != nil && ctx.Err() == nil {
		// The article is kept, and what is to be cleaned stays noted: the next one of the source tries again.
		log.Error("articles cannot be cleaned of what they have in common", "error", err)
	}
	return nil
}

// tell acknowledges what is committed.
func (in *intake) tell(log *slog.Logger, p store.Placement, url string) {
	if p.As == store.PlacedSame {
		log.Debug("unchanged", "id", p.ID, "url", url)
		return
	}
	log.Info("kept", "id", p.ID, "number", p.Number, "revision", p.Revision, "sha256", p.SHA256, "as", string(p.As), "url", url)
}

func hint(src config.Source, e fetcher.Entry, seen time.Time) normalize.Hint {
	h := normalize.Hint{Title: e.Title, Authors: e.Authors, Published: e.Published, Updated: e.Updated,
		Language: e.Language, Country: src.Country, Zone: src.Zone, Seen: seen}
	if src.Language != "" {
		h.Language = src.Language
	}
	if e.Kind == fetcher.KindPage { // the words of a link are often not the whole headline, and its date names a day only
		h.Title, h.Published, h.Listed = "", time.Time{}, e.Published
	}
	return h
}

// refusal says in the fetcher's words why a page gave no document.
func refusal(err error) error {
	for _, w := range []struct {
		err     error
		outcome fetcher.Outcome
		class   fetcher.Class
	}{
		{normalize.ErrNotArticle, fetcher.NotArticle, fetcher.Soft},
		{normalize.ErrChallenge, fetcher.Challenge, fetcher.Soft},
		{normalize.ErrEmpty, fetcher.NoText, fetcher.Soft},
		{normalize.ErrUnavailable, fetcher.Unavailable, fetcher.Soft},
		{normalize.ErrNotHTML, fetcher.NotHTML, fetcher.Hard},
	} {
		if errors.Is(err, w.err) {
			f := &fetcher.Failure{Class: w.class, Outcome: w.outcome, Reached: true}
			if detail := strings.TrimPrefix(strings.TrimPrefix(err.Error(), w.err.Error()), ": "); detail != "" {
				f.Err = errors.New(detail)
			}
			return f
		}
	}
	return err
}

func round(x float64) float64 { return float64(int(x*100+0.5)) / 100 }
