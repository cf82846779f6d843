package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"
)

var wholeDays = regexp.MustCompile(`^([0-9]{1,4})\s*(d|days?|w|weeks?)$`)

// durationHint says how to write what was meant as a duration.
func durationHint(text string, fromEnv bool) string {
	general := "write it such as 90s, 30m or 24h"
	if fromEnv {
		return general
	}
	if _, err := strconv.Atoi(text); err == nil {
		return fmt.Sprintf("a unit is missing: write %ss or %sm", text, text)
	}
	if m := wholeDays.FindStringSubmatch(text); m != nil {
		hours, _ := strconv.Atoi(m[1])
		hours *= 24
		if m[2][0] == 'w' {
			hours *= 7
		}
		return fmt.Sprintf("write %dh", hours)
	}
	if d, err := time.ParseDuration(strings.ReplaceAll(text, " ", "")); err == nil {
		return "write " + short(d)
	}
	return general
}

// parseAge reads a duration as Go does, and one of whole days: 30d.
func parseAge(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		const most = 9999
		if n, err := strconv.ParseUint(days, 10, 64); err == nil && n <= most {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	return time.ParseDuration(text)
}

// short writes a duration without the units that are zero.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

var sizeForm = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)$`)

// parseSize reads 16MiB, KiB, GiB, MB and their like, and plain bytes.
func parseSize(text string) (int64, error) {
	m := sizeForm.FindStringSubmatch(text)
	if m == nil {
		return 0, errors.New("not a size")
	}
	units := map[string]float64{"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "kb": 1e3, "mb": 1e6, "gb": 1e9}
	unit, known := units[strings.ToLower(m[2])]
	number, err := strconv.ParseFloat(m[1], 64)
	if bytes := number * unit; known && err == nil && bytes < math.MaxInt64 {
		return int64(bytes), nil
	}
	return 0, errors.New("not a size")
}

func sizeHint(text string, fromEnv bool) string {
	if m := sizeForm.FindStringSubmatch(text); m != nil && !fromEnv && len(m[2]) == 1 && strings.ContainsAny(m[2], "kKmMgG") {
		return fmt.Sprintf("write %s%siB", m[1], strings.ToUpper(m[2]))
	}
	return "write it such as 512KiB, 16MiB or 1GiB"
}

func sizeText(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.size && n%u.size == 0 {
			return fmt.Sprintf("%d%s", n/u.size, u.name)
		}
	}
	return strconv.FormatInt(n, 10)
}

// wrong is what is the matter with a value and how to mend it, as the end of a sentence that begins with its path. It
// holds nothing of the value that could be secret.
type wrong struct{ text, hint string }

// webAddress reads the address of something on the web.
func webAddress(text string, schemes ...string) (*url.URL, *wrong) {
	hint := "write it such as " + schemes[0] + "://example.org/"
	u, err := url.Parse(text)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		if escape := url.EscapeError(""); errors.As(err, &escape) {
			return nil, &wrong{"is no address: it holds a % that begins no escape", "write %25 for a percent sign"}
		}
		if strings.Contains(err.Error(), "port") {
			return nil, &wrong{"is no address: its port is no number", hint}
		}
		return nil, &wrong{"is no address", hint}
	}
	known := false
	for _, s := range schemes {
		known = known || u.Scheme == s
	}
	switch {
	case u.Scheme == "" && u.Host == "" && strings.Contains(text, ".") && !strings.HasPrefix(text, "/") && !strings.Contains(text, "@"):
		return nil, &wrong{"has no scheme", "write " + schemes[0] + "://" + Public(text)}
	case !known:
		return nil, &wrong{fmt.Sprintf("must begin with %s://", strings.Join(schemes, ":// or ")), hint}
	case u.Hostname() == "":
		return nil, &wrong{"names no host", hint}
	case strings.ContainsFunc(u.Hostname(), unicode.IsSpace):
		return nil, &wrong{"names a host with a blank in it", hint}
	}
	return u, nil
}

func checkListen(text string) *wrong {
	if text == "" {
		return nil
	}
	hint := `write it such as 127.0.0.1:8477, or "" for none`
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return &wrong{fmt.Sprintf("is %s, not host:port", quote(text)), hint}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return &wrong{fmt.Sprintf("is %s, whose port is no number from 0 to 65535", quote(text)), hint}
	}
	return nil
}

// beyond says whether more than this machine can reach a listen address.
func beyond(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil || host == "localhost" {
		return false
	}
	a, err := netip.ParseAddr(host)
	return err != nil || !a.Unmap().IsLoopback()
}

// checkHeaderText refuses what cannot stand in a header line.
func checkHeaderText(text string) *wrong {
	for _, r := range text {
		if r < ' ' || r > '~' {
			return &wrong{"holds a sign that cannot be sent in a header", "use plain ASCII"}
		}
	}
	return nil
}

func checkContact(text string) *wrong {
	if text == "" {
		return nil
	}
	if bad := checkHeaderText(text); bad != nil {
		return bad
	}
	if _, err := mail.ParseAddress(strings.TrimPrefix(text, "mailto:")); err == nil {
		return nil
	}
	if _, bad := webAddress(text, "https", "http"); bad != nil {
		return &wrong{"is neither a mailbox nor a web address", "write it such as editor@example.org or https://example.org/bot"}
	}
	return nil
}

func parseNetwork(text string) (netip.Prefix, *wrong) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.Prefix{}, &wrong{fmt.Sprintf("is %s, which is no network", quote(text)), "write it such as 127.0.0.0/8 or 10.1.2.3"}
}

func parseLanguage(text string) (string, *wrong) {
	tag, err := language.Raw.Parse(text)
	if err != nil || text == "" {
		return "", &wrong{fmt.Sprintf("is %s, which is no language", quote(text)), "write a BCP 47 tag such as ru, kk or uz-Latn"}
	}
	return tag.String(), nil
}

func parseCountry(text string) (string, *wrong) {
	bad := &wrong{fmt.Sprintf("is %s, which is no country", quote(text)), "write its ISO 3166 code of two letters such as KZ, or leave it out"}
	region, err := language.ParseRegion(text)
	if err != nil || !region.IsCountry() {
		return "", bad
	}
	if code := region.Canonicalize().String(); code != strings.ToUpper(text) {
		bad.hint = "write " + code
		return "", bad
	}
	return strings.ToUpper(text), nil
}

func parseZone(text string) (*time.Location, *wrong) {
	zone, err := time.LoadLocation(text)
	if err != nil || text == "" || text == "Local" {
		return nil, &wrong{fmt.Sprintf("is %s, which is no time zone", quote(text)), "write a name of the IANA list such as Asia/Almaty, or UTC"}
	}
	return zone, nil
}
