package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"chapar/fetcher"
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
	newest := map[uint64]string{}
	for r := range salvage(t, good) {
		want[r.SHA256], newest[uint64(r.Number)] = true, r.SHA256
	}
	size := os.Getpagesize()
	used := int(headOf(t, good).pages) * size
	free := int(headOf(t, good).freelist) * size
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
		"page header":           func(b []byte) []byte { b[at()+rng.IntN(pageHeader)] = byte(rng.Uint32()); return b },
		"first head":            func(b []byte) []byte { clear(b[:size]); return b },
		"second head":           func(b []byte) []byte { clear(b[size : 2*size]); return b },
		"both heads":            func(b []byte) []byte { clear(b[:2*size]); return b },
		"both heads and a page": func(b []byte) []byte { clear(b[:2*size]); p := size + at(); clear(b[p:min(p+size, len(b))]); return b },
		"free list and a page": func(b []byte) []byte {
			clear(b[free : free+size])
			p := at()
			clear(b[p : p+size])
			return b
		},
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
				got := map[uint64]string{} // the newest text that comes out of each record
				for r := range salvage(t, bad) {
					if !want[r.SHA256] {
						t.Errorf("what was never kept comes out: %+v", r)
					}
					got[uint64(r.Number)] = r.SHA256
				}
				report := verified(t, bad)
				words := strings.Join(report.Problems, "\n")
				for number, s := range spots {
					touched := !same(s.key, s.key+s.keySize+s.valueSize)
					if !touched {
						if whole++; got[number] == newest[number] {
							kept++
						}
					}
					named := slices.ContainsFunc(report.Lost, func(l Lost) bool { return uint64(l.Number) == number }) ||
						strings.Contains(words, fmt.Sprintf("record/%d:", number)) || strings.Contains(words, fmt.Sprintf("record %d", number))
					// Where nothing tells what is free, the same text may come out of a page of an earlier time.
					again := strings.HasSuffix(name, "and a page") && got[number] == newest[number]
					if touched && !again {
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

// TestSalvageOlder: where nothing tells which pages are in use, a record whose newest text is damaged is named, although
// an older one stands in a page that is free, as the newest of its time.
func TestSalvageOlder(t *testing.T) {
	good, spots := aged(t, 60)
	revised := map[uint64]int{}
	for r := range salvage(t, good) {
		revised[uint64(r.Number)] = r.Revision
	}
	path := filepath.Join(t.TempDir(), "bad.db")
	for number, s := range spots {
		if revised[number] == 1 {
			continue
		}
		bad := bytes.Clone(good)
		clear(bad[:2*os.Getpagesize()])
		bad[s.key+s.keySize+frameSize+1] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		want := []Lost{{int(number), idOf(fmt.Sprintf("https://a.example/%d", number)), revised[number] - 1}}
		if lost, err := Salvage(t.Context(), path, Options{}, nil); err != nil || !slices.Equal(lost, want) {
			t.Errorf("lost %v, %v, want %v", lost, err, want)
		}
		if r, err := VerifyFile(t.Context(), path, Options{}); err != nil || !slices.Equal(r.Lost, want) {
			t.Errorf("verify names %v, %v, want %v", r.Lost, err, want)
		}
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
	}); err != nil && (!errors.Is(err, ErrForeign) || len(file) >= 2*os.Getpagesize()) { // of so little none can be told
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

// TestImportSaved: what is saved from one database comes into another as it was: revisions that differ in noise alone,
// what is withdrawn, and articles that are known by their bytes.
func TestImportSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	pollOf(t, db, start, "a", entry("a", "https://a.example/0", "Border post zero"), entry("a", "https://a.example/1", "Border post one"))
	p := keep(t, db, next(t, db, "a.example:443"), minutes(1), essential("https://a.example/0", "Border post zero", textOf(1)+"\n\n15 comments"), Keeping{KeepPage: true})
	rebuilt := record(t, db, p.ID)
	if _, err := db.Rebuild(t.Context(), []Rebuilt{{Made: Made{Record: &rebuilt}, Document: essential("https://a.example/0", "Border post zero", textOf(1))}}); err != nil {
		t.Fatal(err)
	}
	p = keep(t, db, next(t, db, "a.example:443"), minutes(2), essential("https://a.example/1", "Border post one", textOf(2)), Keeping{})
	was := record(t, db, p.ID)
	now, at := was, minutes(3)
	now.Withdrawn = &at
	if _, err := db.Judge(t.Context(), []Judged{{Was: was, Now: now}}); err != nil {
		t.Fatal(err)
	}
	unlinked(t, db, textOf(3), textOf(3)+"\n\nThen the guild of the couriers met again and decided otherwise.")
	sound(t, db)
	want := all(t, db, Query{Withdrawn: true})
	if len(want) != 3 || want[0].Revision != 2 || want[1].Withdrawn == nil || want[2].Revision != 2 {
		t.Fatalf("not what the test is about: %+v", want)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	fresh, lost := savedFrom(t, path)
	if len(lost) != 0 {
		t.Fatalf("lost %v", lost)
	}
	got := all(t, fresh, Query{Withdrawn: true})
	if len(got) != len(want) {
		t.Fatalf("%d records out of %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if g.ID != w.ID || g.Number != w.Number || g.Revision != w.Revision || g.SHA256 != w.SHA256 || g.Text != w.Text ||
			g.Cause != w.Cause || g.TextFrom != w.TextFrom || (g.Withdrawn == nil) != (w.Withdrawn == nil) {
			t.Errorf("record %d came out as\n%+v, it was\n%+v", i, g, w)
		}
	}
}

// unlinked keeps an article without an address, known by its GUID and its bytes, with its revisions.
func unlinked(t *testing.T, db *DB, texts ...string) (placed []Placement) {
	t.Helper()
	pollOf(t, db, minutes(4), "a", fetcher.Entry{Source: "a", Endpoint: "a-feed", Kind: fetcher.KindFeed, Title: "No link", GUID: "g1", Content: "x"})
	hosts, err := db.Hosts()
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		j, ok, err := db.Next(host, fetcher.Job{})
		if err != nil || !ok || j.Entry.GUID != "g1" {
			continue
		}
		for i, text := range texts {
			o := Keeping{TextFrom: FromFeed, Again: minutes(20 * (i + 1)), AgainWait: time.Minute}
			p, err := db.Keep(j, fetcher.Page{Fetched: minutes(5 + 20*i)}, essential("", "No link", text), o)
			if err != nil {
				t.Fatal(err)
			}
			placed = append(placed, p)
		}
	}
	return placed
}

// savedFrom brings what is whole of a database into a new one, which must be sound.
func savedFrom(t *testing.T, path string) (*DB, []Lost) {
	t.Helper()
	fresh := openNew(t)
	lost, err := Salvage(t.Context(), path, Options{}, func(r corpus.Record) error {
		_, err := fresh.Import(t.Context(), []Imported{{Record: r, Document: essential(r.CanonicalURL, r.Title, r.Text), Saved: true}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sound(t, fresh)
	return fresh, lost
}

// TestSalvageRevisions: where revisions of an article are lost, those that are left keep their numbers, causes and the
// article's id, and the feed that has it still does not bring it a second time.
func TestSalvageRevisions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	const link = "https://a.example/0"
	for i := range 4 {
		keep(t, db, jobOf(entry("a", link, "T")), minutes(i), essential(link, "Border post", textOf(i)), Keeping{})
	}
	texts := []string{textOf(8), textOf(9)}
	was := unlinked(t, db, texts...)
	if len(was) != 2 || was[1].Revision != 2 || was[1].ID != was[0].ID {
		t.Fatalf("not what the test is about: %+v", was)
	}
	for _, key := range [][]byte{pairKey(0, 1), pairKey(0, 3), pairKey(1, 1)} {
		spoil(t, db, bucketRevision, func(c *bolt.Cursor) (k, v []byte) { return c.Seek(key) })
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	fresh, lost := savedFrom(t, path)
	if len(lost) != 0 {
		t.Errorf("lost %v, and the newest revisions are whole", lost)
	}
	revisions := listed(t, fresh.Revisions(t.Context(), link))
	if len(revisions) != 2 || revisions[0].Revision != 2 || revisions[0].Text != textOf(1) || revisions[1].Revision != 4 || revisions[1].Text != textOf(3) {
		t.Errorf("the revisions of the first are %+v", revisions)
	}
	for _, r := range append(revisions, record(t, fresh, "1")) {
		if r.Cause != CauseEdited {
			t.Errorf("revision %d of record %d has the cause %q", r.Revision, r.Number, r.Cause)
		}
	}
	if r := record(t, fresh, "1"); r.ID != was[0].ID || r.Revision != 2 || r.Text != texts[1] {
		t.Errorf("the one without an address is %+v, it was %+v", r, was)
	}
	if s, err := fresh.Stats(t.Context(), Query{}); err != nil || s.Records != 2 || s.Revisions != 1 {
		t.Errorf("counted %+v, %v", s, err)
	}
	for _, p := range unlinked(t, fresh, texts[1]) {
		if p.As != PlacedSame || p.ID != was[0].ID {
			t.Errorf("asked anew, the feed brings %+v", p)
		}
	}
	if p := keep(t, fresh, jobOf(entry("a", link, "T")), minutes(90), essential(link, "Border post", textOf(5)), Keeping{}); p.Revision != 5 {
		t.Errorf("the next revision is %+v", p)
	}
	sound(t, fresh)
}
