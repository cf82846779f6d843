package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"

	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/web"
	"chapar/fetcher"
	"chapar/store"
)

// daemon is the line put together: store, intake, client and poller, built in this order and closed in the other.
type daemon struct {
	db     *store.DB
	in     *intake
	client *fetcher.Client
	poller *fetcher.Poller
	log    *slog.Logger
}

func newDaemon(c *config.Config, log *slog.Logger) (*daemon, error) {
	s, err := newSettings(c)
	if err != nil {
		return nil, err
	}
	client, err := fetcher.NewClient(clientOptions(c))
	if err != nil {
		return nil, err
	}
	db, err := open(c.Database)
	if err != nil {
		client.Close()
		return nil, err
	}
	in := newIntake(db, s, log)
	return &daemon{db: db, in: in, client: client, log: log,
		poller: fetcher.New(pollOptions(c), c.FetchSources(), client, db, in, log)}, nil
}

func (d *daemon) Close() error {
	d.client.Close()
	return d.db.Close()
}

func bounds(c *config.Config) fetcher.Bounds {
	return fetcher.Bounds{Min: c.Fetch.MinInterval, Max: c.Fetch.MaxInterval}
}

func pollOptions(c *config.Config) fetcher.Options {
	return fetcher.Options{Bounds: bounds(c), Backfill: c.Fetch.Backfill, Revisit: c.Fetch.Revisit}
}

func clientOptions(c *config.Config) fetcher.ClientOptions {
	agent := c.Fetch.UserAgent
	if agent == "" {
		agent = "chapar/" + release
		if c.Fetch.Contact != "" {
			agent += " (+" + c.Fetch.Contact + ")"
		}
	}
	return fetcher.ClientOptions{UserAgent: agent, Concurrency: c.Fetch.Concurrency, PerHostDelay: c.Fetch.PerHostDelay,
		Timeout: c.Fetch.Timeout, MaxBody: c.Fetch.MaxBody, Robots: c.Fetch.Robots, AllowNetworks: c.Fetch.AllowNetworks,
		Proxy: c.Fetch.Proxy, Bounds: bounds(c)}
}

type runCommand struct{}

func (r *runCommand) Run(ctx context.Context, a *app) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	log := a.logger()
	warn(log, c)
	d, err := newDaemon(c, log)
	if err != nil {
		return err
	}
	defer d.Close()
	reloads := make(chan os.Signal, 1)
	signal.Notify(reloads, syscall.SIGHUP)
	defer signal.Stop(reloads)
	return d.run(ctx, c, reloads, func() (*config.Config, error) { return a.loadFile(c.File) })
}

// run serves and polls until ctx ends.
func (d *daemon) run(ctx context.Context, c *config.Config, reloads <-chan os.Signal, load func() (*config.Config, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	socket, err := web.ListenSocket(c.Database)
	if err != nil {
		return err
	}
	b := web.Backend{Reader: d.db, Newest: d.db.Newest, Health: func(ctx context.Context) ([]web.Health, error) { return health(ctx, d.in.now.Load().config, d.db) },
		Offline: d.poller.Offline, Version: release}
	wg.Go(func() { d.serve(ctx, socket, web.Control(b)) })
	if c.Listen != "" {
		l, err := net.Listen("tcp", c.Listen)
		if err != nil { // gathering goes on: it is what the daemon is for
			d.log.Error("cannot listen, the API is not served", "listen", c.Listen, "err", err)
		} else {
			wg.Go(func() { d.serve(ctx, l, web.Public(b)) })
		}
	}
	if err := d.rename(ctx, c); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	if err := d.seeds(ctx, c); err != nil {
		if ctx.Err() != nil { // told to stop before all seeds were in: the next start takes the rest
			return nil
		}
		return err
	}
	wg.Go(func() { d.prune(ctx) })
	wg.Go(func() { d.reload(ctx, reloads, load) })

	d.log.Info("ready", "version", release, "database", c.Database, "sources", len(c.FetchSources()), "pid", os.Getpid())
	if err := notify("READY=1\nSTATUS=watching"); err != nil {
		d.log.Warn("cannot notify", "err", err)
	}
	err = d.poller.Run(ctx)
	if nerr := notify("STOPPING=1"); nerr != nil {
		d.log.Warn("cannot notify", "err", nerr)
	}
	d.log.Info("stopping")
	return err
}

func (d *daemon) serve(ctx context.Context, l net.Listener, h http.Handler) {
	if err := web.Serve(ctx, l, h, d.log); err != nil {
		d.log.Error("cannot serve", "address", l.Addr().String(), "err", err)
	}
}

// prune takes raw pages away when their time is over, at the start and then now and then.
func (d *daemon) prune(ctx context.Context) {
	const every = time.Hour
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		d.pruneNow(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (d *daemon) pruneNow(ctx context.Context, now time.Time) {
	n, err := d.db.Prune(ctx, now, d.in.now.Load().config.Fetch.KeepPages)
	if err != nil && ctx.Err() == nil {
		d.log.Error("cannot remove old pages", "err", err)
	} else if n > 0 {
		d.log.Info("removed old pages", "pages", n)
	}
}

// reload reads the config again at each signal; a bad one leaves the present one in force.
func (d *daemon) reload(ctx context.Context, signals <-chan os.Signal, load func() (*config.Config, error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
		}
		if err := d.apply(ctx, load); err != nil {
			var problems config.Problems
			if errors.As(err, &problems) {
				for _, p := range problems {
					d.log.Error("config", "problem", p.Error())
				}
			} else {
				d.log.Error("config", "problem", err.Error())
			}
			d.log.Error("not reloaded, the present config stays in force")
		}
	}
}

func (d *daemon) apply(ctx context.Context, load func() (*config.Config, error)) error {
	c, err := load()
	if err != nil {
		return err
	}
	old := d.in.now.Load().config
	if c.Database != old.Database || c.Listen != old.Listen {
		d.log.Warn("database and listen change at the next start only")
		c.Database, c.Listen = old.Database, old.Listen
	}
	s, err := newSettings(c)
	if err != nil {
		return err
	}
	if err := d.rename(ctx, c); err != nil {
		return err
	}
	if err := d.client.Set(clientOptions(c)); err != nil {
		return err
	}
	warn(d.log, c)
	d.in.now.Store(s)
	d.poller.Set(pollOptions(c), c.FetchSources())
	d.log.Info("reloaded", "sources", len(c.FetchSources()))
	return nil
}

func warn(log *slog.Logger, c *config.Config) {
	for _, w := range c.Warnings {
		log.Warn("config", "warning", w.Error())
	}
}

type onceCommand struct{}

func (o *onceCommand) Run(ctx context.Context, a *app) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	over := *a
	if terminal(a.err) {
		over.err = overBar{a.err}
	}
	log := over.logger()
	warn(log, c)
	d, err := newDaemon(c, log)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.rename(ctx, c); err != nil {
		return err
	}
	if err := d.seeds(ctx, c); err != nil {
		return err
	}
	show, done := a.progress()
	p, err := d.poller.Once(ctx, show)
	done()
	if err != nil {
		return err
	}
	d.pruneNow(ctx, time.Now()) // nobody else does where only once is used
	log.Info("done", "polls", p.Polls, "polls_failed", p.PollsFailed, "pages", p.Pages, "pages_failed", p.PagesFailed)
	if p.Polls > 0 && p.PollsFailed == p.Polls {
		return errors.New("every source failed; `chapar sources` tells why")
	}
	return nil
}

// progress shows on a terminal how far Once has come.
func (a *app) progress() (show func(fetcher.Progress), done func()) {
	if !terminal(a.err) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(a.err), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetDescription("polling"))
	show = func(p fetcher.Progress) {
		bar.Describe(fmt.Sprintf("%d of %d polls, %d pages, %d failed  %s", p.PollsDone, p.Polls, p.Pages, p.PollsFailed+p.PagesFailed, short(p.Now, 30)))
		if err := bar.Add(1); err != nil {
			return // a bar that cannot be drawn is no reason to stop
		}
	}
	return show, func() { bar.Finish() }
}

// health tells how the endpoints of the config fare; without a database none has been polled.
func health(ctx context.Context, c *config.Config, db *store.DB) ([]web.Health, error) {
	var stats store.Stats
	var err error
	if db != nil {
		if stats, err = db.Stats(ctx); err != nil {
			return nil, err
		}
	}
	var hs []web.Health
	for _, s := range c.FetchSources() {
		for _, e := range s.Endpoints {
			var st fetcher.State
			if db != nil {
				if st, err = db.State(e.ID); err != nil {
					return nil, err
				}
			}
			h := web.Health{Source: s.ID, Name: s.Name, Endpoint: e.ID, Kind: string(e.Kind), URL: e.URL, State: "not polled yet",
				Detail: st.Detail, Failures: st.Failures, Every: st.Every, Kept: stats.BySource[s.ID],
				Failing: moment(st.Failing), Checked: moment(st.Checked), Changed: moment(st.Changed), Due: moment(st.Due)}
			if st.Found != nil {
				h.Kind, h.URL = string(st.Found.Kind), st.Found.URL
			}
			switch st.Last {
			case "":
			case fetcher.OK, fetcher.NotModified:
				h.State = "fine"
			default:
				h.State = string(st.Last)
			}
			hs = append(hs, h)
		}
	}
	for i := range hs {
		hs[i].URL = public(hs[i].URL)
	}
	return hs, nil
}

// public is an address without the user and password that the operator may have put into it.
func public(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
