package fetcher

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	robotsBytes  = 500 << 10           // of a robots.txt are read
	robotsHops   = 5                   // redirects that are followed at least, as RFC 9309 asks
	robotsFresh  = 24 * time.Hour      // the longest that a copy is good for
	robotsHeld   = 26 * time.Hour      // but for one after which the budget of a day is used up: it waits for what it was fetched for
	robotsLeast  = time.Hour           // the shortest, whatever its max-age says
	robotsGiveUp = 30 * 24 * time.Hour // of server errors, after which the last copy holds again
)

// robots keeps the copies of robots.txt, one for each scheme, host and port, as RFC 9309 has it.
type robots struct {
	mu      sync.Mutex
	copies  map[string]*robotsCopy
	many    int
	fetched map[string]RobotsText // since takeFetched, by origin
}

// RobotsText is a robots.txt as it was fetched, and until when it is good. Where a host has none the text is empty.
type RobotsText struct {
	Text  []byte    `json:"text,omitempty"`
	Until time.Time `json:"until"`
}

// robotsCopy is used by the one who has its turn; users is guarded by robots.mu.
type robotsCopy struct {
	turn  turn
	users int

	rules []rule
	until time.Time // the rules are good until

	failure  *Failure // why there are no rules
	again    time.Time
	failures int       // answers in a row that were none
	since    time.Time // the first of them
}

func newRobots() *robots {
	return &robots{copies: map[string]*robotsCopy{}, many: manyHosts}
}

func (r *robots) hold(origin string) *robotsCopy {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.copies[origin]
	if c == nil {
		r.forget()
		c = &robotsCopy{turn: newTurn()}
		r.copies[origin] = c
	}
	c.users++
	return c
}

func (r *robots) drop(c *robotsCopy) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.users--
}

func (r *robots) forget() {
	if len(r.copies) < r.many {
		return
	}
	now := time.Now()
	for origin, c := range r.copies {
		if c.users == 0 && !c.until.After(now) && !c.again.After(now) {
			delete(r.copies, origin)
		}
	}
	r.many = max(manyHosts, 2*len(r.copies))
}

// note keeps a copy that is to be remembered.
func (r *robots) note(origin string, t RobotsText) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fetched == nil {
		r.fetched = map[string]RobotsText{}
	}
	r.fetched[origin] = t
}

// takeFetched gives the copies that came since the last call.
func (r *robots) takeFetched() map[string]RobotsText {
	r.mu.Lock()
	defer r.mu.Unlock()
	fetched := r.fetched
	r.fetched = nil
	return fetched
}

// recall takes a copy that an earlier process fetched, if it is good still and no later one is at hand.
func (r *robots) recall(origin string, t RobotsText, token string, now time.Time) {
	have := r.hold(origin)
	defer r.drop(have)
	have.turn <- struct{}{}
	defer have.turn.give()
	if t.Until.After(have.until) && t.Until.After(now) && !t.Until.After(now.Add(robotsHeld)) {
		have.rules, have.until = parseRobots(t.Text, token), t.Until
	}
}

// allowed gives nil where robots.txt allows the address, else *Failure or the error of the context. It asks the host
// where no copy is at hand.
func (c *Client) allowed(ctx context.Context, s *setup, u *url.URL, g *grant) error {
	if !s.Robots {
		return nil
	}
	have := s.robots.hold(originOf(u))
	defer s.robots.drop(have)
	if err := have.turn.take(ctx); err != nil {
		return stopped(u, err)
	}
	defer have.turn.give()

	now, asked := time.Now(), false
	if !have.until.After(now) {
		if have.failure != nil && have.again.After(now) {
			again := *have.failure
			again.Unsent, again.NotBefore = true, time.Time{}
			return &again
		}
		text, fresh, err := c.fetchRobots(ctx, s, u, g)
		now, asked = time.Now(), true
		if f, ok := errors.AsType[*Failure](err); ok {
			if f.Unsent {
				return f // the host rests or must not be asked: nothing was learned
			}
			if !have.failed(f, now, s.Bounds) {
				return f
			}
		} else if err != nil {
			return err
		} else {
			good := min(max(fresh, robotsLeast, s.Bounds.Min), robotsFresh)
			if g.last(now) {
				good = robotsHeld
			}
			have.rules, have.until = parseRobots(text, s.token), now.Add(good)
			s.robots.note(originOf(u), RobotsText{text, have.until})
			have.failure, have.failures, have.since, have.again = nil, 0, time.Time{}, time.Time{}
		}
	}
	if !permits(have.rules, u) {
		return &Failure{Class: Hard, Outcome: Robots, Reached: true, Unsent: !asked, Err: errors.New(shown(u))}
	}
	return nil
}

// Permits tells whether robots.txt allows an address, by the copy at hand. It is not known where there is none, or where
// robots.txt is not heeded.
func (c *Client) Permits(ctx context.Context, rawURL string) (permitted, known bool) {
	s := c.now.Load()
	u, err := url.Parse(rawURL)
	if err != nil || !s.Robots || u.Host == "" {
		return false, false
	}
	have := s.robots.hold(originOf(u))
	defer s.robots.drop(have)
	if have.turn.take(ctx) != nil {
		return false, false
	}
	defer have.turn.give()
	if !have.until.After(time.Now()) {
		return false, false
	}
	return permits(have.rules, u), true
}

// failed notes that there was no robots.txt to be had and when it is asked for again. It says whether the last copy
// holds in spite of it.
func (c *robotsCopy) failed(f *Failure, now time.Time, b Bounds) bool {
	c.failure = f
	if !f.Reached { // nothing that the host said: no reason for it to wait longer and longer
		c.again = now.Add(b.Min)
		return false
	}
	if c.failures++; c.failures == 1 {
		c.since = now
	}
	// A little shorter than double each time, so that callers who double their own waits find it due.
	wait := b.Min
	for n := 2; n <= c.failures && wait < b.Max; n++ {
		if wait *= 2; n == 2 {
			wait = wait / 4 * 3
		}
	}
	wait = max(b.Min, min(wait, b.Max))
	c.again = now.Add(wait)
	if now.Sub(c.since) < robotsGiveUp {
		return false
	}
	c.until = c.again
	return true
}

// fetchRobots asks for the robots.txt of u's host. No text means that all is allowed. The error is that of the context
// or a *Failure: nothing is allowed for now.
func (c *Client) fetchRobots(ctx context.Context, s *setup, u *url.URL, g *grant) ([]byte, time.Duration, error) {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	begin, header := at.String(), http.Header{}
	header.Set("Accept", "text/plain,*/*;q=0.8")
	for hop := 0; ; hop++ {
		a, step, err := c.step(ctx, s, wire{url: at, header: header, most: robotsBytes, cut: true, grant: g})
		err = c.stopover(err, redirection{from: begin, to: at})
		if f, ok := errors.AsType[*Failure](err); ok {
			if f.Outcome == Redirect || hop > 0 && f.Outcome == Private {
				return nil, robotsFresh, nil // leads nowhere: as if there were none
			}
			return nil, 0, robotsFailure(f)
		}
		switch {
		case err != nil:
			return nil, 0, err
		case step.to != nil && hop == max(s.Limits.Redirects, robotsHops):
			return nil, robotsFresh, nil
		case step.to != nil:
			at = step.to
		case a.status/100 == 2:
			return a.body, maxAge(a.header), nil
		case a.status == http.StatusTooManyRequests || a.status/100 == 5:
			f := statusFailure(a.status)
			f.NotBefore = a.rest
			return nil, 0, robotsFailure(f)
		default: // 4xx: there is none
			return nil, robotsFresh, nil
		}
	}
}

// robotsFailure tells a failure as one of robots.txt. What tells of the network or of a rest keeps its name.
func robotsFailure(f *Failure) *Failure {
	of := *f
	if f.Reached && f.Outcome != TooMany && f.Outcome != TLS && f.Outcome != OverBudget {
		of.Class, of.Outcome = Temporary, RobotsDown
	}
	if !f.Unsent {
		of.Err = fmt.Errorf("robots.txt: %w", f.Err)
	}
	return &of
}

// maxAge reads how long an answer may be kept, robotsFresh where it does not say.
func maxAge(h http.Header) time.Duration {
	for _, part := range strings.Split(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !strings.EqualFold(name, "max-age") {
			continue
		}
		if n, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 32); err == nil && n >= 0 {
			return time.Duration(n) * time.Second
		}
	}
	return robotsFresh
}

// productToken is the name that groups of a robots.txt call us by.
func productToken(userAgent string) string {
	name, _, _ := strings.Cut(userAgent, "/")
	if token := leadingToken(name); token != "" {
		return token
	}
	return strings.ToLower(strings.TrimSpace(name))
}

// leadingToken gives the longest beginning that is a product token, in lower case.
func leadingToken(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	end := strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && r != '-' && r != '_' })
	if end >= 0 {
		return s[:end]
	}
	return s
}

// rule is one Allow or Disallow line. Its pattern is in normal form, with * for any run of bytes.
type rule struct {
	pattern string
	end     bool // the match must reach the end of the address
	allow   bool
}

// size is how specific a rule is, in bytes.
func (r rule) size() int {
	if r.end {
		return len(r.pattern) + 1
	}
	return len(r.pattern)
}

// parseRobots gives the rules for the product token, or those for all where no group names it, most specific first.
func parseRobots(text []byte, token string) []rule {
	if len(text) >= robotsBytes {
		text = text[:robotsBytes]
		text = text[:bytes.LastIndexAny(text, "\r\n")+1] // half a line can say more than the whole
	}
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	var (
		ours, all []rule
		named     bool // some group names us
		us, star  bool // whom the present group is for
		agents    bool // its User-agent lines have not ended
	)
	for len(text) > 0 {
		var row []byte
		if i := bytes.IndexAny(text, "\r\n"); i >= 0 {
			row, text = text[:i], text[i+1:]
		} else {
			row, text = text, nil
		}
		key, value := robotsLine(row)
		switch key {
		case "user-agent", "useragent", "user agent":
			if !agents {
				us, star, agents = false, false, true
			}
			if name := leadingToken(value); name != "" && name == token {
				us, named = true, true
			} else if value == "*" || strings.HasPrefix(value, "* ") {
				star = true
			}
		case "allow", "disallow", "dissallow", "disalow", "dissalow", "diasllow", "disallaw":
			agents = false
			r := newRule(value, key == "allow")
			if r.pattern == "" {
				continue // "Disallow:" forbids nothing
			}
			if us {
				ours = append(ours, r)
			}
			if star {
				all = append(all, r)
			}
		}
	}
	if !named {
		ours = all
	}
	slices.SortStableFunc(ours, func(a, b rule) int {
		if c := cmp.Compare(b.size(), a.size()); c != 0 || a.allow == b.allow {
			return c
		}
		if a.allow {
			return -1
		}
		return 1
	})
	return slices.Clip(ours)
}

// robotsLine parts a line at its colon or, where that was forgotten, at its one gap.
func robotsLine(row []byte) (key, value string) {
	if i := bytes.IndexByte(row, '#'); i >= 0 {
		row = row[:i]
	}
	s := strings.Trim(string(row), " \t\f\v\x00")
	key, value, found := strings.Cut(s, ":")
	if !found {
		if words := strings.Fields(s); len(words) == 2 {
			key, value = words[0], words[1]
		}
	}
	return strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
}

func newRule(value string, allow bool) rule {
	value, end := strings.CutSuffix(value, "$")
	r := rule{pattern: normalPath(value, true), end: end, allow: allow}
	if len(r.pattern)-strings.Count(r.pattern, "*") > 3*longestURL {
		r.pattern = "" // longer than every address
	}
	return r
}

// normalPath brings a pattern or the path and query of a URL to the one form in which they are compared: unreserved
// characters plain, all others that a URL cannot hold as they are percent-encoded, and in a query also : and / plain. In a
// URL * and $ are encoded, since a pattern that means them literally has to encode them.
func normalPath(s string, pattern bool) string {
	var b strings.Builder
	b.Grow(len(s))
	query := false
	for i := 0; i < len(s); i++ {
		ch, encoded := s[i], false
		if ch == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				ch, encoded = byte(n), true
				i += 2
			}
		}
		plain := ch > ' ' && ch < 0x7f && strings.IndexByte("\"<>\\^`{|}", ch) < 0
		switch {
		case encoded:
			plain = unreserved(ch) || query && (ch == ':' || ch == '/')
		case ch == '*':
			plain = pattern
		case ch == '$':
			plain = false
		case ch == '?':
			query = true
		}
		if plain {
			b.WriteByte(ch)
			continue
		}
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[ch>>4], hex[ch&15]})
	}
	return b.String()
}

func unreserved(ch byte) bool {
	return 'a' <= ch && ch <= 'z' || 'A' <= ch && ch <= 'Z' || '0' <= ch && ch <= '9' || strings.IndexByte("-._~", ch) >= 0
}

// permits says what the most specific rule that matches says; without one all is allowed.
func permits(rules []rule, u *url.URL) bool {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if path == "/robots.txt" {
		return true
	}
	if u.RawQuery != "" || u.ForceQuery {
		path += "?" + u.RawQuery
	}
	path = normalPath(path, false)
	for _, r := range rules {
		if r.matches(path) {
			return r.allow
		}
	}
	return true
}

// matches takes each piece between two stars where it is found first, so no path is looked at twice.
func (r rule) matches(path string) bool {
	piece, rest, star := strings.Cut(r.pattern, "*")
	path, ok := strings.CutPrefix(path, piece)
	if !ok {
		return false
	}
	for star {
		piece, rest, star = strings.Cut(rest, "*")
		if !star && r.end {
			return strings.HasSuffix(path, piece)
		}
		i := strings.Index(path, piece)
		if i < 0 {
			return false
		}
		path = path[i+len(piece):]
	}
	return !r.end || path == ""
}
