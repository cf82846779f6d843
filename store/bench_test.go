package store

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"chapar/store/corpus"
)

// large says where BenchmarkOpen100k and its kin keep their database between runs; without it they are skipped, since
// making it takes a while.
var large = flag.String("large", "", "folder for a database of 100,000 records")

// vocabulary makes texts that pack about as well as real ones.
func vocabulary(rng *rand.Rand) []string {
	words := make([]string, 20000)
	for i := range words {
		var b strings.Builder
		for range 2 + rng.IntN(3) {
			b.WriteByte("bcdfghklmnprstvz"[rng.IntN(16)])
			b.WriteByte("aeiou"[rng.IntN(5)])
		}
		words[i] = b.String()
	}
	return words
}

// article makes a text of about 5 KB in which few words are frequent and many are rare.
func article(rng *rand.Rand, words []string) string {
	var b strings.Builder
	for b.Len() < 5000 {
		for range 80 {
			b.WriteString(words[int(float64(len(words))*rng.Float64()*rng.Float64()*rng.Float64()*rng.Float64())])
			b.WriteByte(' ')
		}
		b.WriteString("end.\n\n")
	}
	return strings.TrimSpace(b.String())
}

func fill(b *testing.B, db *DB, n int) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	words := vocabulary(rng)
	for from := 0; from < n; from += 200 {
		var docs []Imported
		for i := from; i < min(n, from+200); i++ {
			d := doc(fmt.Sprintf("https://h%d.example/2026/11/some-article-%d.html", i%50, i), strings.Join(words[i%1000:i%1000+8], " "), article(rng, words))
			d.Essence = d.Essence[:40]
			docs = append(docs, Imported{Record: corpus.Record{Number: corpus.Unnumbered, Source: fmt.Sprint("s", i%50)}, Document: d})
		}
		if _, err := db.Import(context.Background(), docs); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKeep(b *testing.B) {
	for _, lanes := range []int{1, 32} {
		b.Run(fmt.Sprintf("lanes=%d", lanes), func(b *testing.B) {
			db, err := Open(filepath.Join(b.TempDir(), "chapar.db"), Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			rng := rand.New(rand.NewPCG(1, 2))
			words := vocabulary(rng)
			text := article(rng, words)
			var mu sync.Mutex
			next, over := 0, false
			one := func() bool {
				mu.Lock()
				over = over || !b.Loop()
				n, stop := next, over
				if !over {
					next++
				}
				mu.Unlock()
				if stop {
					return false
				}
				link := fmt.Sprintf("https://h%d.example/%d", n%50, n)
				e := entry("a", link, "Title")
				if _, err := db.Keep(jobOf(e), pageOf(jobOf(e), start, text), doc(link, fmt.Sprint("Title ", n), fmt.Sprint(n, text)),
					Keeping{KeepPage: true, Again: minutes(60)}); err != nil {
					b.Error(err)
				}
				return true
			}
			var wg sync.WaitGroup
			for range lanes {
				wg.Go(func() {
					for one() {
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(next)/b.Elapsed().Seconds(), "docs/s")
		})
	}
}

func BenchmarkImport(b *testing.B) {
	db, err := Open(filepath.Join(b.TempDir(), "chapar.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	words := vocabulary(rng)
	round := 0
	for b.Loop() {
		b.StopTimer()
		var docs []Imported
		for i := range 200 {
			docs = append(docs, Imported{
				Record: corpus.Record{Number: corpus.Unnumbered}, Document: doc(fmt.Sprintf("https://a.example/%d/%d", round, i), "T", article(rng, words)),
			})
		}
		round++
		b.StartTimer()
		if _, err := db.Import(b.Context(), docs); err != nil {
			b.Fatal(err)
		}
	}
}

// largeDB opens the database of 100,000 records, made first if need be.
func largeDB(b *testing.B) (*DB, string) {
	b.Helper()
	if *large == "" {
		b.Skip("no -large folder")
	}
	path := filepath.Join(*large, "large.db")
	_, missing := os.Stat(path)
	db, err := Open(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	if missing != nil {
		began := time.Now()
		fill(b, db, 100_000)
		b.Logf("made in %v", time.Since(began))
	}
	return db, path
}

func BenchmarkRecords(b *testing.B) {
	for _, n := range []int{5000, 100_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			var db *DB
			if n == 5000 {
				db = openNew(b)
				fill(b, db, n)
			} else {
				db, _ = largeDB(b)
				defer db.Close()
			}
			size, given := 0, 0
			for b.Loop() {
				for r, err := range db.Records(b.Context(), Query{}) {
					if err != nil {
						b.Fatal(err)
					}
					size += len(r.Text)
					given++
				}
			}
			b.ReportMetric(float64(given)/b.Elapsed().Seconds(), "docs/s")
			b.ReportMetric(float64(size)/b.Elapsed().Seconds()/1e6, "MB/s")
		})
	}
}

func BenchmarkOpen100k(b *testing.B) {
	db, path := largeDB(b)
	stats, err := db.Stats(b.Context(), Query{})
	if err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		db, err := Open(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(stats.FileBytes)/1e6, "MB")
}

func BenchmarkSearch100k(b *testing.B) {
	db, _ := largeDB(b)
	defer db.Close()
	words := vocabulary(rand.New(rand.NewPCG(1, 2)))
	for name, query := range map[string]string{"frequent": words[0], "rare": words[19000], "two": words[100] + " " + words[900]} {
		b.Run(name, func(b *testing.B) {
			found := 0
			for b.Loop() {
				found = 0
				for _, err := range db.Search(b.Context(), query, Query{}) {
					if err != nil {
						b.Fatal(err)
					}
					if found++; found == 20 {
						break
					}
				}
			}
			b.ReportMetric(float64(found), "found")
		})
	}
}

func BenchmarkStats100k(b *testing.B) {
	db, _ := largeDB(b)
	defer db.Close()
	for b.Loop() {
		if _, err := db.Stats(b.Context(), Query{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify100k(b *testing.B) {
	db, _ := largeDB(b)
	defer db.Close()
	for b.Loop() {
		if r, err := db.Verify(b.Context()); err != nil || !r.OK() {
			b.Fatal(r, err)
		}
	}
}

// BenchmarkCompact100k takes away every second value and gives the space back.
func BenchmarkCompact100k(b *testing.B) {
	db, path := largeDB(b)
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	share := 0.0
	for b.Loop() {
		b.StopTimer()
		half := copyOf(b, path)
		db, err := Open(half, Options{NoSync: true})
		if err != nil {
			b.Fatal(err)
		}
		for _, bucket := range [][]byte{bucketRecord, bucketWords, bucketSeen, bucketID, bucketPrints} {
			i := 0
			err := db.each(b.Context(), bucket, sliceKeys, func(pairs []pair) (bool, error) {
				return true, db.update(func(t txn) error {
					for _, p := range pairs {
						if i++; i%2 == 0 {
							if err := t.Bucket(bucket).Delete(p.key); err != nil {
								return err
							}
						}
					}
					return nil
				})
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		c, err := Compact(b.Context(), half, Options{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		share = float64(c.After) / float64(c.Before)
		if err := os.Remove(half); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(share, "after/before")
}
