package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestAddForbidden: what robots.txt forbids is not looked at, and the config stays.
func TestAddForbidden(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			w.Write([]byte("User-agent: *\nDisallow: /\n"))
			return
		}
		asked++
	}))
	defer server.Close()
	t.Chdir(t.TempDir())
	const text = "fetch: {allow_networks: [127.0.0.0/8]}\n"
	if err := os.WriteFile("config.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	code := run(t.Context(), []string{"sources", "add", server.URL + "/feed"}, strings.NewReader(""), &out, &errs)
	if code != exitFailed || asked > 0 || out.Len() > 0 || !strings.Contains(errs.String(), "robots.txt") {
		t.Errorf("code %d, asked %d times: %s%s", code, asked, out.String(), errs.String())
	}
	if now, err := os.ReadFile("config.yaml"); err != nil || string(now) != text {
		t.Errorf("the config became %q (%v)", now, err)
	}
}
