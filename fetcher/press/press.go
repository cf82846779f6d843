// Package press is a small newspaper stand for demonstrations and tests, with faults on request.
//
// It serves sample publications, each at a host of its own, over loopback or in memory; it publishes articles, copies
// and edits them, breaks in named ways, remembers every request and keeps score of the manners and of the harvest of
// the reader. All outlets, bylines and happenings are invented: the articles are samples made from phrase banks by
// chance, and say nothing about the world.
//
// The words are those of package fetcher. A fault is a named way of failing; the truth is what a perfect reader would
// have kept; the score counts manners, the verdict compares what was kept with the truth.
//
// A press is deterministic: the same seed and the same calls give the same articles, whatever the clock says. It works
// in a testing/synctest bubble when it is in memory.
package press

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options of a press. The zero Options are ten publications over loopback.
type Options struct {
	Publications int    // how many; 0 means 10, one of each kind
	Seed         uint64 // of all chance
	InMemory     bool   // hosts such as p01.press.test:80, to be reached by [Press.Dial] only

	Kinds     []Kind   // of the publications in turn; nil means all
	Languages []string // of the publications in turn: en, ru, kk; nil means all three

	Window     int           // entries in a feed or on a list; 0 means 20
	Irrelevant float64       // share of articles off the subject; 0 means 0.25, below 0 none
	Forbidden  float64       // share of articles whose address robots.txt forbids, where lists name them; 0 means 0.1, below 0 none
	Noise      bool          // view counters and "minutes ago" move with each request
	RetryAfter time.Duration // what TooMany asks for if it has no end; 0 means 10 minutes
	DripEvery  time.Duration // between two bytes of Drip; 0 means 1 second
	NotFound   int           // how many requests for an article NotFound refuses; 0 means 2
	FreshFor   time.Duration // max-age of the feeds that state one; 0 means 5 minutes, below 0 none
}

// Press is a stand of sample publications. It is safe for concurrent use.
type Press struct {
	o     Options
	banks map[string]*bank
	pages map[Template]*pageSet
	pubs  []*Publication
	hosts map[string]*Publication // by host:port

	serving sync.WaitGroup // the accept loops
	open    sync.WaitGroup // connections

	mu       sync.Mutex
	articles []*Article // in order of appearance
	byID     map[string]*Article
	requests []*Request
	closed   bool
}

// New opens the stand. Close it when done.
func New(o Options) (*Press, error) {
	if o.Publications < 0 {
		return nil, fmt.Errorf("cannot open a press of %d publications", o.Publications)
	}
	setDefault(&o.Publications, 10)
	setDefault(&o.Window, 20)
	setDefault(&o.Irrelevant, 0.25)
	setDefault(&o.Forbidden, 0.1)
	setDefault(&o.RetryAfter, 10*time.Minute)
	setDefault(&o.DripEvery, time.Second)
	setDefault(&o.NotFound, 2)
	setDefault(&o.FreshFor, 5*time.Minute)
	if len(o.Kinds) == 0 {
		o.Kinds = Kinds()
	}
	if len(o.Languages) == 0 {
		o.Languages = []string{"en", "ru", "kk"}
	}
	p := &Press{o: o, banks: map[string]*bank{}, byID: map[string]*Article{}, hosts: map[string]*Publication{}}
	for _, l := range o.Languages {
		b, err := readBank(l)
		if err != nil {
			return nil, err
		}
		p.banks[l] = b
	}
	var err error
	if p.pages, err = readPages(); err != nil {
		return nil, err
	}
	for i := range o.Publications {
		pub, err := p.newPublication(i)
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		p.pubs = append(p.pubs, pub)
	}
	return p, nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Close ends all listeners and connections and waits for what serves them.
func (p *Press) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	p.mu.Unlock()
	var errs []error
	for _, pub := range p.pubs {
		errs = append(errs, pub.server.Close())
	}
	p.serving.Wait()
	p.open.Wait()
	return errors.Join(errs...)
}

// Publications lists the publications in order of their ids.
func (p *Press) Publications() []*Publication { return slices.Clone(p.pubs) }

// Publication finds one by its id; nil if there is none.
func (p *Press) Publication(id string) *Publication {
	for _, pub := range p.pubs {
		if pub.ID == id {
			return pub
		}
	}
	return nil
}

// Articles gives copies of all articles as they stand, in order of appearance. CopyOf leads to copies too.
func (p *Press) Articles() []*Article {
	p.mu.Lock()
	defer p.mu.Unlock()
	copies := map[*Article]*Article{}
	all := make([]*Article, 0, len(p.articles))
	for _, a := range p.articles {
		c := a.snapshot()
		c.CopyOf = copies[a.CopyOf]
		copies[a] = c
		all = append(all, c)
	}
	return all
}

// Dial connects to a publication of a press that is in memory, by host and port.
func (p *Press) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: memoryAddr(addr), Err: err}
	}
	pub, ok := p.hosts[strings.ToLower(addr)]
	if !ok {
		return fail(&net.DNSError{Err: "no such host", Name: addr, IsNotFound: true})
	}
	l, ok := pub.listener.(*memoryListener)
	if !ok {
		return fail(errors.New("the press is not in memory"))
	}
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return fail(syscall.ECONNREFUSED)
	case <-ctx.Done():
		return fail(ctx.Err())
	}
}

// listen opens the address of a publication.
func (p *Press) listen(id string) (l net.Listener, host string, err error) {
	if p.o.InMemory {
		host = id + ".press.test:80"
		return &memoryListener{addr: memoryAddr(host), conns: make(chan net.Conn), done: make(chan struct{})}, host, nil
	}
	l, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("cannot listen for publication %s: %w", id, err)
	}
	return l, l.Addr().String(), nil
}

// serve starts the server of a publication.
func (p *Press) serve(pub *Publication) {
	pub.server = &http.Server{
		Handler: pub,
		ConnState: func(_ net.Conn, s http.ConnState) {
			switch s {
			case http.StateNew:
				p.open.Add(1)
			case http.StateClosed:
				p.open.Done()
			}
		},
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context { return countRequests(ctx) },
		ErrorLog:    slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	p.serving.Go(func() {
		// Serve always ends with an error: that of the closing.
		_ = pub.server.Serve(gate{pub.listener, pub})
	})
}

// gate closes connections at once while a publication refuses them.
type gate struct {
	net.Listener
	pub *Publication
}

func (g gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if !g.pub.refuses() {
			return c, nil
		}
		if err := c.Close(); err != nil {
			return nil, err
		}
	}
}

// memoryListener hands over one end of each pipe that Dial makes.
type memoryListener struct {
	addr  memoryAddr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return l.addr }

type memoryAddr string

func (memoryAddr) Network() string  { return "memory" }
func (a memoryAddr) String() string { return string(a) }
