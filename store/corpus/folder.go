package corpus

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"chapar/store/whole"
)

func writeFolder(ctx context.Context, path string, o Options, records iter.Seq2[Record, error]) (Summary, error) {
	if path == filepath.Dir(path) {
		return Summary{}, errors.New("it is the root of the file system; name a folder inside it")
	}
	mode, stands, err := replaceable(path, o)
	if err != nil {
		return Summary{}, err
	}
	temp, err := whole.Folder(path)
	if err != nil {
		return Summary{}, err
	}
	defer temp.Drop()
	sum, err := fillWithCard(ctx, temp.Path, o, records)
	if err != nil {
		return Summary{}, err
	}
	if stands {
		if err := os.Chmod(temp.Path, mode); err != nil {
			return Summary{}, plainly(err)
		}
	}
	if err := temp.Sync(); err != nil {
		return Summary{}, fmt.Errorf("cannot bring the files to the disk: %w", err)
	}
	if stands {
		// Looked at again: an export takes a while, and someone may have put a file there meanwhile.
		if _, _, err := replaceable(path, o); err != nil {
			return Summary{}, err
		}
		err = temp.Swap(path)
	} else {
		err = whole.Rename(temp.Path, path)
	}
	if errors.Is(err, syscall.EXDEV) || errors.Is(err, syscall.EBUSY) {
		return Summary{}, errors.New("it is where a file system is mounted and cannot be replaced; name a folder inside it")
	}
	if err != nil {
		return Summary{}, plainly(err)
	}
	return sum, nil
}

// fillWithCard writes the files of the format into a folder, and the card.
func fillWithCard(ctx context.Context, path string, o Options, records iter.Seq2[Record, error]) (sum Summary, err error) {
	var counts *counts
	if o.Card != nil {
		counts = newCounts()
		records = counts.watch(records)
	}
	if o.Format == TXT {
		sum, err = fillFolder(ctx, path, records)
	} else {
		err = createFile(filepath.Join(path, fileOf(o.Format)), func(w io.Writer) error {
			sum, err = o.Format.filler()(ctx, w, records)
			return err
		})
	}
	if err != nil || o.Card == nil {
		return sum, err
	}
	return sum, createFile(filepath.Join(path, cardName), func(w io.Writer) error {
		_, err := io.WriteString(w, o.Card.text(o.Format, counts))
		return err
	})
}

// fileOf names the file of a format of one file in a folder.
func fileOf(f Format) string { return "corpus." + string(f) }

// createFile fills a new file of a folder that grows.
func createFile(name string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = fill(f)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// replaceable says whether something stands at path, with its mode; an error if that may not be replaced. Of an earlier
// export of text files the manifest tells, of one of another format the card.
func replaceable(path string, o Options) (mode fs.FileMode, stands bool, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, plainly(err)
	}
	if !info.IsDir() {
		return 0, true, errors.New("it is a file, a folder is wanted")
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return 0, true, fmt.Errorf("cannot see what is in the folder: %w", cause(err))
	}
	if o.Fresh && len(entries) > 0 {
		return 0, true, errStands
	}
	witness, isOurs, isPart := manifestName, isManifest, isFileName
	if o.Format != TXT {
		witness, isOurs, isPart = cardName, isCard, func(name string) bool { return name == fileOf(o.Format) }
	}
	ours, foreign := false, ""
	for _, entry := range entries {
		name, regular := entry.Name(), entry.Type().IsRegular()
		switch {
		case regular && name == witness:
			ours = isOurs(filepath.Join(path, name))
		case regular && name == cardName && isCard(filepath.Join(path, name)), regular && isPart(name):
		case foreign == "":
			foreign = name
		}
	}
	switch {
	case len(entries) > 0 && !ours && o.Format != TXT:
		return 0, true, fmt.Errorf("the folder is not empty and holds no %s of an earlier export; name a new or empty folder, or a file", witness)
	case len(entries) > 0 && !ours:
		return 0, true, fmt.Errorf("the folder is not empty and holds no %s of an earlier export; name a new or empty folder", witness)
	case foreign != "":
		return 0, true, fmt.Errorf("the folder holds %q, which no export as %s wrote; move it away or name another folder", foreign, o.Format)
	}
	return info.Mode().Perm(), true, nil
}

// isManifest says whether a file begins like a manifest that an export wrote; one of no documents is empty.
func isManifest(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, len(`{"id":"`))
	n, err := io.ReadFull(f, start)
	if errors.Is(err, io.EOF) {
		return n == 0
	}
	return err == nil && string(start) == `{"id":"`
}

// batch is a run of records on its way through a worker; its order among the others is kept.
type batch struct {
	records  []Record
	manifest []byte
	bytes    int64 // of the text files
	err      error
	done     chan struct{}
}

// fillFolder writes the text files and the manifest. Two workers write files, batch by batch; the manifest is put
// together in the order in which the records came.
func fillFolder(ctx context.Context, path string, records iter.Seq2[Record, error]) (sum Summary, err error) {
	const workers, batchSize = 2, 64
	folder, err := os.Open(path)
	if err != nil {
		return sum, plainly(err)
	}
	defer folder.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	work := make(chan *batch, workers)
	ordered := make(chan *batch, 4*workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			w := fileWriter{folder: folder}
			for b := range work {
				if b.err = ctx.Err(); b.err == nil {
					b.err = w.write(b)
				}
				close(b.done)
			}
		})
	}
	var manifestError error
	group.Go(func() {
		manifestError = writeManifest(filepath.Join(path, manifestName), ordered, &sum)
		if manifestError != nil {
			cancel(manifestError)
			for range ordered {
			}
		}
	})
	send := func(b *batch) {
		if len(b.records) > 0 {
			work <- b
			ordered <- b
		}
	}

	b := &batch{done: make(chan struct{})}
	for r, e := range records {
		if e == nil && r.Number < 0 {
			e = fmt.Errorf("the record %s has no number", r.ID)
		}
		if e == nil {
			e = ctx.Err()
		}
		if e != nil {
			cancel(e)
			break
		}
		b.records = append(b.records, r)
		if len(b.records) == batchSize {
			send(b)
			b = &batch{done: make(chan struct{})}
		}
	}
	send(b)
	close(work)
	close(ordered)
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return Summary{}, err
	}
	return sum, nil
}

// writeManifest writes the manifest from finished batches and counts into sum.
func writeManifest(name string, ordered <-chan *batch, sum *Summary) error {
	return createFile(name, func(f io.Writer) error {
		w := bufio.NewWriterSize(f, 256<<10)
		for b := range ordered {
			<-b.done
			if b.err != nil {
				return b.err
			}
			if _, err := w.Write(b.manifest); err != nil {
				return err
			}
			sum.Documents += len(b.records)
			sum.Bytes += b.bytes + int64(len(b.manifest))
		}
		return w.Flush()
	})
}

// fileWriter writes text files into a folder. Their names are made of digits, so none can lead out of it.
type fileWriter struct {
	folder *os.File
	txt    []byte
	name   []byte
}

func (w *fileWriter) write(b *batch) error {
	for i := range b.records {
		r := &b.records[i]
		w.txt = r.appendTXT(w.txt[:0])
		w.name = appendFileName(w.name[:0], r.Number, r.hash(w.txt))
		err := createIn(w.folder, string(w.name), w.txt)
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("two records have the same number and the same text: %s", w.name)
		}
		if err != nil {
			return fmt.Errorf("cannot write %s: %w", w.name, cause(err))
		}
		b.manifest = append(appendManifest(b.manifest, r, w.name), '\n')
		b.bytes += int64(len(w.txt))
	}
	return nil
}
