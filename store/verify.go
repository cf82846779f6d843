package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"chapar/fetcher"
	"chapar/store/corpus"
)

// Report is what Verify found.
type Report struct {
	Records   int
	Revisions int
	Pages     int
	Dropped   int
	Aside     int
	Inbox     int
	Seen      int
	Problems  []string // in words for people; empty if all is well
	Lost      []Lost   `json:",omitempty"` // records that are damaged in the file; only VerifyFile names them all
	More      int      // problems beyond those listed
}

// OK says whether there are no problems.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// mostProblems is how many are listed.
const mostProblems = 1000

// Verify reads everything: the structure of the file, each value against its checksum, and each index against what it
// leads to and back. It sees the database as it is at one moment, in one long read transaction, so it belongs to a time
// when little is written. The error is not about the database but about ctx or reading as such.
func (db *DB) Verify(ctx context.Context) (Report, error) {
	v := verifier{ctx: ctx}
	v.structure(db)
	if v.report.OK() { // or walking it may not end
		err := db.view(func(t txn) error {
			v.t = t
			return v.all()
		})
		if ctx.Err() != nil {
			return v.report, ctx.Err()
		}
		if err != nil {
			v.problem("%v", err)
		}
	}
	return v.report, ctx.Err()
}

// VerifyFile opens a database that nobody holds and verifies it. One that is too damaged to be opened is a Report too;
// the error says that it could not be looked at. Where the tree of pages is broken, what it led to is looked for page by
// page, so that every damaged record is named.
func VerifyFile(ctx context.Context, path string, o Options) (Report, error) {
	r, err := verifyFile(ctx, path, o)
	switch {
	case err == nil && !r.OK():
		r.Lost, err = Salvage(ctx, path, o, nil)
	case errors.Is(err, ErrForeign): // unless records are found in it: then it has lost its heads
		found := 0
		lost, serr := Salvage(ctx, path, o, func(corpus.Record) error { found++; return nil })
		if serr == nil && found > 0 {
			return Report{Problems: []string{"structure of the file: both its heads are gone"}, Lost: lost}, nil
		}
	}
	return r, err
}

func verifyFile(ctx context.Context, path string, o Options) (_ Report, err error) {
	db, err := Read(path, o)
	if err == nil {
		r, err := db.Verify(ctx)
		return r, errors.Join(err, db.Close())
	}
	if !errors.Is(err, ErrDamaged) {
		return Report{}, err
	}
	v := verifier{}
	f, ferr := openRegular(path, os.O_RDONLY)
	if ferr != nil {
		return Report{}, ferr
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if h, herr := readHead(f); herr == nil {
		walkPages(f, h, true, func(format string, args ...any) { v.problem("structure of the file: "+format, args...) })
	}
	if v.report.OK() {
		v.problem("%v", err)
	}
	return v.report, nil
}

// verifier is a Verify at work.
type verifier struct {
	ctx    context.Context
	t      txn
	report Report

	records   map[uint64]*short
	ids       map[string]uint64
	canonical map[string]uint64
	next      uint64
}

// short is what must be remembered of a record to compare the indexes with it.
type short struct {
	id, key, cluster string
	revision         int
	lost             int // of the revisions before it
	copyOf           string
	prints           int // found in prints/
	revisions        int // found in revision/
	byID             bool
}

func (v *verifier) problem(format string, args ...any) {
	if len(v.report.Problems) == mostProblems {
		v.report.More++
		return
	}
	v.report.Problems = append(v.report.Problems, fmt.Sprintf(format, args...))
}

// each calls fn for every pair of a bucket; the error of fn is a problem and not the end.
func (v *verifier) each(bucket []byte, fn func(k, value []byte) error) error {
	b := v.t.Bucket(bucket)
	c := b.Cursor()
	n := 0
	var last []byte
	for k, value := c.First(); k != nil; k, value = c.Next() {
		if n++; n%1000 == 0 {
			if err := v.ctx.Err(); err != nil {
				return err
			}
		}
		if last != nil && bytes.Compare(last, k) >= 0 {
			return damaged(bucket, k, outOfOrder)
		}
		last = k
		if b.Get(k) == nil {
			v.problem("%v", damaged(bucket, k, "it is not found by its key"))
		}
		if err := fn(k, value); err != nil {
			v.problem("%v", err)
		}
	}
	return nil
}

func (v *verifier) all() error {
	v.records, v.ids, v.canonical = make(map[uint64]*short), make(map[string]uint64), make(map[string]uint64)
	steps := []func() error{
		v.meta, v.learned, v.recordBucket, v.revisionBucket, v.recordsWhole, v.idBucket, v.printsBucket, v.clusterBucket,
		v.wordsBucket, v.pageBucket, v.seenBucket, v.inboxBucket, v.droppedBucket, v.asideBucket, v.pollBuckets, v.recurring,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) meta() error {
	v.next = 1 << 62 // as long as it is not known
	for _, key := range [][]byte{keyFormat, keyCreated, keyNext} {
		n, ok, err := v.t.number(bucketMeta, key)
		if err == nil && !ok {
			err = damaged(bucketMeta, key, "it is missing")
		}
		if err != nil {
			v.problem("%v", err)
		} else if bytes.Equal(key, keyNext) {
			v.next = n
		}
	}
	return nil
}

// learned looks at what the poller learned, which stands in meta/ too.
func (v *verifier) learned() error {
	return v.each(bucketMeta, func(k, value []byte) error {
		switch {
		case bytes.HasPrefix(k, yieldPrefix):
			return v.t.unmarshal(bucketMeta, k, value, new(fetcher.Yield))
		case bytes.HasPrefix(k, robotsPrefix):
			return v.t.unmarshal(bucketMeta, k, value, new(fetcher.RobotsText))
		case bytes.Equal(k, keySpent):
			return v.t.unmarshal(bucketMeta, k, value, new(fetcher.Spent))
		}
		return nil
	})
}

func (v *verifier) recordBucket() error {
	return v.each(bucketRecord, func(k, value []byte) error {
		v.report.Records++
		s, _, err := v.t.whole(bucketRecord, k, value, nil)
		if err != nil {
			return err
		}
		r := s.Record
		n := numberOf(k)
		if uint64(r.Number) != n {
			v.problem("record %d says that its number is %d", n, r.Number)
		}
		if n >= v.next {
			v.problem("record %d is not below the counter, which stands at %d", n, v.next)
		}
		if r.SHA256 != sha256Of(r) {
			v.problem("record %d: its text is not the one of its sha256", n)
		}
		if other, ok := v.ids[r.ID]; ok {
			v.problem("records %d and %d have the same id %s", other, n, r.ID)
		}
		v.ids[r.ID] = n
		if r.CanonicalURL != "" {
			if other, ok := v.canonical[r.CanonicalURL]; ok {
				v.problem("records %d and %d have the same canonical URL %s", other, n, r.CanonicalURL)
			}
			v.canonical[r.CanonicalURL] = n
		}
		sh := &short{id: r.ID, key: s.Key, cluster: r.Cluster, revision: r.Revision, lost: s.Lost}
		if r.DuplicateOf != nil {
			sh.copyOf = *r.DuplicateOf
		}
		v.records[n] = sh
		if _, ok := v.t.seen(s.Key); !ok {
			v.problem("record %d: its key %s is missing from seen", n, s.Key)
		}
		return v.signature(n, r)
	})
}

// seen reads what is known of a key; damage counts as nothing, as it is reported where seen/ is read.
func (t txn) seen(key string) (known, bool) {
	k, ok, err := t.known(key)
	return k, ok && err == nil
}

// signature checks that a search would find the record.
func (v *verifier) signature(n uint64, r corpus.Record) error {
	key := numberKey(n)
	value := v.t.Bucket(bucketWords).Get(key)
	if value == nil {
		v.problem("record %d is missing from words", n)
		return nil
	}
	_, sig, err := unseal(bucketWords, key, value)
	if err == nil && !bytes.Equal(sig, signatureOf(r.Title, r.Text)) {
		v.problem("record %d: its words are not those of its text", n)
	}
	return nil // damage is reported where words/ is read
}

func (v *verifier) revisionBucket() error {
	return v.each(bucketRevision, func(k, value []byte) error {
		v.report.Revisions++
		s, _, err := v.t.whole(bucketRevision, k, value, nil)
		if err != nil {
			return err
		}
		n, revision := numberOf(k), int(numberOf(k[8:]))
		if s.Record.SHA256 != sha256Of(s.Record) {
			v.problem("revision %d of record %d: its text is not the one of its sha256", revision, n)
		}
		sh := v.records[n]
		switch {
		case sh == nil:
			v.problem("revision %d belongs to record %d, which is missing", revision, n)
			return nil
		case s.Record.Revision != revision || revision < 1 || revision >= sh.revision:
			v.problem("record %d is at revision %d and has an older one with number %d", n, sh.revision, revision)
		}
		sh.revisions++
		return nil
	})
}

// recordsWhole compares records with one another.
func (v *verifier) recordsWhole() error {
	for n, sh := range v.records {
		if sh.revisions != sh.revision-1-sh.lost {
			v.problem("record %d is at revision %d and has %d older ones", n, sh.revision, sh.revisions)
		}
		first, ok := v.ids[sh.cluster]
		if !ok {
			v.problem("record %d: the first document of its cluster, %s, is missing", n, sh.cluster)
			continue
		}
		if first != n && v.t.Bucket(bucketCluster).Get(pairKey(first, n)) == nil {
			v.problem("record %d is missing from cluster %s", n, sh.cluster)
		}
		of, ok := v.ids[sh.copyOf]
		switch {
		case sh.copyOf == "" && first != n:
			v.problem("record %d stands in the cluster of record %d and is no copy", n, first)
		case sh.copyOf != "" && !ok:
			v.problem("record %d is a copy of %s, which is missing", n, sh.copyOf)
		case sh.copyOf != "" && of >= n:
			v.problem("record %d is a copy of record %d, which is not earlier", n, of)
		}
	}
	return nil
}

func (v *verifier) idBucket() error {
	err := v.each(bucketID, func(k, value []byte) error {
		n, _, err := v.t.number(bucketID, k)
		if err != nil {
			return err
		}
		sh := v.records[n]
		if sh == nil || sh.id != string(k) {
			v.problem("id %s leads to record %d, which has another id or is missing", k, n)
			return nil
		}
		sh.byID = true
		return nil
	})
	for n, sh := range v.records {
		if !sh.byID {
			v.problem("record %d is missing from id", n)
		}
	}
	return err
}

// printsBucket checks that each revision has its fingerprints, once. Where they are still to be made there is nothing to
// check.
func (v *verifier) printsBucket() error {
	if made, err := v.t.hasPrints(); err != nil || !made {
		if err != nil {
			v.problem("%v", err)
		}
		return nil
	}
	err := v.each(bucketPrints, func(k, value []byte) error {
		if numberOf(k) == methodKey {
			return nil
		}
		p, err := readPrinted(k, value)
		if err != nil {
			return err
		}
		if sh := v.records[p.number]; sh == nil || p.revision < 1 || p.revision > sh.revision {
			v.problem("prints are kept for revision %d of record %d, which is missing", p.revision, p.number)
		} else {
			sh.prints++
		}
		return nil
	})
	if err == nil && v.t.Bucket(bucketClues) != nil {
		err = v.each(bucketClues, func(k, value []byte) error {
			_, _, err := unseal(bucketClues, k, value)
			return err
		})
	}
	for n, sh := range v.records {
		if sh.prints != sh.revision-sh.lost {
			v.problem("record %d has %d revisions and prints of %d", n, sh.revision-sh.lost, sh.prints)
		}
	}
	return err
}

func (v *verifier) clusterBucket() error {
	return v.each(bucketCluster, func(k, _ []byte) error {
		if len(k) != 16 {
			return damaged(bucketCluster, k, "the key is cut")
		}
		first, n := numberOf(k), numberOf(k[8:])
		a, b := v.records[first], v.records[n]
		if a == nil || b == nil || b.cluster != a.id {
			v.problem("cluster %d lists record %d, which stands elsewhere or is missing", first, n)
		}
		return nil
	})
}

func (v *verifier) wordsBucket() error {
	return v.each(bucketWords, func(k, value []byte) error {
		if _, _, err := unseal(bucketWords, k, value); err != nil {
			return err
		}
		if v.records[numberOf(k)] == nil {
			v.problem("words are kept for record %d, which is missing", numberOf(k))
		}
		return nil
	})
}

func (v *verifier) pageBucket() error {
	return v.each(bucketPage, func(k, value []byte) error {
		v.report.Pages++
		if _, _, err := v.t.unpackPage(bucketPage, k, value); err != nil {
			return err
		}
		n, revision := numberOf(k), int(numberOf(k[8:]))
		if sh := v.records[n]; sh == nil || revision < 1 || revision > sh.revision {
			v.problem("a page is kept for revision %d of record %d, which is missing", revision, n)
		}
		return nil
	})
}

func (v *verifier) seenBucket() error {
	led := make(map[uint64]bool)
	err := v.each(bucketSeen, func(key, value []byte) error {
		v.report.Seen++
		var k known
		if err := v.t.unmarshal(bucketSeen, key, value, &k); err != nil {
			return err
		}
		switch k.Stand {
		case standKept:
			led[k.At] = true
			if sh := v.records[k.At]; sh == nil || sh.key != string(key) {
				v.problem("%s was seen and leads to record %d, which has another key or is missing", key, k.At)
			}
		case standDropped:
			v.leads(key, k, bucketDropped)
		case standAside:
			v.leads(key, k, bucketAside)
		case standAlias:
			if _, _, _, err := v.t.article(string(key)); err != nil {
				return err
			}
		case standInbox, standOld:
		default:
			v.problem("%s was seen and stands nowhere (%q)", key, k.Stand)
		}
		switch {
		case k.Stand == standInbox && k.Job == nil:
			v.problem("%s waits in the inbox without a job", key)
		case k.Stand == standAlias && k.Job != nil:
			v.problem("%s is an alias and has a job", key)
		case k.Job != nil && v.t.Bucket(bucketInbox).Get(inboxKey(k.Job.Host, k.Job.Due, string(key))) == nil:
			v.problem("the job of %s is missing from the inbox", key)
		}
		return nil
	})
	for n := range v.records {
		if !led[n] {
			v.problem("nothing that was seen leads to record %d", n)
		}
	}
	return err
}

func (v *verifier) leads(key []byte, k known, bucket []byte) {
	if k.At == 0 && !k.On.IsZero() {
		return // its time was over: see Prune
	}
	if v.t.Bucket(bucket).Get(numberKey(k.At)) == nil {
		v.problem("%s was seen as %s, but %s/%d is missing", key, k.Stand, bucket, k.At)
	}
}

func (v *verifier) inboxBucket() error {
	return v.each(bucketInbox, func(k, value []byte) error {
		v.report.Inbox++
		var w waiting
		if err := v.t.unmarshal(bucketInbox, k, value, &w); err != nil {
			return err
		}
		host, due, key, ok := splitInboxKey(k)
		if !ok {
			return damaged(bucketInbox, k, "the key is cut")
		}
		if w.Job.Host != host || w.Job.Key != key || stamp(w.Job.Due) != due {
			v.problem("the job %s of host %s stands in the wrong place of the inbox", key, host)
		}
		if s, ok := v.t.seen(key); !ok || s.Job == nil || *s.Job != (slot{host, due}) {
			v.problem("the job %s waits in the inbox, but what was seen of it does not know that", key)
		}
		return nil
	})
}

func (v *verifier) droppedBucket() error {
	err := v.each(bucketDropped, func(k, value []byte) error {
		v.report.Dropped++
		var r Rejected
		if err := v.t.unmarshal(bucketDropped, k, value, &r); err != nil {
			return err
		}
		if s, ok := v.t.seen(r.Key); !ok || s.Stand != standDropped || s.At != numberOf(k) {
			v.problem("dropped/%d belongs to %s, which does not know that", numberOf(k), r.Key)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.each(bucketDroppedPage, func(k, value []byte) error {
		v.report.Pages++
		if _, _, err := v.t.unpackPage(bucketDroppedPage, k, value); err != nil {
			return err
		}
		if v.t.Bucket(bucketDropped).Get(k) == nil {
			v.problem("a page is kept for dropped/%d, which is missing", numberOf(k))
		}
		return nil
	})
}

func (v *verifier) asideBucket() error {
	return v.each(bucketAside, func(k, value []byte) error {
		v.report.Aside++
		var a Aside
		if err := v.t.unmarshal(bucketAside, k, value, &a); err != nil {
			return err
		}
		if s, ok := v.t.seen(a.Job.Key); !ok || s.Stand != standAside || s.At != numberOf(k) {
			v.problem("aside/%d belongs to %s, which does not know that", numberOf(k), a.Job.Key)
		}
		return nil
	})
}

func (v *verifier) pollBuckets() error {
	err := v.each(bucketState, func(k, value []byte) error {
		var s fetcher.State
		return v.t.unmarshal(bucketState, k, value, &s)
	})
	if err != nil {
		return err
	}
	err = v.each(bucketEvent, func(k, value []byte) error {
		var events []fetcher.Event
		return v.t.unmarshal(bucketEvent, k, value, &events)
	})
	if err != nil {
		return err
	}
	return v.each(bucketHost, func(k, _ []byte) error {
		_, _, err := v.t.number(bucketHost, k)
		return err
	})
}

// structure walks the pages of the file while nobody writes.
func (v *verifier) structure(db *DB) {
	db.writer.turn <- struct{}{}
	defer func() { <-db.writer.turn }()
	h, err := readHead(db.file)
	if err != nil {
		v.problem("structure of the file: %v", err)
		return
	}
	walkPages(db.file, h, true, func(format string, args ...any) {
		v.problem("structure of the file: "+format, args...)
	})
}
