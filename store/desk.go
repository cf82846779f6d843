package store

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"time"

	"chapar/fetcher"
	"chapar/normalize"
)

// mostEvents is how many polls of an endpoint are remembered.
const mostEvents = 30

// State gives what was last saved of an endpoint; the zero State if it was never polled.
func (db *DB) State(endpoint string) (s fetcher.State, err error) {
	n, done := db.naming()
	defer done()
	endpoint = n.endpoint(endpoint)
	err = db.view(func(t txn) error {
		s = fetcher.State{}
		_, err := t.get(bucketState, []byte(endpoint), &s)
		return err
	})
	return s, err
}

// AskAgain lets those endpoints be due again that are not asked any more and now are not polled either: once they are, it is because
// somebody wants them to be.
func (db *DB) AskAgain(polled func(endpoint string) bool) error {
	n, done := db.naming()
	defer done()
	again := map[string]fetcher.State{}
	err := db.view(func(t txn) error {
		clear(again)
		return t.Bucket(bucketState).ForEach(func(k, _ []byte) error {
			var s fetcher.State
			if _, err := t.get(bucketState, k, &s); err != nil || s.Stopped.IsZero() || polled(n.endpoint(string(k))) {
				return nil // a damaged state is told of where it is used
			}
			s.Stopped, s.Absent, s.Failures, s.Failing = time.Time{}, time.Time{}, 0, time.Time{}
			again[string(k)] = s
			return nil
		})
	})
	if err != nil || len(again) == 0 {
		return err
	}
	return db.write(func(t txn) error {
		for k, s := range again {
			if err := t.put(bucketState, []byte(k), s); err != nil {
				return err
			}
		}
		return nil
	})
}

// SavePoll writes what came of the entries of a poll, and the state and event that settle makes of the counts. See
// [fetcher.Desk].
func (db *DB) SavePoll(endpoint string, now time.Time, entries []fetcher.Entry, settle func(fresh, known int) (fetcher.State, fetcher.Event)) (fetcher.Saved, error) {
	n, done := db.naming()
	defer done()
	endpoint = n.endpoint(endpoint)
	before, _ := settle(0, 0)
	p := poll{db: db, names: n, endpoint: endpoint, at: now, address: addressOf(endpoint, before)}
	if err := p.prepare(entries); err != nil {
		return fetcher.Saved{}, err
	}
	var saved fetcher.Saved
	err := db.write(func(t txn) error {
		p.saved, p.hosts = fetcher.Saved{}, make(map[string]bool)
		for i := range p.found {
			if err := p.take(t, &p.found[i]); err != nil {
				return err
			}
		}
		saved = p.saved
		saved.Hosts = slices.Sorted(maps.Keys(p.hosts))
		state, event := settle(saved.New, saved.Known)
		if err := t.put(bucketState, []byte(endpoint), state); err != nil {
			return err
		}
		var events []fetcher.Event
		if _, err := t.get(bucketEvent, []byte(endpoint), &events); err != nil {
			return err
		}
		events = append(events, event)
		return t.put(bucketEvent, []byte(endpoint), events[max(0, len(events)-mostEvents):])
	})
	if err != nil {
		return fetcher.Saved{}, err
	}
	return saved, nil
}

// Unseen gives the places of the entries that a poll would put into the inbox; one that is named twice has two.
func (db *DB) Unseen(entries []fetcher.Entry) (fresh []int, err error) {
	n, done := db.naming()
	defer done()
	const slice = 1000
	for from := 0; from < len(entries); from += slice {
		err := db.view(func(t txn) error {
			seen := t.Bucket(bucketSeen)
			for i, e := range entries[from:min(from+slice, len(entries))] {
				key := entryKey(n.entry(e))
				if key != "" && !e.Old && seen.Get([]byte(key)) == nil {
					fresh = append(fresh, from+i)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// addressOf is where an endpoint lies, as far as its state tells.
func addressOf(endpoint string, s fetcher.State) string {
	switch {
	case s.URL != "":
		return s.URL
	case s.Found != nil:
		return s.Found.URL
	}
	return endpoint // an id may well be an address; if it is none, it has no host
}

// poll is the work of one SavePoll.
type poll struct {
	db       *DB
	names    names
	endpoint string
	address  string
	at       time.Time
	found    []found
	saved    fetcher.Saved
	hosts    map[string]bool
}

// found is an entry with all that can be made of it before the transaction.
type found struct {
	entry fetcher.Entry
	key   string
	host  string
	job   *packed // of the entries that were not seen when the poll was prepared
}

// prepare makes keys, and the jobs of what is not known yet, so that the transaction is short.
func (p *poll) prepare(entries []fetcher.Entry) error {
	for _, e := range entries {
		e = p.names.entry(e)
		key := entryKey(e)
		if key == "" {
			continue // nothing to know it by, and nothing in it
		}
		p.found = append(p.found, found{entry: e, key: key, host: p.hostFor(e.Link)})
	}
	const slice = 1000
	for some := range slices.Chunk(p.found, slice) {
		unseen := make([]bool, len(some))
		err := p.db.view(func(t txn) error {
			seen := t.Bucket(bucketSeen)
			for i, f := range some {
				unseen[i] = seen.Get([]byte(f.key)) == nil
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i := range some {
			if f := &some[i]; unseen[i] && !f.entry.Old {
				job, err := p.db.codec.marshal(waiting{Job: p.first(f)})
				if err != nil {
					return err
				}
				f.job = &job
			}
		}
	}
	return nil
}

// hostFor is the lane of an entry: that of its link, else that of the endpoint.
func (p *poll) hostFor(link string) string {
	if h := fetcher.HostOf(link); h != "" {
		return noNUL(h)
	}
	if h := fetcher.HostOf(p.address); h != "" {
		return noNUL(h)
	}
	return noNUL(p.endpoint)
}

func noNUL(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// first is the job of an entry that nothing is known of.
func (p *poll) first(f *found) fetcher.Job {
	return fetcher.Job{Entry: f.entry, Host: f.host, Key: f.key, Due: p.at.UTC(), Since: p.at.UTC()}
}

// take compares one entry with what is known.
func (p *poll) take(t txn, f *found) error {
	k, ok, err := t.known(f.key)
	if err != nil {
		return err
	}
	if !ok {
		return p.unseen(t, f)
	}
	p.saved.Known++
	changed, fresh, newSource := k.hear(f.entry)
	main, article := f.key, &k
	if k.Stand == standAlias {
		if fresh {
			if err := t.putKnown(f.key, k); err != nil {
				return err
			}
		}
		var of known
		if main, of, _, err = t.article(f.key); err != nil {
			return err
		}
		article, fresh = &of, false
	}
	if changed || newSource {
		touched, err := p.tell(t, f, main, article, changed, newSource)
		if err != nil {
			return err
		}
		fresh = fresh || touched
	}
	if !fresh {
		return nil
	}
	return t.putKnown(main, *article)
}

func (p *poll) unseen(t txn, f *found) error {
	k := known{Stand: standOld, Said: []said{sayingOf(f.entry)}}
	if !f.entry.Old {
		k.Stand = standInbox
		job := p.first(f)
		var err error
		if f.job != nil {
			err = t.putPackedJob(&k, job, *f.job)
		} else { // forgotten between prepare and now, or named twice
			err = t.putJob(&k, waiting{Job: job})
		}
		if err != nil {
			return err
		}
		p.saved.New++
		p.hosts[f.host] = true
	}
	return t.putKnown(f.key, k)
}

// tell brings a change, or the word of a new source, to a known article. touched says that k is to be written.
func (p *poll) tell(t txn, f *found, key string, k *known, changed, newSource bool) (touched bool, err error) {
	owner, at := k.owner(), or(k.Link, f.entry.Link)
	if k.Stand == standKept {
		rec, text, err := t.record(k.At)
		if err != nil {
			return false, err
		}
		owner, at = rec.Record.Source, or(rec.Record.CanonicalURL, at)
		if newSource && rec.alsoIn(f.entry.Source) {
			if err := t.putRecord(rec, text); err != nil {
				return false, err
			}
		}
	}
	// A feed of another host never changes what a publisher says of its own article.
	if !changed || f.entry.Source != owner && !sameHost(p.address, at) {
		return false, nil
	}
	w, err := t.job(key, *k)
	if err != nil {
		return false, err
	}
	switch {
	case w != nil && !w.Job.Revisit:
		old := w.Job.Entry
		w.Job.Entry = f.entry
		w.Job.Entry.Link = old.Link // its lane is that of the job
		w.Job.Entry.Source, w.Job.Entry.Endpoint = old.Source, old.Endpoint
	case f.entry.Old:
		return false, nil
	case k.Stand == standKept:
		job := fetcher.Job{
			Entry: f.entry, Host: f.host, Key: key, Due: p.at.UTC(), Since: p.at.UTC(),
			Revisit: true, Again: k.Again, Validators: k.Validators,
		}
		if k.Link != "" { // the validators are those of this address
			job.Entry.Link, job.Host = k.Link, p.hostFor(k.Link)
		}
		if len(k.Said) > 0 && owner != "" { // whose rules its page was read by
			job.Entry.Source, job.Entry.Endpoint = k.Said[0].Source, k.Said[0].Endpoint
		}
		w = &waiting{Job: job}
	default:
		job := p.first(f)
		job.Key = key
		if k.Stand == standDropped && k.Link == f.entry.Link {
			job.Validators = k.Validators
		}
		w = &waiting{Job: job}
	}
	p.hosts[w.Job.Host] = true
	return true, t.putJob(k, *w)
}

// Hosts lists the hosts that have jobs.
func (db *DB) Hosts() (hosts []string, err error) {
	err = db.view(func(t txn) error {
		hosts = nil
		c := t.Bucket(bucketInbox).Cursor()
		for k, _ := c.First(); k != nil; {
			i := bytes.IndexByte(k, 0)
			if i < 0 {
				return damaged(bucketInbox, k, "the key has no host")
			}
			hosts = append(hosts, string(k[:i]))
			past := append(bytes.Clone(k[:i]), 1) // all jobs of this host
			if k, _ = c.Seek(past); k != nil && bytes.Compare(k, past) < 0 {
				return damaged(bucketInbox, k, outOfOrder)
			}
		}
		return nil
	})
	return hosts, err
}

// Next gives the job of a host that follows the given one in order of due time, after the zero Job the earliest.
func (db *DB) Next(host string, after fetcher.Job) (j fetcher.Job, ok bool, err error) {
	err = db.view(func(t txn) error {
		j, ok = fetcher.Job{}, false
		prefix := append([]byte(host), 0)
		c := t.Bucket(bucketInbox).Cursor()
		k, v := c.Seek(prefix)
		if after.Key != "" {
			last := inboxKey(host, stamp(after.Due), after.Key)
			if k, v = c.Seek(last); bytes.Equal(k, last) {
				k, v = c.Next()
			}
		}
		if !bytes.HasPrefix(k, prefix) {
			return nil
		}
		var w waiting
		if err := t.unmarshal(bucketInbox, k, v, &w); err != nil {
			return err
		}
		j, ok = w.Job, true
		return nil
	})
	return j, ok, err
}

// change lets fn work on the waiting job of j. It does nothing if the job has left the inbox.
func (db *DB) change(j fetcher.Job, fn func(t txn, j fetcher.Job, key string, k *known, w *waiting) error) error {
	n, done := db.naming()
	defer done()
	j = n.job(j)
	return db.write(func(t txn) error {
		key, k, ok, err := t.article(j.Key)
		if err != nil || !ok || k.Job == nil {
			return err
		}
		w, err := t.job(key, k)
		if err != nil {
			return err
		}
		if err := fn(t, j, key, &k, w); err != nil {
			return err
		}
		return t.putKnown(key, k)
	})
}

// Retry puts a failed job back until due and remembers why. Tries goes up unless counted is false.
func (db *DB) Retry(j fetcher.Job, due time.Time, why *fetcher.Failure, counted bool) error {
	reason, waits := db.reason(why), false
	err := db.change(j, func(t txn, _ fetcher.Job, _ string, k *known, w *waiting) error {
		w.Job.Due, w.Why, waits = due.UTC(), reason, true
		if counted {
			w.Job.Tries++
		}
		return t.putJob(k, *w)
	})
	if err == nil && waits {
		db.metrics.item(fateRetried)
	}
	return err
}

// Postpone moves a revisit without counting a try, and takes over the wait that led to it and the validators. A zero due
// ends the revisits. Where the article was changed since j was read, the visit that waits for it stays.
func (db *DB) Postpone(j fetcher.Job, due time.Time) error {
	return db.change(j, func(t txn, j fetcher.Job, key string, k *known, w *waiting) error {
		told := sayingOf(w.Job.Entry) != sayingOf(j.Entry) // of a change, while the visit was under way
		if due.IsZero() && !told {
			if k.Stand == standInbox {
				k.Stand = standOld
			}
			return t.dropJob(key, k)
		}
		w.Job.Again, w.Job.Validators, w.Job.Tries, w.Why = j.Again, j.Validators, 0, nil
		k.Again, k.Validators = j.Again, j.Validators
		if !told {
			w.Job.Due = due.UTC()
		}
		return t.putJob(k, *w)
	})
}

// SetAside takes a job off the inbox and keeps it with its reason. An article that is kept stays as it is: only the
// visits to it end.
func (db *DB) SetAside(j fetcher.Job, why *fetcher.Failure) error {
	reason, aside := db.reason(why), false
	err := db.change(j, func(t txn, _ fetcher.Job, key string, k *known, w *waiting) error {
		aside = false
		if err := t.dropJob(key, k); err != nil {
			return err
		}
		if k.Stand == standKept {
			if why != nil {
				k.Why = clip(why.Error(), 500)
			}
			return nil
		}
		if err := t.leave(k); err != nil {
			return err
		}
		place, err := t.Bucket(bucketAside).NextSequence()
		if err != nil {
			return err
		}
		k.Stand, k.At = standAside, place
		a := Aside{Job: w.Job}
		if reason != nil {
			a.Reason = *reason
		}
		aside = true
		if why != nil && !w.Job.Entry.Guessed && barren(why.Outcome) {
			if err := t.yield(w.Job.Entry.Source, fetcher.Harvest{At: db.now().UTC()}); err != nil {
				return err
			}
		}
		return t.put(bucketAside, numberKey(place), a)
	})
	if err == nil && aside {
		db.metrics.setAside(why)
	}
	return err
}

// Aside is a job that was given up.
type Aside struct {
	Job    fetcher.Job `json:"job"`
	Reason Reason      `json:"reason"`
}

// Pause remembers that a host asked for rest until the given time; the rests that have ended are forgotten.
func (db *DB) Pause(host string, until time.Time) error {
	now := db.now()
	return db.write(func(t txn) error {
		b := t.Bucket(bucketHost)
		var ended [][]byte
		err := b.ForEach(func(k, _ []byte) error {
			end, _, err := t.number(bucketHost, k)
			if err == nil && end <= stamp(now) {
				ended = append(ended, bytes.Clone(k))
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, k := range ended {
			if err := b.Delete(k); err != nil {
				return err
			}
		}
		if !until.After(now) {
			return b.Delete([]byte(host))
		}
		return t.putNumber(bucketHost, []byte(host), stamp(until))
	})
}

// Pauses gives the hosts that rest, with the end of it.
func (db *DB) Pauses() (map[string]time.Time, error) {
	var pauses map[string]time.Time
	err := db.view(func(t txn) error {
		pauses = make(map[string]time.Time)
		return t.Bucket(bucketHost).ForEach(func(k, _ []byte) error {
			end, _, err := t.number(bucketHost, k)
			pauses[string(k)] = time.Unix(0, int64(end)).UTC()
			return err
		})
	})
	return pauses, err
}

// barren says that a page was there and held no text.
func barren(o fetcher.Outcome) bool {
	return o == fetcher.NoText || o == fetcher.NotArticle || o == fetcher.Challenge
}

// Yield tells what the articles of a source came to.
func (db *DB) Yield(source string) (y fetcher.Yield, err error) {
	err = db.view(func(t txn) error {
		y = t.yieldOf(source)
		return nil
	})
	return y, err
}

// yieldOf is learned anew where it is damaged: that is no reason to keep nothing more of the source.
func (t txn) yieldOf(source string) (y fetcher.Yield) {
	if _, err := t.get(bucketMeta, yieldKey(source), &y); err != nil {
		return fetcher.Yield{}
	}
	return y
}

// yield adds an article to what those of its source came to.
func (t txn) yield(source string, h fetcher.Harvest) error {
	return t.put(bucketMeta, yieldKey(source), t.yieldOf(source).With(h))
}

func harvestOf(d normalize.Document, at time.Time) fetcher.Harvest {
	return fetcher.Harvest{Words: len(strings.Fields(d.Text)), Language: d.Language, At: at.UTC()}
}

// mostRobots is the longest robots.txt that is remembered, in bytes. No more of one is read.
const mostRobots = 512 << 10

// SaveRobots remembers copies of robots.txt.
func (db *DB) SaveRobots(fetched map[string]fetcher.RobotsText) error {
	return db.write(func(t txn) error {
		for origin, r := range fetched {
			if len(r.Text) > mostRobots || len(origin) > longestKey {
				continue
			}
			if err := t.put(bucketMeta, robotsKey(origin), r); err != nil {
				return err
			}
		}
		return nil
	})
}

// Robots gives the copies of robots.txt that are good still, and forgets the others.
func (db *DB) Robots() (kept map[string]fetcher.RobotsText, err error) {
	now := db.now()
	err = db.write(func(t txn) error {
		kept = map[string]fetcher.RobotsText{}
		var over [][]byte
		c := t.Bucket(bucketMeta).Cursor()
		for k, _ := c.Seek(robotsPrefix); bytes.HasPrefix(k, robotsPrefix); k, _ = c.Next() {
			var r fetcher.RobotsText
			if _, err := t.get(bucketMeta, k, &r); err != nil || !r.Until.After(now) {
				over = append(over, bytes.Clone(k)) // what is damaged is fetched anew
				continue
			}
			kept[string(k[len(robotsPrefix):])] = r
		}
		for _, k := range over {
			if err := t.Bucket(bucketMeta).Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
	return kept, err
}

// Spent gives what SaveSpent kept last.
func (db *DB) Spent() (s fetcher.Spent, err error) {
	err = db.view(func(t txn) error {
		s = fetcher.Spent{}
		_, err := t.get(bucketMeta, keySpent, &s)
		return err
	})
	return s, err
}

// SaveSpent remembers how many requests were sent of late.
func (db *DB) SaveSpent(s fetcher.Spent) error {
	return db.writeAnyway(func(t txn) error { return t.put(bucketMeta, keySpent, s) })
}

// clip cuts a text to at most n bytes, on a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
