package fetcher

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Cause names how an endpoint fares: Fine, or the one thing that is most in the way. It is stored, logged and shown.
type Cause string

const (
	Fine            Cause = "fine"
	Quiet           Cause = "quiet beyond its rhythm"
	Unreachable     Cause = "unreachable"
	BeyondLimit     Cause = "beyond a limit"
	Blocked         Cause = "blocked"
	MovedAway       Cause = "moved"
	WentAway        Cause = "gone"
	Empty           Cause = "empty"
	BecameHTML      Cause = "became HTML"
	ValidatorsLie   Cause = "validators lie"
	DatesBroken     Cause = "dates broken"
	SelectorMisses  Cause = "selector finds nothing"
	TextFell        Cause = "text yield fell"
	LanguageChanged Cause = "language changed"
)

// Causes lists all of them.
func Causes() []Cause {
	return []Cause{Fine, Quiet, Unreachable, BeyondLimit, Blocked, MovedAway, WentAway, Empty, BecameHTML, ValidatorsLie, DatesBroken,
		SelectorMisses, TextFell, LanguageChanged}
}

// Advice says what an operator can do about a cause; "" where there is nothing to do.
func (c Cause) Advice() string {
	switch c {
	case Quiet:
		return "look whether the publication rests or has moved its feed"
	case Unreachable:
		return "nothing at first, it is asked again by itself; if it lasts, look at the address and at name servers and proxy"
	case BeyondLimit:
		return "look whether it is what it should be; if it is, raise the limit that is named, or use another endpoint"
	case Blocked:
		return "look at it in a browser; set fetch.contact so that they can reach you, ask them, or use another endpoint"
	case MovedAway:
		return "put the new address into the config"
	case WentAway:
		return "put its new address into the config, or set enabled: false; once it is not asked any more, that, a reload, taking it out and a reload have it asked again"
	case Empty:
		return "look whether entries stand elsewhere now"
	case BecameHTML:
		return "look at what stands there; use page: for a web page, or find the feed's new address"
	case ValidatorsLie:
		return "tell the publisher; articles come in at the weekly full look, or use another endpoint"
	case DatesBroken:
		return "nothing must be done, dates are taken from the pages; set zone: if they are off by hours"
	case SelectorMisses:
		return "the page was rebuilt: mend links:, or leave it out to have links found automatically"
	case TextFell:
		return "look at an article with `chapar sources test`; mend body:, or look for a wall before the texts"
	case LanguageChanged:
		return "look whether it is still the same publication; mend language: or use the endpoint of the language wanted"
	}
	return ""
}

// Health is the diagnosis of an endpoint: what is the matter, since when, and what shows it.
type Health struct {
	Cause    Cause     `json:"cause"`
	Since    time.Time `json:"since"`
	Evidence string    `json:"evidence,omitempty"`
}

const (
	unreachableFrom = 2  // failures in a row
	lastingFrom     = 3  // answers in a row that there is nothing, or something else
	emptyFrom       = 3  // polls in a row without an entry, where there were some before
	quietEntries    = 10 // that the rhythm foretold and that did not come
	quietSilences   = 2  // times the longest silence known
	quietLeast      = 24 * time.Hour
	silenceKept     = 0.98 // of the longest silence, at each change
)

// diagnosed is the state with its health brought up to date after a poll at now. f is the failure of the poll, if it was one
// that counts; without one of those and without an answer nothing is known anew.
func (s State) diagnosed(now time.Time, e Endpoint, y Yield, f *Failure, answered bool) State {
	if f == nil && !answered {
		return s
	}
	cause, evidence, since := Fine, "", now
	if f != nil {
		cause, since = causeOf(e, s, f), s.Failing
		evidence = string(f.Outcome)
		if detail := f.detail(); detail != "" {
			evidence += ": " + detail
		}
		if !s.Stopped.IsZero() {
			evidence += "; it is not asked any more since " + s.Stopped.UTC().Format(time.DateOnly)
		}
		if cause == "" {
			return s // it may pass
		}
	} else {
		cause, evidence, since = s.symptom(now, y)
	}
	before := s.Health
	s.Health = Health{cause, cmp.Or(since, now).UTC(), evidence}
	if before.Cause == cause {
		s.Health.Since = before.Since
	}
	return s
}

// causeOf names the cause of a failure, "" where it is too early to tell.
func causeOf(e Endpoint, s State, f *Failure) Cause {
	switch f.Outcome {
	case Forbidden, Robots, Challenge:
		return Blocked
	case Flood: // it says so itself, and what comes is taken from day to day
		return ""
	case Gone:
		return WentAway
	case NotFound:
		if s.Failures < lastingFrom {
			return ""
		}
		return WentAway
	case AnotherFeed:
		return MovedAway
	case NotAFeed, NotASitemap: // a notice of repair work does not last
		if s.Failures < lastingFrom {
			return ""
		}
		return BecameHTML
	case NotAListing, NothingFound, NotHTML:
		if e.Links != nil {
			return SelectorMisses
		}
		return Empty
	}
	switch {
	case s.Failures < unreachableFrom:
		return ""
	case f.Outcome == TooCostly || f.Outcome == TooLarge:
		return BeyondLimit
	}
	return Unreachable
}

// symptom names what is the matter with an endpoint that answers.
func (s State) symptom(now time.Time, y Yield) (cause Cause, evidence string, since time.Time) {
	switch {
	case !s.Lies.IsZero():
		return ValidatorsLie, "it said that nothing had changed when there were new entries", s.Lies
	case s.Emptied >= emptyFrom:
		return Empty, fmt.Sprintf("no entry in %d polls, where there were some before", s.Emptied), now
	case s.BadDates != "":
		return DatesBroken, s.BadDates, now
	}
	if evidence, fell := y.fell(); fell {
		return TextFell, evidence, now
	}
	if evidence, changed := y.changed(); changed {
		return LanguageChanged, evidence, now
	}
	if s.Moved.adopted(now) {
		return MovedAway, "it redirects for good to " + s.Moved.To, s.Moved.Since
	}
	if evidence, quiet := s.quiet(now); quiet {
		return Quiet, evidence, s.Changed
	}
	return Fine, "", now
}

// quiet says whether an endpoint has been silent for longer than its rhythm and its earlier silences explain.
func (s State) quiet(now time.Time) (evidence string, is bool) {
	silent := now.Sub(s.Changed)
	if s.Changed.IsZero() || s.Rhythm.Since.IsZero() || silent < quietLeast || silent < quietSilences*s.Silence {
		return "", false
	}
	f := s.Rhythm.forecast(now)
	if n := f.expected(seconds(s.Changed), seconds(now)); n >= quietEntries {
		return fmt.Sprintf("about %.0f entries were to be expected, none came", n), true
	}
	return "", false
}

// expected is how many entries a rhythm gives between two times, by the hour of the day and the kind of day.
func (f *forecast) expected(from, to float64) (n float64) {
	const most = 60 * daySeconds
	from = max(from, to-most)
	for t := from; t < to; t += slotLength {
		n += f.slot(t) * min(slotLength, to-t)
	}
	return n
}

// Move is a permanent redirect of an endpoint.
type Move struct {
	To    string    `json:"to"`
	Since time.Time `json:"since"`
	Seen  int       `json:"seen"` // polls in a row that it led to what was wanted
}

// A redirect is believed once it was met so often over so long a time: it may be a mistake of a day.
const (
	moveSeen = 3
	moveFor  = 24 * time.Hour
)

// adopted says that the endpoint is asked at its new address.
func (m Move) adopted(now time.Time) bool {
	return m.Seen >= moveSeen && now.Sub(m.Since) >= moveFor
}

// met is the move after a poll that ended at an address by permanent redirects, "" if there were none.
func (m Move) met(to string, now time.Time) Move {
	switch {
	case to == "" && m.adopted(now), to != "" && to == m.To:
		m.Seen++
		return m
	case to == "":
		return Move{}
	}
	return Move{To: to, Since: now.UTC(), Seen: 1}
}

// badDates says what is wrong with the dates of the entries of a whole answer, "" if nothing is; dated says that they had dates
// before.
func badDates(entries []Entry, dated bool, now time.Time) string {
	const fewest, most = 5, 0.8 // entries to judge by, and the share of them that makes a fault
	const early, late = 30 * 365 * 24 * time.Hour, 24 * time.Hour
	none, future, past, same := 0, 0, 0, map[int64]int{}
	for _, e := range entries {
		switch at := e.Published; {
		case at.IsZero():
			none++
		case at.Sub(now) > late:
			future++
		case now.Sub(at) > early:
			past++
		default:
			same[at.Unix()]++
		}
	}
	if len(entries) < fewest {
		return ""
	}
	share := func(n int) bool { return float64(n) >= most*float64(len(entries)) }
	switch {
	case share(future):
		return fmt.Sprintf("%d of %d entries are dated in the future", future, len(entries))
	case share(past):
		return fmt.Sprintf("%d of %d entries are dated decades ago", past, len(entries))
	case dated && share(none):
		return fmt.Sprintf("%d of %d entries have no date that can be read, where they had", none, len(entries))
	}
	for at, n := range same {
		if share(n) && at%3600 != 0 { // on the hour it is a date without a time
			return fmt.Sprintf("%d of %d entries have the same date", n, len(entries))
		}
	}
	return ""
}

// hasDates says that most entries are dated.
func hasDates(entries []Entry) bool {
	n := 0
	for _, e := range entries {
		if !e.Published.IsZero() {
			n++
		}
	}
	return n > 0 && 2*n >= len(entries)
}

// datesOf gives the dates of entries up to now, ascending.
func datesOf(entries []Entry, now time.Time) (published []float64) {
	for _, e := range entries {
		if !e.Published.IsZero() && !e.Published.After(now) {
			published = append(published, seconds(e.Published))
		}
	}
	slices.Sort(published)
	return published
}

// longestSilence is the longest time between two dates of entries that follow each other.
func longestSilence(published []float64) time.Duration {
	longest := 0.0
	for i := 1; i < len(published); i++ {
		longest = max(longest, published[i]-published[i-1])
	}
	return duration(longest)
}
