package store

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"time"

	"chapar/normalize"
)

// counted is the part of a record's metadata that is counted.
type counted struct {
	Record struct {
		Source      string     `json:"source"`
		Language    string     `json:"language"`
		Published   *time.Time `json:"published"`
		FirstSeen   time.Time  `json:"first_seen"`
		Topics      []string   `json:"topics"`
		DuplicateOf *string    `json:"duplicate_of"`
	} `json:"record"`
	Normalizer int `json:"normalizer"`
}

// Stats counts what is kept, in short transactions: what is written meanwhile may be counted or not.
func (db *DB) Stats(ctx context.Context) (Stats, error) {
	s := Stats{
		BySource: make(map[string]int), ByLanguage: make(map[string]int), ByMonth: make(map[string]int),
		ByTopic: make(map[string]int), AsideBy: make(map[string]int),
	}
	err := db.each(ctx, bucketRecord, sliceRecords, func(pairs []pair) (bool, error) {
		all := make([]counted, len(pairs))
		_, err := sideBySide(len(pairs), func(from, to int) (int, error) {
			for i := from; i < to; i++ {
				p := pairs[i]
				meta, _, err := splitRecord(bucketRecord, p.key, p.value)
				if err != nil {
					return i, err
				}
				if err := json.Unmarshal(meta, &all[i]); err != nil {
					return i, damaged(bucketRecord, p.key, err.Error())
				}
			}
			return to, nil
		})
		if err != nil {
			return false, err
		}
		for _, c := range all {
			s.count(c)
		}
		return true, nil
	})
	if err != nil {
		return Stats{}, err
	}
	for _, c := range []struct {
		bucket []byte
		n      *int
	}{{bucketRevision, &s.Revisions}, {bucketDropped, &s.Dropped}} {
		if *c.n, err = db.countKeys(ctx, c.bucket); err != nil {
			return Stats{}, err
		}
	}
	for w, err := range db.Inbox(ctx) {
		switch {
		case err != nil:
			return Stats{}, err
		case w.Job.Revisit:
			s.Revisits++
		default:
			s.Inbox++
		}
	}
	for a, err := range db.Aside(ctx) {
		if err != nil {
			return Stats{}, err
		}
		s.Aside++
		s.AsideBy[string(a.Reason.Outcome)]++
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

func (s *Stats) count(c counted) {
	r := c.Record
	at := r.FirstSeen
	if r.Published != nil {
		at = *r.Published
	}
	s.Records++
	if r.DuplicateOf != nil {
		s.Copies++
	}
	s.BySource[r.Source]++
	s.ByLanguage[r.Language]++
	s.ByMonth[at.UTC().Format("2006-01")]++
	for _, topic := range r.Topics {
		s.ByTopic[topic]++
	}
	if c.Normalizer < normalize.Version {
		s.Older++
	}
	s.Newest = later(s.Newest, r.FirstSeen)
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
