package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"chapar/normalize"
	"chapar/normalize/relevance"
	"chapar/store"
	"chapar/store/corpus"
	"chapar/store/whole"
)

type salvageCommand struct {
	File string `arg:"" help:"New database to write, which must not exist yet."`
	JSON bool   `name:"json" help:"JSON for programs."`
}

// Help implements kong.HelpProvider.
func (*salvageCommand) Help() string {
	return `Every article that is whole, with its older revisions, goes into the new database; each that is not is named. One
whose newest text is damaged is saved with the newest that is whole, and named too. The damaged database is only read, and
stays as it is: keep it until the new one has been looked at.

Numbers, ids, dates, relevance and reasons stay; copies are recognised anew. What the poller remembered and the raw pages
are not taken over: each source is asked once as if for the first time, and what is kept already is recognised.`
}

// salvaged is what came of it.
type salvaged struct {
	Database string       `json:"database"`
	File     string       `json:"file"`
	Records  int          `json:"records"`
	Older    int          `json:"older_revisions"`
	Lost     []store.Lost `json:"lost"`
}

func (s *salvageCommand) Run(ctx context.Context, a *app) error {
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	if err := exists(c.Database); err != nil {
		return err
	}
	if _, err := os.Lstat(s.File); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot salvage to %s: the file exists already; choose another name", s.File)
	}
	n, err := normalize.New(normalize.Options{Relevance: relevance.Options{}})
	if err != nil {
		return err
	}
	out := salvaged{Database: c.Database, File: s.File}
	err = out.into(ctx, n)
	if err != nil {
		return fmt.Errorf("cannot salvage %s: %w", c.Database, err)
	}
	if s.JSON {
		return a.json(out)
	}
	for _, l := range out.Lost {
		fmt.Fprintf(a.out, "lost: %v\n", l)
	}
	_, err = fmt.Fprintf(a.out, "saved %d records and %d older revisions of %s into %s; %d lost\n", out.Records, out.Older, out.Database, out.File, len(out.Lost))
	return err
}

// into writes the new database whole or not at all, and verifies it.
func (s *salvaged) into(ctx context.Context, n *normalize.Normalizer) (err error) {
	path := filepath.Join(filepath.Dir(s.File), "."+filepath.Base(s.File)+".salvage")
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // of one that was cut short
		return err
	}
	db, err := openWith(path, store.Options{Scratch: true})
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, db.Close()); err == nil {
			err = whole.Rename(path, s.File)
		} else {
			_ = os.Remove(path) // the next one does it otherwise
		}
	}()
	var batch []store.Imported
	last := corpus.Unnumbered
	flush := func() error {
		if _, err := db.Import(ctx, batch); err != nil {
			return err
		}
		batch = batch[:0]
		return nil
	}
	s.Lost, err = store.Salvage(ctx, s.Database, store.Options{}, func(r corpus.Record) error {
		if r.Number == last {
			s.Older++
		} else {
			s.Records++
		}
		last = r.Number
		d := n.Text(r.Title, r.Text, normalize.Hint{Title: r.Title, Authors: r.Authors, Language: r.Language, Seen: r.FirstSeen}, r.CanonicalURL)
		d.Title, d.Text, d.Language, d.Relevance = r.Title, r.Text, r.Language, relevance.Result{} // as they were
		if batch = append(batch, store.Imported{Record: r, Document: d, Saved: true}); len(batch) < importBatch {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	report, err := db.Verify(ctx)
	if err == nil && !report.OK() {
		err = fmt.Errorf("what was saved is not sound: %s", report.Problems[0])
	}
	return err
}
