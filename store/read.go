package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"chapar/fetcher"
	"chapar/store/corpus"
)

// A slice is what one read transaction takes out, so that none is long and none is held while the caller works.
const (
	sliceRecords = 500
	sliceBytes   = 8 << 20
	sliceKeys    = 5000 // where only keys or small values are read
)

// pair is a key and its value, copied out of a transaction.
type pair struct{ key, value []byte }

// slice copies what follows a key, which is nil for the beginning; empty at the end.
func (db *DB) slice(bucket, after []byte, most int) (pairs []pair, err error) {
	err = db.view(func(t txn) error {
		pairs = pairs[:0]
		size := 0
		c := t.Bucket(bucket).Cursor()
		var k, v []byte
		if after == nil {
			k, v = c.First()
		} else if k, v = c.Seek(after); bytes.Equal(k, after) {
			k, v = c.Next()
		}
		for ; k != nil && len(pairs) < most && size < sliceBytes; k, v = c.Next() {
			if last := lastKey(pairs, after); last != nil && bytes.Compare(last, k) >= 0 {
				return damaged(bucket, k, outOfOrder) // going on from here would go in a circle
			}
			pairs = append(pairs, pair{bytes.Clone(k), bytes.Clone(v)})
			size += len(v)
		}
		// Who goes through a large bucket would otherwise seem to hold the whole file. While the transaction is open, the
		// map stays where it is.
		forget(db.bolt.Info().Data, t.Size())
		return nil
	})
	return pairs, err
}

const outOfOrder = "the keys are not in order"

func lastKey(pairs []pair, before []byte) []byte {
	if len(pairs) == 0 {
		return before
	}
	return pairs[len(pairs)-1].key
}

// each goes through a bucket slice by slice.
func (db *DB) each(ctx context.Context, bucket []byte, most int, fn func([]pair) (goOn bool, err error)) error {
	return db.eachAfter(ctx, bucket, nil, most, fn)
}

// eachAfter is each from behind a key on, which is nil for the beginning.
func (db *DB) eachAfter(ctx context.Context, bucket, after []byte, most int, fn func([]pair) (goOn bool, err error)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		pairs, err := db.slice(bucket, after, most)
		if err != nil || len(pairs) == 0 {
			return err
		}
		if goOn, err := fn(pairs); err != nil || !goOn {
			return err
		}
		after = pairs[len(pairs)-1].key
	}
}

// Records gives the records that a query wants in order of number. A damaged record ends it with a *DamagedError.
// While the caller works on some, the next are read.
func (db *DB) Records(ctx context.Context, q Query) iter.Seq2[corpus.Record, error] {
	return func(yield func(corpus.Record, error) bool) {
		f := newFilter(q)
		if err := f.choose(ctx, db); err != nil {
			yield(corpus.Record{}, err)
			return
		}
		given := 0
		for slice := range db.ahead(ctx, f) {
			for _, r := range slice.records {
				if r == nil || !f.firstOfCluster(*r) || r.Number < q.From {
					continue
				}
				if !yield(*r, nil) {
					return
				}
				if given++; given == q.Limit {
					return
				}
			}
			if slice.err != nil {
				yield(corpus.Record{}, slice.err)
				return
			}
		}
	}
}

// decoded are the records of a slice, nil where they are not wanted, and the error that ended it, if one did.
type decoded struct {
	records []*corpus.Record
	err     error
}

// ahead reads record/ slice by slice in a goroutine of its own, which ends with the loop over them.
func (db *DB) ahead(ctx context.Context, f *filter) iter.Seq[decoded] {
	return func(yield func(decoded) bool) {
		var reader sync.WaitGroup
		defer reader.Wait()
		ahead, cancel := context.WithCancel(ctx)
		defer cancel()
		slices := make(chan decoded)
		reader.Go(func() {
			defer close(slices)
			send := func(d decoded) bool {
				select {
				case slices <- d:
					return d.err == nil
				case <-ahead.Done():
					return false
				}
			}
			err := db.eachAfter(ahead, bucketRecord, f.start(), sliceRecords, func(pairs []pair) (bool, error) {
				records, err := db.decode(pairs, f.takes, func(r corpus.Record) bool { return r.Number >= f.q.From })
				return send(decoded{records, err}), nil
			})
			if err != nil {
				send(decoded{err: err})
			}
		})
		for d := range slices {
			if !yield(d) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(decoded{err: err})
		}
	}
}

// decode reads records side by side, those with a text for which texts says so. Those that are not wanted are nil; after the first bad
// one, whose error is given, there are none.
func (db *DB) decode(pairs []pair, wanted, texts func(corpus.Record) bool) ([]*corpus.Record, error) {
	records := make([]*corpus.Record, len(pairs))
	n, err := sideBySide(len(pairs), func(from, to int) (int, error) {
		var buf []byte
		for i := from; i < to; i++ {
			r, text, err := shown(bucketRecord, pairs[i].key, pairs[i].value)
			if err != nil {
				return i, err
			}
			if !wanted(r) {
				continue
			}
			if texts(r) {
				if buf, err = db.codec.unpack(text, buf[:0]); err != nil {
					return i, damaged(bucketRecord, pairs[i].key, err.Error())
				}
				r.Text = string(buf)
			}
			records[i] = &r
		}
		return to, nil
	})
	return records[:n], err
}

func every(corpus.Record) bool { return true }
func none(corpus.Record) bool  { return false }

// sideBySide shares n pieces of work among the cores. It gives the number of the first that failed, and its error.
func sideBySide(n int, work func(from, to int) (reached int, err error)) (int, error) {
	const least = 64 // pieces for which a goroutine is worth while
	workers := min(runtime.GOMAXPROCS(0), (n+least-1)/least)
	reached, errs := make([]int, workers), make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { reached[w], errs[w] = work(w*n/workers, (w+1)*n/workers) })
	}
	wg.Wait()
	for w, err := range errs {
		if err != nil {
			return reached[w], err
		}
	}
	return n, nil
}

// filter is a query at work.
type filter struct {
	q        Query
	clusters map[string]bool // those that gave a record
	chosen   map[string]int  // the number of the one that stands for a cluster, where another than the first may
}

func newFilter(q Query) *filter { return &filter{q: q, clusters: make(map[string]bool)} }

// takes says whether a record is wanted, clusters aside. It is safe for concurrent use.
func (f *filter) takes(r corpus.Record) bool {
	q := f.q
	at := momentOf(r)
	switch {
	case r.Withdrawn != nil && !q.Withdrawn:
		return false
	case !q.Since.IsZero() && at.Before(q.Since), !q.Until.IsZero() && !at.Before(q.Until):
		return false
	case r.Relevance < q.MinRelevance:
		return false
	case len(q.Sources) > 0 && !slices.Contains(q.Sources, r.Source):
		return false
	case len(q.Topics) > 0 && !slices.ContainsFunc(q.Topics, func(want string) bool { return slices.Contains(r.Topics, want) }):
		return false
	case len(q.Places) > 0 && !slices.ContainsFunc(q.Places, func(want string) bool { return liesIn(r.Places, want) }):
		return false
	}
	return len(q.Languages) == 0 || slices.ContainsFunc(q.Languages, func(want string) bool {
		return speaks(r.Language, want)
	})
}

// speaks says whether a language tag is the wanted one or a narrower one.
func speaks(language, want string) bool {
	language, want = strings.ToLower(language), strings.ToLower(want)
	return language == want || strings.HasPrefix(language, want+"-")
}

// liesIn says whether one of the places, such as "Osh, KG", is the wanted one, or has it as its name or its country.
func liesIn(places []string, want string) bool {
	return slices.ContainsFunc(places, func(place string) bool {
		name, country, _ := strings.Cut(place, ", ")
		return strings.EqualFold(place, want) || strings.EqualFold(name, want) || strings.EqualFold(country, want)
	})
}

// start gives the key behind which reading begins; nil for the beginning. Where copies are dropped, the first of each
// cluster must be seen, wherever it stands.
func (f *filter) start() []byte {
	if f.q.From <= 0 || f.q.DropDuplicates {
		return nil
	}
	return numberKey(uint64(f.q.From - 1))
}

// firstOfCluster keeps the first record of a cluster among those that are wanted, or the one that was chosen, where
// duplicates are to be dropped.
func (f *filter) firstOfCluster(r corpus.Record) bool {
	if !f.q.DropDuplicates {
		return true
	}
	if n, ok := f.chosen[r.Cluster]; ok {
		return r.Number == n
	}
	if f.clusters[r.Cluster] {
		return false
	}
	f.clusters[strings.Clone(r.Cluster)] = true // it is a part of the whole line, which need not stay
	return true
}

// momentOf is when an article came out, as far as it is known.
func momentOf(r corpus.Record) time.Time {
	if r.Published != nil {
		return *r.Published
	}
	return r.FirstSeen
}

// Record finds a record by its id, the beginning of one, its number, or a URL that led to it.
func (db *DB) Record(ctx context.Context, id string) (r corpus.Record, err error) {
	if err := ctx.Err(); err != nil {
		return r, err
	}
	err = db.view(func(t txn) error {
		n, err := t.find(id)
		if err != nil {
			return err
		}
		key := numberKey(n)
		v := t.Bucket(bucketRecord).Get(key)
		if v == nil {
			return damaged(bucketRecord, key, "the record is missing")
		}
		s, _, err := t.whole(bucketRecord, key, v, nil)
		r = s.Record
		return err
	})
	return r, err
}

// find gives the number of a record.
func (t txn) find(id string) (uint64, error) {
	notFound := fmt.Errorf("%s: %w", id, ErrNotFound)
	if strings.Contains(id, "://") {
		_, k, ok, err := t.article(urlKey(id))
		if err == nil && (!ok || k.Stand != standKept) {
			err = notFound
		}
		return k.At, err
	}
	id = strings.ToLower(id)
	if n, ok, err := t.number(bucketID, []byte(id)); err != nil || ok {
		return n, err
	}
	if n, err := strconv.ParseUint(id, 10, 63); err == nil && t.Bucket(bucketRecord).Get(numberKey(n)) != nil {
		return n, nil
	}
	if id == "" {
		return 0, notFound
	}
	c := t.Bucket(bucketID).Cursor()
	k, _ := c.Seek([]byte(id))
	if !bytes.HasPrefix(k, []byte(id)) {
		return 0, notFound
	}
	found := bytes.Clone(k)
	if k, _ := c.Next(); bytes.HasPrefix(k, []byte(id)) {
		return 0, fmt.Errorf("%s: several records begin so: %w", id, ErrNotFound)
	}
	n, _, err := t.number(bucketID, found)
	return n, err
}

// Copies gives the articles of a record's cluster in order of number, the record among them.
func (db *DB) Copies(ctx context.Context, id string) iter.Seq2[corpus.Record, error] {
	return func(yield func(corpus.Record, error) bool) {
		var numbers []uint64
		err := db.view(func(t txn) error {
			n, err := t.find(id)
			if err != nil {
				return err
			}
			s, _, err := t.record(n)
			if err != nil {
				return err
			}
			numbers, err = t.clusterOf(s.Record)
			return err
		})
		if err != nil {
			yield(corpus.Record{}, err)
			return
		}
		const few = 50
		for part := range slices.Chunk(numbers, few) {
			keys := make([][]byte, len(part))
			for i, n := range part {
				keys[i] = numberKey(n)
			}
			pairs, err := db.values(bucketRecord, keys)
			var records []*corpus.Record
			if err == nil {
				records, err = db.decode(pairs, every, every)
			}
			if err == nil {
				err = ctx.Err()
			}
			for _, r := range records {
				if !yield(*r, nil) {
					return
				}
			}
			if err != nil {
				yield(corpus.Record{}, err)
				return
			}
		}
	}
}

// Revisions gives all revisions of a record, the first one first.
func (db *DB) Revisions(ctx context.Context, id string) iter.Seq2[corpus.Record, error] {
	return func(yield func(corpus.Record, error) bool) {
		var all []corpus.Record
		err := db.view(func(t txn) error {
			all = nil
			n, err := t.find(id)
			if err != nil {
				return err
			}
			prefix := numberKey(n)
			c := t.Bucket(bucketRevision).Cursor()
			for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
				s, _, err := t.whole(bucketRevision, k, v, nil)
				if err != nil {
					return err
				}
				all = append(all, s.Record)
			}
			s, _, err := t.whole(bucketRecord, prefix, t.Bucket(bucketRecord).Get(prefix), nil)
			all = append(all, s.Record)
			return err
		})
		for _, r := range all {
			if err != nil || ctx.Err() != nil || !yield(r, nil) {
				break
			}
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			yield(corpus.Record{}, err)
		}
	}
}

// Page gives the page that a revision was made from; ok is false if it is not kept, or not any more.
func (db *DB) Page(number, revision int) (p fetcher.Page, ok bool, err error) {
	key := pairKey(uint64(number), uint64(revision))
	err = db.view(func(t txn) error {
		v := t.Bucket(bucketPage).Get(key)
		if ok = v != nil; !ok {
			return nil
		}
		var err error
		p, _, err = t.unpackPage(bucketPage, key, v)
		return err
	})
	return p, ok, err
}

// Rejected gives the articles below the threshold that a query wants, in order of arrival. Clusters do not count here.
func (db *DB) Rejected(ctx context.Context, q Query) iter.Seq2[Rejected, error] {
	return func(yield func(Rejected, error) bool) {
		given := 0
		err := db.eachRejected(ctx, q, func(_ []byte, r Rejected) (bool, error) {
			given++
			return yield(r, nil) && given != q.Limit, nil
		})
		if err != nil {
			yield(Rejected{}, err)
		}
	}
}

// eachRejected goes through the articles below the threshold that a query wants; its limit does not count.
func (db *DB) eachRejected(ctx context.Context, q Query, fn func(key []byte, r Rejected) (goOn bool, err error)) error {
	f := newFilter(q)
	return db.each(ctx, bucketDropped, sliceRecords, func(pairs []pair) (bool, error) {
		for _, p := range pairs {
			var r Rejected
			if err := db.codec.unmarshal(bucketDropped, p.key, p.value, &r); err != nil {
				return false, err
			}
			if !f.takes(r.labels()) {
				continue
			}
			if goOn, err := fn(p.key, r); err != nil || !goOn {
				return false, err
			}
		}
		return true, nil
	})
}

// Aside gives the jobs that were given up, in the order in which that happened.
func (db *DB) Aside(ctx context.Context) iter.Seq2[Aside, error] {
	return func(yield func(Aside, error) bool) {
		err := db.each(ctx, bucketAside, sliceRecords, func(pairs []pair) (bool, error) {
			for _, p := range pairs {
				var a Aside
				if err := db.codec.unmarshal(bucketAside, p.key, p.value, &a); err != nil {
					return false, err
				}
				if !yield(a, nil) {
					return false, nil
				}
			}
			return true, nil
		})
		if err != nil {
			yield(Aside{}, err)
		}
	}
}

// Waiting is a job of the inbox, and why it failed last; nil if it did not.
type Waiting struct {
	Job fetcher.Job
	Why *Reason
}

// Inbox gives the jobs that wait, by host and then by when they are due.
func (db *DB) Inbox(ctx context.Context) iter.Seq2[Waiting, error] {
	return func(yield func(Waiting, error) bool) {
		err := db.each(ctx, bucketInbox, sliceRecords, func(pairs []pair) (bool, error) {
			for _, p := range pairs {
				var w waiting
				if err := db.codec.unmarshal(bucketInbox, p.key, p.value, &w); err != nil {
					return false, err
				}
				if !yield(Waiting(w), nil) {
					return false, nil
				}
			}
			return true, nil
		})
		if err != nil {
			yield(Waiting{}, err)
		}
	}
}

// Events gives the last 30 polls of an endpoint, the oldest first.
func (db *DB) Events(endpoint string) (events []fetcher.Event, err error) {
	err = db.view(func(t txn) error {
		events = nil
		_, err := t.get(bucketEvent, []byte(endpoint), &events)
		return err
	})
	return events, err
}

// Endpoints gives the state of every endpoint that was ever polled, by its id.
func (db *DB) Endpoints(ctx context.Context) (map[string]fetcher.State, error) {
	states := make(map[string]fetcher.State)
	err := db.each(ctx, bucketState, sliceRecords, func(pairs []pair) (bool, error) {
		for _, p := range pairs {
			var s fetcher.State
			if err := db.codec.unmarshal(bucketState, p.key, p.value, &s); err != nil {
				return false, err
			}
			states[string(p.key)] = s
		}
		return true, nil
	})
	return states, err
}
