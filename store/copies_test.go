package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"chapar/store/corpus"
)

const bridge = `The border guards of Karasai and Tolebi met on Tuesday at the bridge over the Aksu and agreed on joint patrols for the winter months. Colonel Marat Sultanov said that 140 men with 12 vehicles would watch the 86 kilometres between Kyzylagash and the lake. Smugglers had used the frozen river as a road since November, he added, and two of them drowned last week near the old ferry.

The agreement runs until 15 April. Traders in the market of Tolebi complained that lorries now wait for up to nine hours, and asked the governor Aigul Bekova to open the second crossing, which was closed after the flood of 2019. A spokeswoman of the customs service answered that 3,450 lorries passed in January, more than ever before, and that new scanners will arrive by the end of the month.`

const bridgeRussian = `Пограничники Карасая и Толеби встретились во вторник на мосту через Аксу и договорились о совместных дозорах в зимние месяцы. Полковник Марат Султанов сказал, что 140 человек на 12 машинах будут следить за 86 километрами между Кызылагашем и озером. Контрабандисты с ноября пользовались замёрзшей рекой как дорогой, добавил он, и двое из них утонули на прошлой неделе у старого парома.

Соглашение действует до 15 апреля. Торговцы рынка в Толеби жалуются, что грузовики ждут теперь до девяти часов, и просят губернатора Айгуль Бекову открыть второй переход, закрытый после наводнения 2019 года. Представительница таможенной службы ответила, что в январе прошли 3450 грузовиков, больше чем когда-либо, и что новые сканеры прибудут до конца месяца.`

// TestCopiesKept: an edited copy names the article it is of, a translation stands in a cluster of its own, and neither
// does once its text is another.
func TestCopiesKept(t *testing.T) {
	db := openNew(t)
	for n := range 60 { // which words are rare can only be told among others
		keep(t, db, jobOf(entry("one", fmt.Sprintf("https://one.example/%d", n), "T")), minutes(n), doc(fmt.Sprintf("https://one.example/%d", n), textOf(n)[:30], textOf(n)), Keeping{})
	}
	place := func(url, language, title, text string) corpus.Record {
		t.Helper()
		d := doc(url, title, text)
		d.Language = language
		return record(t, db, keep(t, db, jobOf(entry("two", url, title)), minutes(100), d, Keeping{}).ID)
	}
	first := place("https://two.example/first", "en", "Joint patrols on the Aksu", bridge)
	if first.DuplicateOf != nil || first.Translation != nil || first.Cluster != first.ID {
		t.Errorf("the first is %+v", first)
	}
	lead, _, _ := strings.Cut(bridge, "\n\n")
	other := place("https://three.example/copy", "en", "Guards agree", lead+"\n\nEditing by the night desk.")
	if other.DuplicateOf == nil || *other.DuplicateOf != first.ID || other.Cluster != first.ID || other.Overlap < 0.9 || other.Overlap >= 1 {
		t.Errorf("the copy is %+v", other)
	}
	russian := place("https://four.example/ru", "ru", "Совместные дозоры на Аксу", bridgeRussian)
	if russian.Translation == nil || russian.DuplicateOf != nil || russian.Cluster != russian.ID {
		t.Errorf("the translation is %+v", russian)
	}
	sound(t, db)
	if now := place("https://three.example/copy", "en", "Guards agree", textOf(900)); now.DuplicateOf != nil || now.Cluster != now.ID || now.Overlap != 0 || now.Revision != 2 {
		t.Errorf("the copy with another text is %+v", now)
	}
	sound(t, db)
}

// arriving is a stream of articles with copies, revisions, and imports that ask for numbers out of order.
type arriving struct {
	rng   *rand.Rand
	texts []string
	urls  []string
}

func (a *arriving) place(t *testing.T, db *DB) {
	t.Helper()
	n := len(a.texts)
	text, url := textOf(n), fmt.Sprintf("https://h%d.example/%d", n%7, n)
	if n > 5 && a.rng.IntN(3) == 0 {
		from := a.texts[a.rng.IntN(n)]
		text = from[:len(from)*(4+a.rng.IntN(6))/10] + fmt.Sprintf(" and sent again as number %d.", n)
	}
	if n > 5 && a.rng.IntN(5) == 0 { // another text of an article
		url = a.urls[a.rng.IntN(n)]
	}
	a.texts, a.urls = append(a.texts, text), append(a.urls, url)
	title := text[len(text)-40:]
	if a.rng.IntN(3) > 0 {
		keep(t, db, jobOf(entry("one", url, title)), minutes(n), doc(url, title, text), Keeping{})
		return
	}
	number := corpus.Unnumbered
	if a.rng.IntN(2) == 0 {
		number = 5 + a.rng.IntN(400)
	}
	in := Imported{Record: corpus.Record{Number: number, URL: url, CanonicalURL: url, Fetched: minutes(n - a.rng.IntN(30))}, Document: doc(url, title, text)}
	if _, err := db.Import(t.Context(), []Imported{in}); err != nil {
		t.Fatal(err)
	}
}

// TestCopiesAgain: the same articles in the same order give the same clusters, whether chapar is ended and started again
// between them, its index deleted, or a transaction with copies in it fails.
func TestCopiesAgain(t *testing.T) {
	const n = 250
	without := func(path string) error {
		return raw(path, func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketPrints) })
	}
	spoilt := func(path string) error {
		return raw(path, func(tx *bolt.Tx) error { return tx.Bucket(bucketPrints).Put(numberKey(3), []byte("spoilt")) })
	}
	unfinished := func(path string) error { // as if it had ended while it made them anew
		return raw(path, func(tx *bolt.Tx) error {
			b := tx.Bucket(bucketPrints)
			return errors.Join(b.Delete(numberKey(methodKey)), b.Delete(numberKey(4)))
		})
	}
	lost := errors.New("lost")
	ways := map[string]func(t *testing.T, db *DB) *DB{
		"straight": func(_ *testing.T, db *DB) *DB { return db },
		"failing": func(t *testing.T, db *DB) *DB {
			copies := 0
			err := db.write(func(tx txn) error {
				for i := range 5 {
					url := fmt.Sprintf("https://lost.example/%d", i)
					s := stored{Record: corpus.Record{CanonicalURL: url, Title: "T", Text: textOf(i * 7)}}
					p, err := tx.placeNew(db.arrive(s, ""), &known{})
					if err != nil {
						return err
					}
					if p.As == PlacedCopy {
						copies++
					}
				}
				return lost
			})
			if !errors.Is(err, lost) || copies == 0 {
				t.Fatal(copies, err)
			}
			return db
		},
	}
	for name, spoil := range map[string]func(string) error{"started again": nil, "without": without, "spoilt": spoilt, "unfinished": unfinished} {
		ways[name] = func(t *testing.T, db *DB) *DB {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if spoil != nil {
				if err := spoil(db.path); err != nil {
					t.Fatal(err)
				}
			}
			return openAt(t, db.path)
		}
	}
	var want []corpus.Record
	run := func(t *testing.T, shake func(*testing.T, *DB) *DB) {
		db := openAt(t, filepath.Join(t.TempDir(), "chapar.db"))
		a := arriving{rng: rand.New(rand.NewPCG(4, 4))}
		for i := range n {
			a.place(t, db)
			if i%40 == 39 {
				db = shake(t, db)
			}
		}
		if r := sound(t, db); r.Revisions == 0 {
			t.Error("there are no revisions")
		}
		got := all(t, db, Query{})
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Error("the records are others")
		}
		copies := 0
		for _, r := range got {
			if r.DuplicateOf != nil {
				copies++
			}
		}
		if copies < n/10 {
			t.Errorf("%d copies", copies)
		}
	}
	t.Run("straight", func(t *testing.T) { run(t, ways["straight"]) })
	for name, shake := range ways {
		t.Run(name, func(t *testing.T) { run(t, shake) })
	}
}

// TestReadWithoutPrints: who only reads needs no fingerprints, and does not make them.
func TestReadWithoutPrints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	a := arriving{rng: rand.New(rand.NewPCG(4, 4))}
	for range 20 {
		a.place(t, db)
	}
	want := all(t, db, Query{})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := raw(path, func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketPrints) }); err != nil {
		t.Fatal(err)
	}
	reader, err := Read(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	sound(t, reader)
	if got := all(t, reader, Query{}); !reflect.DeepEqual(got, want) {
		t.Error("the records are others")
	}
	if _, err := reader.Prepare(t.Context()); err == nil {
		t.Error("one who reads made fingerprints")
	}
}

// TestPrepareDamaged: damaged articles hold up nobody. What comes is kept, and the copies of those that are whole are
// recognised.
func TestPrepareDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	a := arriving{rng: rand.New(rand.NewPCG(4, 4))}
	for range 40 {
		a.place(t, db)
	}
	url := "https://two.example/first"
	first := keep(t, db, jobOf(entry("two", url, "T")), minutes(50), doc(url, "Joint patrols on the Aksu", bridge), Keeping{})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := raw(path, func(tx *bolt.Tx) error {
		return errors.Join(tx.DeleteBucket(bucketPrints), tx.Bucket(bucketCluster).Put([]byte("cut"), nil), tx.Bucket(bucketRecord).Put(numberKey(1), []byte("spoilt")))
	}); err != nil {
		t.Fatal(err)
	}
	db = openAt(t, path)
	p, err := db.Prepare(t.Context())
	if err != nil || !p.Anew || p.Damaged != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	url = "https://three.example/copy"
	r := record(t, db, keep(t, db, jobOf(entry("two", url, "T")), minutes(60), doc(url, "Guards agree", bridge), Keeping{}).ID)
	if r.DuplicateOf == nil || *r.DuplicateOf != first.ID {
		t.Errorf("the copy is %+v", r)
	}
}
