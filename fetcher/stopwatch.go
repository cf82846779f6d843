package fetcher

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// stopwatch ends a request that takes too long: on the whole, in one of its phases, or because its body only trickles.
type stopwatch struct {
	lost   context.CancelCauseFunc // ends the request
	limits WireLimits
	read   atomic.Int64 // bytes of the body, as they came over the wire

	whole *time.Timer
	ends  time.Time

	mu    sync.Mutex
	phase *time.Timer
	over  bool
}

// overdue is the error of an answer that took too long.
type overdue struct {
	Exceeded
	outcome Outcome
}

func (o *overdue) Is(target error) bool { return target == context.DeadlineExceeded }
func (o *overdue) Unwrap() error        { return &o.Exceeded }

// watched starts a watch. Its stop must be called.
func (s *setup) watched(lost context.CancelCauseFunc) *stopwatch {
	w := &stopwatch{lost: lost, limits: s.Limits, ends: time.Now().Add(s.Timeout)}
	w.whole = time.AfterFunc(s.Timeout, func() { w.late(Timeout, KeyTimeout, "no whole answer within %v", s.Timeout) })
	return w
}

func (w *stopwatch) late(o Outcome, key, format string, args ...any) {
	w.lost(&overdue{Exceeded{What: fmt.Sprintf(format, args...), Key: key}, o})
}

func (w *stopwatch) stop() {
	w.whole.Stop()
	w.begin(0, nil)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

// begin ends the phase that was and begins another, which calls late after a time; 0 begins none.
func (w *stopwatch) begin(limit time.Duration, late func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.phase != nil {
		w.phase.Stop()
		w.phase = nil
	}
	if limit > 0 && !w.over {
		w.phase = time.AfterFunc(limit, late)
	}
}

func (w *stopwatch) connecting() {
	w.begin(w.limits.Connect, func() { w.late(Timeout, KeyConnect, "no connection within %v", w.limits.Connect) })
}

func (w *stopwatch) shakingHands() {
	w.begin(w.limits.Handshake, func() { w.late(Timeout, KeyHandshake, "no TLS handshake within %v", w.limits.Handshake) })
}

func (w *stopwatch) waiting() {
	w.begin(w.limits.FirstByte, func() { w.late(Timeout, KeyFirstByte, "no answer within %v", w.limits.FirstByte) })
}

// answered ends the phases but for that of the body: a header that does not end is a matter of the whole.
func (w *stopwatch) answered() { w.begin(0, nil) }

// receiving is the phase of the body. It is looked at again and again.
func (w *stopwatch) receiving() {
	before := w.read.Load()
	w.begin(paceSpan, func() {
		if w.read.Load()-before < w.limits.Speed*int64(paceSpan/time.Second) {
			w.late(TooSlow, KeySpeed, "less than %d bytes a second over %v", w.limits.Speed, paceSpan)
			return
		}
		w.receiving()
	})
}

// pause lets time pass that is not the publisher's; false where the time was over already. Then resume must not be called.
func (w *stopwatch) pause() (resume func(), ok bool) {
	if !w.whole.Stop() {
		return nil, false
	}
	w.begin(0, nil)
	left := time.Until(w.ends)
	return func() {
		w.ends = time.Now().Add(left)
		w.whole.Reset(left)
		w.receiving()
	}, true
}
