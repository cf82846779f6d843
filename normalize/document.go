package normalize

import (
	"errors"
	"time"

	"github.com/PuerkitoBio/goquery"

	"chapar/normalize/relevance"
)

// Version of the rules; a document made by an older version may come out differently today.
const Version = 3

// Why no document could be made. They are wrapped with detail; compare with errors.Is.
var (
	ErrNotArticle = errors.New("not an article") // a listing, a section, a front page
	ErrChallenge  = errors.New("challenge page") // a captcha, a cookie or login wall, "enable JavaScript"
	ErrEmpty      = errors.New("no text")        // nothing that could be a text
	ErrNotHTML    = errors.New("not a web page") // PDF, image, binary
	// ErrUnavailable: the site says that the page is missing or that it does not work, or shows something else for now.
	ErrUnavailable = errors.New("page unavailable")
)

// Rules are a source's own selectors, compiled when the config is read. A nil part is not set. They go first.
type Rules struct {
	Title, Body, Date goquery.Matcher
	Remove            []goquery.Matcher
}

// Hint is what is known of an article before its page is read.
type Hint struct {
	Title     string         // of the feed's entry
	Authors   []string       // of the feed's entry
	Published time.Time      // of the feed's entry; zero if not stated
	Updated   time.Time      // of the feed's entry; zero if not stated
	Listed    time.Time      // the day that stood beside the link on a page that lists articles; zero if none did
	Language  string         // of the source, BCP 47; "" if not known
	Country   string         // of the outlet, ISO 3166; "" if not known
	Zone      *time.Location // for dates without one; nil means UTC
	Seen      time.Time      // when the page was first seen: the date of last resort, and the bound for dates in the future

	Recurrence *Recurrence // what the articles of the source have in common; nil where nothing is known
}

// Raw is a page before normalizing.
type Raw struct {
	URL         string // final address after redirects
	ContentType string // as the server said; "" if it did not
	Body        []byte
	Fragment    bool // Body is a piece of HTML from a feed, all of it the article
	Hint        Hint
	Rules       Rules
}

// Origin says where a date was found.
type Origin string

const (
	FromFeed    Origin = "feed"
	FromJSONLD  Origin = "json-ld"
	FromMeta    Origin = "meta"
	FromPage    Origin = "page"
	FromURL     Origin = "url"
	FromListing Origin = "listing"
	FromSeen    Origin = "first seen"
	FromImport  Origin = "import"
)

// Date is a moment, where it was found and which zone it was read in. The zero Date is unknown.
type Date struct {
	Time   time.Time `json:"time,omitzero"`
	Origin Origin    `json:"origin,omitempty"`
	Zone   string    `json:"zone,omitempty"` // the zone that was assumed; "" where the date named its own
}

// Extract is what a page says, before cleaning across sources and before any judgement of its subject.
type Extract struct {
	Title        string
	Text         string // paragraphs parted by a blank line, without the title, in corpus form
	Authors      []string
	Published    Date
	Modified     Date
	Language     string // BCP 47, "und" where it cannot be told
	CanonicalURL string
	SiteName     string
	Wall         string // what the page says where it ends its text for those who have not paid or signed in; "" if nothing
	Blurb        bool   // the text is no more than what the page's head says of it
	Verdict      error  // nil, or one of the errors above: why this should not be kept as an article
	Notes        []string
}

// Document is the cleaned form of an article: a pure value.
type Document struct {
	CanonicalURL string           `json:"canonical_url,omitempty"`
	Title        string           `json:"title"`
	Text         string           `json:"-"` // paragraphs parted by a blank line, without the title
	Authors      []string         `json:"authors,omitempty"`
	Published    Date             `json:"published,omitzero"`
	Modified     Date             `json:"modified,omitzero"`
	Language     string           `json:"language"`
	Relevance    relevance.Result `json:"relevance"`
	Essence      string           `json:"essence"` // equal for two versions of an article that differ in noise only
	Version      int              `json:"version"`
	Notes        []string         `json:"notes,omitempty"`
	Removed      []Removed        `json:"removed,omitempty"` // what other articles of the source have too
	Whole        string           `json:"whole,omitempty"`   // the essence with what was removed; "" where nothing was
}
