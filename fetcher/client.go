package fetcher

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/idna"
)

const (
	longestURL     = 8 << 10 // bytes
	idleConnection = 10 * time.Second
	acceptPages    = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
)

// ClientOptions say how a Client behaves.
type ClientOptions struct {
	UserAgent     string         // complete; what stands before "/" is the name that robots.txt knows us by
	Concurrency   int            // requests under way at once, all hosts
	PerHostDelay  time.Duration  // between the end of one answer of a host and the next request to it
	Timeout       time.Duration  // of one request, from dial to the last byte
	MaxBody       int64          // bytes after decompression
	Limits        WireLimits     // of what comes back
	Robots        bool           // obey robots.txt
	AllowNetworks []netip.Prefix // private networks that may be contacted, on any port
	Proxy         *url.URL       // http, https or socks5; nil means none: the environment is never asked
	Bounds        Bounds         // of the wait before robots.txt is asked for again

	Metrics *Metrics // nil counts nothing

	// Dial replaces the dialer and with it the guard against private addresses. It is for tests in memory.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Validate reports all that is wrong.
func (o ClientOptions) Validate() error {
	var problems []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	wrong(o.UserAgent == "" || !httpguts.ValidHeaderFieldValue(o.UserAgent), "user agent %q cannot be sent", o.UserAgent)
	wrong(o.Concurrency < 1, "concurrency %d is below 1", o.Concurrency)
	wrong(o.PerHostDelay < 0, "per host delay %v is negative", o.PerHostDelay)
	wrong(o.Timeout <= 0, "timeout %v is not positive", o.Timeout)
	wrong(o.MaxBody <= 0, "body limit %d is not positive", o.MaxBody)
	wrong(o.Bounds.Min <= 0 || o.Bounds.Max < o.Bounds.Min, "bounds %v to %v are not in order", o.Bounds.Min, o.Bounds.Max)
	for _, p := range o.AllowNetworks {
		wrong(!p.IsValid(), "a network that may be contacted is not valid")
	}
	if o.Proxy != nil {
		known := slices.Contains([]string{"http", "https", "socks5"}, o.Proxy.Scheme)
		wrong(!known || o.Proxy.Host == "", "proxy is not an http, https or socks5 address")
	}
	return errors.Join(problems...)
}

// setup is what a Client works by until the next Set. It does not change.
type setup struct {
	ClientOptions
	token     string // product token, lower case
	guard     *guard
	transport *http.Transport
	robots    *robots
}

// Client sends requests, politely and only to where it may. It is safe for concurrent use.
type Client struct {
	gates  *gates
	ledger ledger
	change sync.Mutex // held by Set
	now    atomic.Pointer[setup]
}

// NewClient gives a client; Close ends its connections.
func NewClient(o ClientOptions) (*Client, error) {
	c := &Client{gates: newGates()}
	return c, c.Set(o)
}

// Set changes the options for requests that come after. Gates, pauses and the copies of robots.txt stay.
func (c *Client) Set(o ClientOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	c.change.Lock()
	defer c.change.Unlock()
	allowed := make([]netip.Prefix, len(o.AllowNetworks))
	for i, p := range o.AllowNetworks {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		allowed[i] = p.Masked()
	}
	o.AllowNetworks, o.Limits = allowed, o.Limits.orDefault()
	s := &setup{ClientOptions: o, token: productToken(o.UserAgent), guard: newGuard(allowed), robots: newRobots()}
	old := c.now.Load()
	if old != nil && old.token == s.token {
		s.robots = old.robots // read for the same name
	}
	if old != nil && o.Dial == nil && old.Dial == nil && slices.Equal(allowed, old.AllowNetworks) && o.Limits.Header == old.Limits.Header && sameProxy(o.Proxy, old.Proxy) {
		s.transport = old.transport
	} else {
		s.transport = newTransport(o, s.guard)
	}
	c.gates.slots.set(o.Concurrency)
	c.now.Store(s)
	if old != nil && old.transport != s.transport {
		old.transport.CloseIdleConnections()
	}
	return nil
}

func sameProxy(a, b *url.URL) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.String() == b.String()
}

func newTransport(o ClientOptions, g *guard) *http.Transport {
	t := &http.Transport{
		DialContext:            o.Dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // it would decode without limit
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        idleConnection,
		MaxResponseHeaderBytes: o.Limits.Header,
	}
	if o.Proxy != nil {
		t.Proxy = http.ProxyURL(o.Proxy)
	}
	if t.DialContext == nil {
		dialer := &net.Dialer{}
		if o.Proxy == nil { // the proxy itself was named by the operator
			dialer.Control = g.control
		}
		t.DialContext = dialer.DialContext
	}
	return t
}

// Close ends the connections that nobody uses. Requests under way end by their contexts.
func (c *Client) Close() { c.now.Load().transport.CloseIdleConnections() }

// Pause keeps the host (as HostOf names it) from being asked before until. A longer pause stays.
func (c *Client) Pause(host string, until time.Time) { c.gates.pause(host, until) }

// Paused gives the end of the host's pause, or the zero time where there is none.
func (c *Client) Paused(host string) time.Time { return c.gates.paused(host) }

// stuck gives a host whose request should have ended so long ago; "" if there is none.
func (c *Client) stuck(grace time.Duration) string {
	return c.gates.stuck(c.now.Load().Timeout + grace)
}

// HostOf gives the key of a URL's lane and gate: "host:port" in lower case with the scheme's port filled in, names in their
// ASCII form, "" for what is no http or https address.
func HostOf(rawURL string) string {
	u, err := url.Parse(strings.TrimSpace(rawURL))
	if err != nil {
		return ""
	}
	return hostOf(u)
}

func hostOf(u *url.URL) string {
	port := u.Port()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return ""
	case port != "":
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return ""
		}
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	host := strings.ToLower(u.Hostname())
	if addr, err := netip.ParseAddr(host); err == nil {
		return net.JoinHostPort(addr.Unmap().String(), port)
	}
	if strings.IndexFunc(host, func(r rune) bool { return r > 0x7f }) >= 0 {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return ""
		}
		host = ascii
	}
	if host = strings.TrimSuffix(host, "."); host == "" {
		return ""
	}
	return net.JoinHostPort(host, port)
}

// originOf is the scheme and host of an address: what its headers and its robots.txt belong to.
func originOf(u *url.URL) string { return u.Scheme + "://" + hostOf(u) }

// parseURL reads an address that a request can go to.
func parseURL(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > longestURL {
		return nil, fmt.Errorf("address of %d bytes", len(raw))
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("cannot be read as a URL") // the parser's own words can hold a password
	}
	if err := fit(u); err != nil {
		return nil, err
	}
	return u, nil
}

// fit checks that a request can go to the address and gives it the form that goes onto the wire.
func fit(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%s is not an http or https address", shown(u))
	case hostOf(u) == "":
		return fmt.Errorf("%s names no host", shown(u))
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	u.RawQuery = wireQuery(u.RawQuery)
	return nil
}

// wireQuery encodes what must not stand in a request line and leaves everything else as it was given.
func wireQuery(q string) string {
	bad := func(ch byte) bool { return ch <= ' ' || ch >= 0x7f || ch == '"' || ch == '<' || ch == '>' }
	var b strings.Builder
	for i := range len(q) {
		if bad(q[i]) {
			fmt.Fprintf(&b, "%%%02X", q[i])
		} else {
			b.WriteByte(q[i])
		}
	}
	return b.String()
}

// Request is one page that is wanted.
type Request struct {
	URL        string
	Validators Validators  // of the last answer; the zero value asks unconditionally
	Header     http.Header // sent to the scheme, host and port of URL only
	Accept     string      // "" asks for web pages

	heavy *heavy // the right to a heavy answer; nil needs none
	grant *grant // of the budget
}

// Get fetches one page and follows its redirects. Each request, also for robots.txt, waits for its host's turn.
//
// The error is always a *Failure, or wraps that of the context. A Failure with Outcome TooMany that is Unsent means that
// the host rests until NotBefore, one with OverBudget that the budget allows no more until then; the next Get of the same
// address goes on where the redirects stopped. Without an error the page has status 200, or 304 where validators were sent; with one it has
// the header and status of the answer, where that was the failure.
//
// Validators belong to the address that gave them, which is the one after redirects: with Validators.URL set they are sent to
// that address and to no other, so that a redirect that leads elsewhere one day is answered in full. Without it they
// are sent along as long as the redirects stay within the origin of the request; a server that redirects ignores them.
// User info in the address becomes basic authentication, for its origin only.
func (c *Client) Get(ctx context.Context, r Request) (Page, error) {
	s := c.now.Load()
	u, err := parseURL(r.URL)
	if err != nil {
		return Page{}, &Failure{Class: Hard, Outcome: BadURL, Unsent: true, Err: err}
	}
	user := u.User
	u.User = nil
	origin := originOf(u)
	moved := true
	var seen []string
	for {
		seen = append(seen, u.String())
		if until := c.Paused(hostOf(u)); !until.IsZero() {
			return Page{}, unsent(rest(until))
		}
		if err := c.allowed(ctx, s, u, r.grant); err != nil {
			return Page{}, c.stopover(err, redirection{from: seen[0], to: u, permanent: moved})
		}
		header := r.headers(u, user, origin)
		a, step, err := c.step(ctx, s, wire{url: u, header: header, most: s.MaxBody, heavy: r.heavy, grant: r.grant})
		if f, ok := errors.AsType[*Failure](err); ok && len(seen) > 1 && !f.Reached && !f.Unsent {
			of := *f
			of.Reached = true // the host that redirected: the network is up
			return Page{}, &of
		}
		if err != nil {
			return Page{}, c.stopover(err, redirection{from: seen[0], to: u, permanent: moved})
		}
		if step.to == nil {
			page := Page{URL: r.URL, Final: u.String(), Status: a.status, Header: a.header, Moved: moved && len(seen) > 1,
				Body: a.body, Whole: a.whole, Fetched: a.at}
			return page, a.verdict(header)
		}
		if slices.Contains(seen, step.to.String()) {
			return Page{}, badRedirect(fmt.Errorf("%s comes back to itself", shown(u)))
		}
		if len(seen) > s.Limits.Redirects {
			return Page{}, badRedirect(beyond(KeyRedirects, "more than %d redirects", s.Limits.Redirects))
		}
		moved = moved && step.permanent
		u = step.to
	}
}

// step sends one request, unless a redirect of its address was put off and is due now, and says where it leads: to
// nil where the answer is no redirect. The error is as in exchange.
func (c *Client) step(ctx context.Context, s *setup, w wire) (answer, redirection, error) {
	host, from := hostOf(w.url), w.url.String()
	if r, ok := c.gates.postponed(host, from); ok {
		return answer{}, r, nil
	}
	a, err := c.exchange(ctx, s, w)
	if err != nil || a.status/100 != 3 || a.status == http.StatusNotModified {
		return a, redirection{}, err
	}
	to, err := s.target(ctx, w.url, a)
	if err != nil {
		return a, redirection{}, badRedirect(err)
	}
	r := redirection{from: from, to: to,
		permanent: a.status == http.StatusMovedPermanently || a.status == http.StatusPermanentRedirect}
	if !a.rest.IsZero() {
		c.gates.postpone(host, r)
		return a, redirection{}, rest(a.rest)
	}
	return a, r, nil
}

// stopover remembers how far redirects led where the budget allows no further, and gives the error on.
func (c *Client) stopover(err error, so redirection) error {
	if f, ok := errors.AsType[*Failure](err); ok && f.Outcome == OverBudget && so.from != so.to.String() {
		c.gates.postpone(HostOf(so.from), so)
	}
	return err
}

// headers gives what is sent to u, a stop on the way from the origin of the request.
func (r Request) headers(u *url.URL, user *url.Userinfo, origin string) http.Header {
	h := http.Header{}
	h.Set("Accept", acceptPages)
	if r.Accept != "" {
		h.Set("Accept", r.Accept)
	}
	home := originOf(u) == origin
	if home {
		if user != nil {
			password, _ := user.Password()
			basic := http.Request{Header: h}
			basic.SetBasicAuth(user.Username(), password)
		}
		for name, values := range r.Header {
			h[http.CanonicalHeaderKey(name)] = values
		}
	}
	for _, name := range []string{"Accept-Encoding", "Connection", "Content-Length", "Host", "If-Match", "If-Modified-Since",
		"If-None-Match", "If-Range", "If-Unmodified-Since", "Range", "Referer", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} {
		h.Del(name)
	}
	if v := r.Validators; v.URL == u.String() || v.URL == "" && home {
		for name, value := range map[string]string{"If-None-Match": v.ETag, "If-Modified-Since": v.LastModified} {
			if value != "" && httpguts.ValidHeaderFieldValue(value) {
				h[name] = []string{value}
			}
		}
	}
	return h
}

// target gives where an answer redirects to, if that is a place to go to.
func (s *setup) target(ctx context.Context, from *url.URL, a answer) (*url.URL, error) {
	switch a.status {
	case http.StatusMultipleChoices, http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, fmt.Errorf("status %d", a.status)
	}
	location := strings.TrimSpace(a.header.Get("Location"))
	if location == "" {
		return nil, fmt.Errorf("status %d without an address", a.status)
	}
	to, err := from.Parse(location)
	if err != nil || len(location) > longestURL {
		return nil, fmt.Errorf("status %d to an address that cannot be read", a.status)
	}
	to.User = nil // a publisher does not choose our credentials
	if err := fit(to); err != nil {
		return nil, err
	}
	if from.Scheme == "https" && to.Scheme == "http" && !s.guard.allowsHost(ctx, to.Hostname()) {
		return nil, fmt.Errorf("redirect from https to %s", shown(to))
	}
	return to, nil
}

func badRedirect(err error) *Failure {
	return &Failure{Class: Soft, Outcome: Redirect, Reached: true, Err: err}
}

// rest is the failure of a request to a host that asked for rest.
func rest(until time.Time) *Failure {
	return &Failure{Class: Temporary, Outcome: TooMany, Reached: true, NotBefore: until, Err: &resting{until}}
}

// overBudget is the failure of a request that the budget does not allow before a time.
func overBudget(again time.Time) *Failure {
	return unsent(&Failure{Class: Temporary, Outcome: OverBudget, Reached: true, NotBefore: again})
}

func unsent(f *Failure) *Failure {
	f.Unsent = true
	return f
}

// stopped tells that the caller's context ended.
func stopped(u *url.URL, err error) error { return fmt.Errorf("cannot get %s: %w", shown(u), err) }
