package fetcher

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Hosts that do all wrong that a host can do leave nothing behind: when they were asked, each slot is free again, and
// goroutines, descriptors and memory are what they were before.
func TestLevels(t *testing.T) {
	rounds := 6
	if os.Getenv("CHAPAR_LONG") == "1" {
		rounds = 100 // of a dozen hosts each; the host that resets gets as far as each of the first two thousand bytes
	}
	const patience = 60 * time.Millisecond // of the client; the hosts have more
	drip := func(c net.Conn, row string) {
		for {
			if _, err := io.WriteString(c, row); err != nil {
				return
			}
			time.Sleep(patience / 10)
		}
	}
	pour := func(c net.Conn, row string) {
		row = strings.Repeat(row, 1000)
		for {
			if _, err := io.WriteString(c, row); err != nil {
				return
			}
		}
	}
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
	whole := ok + "Connection: close\r\n\r\n<rss version=\"2.0\"><channel><title>" + strings.Repeat("A word. ", 250) + "</title></channel></rss>"
	log.SetOutput(io.Discard) // net/http repeats there what comes unasked
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	n := &memoryNet{t: t, roots: x509.NewCertPool()}
	n.certify("127.0.0.1") // which nobody vouches for
	self := &tls.Config{Certificates: []tls.Certificate{n.cert}}
	var cut atomic.Int64
	hosts := map[string]func(c net.Conn){
		"slow header":      func(c net.Conn) { io.WriteString(c, ok); drip(c, "X-More: 1\r\n") },
		"slow body":        func(c net.Conn) { io.WriteString(c, ok+"\r\n"); drip(c, "x") },
		"endless body":     func(c net.Conn) { io.WriteString(c, ok+"\r\n"); pour(c, "<item/>") },
		"endless header":   func(c net.Conn) { io.WriteString(c, ok); pour(c, "X-More: 1\r\n") },
		"endless hints":    func(c net.Conn) { pour(c, "HTTP/1.1 103 Early Hints\r\n\r\n") },
		"silence":          func(c net.Conn) { io.Copy(io.Discard, c) },
		"silent body":      func(c net.Conn) { io.WriteString(c, ok+"Content-Length: 100\r\n\r\n"); io.Copy(io.Discard, c) },
		"no header":        func(c net.Conn) { io.WriteString(c, "<html>of the year 1991</html>") },
		"zeros":            func(c net.Conn) { pour(c, "\x00") },
		"lies of length":   func(c net.Conn) { io.WriteString(c, ok+"Content-Length: 100\r\n\r\nshort") },
		"endless chunk":    func(c net.Conn) { io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\n"); pour(c, "FFFFFFFF\r\nx") },
		"own certificate":  func(c net.Conn) { _ = tls.Server(c, self).Handshake() },
		"half a handshake": func(c net.Conn) { io.CopyN(io.Discard, c, 20); io.WriteString(c, "\x16\x03\x03\x00\x7a\x02") },
		"reset": func(c net.Conn) {
			io.WriteString(c, whole[:min(int(cut.Add(19)), len(whole))]) // two thousand bytes in a hundred rounds
			_ = c.(*net.TCPConn).SetLinger(0)
		},
	}
	var all sync.WaitGroup
	defer all.Wait()
	urls := map[string]string{}
	for name, serve := range hosts {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		scheme := "http"
		if strings.Contains(name, "certificate") || strings.Contains(name, "handshake") {
			scheme = "https"
		}
		urls[name] = fmt.Sprintf("%s://%s/", scheme, l.Addr())
		all.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_ = c.SetDeadline(time.Now().Add(20 * patience))
				all.Go(func() {
					defer c.Close()
					serve(c)
				})
			}
		})
	}
	o := clientOptions()
	o.PerHostDelay, o.Timeout, o.Concurrency = 0, patience, len(hosts)
	o.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	client, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	round := func() (slowest time.Duration) {
		var mu sync.Mutex
		var asked sync.WaitGroup
		for name, url := range urls {
			asked.Go(func() {
				began := time.Now()
				page, err := client.Get(t.Context(), Request{URL: url})
				if err == nil && page.Whole && !strings.Contains(string(page.Body), "</rss>") {
					t.Errorf("%s: %d bytes are taken for whole", name, len(page.Body))
				}
				mu.Lock()
				defer mu.Unlock()
				slowest = max(slowest, time.Since(began))
			})
		}
		asked.Wait()
		return slowest
	}
	round() // what is made once is made
	before := level(nil)
	slowest := time.Duration(0)
	for range rounds {
		slowest = max(slowest, round())
	}
	after := level(&before)
	t.Logf("%d requests, the slowest of %v; before %+v, after %+v", rounds*len(hosts), slowest, before, after)
	if after.goroutines > before.goroutines+2 || after.descriptors > before.descriptors+1 || after.memory > before.memory+8<<20 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// levels are what a process holds.
type levels struct {
	goroutines, descriptors int
	memory                  uint64 // bytes in use
}

// level takes the levels when they have come to rest: when they no longer fall, or are no higher than before.
func level(before *levels) (l levels) {
	for try := 0; ; try++ {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		open, _ := os.ReadDir("/proc/self/fd")
		now := levels{runtime.NumGoroutine(), len(open), m.HeapAlloc}
		rest := try > 5 && now.goroutines >= l.goroutines && now.descriptors >= l.descriptors
		if before != nil {
			rest = now.goroutines <= before.goroutines && now.descriptors <= before.descriptors || try > 100
		}
		if l = now; rest {
			return l
		}
		time.Sleep(50 * time.Millisecond)
	}
}
