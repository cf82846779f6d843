package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	bolt "go.etcd.io/bbolt"

	"chapar/store/whole"
)

// Compacted says what a compaction came to.
type Compacted struct {
	Before int64 `json:"before_bytes"` // size of the file
	After  int64 `json:"after_bytes"`
	Values int   `json:"values"` // how many were copied and compared
}

// SpaceError says that there is no room for a copy of the database.
type SpaceError struct {
	Folder     string
	Need, Free int64 // bytes
}

func (e *SpaceError) Error() string {
	const mib = 1 << 20
	return fmt.Sprintf("a copy of up to %.1f MiB is needed for a while in %s, where %.1f MiB are free; make room there",
		float64(e.Need)/mib, e.Folder, float64(e.Free)/mib)
}

// copyInfix stands in the names of copies that are to take the place of a database.
const copyInfix = ".compact-"

// Compact gives the space that is not used back: it copies a database that nobody holds to a new file beside it, compares
// the two, and gives the copy the name of the database. Mode and owner stay; a symbolic link is followed. Whenever it is
// cut short, one whole database has the name. progress, if it is not nil, hears how many bytes of about how many are done.
//
// It fails with a *HeldError where another process has the database, and with a *SpaceError where there is no room.
func Compact(ctx context.Context, path string, o Options, progress func(done, total int64)) (c Compacted, err error) {
	db, err := Open(path, o)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	m, err := db.newMove()
	if err != nil {
		return c, err
	}
	if m.progress = progress; progress == nil {
		m.progress = func(int64, int64) {}
	}
	defer m.discard()
	if err := m.copy(ctx); err != nil {
		return c, err
	}
	fresh, err := m.compare(ctx, o)
	if err != nil {
		return c, err
	}
	// The copy is held until its new name is on disk: nobody writes into what a power cut might take back. And our mark
	// goes before another can leave its own.
	defer func() { err = errors.Join(err, db.Close(), fresh.bolt.Close()) }()
	if c.After, err = sizeOf(m.name); err != nil {
		return c, err
	}
	if err := os.Remove(lastFile(m.place)); err != nil && !errors.Is(err, fs.ErrNotExist) { // the copy counts from its own beginning
		return c, err
	}
	if err := whole.Rename(m.name, m.place); err != nil {
		return c, fmt.Errorf("cannot put the copy in the place of %s: %w", m.place, err)
	}
	m.name = ""
	c.Before, c.Values = m.size, m.values
	return c, nil
}

// move is a compaction at work.
type move struct {
	from     *DB
	place    string // the file itself, where path is a link
	name     string // of the copy; "" once it has its place
	size     int64  // of the file
	used     int64  // bytes of it that hold something
	values   int
	sums     map[string]digest // of the source, by bucket
	progress func(done, total int64)
}

func (db *DB) newMove() (*move, error) {
	place, err := filepath.EvalSymlinks(db.path)
	if err != nil {
		return nil, err
	}
	info, err := db.file.Stat()
	if err != nil {
		return nil, err
	}
	m := &move{from: db, place: place, size: info.Size(), sums: make(map[string]digest)}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Nlink > 1 {
		return nil, fmt.Errorf("%s has %d names (hard links), and only one of them would lead to the copy; remove the others first", place, s.Nlink)
	}
	if m.used, err = db.used(); err != nil {
		return nil, err
	}
	// Pages may be filled less than they are now, and the file grows by steps.
	need := m.used + m.used/8 + 2*copyStep
	if free, _, err := diskSpace(filepath.Dir(place)); err != nil {
		return nil, fmt.Errorf("cannot tell how much space is free in %s: %w", filepath.Dir(place), err)
	} else if free >= 0 && free < need {
		return nil, &SpaceError{filepath.Dir(place), need, free}
	}
	return m, nil
}

// used is how many bytes of the file hold something.
func (db *DB) used() (n int64, err error) {
	err = db.view(func(t txn) error {
		s := db.bolt.Stats()
		n = t.Size() - int64(s.FreePageN+s.PendingPageN)*int64(db.bolt.Info().PageSize)
		return nil
	})
	return n, err
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// copyStep is by how much the copy grows at a time.
const copyStep = 1 << 20

// copy writes the new file and has it on disk.
func (m *move) copy(ctx context.Context) (err error) {
	f, err := os.CreateTemp(filepath.Dir(m.place), filepath.Base(m.place)+copyInfix+"*")
	if err != nil {
		return fmt.Errorf("cannot make a copy: %w", err)
	}
	m.name = f.Name()
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot make a copy: %w", err)
		}
	}()
	if err := m.alike(f); err != nil {
		return errors.Join(err, closed(f))
	}
	b, err := bolt.Open(m.name, 0o600, &bolt.Options{
		NoSync: true, NoGrowSync: true, // it is synced once, as a whole
		InitialMmapSize: int(m.size + m.size/4),
		FreelistType:    bolt.FreelistMapType,
		OpenFile:        func(string, int, os.FileMode) (*os.File, error) { return f, nil },
	})
	if err != nil {
		return errors.Join(err, closed(f))
	}
	b.AllocSize = copyStep
	to := &DB{bolt: b, codec: m.from.codec}
	err = m.fill(ctx, to)
	size := int64(0)
	if err == nil {
		err = to.view(func(t txn) error { size = t.Size(); return nil })
	}
	if err == nil {
		err = f.Truncate(size) // what it grew ahead
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, b.Close())
}

// alike gives a file the owner and the mode of the database.
func (m *move) alike(f *os.File) error {
	was, err := m.from.file.Stat()
	if err != nil {
		return err
	}
	is, err := f.Stat()
	if err != nil {
		return err
	}
	a, aok := was.Sys().(*syscall.Stat_t)
	b, bok := is.Sys().(*syscall.Stat_t)
	if aok && bok && (a.Uid != b.Uid || a.Gid != b.Gid) {
		if err := f.Chown(int(a.Uid), int(a.Gid)); err != nil {
			return fmt.Errorf("it would belong to somebody else than the database: %w", err)
		}
	}
	return f.Chmod(was.Mode().Perm())
}

// fill copies all buckets, in transactions of bounded size, and checks each value on the way.
func (m *move) fill(ctx context.Context, to *DB) error {
	var names [][]byte
	sequences := make(map[string]uint64)
	err := m.from.view(func(t txn) error {
		return t.ForEach(func(name []byte, b *bolt.Bucket) error {
			names = append(names, bytes.Clone(name))
			sequences[string(name)] = b.Sequence()
			return nil
		})
	})
	if err != nil {
		return err
	}
	err = to.update(func(t txn) error {
		for _, name := range names {
			b, err := t.CreateBucket(name)
			if err == nil {
				err = b.SetSequence(sequences[string(name)])
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	done := int64(0)
	for _, name := range names {
		var sum digest
		err := m.from.each(ctx, name, sliceKeys, func(pairs []pair) (bool, error) {
			if err := sum.add(name, pairs); err != nil {
				return false, err
			}
			for _, p := range pairs {
				done += int64(len(p.key) + len(p.value))
			}
			m.progress(min(done, m.used), m.used)
			return true, to.update(func(t txn) error {
				b := t.Bucket(name)
				b.FillPercent = 0.95
				for _, p := range pairs {
					if err := b.Put(p.key, p.value); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		sum.sequence = sequences[string(name)]
		m.sums[string(name)] = sum
		m.values += sum.values
	}
	return nil
}

// compare opens the copy as any database is opened, reads all of it and compares it with what was copied. The copy stays
// open, and its lock held.
func (m *move) compare(ctx context.Context, o Options) (_ *DB, err error) {
	f, err := openRegular(m.name, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	if err := inspect(f); err != nil {
		return nil, errors.Join(fmt.Errorf("the copy is bad, the database stays as it is: %w", err), f.Close())
	}
	copied := &DB{codec: m.from.codec, path: m.name, file: f, now: m.from.now}
	if err := copied.open(f, o); err != nil {
		return nil, errors.Join(fmt.Errorf("the copy is bad, the database stays as it is: %w", err), closed(f))
	}
	sums := make(map[string]digest)
	err = copied.view(func(t txn) error {
		return t.ForEach(func(name []byte, b *bolt.Bucket) error {
			sums[string(name)] = digest{sequence: b.Sequence()}
			return nil
		})
	})
	for name, sum := range sums {
		if err != nil {
			break
		}
		err = copied.each(ctx, []byte(name), sliceKeys, func(pairs []pair) (bool, error) {
			return true, sum.add([]byte(name), pairs)
		})
		sums[name] = sum
	}
	if err == nil && len(sums) != len(m.sums) {
		err = fmt.Errorf("it has %d buckets of %d", len(sums), len(m.sums))
	}
	for name, want := range m.sums {
		if got := sums[name]; err == nil && got != want {
			err = fmt.Errorf("bucket %s has %d values of %d, or others", name, got.values, want.values)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the copy is not the same, the database stays as it is: %w", err), copied.bolt.Close())
	}
	return copied, nil
}

// discard removes a copy that did not take its place.
func (m *move) discard() {
	if m.name != "" {
		_ = os.Remove(m.name) // the next opening does it otherwise
	}
}

// digest tells whether two buckets hold the same.
type digest struct {
	values   int
	sum      uint32
	sequence uint64
}

// add takes the pairs that follow, checking each value against its own checksum.
func (d *digest) add(bucket []byte, pairs []pair) error {
	table := crc32.MakeTable(crc32.Castagnoli)
	var sizes [8]byte
	for _, p := range pairs {
		if len(p.value) > 0 || !bare(bucket) {
			if _, _, err := unseal(bucket, p.key, p.value); err != nil {
				return err
			}
		}
		binary.BigEndian.PutUint32(sizes[:], uint32(len(p.key)))
		binary.BigEndian.PutUint32(sizes[4:], uint32(len(p.value)))
		d.sum = crc32.Update(crc32.Update(crc32.Update(d.sum, table, sizes[:]), table, p.key), table, p.value)
		d.values++
	}
	return nil
}

// bare says whether the values of a bucket are empty: all is in the keys.
func bare(bucket []byte) bool { return bytes.Equal(bucket, bucketCluster) }

// sweepCopies removes what compactions that were cut short left beside a database. The caller holds its lock, so that
// none is at work.
func sweepCopies(path string) {
	place, err := filepath.EvalSymlinks(path)
	if err != nil {
		return // opening will tell
	}
	dir, base := filepath.Split(place)
	if dir == "" {
		dir = "."
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), base+copyInfix) && e.Type().IsRegular() {
			_ = os.Remove(filepath.Join(dir, e.Name())) // it harms nobody
		}
	}
}
