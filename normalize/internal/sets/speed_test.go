package sets

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/html"

	"chapar/normalize"
)

// BenchmarkExtract runs the parse alone and the whole of extraction over the same pages, in turns, and reports the
// second as a multiple of the first ("x-parse").
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
	for b.Loop() {
		for _, p := range pages {
			start := time.Now()
			if _, err := html.Parse(bytes.NewReader(p.HTML)); err != nil {
				b.Fatal(err)
			}
			parse += time.Since(start)
			start = time.Now()
			if _, err := n.Extract(normalize.Raw{URL: p.URL, Body: p.HTML}); err != nil {
				b.Fatal(err)
			}
			whole += time.Since(start)
		}
	}
	b.ReportMetric(float64(whole)/float64(parse), "x-parse")
	b.ReportMetric(float64(whole.Microseconds())/float64(b.N*len(pages))/1000, "ms/page")
}
