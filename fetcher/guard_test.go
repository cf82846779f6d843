package fetcher

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
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
