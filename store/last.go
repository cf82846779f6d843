package store

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"chapar/fetcher"
)

// A bbolt file has two heads, of its last two commits. Where the newer one is damaged, the older one is in force, and
// nothing in the file tells that there was another. So the number of the last commit stands in a file beside it too.

// lastFile is where that is.
func lastFile(path string) string {
	if place, err := filepath.EvalSymlinks(path); err == nil {
		path = place
	}
	return path + ".last"
}

// last is which commit was the last: of the database that was made at this moment, so that another in its place, or an
// older format of it, is not taken for it.
type last struct {
	created, tx uint64
	file        *os.File // where it is written; nil where it is not
}

func (l last) line() []byte {
	text := fmt.Sprintf("%020d %020d", l.created, l.tx)
	return fmt.Appendf(nil, "%s %08x\n", text, crc32.ChecksumIEEE([]byte(text)))
}

// readLast reads what stands beside a database; nothing where that is no such line.
func readLast(path string) (l last) {
	b, err := os.ReadFile(lastFile(path))
	if err != nil {
		return last{}
	}
	if _, err := fmt.Sscanf(string(b), "%d %d", &l.created, &l.tx); err != nil || !bytes.Equal(b, l.line()) {
		return last{}
	}
	return l
}

// keyBehind stands in meta/ as long as a database is known to be older than it was, and nobody has done anything about it.
var keyBehind = []byte("behind")

// head gives the commit that is in force.
func (db *DB) head() (l last, err error) {
	err = db.view(func(t txn) error {
		l.tx = uint64(t.ID())
		var err error
		l.created, _, err = t.number(bucketMeta, keyCreated)
		return err
	})
	return l, err
}

// follow compares what was the last commit with the one that was found in force, and from then on writes the number of each
// commit beside the database. Where there is no room or no right for that, the work goes on without.
func (db *DB) follow(found last) error {
	was := readLast(db.path)
	db.last = found
	if f, err := os.OpenFile(lastFile(db.path), os.O_RDWR|os.O_CREATE, 0o600); err == nil {
		db.last.file = f
	}
	if was.created == found.created && was.tx > found.tx {
		return db.writeAnyway(func(t txn) error {
			before, _, err := t.number(bucketMeta, keyBehind)
			if err != nil {
				return err
			}
			return t.putNumber(bucketMeta, keyBehind, before+was.tx-found.tx)
		})
	}
	db.note(found.tx)
	return nil
}

// note writes the number of a commit that is on disk.
func (db *DB) note(tx uint64) {
	if db.last.tx = tx; db.last.file != nil {
		_, _ = db.last.file.WriteAt(db.last.line(), 0) // without it the next start is none the wiser
	}
}

// unfollow lets go of the file beside the database.
func (db *DB) unfollow() {
	if db.last.file != nil {
		_ = db.last.file.Close() // nothing of it is awaited on disk
	}
}

// Behind says by how many commits the database is older than it was when it was last written to: a damaged head, or an
// older copy that was put in its place. It stays so until AskAnew.
func (db *DB) Behind() (commits int, err error) {
	err = db.view(func(t txn) error {
		n, _, err := t.number(bucketMeta, keyBehind)
		commits = int(n)
		return err
	})
	return commits, err
}

// AskAnew forgets what would have a source say that nothing has changed since: each endpoint is asked once for the whole,
// and what is kept already is recognised. That the database was behind is forgotten with it.
func (db *DB) AskAnew() error {
	return db.write(func(t txn) error {
		b := t.Bucket(bucketState)
		states := map[string]fetcher.State{}
		err := b.ForEach(func(k, v []byte) error {
			var s fetcher.State
			if err := t.unmarshal(bucketState, k, v, &s); err != nil {
				return err
			}
			s.Validators, s.Parts = fetcher.Validators{}, nil
			states[string(k)] = s
			return nil
		})
		if err != nil {
			return err
		}
		for id, s := range states {
			if err := t.put(bucketState, []byte(id), s); err != nil {
				return err
			}
		}
		return t.Bucket(bucketMeta).Delete(keyBehind)
	})
}
