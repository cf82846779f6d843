package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/systemd"
	"chapar/cmd/chapar/web"
	"chapar/store"
)

// service is the daemon as those see it who look after it: the service manager, monitors, `chapar health`.
type service struct {
	*daemon
	notify  systemd.Notifier
	began   time.Time
	started func() // once the start is over, however it went
	phase   atomic.Pointer[string]
	telling sync.Mutex // what the service manager is told of the phase comes in the order of the phases
	ended   func()
	news    chan struct{} // something changed that the status line tells

	looks   looks
	reloads atomic.Pointer[web.Reload]
}

// Why the daemon is not ready, whatever its parts answer; "" while it watches.
const (
	phaseStarting = "it is starting"
	phaseStopping = "it is stopping"
)

const (
	beat      = 20 * time.Second // between two looks at the daemon where the service manager asks for none
	statusAge = time.Minute      // after which the status line is written anew
	patience  = 2 * time.Second  // for the answers to a heartbeat that somebody waits for
)

func newService(d *daemon, n systemd.Notifier, started func()) *service {
	w := &service{daemon: d, notify: n, began: time.Now(), started: started, news: make(chan struct{}, 1)}
	w.looks.surveyor = store.NewSurveyor(d.db)
	w.enter(phaseStarting)
	w.ended = sync.OnceFunc(func() {
		w.telling.Lock()
		defer w.telling.Unlock()
		w.enter(phaseStopping)
		w.notify.Tell(w.log, "STOPPING=1", "STATUS=stopping")
		w.log.Info("stopping")
	})
	d.meters.observe(w)
	return w
}

func (w *service) enter(phase string)     { w.phase.Store(&phase) }
func (w *service) config() *config.Config { return w.in.now.Load().config }

// ready says that the start is over.
func (w *service) ready() {
	w.started()
	w.working(fmt.Sprintf("STATUS=watching %s", counted(len(w.config().FetchSources()), "source")))
}

// working tells the service manager that the daemon is at work, unless it was told to stop meanwhile: from then on it
// is stopping, and nothing else.
func (w *service) working(lines ...string) {
	w.telling.Lock()
	defer w.telling.Unlock()
	if *w.phase.Load() == phaseStopping {
		return
	}
	w.enter("")
	w.notify.Tell(w.log, append([]string{"READY=1"}, lines...)...)
}

// alive asks the poller and the writer of the store whether they are at work.
func (w *service) alive(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var wg sync.WaitGroup
	var poller, writer error
	wg.Go(func() { poller = w.poller.Ping(ctx) })
	wg.Go(func() { writer = w.db.Ping(ctx) })
	wg.Wait()
	return errors.Join(writer, poller)
}

// readiness says why the daemon does not do its work; nil if it does.
func (w *service) readiness(ctx context.Context) error {
	if err := w.db.Trouble(); err != nil { // a start may wait for room on the disk
		return err
	}
	if phase := *w.phase.Load(); phase != "" {
		return errors.New(phase)
	}
	return w.alive(ctx, patience)
}

// guard feeds the watchdog of the service manager, and that only while poller and writer answer. It tells in the log
// when they cease to and when they do again.
func (w *service) guard(ctx context.Context) {
	every := beat
	if w.notify.Watchdog > 0 {
		every = w.notify.Watchdog / 3
	}
	t := time.NewTicker(every)
	defer t.Stop()
	silent := false
	for {
		err := w.alive(ctx, every)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !silent:
			w.log.Error("stuck", "err", oneLine(err), "watchdog", w.notify.Watchdog)
		case err == nil && silent:
			w.log.Info("at work again")
		}
		if silent = err != nil; !silent && w.notify.Watchdog > 0 {
			w.notify.Tell(w.log, "WATCHDOG=1")
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// describe keeps the figures and the status line fresh.
func (w *service) describe(ctx context.Context) {
	t := time.NewTicker(beat)
	defer t.Stop()
	var told time.Time
	var last string
	for {
		now := time.Now()
		l, err := w.look(ctx, now, beat/2)
		if err != nil && ctx.Err() == nil {
			w.log.Error("cannot count", "err", err)
		}
		// What matters is told at once, that time passes once a minute.
		if matter := w.matters(l); err == nil && (matter != last || now.Sub(told) >= statusAge) {
			w.notify.Tell(w.log, "STATUS="+w.line(l, now))
			told, last = now, matter
		}
		select {
		case <-ctx.Done():
			return
		case <-w.news:
		case <-t.C:
		}
	}
}

// line is the daemon in one sentence.
func (w *service) line(l look, now time.Time) string {
	var b strings.Builder
	b.WriteString(w.matters(l))
	fmt.Fprintf(&b, "; %s, %s today", counted(l.tally.Records, "article"), thousands(l.tally.Today))
	if !l.next.IsZero() {
		fmt.Fprintf(&b, "; next poll %s", until(&l.next, now))
	}
	return b.String()
}

// matters is the part of the line that does not change by itself.
func (w *service) matters(l look) string {
	var b strings.Builder
	if w.poller.Offline() {
		b.WriteString("offline; ")
	}
	if err := w.db.Trouble(); err != nil {
		b.WriteString(oneLine(err) + "; ")
	}
	fmt.Fprintf(&b, "watching %s", counted(l.sources.Fine+l.sources.Failing+l.sources.NotPolled, "source"))
	if n := l.sources.Failing; n > 0 {
		fmt.Fprintf(&b, ", %d failing", n)
	}
	if r := w.reloads.Load(); r != nil && !r.OK {
		b.WriteString("; the last reload failed")
	}
	return b.String()
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// status is all that there is to tell.
func (w *service) status(ctx context.Context) (web.Status, error) {
	now := time.Now()
	const fresh = time.Second // lookShare bounds the work
	l, err := w.look(ctx, now, fresh)
	if err != nil {
		return web.Status{}, err
	}
	c := w.config()
	commit, goVersion := build()
	t := l.tally
	s := web.Status{
		Version: release, Commit: commit, Go: goVersion, PID: os.Getpid(), Started: w.began.UTC(), UptimeSeconds: int64(now.Sub(w.began).Seconds()),
		Line: w.line(l, now), Config: c.File, Listen: c.Listen, Database: c.Database, Offline: w.poller.Offline(),
		Sources: l.sources, Endpoints: l.endpoints, LastPoll: moment(l.last), NextPoll: moment(l.next),
		Counted: l.at.UTC(), Articles: t.Records, Copies: t.Copies, Today: t.Today, Revisions: t.Revisions, Dropped: t.Dropped, Aside: t.Aside,
		Inbox: t.Inbox, OldestJob: moment(t.Oldest), Revisits: t.Revisits, FileBytes: t.FileBytes, FreeBytes: t.FreeBytes, DiskBytes: t.DiskBytes,
		LastBackup: moment(t.Backup), LastExport: moment(t.Export), Reload: w.reloads.Load(),
	}
	if err := w.readiness(ctx); err != nil {
		s.Reason = oneLine(err)
	}
	s.Ready = s.Reason == ""
	return s, nil
}

// backend is what the handlers of the socket and of the listen address show.
func (w *service) backend() web.Backend {
	return web.Backend{
		Reader: w.db, Newest: w.db.Newest, Offline: w.poller.Offline, Version: release,
		Health:  func(ctx context.Context) ([]web.Health, error) { return health(ctx, w.config(), w.db) },
		Ready:   w.readiness,
		Status:  w.status,
		Metrics: w.meters.handler(),
		Remember: func(what store.Care) error {
			return w.db.Remember(what, time.Now())
		},
	}
}
