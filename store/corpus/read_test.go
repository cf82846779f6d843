package corpus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// read gives what Read yields as one string an item: name:line number clean title, or the error; paths relative.
func read(t *testing.T, folder string, paths ...string) (told []string, items []Item) {
	t.Helper()
	for i := range paths {
		paths[i] = filepath.Join(folder, paths[i])
	}
	for item, err := range Read(t.Context(), paths) {
		name, _ := filepath.Rel(folder, item.Path)
		if item.Line > 0 {
			name = fmt.Sprintf("%s:%d", name, item.Line)
		}
		if err != nil {
			told = append(told, strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), ""))
			continue
		}
		title, _, _ := strings.Cut(item.Record.Title+item.Text, "\n")
		told = append(told, fmt.Sprintf("%s %d %t %s", name, item.Record.Number, item.Clean, title))
		items = append(items, item)
	}
	return told, items
}

func lay(t *testing.T, files map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		put(t, path, text)
	}
	return folder
}

func wantTold(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestReadFolder(t *testing.T) {
	folder := lay(t, map[string]string{
		"in/1000_x.txt":           "Thousand\n",
		"in/002_whatever.txt":     "Two\n\nText.\n",
		"in/bridge.txt":           "Bridge\n\n\n\nText with residue.",
		"in/empty.txt":            " \n",
		"in/bad.txt":              "Fine\n\nnot \xfa fine\n",
		"in/binary.txt":           "a\x00b",
		"in/letter.md":            "not ours",
		"in/.hidden.txt":          "hidden",
		"in/.git/x.txt":           "hidden",
		"in/deeper/007.txt":       "Seven\n",
		"in/more.jsonl":           "\ufeff{\"title\":\"Line one\",\"text\":\"x\",\"number\":5}\n\n{\"title\":\"Line three\"}\r\n",
		"in/utf16.txt":            "\xff\xfeH\x00i\x00\n\x00",
		"in/windows.txt":          "\ufeffTitle\r\n\r\nText.\r\n",
		"in/wrong.jsonl":          "not json\n[1]\n{\"title\":7}\n{\"published\":\"yesterday\",\"title\":\"x\"}\n{\"id\":\"x\"}\n{\"title\":\"Good\",\"number\":-4,\"extra\":{}}",
		"in/manifest.jsonl/x.txt": "a folder of that name is a folder\n",
	})
	if err := os.Symlink("..", filepath.Join(folder, "in", "deeper", "loop")); err != nil {
		t.Fatal(err)
	}
	got, items := read(t, folder, "in", "in/002_whatever.txt", "absent.txt")
	wantTold(t, got, []string{
		"in/002_whatever.txt 2 true TwoTwo",
		"in/1000_x.txt 1000 true ThousandThousand",
		"in/bad.txt:3: not UTF-8: byte 0xFA",
		"in/binary.txt: not a text file: it holds NUL bytes",
		"in/bridge.txt -1 false Bridge",
		"in/deeper/007.txt 7 true SevenSeven",
		"in/empty.txt: the file is empty",
		"in/manifest.jsonl/x.txt -1 true a folder of that name is a foldera folder of that name is a folder",
		"in/more.jsonl:1 5 true Line one",
		"in/more.jsonl:3 -1 true Line three",
		"in/utf16.txt -1 false Hi",
		"in/windows.txt -1 false Title\r",
		"in/wrong.jsonl:1: not a JSON object: invalid character 'o' in literal null (expecting 'u')",
		`in/wrong.jsonl:2: not a JSON object, but a JSON array`,
		`in/wrong.jsonl:3: "title" is a JSON number, which it cannot be`,
		`in/wrong.jsonl:4: "published" is "yesterday", not a time such as 2026-11-03T12:00:00Z`,
		"in/wrong.jsonl:5: neither title nor text",
		"in/wrong.jsonl:6 -1 true Good",
		"absent.txt: no such file or directory",
	})
	for _, item := range items {
		if item.Record.Topics == nil || item.Record.AlsoIn == nil {
			t.Errorf("%s has absent lists", item.Path)
		}
	}
}

func TestReadManifest(t *testing.T) {
	files := map[string]string{
		"000_0.txt": "Title\n\nText.\n",
		"001_1.txt": "Second\n",
		"002_2.txt": "Third\n",
		"manifest.jsonl": `{"id":"a","number":9,"title":"Old title","source":"example","published":"2026-02-03","topics":null,"file":"000_0.txt"}` + "\n" +
			`{"id":"b","file":"../escape.txt"}` + "\n" + `{"id":"c","number":"one","file":"001_1.txt"}` + "\n  " + `{"id":"d","file":"absent.txt"}`,
	}
	folder := lay(t, files)
	want := []string{
		`manifest.jsonl:4: the file "absent.txt" is not there`,
		"000_0.txt 0 true TitleTitle",
		`manifest.jsonl:3: "number" is a JSON string, which it cannot be`,
		"001_1.txt 1 true SecondSecond",
		"002_2.txt 2 true ThirdThird",
	}
	got, items := read(t, folder, ".")
	wantTold(t, got, want)
	if r := items[0].Record; r.ID != "a" || r.Source != "example" || r.Published == nil || r.Published.Day() != 3 || r.Text != "Text." {
		t.Errorf("metadata did not come from the manifest: %+v", r)
	}
	got, _ = read(t, folder, "002_2.txt", "manifest.jsonl", "000_0.txt")
	wantTold(t, got, []string{want[4], want[1], want[2], want[3], "absent.txt: no such file or directory"})
}

// TestReadBack holds that what an export writes comes back as it was.
func TestReadBack(t *testing.T) {
	for _, f := range []Format{TXT, JSONL} {
		t.Run(string(f), func(t *testing.T) {
			folder := t.TempDir()
			out := filepath.Join(folder, "corpus."+string(f))
			records := sample(1203)
			write(t, out, f, records)
			n := 0
			var back []Record
			for item, err := range Read(t.Context(), []string{out}) {
				if err != nil {
					t.Fatal(err)
				}
				if want := records[n]; standard(t, item.Record) != standard(t, want) || !item.Clean {
					t.Fatalf("document %d came back as %s", n, standard(t, item.Record))
				}
				back = append(back, item.Record)
				n++
			}
			if n != len(records) {
				t.Fatalf("%d documents came back, want %d", n, len(records))
			}
			before := tree(t, folder)
			write(t, out, f, back)
			if !maps.Equal(before, tree(t, folder)) {
				t.Error("a second export of what came back differs from the first")
			}
		})
	}
}

func TestReadUnknownEnding(t *testing.T) {
	folder := lay(t, map[string]string{"a.json": " {\"title\":\"From JSON\"}\n", "3 b.text": "From text\n"})
	got, _ := read(t, folder, "a.json", "3 b.text")
	wantTold(t, got, []string{"a.json:1 -1 true From JSON", "3 b.text 3 true From textFrom text"})
}

func TestReadEnds(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "txt"), TXT, sample(9))
	write(t, filepath.Join(folder, "x.jsonl"), JSONL, sample(9))
	for _, name := range []string{"txt", "x.jsonl"} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		var last error
		for _, err := range Read(ctx, []string{filepath.Join(folder, name)}) {
			if n++; n == 3 {
				cancel()
			}
			last = err
		}
		if n != 4 || !errors.Is(last, context.Canceled) {
			t.Errorf("%s: %d items, the last with error %v; want 4 and the context's", name, n, last)
		}
		n = 0
		for range Read(t.Context(), []string{filepath.Join(folder, name)}) {
			if n++; n == 2 {
				break
			}
		}
		if n != 2 {
			t.Errorf("%s: a break after 2 items gave %d", name, n)
		}
	}
}
