//go:build !linux

package corpus

import (
	"errors"
	"os"
	"path/filepath"
)

// tryLock takes no lock here: what a killed writer left is not told from what another writes, so nothing is swept.
func tryLock(*os.File) bool { return false }

// syncAll leaves it to the system when the files reach the disk.
func syncAll(*os.File) error { return nil }

// exchange is not known to every system.
func exchange(_, _ string) error { return errors.ErrUnsupported }

// createIn makes a new file in an open folder.
func createIn(folder *os.File, name string, data []byte) error {
	f, err := os.OpenFile(filepath.Join(folder.Name(), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
