package store

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"unsafe"
)

// write is one that went to the file of a database.
type write struct {
	at   int64
	data []byte
}

// writerOf gives the place of the function by which a database writes to its file. bbolt has no door for that, so it is
// reached where it stands.
func writerOf(t *testing.T, db *DB) *func([]byte, int64) (int, error) {
	t.Helper()
	ops := reflect.ValueOf(db.bolt).Elem().FieldByName("ops")
	if !ops.IsValid() || !ops.FieldByName("writeAt").IsValid() {
		t.Fatal("bbolt writes in another way now: this test cannot see it")
	}
	return (*func([]byte, int64) (int, error))(unsafe.Pointer(ops.FieldByName("writeAt").UnsafeAddr()))
}

// trace records what a database writes to its file from now on.
func trace(t *testing.T, db *DB) *[]write {
	t.Helper()
	at := writerOf(t, db)
	all, under := new([]write), *at
	*at = func(b []byte, off int64) (int, error) {
		*all = append(*all, write{off, bytes.Clone(b)})
		return under(b, off)
	}
	return all
}

// image is the bytes of a database as a disk has them.
type image []byte

// with is the image after some writes.
func (m image) with(writes ...write) image {
	for _, w := range writes {
		if end := int(w.at) + len(w.data); end > len(m) {
			m = append(m, make([]byte, end-len(m))...)
		}
		copy(m[w.at:], w.data)
	}
	return m
}

// torn gives the writes of which a crash leaves each one whole, in part or not at all. A disk writes sectors of 512 bytes
// as a whole, in any order.
func torn(writes []write, rng *rand.Rand) (left []write) {
	const sector = 512
	lost := rng.Float64()
	for _, w := range writes {
		switch {
		case rng.Float64() < lost:
		case rng.IntN(2) == 0:
			left = append(left, w)
		default:
			for i := 0; i < len(w.data); i += sector {
				if rng.IntN(2) == 0 {
					left = append(left, write{w.at + int64(i), w.data[i:min(i+sector, len(w.data))]})
				}
			}
		}
	}
	return left
}

// headsEnd is where the two heads of a bbolt file end.
func headsEnd() int64 { return int64(2 * os.Getpagesize()) }

// split parts the writes of a commit into those that must be on the disk before its head is written, and the head.
func split(t *testing.T, writes []write) (pages, head []write) {
	t.Helper()
	for i, w := range writes {
		if w.at < headsEnd() {
			if i != len(writes)-1 {
				t.Fatalf("the head is not what a commit writes last: it is write %d of %d", i+1, len(writes))
			}
			return writes[:i], writes[i:]
		}
	}
	t.Fatalf("a commit of %d writes writes no head", len(writes))
	return nil, nil
}

// holding is what a database holds: the hash of the newest text of each article, by its canonical URL. Without all the
// database is opened and read, with it verified too.
func holding(t *testing.T, m image, size int64, all bool) (map[string]string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crashed.db")
	if err := os.WriteFile(path, m, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, max(size, int64(len(m)))); err != nil { // a file is made larger, and synced, before it is written
		t.Fatal(err)
	}
	defer os.Remove(path)
	db, err := Open(path, Options{NoSync: true})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	holds := map[string]string{}
	for r, err := range db.Records(t.Context(), Query{}) {
		if err != nil {
			return nil, err
		}
		holds[r.CanonicalURL] = r.SHA256
	}
	if !all {
		return holds, nil
	}
	r, err := db.Verify(t.Context())
	if err == nil && !r.OK() {
		err = fmt.Errorf("not sound: %s", r.Problems[0])
	}
	return holds, err
}

// TestCrashStates: a commit syncs its pages before it writes its head, and that before it is acknowledged. So whatever a
// crash leaves of the writes between, lost, torn or in another order, the database opens and holds what was acknowledged.
// Were the head on the disk before the pages, it would not: that is tried as well, or the test would show nothing.
func TestCrashStates(t *testing.T) {
	commits, each := 500, 1
	switch {
	case os.Getenv("CHAPAR_LONG") == "1":
		each = 20
	case testing.Short():
		commits = 120
	}
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	if _, err := db.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	disk, writes := image(b), trace(t, db)
	rng := rand.New(rand.NewPCG(3, 3))
	acked := map[string]string{}
	states, tried, spoilt := 0, 0, 0
	for n := range commits {
		*writes = nil
		link := fmt.Sprintf("https://a.example/%d", rng.IntN(60))
		p := keep(t, db, jobOf(entry("a", link, "T")), minutes(n), doc(link, "T", textOf(n)), Keeping{KeepPage: rng.IntN(3) == 0})
		pages, head := split(t, *writes)
		before := maps.Clone(acked)
		acked[link] = p.SHA256
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range each {
			left := torn(pages, rng)
			if rng.IntN(2) == 0 { // later: the pages are synced, and the head is not
				left = append(slices.Clone(pages), torn(head, rng)...)
			}
			holds, err := holding(t, slices.Clone(disk).with(left...), info.Size(), (n+i)%10 == 0)
			if err != nil {
				t.Fatalf("commit %d: %v", n, err)
			}
			if !maps.Equal(holds, before) && !maps.Equal(holds, acked) {
				t.Fatalf("commit %d: it holds neither what stood before nor what came with it", n)
			}
			states++
		}
		if n%10 == 0 {
			tried++
			if holds, err := holding(t, slices.Clone(disk).with(append(torn(pages, rng), head...)...), info.Size(), true); err != nil || !maps.Equal(holds, acked) {
				spoilt++
			}
		}
		disk = disk.with(*writes...)
		if n%50 == 0 {
			if holds, err := holding(t, disk, info.Size(), true); err != nil || !maps.Equal(holds, acked) {
				t.Fatalf("commit %d, acknowledged: %v", n, err)
			}
		}
	}
	t.Logf("%d states over %d commits; with the head before the pages %d of %d are spoilt", states, commits, spoilt, tried)
	if spoilt < tried*3/4 {
		t.Errorf("with the head before the pages only %d of %d are spoilt: the test shows nothing", spoilt, tried)
	}
}

// TestUpgradeTorn: whatever a crash leaves of the one commit that brings an older database to the present format, the next
// start finds the older one or the present one, whole.
func TestUpgradeTorn(t *testing.T) {
	path := unpacked(t, "v1")
	want := map[string]string{}
	for _, r := range recordsIn(t, filepath.Join("testdata", "v1.jsonl")) {
		want[or(r.CanonicalURL, r.ID)] = r.SHA256
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	old := image(b)
	if err := openAt(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	now, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var pages, head []write
	for at := 0; at < len(now); at += os.Getpagesize() {
		page := now[at : at+os.Getpagesize()]
		switch w := (write{int64(at), page}); {
		case at < len(old) && bytes.Equal(page, old[at:at+len(page)]):
		case w.at < headsEnd():
			head = append(head, w)
		default:
			pages = append(pages, w)
		}
	}
	if len(pages) == 0 || len(head) != 1 {
		t.Fatalf("the upgrade writes %d pages and %d heads: this is another one than the test is about", len(pages), len(head))
	}
	rng := rand.New(rand.NewPCG(14, 14))
	for n := range 100 {
		left := torn(pages, rng)
		if n%2 == 0 {
			left = append(slices.Clone(pages), torn(head, rng)...)
		}
		path := filepath.Join(t.TempDir(), "torn.db")
		if err := os.WriteFile(path, slices.Clone(old).with(left...), 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(path, Options{NoSync: true})
		if err != nil {
			t.Fatalf("state %d: %v", n, err)
		}
		got := map[string]string{}
		for _, r := range all(t, db, Query{}) {
			got[or(r.CanonicalURL, r.ID)] = r.SHA256
		}
		sound(t, db)
		if !maps.Equal(got, want) {
			t.Errorf("state %d holds %d records, want %d", n, len(got), len(want))
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
