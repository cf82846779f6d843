package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store/corpus"
)

// slow takes its time for each piece.
type slow struct {
	bytes.Buffer
	wait time.Duration
}

func (s *slow) Write(b []byte) (int, error) {
	time.Sleep(s.wait)
	return s.Buffer.Write(b)
}

func TestBackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	put := func(n int) {
		t.Helper()
		if _, err := db.Import(t.Context(), []Imported{{Record: corpus.Record{Number: corpus.Unnumbered}, Document: doc(fmt.Sprintf("https://a.example/%d", n), "T", textOf(n))}}); err != nil {
			t.Error(err)
		}
	}
	n := 0
	for ; n < 50; n++ {
		put(n)
	}
	before := n
	out := &slow{wait: 2 * time.Millisecond}
	done := make(chan error)
	go func() { done <- db.Backup(t.Context(), out) }()
	slowest := time.Duration(0)
	var err error
	for over := false; !over; n++ {
		began := time.Now()
		put(n)
		slowest = max(slowest, time.Since(began))
		select {
		case err = <-done:
			over = true
		default:
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if slowest > time.Second {
		t.Errorf("the slowest commit took %v", slowest)
	}
	to := filepath.Join(t.TempDir(), "backup.db")
	if err := os.WriteFile(to, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r := sound(t, openAt(t, to))
	if r.Records < before || r.Records > n {
		t.Errorf("the copy has %d records, want %d to %d", r.Records, before, n)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 3 { // with the number of the process and that of the last commit
		t.Errorf("beside the database lie %v, %v", entries, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Backup(ctx, new(bytes.Buffer)); !errors.Is(err, context.Canceled) {
		t.Errorf("without a context: %v", err)
	}
}

func TestPrune(t *testing.T) {
	db := openNew(t)
	const n = 450 // more than is looked at in one go
	for i := range n {
		link := fmt.Sprintf("https://a.example/%d", i)
		keep(t, db, jobOf(entry("a", link, "T")), minutes(i), doc(link, "T", textOf(i)), Keeping{KeepPage: true})
	}
	j := jobOf(entry("a", "https://a.example/x", "T"))
	if err := db.Drop(j, pageOf(j, minutes(2), "x"), doc(j.Entry.Link, "X", "far"), "far", true); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		now  time.Time
		keep time.Duration
		want int
	}{{minutes(0), time.Hour, 0}, {minutes(60), time.Hour, 1}, {minutes(63), time.Hour, 4}, {minutes(300), time.Hour, 237}, {minutes(n), 0, n + 1 - 242}, {minutes(n), 0, 0}} {
		if got, err := db.Prune(t.Context(), step.now, Retention{step.keep, 1000 * time.Hour}); err != nil || got != (Pruned{Pages: step.want}) {
			t.Errorf("at %v: %+v pruned, %v, want %d", step.now, got, err, step.want)
		}
	}
	if r := sound(t, db); r.Pages != 0 || r.Records != n || r.Dropped != 1 {
		t.Errorf("%+v", r)
	}
}

// TestPruneRejected: what was dropped or set aside long ago is known by its date alone, and is not fetched again.
func TestPruneRejected(t *testing.T) {
	db := openNew(t)
	link := func(n int) string { return fmt.Sprintf("https://a.example/%d", n) }
	const n = 230 // more than is looked at in one go
	for i := range n {
		e := entry("a", link(i), "T")
		pollOf(t, db, minutes(i), "a", e)
		j := next(t, db, host)
		if i%2 == 0 {
			if err := db.Drop(j, pageOf(j, minutes(i), "x"), doc(link(i), "X", "far"), "far", true); err != nil {
				t.Fatal(err)
			}
			continue
		}
		db.now = func() time.Time { return minutes(i) }
		if err := db.SetAside(j, &fetcher.Failure{Outcome: fetcher.NotArticle}); err != nil {
			t.Fatal(err)
		}
	}
	keep := Retention{1000 * time.Hour, 30 * time.Minute}
	if p, err := db.Prune(t.Context(), minutes(n), keep); err != nil || p != (Pruned{Dropped: 101, Aside: 100}) {
		t.Errorf("%+v pruned, %v", p, err)
	}
	if r := sound(t, db); r.Dropped != 14 || r.Aside != 15 || r.Pages != 14 || r.Seen != n {
		t.Errorf("%+v", r)
	}
	for i, as := range []string{"dropped", "aside"} {
		s, err := db.Standing(t.Context(), link(i))
		if err != nil || s.Gone == nil || s.Gone.As != as || !s.Gone.On.Equal(minutes(i)) || s.Rejected != nil || s.Aside != nil || s.Sources[0] != "a" {
			t.Errorf("article %d stands as %+v, %v", i, s, err)
		}
		if saved := pollOf(t, db, minutes(n), "a", entry("a", link(i), "T")); saved.New != 0 || len(saved.Hosts) > 0 {
			t.Errorf("article %d is to be fetched again: %+v", i, saved)
		}
	}
	noJob(t, db, host)

	// A change that the feed tells of is another matter, as ever; and what comes of it is whole.
	for i := range 2 {
		pollOf(t, db, minutes(n), "a", entry("a", link(i), "Another title"))
		j := next(t, db, host)
		if i == 0 {
			keepOne(t, db, j)
			continue
		}
		if err := db.Drop(j, pageOf(j, minutes(n), "x"), doc(link(i), "X", "far"), "far", true); err != nil {
			t.Fatal(err)
		}
		if s, err := db.Standing(t.Context(), link(i)); err != nil || s.Gone != nil || s.Rejected == nil {
			t.Errorf("dropped again: %+v, %v", s, err)
		}
	}
	if p, err := db.Prune(t.Context(), minutes(n), Retention{}); err != nil || p != (Pruned{Pages: 15, Dropped: 15, Aside: 15}) {
		t.Errorf("%+v pruned at last, %v", p, err)
	}
	if r := sound(t, db); r.Records != 1 || r.Dropped+r.Aside+r.Pages != 0 || r.Seen != n {
		t.Errorf("%+v", r)
	}
}

// spoil damages a value, as a bad disk would.
func spoil(t *testing.T, db *DB, bucket []byte, at func(*bolt.Cursor) (k, v []byte)) {
	t.Helper()
	err := db.write(func(x txn) error {
		k, v := at(x.Bucket(bucket).Cursor())
		if k == nil {
			t.Fatalf("%s is empty", bucket)
		}
		v = bytes.Clone(v)
		v[len(v)-1] ^= 1
		return x.Bucket(bucket).Put(bytes.Clone(k), v)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDamagedValues: a prune removes all but what it cannot read, and a survey counts all but that.
func TestDamagedValues(t *testing.T) {
	db := openNew(t)
	link := func(n int) string { return fmt.Sprintf("https://a.example/%d", n) }
	const n = 12
	for i := range n {
		pollOf(t, db, minutes(i), "a", entry("a", link(i), "T"))
		j := next(t, db, host)
		db.now = func() time.Time { return minutes(i) }
		var err error
		switch i % 3 {
		case 0:
			err = db.Drop(j, pageOf(j, minutes(i), "x"), doc(link(i), "X", "far"), "far", true)
		case 1:
			err = db.SetAside(j, &fetcher.Failure{Outcome: fetcher.NotArticle})
		default:
			keep(t, db, j, minutes(i), doc(link(i), "T", textOf(i)), Keeping{Again: minutes(60), AgainWait: time.Hour})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, bucket := range [][]byte{bucketDropped, bucketAside, bucketInbox} {
		spoil(t, db, bucket, (*bolt.Cursor).First)
	}
	spoil(t, db, bucketRecord, (*bolt.Cursor).Last)
	spoil(t, db, bucketSeen, func(c *bolt.Cursor) (k, v []byte) { return c.Seek([]byte(link(3))) }) // a dropped one
	p, err := db.Prune(t.Context(), minutes(n), Retention{Pages: 1000 * time.Hour})
	if !errors.Is(err, ErrDamaged) || p != (Pruned{Dropped: n/3 - 2, Aside: n/3 - 1, Damaged: 3}) {
		t.Errorf("%+v pruned, %v", p, err)
	}
	if again, err := db.Prune(t.Context(), minutes(n), Retention{Pages: 1000 * time.Hour}); err == nil || again != (Pruned{Damaged: 3}) {
		t.Errorf("%+v pruned again, %v", again, err)
	}
	s, err := NewSurveyor(db).Survey(t.Context(), minutes(n), func(string) bool { return true })
	if err != nil || s.Records != n/3 || s.Today != n/3-1 || s.Revisits != n/3-1 || s.Inbox != 1 || s.Dropped != 2 || s.Aside != 1 {
		t.Errorf("the survey counts %+v, %v", s, err)
	}
}

func keepOne(t *testing.T, db *DB, j fetcher.Job) {
	t.Helper()
	keep(t, db, j, start, doc(j.Entry.Link, "T", textOf(1)), Keeping{})
	if s, err := db.Standing(t.Context(), j.Entry.Link); err != nil || s.Gone != nil || s.Record == nil {
		t.Errorf("kept: %+v, %v", s, err)
	}
}

// TestDamageStopsNothing: a damaged article, or damaged notes of what recurs in a source, hold up no other article.
func TestDamageStopsNothing(t *testing.T) {
	db := openNew(t)
	imported := func(url, text string) {
		t.Helper()
		in := Imported{Record: corpus.Record{Number: corpus.Unnumbered}, Document: doc(url, "Zero", text)}
		if _, err := db.Import(t.Context(), []Imported{in}); err != nil {
			t.Fatalf("%s: %v", url, err)
		}
	}
	imported("https://a.example/0", textOf(1))
	imported("https://b.example/0", textOf(1)+" And one more word of it.")
	err := db.write(func(t txn) error {
		v := bytes.Clone(t.Bucket(bucketRecord).Get(numberKey(0)))
		v[len(v)/2] ^= 1
		t.copies.texts = texts{}
		if err := t.Bucket(bucketRecord).Put(numberKey(0), v); err != nil {
			return err
		}
		if err := t.put(bucketMeta, recurringKey("b"), recurring{Recurrence: Recurrence{Lines: []normalize.RecurringLine{{Print: 7}}}, Stale: []int{0, 1}}); err != nil {
			return err
		}
		return t.Bucket(bucketMeta).Put(recurringKey("a"), []byte("broken"))
	})
	if err != nil {
		t.Fatal(err)
	}
	imported("https://c.example/0", textOf(1)+" And one more word of it.") // a copy of a copy of what is damaged
	pollOf(t, db, start, "a", entry("a", "https://a.example/9", "Border post nine"))
	keep(t, db, next(t, db, "a.example:443"), minutes(1), doc("https://a.example/9", "Nine", textOf(9)), Keeping{})
	if stale, _, err := db.Stale(t.Context(), "b"); err != nil || len(stale) != 1 {
		t.Errorf("%d articles are to be cleaned, %v", len(stale), err)
	}
	if _, err := db.KeepLines(t.Context(), "b", "0000000000000007"); err != nil {
		t.Error(err)
	}

	// What is still known of the damaged article, as it was compared lately, leads to no cluster of its own.
	imported("https://d.example/0", textOf(2))
	spoil(t, db, bucketRecord, (*bolt.Cursor).Last)
	if _, cached := db.copies.texts.get(4); !cached {
		t.Fatal("not what the test is about: the text of the damaged article is not at hand")
	}
	imported("https://e.example/0", textOf(2))
	if r := record(t, db, "https://e.example/0"); r.DuplicateOf != nil || r.Cluster != r.ID {
		t.Errorf("the copy of a damaged article is %+v", r)
	}
}

// rich makes a database that has something in every bucket.
func rich(t *testing.T) *DB {
	t.Helper()
	db := openNew(t)
	link := func(n int) string { return fmt.Sprintf("https://a.example/%d", n) }
	for i, text := range []int{1, 1, 2} {
		pollOf(t, db, start, "a", entry("a", link(i)+"?go", "T"))
		j := next(t, db, host)
		keep(t, db, j, minutes(i), doc(link(i), "T", textOf(text)), Keeping{KeepPage: true})
	}
	keep(t, db, jobOf(entry("a", link(2), "T")), minutes(9), doc(link(2), "T", textOf(3)), Keeping{KeepPage: true})
	pollOf(t, db, start, "a", entry("a", link(7), "7"), entry("a", link(8), "8"), entry("a", link(9), "9"))
	if err := db.SetAside(next(t, db, host), &fetcher.Failure{Outcome: fetcher.NotArticle}); err != nil {
		t.Fatal(err)
	}
	j := next(t, db, host)
	if err := db.Drop(j, pageOf(j, start, "x"), doc(j.Entry.Link, "Y", "far"), "far", true); err != nil {
		t.Fatal(err)
	}
	if err := db.Pause("a.example:443", minutes(5)); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveSpent(fetcher.Spent{Hour: 1}); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveRobots(map[string]fetcher.RobotsText{"https://a.example:443": {Until: minutes(5)}}); err != nil {
		t.Fatal(err)
	}
	sound(t, db)
	return db
}

// TestChecksums flips one byte of each value in turn.
func TestChecksums(t *testing.T) {
	db := rich(t)
	for _, name := range buckets() {
		var keys, values [][]byte
		if err := db.view(func(tx txn) error {
			return tx.Bucket(name).ForEach(func(k, v []byte) error {
				keys, values = append(keys, bytes.Clone(k)), append(values, bytes.Clone(v))
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		if len(keys) == 0 {
			t.Errorf("%s is empty", name)
		}
		for i, v := range values {
			if len(v) == 0 {
				continue // an index without values
			}
			spoilt := bytes.Clone(v)
			spoilt[len(v)*(i%7)/7] ^= 0x10
			put(t, db, name, keys[i], spoilt)
			r, err := db.Verify(t.Context())
			if err != nil || r.OK() || !strings.Contains(strings.Join(r.Problems, "\n"), ErrDamaged.Error()+" at "+string(name)+"/") {
				t.Errorf("%s/%s: %q, %v", name, printable(name, keys[i]), r.Problems, err)
			}
			put(t, db, name, keys[i], v)
		}
	}
	sound(t, db)

	// A value in the place of another is damage too.
	err := db.update(func(tx txn) error {
		b := tx.Bucket(bucketRecord)
		return b.Put(numberKey(0), bytes.Clone(b.Get(numberKey(1))))
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Record(t.Context(), "0")
	var d *DamagedError
	if !errors.As(err, &d) || d.Bucket != "record" || d.Key != "0" {
		t.Errorf("a swapped record: %v", err)
	}
	for r, err := range db.Records(t.Context(), Query{}) {
		if err == nil {
			t.Errorf("record %d is given after a damaged one", r.Number)
		}
	}
}

func put(t *testing.T, db *DB, bucket, key, value []byte) {
	t.Helper()
	if err := db.update(func(tx txn) error { return tx.Bucket(bucket).Put(key, value) }); err != nil {
		t.Fatal(err)
	}
}

// TestVerifyFinds plants disagreements between the buckets.
func TestVerifyFinds(t *testing.T) {
	del := func(bucket []byte, key func(tx txn) []byte) func(txn) error {
		return func(tx txn) error { return tx.Bucket(bucket).Delete(key(tx)) }
	}
	key := func(k []byte) func(txn) []byte { return func(txn) []byte { return k } }
	firstOf := func(bucket []byte) func(txn) []byte {
		return func(tx txn) []byte {
			k, _ := tx.Bucket(bucket).Cursor().First()
			return bytes.Clone(k)
		}
	}
	edit := func(n uint64, change func(*stored)) func(txn) error {
		return func(tx txn) error {
			s, text, err := tx.record(n)
			if err != nil {
				return err
			}
			change(&s)
			return tx.putStored(bucketRecord, numberKey(n), s, bytes.Clone(text))
		}
	}
	editSeen := func(key string, change func(*known)) func(txn) error {
		return func(tx txn) error {
			k, _, err := tx.known(key)
			if err != nil {
				return err
			}
			change(&k)
			return tx.putKnown(key, k)
		}
	}
	const one = "https://a.example/0"
	tests := map[string]struct {
		plant func(txn) error
		want  string
	}{
		"record gone":       {del(bucketRecord, key(numberKey(0))), "leads to record 0, which"},
		"id gone":           {del(bucketID, firstOf(bucketID)), "is missing from id"},
		"id elsewhere":      {func(tx txn) error { return tx.putNumber(bucketID, firstOf(bucketID)(tx), 77) }, "leads to record 77"},
		"seen gone":         {del(bucketSeen, key([]byte(one))), "its key " + one + " is missing from seen"},
		"seen elsewhere":    {editSeen(one, func(k *known) { k.At = 1 }), "leads to record 1, which has another key"},
		"stands nowhere":    {editSeen(one, func(k *known) { k.Stand = "lost" }), "stands nowhere"},
		"alias to nothing":  {editSeen(one+"?go", func(k *known) { k.Of = "https://a.example/none" }), "an alias leads to it"},
		"alias in a circle": {editSeen(one+"?go", func(k *known) { k.Of = one + "?go" }), "in a circle"},
		"alias with job":    {editSeen(one+"?go", func(k *known) { k.Job = &slot{} }), "is an alias and has a job"},
		"prints gone":       {del(bucketPrints, key(numberKey(1))), "and prints of"},
		"prints of nobody": {func(tx txn) error {
			return tx.Bucket(bucketPrints).Put(numberKey(99), printed{number: 99, revision: 1}.seal(99))
		}, "prints are kept for revision 1 of record 99"},
		"prints cut":         {func(tx txn) error { return tx.Bucket(bucketPrints).Put(numberKey(1), seal(numberKey(1), formPlain)) }, "the number is cut"},
		"cluster gone":       {del(bucketCluster, key(pairKey(0, 1))), "record 1 is missing from cluster"},
		"cluster elsewhere":  {func(tx txn) error { return tx.Bucket(bucketCluster).Put(pairKey(0, 2), nil) }, "cluster 0 lists record 2"},
		"cluster of nobody":  {edit(1, func(s *stored) { s.Record.Cluster = "00" }), "the first document of its cluster, 00, is missing"},
		"no copy":            {edit(1, func(s *stored) { s.Record.DuplicateOf = nil }), "and is no copy"},
		"copy of nobody":     {edit(1, func(s *stored) { x := "00"; s.Record.DuplicateOf = &x }), "is a copy of 00, which is missing"},
		"copy of a later":    {edit(1, func(s *stored) { x := idOf("https://a.example/2"); s.Record.DuplicateOf = &x }), "which is not earlier"},
		"words gone":         {del(bucketWords, key(numberKey(0))), "record 0 is missing from words"},
		"words of others":    {func(tx txn) error { k := numberKey(0); return tx.Bucket(bucketWords).Put(k, seal(k, 0, []byte{1})) }, "its words are not those of its text"},
		"words of nobody":    {func(tx txn) error { k := numberKey(9); return tx.Bucket(bucketWords).Put(k, seal(k, 0, []byte{1})) }, "record 9, which is missing"},
		"other text":         {edit(0, func(s *stored) { s.Record.Title = "Other" }), "not the one of its sha256"},
		"other number":       {edit(0, func(s *stored) { s.Record.Number = 5 }), "says that its number is 5"},
		"same canonical URL": {edit(0, func(s *stored) { s.Record.CanonicalURL = "https://a.example/1" }), "have the same canonical URL"},
		"same id":            {edit(0, func(s *stored) { s.Record.ID = idOf("https://a.example/1") }), "have the same id"},
		"counter":            {func(tx txn) error { return tx.putNumber(bucketMeta, keyNext, 2) }, "record 2 is not below the counter"},
		"counter gone":       {del(bucketMeta, key(keyNext)), "it is missing"},
		"revision gone":      {del(bucketRevision, key(pairKey(2, 1))), "is at revision 2 and has 0 older ones"},
		"revision of nobody": {edit(2, func(s *stored) { s.Record.Revision = 1 }), "has an older one with number 1"},
		"page of nobody": {func(tx txn) error {
			k := pairKey(0, 9)
			p, err := tx.packPage(fetcher.Page{Body: []byte("x")}, fetcher.Entry{})
			return errors.Join(err, tx.Bucket(bucketPage).Put(k, seal(k, 0, p)))
		}, "revision 9 of record 0"},
		"job gone": {del(bucketInbox, firstOf(bucketInbox)), "is missing from the inbox"},
		"job elsewhere": {func(tx txn) error {
			k := firstOf(bucketInbox)(tx)
			var w waiting
			if _, err := tx.get(bucketInbox, k, &w); err != nil {
				return err
			}
			w.Job.Host = "other"
			return tx.put(bucketInbox, k, w)
		}, "in the wrong place of the inbox"},
		"job unknown":     {editSeen("https://a.example/9", func(k *known) { k.Job = nil }), "waits in the inbox, but what was seen"},
		"no job":          {editSeen("https://a.example/9", func(k *known) { k.Job = nil }), "waits in the inbox without a job"},
		"dropped gone":    {del(bucketDropped, firstOf(bucketDropped)), "dropped/1 is missing"},
		"dropped unknown": {editSeen("https://a.example/8", func(k *known) { k.Stand = standOld }), "dropped/1 belongs to"},
		"aside gone":      {del(bucketAside, firstOf(bucketAside)), "aside/1 is missing"},
		"aside unknown":   {editSeen("https://a.example/7", func(k *known) { k.Stand = standOld }), "aside/1 belongs to"},
	}
	path := rich(t).path
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			db := openAt(t, copyOf(t, path))
			if err := db.update(tt.plant); err != nil {
				t.Fatal(err)
			}
			r, err := db.Verify(t.Context())
			if err != nil || !strings.Contains(strings.Join(r.Problems, "\n"), tt.want) {
				t.Errorf("%q, %v, want %q", r.Problems, err, tt.want)
			}
		})
	}
}

func TestVerifyFile(t *testing.T) {
	good := filled(t, 50)
	path := filepath.Join(t.TempDir(), "chapar.db")
	write := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(good)
	if r, err := VerifyFile(t.Context(), path, Options{}); err != nil || !r.OK() || r.Records != 50 {
		t.Errorf("%+v, %v", r, err)
	}
	bad := bytes.Clone(good)
	h := headOf(t, good)
	bad[int64(h.root)*h.pageSize] ^= 1
	for name, b := range map[string][]byte{"root": bad, "cut": good[:20*h.pageSize]} {
		write(b)
		if r, err := VerifyFile(t.Context(), path, Options{}); err != nil || r.OK() {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	write([]byte("something else"))
	if _, err := VerifyFile(t.Context(), path, Options{}); !errors.Is(err, ErrForeign) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	write(good)
	if _, err := VerifyFile(ctx, path, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestWriteTogether lets many write at once, some of whom fail: they alone do.
func TestWriteTogether(t *testing.T) {
	db := openNew(t)
	var wg sync.WaitGroup
	failure := errors.New("no")
	errs := make([]error, 60)
	for i := range errs {
		wg.Go(func() {
			errs[i] = db.write(func(tx txn) error {
				if err := tx.putNumber(bucketHost, fmt.Append(nil, i), math.MaxInt64); err != nil {
					return err
				}
				switch i % 10 {
				case 3:
					return failure
				case 7:
					panic("oh")
				}
				return nil
			})
		})
	}
	wg.Wait()
	pauses, err := db.Pauses()
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range errs {
		_, written := pauses[fmt.Sprint(i)]
		if bad := i%10 == 3 || i%10 == 7; written == bad || (err != nil) != bad {
			t.Errorf("%d: %v, written: %v", i, err, written)
		}
	}
	if errs[3] != failure || !errors.Is(errs[7], ErrDamaged) {
		t.Errorf("%v, %v", errs[3], errs[7])
	}
}

// TestWriteFails takes the file away from under a database: no more is taken in, and what was is still read.
func TestWriteFails(t *testing.T) {
	db, err := Open(filepath.Join(t.TempDir(), "chapar.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := func(n int) error {
		_, err := db.Import(t.Context(), []Imported{{Record: corpus.Record{Number: n}, Document: doc(fmt.Sprintf("https://a.example/%d", n), "T", textOf(n))}})
		return err
	}
	if err := in(0); err != nil {
		t.Fatal(err)
	}
	if err := db.file.Close(); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		var w *WriteError
		if err := in(n + 1); !errors.As(err, &w) || w.Full || !errors.Is(err, fetcher.ErrBroken) {
			t.Errorf("without a file: %v", err)
		}
	}
	if got := all(t, db, Query{}); len(got) != 1 {
		t.Errorf("%d records", len(got))
	}
	_ = db.Close()
}

// TestFull lets a child run into a limit of the file's size, and go on when it is lifted.
func TestFull(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "chapar.db")
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), fullVar+"="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sound(t, openAt(t, path))
}

// fullVar makes the test binary fill a database up to a limit.
const fullVar = "CHAPAR_TEST_FULL"

func fillUp(path string) error {
	db, err := Open(path, Options{NoSync: true})
	if err != nil {
		return err
	}
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 6 << 20, Max: was.Max}); err != nil {
		return err
	}
	body := make([]byte, 200<<10)
	for i := range body {
		body[i] = byte(i * i >> 3 * i)
	}
	keep := func(n int) error {
		link := fmt.Sprintf("https://a.example/%d", n)
		j := jobOf(entry("a", link, "T"))
		_, err := db.Keep(j, fetcher.Page{URL: link, Body: append(body, fmt.Sprint(n)...)}, doc(link, "T", strings.Repeat(textOf(n), 20+n)), Keeping{KeepPage: true})
		return err
	}
	n := 0
	for ; err == nil; n++ {
		if n == 2000 {
			return errors.New("no limit is met")
		}
		err = keep(n)
	}
	var w *WriteError
	if !errors.As(err, &w) || !w.Full || errors.Is(err, fetcher.ErrBroken) {
		return fmt.Errorf("at the limit: %w", err)
	}
	kept := 0
	for _, err := range db.Records(context.Background(), Query{}) {
		if err != nil {
			return err
		}
		kept++
	}
	if kept != n-1 {
		return fmt.Errorf("%d records are kept, want %d", kept, n-1)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	return errors.Join(keep(n-1), keep(n), db.Close())
}

// TestWalkKnowsAll compares the walk over the pages with that of bbolt on a file with pages of all kinds.
func TestWalkKnowsAll(t *testing.T) {
	db := openNew(t)
	for n := range 8 {
		var docs []Imported
		for i := range 150 {
			d := doc(fmt.Sprintf("https://a.example/%d", i), fmt.Sprint("T", n), strings.Repeat(textOf(i+n)+" ", i%40))
			docs = append(docs, Imported{Record: corpus.Record{Number: corpus.Unnumbered}, Document: d})
		}
		if _, err := db.Import(t.Context(), docs); err != nil {
			t.Fatal(err)
		}
		sound(t, db)
	}
	if err := db.view(func(tx txn) error {
		for err := range tx.Check() {
			return err
		}
		return nil
	}); err != nil {
		t.Errorf("bbolt finds %v", err)
	}
}
