package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"chapar/fetcher/press"
	"chapar/normalize"
	"chapar/normalize/relevance"
	"chapar/store"
	"chapar/store/corpus"
)

// itself runs chapar in a process of its own and gives its peak memory in bytes.
func itself(b *testing.B, args ...string) int64 {
	b.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"--log-level", "warn"}, args...)...)
	cmd.Env = append(os.Environ(), "CHAPAR_AS_ITSELF=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		b.Fatalf("chapar %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
}

// BenchmarkOnce brings in 2,000 articles of 100 publications without a pause between requests.
func BenchmarkOnce(b *testing.B) {
	stand, err := press.New(press.Options{Publications: 100, Seed: 5, Window: 25, Forbidden: -1, FreshFor: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer stand.Close()
	for _, p := range stand.Publications() {
		for i := range 20 {
			p.Publish(time.Now().Add(-time.Duration(20-i) * time.Hour))
		}
	}
	var peak int64
	kept := 0
	for b.Loop() {
		dir := b.TempDir()
		conf := filepath.Join(dir, "config.yaml")
		text := strings.Replace(stand.Config(press.ConfigOptions{Database: filepath.Join(dir, "chapar.db")}), "fetch:\n", "fetch:\n  per_host_delay: 0s\n", 1)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		peak = max(peak, itself(b, "once", "-c", conf))
		db, err := store.Open(filepath.Join(dir, "chapar.db"), store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		s, err := db.Stats(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		db.Close()
		kept = s.Records + s.Dropped
	}
	b.ReportMetric(float64(peak)/(1<<20), "MiB-peak")
	b.ReportMetric(float64(kept), "articles")
}

// large makes a store of n documents of about 5 KB.
func large(b *testing.B, n int) (conf string) {
	b.Helper()
	dir := b.TempDir()
	conf = filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(conf, []byte("database: chapar.db\nlisten: \"\"\nseeds: \"\"\nsources: []\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	db, err := store.Open(filepath.Join(dir, "chapar.db"), store.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	norm, err := normalize.New(normalize.Options{Relevance: relevance.Options{}})
	if err != nil {
		b.Fatal(err)
	}
	stand, err := press.New(press.Options{Publications: 1, Languages: []string{"en"}})
	if err != nil {
		b.Fatal(err)
	}
	defer stand.Close()
	var texts []string
	for range 50 {
		texts = append(texts, stand.Publications()[0].Publish(time.Now()).Text())
	}
	var batch []store.Imported
	for i := range n {
		title := fmt.Sprintf("Report %d of the patrol", i)
		text := fmt.Sprintf("Entry %d.\n\n%s\n\n%s\n\n%s", i, texts[i%50], texts[(i/50)%50], texts[(i*7)%50])
		d := norm.Text(title, text, normalize.Hint{Seen: time.Unix(1_790_000_000, 0)}, fmt.Sprintf("https://example.org/%d", i))
		batch = append(batch, store.Imported{Record: corpus.Record{Number: corpus.Unnumbered, URL: d.CanonicalURL}, Document: d})
		if len(batch) == 500 || i == n-1 {
			if _, err := db.Import(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	return conf
}

func largeSize() int {
	if long() {
		return 100_000
	}
	return 20_000
}

// BenchmarkExport writes a large corpus in both formats.
func BenchmarkExport(b *testing.B) {
	n := largeSize()
	conf := large(b, n)
	for _, format := range []string{"txt", "jsonl"} {
		b.Run(format, func(b *testing.B) {
			i := 0
			var peak int64
			for b.Loop() {
				i++
				peak = max(peak, itself(b, "export", "-c", conf, "--format", format, "--out", filepath.Join(b.TempDir(), fmt.Sprint(i))))
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "docs/s")
			b.ReportMetric(float64(peak)/(1<<20), "MiB-peak")
		})
	}
}

// BenchmarkStart opens a large store as a command does, and looks at one record.
func BenchmarkStart(b *testing.B) {
	conf := large(b, largeSize())
	for b.Loop() {
		itself(b, "show", "-c", conf, "7")
	}
}
