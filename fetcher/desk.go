package fetcher

import (
	"errors"
	"time"
)

// ErrBroken is wrapped by the errors of a Desk that takes nothing any more until it is opened anew. Run ends with it.
var ErrBroken = errors.New("nothing can be saved any more")

// State is what is remembered of an endpoint between polls and over restarts.
type State struct {
	URL        string                `json:"url,omitempty"` // the address all this was learned at
	Validators Validators            `json:"validators,omitzero"`
	Parts      map[string]Validators `json:"parts,omitempty"`   // of the sitemaps below a sitemap index, by URL
	Asked      []string              `json:"asked,omitempty"`   // which of Parts every poll asks for
	Waiting    []string              `json:"waiting,omitempty"` // and which could not be had yet
	Paging     *Paging               `json:"paging,omitempty"`  // where the way back in a list stopped that was begun at first sight
	Found      *Found                `json:"found,omitempty"`   // what a KindURL endpoint turned out to be
	First      time.Time             `json:"first,omitzero"`    // first poll that worked
	Checked    time.Time             `json:"checked,omitzero"`
	Worked     time.Time             `json:"worked,omitzero"`  // last poll that worked
	Changed    time.Time             `json:"changed,omitzero"` // last poll that brought something new
	Due        time.Time             `json:"due,omitzero"`
	Rest       time.Time             `json:"rest,omitzero"`   // the last failure named this as the earliest time
	Every      time.Duration         `json:"every,omitempty"` // the present mean interval
	Why        string                `json:"why,omitempty"`   // why it is due then, in words
	Price      float64               `json:"price,omitempty"` // at which the last poll was planned, see Share
	Rate       Rate                  `json:"rate,omitzero"`
	Rhythm     Rhythm                `json:"rhythm,omitzero"`
	Failures   int                   `json:"failures,omitempty"` // in a row, counted only while the network is up
	Failing    time.Time             `json:"failing,omitzero"`   // since when
	Absent     time.Time             `json:"absent,omitzero"`    // since when every answer was that nothing is there
	Stopped    time.Time             `json:"stopped,omitzero"`   // since when it is not asked any more; zero while it is
	Last       Outcome               `json:"last,omitempty"`
	Detail     string                `json:"detail,omitempty"` // of the last failure

	Health   Health        `json:"health,omitzero"`
	Full     time.Time     `json:"full,omitzero"`       // last whole answer: all after it were 304
	Lies     time.Time     `json:"lies,omitzero"`       // when its 304s were found to hide new entries; zero if they do not
	Moved    Move          `json:"moved,omitzero"`      // where it redirects to for good
	Emptied  int           `json:"emptied,omitempty"`   // polls in a row without an entry, of one that had some
	Dated    bool          `json:"dated,omitempty"`     // it was seen with dates
	BadDates string        `json:"bad_dates,omitempty"` // what is wrong with them, as seen last
	Silence  time.Duration `json:"silence,omitempty"`   // the longest between two entries, slowly forgotten
	Missed   time.Time     `json:"missed,omitzero"`     // from when on a gap between two polls hides entries; zero if none does
	Filled   time.Time     `json:"filled,omitzero"`     // when a gap between two polls was last filled from elsewhere
	Tight    float64       `json:"tight,omitempty"`     // below 1 after a gap: the share of its window that may pass between two polls
	Voice    Voice         `json:"voice,omitzero"`      // of the feed, as it was last accepted
	Intaken  Intaken       `json:"intaken,omitzero"`    // what it brought lately
}

// Found is what a probe found at an address.
type Found struct {
	Kind Kind   `json:"kind"`
	URL  string `json:"url"`
}

// Paging is a place in a list that goes over several pages.
type Paging struct {
	Next string `json:"next"` // the address of the page to be read next
	Page int    `json:"page"` // and its number
}

// Event is one poll as told in the history of an endpoint.
type Event struct {
	At      time.Time     `json:"at"`
	Outcome Outcome       `json:"outcome"`
	New     int           `json:"new"`
	Known   int           `json:"known"`
	Took    time.Duration `json:"took"`
	Detail  string        `json:"detail,omitempty"`
}

// Saved is what a poll came to once its entries were compared with what is known.
type Saved struct {
	New   int      // entries that entered the inbox
	Known int      // entries seen before
	Hosts []string // lanes that have work now: of new jobs and of kept articles that changed
}

// Desk keeps what the poller must not forget. Each method is one transaction; all are safe for concurrent use.
type Desk interface {
	// State gives the zero State for an endpoint that was never polled.
	State(endpoint string) (State, error)

	// Yield tells what the articles of a source came to, the zero Yield where there were none.
	Yield(source string) (Yield, error)

	// SavePoll puts the unseen entries into the inbox, due at once, and writes the state and the event that settle
	// makes of the counts; settle may be called more than once. An entry that is known and was changed since (Updated,
	// Title or Content differ from what this source said before) makes its article due at once for a revisit.
	SavePoll(endpoint string, now time.Time, entries []Entry, settle func(fresh, known int) (State, Event)) (Saved, error)

	// Unseen gives the places of those entries that SavePoll would put into the inbox.
	Unseen(entries []Entry) ([]int, error)

	// Hosts lists the hosts that have jobs, Pauses those that asked for rest, with its end.
	Hosts() ([]string, error)
	Pauses() (map[string]time.Time, error)

	// Next gives the job of a host that follows the given one in order of due time; after the zero Job the earliest,
	// whether due or not.
	Next(host string, after Job) (Job, bool, error)

	// Retry puts a failed job back until due. Tries goes up unless counted is false.
	Retry(j Job, due time.Time, why *Failure, counted bool) error

	// Postpone moves a revisit without counting a try, and takes over its Again and Validators; a zero due ends the
	// visits to the article. A visit that became due meanwhile because the article was changed stays as it is.
	Postpone(j Job, due time.Time) error

	// SetAside takes a job off the inbox and keeps it with its reason.
	SetAside(j Job, why *Failure) error

	// Pause remembers that a host asked for rest until the given time.
	Pause(host string, until time.Time) error

	// Robots gives the copies of robots.txt that SaveRobots kept and that are good still, by origin; it forgets the others.
	Robots() (map[string]RobotsText, error)
	SaveRobots(fetched map[string]RobotsText) error

	// Spent gives what SaveSpent kept last, the zero Spent where it kept nothing.
	Spent() (Spent, error)
	SaveSpent(s Spent) error
}
