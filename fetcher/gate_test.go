package fetcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slow answers after some time.
func slow(d time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { _ = sleep(r.Context(), d) }
}

func TestGateOneAtATimeFromTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": slow(3 * time.Second)})
		c := n.client(nil)
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if _, err := c.Get(t.Context(), Request{URL: fmt.Sprintf("http://a.test/%d", i)}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		visits := n.seen()
		if len(visits) != 4 {
			t.Fatalf("got %d requests, want 4", len(visits))
		}
		for i := 1; i < len(visits); i++ {
			if gap := visits[i].at.Sub(visits[i-1].done); gap != 2*time.Second {
				t.Errorf("request %d began %v after the end of the one before, want 2s", i, gap)
			}
		}
	})
}

func TestGateCoversRobotsRedirectsAndFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": byPath(map[string]http.HandlerFunc{
			"/robots.txt": reply(200, ""),
			"/old":        reply(301, "", "Location", "/new"),
			"/new":        reply(500, ""),
		})})
		c := n.client(func(o *ClientOptions) { o.Robots = true })
		_, err := c.Get(t.Context(), Request{URL: "http://a.test/old"})
		wantFailure(t, err, Temporary, ServerError, true)
		_, err = c.Get(t.Context(), Request{URL: "http://a.test/new"})
		wantFailure(t, err, Temporary, ServerError, true)
		visits := n.seen()
		if got, want := n.paths(), "a.test:80/robots.txt a.test:80/old a.test:80/new a.test:80/new"; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		for i := 1; i < len(visits); i++ {
			if gap := visits[i].at.Sub(visits[i-1].done); gap != 2*time.Second {
				t.Errorf("%s began %v after the end of the one before, want 2s", visits[i].path, gap)
			}
		}
	})
}

func TestGateManyHostsInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hosts := map[string]any{}
		for i := range 6 {
			hosts[fmt.Sprintf("h%d.test:80", i)] = slow(time.Second)
		}
		n := newMemoryNet(t, hosts)
		c := n.client(func(o *ClientOptions) { o.Concurrency = 2 })
		start := time.Now()
		var wg sync.WaitGroup
		for host := range hosts {
			wg.Go(func() {
				if _, err := c.Get(t.Context(), Request{URL: "http://" + host}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("6 requests of 1s, 2 at once, took %v, want 3s", took)
		}
	})
}

// A host that waits for its delay must not hold a slot that another could use.
func TestGateWaitingHostHoldsNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": slow(0), "b.test:80": slow(0)})
		c := n.client(func(o *ClientOptions) { o.Concurrency, o.PerHostDelay = 1, time.Minute })
		get := func(url string) {
			if _, err := c.Get(t.Context(), Request{URL: url}); err != nil {
				t.Error(err)
			}
		}
		get("http://a.test")
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { get("http://a.test") })
		synctest.Wait()
		get("http://b.test")
		if took := time.Since(start); took != 0 {
			t.Errorf("b waited %v for a's delay", took)
		}
		wg.Wait()
	})
}

func TestGatePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": reply(200, "x"), "a.test:8080": reply(200, "x")})
		c := n.client(nil)
		until := time.Now().Add(time.Hour)
		c.Pause("a.test:80", until)
		c.Pause("a.test:80", time.Now().Add(time.Minute)) // the longer one stays
		if got := c.Paused("a.test:80"); !got.Equal(until) {
			t.Errorf("paused until %v, want %v", got, until)
		}
		_, err := c.Get(t.Context(), Request{URL: "http://a.test/"})
		f := wantFailure(t, err, Temporary, TooMany, true)
		if !f.NotBefore.Equal(until) || !f.Unsent {
			t.Errorf("not before %v (unsent %v), want %v and unsent", f.NotBefore, f.Unsent, until)
		}
		if time.Until(until) != time.Hour || len(n.seen()) != 0 {
			t.Error("the refusal took time or sent something")
		}
		if _, err := c.Get(t.Context(), Request{URL: "http://a.test:8080/"}); err != nil {
			t.Errorf("another port rests too: %v", err)
		}
		time.Sleep(time.Hour)
		if got := c.Paused("a.test:80"); !got.IsZero() {
			t.Errorf("still paused until %v", got)
		}
		if _, err := c.Get(t.Context(), Request{URL: "http://a.test/"}); err != nil {
			t.Errorf("after the pause: %v", err)
		}
	})
}

// Who waits in line when the host asks for rest is turned away too.
func TestGatePauseReachesTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			reply(429, "", "Retry-After", "600")(w, r)
		})})
		c := n.client(nil)
		var wg sync.WaitGroup
		errs := make([]error, 5)
		for i := range errs {
			wg.Go(func() { _, errs[i] = c.Get(t.Context(), Request{URL: "http://a.test/"}) })
		}
		wg.Wait()
		for _, err := range errs {
			f := wantFailure(t, err, Temporary, TooMany, true)
			if left := time.Until(f.NotBefore); left != 10*time.Minute {
				t.Errorf("not before %v from now, want 10m", left)
			}
		}
		if got := len(n.seen()); got != 1 {
			t.Errorf("%d requests were sent, want 1", got)
		}
	})
}

// A pause that comes while a request waits, be it for the delay or for a slot, stops it.
func TestGatePauseWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": slow(0), "b.test:80": slow(10 * time.Second)})
		c := n.client(func(o *ClientOptions) { o.Concurrency, o.Robots = 1, true })
		paused := func(host string) {
			t.Helper()
			var wg sync.WaitGroup
			wg.Go(func() {
				_, err := c.Get(t.Context(), Request{URL: "http://a.test/"})
				if f := wantFailure(t, err, Temporary, TooMany, true); !f.Unsent {
					t.Error("something was sent")
				}
			})
			time.Sleep(time.Second)
			c.Pause(host, time.Now().Add(time.Minute))
			wg.Wait()
			time.Sleep(time.Minute)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.Get(t.Context(), Request{URL: "http://b.test/"}); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		paused("a.test:80") // waits for the slot, with its robots.txt
		wg.Wait()
		if strings.Contains(n.paths(), "a.test") {
			t.Error("the host was asked in its pause")
		}
		// What kept robots.txt from being read was no failure of it.
		if _, err := c.Get(t.Context(), Request{URL: "http://a.test/"}); err != nil {
			t.Error(err)
		}
		before := len(n.seen())
		paused("a.test:80") // waits for the delay
		if len(n.seen()) != before {
			t.Error("the host was asked in its pause")
		}
	})
}

func TestGateCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": slow(10 * time.Second), "b.test:80": slow(0)})
		c := n.client(func(o *ClientOptions) { o.Concurrency = 1 })
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.Get(t.Context(), Request{URL: "http://a.test/"}); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		start := time.Now()
		for _, url := range []string{"http://a.test/", "http://b.test/"} { // one waits for its turn, one for a slot
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := c.Get(ctx, Request{URL: url})
				if _, ok := errors.AsType[*Failure](err); ok || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want the context's error", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("the wait ended after %v, want 1s", took)
				}
			})
		}
		wg.Wait()
		if _, err := c.Get(t.Context(), Request{URL: "http://b.test/"}); err != nil {
			t.Errorf("afterwards: %v", err)
		}
		if c.gates.slots.used != 0 {
			t.Errorf("%d slots are still taken", c.gates.slots.used)
		}
	})
}

func TestGatesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gs := newGates()
		gs.slots.set(1)
		gs.pause("resting:80", time.Now().Add(time.Hour))
		enter := func(host string, delay time.Duration) {
			leave, err := gs.enter(t.Context(), host, delay)
			if err != nil {
				t.Fatal(err)
			}
			leave()
		}
		enter("delayed:80", 30*time.Minute)
		for i := range 3 * manyHosts {
			enter(fmt.Sprintf("h%d:80", i), time.Millisecond)
			time.Sleep(time.Millisecond)
		}
		if len(gs.hosts) > manyHosts+1 {
			t.Errorf("%d gates are kept", len(gs.hosts))
		}
		if gs.paused("resting:80").IsZero() {
			t.Error("a pause was forgotten before its end")
		}
		start := time.Now()
		enter("delayed:80", 30*time.Minute)
		if took, want := time.Since(start), 30*time.Minute-3*manyHosts*time.Millisecond; took != want {
			t.Errorf("a delay was forgotten: waited %v, want %v", took, want)
		}
	})
}

func TestSlotsFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slots
		s.set(1)
		if err := s.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				if err := s.take(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				time.Sleep(time.Second)
				s.give()
			})
			synctest.Wait()
		}
		s.give()
		wg.Wait()
		if !slices.IsSorted(order) || len(order) != 5 {
			t.Errorf("served in order %v", order)
		}
	})
}

// A slot that is given to one who leaves in the same moment is not lost.
func TestSlotsLoseNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slots
		s.set(1)
		for range 3 {
			if err := s.take(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				if s.take(ctx) == nil {
					s.give()
				}
			}()
			synctest.Wait()
			s.mu.Lock() // who waits is woken by its context, and served before it can leave the line
			cancel()
			close(s.line[0])
			s.line = s.line[1:]
			s.mu.Unlock()
			<-done
			if s.used != 0 {
				t.Fatalf("%d slots are taken by nobody", s.used)
			}
		}
	})
}

// TestPing: a poller at work answers, and tells of a request that does not end.
func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := clientOptions()
		c, err := NewClient(o)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		p := New(Options{Bounds: o.Bounds}, nil, c, &notes{}, &notes{}, slog.New(slog.DiscardHandler))
		ask := func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			return p.Ping(ctx)
		}
		if err := ask(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("before Run: %v", err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		if err := ask(); err != nil {
			t.Errorf("at work: %v", err)
		}
		leave, err := c.gates.enter(ctx, "a.test:80", 0)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(o.Timeout)
		if err := ask(); err != nil {
			t.Errorf("while a request may last: %v", err)
		}
		time.Sleep(requestGrace + time.Second)
		if err := ask(); err == nil || !strings.Contains(err.Error(), "a.test:80") {
			t.Errorf("a request that does not end: %v", err)
		}
		leave()
		if err := ask(); err != nil {
			t.Errorf("after its end: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := ask(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after Run: %v", err)
		}
	})
}
