package web

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"chapar/fetcher"
	"chapar/store"
	"chapar/store/corpus"
)

// Health is one source as `chapar sources` shows it.
type Health struct {
	Source   string        `json:"source"`
	Name     string        `json:"name"`
	Endpoint string        `json:"endpoint"`
	Kind     string        `json:"kind"`
	URL      string        `json:"url"`
	State    string        `json:"state"` // fine, not polled yet, off, or the outcome of the last poll
	Detail   string        `json:"detail,omitempty"`
	Failures int           `json:"failures"`
	Failing  *time.Time    `json:"failing_since"`
	Checked  *time.Time    `json:"checked"`
	Changed  *time.Time    `json:"changed"`
	Due      *time.Time    `json:"due"`
	Every    time.Duration `json:"every_ns"`

	Cause      fetcher.Cause `json:"cause,omitempty"` // what is the matter, as the last poll found; absent where it was not polled or is off
	CauseSince *time.Time    `json:"cause_since,omitempty"`
	Evidence   string        `json:"evidence,omitempty"`
	Advice     string        `json:"advice,omitempty"`
	fetcher.Outlook

	Kept int      `json:"kept"`
	Tags []string `json:"tags,omitempty"`
}

// Backend is what the handlers show.
type Backend struct {
	Reader  store.Reader
	Newest  func(ctx context.Context, most int) ([]corpus.Record, error) // the last first, without text
	Health  func(ctx context.Context) ([]Health, error)
	Offline func() bool
	Version string

	Ready    func(ctx context.Context) error // nil when the daemon does its work; else why it does not, in one line
	Status   func(ctx context.Context) (Status, error)
	Metrics  http.Handler           // nil serves none
	Remember func(store.Care) error // that a command has taken care of the database
}

const endLine = `{"end":true}` // the last line of a whole list

// What a client of the listen address may take. The socket has no limit on answers: `export | less` may rest for hours.
const (
	headerTimeout = 10 * time.Second // also for a body, though none is read
	idleTimeout   = time.Minute
	writeTimeout  = time.Minute // for each piece of an answer
	headerBytes   = 16 << 10
	connections   = 128 // at once: see crowd
)

// SocketPath is where the control socket of a database lies. The system limits such paths to about 100 bytes: for a
// longer one it is a short name in the folder for temporary files.
func SocketPath(database string) string {
	const longest = 100
	path := database + ".sock"
	if abs, err := filepath.Abs(database); err == nil {
		if len(path) > longest {
			sum := sha256.Sum256([]byte(abs))
			return filepath.Join(os.TempDir(), fmt.Sprintf("chapar-%x.sock", sum[:8]))
		}
	}
	return path
}

// ListenSocket opens the control socket of a database whose lock the caller holds, so that a file left behind there
// is of a process that has ended.
func ListenSocket(database string) (net.Listener, error) {
	path := SocketPath(database)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot clear the control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("cannot guard the control socket: %w", err)
	}
	return l, nil
}

// Serve answers on a listener until ctx ends, then lets what is under way end within a second.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	s := &http.Server{Handler: attended(h), ConnContext: known, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if s.Shutdown(last) != nil {
			s.Close()
		}
	})
	err := s.Serve(l)
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// ListenPublic opens the listen address. Clients that say nothing hold up nobody.
func ListenPublic(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return newCrowd(l, connections), nil
}

// unhurried gives each piece of an answer its time to be taken.
type unhurried struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (u unhurried) Write(b []byte) (int, error) {
	if err := u.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return u.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (u unhurried) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// Control is the handler of the socket.
func Control(b Backend) http.Handler {
	mux := routes(b)
	monitor(mux, b)
	mux.HandleFunc("POST /remember/{care}", func(w http.ResponseWriter, r *http.Request) {
		care := store.Care(r.PathValue("care"))
		if care != store.CareBackup && care != store.CareExport {
			http.NotFound(w, r)
			return
		}
		if err := b.Remember(care); err != nil {
			fail(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /standing", func(w http.ResponseWriter, r *http.Request) {
		s, err := b.Reader.Standing(r.Context(), r.FormValue("url"))
		if err != nil {
			fail(w, err)
			return
		}
		writeJSON(w, s)
	})
	mux.HandleFunc("GET /pages", pages(b.Reader.Pages))
	mux.HandleFunc("GET /recurrence", func(w http.ResponseWriter, r *http.Request) {
		rec, err := b.Reader.Recurrence(r.Context(), r.FormValue("source"))
		if err != nil {
			fail(w, err)
			return
		}
		writeJSON(w, rec)
	})
	mux.HandleFunc("GET /dropped", pages(b.Reader.Dropped))
	mux.HandleFunc("GET /dropped-at", func(w http.ResponseWriter, r *http.Request) {
		m, err := b.Reader.DroppedAt(r.Context(), r.FormValue("url"))
		if err != nil {
			fail(w, err)
			return
		}
		writeJSON(w, m)
	})
	mux.HandleFunc("GET /backup", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Trailer", "Chapar-Error")
		if err := b.Reader.Backup(r.Context(), w); err != nil {
			w.Header().Set("Chapar-Error", strings.ReplaceAll(err.Error(), "\n", " "))
			return
		}
		w.Header().Set("Chapar-Error", "none")
	})
	return mux
}

// Public is the handler of the listen address. Only requests that name a local host or an address are answered, so that
// a page in the operator's browser cannot read through a name that it makes point here. Where files lie is not told.
func Public(b Backend) http.Handler {
	b = veiled(b)
	mux := http.NewServeMux()
	mux.Handle("/api/", http.StripPrefix("/api", routes(b)))
	mux.HandleFunc("GET /{$}", page(b))
	monitor(mux, b)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		if !local(r.Host) {
			http.Error(w, "this address is not served here", http.StatusMisdirectedRequest)
			return
		}
		control := http.NewResponseController(w)
		if r.Body != http.NoBody { // the server reads it to its end before the connection is free
			if err := control.SetReadDeadline(time.Now().Add(headerTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return
			}
		}
		mux.ServeHTTP(unhurried{w, control}, r)
	})
}

// monitor serves what monitors ask for: whether it lives, whether it does its work, and its figures.
func monitor(mux *http.ServeMux, b Backend) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := b.Ready(r.Context()); err != nil {
			http.Error(w, "not ready: "+oneLine(err), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	if b.Metrics != nil {
		mux.Handle("GET /metrics", b.Metrics)
	}
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func local(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if name == "localhost" {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil
}

func routes(b Backend) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, Ping{PID: os.Getpid(), Version: b.Version, Offline: b.Offline()})
	})
	mux.HandleFunc("GET /record", func(w http.ResponseWriter, r *http.Request) {
		rec, err := b.Reader.Record(r.Context(), r.FormValue("id"))
		if err != nil {
			fail(w, err)
			return
		}
		writeJSON(w, rec)
	})
	mux.HandleFunc("GET /records", func(w http.ResponseWriter, r *http.Request) {
		q, err := parseQuery(r.URL.Query())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		stream(r.Context(), w, b.Reader.Records(r.Context(), q))
	})
	mux.HandleFunc("GET /copies", func(w http.ResponseWriter, r *http.Request) {
		stream(r.Context(), w, b.Reader.Copies(r.Context(), r.FormValue("id")))
	})
	mux.HandleFunc("GET /revisions", func(w http.ResponseWriter, r *http.Request) {
		stream(r.Context(), w, b.Reader.Revisions(r.Context(), r.FormValue("id")))
	})
	mux.HandleFunc("GET /search", func(w http.ResponseWriter, r *http.Request) {
		q, err := parseQuery(r.URL.Query())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		stream(r.Context(), w, b.Reader.Search(r.Context(), r.FormValue("q"), q))
	})
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		q, err := parseQuery(r.URL.Query())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s, err := b.Reader.Stats(r.Context(), q)
		if err != nil {
			fail(w, err)
			return
		}
		writeJSON(w, s)
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		s, err := b.Status(r.Context())
		if err != nil {
			fail(w, err)
			return
		}
		writeJSON(w, s)
	})
	mux.HandleFunc("GET /sources", func(w http.ResponseWriter, r *http.Request) {
		hs, err := b.Health(r.Context())
		if err != nil {
			fail(w, err)
			return
		}
		writeJSON(w, hs)
	})
	return mux
}

// Ping is how a running chapar answers for itself.
type Ping struct {
	PID     int    `json:"pid"`
	Version string `json:"version"`
	Offline bool   `json:"offline"`
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.Encode(v)
}

func fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, store.ErrNotFound) {
		status = http.StatusNotFound
	}
	http.Error(w, err.Error(), status)
}

func stream(ctx context.Context, w http.ResponseWriter, records iter.Seq2[corpus.Record, error]) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	if _, err := corpus.WriteJSONL(ctx, w, records); err != nil {
		json.NewEncoder(w).Encode(map[string]string{"error": err.Error()}) // to nobody, if it was w that failed
		return
	}
	fmt.Fprintln(w, endLine)
}

func queryValues(q store.Query) url.Values {
	v := url.Values{}
	if !q.Since.IsZero() {
		v.Set("since", q.Since.Format(time.RFC3339Nano))
	}
	if !q.Until.IsZero() {
		v.Set("until", q.Until.Format(time.RFC3339Nano))
	}
	v["source"], v["lang"], v["topic"], v["place"] = q.Sources, q.Languages, q.Topics, q.Places
	if q.MinRelevance > 0 {
		v.Set("min-relevance", strconv.FormatFloat(q.MinRelevance, 'g', -1, 64))
	}
	if q.Withdrawn {
		v.Set("withdrawn", "too")
	}
	if q.DropDuplicates {
		v.Set("duplicates", "drop")
	}
	if q.Prefer != (store.Preference{}) {
		v.Set("prefer", q.Prefer.String())
	}
	if q.From > 0 {
		v.Set("after", strconv.Itoa(q.From-1))
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v
}

func parseQuery(v url.Values) (q store.Query, err error) {
	when := func(name string) (t time.Time) {
		if s := v.Get(name); s != "" && err == nil {
			if t, err = time.Parse(time.RFC3339Nano, s); err != nil {
				err = fmt.Errorf("%s is not an RFC 3339 time: %q", name, s)
			}
		}
		return t
	}
	q.Since, q.Until = when("since"), when("until")
	q.Sources, q.Languages, q.Topics, q.Places = v["source"], v["lang"], v["topic"], v["place"]
	if s := v.Get("min-relevance"); s != "" && err == nil {
		if q.MinRelevance, err = strconv.ParseFloat(s, 64); err != nil {
			err = fmt.Errorf("min-relevance is not a number: %q", s)
		}
	}
	if s := v.Get("limit"); s != "" && err == nil {
		if q.Limit, err = strconv.Atoi(s); err != nil {
			err = fmt.Errorf("limit is not a number: %q", s)
		}
	}
	if s := v.Get("after"); s != "" && err == nil {
		var after int
		if after, err = strconv.Atoi(s); err != nil || after < 0 || after == math.MaxInt {
			err = fmt.Errorf("after is not the number of an article: %q", s)
		}
		q.From = after + 1
	}
	q.Withdrawn = v.Get("withdrawn") == "too"
	q.DropDuplicates = v.Get("duplicates") == "drop"
	if err == nil {
		if q.Prefer, err = store.ParsePreference(v.Get("prefer")); err != nil {
			err = fmt.Errorf("prefer: %w", err)
		}
	}
	return q, err
}
