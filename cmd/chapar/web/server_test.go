package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"chapar/store"
)

func backendOf(t *testing.T, ready error) Backend {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "chapar.db"), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return Backend{Reader: db, Version: "1", Offline: func() bool { return false },
		Ready:   func(context.Context) error { return ready },
		Status:  func(context.Context) (Status, error) { return Status{Version: "1"}, nil },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "chapar_ready 1\n") }),
		Health:  func(context.Context) ([]Health, error) { return []Health{}, nil },
		Remember: func(what store.Care) error {
			return db.Remember(what, time.Now())
		}}
}

// TestMonitors: what monitors ask for is served on the listen address with its rules, and on the socket.
func TestMonitors(t *testing.T) {
	f := func(ready error, method, path, host string, wantCode int, want string) {
		t.Helper()
		b := backendOf(t, ready)
		for _, h := range []http.Handler{Public(b), Control(b)} {
			_, socket := h.(*http.ServeMux)
			if socket && host != "localhost" { // the socket has no rule for names: its mode guards it
				continue
			}
			if socket {
				path = strings.TrimPrefix(path, "/api")
			}
			r := httptest.NewRequest(method, path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != wantCode || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s %s of %s: %d %q, want %d %q", method, path, host, w.Code, w.Body, wantCode, want)
			}
			if !socket {
				for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
					if w.Header().Get(name) != value {
						t.Errorf("%s of %s: %s is %q", path, host, name, w.Header().Get(name))
					}
				}
				if !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
					t.Errorf("%s: no policy", path)
				}
			}
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/api/status", "/api/sources"} {
		f(nil, "GET", path, "localhost", 200, "")
		f(nil, "GET", path, "elsewhere.example", 421, "not served here")
		f(nil, "POST", path, "localhost", 405, "")
	}
	f(errors.New("the writer\ndoes not answer"), "GET", "/readyz", "localhost", 503, "not ready: the writer does not answer\n")
	f(errors.New("stuck"), "GET", "/healthz", "localhost", 200, "ok") // it lives all the same
	f(nil, "GET", "/metrics", "localhost", 200, "chapar_ready")
	f(nil, "GET", "/api/status", "localhost", 200, `"version":"1"`)
}

// counter notes what is to be counted.
type counter struct {
	store.Reader
	asked *store.Query
}

func (c counter) Stats(_ context.Context, q store.Query) (store.Stats, error) {
	*c.asked = q
	return store.Stats{}, nil
}

// TestStatsQuery: the running chapar counts what a query wants, and says what is wrong with one.
func TestStatsQuery(t *testing.T) {
	var asked store.Query
	b := backendOf(t, nil)
	b.Reader = counter{b.Reader, &asked}
	want := store.Query{Sources: []string{"one", "two"}, MinRelevance: 0.5}
	r := httptest.NewRequest("GET", "/stats?"+queryValues(want).Encode(), nil)
	w := httptest.NewRecorder()
	Control(b).ServeHTTP(w, r)
	if w.Code != 200 || !reflect.DeepEqual(asked, want) {
		t.Errorf("%d, asked for %+v", w.Code, asked)
	}
	w = httptest.NewRecorder()
	if Control(b).ServeHTTP(w, httptest.NewRequest("GET", "/stats?since=soon", nil)); w.Code != 400 {
		t.Errorf("a wrong query is answered with %d", w.Code)
	}
}

// TestRemember: only the socket takes word of what was done, and only of what is known.
func TestRemember(t *testing.T) {
	b := backendOf(t, nil)
	post := func(h http.Handler, path string) int {
		r := httptest.NewRequest("POST", path, nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for path, want := range map[string]int{"/remember/backup": 204, "/remember/export": 204, "/remember/format": 404} {
		if got := post(Control(b), path); got != want {
			t.Errorf("the socket answers %d to %s, want %d", got, path, want)
		}
		for _, at := range []string{path, "/api" + path} {
			if got := post(Public(b), at); got != 404 {
				t.Errorf("the listen address answers %d to %s", got, at)
			}
		}
	}
}

// TestSlowClients: clients that say nothing are many and hold up nobody, nor what is being answered; a header without end
// is refused.
func TestSlowClients(t *testing.T) {
	l, err := ListenPublic("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b := backendOf(t, nil)
	asked, answer := make(chan struct{}), make(chan struct{})
	b.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-answer
		io.WriteString(w, "late\n")
	})
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, l, Public(b), slog.New(slog.DiscardHandler)) }()
	dial := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	long := dial()
	fmt.Fprintf(long, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: %s\r\n\r\n", strings.Repeat("x", 64<<10))
	if res, err := http.ReadResponse(bufio.NewReader(long), nil); err == nil && res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a long header got %d", res.StatusCode)
	}
	long.Close()
	slow := dial()
	io.WriteString(slow, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	<-asked
	const many = 400
	var idle []net.Conn
	for i := range many {
		c := dial()
		if i%2 == 0 {
			io.WriteString(c, "GET /healthz HTTP/1.1\r\n")
		}
		idle = append(idle, c)
	}
	last := dial()
	io.WriteString(last, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	if answer, err := io.ReadAll(last); err != nil || !strings.HasSuffix(string(answer), "ok\n") {
		t.Errorf("behind clients that say nothing: %q, %v", answer, err)
	}
	// It did not wait until they were sent away for their slowness: the later ones are all there yet.
	for i, c := range idle[many-connections+2:] {
		c.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("client %d behind it that says nothing: %v", i, err)
		}
	}
	close(answer)
	if answer, err := io.ReadAll(slow); err != nil || !strings.HasSuffix(string(answer), "late\n") {
		t.Errorf("one whose answer takes long got %q, %v", answer, err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestCrowd: where all are being answered, the next waits until one rests.
func TestCrowd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := newCrowd(l, 1)
	dialed, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer dialed.Close()
	first, err := c.Accept()
	if err != nil {
		t.Fatal(err)
	}
	next := make(chan net.Conn)
	first.(*guest).answered(func() {
		second, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { second.Close() })
		go func() {
			conn, err := c.Accept()
			if err != nil {
				t.Error(err)
			}
			next <- conn
		}()
		select {
		case <-next:
			t.Error("one more came in while all were being answered")
		case <-time.After(20 * time.Millisecond):
		}
	})
	if conn := <-next; conn == nil {
		t.Fatal("no one more")
	}
	if _, err := first.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the one that rested is there yet: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after its end: %v", err)
	}
}
