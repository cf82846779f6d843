package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestPathsStay: where config and database lie is told on the socket, and not to every user of the machine.
func TestPathsStay(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "/secret/place/chapar.db", Err: errors.New("no space")}
	b := backendOf(t, fmt.Errorf("cannot write: %w", full))
	told := Status{Config: "/secret/etc/config.yaml", Database: "/secret/place/chapar.db", Reason: full.Error(), Line: full.Error(),
		Reload: &Reload{Problems: []string{"/secret/etc/config.yaml:1:2: it is wrong"}}}
	b.Status = func(context.Context) (Status, error) { return told, nil }
	get := func(h http.Handler, path string) string {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	for path, want := range map[string][]string{"/api/status": {"write chapar.db: no space", "config.yaml:1:2: it is wrong"}, "/readyz": {"cannot write: write chapar.db"}} {
		got := get(Public(b), path)
		if strings.Contains(got, "secret") {
			t.Errorf("%s tells %s", path, got)
		}
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s does not tell %q: %s", path, part, got)
			}
		}
	}
	if got := get(Control(b), "/status"); strings.Count(got, "/secret/") != 5 || told.Reload.Problems[0][0] != '/' {
		t.Errorf("the socket tells %s", got)
	}
}
