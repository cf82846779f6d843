package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chapar/normalize"
	"chapar/store"
	"chapar/store/corpus"
)

// compact gives a process that compacts a database.
func compact(path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "compact", "--db", path)
	cmd.Env = append(os.Environ(), "CHAPAR_AS_ITSELF=1")
	return cmd
}

// TestCompactKilled: whenever compact is killed, one sound database stands there with all that was in it, and the next
// one to open it clears away what else is left.
func TestCompactKilled(t *testing.T) {
	rounds := 8
	if long() {
		rounds = 200
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "chapar.db")
	const documents = 800
	db, err := store.Open(path, store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(11, 1))
	var batch []store.Imported
	for i := range documents {
		var text strings.Builder
		for range 300 {
			fmt.Fprintf(&text, "%x ", r.Uint32())
		}
		d := normalize.Document{CanonicalURL: fmt.Sprintf("https://post.example/%d", i), Title: "Stage", Text: text.String()}
		if batch = append(batch, store.Imported{Record: corpus.Record{Number: corpus.Unnumbered}, Document: d}); len(batch) == 100 {
			if _, err := db.Import(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if out, err := compact(path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took := time.Since(began)

	copies := func() int {
		m, err := filepath.Glob(path + ".compact-*")
		if err != nil {
			t.Fatal(err)
		}
		return len(m)
	}
	left, compacted := 0, 0
	for round := range rounds {
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := compact(path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		most := took * 3 / 2
		if round%2 == 0 { // surely while it copies, else at any time
			most = took / 2
			for until := time.Now().Add(took); copies() == 0 && time.Now().Before(until); {
				time.Sleep(time.Millisecond)
			}
		}
		time.Sleep(time.Duration(r.Int64N(int64(most))))
		cmd.Process.Kill() // it may have ended
		cmd.Wait()
		left += copies()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() < int64(len(whole)) {
			compacted++
		}
		report, err := store.VerifyFile(t.Context(), path, store.Options{})
		if err != nil || !report.OK() || report.Records != documents {
			t.Fatalf("round %d: %d records, %v, %v", round, report.Records, err, report.Problems)
		}
		db, err := store.Open(path, store.Options{}) // who writes next takes away what was left
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 { // with the number of its last commit
			t.Fatalf("round %d leaves %v, %v", round, entries, err)
		}
	}
	t.Logf("%d rounds: %d left a copy behind, %d had put it in place", rounds, left, compacted)
	if left == 0 {
		t.Error("no round was cut short while it copied: the test shows nothing")
	}
}
