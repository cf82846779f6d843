package store

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
)

// AutoFree, as what is to stay free on the disk, is the larger of 256 MiB and a twentieth of it.
const AutoFree = -1

const (
	leastFree = 256 << 20
	freeShare = 20
)

// LowSpaceError says that the disk has less space than is to stay free on it.
type LowSpaceError struct {
	Dir   string
	Least int64 // bytes that are to stay free
}

func (e *LowSpaceError) Error() string { // what is left would make another text of it each time
	return fmt.Sprintf("the disk of %s has less than %.0f MiB left, which limits.min_free keeps free", e.Dir, float64(e.Least)/(1<<20))
}

// room is what is to stay free on the disk.
type room struct {
	least atomic.Int64
	low   atomic.Bool // as it was seen last
}

// KeepFree sets how many bytes are to stay free on the disk, in the place of Options.MinFree.
func (db *DB) KeepFree(least int64) { db.room.least.Store(least) }

// Room looks whether the disk has more than is to stay free on it. If it has not, the error is a *WriteError, and nothing
// is written until there is: a full disk would meet everybody else on it too, and in the middle of a commit. It waits for
// nobody.
func (db *DB) Room() error {
	least := db.room.least.Load()
	if least == 0 {
		return nil
	}
	free, total, err := diskSpace(db.path)
	if err != nil || free < 0 {
		return nil // writing will tell
	}
	if least == AutoFree {
		least = max(leastFree, total/freeShare)
	}
	if free >= least {
		db.room.low.Store(false)
		return nil
	}
	if !db.room.low.Swap(true) {
		db.metrics.ranLow()
	}
	return &WriteError{Full: true, Err: &LowSpaceError{filepath.Dir(db.path), least}}
}
