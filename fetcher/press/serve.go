package press

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	htmlType = "text/html"
	xmlType  = "application/xml"
)

// class is what sort of address a request is for.
type class string

const (
	classRobots   class = "robots.txt"
	classEndpoint class = "endpoint" // feeds, sitemaps, the list page that is polled
	classArticle  class = "article"
	classPage     class = "page" // front page, other lists, about and the like
	classUnknown  class = "unknown"
)

// Request is one request as the stand saw it.
type Request struct {
	Publication string
	In, Out     time.Time // Out is when the last byte was handed to the connection; zero while it is under way
	Method      string
	Path        string // with its query
	Header      http.Header
	Status      int   // 0 if nothing was answered
	Fault       Fault // that was in the way; "" if none
	ETag        string
	Modified    string    // Last-Modified as given
	RetryAfter  time.Time // until when the client was asked to rest; zero if it was not
	FreshUntil  time.Time // by max-age; zero if none was stated
	Bytes       int       // of the body, compressed if it was
	Aborted     bool      // the client left before the end
	Overlapping bool      // another request to the host was under way when it came
	Reused      bool      // the connection had carried a request before
	class       class
}

// Requests gives copies of all requests so far, in order of arrival.
func (p *Press) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Request, 0, len(p.requests))
	for _, q := range p.requests {
		all = append(all, *q)
	}
	return all
}

// target is what a request is for.
type target struct {
	class    class
	article  *Article
	xml      bool
	url      string // as asked for
	kind     string // content type
	version  string // what ETags are made of; "" means that there are no validators
	modified time.Time
	render   func() []byte
}

// answer is what is to be sent.
type answer struct {
	status   int
	kind     string
	body     []byte
	etag     string
	modified time.Time
	fresh    time.Duration
	rest     time.Time
	header   http.Header
}

func (a *answer) set(name, value string) {
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set(name, value)
}

// connKey finds the number of requests that a connection has carried.
type connKey struct{}

func countRequests(ctx context.Context) context.Context {
	return context.WithValue(ctx, connKey{}, new(atomic.Int64))
}

// ServeHTTP answers as the publication, broken or not.
func (p *Publication) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, a := p.begin(r)
	defer p.finish(q, false)
	switch q.Fault {
	case Hang:
		<-r.Context().Done()
		q.Aborted = true // not seen by others before finish
		panic(http.ErrAbortHandler)
	case Refused:
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	if q.ETag != "" {
		h.Set("ETag", q.ETag)
	}
	if q.Modified != "" {
		h.Set("Last-Modified", q.Modified)
	}
	if a.fresh > 0 {
		h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(a.fresh/time.Second)))
	}
	if a.status == http.StatusNotModified {
		w.WriteHeader(a.status)
		p.finish(q, false)
		return
	}
	h.Set("Content-Type", a.kind+"; charset="+p.charsetOf(a.kind))
	body := a.body
	if h.Set("Vary", "Accept-Encoding"); strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(body) > 200 {
		h.Set("Content-Encoding", "gzip")
		body = squeeze(body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if r.Method == http.MethodHead {
		return
	}
	q.Bytes = len(body)
	p.send(w, r, q, body)
}

// send writes the body. The request counts as finished before its last byte leaves, so that a client that waits for
// that byte cannot be early.
func (p *Publication) send(w http.ResponseWriter, r *http.Request, q *Request, body []byte) {
	var err error
	switch {
	case len(body) == 0:
	case q.Fault == Cut:
		q.Bytes = len(body) / 2
		_, err = w.Write(body[:len(body)/2])
	case q.Fault == Drip:
		err = p.drip(w, r, body[:len(body)-1])
	default:
		_, err = w.Write(body[:len(body)-1])
	}
	p.finish(q, err != nil)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if q.Fault == Cut {
		return // the server closes the connection, as the promised length is not reached
	}
	if len(body) > 0 {
		_, err = w.Write(body[len(body)-1:])
	}
	if flush := http.NewResponseController(w).Flush(); err == nil {
		err = flush
	}
	p.finish(q, err != nil)
}

func (p *Publication) drip(w http.ResponseWriter, r *http.Request, body []byte) error {
	c := http.NewResponseController(w)
	next := time.NewTicker(p.press.o.DripEvery)
	defer next.Stop()
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil {
			return err
		}
		if err := c.Flush(); err != nil {
			return err
		}
		select {
		case <-next.C:
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
	return nil
}

func squeeze(body []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	// Writing to a buffer does not fail.
	_, _ = z.Write(body)
	_ = z.Close()
	return out.Bytes()
}

// begin notes a request and makes its answer.
func (p *Publication) begin(r *http.Request) (*Request, *answer) {
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	now := time.Now()
	q := &Request{Publication: p.ID, In: now, Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header.Clone(), Overlapping: p.underWay > 0}
	if n, ok := r.Context().Value(connKey{}).(*atomic.Int64); ok {
		q.Reused = n.Add(1) > 1
	}
	p.underWay++
	p.press.requests = append(p.press.requests, q)

	t := p.route(r.URL)
	q.class = t.class
	q.Fault = p.fault(t)
	a := &answer{status: http.StatusOK, kind: t.kind}
	switch {
	case q.Fault == Hang || q.Fault == Refused:
		return q, a
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		a = &answer{status: http.StatusMethodNotAllowed, kind: htmlType}
	case t.class == classUnknown:
		*a = p.notFound()
	default:
		if p.etags && t.version != "" {
			a.etag = `"` + p.hash(t.version) + `"`
			if p.weak {
				a.etag = "W/" + a.etag
			}
		}
		if p.modifieds && t.version != "" {
			a.modified = t.modified
		}
		if p.fresh && t.class == classEndpoint {
			a.fresh = p.press.o.FreshFor
		}
		if p.Template == App && t.kind == htmlType {
			a.set("Set-Cookie", "visit="+p.hash("cookie")+"; Path=/")
		}
	}
	modified := func() bool {
		return a.status == http.StatusOK && t.render != nil && !matches(r.Header, a.etag, a.modified)
	}
	if q.Fault != "" && q.Fault != Cut && q.Fault != Drip {
		if q.Fault == BrokenFeed && modified() {
			a.body = t.render()
		}
		if q.Fault == ChangingETag && t.render != nil {
			a.body = t.render()
		}
		p.spoil(q.Fault, t, a)
	} else if modified() {
		a.body = t.render()
	}
	if a.status == http.StatusOK && a.body == nil && matches(r.Header, a.etag, a.modified) {
		a.status = http.StatusNotModified
	}
	q.Status, q.ETag, q.RetryAfter = a.status, a.etag, a.rest
	if !a.modified.IsZero() {
		q.Modified = a.modified.UTC().Format(http.TimeFormat)
	}
	if a.fresh > 0 && (a.status == http.StatusOK || a.status == http.StatusNotModified) {
		q.FreshUntil = now.Add(a.fresh)
	}
	return q, a
}

// finish notes the end of a request; the first call counts, later ones only tell of a client that left.
func (p *Publication) finish(q *Request, aborted bool) {
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	if aborted {
		q.Aborted = true
	}
	if q.Out.IsZero() {
		q.Out = time.Now()
		p.underWay--
	}
}

// matches says whether the client has what it would get. ETags are compared weakly and go before dates.
func matches(h http.Header, etag string, modified time.Time) bool {
	if given := h.Get("If-None-Match"); given != "" {
		for one := range strings.SplitSeq(given, ",") {
			if one = strings.TrimSpace(one); one == "*" || etag != "" && strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/") {
				return true
			}
		}
		return false
	}
	if modified.IsZero() {
		return false
	}
	since, err := http.ParseTime(h.Get("If-Modified-Since"))
	return err == nil && !modified.After(since)
}

// plainAddress gives path and query without tracking parameters.
func plainAddress(u *url.URL) string {
	var kept []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if name != "" && !strings.HasPrefix(name, "utm_") && name != "fbclid" && name != "gclid" {
			kept = append(kept, pair)
		}
	}
	if len(kept) == 0 {
		return u.Path
	}
	return u.Path + "?" + strings.Join(kept, "&")
}

// find gives the article that lives at an address, nil if there is none.
func (p *Publication) find(u *url.URL) *Article {
	address := plainAddress(u)
	if a := p.byPath[address]; a != nil {
		return a
	}
	path, _, _ := strings.Cut(address, "?")
	return p.byPath[path]
}

// route finds what a request is for.
func (p *Publication) route(u *url.URL) target {
	t := target{class: classPage, url: u.RequestURI(), kind: htmlType}
	if a := p.find(u); a != nil {
		t.class, t.article, t.modified = classArticle, a, a.stamp
		t.version = a.ID + "/" + strconv.Itoa(a.changes)
		if p.press.o.Noise {
			p.answers++
			t.version += "/" + strconv.Itoa(p.answers)
			t.modified = later(a.stamp, time.Now())
		}
		t.render = func() []byte { return p.articlePage(a) }
		return t
	}
	// Lists and feeds change together.
	list := func(class class, xml bool, kind string, render func() []byte) target {
		t.class, t.xml, t.kind, t.render = class, xml, kind, render
		p.seen = true
		t.version, t.modified = "list "+u.Path+strconv.Itoa(p.version), p.changed
		return t
	}
	path := u.Path
	switch {
	case path == "/robots.txt":
		t.class, t.kind = classRobots, "text/plain"
		t.render = func() []byte { return []byte(p.Robots) }
	case path == p.feed:
		return list(classEndpoint, feedType(p.feedKind) != htmlType && p.feedKind != JSON, feedType(p.feedKind), func() []byte { return p.feedBody() })
	case p.feedKind == Sitemap && strings.HasPrefix(path, "/sitemap-part-"):
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(path, "/sitemap-part-"), ".xml"))
		if err != nil || n < 1 || n > p.sitemapParts() {
			t.class = classUnknown
			return t
		}
		t := list(classEndpoint, true, xmlType, func() []byte { return p.sitemapPart(n) })
		if n < p.sitemapParts() {
			t.version, t.modified = p.partVersion(n)
		}
		return t
	case path == "/comments/feed/":
		return list(classPage, true, feedType(RSSSummary), func() []byte { return p.commentsFeed() })
	case path == "/":
		return list(classPage, false, htmlType, func() []byte { return p.frontPage() })
	default:
		if t.render = p.sidePage(path, u.Query()); t.render == nil {
			t.class = classUnknown
		}
	}
	return t
}
