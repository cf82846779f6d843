package web

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
)

// crowd is a listener whose connections are bounded in number. When one more comes than there is room for, the one that
// has rested longest goes: no number of clients that say nothing keeps a monitor from being answered. Only where all are
// being answered does the next one wait.
type crowd struct {
	net.Listener
	most int

	mu      sync.Mutex
	changed *sync.Cond
	present int
	resting []*guest // the one that has rested longest first
	closed  bool
}

func newCrowd(l net.Listener, most int) *crowd {
	c := &crowd{Listener: l, most: most}
	c.changed = sync.NewCond(&c.mu)
	return c
}

// Accept implements net.Listener.
func (c *crowd) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g := &guest{Conn: conn, in: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.present == c.most && !c.closed {
		if len(c.resting) > 0 {
			c.resting[0].leave()
		} else {
			c.changed.Wait()
		}
	}
	if c.closed {
		conn.Close()
		return nil, net.ErrClosed
	}
	c.present++
	c.resting = append(c.resting, g)
	return g, nil
}

// Close implements net.Listener.
func (c *crowd) Close() error {
	c.mu.Lock()
	c.closed = true
	c.changed.Broadcast()
	c.mu.Unlock()
	return c.Listener.Close()
}

// guest is a connection of a crowd.
type guest struct {
	net.Conn
	in   *crowd
	gone bool
}

// Close implements net.Conn.
func (g *guest) Close() error {
	g.in.mu.Lock()
	defer g.in.mu.Unlock()
	return g.leave()
}

// leave closes the connection and gives up its room; the crowd is locked.
func (g *guest) leave() error {
	if !g.gone {
		g.gone = true
		g.in.present--
		g.stir()
		g.in.changed.Broadcast()
	}
	return g.Conn.Close()
}

// stir takes it from those that rest; the crowd is locked.
func (g *guest) stir() {
	g.in.resting = slices.DeleteFunc(g.in.resting, func(other *guest) bool { return other == g })
}

// answered runs do while the connection does not rest.
func (g *guest) answered(do func()) {
	g.in.mu.Lock()
	g.stir()
	g.in.mu.Unlock()
	defer func() {
		g.in.mu.Lock()
		defer g.in.mu.Unlock()
		if !g.gone {
			g.in.resting = append(g.in.resting, g)
			g.in.changed.Broadcast()
		}
	}()
	do()
}

type guestKey struct{}

// known puts a connection of a crowd into the context of its requests.
func known(ctx context.Context, conn net.Conn) context.Context {
	if g, ok := conn.(*guest); ok {
		return context.WithValue(ctx, guestKey{}, g)
	}
	return ctx
}

// attended is a handler whose requests keep their connection from being taken for one that rests.
func attended(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
			g.answered(func() { h.ServeHTTP(w, r) })
			return
		}
		h.ServeHTTP(w, r)
	})
}
