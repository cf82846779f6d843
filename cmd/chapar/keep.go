package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"chapar/cmd/chapar/web"
	"chapar/store"
)

type backupCommand struct {
	File string `arg:"" help:"File to write; it must not exist yet."`
}

func (b *backupCommand) Run(ctx context.Context, a *app) error {
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	r, err := a.reader(ctx, c.Database)
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := writeWhole(b.File, func(w io.Writer) error { return r.Backup(ctx, w) })
	if err != nil {
		return fmt.Errorf("cannot back up to %s: %w", b.File, err)
	}
	_, err = fmt.Fprintf(a.err, "backed up %s to %s (%s)\n", c.Database, b.File, size(n))
	return err
}

// writeWhole makes a new file whole or not at all: under a temporary name, synced, then linked to its own.
func writeWhole(path string, write func(io.Writer) error) (n int64, err error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, errors.New("the file exists already; choose another name")
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := write(f); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if err := os.Link(f.Name(), path); err != nil { // unlike a rename it takes nobody's place
		return 0, err
	}
	return info.Size(), nil
}

type verifyCommand struct {
	JSON bool `name:"json" help:"JSON for programs."`
}

func (v *verifyCommand) Run(ctx context.Context, a *app) error {
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	if _, p, err := web.Dial(ctx, c.Database); err == nil {
		return fmt.Errorf("the database is in use by process %d; verify a backup: `chapar backup FILE`, then `chapar verify --db FILE`", p.PID)
	}
	if err := exists(c.Database); err != nil {
		return err
	}
	db, err := store.Open(c.Database, store.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	report, err := db.Verify(ctx)
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
	}
	if n := len(report.Problems) + report.More; n > 0 {
		return fmt.Errorf("%s has %d problems", c.Database, n)
	}
	if !v.JSON {
		_, err = fmt.Fprintf(a.out, "%s is sound: %d records\n", c.Database, report.Records)
	}
	return err
}

func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	default:
		return fmt.Sprintf("%.2f GiB", float64(n)/(1<<30))
	}
}
