package store

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"chapar/fetcher"
)

// Format is the version of the schema that this build writes. It reads and upgrades older ones: see upgrade.
const Format = 2

var (
	// ErrForeign: the file is not one of ours.
	ErrForeign = errors.New("not a chapar database")
	// ErrNewer: the file was written by a newer chapar.
	ErrNewer = errors.New("made by a newer chapar")
	// ErrNotFound: there is no such record.
	ErrNotFound = errors.New("not found")
)

// HeldError says that another process has the database open.
type HeldError struct {
	Path string
	PID  int // 0 if it did not leave its number
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s is held by another process", e.Path)
	}
	return fmt.Sprintf("%s is held by process %d", e.Path, e.PID)
}

// Options of a DB. The zero Options are for use.
type Options struct {
	Lock   time.Duration    // how long to wait for another holder to let go; 0 means 300 ms
	NoSync bool             // for tests: a commit does not wait for the disk, and a power cut may lose it
	Now    func() time.Time // nil means time.Now; for what the caller does not date itself

	// MinFree is how many bytes stay free on the disk: with less nothing is written but what gives space back. 0 leaves
	// none; AutoFree is for use where others write to the disk too.
	MinFree int64

	// Scratch is for a database that gets its place later: the number of its last commit is not written beside it.
	Scratch bool

	Metrics *Metrics // nil counts nothing
}

const usualLock = 300 * time.Millisecond

// DB is one database file. Its methods are safe for concurrent use.
type DB struct {
	bolt   *bolt.DB
	codec  *codec
	file   *os.File // the one that bbolt holds and closes
	path   string
	now    func() time.Time
	reads  bool // opened by Read
	writer writer
	close  func() error

	namesLock sync.RWMutex // held for reading by those who write by names
	names     names        // renamings in force
	metrics   *Metrics
	copies    copies
	room      room
	last      last // guarded by the writer's turn
}

var (
	_ fetcher.Desk = (*DB)(nil)
	_ Reader       = (*DB)(nil)
)

// Open opens the database at path and makes it if there is none. Errors name the path and say in one line what is
// wrong: a *HeldError, or one that wraps ErrForeign, ErrNewer, ErrDamaged or the error of the system.
func Open(path string, o Options) (*DB, error) { return openAs(path, o, false) }

// Read opens a database that is there, for reading alone, with others who do the same. Neither the file nor its folder
// need be writable or have room. What writes gives an error. Errors are those of Open.
func Read(path string, o Options) (*DB, error) { return openAs(path, o, true) }

func openAs(path string, o Options, reads bool) (_ *DB, err error) {
	if o.Lock <= 0 {
		o.Lock = usualLock
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	f, err := claim(path, o, reads)
	if err != nil {
		return nil, err
	}
	codec, err := newCodec()
	if err != nil {
		return nil, errors.Join(err, release(path, f))
	}
	db := &DB{codec: codec, file: f, path: path, now: o.Now, reads: reads, metrics: o.Metrics, writer: writer{turn: make(chan struct{}, 1)}}
	db.KeepFree(o.MinFree)
	if err := db.open(f, o); err != nil {
		err = fmt.Errorf("%s: %w", path, err)
		return nil, errors.Join(err, release(path, f))
	}
	if !reads {
		found, err := db.head()
		if err == nil {
			err = db.upgrade()
		}
		if err != nil {
			err = fmt.Errorf("cannot bring %s to the present format: %w", path, err)
			return nil, errors.Join(err, db.bolt.Close(), release(path, f))
		}
		if !o.Scratch {
			if err := db.follow(found); err != nil {
				db.unfollow()
				return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.bolt.Close(), release(path, f))
			}
		}
	}
	db.close = sync.OnceValue(func() error {
		unmark(path)
		db.unfollow()
		return db.bolt.Close()
	})
	return db, nil
}

// open maps the claimed file and reads its format.
func (db *DB) open(f *os.File, o Options) (err error) {
	defer guard(&err)()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	room := 0
	if !db.reads { // a reader that is at work when the map must grow would hold up the writer
		room = int(max(256<<20, 4*info.Size()))
	}
	b, err := bolt.Open(db.path, 0o600, &bolt.Options{
		Timeout:         o.Lock,
		NoSync:          o.NoSync,
		ReadOnly:        db.reads,
		PreLoadFreelist: true, // it is looked at when the database is verified
		InitialMmapSize: room,
		FreelistType:    bolt.FreelistMapType,
		OpenFile:        func(string, int, os.FileMode) (*os.File, error) { return f, nil },
	})
	if err != nil {
		return err
	}
	b.AllocSize = 4 << 20
	db.bolt = b
	err = db.view(func(t txn) error {
		if t.Bucket(bucketMeta) == nil {
			return ErrForeign
		}
		format, ok, err := t.number(bucketMeta, keyFormat)
		switch {
		case err != nil:
			return err
		case !ok:
			return ErrForeign
		case format > Format:
			return fmt.Errorf("%w (format %d, this one knows %d)", ErrNewer, format, Format)
		}
		for _, name := range buckets() {
			if t.Bucket(name) == nil {
				return &DamagedError{Bucket: string(name), Why: "the bucket is missing"}
			}
		}
		return nil
	})
	if err != nil {
		return errors.Join(err, b.Close())
	}
	return nil
}

// Close waits for transactions under way, lets go of the file and removes the mark of the holder.
func (db *DB) Close() error { return db.close() }

// Path is where the file lies.
func (db *DB) Path() string { return db.path }
