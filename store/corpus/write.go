package corpus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"

	"chapar/store/whole"
)

// Format is a form in which an export is written.
type Format string

const (
	TXT     Format = "txt"     // a folder of text files and a manifest
	JSONL   Format = "jsonl"   // one file, one record a line
	CSV     Format = "csv"     // one file, one record a row
	Parquet Format = "parquet" // one file
)

// Options say how an export is written.
type Options struct {
	Format Format
	Card   *Card // is put beside the files of a folder; nil for none
	Fresh  bool  // nothing that stands at the place is replaced, an empty folder or file aside
}

// Summary says what an export came to.
type Summary struct {
	Documents int
	Bytes     int64 // of all files but the card
	Highest   int   // the highest number of a record; -1 if there was none
}

// manifestName is the file beside the text files that tells what they are.
const manifestName = "manifest.jsonl"

// Write writes the records to path: a folder for TXT, for the others a file, or a folder with that file where path ends
// with a slash or is a folder and there is a card to put beside it. The export is there whole or not at all: it
// grows under a temporary name beside path, is brought to the disk and renamed. On any error, an error of the records
// and an ended context among them, what stood at path is as before and nothing else is left behind.
//
// A folder is replaced only when it is empty or holds an earlier export of the same format and nothing else. A file is
// replaced; a device or a pipe is written to. A symbolic link is followed. Missing parent folders are made.
func Write(ctx context.Context, path string, o Options, records iter.Seq2[Record, error]) (Summary, error) {
	if o.Format != TXT && o.Format.filler() == nil {
		return Summary{}, fmt.Errorf("cannot export: the format %q is not known", o.Format)
	}
	target, err := resolve(path)
	if err != nil {
		return Summary{}, fmt.Errorf("cannot export to %s: %w", path, err)
	}
	write := writeFile
	if o.Format == TXT || o.Card != nil && namesFolder(path) {
		write = writeFolder
	}
	made, err := makeParents(filepath.Dir(target))
	sum := Summary{}
	highest := -1
	if err == nil {
		sum, err = write(ctx, target, o, withHighest(records, &highest))
	}
	if err != nil {
		for _, folder := range made {
			os.Remove(folder) // keeps what is no longer empty
		}
		return Summary{}, fmt.Errorf("cannot export to %s: %w", path, plainly(err))
	}
	sum.Highest = highest
	return sum, nil
}

// Stream writes the records to w in a format that is one file. Unlike Write it cannot take back what is written.
func Stream(ctx context.Context, w io.Writer, f Format, records iter.Seq2[Record, error]) (Summary, error) {
	fill := f.filler()
	if fill == nil {
		return Summary{}, fmt.Errorf("cannot export: %q is no format of one file", f)
	}
	highest := -1
	sum, err := fill(ctx, w, withHighest(records, &highest))
	sum.Highest = highest
	return sum, err
}

type fillFunc func(context.Context, io.Writer, iter.Seq2[Record, error]) (Summary, error)

// filler gives what fills a file of the format; nil for one of many files, and for what is no format.
func (f Format) filler() fillFunc {
	switch f {
	case JSONL:
		return WriteJSONL
	case CSV:
		return writeCSV
	case Parquet:
		return writeParquet
	}
	return nil
}

func namesFolder(path string) bool {
	if os.IsPathSeparator(path[len(path)-1]) {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// withHighest passes records on and notes the highest number.
func withHighest(records iter.Seq2[Record, error], highest *int) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for r, err := range records {
			if err == nil {
				*highest = max(*highest, r.Number)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// WriteJSONL writes the records to w as JSON Lines. Unlike Write it cannot take back what is written.
func WriteJSONL(ctx context.Context, w io.Writer, records iter.Seq2[Record, error]) (Summary, error) {
	return writeLines(ctx, w, "", records, func(dst []byte, r *Record) []byte { return append(AppendJSON(dst, r), '\n') })
}

func writeCSV(ctx context.Context, w io.Writer, records iter.Seq2[Record, error]) (Summary, error) {
	return writeLines(ctx, w, csvHeader, records, appendCSV)
}

// writeLines writes what stands first, and what is appended for each record. While w takes some, the next are made.
func writeLines(ctx context.Context, w io.Writer, first string, records iter.Seq2[Record, error], appendRecord func([]byte, *Record) []byte) (sum Summary, err error) {
	const enough = 256 << 10 // bytes of lines that are written at once
	lines, empty := make(chan []byte), make(chan []byte, 2)
	empty <- nil
	empty <- nil
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var writer sync.WaitGroup
	writer.Go(func() {
		for b := range lines {
			if context.Cause(ctx) == nil {
				if _, err := w.Write(b); err != nil {
					cancel(err)
				}
			}
			empty <- b[:0]
		}
	})
	b := append(<-empty, first...)
	sum.Bytes = int64(len(b))
	for r, e := range records {
		if err = e; err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			break
		}
		before := len(b)
		b = appendRecord(b, &r)
		sum.Documents++
		sum.Bytes += int64(len(b) - before)
		if len(b) >= enough {
			lines <- b
			b = <-empty
		}
	}
	lines <- b
	close(lines)
	writer.Wait()
	if err == nil {
		err = context.Cause(ctx) // of the last lines
	}
	return sum, err
}

func writeFile(ctx context.Context, path string, o Options, records iter.Seq2[Record, error]) (Summary, error) {
	var sum Summary
	if info, err := os.Stat(path); o.Fresh && err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		return sum, errStands
	}
	err := whole.Replace(path, whole.Options{}, func(w io.Writer) (err error) {
		sum, err = o.Format.filler()(ctx, w, records)
		return err
	})
	return sum, err
}

// errStands refuses to put a part of the corpus in the place of what may be all of it.
var errStands = errors.New("something stands there, and a part of the corpus replaces nothing; name a new place")

// resolve gives the absolute path that an export goes to, behind symbolic links.
func resolve(path string) (string, error) {
	if path == "" {
		return "", errors.New("the name is empty")
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(absolute); err != nil {
		return absolute, nil
	}
	info, err := os.Stat(absolute)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("it is a symbolic link that leads nowhere")
	}
	if err != nil {
		return "", plainly(err)
	}
	if info.IsDir() || info.Mode().IsRegular() {
		return filepath.EvalSymlinks(absolute)
	}
	return absolute, nil
}

// makeParents makes a folder and those above it; it tells which are new, the deepest first.
func makeParents(folder string) (made []string, err error) {
	info, err := os.Stat(folder)
	switch {
	case err == nil && !info.IsDir():
		return nil, fmt.Errorf("%s is a file, not a folder", folder)
	case err == nil:
		return nil, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	made, err = makeParents(filepath.Dir(folder))
	if err != nil {
		return made, err
	}
	if err := os.Mkdir(folder, 0o777); err != nil {
		return made, err
	}
	return append([]string{folder}, made...), nil
}

// plainly says in which folder the file system refused something, without its call and the temporary name.
func plainly(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return fmt.Errorf("cannot write in folder %s: %w", filepath.Dir(e.Path), e.Err)
	case *os.LinkError:
		return fmt.Errorf("cannot write in folder %s: %w", filepath.Dir(e.New), e.Err)
	}
	return err
}

// cause strips an error of the file system of its call and its name.
func cause(err error) error {
	if e, ok := err.(*fs.PathError); ok {
		return e.Err
	}
	return err
}
