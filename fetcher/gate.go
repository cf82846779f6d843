package fetcher

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"time"
)

// turn is a lock that a context can end the wait for.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) give() { <-t }

// manyHosts is how many hosts are remembered before those that no longer matter are looked for.
const manyHosts = 1024

// gates let one request at a time pass to each host, with a pause after each answer, and bound the requests under way
// over all hosts.
type gates struct {
	slots   slots
	heavies slots // of heavy answers

	mu    sync.Mutex
	hosts map[string]*gate
	many  int                  // at this number those that no longer matter are forgotten
	asked map[string]time.Time // rests that hosts asked for since takeAsked
}

// gate belongs to one host. All but turn is guarded by gates.mu.
type gate struct {
	turn  turn          // held by the one request that waits next or is under way
	users int           // requests in the line, the one under way included
	end   time.Time     // of the last answer
	delay time.Duration // that was to follow it
	sent  time.Time     // of the request that is under way; zero if none is
	until time.Time     // nothing is sent before: the host asked for rest
	later redirection   // a redirect to be followed only after its rest, or when the budget allows it
}

// redirection is one step from an address to the next.
type redirection struct {
	from      string
	to        *url.URL
	permanent bool
}

func newGates() *gates {
	gs := &gates{hosts: map[string]*gate{}, many: manyHosts}
	gs.heavies.set(mostHeavy)
	return gs
}

// resting is the error of a request to a host that asked for rest.
type resting struct{ until time.Time }

func (r *resting) Error() string {
	return "the host asked for rest until " + r.until.UTC().Format(time.RFC3339)
}

// enter waits until a request may be sent to the host. The error is that of the context, or *resting where the host asked
// for rest: then nothing is waited for but the requests before this one. After the last byte of the answer, or its
// failure, leave must be called.
func (gs *gates) enter(ctx context.Context, host string, delay time.Duration) (leave func(), err error) {
	g := gs.hold(host)
	defer func() {
		if err != nil {
			gs.drop(g)
		}
	}()
	if err := g.turn.take(ctx); err != nil {
		return nil, err
	}
	for {
		wait, err := gs.wait(g, delay)
		if err == nil && wait > 0 {
			err = sleep(ctx, wait)
		}
		if err != nil {
			g.turn.give()
			return nil, err
		}
		if wait <= 0 {
			break
		}
	}
	// A host that waits must not keep others from being asked: the slot comes last. The wait for it may be long.
	if err := gs.slots.take(ctx); err != nil {
		g.turn.give()
		return nil, err
	}
	if _, err := gs.wait(g, delay); err != nil {
		gs.slots.give()
		g.turn.give()
		return nil, err
	}
	gs.mu.Lock()
	g.sent = time.Now()
	gs.mu.Unlock()
	return func() {
		gs.slots.give()
		gs.mu.Lock()
		g.end, g.delay, g.sent = time.Now(), delay, time.Time{}
		gs.mu.Unlock()
		g.turn.give()
		gs.drop(g)
	}, nil
}

// wait says how long the host must still be left alone.
func (gs *gates) wait(g *gate, delay time.Duration) (time.Duration, error) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	now := time.Now()
	if g.until.After(now) {
		return 0, &resting{g.until}
	}
	if g.end.IsZero() {
		return 0, nil
	}
	return g.end.Add(delay).Sub(now), nil
}

// pause keeps the host from being asked before until. A pause is never shortened.
func (gs *gates) pause(host string, until time.Time) {
	if !until.After(time.Now()) {
		return
	}
	g := gs.hold(host)
	gs.mu.Lock()
	if until.After(g.until) {
		g.until = until
	}
	gs.mu.Unlock()
	gs.drop(g)
}

// asks is pause for a rest that the host itself asked for: it is to be remembered.
func (gs *gates) asks(host string, until time.Time) {
	gs.pause(host, until)
	if until.After(time.Now()) {
		gs.putAsked(map[string]time.Time{host: until})
	}
}

// takeAsked gives the rests that hosts asked for since the last call.
func (gs *gates) takeAsked() map[string]time.Time {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	asked := gs.asked
	gs.asked = nil
	return asked
}

// putAsked takes back what could not be remembered.
func (gs *gates) putAsked(asked map[string]time.Time) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.asked == nil {
		gs.asked = map[string]time.Time{}
	}
	for host, until := range asked {
		if until.After(gs.asked[host]) {
			gs.asked[host] = until
		}
	}
}

// paused gives the end of the host's pause, or the zero time where there is none.
func (gs *gates) paused(host string) time.Time {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if g := gs.hosts[host]; g != nil && g.until.After(time.Now()) {
		return g.until
	}
	return time.Time{}
}

// postpone remembers a redirect that is to be followed later: after the host's rest, or when the budget allows it.
func (gs *gates) postpone(host string, r redirection) {
	g := gs.hold(host)
	gs.mu.Lock()
	g.later = r
	gs.mu.Unlock()
	gs.drop(g)
}

// postponed gives, once, the redirect that was put off for the address.
func (gs *gates) postponed(host, from string) (redirection, bool) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g := gs.hosts[host]
	if g == nil || g.later.from != from || g.until.After(time.Now()) {
		return redirection{}, false
	}
	r := g.later
	g.later = redirection{}
	return r, true
}

// stuck gives a host whose request has been under way for longer than it may; "" if there is none.
func (gs *gates) stuck(most time.Duration) string {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	now := time.Now()
	for host, g := range gs.hosts {
		if !g.sent.IsZero() && now.Sub(g.sent) > most {
			return host
		}
	}
	return ""
}

func (gs *gates) hold(host string) *gate {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g := gs.hosts[host]
	if g == nil {
		gs.forget()
		g = &gate{turn: newTurn()}
		gs.hosts[host] = g
	}
	g.users++
	return g
}

func (gs *gates) drop(g *gate) {
	gs.mu.Lock()
	g.users--
	gs.mu.Unlock()
}

// forget lets go of the gates that hold nobody back.
func (gs *gates) forget() {
	if len(gs.hosts) < gs.many {
		return
	}
	now := time.Now()
	for host, g := range gs.hosts {
		if g.users == 0 && !g.until.After(now) && !g.end.Add(g.delay).After(now) {
			delete(gs.hosts, host)
		}
	}
	gs.many = max(manyHosts, 2*len(gs.hosts))
}

// sleep waits, but no longer than the context.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// slots bound how many requests are under way. Who waits longest comes first.
type slots struct {
	mu    sync.Mutex
	limit int
	used  int
	line  []chan struct{}
}

// set changes the limit. Those who are under way stay.
func (s *slots) set(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
	s.serve()
}

func (s *slots) take(ctx context.Context) error {
	s.mu.Lock()
	mine := make(chan struct{})
	s.line = append(s.line, mine)
	s.serve()
	s.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.line, mine); i >= 0 {
		s.line = slices.Delete(s.line, i, i+1)
		return ctx.Err()
	}
	s.used-- // served in the same moment
	s.serve()
	return ctx.Err()
}

func (s *slots) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	s.serve()
}

func (s *slots) serve() {
	for s.used < s.limit && len(s.line) > 0 {
		s.used++
		close(s.line[0])
		s.line = s.line[1:]
	}
}
