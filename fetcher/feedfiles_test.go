package fetcher

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// feedFile is one file of the development data.
type feedFile struct {
	File        string `json:"file"`
	ContentType string `json:"content_type"`
	URL         string `json:"url"`
	body        []byte
}

// feedFiles reads the feeds of the development data, which lies beside the project on some machines.
func feedFiles(tb testing.TB) []feedFile {
	tb.Helper()
	folder := ".."
	for range 4 {
		if _, err := os.Stat(filepath.Join(folder, "shared/feeds")); err == nil {
			break
		}
		folder = filepath.Join(folder, "..")
	}
	folder = filepath.Join(folder, "shared/feeds")
	list, err := os.ReadFile(filepath.Join(folder, "manifest.jsonl"))
	if err != nil {
		tb.Skip("the folder shared/feeds of the development data is not here")
	}
	var files []feedFile
	lines := bufio.NewScanner(bytes.NewReader(list))
	for lines.Scan() {
		var f feedFile
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			tb.Fatal(err)
		}
		if f.body, err = os.ReadFile(filepath.Join(folder, f.File)); err != nil {
			tb.Fatal(err)
		}
		files = append(files, f)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	return files
}

// BenchmarkFeedFiles reads all feeds of the development data, one after the other on one core, and gives the median
// time of one of them beside the throughput.
func BenchmarkFeedFiles(b *testing.B) {
	files := feedFiles(b)
	size := 0
	for _, f := range files {
		size += len(f.body)
	}
	b.SetBytes(int64(size))
	took := make([]time.Duration, 0, len(files))
	for b.Loop() {
		took = took[:0]
		for _, f := range files {
			start := time.Now()
			if feed, err := ParseFeed(f.body, f.ContentType, f.URL, nil); err == nil && feed.Kind == "" {
				b.Fatalf("%s: no kind", f.File)
			}
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "µs/median")
}
