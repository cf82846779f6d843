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
// Words of one letter do not count; a query without words finds nothing.
func (db *DB) Search(ctx context.Context, words string, q Query) iter.Seq2[corpus.Record, error] {
	return func(yield func(corpus.Record, error) bool) {
		asked := wantedOf(words)
		if len(asked) == 0 {
			return
		}
		hits, err := db.hits(ctx, asked, newFilter(q))
		if err != nil {
			yield(corpus.Record{}, err)
			return
		}
		if q.DropDuplicates { // of each cluster the first in number, whatever its rank
			slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(a.number, b.number) })
			f := newFilter(q)
			hits = slices.DeleteFunc(hits, func(h hit) bool { return !f.firstOfCluster(corpus.Record{Cluster: h.cluster}) })
		}
		rank(hits, len(asked))
		if q.Limit > 0 {
			hits = hits[:min(q.Limit, len(hits))]
		}
		for chunk := range slices.Chunk(hits, 50) {
			if err := ctx.Err(); err != nil {
				yield(corpus.Record{}, err)
				return
			}
			records, err := db.recordsOf(chunk)
			if err != nil {
				yield(corpus.Record{}, err)
				return
			}
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// hit is a record that holds all words.
type hit struct {
	number  uint64
	cluster string
	moment  int64
	inTitle []bool // by word of the query
	score   float64
}

// hits finds the records by their signatures and looks into the texts of those.
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
			records, err := db.decode(pairs, f.takes)
			if err != nil {
				return false, err
			}
			for _, r := range records {
				if r == nil {
					continue
				}
				if h, ok := look(asked, *r); ok {
					hits = append(hits, h)
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

// look says whether a record holds all words, and which of them stand in its title.
func look(asked []wanted, r corpus.Record) (hit, bool) {
	inTitle := make([]bool, len(asked))
	missing := make([]int, 0, len(asked))
	for word := range dedup.Words(r.Title) {
		for i, w := range asked {
			inTitle[i] = inTitle[i] || w.matches(word)
		}
	}
	for i := range asked {
		if !inTitle[i] {
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 {
		for word := range dedup.Words(r.Text) {
			missing = slices.DeleteFunc(missing, func(i int) bool { return asked[i].matches(word) })
			if len(missing) == 0 {
				break
			}
		}
	}
	return hit{
		number: uint64(r.Number), cluster: r.Cluster, moment: momentOf(r).Unix(), inTitle: inTitle,
	}, len(missing) == 0
}

// rank sorts hits, the best first. A word counts the more, the fewer of the titles found have it.
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
		h.score = 0
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
func (db *DB) recordsOf(hits []hit) ([]corpus.Record, error) {
	keys := make([][]byte, len(hits))
	for i, h := range hits {
		keys[i] = numberKey(h.number)
	}
	pairs, err := db.values(bucketRecord, keys)
	if err != nil {
		return nil, err
	}
	decoded, err := db.decode(pairs, func(corpus.Record) bool { return true })
	records := make([]corpus.Record, len(decoded))
	for i, r := range decoded {
		records[i] = *r
	}
	return records, err
}
