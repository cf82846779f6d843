package fetcher

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// memoryNet is an internet in memory: hosts by "host:port", each an http.Handler or a func(net.Conn). Port 443 speaks TLS.
type memoryNet struct {
	t     *testing.T
	hosts map[string]any
	conns chan net.Conn
	roots *x509.CertPool
	cert  tls.Certificate

	raw    sync.WaitGroup // the func(net.Conn) that run
	mu     sync.Mutex
	visits []visit
	dials  int
}

// visit is one request that a host got.
type visit struct {
	host, path string
	header     http.Header
	at, done   time.Time
}

func newMemoryNet(t *testing.T, hosts map[string]any) *memoryNet {
	t.Helper()
	n := &memoryNet{t: t, hosts: hosts, conns: make(chan net.Conn, 64), roots: x509.NewCertPool()}
	for host := range hosts {
		if strings.HasSuffix(host, ":443") {
			n.certify("*.test")
			break
		}
	}
	server := &http.Server{Handler: n, ErrorLog: log.New(io.Discard, "", 0)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(n); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("server ended with %v", err)
		}
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
		n.raw.Wait()
	})
	return n
}

func (n *memoryNet) certify(name string) {
	n.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		n.t.Fatal(err)
	}
	from := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, from, from, &key.PublicKey, key)
	if err != nil {
		n.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		n.t.Fatal(err)
	}
	n.roots.AddCert(leaf)
	n.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (n *memoryNet) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	n.dials++
	n.mu.Unlock()
	host, ok := n.hosts[addr]
	if !ok {
		name, _, _ := net.SplitHostPort(addr)
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	here, there := net.Pipe()
	if raw, ok := host.(func(net.Conn)); ok {
		n.raw.Go(func() {
			defer there.Close()
			raw(there)
		})
		return here, nil
	}
	if strings.HasSuffix(addr, ":443") {
		there = tls.Server(there, &tls.Config{Certificates: []tls.Certificate{n.cert}, NextProtos: []string{"h2", "http/1.1"}})
	}
	n.conns <- there
	return here, nil
}

func (n *memoryNet) Accept() (net.Conn, error) {
	c, ok := <-n.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (n *memoryNet) Close() error {
	close(n.conns)
	return nil
}

func (n *memoryNet) Addr() net.Addr { return &net.TCPAddr{} }

func (n *memoryNet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if !strings.Contains(host, ":") {
		host += map[bool]string{true: ":443", false: ":80"}[r.TLS != nil]
	}
	v := visit{host: host, path: r.RequestURI, header: r.Header.Clone(), at: time.Now()}
	defer func() {
		v.done = time.Now()
		n.mu.Lock()
		n.visits = append(n.visits, v)
		n.mu.Unlock()
	}()
	n.hosts[host].(http.Handler).ServeHTTP(w, r)
}

// seen gives the requests so far, in order of their end.
func (n *memoryNet) seen() []visit {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]visit(nil), n.visits...)
}

// paths gives host and path of the requests so far.
func (n *memoryNet) paths() string {
	var all []string
	for _, v := range n.seen() {
		all = append(all, v.host+v.path)
	}
	return strings.Join(all, " ")
}

// client gives a client on the net. Options that change leaves alone fit tests without robots.txt.
func (n *memoryNet) client(change func(*ClientOptions)) *Client {
	n.t.Helper()
	o := clientOptions()
	o.Dial = n.dial
	if change != nil {
		change(&o)
	}
	c, err := NewClient(o)
	if err != nil {
		n.t.Fatal(err)
	}
	c.now.Load().transport.TLSClientConfig.RootCAs = n.roots
	n.t.Cleanup(c.Close)
	return c
}

func clientOptions() ClientOptions {
	return ClientOptions{
		UserAgent: "chapar/0.1 (+https://chapar.test)", Concurrency: 8, PerHostDelay: 2 * time.Second, Timeout: 30 * time.Second,
		MaxBody: 1 << 20, Bounds: Bounds{Min: 5 * time.Minute, Max: 24 * time.Hour},
	}
}

// reply is a handler that answers with a status, headers as name and value in turn, and a body.
func reply(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		if status != http.StatusNotModified && status != http.StatusNoContent {
			io.WriteString(w, body)
		}
	}
}

// byPath answers each path with its handler, others with 404.
func byPath(m map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h, ok := m[r.URL.Path]; ok {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	}
}

// wantFailure checks class, outcome and reach of an error and hands the failure back.
func wantFailure(t *testing.T, err error, c Class, o Outcome, reached bool) *Failure {
	t.Helper()
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		t.Fatalf("got error %v, want a failure: %v %q", err, c, o)
	}
	if f.Class != c || f.Outcome != o || f.Reached != reached {
		t.Fatalf("got %v %q (reached %v): %v; want %v %q (reached %v)", f.Class, f.Outcome, f.Reached, f, c, o, reached)
	}
	return f
}
