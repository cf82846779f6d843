package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// wearing is a document that wears out a parser: how it begins, what it repeats, numbered where that holds %d, and how
// often. It is written as it is asked for, for some are larger than memory.
type wearing struct {
	name, begins, repeats string
	times                 int
	page                  bool // it is shown as a page, of links and of an article, and not as a feed
	packed                bool // by gzip
}

// wearingOut lists what hostile-web calls the killers of parsers, at the sizes at which they were seen to kill.
func wearingOut() []wearing {
	const rss, atom = `<rss version="2.0"><channel><title>t</title>`, `<feed xmlns="http://www.w3.org/2005/Atom">`
	page := "<html><head><title>t</title></head><body><p>" + strings.Repeat("A word or two about the border. ", 20) + "</p>"
	var fonts strings.Builder
	for i := range 400 {
		fmt.Fprintf(&fonts, "<p><font x%d>", i)
	}
	return []wearing{
		{name: "nested", begins: atom, repeats: "<a>", times: 1_900_000},
		{name: "extension", begins: rss + "<item>", repeats: "<x:a>", times: 1_900_000},
		{name: "prefixes", begins: atom, repeats: `<a xmlns:p%d="u">`, times: 20_000},
		{name: "bases", begins: atom, repeats: `<a xml:base="x/">`, times: 30_000},
		{name: "pieces", begins: rss + "<item><x:y>", repeats: "a<!---->", times: 1_000_000},
		{name: "items", begins: rss, repeats: "<item/>", times: 1_500_000},
		{name: "articles", begins: rss, repeats: "<item><title>Article %d</title><link>http://a.example/%[1]d</link><description>A word or two.</description></item>", times: 1_000_000},
		{name: "title", begins: rss + "<item><title>", repeats: "word ", times: 40_000_000},
		{name: "json", begins: `{"items":`, repeats: "[", times: 5_000_000},
		{name: "entries", begins: `{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"id":"0"}`, repeats: `,{"id":"%d","title":"t","content_text":"A word or two."}`, times: 3_000_000},
		{name: "zeros", begins: rss, repeats: strings.Repeat("0", 1<<16), times: 10_000_000_000 >> 16, packed: true},
		{name: "described", begins: rss + "<item><description>", repeats: "&lt;body a%d&gt;", times: 20_000},
		{name: "bodies", begins: page, repeats: "<body a%d>", times: 40_000, page: true},
		{name: "roots", begins: page, repeats: "<html a%d>", times: 100_000, page: true},
		{name: "fonts", begins: page + fonts.String(), repeats: "<p>x", times: 200_000, page: true},
		{name: "link", begins: page + "<p><a href=" + strings.Repeat("h", 50_000) + ">", repeats: "<p>a", times: 12_500, page: true},
		{name: "paragraphs", begins: page, repeats: "<p>x", times: 2_600_000, page: true},
		{name: "attributes", begins: page + "<p", repeats: " a%d", times: 1_000_000, page: true},
		{name: "divisions", begins: page, repeats: "<div>", times: 1_000_000, page: true},
		{name: "tables", begins: page, repeats: "<table><b>", times: 300_000, page: true},
		{name: "text", begins: page + "<p>", repeats: "word ", times: 40_000_000, page: true},
	}
}

// write writes the document, so many times as long, until nobody reads on.
func (d wearing) write(w http.ResponseWriter, times int) {
	out := io.Writer(w)
	if d.packed {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		out = z
	}
	_, err := io.WriteString(out, d.begins)
	numbered := strings.Contains(d.repeats, "%")
	for i := 0; i < times*d.times && err == nil; {
		var b strings.Builder
		for ; i < times*d.times && b.Len() < 1<<16; i++ {
			if numbered {
				fmt.Fprintf(&b, d.repeats, i)
			} else {
				b.WriteString(d.repeats)
			}
		}
		_, err = io.WriteString(out, b.String())
	}
}

// TestEachKiller shows a real daemon, which watches ten publications that are well, one document after the other that
// wears out parsers, and each at ten times its size: as a feed, or as a page of links and as an article. Of each the
// daemon says in a line why it refused it, stays small, and polls the others on time.
func TestEachKiller(t *testing.T) {
	if !long() {
		t.Skip("takes some minutes: CHAPAR_LONG=1")
	}
	const well = 10
	docs := map[string]wearing{}
	for _, d := range wearingOut() {
		docs[d.name] = d
	}
	var mu sync.Mutex
	polled := map[string][]time.Time{}
	press := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, times := strings.TrimPrefix(r.URL.Path, "/"), 1
		if rest, ok := strings.CutPrefix(name, "ten-"); ok {
			name, times = rest, 10
		}
		if d, ok := docs[name]; ok {
			d.write(w, times)
			return
		}
		item := ""
		if article, ok := strings.CutPrefix(r.URL.Path, "/naming-"); ok {
			item = "<item><title>An article</title><link>/" + article + "</link></item>"
		} else {
			mu.Lock()
			polled[name] = append(polled[name], time.Now())
			mu.Unlock()
		}
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>t</title>%s</channel></rss>`, item)
	})
	var hosts [well + 1]string // one for each that is well, and one for those that are not
	for i := range hosts {
		server := httptest.NewServer(press)
		defer server.Close()
		hosts[i] = server.URL
	}
	hostile := hosts[well]
	conf := filepath.Join(t.TempDir(), "config.yaml")
	// watch lets the config name the publications that are well, and one more source.
	watch := func(source string) {
		var b strings.Builder
		b.WriteString("database: chapar.db\nlisten: \"\"\nseeds: \"\"\nfetch: {allow_networks: [127.0.0.0/8], robots: false, per_host_delay: 0s, min_interval: 1s, max_interval: 4s, timeout: 20s}\nsources:\n")
		for i := range well {
			fmt.Fprintf(&b, "  - {id: well-%d, feed: \"%s/well-%d\", interval: 1s}\n", i, hosts[i], i)
		}
		b.WriteString(source)
		if err := os.WriteFile(conf, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	watch("")
	p := start(t, "run", "-c", conf)
	p.wait(t, "ready")
	p.until(t, "a poll of each that is well", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(polled) == well
	})
	pid := p.cmd.Process.Pid
	sum := func() int {
		n := resident(pid)
		for _, child := range childrenOf(pid) {
			n += resident(child)
		}
		return n
	}
	idle, alone := sum(), resident(pid)
	shown, worst, slowest := 0, 0, time.Duration(0)
	// show watches one more source until the log tells of it what it is asked to.
	show := func(id, what, path, told string) {
		began, seen := time.Now(), len(p.log(1<<20))
		watch(fmt.Sprintf("  - {id: %s, %s: \"%s%s\", interval: 4s}\n", id, what, hostile, path))
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		most, line := 0, ""
		for line == "" {
			if time.Since(began) > time.Minute {
				t.Errorf("%s: nothing is told of it in a minute:\n%s", id, p.log(10))
				return
			}
			most = max(most, sum())
			time.Sleep(20 * time.Millisecond)
			for l := range strings.Lines(p.log(1 << 20)[seen:]) {
				if strings.Contains(l, `"source":"`+id+`"`) && strings.Contains(l, told) {
					line = l
				}
			}
		}
		took := time.Since(began)
		shown, worst, slowest = shown+1, max(worst, most-idle), max(slowest, took)
		t.Logf("%s: %v, %d MiB more; %s", id, took.Round(time.Millisecond), (most-idle)>>10, strings.TrimSpace(line))
		if most-idle > 256<<10 {
			t.Errorf("%s: daemon and cells grew by %d MiB", id, (most-idle)>>10)
		}
	}
	for _, d := range wearingOut() {
		for _, name := range []string{d.name, "ten-" + d.name} {
			if !d.page {
				show(name+"-feed", "feed", "/"+name, `"msg":"poll failed"`)
				continue
			}
			show(name+"-page", "page", "/"+name, `"msg":"poll failed"`)
			show(name+"-article", "feed", "/naming-"+name, `"url":"`+hostile+"/"+name+`"`)
		}
	}
	t.Logf("%d shown; daemon and cells grew by %d MiB at most, the daemon alone by %d MiB; the slowest took %v", shown, worst>>10, (peak(pid)-alone)>>10, slowest)
	if grown := peak(pid) - alone; grown > 128<<10 {
		t.Errorf("the daemon alone grew by %d MiB", grown>>10)
	}
	p.end(t)
	mu.Lock()
	defer mu.Unlock()
	gap := time.Duration(0)
	for _, at := range polled {
		for i := 1; i < len(at); i++ {
			gap = max(gap, at[i].Sub(at[i-1]))
		}
	}
	t.Logf("those that are well were polled every second or so, with a gap of %v at most", gap)
	if gap > 40*time.Second { // a busy machine makes all wait
		t.Errorf("one that is well was not polled for %v", gap)
	}
	if log := p.log(1 << 20); strings.Contains(log, "panic") {
		t.Error(log)
	}
}
