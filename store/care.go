package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Backup writes a copy of the database as it is at one moment, while others write. It is copied to a file beside the
// database first, so that a slow w holds up nobody; that needs as much free space as the database uses.
func (db *DB) Backup(ctx context.Context, w io.Writer) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(db.path), filepath.Base(db.path)+".backup-*")
	if err != nil {
		return fmt.Errorf("cannot make a copy: %w", err)
	}
	defer func() { err = errors.Join(err, tmp.Close()) }()
	// Without a name it is gone when the process is.
	if err := os.Remove(tmp.Name()); err != nil {
		return fmt.Errorf("cannot make a copy: %w", err)
	}
	if err := db.view(func(t txn) error {
		_, err := t.WriteTo(whileContext{ctx, tmp})
		return err
	}); ctx.Err() != nil {
		return ctx.Err() // bbolt tells of it in words only
	} else if err != nil {
		return fmt.Errorf("cannot make a copy: %w", err)
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(whileContext{ctx, w}, tmp); err != nil {
		return fmt.Errorf("cannot write the backup: %w", err)
	}
	return nil
}

// whileContext is a writer that fails once its context has ended.
type whileContext struct {
	ctx context.Context
	w   io.Writer
}

func (c whileContext) Write(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(b)
}
