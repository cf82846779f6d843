package corpus

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// Item is one document on its way in.
type Item struct {
	Path   string
	Line   int    // of a JSON Lines file, from 1; 0 for a text file
	Record Record // Number may be Unnumbered; a text file that is not Clean gives no title and no text here
	Text   string // of a text file: all of it as it stands there; "" for a line of JSON
	Clean  bool   // Check finds nothing, so Record has the title and the text; residue in corpus form is still residue
}

// mostBytes bounds a text file and a line of JSON. The longest articles have some hundred kilobytes.
const mostBytes = 64 << 20

// Read gives the documents at the paths in order: text files, files of JSON Lines (.jsonl, .ndjson) and folders of
// both, with the folders in them but for hidden ones. In a folder, files come by their leading number and then by
// name. A manifest.jsonl beside text files tells their metadata; title, text and number of a document come from its
// file. The hash in a file's name is not looked at. No file is read twice.
//
// What cannot be read is yielded as an error that begins with file or file:line, beside an Item with that place, and
// reading goes on. When ctx ends, its error is the last thing yielded.
func Read(ctx context.Context, paths []string) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		r := reader{yield: yield, seen: map[string]bool{}, folders: map[string]string{}, manifests: map[string]*manifest{}}
		defer r.close()
		for _, path := range paths {
			if !r.path(ctx, path, true) {
				return
			}
		}
	}
}

// reader walks over paths. Its methods say whether to go on.
type reader struct {
	yield     func(Item, error) bool
	seen      map[string]bool
	folders   map[string]string    // where they lie behind links
	manifests map[string]*manifest // by folder; nil where there is none
}

func (r *reader) close() {
	for _, m := range r.manifests {
		m.close()
	}
}

func (r *reader) bad(path string, line int, err error) bool {
	at := path
	if line > 0 {
		at = fmt.Sprintf("%s:%d", path, line)
	}
	return r.yield(Item{Path: path, Line: line}, fmt.Errorf("%s: %w", at, cause(err)))
}

// path reads what stands at a path. A named path is taken whatever its name, one found in a folder by its ending.
func (r *reader) path(ctx context.Context, path string, named bool) bool {
	if err := ctx.Err(); err != nil {
		r.yield(Item{Path: path}, err)
		return false
	}
	info, err := os.Stat(path)
	if err != nil {
		return r.bad(path, 0, err)
	}
	if !r.first(path) {
		return true
	}
	ending := strings.ToLower(filepath.Ext(path))
	isText, isLines := ending == ".txt", ending == ".jsonl" || ending == ".ndjson"
	switch {
	case info.IsDir():
		return r.folder(ctx, path)
	case filepath.Base(path) == manifestName && r.manifest(filepath.Dir(path)).files() > 0:
		return !named || r.listed(ctx, path)
	case !named && (!info.Mode().IsRegular() || !isText && !isLines):
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return r.bad(path, 0, err)
	}
	defer f.Close()
	var from io.Reader = f
	if !isText && !isLines {
		b := bufio.NewReader(f)
		isLines = beginsLikeJSON(b)
		from = b
	}
	if isLines {
		return r.lines(ctx, path, from)
	}
	return r.text(path, from, info.Size())
}

// first says whether a file or folder comes for the first time. Links are followed, so that folders which lead into
// each other come to an end.
func (r *reader) first(path string) bool {
	folder := filepath.Dir(path)
	behind, known := r.folders[folder]
	if !known {
		behind = folder
		if absolute, err := filepath.Abs(folder); err == nil {
			behind = absolute
		}
		if real, err := filepath.EvalSymlinks(behind); err == nil {
			behind = real
		}
		r.folders[folder] = behind
	}
	behind = filepath.Join(behind, filepath.Base(path))
	if _, err := os.Readlink(behind); err == nil {
		if real, err := filepath.EvalSymlinks(behind); err == nil {
			behind = real
		}
	}
	if r.seen[behind] {
		return false
	}
	r.seen[behind] = true
	return true
}

func (r *reader) folder(ctx context.Context, path string) bool {
	entries, err := os.ReadDir(path)
	if err != nil {
		return r.bad(path, 0, err)
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int {
		m, n := numberOf(a.Name()), numberOf(b.Name())
		if m >= 0 && n >= 0 && m != n {
			return cmp.Compare(m, n)
		}
		return strings.Compare(a.Name(), b.Name())
	})
	if m := r.manifest(path); m.files() > 0 {
		for _, name := range m.missing(entries) {
			if !r.bad(m.path, m.where[name].line, fmt.Errorf("the file %q is not there", name)) {
				return false
			}
		}
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !r.path(ctx, filepath.Join(path, e.Name()), false) {
			return false
		}
	}
	return true
}

// listed reads the text files that a manifest names, when the manifest itself was given.
func (r *reader) listed(ctx context.Context, path string) bool {
	folder := filepath.Dir(path)
	for _, name := range r.manifest(folder).order {
		if !r.path(ctx, filepath.Join(folder, name), true) {
			return false
		}
	}
	return true
}

func (r *reader) text(path string, from io.Reader, size int64) bool {
	var b bytes.Buffer
	b.Grow(int(min(size, mostBytes)) + bytes.MinRead)
	_, err := b.ReadFrom(io.LimitReader(from, mostBytes+1))
	raw := b.Bytes()
	if err == nil && len(raw) > mostBytes {
		err = fmt.Errorf("more than %d MiB", mostBytes>>20)
	}
	if err != nil {
		return r.bad(path, 0, err)
	}
	text, line, err := decode(raw)
	if err == nil && strings.TrimSpace(text) == "" {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return r.bad(path, line, err)
	}
	item := Item{Path: path, Text: text, Clean: len(Check(raw)) == 0}
	item.Record.Number = Unnumbered
	if m := r.manifest(filepath.Dir(path)); m.files() > 0 {
		if at, ok := m.where[filepath.Base(path)]; ok {
			item.Record, err = m.record(at)
			if err != nil && !r.bad(m.path, at.line, err) {
				return false
			}
		}
	}
	if n := numberOf(filepath.Base(path)); n != Unnumbered {
		item.Record.Number = n
	}
	item.Record.Title, item.Record.Text = "", ""
	if item.Clean {
		item.Record.Title, item.Record.Text = splitTXT(text)
	}
	item.Record.fill()
	return r.yield(item, nil)
}

// lines reads JSON Lines.
func (r *reader) lines(ctx context.Context, path string, from io.Reader) bool {
	goOn := true
	err := eachLine(from, func(at place, line []byte, err error) bool {
		if ended := ctx.Err(); ended != nil {
			r.yield(Item{Path: path, Line: at.line}, ended)
			goOn = false
			return false
		}
		item := Item{Path: path, Line: at.line}
		if err == nil {
			item.Record, err = parseLine(line)
		}
		if err == nil && item.Record.Title == "" && item.Record.Text == "" {
			err = errors.New("neither title nor text")
		}
		if err != nil {
			goOn = r.bad(path, at.line, err)
			return goOn
		}
		item.Clean = item.Record.Title != "" && len(Check(item.Record.TXT())) == 0
		item.Record.fill()
		goOn = r.yield(item, nil)
		return goOn
	})
	if err != nil && goOn {
		return r.bad(path, 0, err)
	}
	return goOn
}

// manifest gives the manifest of a folder; nil if it has none.
func (r *reader) manifest(folder string) *manifest {
	m, known := r.manifests[folder]
	if !known {
		m = openManifest(filepath.Join(folder, manifestName))
		r.manifests[folder] = m
	}
	return m
}

// fill makes lists out of absent ones.
func (r *Record) fill() {
	for _, list := range []*[]string{&r.AlsoIn, &r.Authors, &r.Topics, &r.Places, &r.Reasons} {
		if *list == nil {
			*list = []string{}
		}
	}
}

// decode takes the byte order mark off UTF-8 and turns UTF-16 with such a mark into UTF-8. An error comes with the
// line it is about.
func decode(raw []byte) (text string, line int, err error) {
	if bytes.HasPrefix(raw, []byte{0xFF, 0xFE}) || bytes.HasPrefix(raw, []byte{0xFE, 0xFF}) {
		raw, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return "", 0, errors.New("not UTF-16, though it begins like it")
		}
	}
	text = strings.TrimPrefix(string(raw), "\ufeff")
	if !utf8.ValidString(text) {
		bad := validPrefix(text)
		return "", 1 + strings.Count(text[:bad], "\n"), fmt.Errorf("not UTF-8: byte 0x%02X", text[bad])
	}
	if strings.ContainsRune(text, 0) {
		return "", 0, errors.New("not a text file: it holds NUL bytes")
	}
	return text, 0, nil
}

// beginsLikeJSON says whether the first sign of a file is a brace.
func beginsLikeJSON(b *bufio.Reader) bool {
	start, _ := b.Peek(512) // an error comes again when the file is read
	start = bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff")))
	return bytes.HasPrefix(start, []byte("{"))
}

// place is where a line stands: its number from 1, its first byte, its length with the newline.
type place struct {
	line   int
	offset int64
	length int
}

const bufferSize = 256 << 10

// eachLine gives the lines that hold something, without blanks around them. A line over the bound comes as an error,
// and the next one is given again. The bytes may be used until the call returns.
func eachLine(from io.Reader, do func(at place, line []byte, err error) bool) error {
	b := bufio.NewReaderSize(from, bufferSize)
	var line []byte
	at := place{line: 1}
	for ; ; at = (place{line: at.line + 1, offset: at.offset + int64(at.length)}) {
		line = line[:0]
		long := false
		var err error
		for {
			var piece []byte
			piece, err = b.ReadSlice('\n')
			at.length += len(piece)
			if long = at.length > mostBytes; !long {
				line = append(line, piece...)
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		goOn := true
		switch given := trimLine(line); {
		case long:
			goOn = do(at, nil, fmt.Errorf("a line of more than %d MiB", mostBytes>>20))
		case len(given) > 0:
			goOn = do(at, given, nil)
		}
		if !goOn || err != nil {
			return nil
		}
	}
}

func trimLine(line []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff")))
}
