package corpus

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestCard: the card stands beside the files, counts what is in them, is the same for the same records, and gives way to
// the next.
func TestCard(t *testing.T) {
	records := sample(30)
	for i := range records {
		r := &records[i]
		switch i % 3 {
		case 1:
			r.Source, r.SourceName, r.Language, r.Published = "other", "An | odd <b>name</b>\n# x", "kk-Cyrl", nil
		case 2:
			r.Language, r.Revision, r.DuplicateOf = "und", 2, &records[0].ID
		}
	}
	for _, f := range []Format{TXT, JSONL, CSV, Parquet} {
		t.Run(string(f), func(t *testing.T) {
			folder := t.TempDir()
			out := filepath.Join(folder, "out") + "/"
			o := Options{Format: f, Card: &Card{Filters: []string{"--lang kk", "--since 7d"}, Dropped: true, Made: "chapar 1"}}
			writeAs(t, out, o, records)
			files := tree(t, out)
			card := files[cardName]
			for _, want := range []string{"30 articles of 2 sources", "published from 2026-03-01 to 2026-03-01", "--lang kk --since 7d", "| en | 10 |", "| kk-Cyrl | 10 |",
				"| 2026-03 | 20 |", "| border | 30 |", "| example (Example «Daily») | 20 |", `| other (An \| odd \<b\>name\</b\> \# x) | 10 |`,
				"10 of the articles here are copies", "10 of the articles were changed", "only the first", "Made by chapar 1.", "2026-03-01T08:29:01Z"} {
				if !strings.Contains(card, want) {
					t.Errorf("the card lacks %q:\n%s", want, card)
				}
			}
			_, rest, _ := strings.Cut(card, "---\n")
			front, _, _ := strings.Cut(rest, "---\n")
			var meta struct {
				Language []string `yaml:"language"`
				License  string   `yaml:"license"`
				Configs  []struct {
					Files string `yaml:"data_files"`
				} `yaml:"configs"`
			}
			if err := yaml.Unmarshal([]byte(front), &meta); err != nil {
				t.Fatal(err)
			}
			if strings.Join(meta.Language, " ") != "en kk" || meta.License != "other" || len(meta.Configs) != 1 {
				t.Fatalf("the front matter says %+v", meta)
			}
			if found, err := filepath.Glob(filepath.Join(out, meta.Configs[0].Files)); err != nil || len(found) == 0 {
				t.Errorf("%q names no file (%v)", meta.Configs[0].Files, err)
			}

			second := filepath.Join(folder, "second") + "/"
			writeAs(t, second, o, records)
			if !maps.Equal(files, tree(t, second)) {
				t.Error("two exports of the same records differ")
			}
			writeAs(t, filepath.Join(folder, "out"), o, nil) // a folder that stands needs no slash
			if card := tree(t, out)[cardName]; !strings.Contains(card, "\n0 articles of 0 sources") {
				t.Errorf("the card of no article says:\n%s", card)
			}
			if names, err := os.ReadDir(folder); err != nil || len(names) != 2 {
				t.Errorf("beside the two exports: %v, %v", names, err)
			}
		})
	}
}

// TestCardIgnored: what reads an export reads no card.
func TestCardIgnored(t *testing.T) {
	for _, f := range []Format{TXT, JSONL} {
		out := filepath.Join(t.TempDir(), "out")
		records := sample(5)
		writeAs(t, out+"/", carded(f), records)
		n := 0
		for item, err := range Read(t.Context(), []string{out}) {
			if err != nil || item.Record.ID != records[n].ID || item.Record.Text != records[n].Text {
				t.Fatalf("%s: item %d is %+v, %v", f, n, item, err)
			}
			n++
		}
		if n != len(records) {
			t.Errorf("%s: %d items of %d records", f, n, len(records))
		}
	}
}

// TestNoCardBesideFile: a named file is all that is written.
func TestNoCardBesideFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "new", "corpus.csv")
	writeAs(t, out, carded(CSV), sample(1))
	if _, err := os.Stat(filepath.Join(filepath.Dir(out), cardName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a card stands beside a file: %v", err)
	}
}

func TestSizeCategory(t *testing.T) {
	for n, want := range map[int]string{0: "n<1K", 999: "n<1K", 1000: "1K<n<10K", 9999: "1K<n<10K", 10_000: "10K<n<100K", 100_000: "100K<n<1M", 99_999_999: "10M<n<100M", 100_000_000: "n>100M"} {
		if got := sizeCategory(n); got != want {
			t.Errorf("%d documents are %q, want %q", n, got, want)
		}
	}
}
