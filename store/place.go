package store

import (
	"math"

	"chapar/normalize/dedup"
	"chapar/store/corpus"
)

// Placed says what became of a document.
type Placed string

const (
	PlacedNew     Placed = "new"     // a record of its own
	PlacedCopy    Placed = "copy"    // a record of its own, whose text stands in an earlier one
	PlacedRevised Placed = "revised" // a new revision of a record
	PlacedSame    Placed = "same"    // nothing that was not there before
	PlacedRenewed Placed = "renewed" // the text stayed, what is told about it changed
)

// Placement is what is acknowledged once a document is on disk.
type Placement struct {
	As       Placed
	ID       string
	Number   int
	Revision int
	SHA256   string // of the txt form of the record's newest revision
	Stale    bool   // articles of the source are to be cleaned again, see [DB.Stale]
}

// What a record's text was taken from.
const (
	FromPage   = "page"
	FromFeed   = "feed"
	FromImport = "import"
)

// largestNumber bounds the numbers that an import may ask for, so that one file name cannot use up the counter.
const largestNumber = 1_000_000_000

// arrival is a document on its way to its place, with all that can be made of it before the transaction.
type arrival struct {
	stored   stored // as it would stand as a new record, without number, cluster and id
	text     []byte // the text, packed
	read     *dedup.Text
	words    []byte // its signature
	page     []byte // the page, packed; nil if it is not to be kept
	cause    string // of a revision
	number   int    // asked for, or corpus.Unnumbered
	stranger bool   // comes from the feed of another host: may become a record, but changes none
	below    bool   // it is below the threshold: what is withdrawn stays so
	saved    bool   // out of another database: it is a revision, whatever it says, and keeps its id and the number of its revision
	byBytes  bool   // has no address and was found by its bytes: those of a record's first revision, or of an alias
}

// arrive packs a document.
func (db *DB) arrive(s stored, cause string) arrival {
	r := &s.Record
	for _, list := range []*[]string{&r.AlsoIn, &r.Authors, &r.Topics, &r.Places, &r.Reasons} {
		if *list == nil {
			*list = []string{}
		}
	}
	r.SHA256 = sha256Of(*r)
	if s.Essence == "" {
		s.Essence = r.SHA256
	}
	return arrival{
		stored: s, text: db.codec.pack([]byte(r.Text)), read: textOfRecord(*r),
		words: signatureOf(r.Title, r.Text), cause: cause, number: corpus.Unnumbered,
	}
}

// place makes a record or a revision of what arrives under a key, or finds that there is nothing new in it. k is what
// is known of the key; the caller writes it.
func (t txn) place(a arrival, k *known) (Placement, error) {
	if k.Stand != standKept {
		return t.placeNew(a, k)
	}
	old, text, err := t.record(k.At)
	if err != nil {
		return Placement{}, err
	}
	said := old.alsoIn(a.stored.Record.Source)
	for _, source := range a.stored.Record.AlsoIn {
		said = old.alsoIn(source) || said
	}
	fromPage := old.Record.TextFrom == FromFeed && a.stored.Record.TextFrom == FromPage && !a.stranger
	if a.saved || !a.stranger && !a.byBytes && a.stored.Essence != old.Essence {
		if a.cause == CauseEdited && a.stored.whole() == old.whole() {
			a.cause = CauseCleaned // the publisher changed nothing
		}
		return t.revise(a, old, text)
	}
	if fromPage {
		old.Record.TextFrom, old.Confirmed = FromPage, true
	}
	again := old.Record.Withdrawn != nil && a.cause == CauseImport // who imports an article wants it
	if again {
		old.Record.Withdrawn = nil
	}
	if said || fromPage || again {
		if err := t.putRecord(old, text); err != nil {
			return Placement{}, err
		}
	}
	if fromPage && a.page != nil {
		if err := t.putPage(old.Record, a.page); err != nil {
			return Placement{}, err
		}
	}
	return placement(PlacedSame, old.Record), nil
}

func (t txn) placeNew(a arrival, k *known) (Placement, error) {
	if err := t.leave(k); err != nil {
		return Placement{}, err
	}
	n, err := t.takeNumber(a.number)
	if err != nil {
		return Placement{}, err
	}
	r := &a.stored.Record
	r.Number = int(n)
	if a.saved {
		r.Revision = max(r.Revision, 1)
		a.stored.Lost = r.Revision - 1
	} else {
		r.ID, r.Revision, r.Cause = recordID(*r), 1, ""
	}
	if _, taken, err := t.number(bucketID, []byte(r.ID)); err != nil {
		return Placement{}, err
	} else if taken {
		return Placement{}, damaged(bucketID, []byte(r.ID), "the id belongs to another record")
	}
	if err := t.putNumber(bucketID, []byte(r.ID), n); err != nil {
		return Placement{}, err
	}
	if err := t.settle(&a); err != nil {
		return Placement{}, err
	}
	k.Stand, k.At = standKept, n
	if r.DuplicateOf != nil {
		return placement(PlacedCopy, *r), nil
	}
	return placement(PlacedNew, *r), nil
}

// revise puts the newest revision among the older ones and a in its place. What tells how the article came here stays.
func (t txn) revise(a arrival, old stored, text []byte) (Placement, error) {
	key := pairKey(uint64(old.Record.Number), uint64(old.Record.Revision))
	if err := t.putStored(bucketRevision, key, old, text); err != nil {
		return Placement{}, err
	}
	r := &a.stored.Record
	was := old.Record
	if r.Published == nil || weakDate(r.DateFrom) && was.Published != nil {
		r.Published, r.DateFrom = was.Published, was.DateFrom
	}
	if r.Modified == nil {
		r.Modified = was.Modified
	}
	if len(r.Authors) == 0 {
		r.Authors = was.Authors
	}
	if was.Source != "" {
		if r.Source != was.Source || r.SourceName == "" {
			r.SourceName = was.SourceName
		}
		r.Source = was.Source
	}
	r.ID, r.Number, r.URL, r.CanonicalURL, r.FirstSeen = was.ID, was.Number, or(was.URL, r.URL), was.CanonicalURL, was.FirstSeen
	r.AlsoIn = was.AlsoIn
	if a.below {
		r.Withdrawn = was.Withdrawn
	}
	a.stored.Lost = old.Lost
	if next := was.Revision + 1; a.saved && r.Revision > next {
		a.stored.Lost += r.Revision - next
	} else {
		r.Revision = next
	}
	r.Cause = a.cause
	if was.TextFrom == FromFeed && r.TextFrom == FromPage {
		r.Cause = CausePage
	}
	r.Cluster = was.Cluster
	a.stored.Key = old.Key
	a.read = textOfRecord(*r) // by its date and source, which stay
	if err := t.settle(&a); err != nil {
		return Placement{}, err
	}
	return placement(PlacedRevised, *r), nil
}

// Why a revision was made.
const (
	CauseEdited  = "edited" // the publisher changed the article
	CausePage    = "page"   // the text came from the feed before, now from the page
	CauseImport  = "import"
	CauseCleaned = "cleaned" // what other articles of the source have too was taken out of it, or put back
	CauseRebuilt = "rebuilt" // a later normalizer read the kept page otherwise
)

// settle decides whose copy a record is and writes it with all that leads to it.
func (t txn) settle(a *arrival) error {
	r := &a.stored.Record
	n := uint64(r.Number)
	if err := t.recognise(&a.stored, a.read, r.Cluster); err != nil {
		return err
	}
	if err := t.putRecord(a.stored, a.text); err != nil {
		return err
	}
	t.copies.texts.put(dedup.Ref(n), a.read)
	key := numberKey(n)
	if err := t.filled(bucketWords).Put(key, seal(key, formPlain, a.words)); err != nil {
		return err
	}
	if a.page == nil {
		return nil
	}
	return t.putPage(*r, a.page)
}

func placement(as Placed, r corpus.Record) Placement {
	return Placement{As: as, ID: r.ID, Number: r.Number, Revision: r.Revision, SHA256: r.SHA256}
}

// recordID is the id of a new record.
func recordID(r corpus.Record) string {
	if r.CanonicalURL != "" {
		return idOf(r.CanonicalURL)
	}
	return idOf(string(r.TXT()))
}

// takeNumber gives the number that is asked for if it is free, else the next.
func (t txn) takeNumber(asked int) (uint64, error) {
	next, ok, err := t.number(bucketMeta, keyNext)
	if err != nil {
		return 0, err
	}
	if !ok || next > math.MaxInt {
		return 0, damaged(bucketMeta, keyNext, "the counter is missing")
	}
	n := next
	if asked >= 0 && asked <= largestNumber && t.Bucket(bucketRecord).Get(numberKey(uint64(asked))) == nil {
		n = uint64(asked)
	}
	if n < next {
		return n, nil
	}
	return n, t.putNumber(bucketMeta, keyNext, n+1)
}
