package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"chapar/store/corpus"
)

// Preference says which article stands for its cluster where copies are dropped. Of two that are as good the earlier
// number stands.
type Preference struct {
	Longest bool   // the one with the longest text, in bytes
	Source  string // the first one of this source; where there is none, the first of all
}

// ParsePreference reads "first", "longest" or "source=ID"; "" is "first".
func ParsePreference(s string) (p Preference, err error) {
	id, isSource := strings.CutPrefix(s, "source=")
	switch {
	case s == "" || s == "first":
	case s == "longest":
		p.Longest = true
	case isSource && id != "":
		p.Source = id
	default:
		err = fmt.Errorf("%q is none of first, longest and source=ID", s)
	}
	return p, err
}

// String is what ParsePreference reads.
func (p Preference) String() string {
	switch {
	case p.Longest:
		return "longest"
	case p.Source != "":
		return "source=" + p.Source
	}
	return "first"
}

// standIn is an article that may stand for its cluster.
type standIn struct {
	number, size int
	ofSource     bool
}

// before says whether one is to be preferred to another of a higher number.
func (p Preference) before(a, b standIn) bool {
	if p.Longest {
		return a.size >= b.size
	}
	return a.ofSource || !b.ofSource
}

// choose sets which article stands for each cluster that has copies, among those that the query wants.
func (f *filter) choose(ctx context.Context, db *DB) error {
	if !f.q.DropDuplicates || f.q.Prefer == (Preference{}) {
		return nil
	}
	f.chosen = make(map[string]int)
	best := make(map[string]standIn)
	look := func(numbers []uint64) error {
		keys := make([][]byte, len(numbers))
		for i, n := range numbers {
			keys[i] = numberKey(n)
		}
		pairs, err := db.values(bucketRecord, keys)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			r, packed, err := shown(bucketRecord, p.key, p.value)
			if err != nil {
				return err
			}
			if !f.takes(r) {
				continue
			}
			next := standIn{r.Number, sizeOfPacked(packed), r.Source == f.q.Prefer.Source}
			if now, ok := best[r.Cluster]; !ok || !f.q.Prefer.before(now, next) {
				cluster := strings.Clone(r.Cluster)
				best[cluster], f.chosen[cluster] = next, next.number
			}
		}
		return nil
	}
	first := uint64(0)
	return db.each(ctx, bucketCluster, sliceRecords, func(pairs []pair) (bool, error) {
		var numbers []uint64
		for i, p := range pairs {
			if len(p.key) != 16 {
				return false, damaged(bucketCluster, p.key, "the key is cut")
			}
			if n := numberOf(p.key); i == 0 || n != first { // the key names the first of the cluster, then a copy
				first = n
				numbers = append(numbers, n)
			}
			numbers = append(numbers, numberOf(p.key[8:]))
		}
		return true, look(numbers)
	})
}

// sizeOfPacked is how long a packed text is, without unpacking it; 0 where it does not say.
func sizeOfPacked(b []byte) int {
	var h zstd.Header
	if h.Decode(b) != nil || !h.HasFCS {
		return 0
	}
	return int(h.FrameContentSize)
}

// clusterOf gives the numbers of all articles in the cluster of a record, in order.
func (t txn) clusterOf(r corpus.Record) ([]uint64, error) {
	first, ok, err := t.number(bucketID, []byte(r.Cluster))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, damaged(bucketRecord, numberKey(uint64(r.Number)), "its cluster has no first document")
	}
	all := []uint64{first}
	prefix := numberKey(first)
	c := t.Bucket(bucketCluster).Cursor()
	for k, _ := c.Seek(prefix); len(k) == 16 && numberOf(k) == first; k, _ = c.Next() {
		all = append(all, numberOf(k[8:]))
	}
	slices.Sort(all)
	return all, nil
}
