package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chapar/fetcher"
	"chapar/store/corpus"
)

// Standing tells what is known of an address. Of Record, Rejected, Aside and Gone at most one is set.
type Standing struct {
	Record   *corpus.Record `json:"record,omitempty"`  // kept
	Rejected *Rejected      `json:"dropped,omitempty"` // below the threshold
	Aside    *Aside         `json:"aside,omitempty"`   // given up
	Gone     *Gone          `json:"gone,omitempty"`    // dropped or given up so long ago that nothing else is told of it
	Old      bool           `json:"old,omitempty"`     // seen, and too old to be fetched
	Job      *fetcher.Job   `json:"job,omitempty"`     // waits for its page, or for the next look at it
	Why      *Reason        `json:"why,omitempty"`     // why the job failed last; nil if it did not
	Sources  []string       `json:"sources"`           // that named it, the first one first
}

// Gone is what is left of an article that was not kept, once the time for explaining it is over.
type Gone struct {
	As string    `json:"as"` // dropped or aside
	On time.Time `json:"on"`
}

// Standing looks an address up; ErrNotFound if nobody named it.
func (db *DB) Standing(ctx context.Context, url string) (s Standing, err error) {
	if err := ctx.Err(); err != nil {
		return s, err
	}
	err = db.view(func(t txn) error {
		s = Standing{}
		key, k, ok, err := t.article(urlKey(url))
		if err != nil {
			return err
		}
		if !ok || !strings.Contains(url, "://") {
			return fmt.Errorf("%s: %w", url, ErrNotFound)
		}
		for _, said := range k.Said {
			s.Sources = append(s.Sources, said.Source)
		}
		w, err := t.job(key, k)
		if err != nil {
			return err
		}
		if w != nil {
			s.Job, s.Why = &w.Job, w.Why
		}
		at := numberKey(k.At)
		if !k.On.IsZero() {
			s.Gone = &Gone{string(k.Stand), k.On}
			return nil
		}
		switch k.Stand {
		case standKept:
			r, _, err := t.whole(bucketRecord, at, t.Bucket(bucketRecord).Get(at), nil)
			s.Record = &r.Record
			return err
		case standDropped:
			s.Rejected = new(Rejected)
			_, err = t.get(bucketDropped, at, s.Rejected)
		case standAside:
			s.Aside = new(Aside)
			_, err = t.get(bucketAside, at, s.Aside)
		case standOld:
			s.Old = true
		}
		return err
	})
	return s, err
}
