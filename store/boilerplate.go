package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chapar/normalize"
)

// recurring is what meta/ holds of a source under recurringKey: what its articles have in common, and in which of them
// that is still to be removed. It is written in the transaction that keeps the article which gave the evidence, so that
// nothing is forgotten when the program ends before the others are cleaned again.
type recurring struct {
	Recurrence
	Stale []int `json:"stale,omitempty"` // numbers
}

// Recurrence is what the articles of a source have in common.
type Recurrence = normalize.Recurrence

const recurringPrefix = "recurring:"

func recurringKey(source string) []byte { return []byte(recurringPrefix + source) }

func (t txn) recurring(source string) (r recurring, err error) {
	if _, err = t.get(bucketMeta, recurringKey(source), &r); errors.Is(err, ErrDamaged) {
		return recurring{}, nil // it is learned anew, as the yield is
	}
	return r, err
}

// Recurrence gives what the articles of a source have in common, for the normalizer; the lines that a person kept are
// among them.
func (db *DB) Recurrence(ctx context.Context, source string) (r Recurrence, err error) {
	if err := ctx.Err(); err != nil {
		return r, err
	}
	err = db.view(func(t txn) error {
		all, err := t.recurring(source)
		r = all.Recurrence
		return err
	})
	return r, err
}

// learn takes note of the whole text of an article that was kept, and says whether articles of its source are to be
// cleaned again. A text that another source brought says nothing of the article's own.
func (t txn) learn(a arrival, p Placement, source string) (stale bool, err error) {
	s, _, err := t.record(uint64(p.Number))
	if err != nil || source == "" || s.Record.Source != source || s.Record.TextFrom == FromImport {
		return false, err
	}
	r, err := t.recurring(source)
	if err != nil {
		return false, err
	}
	if p.As == PlacedSame {
		return len(r.Stale) > 0, nil
	}
	found := r.See(p.Number, s.Record.Cluster, normalize.Restore(a.stored.Record.Text, a.stored.Removed))
	r.Stale = append(r.Stale, found...)
	slices.Sort(r.Stale)
	r.Stale = slices.Compact(r.Stale)
	return len(r.Stale) > 0, t.put(bucketMeta, recurringKey(source), r)
}

// Stale is an article that is to be cleaned again.
type Stale struct {
	Made
	Whole string // its text with all that was ever removed from it
}

// mostStale is how many articles Stale gives at once.
const mostStale = 100

// Stale gives the articles of a source that are to be cleaned again, a hundred at most, and what its articles have in
// common.
func (db *DB) Stale(ctx context.Context, source string) (all []Stale, r Recurrence, err error) {
	if err := ctx.Err(); err != nil {
		return nil, r, err
	}
	err = db.view(func(t txn) error {
		known, err := t.recurring(source)
		if err != nil {
			return err
		}
		all, r = nil, known.Recurrence
		for _, n := range known.Stale {
			if len(all) == mostStale {
				break
			}
			s, err := t.wholeRecord(uint64(n))
			if errors.Is(err, ErrDamaged) {
				continue // it holds up none of the others
			}
			if err != nil {
				return err
			}
			all = append(all, Stale{Made{Record: &s.Record, Normalizer: s.Normalizer}, normalize.Restore(s.Record.Text, s.Removed)})
		}
		return nil
	})
	return all, r, err
}

func (t txn) wholeRecord(n uint64) (stored, error) {
	key := numberKey(n)
	v := t.Bucket(bucketRecord).Get(key)
	if v == nil {
		return stored{}, damaged(bucketRecord, key, "the record is missing")
	}
	s, _, err := t.whole(bucketRecord, key, v, nil)
	return s, err
}

// Clean writes what became of the articles that Stale gave, all in one transaction: a changed text is a new revision. One
// that has changed meanwhile stays as it is and remains to be cleaned.
func (db *DB) Clean(ctx context.Context, source string, all []Rebuilt) ([]Placement, error) {
	return db.remake(ctx, all, CauseCleaned, func(t txn, placed []Placement) error {
		r, err := t.recurring(source)
		if err != nil {
			return err
		}
		for i, p := range placed {
			if p.SHA256 == all[i].Record.SHA256 || p.As != PlacedSame {
				r.Stale = slices.DeleteFunc(r.Stale, func(n int) bool { return n == p.Number })
			}
		}
		return t.put(bucketMeta, recurringKey(source), r)
	})
}

// LineError says that an id is not that of one line of a source. It is an ErrNotFound.
type LineError struct{ ID string }

func (e *LineError) Error() string { return fmt.Sprintf("%s: %v", e.ID, ErrNotFound) }

func (e *LineError) Unwrap() error { return ErrNotFound }

// lines gives the prints that some ids, or beginnings of them, stand for.
func (r recurring) lines(ids []string) (prints []normalize.Print, err error) {
	for _, id := range ids {
		n := 0
		for _, l := range r.Lines {
			if strings.HasPrefix(l.Print.String(), strings.ToLower(id)) {
				prints = append(prints, l.Print)
				n++
			}
		}
		if n != 1 || id == "" {
			return nil, &LineError{id}
		}
	}
	return prints, nil
}

// KeepLines says of paragraphs that recur that they belong to the articles of the source. Those that had one are to be
// cleaned again. The ids are their prints, or the beginnings of them. The error is a *LineError where one of them is not
// that of one line: then none is kept.
func (db *DB) KeepLines(ctx context.Context, source string, ids ...string) (lines []normalize.RecurringLine, err error) {
	var prints []normalize.Print
	err = db.view(func(t txn) error {
		r, err := t.recurring(source)
		if err == nil {
			prints, err = r.lines(ids)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var stale []int
	err = db.each(ctx, bucketRecord, sliceRecords, func(pairs []pair) (bool, error) {
		for _, p := range pairs {
			s, _, err := db.codec.whole(bucketRecord, p.key, p.value, nil)
			if errors.Is(err, ErrDamaged) {
				continue
			}
			if err != nil {
				return false, err
			}
			if s.Record.Source == source && s.Record.TextFrom != FromImport && holdsAny(normalize.Restore(s.Record.Text, s.Removed), prints) {
				stale = append(stale, s.Record.Number)
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return lines, db.write(func(t txn) error {
		lines = nil
		r, err := t.recurring(source)
		if err != nil {
			return err
		}
		for i, print := range prints {
			at := slices.IndexFunc(r.Lines, func(l normalize.RecurringLine) bool { return l.Print == print })
			if at < 0 {
				return &LineError{ids[i]}
			}
			r.Lines[at].Kept = true
			lines = append(lines, r.Lines[at])
		}
		r.Stale = append(r.Stale, stale...)
		slices.Sort(r.Stale)
		r.Stale = slices.Compact(r.Stale)
		return t.put(bucketMeta, recurringKey(source), r)
	})
}

func holdsAny(text string, prints []normalize.Print) bool {
	for p := range strings.SplitSeq(text, "\n\n") {
		if got, ok := normalize.PrintOf(p); ok && slices.Contains(prints, got) {
			return true
		}
	}
	return false
}

// moveRecurring brings what was learned of a source under another id, to what was learned under that.
func (t txn) moveRecurring(from, to string) error {
	if t.Bucket(bucketMeta).Get(recurringKey(from)) == nil {
		return nil
	}
	was, err := t.recurring(from)
	if err != nil {
		return err
	}
	r, err := t.recurring(to)
	if err != nil {
		return err
	}
	r.Join(was.Recurrence)
	r.Stale = append(r.Stale, was.Stale...)
	slices.Sort(r.Stale)
	r.Stale = slices.Compact(r.Stale)
	if err := t.put(bucketMeta, recurringKey(to), r); err != nil {
		return err
	}
	return t.Bucket(bucketMeta).Delete(recurringKey(from))
}

// note sets what a record tells of the paragraphs that were removed from its text.
func (s *stored) note(d normalize.Document) {
	s.Removed, s.Whole, s.Record.Removed = d.Removed, d.Whole, nil
	for _, r := range d.Removed {
		s.Record.Removed = append(s.Record.Removed, r.Text)
	}
}

// whole is the essence of the text with what was removed.
func (s *stored) whole() string { return or(s.Whole, s.Essence) }

// recurring checks what was learned of the sources.
func (v *verifier) recurring() error {
	return v.each(bucketMeta, func(k, value []byte) error {
		if !strings.HasPrefix(string(k), recurringPrefix) {
			return nil
		}
		var r recurring
		if err := v.t.unmarshal(bucketMeta, k, value, &r); err != nil {
			return err
		}
		for _, n := range r.Stale {
			if v.records[uint64(n)] == nil {
				v.problem("meta/%s waits for record %d, which is missing", k, n)
			}
		}
		return nil
	})
}
