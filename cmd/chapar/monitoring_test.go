package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.yaml.in/yaml/v4"

	"chapar/cmd/chapar/cell"
	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/systemd"
	"chapar/cmd/chapar/web"
	"chapar/fetcher"
	"chapar/fetcher/press"
	"chapar/store"
)

// watched puts a service together on the day's network and store, which is opened anew to be counted.
func (d *day) watched(n systemd.Notifier) *service {
	d.t.Helper()
	if err := d.db.Close(); err != nil {
		d.t.Fatal(err)
	}
	m := newMeters()
	db, err := store.Open(d.conf.Database, store.Options{NoSync: true, Metrics: m.storing()})
	if err != nil {
		d.t.Fatal(err)
	}
	d.db = db
	s := d.prepare()
	s.in.meters = m
	line := &daemon{db: db, in: s.in, client: s.client, poller: s.poller, log: s.in.log, meters: m}
	o := clientOptions(d.conf)
	o.Dial, o.Metrics = d.dial, m.fetching()
	if err := line.client.Set(o); err != nil {
		d.t.Fatal(err)
	}
	line.poller.Set(line.pollOptions(d.conf), d.sources)
	return newService(line, n, func() {})
}

// polling runs the poller of a service until the function that it gives is called.
func (w *service) polling(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.poller.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		w.client.Close()
	}
}

func got(h http.Handler, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Host = "127.0.0.1:8477"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// series is one line of a scrape.
type series struct {
	name   string
	labels map[string]string
	value  string
}

func scrape(t *testing.T, h http.Handler) (text string, all []series) {
	t.Helper()
	w := got(h, "/metrics")
	if w.Code != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", w.Code, w.Body)
	}
	text = w.Body.String()
	line := regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$`)
	for l := range strings.Lines(text) {
		m := line.FindStringSubmatch(strings.TrimSpace(l))
		if strings.HasPrefix(l, "#") || m == nil {
			continue
		}
		s := series{name: m[1], labels: map[string]string{}, value: m[3]}
		for _, pair := range regexp.MustCompile(`(\w+)="([^"]*)"`).FindAllStringSubmatch(m[2], -1) {
			s.labels[pair[1]] = pair[2]
		}
		all = append(all, s)
	}
	return text, all
}

// TestMetrics: after a day of the sample press with all that can happen each metric has moved, or rests for a reason.
func TestMetrics(t *testing.T) {
	var all []series
	inADay(t, &press.Options{Publications: 10, Seed: 3}, func(d *day) {
		d.conf.Fetch.KeepPages = hour
		d.conf.Seeds = t.TempDir()
		if err := os.WriteFile(filepath.Join(d.conf.Seeds, "a.txt"), []byte(storyTitle+"\n\n"+storyLede+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		w := d.watched(systemd.Notifier{})
		h := web.Public(w.backend())
		if r := got(h, "/readyz"); r.Code != http.StatusServiceUnavailable || r.Body.String() != "not ready: it is starting\n" {
			t.Errorf("a daemon that starts says %d %q", r.Code, r.Body)
		}
		if err := w.seeds(context.Background(), d.conf); err != nil {
			t.Fatal(err)
		}
		stop := w.polling(t)
		w.ready()
		d.play(press.Script{For: 12 * hour, Stock: 3, Articles: 12, Copies: 3, Revisions: 4, Noises: 2, Faults: 4, FaultFor: hour,
			Kinds: []press.Fault{press.Errors, press.PageErrors, press.NotFound, press.Hang}, Calm: 5 * hour})()
		d.gone.Store(true)
		time.Sleep(6 * hour)
		if s, err := w.status(context.Background()); err != nil || !s.Offline {
			t.Errorf("without a network the status is %+v, %v", s, err)
		}
		d.gone.Store(false)
		time.Sleep(6 * hour)
		w.pruneNow(context.Background(), time.Now(), "")
		for _, care := range []store.Care{store.CareBackup, store.CareExport} {
			if err := w.backend().Remember(care); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		var text string
		text, all = scrape(t, h)
		if r := got(h, "/readyz"); r.Code != http.StatusOK {
			t.Errorf("a daemon at work says %d %q", r.Code, r.Body)
		}
		problems, err := promlint.New(strings.NewReader(text)).Lint()
		if err != nil {
			t.Error(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
		stats := d.stats()
		for name, want := range map[string]int{"chapar_records": stats.Records, "chapar_record_copies": stats.Copies, "chapar_dropped": stats.Dropped,
			"chapar_aside": stats.Aside, "chapar_inbox_jobs": stats.Inbox, "chapar_revisits": stats.Revisits, "chapar_revisions": stats.Revisions} {
			if got := figure(t, all, name, nil); got != float64(want) {
				t.Errorf("%s is %v, the store has %d", name, got, want)
			}
		}
		stop()
		w.ended()
		if r := got(h, "/readyz"); r.Code != http.StatusServiceUnavailable || !strings.Contains(r.Body.String(), "stopping") {
			t.Errorf("a daemon that stops says %d %q", r.Code, r.Body)
		}
	})
	rests := map[string]string{
		"chapar_offline":              "the network is back",
		"chapar_inbox_jobs":           "all is read in the end",
		"chapar_inbox_oldest_seconds": "all is read in the end",
		"chapar_source_failing":       "all works again",

		"chapar_store_low_space_total": "there is room",
		"chapar_store_damaged_values":  "nothing is damaged",
	}
	moved := map[string]bool{}
	for _, s := range all {
		name := s.name
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		moved[name] = moved[name] || s.value != "0"
	}
	for name, did := range moved {
		if strings.HasPrefix(name, "chapar_") && !did && rests[name] == "" {
			t.Errorf("%s has not moved", name)
		}
	}
	t.Run("files", func(t *testing.T) { monitoringFiles(t, all) })
}

// figure adds up the series of a name that have the given labels.
func figure(t *testing.T, all []series, name string, labels map[string]string) (total float64) {
	t.Helper()
	found := false
	for _, s := range all {
		if s.name != name {
			continue
		}
		fits := true
		for k, v := range labels {
			fits = fits && s.labels[k] == v
		}
		if fits {
			var v float64
			if err := json.Unmarshal([]byte(s.value), &v); err != nil {
				t.Fatal(err)
			}
			total, found = total+v, true
		}
	}
	if !found {
		t.Errorf("there is no %s%v", name, labels)
	}
	return total
}

// monitoringFiles: dashboard and alerts name only what a scrape has.
func monitoringFiles(t *testing.T, all []series) {
	labels := map[string]map[string][]string{}
	for _, s := range all {
		if labels[s.name] == nil {
			labels[s.name] = map[string][]string{"instance": nil, "job": nil} // that Prometheus adds
		}
		for k, v := range s.labels {
			labels[s.name][k] = append(labels[s.name][k], v)
		}
	}
	used := map[string]bool{}
	metric := regexp.MustCompile(`\b((?:chapar|go|process)_\w+)(?:\{([^}]*)\})?`)
	matcher := regexp.MustCompile(`(\w+)(=~|!=|=)"([^"]*)"`)
	grouped := regexp.MustCompile(`\b(?:by|on) ?\(([^)]*)\)`)
	check := func(where, expr string) {
		known := map[string]bool{"le": true}
		found := metric.FindAllStringSubmatch(expr, -1)
		if len(found) == 0 && !strings.Contains(expr, "up{") {
			t.Errorf("%s asks for nothing of ours: %s", where, expr)
		}
		for _, m := range found {
			name := m[1]
			has, there := labels[name]
			if !there {
				t.Errorf("%s asks for %s, which is in no scrape", where, name)
				continue
			}
			used[name] = true
			for l := range has {
				known[l] = true
			}
			for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
				values, there := has[l[1]]
				switch {
				case !there:
					t.Errorf("%s asks for the label %s of %s, which it has not", where, l[1], name)
				case l[1] == "instance" || l[1] == "job":
				default:
					for v := range strings.SplitSeq(l[3], "|") {
						if !slices.Contains(values, v) {
							t.Errorf("%s asks for %s with %s=%q, which is in no scrape", where, name, l[1], v)
						}
					}
				}
			}
		}
		for _, m := range grouped.FindAllStringSubmatch(expr, -1) {
			for l := range strings.SplitSeq(m[1], ",") {
				if l = strings.TrimSpace(l); !known[l] {
					t.Errorf("%s groups by %s, which none of its metrics has: %s", where, l, expr)
				}
			}
		}
	}

	text, err := os.ReadFile("monitoring/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For string
				Labels           struct{ Severity string }
				Annotations      struct{ Summary, Description string }
			}
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&rules); err != nil || len(rules.Groups) == 0 {
		t.Fatalf("alerts.yaml cannot be read: %v", err)
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			check("the alert "+r.Alert, r.Expr)
			if r.Annotations.Summary == "" || r.Labels.Severity != "critical" && r.Labels.Severity != "warning" {
				t.Errorf("the alert %s has no summary or no severity", r.Alert)
			}
			if _, err := time.ParseDuration(strings.ReplaceAll(r.For, "d", "h")); r.For != "" && err != nil {
				t.Errorf("the alert %s waits for %q", r.Alert, r.For)
			}
		}
	}

	text, err = os.ReadFile("monitoring/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			ID      int
			Title   string
			Type    string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr, LegendFormat string }
		}
		Annotations struct {
			List []struct{ Name, Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	taken := map[[2]int]string{}
	for _, p := range board.Panels {
		if ids[p.ID] {
			t.Errorf("the panel %s has the id of another", p.Title)
		}
		ids[p.ID] = true
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if other := taken[at]; other != "" || at[0] >= 24 {
					t.Fatalf("the panel %s lies over %q or over the edge", p.Title, other)
				}
				taken[at] = p.Title
			}
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("the panel %s shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			check("the panel "+p.Title, target.Expr)
			for _, l := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(target.LegendFormat, -1) {
				if !regexp.MustCompile(`by \([^)]*\b` + l[1] + `\b`).MatchString(target.Expr) {
					t.Errorf("the legend of the panel %s names %s, which is summed away", p.Title, l[1])
				}
			}
		}
	}
	for _, a := range board.Annotations.List {
		check("the annotation "+a.Name, a.Expr)
	}
	for name := range labels {
		base := name
		for _, suffix := range []string{"_sum", "_count"} {
			base = strings.TrimSuffix(base, suffix)
		}
		shown := used[name] || used[base+"_bucket"]
		quiet := []string{"chapar_last_poll_timestamp_seconds", "chapar_last_export_timestamp_seconds", "chapar_seeds_total", "chapar_store_pages_pruned_total", "chapar_store_low_space_total",
			"chapar_offline_total", "chapar_refused_total", "chapar_endpoints", "chapar_pages_total", "chapar_record_copies", "chapar_revisions", "chapar_dropped", "chapar_aside"}
		if strings.HasPrefix(name, "chapar_") && !shown && !slices.Contains(quiet, name) {
			t.Errorf("%s stands neither on the dashboard nor in an alert", name)
		}
	}
}

// TestCompare: each key that can be changed is named by its name when it is.
func TestCompare(t *testing.T) {
	base := func() *config.Config {
		c := config.Default()
		for _, id := range []string{"one", "two", "off"} {
			c.Sources = append(c.Sources, config.Source{ID: id, Enabled: id != "off", Place: "config.yaml:1",
				Endpoints: []fetcher.Endpoint{{ID: id + "/feed", Source: id, Kind: fetcher.KindFeed, URL: "https://" + id + ".example/feed"}}})
		}
		return c
	}
	f := func(change func(*config.Config), want string) {
		t.Helper()
		c := base()
		change(c)
		r := compare(base(), c)
		var got []string
		for _, l := range []struct {
			mark  string
			names []string
		}{{"+", r.Added}, {"-", r.Removed}, {"~", r.Changed}, {"", r.Settings}, {"later:", r.NextStart}} {
			for _, n := range l.names {
				got = append(got, l.mark+n)
			}
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("got %q, want %q", g, want)
		}
	}
	f(func(*config.Config) {}, "")
	f(func(c *config.Config) { c.Sources[1].ID, c.Sources[1].Formerly = "second", []string{"two"} }, "~second")
	f(func(c *config.Config) { c.Sources[0].Place = "config.yaml:9" }, "")
	f(func(c *config.Config) { c.Sources = c.Sources[1:] }, "-one")
	f(func(c *config.Config) { c.Sources[0].Enabled = false }, "-one")
	f(func(c *config.Config) { c.Sources[2].Enabled = true }, "+off")
	f(func(c *config.Config) { c.Sources[1].Endpoints[0].URL += "?new" }, "~two")
	f(func(c *config.Config) { c.Sources[1].Headers = http.Header{"Cookie": {"secret"}} }, "~two")
	f(func(c *config.Config) { c.Sources[0].ID = "three"; c.Fetch.Robots = false; c.Listen = "" }, "+three -one fetch.robots later:listen")
	for _, name := range everyKey(t) {
		t.Run(name.path, func(t *testing.T) {
			c := base()
			name.change(c)
			r := compare(base(), c)
			if n := len(r.Settings) + len(r.NextStart); n != 1 {
				t.Errorf("it was changed, and %v %v were named", r.Settings, r.NextStart)
			}
		})
	}
}

// TestRefusedFromTheStart: refusals are counted from 0 on for each limit that a key raises, so that the first one is an increase.
func TestRefusedFromTheStart(t *testing.T) {
	families, err := newMeters().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, f := range families {
		if f.GetName() == "chapar_refused_total" {
			for _, m := range f.GetMetric() {
				keys = append(keys, m.GetLabel()[0].GetValue())
			}
		}
	}
	for _, key := range append(cell.Keys(), fetcher.KeyBody, fetcher.KeyTimeout, fetcher.KeyNetworks) {
		if !slices.Contains(keys, key) {
			t.Errorf("no count of %s in %q", key, keys)
		}
	}
}
