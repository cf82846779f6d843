package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// BenchmarkPrepare makes the index of copies as a start does: of the fingerprints of many articles and the clues of the
// latest, which are of about 5 KB each. The others have fingerprints alone.
func BenchmarkPrepare(b *testing.B) {
	sizes := []int{100_000}
	if os.Getenv("CHAPAR_LONG") != "" {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "chapar.db")
			db, err := Open(path, Options{NoSync: true})
			if err != nil {
				b.Fatal(err)
			}
			if err := db.update(func(t txn) error { return putPrints(t, n-latest) }); err != nil { // with clues of no text
				b.Fatal(err)
			}
			fill(b, db, latest)
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				db, err := Open(path, Options{NoSync: true})
				if err != nil {
					b.Fatal(err)
				}
				p, err := db.Prepare(b.Context())
				if err != nil || p.Texts != n || p.Anew {
					b.Fatalf("%+v, %v", p, err)
				}
				if err := db.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// putPrints writes the fingerprints of n articles that are nowhere else.
func putPrints(t txn, n int) error {
	rng := rand.New(rand.NewPCG(1, 1))
	prints := make([]uint32, 33)
	b := t.filled(bucketPrints)
	for i := range n {
		for j := range prints {
			prints[j] = rng.Uint32()
		}
		slices.Sort(prints)
		record := binary.LittleEndian.AppendUint32(nil, math.Float32bits(100))
		last := uint32(0)
		for _, p := range prints {
			record = binary.AppendUvarint(record, uint64(p-last))
			last = p
		}
		at := uint64(i + 1)
		if err := b.Put(numberKey(at), printed{number: uint64(i), revision: 1, record: record}.seal(at)); err != nil {
			return err
		}
		if err := t.filled(bucketClues).Put(numberKey(at), seal(numberKey(at), formPlain, make([]byte, 4))); err != nil {
			return err
		}
	}
	if err := b.SetSequence(uint64(n)); err != nil {
		return err
	}
	return t.putNumber(bucketMeta, keyNext, uint64(n))
}
