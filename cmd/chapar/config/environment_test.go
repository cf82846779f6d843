package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEnvironmentBeside: what the process is not told stands in the file beside the config, which the service manager
// reads for the service.
func TestEnvironmentBeside(t *testing.T) {
	t.Setenv("CHAPAR_TEST_TOLD", "of the process")
	folder := t.TempDir()
	file := filepath.Join(folder, "config.yaml")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("config.yaml", `include: [more.yaml]
sources:
  - id: a
    url: https://example.org/
    headers: {One: "${CHAPAR_TEST_TOLD}", Two: "${CHAPAR_TEST_PLAIN}", Three: "${CHAPAR_TEST_QUOTED}", Four: "${CHAPAR_TEST_EMPTY}"}
`)
	write("more.yaml", "sources:\n  - {id: b, url: 'https://example.net/', headers: {Five: '${CHAPAR_TEST_PLAIN}'}}\n")
	if _, err := Load(file); err == nil || !strings.Contains(err.Error(), "CHAPAR_TEST_PLAIN") {
		t.Fatalf("without the file: %v", err)
	}
	write("environment", "# CHAPAR_TEST_PLAIN=old\n; CHAPAR_TEST_PLAIN=older\n\n CHAPAR_TEST_PLAIN = session=a b; c \nCHAPAR_TEST_QUOTED=\"in quotes \"\n"+
		"CHAPAR_TEST_EMPTY=\nCHAPAR_TEST_TOLD=of the file\nno assignment\n")
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := c.Source("a")
	b, _ := c.Source("b")
	for name, want := range map[string]string{"One": "of the process", "Two": "session=a b; c", "Three": "in quotes ", "Four": ""} {
		if got := a.Headers.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	if got := b.Headers.Get("Five"); got != "session=a b; c" {
		t.Errorf("an included file has %q", got)
	}
}
