package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"chapar/normalize/dedup"
	"chapar/store/corpus"
)

// copies recognises copies and translations among the articles. Its index is in memory: it is made when it is first
// needed, of prints/, and changes only within write transactions, whose fate it shares.
type copies struct {
	making sync.Mutex       // held while the index is made
	index  *dedup.Index     // nil until then; from then on the writer's
	added  []dedup.Addition // in the transaction under way
	texts  texts
}

// methodKey is the place in prints/ that says by which method they were made: without it they are made anew.
const methodKey = 0

// method is to rise when the same text gets other fingerprints.
const method = 2

// Prepared says what it took to make the index of copies.
type Prepared struct {
	Texts   int  // articles and older revisions of them
	Anew    bool // their fingerprints were made again, because they were missing or of another method
	Damaged int  // values that could not be read, and of whose articles copies may not be recognised
}

// Prepare makes the index by which copies are recognised, unless it is there. What places articles does so itself, but
// cannot be interrupted in it: a million articles take some seconds, and minutes where their fingerprints are missing.
func (db *DB) Prepare(ctx context.Context) (p Prepared, err error) {
	if db.reads {
		return p, fmt.Errorf("copies are not told in %s: it was opened for reading", db.path)
	}
	c := &db.copies
	c.making.Lock()
	defer c.making.Unlock()
	if c.index != nil {
		return p, nil
	}
	x, p, err := db.restored(ctx)
	if errors.Is(err, errNoPrints) || errors.Is(err, ErrDamaged) {
		x, p, err = db.derived(ctx)
	}
	if err == nil {
		c.index = x
	}
	return p, err
}

// errNoPrints says that the fingerprints of the articles are to be made.
var errNoPrints = errors.New("there are no fingerprints")

// hasPrints says whether prints/ is whole and of the present method.
func (t txn) hasPrints() (bool, error) {
	if t.Bucket(bucketPrints) == nil || t.Bucket(bucketClues) == nil {
		return false, nil
	}
	made, ok, err := t.number(bucketPrints, numberKey(methodKey))
	return ok && made == method, err
}

// printed is what prints/ holds: of which revision of which article, and its fingerprints.
type printed struct {
	number   uint64
	revision int
	record   []byte // as dedup made it
}

func (p printed) seal(place uint64) []byte {
	head := binary.AppendUvarint(binary.AppendUvarint(nil, p.number), uint64(p.revision))
	return seal(numberKey(place), formPlain, head, p.record)
}

// readPrinted reads a value of prints/; the record is part of it.
func readPrinted(k, v []byte) (p printed, err error) {
	_, b, err := unseal(bucketPrints, k, v)
	if err != nil {
		return p, err
	}
	number, n := binary.Uvarint(b)
	if n <= 0 {
		return p, damaged(bucketPrints, k, "the number is cut")
	}
	revision, m := binary.Uvarint(b[n:])
	if m <= 0 {
		return p, damaged(bucketPrints, k, "the revision is cut")
	}
	return printed{number, int(revision), b[n+m:]}, nil
}

// latest is of how many texts the clues are kept: no fewer than the index asks for.
const latest = 20_000

// restored makes the index of the fingerprints that are kept, and of the clues of the latest texts.
func (db *DB) restored(ctx context.Context) (x *dedup.Index, p Prepared, err error) {
	var clusters map[uint64]uint64
	err = db.view(func(t txn) error {
		if ok, err := t.hasPrints(); err != nil {
			return err
		} else if !ok {
			return errNoPrints
		}
		p.Texts = max(t.Bucket(bucketPrints).Inspect().KeyN-1, 0)
		var err error
		clusters, err = t.clusters()
		return err
	})
	if err != nil {
		return nil, p, err
	}
	x = dedup.NewIndex()
	place := 0
	err = db.eachAfter(ctx, bucketPrints, numberKey(methodKey), sliceKeys, func(pairs []pair) (bool, error) {
		prints := make([]printed, len(pairs))
		for i, pair := range pairs {
			if prints[i], err = readPrinted(pair.key, pair.value); err != nil {
				return false, err
			}
		}
		old := min(max(dedup.FirstRecent(p.Texts)-place, 0), len(prints))
		clues, err := db.cluesOf(pairs[old:])
		if err != nil {
			return false, err
		}
		clues = append(make([][]byte, old), clues...)
		for i, pr := range prints {
			ref, cluster := dedup.Ref(pr.number), pr.number
			if first, ok := clusters[pr.number]; ok {
				cluster = first
			}
			if err := x.Restore(ref, dedup.Ref(cluster), pr.record, clues[i]); err != nil {
				return false, damaged(bucketPrints, pairs[i].key, err.Error())
			}
		}
		place += len(prints)
		return true, nil
	})
	return x, p, err
}

// cluesOf gives the clues that belong to some fingerprints.
func (db *DB) cluesOf(prints []pair) (all [][]byte, err error) {
	err = db.view(func(t txn) error {
		all = all[:0]
		b := t.Bucket(bucketClues)
		for _, p := range prints {
			v := b.Get(p.key)
			if v == nil {
				return errNoPrints
			}
			_, clues, err := unseal(bucketClues, p.key, v)
			if err != nil {
				return err
			}
			all = append(all, slices.Clone(clues))
		}
		return nil
	})
	return all, err
}

// clusters gives the first document of each copy's cluster.
func (t txn) clusters() (map[uint64]uint64, error) {
	all := make(map[uint64]uint64)
	c := t.Bucket(bucketCluster).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		if len(k) != 16 {
			return nil, damaged(bucketCluster, k, "the key is cut")
		}
		all[numberOf(k[8:])] = numberOf(k)
	}
	return all, nil
}

// textsOf reads the texts of some fingerprints. Those that cannot be read are nil.
func (db *DB) textsOf(prints []printed) ([]*dedup.Text, error) {
	texts := make([]*dedup.Text, len(prints))
	for from := 0; from < len(prints); from += sliceRecords {
		part := prints[from:min(from+sliceRecords, len(prints))]
		pairs := make([]pair, len(part))
		buckets := make([][]byte, len(part))
		err := db.view(func(t txn) error {
			for i, p := range part {
				buckets[i], pairs[i].key = t.whereIs(p)
				pairs[i].value = slices.Clone(t.Bucket(buckets[i]).Get(pairs[i].key))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		_, err = sideBySide(len(part), func(i, to int) (int, error) {
			for ; i < to; i++ {
				texts[from+i] = db.codec.readText(buckets[i], pairs[i].key, pairs[i].value)
			}
			return to, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// whereIs gives the place of a revision: among the newest or the older ones.
func (t txn) whereIs(p printed) (bucket, key []byte) {
	old := pairKey(p.number, uint64(p.revision))
	if t.Bucket(bucketRevision).Get(old) != nil {
		return bucketRevision, old
	}
	return bucketRecord, numberKey(p.number)
}

// readText reads a value of record/ or revision/ for comparison; nil if it cannot be read.
func (c *codec) readText(bucket, key, value []byte) *dedup.Text {
	r, packed, err := shown(bucket, key, value)
	if err != nil {
		return nil
	}
	b, err := c.unpack(packed, nil)
	if err != nil {
		return nil
	}
	r.Text = string(b)
	return textOfRecord(r)
}

func textOfRecord(r corpus.Record) *dedup.Text {
	a := dedup.Article{Title: r.Title, Text: r.Text, Language: r.Language, Source: r.Source}
	if r.Published != nil {
		a.Published = *r.Published
	}
	return dedup.Read(a)
}

// derived makes the fingerprints of all articles anew, in the order in which they came, and the index with them.
func (db *DB) derived(ctx context.Context) (x *dedup.Index, p Prepared, err error) {
	p.Anew = true
	came, err := db.arrivals(ctx, &p)
	if err != nil {
		return nil, p, err
	}
	var clusters map[uint64]uint64
	err = db.view(func(t txn) (err error) { clusters, err = t.clusters(); return err })
	if errors.Is(err, ErrDamaged) {
		p.Damaged++
	} else if err != nil {
		return nil, p, err
	}
	err = db.write(func(t txn) error {
		for _, name := range [][]byte{bucketPrints, bucketClues} {
			if t.Bucket(name) != nil {
				if err := t.DeleteBucket(name); err != nil {
					return err
				}
			}
			if _, err := t.CreateBucket(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, p, err
	}
	x = dedup.NewIndex()
	place, last := uint64(methodKey), uint64(methodKey)
	for part := range slices.Chunk(came, sliceRecords) {
		if err := ctx.Err(); err != nil {
			return nil, p, err
		}
		prints := make([]printed, len(part))
		for i, a := range part {
			prints[i] = printed{number: a.number, revision: a.revision}
			last = max(last, a.place)
		}
		texts, err := db.textsOf(prints)
		if err != nil {
			return nil, p, err
		}
		clues := make([][]byte, len(prints))
		for i := range prints {
			ref := dedup.Ref(prints[i].number)
			cluster := ref
			if first, ok := clusters[prints[i].number]; ok {
				cluster = dedup.Ref(first)
			}
			if texts[i] == nil {
				texts[i] = dedup.Read(dedup.Article{})
				p.Damaged++
			}
			a := x.Replay(ref, texts[i], cluster)
			prints[i].record, clues[i] = a.Record, a.Clues
		}
		err = db.write(func(t txn) error {
			for i, pr := range prints {
				at := place + 1 + uint64(i)
				if err := t.filled(bucketPrints).Put(numberKey(at), pr.seal(at)); err != nil {
					return err
				}
				if at+latest <= uint64(len(came)) {
					continue
				}
				if err := t.filled(bucketClues).Put(numberKey(at), seal(numberKey(at), formPlain, clues[i])); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, p, err
		}
		place += uint64(len(prints))
	}
	p.Texts = len(came)
	return x, p, db.write(func(t txn) error {
		if err := t.Bucket(bucketPrints).SetSequence(max(place, last)); err != nil {
			return err
		}
		return t.putNumber(bucketPrints, numberKey(methodKey), method)
	})
}

// came is a revision of an article and when it came.
type came struct {
	place    uint64 // in the order of arrival; 0 if it came before that was noted
	fetched  int64
	number   uint64
	revision int
}

// arrivals gives all revisions that can be read in the order in which they came. Damage holds up nobody: what is new is
// kept, and its copies are recognised.
func (db *DB) arrivals(ctx context.Context, p *Prepared) (all []came, err error) {
	for _, bucket := range [][]byte{bucketRecord, bucketRevision} {
		err := db.each(ctx, bucket, sliceRecords, func(pairs []pair) (bool, error) {
			for _, pair := range pairs {
				if s, _, err := readRecord(bucket, pair.key, pair.value); err != nil {
					p.Damaged++
				} else {
					all = append(all, came{s.Place, s.Record.Fetched.UnixNano(), uint64(s.Record.Number), s.Record.Revision})
				}
			}
			return true, nil
		})
		if errors.Is(err, ErrDamaged) {
			p.Damaged++
		} else if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b came) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.fetched, b.fetched), cmp.Compare(a.number, b.number), cmp.Compare(a.revision, b.revision))
	})
	return all, nil
}

// recognise decides whose copy or translation an article is and notes its fingerprints. was is the cluster that it stood
// in so far; "" if it is new.
func (t txn) recognise(s *stored, text *dedup.Text, was string) error {
	r := &s.Record
	n := uint64(r.Number)
	v, err := t.copies.index.Place(dedup.Ref(n), text, t.earlier)
	if err != nil {
		return err
	}
	r.Cluster, r.DuplicateOf, r.Overlap, r.Translation = r.ID, nil, 0, nil
	// What is damaged is named by no other article, and no reason to refuse one.
	if v.Copy {
		switch of, _, err := t.record(uint64(v.DuplicateOf)); {
		case err == nil:
			r.Cluster, r.DuplicateOf, r.Overlap = of.Record.Cluster, &of.Record.ID, v.Overlap
		case errors.Is(err, ErrDamaged):
			v.Cluster = dedup.Ref(n)
		default:
			return err
		}
	}
	if v.Translation {
		of, _, err := t.record(uint64(v.TranslationOf))
		if err == nil {
			r.Translation = &of.Record.ID
		} else if !errors.Is(err, ErrDamaged) {
			return err
		}
	}
	if err := t.joinCluster(n, was, uint64(v.Cluster)); err != nil {
		return err
	}
	prints := t.filled(bucketPrints)
	if s.Place, err = prints.NextSequence(); err != nil {
		return err
	}
	a := t.copies.index.Add(dedup.Ref(n), text, v.Cluster)
	t.copies.added = append(t.copies.added, a)
	key, clues := numberKey(s.Place), t.filled(bucketClues)
	if s.Place > latest {
		if err := clues.Delete(numberKey(s.Place - latest)); err != nil {
			return err
		}
	}
	if err := clues.Put(key, seal(key, formPlain, a.Clues)); err != nil {
		return err
	}
	return prints.Put(key, printed{n, r.Revision, a.Record}.seal(s.Place))
}

// joinCluster brings a record from the cluster that it stood in, if it did, to the one that it stands in now.
func (t txn) joinCluster(n uint64, was string, first uint64) error {
	b := t.Bucket(bucketCluster)
	if was != "" {
		before, ok, err := t.number(bucketID, []byte(was))
		if err != nil {
			return err
		}
		if ok && before != n {
			if err := b.Delete(pairKey(before, n)); err != nil {
				return err
			}
		}
	}
	if first == n {
		return nil
	}
	return b.Put(pairKey(first, n), nil)
}

// earlier gives the text of a record for comparison; nil if it cannot be read, which is no reason to refuse another.
func (t txn) earlier(ref dedup.Ref) (*dedup.Text, error) {
	if text, ok := t.copies.texts.get(ref); ok {
		return text, nil
	}
	key := numberKey(uint64(ref))
	v := t.Bucket(bucketRecord).Get(key)
	if v == nil {
		return nil, nil
	}
	text := t.readText(bucketRecord, key, v)
	t.copies.texts.put(ref, text)
	return text, nil
}

// settle tells the index what became of the transaction in which it changed.
func (c *copies) settle(committed bool) {
	if !committed {
		for _, a := range slices.Backward(c.added) {
			c.index.Undo(a)
		}
		c.texts = texts{} // they may be of what was not written
	}
	c.added = c.added[:0]
}

// texts holds the texts that were compared last, for they are often compared again.
type texts struct {
	by    map[dedup.Ref]*dedup.Text
	order []dedup.Ref // the one that goes first in front
	size  int         // of all, in words
}

// mostCached words take about 10 MB.
const mostCached = 600_000

func (c *texts) get(ref dedup.Ref) (*dedup.Text, bool) {
	t, ok := c.by[ref]
	return t, ok
}

func (c *texts) put(ref dedup.Ref, t *dedup.Text) {
	if c.by == nil {
		c.by = make(map[dedup.Ref]*dedup.Text)
	}
	c.by[ref] = t
	c.order = append(c.order, ref)
	c.size += sizeOfText(t)
	for c.size > mostCached && len(c.order) > 1 {
		c.forget(c.order[0])
		c.order = c.order[1:]
	}
}

// sizeOfText is the words of a text and what it takes besides.
func sizeOfText(t *dedup.Text) int {
	const besides = 100
	if t == nil {
		return besides
	}
	return t.Len() + besides
}

// forget is for a record that is written: its text may be another one now.
func (c *texts) forget(ref dedup.Ref) {
	if t, ok := c.by[ref]; ok {
		c.size -= sizeOfText(t)
		delete(c.by, ref)
	}
}
