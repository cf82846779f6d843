package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chapar/store/corpus"
)

// aged gives a database of n records, some of them with older revisions and with pages that are free again, and where
// each newest revision lies in it.
func aged(t *testing.T, n int) (file []byte, spots map[uint64]spot) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	for round := range 3 {
		var docs []Imported
		for i := range n {
			if round > 0 && i%(7*round) != 0 {
				continue
			}
			text := textOf(i)
			if round > 0 {
				text += fmt.Sprintf("\n\nLater that day, for the time number %d, the post house burnt down and was built again by the people of the valley.", round)
			}
			docs = append(docs, Imported{Record: corpus.Record{Number: corpus.Unnumbered}, Document: doc(fmt.Sprintf("https://a.example/%d", i), fmt.Sprintf("Title %d", i), text)})
		}
		for batch := range slices.Chunk(docs, 40) {
			if _, err := db.Import(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		}
	}
	pollOf(t, db, start, "a", entry("a", "https://a.example/new", "New"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	r := &rescuer{ctx: t.Context(), codec: c, f: f}
	if err := r.scan(); err != nil {
		t.Fatal(err)
	}
	if !r.free {
		t.Fatal("the list of free pages of a sound file is not believed")
	}
	spots = map[uint64]spot{}
	for number := range r.found {
		all := r.ordered(number)
		s := all[len(all)-1]
		if !s.live || !s.top {
			t.Fatalf("the newest revision of record %d is not found where the tree leads", number)
		}
		spots[number] = s
	}
	if len(spots) != n {
		t.Fatalf("%d of %d records are found in a sound file", len(spots), n)
	}
	return file, spots
}

// TestSalvage: whatever is done to the file, every record that was not touched comes out of it as it was, every one that
// was is named, and nothing comes out that was never kept.
func TestSalvage(t *testing.T) {
	const n = 120
	good, spots := aged(t, n)
	want := map[string]bool{} // all texts that were ever acknowledged
	for r := range salvage(t, good) {
		want[r.SHA256] = true
	}
	size := os.Getpagesize()
	used := int(headOf(t, good).pages) * size
	rng := rand.New(rand.NewPCG(8, 8))
	at := func() int { return rng.IntN(used/size) * size }
	ways := map[string]func(b []byte) []byte{
		"cut at a byte": func(b []byte) []byte { return b[:1+rng.IntN(used-1)] },
		"cut at a page": func(b []byte) []byte { return b[:size+at()] },
		"one bit":       func(b []byte) []byte { b[rng.IntN(used)] ^= 1 << rng.IntN(8); return b },
		"zero page":     func(b []byte) []byte { p := at(); clear(b[p : p+size]); return b },
		"random page": func(b []byte) []byte {
			for p, i := at(), 0; i < size; i += 8 {
				binary.NativeEndian.PutUint64(b[p+i:], rng.Uint64())
			}
			return b
		},
		"page header": func(b []byte) []byte { b[at()+rng.IntN(pageHeader)] = byte(rng.Uint32()); return b },
		"first head":  func(b []byte) []byte { clear(b[:size]); return b },
		"second head": func(b []byte) []byte { clear(b[size : 2*size]); return b },
		"both heads":  func(b []byte) []byte { clear(b[:2*size]); return b },
		"many bits": func(b []byte) []byte {
			for range 40 {
				b[rng.IntN(used)] ^= 1 << rng.IntN(8)
			}
			return b
		},
	}
	rounds := 6
	if os.Getenv("CHAPAR_LONG") == "1" {
		rounds = 500
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			kept, whole, told, damaged := 0, 0, 0, 0
			for range rounds {
				bad := way(bytes.Clone(good))
				same := func(from, to int64) bool {
					return to <= int64(len(bad)) && bytes.Equal(bad[from:to], good[from:to])
				}
				got := map[uint64]bool{}
				for r := range salvage(t, bad) {
					if !want[r.SHA256] {
						t.Errorf("what was never kept comes out: %+v", r)
					}
					got[uint64(r.Number)] = true
				}
				report := verified(t, bad)
				words := strings.Join(report.Problems, "\n")
				for number, s := range spots {
					touched := !same(s.key, s.key+s.keySize+s.valueSize)
					if !touched {
						if whole++; got[number] {
							kept++
						}
					}
					named := slices.ContainsFunc(report.Lost, func(l Lost) bool { return uint64(l.Number) == number }) ||
						strings.Contains(words, fmt.Sprintf("record/%d:", number)) || strings.Contains(words, fmt.Sprintf("record %d", number))
					if touched {
						if damaged++; named {
							told++
						}
					}
					if touched && report.OK() {
						t.Errorf("record %d is damaged, and verify says that all is well", number)
					}
				}
			}
			if float64(kept) < 0.99*float64(whole) {
				t.Errorf("%d of %d records that were whole come out", kept, whole)
			}
			// A file that is cut may have lost all that told of a record, and bits all over may hit both it and its id.
			least := map[string]float64{"cut at a byte": 0, "cut at a page": 0, "many bits": 0.9}
			if share, ok := least[name]; float64(told) < float64(damaged)*share || !ok && told < damaged {
				t.Errorf("%d of %d damaged records are named", told, damaged)
			}
			t.Logf("%d of %d whole records come out, %d of %d damaged ones are named", kept, whole, told, damaged)
		})
	}
}

func salvage(t *testing.T, file []byte) func(func(corpus.Record) bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bad.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	var all []corpus.Record
	if _, err := Salvage(t.Context(), path, Options{}, func(r corpus.Record) error {
		all = append(all, r)
		return nil
	}); err != nil {
		t.Errorf("salvage: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, file) {
		t.Errorf("the damaged file was changed: %v", err)
	}
	return slices.Values(all)
}

func verified(t *testing.T, file []byte) Report {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bad.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := VerifyFile(t.Context(), path, Options{})
	if err != nil {
		r.Problems = append(r.Problems, err.Error())
	}
	return r
}
