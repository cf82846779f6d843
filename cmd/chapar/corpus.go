package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/normalize"
	"chapar/store"
	"chapar/store/corpus"
)

type exportCommand struct {
	Format string `enum:"txt,jsonl" default:"txt" help:"txt (a file an article, with a manifest) or jsonl."`
	Out    string `placeholder:"PATH" help:"Folder (txt) or file (jsonl) to write; default: export/ for txt, the standard output for jsonl."`
	filters
	Duplicates string `enum:"drop,keep" default:"drop" help:"drop keeps the first of each cluster of copies; keep writes every record."`
}

func (e *exportCommand) Run(ctx context.Context, a *app) error {
	q, err := e.query(time.Now())
	if err != nil {
		return err
	}
	q.DropDuplicates = e.Duplicates == "drop"
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	r, err := a.reader(ctx, c.Database)
	if err != nil {
		return err
	}
	defer r.Close()
	format := corpus.Format(e.Format)
	if e.Out == "" && format == corpus.JSONL {
		_, err := corpus.WriteJSONL(ctx, a.out, r.Records(ctx, q))
		return err
	}
	out := e.Out
	if out == "" {
		out = "export"
	}
	sum, err := corpus.Write(ctx, out, format, r.Records(ctx, q))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.err, "exported %d articles to %s\n", sum.Documents, out)
	return err
}

type importCommand struct {
	Paths []string `arg:"" name:"path" help:"Text files, JSON Lines files, folders of them."`
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
	db, err := store.Open(c.Database, store.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	bad := 0
	t, err := take(ctx, db, s.normalizer, corpus.Read(ctx, i.Paths), func(err error) {
		bad++
		fmt.Fprintln(a.err, "chapar:", err)
	}, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "imported %d new, %d copies, %d revisions; %d were there already\n", t[store.PlacedNew], t[store.PlacedCopy], t[store.PlacedRevised], t[store.PlacedSame])
	if bad > 0 {
		return fmt.Errorf("%d documents could not be taken in", bad)
	}
	return nil
}

// tally counts what became of imported documents.
type tally map[store.Placed]int

const importBatch = 200 // documents a transaction

// take cleans documents and imports them, a batch at a time. A document that cannot be read goes to bad, what was
// placed to placed, which may be nil; the rest goes on.
func take(ctx context.Context, db *store.DB, n *normalize.Normalizer, items iter.Seq2[corpus.Item, error], bad func(error), placed func(store.Placement)) (tally, error) {
	t := tally{}
	var batch []store.Imported
	flush := func() error {
		ps, err := db.Import(ctx, batch)
		if err != nil {
			return err
		}
		for _, p := range ps {
			t[p.As]++
			if placed != nil {
				placed(p)
			}
		}
		batch = batch[:0]
		return nil
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
	_, err = take(ctx, d.db, s.normalizer, corpus.Read(ctx, paths), func(err error) {
		d.log.Warn("seed not taken in", "err", err)
	}, func(p store.Placement) { d.in.tell(d.log, p, "") })
	return err
}
