package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"chapar/store/corpus"
)

// TestScrub: one flipped bit among many articles is found within one pass, which takes little of the processor.
func TestScrub(t *testing.T) {
	n := 1500
	if os.Getenv("CHAPAR_LONG") == "1" {
		n = 100_000
	}
	db := openNew(t)
	var docs []Imported
	for i := range n {
		docs = append(docs, Imported{Record: corpus.Record{Number: corpus.Unnumbered}, Document: doc(fmt.Sprintf("https://a.example/%d", i), "T", textOf(i))})
	}
	for batch := range slices.Chunk(docs, 500) {
		if _, err := db.Import(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	scrubbed := func() (found []string) {
		t.Helper()
		if err := db.Scrub(t.Context(), func(d *DamagedError) { found = append(found, d.Bucket+"/"+d.Key) }); err != nil {
			t.Fatal(err)
		}
		return found
	}
	spoil(t, db, bucketRecord, func(c *bolt.Cursor) (k, v []byte) { return c.Seek(numberKey(uint64(n / 2))) })
	least := 1.0 // of some passes: what the process does besides is not the scrub's
	for range 3 {
		began, used := time.Now(), processor(t)
		if found := scrubbed(); !slices.Equal(found, []string{fmt.Sprintf("record/%d", n/2)}) {
			t.Errorf("found %q", found)
		}
		share := float64(processor(t)-used) / float64(time.Since(began))
		t.Logf("%d articles in %v, %.1f %% of a processor", n, time.Since(began).Round(time.Millisecond), 100*share)
		least = min(least, share)
	}
	if least > 0.05 {
		t.Errorf("it takes %.1f %% of a processor", 100*least)
	}
	spoil(t, db, bucketRecord, func(c *bolt.Cursor) (k, v []byte) { return c.Seek(numberKey(uint64(n / 2))) }) // back as it was
	if found := scrubbed(); len(found) > 0 {
		t.Errorf("mended, found %q", found)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Scrub(ended, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// processor is what this process has had of the processors.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
