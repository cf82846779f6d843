package normalize

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared finds a file beside the tree that is not part of it, and skips the test where it is absent.
func shared(tb testing.TB, name string) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		path := filepath.Join(dir, "shared", name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		up := filepath.Dir(dir)
		if up == dir {
			tb.Skipf("shared/%s is not here; nothing to measure against", name)
		}
		dir = up
	}
}

func TestCleanSeeds(t *testing.T) {
	want := map[string]string{} // by the number that begins the name
	clean, err := filepath.Glob(filepath.Join(shared(t, "seeds/clean"), "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range clean {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want[filepath.Base(path)[:3]] = string(text)
	}
	raw, err := filepath.Glob(filepath.Join(shared(t, "seeds/raw"), "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) == 0 || len(raw) != len(want) {
		t.Fatalf("%d raw texts and %d clean ones", len(raw), len(want))
	}
	for _, path := range raw {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		title, body := Clean(string(text))
		if got := title + "\n\n" + body + "\n"; got != want[name[:3]] {
			t.Errorf("%s: %s", name, firstDifference(got, want[name[:3]]))
		}
		if again, rest := Clean(title + "\n\n" + body); again != title || rest != body {
			t.Errorf("%s: cleaning it twice changes it", name)
		}
	}
}

// firstDifference shows the first line in which two texts part.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(nothing)", "(nothing)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return "got  " + a + "\nwant " + b
		}
	}
	return "same"
}

func BenchmarkClean(b *testing.B) {
	prose := strings.Repeat("The garrison of the invented town of Qumsay held an exercise with the neighbours, the ministry said. ", 4)
	text := "Home » News » Exercise ends in Qumsay – 2024-05-09 03:08:02\n\nExercise ends in Qumsay – 2024-05-09 03:08:02\n\n" +
		strings.Repeat(prose+"\n\n", 15) +
		"Our Telegram channel:\n\nThe steppe is wide.\n\nShare on Facebook\n\n#steppe #exercise\n\nLeave a Reply\n\nYour email address will not be published."
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Clean(text)
	}
}
