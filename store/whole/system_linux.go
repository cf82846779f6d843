package whole

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncAll brings all that was written to the file system of an open file or folder to the disk.
func syncAll(f *os.File) error { return unix.Syncfs(int(f.Fd())) }

// exchange lets two names change places in one step, where the file system can.
func exchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}
