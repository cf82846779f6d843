package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"chapar/store/whole"
)

// claim opens the file, makes it first if there is none, takes its lock, leaves our number beside it and looks at its
// first pages: what bbolt would map must be a database of the length that it says, or the process dies of it. One who
// only reads makes nothing, shares the lock with others who read, and needs no right to write.
func claim(path string, o Options, reads bool) (*os.File, error) {
	flag, how := os.O_RDWR, unix.LOCK_EX
	if reads {
		flag, how = os.O_RDONLY, unix.LOCK_SH
	}
	f, err := openRegular(path, flag)
	if errors.Is(err, fs.ErrNotExist) && !reads {
		if err := create(path, o.Now()); err != nil {
			return nil, fmt.Errorf("cannot make %s: %w", path, err)
		}
		f, err = openRegular(path, flag)
	}
	if err != nil {
		return nil, err
	}
	if err := lock(f, path, how, o.Lock); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if there, err := os.Stat(path); err != nil {
		return nil, errors.Join(err, f.Close())
	} else if is, err := f.Stat(); err != nil {
		return nil, errors.Join(err, f.Close())
	} else if !os.SameFile(there, is) { // while we waited for the lock another file took the place of ours: see Compact
		if err := f.Close(); err != nil {
			return nil, err
		}
		return claim(path, o, reads)
	}
	if !reads {
		sweepCopies(path)
	}
	if err := inspect(f); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	mark(path)
	return f, nil
}

// release undoes claim. bbolt may have closed the file already.
func release(path string, f *os.File) error {
	unmark(path)
	if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

func openRegular(path string, flag int) (*os.File, error) {
	switch info, err := os.Stat(path); {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s: %w but a folder", path, ErrForeign)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: %w but a special file", path, ErrForeign)
	}
	return os.OpenFile(path, flag, 0)
}

// lock takes the lock that bbolt takes too: it belongs to the open file, which is handed to bbolt.
func lock(f *os.File, path string, how int, wait time.Duration) error {
	const pause = 20 * time.Millisecond
	for left := wait; ; left -= pause {
		err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, unix.EINTR):
			continue
		case !errors.Is(err, unix.EWOULDBLOCK):
			return fmt.Errorf("cannot lock %s: %w", path, err)
		case left <= 0:
			return &HeldError{Path: path, PID: holder(path)}
		}
		time.Sleep(pause)
	}
}

func pidFile(path string) string { return path + ".pid" }

// mark leaves the number of this process beside the file, for the message to another that wants it. It is the lock that
// counts: where there is no room for the number or no right to leave it, the work goes on without.
func mark(path string) {
	if os.WriteFile(pidFile(path), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600) != nil {
		unmark(path) // a file that was made and stayed empty
	}
}

// unmark is called while the lock is still held. The mark of another who reads as well stays.
func unmark(path string) {
	if pid := holder(path); pid == 0 || pid == os.Getpid() {
		_ = os.Remove(pidFile(path)) // a mark that stays does no harm: it counts only while the lock is held
	}
}

// holder is the process that left its number and is alive; 0 if there is none.
func holder(path string) int {
	b, err := os.ReadFile(pidFile(path))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid <= 0 {
		return 0
	}
	if err := unix.Kill(pid, 0); err != nil && !errors.Is(err, unix.EPERM) {
		return 0
	}
	return pid
}

// create makes an empty database under another name and gives it its own when it is whole and on disk: a start that is
// cut short leaves nothing that the next one stumbles over.
func create(path string, now time.Time) (err error) {
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	sweep(dir, base, now)
	tmp, err := os.CreateTemp(dir, base+newInfix+"*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if rerr := os.Remove(tmp.Name()); err == nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = rerr
		}
	}()
	if err := initialize(tmp, now); err != nil {
		return err
	}
	if err := whole.RenameNew(tmp.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil // another process was first
}

// newInfix stands in the names of databases that are being made.
const newInfix = ".new-"

// sweep removes what starts that were cut short left behind.
func sweep(dir, base string, now time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // the start itself will meet the error
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), base+newInfix) && now.Sub(info.ModTime()) > time.Hour {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// initialize writes the schema into an empty file and closes it.
func initialize(f *os.File, now time.Time) error {
	b, err := bolt.Open(f.Name(), 0o600, &bolt.Options{
		Timeout:      time.Second,
		FreelistType: bolt.FreelistMapType,
		OpenFile:     func(string, int, os.FileMode) (*os.File, error) { return f, nil },
	})
	if err != nil {
		return errors.Join(err, closed(f))
	}
	err = b.Update(func(tx *bolt.Tx) error {
		for _, name := range buckets() {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		for _, name := range [][]byte{bucketPrints, bucketClues} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		t := txn{Tx: tx}
		if err := t.putNumber(bucketPrints, numberKey(methodKey), method); err != nil {
			return err
		}
		if err := t.putNumber(bucketMeta, keyFormat, Format); err != nil {
			return err
		}
		if err := t.putNumber(bucketMeta, keyCreated, stamp(now)); err != nil {
			return err
		}
		return t.putNumber(bucketMeta, keyNext, 0)
	})
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, b.Close())
}

func closed(f *os.File) error {
	if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// The first two pages of a bbolt file each hold a copy of its head, at this place after the header of the page.
const (
	pageHeader   = 16
	headSize     = 64
	headMagic    = 0xED0CDAED
	headVersion  = 2
	leastPage    = 1 << 10
	largestPage  = 16 << 20
	leastPages   = 4
	headChecksum = headSize - 8
)

// head is what a bbolt file says of itself.
type head struct {
	pageSize int64
	root     uint64 // page of the root bucket
	freelist uint64 // page of the free list
	pages    uint64 // how many pages the file has in use
	tx       uint64 // which commit wrote it
}

// manyFree stands for a number of free pages that the header of a page cannot hold.
const manyFree = 0xFFFF

// noFreelist stands in a head for a file that keeps no free list.
const noFreelist = ^uint64(0)

// inspect checks the head, the length and the two pages that opening reads of a file, without mapping it.
func inspect(f *os.File) error {
	h, err := readHead(f)
	if err != nil {
		return err
	}
	p, err := h.page(f, h.root)
	if err != nil {
		return err
	}
	if p.flags != pageBranch && p.flags != pageLeaf {
		return fmt.Errorf("%w: page %d is not a root", ErrDamaged, h.root)
	}
	if h.freelist == noFreelist {
		return nil
	}
	p, err = h.page(f, h.freelist)
	if err != nil {
		return err
	}
	if p.flags != pageFreelist {
		return fmt.Errorf("%w: page %d is not the free list", ErrDamaged, h.freelist)
	}
	count := uint64(p.count)
	if count == manyFree { // too many for the header: the number follows it
		var b [8]byte
		if _, err := f.ReadAt(b[:], int64(h.freelist)*h.pageSize+pageHeader); err != nil {
			return err
		}
		count = binary.NativeEndian.Uint64(b[:]) + 1
	}
	if count > h.pages || int64(count)*8+pageHeader > int64(p.overflow+1)*h.pageSize {
		return fmt.Errorf("%w: the free list on page %d is longer than its pages", ErrDamaged, h.freelist)
	}
	var bad error
	walkPages(f, h, false, func(format string, args ...any) {
		if bad == nil {
			bad = fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
		}
	})
	return bad
}

const (
	pageBranch   = 0x01
	pageLeaf     = 0x02
	pageFreelist = 0x10
)

// page is the header of a page.
type page struct {
	flags    uint16
	count    uint16 // of elements
	overflow uint64 // further pages that belong to it
}

// page reads the header of page id, which must lie in the file and say so.
func (h head) page(f io.ReaderAt, id uint64) (page, error) {
	if id < 2 || id >= h.pages {
		return page{}, fmt.Errorf("%w: page %d lies outside the file", ErrDamaged, id)
	}
	var b [pageHeader]byte
	if _, err := f.ReadAt(b[:], int64(id)*h.pageSize); err != nil {
		return page{}, fmt.Errorf("cannot read page %d: %w", id, err)
	}
	order := binary.NativeEndian
	p := page{order.Uint16(b[8:]), order.Uint16(b[10:]), uint64(order.Uint32(b[12:]))}
	if order.Uint64(b[0:]) != id || id+p.overflow >= h.pages {
		return page{}, fmt.Errorf("%w: the header of page %d is wrong", ErrDamaged, id)
	}
	return p, nil
}

// readHead gives the newer of the two heads that are whole.
func readHead(f *os.File) (head, error) {
	info, err := f.Stat()
	if err != nil {
		return head{}, err
	}
	if info.Size() == 0 {
		return head{}, fmt.Errorf("%w: the file is empty", ErrForeign)
	}
	var found []head
	ours := false
	// The second head stands one page on, and only a whole first head tells how large a page is.
	for _, at := range headPlaces() {
		h, magic, err := headAt(f, at)
		if err != nil {
			return head{}, err
		}
		ours = ours || magic
		if h.pageSize > 0 && (at == 0 || at == h.pageSize) {
			found = append(found, h)
		}
	}
	if len(found) == 0 {
		if ours {
			return head{}, fmt.Errorf("%w: both heads of the file are bad", ErrDamaged)
		}
		return head{}, ErrForeign
	}
	newest := found[0]
	for _, h := range found[1:] {
		if h.tx > newest.tx {
			newest = h
		}
	}
	if want := int64(newest.pages) * newest.pageSize; newest.pages < leastPages || newest.pages > 1<<40 || info.Size() < want {
		return head{}, fmt.Errorf("%w: the file is cut (%d of %d bytes)", ErrDamaged, info.Size(), want)
	}
	if newest.root < 2 || newest.root >= newest.pages {
		return head{}, fmt.Errorf("%w: its root lies outside the file", ErrDamaged)
	}
	return newest, nil
}

func headPlaces() []int64 {
	places := []int64{0}
	for size := int64(leastPage); size <= largestPage; size *= 2 {
		places = append(places, size)
	}
	return places
}

// headAt reads the head on the page at an offset. The zero head is none; magic says whether it once was one.
func headAt(f *os.File, at int64) (h head, magic bool, err error) {
	var b [headSize]byte
	if _, err := f.ReadAt(b[:], at+pageHeader); errors.Is(err, io.EOF) {
		return head{}, false, nil
	} else if err != nil {
		return head{}, false, err
	}
	order := binary.NativeEndian
	magic = order.Uint32(b[0:]) == headMagic
	if !magic || order.Uint32(b[4:]) != headVersion {
		return head{}, magic, nil
	}
	sum := fnv.New64a()
	sum.Write(b[:headChecksum]) // never fails
	size := int64(order.Uint32(b[8:]))
	if sum.Sum64() != order.Uint64(b[headChecksum:]) || size < leastPage || size > largestPage || size&(size-1) != 0 {
		return head{}, true, nil
	}
	return head{
		pageSize: size,
		root:     order.Uint64(b[16:]),
		freelist: order.Uint64(b[32:]),
		pages:    order.Uint64(b[40:]),
		tx:       order.Uint64(b[48:]),
	}, true, nil
}
