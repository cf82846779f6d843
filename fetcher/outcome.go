package fetcher

import (
	"fmt"
	"time"
)

// Outcome is the fixed phrase for how a request or a poll ended. It is stored, counted and shown.
type Outcome string

const (
	OK           Outcome = "ok"
	NotModified  Outcome = "not modified"
	Timeout      Outcome = "timeout"
	TooSlow      Outcome = "too slow"
	DNS          Outcome = "name not found"
	Connect      Outcome = "cannot connect"
	TLS          Outcome = "tls failure"
	Incomplete   Outcome = "incomplete answer"
	BadEncoding  Outcome = "bad encoding"
	TooLarge     Outcome = "too large"
	TooCostly    Outcome = "too costly to read" // in memory, time or shape
	Redirect     Outcome = "redirect loop"
	Private      Outcome = "private address"
	BadURL       Outcome = "bad address"
	Robots       Outcome = "forbidden by robots.txt"
	RobotsDown   Outcome = "robots.txt unreachable"
	Forbidden    Outcome = "forbidden" // 401, 402, 403, 451
	NotFound     Outcome = "not found"
	Gone         Outcome = "gone"
	TooMany      Outcome = "too many requests" // 429
	ServerError  Outcome = "server error"      // 5xx
	BadStatus    Outcome = "unexpected status" // any other
	NotAFeed     Outcome = "not a feed"
	AnotherFeed  Outcome = "feed of another source"
	Flood        Outcome = "too many new entries"
	NotAListing  Outcome = "no article links"
	NotASitemap  Outcome = "not a sitemap"
	NothingFound Outcome = "no endpoint found"
	NotHTML      Outcome = "not a web page"
	NotArticle   Outcome = "not an article"
	Challenge    Outcome = "challenge page"
	NoText       Outcome = "no text"
	Unavailable  Outcome = "page unavailable" // with status 200: the site says so in words
	Internal     Outcome = "internal error"   // ours, not the page's
	OverBudget   Outcome = "budget used up"   // ours too: nothing was sent, it waits for the next hour
)

// Class says how likely a failure is to pass by itself.
type Class int

const (
	Temporary Class = iota // the network or the server, for now
	Soft                   // the page, perhaps not for ever
	Hard                   // asking again is of no use
)

func (c Class) String() string { return [...]string{"temporary", "soft", "hard"}[c] }

// Failure is the error of every request, poll and page that did not work.
type Failure struct {
	Class     Class
	Outcome   Outcome
	Reached   bool      // the host answered: the network is up
	Unsent    bool      // the host in question was sent nothing: an earlier answer or a rule of ours decided
	NotBefore time.Time // from Retry-After: nothing is asked of the host before; zero means not stated
	Err       error     // the detail; may be nil
}

func (f *Failure) Error() string {
	if f.Err == nil {
		return string(f.Outcome)
	}
	return fmt.Sprintf("%s: %v", f.Outcome, f.Err)
}

func (f *Failure) Unwrap() error { return f.Err }
