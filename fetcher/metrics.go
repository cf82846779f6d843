package fetcher

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what goes out to sources and what comes back. A nil *Metrics counts nothing.
type Metrics struct {
	polls        *prometheus.CounterVec
	pollTook     prometheus.Histogram
	entries      *prometheus.CounterVec
	pages        *prometheus.CounterVec
	pageTook     prometheus.Histogram
	requests     *prometheus.CounterVec
	requestTook  prometheus.Histogram
	received     prometheus.Counter
	limits       *prometheus.CounterVec
	offlineTimes prometheus.Counter
}

// How a request ended that no Outcome tells of.
const (
	redirected = "redirected"
	noStatus   = "none"
)

// NewMetrics registers the metrics of pollers and clients, which may share them. The limits of their Reader are known by the further
// keys.
func NewMetrics(reg prometheus.Registerer, further ...string) *Metrics {
	seconds := []float64{.05, .2, .5, 1, 2.5, 5, 10, 30, 120}
	m := &Metrics{
		polls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chapar_polls_total",
			Help: "Polls of endpoints by outcome."}, []string{"outcome"}),
		pollTook: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "chapar_poll_duration_seconds",
			Help: "Time that a poll took, the waits for the host's turn included.", Buckets: seconds}),
		entries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chapar_entries_total",
			Help: "Entries that polls brought: new ones and those known before."}, []string{"state"}),
		pages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chapar_pages_total",
			Help: "Pages of entries that were asked for, by outcome; ok is one that gave a document."}, []string{"outcome"}),
		pageTook: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "chapar_page_duration_seconds",
			Help: "Time from asking for a page until it was taken in, the waits for the host's turn included.", Buckets: seconds}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chapar_requests_total",
			Help: "Requests sent, also for robots.txt and redirects, by outcome and class of status."}, []string{"outcome", "status"}),
		requestTook: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "chapar_request_duration_seconds",
			Help: "Time from dial to the last byte of an answer.", Buckets: seconds}),
		received: prometheus.NewCounter(prometheus.CounterOpts{Name: "chapar_received_bytes_total",
			Help: "Bytes of bodies after decompression."}),
		limits: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chapar_refused_total",
			Help: "Polls and pages that went beyond a limit, by the key of the config that raises it; fixed where none does."}, []string{"key"}),
		offlineTimes: prometheus.NewCounter(prometheus.CounterOpts{Name: "chapar_offline_total",
			Help: "How often most hosts were found out of reach at once."}),
	}
	for _, o := range []Outcome{OK, NotModified} {
		m.polls.WithLabelValues(string(o))
		m.pages.WithLabelValues(string(o))
	}
	for _, key := range append(slices.Concat(keys(), further), fixed) {
		m.limits.WithLabelValues(key)
	}
	for _, state := range []string{"new", "known"} {
		m.entries.WithLabelValues(state)
	}
	reg.MustRegister(m.polls, m.pollTook, m.entries, m.pages, m.pageTook, m.requests, m.requestTook, m.received, m.limits, m.offlineTimes)
	return m
}

func (m *Metrics) poll(e Event) {
	if m == nil {
		return
	}
	m.polls.WithLabelValues(string(e.Outcome)).Inc()
	m.pollTook.Observe(e.Took.Seconds())
	m.entries.WithLabelValues("new").Add(float64(e.New))
	m.entries.WithLabelValues("known").Add(float64(e.Known))
}

func (m *Metrics) page(o Outcome, took time.Duration) {
	if m == nil {
		return
	}
	m.pages.WithLabelValues(string(o)).Inc()
	m.pageTook.Observe(took.Seconds())
}

// request counts a request whose answer has the given status, 0 if there was none.
func (m *Metrics) request(f *Failure, status, bytes int, took time.Duration) {
	if m == nil || f != nil && f.Unsent {
		return
	}
	outcome, class := string(OK), noStatus
	if status > 0 {
		class = strconv.Itoa(status/100) + "xx"
		if byStatus := statusFailure(status); byStatus != nil {
			outcome = string(byStatus.Outcome)
		}
		switch {
		case status == http.StatusNotModified:
			outcome = string(NotModified)
		case status/100 == 3:
			outcome = redirected
		}
	}
	if f != nil {
		outcome = string(f.Outcome)
	}
	m.requests.WithLabelValues(outcome, class).Inc()
	m.requestTook.Observe(took.Seconds())
	m.received.Add(float64(bytes))
}

// refused counts a failure that is one of a limit.
func (m *Metrics) refused(f *Failure) {
	if key := limitOf(f); m != nil && key != "" {
		m.limits.WithLabelValues(key).Inc()
	}
}

func (m *Metrics) wentOffline() {
	if m != nil {
		m.offlineTimes.Inc()
	}
}
