package whole_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"chapar/store/whole"
)

func saying(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

var errHalf = errors.New("half of it")

// halfWay writes something and fails.
func halfWay(w io.Writer) error { return errors.Join(saying("half")(w), errHalf) }

func put(t *testing.T, name, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// holds says what a folder holds: names, and texts of files.
func holds(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil && !e.IsDir() {
			t.Fatal(err)
		}
		got = append(got, e.Name()+": "+string(text))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestReplace(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := whole.Replace("a", whole.Options{}, saying("one")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("a", 0o440); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", "link"); err != nil {
		t.Fatal(err)
	}
	if err := whole.Replace("link", whole.Options{SameOwner: true}, saying("two")); err != nil {
		t.Fatal(err)
	}
	if err := whole.Replace("a", whole.Options{}, halfWay); !errors.Is(err, errHalf) {
		t.Errorf("a writer that fails gave %v", err)
	}
	holds(t, ".", "a: two", "link: two")
	if info, err := os.Lstat("a"); err != nil || info.Mode() != 0o440 {
		t.Errorf("the mode became %v (%v)", info.Mode(), err)
	}
	if info, err := os.Lstat("link"); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v (%v)", info.Mode(), err)
	}
	if err := whole.Replace(".", whole.Options{}, saying("x")); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder in the place gave %v", err)
	}
	if err := whole.Replace("none/a", whole.Options{}, saying("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there gave %v", err)
	}
}

// TestReplaceOwner: as root, which alone may give files away.
func TestReplaceOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to another")
	}
	name := filepath.Join(t.TempDir(), "a")
	put(t, name, "one", 0o600)
	if err := os.Chown(name, 12345, 23456); err != nil {
		t.Skip(err)
	}
	if err := whole.Replace(name, whole.Options{SameOwner: true}, saying("two")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if s := info.Sys().(*syscall.Stat_t); s.Uid != 12345 || s.Gid != 23456 || info.Mode() != 0o600 {
		t.Errorf("it belongs to %d:%d with mode %v", s.Uid, s.Gid, info.Mode())
	}
}

// TestReplaceThrough: what is no file is written to.
func TestReplaceThrough(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	var read []byte
	var reader sync.WaitGroup
	reader.Go(func() {
		var err error
		if read, err = os.ReadFile(name); err != nil {
			t.Error(err)
		}
	})
	err := whole.Replace(name, whole.Options{}, saying("through"))
	reader.Wait()
	if info, serr := os.Lstat(name); err != nil || serr != nil || info.Mode()&fs.ModeNamedPipe == 0 || string(read) != "through" {
		t.Errorf("%q came through (%v); what stands there is %v (%v)", read, err, info.Mode(), serr)
	}
}

func TestMake(t *testing.T) {
	t.Chdir(t.TempDir())
	if n, err := whole.Make("a", 0o600, saying("one")); err != nil || n != 3 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if err := os.Symlink("nowhere", "link"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "link", "."} {
		if _, err := whole.Make(name, 0o600, saying("two")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("what stands at %s gave %v", name, err)
		}
	}
	if err := os.Remove("link"); err != nil {
		t.Fatal(err)
	}
	if _, err := whole.Make("b", 0o600, halfWay); !errors.Is(err, errHalf) {
		t.Errorf("a writer that fails gave %v", err)
	}
	// Another is quicker.
	if _, err := whole.Make("c", 0o600, func(w io.Writer) error {
		put(t, "c", "theirs", 0o600)
		return saying("ours")(w)
	}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that came meanwhile gave %v", err)
	}
	holds(t, ".", "a: one", "c: theirs")
	if info, err := os.Stat("a"); err != nil || info.Mode() != 0o600 {
		t.Errorf("the mode is %v (%v)", info.Mode(), err)
	}
}

// TestUnseen: until the end nothing is to be seen at the place, or what stood there.
func TestUnseen(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	put(t, name, "old", 0o600)
	if err := whole.Replace(name, whole.Options{}, func(w io.Writer) error {
		if err := saying("new")(w); err != nil {
			return err
		}
		if b, err := os.ReadFile(name); err != nil || !bytes.Equal(b, []byte("old")) {
			t.Errorf("meanwhile %q stands there (%v)", b, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	holds(t, filepath.Dir(name), "a: new")
}

// TestSweep: what a writer left that was killed goes, and what another writes stays; a long name and signs of patterns are
// no matter.
func TestSweep(t *testing.T) {
	for _, base := range []string{"a", "a[b", strings.Repeat("long", 60)} {
		folder := t.TempDir()
		path := filepath.Join(folder, base)
		alive, err := whole.Folder(path)
		if err != nil {
			t.Fatal(err)
		}
		dead := filepath.Join(folder, "."+base[:min(len(base), 200)]+".ABC.tmp")
		put(t, dead, "half", 0o600)
		other := filepath.Join(folder, "."+base[:1]+"x.ABC.tmp")
		put(t, other, "of another place", 0o600)
		if err := whole.Replace(path, whole.Options{}, saying("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(dead); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: what a killed writer left is still there: %v", base, err)
		}
		for _, name := range []string{alive.Path, other} {
			if _, err := os.Lstat(name); err != nil {
				t.Errorf("%s was swept away: %v", name, err)
			}
		}
		alive.Drop()
		if _, err := os.Lstat(alive.Path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("what was dropped is still there: %v", err)
		}
	}
}

func TestSwap(t *testing.T) {
	parent := t.TempDir()
	path := filepath.Join(parent, "a")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(path, "old"), "", 0o600)
	temp, err := whole.Folder(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(temp.Path, "new"), "", 0o600)
	if err := errors.Join(temp.Sync(), temp.Swap(path)); err != nil {
		t.Fatal(err)
	}
	temp.Drop()
	holds(t, path, "new: ")
	holds(t, parent, "a: ")
}

func TestRenameNew(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "new", "new", 0o600)
	put(t, "old", "old", 0o600)
	if err := whole.RenameNew("new", "old"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a name that is taken gave %v", err)
	}
	if err := whole.RenameNew("new", "free"); err != nil {
		t.Error(err)
	}
	if err := whole.Rename("new", "old"); err != nil {
		t.Error(err)
	}
	holds(t, ".", "free: new", "old: new")
}
