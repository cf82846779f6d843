package store

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store/corpus"
)

// Made is an article with the page that it was made from, if that is kept.
type Made struct {
	Record     *corpus.Record `json:"record,omitempty"`     // kept: its newest revision
	Rejected   *Rejected      `json:"rejected,omitempty"`   // dropped
	Confirmed  bool           `json:"confirmed,omitempty"`  // the text is the feed's; the page says the same, noise aside
	Normalizer int            `json:"normalizer,omitempty"` // which version made the record
	Page       *fetcher.Page  `json:"page,omitempty"`       // nil if none is kept of this revision, or the text is not from it
	Entry      *fetcher.Entry `json:"entry,omitempty"`      // that led to the page, without texts; nil where it was not noted
}

// Pages gives the records that a query wants in order of number, then the dropped articles that it wants and whose pages
// are kept, in order of arrival. A record without a page comes without its text. Clusters and the limit of the query do
// not count. No transaction is held between two of them.
func (db *DB) Pages(ctx context.Context, q Query) iter.Seq2[Made, error] {
	return func(yield func(Made, error) bool) {
		f := newFilter(q)
		goOn := true
		err := db.each(ctx, bucketRecord, sliceRecords, func(pairs []pair) (bool, error) {
			for _, p := range pairs {
				m, err := db.made(p)
				if err != nil {
					return false, err
				}
				if goOn = !f.takes(*m.Record) || yield(m, nil); !goOn {
					return false, nil
				}
			}
			return true, nil
		})
		const few = 16 // pages are large
		if err == nil && goOn {
			err = db.each(ctx, bucketDroppedPage, few, func(pairs []pair) (bool, error) {
				for _, p := range pairs {
					m, err := db.unmade(p)
					if err != nil {
						return false, err
					}
					if m.Rejected != nil && f.takes(m.Rejected.labels()) && !yield(m, nil) {
						return false, nil
					}
				}
				return true, nil
			})
		}
		if err != nil {
			yield(Made{}, err)
		}
	}
}

// made reads a pair of record/ and the page that belongs to it.
func (db *DB) made(p pair) (m Made, err error) {
	s, text, err := readRecord(bucketRecord, p.key, p.value)
	if err != nil {
		return m, err
	}
	m = Made{Record: &s.Record, Confirmed: s.Confirmed, Normalizer: s.Normalizer}
	if s.Record.TextFrom != FromPage {
		return m, nil
	}
	key := pairKey(uint64(s.Record.Number), uint64(s.Record.Revision))
	pages, err := db.values(bucketPage, [][]byte{key})
	if err != nil || len(pages) == 0 {
		return m, err
	}
	page, entry, err := db.codec.unpackPage(bucketPage, key, pages[0].value)
	if err != nil {
		return m, err
	}
	b, err := db.codec.unpack(text, nil)
	if err != nil {
		return m, damaged(bucketRecord, p.key, err.Error())
	}
	s.Record.Text, m.Page, m.Entry = string(b), &page, entry
	return m, nil
}

// unmade reads a pair of dropped-page/ and what is known of the article; nothing if it is gone meanwhile.
func (db *DB) unmade(p pair) (m Made, err error) {
	page, entry, err := db.codec.unpackPage(bucketDroppedPage, p.key, p.value)
	if err != nil {
		return m, err
	}
	lights, err := db.values(bucketDropped, [][]byte{p.key})
	if err != nil || len(lights) == 0 {
		return m, err
	}
	var r Rejected
	if err := db.codec.unmarshal(bucketDropped, p.key, lights[0].value, &r); err != nil {
		return m, err
	}
	return Made{Rejected: &r, Page: &page, Entry: entry}, nil
}

// Dropped gives the articles below the threshold that a query wants, in order of arrival, each with its page where that is
// kept. Clusters and the limit of the query do not count. No transaction is held between two of them.
func (db *DB) Dropped(ctx context.Context, q Query) iter.Seq2[Made, error] {
	return func(yield func(Made, error) bool) {
		err := db.eachRejected(ctx, q, func(key []byte, r Rejected) (bool, error) {
			m, err := db.dropped(key, r)
			return err == nil && yield(m, nil), err
		})
		if err != nil {
			yield(Made{}, err)
		}
	}
}

// DroppedAt gives the article below the threshold that an address led to, with its page where that is kept.
func (db *DB) DroppedAt(ctx context.Context, url string) (m Made, err error) {
	if err := ctx.Err(); err != nil {
		return m, err
	}
	var (
		at []byte
		r  Rejected
	)
	err = db.view(func(t txn) error {
		_, k, ok, err := t.article(urlKey(url))
		if err != nil {
			return err
		}
		if !ok || k.Stand != standDropped || k.At == 0 {
			return fmt.Errorf("%s: %w", url, ErrNotFound)
		}
		at = numberKey(k.At)
		_, err = t.get(bucketDropped, at, &r)
		return err
	})
	if err != nil {
		return m, err
	}
	return db.dropped(at, r)
}

// dropped adds the page to what is known of a dropped article.
func (db *DB) dropped(key []byte, r Rejected) (Made, error) {
	m := Made{Rejected: &r}
	pages, err := db.values(bucketDroppedPage, [][]byte{key})
	if err != nil || len(pages) == 0 {
		return m, err
	}
	page, entry, err := db.codec.unpackPage(bucketDroppedPage, key, pages[0].value)
	if err != nil {
		return m, err
	}
	m.Page, m.Entry = &page, entry
	return m, nil
}

// labels are what filters look at.
func (r Rejected) labels() corpus.Record {
	return corpus.Record{Source: r.Source, Language: r.Language, Relevance: r.Relevance, Topics: r.Topics, Places: r.Places, Published: r.Published, FirstSeen: r.Seen}
}

// Change says in what two forms of a record differ. Where title or text do, there is a new revision.
type Change struct {
	Title     bool `json:"title"`
	Text      bool `json:"text"`
	Date      bool `json:"date"` // published or modified
	Authors   bool `json:"authors"`
	Language  bool `json:"language"`
	Relevance bool `json:"relevance"` // or its explanation
}

// Any says whether there is a difference.
func (c Change) Any() bool { return c != Change{} }

// Revises says whether the difference makes a revision.
func (c Change) Revises() bool { return c.Title || c.Text }

// Renewed gives a kept article as it stands with another document of its page. What that does not know is taken from the
// record, as it was when its revision came in.
func (m Made) Renewed(d normalize.Document) (now corpus.Record, c Change) {
	was := *m.Record
	now = was
	now.Title, now.Text, now.Language = d.Title, d.Text, d.Language
	if p := dateOf(d.Published); p != nil && (!weakDate(string(d.Published.Origin)) || was.Published == nil) {
		now.Published, now.DateFrom = p, string(d.Published.Origin)
	}
	if t := dateOf(d.Modified); t != nil {
		now.Modified = t
	}
	if len(d.Authors) > 0 {
		now.Authors = d.Authors
	}
	now.Relevance = d.Relevance.Score
	now.Topics, now.Places, now.Reasons = d.Relevance.Topics, d.Relevance.Places, d.Relevance.Reasons
	return now, Change{
		Title: now.Title != was.Title, Text: now.Text != was.Text,
		Date:     now.DateFrom != was.DateFrom || !sameMoment(now.Published, was.Published) || !sameMoment(now.Modified, was.Modified),
		Authors:  !slices.Equal(now.Authors, was.Authors),
		Language: now.Language != was.Language,
		Relevance: now.Relevance != was.Relevance || !slices.Equal(now.Topics, was.Topics) ||
			!slices.Equal(now.Places, was.Places) || !slices.Equal(now.Reasons, was.Reasons),
	}
}

func sameMoment(a, b *time.Time) bool { return a == b || a != nil && b != nil && a.Equal(*b) }

// Rebuilt is a kept article and what its page is read as today.
type Rebuilt struct {
	Made
	Document normalize.Document
}

// Rebuild writes what became of kept articles whose pages were read again, all in one transaction; give it a few hundred
// at most. A changed title or text is a new revision, to which the page goes over; everything else is changed in place.
// An article that has changed since Pages gave it stays as it is.
func (db *DB) Rebuild(ctx context.Context, all []Rebuilt) ([]Placement, error) {
	return db.remake(ctx, all, CauseRebuilt, func(txn, []Placement) error { return nil })
}

// remake is Rebuild for any cause; done runs in the transaction once all are placed.
func (db *DB) remake(ctx context.Context, all []Rebuilt, cause string, done func(txn, []Placement) error) ([]Placement, error) {
	if _, err := db.Prepare(ctx); err != nil {
		return nil, err
	}
	arrivals := make([]arrival, len(all))
	changes := make([]Change, len(all))
	for i, r := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		now, c := r.Renewed(r.Document)
		changes[i] = c
		s := stored{Record: now, Essence: r.Document.Essence, Normalizer: r.Document.Version, Notes: r.Document.Notes}
		s.note(r.Document)
		arrivals[i] = db.arrive(s, cause)
	}
	placed := make([]Placement, len(all))
	err := db.write(func(t txn) error {
		for i, a := range arrivals {
			was := *all[i].Record
			old, text, err := t.record(uint64(was.Number))
			if err != nil {
				return err
			}
			if cause == CauseCleaned { // its page was not read again
				a.stored.Normalizer, a.stored.Notes = old.Normalizer, old.Notes
			}
			switch {
			case old.Record.Revision != was.Revision || old.Record.SHA256 != was.SHA256:
				placed[i] = placement(PlacedSame, old.Record)
			case changes[i].Revises():
				placed[i], err = t.rebuild(a, old, text)
			default:
				placed[i], err = t.renew(a, old, text)
			}
			if err != nil {
				return err
			}
		}
		return done(t, placed)
	})
	if err != nil {
		return nil, err
	}
	return placed, nil
}

// rebuild makes a revision, to which the page of the one before goes over.
func (t txn) rebuild(a arrival, old stored, text []byte) (Placement, error) {
	key := pairKey(uint64(old.Record.Number), uint64(old.Record.Revision))
	pages := t.Bucket(bucketPage)
	if v := pages.Get(key); v != nil {
		_, page, err := unseal(bucketPage, key, v)
		if err != nil {
			return Placement{}, err
		}
		a.page = bytes.Clone(page)
		if err := pages.Delete(key); err != nil {
			return Placement{}, err
		}
	}
	a.stored.Confirmed = old.Confirmed && a.cause == CauseCleaned // the page says the same still
	return t.revise(a, old, text)
}

// renew changes what stands about a text.
func (t txn) renew(a arrival, old stored, text []byte) (Placement, error) {
	r, now := &old.Record, a.stored.Record
	r.Published, r.DateFrom, r.Modified, r.Authors, r.Language = now.Published, now.DateFrom, now.Modified, now.Authors, now.Language
	r.Relevance, r.Topics, r.Places, r.Reasons = now.Relevance, now.Topics, now.Places, now.Reasons
	old.Essence, old.Normalizer, old.Notes = a.stored.Essence, a.stored.Normalizer, a.stored.Notes
	old.Whole, old.Removed, r.Removed = a.stored.Whole, a.stored.Removed, now.Removed
	return placement(PlacedRenewed, *r), t.putRecord(old, text)
}
