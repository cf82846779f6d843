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
// database first, so that a slow w holds up nobody; that needs as much free space as the database uses. Where it was
// opened by Read nobody writes, and it is copied straight away.
func (db *DB) Backup(ctx context.Context, w io.Writer) (err error) {
	if db.reads {
		return db.copyTo(ctx, w)
	}
	tmp, err := os.CreateTemp(filepath.Dir(db.path), filepath.Base(db.path)+".backup-*")
	if err != nil {
		return fmt.Errorf("cannot make a copy: %w", err)
	}
	defer func() { err = errors.Join(err, tmp.Close()) }()
	// Without a name it is gone when the process is.
	if err := os.Remove(tmp.Name()); err != nil {
		return fmt.Errorf("cannot make a copy: %w", err)
	}
	if err := db.copyTo(ctx, tmp); err != nil {
		return err
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(whileContext{ctx, w}, tmp); err != nil {
		return fmt.Errorf("cannot write the backup: %w", err)
	}
	return nil
}

// copyTo copies what is in force at one moment, in one transaction.
func (db *DB) copyTo(ctx context.Context, w io.Writer) error {
	err := db.view(func(t txn) error {
		_, err := t.WriteTo(whileContext{ctx, w})
		return err
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // bbolt tells of it in words only
	case err != nil:
		return fmt.Errorf("cannot make a copy: %w", err)
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
