package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chapar/store"
	"chapar/store/corpus"
)

// TestPage: the page shows what there is, and foreign text stays text.
func TestPage(t *testing.T) {
	db, err := store.Open(filepath.Join(t.TempDir(), "chapar.db"), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	polled := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	h := Public(Backend{Reader: db, Version: "1", Offline: func() bool { return true }, Metrics: http.NotFoundHandler(),
		Newest: func(context.Context, int) ([]corpus.Record, error) {
			return []corpus.Record{{Title: "<script>ride()</script>", URL: "javascript:ride()"}, {Title: "No address"}}, nil
		},
		Health: func(context.Context) ([]Health, error) {
			return []Health{{Endpoint: "one/feed", Name: "<b>One</b>", State: "timeout", Detail: `"><i>`, Failures: 3, Checked: &polled}}, nil
		}})
	get := func(path, host string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	w := get("/", "127.0.0.1:8477")
	body := w.Body.String()
	for _, want := range []string{"0 articles", "Offline", "one/feed", "timeout, 3 times", "2026-11-02 08:00", "&lt;script&gt;", "1 failing", "<td dir=\"auto\">No address</tr>"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	for _, bad := range []string{"<script", "<b>", "<i>", `"javascript:`} {
		if strings.Contains(body, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if csp := w.Header().Get("Content-Security-Policy"); w.Code != 200 || !strings.HasPrefix(csp, "default-src 'none'; style-src") {
		t.Errorf("status %d, policy %q", w.Code, csp)
	}
	if c := get("/", "elsewhere.example").Code; c != 421 {
		t.Errorf("a name from elsewhere got %d, want 421", c)
	}
	if c := get("/other", "localhost").Code; c != 404 {
		t.Errorf("an unknown path got %d, want 404", c)
	}
	if b := get("/healthz", "[::1]:8477").Body.String(); b != "ok\n" {
		t.Errorf("healthz says %q", b)
	}
}
