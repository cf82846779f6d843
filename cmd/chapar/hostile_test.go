package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// hostile are documents that wear out parsers, by the path at which a publication shows them; each as feed, as page of
// links and as article.
func hostile() map[string]string {
	numbered := func(times int, form string) string {
		var b strings.Builder
		for i := range times {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	const rss, atom = `<rss version="2.0"><channel>`, `<feed xmlns="http://www.w3.org/2005/Atom">`
	page := "<html><head><title>t</title></head><body><p>" + strings.Repeat("A word or two about the border. ", 20) + "</p>"
	return map[string]string{
		"nested":     atom + strings.Repeat("<a>", 1_900_000),
		"prefixes":   atom + numbered(20_000, `<a xmlns:p%d="u">`),
		"bases":      atom + strings.Repeat(`<a xml:base="x/">`, 30_000),
		"pieces":     rss + "<item><x:y>" + strings.Repeat("a<!---->", 1_000_000) + "</x:y></item></channel></rss>",
		"items":      rss + strings.Repeat("<item/>", 1_400_000) + "</channel></rss>",
		"json":       `{"items":` + strings.Repeat("[", 5_000_000),
		"bodies":     page + numbered(40_000, "<body a%d>"),
		"fonts":      page + numbered(400, "<p><font x%d>") + strings.Repeat("<p>x", 200_000),
		"link":       page + "<p><a href=" + strings.Repeat("h", 50_000) + ">" + strings.Repeat("<p>a", 12_500),
		"paragraphs": page + strings.Repeat("<p>x", 2_600_000),
		"attributes": page + "<p" + numbered(1_000_000, " a%d") + ">x",
		"divisions":  page + strings.Repeat("<div>", 1_000_000) + "x",
		"large":      rss + strings.Repeat("x", 40<<20),
	}
}

// TestHostile lets a real daemon watch ten publications that are well beside some that show nothing but what wears
// parsers out: it lives, stays small, polls the others on time, and says in a line what it refused and why.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	docs := hostile()
	var mu sync.Mutex
	polled := map[string][]time.Time{}
	var wells []string
	var elsewhere string
	press := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if body, ok := docs[strings.TrimPrefix(name, "article-")]; ok {
			_, _ = w.Write([]byte(body)) // who asked may have had enough
			return
		}
		mu.Lock()
		polled[r.Host] = append(polled[r.Host], time.Now())
		mu.Unlock()
		fmt.Fprint(w, `<rss version="2.0"><channel><title>t</title>`)
		if r.Host == wells[0] { // this one names articles that are not, at another host
			for name := range docs {
				fmt.Fprintf(w, "<item><title>%s</title><link>http://%s/article-%s</link></item>", name, elsewhere, name)
			}
		}
		fmt.Fprint(w, "</channel></rss>")
	})
	host := func() string {
		server := httptest.NewServer(press)
		t.Cleanup(server.Close)
		return strings.TrimPrefix(server.URL, "http://")
	}

	elsewhere = host()
	dir := t.TempDir()
	conf := filepath.Join(dir, "config.yaml")
	var b strings.Builder
	b.WriteString("database: chapar.db\nlisten: \"\"\nseeds: \"\"\nfetch: {allow_networks: [127.0.0.0/8], robots: false, per_host_delay: 10ms, min_interval: 2s, max_interval: 4s, timeout: 20s}\nsources:\n")
	const well = 10
	for i := range well {
		wells = append(wells, host())
		fmt.Fprintf(&b, "  - {id: well-%d, feed: \"http://%s/feed\", interval: 2s}\n", i, wells[i])
	}
	for name := range docs {
		for _, kind := range []string{"feed", "page", "url"} {
			fmt.Fprintf(&b, "  - {id: %s-%s, %s: \"http://%s/%s\", interval: 10s}\n", name, kind, kind, host(), name)
		}
	}
	if err := os.WriteFile(conf, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "run", "-c", conf)
	p.wait(t, "ready")
	pid := p.cmd.Process.Pid
	idle, most := resident(pid), 0
	began := time.Now()
	told := func(name string) bool { return strings.Contains(p.log(1<<20), `"source":"`+name+`-feed"`) }
	for time.Since(began) < 15*time.Second || time.Since(began) < 90*time.Second && !all(docs, told) {
		sum := resident(pid)
		for _, child := range childrenOf(pid) {
			sum += resident(child)
		}
		most = max(most, sum)
		time.Sleep(50 * time.Millisecond)
	}
	own := peak(pid)
	p.end(t)
	log := p.log(1 << 20)
	t.Logf("idle %d MiB; daemon and cells %d MiB, daemon alone %d MiB at most", idle>>10, most>>10, own>>10)
	// All of them come at once here, which is more than any one of them; pages of the program count in each process.
	if own-idle > 128<<10 || most-idle > 320<<10 {
		t.Errorf("the daemon alone grew by %d MiB, with its cells by %d MiB", (own-idle)>>10, (most-idle)>>10)
	}
	for name := range docs {
		if !told(name) {
			t.Errorf("nothing is told of the feed %s", name)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, host := range wells {
		at := polled[host]
		gap := time.Duration(0)
		for i := 1; i < len(at); i++ {
			gap = max(gap, at[i].Sub(at[i-1]))
		}
		if len(at) < 6 || gap > 8*time.Second {
			t.Errorf("%s was polled %d times, with a gap of %v", host, len(at), gap)
		}
	}
	for _, line := range strings.Split(log, "\n") {
		if strings.Contains(line, "panic") {
			t.Errorf("%s", line)
		}
	}
}

func all(docs map[string]string, is func(name string) bool) bool {
	for name := range docs {
		if !is(name) {
			return false
		}
	}
	return true
}

// resident is what a process has in memory, in KiB; 0 if it is gone.
func resident(pid int) int { return figureOf(pid, "VmRSS") }

func peak(pid int) int { return figureOf(pid, "VmHWM") }

func figureOf(pid int, what string) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if name, value, _ := strings.Cut(line, ":"); name == what {
			n, _ := strconv.Atoi(strings.Fields(value)[0])
			return n
		}
	}
	return 0
}

func childrenOf(pid int) (pids []int) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil
	}
	for _, task := range tasks {
		b, _ := os.ReadFile(task) // the thread may be gone
		for _, f := range strings.Fields(string(b)) {
			n, _ := strconv.Atoi(f)
			pids = append(pids, n)
		}
	}
	return pids
}
