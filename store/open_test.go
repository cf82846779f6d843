package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// holdVar makes the test binary hold a database until its input ends.
const holdVar = "CHAPAR_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdVar); path != "" {
		os.Exit(hold(path))
	}
	if path := os.Getenv(writeVar); path != "" {
		fmt.Println(writeOn(path))
		os.Exit(1)
	}
	if path := os.Getenv(syncVar); path != "" {
		syncOn(path)
		os.Exit(0)
	}
	if path := os.Getenv(fullVar); path != "" {
		if err := fillUp(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func hold(path string) int {
	db, err := Open(path, Options{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	_, _ = os.Stdin.Read(make([]byte, 1))
	if err := db.Close(); err != nil {
		return 1
	}
	return 0
}

func TestHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), holdVar+"="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 100)
	n, err := out.Read(said)
	if err != nil || string(said[:n]) != "held\n" {
		t.Fatalf("the holder says %q, %v", said[:n], err)
	}
	began := time.Now()
	_, err = Open(path, Options{})
	var held *HeldError
	if !errors.As(err, &held) || held.PID != cmd.Process.Pid || held.Path != path {
		t.Errorf("while another holds it: %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("that took %v", took)
	}
	if want := fmt.Sprintf("%s is held by process %d", path, cmd.Process.Pid); err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(pidFile(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the mark of the holder stays: %v", err)
	}
	// The mark of a process that died does not count, nor does one that is no number.
	for _, mark := range []string{"999999999\n", "x", ""} {
		if err := os.WriteFile(pidFile(path), []byte(mark), 0o600); err != nil {
			t.Fatal(err)
		}
		if pid := holder(path); pid != 0 {
			t.Errorf("mark %q names %d", mark, pid)
		}
	}
	openAt(t, path)
	b, err := os.ReadFile(pidFile(path))
	if err != nil || strings.TrimSpace(string(b)) != fmt.Sprint(os.Getpid()) {
		t.Errorf("our own mark is %q, %v", b, err)
	}
}

func TestOpenNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	// What a start that was cut short leaves does not disturb, and goes when it is old.
	stray := path + newInfix + "1"
	if err := os.WriteFile(stray, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(stray, start, start.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	db := openAt(t, path)
	sound(t, db)
	for _, name := range []string{path, pidFile(path)} {
		info, err := os.Stat(name)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 2 { // with the number of the last commit
		t.Errorf("%v are left, %v", entries, err)
	}
	if _, err := db.Record(t.Context(), "0"); err == nil {
		t.Error("a closed database answers")
	}
	if err := db.Pause("h", minutes(1)); err == nil {
		t.Error("a closed database takes something")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "no", "chapar.db"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that is missing: %v", err)
	}
}

// TestOpenRace lets many make the same new database: all must come to one.
func TestOpenRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	errs := make(chan error, 8)
	for i := range cap(errs) {
		go func() {
			db, err := Open(path, Options{Lock: 20 * time.Second})
			if err == nil {
				_, err = db.Import(t.Context(), []Imported{{Document: doc(fmt.Sprintf("https://a.example/%d", i), "T", textOf(i))}})
				err = errors.Join(err, db.Close())
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if r := sound(t, openAt(t, path)); r.Records != cap(errs) {
		t.Errorf("%d records, want %d", r.Records, cap(errs))
	}
}

// filled makes a closed database with some records and gives its bytes.
func filled(t testing.TB, n int) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	var docs []Imported
	for i := range n {
		docs = append(docs, Imported{Document: doc(fmt.Sprintf("https://a.example/%d", i), fmt.Sprintf("Title %d", i), textOf(i))})
	}
	if _, err := db.Import(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	pollOf(t, db, start, "a", entry("a", "https://a.example/new", "New"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenBad(t *testing.T) {
	good := filled(t, 50)
	size := os.Getpagesize()
	spoil := func(change func(b []byte) []byte) func(string) error {
		return func(path string) error { return os.WriteFile(path, change(append([]byte(nil), good...)), 0o600) }
	}
	zero := func(b []byte) { clear(b) }
	tests := map[string]struct {
		make func(path string) error
		want error
	}{
		"empty":          {spoil(func([]byte) []byte { return nil }), ErrForeign},
		"one byte":       {spoil(func(b []byte) []byte { return b[:1] }), ErrForeign},
		"one page":       {spoil(func(b []byte) []byte { return b[:size] }), ErrDamaged},
		"half a page":    {spoil(func(b []byte) []byte { return b[:size/2] }), ErrDamaged},
		"two pages":      {spoil(func(b []byte) []byte { return b[:2*size] }), ErrDamaged},
		"cut":            {spoil(func(b []byte) []byte { return b[:20*size] }), ErrDamaged},
		"foreign":        {spoil(func([]byte) []byte { return []byte(strings.Repeat("SQLite format 3\x00", 4096)) }), ErrForeign},
		"zeros":          {spoil(func(b []byte) []byte { zero(b); return b }), ErrForeign},
		"no heads":       {spoil(func(b []byte) []byte { zero(b[:2*size]); return b }), ErrForeign},
		"both heads bad": {spoil(func(b []byte) []byte { b[60] ^= 1; b[size+60] ^= 1; return b }), ErrDamaged},
		"folder":         {func(path string) error { return os.Mkdir(path, 0o700) }, ErrForeign},
		"pipe":           {func(path string) error { return unix.Mkfifo(path, 0o600) }, ErrForeign},
		"other bbolt": {func(path string) error {
			b, err := bolt.Open(path, 0o600, nil)
			if err != nil {
				return err
			}
			return b.Close()
		}, ErrForeign},
		"newer": {spoilFormat(good, Format+1), ErrNewer},
		"no bucket": {func(path string) error {
			if err := os.WriteFile(path, good, 0o600); err != nil {
				return err
			}
			return raw(path, func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketSeen) })
		}, ErrDamaged},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "chapar.db")
			if err := tt.make(path); err != nil {
				t.Fatal(err)
			}
			db, err := Open(path, Options{})
			if err == nil {
				t.Fatal("it opens", db.Close())
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if !strings.HasPrefix(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is not one line that begins with the path", err)
			}
			if _, err := os.Stat(pidFile(path)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a mark stays: %v", err)
			}
		})
	}
}

func spoilFormat(good []byte, format uint64) func(string) error {
	return func(path string) error {
		if err := os.WriteFile(path, good, 0o600); err != nil {
			return err
		}
		return raw(path, func(tx *bolt.Tx) error { return txn{Tx: tx}.putNumber(bucketMeta, keyFormat, format) })
	}
}

// raw changes a database behind the store's back.
func raw(path string, fn func(tx *bolt.Tx) error) error {
	b, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		return err
	}
	return errors.Join(b.Update(fn), b.Close())
}

// TestDamage spoils a database in all kinds of ways. Nothing may die, and no changed value may be handed out.
func TestDamage(t *testing.T) {
	const n = 120
	good := filled(t, n)
	rng := rand.New(rand.NewPCG(7, 7))
	size := os.Getpagesize()
	used := len(good)
	if h := headOf(t, good); h.pages > 0 {
		used = int(int64(h.pages) * h.pageSize)
	}
	ways := map[string]func(b []byte) []byte{
		"cut at a byte": func(b []byte) []byte { return b[:rng.IntN(used)] },
		"cut at a page": func(b []byte) []byte { return b[:rng.IntN(used/size)*size] },
		"one bit":       func(b []byte) []byte { b[rng.IntN(used)] ^= 1 << rng.IntN(8); return b },
		"zero page":     func(b []byte) []byte { p := rng.IntN(used/size) * size; clear(b[p : p+size]); return b },
		"random page": func(b []byte) []byte {
			for p, i := rng.IntN(used/size)*size, 0; i < size; i += 8 {
				binary.NativeEndian.PutUint64(b[p+i:], rng.Uint64())
			}
			return b
		},
		"page header": func(b []byte) []byte { b[rng.IntN(used/size)*size+rng.IntN(pageHeader)] = byte(rng.Uint32()); return b },
		"pages swapped": func(b []byte) []byte {
			x, y := rng.IntN(used/size)*size, rng.IntN(used/size)*size
			c := append([]byte(nil), b[x:x+size]...)
			copy(b[x:], b[y:y+size])
			copy(b[y:], c)
			return b
		},
	}
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			for range rounds {
				path := filepath.Join(t.TempDir(), "chapar.db")
				if err := os.WriteFile(path, way(append([]byte(nil), good...)), 0o600); err != nil {
					t.Fatal(err)
				}
				useDamaged(t, path, n)
			}
		})
	}
}

func headOf(t *testing.T, b []byte) head {
	t.Helper()
	path := filepath.Join(t.TempDir(), "head")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := readHead(f)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// useDamaged does what can be done with a damaged database of n records; errors are all right, wrong answers are not.
func useDamaged(t *testing.T, path string, n int) {
	t.Helper()
	db, err := Open(path, Options{NoSync: true})
	if err != nil {
		return
	}
	report, err := db.Verify(t.Context())
	if err != nil {
		t.Errorf("verify: %v", err)
	}
	given := 0
	for r, err := range db.Records(t.Context(), Query{}) {
		if err != nil {
			break
		}
		if given++; given > n {
			t.Fatal("the records have no end")
		}
		if r.Text != textOf(r.Number) || r.SHA256 != sha256Of(r) {
			t.Errorf("a changed record is handed out: %+v", r)
		}
	}
	if given < n && report.OK() {
		t.Errorf("%d of %d records are there, and verify says that all is well", given, n)
	}
	// These may fail, but must come back.
	_, _ = db.Stats(t.Context(), Query{})
	_, _ = db.Import(t.Context(), []Imported{{Document: doc("https://b.example/", "T", textOf(1))}})
	for range db.Search(t.Context(), "courier", Query{}) {
		break
	}
	_ = db.Close()
}

// TestReadShared: several read a database at once; one who wants to write is told who reads, and writes once all are gone.
func TestReadShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	if _, err := Read(path, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a database that is not there, to be read: %v", err)
	}
	if err := openAt(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var readers []*DB
	for range 2 {
		db, err := Read(path, Options{Lock: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, db)
	}
	sound(t, readers[0])
	if err := readers[0].Remember(CareBackup, start); err == nil {
		t.Error("what is opened for reading was written to")
	}
	var held *HeldError
	if _, err := Open(path, Options{Lock: time.Millisecond}); !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Errorf("beside two who read: %v", err)
	}
	var copied bytes.Buffer
	if err := readers[1].Backup(t.Context(), &copied); err != nil || copied.Len() == 0 {
		t.Errorf("a copy of %d bytes, %v", copied.Len(), err)
	}
	for _, db := range readers {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("reading changed the file: %v", err)
	}
	sound(t, openAt(t, path))
}
