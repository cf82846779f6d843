package fetcher

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func zip(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestBodies(t *testing.T) {
	text := strings.Repeat("chapar carries the news. ", 100)
	packed := zip(t, text)
	cut := packed[:len(packed)/2]
	wrong := packed[:len(packed)-6] + "\x00\x00" + packed[len(packed)-4:]
	bomb := zip(t, strings.Repeat("\x00", 1<<20+1<<19))
	length := func(body string, more ...string) string {
		return "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n" + strings.Join(more, "") + "\r\n" + body
	}
	const zipped = "Content-Encoding: gzip\r\n"
	chunk := func(body string) string { return strconv.FormatInt(int64(len(body)), 16) + "\r\n" + body + "\r\n" }
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"

	synctest.Test(t, func(t *testing.T) {
		get := func(answer string) (Page, error) {
			n := newMemoryNet(t, map[string]any{"a.test:80": rawHost(nil, answer)})
			return n.client(func(o *ClientOptions) { o.MaxBody = 2 << 20 }).Get(t.Context(), Request{URL: "http://a.test/"})
		}
		good := func(name, answer, want string, whole bool) {
			t.Helper()
			page, err := get(answer)
			if err != nil || string(page.Body) != want || page.Whole != whole {
				t.Errorf("%s: %d bytes, whole %v, error %v; want %d, %v", name, len(page.Body), page.Whole, err, len(want), whole)
			}
		}
		bad := func(name, answer string, c Class, o Outcome) {
			t.Helper()
			page, err := get(answer)
			if f, ok := errors.AsType[*Failure](err); !ok || f.Class != c || f.Outcome != o || !f.Reached || page.Body != nil {
				t.Errorf("%s: got %v with %d bytes, want %v %q", name, err, len(page.Body), c, o)
			}
		}
		good("length", length(text), text, true)
		good("chunks", chunked+"\r\n"+chunk(text[:9])+chunk(text[9:])+"0\r\n\r\n", text, true)
		good("no length", "HTTP/1.1 200 OK\r\n\r\n"+text, text, false)
		good("old http", "HTTP/1.0 200 OK\r\n\r\n"+text, text, false)
		good("empty", length(""), "", true)
		good("gzip", length(packed, zipped), text, true)
		good("gzip in chunks", chunked+zipped+"\r\n"+chunk(packed)+"0\r\n\r\n", text, true)
		good("gzip without length", "HTTP/1.1 200 OK\r\n"+zipped+"\r\n"+packed, text, true)
		good("x-gzip", length(packed, "Content-Encoding: X-GZIP\r\n"), text, true)
		good("identity", length(text, "Content-Encoding: identity\r\n"), text, true)
		good("empty gzip", length("", zipped), "", true)
		good("two gzip members", length(packed+packed, zipped), text+text, true)
		good("exactly the limit", length(strings.Repeat("x", 2<<20)), strings.Repeat("x", 2<<20), true)

		bad("length too long", "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"+text, Temporary, Incomplete)
		bad("chunks without end", chunked+"\r\n"+chunk(text), Temporary, Incomplete)
		bad("bad chunk size", chunked+"\r\nzz\r\n"+text, Temporary, Incomplete)
		bad("negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"+text, Temporary, Incomplete)
		bad("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"+text, Temporary, Incomplete)
		bad("no http", "hello\r\n\r\n", Temporary, Incomplete)
		bad("cut in the header", "HTTP/1.1 200 OK\r\nContent-Le", Temporary, Incomplete)
		bad("gzip cut by the connection", "HTTP/1.1 200 OK\r\n"+zipped+"\r\n"+cut, Temporary, Incomplete)
		bad("gzip cut with wrong length", "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n"+zipped+"\r\n"+cut, Temporary, Incomplete)
		bad("gzip cut by the server", length(cut, zipped), Soft, BadEncoding)
		bad("gzip label on text", length(text, zipped), Soft, BadEncoding)
		bad("gzip with wrong checksum", length(wrong, zipped), Soft, BadEncoding)
		bad("gzip with junk behind", length(packed+"junk junk junk", zipped), Soft, BadEncoding)
		bad("gzip twice", length(zip(t, packed), "Content-Encoding: gzip, gzip\r\n"), Soft, BadEncoding)
		bad("brotli", length("...", "Content-Encoding: br\r\n"), Soft, BadEncoding)
		bad("over the limit", length(strings.Repeat("x", 2<<20+1)), Hard, TooLarge)
		bad("over the limit, no length", "HTTP/1.1 200 OK\r\n\r\n"+strings.Repeat("x", 2<<20+1), Hard, TooLarge)
		bad("gzip bomb by ratio", length(bomb, zipped), Hard, TooLarge)
		bad("empty gzip members", length(strings.Repeat(zip(t, ""), 150_000), zipped), Hard, TooLarge)
	})
}

// However large a body claims to become, no more than the limit is decoded.
func TestGzipBombStopsAtTheLimit(t *testing.T) {
	packed := zip(t, strings.Repeat(strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyz", 8)+"\n", 200_000))
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": reply(200, packed, "Content-Encoding", "gzip")})
		c := n.client(func(o *ClientOptions) { o.MaxBody = 1 << 20 })
		_, err := c.Get(t.Context(), Request{URL: "http://a.test/"})
		wantFailure(t, err, Hard, TooLarge, true)
	})
}

// Each phase of a request has a limit of its own, and what is refused names it and the key that raises it.
func TestTimeouts(t *testing.T) {
	drip := func(conn net.Conn, row string, wait time.Duration) {
		for {
			if _, err := io.WriteString(conn, row); err != nil {
				return
			}
			time.Sleep(wait)
		}
	}
	const large = "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"
	for name, c := range map[string]struct {
		host    any
		url     string
		reached bool
		outcome Outcome
		after   time.Duration
		key     string
	}{
		"no connection":                  {url: "http://hung.test/", outcome: Timeout, after: 10 * time.Second, key: KeyConnect},
		"nothing comes":                  {url: "http://a.test/", outcome: Timeout, after: 20 * time.Second, key: KeyFirstByte, host: func(conn net.Conn) { io.Copy(io.Discard, conn) }},
		"nothing comes to the handshake": {url: "https://a.test/", outcome: Timeout, after: 10 * time.Second, key: KeyHandshake, host: func(conn net.Conn) { io.Copy(io.Discard, conn) }},
		"endless header": {url: "http://a.test/", reached: true, outcome: Timeout, after: 30 * time.Second, key: KeyTimeout, host: func(conn net.Conn) {
			rawHost(nil, "HTTP/1.1 200 OK\r\n")(conn)
			drip(conn, "X-More: more\r\n", time.Second)
		}},
		"dripping body": {url: "http://a.test/", reached: true, outcome: TooSlow, after: 20 * time.Second, key: KeySpeed, host: func(conn net.Conn) {
			rawHost(nil, large)(conn)
			drip(conn, "x", time.Second)
		}},
		"body that stops": {url: "http://a.test/", reached: true, outcome: TooSlow, after: 25 * time.Second, key: KeySpeed, host: func(conn net.Conn) {
			time.Sleep(5 * time.Second)
			rawHost(nil, large+strings.Repeat("x", 10<<10))(conn)
			io.Copy(io.Discard, conn)
		}},
		"long body": {url: "http://a.test/", reached: true, outcome: Timeout, after: 30 * time.Second, key: KeyTimeout, host: func(conn net.Conn) {
			rawHost(nil, large)(conn)
			drip(conn, strings.Repeat("x", 2<<10), time.Second)
		}},
		"endless early hints": {url: "http://a.test/", reached: true, outcome: Timeout, after: 30 * time.Second, key: KeyTimeout, host: func(conn net.Conn) {
			rawHost(nil, "HTTP/1.1 103 Early Hints\r\n")(conn)
			drip(conn, "X-More: more\r\n", time.Second)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newMemoryNet(t, map[string]any{HostOf(c.url): c.host})
				client := n.client(func(o *ClientOptions) {
					o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
						if addr == "hung.test:80" {
							<-ctx.Done()
							return nil, ctx.Err()
						}
						return n.dial(ctx, network, addr)
					}
				})
				start := time.Now()
				_, err := client.Get(t.Context(), Request{URL: c.url})
				f := wantFailure(t, err, Temporary, c.outcome, c.reached)
				if took := time.Since(start); took != c.after {
					t.Errorf("took %v, want %v", took, c.after)
				}
				if limitOf(f) != c.key || !strings.Contains(f.Error(), c.key+" raises that") {
					t.Errorf("%v, want the limit %s", f, c.key)
				}
			})
		})
	}
}

// The timeout is that of each request: waiting for a turn is none of it, and each redirect has its own.
func TestTimeoutIsOfOneRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": byPath(map[string]http.HandlerFunc{
			"/1": func(w http.ResponseWriter, r *http.Request) {
				slow(16*time.Second)(w, r)
				http.Redirect(w, r, "/2", http.StatusFound)
			},
			"/2": slow(16 * time.Second),
		})})
		c := n.client(func(o *ClientOptions) { o.PerHostDelay = time.Minute })
		if _, err := c.Get(t.Context(), Request{URL: "http://a.test/1"}); err != nil {
			t.Error(err)
		}
	})
}

func TestHeaderLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := func(header int) string {
			return "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n" + strings.Repeat("X-More: "+strings.Repeat("x", 990)+"\r\n", header/1000) + "\r\nx"
		}
		n := newMemoryNet(t, map[string]any{
			"good.test:80": rawHost(nil, answer(200<<10)),
			"bad.test:80":  rawHost(nil, answer(300<<10)),
		})
		c := n.client(nil)
		if _, err := c.Get(t.Context(), Request{URL: "http://good.test/"}); err != nil {
			t.Error(err)
		}
		_, err := c.Get(t.Context(), Request{URL: "http://bad.test/"})
		if f := wantFailure(t, err, Soft, TooLarge, true); limitOf(f) != KeyHeader {
			t.Errorf("%v, want the limit %s", f, KeyHeader)
		}
		wide := n.client(func(o *ClientOptions) { o.Limits.Header = 1 << 20 })
		if _, err := wide.Get(t.Context(), Request{URL: "http://bad.test/"}); err != nil {
			t.Errorf("with a higher limit: %v", err)
		}
	})
}
