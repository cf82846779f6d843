package store

import (
	"context"
	"os"
	"slices"
	"time"
)

// Tally is what can be counted of a database at little cost.
type Tally struct {
	Records   int
	Copies    int // records with duplicate_of
	Today     int // records that came since midnight
	Revisions int // older ones that are kept
	Dropped   int
	Aside     int
	Inbox     int       // entries that wait for their page
	Oldest    time.Time // since when the oldest of those of wanted sources waits; zero if none does
	Revisits  int       // kept articles that will be looked at again

	FileBytes int64
	FreeBytes int64 // of the file, to be used again; known after the first commit
	DiskBytes int64 // that the file system has left

	Backup, Export time.Time // when the last one was made, as far as it was told here; zero if never
}

// Surveyor counts again and again what a database holds, and remembers what it need not count anew. It counts keys, of
// buckets whose values are small where there is a choice: a survey of 100,000 records takes some 20 ms where Stats,
// which reads each record, takes seconds. It is for one goroutine.
type Surveyor struct {
	db     *DB
	tx     int // the commit that the last survey saw
	tally  Tally
	day    time.Time // the midnight that Today counts from
	number int       // the highest that was looked at for Today; -1 for none
}

// NewSurveyor gives a surveyor that has seen nothing yet.
func NewSurveyor(db *DB) *Surveyor { return &Surveyor{db: db, tx: -1, number: -1} }

// Survey counts in short transactions: what is written meanwhile may be counted or not. Where nothing was written since
// the last survey it counts nothing. A value that cannot be read ends no survey; it has no day and no age. The midnight of Today is that of the location of now; wanted says whether a source
// is watched: the entries of others wait for its return.
func (s *Surveyor) Survey(ctx context.Context, now time.Time, wanted func(source string) bool) (Tally, error) {
	t := s.tally
	info, err := os.Stat(s.db.path)
	if err != nil {
		return Tally{}, err
	}
	t.FileBytes, t.FreeBytes = info.Size(), int64(s.db.bolt.Stats().FreeAlloc)
	if t.DiskBytes, _, err = diskSpace(s.db.path); err != nil {
		return Tally{}, err
	}
	tx := 0
	err = s.db.view(func(x txn) error {
		tx = x.ID()
		for _, n := range []struct {
			care Care
			at   *time.Time
		}{{CareBackup, &t.Backup}, {CareExport, &t.Export}} {
			at, ok, err := x.number(bucketMeta, []byte(n.care))
			if err != nil {
				return err
			}
			if ok {
				*n.at = time.Unix(0, int64(at)).UTC()
			}
		}
		return nil
	})
	if err != nil {
		return Tally{}, err
	}
	year, month, date := now.Date()
	day := time.Date(year, month, date, 0, 0, 0, 0, now.Location())
	if tx != s.tx || !day.Equal(s.day) {
		if err := s.count(ctx, &t, day, wanted); err != nil {
			return Tally{}, err
		}
	}
	s.tx, s.tally = tx, t
	return t, nil
}

func (s *Surveyor) count(ctx context.Context, t *Tally, day time.Time, wanted func(string) bool) error {
	for _, c := range []struct {
		bucket []byte
		n      *int
	}{{bucketID, &t.Records}, {bucketCluster, &t.Copies}, {bucketRevision, &t.Revisions}, {bucketDropped, &t.Dropped}, {bucketAside, &t.Aside}} {
		n, err := s.db.countKeys(ctx, c.bucket)
		if err != nil {
			return err
		}
		*c.n = n
	}
	if err := s.inbox(ctx, t, wanted); err != nil {
		return err
	}
	if !day.Equal(s.day) {
		s.day, s.number, s.tally.Today = day, -1, 0 // also for the next survey, should this one fail
		t.Today = 0
	}
	return s.today(ctx, t)
}

func (s *Surveyor) inbox(ctx context.Context, t *Tally, wanted func(string) bool) error {
	t.Inbox, t.Revisits, t.Oldest = 0, 0, time.Time{}
	return s.db.each(ctx, bucketInbox, sliceRecords, func(pairs []pair) (bool, error) {
		for _, p := range pairs {
			var w struct {
				Job struct {
					Revisit bool      `json:"revisit"`
					Since   time.Time `json:"since"`
					Entry   struct {
						Source string `json:"source"`
					} `json:"entry"`
				} `json:"job"`
			}
			if s.db.codec.unmarshal(bucketInbox, p.key, p.value, &w) != nil {
				t.Inbox++ // whatever it is, it waits; its lane tells of the damage
				continue
			}
			if w.Job.Revisit {
				t.Revisits++
				continue
			}
			t.Inbox++
			if wanted(w.Job.Entry.Source) && (t.Oldest.IsZero() || w.Job.Since.Before(t.Oldest)) {
				t.Oldest = w.Job.Since
			}
		}
		return true, nil
	})
}

// today adds the records that came since it last looked: from the newest back to the last one known or to one that is
// of an earlier day.
func (s *Surveyor) today(ctx context.Context, t *Tally) error {
	newest := s.number
	var before []byte // the key that it has come back to
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var pairs []pair
		err := s.db.view(func(x txn) error {
			pairs = pairs[:0]
			c := x.Bucket(bucketRecord).Cursor()
			k, v := c.Last()
			if before != nil {
				if k, _ = c.Seek(before); k != nil {
					k, v = c.Prev()
				}
			}
			for ; k != nil && len(pairs) < sliceRecords; k, v = c.Prev() {
				pairs = append(pairs, pair{slices.Clone(k), slices.Clone(v)})
			}
			return nil
		})
		if err != nil {
			return err
		}
		more = len(pairs) == sliceRecords
		for _, p := range pairs {
			n := int(numberOf(p.key))
			if n <= s.number {
				more = false
				break
			}
			newest, before = max(newest, n), p.key
			c, err := count(p.key, p.value)
			if err != nil {
				continue // who reads records tells of the damage
			}
			if c.FirstSeen.Before(s.day) {
				more = false
				break
			}
			t.Today++
		}
	}
	s.number = newest
	return nil
}

// Care is something that is done for what the database holds, and remembered with it.
type Care string

const (
	CareBackup Care = "backup"
	CareExport Care = "export"
)

// Remember notes when care was taken last.
func (db *DB) Remember(what Care, at time.Time) error {
	return db.write(func(t txn) error { return t.putNumber(bucketMeta, []byte(what), stamp(at)) })
}
