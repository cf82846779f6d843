package store

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"chapar/fetcher"
	"chapar/normalize"
)

// canonicalURL is the form of an address that articles are compared by; "" if it is not the address of a page.
func canonicalURL(raw string) string {
	u, err := normalize.CanonicalURL(raw)
	if err != nil {
		return ""
	}
	return u
}

// urlKey is the key of an address in seen/; "" if it is not the address of a page.
func urlKey(raw string) string { return shortened(canonicalURL(raw)) }

// entryKey is what an entry is known by until its page says more.
func entryKey(e fetcher.Entry) string {
	if k := urlKey(e.Link); k != "" {
		return k
	}
	if e.GUID != "" {
		return shortened("guid:" + e.Source + ":" + e.GUID)
	}
	if e.Title == "" && e.Content == "" && e.Link == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(e.Link + "\x00" + e.Title + "\x00" + e.Content))
	return shortened("text:" + e.Source + ":" + hex.EncodeToString(sum[:16]))
}

// siteOf is the part of an address that one publisher holds: its registered domain, or an IP address with its port.
func siteOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if _, err := netip.ParseAddr(host); err == nil {
		return fetcher.HostOf(raw)
	}
	if site, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return site
	}
	return host
}

// sameHost says whether two addresses belong to one host; a leading "www." makes no difference.
func sameHost(a, b string) bool {
	host := func(raw string) string { return strings.TrimPrefix(fetcher.HostOf(raw), "www.") }
	return host(a) != "" && host(a) == host(b)
}
