package store

import (
	"bytes"
	"context"
	"os"
	"slices"

	"chapar/normalize"
	"chapar/store/corpus"
)

// counted is what is counted of a record.
type counted struct {
	corpus.Record // without its text
	normalizer    int
	lost          int // of its earlier revisions
}

// count reads what is counted of a value of record/.
func count(key, v []byte) (c counted, err error) {
	meta, _, err := splitRecord(bucketRecord, key, v)
	if err != nil {
		return c, err
	}
	// The record comes first, and to read it so takes a fifth of the time.
	if b, ok := bytes.CutPrefix(meta, []byte(recordStart)); ok {
		if r, size, ok := corpus.ParsePrefix(b); ok {
			return counted{r, numberIn(b[size:], `,"normalizer":`), numberIn(b[size:], `,"lost":`)}, nil
		}
	}
	s, _, err := readRecord(bucketRecord, key, v)
	return counted{s.Record, s.Normalizer, s.Lost}, err
}

// numberIn finds a number, such as the version of the normalizer, by its key in what follows the record; 0 if there is
// none. Within a string the quotes of the key would be escaped, and no other object has such keys.
func numberIn(rest []byte, key string) (n int) {
	_, rest, _ = bytes.Cut(rest, []byte(key))
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// Stats counts what a query wants, in short transactions: what is written meanwhile may be counted or not. Of what is
// not kept only the source is asked for. The size of the file is that of all.
func (db *DB) Stats(ctx context.Context, q Query) (Stats, error) {
	s := Stats{
		BySource: make(map[string]int), ByLanguage: make(map[string]int), ByMonth: make(map[string]int),
		ByTopic: make(map[string]int), AsideBy: make(map[string]int),
	}
	if err := db.countRecords(ctx, newFilter(q), &s); err != nil {
		return Stats{}, err
	}
	if err := db.countOthers(ctx, q, &s); err != nil {
		return Stats{}, err
	}
	info, err := os.Stat(db.path)
	if err != nil {
		return Stats{}, err
	}
	used, err := db.used()
	if err != nil {
		return Stats{}, err
	}
	s.FileBytes = info.Size()
	s.FreeBytes = max(0, s.FileBytes-used)
	return s, nil
}

func (db *DB) countRecords(ctx context.Context, f *filter, s *Stats) error {
	return db.eachAfter(ctx, bucketRecord, f.start(), sliceRecords, func(pairs []pair) (bool, error) {
		all := make([]counted, len(pairs))
		_, err := sideBySide(len(pairs), func(from, to int) (_ int, err error) {
			for i := from; i < to; i++ {
				if all[i], err = count(pairs[i].key, pairs[i].value); err != nil {
					return i, err
				}
			}
			return to, nil
		})
		if err != nil {
			return false, err
		}
		for _, c := range all {
			if c.Withdrawn != nil {
				if c.Withdrawn = nil; f.takes(c.Record) {
					s.Withdrawn++
				}
				continue
			}
			if !f.takes(c.Record) || !f.firstOfCluster(c.Record) || c.Number < f.q.From {
				continue
			}
			s.count(c)
			if s.Records == f.q.Limit {
				return false, nil
			}
		}
		return true, nil
	})
}

// countOthers counts what is no record.
func (db *DB) countOthers(ctx context.Context, q Query, s *Stats) (err error) {
	wanted := func(source string) bool { return len(q.Sources) == 0 || slices.Contains(q.Sources, source) }
	if len(q.Sources) == 0 {
		s.Dropped, err = db.countKeys(ctx, bucketDropped)
	} else {
		for _, rerr := range db.Rejected(ctx, Query{Sources: q.Sources}) {
			if err = rerr; err != nil {
				break
			}
			s.Dropped++
		}
	}
	if err != nil {
		return err
	}
	for w, err := range db.Inbox(ctx) {
		switch {
		case err != nil:
			return err
		case !wanted(w.Job.Entry.Source):
		case w.Job.Revisit:
			s.Revisits++
		default:
			s.Inbox++
		}
	}
	for a, err := range db.Aside(ctx) {
		if err != nil {
			return err
		}
		if wanted(a.Job.Entry.Source) {
			s.Aside++
			s.AsideBy[string(a.Reason.Outcome)]++
		}
	}
	return nil
}

func (s *Stats) count(c counted) {
	s.Records++
	s.Revisions += c.Revision - 1 - c.lost
	if c.DuplicateOf != nil {
		s.Copies++
	}
	s.BySource[c.Source]++
	s.ByLanguage[c.Language]++
	s.ByMonth[momentOf(c.Record).UTC().Format("2006-01")]++
	for _, topic := range c.Topics {
		s.ByTopic[topic]++
	}
	if c.normalizer < normalize.Version {
		s.Older++
	}
	s.Newest = later(s.Newest, c.FirstSeen)
}

// countKeys counts the keys of a bucket without copying values.
func (db *DB) countKeys(ctx context.Context, bucket []byte) (int, error) {
	n := 0
	var after []byte
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		some := 0
		err := db.view(func(t txn) error {
			some = 0
			c := t.Bucket(bucket).Cursor()
			k, _ := c.Seek(after)
			for ; k != nil && some < sliceKeys; k, _ = c.Next() {
				some++
			}
			if k != nil && bytes.Compare(after, k) >= 0 {
				return damaged(bucket, k, outOfOrder)
			}
			after = bytes.Clone(k)
			return nil
		})
		if err != nil {
			return 0, err
		}
		if n += some; len(after) == 0 {
			return n, nil
		}
	}
}
