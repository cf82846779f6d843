package fetcher

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
)

func TestClientHTTP2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{
			"a.test:443": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }),
		})
		page, err := n.client(nil).Get(t.Context(), Request{URL: "https://a.test/"})
		if err != nil || string(page.Body) != "HTTP/2.0" || !page.Whole {
			t.Errorf("got %q (whole %v), error %v", page.Body, page.Whole, err)
		}
	})
}

// A server that refuses each stream of HTTP/2 is asked twice, not for as long as the transport likes to try.
func TestClientHTTP2Refusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		hosts := map[string]any{}
		n := newMemoryNet(t, hosts)
		n.certify("*.test")
		hosts["a.test:443"] = func(conn net.Conn) {
			conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{n.cert}, NextProtos: []string{"h2"}})
			if _, err := io.CopyN(io.Discard, conn, int64(len(http2.ClientPreface))); err != nil {
				return
			}
			framer := http2.NewFramer(conn, conn)
			out := make(chan uint32, 16)
			defer close(out)
			go func() { // the pipe holds nothing: who only reads and writes in turn can block both sides
				_ = framer.WriteSettings()
				for stream := range out {
					_ = framer.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
				}
			}()
			for {
				frame, err := framer.ReadFrame()
				if err != nil {
					return
				}
				if h, ok := frame.(*http2.HeadersFrame); ok {
					asked++
					out <- h.StreamID
				}
			}
		}
		start := time.Now()
		_, err := n.client(nil).Get(t.Context(), Request{URL: "https://a.test/"})
		wantFailure(t, err, Temporary, Incomplete, true)
		if took := time.Since(start); asked != 2 || took > 5*time.Second {
			t.Errorf("asked %d times in %v, want 2", asked, took)
		}
	})
}

func TestClientTLSFailures(t *testing.T) {
	quiet := func(s *httptest.Server) *httptest.Server {
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		t.Cleanup(s.Close)
		return s
	}
	o := clientOptions()
	o.PerHostDelay, o.AllowNetworks = 0, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	get := func(s *httptest.Server) error {
		_, err := c.Get(t.Context(), Request{URL: "https://" + s.Listener.Addr().String()})
		return err
	}
	asked := false
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true })

	unknown := quiet(httptest.NewUnstartedServer(handler))
	unknown.StartTLS()
	wantFailure(t, get(unknown), Soft, TLS, true)

	old := quiet(httptest.NewUnstartedServer(handler))
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	wantFailure(t, get(old), Temporary, TLS, true)

	plain := quiet(httptest.NewUnstartedServer(handler))
	plain.Start()
	wantFailure(t, get(plain), Temporary, TLS, false)
	if asked {
		t.Error("a request was sent over a connection that is not safe")
	}
}

// The environment must not send us through a proxy, and a proxy must not be a way round the guard.
func TestClientProxy(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.RequestURI)
		io.WriteString(w, "by proxy")
	}))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	o := clientOptions()
	if got := newTransport(o, newGuard(nil)).Proxy; got != nil {
		t.Error("a proxy is looked for without being asked to")
	}
	o.Proxy, _ = url.Parse(proxy.URL)
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	page, err := c.Get(t.Context(), Request{URL: "http://192.88.100.1/x"})
	if err != nil || string(page.Body) != "by proxy" {
		t.Errorf("got %q, error %v", page.Body, err)
	}
	for _, raw := range []string{"http://10.0.0.1/", "http://localhost/", proxy.URL, "http://192.88.100.1:22/", "http://[::ffff:127.0.0.1]/"} {
		_, err := c.Get(t.Context(), Request{URL: raw})
		wantFailure(t, err, Hard, Private, false)
	}
	if len(asked) != 1 {
		t.Errorf("the proxy was asked for %v", asked)
	}
}

// A server may close an idle connection in the moment in which we use it: one silent retry, within the same turn.
func TestClientRetriesIdleClosedConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
		var got []string
		var at []time.Time
		note := func(r string) { got, at = append(got, strings.Fields(r)[1]), append(at, time.Now()) }
		served := 0
		n := newMemoryNet(t, map[string]any{"a.test:80": func(conn net.Conn) {
			served++
			if served == 1 {
				rawHost(note, ok, "")(conn) // answers once, takes the second request and closes
				return
			}
			rawHost(note, ok, ok, ok)(conn)
		}})
		c := n.client(nil)
		for _, path := range []string{"/1", "/2"} {
			if _, err := c.Get(t.Context(), Request{URL: "http://a.test" + path}); err != nil {
				t.Fatal(err)
			}
		}
		if want := "/1 /2 /2"; strings.Join(got, " ") != want {
			t.Fatalf("the server got %v, want %s", got, want)
		}
		if gap := at[2].Sub(at[1]); gap < clientOptions().PerHostDelay {
			t.Errorf("the second request came %v after the first", gap)
		}
	})
}

// A new connection that is closed without a byte is a failure at once.
func TestClientDoesNotRetryNewConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": rawHost(nil, "")})
		c := n.client(nil)
		_, err := c.Get(t.Context(), Request{URL: "http://a.test/"})
		wantFailure(t, err, Temporary, Connect, false)
		if n.dials != 1 {
			t.Errorf("%d connections, want 1", n.dials)
		}
	})
}

func TestClientLeavesNoIdleConnectionOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := make(chan time.Time, 1)
		n := newMemoryNet(t, map[string]any{"a.test:80": func(conn net.Conn) {
			rawHost(nil, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "")(conn)
			closed <- time.Now()
		}})
		c := n.client(nil)
		if _, err := c.Get(t.Context(), Request{URL: "http://a.test/"}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if idle := (<-closed).Sub(start); idle != 10*time.Second {
			t.Errorf("the connection stayed open for %v, want 10s", idle)
		}
	})
}

func TestClientSetKeepsTheTransport(t *testing.T) {
	c, err := NewClient(clientOptions())
	if err != nil {
		t.Fatal(err)
	}
	o := clientOptions()
	set := func(same bool) {
		t.Helper()
		old := c.now.Load().transport
		if err := c.Set(o); err != nil {
			t.Fatal(err)
		}
		if (c.now.Load().transport == old) != same {
			t.Errorf("transport kept: %v, want %v", !same, same)
		}
	}
	o.Timeout, o.MaxBody, o.Concurrency = time.Second, 1, 1
	set(true)
	o.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	set(false)
	set(true)
	o.Proxy, _ = url.Parse("http://gateway.test:3128")
	set(false)
	set(true)
}
