package press

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Tally counts one sort of thing and keeps up to ten examples in plain words.
type Tally struct {
	Count    int
	Examples []string
}

func (t *Tally) add(format string, args ...any) {
	t.Count++
	if len(t.Examples) < 10 {
		t.Examples = append(t.Examples, fmt.Sprintf(format, args...))
	}
}

// Score counts the manners of whoever read the publications. All tallies of a perfect reader are 0.
//
// Conditional requests are judged by address: after a complete answer with validators, asking again without them is
// Unconditional; sending one that an earlier answer gave, but not the last, is OutOfSequence; one that was never given
// is MadeUp. Once in fullLook a reader may ask for the whole: some servers say "not modified" of all. Answers under Cut, Drip, HTMLFeed and Challenge may be remembered or not, those under Login, Consent and
// OtherFeed must not be; those of ChangingETag count.
type Score struct {
	Requests    int
	Robots      int           // requests for robots.txt among them
	NotModified int           // answers 304
	Bytes       int           // of bodies
	SmallestGap time.Duration // between the end of an answer and the next request to its host; -1 if no host was asked twice
	GapAt       string        // where that was
	Agents      []string      // User-Agent values seen

	Overlapping        Tally // two requests to one host at a time
	Forbidden          Tally // paths that robots.txt forbids
	BeforeRobots       Tally // requests to a host before its robots.txt
	Resting            Tally // requests before the end of a Retry-After
	Unconditional      Tally // polls without the validators that had been given
	UnconditionalPages Tally // the same of articles
	OutOfSequence      Tally
	MadeUp             Tally
	Early              Tally // polls before the stated max-age was over
	Unknown            Tally // addresses where nothing is
	Cookies            Tally
	Referers           Tally
	Headers            Tally // Range or Authorization, methods other than GET
}

// Tallies lists the tallies with their names, in the order above.
func (s *Score) Tallies() []NamedTally {
	return []NamedTally{
		{"overlapping", s.Overlapping}, {"forbidden by robots.txt", s.Forbidden}, {"before robots.txt", s.BeforeRobots},
		{"inside a Retry-After", s.Resting}, {"unconditional polls", s.Unconditional}, {"unconditional pages", s.UnconditionalPages},
		{"validators out of sequence", s.OutOfSequence}, {"validators made up", s.MadeUp}, {"before max-age", s.Early},
		{"unknown addresses", s.Unknown}, {"cookies", s.Cookies}, {"referers", s.Referers}, {"needless headers", s.Headers},
	}
}

// NamedTally is a tally with what it counts.
type NamedTally struct {
	Name string
	Tally
}

// Demerits adds up all tallies.
func (s *Score) Demerits() int {
	n := 0
	for _, t := range s.Tallies() {
		n += t.Count
	}
	return n
}

// String tells the score in plain words.
func (s *Score) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d requests, %d of them not modified, %d for robots.txt, %d bytes, smallest gap %s", s.Requests, s.NotModified, s.Robots, s.Bytes, s.SmallestGap)
	if s.GapAt != "" {
		fmt.Fprintf(&b, " (%s)", s.GapAt)
	}
	writeTallies(&b, s.Tallies())
	return b.String()
}

func writeTallies(b *strings.Builder, tallies []NamedTally) {
	for _, t := range tallies {
		if t.Count > 0 {
			fmt.Fprintf(b, "\n%s: %d", t.Name, t.Count)
			for _, e := range t.Examples {
				b.WriteString("\n  " + e)
			}
		}
	}
}

// Score judges all requests so far.
func (p *Press) Score() Score {
	s := Score{SmallestGap: -1}
	byHost := map[string][]Request{}
	agents := map[string]bool{}
	for _, q := range p.Requests() {
		s.Requests++
		s.Bytes += q.Bytes
		if q.Status == http.StatusNotModified {
			s.NotModified++
		}
		if q.class == classRobots {
			s.Robots++
		}
		if agent := q.Header.Get("User-Agent"); q.Method != "" && !agents[agent] {
			agents[agent] = true
			s.Agents = append(s.Agents, agent)
		}
		byHost[q.Publication] = append(byHost[q.Publication], q)
	}
	for _, pub := range p.pubs {
		s.judgeTimes(byHost[pub.ID])
		s.judgeAddresses(pub, byHost[pub.ID])
		s.judgeValidators(byHost[pub.ID])
	}
	slices.Sort(s.Agents)
	return s
}

// name tells a request in plain words.
func (q *Request) name() string {
	if q.Method == "" {
		return fmt.Sprintf("%s connection at %s", q.Publication, q.In.UTC().Format("01-02 15:04:05.000"))
	}
	return fmt.Sprintf("%s %s at %s", q.Publication, q.Path, q.In.UTC().Format("01-02 15:04:05.000"))
}

func (s *Score) judgeTimes(all []Request) {
	var rest time.Time
	var resting string
	fresh := map[string]time.Time{}
	for i, q := range all {
		if q.Overlapping {
			s.Overlapping.add("%s while another request was under way", q.name())
		}
		// A client's transport repeats a request that died on a connection which was kept open: that is no hurry.
		if i > 0 && !all[i-1].Out.IsZero() && !(all[i-1].Fault == Refused && all[i-1].Reused) {
			gap := max(0, q.In.Sub(all[i-1].Out))
			if s.SmallestGap < 0 || gap < s.SmallestGap {
				s.SmallestGap, s.GapAt = gap, q.name()+" after "+all[i-1].Path
			}
		}
		if q.In.Before(rest) {
			s.Resting.add("%s, %s before the rest ended that %s was told of", q.name(), rest.Sub(q.In).Round(time.Millisecond), resting)
		}
		if q.RetryAfter.After(rest) {
			rest, resting = q.RetryAfter, q.Path
		}
		if q.class == classEndpoint {
			if q.In.Before(fresh[q.Path]) {
				s.Early.add("%s, %s before max-age was over", q.name(), fresh[q.Path].Sub(q.In).Round(time.Millisecond))
			}
			fresh[q.Path] = q.FreshUntil
		}
	}
}

func (s *Score) judgeAddresses(pub *Publication, all []Request) {
	robots := false
	for _, q := range all {
		if q.Method == "" {
			continue
		}
		if q.class == classRobots {
			robots = true
		} else if !robots {
			s.BeforeRobots.add("%s", q.name())
		}
		if u, err := url.ParseRequestURI(q.Path); err == nil && pub.Forbids(u.Path) {
			s.Forbidden.add("%s", q.name())
		}
		if q.class == classUnknown {
			s.Unknown.add("%s", q.name())
		}
		if c := q.Header.Get("Cookie"); c != "" {
			s.Cookies.add("%s sent %q", q.name(), c)
		}
		if c := q.Header.Get("Referer"); c != "" {
			s.Referers.add("%s came from %q", q.name(), c)
		}
		for _, h := range []string{"Range", "Authorization"} {
			if c := q.Header.Get(h); c != "" {
				s.Headers.add("%s sent %s", q.name(), h)
			}
		}
		if q.Method != http.MethodGet {
			s.Headers.add("%s by %s", q.name(), q.Method)
		}
	}
}

const fullLook = 7 * 24 * time.Hour

// validators of one address.
type validators struct {
	etag, modified string          // that must come back
	whole          time.Time       // of the last answer in full
	free           bool            // they need not: a doubtful answer came since
	maybe          map[string]bool // of doubtful answers since
	ever           map[string]bool
}

func (s *Score) judgeValidators(all []Request) {
	known := map[string]*validators{}
	for _, q := range all {
		if q.Method != http.MethodGet || q.class == classRobots {
			continue
		}
		v := known[q.Path]
		if v == nil {
			v = &validators{ever: map[string]bool{}, maybe: map[string]bool{}}
			known[q.Path] = v
		}
		match, since := q.Header.Get("If-None-Match"), q.Header.Get("If-Modified-Since")
		for _, given := range []struct{ name, sent, last string }{
			{"If-None-Match", match, v.etag}, {"If-Modified-Since", since, v.modified},
		} {
			switch {
			case given.sent == "" || given.sent == given.last || v.maybe[given.sent]:
			case v.ever[given.sent]:
				s.OutOfSequence.add("%s sent %s %s, the last one was %q", q.name(), given.name, given.sent, given.last)
			default:
				s.MadeUp.add("%s sent %s %s, which it never got", q.name(), given.name, given.sent)
			}
		}
		if !v.free && q.In.Sub(v.whole) < fullLook && (v.etag != "" && match == "" || v.etag == "" && v.modified != "" && since == "") {
			if q.class == classArticle {
				s.UnconditionalPages.add("%s", q.name())
			} else {
				s.Unconditional.add("%s", q.name())
			}
		}
		if q.Out.IsZero() || q.Status != http.StatusOK && q.Status != http.StatusNotModified {
			continue
		}
		if q.Fault == Login || q.Fault == Consent || q.Fault == OtherFeed {
			continue
		}
		v.ever[q.ETag], v.ever[q.Modified] = true, true
		if q.Status == http.StatusOK {
			v.whole = q.In
		}
		switch {
		case q.Aborted, q.Fault == Cut, q.Fault == Drip, q.Fault == HTMLFeed, q.Fault == Challenge:
			v.free, v.maybe[q.ETag], v.maybe[q.Modified] = true, true, true
		default:
			v.etag, v.modified, v.free = q.ETag, q.Modified, false
			clear(v.maybe)
		}
	}
}
