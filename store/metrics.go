package store

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"chapar/fetcher"
)

// Metrics counts what the store takes in. A nil *Metrics counts nothing.
type Metrics struct {
	items    *prometheus.CounterVec
	aside    *prometheus.CounterVec
	imported *prometheus.CounterVec
	commits  *prometheus.CounterVec
	writes   prometheus.Counter
	took     prometheus.Histogram
	pruned   prometheus.Counter
	low      prometheus.Counter
	damaged  prometheus.Gauge
}

// What became of an item, beside the ways in which a document is placed.
const (
	fateDropped = "dropped"
	fateAside   = "aside"
	fateRetried = "retried"
)

// How a commit ended.
const (
	commitOK     = "ok"
	commitFull   = "no space"
	commitFailed = "failed"
)

// NewMetrics registers the metrics of a store. One store at a time counts into them.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		items: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chapar_items_total",
			Help: "What became of the articles that sources named, by fate; a retried one comes up again."}, []string{"fate"}),
		aside: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chapar_items_aside_total",
			Help: "Articles that were given up, by the outcome of the last try."}, []string{"outcome"}),
		imported: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chapar_seeds_total",
			Help: "Documents taken in from files, by what became of them."}, []string{"fate"}),
		commits: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chapar_store_commits_total",
			Help: "Commits by result; after a failed one the daemon ends."}, []string{"result"}),
		writes: prometheus.NewCounter(prometheus.CounterOpts{Name: "chapar_store_writes_total",
			Help: "Writes; those that come at the same time share a commit."}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "chapar_store_commit_duration_seconds",
			Help: "Time that a commit took, its sync to the disk included.", Buckets: []float64{.001, .005, .02, .1, .5, 2, 10}}),
		pruned: prometheus.NewCounter(prometheus.CounterOpts{Name: "chapar_store_pages_pruned_total",
			Help: "Kept pages whose time was over."}),
		low: prometheus.NewCounter(prometheus.CounterOpts{Name: "chapar_store_low_space_total",
			Help: "How often the disk of the database came to have less space left than limits.min_free keeps free."}),
		damaged: prometheus.NewGauge(prometheus.GaugeOpts{Name: "chapar_store_damaged_values",
			Help: "Values that the last look through the whole database found damaged."}),
	}
	for _, as := range []Placed{PlacedNew, PlacedCopy, PlacedRevised, PlacedSame} {
		m.items.WithLabelValues(string(as))
		m.imported.WithLabelValues(string(as))
	}
	for _, fate := range []string{fateDropped, fateAside, fateRetried} {
		m.items.WithLabelValues(fate)
	}
	for _, result := range []string{commitOK, commitFull, commitFailed} {
		m.commits.WithLabelValues(result)
	}
	reg.MustRegister(m.items, m.aside, m.imported, m.commits, m.writes, m.took, m.pruned, m.low, m.damaged)
	return m
}

func (m *Metrics) item(fate string) {
	if m != nil {
		m.items.WithLabelValues(fate).Inc()
	}
}

func (m *Metrics) setAside(why *fetcher.Failure) {
	if m == nil || why == nil {
		return
	}
	m.item(fateAside)
	m.aside.WithLabelValues(string(why.Outcome)).Inc()
}

func (m *Metrics) seeded(all []Placement) {
	if m == nil {
		return
	}
	for _, p := range all {
		m.imported.WithLabelValues(string(p.As)).Inc()
	}
}

func (m *Metrics) committed(err error, writes int, took time.Duration) {
	if m == nil {
		return
	}
	result := commitOK
	if w, failed := errors.AsType[*WriteError](err); failed && w.Full {
		result = commitFull
	} else if err != nil {
		result = commitFailed
	}
	m.commits.WithLabelValues(result).Inc()
	m.writes.Add(float64(writes))
	m.took.Observe(took.Seconds())
}

func (m *Metrics) removed(pages int) {
	if m != nil {
		m.pruned.Add(float64(pages))
	}
}

func (m *Metrics) ranLow() {
	if m != nil {
		m.low.Inc()
	}
}

func (m *Metrics) scrubbed(damaged int) {
	if m != nil {
		m.damaged.Set(float64(damaged))
	}
}
