package fetcher

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Options of a Poller.
type Options struct {
	Bounds   Bounds
	Backfill time.Duration // at first sight of an endpoint older entries are not taken
	Revisit  time.Duration // wait before the first look back at a kept article; 0 is never
}

// Intake takes what the lanes bring in. A *Failure as error says that the page is not what it should be; the lane then
// waits or sets the job aside. Any other error is of the store or the program: the job stays where it is.
type Intake interface {
	// Page turns a page into a document. When it returns nil the job has left the inbox or been made a revisit.
	Page(ctx context.Context, j Job, p Page) error

	// Text keeps the text that the entry itself brought, as its page cannot be had. It is told whether the page is given up;
	// if it is not, the job stays in the inbox.
	Text(ctx context.Context, j Job, last bool) error
}

// Progress of Once, for showing.
type Progress struct {
	Polls, PollsDone, PollsFailed int
	Pages, PagesFailed            int
	Now                           string // the host that ended something last
}

// Poller polls endpoints and brings in the pages of their entries. One goroutine, a lane, does all work of a host.
type Poller struct {
	client *Client
	desk   Desk
	intake Intake
	log    *slog.Logger

	mu      sync.Mutex
	options Options
	sources map[string]Source
	byHost  map[string][]Endpoint
	weather *weather
	changed chan struct{} // closed and made anew when the sources change
}

// New makes a Poller; it does nothing before Run or Once.
func New(o Options, sources []Source, c *Client, d Desk, in Intake, log *slog.Logger) *Poller {
	p := &Poller{client: c, desk: d, intake: in, log: log, changed: make(chan struct{})}
	p.set(o, sources)
	return p
}

func (p *Poller) set(o Options, sources []Source) {
	p.options = o
	p.weather = newWeather(o.Bounds)
	p.sources = make(map[string]Source, len(sources))
	p.byHost = map[string][]Endpoint{}
	for _, s := range sources {
		p.sources[s.ID] = s
		for _, e := range s.Endpoints {
			h := HostOf(e.URL)
			p.byHost[h] = append(p.byHost[h], e)
		}
	}
}

// Set changes options and sources of a Poller that may be running. What is under way is finished.
func (p *Poller) Set(o Options, sources []Source) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(o, sources)
	close(p.changed)
	p.changed = make(chan struct{})
}

// Offline says whether most hosts have lately been out of reach at once.
func (p *Poller) Offline() bool {
	p.mu.Lock()
	w := p.weather
	p.mu.Unlock()
	return w.isOffline()
}

func (p *Poller) opts() Options {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.options
}

func (p *Poller) endpoints(host string) []Endpoint {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byHost[host]
}

func (p *Poller) hosts() (hosts []string, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for h := range p.byHost {
		hosts = append(hosts, h)
	}
	return hosts, p.changed
}

func (p *Poller) source(id string) (Source, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.sources[id]
	return s, ok
}

// note tells the weather how a request to a host ended.
func (p *Poller) note(host string, err error) (offline bool) {
	var f *Failure
	errors.As(err, &f)
	p.mu.Lock()
	w := p.weather
	p.mu.Unlock()
	if f != nil && f.Unsent { // nothing went out: it says nothing of the network
		return w.isOffline()
	}
	reached := err == nil || f != nil && f.Reached
	offline, changed := w.note(host, reached, time.Now())
	switch {
	case changed && offline:
		p.log.Warn("offline", "detail", "most hosts are out of reach at once; nothing is counted against the sources")
	case changed:
		p.log.Info("online again")
	}
	return offline
}

// Run polls until ctx ends, and returns when every lane has ended.
func (p *Poller) Run(ctx context.Context) error {
	c, err := p.crew(false, nil)
	if err != nil {
		return err
	}
	defer c.wg.Wait()
	for {
		hosts, changed := p.hosts()
		c.wake(ctx, hosts...)
		if waiting, err := p.desk.Hosts(); err != nil {
			return err
		} else {
			c.wake(ctx, waiting...)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// Once polls every endpoint that is due, tries each waiting job once and returns when that is done or ctx ends.
// show is called after each step, by one goroutine at a time; it may be nil.
func (p *Poller) Once(ctx context.Context, show func(Progress)) (Progress, error) {
	c, err := p.crew(true, show)
	if err != nil {
		return Progress{}, err
	}
	hosts, _ := p.hosts()
	waiting, err := p.desk.Hosts()
	if err != nil {
		return Progress{}, err
	}
	c.wake(ctx, append(hosts, waiting...)...)
	c.wg.Wait()
	if err := ctx.Err(); err != nil {
		return c.progress, err
	}
	return c.progress, c.err
}

// crew is the lanes of one Run or Once.
type crew struct {
	p    *Poller
	once bool
	wg   sync.WaitGroup

	mu       sync.Mutex
	lanes    map[string]*lane
	progress Progress
	show     func(Progress)
	err      error // the first error of the store
}

func (p *Poller) crew(once bool, show func(Progress)) (*crew, error) {
	pauses, err := p.desk.Pauses()
	if err != nil {
		return nil, err
	}
	for host, until := range pauses {
		p.client.Pause(host, until)
	}
	return &crew{p: p, once: once, show: show, lanes: map[string]*lane{}}, nil
}

// wake sees that each host has a lane and that the lane looks again for work.
func (c *crew) wake(ctx context.Context, hosts ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range hosts {
		l, ok := c.lanes[h]
		if !ok {
			l = &lane{crew: c, p: c.p, host: h, nudge: make(chan struct{}, 1), states: map[string]State{}, tried: map[string]bool{}}
			c.lanes[h] = l
			c.wg.Go(func() { l.run(ctx) })
			continue
		}
		select {
		case l.nudge <- struct{}{}:
		default:
		}
	}
}

// leave ends a lane that found nothing to do, unless it was woken meanwhile.
func (c *crew) leave(l *lane) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-l.nudge:
		return false
	default:
		delete(c.lanes, l.host)
		return true
	}
}

func (c *crew) tell(host string, change func(*Progress)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.progress)
	c.progress.Now = host
	if c.show != nil {
		c.show(c.progress)
	}
}

func (c *crew) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}
