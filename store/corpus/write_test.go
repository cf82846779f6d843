package corpus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"chapar/store/whole"
)

// sample gives n invented records; each has its own text.
func sample(n int) []Record {
	start := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	records := make([]Record, n)
	for i := range records {
		published := start.Add(time.Duration(i) * time.Minute)
		r := Record{
			ID: fmt.Sprintf("%016x", i), Number: i,
			URL: fmt.Sprintf("https://example.org/?n=%d&from=feed", i), CanonicalURL: fmt.Sprintf("https://example.org/?n=%d", i),
			Source: "example", SourceName: "Example «Daily»", AlsoIn: []string{},
			Title:   fmt.Sprintf("The bridge at Farfield, part %d", i),
			Text:    fmt.Sprintf("Builder number %d laid a stone.\n\nМост стоит.\n\nКөпір тұр.", i),
			Authors: []string{"A. Nobody"}, Published: &published, DateFrom: "feed", FirstSeen: published, Fetched: published.Add(time.Second),
			Language: "en", Relevance: 0.5, Topics: []string{"border"}, Places: []string{"Farfield, XX"}, Reasons: []string{`title: "bridge" +0.5`},
			Cluster: fmt.Sprintf("%016x", i), Revision: 1, TextFrom: "page",
		}
		records[i] = r
	}
	return records
}

func all(records []Record) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// tree gives the files below a folder by name, folders with a slash.
func tree(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		if d.IsDir() {
			files[name+"/"] = ""
			return nil
		}
		if d.Type() == fs.ModeSymlink {
			files[name], err = os.Readlink(path)
			return err
		}
		text, err := os.ReadFile(path)
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t *testing.T, path string, f Format, records []Record) Summary {
	t.Helper()
	return writeAs(t, path, Options{Format: f}, records)
}

// carded are options for a format with a card.
func carded(f Format) Options { return Options{Format: f, Card: &Card{Made: "a test"}} }

func writeAs(t *testing.T, path string, o Options, records []Record) Summary {
	t.Helper()
	sum, err := Write(t.Context(), path, o, all(records))
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	return sum
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWriteFolder(t *testing.T) {
	out := filepath.Join(t.TempDir(), "new", "corpus")
	records := sample(200) // more than two batches
	sum := write(t, out, TXT, records)
	files := tree(t, out)
	if len(files) != 201 || sum.Documents != 200 {
		t.Fatalf("%d files, summary %+v; want 201 and 200 documents", len(files), sum)
	}
	var manifest []byte
	var bytes int
	for i := range records {
		r := &records[i]
		name := fileName(i, r.TXT())
		if files[name] != string(r.TXT()) {
			t.Fatalf("file %s holds %q", name, files[name])
		}
		manifest = append(appendManifest(manifest, r, []byte(name)), '\n')
	}
	if files[manifestName] != string(manifest) {
		t.Errorf("the manifest is not the records in order:\n%.500s", files[manifestName])
	}
	for _, text := range files {
		bytes += len(text)
	}
	if int(sum.Bytes) != bytes {
		t.Errorf("summary of %d bytes, want %d", sum.Bytes, bytes)
	}

	second := filepath.Join(t.TempDir(), "second")
	write(t, second, TXT, records)
	if !maps.Equal(files, tree(t, second)) {
		t.Error("two exports of the same records differ")
	}

	write(t, out, TXT, records[:3])
	if got := tree(t, filepath.Dir(out)); len(got) != 5 {
		t.Errorf("after a smaller export in the same place there are %d names, want 5: %v", len(got), got)
	}
	write(t, out, TXT, nil)
	write(t, out, TXT, records[:1])
}

func TestWriteFile(t *testing.T) {
	folder := t.TempDir()
	out := filepath.Join(folder, "corpus.jsonl")
	put(t, out, "what stood here\n")
	if err := os.Chmod(out, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "link")
	if err := os.Symlink("corpus.jsonl", link); err != nil {
		t.Fatal(err)
	}
	records := sample(3)
	write(t, link, JSONL, records)
	var want []byte
	for i := range records {
		want = append(AppendJSON(want, &records[i]), '\n')
	}
	files := tree(t, folder)
	if files["corpus.jsonl"] != string(want) || files["link"] != "corpus.jsonl" || len(files) != 2 {
		t.Errorf("got %q", files)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode was not kept: %v %v", info.Mode(), err)
	}
}

// refused is an export that cannot be.
type refused struct {
	name string
	lay  func(t *testing.T, folder string) (out string)
	o    Options
	want string
}

// refuses holds that exports are refused in one line and touch nothing.
func refuses(t *testing.T, tests []refused) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			out := test.lay(t, folder)
			before := tree(t, folder)
			_, err := Write(t.Context(), out, test.o, all(sample(2)))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got error %v, want one line with %q", err, test.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "cannot export") {
				t.Errorf("error %q does not say what could not be done", err)
			}
			if after := tree(t, folder); !maps.Equal(before, after) {
				t.Errorf("touched: before %q, after %q", before, after)
			}
		})
	}
}

func TestWriteRefused(t *testing.T) {
	refuses(t, []refused{
		{"foreign folder", func(t *testing.T, folder string) string {
			put(t, filepath.Join(folder, "letter.txt"), "Dear reader")
			return folder
		}, Options{Format: TXT}, "the folder is not empty and holds no manifest.jsonl of an earlier export; name a new or empty folder"},
		{"foreign manifest", func(t *testing.T, folder string) string {
			put(t, filepath.Join(folder, "manifest.jsonl"), `{"name":"something else"}`)
			return folder
		}, Options{Format: TXT}, "the folder is not empty and holds no manifest.jsonl of an earlier export; name a new or empty folder"},
		{"note beside an export", func(t *testing.T, folder string) string {
			out := filepath.Join(folder, "export")
			write(t, out, TXT, sample(1))
			put(t, filepath.Join(out, "notes.md"), "mine")
			return out
		}, Options{Format: TXT}, `the folder holds "notes.md", which no export as txt wrote; move it away or name another folder`},
		{"folder beside an export", func(t *testing.T, folder string) string {
			out := filepath.Join(folder, "export")
			write(t, out, TXT, sample(1))
			if err := os.Mkdir(filepath.Join(out, "000_0123456789abcdef.txt"), 0o777); err != nil {
				t.Fatal(err)
			}
			return out
		}, Options{Format: TXT}, `the folder holds "000_0123456789abcdef.txt", which no export as txt wrote; move it away or name another folder`},
		{"file for a folder", func(t *testing.T, folder string) string {
			put(t, filepath.Join(folder, "x"), "")
			return filepath.Join(folder, "x")
		}, Options{Format: TXT}, "it is a file, a folder is wanted"},
		{"folder for a file", func(t *testing.T, folder string) string { return folder }, Options{Format: JSONL}, "it is a folder, a file is wanted"},
		{"file as parent", func(t *testing.T, folder string) string {
			put(t, filepath.Join(folder, "x"), "")
			return filepath.Join(folder, "x", "y")
		}, Options{Format: JSONL}, "x is a file, not a folder"},
		{"dangling link", func(t *testing.T, folder string) string {
			if err := os.Symlink("nowhere", filepath.Join(folder, "x")); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(folder, "x")
		}, Options{Format: TXT}, "it is a symbolic link that leads nowhere"},
		{"no name", func(t *testing.T, folder string) string { return "" }, Options{Format: TXT}, "the name is empty"},
		{"the root", func(t *testing.T, folder string) string { return "/" }, Options{Format: TXT}, "it is the root of the file system; name a folder inside it"},
		{"unknown format", func(t *testing.T, folder string) string { return filepath.Join(folder, "x") }, Options{Format: "xml"}, `the format "xml" is not known`},
		{"unwritable", func(t *testing.T, folder string) string {
			if os.Geteuid() == 0 {
				folder = "/proc/self" // which even root cannot write to
			} else if err := os.Chmod(folder, 0o500); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(folder, "x")
		}, Options{Format: TXT}, "cannot write in folder "},
	})
}

// TestWriteRefusedBesideCard holds what may not be replaced where there are cards, and by a part.
func TestWriteRefusedBesideCard(t *testing.T) {
	refuses(t, []refused{
		{"foreign folder for a file and a card", func(t *testing.T, folder string) string {
			put(t, filepath.Join(folder, "README.md"), "# My project")
			return folder
		}, carded(CSV), "holds no README.md of an earlier export; name a new or empty folder, or a file"},
		{"another format in the folder", func(t *testing.T, folder string) string {
			out := filepath.Join(folder, "out")
			writeAs(t, out+"/", carded(JSONL), sample(1))
			return out
		}, carded(CSV), `the folder holds "corpus.jsonl", which no export as csv wrote`},
		{"a card that was taken over", func(t *testing.T, folder string) string {
			out := filepath.Join(folder, "out")
			writeAs(t, out, carded(TXT), sample(1))
			put(t, filepath.Join(out, "README.md"), "---\n# My card\n")
			return out
		}, carded(TXT), `the folder holds "README.md", which no export as txt wrote`},
		{"a part in the place of a file", func(t *testing.T, folder string) string {
			out := filepath.Join(folder, "out.csv")
			writeAs(t, out, carded(CSV), sample(1))
			return out
		}, Options{Format: CSV, Fresh: true}, "a part of the corpus replaces nothing"},
		{"a part in the place of a folder", func(t *testing.T, folder string) string {
			out := filepath.Join(folder, "out")
			writeAs(t, out, carded(TXT), sample(1))
			return out
		}, Options{Format: TXT, Fresh: true}, "a part of the corpus replaces nothing"},
	})
}

// TestWriteInterrupted holds that an export which ends early leaves everything as it was, whatever ended it.
func TestWriteInterrupted(t *testing.T) {
	broken := errors.New("the reader broke")
	records := sample(300)
	records[150].Number = 149
	records[150].Title, records[150].Text = records[149].Title, records[149].Text
	unnumbered := sample(2)
	unnumbered[1].Number = Unnumbered
	tests := []struct {
		name string
		want string
		seq  func(cancel func()) iter.Seq2[Record, error]
		f    []Format
	}{
		{"the records break", "the reader broke", func(func()) iter.Seq2[Record, error] {
			return func(yield func(Record, error) bool) {
				for i, r := range sample(200) {
					if i == 190 {
						yield(Record{}, broken)
						return
					}
					if !yield(r, nil) {
						return
					}
				}
			}
		}, []Format{TXT, JSONL, CSV, Parquet}},
		{"the context ends", "context canceled", func(cancel func()) iter.Seq2[Record, error] {
			return func(yield func(Record, error) bool) {
				for i, r := range sample(200) {
					if i == 100 {
						cancel()
					}
					if !yield(r, nil) {
						return
					}
				}
			}
		}, []Format{TXT, JSONL, CSV, Parquet}},
		{"a document twice", "two records have the same number and the same text: 149_", func(func()) iter.Seq2[Record, error] {
			return all(records)
		}, []Format{TXT}},
		{"no number", "has no number", func(func()) iter.Seq2[Record, error] { return all(unnumbered) }, []Format{TXT}},
	}
	for _, test := range tests {
		for _, f := range test.f {
			for _, stands := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/%t", test.name, f, stands), func(t *testing.T) {
					folder := t.TempDir()
					out := filepath.Join(folder, "a", "out")
					if stands {
						write(t, out, f, sample(2))
					}
					before := tree(t, folder)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					_, err := Write(ctx, out, Options{Format: f}, test.seq(cancel))
					if err == nil || !strings.Contains(err.Error(), test.want) {
						t.Errorf("got error %v, want %q", err, test.want)
					}
					if after := tree(t, folder); !maps.Equal(before, after) {
						t.Errorf("before %d names, after %d: %q", len(before), len(after), after)
					}
				})
			}
		}
	}
}

// TestSweep holds that the next export clears away what a killed one left, and leaves alone what another writes.
func TestSweep(t *testing.T) {
	folder := t.TempDir()
	out := filepath.Join(folder, "out")
	alive, err := whole.Folder(out)
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Drop()
	dead := filepath.Join(folder, ".out.ABCDEF.tmp")
	if err := os.Mkdir(dead, 0o777); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dead, "000_0123456789abcdef.txt"), "half")
	write(t, out, TXT, sample(1))
	if _, err := os.Lstat(dead); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what a killed export left is still there: %v", err)
	}
	if _, err := os.Lstat(alive.Path); err != nil {
		t.Errorf("a living export was swept away: %v", err)
	}
}

func TestWriteThrough(t *testing.T) {
	info, err := os.Stat(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	write(t, os.DevNull, JSONL, sample(2))
	after, err := os.Stat(os.DevNull)
	if err != nil || after.Mode() != info.Mode() {
		t.Errorf("%s was replaced: %v, %v", os.DevNull, after.Mode(), err)
	}
}

func TestFullDevice(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	if _, err := Write(t.Context(), "/dev/full", Options{Format: JSONL}, all(sample(1))); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got error %v, want one that says that there is no space left", err)
	}
}

func benchmarkRecords(n int) iter.Seq2[Record, error] {
	r := sample(1)[0]
	r.Text = strings.TrimSpace(strings.Repeat("A paragraph of an invented article about a bridge that \"never\" was built.\n\n", 66))
	return func(yield func(Record, error) bool) {
		for i := range n {
			r.Number = i
			if !yield(r, nil) {
				return
			}
		}
	}
}

func BenchmarkWriteTXT(b *testing.B) {
	const n = 20000
	folder, round := b.TempDir(), 0
	for b.Loop() {
		round++
		// Into a new place: ext4 makes files slowly for some seconds after many were removed.
		out := filepath.Join(folder, strconv.Itoa(round))
		if _, err := Write(b.Context(), out, Options{Format: TXT}, benchmarkRecords(n)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "documents/s")
}

func BenchmarkStream(b *testing.B) {
	const n = 20000
	for _, f := range []Format{JSONL, CSV, Parquet} {
		b.Run(string(f), func(b *testing.B) {
			for b.Loop() {
				if _, err := Stream(b.Context(), io.Discard, f, benchmarkRecords(n)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "documents/s")
		})
	}
}
