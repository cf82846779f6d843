package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Prune removes the kept pages that were fetched longer ago than they are to stay, in short transactions, and says how
// many. With 0 all of them go. The space is used again, the file does not shrink.
func (db *DB) Prune(ctx context.Context, now time.Time, keepPages time.Duration) (int, error) {
	before := stamp(now.Add(-keepPages))
	pruned := 0
	for _, bucket := range [][]byte{bucketPage, bucketDroppedPage} {
		var after []byte
		for {
			if err := ctx.Err(); err != nil {
				return pruned, err
			}
			old, last, err := db.oldPages(bucket, after, before)
			if err != nil {
				return pruned, err
			}
			if len(old) > 0 {
				err := db.write(func(t txn) error {
					b := t.Bucket(bucket)
					for _, k := range old {
						if err := b.Delete(k); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					return pruned, err
				}
				pruned += len(old)
				db.metrics.removed(len(old))
			}
			if last == nil {
				break
			}
			after = last
		}
	}
	return pruned, nil
}

// oldPages looks at some pages that follow a key and gives those fetched before a stamp, or at it, and the last key that
// it looked at; nil at the end.
func (db *DB) oldPages(bucket, after []byte, before uint64) (old [][]byte, last []byte, err error) {
	const most = 200
	err = db.view(func(t txn) error {
		defer func() { forget(db.bolt.Info().Data, t.Size()) }() // as slice does
		old, last = nil, nil
		c := t.Bucket(bucket).Cursor()
		k, v := c.Seek(after)
		if after != nil && bytes.Equal(k, after) {
			k, v = c.Next()
		}
		previous := after
		for n := 0; k != nil; k, v = c.Next() {
			if previous != nil && bytes.Compare(previous, k) >= 0 {
				return damaged(bucket, k, outOfOrder)
			}
			previous = k
			if fetched, ok := fetchedOf(v); ok && fetched <= before {
				old = append(old, bytes.Clone(k))
			}
			if n++; n == most {
				last = bytes.Clone(k)
				return nil
			}
		}
		return nil
	})
	return old, last, err
}

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
