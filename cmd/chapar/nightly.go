package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/store"
	"chapar/store/whole"
)

// The copies of a folder have their day in their name, so that the order of names is that of time.
const (
	copyName = "chapar-2006-01-02.db"
	copies   = "chapar-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].db"
)

// nightly makes the copy of the day, and takes copies away that are too old. A copy has its name only when it is whole
// and sound, and only then an old one goes; a second one on the same day takes the place of the first.
func (b *backupCommand) nightly(ctx context.Context, a *app, now time.Time) error {
	if *b.Keep < 1 {
		return usage("cannot keep %d copies: --keep takes a number from 1 up", *b.Keep)
	}
	return a.read(ctx, func(c *config.Config, r reading) error {
		if err := os.MkdirAll(b.File, 0o700); err != nil {
			return fmt.Errorf("cannot make the folder of the copies: %w", err)
		}
		name := filepath.Join(b.File, now.Format(copyName))
		n, records, err := soundCopy(ctx, name, r)
		if err != nil {
			return fmt.Errorf("cannot back up to %s: %w", name, err)
		}
		a.remember(ctx, r, store.CareBackup)
		removed, err := thin(b.File, *b.Keep)
		if err != nil {
			return fmt.Errorf("the copy %s is made, but old ones could not be taken away: %w", name, err)
		}
		if b.JSON {
			return a.json(map[string]any{"database": c.Database, "file": name, "bytes": n, "records": records, "removed": removed})
		}
		_, err = fmt.Fprintf(a.err, "backed up %s to %s (%s, %d records, sound); %d old copies removed\n", c.Database, name, size(n), records, removed)
		return err
	})
}

// soundCopy writes a copy that is verified before it takes its name.
func soundCopy(ctx context.Context, name string, r reading) (bytes int64, records int, err error) {
	folder := filepath.Dir(name)
	stale, err := matching(folder, copies+".new", "."+copies+".new.*") // of a night that was cut short
	if err != nil {
		return 0, 0, err
	}
	for _, f := range stale {
		if err := os.Remove(filepath.Join(folder, f)); err != nil {
			return 0, 0, err
		}
	}
	fresh := name + ".new"
	defer os.Remove(fresh)
	bytes, err = whole.Make(fresh, 0o600, func(w io.Writer) error { return r.Backup(ctx, w) })
	if err != nil {
		return 0, 0, err
	}
	report, err := store.VerifyFile(ctx, fresh, store.Options{})
	if err != nil {
		return 0, 0, err
	}
	if len(report.Problems) > 0 {
		return 0, 0, fmt.Errorf("the copy is not sound: %s (%d in all); `chapar verify` looks at the database itself once it is not in use",
			report.Problems[0], len(report.Problems)+report.More)
	}
	return bytes, report.Records, whole.Rename(fresh, name) // on the disk before an older one goes
}

// thin takes all copies but the newest away.
func thin(folder string, keep int) (removed int, err error) {
	names, err := matching(folder, copies)
	if err != nil {
		return 0, err
	}
	for _, f := range names[:max(0, len(names)-keep)] {
		if rerr := os.Remove(filepath.Join(folder, f)); rerr != nil {
			err = errors.Join(err, rerr)
			continue
		}
		removed++
	}
	return removed, err
}

// matching gives the names in a folder that match one of the patterns, in their order.
func matching(folder string, patterns ...string) (names []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		for _, p := range patterns {
			fits, err := filepath.Match(p, e.Name())
			if err != nil {
				return nil, err
			}
			if fits {
				names = append(names, e.Name())
			}
		}
	}
	return names, nil
}
