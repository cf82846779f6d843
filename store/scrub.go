package store

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// scrubShare is how much of one processor a Scrub works at most.
const scrubShare = 0.025

// Scrub reads the whole database once and compares each value with its checksum, slowly, so that it is in nobody's way:
// between two short transactions it rests for so long that its work takes no more than a fortieth of one processor, and
// with the memory that is collected for it about a twenty-fifth. A damaged value, which a bad disk may leave for years
// where nobody reads it, is told to bad, and the others are looked at all the same. The error is that of ctx or of reading
// as such.
func (db *DB) Scrub(ctx context.Context, bad func(*DamagedError)) error {
	found := 0
	tell := func(d *DamagedError) { found++; bad(d) }
	var names [][]byte
	err := db.view(func(t txn) error {
		names = names[:0]
		c := t.Cursor()
		for name, _ := c.First(); name != nil; name, _ = c.Next() {
			names = append(names, bytes.Clone(name))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := db.scrub(ctx, name, tell); err != nil {
			d, ok := errors.AsType[*DamagedError](err)
			if !ok {
				return err
			}
			tell(d) // what leads to the values; the rest of the bucket cannot be reached
		}
	}
	db.metrics.scrubbed(found)
	return nil
}

func (db *DB) scrub(ctx context.Context, bucket []byte, bad func(*DamagedError)) error {
	began := time.Now()
	return db.each(ctx, bucket, sliceRecords, func(pairs []pair) (bool, error) {
		for _, p := range pairs {
			if len(p.value) == 0 && bare(bucket) {
				continue
			}
			if _, _, err := unseal(bucket, p.key, p.value); err != nil {
				d, ok := errors.AsType[*DamagedError](err)
				if !ok {
					return false, err
				}
				bad(d)
			}
		}
		took := time.Since(began)
		rest := time.NewTimer(time.Duration(float64(took)/scrubShare) - took)
		defer rest.Stop()
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-rest.C:
		}
		began = time.Now()
		return true, nil
	})
}
