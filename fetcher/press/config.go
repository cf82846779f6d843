package press

import (
	"fmt"
	"strings"
	"time"
)

// Sources gives the part of a config.yaml that names all publications: feeds as feed, list pages as page, one kind of
// them with links, sitemaps as sitemap, and those that only have a front page as url.
func (p *Press) Sources() string {
	var b strings.Builder
	b.WriteString("sources:\n")
	for _, pub := range p.pubs {
		fmt.Fprintf(&b, "  - id: %s\n    name: %q\n", pub.ID, pub.Name)
		switch pub.Kind {
		case PageLinks:
			fmt.Fprintf(&b, "    page: %s\n    links: %q\n", pub.Endpoint, pub.Links)
		case Page:
			fmt.Fprintf(&b, "    page: %s\n", pub.Endpoint)
		case NewsSitemap, Sitemap:
			fmt.Fprintf(&b, "    sitemap: %s\n", pub.Endpoint)
		case URLOnly:
			fmt.Fprintf(&b, "    url: %s\n", pub.Endpoint)
		default:
			fmt.Fprintf(&b, "    feed: %s\n", pub.Endpoint)
		}
		fmt.Fprintf(&b, "    language: %s\n    country: %s\n", pub.Language, pub.Country)
		if _, err := time.LoadLocation(pub.Zone); err == nil { // not every system knows the zones
			fmt.Fprintf(&b, "    zone: %s\n", pub.Zone)
		}
	}
	return b.String()
}

// ConfigOptions are the values of a whole config.yaml. A zero value leaves a key to its default, but for Listen.
type ConfigOptions struct {
	Database    string
	Listen      string // "" is off
	MinInterval time.Duration
	MaxInterval time.Duration
	HostDelay   time.Duration
	Timeout     time.Duration
	Revisit     time.Duration
	Backfill    time.Duration
}

// Config gives a whole config.yaml for the publications, with loopback allowed.
func (p *Press) Config(o ConfigOptions) string {
	var b strings.Builder
	if o.Database != "" {
		fmt.Fprintf(&b, "database: %q\n", o.Database)
	}
	fmt.Fprintf(&b, "listen: %q\nfetch:\n  allow_networks: [127.0.0.0/8]\n", o.Listen)
	for _, kv := range []struct {
		key   string
		value time.Duration
	}{
		{"min_interval", o.MinInterval}, {"max_interval", o.MaxInterval}, {"per_host_delay", o.HostDelay},
		{"timeout", o.Timeout}, {"revisit", o.Revisit}, {"backfill", o.Backfill},
	} {
		if kv.value != 0 {
			fmt.Fprintf(&b, "  %s: %s\n", kv.key, kv.value)
		}
	}
	b.WriteString("limits:\n  min_free: 0\n") // it is watched however little the disk has left
	b.WriteString(p.Sources())
	return b.String()
}
