package store

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"

	"chapar/normalize/dedup"
	"chapar/store/corpus"
)

// Search gives the records that hold every word of the query, the best first: those with rare words of the query in
// the title, then the newest. A word of at least three letters also stands for the longer words that begin with it.
// Words of one letter do not count; a query without words finds nothing. Where duplicates are dropped, the best of each
// cluster stays.
func (db *DB) Search(ctx context.Context, words string, q Query) iter.Seq2[corpus.Record, error] {
	return func(yield func(corpus.Record, error) bool) {
		asked := wantedOf(words)
		if len(asked) == 0 {
			return
		}
		f := newFilter(q)
		if err := f.choose(ctx, db); err != nil {
			yield(corpus.Record{}, err)
			return
		}
		hits, err := db.hits(ctx, asked, f)
		if err != nil {
			yield(corpus.Record{}, err)
			return
		}
		rank(hits, len(asked))
		given := 0
		for chunk := range slices.Chunk(hits, 50) { // texts are read only as far as they are asked for
			if err := ctx.Err(); err != nil {
				yield(corpus.Record{}, err)
				return
			}
			records, err := db.recordsOf(chunk)
			for _, r := range records {
				if !holds(asked, *r) || !f.firstOfCluster(*r) || r.Number < q.From {
					continue
				}
				if !yield(*r, nil) {
					return
				}
				if given++; given == q.Limit {
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

// hit is a record that may hold all words.
type hit struct {
	number  uint64
	moment  int64
	inTitle []bool // by word of the query
	score   float64
}

// hits finds the records that are wanted and whose signatures have all words, and looks at their titles.
func (db *DB) hits(ctx context.Context, asked []wanted, f *filter) ([]hit, error) {
	var hits []hit
	err := db.each(ctx, bucketWords, sliceKeys, func(sigs []pair) (bool, error) {
		var maybe [][]byte
		for _, p := range sigs {
			_, sig, err := unseal(bucketWords, p.key, p.value)
			if err != nil {
				return false, err
			}
			if !slices.ContainsFunc(asked, func(w wanted) bool { return !mayHold(sig, w.items) }) {
				maybe = append(maybe, p.key)
			}
		}
		for chunk := range slices.Chunk(maybe, sliceRecords) {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			pairs, err := db.values(bucketRecord, chunk)
			if err != nil {
				return false, err
			}
			records, err := db.decode(pairs, f.takes, none)
			if err != nil {
				return false, err
			}
			for _, r := range records {
				if r != nil {
					hits = append(hits, hit{number: uint64(r.Number), moment: momentOf(*r).Unix(), inTitle: wordsIn(asked, r.Title)})
				}
			}
		}
		return true, nil
	})
	return hits, err
}

// values copies the values of some keys; what is gone is left out.
func (db *DB) values(bucket []byte, keys [][]byte) (pairs []pair, err error) {
	err = db.view(func(t txn) error {
		pairs = pairs[:0]
		b := t.Bucket(bucket)
		for _, k := range keys {
			if v := b.Get(k); v != nil {
				pairs = append(pairs, pair{k, slices.Clone(v)})
			}
		}
		return nil
	})
	return pairs, err
}

// wordsIn says which of the words a text holds.
func wordsIn(asked []wanted, text string) []bool {
	is := make([]bool, len(asked))
	left := len(asked)
	for word := range dedup.Words(text) {
		for i, w := range asked {
			if !is[i] && w.matches(word) {
				is[i] = true
				left--
			}
		}
		if left == 0 {
			break
		}
	}
	return is
}

// holds says whether title and text of a record together hold all words.
func holds(asked []wanted, r corpus.Record) bool {
	inTitle := wordsIn(asked, r.Title)
	var missing []wanted
	for i, is := range inTitle {
		if !is {
			missing = append(missing, asked[i])
		}
	}
	return len(missing) == 0 || !slices.Contains(wordsIn(missing, r.Text), false)
}

// rank sorts hits, the best first. A word counts the more, the fewer of the titles have it.
func rank(hits []hit, words int) {
	titles := make([]int, words)
	for _, h := range hits {
		for i, in := range h.inTitle {
			if in {
				titles[i]++
			}
		}
	}
	for j := range hits {
		h := &hits[j]
		for i, in := range h.inTitle {
			if in {
				h.score += 1 + math.Log(float64(len(hits))/float64(titles[i]))
			}
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.moment, a.moment), cmp.Compare(b.number, a.number))
	})
}

// recordsOf reads the records of hits in their order.
func (db *DB) recordsOf(hits []hit) ([]*corpus.Record, error) {
	keys := make([][]byte, len(hits))
	for i, h := range hits {
		keys[i] = numberKey(h.number)
	}
	pairs, err := db.values(bucketRecord, keys)
	if err != nil {
		return nil, err
	}
	return db.decode(pairs, every, every)
}
