package fetcher

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed/rss"
)

// Feed is what a feed says.
type Feed struct {
	Kind     string // rss, rdf, atom, json
	Title    string
	Language string
	TTL      time.Duration // for how long the feed says it stays the same; 0 means not stated
	Entries  []Entry       // in document order, also those without a link or with a GUID that another has
	Complete bool          // the end of the document was there
	Notes    []string      // what had to be mended, for people
}

// ParseFeed reads RSS, RDF, Atom or JSON Feed, however damaged. Links are resolved against url, dates without a zone
// are read in zone (nil means UTC). Source and Endpoint of the entries stay empty. Of a cut document the whole
// entries are kept and Complete is false. What is no feed gives a *Failure that says what it is instead.
func ParseFeed(body []byte, contentType, url string, zone *time.Location) (Feed, error) {
	return parseFeed(body, contentType, url, zone, DefaultShape())
}

func parseFeed(body []byte, contentType, url string, zone *time.Location, shape Shape) (Feed, error) {
	text, note := textOf(body, contentType)
	var f Feed
	var err error
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n\ufeff"), "{") {
		f, err = parseJSONFeed(text, url, zone, shape)
	} else {
		f, err = parseXMLFeed(text, url, zone, shape)
	}
	if err != nil {
		return Feed{}, refusal(NotAFeed, err)
	}
	if note != "" {
		f.Notes = append(f.Notes, note)
	}
	return f, nil
}

// parseXMLFeed mends and flattens the document, lets gofeed read it, and takes the entries over.
func parseXMLFeed(text, address string, zone *time.Location, shape Shape) (f Feed, err error) {
	root, kind, err := findRoot(text, shape)
	if err != nil {
		return Feed{}, err
	}
	base, _ := url.Parse(address)
	v := &sieve{markup: markup{s: text}, kind: kind, zone: zone, shape: shape, base: base, spaces: map[string]string{}}
	v.items.Grow(len(text))
	if err := v.run(root); err != nil {
		return Feed{}, err
	}
	read, err := readRSS(v.document())
	if err != nil {
		return Feed{}, err
	}
	f = translate(read)
	f.Kind, f.Complete = kind, v.complete
	if !v.complete {
		f.Notes = append(f.Notes, fmt.Sprintf("the end is missing; %d whole entries kept", len(f.Entries)))
	}
	if root.end-len(root.attrs) > 4<<10 {
		f.Notes = append(f.Notes, "text before the feed skipped")
	}
	if len(f.Entries) == 0 {
		f.Notes = append(f.Notes, "no entries")
	}
	return f, nil
}

// readRSS runs gofeed. A panic of a parser is an error of its input.
func readRSS(document io.Reader) (f *rss.Feed, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("gofeed: %v", r)
		}
	}()
	var p rss.Parser
	return p.Parse(document)
}

// translate takes over what the sieve wrote and gofeed read.
func translate(r *rss.Feed) Feed {
	f := Feed{Title: r.Title, Language: r.Language, Entries: make([]Entry, 0, len(r.Items))}
	if minutes, err := strconv.Atoi(r.TTL); err == nil {
		f.TTL = time.Duration(minutes) * time.Minute
	}
	for _, it := range r.Items {
		e := Entry{
			Kind:    KindFeed,
			Link:    it.Link,
			Origin:  it.Custom["origin"],
			Title:   it.Title,
			Summary: it.Description,
			Content: it.Content,
		}
		if it.GUID != nil {
			e.GUID = it.GUID.Value
		}
		if it.DublinCoreExt != nil {
			e.Authors = it.DublinCoreExt.Creator
		}
		if e.Language = it.Custom["language"]; e.Language == "" {
			e.Language = f.Language
		}
		published, _ := time.Parse(time.RFC3339Nano, it.Custom["published"])
		updated, _ := time.Parse(time.RFC3339Nano, it.Custom["updated"])
		e.setDates(published, updated)
		f.Entries = append(f.Entries, e)
	}
	return f
}

// setDates sets the dates of an entry: one alone is that of publication.
func (e *Entry) setDates(published, updated time.Time) {
	if published.IsZero() {
		published = updated
	}
	e.Published = published
	if !updated.Equal(published) {
		e.Updated = updated
	}
}

// Freshness is for how long an answer says it stays fresh: the max-age of Cache-Control less the Age, or else Expires
// after Date (after now, where Date is missing). It is 0 where nothing is stated, nothing may be cached or what stands
// there makes no sense, and 30 days at most.
func Freshness(h http.Header, now time.Time) time.Duration {
	const most = 30 * 24 * time.Hour
	bounded := func(d time.Duration) time.Duration { return min(max(d, 0), most) }
	age := int64(-1)
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(directive, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-cache", "no-store":
			return 0
		case "max-age":
			n, err := strconv.ParseInt(strings.Trim(strings.TrimSpace(value), `"`), 10, 64)
			if errors.Is(err, strconv.ErrRange) {
				n = int64(most / time.Second)
			} else if err != nil {
				n = 0
			}
			age = max(n, 0)
		}
	}
	if age >= 0 {
		spent, err := strconv.ParseInt(strings.TrimSpace(h.Get("Age")), 10, 64)
		if err != nil || spent < 0 {
			spent = 0
		}
		seconds := min(age, int64(most/time.Second)*2) - min(spent, int64(most/time.Second)*2)
		return bounded(time.Duration(seconds) * time.Second)
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return bounded(expires.Sub(now))
}
