package store

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"chapar/fetcher"
)

// stand says where an article stands.
type stand string

const (
	standInbox   stand = "inbox"   // waits for its first page
	standKept    stand = "kept"    // At is its number
	standDropped stand = "dropped" // below the threshold; At is its place in dropped/, 0 once nothing is told of it any more
	standAside   stand = "aside"   // given up; At is its place in aside/, likewise
	standOld     stand = "old"     // seen, and never to be fetched
	standAlias   stand = "alias"   // another address of the article under the key Of
)

// known is what seen/ holds of a key.
type known struct {
	Stand stand     `json:"stand"`
	At    uint64    `json:"at,omitempty"`
	On    time.Time `json:"on,omitzero"` // when it was dropped or set aside, once At is 0
	Of    string    `json:"of,omitempty"`
	Said  []said    `json:"said,omitempty"` // by whom it was named, the first one first

	Job *slot `json:"job,omitempty"` // where its job waits; only one that is no alias has one

	// Of the last page, for the next visit.
	Link       string             `json:"link,omitempty"`
	Again      time.Duration      `json:"again,omitempty"`
	Validators fetcher.Validators `json:"validators,omitzero"`
	Why        string             `json:"why,omitempty"` // why a visit to a kept article was given up
}

// slot is a place in the inbox.
type slot struct {
	Host string `json:"host"`
	Due  uint64 `json:"due"` // a stamp
}

// said is what an endpoint last said of an article.
type said struct {
	Source   string    `json:"source"`
	Endpoint string    `json:"endpoint"`
	Updated  time.Time `json:"updated,omitzero"`  // else when it was published
	Title    string    `json:"title,omitempty"`   // a short hash, as the next
	Content  string    `json:"content,omitempty"` // "" where it said none
}

func sayingOf(e fetcher.Entry) said {
	at := e.Updated
	if at.IsZero() {
		at = e.Published // feeds leave out, or repeat, what was never updated
	}
	return said{e.Source, e.Endpoint, at.UTC(), shortHash(e.Title), shortHash(e.Content)}
}

func shortHash(s string) string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// differs says whether s tells of a change since old. What is not said tells nothing.
func (s said) differs(old said) bool {
	return s.Updated.After(old.Updated) && !old.Updated.IsZero() ||
		s.Title != "" && old.Title != "" && s.Title != old.Title ||
		s.Content != "" && old.Content != "" && s.Content != old.Content
}

// hear takes note of what an entry says. A first word is no change, nor is one endpoint another.
func (k *known) hear(e fetcher.Entry) (changed, fresh, newSource bool) {
	s := sayingOf(e)
	newSource = true
	for i := range k.Said {
		old := &k.Said[i]
		if old.Source != s.Source {
			continue
		}
		newSource = false
		if old.Endpoint != s.Endpoint {
			continue
		}
		if e.Updated.IsZero() { // another date of publication is no word of a change
			s.Updated = old.Updated
		}
		changed = s.differs(*old)
		next := said{s.Source, s.Endpoint, later(old.Updated, s.Updated), or(s.Title, old.Title), or(s.Content, old.Content)}
		fresh = next != *old
		*old = next
		return changed, fresh, false
	}
	k.Said = append(k.Said, s)
	return false, true, newSource
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// owner is the source that named the article first.
func (k known) owner() string {
	if len(k.Said) == 0 {
		return ""
	}
	return k.Said[0].Source
}

func (t txn) known(key string) (k known, ok bool, err error) {
	ok, err = t.get(bucketSeen, []byte(key), &k)
	return k, ok, err
}

func (t txn) putKnown(key string, k known) error { return t.put(bucketSeen, []byte(key), k) }

// longestChain of aliases is far more than there ever are: each is one canonical URL that took the place of another.
const longestChain = 64

// article follows aliases to the article itself.
func (t txn) article(key string) (main string, k known, ok bool, err error) {
	main = key
	for range longestChain {
		k, ok, err = t.known(main)
		switch {
		case err != nil:
			return key, known{}, false, err
		case !ok && main != key:
			return key, known{}, false, damaged(bucketSeen, []byte(main), "an alias leads to it, but it is missing")
		case k.Stand != standAlias:
			return main, k, ok, nil
		}
		main = k.Of
	}
	return key, known{}, false, damaged(bucketSeen, []byte(key), "its aliases lead in a circle")
}

// leave clears what the former stand of an article left elsewhere.
func (t txn) leave(k *known) error {
	switch k.Stand {
	case standDropped:
		if err := t.Bucket(bucketDropped).Delete(numberKey(k.At)); err != nil {
			return err
		}
		if err := t.Bucket(bucketDroppedPage).Delete(numberKey(k.At)); err != nil {
			return err
		}
	case standAside:
		if err := t.Bucket(bucketAside).Delete(numberKey(k.At)); err != nil {
			return err
		}
	}
	k.Stand, k.At, k.On = "", 0, time.Time{}
	return nil
}

// waiting is a job in the inbox.
type waiting struct {
	Job fetcher.Job `json:"job"`
	Why *Reason     `json:"why,omitempty"` // of the last failure
}

// Reason tells why a page could not be had.
type Reason struct {
	At      time.Time       `json:"at"`
	Class   fetcher.Class   `json:"class"`
	Outcome fetcher.Outcome `json:"outcome"`
	Detail  string          `json:"detail,omitempty"`
}

func (db *DB) reason(f *fetcher.Failure) *Reason {
	if f == nil {
		return nil
	}
	r := &Reason{At: db.now().UTC(), Class: f.Class, Outcome: f.Outcome}
	if f.Err != nil {
		r.Detail = clip(f.Err.Error(), 500)
	}
	return r
}

// job reads the job of an article, nil if it has none.
func (t txn) job(key string, k known) (*waiting, error) {
	if k.Job == nil {
		return nil, nil
	}
	var w waiting
	at := inboxKey(k.Job.Host, k.Job.Due, key)
	ok, err := t.get(bucketInbox, at, &w)
	if err == nil && !ok {
		err = damaged(bucketInbox, at, "the job is missing")
	}
	return &w, err
}

// putJob lets a job wait, in place of the one that the article has. The caller writes k.
func (t txn) putJob(k *known, w waiting) error {
	p, err := t.marshal(w)
	if err != nil {
		return err
	}
	return t.putPackedJob(k, w.Job, p)
}

func (t txn) putPackedJob(k *known, j fetcher.Job, p packed) error {
	if err := t.dropJob(j.Key, k); err != nil {
		return err
	}
	k.Job = &slot{j.Host, stamp(j.Due)}
	return t.putPacked(bucketInbox, inboxKey(j.Host, k.Job.Due, j.Key), p)
}

// dropJob takes the job of an article off the inbox. The caller writes k.
func (t txn) dropJob(key string, k *known) error {
	if k.Job == nil {
		return nil
	}
	at := inboxKey(k.Job.Host, k.Job.Due, key)
	k.Job = nil
	return t.Bucket(bucketInbox).Delete(at)
}
