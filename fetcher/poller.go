package fetcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Options of a Poller.
type Options struct {
	Bounds   Bounds
	Backfill time.Duration // at first sight of an endpoint older entries are not taken
	Budget   int           // requests in any 24 hours, of every kind and over all hosts; 0 means that only Bounds hold
	Revisit  time.Duration // wait before the first look back at a kept article; 0 is never
	NewADay  int           // new entries of one source that are taken within a day; 0 is any number

	Room    func() error // says why nothing could be saved now; nothing is asked for then, and it is asked again. nil is always
	Reader  Reader       // of what polls bring; nil reads in this process
	Metrics *Metrics     // nil counts nothing

	Now func() time.Time // nil means time.Now; for tests of a clock that jumps
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
	Spent                         bool   // the budget was used up before all was done
	Now                           string // the host that ended something last
}

// Poller polls endpoints and brings in the pages of their entries. One goroutine, a lane, does all work of a host.
type Poller struct {
	client *Client
	desk   Desk
	intake Intake
	log    *slog.Logger
	budget *Budget
	quota  *quota

	mu      sync.Mutex
	options Options
	sources map[string]Source
	byHost  map[string][]Endpoint
	changes int // how often Set was called
	weather *weather
	changed chan struct{} // closed and made anew when the sources change
	heart   chan chan<- error
}

// New makes a Poller; it does nothing before Run or Once.
func New(o Options, sources []Source, c *Client, d Desk, in Intake, log *slog.Logger) *Poller {
	p := &Poller{client: c, desk: d, intake: in, log: log, budget: NewBudget(), quota: newQuota(), weather: newWeather(o.Bounds), changed: make(chan struct{}), heart: make(chan chan<- error)}
	p.set(o, sources)
	return p
}

func (p *Poller) set(o Options, sources []Source) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Reader == nil {
		o.Reader = InProcess{}
	}
	p.options = o
	p.changes++
	p.sources = make(map[string]Source, len(sources))
	p.byHost = map[string][]Endpoint{}
	var all []Endpoint
	for _, s := range sources {
		p.sources[s.ID] = s
		for _, e := range s.Endpoints {
			h := HostOf(e.URL)
			p.byHost[h] = append(p.byHost[h], e)
		}
		all = append(all, s.Endpoints...)
	}
	if p.client != nil {
		p.client.ledger.set(o.Budget)
	}
	p.budget.Set(float64(o.Budget), all)
}

// Set changes options and sources of a Poller that may be running. What is under way is finished.
func (p *Poller) Set(o Options, sources []Source) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(o, sources)
	p.weather.watch(o.Bounds)
	close(p.changed)
	p.changed = make(chan struct{})
}

// Offline says whether most hosts have lately been out of reach at once.
func (p *Poller) Offline() bool { return p.weather.isOffline() }

func (p *Poller) opts() Options {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.options
}

// clock is the wall clock, which may jump.
func (p *Poller) clock() time.Time { return p.opts().Now() }

// endpoints gives those of a host, and a number that changes with every Set.
func (p *Poller) endpoints(host string) (_ []Endpoint, changes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byHost[host], p.changes
}

// polls says whether an endpoint is still one of ours, at the address it had.
func (p *Poller) polls(e Endpoint) bool {
	es, _ := p.endpoints(HostOf(e.URL))
	return slices.ContainsFunc(es, func(o Endpoint) bool { return o.ID == e.ID && o.URL == e.URL })
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

// note tells the weather how a request to a host ended. It says whether the failure, if it is one, is that of our own
// network and not to be counted against anybody.
func (p *Poller) note(host string, err error) (excused bool) {
	f, _ := errors.AsType[*Failure](err)
	if f != nil && f.Unsent { // nothing went out: it says nothing of the network
		return !f.Reached && p.weather.isOffline()
	}
	reached := err == nil || f != nil && f.Reached
	offline, changed := p.weather.note(host, reached, p.clock())
	switch {
	case changed && offline:
		p.opts().Metrics.wentOffline()
		p.log.Warn("offline", "detail", "most hosts are out of reach at once; nothing is counted against the sources")
	case changed:
		p.log.Info("online again")
	}
	return offline && !reached
}

// rests remembers the rests that hosts asked for since the last call, and the copies of robots.txt that came.
func (p *Poller) rests() error {
	robots := p.client.now.Load().robots
	if fetched := robots.takeFetched(); len(fetched) > 0 {
		if err := p.desk.SaveRobots(fetched); err != nil {
			return err
		}
	}
	asked := p.client.gates.takeAsked()
	for host, until := range asked {
		if err := p.desk.Pause(host, until); err != nil {
			p.client.gates.putAsked(asked)
			return err
		}
	}
	return nil
}

// recallRobots gives the client the copies of robots.txt that are remembered: a restart is no reason to ask for them again.
func (p *Poller) recallRobots() error {
	s := p.client.now.Load()
	if s == nil || !s.Robots {
		return nil
	}
	kept, err := p.desk.Robots()
	if err != nil {
		return err
	}
	for origin, t := range kept {
		s.robots.recall(origin, t, s.token, time.Now())
	}
	return nil
}

// tally remembers what of the budget was spent, now and then and at the end.
func (p *Poller) tally(end bool) error {
	spent, due := p.client.ledger.due(time.Now(), end)
	if !due {
		return nil
	}
	return p.desk.SaveSpent(spent)
}

// Run polls until ctx ends or the desk is broken, and returns when every lane has ended.
func (p *Poller) Run(ctx context.Context) error {
	c, err := p.crew(false, nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer c.wg.Wait()
	defer cancel(nil)
	c.stop = cancel
	for {
		hosts, changed := p.hosts()
		c.wake(ctx, hosts...)
		if waiting, err := p.desk.Hosts(); err != nil {
			return err
		} else {
			c.wake(ctx, waiting...)
		}
		for again := false; !again; {
			select {
			case <-ctx.Done():
				if cause := context.Cause(ctx); errors.Is(cause, ErrBroken) {
					return cause
				}
				c.wg.Wait()
				return p.tally(true)
			case <-changed:
				again = true
			case answer := <-p.heart:
				answer <- c.stuck()
			}
		}
	}
}

// Ping asks the running Poller whether its work goes on. The error says what stands still, or is that of ctx where
// nobody answers, as before and after Run.
func (p *Poller) Ping(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case p.heart <- answer:
	case <-ctx.Done():
		return fmt.Errorf("the poller does not answer: %w", ctx.Err())
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the poller does not answer: %w", ctx.Err())
	}
}

// Once polls every endpoint that is due, tries each waiting job once and returns when that is done or ctx ends.
// show is called after each step, by one goroutine at a time; it may be nil.
func (p *Poller) Once(ctx context.Context, show func(Progress)) (Progress, error) {
	if room := p.opts().Room; room != nil {
		if err := room(); err != nil {
			return Progress{}, err
		}
	}
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
	if err := p.tally(true); err != nil {
		c.fail(err)
	}
	if err := ctx.Err(); err != nil {
		return c.progress, err
	}
	return c.progress, c.err
}

// crew is the lanes of one Run or Once.
type crew struct {
	p    *Poller
	once bool
	stop context.CancelCauseFunc // of Run; nil for Once, which ends by itself
	wg   sync.WaitGroup

	mu       sync.Mutex
	lanes    map[string]*lane
	progress Progress
	show     func(Progress)
	err      error           // the first error of the store
	troubles troubles        // what is in the way still
	tried    map[string]bool // what Once has done already: endpoints and jobs, by id and key
}

func (p *Poller) crew(once bool, show func(Progress)) (*crew, error) {
	pauses, err := p.desk.Pauses()
	if err != nil {
		return nil, err
	}
	if err := p.recallRobots(); err != nil {
		return nil, err
	}
	if p.opts().Budget > 0 {
		spent, err := p.desk.Spent()
		if err != nil {
			return nil, err
		}
		p.client.ledger.recall(spent)
	}
	latest := p.clock().Add(longestRest)
	for host, until := range pauses {
		if until.After(latest) { // the clock was set back since
			until = latest
		}
		p.client.Pause(host, until)
	}
	return &crew{p: p, once: once, show: show, lanes: map[string]*lane{}, troubles: troubles{}, tried: map[string]bool{}}, nil
}

// How much longer than it should a request, and how long the taking in of what it brought may be under way before its
// lane counts as stuck. What a lane waits for may take any time: its hour, its host's turn, a free slot.
const (
	requestGrace = time.Minute
	takingLimit  = 3 * time.Minute
)

// stuck says which lane stands still; nil if none does.
func (c *crew) stuck() error {
	if host := c.p.client.stuck(requestGrace); host != "" {
		return fmt.Errorf("a request to %s has not ended", host)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for host, l := range c.lanes {
		if since := l.taking.Load(); since != nil && now.Sub(*since) > takingLimit {
			return fmt.Errorf("what %s answered has not been taken in for %v", host, now.Sub(*since).Round(time.Second))
		}
	}
	return nil
}

// wake sees that each host has a lane and that the lane looks again for work.
func (c *crew) wake(ctx context.Context, hosts ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range hosts {
		l, ok := c.lanes[h]
		if !ok {
			l = &lane{crew: c, p: c.p, host: h, nudge: make(chan struct{}, 1)}
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

// complain tells of an error of our own, which all lanes may meet one after the other and at different work: at the first
// time, the second, the fourth and so on, until it is over at one of the places where it was met.
func (c *crew) complain(host, place string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cause := err // without the work at which it was met
	for e := err; e != nil; e = errors.Unwrap(e) {
		cause = e
	}
	if m, tell := c.troubles.met(cause.Error(), place, time.Now()); tell {
		c.p.log.Error("cannot work", "host", host, "err", err, "times", m.times, "since", m.since)
	}
}

// recovered says that all went well at a place, and tells of what was in the way there before.
func (c *crew) recovered(place string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for cause, m := range c.troubles.over(place) {
		c.p.log.Info("works again", "was", cause, "times", m.times, "since", m.since)
	}
}

func (c *crew) failed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil
}

func (c *crew) hasTried(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tried[what]
}

// try notes what Once does; a lane may end and come back, and must not do it again.
func (c *crew) try(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.once {
		c.tried[what] = true
	}
}
