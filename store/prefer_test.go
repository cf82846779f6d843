package store

import (
	"slices"
	"testing"

	"chapar/store/corpus"
)

// TestPrefer: of each cluster one article stands for all, the one that is preferred among those that are wanted.
func TestPrefer(t *testing.T) {
	db := openNew(t)
	long := bridge + "\n\nThe talks go on, and nobody in either town expects that they will end before the snow has melted on the passes."
	cut := bridge[:len(bridge)*3/4]
	texts := []string{cut, bridge, long, textOf(1), bridge, textOf(2)}
	sources := []string{"a", "b", "c", "b", "b", "c"}
	var docs []Imported
	for i, text := range texts {
		url := "https://" + sources[i] + ".example/" + string(rune('0'+i))
		docs = append(docs, Imported{Record: corpus.Record{Number: corpus.Unnumbered, Source: sources[i]}, Document: doc(url, "Title "+text[len(text)-30:], text)})
	}
	if _, err := db.Import(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		q    Query
		want []int
	}{
		"first":                 {Query{}, []int{0, 3, 5}},
		"longest":               {Query{Prefer: Preference{Longest: true}}, []int{2, 3, 5}},
		"longest of the wanted": {Query{Prefer: Preference{Longest: true}, Sources: []string{"a", "b"}}, []int{1, 3}},
		"of a source":           {Query{Prefer: Preference{Source: "b"}}, []int{1, 3, 5}},
		"of a source without":   {Query{Prefer: Preference{Source: "nobody"}}, []int{0, 3, 5}},
		"from a number on":      {Query{Prefer: Preference{Longest: true}, From: 3}, []int{3, 5}},
		"with a limit":          {Query{Prefer: Preference{Longest: true}, Limit: 1}, []int{2}},
	} {
		tt.q.DropDuplicates = true
		var got []int
		for _, r := range all(t, db, tt.q) {
			got = append(got, r.Number)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
	for _, id := range []string{"0", "2", docs[4].Document.CanonicalURL} {
		var got []int
		for _, r := range listed(t, db.Copies(t.Context(), id)) {
			got = append(got, r.Number)
			if r.Text != texts[r.Number] {
				t.Errorf("number %d has the text %q", r.Number, r.Text)
			}
		}
		if !slices.Equal(got, []int{0, 1, 2, 4}) {
			t.Errorf("the copies of %s are %v", id, got)
		}
	}
	for _, s := range []string{"first", "longest", "source=a-b"} {
		if p, err := ParsePreference(s); err != nil || p.String() != s {
			t.Errorf("%s is read as %s, %v", s, p, err)
		}
	}
	for _, s := range []string{"source=", "Longest", "last"} {
		if p, err := ParsePreference(s); err == nil {
			t.Errorf("%s is read as %s", s, p)
		}
	}
}
