// Package whole writes a file whole or not at all. What is new grows beside its place under a temporary name, is brought
// to the disk and only then gets its own; whenever that is cut short, what stood at the place is as it was.
//
// Errors of the file system come as they are, with the temporary name in them: callers know what they want to say.
package whole

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Options say how a file is replaced.
type Options struct {
	SameOwner bool // refuse where the new file cannot belong to whom the old one belongs
}

// Replace puts a file with what fill writes at path. It keeps the mode of the file that stood there, and its owner where
// that is allowed; where none stood, the mode is 0666 less the umask. A symbolic link to a file is followed; a device
// or a pipe is written to.
func Replace(path string, o Options, fill func(io.Writer) error) error {
	mode := fs.FileMode(0o666)
	old, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case old.IsDir():
		return errors.New("it is a folder, a file is wanted")
	case !old.Mode().IsRegular():
		return writeThrough(path, fill)
	default:
		mode = old.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	temp, err := beside(path, newFile(mode))
	if err != nil {
		return err
	}
	defer temp.Drop()
	if old != nil {
		if err := alike(temp.file, old, o); err != nil {
			return err
		}
	}
	if err := temp.fill(fill); err != nil {
		return err
	}
	return Rename(temp.Path, path)
}

// Make puts a file with what fill writes where nothing stands, and gives its size in bytes. The mode is less the umask.
// The error is an fs.ErrExist where something stands, or has come to stand meanwhile.
func Make(path string, mode fs.FileMode, fill func(io.Writer) error) (size int64, err error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, taken(path)
	}
	temp, err := beside(path, newFile(mode))
	if err != nil {
		return 0, err
	}
	defer temp.Drop()
	if err := temp.fill(fill); err != nil {
		return 0, err
	}
	info, err := temp.file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), RenameNew(temp.Path, path)
}

// Rename gives a finished file or folder its name, in the place of a file that has it, and brings the name to the disk.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(to))
}

// RenameNew is Rename for a file that takes nobody's place: the error is an fs.ErrExist where the name is taken. The name
// it had may stay beside the new one.
func RenameNew(from, to string) error {
	switch err := os.Link(from, to); {
	case errors.Is(err, fs.ErrExist):
		return err
	case err != nil: // a file system without links
		if _, err := os.Lstat(to); err == nil {
			return taken(to)
		}
		return Rename(from, to)
	}
	return SyncFolder(filepath.Dir(to))
}

func taken(path string) error { return &fs.PathError{Op: "make", Path: path, Err: fs.ErrExist} }

// SyncFolder brings the names in a folder to the disk, where the file system can.
func SyncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("cannot bring folder %s to the disk: %w", path, err)
	}
	return nil
}

// newFile makes an empty file.
func newFile(mode fs.FileMode) func(name string) (*os.File, error) {
	return func(name string) (*os.File, error) {
		return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	}
}

// fill writes a temporary file and brings it to the disk.
func (t *Temporary) fill(write func(io.Writer) error) error {
	if err := write(t.file); err != nil {
		return err
	}
	return t.file.Sync()
}

// alike gives a file the owner and the mode of another.
func alike(f *os.File, old fs.FileInfo, o Options) error {
	is, err := f.Stat()
	if err != nil {
		return err
	}
	a, aok := old.Sys().(*syscall.Stat_t)
	b, bok := is.Sys().(*syscall.Stat_t)
	if aok && bok && (a.Uid != b.Uid || a.Gid != b.Gid) {
		if err := f.Chown(int(a.Uid), int(a.Gid)); err != nil && o.SameOwner {
			return fmt.Errorf("its owner cannot be kept: %w", errors.Unwrap(err))
		}
	}
	return f.Chmod(old.Mode().Perm())
}

// writeThrough writes into what is no file and cannot be replaced, such as /dev/stdout or a named pipe.
func writeThrough(path string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = fill(f)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
