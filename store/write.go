package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"chapar/fetcher"
)

// WriteError says that something could not be written. Nothing of it was.
type WriteError struct {
	Full bool // the disk or a quota is full: writing goes on once there is space. Otherwise the store must be opened anew.
	Err  error
}

func (e *WriteError) Error() string {
	if e.Full {
		return fmt.Sprintf("cannot write to the database, there is no space: %v", e.Err)
	}
	return fmt.Sprintf("cannot write to the database: %v", e.Err)
}

func (e *WriteError) Unwrap() error { return e.Err }

// Is tells the poller of a store that takes nothing any more.
func (e *WriteError) Is(target error) bool { return target == fetcher.ErrBroken && !e.Full }

// mostCalls bounds the writes that share one commit.
const mostCalls = 128

// writer joins writes that come at the same time into one commit, so that many lanes share one sync. The first to
// get the turn does the work of all who wait; alone it waits for nobody.
type writer struct {
	queue   sync.Mutex
	waiting []*call
	turn    chan struct{}              // of one place: who holds it commits
	broken  error                      // of the commit after which nothing may be written; guarded by turn
	trouble atomic.Pointer[WriteError] // of the last commit; nil if it went well
}

type call struct {
	fn     func(txn) error
	anyway bool // even where the disk has little space left
	err    error
	done   bool // guarded by turn
}

// write runs fn in a transaction that is committed when write returns nil. fn may run more than once and must set its
// results anew each time; an error of fn leaves no trace of it.
func (db *DB) write(fn func(txn) error) error { return db.submit(&call{fn: fn}) }

// writeAnyway is write for what gives space back, or is small and would be missed: it does not ask how much the disk has
// left.
func (db *DB) writeAnyway(fn func(txn) error) error { return db.submit(&call{fn: fn, anyway: true}) }

func (db *DB) submit(c *call) error {
	if db.reads {
		return fmt.Errorf("cannot write to %s: it was opened for reading", db.path)
	}
	w := &db.writer
	w.queue.Lock()
	w.waiting = append(w.waiting, c)
	w.queue.Unlock()

	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	for !c.done {
		w.queue.Lock()
		n := min(len(w.waiting), mostCalls)
		calls := w.waiting[:n:n]
		w.waiting = w.waiting[n:]
		w.queue.Unlock()
		db.commit(calls)
	}
	return c.err
}

// Ping waits for the writer's turn and gives it back at once: without a commit it learns that the writer is at work and
// stuck in nothing. The error is that of ctx.
func (db *DB) Ping(ctx context.Context) error {
	select {
	case db.writer.turn <- struct{}{}:
		<-db.writer.turn
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the writer of the database does not answer: %w", ctx.Err())
	}
}

// Trouble gives the *WriteError of the last commit or, if that went well, what Room finds. It waits for nobody.
func (db *DB) Trouble() error {
	if w := db.writer.trouble.Load(); w != nil {
		return w
	}
	return db.Room()
}

// commit runs the calls in one transaction. A call that fails is left out and the others are run again.
func (db *DB) commit(calls []*call) {
	if calls = db.affordable(calls); len(calls) == 0 {
		return
	}
	for {
		if db.writer.broken != nil {
			finish(calls, db.writer.broken)
			return
		}
		var failed *call // the one at work when an error or a panic came
		began, tx := time.Now(), 0
		err := db.update(func(t txn) error {
			tx = t.ID()
			for _, c := range calls {
				if c.done {
					continue
				}
				failed = c
				if err := c.fn(t); err != nil {
					return err
				}
			}
			failed = nil
			return nil
		})
		db.copies.settle(err == nil)
		if failed == nil {
			if err == nil {
				db.note(uint64(tx))
			}
			err = db.judge(err, tx)
			db.metrics.committed(err, len(calls), time.Since(began))
			finish(calls, err)
			return
		}
		failed.err, failed.done = err, true
	}
}

// affordable gives the calls for which the disk has room, and lets the others fail.
func (db *DB) affordable(calls []*call) []*call {
	err := db.Room()
	if err == nil {
		return calls
	}
	var rest []*call
	for _, c := range calls {
		if c.anyway {
			rest = append(rest, c)
		} else {
			c.err, c.done = err, true
		}
	}
	return rest
}

func finish(calls []*call, err error) {
	for _, c := range calls {
		if !c.done {
			c.err, c.done = err, true
		}
	}
}

// judge says what the error of a commit means. Where pages may have been half written or a sync failed, the kernel may
// have forgotten what it could not write, and a later sync would succeed without it: then nothing is written any more.
// Nor is it where the head that failed to be written came to the file all the same, and with it what was not acknowledged.
func (db *DB) judge(err error, tx int) error {
	if err == nil || errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		db.writer.trouble.Store(nil)
		return err
	}
	var path *fs.PathError
	full := errors.As(err, &path) && path.Op == "write" &&
		(errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG))
	// bbolt hides the cause when the file cannot grow; nothing was written then.
	full = full || strings.HasPrefix(err.Error(), "file resize error")
	w := &WriteError{Full: full && !db.shows(tx), Err: err}
	if !w.Full {
		db.writer.broken = w
	}
	db.writer.trouble.Store(w)
	return w
}

// shows says whether the file holds a transaction, whatever was said of its commit.
func (db *DB) shows(tx int) bool {
	shown := true
	err := db.view(func(t txn) error {
		shown = tx > 0 && t.ID() >= tx
		return nil
	})
	return shown || err != nil
}

// update is bolt.Update that does not die of a damaged file.
func (db *DB) update(fn func(txn) error) (err error) {
	defer guard(&err)()
	return db.bolt.Update(func(tx *bolt.Tx) error { return fn(txn{tx, db.codec, &db.copies}) })
}

// view runs fn in a short read transaction.
func (db *DB) view(fn func(txn) error) (err error) {
	defer guard(&err)()
	return db.bolt.View(func(tx *bolt.Tx) error { return fn(txn{Tx: tx, codec: db.codec}) })
}

// guard turns a panic of this goroutine into a DamagedError until the function that it returns is called: on a
// damaged file bbolt runs past the end of pages and of the file.
func guard(err *error) func() {
	old := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(old)
		if r := recover(); r != nil {
			*err = &DamagedError{Why: fmt.Sprint(r)}
		}
	}
}
