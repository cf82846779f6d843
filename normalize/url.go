package normalize

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

var errNoURL = errors.New("no absolute http address")

// tracking holds the query parameters that say where a reader came from and nothing of what is shown.
var tracking = map[string]bool{
	"fbclid": true, "gclid": true, "gclsrc": true, "dclid": true, "gbraid": true, "wbraid": true, "msclkid": true, "yclid": true,
	"ysclid": true, "ymclid": true, "twclid": true, "ttclid": true, "igshid": true, "igsh": true, "li_fat_id": true, "_openstat": true,
	"mc_cid": true, "mc_eid": true, "mkt_tok": true, "ref_src": true, "ref_url": true, "cmpid": true, "cmp": true, "ncid": true,
	"ocid": true, "xtor": true, "xtref": true, "smid": true, "sr_share": true, "wt_mc": true, "wt.mc_id": true, "s_cid": true, "icid": true,
	"ns_campaign": true, "ns_mchannel": true, "ns_source": true, "ns_linkname": true, "ns_fee": true, "_ga": true, "_gl": true, "_hsenc": true,
	"_hsmi": true, "hsctatracking": true, "spm": true, "scm": true, "fb_action_ids": true, "fb_action_types": true, "fb_source": true,
	"fb_ref": true, "vero_id": true, "wickedid": true, "oly_anon_id": true, "oly_enc_id": true, "rb_clickid": true, "soc_src": true,
	"soc_trk": true, "guccounter": true, "guce_referrer": true, "guce_referrer_sig": true, "tblci": true, "cx_testid": true,
	"feature": false, "frommedia": true, "fromrss": true, "rss": true, "from_rss": true, "source_rss": true, "partner_rss": true,
	"phpsessid": true, "jsessionid": true, "aspsessionid": true, "sessionid": true, "session_id": true, "sessid": true, "cfid": true, "cftoken": true,
	"echobox": true, "traffic_source": true, "share_id": true, "is_from_webapp": true, "sender_device": true,
}

// tracked lists what the names of whole families of such parameters begin with.
var tracked = []string{"utm_", "utm-", "at_", "mtm_", "pk_", "piwik_", "hsa_", "stm_", "vero_", "oft_", "trk_", "aff_"}

// valued are parameters that track only with certain values: elsewhere they choose what is shown.
var valued = map[string]*regexp.Regexp{
	"ref":    regexp.MustCompile(`(?i)^(rss|feed|atom|twitter|facebook|fb|vk|telegram|tg|newsletter|email|home|homepage|main)$`),
	"source": regexp.MustCompile(`(?i)^(rss|feed|atom|twitter|facebook|vk|telegram|newsletter|email|share)$`),
	"from":   regexp.MustCompile(`(?i)^(rss|feed|atom|twitter|facebook|fb|vk|telegram|tg|newsletter|email|main|share)$`),
	"sid":    regexp.MustCompile(`(?i)^[0-9a-f]{24,64}$`),
	"s":      regexp.MustCompile(`(?i)^[0-9a-f]{32}$`),
}

var pathSession = regexp.MustCompile(`(?i);(jsessionid|phpsessid|sid)=[^/;?]*`)

// CanonicalURL brings an address into the one form that articles are compared by: absolute http or https, scheme
// and host in lower case, the host in ASCII without its final dot, no user info, no default port, no fragment, no
// tracking parameters and session ids; other parameters stay in their order, escapes are written one way.
// http and https are different addresses here, as only the page can say that they are twins.
func CanonicalURL(raw string) (string, error) {
	u, err := parseURL(raw)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

func parseURL(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > 8<<10 {
		return nil, fmt.Errorf("cannot use address of %d bytes: %w", len(raw), errNoURL)
	}
	u, err := url.Parse(lenientEscapes(raw))
	if err != nil {
		return nil, fmt.Errorf("cannot read address: %w", errNoURL)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("cannot use address %q: %w", clip(raw, 80), errNoURL)
	}
	host, err := canonicalHost(u.Hostname())
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "80" && u.Scheme == "http" || port == "443" && u.Scheme == "https" {
		port = ""
	}
	switch {
	case port != "":
		host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	out := &url.URL{Scheme: u.Scheme, Host: host}
	path := pathSession.ReplaceAllString(escapePath(u.EscapedPath()), "")
	out = out.ResolveReference(&url.URL{Path: "/"})
	path = removeDots(path)
	out.Path, err = url.PathUnescape(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read path of address: %w", errNoURL)
	}
	out.RawPath = path
	out.RawQuery = cleanQuery(u.RawQuery)
	return out, nil
}

// canonicalHost gives the ASCII form of a host. Names that the strict rules refuse but that resolve in practice,
// such as those with an underscore, only get lower case.
func canonicalHost(host string) (string, error) {
	host = strings.TrimSuffix(host, ".")
	if net.ParseIP(host) != nil {
		return strings.ToLower(host), nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		ascii = strings.ToLower(host)
	}
	ascii = strings.TrimSuffix(ascii, ".")
	for _, c := range []byte(ascii) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`<>"\^|%{}`, c) >= 0 {
			return "", fmt.Errorf("cannot use host %q: %w", clip(host, 80), errNoURL)
		}
	}
	if ascii == "" {
		return "", fmt.Errorf("cannot use address without host: %w", errNoURL)
	}
	return ascii, nil
}

// lenientEscapes makes what browsers accept acceptable to net/url: stray percent signs, blanks, control characters.
func lenientEscapes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			b.WriteString("%25")
		case c == '\t' || c == '\n' || c == '\r':
		case c == ' ':
			b.WriteString("%20")
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// escapePath writes each escape in upper case, opens those of unreserved characters and escapes what must be.
func escapePath(p string) string { return escape(p, "-._~!$&'()*+,;=:@/") }

func escape(p, plain string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	put := func(c byte, keep bool) {
		if keep {
			b.WriteByte(c)
			return
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c == '%' && i+2 < len(p) && isHex(p[i+1]) && isHex(p[i+2]) {
			c = unhex(p[i+1])<<4 | unhex(p[i+2])
			put(c, isAlnum(c) || strings.IndexByte("-._~", c) >= 0)
			i += 2
			continue
		}
		put(c, isAlnum(c) || strings.IndexByte(plain, c) >= 0)
	}
	return b.String()
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// removeDots takes "." and ".." segments out of a path. Empty segments stay: some sites tell pages apart by them.
func removeDots(p string) string {
	segs := strings.Split(strings.TrimPrefix(p, "/"), "/")
	out := segs[:0]
	for i, s := range segs {
		last := i == len(segs)-1
		switch s {
		case ".":
			if last {
				out = append(out, "")
			}
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, s)
		}
	}
	return "/" + strings.Join(out, "/")
}

func cleanQuery(q string) string {
	if q == "" {
		return ""
	}
	var kept []string
	for part := range strings.SplitSeq(strings.ReplaceAll(q, "&amp;", "&"), "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if n, err := url.QueryUnescape(name); err == nil {
			name = n
		}
		if isTracking(strings.ToLower(name), value) {
			continue
		}
		kept = append(kept, escape(part, "-._~!$'()*+,;=:@/?[]"))
	}
	return strings.Join(kept, "&")
}

func isTracking(name, value string) bool {
	if tracking[name] {
		return true
	}
	for _, p := range tracked {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	re := valued[name]
	return re != nil && re.MatchString(value)
}

// sameSite reports whether two addresses belong to one publication: the same registrable domain, or for IP
// addresses and single names the same host and port. The scheme does not matter.
func sameSite(a, b *url.URL) bool {
	ha, hb := a.Hostname(), b.Hostname()
	da, errA := publicsuffix.EffectiveTLDPlusOne(ha)
	db, errB := publicsuffix.EffectiveTLDPlusOne(hb)
	if errA != nil || errB != nil || net.ParseIP(ha) != nil || net.ParseIP(hb) != nil {
		return a.Host == b.Host
	}
	return da == db
}

// chooseCanonical settles the address of a page: its own rel=canonical or og:url where they may be believed, else
// the final address. A canonical that leads to another site, to the root or to a mere section above the page is a
// template's mistake.
func chooseCanonical(final string, base *url.URL, claims ...string) string {
	u, err := parseURL(final)
	if err != nil {
		u = nil
	}
	for _, c := range claims {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		ref, err := url.Parse(lenientEscapes(c))
		if err != nil {
			continue
		}
		if base != nil {
			ref = base.ResolveReference(ref)
		}
		k, err := parseURL(ref.String())
		if err != nil || u != nil && !believable(k, u) {
			continue
		}
		return k.String()
	}
	if u == nil {
		return ""
	}
	return u.String()
}

func believable(claim, page *url.URL) bool {
	if !sameSite(claim, page) {
		return false
	}
	cp, pp := strings.Trim(claim.Path, "/"), strings.Trim(page.Path, "/")
	if cp == pp {
		return claim.RawQuery == page.RawQuery || page.RawQuery == "" || claim.RawQuery != "" || cp != "" && !strings.HasSuffix(cp, ".php")
	}
	if cp == "" || isIndexName(cp) {
		return false
	}
	if strings.HasPrefix(pp+"/", cp+"/") && !hasDigit(cp) && strings.Count(cp, "/") < 1 {
		return false
	}
	return true
}

func isIndexName(p string) bool {
	switch strings.ToLower(p) {
	case "index.php", "index.html", "index.htm", "default.aspx", "en", "ru", "kk", "kz", "ky", "kg", "uz", "tg", "tj", "tk", "tm":
		return true
	}
	return false
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// clip cuts a text to at most n bytes on a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
