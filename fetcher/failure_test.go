package fetcher

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2030, 3, 4, 5, 6, 7, 0, time.UTC)
	month := 30 * 24 * time.Hour
	check := func(value string, want time.Duration) {
		t.Helper()
		got := retryAfter(http.Header{"Retry-After": {value}}, now)
		if want == 0 && !got.IsZero() || want != 0 && !got.Equal(now.Add(want)) {
			t.Errorf("%q: got %v, want %v from %v", value, got, want, now)
		}
	}
	check("120", 2*time.Minute)
	check(" 120 ", 2*time.Minute)
	check("0", 0)
	check("00", 0)
	check("-5", 0)
	check("+5", 0)
	check("1.5", 0)
	check("soon", 0)
	check("120 seconds", 0)
	check("", 0)
	check("86400", 24*time.Hour)
	check("1000000000", month)
	check("999999999999999999999999999999", month)
	check("Mon, 04 Mar 2030 06:06:07 GMT", time.Hour)
	check("Monday, 04-Mar-30 06:06:07 GMT", time.Hour)
	check("Mon Mar  4 06:06:07 2030", time.Hour)
	check("Mon, 04 Mar 2030 05:06:07 GMT", 0)
	check("Fri, 04 Mar 2011 05:06:07 GMT", 0)
	check("Tue, 04 Mar 2070 05:06:07 GMT", month)
	check("2030-03-04T06:06:07Z", 0)
	if got := retryAfter(http.Header{}, now); !got.IsZero() {
		t.Errorf("without the header: %v", got)
	}
	for status, rests := range map[int]bool{429: true, 503: true, 301: true, 302: true, 200: false, 403: false, 500: false, 404: false} {
		if got := restAfter(status, http.Header{"Retry-After": {"60"}}, now); got.IsZero() == rests {
			t.Errorf("status %d: rest until %v", status, got)
		}
	}
}

func TestStatusFailure(t *testing.T) {
	check := func(c Class, o Outcome, statuses ...int) {
		t.Helper()
		for _, status := range statuses {
			f := statusFailure(status)
			if f == nil || f.Class != c || f.Outcome != o || !f.Reached || f.Err == nil {
				t.Errorf("status %d: got %+v, want %v %q", status, f, c, o)
			}
		}
	}
	check(Soft, BadStatus, 201, 202, 203, 204, 206, 226, 304, 305, 400, 405, 406, 411, 418, 600, 999)
	check(Soft, Forbidden, 401, 402, 403, 451)
	check(Soft, NotFound, 404)
	check(Hard, Gone, 410)
	check(Temporary, TooMany, 429)
	check(Temporary, ServerError, 408, 425, 500, 502, 503, 504, 520, 530, 599)
	if f := statusFailure(200); f != nil {
		t.Errorf("status 200 fails: %v", f)
	}
}

func TestFailureTextIsOneShortLine(t *testing.T) {
	err := short(errors.New("first\r\nsecond\x1b[31m \u202e" + strings.Repeat("ұзақ ", 100)))
	if text := err.Error(); strings.ContainsAny(text, "\r\n\x1b\u202e") || len(text) > 210 || !strings.HasSuffix(text, "…") {
		t.Errorf("got %q", text)
	}
	u, _ := url.Parse("https://reader:secret@a.test/" + strings.Repeat("long/", 50) + "?token=secret")
	if text := shown(u); strings.Contains(text, "secret") || len(text) > 130 || !strings.HasPrefix(text, "https://a.test/long/") {
		t.Errorf("got %q", text)
	}
}

// TestRefusals: who is refused for a limit reads which one it was and what raises it, and each is counted.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		f         *Failure
		key, text string
	}{
		"none":    {nil, "", ""},
		"another": {&Failure{Outcome: NotFound, Err: errors.New("status 404")}, "", ""},
		"body":    {bodyFailure(Hard, TooLarge, "%w", &Exceeded{What: "more than 5 bytes", Key: KeyBody}), KeyBody, "more than 5 bytes; fetch.max_body raises that"},
		"time":    {networkFailure(&overdue{Exceeded{What: "no whole answer within 1s", Key: KeyTimeout}, Timeout}, progress{}), KeyTimeout, "no whole answer within 1s; fetch.timeout raises that"},
		"address": {networkFailure(&refused{addr: netip.MustParseAddrPort("10.0.0.1:80")}, progress{}), KeyNetworks, "fetch.allow_networks"},
		"shape":   {refusal(NotAFeed, beyond(KeyDepth, "elements nested deeper than %d", 256)), KeyDepth, "nested deeper than 256; limits.xml_depth raises that"},
		"fixed":   {refusal(NotAFeed, &Exceeded{What: "more than anyone grants"}), fixed, "more than anyone grants"},
	} {
		if got := limitOf(c.f); got != c.key {
			t.Errorf("%s: limit %q, want %q", name, got, c.key)
		}
		if c.f != nil && !strings.Contains(c.f.detail(), c.text) {
			t.Errorf("%s: %q, want %q in it", name, c.f.detail(), c.text)
		}
	}
	if f := networkFailure(&overdue{Exceeded{What: "x"}, Timeout}, progress{}); f.Outcome != Timeout || f.Class != Temporary {
		t.Errorf("%+v", f)
	}
}
