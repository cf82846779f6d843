package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"chapar/store/corpus"
)

// Lost is a record that a damaged database once had, and of which no sound value holds the newest revision any more.
type Lost struct {
	Number int    `json:"number"`
	ID     string `json:"id"`
	Older  int    `json:"older_revision"` // the newest that is whole; 0 if none is
}

func (l Lost) String() string {
	if l.Older > 0 {
		return fmt.Sprintf("record %d (id %s) but for its revision %d", l.Number, l.ID, l.Older)
	}
	return fmt.Sprintf("record %d (id %s)", l.Number, l.ID)
}

// Salvage reads every record that is whole out of a database that nobody holds, however it is damaged, and gives them to
// take, which may be nil: in the order of their numbers, of each its revisions from the oldest on. It relies on no tree and no head: each
// page is looked at for values, and a value is believed by its checksum alone. The file stays as it is. What is known to
// have been there and cannot be read is returned, in order. The error is that of take, of ctx or of reading as such.
func Salvage(ctx context.Context, path string, o Options, take func(corpus.Record) error) (lost []Lost, err error) {
	f, err := openRegular(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := lock(f, path, unix.LOCK_SH, cmp.Or(o.Lock, usualLock)); err != nil {
		return nil, err
	}
	codec, err := newCodec()
	if err != nil {
		return nil, err
	}
	r := &rescuer{ctx: ctx, codec: codec, f: f}
	if err := r.scan(); err != nil {
		return nil, err
	}
	if len(r.found)+len(r.ids) == 0 && errors.Is(r.bad, ErrForeign) {
		return nil, fmt.Errorf("%s: %w", path, r.bad)
	}
	if take == nil {
		return r.lost(), nil
	}
	for _, n := range slices.Sorted(maps.Keys(r.found)) {
		for _, at := range r.ordered(n) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			s, ok, err := r.read(at)
			if err != nil {
				return nil, err
			}
			if !ok { // it was whole a moment ago
				return nil, fmt.Errorf("record %d of %s changes while it is read", n, path)
			}
			if err := take(s.Record); err != nil {
				return nil, err
			}
		}
	}
	return r.lost(), nil
}

// rescuer looks for records in a file that cannot be trusted.
type rescuer struct {
	ctx   context.Context
	codec *codec
	f     *os.File
	size  int64 // of the file
	page  int64 // bytes

	live  *walker // what the tree leads to, as far as it can be followed; nil without a head
	bad   error   // what is wrong with its heads
	free  bool    // the list of free pages can be relied on: live has them marked in idle
	idle  []uint64
	found map[uint64]map[int]spot // by number and revision
	ids   map[uint64]string       // of all records that the file names
	newer map[uint64]int          // to which revision each record came at least, by what tells of it besides
	buf   []byte
}

// spot is where a value lies.
type spot struct {
	key, keySize, valueSize int64
	live                    bool // on a page that the tree leads to
	top                     bool // in record/, not in revision/
}

const recordKey, revisionKey, idKey = 8, 16, 16

// scan goes over all pages.
func (r *rescuer) scan() error {
	info, err := r.f.Stat()
	if err != nil {
		return err
	}
	r.size, r.page = info.Size(), int64(os.Getpagesize())
	r.found, r.ids, r.newer = map[uint64]map[int]spot{}, map[uint64]string{}, map[uint64]int{}
	h, err := readHead(r.f)
	if r.bad = err; err == nil {
		r.page = h.pageSize
		r.follow(h)
	}
	for id := int64(2); id*r.page < r.size; id++ {
		if id%256 == 0 {
			if err := r.ctx.Err(); err != nil {
				return err
			}
		}
		if r.free && r.idle[id/64]&(1<<(id%64)) != 0 {
			continue // of an earlier time
		}
		live := r.live != nil && uint64(id) < r.live.h.pages && r.live.isUsed(uint64(id))
		b, err := r.bytes(id*r.page, min(pageHeader, r.size-id*r.page))
		if err != nil {
			return err
		}
		count := int64(0)
		if len(b) == pageHeader && binary.NativeEndian.Uint64(b) == uint64(id) {
			count = int64(binary.NativeEndian.Uint16(b[10:]))
		}
		if err := r.elements(id*r.page+pageHeader, r.size, count, live, 1); err != nil {
			return err
		}
	}
	return nil
}

// follow marks what is free and what the tree leads to.
func (r *rescuer) follow(h head) {
	walk := func(do func(*walker)) (*walker, bool) {
		sound := true
		w := &walker{f: r.f, h: h, used: make([]uint64, h.pages/64+1), bad: func(string, ...any) { sound = false }}
		do(w)
		return w, sound
	}
	r.live, _ = walk(func(w *walker) { w.page(h.root, 0) })
	if h.freelist == noFreelist {
		return
	}
	idle, sound := walk(func(w *walker) { w.freelist() })
	r.idle = make([]uint64, r.size/r.page/64+1)
	copy(r.idle, idle.used)
	r.free = sound
	for i, used := range r.live.used {
		if i < len(idle.used) && used&idle.used[i] != 0 {
			r.free = false // it names pages that are in use
		}
	}
}

// elements reads the table of a leaf at an offset: so many elements as the header of its page says, and further ones as
// long as they make sense. What they lead to need not be believed: a value proves itself.
func (r *rescuer) elements(table, end, count int64, live bool, depth int) error {
	for i := int64(0); ; i++ {
		at := table + i*elementSize
		if at+elementSize > end {
			return nil
		}
		e, err := r.bytes(at, elementSize)
		if err != nil {
			return err
		}
		order := binary.NativeEndian
		flags := order.Uint32(e)
		s := spot{key: at + int64(order.Uint32(e[4:])), keySize: int64(order.Uint32(e[8:])), valueSize: int64(order.Uint32(e[12:])), live: live}
		if s.key < at+elementSize || s.keySize == 0 || s.keySize > 32<<10 || s.valueSize > largestValue || s.key+s.keySize+s.valueSize > end {
			if i < count {
				continue
			}
			return nil
		}
		switch {
		case flags == bucketFlag && depth > 0:
			// A bucket that is small stands within the value.
			inner := s.key + s.keySize + bucketHeader + pageHeader
			if err := r.elements(inner, s.key+s.keySize+s.valueSize, 0, live, depth-1); err != nil {
				return err
			}
		case flags == 0 && (s.keySize == recordKey || s.keySize == revisionKey):
			if err := r.consider(s); err != nil {
				return err
			}
		}
	}
}

// bytes reads a piece of the file; it is good until the next call.
func (r *rescuer) bytes(at, n int64) ([]byte, error) {
	if int64(cap(r.buf)) < n {
		r.buf = make([]byte, max(n, 64<<10))
	}
	b := r.buf[:n]
	if _, err := r.f.ReadAt(b, at); err != nil {
		return nil, fmt.Errorf("cannot read at byte %d: %w", at, err)
	}
	return b, nil
}

// consider takes note of a value if it is a record that is whole, or the id of one.
func (r *rescuer) consider(s spot) error {
	if s.keySize == idKey && s.valueSize == frameSize+8 {
		b, err := r.bytes(s.key, s.keySize+s.valueSize)
		if err != nil {
			return err
		}
		if _, n, err := unseal(bucketID, b[:idKey], b[idKey:]); err == nil && hexadecimal(b[:idKey]) {
			r.ids[numberOf(n)] = string(b[:idKey])
		}
		return nil
	}
	read, ok, err := r.read(s)
	if err != nil {
		return err
	}
	if !ok {
		return r.tell(s)
	}
	s.top = s.keySize == recordKey
	n := uint64(read.Record.Number)
	if !s.top {
		r.newer[n] = max(r.newer[n], read.Record.Revision+1)
	}
	if r.found[n] == nil {
		r.found[n] = map[int]spot{}
	}
	if was, ok := r.found[n][read.Record.Revision]; !ok || !was.live && s.live || was.live == s.live && !was.top && s.top {
		r.found[n][read.Record.Revision] = s
	}
	if read.Record.ID != "" {
		r.ids[n] = read.Record.ID
	}
	return nil
}

// tell takes note of a revision by the page that is kept of it.
func (r *rescuer) tell(s spot) error {
	if s.keySize != revisionKey {
		return nil
	}
	b, err := r.bytes(s.key, s.keySize+s.valueSize)
	if err != nil {
		return err
	}
	key := b[:s.keySize]
	head, _, err := splitPage(bucketPage, key, b[s.keySize:])
	var h pageHead
	if err == nil && json.Unmarshal(head, &h) == nil && h.URL != "" && numberOf(key) <= math.MaxInt && numberOf(key[8:]) <= math.MaxInt32 {
		n := numberOf(key)
		r.newer[n] = max(r.newer[n], int(numberOf(key[8:])))
	}
	return nil
}

func hexadecimal(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'f') })
}

// read reads a record with its text; false if it is none, or not whole.
func (r *rescuer) read(s spot) (stored, bool, error) {
	b, err := r.bytes(s.key, s.keySize+s.valueSize)
	if err != nil {
		return stored{}, false, err
	}
	key, value := b[:s.keySize], b[s.keySize:]
	got, _, err := r.codec.whole(bucketRecord, key, value, nil)
	if err != nil || got.Record.Number < 0 || numberOf(key) != uint64(got.Record.Number) ||
		s.keySize == revisionKey && numberOf(key[8:]) != uint64(got.Record.Revision) || got.Record.SHA256 != sha256Of(got.Record) {
		return stored{}, false, nil
	}
	return got, true, nil
}

// ordered gives the revisions of a record, the oldest first. Where the tree leads to its newest, nothing newer than that
// is believed: it was never committed.
func (r *rescuer) ordered(n uint64) []spot {
	newest := -1
	for revision, s := range r.found[n] {
		if s.live && s.top {
			newest = max(newest, revision)
		}
	}
	var all []spot
	for _, revision := range slices.Sorted(maps.Keys(r.found[n])) {
		if newest < 0 || revision <= newest {
			all = append(all, r.found[n][revision])
		}
	}
	return all
}

// lost names the records of which there is an id, or an older revision, and nothing else. Where it is not known which
// pages are in use, an earlier text may stand in one that is free, as the newest of its time: other values tell then
// that there was a later one.
func (r *rescuer) lost() []Lost {
	lost := []Lost{}
	for n, id := range r.ids {
		l, whole := Lost{Number: int(n), ID: id}, false
		for revision, s := range r.found[n] {
			whole = whole || s.top && (s.live || revision >= r.newer[n])
			l.Older = max(l.Older, revision)
		}
		if !whole {
			lost = append(lost, l)
		}
	}
	slices.SortFunc(lost, func(a, b Lost) int { return cmp.Compare(a.Number, b.Number) })
	return lost
}
