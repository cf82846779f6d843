package press

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Fault is a named way of failing. All but those that say otherwise leave robots.txt alone.
type Fault string

const (
	Errors       Fault = "errors"        // 500 on everything, robots.txt too
	PageErrors   Fault = "page-errors"   // 500 on articles
	Hang         Fault = "hang"          // no answer until the client leaves; robots.txt too
	Drip         Fault = "drip"          // a byte at a time
	TooMany      Fault = "too-many"      // 429 with Retry-After in seconds; robots.txt too
	TooManyDate  Fault = "too-many-date" // 429 with Retry-After as a date; robots.txt too
	BrokenFeed   Fault = "broken-feed"   // XML of feeds and sitemaps is not closed and has undeclared entities; all items are there
	ChangingETag Fault = "changing-etag" // another ETag with each answer, never 304
	RedirectLoop Fault = "redirect-loop" // 302 to itself
	HTMLFeed     Fault = "html-feed"     // a web page that tells of an error, with 200, in place of the endpoint
	Cut          Fault = "cut"           // the body ends before Content-Length
	Refused      Fault = "refused"       // the connection is closed at once; robots.txt too
	NotFound     Fault = "not-found"     // 404 for the first requests of each article
	Challenge    Fault = "challenge"     // a page with 200 that asks for JavaScript and a human
	Login        Fault = "login"         // a page with 200 and validators that asks for a password
	Consent      Fault = "consent"       // a page with 200 and validators that asks for consent to cookies
	OtherFeed    Fault = "other-feed"    // the feed of another outlet elsewhere, with validators, in place of the endpoint
)

// Faults lists all faults.
func Faults() []Fault {
	return []Fault{Errors, PageErrors, Hang, Drip, TooMany, TooManyDate, BrokenFeed, ChangingETag, RedirectLoop, HTMLFeed,
		Cut, Refused, NotFound, Challenge, Login, Consent, OtherFeed}
}

// Break makes the publication fail until [Publication.Mend] or, if a time is given, until then.
func (p *Publication) Break(f Fault, until ...time.Time) {
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	var end time.Time
	if len(until) > 0 {
		end = until[0]
	}
	p.faults[f] = end
}

// Mend ends the given faults, or all if none is given. Answers under way stay as they are.
func (p *Publication) Mend(faults ...Fault) {
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	if len(faults) == 0 {
		clear(p.faults)
	}
	for _, f := range faults {
		delete(p.faults, f)
	}
}

// Broken lists the faults that hold now.
func (p *Publication) Broken() []Fault {
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	p.prune()
	return slices.Sorted(maps.Keys(p.faults))
}

// prune forgets the faults whose time is over.
func (p *Publication) prune() {
	now := time.Now()
	maps.DeleteFunc(p.faults, func(_ Fault, end time.Time) bool { return !end.IsZero() && !now.Before(end) })
}

// refuses says whether a new connection is to be closed, and remembers it as a request.
func (p *Publication) refuses() bool {
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	p.prune()
	if !p.has(Refused) {
		return false
	}
	now := time.Now()
	p.press.requests = append(p.press.requests, &Request{Publication: p.ID, In: now, Out: now, Fault: Refused})
	return true
}

func (p *Publication) has(f Fault) bool {
	_, ok := p.faults[f]
	return ok
}

// fault says which of the faults that hold concerns a request.
func (p *Publication) fault(t target) Fault {
	p.prune()
	for _, f := range Faults() {
		if !p.has(f) {
			continue
		}
		var concerned bool
		switch f {
		case Errors, Hang, TooMany, TooManyDate, Refused:
			concerned = true
		case PageErrors:
			concerned = t.article != nil
		case NotFound:
			concerned = t.article != nil && t.article.misses < p.press.o.NotFound
		case BrokenFeed:
			concerned = t.xml
		case HTMLFeed, OtherFeed:
			concerned = t.class == classEndpoint
		default:
			concerned = t.class != classRobots
		}
		if concerned {
			return f
		}
	}
	return ""
}

// retryAfter gives the end of the rest that TooMany asks for, in whole seconds.
func (p *Publication) retryAfter(f Fault) time.Time {
	end := p.faults[f]
	if end.IsZero() {
		end = time.Now().Add(p.press.o.RetryAfter)
	}
	return end.Add(time.Second - 1).Truncate(time.Second)
}

// spoil changes an answer as the fault asks.
func (p *Publication) spoil(f Fault, t target, a *answer) {
	switch f {
	case Errors, PageErrors:
		*a = answer{status: http.StatusInternalServerError, kind: htmlType, body: p.notice(wordsOf(p.Language).Broken)}
	case TooMany, TooManyDate:
		end := p.retryAfter(f)
		*a = answer{status: http.StatusTooManyRequests, kind: htmlType, body: p.notice(wordsOf(p.Language).Busy), rest: end}
		if f == TooManyDate {
			a.set("Retry-After", end.UTC().Format(http.TimeFormat))
		} else {
			wait := time.Until(end)
			a.set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		}
	case BrokenFeed:
		if a.status == http.StatusOK {
			a.body = breakXML(a.body)
		}
	case ChangingETag:
		p.answers++
		a.etag, a.modified = `"`+p.hash("answer"+strconv.Itoa(p.answers))+`"`, time.Time{}
	case RedirectLoop:
		*a = answer{status: http.StatusFound, kind: htmlType}
		a.set("Location", t.url)
	case HTMLFeed:
		*a = answer{status: http.StatusOK, kind: htmlType, body: p.notice(wordsOf(p.Language).Broken)}
	case NotFound:
		t.article.misses++
		*a = p.notFound()
	case Challenge:
		*a = answer{status: http.StatusOK, kind: htmlType, body: p.challenge()}
	case Login, Consent:
		*a = answer{status: http.StatusOK, kind: htmlType, body: p.wall(f), etag: `"` + p.hash(string(f)) + `"`, modified: p.changed}
	case OtherFeed:
		*a = answer{status: http.StatusOK, kind: feedType(RSSSummary), body: otherFeed(p.Language), etag: `"` + p.hash(string(f)) + `"`, modified: p.changed}
	}
}
