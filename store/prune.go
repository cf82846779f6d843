package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"time"
)

// Retention is for how long what is no part of the corpus stays. With 0 it goes at once.
type Retention struct {
	Pages    time.Duration // raw pages, since they were fetched
	Rejected time.Duration // what is told of articles that were dropped or set aside, and their pages, since that happened
}

// Pruned is how much was removed.
type Pruned struct {
	Pages   int // raw pages, without those that went with the next
	Dropped int // articles below the threshold of which no more is known than that
	Aside   int // jobs that were given up, likewise
	Damaged int // values that cannot be read, and stay
}

// Prune removes what has stayed for its time, in short transactions. That an article was dropped or set aside, and when,
// is not forgotten, so that it is not fetched again. The space is used again, the file does not shrink.
//
// What is damaged holds up nothing else: all that can be removed is, and the error is the first *DamagedError.
func (db *DB) Prune(ctx context.Context, now time.Time, keep Retention) (p Pruned, err error) {
	defer func() { db.metrics.removed(p.Pages) }()
	var bad spoilt
	before := stamp(now.Add(-keep.Pages))
	for _, bucket := range [][]byte{bucketPage, bucketDroppedPage} {
		err := db.prune(ctx, bucket, &p.Pages, &bad, func(p pair) (bool, error) {
			fetched, ok := fetchedOf(p.value)
			return ok && fetched <= before, nil
		}, func(t txn, p pair) error {
			return t.Bucket(bucket).Delete(p.key)
		})
		if err != nil && !bad.pass(err) {
			return p, err
		}
	}
	rejected := now.Add(-keep.Rejected)
	for _, b := range []struct {
		bucket []byte
		stand  stand
		n      *int
	}{{bucketDropped, standDropped, &p.Dropped}, {bucketAside, standAside, &p.Aside}} {
		err := db.prune(ctx, b.bucket, b.n, &bad, func(p pair) (bool, error) {
			g, err := db.gone(b.bucket, p)
			return err == nil && !g.on.After(rejected), err
		}, func(t txn, p pair) error {
			g, err := db.gone(b.bucket, p)
			if err != nil {
				return err
			}
			return t.forgetWhy(b.bucket, p.key, b.stand, g)
		})
		if err != nil && !bad.pass(err) {
			return p, err
		}
	}
	p.Damaged = bad.n
	return p, bad.first
}

// spoilt counts values that cannot be read.
type spoilt struct {
	n     int
	first error
}

// pass takes the error of a damaged value, which concerns none of the others; false for any other error.
func (s *spoilt) pass(err error) bool {
	d, ok := errors.AsType[*DamagedError](err)
	if !ok || d.Bucket == "" {
		return false
	}
	s.n++
	s.first = cmp.Or(s.first, err)
	return true
}

// prune goes through a bucket and removes what is old, and counts it.
func (db *DB) prune(ctx context.Context, bucket []byte, n *int, bad *spoilt, old func(pair) (bool, error), remove func(txn, pair) error) error {
	var after []byte
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		found, last, err := db.oldOnes(bucket, after, bad, old)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			before, removed := *bad, 0
			err := db.writeAnyway(func(t txn) error {
				*bad, removed = before, 0
				for _, p := range found {
					if err := remove(t, p); err == nil {
						removed++
					} else if !bad.pass(err) {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			*n += removed
		}
		if last == nil {
			return nil
		}
		after = last
	}
}

// oldOnes looks at some values that follow a key and gives those that are old, the pages among them without their values,
// and the last key that it looked at; nil at the end.
func (db *DB) oldOnes(bucket, after []byte, bad *spoilt, old func(pair) (bool, error)) (found []pair, last []byte, err error) {
	const most = 200
	pages := bytes.Equal(bucket, bucketPage) || bytes.Equal(bucket, bucketDroppedPage)
	err = db.view(func(t txn) error {
		defer func() { forget(db.bolt.Info().Data, t.Size()) }() // as slice does
		found, last = nil, nil
		c := t.Bucket(bucket).Cursor()
		k, v := c.Seek(after)
		if after != nil && bytes.Equal(k, after) {
			k, v = c.Next()
		}
		previous := after
		for n := 0; k != nil; k, v = c.Next() {
			if previous != nil && bytes.Compare(previous, k) >= 0 {
				return damaged(bucket, k, outOfOrder)
			}
			previous = k
			is, err := old(pair{k, v})
			if err != nil && !bad.pass(err) {
				return err
			}
			if is {
				p := pair{key: bytes.Clone(k)}
				if !pages {
					p.value = bytes.Clone(v)
				}
				found = append(found, p)
			}
			if n++; n == most {
				last = bytes.Clone(k)
				return nil
			}
		}
		return nil
	})
	return found, last, err
}

// gone is what is left of an article of which nothing else is told any more.
type gone struct {
	key string
	on  time.Time
}

// gone reads whose a value of dropped/ or aside/ is, and when it came there.
func (db *DB) gone(bucket []byte, p pair) (gone, error) {
	if bytes.Equal(bucket, bucketAside) {
		var a Aside
		err := db.codec.unmarshal(bucket, p.key, p.value, &a)
		return gone{a.Job.Key, a.Reason.At}, err
	}
	var r struct {
		Key  string    `json:"key"`
		Seen time.Time `json:"seen"`
	}
	err := db.codec.unmarshal(bucket, p.key, p.value, &r)
	return gone{r.Key, r.Seen}, err
}

// forgetWhy removes what is told of an article that was dropped or set aside, but not that it was.
func (t txn) forgetWhy(bucket, place []byte, was stand, g gone) error {
	if t.Bucket(bucket).Get(place) == nil {
		return nil // it was read again meanwhile
	}
	k, ok, err := t.known(g.key)
	if err != nil {
		return err
	}
	if ok && k.Stand == was && k.At == numberOf(place) {
		if err := t.leave(&k); err != nil {
			return err
		}
		k.Stand, k.On = was, g.on
		return t.putKnown(g.key, k)
	}
	return t.Bucket(bucket).Delete(place)
}
