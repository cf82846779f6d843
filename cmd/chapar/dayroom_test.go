package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/fetcher/press"
	"chapar/store"
	"chapar/store/corpus"
)

// day is a chapar under virtual time: the real store, intake, client and poller on a network in memory.
type day struct {
	t       *testing.T
	stand   *press.Press // may be nil
	hall    *hall
	conf    *config.Config
	db      *store.DB
	log     diary
	gone    atomic.Bool // there is no network
	absence error       // what it is like; nil is no route
	begun   time.Time

	now      func() time.Time // nil is the clock of the bubble
	reader   fetcher.Reader   // nil reads in this process
	sources  []fetcher.Source
	settings *settings
}

// inADay runs a story in a bubble. Nothing may be left running at its end: synctest tells.
func inADay(t *testing.T, o *press.Options, story func(d *day)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &day{t: t, hall: newHall(), begun: time.Now(), conf: config.Default()}
		defer d.hall.close()
		d.conf.Fetch.MinInterval, d.conf.Fetch.MaxInterval, d.conf.Fetch.PerHostDelay = 5*time.Minute, time.Hour, 2*time.Second
		if o != nil {
			o.InMemory = true
			stand, err := press.New(*o)
			if err != nil {
				t.Fatal(err)
			}
			defer stand.Close()
			d.stand = stand
			path := filepath.Join(t.TempDir(), "config.yaml")
			text := stand.Config(press.ConfigOptions{MinInterval: 5 * time.Minute, MaxInterval: time.Hour})
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if d.conf, err = config.Load(path); err != nil {
				t.Fatal(err)
			}
			d.sources = d.conf.FetchSources()
		}
		d.conf.Database = filepath.Join(t.TempDir(), "chapar.db")
		d.open()
		defer func() {
			if err := d.db.Close(); err != nil {
				t.Error(err)
			}
		}()
		story(d)
	})
}

func (d *day) open() {
	d.t.Helper()
	db, err := store.Open(d.conf.Database, store.Options{NoSync: true})
	if err != nil {
		d.t.Fatal(err)
	}
	d.db = db
}

// source adds a source with endpoints of its own; all its articles are wanted.
func (d *day) source(id string, kind fetcher.Kind, url string) {
	e := fetcher.Endpoint{ID: id + "/" + string(kind), Source: id, Kind: kind, URL: url}
	d.conf.Sources = append(d.conf.Sources, config.Source{ID: id, Name: id, Enabled: true, All: true, Endpoints: []fetcher.Endpoint{e}})
	d.sources = d.conf.FetchSources()
}

func (d *day) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	switch {
	case d.gone.Load() && d.absence != nil:
		return nil, d.absence
	case d.gone.Load():
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ENETUNREACH}
	case d.hall.has(addr):
		return d.hall.dial(ctx, addr)
	case d.stand != nil:
		return d.stand.Dial(ctx, network, addr)
	}
	return nil, &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
}

// shift is a chapar from its start to its stop.
type shift struct {
	d      *day
	client *fetcher.Client
	poller *fetcher.Poller
	in     *intake
	stop   func()
}

func (d *day) options() fetcher.Options {
	o := pollOptions(d.conf)
	o.Now, o.Reader = d.now, d.reader
	return o
}

// prepare puts a poller together on the open store.
func (d *day) prepare() *shift {
	d.t.Helper()
	if d.settings == nil {
		s, err := newSettings(d.conf)
		if err != nil {
			d.t.Fatal(err)
		}
		d.settings = s
	}
	o := clientOptions(d.conf)
	o.Dial = d.dial
	client, err := fetcher.NewClient(o)
	if err != nil {
		d.t.Fatal(err)
	}
	log := slog.New(&d.log)
	in := newIntake(d.db, d.settings, log)
	return &shift{d: d, client: client, in: in, poller: fetcher.New(d.options(), d.sources, client, d.db, in, log), stop: client.Close}
}

// start runs it until stop, which wants a prompt end.
func (d *day) start() *shift {
	d.t.Helper()
	s := d.prepare()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.poller.Run(ctx) }()
	s.stop = func() {
		cancel()
		began := time.Now()
		if err := <-done; err != nil {
			d.t.Errorf("Run ended with %v", err)
		}
		if took := time.Since(began); took > time.Second {
			d.t.Errorf("Run took %v to end", took)
		}
		s.client.Close()
	}
	return s
}

// watch runs it for a time.
func (d *day) watch(for_ time.Duration) {
	s := d.start()
	time.Sleep(for_)
	s.stop()
}

// set changes the sources as a reload does.
func (s *shift) set(sources ...fetcher.Source) {
	s.d.sources = sources
	s.poller.Set(s.d.options(), sources)
}

func (d *day) records() []corpus.Record {
	d.t.Helper()
	var rs []corpus.Record
	for r, err := range d.db.Records(context.Background(), store.Query{}) {
		if err != nil {
			d.t.Fatal(err)
		}
		rs = append(rs, r)
	}
	return rs
}

func (d *day) state(endpoint string) fetcher.State {
	d.t.Helper()
	s, err := d.db.State(endpoint)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

func (d *day) stats() store.Stats {
	d.t.Helper()
	s, err := d.db.Stats(context.Background(), store.Query{})
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// endpoints gives all of the day.
func (d *day) endpoints() (all []fetcher.Endpoint) {
	for _, s := range d.sources {
		all = append(all, s.Endpoints...)
	}
	return all
}

// judge wants a perfect harvest and perfect manners of the press, and tells the figures.
func (d *day) judge() (press.Verdict, press.Score) {
	d.t.Helper()
	v, s := d.stand.Judge(harvest(d.records(), d.log.acks())), d.stand.Score()
	v.Irrelevant, v.CopiesMissed, v.CopiesMadeUp = press.Tally{}, press.Tally{}, press.Tally{} // not the poller's affair
	d.t.Logf("%d polls, %d requests (%d not modified), %d documents of %d, delay %v in the median, %v at most",
		len(d.log.polls("")), s.Requests, s.NotModified, v.Kept, v.Expected, v.MedianDelay.Round(time.Second), v.LongestDelay.Round(time.Second))
	if v.Faults() > 0 {
		d.t.Errorf("harvest: %s", v.String())
	}
	if s.Demerits() > 0 {
		d.t.Errorf("manners: %s", s.String())
	}
	if st := d.stats(); st.Aside > st.AsideBy[string(fetcher.Robots)]+st.AsideBy[string(fetcher.NotArticle)] {
		d.t.Errorf("set aside: %v", st.AsideBy)
	}
	return v, s
}

// sound wants a store without a fault.
func (d *day) sound() {
	d.t.Helper()
	r, err := d.db.Verify(context.Background())
	if err != nil || !r.OK() {
		d.t.Errorf("the store is not sound: %v %v", err, r.Problems)
	}
}

// diary is a log that can be asked.
type diary struct {
	mu    sync.Mutex
	lines []note
}

type note struct {
	at    time.Time
	level slog.Level
	msg   string
	attrs map[string]slog.Value
}

func (n note) text(key string) string { return n.attrs[key].String() }

type diaryWith struct {
	*diary
	attrs []slog.Attr
}

func (*diary) Enabled(context.Context, slog.Level) bool { return true }
func (h *diary) Handle(_ context.Context, r slog.Record) error {
	return h.write(r, nil)
}
func (h *diary) WithAttrs(a []slog.Attr) slog.Handler { return diaryWith{h, a} }
func (h *diary) WithGroup(string) slog.Handler        { return h }

func (h diaryWith) Handle(_ context.Context, r slog.Record) error { return h.write(r, h.attrs) }
func (h diaryWith) WithAttrs(a []slog.Attr) slog.Handler {
	return diaryWith{h.diary, append(h.attrs[:len(h.attrs):len(h.attrs)], a...)}
}

func (h *diary) write(r slog.Record, with []slog.Attr) error {
	n := note{at: r.Time, level: r.Level, msg: r.Message, attrs: map[string]slog.Value{}}
	for _, a := range with {
		n.attrs[a.Key] = a.Value
	}
	r.Attrs(func(a slog.Attr) bool { n.attrs[a.Key] = a.Value; return true })
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, n)
	return nil
}

// of gives the lines with a message.
func (h *diary) of(msgs ...string) (found []note) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range h.lines {
		for _, m := range msgs {
			if n.msg == m {
				found = append(found, n)
			}
		}
	}
	return found
}

// polls gives those of an endpoint, or all.
func (h *diary) polls(endpoint string) (found []note) {
	for _, n := range h.of("poll", "poll failed", "poll works again") {
		if endpoint == "" || n.text("endpoint") == endpoint {
			found = append(found, n)
		}
	}
	return found
}

func (h *diary) acks() (acks []ack) {
	for _, n := range h.of("kept") {
		acks = append(acks, ack{Time: n.at, Msg: n.msg, ID: n.text("id"), Revision: int(n.attrs["revision"].Int64())})
	}
	return acks
}

// hall is a network of small servers in memory.
type hall struct {
	servers sync.WaitGroup

	mu    sync.Mutex
	hosts map[string]*stall
}

// stall is one host with what was asked of it.
type stall struct {
	handler http.Handler
	robots  string // "" is not found
	server  *http.Server
	conns   chan net.Conn
	done    chan struct{}

	mu   sync.Mutex
	asks []ask
}

type ask struct {
	at     time.Time
	path   string
	header http.Header
	status int
}

func newHall() *hall { return &hall{hosts: map[string]*stall{}} }

// open makes a host such as a.test; what the handler does not know is not found, robots.txt too.
func (h *hall) open(host string, handler http.HandlerFunc) *stall {
	s := &stall{handler: handler, conns: make(chan net.Conn), done: make(chan struct{})}
	s.server = &http.Server{Handler: s, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	h.mu.Lock()
	h.hosts[host+":80"] = s
	h.mu.Unlock()
	h.servers.Go(func() {
		// Serve always ends with an error: that of the closing.
		_ = s.server.Serve(s)
	})
	return s
}

func (h *hall) has(addr string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hosts[addr] != nil
}

func (h *hall) dial(ctx context.Context, addr string) (net.Conn, error) {
	h.mu.Lock()
	s := h.hosts[addr]
	h.mu.Unlock()
	client, server := net.Pipe()
	select {
	case s.conns <- server:
		return client, nil
	case <-s.done:
		return nil, errors.New("closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (h *hall) close() {
	for _, s := range h.hosts {
		s.server.Close()
	}
	h.servers.Wait()
	synctest.Wait()
}

func (s *stall) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.done:
		return nil, net.ErrClosed
	}
}

func (s *stall) Close() error {
	select {
	case <-s.done:
	default:
		close(s.done)
	}
	return nil
}

func (s *stall) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (s *stall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at, sw := time.Now(), &statusWriter{w, http.StatusOK}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asks = append(s.asks, ask{at, r.URL.RequestURI(), r.Header, sw.status})
	}()
	if r.URL.Path == "/robots.txt" && s.robots != "" {
		fmt.Fprint(sw, s.robots)
		return
	}
	if r.URL.Path == "/robots.txt" {
		http.NotFound(sw, r)
		return
	}
	s.handler.ServeHTTP(sw, r)
}

// asked gives the requests for a path, or all but those for robots.txt.
func (s *stall) asked(path string) (found []ask) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asks {
		if a.path == path || path == "" && a.path != "/robots.txt" {
			found = append(found, a)
		}
	}
	return found
}

// item is an article of a small feed.
type item struct {
	path, title, text string
	updated           time.Time
	published         time.Time // zero is when it was updated
	full              bool      // the feed has the text too
}

// words makes a text that is an article of its own.
func words(about string) string {
	var b strings.Builder
	for i := range 4 {
		fmt.Fprintf(&b, "<p>The %s party number %d walked along the river towards Osh in the morning, counted the horses at the "+
			"bridge near the post house, and told the clerk in the %s office what the riders of chapar had carried that week, "+
			"which took them well into the evening of the day.</p>\n", about, i+1, about)
	}
	return b.String()
}

func (i item) page() string {
	return "<!DOCTYPE html><html lang=en><head><title>" + i.title + "</title></head><body><article><h1>" + i.title + "</h1>\n" + i.text + "</article></body></html>"
}

// atom is a feed of items.
func atom(items ...item) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Small</title><id>urn:small</id>`)
	for _, i := range items {
		if i.published.IsZero() {
			i.published = i.updated
		}
		fmt.Fprintf(&b, `<entry><id>%s</id><title>%s</title><link href="%s"/><published>%s</published><updated>%s</updated>`,
			i.path, i.title, i.path, i.published.Format(time.RFC3339), i.updated.Format(time.RFC3339))
		if i.full {
			b.WriteString(`<content type="html"><![CDATA[` + i.text + `]]></content>`)
		}
		b.WriteString("</entry>")
	}
	b.WriteString("</feed>")
	return b.String()
}

// send answers with a body and its ETag, or 304 to one who has it.
func send(w http.ResponseWriter, r *http.Request, kind, body string) {
	etag := fmt.Sprintf("%q", fmt.Sprintf("%x", len(body))+fmt.Sprintf("%x", sum(body)))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", kind)
	fmt.Fprint(w, body)
}

func sum(s string) (n uint32) {
	for _, c := range []byte(s) {
		n = n*31 + uint32(c)
	}
	return n
}
