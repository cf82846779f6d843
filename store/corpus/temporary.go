package corpus

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// temporary is a file or folder that grows beside the place it is meant for. It is locked while its writer lives, so
// that what a killed writer left can be told from what another is writing.
type temporary struct {
	path string
	lock *os.File
}

const temporaryEnd = ".tmp"

// temporaryStart begins the names of all temporaries for path.
func temporaryStart(path string) string {
	const most = 200 // bytes, of the 255 that a name may have
	base := filepath.Base(path)
	return "." + base[:min(len(base), most)] + "."
}

// beside makes a temporary for path with a function that must fail where the name is taken. It clears away
// temporaries of writers that were killed.
func beside(path string, create func(name string) error) (*temporary, error) {
	sweep(path)
	for {
		name := filepath.Join(filepath.Dir(path), temporaryStart(path)+rand.Text()[:12]+temporaryEnd)
		err := create(name)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, plainly(err)
		}
		lock, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // swept away before it could be locked
		}
		if err != nil {
			os.Remove(name)
			return nil, plainly(err)
		}
		if tryLock(lock) && isAt(lock, name) {
			return &temporary{path: name, lock: lock}, nil
		}
		lock.Close()
	}
}

// drop removes what is still at the temporary's path and gives up the lock.
func (t *temporary) drop() {
	os.RemoveAll(t.path)
	t.lock.Close()
}

// sweep removes the temporaries for path whose writers are gone. It is a courtesy: what cannot be removed stays.
func sweep(path string) {
	left, err := filepath.Glob(filepath.Join(globEscape(filepath.Dir(path)), globEscape(temporaryStart(path))+"*"+temporaryEnd))
	if err != nil {
		return
	}
	for _, name := range left {
		lock, err := os.Open(name)
		if err != nil {
			continue
		}
		if tryLock(lock) && isAt(lock, name) {
			os.RemoveAll(name)
		}
		lock.Close()
	}
}

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

// syncFolder brings the names of a folder to the disk.
func syncFolder(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return plainly(err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("cannot bring folder %s to the disk: %w", name, err)
	}
	return nil
}
