package store

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"chapar/fetcher"
	"chapar/normalize"
	"chapar/normalize/relevance"
	"chapar/store/corpus"
)

func TestRecordsQuery(t *testing.T) {
	db := openNew(t)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	var docs []Imported
	for i, r := range []struct {
		source, language string
		score            float64
		published        time.Time
	}{
		{"a", "ru", 0.9, day(-3)}, {"b", "kk-Cyrl", 0.5, day(-2)}, {"a", "kk-Latn", 0.4, day(-1)}, {"c", "kk", 0.6, time.Time{}}, {"a", "en", 0.7, day(-2)},
	} {
		d := doc(fmt.Sprintf("https://%s.example/%d", r.source, i), fmt.Sprint("T", i), textOf(i))
		d.Language, d.Relevance.Score, d.Published = r.language, r.score, normalize.Date{Time: r.published}
		d.Relevance.Topics, d.Relevance.Places = [][]string{{"border", "arms"}, {"arms"}, {}, {"water"}, {}}[i], [][]string{{"Osh, KG"}, {"Almaty, KZ", "Osh, KG"}, {}, {"Oshakan, AM"}, {"China"}}[i]
		docs = append(docs, Imported{Record: corpus.Record{Number: corpus.Unnumbered, Source: r.source}, Document: d})
	}
	if _, err := db.Import(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		q    Query
		want []int
	}{
		"all":       {Query{}, []int{0, 1, 2, 3, 4}},
		"since":     {Query{Since: day(-2)}, []int{1, 2, 3, 4}},
		"until":     {Query{Until: day(-2)}, []int{0}},
		"sources":   {Query{Sources: []string{"a", "c"}}, []int{0, 2, 3, 4}},
		"language":  {Query{Languages: []string{"kk"}}, []int{1, 2, 3}},
		"script":    {Query{Languages: []string{"kk-cyrl", "en"}}, []int{1, 4}},
		"part word": {Query{Languages: []string{"k"}}, nil},
		"relevance": {Query{MinRelevance: 0.6}, []int{0, 3, 4}},
		"topics":    {Query{Topics: []string{"arms", "water"}}, []int{0, 1, 3}},
		"place":     {Query{Places: []string{"osh"}}, []int{0, 1}},
		"country":   {Query{Places: []string{"KZ", "china"}}, []int{1, 4}},
		"whole":     {Query{Places: []string{"Osh, KG"}}, []int{0, 1}},
		"from":      {Query{From: 3}, []int{3, 4}},
		"from much": {Query{From: 99}, nil},
		"limit":     {Query{Limit: 2, Sources: []string{"a"}}, []int{0, 2}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []int
			for _, r := range all(t, db, tt.q) {
				got = append(got, r.Number)
				if r.Text != textOf(r.Number) {
					t.Errorf("record %d has the text %q", r.Number, r.Text)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestRecordsFrom: what is given from a number on is the rest of what is given from the beginning, whatever else is wanted.
func TestRecordsFrom(t *testing.T) {
	db := openNew(t)
	var docs []Imported
	for i := range 40 {
		d := doc(fmt.Sprintf("https://a.example/%d", i), "T", textOf(i*7%11)) // eleven texts, each some times
		d.Relevance.Score = float64(i%5) / 4
		docs = append(docs, Imported{Record: corpus.Record{Number: 3 * i, Source: string(rune('a' + i%3))}, Document: d})
	}
	if _, err := db.Import(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	for _, q := range []Query{{}, {DropDuplicates: true}, {DropDuplicates: true, Sources: []string{"b"}}, {DropDuplicates: true, MinRelevance: 0.5}, {Sources: []string{"a", "c"}}} {
		whole := all(t, db, q)
		if len(whole) < 5 || q.DropDuplicates && len(whole) > 11 {
			t.Fatalf("%+v gives %d records", q, len(whole))
		}
		for from := range 125 {
			q.From = from
			want := slices.DeleteFunc(slices.Clone(whole), func(r corpus.Record) bool { return r.Number < from })
			if got := all(t, db, q); len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
				t.Fatalf("%+v gives %d records, want %d", q, len(got), len(want))
			}
		}
	}
}

// TestReadingHoldsNothing writes while records are read out, and reads while the file is closed.
func TestReadingHoldsNothing(t *testing.T) {
	db := openNew(t)
	put := func(n int) {
		t.Helper()
		var docs []Imported
		for range 100 {
			docs = append(docs, Imported{Record: corpus.Record{Number: corpus.Unnumbered}, Document: doc(fmt.Sprintf("https://a.example/%d", n), "T", textOf(n))})
			n++
		}
		if _, err := db.Import(t.Context(), docs); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 6 {
		put(100 * n)
	}
	given := 0
	for r, err := range db.Records(t.Context(), Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Number != given {
			t.Fatalf("record %d comes after %d", r.Number, given-1)
		}
		if given == 0 {
			put(600)
			if n := db.bolt.Stats().OpenTxN; n != 0 {
				t.Errorf("%d transactions are open", n)
			}
		}
		given++
	}
	if given != 700 {
		t.Errorf("%d records, want also those that came meanwhile", given)
	}
	var last error
	for _, err := range db.Records(t.Context(), Query{}) {
		if last = err; err == nil && db.file != nil {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if last == nil {
		t.Error("a closed database gives all records")
	}
}

func TestFind(t *testing.T) {
	db := openNew(t)
	if _, err := db.Import(t.Context(), []Imported{{Document: doc("https://a.example/1", "T", textOf(1))}}); err != nil {
		t.Fatal(err)
	}
	r := record(t, db, "0")
	for _, id := range []string{r.ID, r.ID[:4], "https://A.example/1#top"} {
		if got := record(t, db, id); got.ID != r.ID {
			t.Errorf("%s finds %+v", id, got)
		}
	}
	for _, id := range []string{"", "1", "-1", "zz", "https://a.example/2", "99999999999999999999999", r.ID + "0"} {
		if r, err := db.Record(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q finds %+v, %v", id, r, err)
		}
	}
	// Of all first hexadecimal digits one is met twice by 17 records.
	for i := range 17 {
		if _, err := db.Import(t.Context(), []Imported{{Record: corpus.Record{Number: 100 + i}, Document: doc(fmt.Sprintf("https://b.example/%d", i), "T", textOf(i+9))}}); err != nil {
			t.Fatal(err)
		}
	}
	several := 0
	for _, first := range "abcdef0123456789" {
		if _, err := db.Record(t.Context(), string(first)); errors.Is(err, ErrNotFound) {
			several++
		}
	}
	if several == 0 {
		t.Error("the first digit is enough for each of 18 records")
	}
}

func TestSearch(t *testing.T) {
	db := openNew(t)
	articles := []struct{ title, text string }{
		{"Border post opened", "The ministers met at the river. Trade grew."},
		{"Trade talks", "The border guards of Nowhere met at the crossing in the EU."},
		{"Шекара бекеті", "Қазақстан шекарасында жаңа бекет ашылды. Ёлка."},
		{"Weather", "It rained in the valley; a bordering field was flooded."},
		{"Border trade", "Nothing else was said."},
		{"Weather again", "It rained in the valley; a bordering field was flooded again."},
	}
	for i, a := range articles {
		d := doc(fmt.Sprintf("https://a.example/%d", i), a.title, a.text)
		d.Published.Time = minutes(i)
		if _, err := db.Import(t.Context(), []Imported{{Record: corpus.Record{Number: i, Source: fmt.Sprint("s", i%2)}, Document: d}}); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		words string
		q     Query
		want  []int
	}{
		{"border", Query{}, []int{4, 0, 5, 3, 1}},
		{"BORDER trade", Query{}, []int{4, 1, 0}},
		{"trade, border!", Query{}, []int{4, 1, 0}},
		{"bord", Query{Limit: 2}, []int{4, 0}},
		{"bo", Query{}, nil},
		{"eu", Query{}, []int{1}},
		{"e", Query{}, nil},
		{"", Query{}, nil},
		{"шекара", Query{}, []int{2}},
		{"ШЕКАРАСЫ", Query{}, []int{2}},
		{"шек rained", Query{}, nil},
		{"raining", Query{}, nil},
		{"rained", Query{Sources: []string{"s1"}}, []int{5, 3}},
		{"flooded", Query{DropDuplicates: true}, []int{5, 3}},
	}
	for _, tt := range tests {
		var got []int
		for r, err := range db.Search(t.Context(), tt.words, tt.q) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Text != articles[r.Number].text {
				t.Errorf("record %d has the text %q", r.Number, r.Text)
			}
			got = append(got, r.Number)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q finds %v, want %v", tt.words, got, tt.want)
		}
	}
	// A revision is found by its own words only.
	if _, err := db.Import(t.Context(), []Imported{{Document: doc("https://a.example/3", "Weather", "Sunshine.")}}); err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]int{"sunshine": 1, "rained": 1, "weather": 2} {
		n := 0
		for range db.Search(t.Context(), words, Query{}) {
			n++
		}
		if n != want {
			t.Errorf("%q finds %d after the revision, want %d", words, n, want)
		}
	}
}

// TestSignature checks that a signature never hides a word, and seldom tells of one that is not there.
func TestSignature(t *testing.T) {
	var text string
	for i := range 600 {
		text += fmt.Sprintf("wörd%d слово%d x%d. ", i*i, i*7, i)
	}
	sig := signatureOf("Title", text)
	for _, query := range []string{"title", "tit", "wörd", "слово42", "СЛОВО42", "x7", "wörd1369", "x599"} {
		for _, w := range wantedOf(query) {
			if !mayHold(sig, w.items) {
				t.Errorf("%q is hidden", query)
			}
		}
	}
	wrong := 0
	for i := range 1000 {
		if mayHold(sig, wantedOf(fmt.Sprintf("другое%d", i))[0].items) {
			wrong++
		}
	}
	if wrong > 100 {
		t.Errorf("%d of 1000 words seem to be there", wrong)
	}
	if mayHold(signatureOf("", ""), wantedOf("word")[0].items) {
		t.Error("an empty text has a word")
	}
}

// TestCount: what is counted is what a whole reading of the record gives, whatever its strings look like.
func TestCount(t *testing.T) {
	db := openNew(t)
	for i, n := range []int{0, normalize.Version, normalize.Version + 12} {
		tricky := `x","normalizer":77,"y":"`
		r := corpus.Record{Number: i, Revision: 2, Title: tricky, Source: "a", Language: "ru", FirstSeen: minutes(i), Topics: []string{tricky}}
		s := stored{Record: r, Key: tricky, Notes: []string{tricky, `,"normalizer":88`}, Normalizer: n, Confirmed: true}
		key := numberKey(uint64(i))
		if err := db.write(func(x txn) error { return x.putStored(bucketRecord, key, s, nil) }); err != nil {
			t.Fatal(err)
		}
		var got counted
		var want stored
		err := db.view(func(x txn) (err error) {
			v := x.Bucket(bucketRecord).Get(key)
			if got, err = count(key, v); err == nil {
				want, _, err = readRecord(bucketRecord, key, v)
			}
			return err
		})
		if err != nil || got.normalizer != n || !reflect.DeepEqual(got.Record, want.Record) {
			t.Errorf("counted %+v, want %+v: %v", got, want, err)
		}
	}
	if s, err := db.Stats(t.Context(), Query{}); err != nil || s.Older != 1 || s.Records != 3 || s.Revisions != 3 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestStatsOf: what a query wants is counted in one place, what Records gives and what is not kept of its sources.
func TestStatsOf(t *testing.T) {
	db := openNew(t)
	for i := range 12 {
		source := []string{"a", "b"}[i%2]
		link := fmt.Sprintf("https://%s.example/%d", source, i)
		d := doc(link, "T", textOf(i/4))
		d.Relevance = relevance.Result{Score: float64(i) / 12, Places: []string{"Osh, KG"}[:i/6]}
		d.Language = []string{"en", "ru", "kk-Cyrl"}[i%3]
		keep(t, db, jobOf(entry(source, link, "T")), minutes(i), d, Keeping{})
		if i%4 == 0 {
			keep(t, db, jobOf(entry(source, link, "T")), minutes(20), doc(link, "T", textOf(40+i)), Keeping{})
		}
	}
	for i, source := range []string{"a", "b", "b", "b", "c"} {
		link := fmt.Sprintf("https://%s.example/x%d", source, i)
		pollOf(t, db, start, source, entry(source, link, "X"))
		j := jobOf(entry(source, link, "X"))
		var err error
		switch i {
		case 0, 1:
			err = db.Drop(waitingFor(t, db, entryKey(j.Entry)), pageOf(j, start, "x"), doc(link, "Y", "far"), "far", false)
		case 2:
			err = db.SetAside(waitingFor(t, db, entryKey(j.Entry)), &fetcher.Failure{Outcome: fetcher.NotArticle})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []Query{
		{}, {Sources: []string{"b"}}, {Sources: []string{"c"}}, {Languages: []string{"kk"}}, {Since: minutes(5)}, {MinRelevance: 0.5}, {Places: []string{"KG"}},
		{DropDuplicates: true}, {DropDuplicates: true, From: 6}, {From: 4, Limit: 3}, {Limit: 5, Sources: []string{"a", "b"}},
	} {
		got, err := db.Stats(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		want := Stats{BySource: map[string]int{}, ByLanguage: map[string]int{}}
		for r, err := range db.Records(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			want.Records++
			want.Revisions += r.Revision - 1
			if r.DuplicateOf != nil {
				want.Copies++
			}
			want.BySource[r.Source]++
			want.ByLanguage[r.Language]++
		}
		if got.Records != want.Records || got.Revisions != want.Revisions || got.Copies != want.Copies ||
			!reflect.DeepEqual(got.BySource, want.BySource) || !reflect.DeepEqual(got.ByLanguage, want.ByLanguage) {
			t.Errorf("%+v\ngot  %+v\nwant %+v", q, got, want)
		}
	}
	for source, want := range map[string][3]int{"a": {1, 0, 0}, "b": {1, 1, 1}, "c": {0, 0, 1}} {
		got, err := db.Stats(t.Context(), Query{Sources: []string{source}})
		if err != nil || [3]int{got.Dropped, got.Aside, got.Inbox} != want || len(got.AsideBy) != want[1] {
			t.Errorf("of %s are dropped, set aside and waiting %d %d %d (%v), want %v: %v", source, got.Dropped, got.Aside, got.Inbox, got.AsideBy, want, err)
		}
	}
}

func TestStats(t *testing.T) {
	db := openNew(t)
	for i, text := range []int{1, 1, 2} {
		d := doc(fmt.Sprintf("https://a.example/%d", i), "T", textOf(text))
		d.Relevance = relevance.Result{Topics: []string{"border", "water"}[:i%2+1]}
		if i == 2 {
			d.Published, d.Language = normalize.Date{}, "ru"
		}
		pollOf(t, db, start, "a", entry("a", d.CanonicalURL, "T"))
		keep(t, db, next(t, db, host), minutes(i), d, Keeping{})
	}
	keep(t, db, jobOf(entry("a", "https://a.example/2", "T")), minutes(9), doc("https://a.example/2", "T", textOf(3)), Keeping{})
	pollOf(t, db, start, "a", entry("a", "https://a.example/x", "X"), entry("a", "https://a.example/y", "Y"), entry("a", "https://a.example/z", "Z"))
	if err := db.SetAside(next(t, db, host), &fetcher.Failure{Outcome: fetcher.NotArticle}); err != nil {
		t.Fatal(err)
	}
	j := next(t, db, host)
	if err := db.Drop(j, pageOf(j, start, "x"), doc(j.Entry.Link, "Y", "far"), "far", false); err != nil {
		t.Fatal(err)
	}
	got, err := db.Stats(t.Context(), Query{})
	if err != nil {
		t.Fatal(err)
	}
	if got.FreeBytes <= 0 || got.FreeBytes >= got.FileBytes {
		t.Errorf("of %d bytes %d are free", got.FileBytes, got.FreeBytes)
	}
	got.FileBytes, got.FreeBytes = 0, 0
	want := Stats{
		Records: 3, Copies: 1, Revisions: 1, Dropped: 1, Inbox: 1, Aside: 1,
		BySource: map[string]int{"a": 3}, ByLanguage: map[string]int{"en": 3}, ByMonth: map[string]int{"2026-11": 3},
		ByTopic: map[string]int{"border": 3, "water": 1}, AsideBy: map[string]int{"not an article": 1}, Newest: minutes(2),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
