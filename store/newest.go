package store

import (
	"context"
	"slices"

	"chapar/store/corpus"
)

// Newest gives the records of the corpus that came last, the last first, without their text. It reads no more than them
// and what is withdrawn between them.
func (db *DB) Newest(ctx context.Context, most int) (records []corpus.Record, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = db.view(func(t txn) error {
		records = records[:0]
		c := t.Bucket(bucketRecord).Cursor()
		for k, v := c.Last(); k != nil && len(records) < most; k, v = c.Prev() {
			s, _, err := readRecord(bucketRecord, slices.Clone(k), slices.Clone(v))
			if err != nil {
				return err
			}
			if s.Record.Withdrawn == nil {
				records = append(records, s.Record)
			}
		}
		return nil
	})
	return records, err
}
