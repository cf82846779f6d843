package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// wasteful makes a database with n records whose pages were taken away again, and closes it.
func wasteful(t testing.TB, path string, n int) {
	t.Helper()
	db, err := Open(path, Options{NoSync: true, Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		url := "https://one.example/" + string(rune('a'+i%26)) + "/" + time.Duration(i).String()
		j := jobOf(entry("one", url, "Courier"))
		p := pageOf(j, start, string(bytes.Repeat([]byte(time.Duration(i*7919).String()), 300)))
		if _, err := db.Keep(j, p, doc(url, "Courier", textOf(i)), Keeping{KeepPage: true, Again: minutes(90), AgainWait: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	off := jobOf(entry("one", "https://one.example/off", "Cooking"))
	if err := db.Drop(off, pageOf(off, start, "<p>soup"), doc("https://one.example/off", "Cooking", textOf(-1)), "off", true); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Prune(t.Context(), start.Add(time.Hour), Retention{Rejected: time.Hour * 2}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// contents reads all that a database file holds.
func contents(t testing.TB, path string) map[string]map[string]string {
	t.Helper()
	b, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	all := make(map[string]map[string]string)
	err = b.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bolt.Bucket) error {
			in := map[string]string{"sequence": time.Duration(bucket.Sequence()).String()}
			all[string(name)] = in
			return bucket.ForEach(func(k, v []byte) error { in[" "+string(k)] = string(v); return nil })
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// alone fails the test if anything but the named files lies in a folder.
func alone(t testing.TB, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !reflect.DeepEqual(got, names) {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
}

func TestCompact(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "chapar.db"), filepath.Join(t.TempDir(), "link.db")
	wasteful(t, path, 300)
	for _, step := range []error{
		os.Chmod(path, 0o640), os.Symlink(path, link),
		os.WriteFile(path+copyInfix+"123", []byte("cut short"), 0o600),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	before := contents(t, path)
	var told, of int64
	c, err := Compact(t.Context(), link, Options{}, func(done, total int64) { told, of = done, total })
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, path); !reflect.DeepEqual(got, before) {
		t.Error("the copy holds something else")
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.After != info.Size() || c.After*2 > c.Before {
		t.Errorf("%d bytes before, %d after, the file has %d", c.Before, c.After, info.Size())
	}
	if info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v", info.Mode())
	}
	if told == 0 || told > of {
		t.Errorf("told of %d bytes of %d", told, of)
	}
	if target, err := os.Readlink(link); err != nil || target != path {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	alone(t, dir, "chapar.db")
	alone(t, filepath.Dir(link), "link.db")

	db := openAt(t, path)
	if r := sound(t, db); r.Records != 300 {
		t.Errorf("%d records", r.Records)
	}
	s, err := db.Stats(t.Context(), Query{})
	if err != nil {
		t.Fatal(err)
	}
	if s.FileBytes != c.After || s.FreeBytes*10 > s.FileBytes {
		t.Errorf("%d bytes, %d of them free", s.FileBytes, s.FreeBytes)
	}
	if n := db.freeAfterAWrite(t); n <= 0 {
		t.Error("nothing can be written")
	}
}

// freeAfterAWrite writes something into a compacted database.
func (db *DB) freeAfterAWrite(t testing.TB) int {
	t.Helper()
	url := "https://one.example/after"
	return keep(t, db, jobOf(entry("one", url, "After")), start, doc(url, "After", textOf(5000)), Keeping{}).Number
}

// TestCompactRefused: nothing changes, and nothing is left behind.
func TestCompactRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "chapar.db")
	wasteful(t, path, 20)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	unchanged := func(what string) {
		t.Helper()
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, before) {
			t.Errorf("%s: the file has changed (%v)", what, err)
		}
	}

	db := openAt(t, path)
	var held *HeldError
	if _, err := Compact(t.Context(), path, Options{Lock: time.Millisecond}, nil); !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Errorf("held: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	unchanged("held")

	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Compact(ctx, path, Options{}, func(int64, int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	unchanged("cancelled")
	alone(t, dir, "chapar.db", "chapar.db.last")

	if err := os.Link(path, path+".2"); err != nil {
		t.Fatal(err)
	}
	if _, err := Compact(t.Context(), path, Options{}, nil); err == nil {
		t.Error("a file with two names was compacted")
	}
	unchanged("two names")
	if err := os.Remove(path + ".2"); err != nil {
		t.Fatal(err)
	}

	// A value that is not what was written ends it: what is damaged must not look sound by being copied.
	i := bytes.Index(before, []byte(`"canonical_url":"https://one.example/b`))
	if i < 0 {
		t.Fatal("there is no record in the file")
	}
	before[i+20] ^= 1
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Compact(t.Context(), path, Options{}, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
	unchanged("damaged")
	alone(t, dir, "chapar.db", "chapar.db.last")
}

// TestCompactWhileAwaited: who waited for the lock of the old file gets the new one.
func TestCompactWhileAwaited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	wasteful(t, path, 50)
	type result struct {
		db  *DB
		err error
	}
	waiting := make(chan result, 1)
	begun := false
	_, err := Compact(t.Context(), path, Options{}, func(int64, int64) {
		if begun {
			return
		}
		begun = true
		go func() {
			db, err := Open(path, Options{Lock: time.Minute, NoSync: true})
			waiting <- result{db, err}
		}()
	})
	if err != nil {
		t.Fatal(err)
	}
	r := <-waiting
	if r.err != nil {
		t.Fatal(r.err)
	}
	if pid := holder(path); pid != os.Getpid() {
		t.Errorf("the mark of who holds it now says %d", pid)
	}
	number := r.db.freeAfterAWrite(t)
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	db := openAt(t, path)
	if rec := record(t, db, "https://one.example/after"); rec.Number != number {
		t.Errorf("the record is number %d, want %d", rec.Number, number)
	}
	sound(t, db)
}
