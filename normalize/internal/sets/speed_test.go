//go:build unix

package sets

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"

	"chapar/normalize"
)

// BenchmarkExtract runs the parse alone and the whole of extraction over the same pages, in turns, and reports the
// second as a multiple of the first ("x-parse"). It counts the processor's time, so
// that other work on the machine weighs on both alike; run it with -cpu 1.
func BenchmarkExtract(b *testing.B) {
	pages, err := Read(filepath.Join("..", "..", "..", Dir), "zyte")
	if errors.Is(err, fs.ErrNotExist) {
		b.Skip("the sets are not here")
	}
	if err != nil {
		b.Fatal(err)
	}
	n, err := normalize.New(normalize.Options{})
	if err != nil {
		b.Fatal(err)
	}
	size := 0
	for _, p := range pages {
		size += len(p.HTML)
		_, _ = n.Extract(normalize.Raw{URL: p.URL, Body: p.HTML}) // reads the tables that are read once
	}
	b.SetBytes(int64(size))
	var parse, whole time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		start := spent(b)
		for _, p := range pages {
			if _, err := html.Parse(bytes.NewReader(p.HTML)); err != nil {
				b.Fatal(err)
			}
		}
		middle := spent(b)
		for _, p := range pages {
			if _, err := n.Extract(normalize.Raw{URL: p.URL, Body: p.HTML}); err != nil {
				b.Fatal(err)
			}
		}
		parse += middle - start
		whole += spent(b) - middle
	}
	b.ReportMetric(float64(whole)/float64(parse), "x-parse")
	b.ReportMetric(whole.Seconds()*1000/float64(rounds*len(pages)), "ms/page")
}

// spent is the processor's time of the process.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
