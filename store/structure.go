package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// bbolt trusts its pages: on a damaged file it runs into places that are not mapped, or in circles. So the tree of pages
// is walked here by reading, never by mapping, and what bbolt is then asked to walk is known to be a tree.

const (
	elementSize  = 16
	bucketHeader = 16 // root page and sequence, before an inline page
	bucketFlag   = 0x01
	deepest      = 64 // levels of pages; with 2 children each that is more pages than there are
)

// walker goes through the pages of a file.
type walker struct {
	f    io.ReaderAt
	h    head
	keys bool // read all of each page and compare the keys; otherwise only what leads from page to page
	used []uint64
	bad  func(format string, args ...any)
	buf  []byte
}

// walkPages calls bad for everything that is wrong with the pages of a file.
func walkPages(f io.ReaderAt, h head, keys bool, bad func(format string, args ...any)) {
	w := &walker{f: f, h: h, keys: keys, bad: bad, used: make([]uint64, h.pages/64+1)}
	w.take(0, 1)
	if h.freelist != noFreelist {
		w.freelist()
	}
	w.page(h.root, 0)
	for id := range h.pages {
		if !w.isUsed(id) {
			if !keys {
				return // space that is lost harms nobody
			}
			bad("page %d belongs to nothing", id)
		}
	}
}

func (w *walker) isUsed(id uint64) bool { return w.used[id/64]&(1<<(id%64)) != 0 }

// failed tells of a page that cannot be read, without the words that every damage begins with.
func (w *walker) failed(err error) {
	w.bad("%s", strings.TrimPrefix(err.Error(), ErrDamaged.Error()+": "))
}

// take marks pages as used; false if one of them is already.
func (w *walker) take(id, more uint64) bool {
	for i := id; i <= id+more; i++ {
		if w.isUsed(i) {
			w.bad("page %d is used twice", i)
			return false
		}
		w.used[i/64] |= 1 << (i % 64)
	}
	return true
}

// freelist marks the free pages.
func (w *walker) freelist() {
	p, err := w.h.page(w.f, w.h.freelist)
	if err != nil {
		w.failed(err)
		return
	}
	if !w.take(w.h.freelist, p.overflow) {
		return
	}
	b, err := w.read(w.h.freelist, int64(p.overflow+1)*w.h.pageSize)
	if err != nil {
		w.failed(err)
		return
	}
	b = b[pageHeader:]
	count := uint64(p.count)
	if count == manyFree {
		count, b = binary.NativeEndian.Uint64(b), b[8:]
	}
	if p.flags != pageFreelist || count > uint64(len(b)/8) {
		w.bad("page %d is not the free list", w.h.freelist)
		return
	}
	for i := range count {
		id := binary.NativeEndian.Uint64(b[8*i:])
		if id < 2 || id >= w.h.pages {
			w.bad("the free page %d lies outside the file", id)
			return
		}
		if !w.take(id, 0) {
			return
		}
	}
}

func (w *walker) read(id uint64, n int64) ([]byte, error) {
	if int64(cap(w.buf)) < n {
		w.buf = make([]byte, n)
	}
	b := w.buf[:n]
	if _, err := w.f.ReadAt(b, int64(id)*w.h.pageSize); err != nil {
		return nil, fmt.Errorf("cannot read page %d: %w", id, err)
	}
	return b, nil
}

// page walks the tree below a page.
func (w *walker) page(id uint64, depth int) {
	if depth > deepest {
		w.bad("page %d lies too deep", id)
		return
	}
	p, err := w.h.page(w.f, id)
	if err != nil {
		w.failed(err)
		return
	}
	if !w.take(id, p.overflow) {
		return
	}
	size := int64(p.overflow+1) * w.h.pageSize
	table := pageHeader + int64(p.count)*elementSize
	if table > size {
		w.bad("page %d has more elements than room", id)
		return
	}
	read := size
	if !w.keys {
		read = table
	}
	b, err := w.read(id, read)
	if err == nil && read < size && p.count > 0 && p.flags == pageLeaf && binary.NativeEndian.Uint32(b[pageHeader:])&bucketFlag != 0 {
		b, err = w.read(id, size) // the values of buckets lead further
	}
	if err != nil {
		w.failed(err)
		return
	}
	children, ok := w.elements(id, b, size, p)
	if !ok {
		return
	}
	for _, c := range children {
		w.page(c, depth+1)
	}
}

// elements checks the elements of a page, of which b is the beginning, and gives the pages that they lead to.
func (w *walker) elements(id uint64, b []byte, size int64, p page) (children []uint64, ok bool) {
	order := binary.NativeEndian
	var last []byte
	for i := range int64(p.count) {
		at := pageHeader + i*elementSize
		e := b[at:]
		var from, keySize, valueSize int64
		isBucket := false
		switch p.flags {
		case pageBranch:
			from, keySize = at+int64(order.Uint32(e)), int64(order.Uint32(e[4:]))
			children = append(children, order.Uint64(e[8:]))
		case pageLeaf:
			isBucket = order.Uint32(e)&bucketFlag != 0
			from, keySize, valueSize = at+int64(order.Uint32(e[4:])), int64(order.Uint32(e[8:])), int64(order.Uint32(e[12:]))
		default:
			w.bad("page %d is neither branch nor leaf", id)
			return nil, false
		}
		if from < pageHeader+int64(p.count)*elementSize || from+keySize+valueSize > size {
			w.bad("element %d of page %d reaches beyond it", i, id)
			return nil, false
		}
		if isBucket {
			if from+keySize+valueSize > int64(len(b)) || !w.bucket(id, b[from+keySize:from+keySize+valueSize], &children) {
				w.bad("element %d of page %d is not a bucket", i, id)
				return nil, false
			}
		}
		if !w.keys {
			continue
		}
		key := b[from : from+keySize]
		if i > 0 && bytes.Compare(last, key) >= 0 {
			w.bad("the keys of page %d are not in order", id)
		}
		last = key
	}
	if p.flags == pageBranch && p.count == 0 || p.flags != pageBranch && p.flags != pageLeaf {
		w.bad("page %d leads nowhere", id)
		return nil, false
	}
	return children, true
}

// bucket reads the value of a bucket: where its root lies, or a page of its own within the value.
func (w *walker) bucket(id uint64, v []byte, children *[]uint64) bool {
	if len(v) < bucketHeader {
		return false
	}
	if root := binary.NativeEndian.Uint64(v); root != 0 {
		*children = append(*children, root)
		return true
	}
	v = v[bucketHeader:]
	if len(v) < pageHeader {
		return false
	}
	p := page{flags: binary.NativeEndian.Uint16(v[8:]), count: binary.NativeEndian.Uint16(v[10:])}
	if p.flags != pageLeaf || pageHeader+int(p.count)*elementSize > len(v) {
		return false
	}
	inner, ok := w.elements(id, v, int64(len(v)), p)
	return ok && len(inner) == 0
}
