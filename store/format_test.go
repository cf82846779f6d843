package store

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"chapar/store/corpus"
)

// TestOldFormats opens a database of every format that there was. Each was written by the build of its day from a sample
// press and two imported documents; the records that it exported then lie beside it.
func TestOldFormats(t *testing.T) {
	for _, name := range []string{"v1"} {
		t.Run(name, func(t *testing.T) {
			path := unpacked(t, name)
			want := recordsIn(t, filepath.Join("testdata", name+".jsonl"))
			db := openAt(t, path)
			r := sound(t, db)
			if r.Records != len(want) || r.Revisions == 0 || r.Pages == 0 || r.Dropped == 0 || r.Aside == 0 {
				t.Errorf("the database holds %+v", r)
			}
			got := all(t, db, Query{})
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the records are\n%+v\nwant\n%+v", got, want)
			}
			if r, ok := best(t, db, want[0].Title); !ok || r.ID != want[0].ID {
				t.Errorf("the first record is not found by its title, but %q", r.Title)
			}

			// Nothing that is known is fetched again, whoever names it.
			named := 0
			for _, m := range madeOf(t, db, Query{}) {
				link := ""
				switch {
				case m.Rejected != nil:
					link = m.Rejected.URL
				case m.Record.URL != "":
					link = m.Record.URL
				default:
					continue
				}
				named++
				if saved := pollOf(t, db, start, "another", entry("another", link, "")); saved.New > 0 || len(saved.Hosts) > 0 {
					t.Errorf("%s would be fetched again: %+v", link, saved)
				}
			}
			if named < len(want) {
				t.Errorf("%d addresses for %d records", named, len(want))
			}

			// The database lives on: it is written, cleaned up and compacted.
			url := "https://one.example/new"
			placed := keep(t, db, jobOf(entry("one", url, "New")), start, doc(url, "New", textOf(1)), Keeping{KeepPage: true})
			if placed.Number <= want[len(want)-1].Number {
				t.Errorf("the next number is %d after %d", placed.Number, want[len(want)-1].Number)
			}
			if p, err := db.Prune(t.Context(), start.AddDate(1, 0, 0), Retention{}); err != nil || p.Pages == 0 || p.Dropped == 0 || p.Aside == 0 {
				t.Errorf("%+v pruned, %v", p, err)
			}
			sound(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := Compact(t.Context(), path, Options{}, nil); err != nil {
				t.Fatal(err)
			}
			after := sound(t, openAt(t, path))
			if after.Records != r.Records+1 || after.Seen < r.Seen+1 {
				t.Errorf("at last there are %+v, before %+v", after, r)
			}
		})
	}
}

func unpacked(t testing.TB, name string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func recordsIn(t testing.TB, path string) (rs []corpus.Record) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		r, err := corpus.ParseJSON(bytes.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	return rs
}

func best(t testing.TB, db *DB, words string) (corpus.Record, bool) {
	t.Helper()
	for r, err := range db.Search(t.Context(), words, Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		return r, true
	}
	return corpus.Record{}, false
}
