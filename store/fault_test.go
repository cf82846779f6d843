package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"chapar/fetcher"
	"chapar/store/corpus"
)

// importing takes in an invented article of a number.
func importing(db *DB, t testing.TB, n int) error {
	link := fmt.Sprintf("https://a.example/%d", n)
	_, err := db.Import(t.Context(), []Imported{{Record: corpus.Record{Number: n}, Document: doc(link, "T", textOf(n))}})
	return err
}

// TestFailingWrite lets each write to the file in turn fail, when half of it is written, for want of space: what was
// acknowledged is there at once and after another start, what was not is not, and the next attempt succeeds. Where the
// half was enough to make the write count, nothing is acknowledged until another start.
func TestFailingWrite(t *testing.T) {
	step := 29
	if os.Getenv("CHAPAR_LONG") == "1" {
		step = 1
	}
	uncertain := 0
	for n := 1; n <= 500; n += step {
		path := filepath.Join(t.TempDir(), "chapar.db")
		db, err := Open(path, Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		at, count := writerOf(t, db), 0
		under := *at
		*at = func(b []byte, off int64) (int, error) {
			if count++; count != n {
				return under(b, off)
			}
			done, _ := under(b[:len(b)/2], off)
			return done, &fs.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
		}
		kept, failures, unsure := 0, 0, 0
		for after := 0; after < 3; {
			err := importing(db, t, kept)
			if err == nil {
				kept++
				if count >= n {
					after++
				}
				continue
			}
			var w *WriteError
			if failures++; failures > 1 || !errors.As(err, &w) {
				t.Fatalf("write %d, article %d: %v", n, kept, err)
			}
			if !w.Full {
				for range 3 {
					if err := importing(db, t, kept+1); !errors.Is(err, fetcher.ErrBroken) {
						t.Fatalf("write %d: after it failed: %v", n, err)
					}
				}
				unsure = 1
				break
			}
			if got := len(all(t, db, Query{})); got != kept {
				t.Fatalf("write %d: %d articles after it failed, want %d", n, got, kept)
			}
		}
		if failures != 1 {
			t.Errorf("write %d: it failed %d times", n, failures)
		}
		uncertain += unsure
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = openAt(t, path)
		sound(t, db)
		if got := len(all(t, db, Query{})); got != kept+unsure {
			t.Errorf("write %d: %d articles after another start, %d were acknowledged", n, got, kept)
		}
		if err := importing(db, t, kept+unsure); err != nil {
			t.Errorf("write %d: after another start: %v", n, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of them counted though they failed", uncertain)
}

// syncVar makes the test binary write to a database and say what was acknowledged, until it has failed ten times.
const syncVar = "CHAPAR_TEST_SYNC"

func syncOn(path string) {
	db, err := Open(path, Options{})
	if err != nil {
		fmt.Println("open:", err)
		return
	}
	for n, failed := 0, 0; failed < 10 && n < 60; n++ {
		link := fmt.Sprintf("https://a.example/%d", n)
		if _, err := db.Import(context.Background(), []Imported{{Record: corpus.Record{Number: n}, Document: doc(link, "T", textOf(n))}}); err != nil {
			failed++
			fmt.Println("failed", n, errors.Is(err, fetcher.ErrBroken), err)
			continue
		}
		fmt.Println("kept", n)
	}
	_ = db.Close()
}

// TestFailedSync lets one sync of the file fail and all behind it succeed: after it nothing is acknowledged any more,
// until the database is opened anew, and then all that was is there.
func TestFailedSync(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not here, which lets a sync fail")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	syncs := []int{1, 2, 5, 20}
	if os.Getenv("CHAPAR_LONG") == "1" {
		syncs = nil
		for n := range 100 {
			syncs = append(syncs, n+1)
		}
	}
	failed := 0
	for _, n := range syncs {
		path := filepath.Join(t.TempDir(), "chapar.db")
		cmd := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace=fdatasync", "-e", fmt.Sprintf("inject=fdatasync:error=EIO:when=%d", n), exe)
		cmd.Env = append(os.Environ(), syncVar+"="+path)
		out, err := cmd.CombinedOutput()
		if bytes.Contains(out, []byte("ptrace")) || err != nil {
			t.Skipf("processes cannot be traced here: %v %s", err, out)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		first := slices.IndexFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "kept ") })
		if first < 0 {
			continue // there were not so many
		}
		failed++
		for _, l := range lines[first:] {
			if !strings.Contains(l, "input/output error") || !strings.HasPrefix(l, "open: ") && !strings.Contains(l, " true cannot write to the database") {
				t.Errorf("sync %d: after it failed: %s", n, l)
			}
		}
		db := openAt(t, path)
		sound(t, db)
		got := len(all(t, db, Query{}))
		if got != first && got != first+1 { // the article of the failed sync may be on the disk or not
			t.Errorf("sync %d: %d articles after another start, %d were acknowledged", n, got, first)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if failed == 0 {
		t.Error("no sync failed")
	}
	t.Logf("%d syncs failed", failed)
}
