package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/systemd"
	"chapar/fetcher"
	"chapar/fetcher/press"
	"chapar/normalize"
	"chapar/normalize/relevance"
	"chapar/store"
	"chapar/store/corpus"
)

// manager stands in for a service manager: it hears what is told on a socket of its own, outside any bubble.
type manager struct {
	conn *net.UnixConn
	path string

	mu   sync.Mutex
	told []string
}

func newManager(t *testing.T) *manager {
	t.Helper()
	dir, err := os.MkdirTemp("", "notify") // a short path: sockets have no long ones
	if err != nil {
		t.Fatal(err)
	}
	m := &manager{path: filepath.Join(dir, "s")}
	if m.conn, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.path, Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 4<<10)
		for {
			n, err := m.conn.Read(buf)
			if err != nil {
				return
			}
			m.mu.Lock()
			m.told = append(m.told, string(buf[:n]))
			m.mu.Unlock()
		}
	})
	t.Cleanup(func() { m.conn.Close(); wg.Wait(); os.RemoveAll(dir) })
	return m
}

// heard gives what was told and not asked for yet.
func (m *manager) heard(t *testing.T) (told []string) {
	t.Helper()
	const mark = "that is all"
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(mark)); err != nil {
		t.Fatal(err)
	}
	for { // without a sleep: the clock of a bubble is not that of the reader
		m.mu.Lock()
		if i := slices.Index(m.told, mark); i >= 0 {
			told, m.told = m.told[:i], nil
			m.mu.Unlock()
			return told
		}
		m.mu.Unlock()
		runtime.Gosched()
	}
}

// TestWatchdog: the watchdog is fed while poller and writer answer, and not while one of them stands still.
func TestWatchdog(t *testing.T) {
	m := newManager(t)
	inADay(t, &press.Options{Publications: 2, Seed: 4, Kinds: []press.Kind{press.RSSFull}}, func(d *day) {
		d.stand.Publications()[0].Publish(time.Now())
		n := systemd.NewNotifier(func(name string) string {
			return map[string]string{"NOTIFY_SOCKET": m.path, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": strconv.Itoa(os.Getpid())}[name]
		})
		w := d.watched(n)
		door := make(chan struct{}, 1)
		w.in.extract = func(_ context.Context, raw normalize.Raw) (normalize.Extract, error) {
			door <- struct{}{}
			defer func() { <-door }()
			return new(normalize.Normalizer).Extract(raw)
		}
		stop := w.polling(t)
		ctx, cancel := context.WithCancel(context.Background())
		guarded := make(chan struct{})
		go func() { w.guard(ctx); close(guarded) }()
		fed := func() int { return strings.Count(strings.Join(m.heard(t), "\n"), "WATCHDOG=1") }
		w.ready()
		fed()

		time.Sleep(hour)
		if n := fed(); n < 300 || n > 400 { // every 10 s
			t.Errorf("an hour at work fed the watchdog %d times", n)
		}

		// The writer is held up in the middle of a write.
		release := make(chan struct{})
		written := make(chan error, 1)
		calls := 0
		go func() {
			_, err := d.db.SavePoll("none/feed", time.Now(), nil, func(int, int) (fetcher.State, fetcher.Event) {
				if calls++; calls > 1 { // the first call is made before the transaction
					<-release
				}
				return fetcher.State{}, fetcher.Event{}
			})
			written <- err
		}()
		time.Sleep(time.Second)
		fed()
		time.Sleep(90 * time.Second)
		if n := fed(); n != 0 {
			t.Errorf("the watchdog was fed %d times while the writer was blocked", n)
		}
		if err := w.readiness(ctx); err == nil || !strings.Contains(err.Error(), "writer") {
			t.Errorf("with a blocked writer readiness says %v", err)
		}
		close(release)
		if err := <-written; err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if n := fed(); n == 0 {
			t.Error("the watchdog is not fed again")
		}
		if err := w.readiness(ctx); err != nil {
			t.Errorf("with all at work readiness says %v", err)
		}

		// A lane is held up: a page is read for ever.
		door <- struct{}{}
		d.stand.Publications()[0].Publish(time.Now())
		time.Sleep(2 * hour)
		fed()
		time.Sleep(time.Minute)
		if n := fed(); n != 0 {
			t.Errorf("the watchdog was fed %d times while a lane was stuck", n)
		}
		<-door
		time.Sleep(time.Minute)
		if n := fed(); n == 0 {
			t.Error("the watchdog is not fed again after the lane")
		}
		if n := len(d.log.of("stuck")); n != 2 {
			t.Errorf("%d lines tell of being stuck, want 2", n)
		}

		// The poller has ended.
		stop()
		fed()
		time.Sleep(time.Minute)
		if n := fed(); n != 0 {
			t.Errorf("the watchdog was fed %d times without a poller", n)
		}
		cancel()
		<-guarded
	})
}

// TestStatusLine: the line for people is fresh, and is not written in a burst.
func TestStatusLine(t *testing.T) {
	m := newManager(t)
	inADay(t, &press.Options{Publications: 3, Seed: 4}, func(d *day) {
		w := d.watched(systemd.NewNotifier(func(name string) string { return map[string]string{"NOTIFY_SOCKET": m.path}[name] }))
		stop := w.polling(t)
		w.ready()
		if got := m.heard(t); len(got) != 1 || got[0] != "READY=1\nSTATUS=watching 3 sources" {
			t.Errorf("the start told %q", got)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { w.describe(ctx); close(done) }()
		d.play(press.Script{For: hour, Stock: 2, Articles: 3})()
		told := m.heard(t)
		if len(told) < 55 || len(told) > 80 {
			t.Errorf("an hour told %d times", len(told))
		}
		last := told[len(told)-1]
		if !strings.HasPrefix(last, "STATUS=watching 3 sources; ") || !strings.Contains(last, " articles, ") || !strings.Contains(last, "; next poll in ") {
			t.Errorf("the line is %q", last)
		}
		d.gone.Store(true)
		time.Sleep(6 * hour)
		if told = m.heard(t); !strings.HasPrefix(told[len(told)-1], "STATUS=offline; watching") {
			t.Errorf("without a network the line is %q", told[len(told)-1])
		}
		cancel()
		<-done
		stop()
		w.ended()
		w.ended()
		if got := m.heard(t); len(got) != 1 || !strings.HasPrefix(got[0], "STOPPING=1\n") {
			t.Errorf("the end told %q", got)
		}
	})
	if got := thousands(1234567) + "|" + thousands(999) + "|" + counted(1, "article"); got != "1 234 567|999|1 article" {
		t.Errorf("numbers are told as %s", got)
	}
}

// TestReloading: a reload is told with the moment of its begin, and READY=1 follows it, whether it works or not.
func TestReloading(t *testing.T) {
	m := newManager(t)
	inADay(t, &press.Options{Publications: 2, Seed: 4}, func(d *day) {
		w := d.watched(systemd.NewNotifier(func(name string) string { return map[string]string{"NOTIFY_SOCKET": m.path}[name] }))
		signals := make(chan os.Signal, 1)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		var fails atomic.Bool
		signals <- os.Interrupt // one that came during the start
		go func() {
			w.reload(ctx, signals, func() (*config.Config, error) {
				if fails.Load() {
					return nil, config.Problems{{File: "config.yaml", Line: 1, Column: 1, Text: "it is wrong"}}
				}
				c := *d.conf
				return &c, nil
			})
			close(done)
		}()
		for _, next := range []bool{true, false, false} {
			time.Sleep(time.Second)
			told := m.heard(t)
			if len(told) != 2 || !strings.HasPrefix(told[0], "RELOADING=1\nMONOTONIC_USEC=") || told[1] != "READY=1" {
				t.Fatalf("a reload told %q", told)
			}
			if usec, err := strconv.Atoi(strings.TrimPrefix(told[0], "RELOADING=1\nMONOTONIC_USEC=")); err != nil || usec <= 0 {
				t.Errorf("a reload told %q", told[0])
			}
			fails.Store(next)
			signals <- os.Interrupt
		}
		time.Sleep(time.Second)
		if r := w.reloads.Load(); r == nil || !r.OK {
			t.Errorf("a good reload left %+v", r)
		}
		for _, want := range []struct {
			msg string
			n   int
		}{{"nothing changed", 3}, {"not reloaded, the present config stays in force", 1}} {
			if n := len(d.log.of(want.msg)); n != want.n {
				t.Errorf("%q was told %d times, want %d", want.msg, n, want.n)
			}
		}
		cancel()
		<-done
		w.client.Close()
	})
}

// TestReadyTooLate: who was told to stop during the start never calls itself ready, nor after a reload.
func TestReadyTooLate(t *testing.T) {
	m := newManager(t)
	inADay(t, &press.Options{Publications: 1, Seed: 4}, func(d *day) {
		w := d.watched(systemd.NewNotifier(func(name string) string { return map[string]string{"NOTIFY_SOCKET": m.path}[name] }))
		w.started = w.ended // the signal comes at the last moment
		w.ready()
		w.working()
		if got := m.heard(t); len(got) != 1 || !strings.HasPrefix(got[0], "STOPPING=1\n") {
			t.Errorf("the manager was told %q", got)
		}
		if err := w.readiness(context.Background()); err == nil || err.Error() != phaseStopping {
			t.Errorf("readiness says %v", err)
		}
		w.client.Close()
	})
}

// TestPruneTells: an error that stays is told once, not with each hour's prune.
func TestPruneTells(t *testing.T) {
	inADay(t, &press.Options{Publications: 1, Seed: 4}, func(d *day) {
		w := d.watched(systemd.Notifier{})
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { w.prune(ctx); close(done) }()
		time.Sleep(5 * hour)
		cancel()
		<-done
		if n := len(d.log.of("cannot remove all that is old")); n != 1 {
			t.Errorf("told %d times in five hours", n)
		}
	})
}

// TestReloadRenames: a reload that is refused renames nothing, and one whose renaming is cut short says what holds now.
func TestReloadRenames(t *testing.T) {
	inADay(t, &press.Options{Publications: 1, Seed: 4}, func(d *day) {
		w := d.watched(systemd.Notifier{})
		old := d.conf.Sources[0].Endpoints[0].ID
		_, err := w.db.SavePoll(old, time.Now(), nil, func(int, int) (fetcher.State, fetcher.Event) { return fetcher.State{URL: "u"}, fetcher.Event{} })
		if err != nil {
			t.Fatal(err)
		}
		renamed := func() *config.Config {
			c := *d.conf
			c.Sources = slices.Clone(c.Sources)
			c.Sources[0].Formerly, c.Sources[0].ID = []string{c.Sources[0].ID}, "anew"
			return &c
		}
		standsAs := func(id string) {
			t.Helper()
			states, err := w.db.Endpoints(context.Background())
			if _, ok := states[id]; err != nil || !ok {
				t.Errorf("%s has no state: %v %v", id, states, err)
			}
		}
		anew := "anew" + strings.TrimPrefix(old, d.conf.Sources[0].ID)
		if _, err := w.apply(context.Background(), func() (*config.Config, error) {
			c := renamed()
			c.Fetch.Timeout = -1
			return c, nil
		}); err == nil {
			t.Error("a config with which nothing can be fetched was taken")
		}
		standsAs(old)

		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = w.apply(ended, func() (*config.Config, error) { return renamed(), nil })
		if err == nil || !strings.Contains(err.Error(), "cut short") || !strings.Contains(err.Error(), "next reload") {
			t.Errorf("a renaming that was cut short told %v", err)
		}
		if got := w.config().Sources[0].ID; got == "anew" {
			t.Error("the config of a failed reload is in force")
		}
		if _, err := w.apply(context.Background(), func() (*config.Config, error) { return renamed(), nil }); err != nil {
			t.Error(err)
		}
		standsAs(anew)
		w.client.Close()
	})
}

// key is a field of the config and how to change it.
type key struct {
	path   string
	change func(*config.Config)
}

// everyKey finds the fields of the config by reflection, so that a new one is not forgotten by the comparison.
func everyKey(t *testing.T) (keys []key) {
	var walk func(path string, index []int, of reflect.Type)
	walk = func(path string, index []int, of reflect.Type) {
		for i := range of.NumField() {
			f := of.Field(i)
			at := append(index[:len(index):len(index)], i)
			name := path + f.Name
			switch {
			case name == "File", name == "Sources", name == "Warnings":
			case f.Type == reflect.TypeFor[config.Fetch](), f.Type == reflect.TypeFor[config.Limits](), f.Type == reflect.TypeFor[config.Relevance](),
				f.Type == reflect.TypeFor[fetcher.WireLimits](), f.Type == reflect.TypeFor[fetcher.Shape]():
				walk(name+".", at, f.Type)
			default:
				keys = append(keys, key{name, func(c *config.Config) {
					v := reflect.ValueOf(c).Elem().FieldByIndex(at)
					switch x := v.Addr().Interface().(type) {
					case *string:
						*x += "x"
					case *[]string:
						*x = append(*x, "x")
					case *int:
						*x++
					case *int64:
						*x++
					case *time.Duration:
						*x++
					case *bool:
						*x = !*x
					case *float64:
						*x += 0.1
					case **url.URL:
						*x = &url.URL{Host: "proxy.example"}
					case *[]netip.Prefix:
						*x = append(*x, netip.MustParsePrefix("10.0.0.0/8"))
					case *[]relevance.Term:
						*x = append(*x, relevance.Term{})
					default:
						t.Errorf("%s is of a type that this test cannot change", name)
					}
				}})
			}
		}
	}
	walk("", nil, reflect.TypeFor[config.Config]())
	return keys
}

// TestLogVolume: an hour of hundreds of sources, some of which fail, is told in lines that a person can read through.
func TestLogVolume(t *testing.T) {
	sources := 60
	if long() {
		sources = 500
	}
	inADay(t, nil, func(d *day) {
		feed := `<rss version="2.0"><channel><title>Quiet</title><link>/</link></channel></rss>`
		for i := range sources {
			host := fmt.Sprintf("s%d.test", i)
			d.hall.open(host, func(w http.ResponseWriter, r *http.Request) {
				if i%10 == 0 {
					w.WriteHeader(http.StatusBadGateway)
				} else if r.URL.Path == "/robots.txt" {
					w.WriteHeader(http.StatusNotFound)
				} else {
					io.WriteString(w, feed)
				}
			})
			d.source(fmt.Sprintf("s%d", i), fetcher.KindFeed, "http://s"+strconv.Itoa(i)+".test/feed")
		}
		d.watch(24 * hour)
		told, polls := map[slog.Level]int{}, 0
		for _, n := range d.log.lines {
			told[n.level]++
			if strings.HasPrefix(n.msg, "poll") {
				polls++
			}
		}
		failing := (sources + 9) / 10
		t.Logf("%d sources, %d of them failing, in a day: %d polls; %d lines of debug, %d of info, %d of warn, %d of error",
			sources, failing, polls, told[slog.LevelDebug], told[slog.LevelInfo], told[slog.LevelWarn], told[slog.LevelError])
		if all := d.log.polls(""); polls != len(all) || polls < 10*sources {
			t.Errorf("%d polls, %d lines of polls", polls, len(all))
		}
		if n := told[slog.LevelInfo]; n > polls+10 {
			t.Errorf("%d lines of info for %d polls in a day without news", n, polls)
		}
		if n := told[slog.LevelWarn]; n < failing || n > 8*failing {
			t.Errorf("%d lines of warn for %d sources that fail", n, failing)
		}
	})
}

// TestScrubTells: damage that a look through the database finds is told once, however often it looks.
func TestScrubTells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	db, err := store.Open(path, store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		d := normalize.Document{CanonicalURL: fmt.Sprintf("https://post.example/%d", i), Title: "Couriers ride", Text: fmt.Sprintf("Courier %d rode to the border post.", i)}
		if _, err := db.Import(t.Context(), []store.Imported{{Record: corpus.Record{Number: corpus.Unnumbered}, Document: d}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.ReplaceAll(b, []byte(`"canonical_url":"https://post.example/1"`), []byte(`"canonical_url":"https://post.example/7"`))
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	if db, err = store.Open(path, store.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var log bytes.Buffer
	d := &daemon{db: db, log: slog.New(slog.NewTextHandler(&log, nil))}
	told := map[string]bool{}
	for range 3 {
		d.scrubNow(t.Context(), told)
	}
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "record/1") {
		t.Errorf("the log says\n%s", log.String())
	}
}
