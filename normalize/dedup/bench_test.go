package dedup

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"testing"
	"time"
)

// sizes are how many documents stand in the index. A million of them take a minute or two.
func sizes() []int {
	if os.Getenv("CHAPAR_LONG") == "" {
		return []int{10_000, 100_000}
	}
	return []int{10_000, 100_000, 1_000_000}
}

// archive makes articles one by one, every tenth a copy of an earlier one, and makes them again when they are asked for.
type archive struct {
	words   int
	lexicon []*Text // of each word of the vocabulary, read behind another
}

func newArchive(words int) archive {
	a := archive{words, make([]*Text, madeWords+madeNumbers)}
	for word := range a.lexicon {
		a.lexicon[word] = Read(Article{Text: "a " + spelled(word)})
	}
	return a
}

// article gives an article without its text, the words of that, and the first article of its cluster.
func (a archive) article(ref Ref) (Article, []int, Ref) {
	first, hops := ref, 0
	for ; first > 100; hops++ {
		r := rand.New(rand.NewPCG(uint64(first), 1))
		if r.IntN(10) > 0 {
			break
		}
		first -= 1 + Ref(r.IntN(100))
	}
	words := drawn(rand.New(rand.NewPCG(uint64(first), 2)), a.words)
	if hops > 0 {
		words = append(words[:len(words)*3/4], drawn(rand.New(rand.NewPCG(uint64(ref), 3)), 5)...)
	}
	return Article{Title: fmt.Sprintf("Article of the day %d", first), Language: "en", Published: date(1).Add(time.Duration(ref) * time.Minute)}, words, first
}

// whole gives an article with its text.
func (a archive) whole(ref Ref) Article {
	article, words, _ := a.article(ref)
	article.Text = written(words)
	return article
}

// read gives what Read makes of an article, without writing and reading its text, which would take most of the time of a
// benchmark of a million.
func (a archive) read(ref Ref) (*Text, error) {
	article, words, _ := a.article(ref)
	t := Read(article)
	for i, word := range words {
		w, at := a.lexicon[word], uint32(i)
		t.words, t.kinds, t.bones = append(t.words, w.words[1]), append(t.kinds, w.kinds[1]), append(t.bones, w.bones[1])
		for _, f := range w.figures {
			t.figures = append(t.figures, figure{at, at + 1, f.key, f.weight})
		}
		for _, c := range w.clues {
			t.clues = append(t.clues, clueOf(c.key(), at))
		}
	}
	t.amounts, t.clues = amounts(t.figures), firsts(t.clues)
	return t, nil
}

func TestArchive(t *testing.T) {
	a := newArchive(350)
	for ref := range Ref(300) {
		if got, _ := a.read(ref); !reflect.DeepEqual(got, Read(a.whole(ref))) {
			t.Fatalf("article %d is not what is read of its text", ref)
		}
	}
}

// BenchmarkPlace reads and places articles of 350 words behind many others, and tells what the index takes in memory and
// on disk, and how long it takes to restore it. The others come as Replay takes them, their clusters known. Making an
// article, or the text of a candidate again, does not count.
func BenchmarkPlace(b *testing.B) {
	a := newArchive(350)
	for _, n := range sizes() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := NewIndex()
			kept, size := make([]Addition, n), 0
			before := heap()
			for ref := range Ref(n) {
				t, _ := a.read(ref)
				_, _, first := a.article(ref)
				k := x.Replay(ref, t, first)
				if size += len(k.Record); int(ref) < FirstRecent(n) {
					k.Clues = nil
				}
				kept[ref] = Addition{Record: k.Record, Clues: k.Clues, cluster: k.cluster}
			}
			clues := 0
			for _, k := range kept {
				clues += len(k.Clues)
			}
			memory := int64(heap()) - int64(before) - int64(size+clues)
			var making time.Duration
			read := func(ref Ref) (*Text, error) {
				start := time.Now()
				defer func() { making += time.Since(start) }()
				return a.read(ref)
			}
			ref := Ref(n)
			for b.Loop() {
				start := time.Now()
				article := a.whole(ref)
				making += time.Since(start)
				t := Read(article)
				v, err := x.Place(ref, t, read)
				if err != nil {
					b.Fatal(err)
				}
				x.Add(ref, t, v.Cluster)
				ref++
			}
			b.ReportMetric(float64(b.N)/(b.Elapsed()-making).Seconds(), "docs/s")
			b.ReportMetric(float64(memory)/float64(n), "memory-B/doc")
			b.ReportMetric(float64(size)/float64(n), "disk-B/doc")
			b.ReportMetric(restoring(b, kept).Seconds(), "restore-s")
			runtime.KeepAlive(x)
		})
	}
}

// restoring restores an index and says how long it took.
func restoring(b *testing.B, kept []Addition) time.Duration {
	start := time.Now()
	x := NewIndex()
	for i, k := range kept {
		if err := x.Restore(Ref(i), k.cluster, k.Record, k.Clues); err != nil {
			b.Fatal(err)
		}
	}
	x.prints.addWaiting()
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
