package fetcher

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// wire is one request as it goes out.
type wire struct {
	url    *url.URL
	header http.Header // without those that go with every request
	most   int64       // bytes of the decoded body
	cut    bool        // a longer body is cut, not refused, and read for every status that means success
	heavy  *heavy      // the right to a heavy answer; nil needs none
	grant  *grant      // of the budget
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	whole  bool
	at     time.Time // its last byte
	rest   time.Time // the end of the rest that it asks for; zero if it does not
}

// verdict gives nil for an answer that can be used.
func (a answer) verdict(sent http.Header) error {
	if a.status == http.StatusNotModified {
		if sent["If-None-Match"] != nil || sent["If-Modified-Since"] != nil {
			return nil
		}
		return &Failure{Class: Soft, Outcome: BadStatus, Reached: true, Err: errors.New("status 304 to an unconditional request")}
	}
	f := statusFailure(a.status)
	if f == nil {
		return nil
	}
	f.NotBefore = a.rest
	return f
}

// exchange sends one request when its host's turn has come and reads the answer. The error is *Failure or that of the
// context.
func (c *Client) exchange(ctx context.Context, s *setup, w wire) (answer, error) {
	host := hostOf(w.url)
	leave, err := c.gates.enter(ctx, host, s.PerHostDelay)
	if r, ok := errors.AsType[*resting](err); ok {
		return answer{}, unsent(rest(r.until))
	}
	if err != nil {
		return answer{}, stopped(w.url, err)
	}
	defer leave()
	began := time.Now()
	if again, ok := w.grant.send(began); !ok {
		return answer{}, overBudget(again)
	}
	a, err := s.send(ctx, w)
	if err != nil && ctx.Err() != nil {
		return answer{}, stopped(w.url, ctx.Err())
	}
	f, _ := errors.AsType[*Failure](err)
	s.Metrics.request(f, a.status, len(a.body), time.Since(began))
	c.gates.asks(host, a.rest)
	return a, err
}

// errUnsteady is why a request that kept losing its connection is given up.
var errUnsteady = errors.New("the connection was lost again and again")

// send sends one request and reads its answer, all within the timeout.
func (s *setup) send(ctx context.Context, w wire) (answer, error) {
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	watch := s.watched(lost)
	defer watch.stop()
	// Time in which a heavy answer waits for room is not the publisher's.
	room := func() error {
		if w.heavy == nil {
			return nil
		}
		resume, ok := watch.pause()
		if !ok {
			return context.Cause(ctx)
		}
		defer resume()
		return w.heavy.take(ctx, hostOf(w.url))
	}
	if s.Proxy != nil && s.Dial == nil {
		if err := s.guard.checkURL(ctx, w.url); err != nil {
			return answer{}, networkFailure(err, progress{})
		}
	}
	var answered, handshake, wrote atomic.Bool
	var connections atomic.Int32
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// The transport tries again where an idle connection turns out to be closed. Once is enough, and the host may
		// have seen the first request: the second keeps its distance.
		GotConn: func(httptrace.GotConnInfo) {
			if connections.Add(1) > 2 {
				lost(errUnsteady)
			}
			if wrote.Load() {
				watch.answered()
				_ = sleep(ctx, s.PerHostDelay) // where ctx has ended the transport sees it
			}
			watch.waiting()
		},
		WroteHeaders:      func() { wrote.Store(true) },
		TLSHandshakeStart: watch.shakingHands,
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			handshake.Store(err != nil)
			if err == nil {
				answered.Store(true)
			}
		},
		GotFirstResponseByte: func() {
			answered.Store(true)
			watch.answered()
		},
	})
	failure := func(err error) error {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		if longHeader(err) {
			return bodyFailure(Soft, TooLarge, "%w", beyond(KeyHeader, "a header of more than %d bytes", s.Limits.Header))
		}
		return networkFailure(err, progress{answered: answered.Load(), handshake: handshake.Load()})
	}

	header := w.header.Clone()
	header.Set("Accept-Encoding", "gzip")
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", s.UserAgent)
	}
	request := (&http.Request{Method: http.MethodGet, URL: w.url, Host: w.url.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	watch.connecting()
	response, err := s.transport.RoundTrip(request)
	if err != nil {
		return answer{}, failure(err)
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	a.rest = restAfter(a.status, a.header, time.Now())
	if a.status == http.StatusOK || w.cut && a.status/100 == 2 {
		watch.receiving()
		a.body, a.whole, err = readBody(response, reading{most: w.most, cut: w.cut, ratio: int64(s.Limits.Expansion), room: room, came: &watch.read})
		if f, ok := errors.AsType[*Failure](err); ok {
			return a, f
		}
		if err != nil {
			return a, failure(err)
		}
	} else {
		// To the end where it is near, so that the connection can be used again. What it says is not wanted.
		_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	}
	a.at = time.Now()
	return a, nil
}

// longHeader tells the errors of the transport that say a header was beyond its limit. They have no type.
func longHeader(err error) bool {
	text := err.Error()
	return strings.Contains(text, "server response headers exceeded") || strings.Contains(text, "response header list larger")
}

// bombFrom is how many decoded bytes may come from however few.
const bombFrom = 1 << 20

// reading says how a body is read.
type reading struct {
	most  int64 // bytes
	cut   bool  // what is longer is cut, not refused
	ratio int64 // of bytes decoded to bytes sent, beyond bombFrom
	room  func() error
	came  *atomic.Int64 // counts what comes
}

// readBody decodes the body of an answer. It is whole where something marked its end. An error that is no *Failure is
// one of the connection.
func readBody(response *http.Response, r reading) (body []byte, whole bool, err error) {
	marked := response.ContentLength >= 0 || response.ProtoMajor >= 2 || slices.Contains(response.TransferEncoding, "chunked")
	raw := &counted{from: response.Body, came: r.came}
	encoding := strings.ToLower(strings.TrimSpace(strings.Join(response.Header.Values("Content-Encoding"), ",")))
	switch encoding {
	case "", "identity":
		body, err := r.all(raw, raw)
		return body, marked && int64(len(body)) == raw.n, err
	case "gzip", "x-gzip":
	default:
		return nil, false, bodyFailure(Soft, BadEncoding, "content encoding %s was not asked for", line(strconv.Quote(encoding), 40))
	}
	unzip, err := gzip.NewReader(raw)
	if err == nil {
		body, err = r.all(unzip, raw)
	} else if err == io.EOF && raw.n == 0 {
		return nil, marked, nil // an empty body needs no encoding
	}
	_, known := errors.AsType[*Failure](err)
	switch {
	case err == nil:
		return body, true, nil // the checksum marks the end
	case known:
		return nil, false, err
	case raw.err != nil && raw.err != io.EOF:
		return nil, false, raw.err
	case errors.Is(err, io.ErrUnexpectedEOF) && !marked:
		return nil, false, err // the connection ended early, and nothing else would have told
	}
	return nil, false, bodyFailure(Soft, BadEncoding, "%w", short(err))
}

// all reads all that comes, as long as it is neither too much nor too much for what was sent. It asks for room
// before it goes on with a heavy answer.
func (r reading) all(from io.Reader, raw *counted) ([]byte, error) {
	var b blocks
	heavy := false
	for {
		n, err := from.Read(b.free())
		b.take(n)
		size := b.size
		if size > heavyFrom && !heavy {
			heavy = true
			if err := r.room(); err != nil {
				return nil, err
			}
		}
		switch {
		case size > r.most && r.cut:
			return b.joined()[:r.most], nil
		case size > r.most, raw.n > r.most+bombFrom: // empty gzip members are endless too
			return nil, bodyFailure(Hard, TooLarge, "%w", beyond(KeyBody, "more than %d bytes", r.most))
		case size > bombFrom && size > r.ratio*raw.n:
			return nil, bodyFailure(Hard, TooLarge, "%w", beyond(KeyExpansion, "more than %d bytes for each byte sent", r.ratio))
		case err == io.EOF:
			return b.joined(), nil
		case err != nil:
			return nil, err
		}
	}
}

// blocks are a growing body. It is not copied as it grows, and in the end takes no more room than it has bytes.
type blocks struct {
	full [][]byte
	last []byte
	size int64
}

// free gives room for more.
func (b *blocks) free() []byte {
	const least, most = 32 << 10, 1 << 20
	if len(b.last) == cap(b.last) {
		if len(b.last) > 0 {
			b.full = append(b.full, b.last)
		}
		b.last = make([]byte, 0, min(max(least, b.size), most))
	}
	return b.last[len(b.last):cap(b.last)]
}

// take keeps what was read into the room.
func (b *blocks) take(n int) {
	b.last = b.last[:len(b.last)+n]
	b.size += int64(n)
}

func (b *blocks) joined() []byte {
	if len(b.full) == 0 {
		return b.last
	}
	return slices.Concat(append(b.full, b.last)...)
}

func bodyFailure(c Class, o Outcome, format string, args ...any) *Failure {
	return &Failure{Class: c, Outcome: o, Reached: true, Err: fmt.Errorf(format, args...)}
}

// counted counts what is read and remembers how it ended.
type counted struct {
	from io.Reader
	came *atomic.Int64
	n    int64
	err  error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	c.came.Add(int64(n))
	c.err = err
	return n, err
}
