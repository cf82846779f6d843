package store

import (
	"fmt"
	"testing"

	"chapar/store/corpus"
)

func TestNewest(t *testing.T) {
	db := openNew(t)
	if rs, err := db.Newest(t.Context(), 2); err != nil || len(rs) != 0 {
		t.Errorf("Newest of nothing gave %v, %v", rs, err)
	}
	for n := range 3 {
		d := doc("", fmt.Sprintf("Title %d", n), textOf(n))
		if _, err := db.Import(t.Context(), []Imported{{Record: corpus.Record{Number: corpus.Unnumbered}, Document: d}}); err != nil {
			t.Fatal(err)
		}
	}
	rs, err := db.Newest(t.Context(), 2)
	if err != nil || len(rs) != 2 || rs[0].Title != "Title 2" || rs[1].Title != "Title 1" {
		t.Errorf("Newest gave %v, %v; want the titles 2 and 1", rs, err)
	}
}
