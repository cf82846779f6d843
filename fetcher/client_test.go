package fetcher

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// rawHost answers each request on a connection with the next of the texts and hands the request's bytes to got. After the last it closes.
func rawHost(got func(request string), answers ...string) func(net.Conn) {
	return func(conn net.Conn) {
		r := bufio.NewReader(conn)
		for _, answer := range answers {
			var request strings.Builder
			for {
				row, err := r.ReadString('\n')
				if err != nil {
					return
				}
				request.WriteString(row)
				if row == "\r\n" {
					break
				}
			}
			if got != nil {
				got(request.String())
			}
			if _, err := io.WriteString(conn, answer); err != nil {
				return
			}
		}
	}
}

func TestHostOf(t *testing.T) {
	for in, want := range map[string]string{
		"http://A.Test/x":           "a.test:80",
		"https://a.test":            "a.test:443",
		"https://a.test:8443/":      "a.test:8443",
		"http://u:p@a.test:80/":     "a.test:80",
		"https://a.test./":          "a.test:443",
		"http://[::1]/":             "[::1]:80",
		"http://[0:0:0:0:0:0:0:1]/": "[::1]:80",
		"http://①②⑦.⓪.⓪.①/":         "127.0.0.1:80",
		"https://Пример.test/":      "xn--e1afmkfd.test:443",
		"ftp://a.test/":             "",
		"http:///x":                 "",
		"http://a.test:0/":          "",
		"http://a.test:99999/":      "",
		"a.test/x":                  "",
		"":                          "",
		"javascript:alert(1)":       "",
		"http://a.test\\@b.test/":   "",
	} {
		if got := HostOf(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestClientOptionsReportAllProblems(t *testing.T) {
	_, err := NewClient(ClientOptions{UserAgent: "a\nb", PerHostDelay: -1, Proxy: &url.URL{Scheme: "ftp", Host: "p.test"}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"user agent", "concurrency", "delay", "timeout", "body limit", "bounds", "proxy"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not tell of the %s", err, want)
		}
	}
}

func TestClientRefusesBadAddresses(t *testing.T) {
	n := newMemoryNet(t, nil)
	c := n.client(nil)
	for _, raw := range []string{
		"", "a.test", "ftp://a.test/", "file:///etc/passwd", "http://", "http://a.test:port/", "http://a.test:70000/",
		"http://a.test/\r\nX: y", "http://reader:secret@a b.test/", "http://reader:secret@", "http://a.test/" + strings.Repeat("x", 9<<10),
	} {
		_, err := c.Get(t.Context(), Request{URL: raw})
		f := wantFailure(t, err, Hard, BadURL, false)
		if strings.Contains(f.Error(), "secret") || !f.Unsent {
			t.Errorf("%q: %v (unsent %v)", raw, f, f.Unsent)
		}
	}
	if n.dials != 0 {
		t.Errorf("%d connections were opened", n.dials)
	}
}

// What goes onto the wire, byte for byte, over a real connection.
func TestClientOnTheWire(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var requests []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		rawHost(func(r string) { requests = append(requests, r) },
			"HTTP/1.1 304 Not Modified\r\nETag: W/\"new\"\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nhi")(conn)
	}()
	o := clientOptions()
	o.PerHostDelay, o.AllowNetworks = 0, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	host := listener.Addr().String()
	sent := Validators{ETag: `W/"odd, \ "" etag'`, LastModified: "yesterday, about noon", URL: "http://" + host + "/feed?b=2&a=%7e&c=d%20e"}
	page, err := c.Get(t.Context(), Request{
		URL:        "http://reader:pa%20ss@" + host + "/feed?b=2&a=%7e&c=d e#part",
		Accept:     "application/atom+xml",
		Header:     http.Header{"x-Token": {"t1"}, "Accept-Encoding": {"br"}, "If-None-Match": {"made up"}, "Referer": {"http://x.test"}},
		Validators: sent,
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "http://" + host + "/feed?b=2&a=%7e&c=d%20e"; page.Status != 304 || page.Final != want || len(page.Body) != 0 {
		t.Errorf("got status %d, final %s, body %q; want 304, %s", page.Status, page.Final, page.Body, want)
	}
	if got, want := sent.After(page), (Validators{ETag: `W/"new"`, LastModified: sent.LastModified, URL: page.Final}); got != want {
		t.Errorf("validators after the 304: %+v, want %+v", got, want)
	}
	page, err = c.Get(t.Context(), Request{URL: "http://" + host + "/"})
	if err != nil {
		t.Fatal(err)
	}
	if string(page.Body) != "hi" || !page.Whole || page.Moved || page.Fetched.IsZero() {
		t.Errorf("got %+v", page)
	}
	if got := sent.After(page); got != (Validators{}) {
		t.Errorf("a 200 without validators leaves %+v", got)
	}
	listener.Close()
	<-done
	want := []string{
		"GET /feed?b=2&a=%7e&c=d%20e HTTP/1.1\r\n" +
			"Host: " + host + "\r\n" +
			"User-Agent: chapar/0.1 (+https://chapar.test)\r\n" +
			"Accept: application/atom+xml\r\n" +
			"Accept-Encoding: gzip\r\n" +
			"Authorization: Basic cmVhZGVyOnBhIHNz\r\n" +
			"If-Modified-Since: yesterday, about noon\r\n" +
			"If-None-Match: W/\"odd, \\ \"\" etag'\r\n" +
			"X-Token: t1\r\n\r\n",
		"GET / HTTP/1.1\r\n" +
			"Host: " + host + "\r\n" +
			"User-Agent: chapar/0.1 (+https://chapar.test)\r\n" +
			"Accept: " + acceptPages + "\r\n" +
			"Accept-Encoding: gzip\r\n\r\n",
	}
	for i := range want {
		if i >= len(requests) || requests[i] != want[i] {
			t.Fatalf("request %d: got %q, want %q", i, requests, want[i])
		}
	}
}

func TestClient304(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": reply(304, "")})
		c := n.client(nil)
		_, err := c.Get(t.Context(), Request{URL: "http://a.test/"})
		wantFailure(t, err, Soft, BadStatus, true)
		page, err := c.Get(t.Context(), Request{URL: "http://a.test/", Validators: Validators{ETag: `"1"`}})
		if err != nil || page.Status != 304 {
			t.Errorf("got status %d, error %v", page.Status, err)
		}
		_, err = c.Get(t.Context(), Request{URL: "http://a.test/", Validators: Validators{ETag: `"1"`, URL: "http://a.test/other"}})
		wantFailure(t, err, Soft, BadStatus, true)
	})
}

func TestClientStatuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var status int
			fmt.Sscanf(r.URL.Path, "/%d", &status)
			reply(status, "sorry", "Cache-Control", "max-age=60")(w, r)
		})})
		c := n.client(nil)
		for _, status := range []int{204, 206, 401, 404, 410, 429, 500, 503} {
			page, err := c.Get(t.Context(), Request{URL: fmt.Sprintf("http://a.test/%d", status)})
			want := statusFailure(status)
			f := wantFailure(t, err, want.Class, want.Outcome, true)
			if !f.NotBefore.IsZero() || f.Unsent {
				t.Errorf("status %d: %+v", status, f)
			}
			if page.Status != status || page.Header.Get("Cache-Control") == "" || page.Body != nil {
				t.Errorf("status %d: page %+v", status, page)
			}
		}
		if n.dials != 1 {
			t.Errorf("%d connections for 8 requests in a row, want 1", n.dials)
		}
	})
}

func TestClientRetryAfterHoldsForTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": byPath(map[string]http.HandlerFunc{
			"/429": reply(429, "", "Retry-After", "3600"),
			"/503": reply(503, "", "Retry-After", time.Now().Add(6*time.Hour).UTC().Format(http.TimeFormat)),
			"/500": reply(500, "", "Retry-After", "3600"),
			"/ok":  reply(200, "x"),
		})})
		c := n.client(nil)
		_, err := c.Get(t.Context(), Request{URL: "http://a.test/429"})
		f := wantFailure(t, err, Temporary, TooMany, true)
		if left := time.Until(f.NotBefore); left != time.Hour || f.Unsent {
			t.Errorf("not before %v from now, want 1h", left)
		}
		_, err = c.Get(t.Context(), Request{URL: "http://a.test/ok"})
		if f := wantFailure(t, err, Temporary, TooMany, true); !f.Unsent {
			t.Error("something was sent in the rest")
		}
		time.Sleep(time.Hour)
		_, err = c.Get(t.Context(), Request{URL: "http://a.test/503"})
		f = wantFailure(t, err, Temporary, ServerError, true)
		if left := time.Until(f.NotBefore); left != 5*time.Hour || !c.Paused("a.test:80").Equal(f.NotBefore) {
			t.Errorf("not before %v from now, want 5h; paused until %v", left, c.Paused("a.test:80"))
		}
		time.Sleep(5 * time.Hour)
		_, err = c.Get(t.Context(), Request{URL: "http://a.test/500"})
		wantFailure(t, err, Temporary, ServerError, true)
		if _, err := c.Get(t.Context(), Request{URL: "http://a.test/ok"}); err != nil {
			t.Error(err)
		}
		if got, want := n.paths(), "a.test:80/429 a.test:80/503 a.test:80/500 a.test:80/ok"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// A redirect with Retry-After is followed after the rest, without asking the first address again.
func TestClientRetryAfterOfRedirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": byPath(map[string]http.HandlerFunc{
			"/old": reply(302, "", "Retry-After", "60", "Location", "/new"),
			"/new": reply(200, "x"),
		})})
		c := n.client(nil)
		_, err := c.Get(t.Context(), Request{URL: "http://a.test/old"})
		f := wantFailure(t, err, Temporary, TooMany, true)
		if left := time.Until(f.NotBefore); left != time.Minute {
			t.Errorf("not before %v from now, want 1m", left)
		}
		time.Sleep(time.Minute)
		page, err := c.Get(t.Context(), Request{URL: "http://a.test/old"})
		if err != nil || page.Final != "http://a.test/new" {
			t.Errorf("got %q, error %v", page.Final, err)
		}
		if got, want := n.paths(), "a.test:80/old a.test:80/new"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestClientRedirects(t *testing.T) {
	hops := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var left, status int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d/%d", &status, &left); err != nil || left == 0 {
			reply(200, "end")(w, r)
			return
		}
		reply(status, "", "Location", fmt.Sprintf("../%d/%d", status, left-1))(w, r)
	})
	to := func(location string) http.HandlerFunc { return reply(302, "", "Location", location) }
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{
			"hops.test:80": hops,
			"a.test:443":   byPath(map[string]http.HandlerFunc{"/down": to("http://b.test/"), "/ok": reply(200, "end")}),
			"b.test:80": byPath(map[string]http.HandlerFunc{
				"/self": to("/self"), "/ping": to("/pong"), "/pong": to("/ping?"), "/pang": to("/ping"),
				"/none": reply(302, ""), "/list": reply(300, "choose"), "/empty": to(" "), "/305": reply(305, ""),
				"/file": to("file:///etc/passwd"), "/js": to("javascript:alert(1)"), "/port": to("http://b.test:99999/"),
				"/bad": to("http://%zz/"), "/long": to("/" + strings.Repeat("x", 9<<10)),
				"/up": to("https://reader:secret@a.test/ok#part"), "/gone": to("http://nowhere.test/"),
			}),
		})
		c := n.client(func(o *ClientOptions) { o.PerHostDelay = 0 })
		for _, status := range []int{301, 302, 303, 307, 308, 300} {
			page, err := c.Get(t.Context(), Request{URL: fmt.Sprintf("http://hops.test/%d/5", status)})
			if err != nil {
				t.Errorf("5 redirects with %d: %v", status, err)
				continue
			}
			if want := fmt.Sprintf("http://hops.test/%d/0", status); page.Final != want || page.Moved != (status == 301 || status == 308) {
				t.Errorf("%d: final %s, moved %v", status, page.Final, page.Moved)
			}
		}
		before := len(n.seen())
		_, err := c.Get(t.Context(), Request{URL: "http://hops.test/302/6"})
		wantFailure(t, err, Soft, Redirect, true)
		if sent := len(n.seen()) - before; sent != 6 {
			t.Errorf("6 redirects: %d requests were sent, want 6", sent)
		}
		for path, requests := range map[string]int{
			"/self": 1, "/ping": 3, "/pang": 4, "/none": 1, "/list": 1, "/empty": 1, "/305": 1, "/file": 1, "/js": 1, "/port": 1, "/bad": 1, "/long": 1,
		} {
			before := len(n.seen())
			_, err := c.Get(t.Context(), Request{URL: "http://b.test" + path})
			wantFailure(t, err, Soft, Redirect, true)
			if sent := len(n.seen()) - before; sent != requests {
				t.Errorf("%s: %d requests were sent, want %d", path, sent, requests)
			}
		}
		_, err = c.Get(t.Context(), Request{URL: "https://a.test/down"})
		wantFailure(t, err, Soft, Redirect, true)
		_, err = c.Get(t.Context(), Request{URL: "http://b.test/gone"})
		wantFailure(t, err, Temporary, DNS, true) // the host that redirected was reached
		page, err := c.Get(t.Context(), Request{URL: "http://b.test/up"})
		if err != nil || page.Final != "https://a.test/ok" {
			t.Errorf("http to https: final %q, error %v", page.Final, err)
		}
		for _, v := range n.seen() {
			if v.host == "a.test:443" && v.path == "/ok" && v.header["Authorization"] != nil {
				t.Error("credentials of a Location were sent")
			}
		}
	})
}

func TestClientHTTPSToHTTPWithinAllowedNetworks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{
			"a.test:443":   reply(302, "", "Location", "http://10.1.2.3/"),
			"10.1.2.3:80":  reply(200, "x"),
			"b.test:443":   reply(302, "", "Location", "http://192.0.2.1/"),
			"192.0.2.1:80": reply(200, "x"),
		})
		c := n.client(func(o *ClientOptions) { o.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("10.9.9.9/8")} })
		if _, err := c.Get(t.Context(), Request{URL: "https://a.test/"}); err != nil {
			t.Error(err)
		}
		_, err := c.Get(t.Context(), Request{URL: "https://b.test/"})
		wantFailure(t, err, Soft, Redirect, true)
	})
}

// Headers, credentials and validators stay with whom they belong to.
func TestClientSecretsStayAtHome(t *testing.T) {
	to := func(location string) http.HandlerFunc { return reply(302, "", "Location", location) }
	synctest.Test(t, func(t *testing.T) {
		end := reply(200, "end")
		n := newMemoryNet(t, map[string]any{
			"a.test:80": byPath(map[string]http.HandlerFunc{
				"/here": to("/end"), "/end": end, "/port": to("http://a.test:8080/end"), "/scheme": to("https://a.test/end"),
				"/host": to("http://b.test/end"), "/sub": to("http://w.a.test/end"), "/back": to("http://b.test/back"), "/robots.txt": end,
			}),
			"a.test:8080": end, "a.test:443": end, "w.a.test:80": end,
			"b.test:80": byPath(map[string]http.HandlerFunc{"/end": end, "/back": to("http://a.test/end")}),
		})
		c := n.client(func(o *ClientOptions) { o.PerHostDelay, o.Robots = 0, true })
		for _, path := range []string{"/here", "/port", "/scheme", "/host", "/sub", "/back"} {
			page, err := c.Get(t.Context(), Request{
				URL:        "http://reader:secret@a.test" + path + "?token=secret",
				Header:     http.Header{"X-Token": {"secret"}, "Cookie": {"secret=1"}},
				Validators: Validators{ETag: `"secret"`, LastModified: "secret"},
			})
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if strings.Contains(page.Final, "secret") {
				t.Errorf("%s: final address %s", path, page.Final)
			}
		}
		ours := 0
		for _, v := range n.seen() {
			text := fmt.Sprint(v.path, v.header)
			if v.host == "a.test:80" && v.path != "/robots.txt" {
				ours++
				for _, name := range []string{"Authorization", "X-Token", "Cookie", "If-None-Match", "If-Modified-Since"} {
					if v.header[name] == nil {
						t.Errorf("%s lacks %s", v.path, name)
					}
				}
			} else if strings.Contains(text, "secret") || v.header["Authorization"] != nil {
				t.Errorf("%s got %s", v.host, text)
			}
			if v.header["Referer"] != nil || v.header["Cookie"] != nil && v.header.Get("Cookie") != "secret=1" {
				t.Errorf("%s got %s", v.host, text)
			}
		}
		if ours != 8 {
			t.Errorf("%d requests to the origin, want 8", ours)
		}
	})
}

// Validators with an address go to it and nowhere else, wherever it is in the chain.
func TestClientValidatorsFollowTheirAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		place := "http://b.test/feed"
		conditional := func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") == `"1"` {
				w.WriteHeader(304)
				return
			}
			w.Header().Set("ETag", `"1"`)
			io.WriteString(w, "feed")
		}
		n := newMemoryNet(t, map[string]any{
			"a.test:80": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, place, http.StatusFound) }),
			"b.test:80": http.HandlerFunc(conditional), "c.test:80": http.HandlerFunc(conditional),
		})
		c := n.client(nil)
		var v Validators
		get := func(status int) {
			t.Helper()
			page, err := c.Get(t.Context(), Request{URL: "http://a.test/", Validators: v})
			if err != nil || page.Status != status {
				t.Fatalf("got status %d, error %v; want %d", page.Status, err, status)
			}
			v = v.After(page)
		}
		get(200)
		get(304)
		get(304)
		place = "http://c.test/feed"
		get(200)
		get(304)
		for _, seen := range n.seen() {
			if seen.host == "a.test:80" && seen.header["If-None-Match"] != nil {
				t.Error("the redirecting address got the validators of another")
			}
		}
	})
}

func TestClientSetKeepsWhatItKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": reply(200, ""), "b.test:80": reply(200, "")})
		c := n.client(func(o *ClientOptions) { o.Robots = true })
		get := func(url string) error {
			_, err := c.Get(t.Context(), Request{URL: url})
			return err
		}
		if err := get("http://a.test/"); err != nil {
			t.Fatal(err)
		}
		c.Pause("b.test:80", time.Now().Add(time.Hour))
		o := clientOptions()
		o.Dial, o.Robots, o.UserAgent, o.PerHostDelay = n.dial, true, "chapar/0.2", 5*time.Second
		if err := c.Set(o); err != nil {
			t.Fatal(err)
		}
		if err := get("http://a.test/"); err != nil {
			t.Fatal(err)
		}
		wantFailure(t, get("http://b.test/"), Temporary, TooMany, true)
		visits := n.seen()
		if got, want := n.paths(), "a.test:80/robots.txt a.test:80/ a.test:80/"; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		if gap := visits[2].at.Sub(visits[1].done); gap != 5*time.Second || visits[2].header.Get("User-Agent") != "chapar/0.2" {
			t.Errorf("after Set: gap %v, user agent %s", gap, visits[2].header.Get("User-Agent"))
		}
		o.UserAgent = "courier/1" // another name may have other rules
		if err := c.Set(o); err != nil {
			t.Fatal(err)
		}
		if err := get("http://a.test/"); err != nil {
			t.Fatal(err)
		}
		if got := len(n.seen()); got != 5 {
			t.Errorf("robots.txt was not read for the new name")
		}
		o.Timeout = 0
		if err := c.Set(o); err == nil {
			t.Error("bad options were taken")
		}
		if err := get("http://a.test/"); err != nil {
			t.Errorf("after bad options: %v", err)
		}
	})
}

func TestClientStopsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": func(conn net.Conn) { io.Copy(io.Discard, conn) }})
		c := n.client(func(o *ClientOptions) { o.Robots = true })
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := c.Get(ctx, Request{URL: "http://reader:secret@a.test/x?token=secret"})
		if _, ok := errors.AsType[*Failure](err); ok || !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}
