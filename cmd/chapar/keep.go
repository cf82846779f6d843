package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"

	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/web"
	"chapar/store"
	"chapar/store/whole"
)

type backupCommand struct {
	File string `arg:"" help:"File to write, which must not exist yet; with --keep the folder of the copies."`
	Keep *int   `placeholder:"N" help:"Write chapar-DATE.db into the folder, verify it, and take all but the newest N copies away."`
	JSON bool   `name:"json" help:"JSON for programs."`
}

func (b *backupCommand) Run(ctx context.Context, a *app) error {
	if b.Keep != nil {
		return b.nightly(ctx, a, time.Now())
	}
	return a.read(ctx, func(c *config.Config, r reading) error {
		n, err := writeNew(b.File, func(w io.Writer) error { return r.Backup(ctx, w) })
		if err != nil {
			return fmt.Errorf("cannot back up to %s: %w", b.File, err)
		}
		a.remember(ctx, r, store.CareBackup)
		if b.JSON {
			return a.json(map[string]any{"database": c.Database, "file": b.File, "bytes": n})
		}
		_, err = fmt.Fprintf(a.err, "backed up %s to %s (%s)\n", c.Database, b.File, size(n))
		return err
	})
}

// writeNew makes a new file whole or not at all, for us alone.
func writeNew(path string, write func(io.Writer) error) (bytes int64, err error) {
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return 0, errors.New("its folder is not there; make the folder first")
	}
	bytes, err = whole.Make(path, 0o600, write)
	if errors.Is(err, fs.ErrExist) {
		return 0, errors.New("the file exists already; choose another name")
	}
	return bytes, err
}

type verifyCommand struct {
	JSON bool `name:"json" help:"JSON for programs."`
}

func (v *verifyCommand) Run(ctx context.Context, a *app) error {
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	if client, p, err := web.Dial(ctx, c.Database); err == nil {
		client.Close()
		return fmt.Errorf("the database is in use by process %d; verify a backup: `chapar backup FILE`, then `chapar verify --db FILE`", p.PID)
	}
	if err := exists(c.Database); err != nil {
		return err
	}
	report, err := store.VerifyFile(ctx, c.Database, store.Options{})
	if err != nil {
		return err
	}
	if v.JSON {
		if err := a.json(report); err != nil {
			return err
		}
	} else {
		for _, p := range report.Problems {
			fmt.Fprintln(a.out, plain(p))
		}
		for _, l := range report.Lost {
			fmt.Fprintf(a.out, "%v is damaged\n", l)
		}
	}
	if n := len(report.Problems) + report.More; n > 0 {
		return fmt.Errorf("%s is not sound, see above (%d in all, %d records damaged); keep it aside and put a backup in its place, or save what is whole: `chapar salvage NEW.db`", c.Database, n, len(report.Lost))
	}
	if !v.JSON {
		_, err = fmt.Fprintf(a.out, "%s is sound: %d records\n", c.Database, report.Records)
	}
	return err
}

type compactCommand struct {
	JSON bool `name:"json" help:"JSON for programs."`
}

// Help implements kong.HelpProvider.
func (*compactCommand) Help() string {
	return `The database is copied to a new file beside it, the copy is compared with it and takes its place; so the folder
needs room for both for a while. "chapar stats" tells how much is free within the file. A running chapar has to be ended
first. Whenever compact is cut short, the database is whole.`
}

func (k *compactCommand) Run(ctx context.Context, a *app) error {
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	if err := exists(c.Database); err != nil {
		return err
	}
	show, done := a.bar("compacting")
	r, err := store.Compact(ctx, c.Database, store.Options{}, show)
	done()
	if err != nil {
		return fmt.Errorf("cannot compact: %w", err)
	}
	if k.JSON {
		return a.json(struct {
			Database string `json:"database"`
			store.Compacted
		}{c.Database, r})
	}
	_, err = fmt.Fprintf(a.out, "compacted %s: %s before, %s after\n", c.Database, size(r.Before), size(r.After))
	return err
}

// bar shows on a terminal how far a long task has come.
func (a *app) bar(what string) (show func(done, total int64), end func()) {
	if !terminal(a.err) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(1, progressbar.OptionSetWriter(a.err), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetDescription(what))
	show = func(done, total int64) {
		bar.ChangeMax64(max(total, 1))
		if err := bar.Set64(done); err != nil {
			return // a bar that cannot be drawn is no reason to stop
		}
	}
	return show, func() { bar.Finish() }
}

func retention(c *config.Config) store.Retention {
	return store.Retention{Pages: c.Fetch.KeepPages, Rejected: c.Fetch.KeepRejected}
}
