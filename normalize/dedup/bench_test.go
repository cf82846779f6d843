package dedup

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"
)

// sizes are how many documents stand in the index. A million of them take some minutes.
func sizes() []int {
	if os.Getenv("CHAPAR_LONG") == "" {
		return []int{10_000, 100_000}
	}
	return []int{10_000, 100_000, 1_000_000}
}

// archive makes articles one by one, every tenth a copy of an earlier one, and makes their texts again when they are read.
type archive struct{ words int }

func (archive) origin(ref Ref) (Ref, bool) {
	r := rand.New(rand.NewPCG(uint64(ref), 1))
	if ref > 100 && r.IntN(10) == 0 {
		return ref - 1 - Ref(r.IntN(100)), true
	}
	return ref, false
}

func (a archive) article(ref Ref) Article {
	of, isCopy := a.origin(ref)
	for isCopy {
		of, isCopy = a.origin(of)
	}
	text := made(rand.New(rand.NewPCG(uint64(of), 2)), a.words)
	if of != ref {
		text = text[:len(text)*3/4] + fmt.Sprintf(" Sent again as number %d.", ref)
	}
	return Article{Title: fmt.Sprintf("Article of the day %d", of), Text: text, Language: "en", Published: date(1).Add(time.Duration(ref) * time.Minute)}
}

func (a archive) read(ref Ref) (*Text, error) { return Read(a.article(ref)), nil }

// BenchmarkPlace reads and places articles of 350 words behind many others, and tells what the index takes in memory and
// on disk, and how long it takes to restore it. The texts of candidates are at hand, read: making
// them again does not count.
func BenchmarkPlace(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			a := archive{350}
			x := NewIndex()
			texts := make(map[Ref]*Text) // of the latest
			var making time.Duration     // of texts that are not at hand: it does not count
			read := func(ref Ref) (*Text, error) {
				if t := texts[ref]; t != nil {
					return t, nil
				}
				start := time.Now()
				defer func() { making += time.Since(start) }()
				return a.read(ref)
			}
			next := func(ref Ref, article Article) []byte {
				t := Read(article)
				v, err := x.Place(ref, t, read)
				if err != nil {
					b.Fatal(err)
				}
				texts[ref] = t
				delete(texts, ref-1000)
				return x.Add(ref, t, v.Cluster).Record
			}
			records, size := make([][]byte, n), 0
			before := heap()
			for ref := range Ref(n) {
				records[ref] = next(ref, a.article(ref))
				size += len(records[ref])
			}
			after := heap()
			articles := make([]Article, 1000)
			for i := range articles {
				articles[i] = a.article(Ref(n + i))
			}
			ref := Ref(n)
			making = 0
			for b.Loop() {
				next(ref, articles[int(ref)%len(articles)])
				ref++
			}
			b.ReportMetric(float64(b.N)/(b.Elapsed()-making).Seconds(), "docs/s")
			b.ReportMetric(float64(int64(after)-int64(before)-int64(size))/float64(n), "memory-B/doc")
			b.ReportMetric(float64(size)/float64(n), "disk-B/doc")
			b.ReportMetric(restoring(b, records).Seconds(), "restore-s")
			runtime.KeepAlive(x)
		})
	}
}

// restoring restores an index of records without the texts of the latest, and says how long it took.
func restoring(b *testing.B, records [][]byte) time.Duration {
	start := time.Now()
	x := NewIndex()
	for i, r := range records {
		if err := x.Restore(Ref(i), Ref(i), r, nil); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkRead(b *testing.B) {
	for name, text := range map[string]string{"en": bridge, "ru": bridgeRussian} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Read(Article{Title: "Joint patrols on the Aksu", Text: text, Language: name})
			}
		})
	}
}

// BenchmarkOddities places texts that no publisher means to send, one behind the other like it.
func BenchmarkOddities(b *testing.B) {
	for name, text := range oddities() {
		b.Run(name, func(b *testing.B) {
			d := newDesk()
			d.place(b, 0, Article{Title: name, Text: text})
			ref := Ref(1)
			for b.Loop() {
				d.place(b, ref, Article{Title: name, Text: text})
				ref++
			}
		})
	}
}
