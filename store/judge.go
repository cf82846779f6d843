package store

import (
	"context"
	"slices"

	"chapar/store/corpus"
)

// Judged is a kept article and what other settings of relevance say of it: Now differs from Was in relevance, topics,
// places, reasons and Withdrawn only.
type Judged struct{ Was, Now corpus.Record }

// Differs says whether there is anything to be written.
func (j Judged) Differs() bool {
	was, now := j.Was, j.Now
	return now.Relevance != was.Relevance || (now.Withdrawn == nil) != (was.Withdrawn == nil) || !slices.Equal(now.Topics, was.Topics) ||
		!slices.Equal(now.Places, was.Places) || !slices.Equal(now.Reasons, was.Reasons)
}

// Judge writes what kept articles are judged today, all in one transaction; give it a few hundred at most. Texts,
// numbers and revisions stay; what is withdrawn is in no export until it is judged otherwise. An article that was changed
// since it was read stays as it is. It gives the number of those that were written.
func (db *DB) Judge(ctx context.Context, all []Judged) (written int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	err = db.write(func(t txn) error {
		written = 0
		for _, j := range all {
			old, text, err := t.record(uint64(j.Was.Number))
			if err != nil {
				return err
			}
			if old.Record.ID != j.Was.ID || old.Record.SHA256 != j.Was.SHA256 {
				continue
			}
			r := &old.Record
			r.Relevance, r.Topics, r.Places, r.Reasons, r.Withdrawn = j.Now.Relevance, j.Now.Topics, j.Now.Places, j.Now.Reasons, j.Now.Withdrawn
			if err := t.putRecord(old, text); err != nil {
				return err
			}
			written++
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return written, nil
}
