package store

import (
	"context"
	"strings"
	"time"

	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store/corpus"
)

// Keeping says how a document is to be kept.
type Keeping struct {
	SourceName string
	TextFrom   string        // FromPage or FromFeed; "" means FromPage
	Again      time.Time     // when to look at the article again; zero means never
	AgainWait  time.Duration // the wait that leads to it
	KeepJob    bool          // the text came from the feed and the page is still wanted: the job stays as it is
	KeepPage   bool          // store the page, for rebuilds
	Below      bool          // the document is below the threshold: an article that is withdrawn stays so
}

// Keep places a document among the records, takes its job off the inbox and lets the next visit wait there: one
// transaction. The same document twice is the same record.
//
// The record is that of the document's canonical URL, if that lies at the publisher of the page. Its job's address
// becomes an alias of it.
func (db *DB) Keep(j fetcher.Job, p fetcher.Page, d normalize.Document, o Keeping) (Placement, error) {
	if o.TextFrom == "" {
		o.TextFrom = FromPage
	}
	if _, err := db.Prepare(context.Background()); err != nil {
		return Placement{}, err
	}
	n, done := db.naming()
	defer done()
	j = n.job(j)
	canonical, key := addressFor(j, p, d)
	at := p.Fetched
	if at.IsZero() {
		at = db.now()
	}
	s := stored{
		Record:  recordOf(j.Entry, d, at.UTC()),
		Essence: d.Essence, Normalizer: d.Version, Notes: d.Notes,
	}
	s.Record.CanonicalURL, s.Record.SourceName, s.Record.TextFrom = canonical, o.SourceName, o.TextFrom
	s.note(d)
	a := db.arrive(s, CauseEdited)
	a.below = o.Below
	if key == "" {
		key = idPrefix + recordID(a.stored.Record)
	}
	if o.KeepPage && len(p.Body) > 0 {
		var err error
		if a.page, err = db.codec.packPage(p, j.Entry); err != nil {
			return Placement{}, err
		}
	}
	var placed Placement
	err := db.write(func(t txn) error {
		var err error
		if placed, err = t.keep(a, key, j, p, o, at); err != nil || j.Revisit || o.KeepJob {
			return err
		}
		return t.yield(j.Entry.Source, harvestOf(d, at))
	})
	if err != nil {
		return Placement{}, err
	}
	db.metrics.item(string(placed.As))
	return placed, nil
}

// addressFor gives the canonical URL of a document and its key; both are "" where it has no address.
func addressFor(j fetcher.Job, p fetcher.Page, d normalize.Document) (canonical, key string) {
	at := or(p.Final, j.Entry.Link)
	canonical = canonicalURL(d.CanonicalURL)
	if canonical == "" || at != "" && siteOf(canonical) != siteOf(at) {
		canonical = canonicalURL(at) // a page cannot speak for the pages of another publisher
	}
	return canonical, shortened(canonical)
}

func recordOf(e fetcher.Entry, d normalize.Document, at time.Time) corpus.Record {
	return corpus.Record{
		URL: e.Link, Source: e.Source, Title: d.Title, Text: d.Text, Authors: d.Authors,
		Published: dateOf(d.Published), Modified: dateOf(d.Modified), DateFrom: string(d.Published.Origin),
		FirstSeen: at, Fetched: at, Language: d.Language,
		Relevance: d.Relevance.Score, Topics: d.Relevance.Topics, Places: d.Relevance.Places, Reasons: d.Relevance.Reasons,
	}
}

func dateOf(d normalize.Date) *time.Time {
	if d.Time.IsZero() {
		return nil
	}
	t := d.Time.UTC()
	return &t
}

// weakDate says whether a date is only that of our own first look.
func weakDate(from string) bool { return from == string(normalize.FromSeen) }

func (t txn) keep(a arrival, key string, j fetcher.Job, p fetcher.Page, o Keeping, at time.Time) (Placement, error) {
	m, err := t.meet(j, key)
	if err != nil {
		return Placement{}, err
	}
	a.byBytes = strings.HasPrefix(key, idPrefix) && m.led.Stand != standKept
	if stays, err := t.stays(m, a); err != nil {
		return Placement{}, err
	} else if stays {
		if err := t.alias(m.key, m.k, m.from); err != nil {
			return Placement{}, err
		}
		m.key, m.k = m.from, m.led
	}
	if o.TextFrom == FromFeed && m.k.Stand == standKept {
		if a.stranger, err = t.stranger(j, m.k); err != nil {
			return Placement{}, err
		}
	}
	waits, err := t.join(&m, j)
	if err != nil {
		return Placement{}, err
	}
	for _, list := range [][]said{m.led.Said, m.k.Said} {
		for _, s := range list {
			a.stored.alsoIn(s.Source)
		}
	}
	a.stored.Key = m.key
	placed, err := t.place(a, &m.k)
	if err != nil {
		return Placement{}, err
	}
	if placed.Stale, err = t.learn(a, placed, j.Entry.Source); err != nil {
		return Placement{}, err
	}
	m.k.Why = ""
	if err := t.queue(&m.k, m.key, waits, j, p, o, at); err != nil {
		return Placement{}, err
	}
	return placed, t.putKnown(m.key, m.k)
}

// meeting is what is known of a job and of the document that came of it. The two are often one.
type meeting struct {
	from string // the article that the job's key leads to
	led  known
	key  string // the article that the document belongs to
	k    known
}

func (t txn) meet(j fetcher.Job, key string) (m meeting, err error) {
	if m.from, m.led, _, err = t.article(j.Key); err != nil {
		return m, err
	}
	m.key, m.k, _, err = t.article(key)
	return m, err
}

// stays says whether a document remains with the record that its job's key leads to although its page names another
// address: when neither has a URL, or nobody has the other address and the text is the same or was the feed's so far.
func (t txn) stays(m meeting, a arrival) (bool, error) {
	if m.from == m.key || m.led.Stand != standKept {
		return false, nil
	}
	was, _, err := t.record(m.led.At)
	if err != nil {
		return false, err
	}
	if was.Record.CanonicalURL == "" && a.stored.Record.CanonicalURL == "" {
		return true, nil
	}
	return m.k.Stand != standKept && (was.Essence == a.stored.Essence || was.Record.TextFrom == FromFeed), nil
}

// join takes the jobs of both articles of a meeting off the inbox, gives the one that waited, and lets the address of
// the job lead to the document's article. The caller writes m.k.
func (t txn) join(m *meeting, j fetcher.Job) (*waiting, error) {
	waits, err := t.job(m.key, m.k)
	if err != nil {
		return nil, err
	}
	if err := t.dropJob(m.key, &m.k); err != nil {
		return nil, err
	}
	if m.from == m.key {
		return waits, t.alias(j.Key, known{}, m.key)
	}
	w, err := t.job(m.from, m.led)
	if err != nil {
		return nil, err
	}
	if w != nil {
		waits = w
	}
	if m.led.Stand == standKept { // it stays an article, which is not looked at any more
		if err := t.dropJob(m.from, &m.led); err != nil {
			return nil, err
		}
		if err := t.putKnown(m.from, m.led); err != nil {
			return nil, err
		}
	} else if err := t.alias(m.from, m.led, m.key); err != nil {
		return nil, err
	}
	if len(m.k.Said) == 0 {
		m.k.Said = m.led.Said
	}
	if j.Key == m.from {
		return waits, nil
	}
	k, _, err := t.known(j.Key)
	if err != nil {
		return nil, err
	}
	return waits, t.alias(j.Key, k, m.key)
}

// alias lets a key lead to an article, unless it is an article itself.
func (t txn) alias(key string, k known, of string) error {
	if key == "" || key == of || k.Stand == standKept {
		return nil
	}
	if k.Stand == "" {
		var err error
		if k, _, err = t.known(key); err != nil || k.Stand == standAlias {
			return err
		}
	}
	if err := t.dropJob(key, &k); err != nil {
		return err
	}
	if err := t.leave(&k); err != nil {
		return err
	}
	return t.putKnown(key, known{Stand: standAlias, Of: of, Said: k.Said})
}

// queue settles what waits in the inbox after a document was kept.
func (t txn) queue(k *known, key string, waits *waiting, j fetcher.Job, p fetcher.Page, o Keeping, at time.Time) error {
	if o.KeepJob {
		if waits == nil {
			return nil
		}
		waits.Job.Key = key
		return t.putJob(k, *waits)
	}
	if err := t.dropJob(key, k); err != nil {
		return err
	}
	k.Link, k.Again, k.Validators = j.Entry.Link, o.AgainWait, fetcher.Validators{}.After(p)
	due, entry := o.Again, j.Entry
	// The feed told of a change while the page was under way: the page may be that of before.
	if waits != nil && sayingOf(waits.Job.Entry) != sayingOf(j.Entry) && !due.IsZero() {
		due, entry = at, waits.Job.Entry
		entry.Link = j.Entry.Link
	}
	if due.IsZero() {
		return nil
	}
	since := at // the visits to an article end by how long they have gone on
	if j.Revisit {
		since = j.Since
	}
	return t.putJob(k, waiting{Job: fetcher.Job{
		Entry: entry, Host: j.Host, Key: key, Due: due.UTC(), Since: since.UTC(),
		Revisit: true, Again: o.AgainWait, Validators: k.Validators,
	}})
}

// stranger says whether the text of a job comes from the feed of another host than that of the kept article.
func (t txn) stranger(j fetcher.Job, k known) (bool, error) {
	s, _, err := t.record(k.At)
	if err != nil || s.Record.Source == j.Entry.Source {
		return false, err
	}
	var state fetcher.State
	if _, err := t.get(bucketState, []byte(j.Entry.Endpoint), &state); err != nil {
		return false, err
	}
	return !sameHost(addressOf(j.Entry.Endpoint, state), s.Record.CanonicalURL), nil
}

// Rejected is an article that was read and not kept, in light form.
type Rejected struct {
	URL          string     `json:"url"`
	CanonicalURL string     `json:"canonical_url"`
	Source       string     `json:"source"`
	Title        string     `json:"title"`
	Published    *time.Time `json:"published"`
	Language     string     `json:"language"`
	Relevance    float64    `json:"relevance"`
	Topics       []string   `json:"topics"`
	Places       []string   `json:"places"`
	Reasons      []string   `json:"reasons"`
	Why          string     `json:"why"`
	Seen         time.Time  `json:"seen"`
	Key          string     `json:"key"` // in seen/
}

// Drop notes that an article was read and is not to be kept, and why: one transaction. Its page stays for rebuilds if
// asked. An article that is kept already stays as it is; only the visits to it end.
func (db *DB) Drop(j fetcher.Job, p fetcher.Page, d normalize.Document, why string, keepPage bool) error {
	n, done := db.naming()
	defer done()
	j = n.job(j)
	canonical, key := addressFor(j, p, d)
	if key == "" {
		key = j.Key
	}
	at := p.Fetched
	if at.IsZero() {
		at = db.now()
	}
	r := recordOf(j.Entry, d, at.UTC())
	light := Rejected{
		URL: r.URL, CanonicalURL: canonical, Source: r.Source, Title: clip(r.Title, 1000), Published: r.Published,
		Language: r.Language, Relevance: r.Relevance, Topics: r.Topics, Places: r.Places, Reasons: r.Reasons,
		Why: why, Seen: at.UTC(),
	}
	var page []byte
	if keepPage && len(p.Body) > 0 {
		var err error
		if page, err = db.codec.packPage(p, j.Entry); err != nil {
			return err
		}
	}
	err := db.write(func(t txn) error {
		if err := t.drop(light, page, key, j, fetcher.Validators{}.After(p)); err != nil || j.Revisit {
			return err
		}
		return t.yield(j.Entry.Source, harvestOf(d, at))
	})
	if err != nil {
		return err
	}
	db.metrics.item(fateDropped)
	return nil
}

func (t txn) drop(light Rejected, page []byte, key string, j fetcher.Job, v fetcher.Validators) error {
	m, err := t.meet(j, key)
	if err != nil {
		return err
	}
	if m.led.Stand == standKept {
		m.key, m.k = m.from, m.led
	}
	if _, err := t.join(&m, j); err != nil {
		return err
	}
	if m.k.Stand == standKept {
		return t.putKnown(m.key, m.k)
	}
	if err := t.leave(&m.k); err != nil {
		return err
	}
	place, err := t.Bucket(bucketDropped).NextSequence()
	if err != nil {
		return err
	}
	m.k.Stand, m.k.At = standDropped, place
	m.k.Link, m.k.Validators = j.Entry.Link, v
	light.Key = m.key
	at := numberKey(place)
	if err := t.put(bucketDropped, at, light); err != nil {
		return err
	}
	if page != nil {
		if err := t.filled(bucketDroppedPage).Put(at, seal(at, formPlain, page)); err != nil {
			return err
		}
	}
	return t.putKnown(m.key, m.k)
}

// Imported is a document that comes with what others know of it.
type Imported struct {
	Record   corpus.Record      // its number is the one that is asked for, or corpus.Unnumbered
	Document normalize.Document // made of its text
	Saved    bool               // out of another database, after its earlier revisions: it becomes the same revision of the record with its id. Those between that are missing count as lost
}

// Import keeps documents, all in one transaction; give it a few hundred at most. A document asks for a number and gets
// it if it is free and at most 1,000,000,000, else the next one. What the record leaves open is taken from the document.
func (db *DB) Import(ctx context.Context, docs []Imported) ([]Placement, error) {
	if _, err := db.Prepare(ctx); err != nil {
		return nil, err
	}
	now := db.now().UTC()
	arrivals := make([]arrival, len(docs))
	for i, d := range docs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		arrivals[i] = db.arriveImported(d, now)
	}
	placed := make([]Placement, len(docs))
	err := db.write(func(t txn) error {
		for i, a := range arrivals {
			key, k, _, err := t.article(a.stored.Key)
			if err != nil {
				return err
			}
			a.stored.Key, a.byBytes = key, strings.HasPrefix(key, idPrefix)
			if placed[i], err = t.place(a, &k); err != nil {
				return err
			}
			if err := t.returned(docs[i].Record.Source); err != nil {
				return err
			}
			if err := t.putKnown(key, k); err != nil {
				return err
			}
			if a.saved && a.byBytes { // its feed, asked anew, may have it by the bytes of any revision
				if err := t.alias(idPrefix+recordID(a.stored.Record), known{}, key); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	db.metrics.seeded(placed)
	return placed, nil
}

func (db *DB) arriveImported(in Imported, now time.Time) arrival {
	r, d := in.Record, in.Document
	r.Title, r.Text = or(d.Title, r.Title), or(d.Text, r.Text)
	r.CanonicalURL = canonicalURL(or(r.CanonicalURL, or(d.CanonicalURL, r.URL)))
	r.Language = or(r.Language, d.Language)
	if len(r.Authors) == 0 {
		r.Authors = d.Authors
	}
	if r.Published == nil {
		r.Published, r.DateFrom = dateOf(d.Published), string(d.Published.Origin)
	}
	if r.DateFrom == "" && r.Published != nil {
		r.DateFrom = string(normalize.FromImport)
	}
	if r.Modified == nil {
		r.Modified = dateOf(d.Modified)
	}
	if d.Relevance.Topics != nil || d.Relevance.Score != 0 {
		r.Relevance, r.Topics, r.Places, r.Reasons = d.Relevance.Score, d.Relevance.Topics, d.Relevance.Places, d.Relevance.Reasons
	}
	for _, t := range []*time.Time{&r.FirstSeen, &r.Fetched} {
		if t.IsZero() {
			*t = now
		}
		*t = t.UTC()
	}
	r.Cluster, r.DuplicateOf, r.Overlap, r.Translation = "", nil, 0, nil
	cause := CauseImport
	if in.Saved {
		cause = r.Cause
	} else {
		r.TextFrom, r.Withdrawn = FromImport, nil
	}
	a := db.arrive(stored{Record: r, Essence: d.Essence, Normalizer: d.Version, Notes: d.Notes}, cause)
	a.number, a.saved = in.Record.Number, in.Saved
	if in.Saved && r.CanonicalURL == "" {
		a.stored.Key = idPrefix + r.ID
		return a
	}
	a.stored.Key = shortened(r.CanonicalURL)
	if a.stored.Key == "" {
		a.stored.Key = idPrefix + recordID(a.stored.Record)
	}
	return a
}
