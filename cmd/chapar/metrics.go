package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"chapar/cmd/chapar/cell"
	"chapar/cmd/chapar/web"
	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store"
)

// meters are the metrics of all rooms and the hall's own. Nil meters count nothing.
type meters struct {
	registry *prometheus.Registry
	fetcher  *fetcher.Metrics
	store    *store.Metrics

	delay      prometheus.Histogram
	normalize  prometheus.Histogram
	reloadedOK prometheus.Gauge
	reloadedAt prometheus.Gauge
}

func newMeters() *meters {
	reg := prometheus.NewRegistry()
	m := &meters{
		registry: reg, fetcher: fetcher.NewMetrics(reg, cell.Keys()...), store: store.NewMetrics(reg),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "chapar_publication_delay_seconds",
			Help:    "Time from the stated publication of an article until it was kept, where a time is stated.",
			Buckets: []float64{60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400}}),
		normalize: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "chapar_normalize_duration_seconds",
			Help:    "Time that it took to make a document of a page: extraction, cleaning, language, relevance.",
			Buckets: []float64{.001, .005, .02, .1, .5, 2, 10}}),
		reloadedOK: prometheus.NewGauge(prometheus.GaugeOpts{Name: "chapar_config_last_reload_successful",
			Help: "1 if the config in force is that of the file when it was last read."}),
		reloadedAt: prometheus.NewGauge(prometheus.GaugeOpts{Name: "chapar_config_last_reload_success_timestamp_seconds",
			Help: "When the config was last read with success."}),
	}
	commit, goVersion := build()
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "chapar_build_info", Help: "Always 1; its labels tell which build runs.",
		ConstLabels: prometheus.Labels{"version": release, "commit": commit, "goversion": goVersion}})
	info.Set(1)
	reg.MustRegister(m.delay, m.normalize, m.reloadedOK, m.reloadedAt, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.reloaded(true, time.Now())
	return m
}

func (m *meters) fetching() *fetcher.Metrics {
	if m == nil {
		return nil
	}
	return m.fetcher
}

func (m *meters) storing() *store.Metrics {
	if m == nil {
		return nil
	}
	return m.store
}

func (m *meters) reloaded(ok bool, at time.Time) {
	switch {
	case m == nil:
	case ok:
		m.reloadedOK.Set(1)
		m.reloadedAt.Set(seconds(at))
	default:
		m.reloadedOK.Set(0)
	}
}

func (m *meters) normalized(took time.Duration) {
	if m != nil {
		m.normalize.Observe(took.Seconds())
	}
}

// kept counts how late an article came, where it was told when it was published.
func (m *meters) kept(p store.Placement, d normalize.Document, at time.Time) {
	fresh := p.As == store.PlacedNew || p.As == store.PlacedCopy
	stated := !d.Published.Time.IsZero() && d.Published.Origin != normalize.FromSeen
	if m != nil && fresh && stated {
		m.delay.Observe(max(0, at.Sub(d.Published.Time).Seconds()))
	}
}

// handler serves the metrics; nil where there are none.
func (m *meters) handler() http.Handler {
	if m == nil {
		return nil
	}
	const scrapes = 4 // at once
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapes})
}

// observe lets a service be seen among the metrics.
func (m *meters) observe(w *service) {
	if m != nil {
		m.registry.MustRegister(newGauges(w))
	}
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// gauges show a service as it is at the moment of the scrape; what must be counted may be half a minute old.
type gauges struct {
	service *service
	failed  atomic.Bool // the last look
	descs   map[string]*prometheus.Desc
}

// gaugeHelp tells the gauges that have no label; those of sources have one.
func gaugeHelp() map[string]string {
	return map[string]string{
		"chapar_ready":                         "1 if poller and writer answer and the daemon neither starts nor stops.",
		"chapar_offline":                       "1 if most hosts are out of reach at once.",
		"chapar_records":                       "Articles that are kept.",
		"chapar_record_copies":                 "Articles among them whose text stands in an earlier one.",
		"chapar_revisions":                     "Older revisions that are kept.",
		"chapar_dropped":                       "Articles that were read and are not relevant.",
		"chapar_aside":                         "Articles that were given up.",
		"chapar_inbox_jobs":                    "Entries that wait for their page.",
		"chapar_inbox_oldest_seconds":          "How long the oldest of them has waited; 0 if none waits.",
		"chapar_revisits":                      "Kept articles that will be looked at again.",
		"chapar_store_file_bytes":              "Size of the database file.",
		"chapar_store_free_bytes":              "Of it, what is free to be used again; 0 until the first commit.",
		"chapar_store_disk_free_bytes":         "What the disk of the database has left; -1 if not known.",
		"chapar_last_backup_timestamp_seconds": "When the last backup through the daemon was made; 0 if none was.",
		"chapar_last_export_timestamp_seconds": "When the last export through the daemon was made; 0 if none was.",
		"chapar_last_poll_timestamp_seconds":   "When an endpoint was last polled; 0 if none was.",
		"chapar_next_poll_timestamp_seconds":   "When the next poll is due; 0 if that is not known yet.",
	}
}

func newGauges(w *service) *gauges {
	g := &gauges{service: w, descs: map[string]*prometheus.Desc{}}
	for name, help := range gaugeHelp() {
		g.descs[name] = prometheus.NewDesc(name, help, nil, nil)
	}
	for _, d := range []struct{ name, help, label string }{
		{"chapar_sources", "Sources by how they stand; one fails if one of its endpoints does.", "state"},
		{"chapar_endpoints", "Endpoints by how they stand.", "state"},
		{"chapar_source_failing", "1 if an endpoint of the source fails.", "source"},
		{"chapar_source_last_success_timestamp_seconds", "When a poll of the source last worked; 0 if none did.", "source"},
		{"chapar_source_last_new_timestamp_seconds", "When a poll of the source last brought something new; 0 if none did.", "source"},
	} {
		g.descs[d.name] = prometheus.NewDesc(d.name, d.help, []string{d.label}, nil)
	}
	return g
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range g.descs {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	set := func(name string, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(g.descs[name], prometheus.GaugeValue, value, labels...)
	}
	truth := func(name string, is bool, labels ...string) {
		value := 0.0
		if is {
			value = 1
		}
		set(name, value, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	w, now := g.service, time.Now()
	truth("chapar_ready", w.readiness(ctx) == nil)
	truth("chapar_offline", w.poller.Offline())
	l, err := w.look(ctx, now, beat)
	if err != nil {
		if !g.failed.Swap(true) {
			w.log.Error("cannot count for the metrics", "err", err)
		}
		return
	}
	g.failed.Store(false)
	t, oldest := l.tally, 0.0
	if !t.Oldest.IsZero() {
		oldest = max(0, now.Sub(t.Oldest).Seconds())
	}
	for name, value := range map[string]float64{
		"chapar_records": float64(t.Records), "chapar_record_copies": float64(t.Copies), "chapar_revisions": float64(t.Revisions),
		"chapar_dropped": float64(t.Dropped), "chapar_aside": float64(t.Aside), "chapar_inbox_jobs": float64(t.Inbox),
		"chapar_inbox_oldest_seconds": oldest, "chapar_revisits": float64(t.Revisits), "chapar_store_file_bytes": float64(t.FileBytes),
		"chapar_store_free_bytes": float64(t.FreeBytes), "chapar_store_disk_free_bytes": float64(t.DiskBytes),
		"chapar_last_backup_timestamp_seconds": seconds(t.Backup), "chapar_last_export_timestamp_seconds": seconds(t.Export),
		"chapar_last_poll_timestamp_seconds": seconds(l.last), "chapar_next_poll_timestamp_seconds": seconds(l.next),
	} {
		set(name, value)
	}
	for name, s := range map[string]web.States{"chapar_sources": l.sources, "chapar_endpoints": l.endpoints} {
		set(name, float64(s.Fine), "fine")
		set(name, float64(s.Failing), "failing")
		set(name, float64(s.NotPolled), "not polled")
		set(name, float64(s.Off), "off")
	}
	for _, s := range l.list {
		truth("chapar_source_failing", s.failing, s.id)
		set("chapar_source_last_success_timestamp_seconds", seconds(s.worked), s.id)
		set("chapar_source_last_new_timestamp_seconds", seconds(s.changed), s.id)
	}
}
