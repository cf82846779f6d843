package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"go.yaml.in/yaml/v4"
	"golang.org/x/sys/unix"

	"chapar/store/whole"
)

// Edit is a change to a file of a config that was tried and is not written yet.
type Edit struct {
	File  string  // the file that changes
	Fresh bool    // there is no such file yet
	Added string  // the text that is put in
	After *Config // the config as it will read

	before, after []byte
}

// ErrNotIncluded is what Add says of a file whose sources would not be read.
var ErrNotIncluded = errors.New("not a file of the config")

// firstLines begin a config that did not exist.
const firstLines = "# chapar's config; `chapar check` tells each mistake with its place and how to mend it.\n"

// Add tries to put sources at the end of the list in a file of a config: the one at path itself, or, if into is not
// empty, one that it includes. Every other byte of the file stays as it is. The result is read again as Load would:
// earlier settings must be what they were, and the new sources what was asked for; otherwise it is an error, Problems
// where the sources themselves are wrong. Nothing is written. A config that does not exist is made.
func Add(path, into string, drafts []Draft) (*Edit, error) {
	e := &Edit{File: path}
	var err error
	if into != "" {
		if e.File, err = included(path, into); err != nil {
			return nil, err
		}
	}
	e.before, err = readFile(e.File)
	switch {
	case errors.Is(err, fs.ErrNotExist) && into == "":
		e.Fresh, e.before = true, []byte(firstLines)
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", e.File, err)
	default:
		if _, err := Load(path); err != nil {
			return nil, err
		}
	}
	if e.Added, e.after, err = splice(e.before, drafts); err != nil {
		return nil, fmt.Errorf("cannot edit %s: %w", e.File, err)
	}
	if len(e.after) > mostBytes {
		return nil, fmt.Errorf("cannot edit %s: it would be larger than %d MiB; put the sources into further files and name them under `include`", e.File, mostBytes>>20)
	}
	if e.Fresh {
		e.Added, e.before = string(e.after), nil
	}
	e.After, err = load(path, func(name string) ([]byte, error) {
		if name == e.File {
			return e.after, nil
		}
		return readFile(name)
	})
	return e, err
}

// included gives the path of an included file as Load names it.
func included(path, into string) (string, error) {
	c, err := Load(path)
	if err != nil {
		return "", err
	}
	for _, name := range c.Include {
		file := absolute(filepath.Dir(path), name)
		if name == into || sameFile(file, into) {
			return file, nil
		}
	}
	return "", fmt.Errorf("%w: %s does not include %s; name it there under `include` first", ErrNotIncluded, path, into)
}

// splice puts entries at the end of the list of sources. It tries the places that come into question, the likeliest
// first, and takes the first where the text reads as it should.
func splice(before []byte, drafts []Draft) (added string, after []byte, err error) {
	w := &walker{}
	root := w.parse(before)
	if len(w.problems) > 0 {
		return "", nil, w.problems
	}
	spots, err := spotsIn(before, root)
	if err != nil {
		return "", nil, err
	}
	const tries = 40
	for _, s := range spots[:min(len(spots), tries)] {
		added, err := s.text(drafts)
		if err != nil {
			return "", nil, err
		}
		after := s.put(before, added)
		again := &walker{}
		if is := again.parse(after); len(again.problems) == 0 && grown(root, is, drafts) {
			return strings.TrimLeft(added, "\r\n,"), after, nil
		}
	}
	return "", nil, errors.New("its list of sources is written in a way that chapar cannot add to; write the entry by hand")
}

// grown says whether a config is what it was, with the drafts at the end of its sources.
func grown(was, is *yaml.Node, drafts []Draft) bool {
	if was == nil {
		was = &yaml.Node{Kind: yaml.MappingNode}
	}
	if is == nil || is.Kind != yaml.MappingNode {
		return false
	}
	i := 0
	for ; i+1 < len(was.Content) && i+1 < len(is.Content); i += 2 {
		if !same(was.Content[i], is.Content[i]) {
			return false
		}
		value, now := was.Content[i+1], is.Content[i+1]
		if was.Content[i].Value != "sources" {
			if !same(value, now) {
				return false
			}
		} else if !longer(value, now, drafts) {
			return false
		}
	}
	switch {
	case i < len(was.Content):
		return false
	case i < len(is.Content): // the key was not there
		return i+2 == len(is.Content) && is.Content[i].Value == "sources" && longer(&yaml.Node{Tag: "!!null"}, is.Content[i+1], drafts)
	}
	return valueOf(was, "sources") != nil
}

// longer says whether a list is what it was, with the drafts at its end.
func longer(was, is *yaml.Node, drafts []Draft) bool {
	old := len(was.Content)
	if is.Kind != yaml.SequenceNode || len(is.Content) != old+len(drafts) {
		return false
	}
	for i, n := range was.Content {
		if !same(n, is.Content[i]) {
			return false
		}
	}
	for i, d := range drafts {
		if !same(d.mapping(), is.Content[old+i]) {
			return false
		}
	}
	return true
}

// same says whether two nodes mean the same.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.ShortTag() == b.ShortTag() && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, same)
}

// Writable says whether Write can be expected to succeed, for those who want to know before they work for long.
func (e *Edit) Writable() error {
	if e.Fresh {
		return reachable(filepath.Dir(e.File))
	}
	target, err := filepath.EvalSymlinks(e.File)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", e.File, reason(err))
	}
	f, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", e.File, reason(err))
	}
	f.Close()
	return reachable(filepath.Dir(target))
}

func reachable(folder string) error {
	if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("cannot write in the folder %s: %w", folder, err)
	}
	return nil
}

// Write brings the change to the disk, whole or not at all: a new file takes the place of the old one, with its mode
// and owner. Where the path is a link, the file that it leads to is replaced. If the file is no more what Add read,
// nothing is written.
func (e *Edit) Write() error {
	if err := e.Writable(); err != nil {
		return err
	}
	if e.Fresh {
		return e.make()
	}
	target, err := filepath.EvalSymlinks(e.File)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", e.File, reason(err))
	}
	old, err := os.Open(target)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", e.File, reason(err))
	}
	defer old.Close()
	// Who edits it by chapar too waits here, and then finds that the file is another.
	if err := unix.Flock(int(old.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("cannot lock %s: %w", e.File, err)
	}
	present, err := readFile(target)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", e.File, err)
	}
	if !bytes.Equal(present, e.before) {
		return fmt.Errorf("%s was changed by another hand meanwhile; nothing was written, try again", e.File)
	}
	if err := whole.Replace(target, whole.Options{SameOwner: true}, e.fill); err != nil {
		if errors.Is(err, syscall.EBUSY) {
			return fmt.Errorf("cannot replace %s: it is a mount of its own; mount its folder instead, or add the entry by hand", e.File)
		}
		return fmt.Errorf("cannot write %s: %w", e.File, reason(err))
	}
	return nil
}

// make writes a config where there was none.
func (e *Edit) make() error {
	_, err := whole.Make(e.File, 0o644, e.fill)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s was made by another hand meanwhile; nothing was written, try again", e.File)
	}
	if err != nil {
		return fmt.Errorf("cannot make %s: %w", e.File, reason(err))
	}
	return nil
}

func (e *Edit) fill(w io.Writer) error {
	_, err := w.Write(e.after)
	return err
}
