package fetcher

import (
	"context"
	"runtime/debug"
	"time"
)

// An answer is heavy from heavyFrom bytes on, and mostHeavy of them are in memory at once, over all hosts: from there
// on until what they hold has been read. All others are so small that the number of requests bounds them.
const (
	heavyFrom = 1 << 20
	mostHeavy = 2
)

// heavy is the right to have one heavy answer in memory. It is taken when an answer turns out to be one, and given back
// by who asked, when it is done with the answer.
type heavy struct {
	gates *gates
	has   bool
}

func (c *Client) heavy() *heavy { return &heavy{gates: c.gates} }

// take waits for the right. Meanwhile the request counts as none that is under way: small answers of others pass by.
func (h *heavy) take(ctx context.Context, host string) error {
	if h == nil || h.has {
		return nil
	}
	waited := h.gates.rest(host)
	defer waited()
	if err := h.gates.heavies.take(ctx); err != nil {
		return err
	}
	h.has = true
	return nil
}

func (h *heavy) give() {
	if h.has {
		h.has = false
		h.gates.heavies.give()
		debug.FreeOSMemory() // or the next heavy ones come on top of what this one left
	}
}

// rest gives the slot of a host's request back until resume is called, and does not count the time.
func (gs *gates) rest(host string) (resume func()) {
	gs.mu.Lock()
	g := gs.hosts[host]
	spent := time.Since(g.sent)
	g.sent = time.Time{}
	gs.mu.Unlock()
	gs.slots.give()
	return func() {
		gs.slots.seize()
		gs.mu.Lock()
		g.sent = time.Now().Add(-spent)
		gs.mu.Unlock()
	}
}

// seize takes a slot at once, also where that makes one too many for a moment.
func (s *slots) seize() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used++
}
