//go:build !linux

package corpus

import (
	"os"
	"path/filepath"
)

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
