package fetcher

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestHeavy: of many heavy answers no more are in memory at once than may be, light ones pass by, and the wait is not
// counted as the publisher's.
func TestHeavy(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 3*heavyFrom/16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/light" {
			_, _ = io.WriteString(w, "light")
			return
		}
		_, _ = w.Write(body)
	}))
	defer server.Close()
	_, port, _ := bytes.Cut([]byte(server.URL[len("http://"):]), []byte(":"))
	o := clientOptions()
	o.PerHostDelay, o.Timeout, o.Concurrency, o.MaxBody = 0, 2*time.Second, 3, 16<<20
	o.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var now, most atomic.Int32
	var wg sync.WaitGroup
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.0.0.1", "localhost", "127.0.0.1"} {
		wg.Go(func() {
			room := c.heavy()
			defer room.give()
			p, err := c.Get(t.Context(), Request{URL: "http://" + host + ":" + string(port) + "/heavy", heavy: room})
			if err != nil || !bytes.Equal(p.Body, body) {
				t.Errorf("%d bytes, %v", len(p.Body), err)
				return
			}
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(700 * time.Millisecond) // it is read
			now.Add(-1)
		})
	}
	time.Sleep(100 * time.Millisecond)
	began := time.Now()
	room := c.heavy()
	if p, err := c.Get(t.Context(), Request{URL: "http://light.localhost:" + string(port) + "/light", heavy: room}); err == nil && string(p.Body) != "light" {
		t.Errorf("a light answer: %q", p.Body)
	} else if took := time.Since(began); err == nil && took > time.Second {
		t.Errorf("a light answer took %v", took)
	}
	wg.Wait()
	if most.Load() > mostHeavy {
		t.Errorf("%d heavy answers at once", most.Load())
	}
	c.gates.slots.mu.Lock()
	defer c.gates.slots.mu.Unlock()
	if c.gates.slots.used != 0 || c.gates.heavies.used != 0 {
		t.Errorf("%d slots and %d heavy ones are still taken", c.gates.slots.used, c.gates.heavies.used)
	}
}

// TestHeavyParts: sitemaps of several hosts whose heavy parts lie on one. Who waits for the turn of that host holds no right
// to a heavy answer, or the one whose turn it is would wait for it for ever.
func TestHeavyParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		part := "<urlset>" + strings.Repeat(" ", 2*heavyFrom) + "<url><loc>http://a.test/1</loc></url></urlset>"
		hosts := map[string]any{"parts.test:80": reply(200, part)}
		const sources, parts = mostHeavy + 1, 2
		for i := range sources {
			index := "<sitemapindex>"
			for k := range parts {
				index += fmt.Sprintf("<sitemap><loc>http://parts.test/%d-%d.xml</loc></sitemap>", i, k)
			}
			hosts[fmt.Sprintf("s%d.test:80", i)] = reply(200, index+"</sitemapindex>")
		}
		n := newMemoryNet(t, hosts)
		c := n.client(func(o *ClientOptions) { o.MaxBody = 16 << 20 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var wg sync.WaitGroup
		for i := range sources {
			wg.Go(func() {
				e := Endpoint{Kind: KindSitemap, URL: fmt.Sprintf("http://s%d.test/sitemap.xml", i)}
				room := c.heavy()
				defer room.give()
				if got, err := ask(ctx, getterFor(c, Source{}, room, nil), InProcess{}, Source{}, e, nil, State{}, 0); err != nil || len(got.parts) != parts {
					t.Errorf("source %d: %d parts, %v", i, len(got.parts), err)
				}
			})
		}
		wg.Wait()
	})
}
