package store

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"chapar/fetcher"
)

// Renaming is a source that is called otherwise now.
type Renaming struct {
	Old, New string // ids
	Name     string // of the source, for its records; "" leaves the one they have
}

// Renamed says what a Rename came to.
type Renamed struct {
	Done      []Renaming // those that were still to be done
	Endpoints int        // whose state came under the new id
	Entries   int        // of what was seen
	Jobs      int        // that wait in the inbox
	Records   int
	Others    int // older revisions, articles that were dropped or set aside, pages
}

// Rename brings all that bears the old id of a source under its new one: what is remembered of its endpoints, what was
// seen, the inbox, records and what was not kept. Numbers, ids and revisions of records stay.
//
// The list holds all renamings that are in force; what was done before is found out cheaply. What a poll or a job that
// is under way still brings for an old id comes under the new one too, from now until the next call. It works in short
// transactions and may be ended at any point: the next call does the rest. Where both ids have something, the later
// state of an endpoint stands, and neither history is lost.
func (db *DB) Rename(ctx context.Context, all []Renaming) (Renamed, error) {
	n := names{}
	for _, r := range all {
		n[r.Old] = r
	}
	db.namesLock.Lock() // waits for those who write by the names that were in force
	db.names = n
	db.namesLock.Unlock()

	todo := names{}
	var did Renamed
	err := db.view(func(t txn) error {
		clear(todo)
		did.Done = nil
		for _, r := range all {
			done, err := t.isRenamed(r)
			if err == nil && !done {
				todo[r.Old] = r
				did.Done = append(did.Done, r)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(todo) == 0 {
		return did, err
	}
	// Until all is done nothing says that it was: isRenamed would believe a mark of an earlier renaming once the states,
	// which it looks for, have moved.
	err = db.write(func(t txn) error {
		for old := range todo {
			if err := t.Bucket(bucketMeta).Delete(renamedKey(old)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return did, err
	}
	rename := renamer{db, todo, &did}
	for _, step := range []struct {
		bucket []byte
		one    func(t txn, p pair) error
	}{
		// The states come first: an endpoint that is polled meanwhile by its new id should not be asked for all anew.
		{bucketState, rename.state}, {bucketEvent, rename.events}, {bucketSeen, rename.seen}, {bucketInbox, rename.inbox}, {bucketRecord, rename.record}, {bucketRevision, rename.record},
		{bucketDropped, rename.dropped}, {bucketPage, rename.page(bucketPage)}, {bucketDroppedPage, rename.page(bucketDroppedPage)},
		{bucketAside, rename.aside},
	} {
		if err := rename.bucket(ctx, step.bucket, step.one); err != nil {
			return did, err
		}
	}
	return did, db.write(func(t txn) error {
		for _, r := range did.Done {
			if err := t.moveRecurring(r.Old, r.New); err != nil {
				return err
			}
			// What was once called by the new id has come back to it.
			if err := t.Bucket(bucketMeta).Delete(renamedKey(r.New)); err != nil {
				return err
			}
			if err := t.put(bucketMeta, renamedKey(r.Old), renamedTo{r.New}); err != nil {
				return err
			}
			if err := t.moveYield(r.Old, r.New); err != nil {
				return err
			}
		}
		return nil
	})
}

// moveYield brings what the articles of a source came to under its new id, to what they came to under that.
func (t txn) moveYield(old, new string) error {
	if t.Bucket(bucketMeta).Get(yieldKey(old)) == nil {
		return nil
	}
	if err := t.put(bucketMeta, yieldKey(new), t.yieldOf(old).Join(t.yieldOf(new))); err != nil {
		return err
	}
	return t.Bucket(bucketMeta).Delete(yieldKey(old))
}

// renamedTo marks a renaming that was done, under renamedKey of the old id in meta/.
type renamedTo struct {
	New string `json:"new"`
}

func renamedKey(old string) []byte { return []byte("renamed:" + old) }

// isRenamed says whether a renaming was done and nothing came under the old id since.
func (t txn) isRenamed(r Renaming) (bool, error) {
	var to renamedTo
	if ok, err := t.get(bucketMeta, renamedKey(r.Old), &to); err != nil || !ok || to.New != r.New {
		return false, err
	}
	for _, place := range []struct {
		bucket []byte
		prefix string
	}{{bucketState, r.Old + "/"}, {bucketEvent, r.Old + "/"}, {bucketSeen, "guid:" + r.Old + ":"}, {bucketSeen, "text:" + r.Old + ":"}} {
		if k, _ := t.Bucket(place.bucket).Cursor().Seek([]byte(place.prefix)); bytes.HasPrefix(k, []byte(place.prefix)) {
			return false, nil
		}
	}
	return true, nil
}

// returned unmarks the renaming of a source that a document comes from: the next Rename looks at all again.
func (t txn) returned(source string) error {
	if source == "" {
		return nil
	}
	return t.Bucket(bucketMeta).Delete(renamedKey(source))
}

// names are renamings by the old id.
type names map[string]Renaming

// naming gives the renamings in force, which stay so until done is called.
func (db *DB) naming() (n names, done func()) {
	db.namesLock.RLock()
	return db.names, db.namesLock.RUnlock
}

func (n names) source(id string) string {
	if r, ok := n[id]; ok {
		return r.New
	}
	return id
}

// endpoint is the id of an endpoint, which begins with that of its source.
func (n names) endpoint(id string) string {
	if source, rest, ok := strings.Cut(id, "/"); ok {
		return n.source(source) + "/" + rest
	}
	return id
}

// key is a key of seen/. Of one that was shortened the prefix alone changes: no entry finds it any more, as none would
// find what it was made of.
func (n names) key(key string) string {
	kind, rest, ok := strings.Cut(key, ":")
	if !ok || kind != "guid" && kind != "text" {
		return key
	}
	source, rest, ok := strings.Cut(rest, ":")
	if !ok {
		return key
	}
	return shortened(kind + ":" + n.source(source) + ":" + rest)
}

func (n names) entry(e fetcher.Entry) fetcher.Entry {
	e.Source, e.Endpoint = n.source(e.Source), n.endpoint(e.Endpoint)
	return e
}

func (n names) job(j fetcher.Job) fetcher.Job {
	if len(n) == 0 {
		return j
	}
	if j.Host == noNUL(j.Entry.Endpoint) { // the lane of what has no address
		j.Host = noNUL(n.endpoint(j.Host))
	}
	j.Entry, j.Key = n.entry(j.Entry), n.key(j.Key)
	return j
}

// said brings what was said of an article under the new ids. What an endpoint said under both is one word, the later.
func (n names) said(list []said) []said {
	var out []said
	for _, s := range list {
		s.Source, s.Endpoint = n.source(s.Source), n.endpoint(s.Endpoint)
		i := slices.IndexFunc(out, func(o said) bool { return o.Source == s.Source && o.Endpoint == s.Endpoint })
		if i < 0 {
			out = append(out, s)
			continue
		}
		last, other := s, out[i]
		if other.Updated.After(last.Updated) {
			last, other = other, last
		}
		out[i] = said{s.Source, s.Endpoint, last.Updated, or(last.Title, other.Title), or(last.Content, other.Content)}
	}
	return out
}

// renamer is a Rename at work. Its methods rewrite one value in a transaction; they may find that it is gone, or that
// there is nothing to be done.
type renamer struct {
	db  *DB
	n   names
	did *Renamed
}

// bucket goes through a bucket and has those values rewritten that name an old id, some hundred in a transaction.
func (r renamer) bucket(ctx context.Context, bucket []byte, one func(txn, pair) error) error {
	var marks [][]byte // an id as it stands in JSON and in keys
	for old := range r.n {
		for _, form := range []string{`"%"`, `"%/`, `:%:`} {
			marks = append(marks, []byte(strings.Replace(form, "%", old, 1)))
		}
	}
	return r.db.each(ctx, bucket, sliceRecords, func(pairs []pair) (bool, error) {
		var todo []pair
		for _, p := range pairs {
			named, err := r.names(bucket, p, marks)
			if err != nil {
				return false, err
			}
			if named {
				todo = append(todo, p)
			}
		}
		if len(todo) == 0 {
			return true, nil
		}
		before := *r.did
		return true, r.db.write(func(t txn) error {
			*r.did = before
			for _, p := range todo {
				if p.value = t.Bucket(bucket).Get(p.key); p.value == nil { // gone meanwhile
					continue
				}
				if err := one(t, p); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// names says whether a value may name an old id: most do not, and are not read further.
func (r renamer) names(bucket []byte, p pair, marks [][]byte) (bool, error) {
	text := p.value
	switch string(bucket) {
	case string(bucketState), string(bucketEvent):
		return r.n.endpoint(string(p.key)) != string(p.key), nil
	case string(bucketPage), string(bucketDroppedPage):
		head, _, err := splitPage(bucket, p.key, p.value)
		if err != nil {
			return false, err
		}
		text = head
	case string(bucketRecord), string(bucketRevision):
		meta, _, err := splitRecord(bucket, p.key, p.value)
		if err != nil {
			return false, err
		}
		text = meta
	default:
		form, b, err := unseal(bucket, p.key, p.value)
		if err != nil {
			return false, err
		}
		if text = b; form == formZstd {
			if text, err = r.db.codec.unpack(b, nil); err != nil {
				return false, damaged(bucket, p.key, err.Error())
			}
		}
		if string(bucket) == string(bucketSeen) && r.n.key(string(p.key)) != string(p.key) {
			return true, nil
		}
	}
	return slices.ContainsFunc(marks, func(m []byte) bool { return bytes.Contains(text, m) }), nil
}

// seen rewrites what is known of a key, and the key where it holds the id: what hangs on it moves with it.
func (r renamer) seen(t txn, p pair) error {
	var k known
	if err := t.unmarshal(bucketSeen, p.key, p.value, &k); err != nil {
		return err
	}
	old, key := string(p.key), r.n.key(string(p.key))
	k.Said, k.Of = r.n.said(k.Said), r.n.key(k.Of)
	r.did.Entries++
	if key == old {
		return t.putKnown(key, k)
	}
	w, err := t.job(old, k)
	if err != nil {
		return err
	}
	if err := t.dropJob(old, &k); err != nil {
		return err
	}
	if err := t.Bucket(bucketSeen).Delete(p.key); err != nil {
		return err
	}
	have, both, err := t.known(key)
	if err != nil {
		return err
	}
	if both { // the operator changed the id and told of it later only
		k.Said = r.n.said(append(k.Said, have.Said...))
		if have.stage() >= k.stage() {
			have.Said = k.Said
			if err := t.leave(&k); err != nil {
				return err
			}
			return t.putKnown(key, have)
		}
		if err := t.dropJob(key, &have); err != nil {
			return err
		}
		if err := t.leave(&have); err != nil {
			return err
		}
	}
	if w != nil {
		w.Job = r.n.job(w.Job)
		if err := t.putJob(&k, *w); err != nil {
			return err
		}
		r.did.Jobs++
	}
	if err := r.follow(t, k, key); err != nil {
		return err
	}
	return t.putKnown(key, k)
}

// stage orders the stands of one entry under two ids: what was settled later in its life counts more, and what waits for its
// page more than what would never be fetched.
func (k known) stage() int {
	return slices.Index([]stand{standOld, standInbox, standAside, standDropped, standAlias, standKept}, k.Stand)
}

// follow writes the new key where the article of a moved one stands.
func (r renamer) follow(t txn, k known, key string) error {
	at := numberKey(k.At)
	switch k.Stand {
	case standKept:
		s, text, err := t.record(k.At)
		if err != nil {
			return err
		}
		s.Key = key
		return t.putRecord(s, text)
	case standDropped:
		var light Rejected
		if ok, err := t.get(bucketDropped, at, &light); err != nil || !ok {
			return err
		}
		light.Key = key
		return t.put(bucketDropped, at, light)
	case standAside:
		var a Aside
		if ok, err := t.get(bucketAside, at, &a); err != nil || !ok {
			return err
		}
		a.Job.Key = key
		return t.put(bucketAside, at, a)
	}
	return nil
}

func (r renamer) inbox(t txn, p pair) error {
	_, _, key, ok := splitInboxKey(p.key)
	if !ok {
		return damaged(bucketInbox, p.key, "the key is cut")
	}
	var w waiting
	if err := t.unmarshal(bucketInbox, p.key, p.value, &w); err != nil {
		return err
	}
	k, ok, err := t.known(key)
	if err != nil || !ok {
		return err
	}
	w.Job = r.n.job(w.Job)
	r.did.Jobs++
	if err := t.putJob(&k, w); err != nil {
		return err
	}
	return t.putKnown(key, k)
}

// record rewrites the newest revision of a record or an older one.
func (r renamer) record(t txn, p pair) error {
	bucket := bucketRecord
	if len(p.key) > 8 {
		bucket = bucketRevision
	}
	s, text, err := readRecord(bucket, p.key, p.value)
	if err != nil {
		return err
	}
	rec := &s.Record
	before, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if to, ok := r.n[rec.Source]; ok {
		rec.Source, rec.SourceName = to.New, or(to.Name, rec.SourceName)
	}
	also := []string{}
	for _, id := range rec.AlsoIn {
		if id = r.n.source(id); id != rec.Source && !slices.Contains(also, id) {
			also = append(also, id)
		}
	}
	rec.AlsoIn, s.Key = also, r.n.key(s.Key)
	after, err := json.Marshal(s)
	if err != nil || bytes.Equal(before, after) { // the id is a word of its title, or the like
		return err
	}
	if len(p.key) > 8 {
		r.did.Others++
	} else {
		r.did.Records++
	}
	return t.putStored(bucket, p.key, s, text)
}

func (r renamer) dropped(t txn, p pair) error {
	var light Rejected
	if err := t.unmarshal(bucketDropped, p.key, p.value, &light); err != nil {
		return err
	}
	light.Source, light.Key = r.n.source(light.Source), r.n.key(light.Key)
	r.did.Others++
	return t.put(bucketDropped, p.key, light)
}

// page rewrites the entry that led to a kept page.
func (r renamer) page(bucket []byte) func(t txn, p pair) error {
	return func(t txn, p pair) error {
		head, body, err := splitPage(bucket, p.key, p.value)
		if err != nil {
			return err
		}
		var h pageHead
		if err := json.Unmarshal(head, &h); err != nil {
			return damaged(bucket, p.key, err.Error())
		}
		if h.Entry == nil {
			return nil
		}
		*h.Entry = r.n.entry(*h.Entry)
		if head, err = json.Marshal(h); err != nil {
			return err
		}
		r.did.Others++
		return t.filled(bucket).Put(p.key, seal(p.key, formPlain, append(headed(stamp(h.Fetched), head), body...)))
	}
}

func (r renamer) aside(t txn, p pair) error {
	var a Aside
	if err := t.unmarshal(bucketAside, p.key, p.value, &a); err != nil {
		return err
	}
	a.Job = r.n.job(a.Job)
	r.did.Others++
	return t.put(bucketAside, p.key, a)
}

// state moves what is remembered of an endpoint. Of two states the one of the later poll stands.
func (r renamer) state(t txn, p pair) error {
	var s, have fetcher.State
	if err := t.unmarshal(bucketState, p.key, p.value, &s); err != nil {
		return err
	}
	to := []byte(r.n.endpoint(string(p.key)))
	both, err := t.get(bucketState, to, &have)
	if err != nil {
		return err
	}
	first := s.First
	if both && !have.Checked.Before(s.Checked) {
		s = have
	}
	if both && have.URL == s.URL && (first.IsZero() || !have.First.IsZero() && have.First.Before(first)) {
		first = have.First
	}
	if !first.IsZero() {
		s.First = first
	}
	r.did.Endpoints++
	if err := t.Bucket(bucketState).Delete(p.key); err != nil {
		return err
	}
	return t.put(bucketState, to, s)
}

// events moves the history of an endpoint. Of two histories the last polls stand.
func (r renamer) events(t txn, p pair) error {
	var events, have []fetcher.Event
	if err := t.unmarshal(bucketEvent, p.key, p.value, &events); err != nil {
		return err
	}
	to := []byte(r.n.endpoint(string(p.key)))
	if _, err := t.get(bucketEvent, to, &have); err != nil {
		return err
	}
	events = append(events, have...)
	slices.SortStableFunc(events, func(a, b fetcher.Event) int { return a.At.Compare(b.At) })
	if err := t.Bucket(bucketEvent).Delete(p.key); err != nil {
		return err
	}
	return t.put(bucketEvent, to, events[max(0, len(events)-mostEvents):])
}
