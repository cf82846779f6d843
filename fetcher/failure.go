package fetcher

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// longestRest is the longest rest a host is given for its Retry-After.
const longestRest = 30 * 24 * time.Hour

// retryAfter reads the Retry-After of an answer that came in now: seconds or a date. It is zero where there is none, where it
// cannot be read and where it has passed, and at most longestRest ahead.
func retryAfter(h http.Header, now time.Time) time.Time {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return time.Time{}
	}
	most := now.Add(longestRest)
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		switch {
		case err != nil || seconds > int64(longestRest/time.Second):
			return most // more digits than a number holds
		case seconds == 0:
			return time.Time{}
		}
		return now.Add(time.Duration(seconds) * time.Second)
	}
	at, err := http.ParseTime(value)
	switch {
	case err != nil || !at.After(now):
		return time.Time{}
	case at.After(most):
		return most
	}
	return at
}

// restAfter gives the end of the rest that an answer asks for; only some statuses can.
func restAfter(status int, h http.Header, now time.Time) time.Time {
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status/100 == 3 {
		return retryAfter(h, now)
	}
	return time.Time{}
}

// statusFailure gives the failure that a status means, or nil for 200.
func statusFailure(status int) *Failure {
	f := &Failure{Class: Soft, Outcome: BadStatus, Reached: true, Err: fmt.Errorf("status %d", status)}
	switch status {
	case http.StatusOK:
		return nil
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusUnavailableForLegalReasons:
		f.Outcome = Forbidden
	case http.StatusNotFound:
		f.Outcome = NotFound
	case http.StatusGone:
		f.Class, f.Outcome = Hard, Gone
	case http.StatusTooManyRequests:
		f.Class, f.Outcome = Temporary, TooMany
	case http.StatusRequestTimeout, http.StatusTooEarly:
		f.Class, f.Outcome = Temporary, ServerError
	default:
		if status/100 == 5 {
			f.Class, f.Outcome = Temporary, ServerError
		}
	}
	return f
}

// progress is how far a request came.
type progress struct {
	answered  bool // at least a TLS handshake or the first byte of an answer
	handshake bool // the last TLS handshake failed
}

// networkFailure classifies what a request ended with before its answer was complete.
func networkFailure(err error, p progress) *Failure {
	f := &Failure{Class: Temporary, Outcome: Connect, Reached: p.answered, Err: short(err)}
	var (
		no   *refused
		cert *tls.CertificateVerificationError
		op   *net.OpError
		dns  *net.DNSError
		slow net.Error
		late *overdue
	)
	switch {
	case errors.As(err, &no):
		f.Class, f.Outcome, f.Unsent = Hard, Private, true
		f.Err = no
	case errors.As(err, &cert):
		f.Class, f.Outcome, f.Reached = Soft, TLS, true
	case errors.As(err, &dns):
		f.Outcome = DNS
	case errors.As(err, &late):
		f.Outcome = late.outcome
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		f.Outcome = Timeout
	case errors.As(err, &op) && op.Op == "remote error": // what crypto/tls calls an alert of the other side
		f.Outcome, f.Reached = TLS, true
	case p.handshake, errors.Is(err, http.ErrSchemeMismatch):
		f.Outcome = TLS
	case p.answered:
		f.Outcome = Incomplete
	}
	return f
}

// detail is an error whose text is fit for one line of a table.
type detail struct {
	text string
	err  error
}

func (d *detail) Error() string { return d.text }
func (d *detail) Unwrap() error { return d.err }

// short keeps an error's text to one line of at most 200 bytes without control characters.
func short(err error) error {
	return &detail{text: line(err.Error(), 200), err: err}
}

func line(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// shown is a URL as it may stand in logs and on pages: user info and query can hold secrets.
func shown(u *url.URL) string {
	s := u.Scheme + "://" + u.Host + u.EscapedPath()
	if u.Host == "" {
		s = u.Scheme + ":"
	}
	if u.RawQuery != "" {
		s += "?…"
	}
	return line(s, 120)
}
