package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"chapar/cmd/chapar/cell"
	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/systemd"
	"chapar/cmd/chapar/web"
	"chapar/fetcher"
	"chapar/store"
)

// daemon is the line put together: store, intake, client and poller, built in this order and closed in the other.
type daemon struct {
	db     *store.DB
	cells  *cell.Pool // nil reads in this process
	in     *intake
	client *fetcher.Client
	poller *fetcher.Poller
	log    *slog.Logger
	meters *meters // nil where nobody looks at them
}

// newDaemon opens the database and builds the line; the meters may be nil.
func newDaemon(c *config.Config, log *slog.Logger, m *meters) (*daemon, error) {
	s, err := newSettings(c)
	if err != nil {
		return nil, err
	}
	d := &daemon{log: log, meters: m}
	if d.client, err = fetcher.NewClient(d.clientOptions(c)); err != nil {
		return nil, err
	}
	if d.db, err = openWith(c.Database, store.Options{Metrics: m.storing()}); err != nil {
		d.client.Close()
		return nil, err
	}
	l, wall, shape := readLimits(c)
	d.cells = cell.NewPool(cell.Options{Limits: l, Wall: wall, Shape: shape, Most: max(leastCells, min(runtime.GOMAXPROCS(0), mostCells)), Log: log})
	d.in = newIntake(d.db, s, log)
	d.in.meters, d.in.extract = m, d.cells.Extract
	d.db.KeepFree(minFree(c))
	d.poller = fetcher.New(d.pollOptions(c), c.FetchSources(), d.client, d.db, d.in, log)
	return d, nil
}

func (d *daemon) Close() error {
	d.client.Close()
	if d.cells != nil {
		d.cells.Close()
	}
	return d.db.Close()
}

func (d *daemon) pollOptions(c *config.Config) fetcher.Options {
	o := pollOptions(c)
	o.Room = d.db.Room
	o.Metrics, o.Reader = d.meters.fetching(), fetcher.InProcess{Shape: c.Limits.Shape}
	if d.cells != nil {
		o.Reader = d.cells
	}
	return o
}

func (d *daemon) clientOptions(c *config.Config) fetcher.ClientOptions {
	o := clientOptions(c)
	o.Metrics = d.meters.fetching()
	return o
}

// mostCells is how many documents are read at once: enough for some thousand pages a minute, and few enough to keep
// their memory small on a machine of many cores.
// There are always two: a large document does not hold up a small one.
const leastCells, mostCells = 2, 4

func readLimits(c *config.Config) (l cell.Limits, wall time.Duration, shape fetcher.Shape) {
	return cell.Limits{Memory: c.Limits.ReadMemory, CPU: c.Limits.ReadCPU}, c.Limits.ReadTime, c.Limits.Shape
}

// minFree is what stays free on the disk of the database.
func minFree(c *config.Config) int64 {
	if c.Limits.MinFree == config.AutoFree {
		return store.AutoFree
	}
	return c.Limits.MinFree
}

// budget is the number of requests a day; 0 where there is none.
func budget(c *config.Config) int {
	all, each := c.Fetch.Budget, c.Fetch.BudgetPerSource*len(c.FetchSources())
	if all == 0 || each == 0 {
		return max(all, each)
	}
	return min(all, each)
}

func bounds(c *config.Config) fetcher.Bounds {
	return fetcher.Bounds{Min: c.Fetch.MinInterval, Max: c.Fetch.MaxInterval}
}

func pollOptions(c *config.Config) fetcher.Options {
	return fetcher.Options{Bounds: bounds(c), Budget: budget(c), Backfill: c.Fetch.Backfill, Revisit: c.Fetch.Revisit, NewADay: c.Limits.NewADay}
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
		Timeout: c.Fetch.Timeout, MaxBody: c.Fetch.MaxBody, Limits: c.Limits.Wire, Robots: c.Fetch.Robots, AllowNetworks: c.Fetch.AllowNetworks,
		Proxy: c.Fetch.Proxy, Bounds: bounds(c)}
}

type runCommand struct{}

func (r *runCommand) Run(ctx context.Context, a *app) error {
	reloads := make(chan os.Signal, 1) // one that comes during the start waits for its end
	signal.Notify(reloads, syscall.SIGHUP)
	defer signal.Stop(reloads)
	c, err := a.load()
	if err != nil {
		return err
	}
	log := a.logger()
	warn(log, c)
	n := systemd.NewNotifier(os.Getenv)
	starting := n.ExtendStart(ctx, log)
	d, err := newDaemon(c, log, newMeters())
	if err != nil {
		starting()
		return err
	}
	defer d.Close()
	return newService(d, n, starting).run(ctx, reloads, func() (*config.Config, error) { return a.loadFile(c.File) })
}

// run serves and polls until ctx ends.
func (w *service) run(ctx context.Context, reloads <-chan os.Signal, load func() (*config.Config, error)) error {
	d, c := w.daemon, w.config()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer w.started()
	unwatch := context.AfterFunc(ctx, w.ended) // told at once, not when all has ended
	defer w.ended()                            // which waits for a call that is under way
	defer unwatch()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	socket, err := web.ListenSocket(c.Database)
	if err != nil {
		return err
	}
	b := w.backend()
	wg.Go(func() { d.serve(ctx, socket, web.Control(b)) })
	if c.Listen != "" {
		l, err := web.ListenPublic(c.Listen)
		if err != nil { // gathering goes on: it is what the daemon is for
			d.log.Error("cannot listen, the API is not served", "listen", c.Listen, "err", err)
		} else {
			wg.Go(func() { d.serve(ctx, l, web.Public(b)) })
		}
	}
	if err := d.roomy(ctx); err != nil {
		return nil // told to stop
	}
	if err := d.catchUp(); err != nil {
		return err
	}
	if err := d.rename(ctx, c); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	if err := askAgain(d.db, c.FetchSources()); err != nil {
		return err
	}
	if err := d.recall(ctx); err != nil {
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
	polled := make(chan error, 1)
	polling, stop := context.WithCancel(ctx)
	defer stop()
	wg.Go(func() { polled <- d.poller.Run(polling) })
	wg.Go(func() { d.prune(ctx) })
	wg.Go(func() { d.scrub(ctx) })

	d.log.Info("ready", "version", release, "database", c.Database, "sources", len(c.FetchSources()), "pid", os.Getpid())
	w.ready()
	wg.Go(func() { w.reload(ctx, reloads, load) })
	wg.Go(func() { w.guard(ctx) })
	wg.Go(func() { w.describe(ctx) })
	return <-polled
}

// roomy waits until the disk has room for what the start may write. The error is that of ctx.
func (d *daemon) roomy(ctx context.Context) error {
	const again = 10 * time.Second
	told := false
	for {
		err := d.db.Room()
		if err == nil {
			return ctx.Err()
		}
		if !told {
			told = true
			d.log.Error("the start waits", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(again):
		}
	}
}

// catchUp has every source asked for the whole once where the database is older than it was: what came since is lost.
func (d *daemon) catchUp() error {
	n, err := d.db.Behind()
	if err != nil || n == 0 {
		return err
	}
	d.log.Warn(fmt.Sprintf("the store is %s older than the log: every source is asked for the whole once", counted(n, "commit")))
	return d.db.AskAnew()
}

// recall has the store make ready what it recognises copies by, before the first article comes.
func (d *daemon) recall(ctx context.Context) error {
	began := time.Now()
	p, err := d.db.Prepare(ctx)
	if err != nil {
		return fmt.Errorf("cannot make the index of copies: %w", err)
	}
	log := d.log.With("texts", p.Texts, "took", time.Since(began).Round(time.Millisecond))
	switch {
	case p.Damaged > 0:
		log.Warn("copies of damaged articles will not be recognised", "damaged", p.Damaged)
	case p.Anew && p.Texts > 0:
		log.Info("the index of copies was made anew")
	default:
		log.Debug("the index of copies is ready")
	}
	return nil
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
	told := ""
	for {
		told = d.pruneNow(ctx, time.Now(), told)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// pruneNow prunes once. It tells of an error that is not the one told last, and gives the one that it met.
func (d *daemon) pruneNow(ctx context.Context, now time.Time, told string) (met string) {
	p, err := d.db.Prune(ctx, now, retention(d.in.now.Load().config))
	if err != nil && ctx.Err() == nil {
		if met = err.Error(); met != told {
			d.log.Error("cannot remove all that is old", "err", err, "damaged", p.Damaged)
		}
	}
	if p.Pages+p.Dropped+p.Aside > 0 {
		d.log.Info("removed what is old", "pages", p.Pages, "dropped", p.Dropped, "aside", p.Aside)
	}
	return met
}

// scrub looks through the whole database for damage, at the start and then once a day.
func (d *daemon) scrub(ctx context.Context) {
	const every = 24 * time.Hour
	t := time.NewTicker(every)
	defer t.Stop()
	told := map[string]bool{}
	for {
		d.scrubNow(ctx, told)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// mostTold bounds the lines about damage: where more is damaged, `chapar verify` has to be asked anyway.
const mostTold = 100

// scrubNow looks through the database once, and tells of damage that was not told before.
func (d *daemon) scrubNow(ctx context.Context, told map[string]bool) {
	err := d.db.Scrub(ctx, func(bad *store.DamagedError) {
		if at := bad.Error(); !told[at] && len(told) < mostTold {
			told[at] = true
			d.log.Error("found by looking through the database; `chapar verify` names all that it concerns", "err", bad)
		}
	})
	if err != nil && ctx.Err() == nil {
		d.log.Error("cannot look through the database", "err", err)
	}
}

func warn(log *slog.Logger, c *config.Config) {
	for _, w := range c.Warnings {
		log.Warn("config", "warning", w.Error())
	}
}

// health tells how the endpoints of the config fare; without a database none has been polled. Those of a source that is
// not enabled are off: what was polled and kept before is told, and no trouble that it had.
func health(ctx context.Context, c *config.Config, db *store.DB) ([]web.Health, error) {
	var stats store.Stats
	var err error
	if db != nil {
		if stats, err = db.Stats(ctx, store.Query{}); err != nil {
			return nil, err
		}
	}
	var hs []web.Health
	for _, s := range c.Sources {
		for _, e := range s.Endpoints {
			var st fetcher.State
			if db != nil {
				if st, err = db.State(e.ID); err != nil {
					return nil, err
				}
				st = st.Of(e)
			}
			h := web.Health{Source: s.ID, Name: s.Name, Endpoint: e.ID, Kind: string(e.Kind), URL: s.Public(e, e.URL), State: "not polled yet",
				Detail: st.Detail, Failures: st.Failures, Every: st.Every, Kept: stats.BySource[s.ID],
				Failing: moment(st.Failing), Checked: moment(st.Checked), Changed: moment(st.Changed), Due: moment(st.Due)}
			if st.Found != nil {
				h.Kind, h.URL = string(st.Found.Kind), s.Public(e, st.Found.URL)
			}
			switch {
			case !s.Enabled:
				h.State, h.Detail, h.Failures, h.Failing, h.Due, h.Every = "off", "", 0, nil, nil, 0
			case st.Last == fetcher.OK || st.Last == fetcher.NotModified:
				h.State = "fine"
			case st.Last != "":
				h.State = string(st.Last)
			}
			if st.Health.Cause != "" && s.Enabled {
				h.Cause, h.CauseSince, h.Evidence, h.Advice = st.Health.Cause, moment(st.Health.Since), st.Health.Evidence, st.Health.Cause.Advice()
				h.Outlook = st.Outlook()
			}
			hs = append(hs, h)
		}
	}
	return hs, nil
}

// askAgain lets be asked again what is gone of the sources that are not polled now; it holds from when they are.
func askAgain(db *store.DB, sources []fetcher.Source) error {
	polled := map[string]bool{}
	for _, s := range sources {
		for _, e := range s.Endpoints {
			polled[e.ID] = true
		}
	}
	return db.AskAgain(func(endpoint string) bool { return polled[endpoint] })
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
