package corpus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTXT(t *testing.T) {
	test := func(title, text, want string) {
		t.Helper()
		got := string(Record{Title: title, Text: text}.TXT())
		if got != want {
			t.Errorf("title %q, text %q: got %q, want %q", title, text, got, want)
		}
	}
	test("A title", "One.\n\nTwo.", "A title\n\nOne.\n\nTwo.\n")
	test("A title", "", "A title\n")
	test("", "One.\n\nTwo.", "One.\n\nTwo.\n")
}

func TestFileName(t *testing.T) {
	test := func(number int, want string) {
		t.Helper()
		if got := fileName(number, []byte("abc")); got != want || !isFileName(got) {
			t.Errorf("number %d: got %q, want %q", number, got, want)
		}
	}
	// The SHA-256 of "abc" is the first example of the standard.
	test(0, "000_ba7816bf8f01cfea.txt")
	test(7, "007_ba7816bf8f01cfea.txt")
	test(42, "042_ba7816bf8f01cfea.txt")
	test(100, "100_ba7816bf8f01cfea.txt")
	test(12345, "12345_ba7816bf8f01cfea.txt")
	for _, name := range []string{"1_ba7816bf8f01cfea.txt", "000_ba7816bf8f01cfe.txt", "000_BA7816bf8f01cfea.txt", "00a_ba7816bf8f01cfea.txt", "000_ba7816bf8f01cfea", "notes.txt"} {
		if isFileName(name) {
			t.Errorf("%q passes for a name that an export gives", name)
		}
	}
}

func TestNumberOf(t *testing.T) {
	test := func(name string, want int) {
		t.Helper()
		if got := numberOf(name); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
	test("000_ba7816bf8f01cfea.txt", 0)
	test("017_anything at all.txt", 17)
	test("1234.txt", 1234)
	test("5 bridges.txt", 5)
	test("12-bridges.txt", 12)
	test("12-34-5.txt", 12)
	test("3. The bridge.txt", 3)
	test("24kg.txt", Unnumbered)
	test("bridge.txt", Unnumbered)
	test(".txt", Unnumbered)
	test("2026-11-03 bridge.txt", Unnumbered)
	test("2026_11.txt", Unnumbered)
	test("9999999999_x.txt", Unnumbered)
}

func TestCheck(t *testing.T) {
	test := func(text string, want ...string) {
		t.Helper()
		var got []string
		for _, p := range Check([]byte(text)) {
			got = append(got, p.String())
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("%q:\ngot  %q\nwant %q", text, got, want)
		}
	}
	test("Title\n\nOne.\n\nTwo.\n")
	test("Title\n")
	test("Қазақ «тақырып» – күнделікті\n\nА < Б, AT&T & co., 5 > 3. می\u200cخواهم\n")
	test("", "line 1: the document is empty")
	test("\n", "line 1: the title is missing")
	test("\n\nOne.\n", "line 1: the title is missing", "line 2: more than one blank line in a row")
	test("Title", "line 1: no newline at the end")
	test("Title\n\nOne.\n\n", "line 4: a blank line at the end")
	test("Title\nOne.\n", "line 2: a blank line is missing before this one")
	test("Title\n\n\nOne.\n", "line 3: more than one blank line in a row")
	test("Title\r\n\r\nOne.\r\n", "line 1: a carriage return", "line 2: a blank line is missing before this one", "line 2: a carriage return",
		"line 3: a blank line is missing before this one", "line 3: a carriage return")
	test("\ufeffTitle\n", "line 1: a byte order mark at the beginning")
	test("Title\n\n One. \n", "line 3: a blank at the beginning of the line", "line 3: a blank at the end of the line")
	test("Title\n\nOne  two.\n", "line 3: more than one blank in a row")
	test("Title\n\nOne\ttwo\tthree.\n", "line 3: a tab")
	test("Title\n\nOne\u00a0two\u2009three.\n", "line 3: the space U+00A0", "line 3: the space U+2009")
	test("Ti\u00adtle\u200b\n\nO\x01ne.\u007f\n", "line 1: the invisible character U+00AD", "line 1: the invisible character U+200B",
		"line 3: the control character U+0001", "line 3: the control character U+007F")
	test("Title\n\nU\u0308ber.\n", "line 3: not in NFC")
	test("Title\n\nBad \xff byte.\n", "line 3: bytes that are not UTF-8")
	test("Title\n\n<p class=\"x\">One.</p>\n", `line 3: markup: <p class="x">`)
	test("Title\n\nOne&nbsp;two.\n", "line 3: markup: &nbsp;")
	test("Title\n\nTitle\n\nOne.\n", "line 3: the title stands a second time")
	if n := len(Check([]byte(strings.Repeat("\t\n", 1e5)))); n > mostProblems+10 {
		t.Errorf("%d problems told of a hopeless text, want about %d", n, mostProblems)
	}
}

// shared gives a folder of the development data that lies beside the project on some machines.
func shared(t *testing.T, name string) string {
	t.Helper()
	for folder, _ := filepath.Abs("."); folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if path := filepath.Join(folder, "shared", name); isFolder(path) {
			return path
		}
	}
	t.Skipf("the folder shared/%s of the development data is not here", name)
	return ""
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// TestReference holds that the reference documents are in the form that Check describes, and their raw forms are not.
func TestReference(t *testing.T) {
	folder := shared(t, "seeds")
	clean, raw := 0, 0
	for item, err := range Read(t.Context(), []string{filepath.Join(folder, "clean"), filepath.Join(folder, "raw")}) {
		if err != nil {
			t.Error(err)
			continue
		}
		text, err := os.ReadFile(item.Path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(filepath.Dir(item.Path)) == "raw" {
			raw++
			if item.Clean {
				t.Errorf("%s passes as clean", item.Path)
			}
			continue
		}
		clean++
		if !item.Clean {
			t.Errorf("%s: %v", item.Path, Check(text))
		}
		if want := fileName(item.Record.Number, item.Record.TXT()); want != filepath.Base(item.Path) {
			t.Errorf("%s would be written as %s", item.Path, want)
		}
	}
	if clean == 0 || raw == 0 {
		t.Errorf("%d clean and %d raw documents found", clean, raw)
	}
}

// TestSpecimens holds that the documents that come with chapar are in the form that they are to show.
func TestSpecimens(t *testing.T) {
	n := 0
	for item, err := range Read(t.Context(), []string{"../../seeds/specimens"}) {
		if err != nil {
			t.Fatal(err)
		}
		if !item.Clean {
			t.Errorf("%s: %v", item.Path, Check([]byte(item.Text)))
		}
		if want := fileName(n, item.Record.TXT()); filepath.Base(item.Path) != want {
			t.Errorf("%s must be named %s", item.Path, want)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d specimens, want 3", n)
	}
}
