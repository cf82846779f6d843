package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"chapar/cmd/chapar/web"
	"chapar/fetcher/press"
	"chapar/normalize"
	"chapar/normalize/relevance"
	"chapar/store"
	"chapar/store/corpus"
)

// apart is chapar in a process of its own, not started yet. Its standard output is thrown away.
func apart(args ...string) (cmd *exec.Cmd, errs *bytes.Buffer) {
	cmd = exec.Command(os.Args[0], append([]string{"--log-level", "warn"}, args...)...)
	cmd.Env = append(os.Environ(), "CHAPAR_AS_ITSELF=1")
	errs = new(bytes.Buffer)
	cmd.Stderr = errs
	return cmd, errs
}

// itself runs a command of chapar to its end, tells what it and its cells took of the processor, and gives its peak memory.
func itself(b *testing.B, args ...string) memory {
	b.Helper()
	cmd, errs := apart(args...)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	peak := watch(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		b.Fatalf("chapar %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	b.ReportMetric((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), "cpu-s")
	return peak()
}

// memory is what a process held at most, in KiB.
type memory struct {
	all int // with the pages of mapped files, which the kernel may take back at any time
	own int
}

func (m memory) report(b *testing.B) {
	b.ReportMetric(float64(m.all)/1024, "MiB-peak")
	b.ReportMetric(float64(m.own)/1024, "MiB-own")
}

// watch looks at the memory of a process until the function that it gives is called. What wait(2) tells of it is at
// least the size of the process that started it.
func watch(pid int) (peak func() memory) {
	stop, result := make(chan struct{}), make(chan memory)
	go func() {
		var m memory
		t := time.NewTicker(5 * time.Millisecond)
		defer t.Stop()
		for {
			if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
				m.all, m.own = max(m.all, kib(status, "VmHWM")), max(m.own, kib(status, "RssAnon"))
			}
			select {
			case <-stop:
				result <- m
				return
			case <-t.C:
			}
		}
	}()
	return func() memory {
		close(stop)
		return <-result
	}
}

// kib reads a row of a process's status; 0 if it has none, as that of a process which has ended.
func kib(status []byte, row string) int {
	_, rest, _ := strings.Cut(string(status), "\n"+row+":")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, _ := strconv.Atoi(number)
	return n
}

// daemonOf starts `run` and waits until it answers on its socket. The function that it gives ends it and returns its
// peak memory; the end of the benchmark calls it too.
func daemonOf(b *testing.B, conf, database string) (pid int, end func() memory) {
	b.Helper()
	cmd, errs := apart("run", "-c", conf)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	peak := watch(cmd.Process.Pid)
	end = sync.OnceValue(func() memory {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			b.Errorf("chapar run: %v\n%s", err, errs.String())
		}
		return peak()
	})
	b.Cleanup(func() { end() })
	for give := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, p, err := web.Dial(b.Context(), database)
		if err == nil {
			c.Close()
			return p.PID, end
		}
		if time.Now().After(give) {
			b.Fatalf("chapar run does not answer: %v", err)
		}
	}
}

// configure writes a config into a folder and gives its path and that of the database that it names.
func configure(b *testing.B, dir, text string) (conf, database string) {
	b.Helper()
	conf, database = filepath.Join(dir, "config.yaml"), filepath.Join(dir, "chapar.db")
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return conf, database
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
	var peak memory
	var s store.Stats
	for b.Loop() {
		dir := b.TempDir()
		conf, database := configure(b, dir, withoutDelay(stand.Config(press.ConfigOptions{Database: filepath.Join(dir, "chapar.db")})))
		peak = itself(b, "once", "-c", conf)
		db, err := store.Open(database, store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if s, err = db.Stats(b.Context(), store.Query{}); err != nil {
			b.Fatal(err)
		}
		db.Close()
	}
	peak.report(b)
	b.ReportMetric(float64(s.Records+s.Dropped), "articles")
	b.Logf("%d kept, %d of them copies, %d dropped, %d set aside %v, %d wait", s.Records, s.Copies, s.Dropped, s.Aside, s.AsideBy, s.Inbox)
}

func withoutDelay(config string) string {
	return strings.Replace(config, "fetch:\n", "fetch:\n  per_host_delay: 0s\n", 1)
}

// BenchmarkIdle watches 500 sources that have been polled and are not due for hours.
func BenchmarkIdle(b *testing.B) {
	const sources = 500
	feeds := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		io.WriteString(w, `<rss version="2.0"><channel><title>Quiet</title><link>/</link></channel></rss>`)
	}))
	defer feeds.Close()
	var text strings.Builder
	text.WriteString("database: chapar.db\nlisten: \"\"\nseeds: \"\"\nfetch:\n  per_host_delay: 0s\n  min_interval: 6h\n  max_interval: 12h\n  allow_networks: [127.0.0.0/8]\nsources:\n")
	for i := range sources {
		fmt.Fprintf(&text, "  - id: quiet-%d\n    name: Quiet %d\n    feed: %s/%d.xml\n", i, i, feeds.URL, i)
	}
	conf, database := configure(b, b.TempDir(), text.String())
	itself(b, "once", "-c", conf)
	watched := 3 * time.Second
	if long() {
		watched = 30 * time.Second
	}
	pid, end := daemonOf(b, conf, database)
	time.Sleep(time.Second) // the first look at all sources is not idling
	for b.Loop() {
		before := processorTime(b, pid)
		time.Sleep(watched)
		b.ReportMetric(100*(processorTime(b, pid)-before).Seconds()/watched.Seconds(), "%core")
	}
	end().report(b)
}

// processorTime is what a process has used of all cores, in the kernel and outside it.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skip("needs /proc:", err)
	}
	const user, tick = 11, 10 * time.Millisecond // the 14th field, counted behind the name of the command
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
	sum := 0
	for _, f := range fields[user : user+2] {
		n, err := strconv.Atoi(f)
		if err != nil {
			b.Fatal(err)
		}
		sum += n
	}
	return time.Duration(sum) * tick
}

func largeSize() int {
	if long() {
		return 100_000
	}
	return 10_000
}

// largeStore makes a store of n documents of about 5 KB. Fifty texts are normalized; each document is the words of one of
// them in an order of its own, with a title and a first paragraph of its own.
func largeStore(b *testing.B, n int) (conf, database string) {
	b.Helper()
	conf, database = configure(b, b.TempDir(), "database: chapar.db\nlisten: \"\"\nseeds: \"\"\nsources: []\n")
	db, err := store.Open(database, store.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	templates := templates(b)
	const batch, writers = 250, 4
	turns := make(chan struct{}, writers)
	var wg sync.WaitGroup
	for from := 0; from < n; from += batch {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			var docs []store.Imported
			for i := from; i < min(from+batch, n); i++ {
				d := templates[i%len(templates)]
				d.Title = fmt.Sprintf("%s, day %d", d.Title, i)
				d.Text = fmt.Sprintf("Entry %d of the book of m%03dark was written on day %d.\n\n%s", i, i%1000, i, shuffled(d.Text, uint64(i)))
				d.CanonicalURL = fmt.Sprintf("https://h%d.example/2026/11/%d/some-article-about-the-border.html", i%100, i)
				sum := sha256.Sum256([]byte(d.CanonicalURL))
				d.Essence = fmt.Sprintf("%x", sum[:16])
				d.Published = normalize.Date{Time: time.Unix(1_790_000_000+int64(i)*60, 0), Origin: normalize.FromPage}
				docs = append(docs, store.Imported{Document: d, Record: corpus.Record{
					Number: i, URL: d.CanonicalURL, Source: fmt.Sprintf("source-%d", i%100), SourceName: fmt.Sprintf("Source %d", i%100)}})
			}
			if _, err := db.Import(b.Context(), docs); err != nil {
				b.Error(err)
			}
		})
	}
	if wg.Wait(); b.Failed() {
		b.FailNow()
	}
	return conf, database
}

// shuffled gives the words of a text in another order, so that it is no copy of it.
func shuffled(text string, seed uint64) string {
	rng := rand.New(rand.NewPCG(seed, 1))
	words := strings.Fields(text)
	rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	const paragraph = 60
	var b strings.Builder
	for part := range slices.Chunk(words, paragraph) {
		b.WriteString(strings.Join(part, " ") + "\n\n")
	}
	return strings.TrimSpace(b.String())
}

// templates are documents of about 5 KB, in three languages.
func templates(b *testing.B) (all []normalize.Document) {
	b.Helper()
	norm, err := normalize.New(normalize.Options{Relevance: relevance.Options{}})
	if err != nil {
		b.Fatal(err)
	}
	stand, err := press.New(press.Options{Publications: 10})
	if err != nil {
		b.Fatal(err)
	}
	defer stand.Close()
	for i := range 50 {
		p := stand.Publications()[i%10]
		var text []string
		size := 0
		first := p.Publish(time.Now())
		for a := first; size < 5000; a = p.Publish(time.Now()) {
			text = append(text, a.Text())
			size += len(a.Text())
		}
		all = append(all, norm.Text(first.Title, strings.Join(text, "\n\n"), normalize.Hint{Seen: time.Unix(1_790_000_000, 0)}, ""))
	}
	return all
}

// BenchmarkLarge runs commands on a large store: 100,000 documents if CHAPAR_LONG=1. The time of each is that of the
// whole process. The folder that is written to lies in TMPDIR: on ext4 the making of files decides over txt.
func BenchmarkLarge(b *testing.B) {
	n := largeSize()
	conf, database := largeStore(b, n)
	if info, err := os.Stat(database); err == nil {
		b.Logf("%d documents in %d MiB", n, info.Size()>>20)
	}
	commands := func(b *testing.B) {
		for _, format := range []string{"txt", "jsonl", "csv", "parquet"} {
			b.Run("export/"+format, func(b *testing.B) {
				dir := b.TempDir()
				i := 0
				var peak memory
				for b.Loop() {
					i++
					peak = itself(b, "export", "-c", conf, "--format", format, "--out", filepath.Join(dir, fmt.Sprint(i)))
				}
				b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "docs/s")
				peak.report(b)
			})
		}
		for _, c := range []struct {
			name string
			args []string
		}{
			{"start", []string{"show", "-c", conf, "7"}}, // the least that opens the store
			{"stats", []string{"stats", "-c", conf}},
			{"search/rare", []string{"search", "-c", conf, "m077ark"}},
			{"search/frequent", []string{"search", "-c", conf, "border"}},
			{"search/two", []string{"search", "-c", conf, "border patrol"}},
		} {
			b.Run(c.name, func(b *testing.B) {
				var peak memory
				for b.Loop() {
					peak = itself(b, c.args...)
				}
				peak.report(b)
			})
		}
	}
	b.Run("file", commands)
	b.Run("socket", func(b *testing.B) {
		_, end := daemonOf(b, conf, database)
		commands(b)
		m := end()
		b.Logf("the daemon held %d MiB at most, %d of them its own", m.all>>10, m.own>>10)
	})
}

// BenchmarkSurvey tells what the count for status line and metrics costs after a write.
func BenchmarkSurvey(b *testing.B) {
	_, database := largeStore(b, largeSize())
	db, err := store.Open(database, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	s := store.NewSurveyor(db)
	survey := func() store.Tally {
		t, err := s.Survey(b.Context(), time.Now(), func(string) bool { return true })
		if err != nil {
			b.Fatal(err)
		}
		return t
	}
	last := survey() // the first one reads the records of today
	for b.Loop() {
		if err := db.Remember(store.CareExport, time.Now()); err != nil {
			b.Fatal(err)
		}
		last = survey()
	}
	b.ReportMetric(float64(last.Records), "records")
}

// BenchmarkWriteWhileExport tells how long the slowest commit took while readers went through a large store.
func BenchmarkWriteWhileExport(b *testing.B) {
	_, database := largeStore(b, largeSize())
	db, err := store.Open(database, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	one := templates(b)[0]
	for _, format := range []corpus.Format{corpus.JSONL, corpus.CSV, corpus.Parquet} {
		b.Run(string(format), func(b *testing.B) { writeWhileExport(b, db, one, format) })
	}
}

func writeWhileExport(b *testing.B, db *store.DB, one normalize.Document, format corpus.Format) {
	var slowest time.Duration
	commits := 0
	for b.Loop() {
		ctx, done := context.WithCancel(b.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			defer done()
			if _, err := corpus.Stream(ctx, io.Discard, format, db.Records(ctx, store.Query{DropDuplicates: true})); err != nil {
				b.Error(err)
			}
		})
		wg.Go(func() {
			for ctx.Err() == nil {
				commits++
				d := one
				d.CanonicalURL = fmt.Sprintf("https://late.example/%s/%d", format, commits)
				began := time.Now()
				if _, err := db.Import(ctx, []store.Imported{{Document: d, Record: corpus.Record{Number: corpus.Unnumbered}}}); err != nil && !errors.Is(err, context.Canceled) {
					b.Error(err)
					return
				}
				slowest = max(slowest, time.Since(began))
			}
		})
		if wg.Wait(); b.Failed() {
			b.FailNow()
		}
	}
	b.ReportMetric(slowest.Seconds()*1000, "ms-slowest")
	b.ReportMetric(float64(commits)/b.Elapsed().Seconds(), "commits/s")
}
