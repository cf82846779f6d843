package fetcher

import (
	"net/http"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// Kind says what stands at the address of an endpoint.
type Kind string

const (
	KindFeed    Kind = "feed"    // RSS, RDF, Atom or JSON Feed
	KindPage    Kind = "page"    // an HTML page that lists articles
	KindSitemap Kind = "sitemap" // a news sitemap, a plain sitemap or an index of sitemaps
	KindURL     Kind = "url"     // not known yet: the first poll finds the best way
)

// Source is one publication.
type Source struct {
	ID        string
	Name      string
	Endpoints []Endpoint
	Headers   http.Header    // sent with every request to the hosts of the source's own endpoints, to no other
	Zone      *time.Location // for dates that name no zone; nil means UTC
}

// Endpoint is one address of a source that is polled.
type Endpoint struct {
	ID     string // unique over all sources and stable: the key of its State
	Source string
	Kind   Kind
	URL    string
	Links  goquery.Matcher // article links of a KindPage endpoint; nil means they are found automatically
	Every  time.Duration   // a fixed interval; 0 means adaptive
}
