package whole

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Temporary is a file or folder that grows beside the place it is meant for. It is locked while its writer lives, so
// that what a killed writer left can be told from what another is writing.
type Temporary struct {
	Path string
	file *os.File
}

const temporaryEnd = ".tmp"

// temporaryStart begins the names of all temporaries for path.
func temporaryStart(path string) string {
	const most = 200 // bytes, of the 255 that a name may have
	base := filepath.Base(path)
	return "." + base[:min(len(base), most)] + "."
}

// Folder makes an empty folder in which one that is meant for path can grow. It clears away what writers that were
// killed left.
func Folder(path string) (*Temporary, error) {
	return beside(path, func(name string) (*os.File, error) {
		if err := os.Mkdir(name, 0o777); err != nil {
			return nil, err
		}
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fs.ErrExist // swept away before it was open: try another name
		}
		return f, err
	})
}

// Sync brings all that was written to the file system of a folder to the disk: one call for a hundred thousand files.
func (t *Temporary) Sync() error { return syncAll(t.file) }

// Swap puts a folder in the place of the one at path, which goes with the temporary.
func (t *Temporary) Swap(path string) error {
	err := exchange(t.Path, path)
	if err == nil {
		return SyncFolder(filepath.Dir(path)) // the old one has the temporary's name now
	}
	if errors.Is(err, syscall.EXDEV) || errors.Is(err, syscall.EBUSY) {
		return err
	}
	old := strings.TrimSuffix(t.Path, temporaryEnd) + ".old" + temporaryEnd
	if err := os.Rename(path, old); err != nil {
		return err
	}
	if err := os.Rename(t.Path, path); err != nil {
		if back := os.Rename(old, path); back != nil {
			return errors.Join(err, back)
		}
		return err
	}
	os.RemoveAll(old)
	return SyncFolder(filepath.Dir(path))
}

// beside makes a temporary for path with a function that must fail where the name is taken. It clears away
// temporaries of writers that were killed.
func beside(path string, create func(name string) (*os.File, error)) (*Temporary, error) {
	sweep(path)
	for {
		name := filepath.Join(filepath.Dir(path), temporaryStart(path)+rand.Text()[:12]+temporaryEnd)
		f, err := create(name)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if lock(f) != unix.EWOULDBLOCK && isAt(f, name) { // where there are no locks, it works without
			return &Temporary{Path: name, file: f}, nil
		}
		f.Close() // it is being swept away
	}
}

// Drop removes what is still at the temporary's path and gives up the lock.
func (t *Temporary) Drop() {
	os.RemoveAll(t.Path)
	t.file.Close()
}

// sweep removes the temporaries for path whose writers are gone. It is a courtesy: what cannot be removed stays.
func sweep(path string) {
	left, err := filepath.Glob(filepath.Join(globEscape(filepath.Dir(path)), globEscape(temporaryStart(path))+"*"+temporaryEnd))
	if err != nil {
		return
	}
	for _, name := range left {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		if lock(f) == nil && isAt(f, name) {
			os.RemoveAll(name)
		}
		f.Close()
	}
}

// lock takes a lock that ends with the process or the file.
func lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

func globEscape(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// isAt says whether an open file is the one that stands at a name.
func isAt(f *os.File, name string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(name)
	return err == nil && os.SameFile(open, there)
}
