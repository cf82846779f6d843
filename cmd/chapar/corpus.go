package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"

	"chapar/cmd/chapar/config"
	"chapar/normalize"
	"chapar/store"
	"chapar/store/corpus"
)

type exportCommand struct {
	Format string `enum:"txt,jsonl,csv,parquet" default:"txt" help:"txt (a file an article, with a manifest), jsonl, csv or parquet."`
	Out    string `placeholder:"PATH" help:"Where to write: a folder for txt, else a file, or a folder (with a slash at its end) for the file and a dataset card. Default: export/ for txt, the standard output for jsonl and csv."`
	filters
	Duplicates string `enum:"drop,keep" default:"drop" help:"drop keeps one of each cluster of copies; keep writes every record."`
	Prefer     string `placeholder:"WHICH" default:"first" help:"Which one of a cluster stays: first (the default), longest, or source=ID for that of a source, if it has one."`
	After      *int   `placeholder:"NUMBER" help:"Only articles that came after the one with this number; older ones that were revised since are not among them."`
}

func (e *exportCommand) Run(ctx context.Context, a *app) error {
	words, from := e.words(), 0
	if e.After != nil {
		if *e.After < 0 || *e.After == math.MaxInt {
			return usage("--after is the number of an article, at least 0, not %d", *e.After)
		}
		from = *e.After + 1
		words = append(words, fmt.Sprintf("--after %d", *e.After))
	}
	prefer, err := store.ParsePreference(e.Prefer)
	if err != nil {
		return usage("--prefer %w", err)
	}
	if prefer != (store.Preference{}) {
		if e.Duplicates != "drop" {
			return usage("--prefer %s chooses among copies, and --duplicates keep keeps them all", prefer)
		}
		words = append(words, "--prefer "+prefer.String())
	}
	format, out := corpus.Format(e.Format), e.Out
	switch {
	case out == "" && format == corpus.TXT:
		out = "export"
	case out == "" && format == corpus.Parquet:
		return usage("a Parquet file is not for the standard output: name a file or a folder by --out, such as --out corpus.parquet")
	}
	o := corpus.Options{Format: format, Fresh: e.After != nil, Card: &corpus.Card{
		Filters: words, Dropped: e.Duplicates == "drop", Chosen: prefer != (store.Preference{}), Made: fmt.Sprintf("chapar %s (normalizer %d)", release, normalize.Version)}}
	return a.choose(ctx, e.filters, func(c *config.Config, q store.Query, r reading) (err error) {
		if prefer.Source != "" {
			if prefer.Source, err = preferred(ctx, c, r, prefer.Source, a.err); err != nil {
				return err
			}
		}
		q.DropDuplicates, q.Prefer, q.From = e.Duplicates == "drop", prefer, from
		var sum corpus.Summary
		if out == "" {
			sum, err = corpus.Stream(ctx, a.out, format, r.Records(ctx, q))
		} else {
			sum, err = corpus.Write(ctx, out, o, r.Records(ctx, q))
		}
		if err != nil {
			return err
		}
		a.remember(ctx, r, store.CareExport)
		return e.tell(a, out, sum)
	})
}

// tell says what was exported, and from where the next export goes on.
func (e *exportCommand) tell(a *app, out string, sum corpus.Summary) error {
	text := "no article fits"
	if sum.Documents > 0 || out != "" {
		text = fmt.Sprintf("exported %d articles", sum.Documents)
		if sum.Documents == 1 {
			text = "exported 1 article"
		}
	}
	if out != "" {
		text += " to " + out
	}
	switch {
	case sum.Documents > 0:
		text += fmt.Sprintf("; what comes later: --after %d", sum.Highest)
	case e.After != nil:
		text += fmt.Sprintf("; what comes later: --after %d", *e.After)
	}
	_, err := fmt.Fprintln(a.err, text)
	return err
}

type importCommand struct {
	Paths []string `arg:"" name:"path" help:"Text files, JSON Lines files, folders of them."`
	JSON  bool     `name:"json" help:"JSON for programs."`
}

func (i *importCommand) Run(ctx context.Context, a *app) error {
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	for _, p := range i.Paths {
		if _, err := os.Stat(p); err != nil {
			return usage("cannot import: %w", err)
		}
	}
	s, err := newSettings(c)
	if err != nil {
		return err
	}
	var db *store.DB
	defer func() {
		if db != nil {
			db.Close()
		}
	}()
	if exists(c.Database) == nil { // whoever holds it is met before any work is done
		if db, err = open(c.Database); err != nil {
			return err
		}
	}
	place := func(ctx context.Context, batch []store.Imported) (_ []store.Placement, err error) {
		if db == nil { // documents that cannot be read make no database
			if db, err = open(c.Database); err != nil {
				return nil, err
			}
		}
		return db.Import(ctx, batch)
	}
	bad := 0
	t, err := take(ctx, place, s.normalizer, corpus.Read(ctx, i.Paths), func(err error) {
		bad++
		fmt.Fprintln(a.err, "chapar:", plain(err.Error()))
	})
	if err != nil {
		return err
	}
	if i.JSON {
		err = a.json(map[string]int{"new": t[store.PlacedNew], "copies": t[store.PlacedCopy], "revisions": t[store.PlacedRevised], "same": t[store.PlacedSame], "bad": bad})
	} else {
		_, err = fmt.Fprintf(a.err, "imported %d new, %d copies, %d revisions; %d were there already\n", t[store.PlacedNew], t[store.PlacedCopy], t[store.PlacedRevised], t[store.PlacedSame])
	}
	switch {
	case err != nil:
		return err
	case bad > 0:
		return fmt.Errorf("%d documents could not be taken in", bad)
	case len(t) == 0:
		_, err = fmt.Fprintln(a.err, "there is no .txt, .jsonl or .ndjson file with a document")
	}
	return err
}

// tally counts what became of imported documents.
type tally map[store.Placed]int

const importBatch = 200 // documents a transaction

// take cleans documents and has them placed, a batch at a time. A document that cannot be read goes to bad; the rest
// goes on.
func take(ctx context.Context, place func(context.Context, []store.Imported) ([]store.Placement, error), n *normalize.Normalizer, items iter.Seq2[corpus.Item, error], bad func(error)) (tally, error) {
	t := tally{}
	var batch []store.Imported
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		ps, err := place(ctx, batch)
		for _, p := range ps {
			t[p.As]++
		}
		batch = batch[:0]
		return err
	}
	for it, err := range items {
		if ctx.Err() != nil {
			return t, ctx.Err()
		}
		if err != nil {
			bad(err)
			continue
		}
		d, err := document(n, it)
		if err != nil {
			bad(err)
			continue
		}
		batch = append(batch, store.Imported{Record: it.Record, Document: d})
		if len(batch) == importBatch {
			if err := flush(); err != nil {
				return t, err
			}
		}
	}
	return t, flush()
}

// document makes the document of an item, whatever it was written as.
func document(n *normalize.Normalizer, it corpus.Item) (normalize.Document, error) {
	r := it.Record
	h := normalize.Hint{Title: r.Title, Authors: r.Authors, Language: r.Language, Seen: r.Fetched}
	if r.Published != nil {
		h.Published = *r.Published
	}
	if r.Modified != nil {
		h.Updated = *r.Modified
	}
	text := it.Text
	if text == "" {
		text = r.Title + "\n\n" + r.Text
	}
	url := r.CanonicalURL
	if url == "" {
		url = r.URL
	}
	if url != "" {
		canonical, err := normalize.CanonicalURL(url)
		if err != nil {
			return normalize.Document{}, fmt.Errorf("%s: %w", where(it), err)
		}
		url = canonical
	}
	title, body := normalize.Clean(text)
	if title == "" || body == "" {
		return normalize.Document{}, fmt.Errorf("%s: no article: a title, a blank line and at least one paragraph are needed", where(it))
	}
	return n.Text(title, body, h, url), nil
}

func where(it corpus.Item) string {
	if it.Line == 0 {
		return it.Path
	}
	return fmt.Sprintf("%s:%d", it.Path, it.Line)
}

// seeds takes in the operator's own documents: the *.txt directly in the folder that `seeds` names.
func (d *daemon) seeds(ctx context.Context, c *config.Config) error {
	if c.Seeds == "" {
		return nil
	}
	entries, err := os.ReadDir(c.Seeds)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read the seeds: %w", err)
	}
	var paths []string
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) == ".txt" {
			paths = append(paths, filepath.Join(c.Seeds, e.Name()))
		}
	}
	if len(paths) == 0 {
		return nil
	}
	slices.Sort(paths)
	s := d.in.now.Load()
	place := func(ctx context.Context, batch []store.Imported) ([]store.Placement, error) {
		ps, err := d.db.Import(ctx, batch)
		for _, p := range ps {
			d.in.tell(d.log, p, "")
		}
		return ps, err
	}
	_, err = take(ctx, place, s.normalizer, corpus.Read(ctx, paths), func(err error) { d.log.Warn("seed not taken in", "err", err) })
	return err
}
