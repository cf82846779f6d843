package store

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"chapar/fetcher"
)

// stepBack damages the newer of a database's two heads.
func stepBack(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	size := os.Getpagesize()
	commit := func(page int) uint64 { return binary.NativeEndian.Uint64(b[page*size+pageHeader+48:]) }
	newer := 0
	if commit(1) > commit(0) {
		newer = 1
	}
	clear(b[newer*size : (newer+1)*size])
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// written makes a database with some commits, the last of which keeps an article, and gives how many articles it has.
func written(t *testing.T, path string, commits int) {
	t.Helper()
	db := openAt(t, path)
	_, err := db.SavePoll("a-feed", start, nil, func(int, int) (fetcher.State, fetcher.Event) {
		return fetcher.State{URL: "https://a.example/feed", Validators: fetcher.Validators{ETag: `"e"`}, Checked: start}, fetcher.Event{At: start}
	})
	if err != nil {
		t.Fatal(err)
	}
	more(t, db, commits)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func more(t *testing.T, db *DB, commits int) {
	t.Helper()
	for range commits {
		s, err := db.Stats(t.Context(), Query{})
		if err != nil {
			t.Fatal(err)
		}
		link := fmt.Sprintf("https://a.example/%d", s.Records)
		keep(t, db, jobOf(entry("a", link, "T")), start, doc(link, "T", textOf(s.Records)), Keeping{})
	}
}

// behind opens a database and wants it to be so many commits older than it was.
func behind(t *testing.T, what, path string, want int) *DB {
	t.Helper()
	db := openAt(t, path)
	if n, err := db.Behind(); err != nil || n != want {
		t.Errorf("%s: %d commits behind, %v, want %d", what, n, err, want)
	}
	return db
}

// TestStepBack: a database whose newer head is damaged opens one commit older, and that is noticed each time, until the
// sources are asked for the whole once.
func TestStepBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	for round := range 100 {
		path := filepath.Join(t.TempDir(), "chapar.db")
		commits := 1 + rng.IntN(5)
		written(t, path, commits)
		stepBack(t, path)
		db := behind(t, fmt.Sprintf("round %d", round), path, 1)
		if s, err := db.Stats(t.Context(), Query{}); err != nil || s.Records != commits-1 {
			t.Errorf("round %d: %d records, %v, want %d", round, s.Records, err, commits-1)
		}
		if round > 0 {
			continue
		}
		more(t, db, 2) // what others write meanwhile does not hide it
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = behind(t, "opened again", path, 1)
		if err := db.AskAnew(); err != nil {
			t.Fatal(err)
		}
		if n, err := db.Behind(); err != nil || n != 0 {
			t.Errorf("afterwards %d commits behind, %v", n, err)
		}
		if s, err := db.State("a-feed"); err != nil || s.Validators.ETag != "" || s.URL == "" {
			t.Errorf("the endpoint is known as %+v, %v", s, err)
		}
		sound(t, db)
	}
}

// TestBehind: an older copy in the place of a database is noticed as well; a compacted one, another one and one without the
// file beside it are not taken for it.
func TestBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	written(t, path, 3)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db := behind(t, "untouched", path, 0)
	more(t, db, 4)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	db = behind(t, "an older copy", path, 4)
	if err := db.AskAnew(); err != nil {
		t.Fatal(err)
	}
	more(t, db, 20)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Compact(t.Context(), path, Options{}, nil); err != nil {
		t.Fatal(err)
	}
	if err := behind(t, "compacted", path, 0).Close(); err != nil {
		t.Fatal(err)
	}
	for what, line := range map[string]string{"cut": "0123", "of another": string((last{created: 7, tx: 1 << 40}).line()), "none": ""} {
		if err := os.WriteFile(lastFile(path), []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := behind(t, what, path, 0).Close(); err != nil {
			t.Fatal(err)
		}
	}
}
