package fetcher

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestGuard(t *testing.T) {
	g := newGuard([]netip.Prefix{netip.MustParsePrefix("10.7.0.0/16"), netip.MustParsePrefix("fd00:7::/32")})
	for _, addr := range []string{
		"8.8.8.8:80", "8.8.8.8:443", "[2001:4860:4860::8888]:443", "10.7.1.2:6379", "[fd00:7::1]:22", "[::ffff:10.7.1.2]:80", "[::ffff:8.8.8.8]:80",
	} {
		if err := g.control("tcp4", addr, nil); err != nil {
			t.Errorf("%s is refused: %v", addr, err)
		}
	}
	for _, addr := range []string{
		"0.0.0.0:80", "10.8.0.1:80", "100.64.0.1:80", "127.0.0.1:80", "127.9.9.9:443", "169.254.169.254:80", "172.16.0.1:80", "192.0.0.1:80",
		"192.0.2.1:80", "192.168.1.1:80", "198.18.0.1:80", "198.51.100.1:80", "203.0.113.1:80", "224.0.0.1:80", "240.0.0.1:80",
		"255.255.255.255:80", "168.63.129.16:80", "[::]:80", "[::1]:80", "[::ffff:127.0.0.1]:80", "[::ffff:10.0.0.1]:80", "[::127.0.0.1]:80",
		"[64:ff9b::7f00:1]:80", "[100::1]:80", "[2001:db8::1]:80", "[2002:7f00:1::]:80", "[2001::1]:80", "[fc00::1]:80", "[fd00:ec2::254]:80",
		"[fe80::1]:80", "[fe80::1%eth0]:80", "[ff02::1]:80", "[fec0::1]:80",
	} {
		err := g.control("tcp6", addr, nil)
		if no, ok := errors.AsType[*refused](err); !ok || no.port || !strings.Contains(err.Error(), "fetch.allow_networks") {
			t.Errorf("%s: got %v", addr, err)
		}
	}
	for _, addr := range []string{"8.8.8.8:22", "8.8.8.8:25", "8.8.8.8:8080", "[2001:4860:4860::8888]:6379"} {
		err := g.control("tcp4", addr, nil)
		if no, ok := errors.AsType[*refused](err); !ok || !no.port || !strings.Contains(err.Error(), "fetch.allow_networks") {
			t.Errorf("%s: got %v", addr, err)
		}
	}
	for _, call := range [][2]string{{"udp4", "8.8.8.8:80"}, {"unix", "/run/x.sock"}, {"tcp4", "a.test:80"}} {
		if err := g.control(call[0], call[1], nil); err == nil {
			t.Errorf("%v is let through", call)
		}
	}
}

func TestClientGuardsConnections(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		io.WriteString(w, "here")
	}))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	o := clientOptions()
	o.PerHostDelay = 0
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	hosts := []string{"127.0.0.1", "localhost", "①②⑦.⓪.⓪.①", "127。0。0。1", "[::ffff:127.0.0.1]"}
	for _, robots := range []bool{false, true} {
		o.Robots = robots
		if err := c.Set(o); err != nil {
			t.Fatal(err)
		}
		for _, host := range hosts {
			_, err := c.Get(t.Context(), Request{URL: "http://" + host + port})
			f := wantFailure(t, err, Hard, Private, false)
			if !strings.Contains(f.Error(), "fetch.allow_networks") || !f.Unsent {
				t.Errorf("%s: %v (unsent %v)", host, f, f.Unsent)
			}
		}
	}
	if asked != 0 {
		t.Fatalf("%d requests came through", asked)
	}
	o.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("::ffff:127.1.2.3/104")} // 127.0.0.0/8 in other words
	o.Robots = false
	if err := c.Set(o); err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		if page, err := c.Get(t.Context(), Request{URL: "http://" + host + port}); err != nil || string(page.Body) != "here" {
			t.Errorf("%s: got %q, error %v", host, page.Body, err)
		}
	}
}

// names serves DNS on loopback: each question about an address is answered by what answer gives. Until the test ends all
// names of the process are looked up there.
func names(t *testing.T, answer func() []netip.Addr) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 1<<10)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			var p dnsmessage.Parser
			head, err := p.Start(b[:n])
			if err != nil {
				continue
			}
			q, err := p.Question()
			if err != nil {
				continue
			}
			m := dnsmessage.Message{Header: dnsmessage.Header{ID: head.ID, Response: true, Authoritative: true, RecursionAvailable: true}, Questions: []dnsmessage.Question{q}}
			if q.Type == dnsmessage.TypeA {
				for _, a := range answer() {
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: a.As4()}})
				}
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from) // who does not get it asks again
			}
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		conn.Close()
		<-done
	})
}

// A name that leads to an address that may be contacted at one time, to one that must not be at another, and to both at a
// third: what is connected counts. 127.0.0.1 stands for the first, 127.0.0.2 for the second.
func TestRebinding(t *testing.T) {
	open, shut := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // each request looks the name up anew
		io.WriteString(w, "here")
	}))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	inner, err := net.Listen("tcp", shut.String()+port)
	if err != nil {
		t.Skipf("127.0.0.2 cannot be listened at: %v", err)
	}
	connections := make(chan int)
	go func() {
		n := 0
		for {
			c, err := inner.Accept()
			if err != nil {
				connections <- n
				return
			}
			n++
			c.Close()
		}
	}()
	var turn atomic.Int64
	names(t, func() []netip.Addr { return [][]netip.Addr{{open}, {shut}, {shut, open}, {open, shut}}[turn.Add(1)%4] })
	for _, robots := range []bool{false, true} {
		o := clientOptions()
		o.AllowNetworks, o.PerHostDelay, o.Robots = []netip.Prefix{netip.PrefixFrom(open, 32)}, 0, robots
		c, err := NewClient(o)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		const lookups = 500
		came, stayed := 0, 0
		for range lookups {
			switch page, err := c.Get(t.Context(), Request{URL: "http://rebound.test" + port}); {
			case err == nil && string(page.Body) == "here":
				came++
			case err != nil:
				wantFailure(t, err, Hard, Private, false)
				stayed++
			}
		}
		if came < lookups/10 || stayed < lookups/10 {
			t.Errorf("robots %v: %d of %d requests came through, %d did not", robots, came, lookups, stayed)
		}
	}
	if n := turn.Load(); n < 1000 {
		t.Errorf("the name was looked up only %d times", n)
	}
	inner.Close()
	if n := <-connections; n != 0 {
		t.Errorf("%d connections were opened to an address that must not be contacted", n)
	}
}

// An address that may be contacted does not lead to others.
func TestClientGuardsRedirects(t *testing.T) {
	for _, location := range []string{
		"http://127.0.0.2/", "http://10.0.0.1/", "http://[::1]/", "http://0.0.0.0/", "http://169.254.169.254/latest/", "http://[::ffff:10.0.0.1]/",
		"http://168.63.129.16/", "http://①⓪.⓪.⓪.①/",
	} {
		server := httptest.NewServer(http.RedirectHandler(location, http.StatusFound))
		o := clientOptions()
		o.AllowNetworks, o.PerHostDelay = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, 0
		c, err := NewClient(o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Get(t.Context(), Request{URL: server.URL})
		wantFailure(t, err, Hard, Private, false)
		c.Close()
		server.Close()
	}
}

// A robots.txt that leads to where we must not go is as good as none.
func TestClientGuardsRobots(t *testing.T) {
	server := httptest.NewServer(byPath(map[string]http.HandlerFunc{
		"/robots.txt": reply(302, "", "Location", "http://10.0.0.1/robots.txt"), "/page": reply(200, "x"),
	}))
	defer server.Close()
	o := clientOptions()
	o.AllowNetworks, o.PerHostDelay, o.Robots = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, 0, true
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Get(t.Context(), Request{URL: server.URL + "/page"}); err != nil {
		t.Error(err)
	}
}
