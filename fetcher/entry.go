package fetcher

import (
	"net/http"
	"time"
)

// Entry is what an endpoint says about one article. Link and GUID may each be empty, never both with Content.
type Entry struct {
	Source    string    `json:"source"`
	Endpoint  string    `json:"endpoint"`
	Kind      Kind      `json:"kind"`             // of the endpoint that named it
	Link      string    `json:"link"`             // absolute, its query kept
	Origin    string    `json:"origin,omitempty"` // what Link leads to, where a service that counts readers stands between; only in a [Feed]
	GUID      string    `json:"guid,omitempty"`
	Title     string    `json:"title,omitempty"`   // text, no markup
	Summary   string    `json:"summary,omitempty"` // HTML as the feed gave it
	Content   string    `json:"content,omitempty"` // HTML of the full text, where the feed carries one
	Authors   []string  `json:"authors,omitempty"`
	Language  string    `json:"language,omitempty"`
	Published time.Time `json:"published,omitzero"`
	Updated   time.Time `json:"updated,omitzero"`  // atom:updated, dc:modified, lastmod
	Guessed   bool      `json:"guessed,omitempty"` // the link was found automatically, it may lead to no article
	Old       bool      `json:"old,omitempty"`     // to be marked as seen, not to be fetched: older than the backfill
}

// Job is an entry that waits in the inbox of a host for its page.
type Job struct {
	Entry Entry     `json:"entry"`
	Host  string    `json:"host"` // host:port, the key of its lane
	Key   string    `json:"key"`  // what the store knows the entry by
	Due   time.Time `json:"due"`
	Since time.Time `json:"since"` // when it entered the inbox: a job is given up by age
	Tries int       `json:"tries"`

	// A revisit looks at a kept article again. Again is the wait that led to it, Validators are those of the page.
	Revisit    bool          `json:"revisit,omitempty"`
	Again      time.Duration `json:"again,omitempty"`
	Validators Validators    `json:"validators,omitzero"`
}

// Page is one fetched answer.
type Page struct {
	URL     string // as asked
	Final   string // after redirects, without user info and fragment
	Status  int    // 200 or 304
	Header  http.Header
	Body    []byte // decoded from its transfer encodings, not from its charset; empty for 304
	Moved   bool   // there were redirects, and all of them were permanent (301, 308)
	Whole   bool   // the end of the body was marked (a length, chunks, a checksum); otherwise a cut cannot be told from the end
	Fetched time.Time
}

// Validators are what a server gave for conditional requests. They are opaque: kept and sent back byte for byte.
type Validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	URL          string `json:"url,omitempty"` // the address that gave them, after redirects; "" where it was not noted
}

// After gives the validators to send the next time, v being those that were sent with the request that p answers. A
// page with status 200 replaces all of them, also by none; one with 304 those that it names.
func (v Validators) After(p Page) Validators {
	fresh := validatorsOf(p.Header)
	if p.Status == http.StatusNotModified {
		if fresh.ETag == "" {
			fresh.ETag = v.ETag
		}
		if fresh.LastModified == "" {
			fresh.LastModified = v.LastModified
		}
	}
	if fresh != (Validators{}) {
		fresh.URL = p.Final
	}
	return fresh
}

// validatorsOf reads the validators of an answer. Values over 1 KiB are dropped.
func validatorsOf(h http.Header) Validators {
	v := Validators{ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified")}
	const most = 1 << 10
	if len(v.ETag) > most {
		v.ETag = ""
	}
	if len(v.LastModified) > most {
		v.LastModified = ""
	}
	return v
}
