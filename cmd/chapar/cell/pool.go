package cell

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"chapar/fetcher"
)

// Command is how a cell is started: `chapar cell MEMORY CPU`.
const Command = "cell"

// Keys of the config that raise the limits.
const (
	KeyMemory = "limits.read_memory"
	KeyCPU    = "limits.read_cpu"
	KeyTime   = "limits.read_time"
)

// Keys lists them.
func Keys() []string { return []string{KeyMemory, KeyCPU, KeyTime} }

// Options of a Pool.
type Options struct {
	Limits
	Wall  time.Duration // for one document, whatever the processor does meanwhile
	Shape fetcher.Shape // beyond which a paper is refused
	Most  int           // cells at once
	Log   *slog.Logger
}

// Pool starts cells as they are needed, uses them again, and ends those that have nothing to do. It is safe for
// concurrent use.
type Pool struct {
	turns chan struct{}
	heavy chan struct{} // the turn of documents that are large: one at a time, for the sake of memory, and never all turns

	mu     sync.Mutex
	o      Options
	idle   []*cell // the one used last at the end
	closed bool
}

// restful is after what time a cell that is not needed ends.
const restful = time.Minute

// heavyFrom is the size of a document that is large, in bytes.
const heavyFrom = 512 << 10

// NewPool starts nothing yet. Close ends the cells.
func NewPool(o Options) *Pool {
	return &Pool{turns: make(chan struct{}, o.Most), heavy: make(chan struct{}, 1), o: o}
}

// Set changes the limits for what is read from now on, and ends the cells that wait and have others. Most stays.
func (p *Pool) Set(l Limits, wall time.Duration, shape fetcher.Shape) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.o.Shape = shape
	if p.o.Limits == l && p.o.Wall == wall {
		return
	}
	p.o.Limits, p.o.Wall = l, wall
	p.endIdle()
}

// Close ends the cells that wait; those at work end with the context of who asked them.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.endIdle()
}

// endIdle is called with mu held.
func (p *Pool) endIdle() {
	for _, c := range p.idle {
		c.rest.Stop()
		c.end()
	}
	p.idle = nil
}

func (p *Pool) options() Options {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.o
}

// take gives a cell that waits, or nil.
func (p *Pool) take() *cell {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	c.rest.Stop()
	return c
}

// put lets a cell wait for its next question, unless it is made for other limits than hold now.
func (p *Pool) put(c *cell) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || c.limits != p.o.Limits {
		c.end()
		return
	}
	p.idle = append(p.idle, c)
	c.rest = time.AfterFunc(restful, func() { p.retire(c) })
}

// retire ends a cell that has waited for long, if it still does.
func (p *Pool) retire(c *cell) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, o := range p.idle {
		if o == c {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			c.end()
			return
		}
	}
}

// ask has a cell read a document. The error is a *fetcher.Failure or that of the context.
func (p *Pool) ask(ctx context.Context, q question, body []byte, url string) (answer, error) {
	lines := []chan struct{}{p.turns}
	if len(body) > heavyFrom {
		lines = []chan struct{}{p.heavy, p.turns}
	}
	goesOn := fetcher.Waits(ctx)
	for _, line := range lines {
		select {
		case line <- struct{}{}:
			defer func() { <-line }()
		case <-ctx.Done():
			return answer{}, ctx.Err()
		}
	}
	goesOn()
	o := p.options()
	c := p.take()
	if c != nil {
		a, err := c.ask(ctx, o.Wall, q, body)
		if !errors.Is(err, errGone) {
			return p.settle(ctx, c, a, err, url)
		}
		c.end() // killed from outside while it waited: that is not the document's fault
	}
	c, err := start(o.Limits)
	if err != nil {
		return answer{}, internal(fmt.Errorf("no process can be started to read in: %w", err))
	}
	a, err := c.ask(ctx, o.Wall, q, body)
	return p.settle(ctx, c, a, err, url)
}

// settle keeps or ends a cell after its answer, and tells what it died of.
func (p *Pool) settle(ctx context.Context, c *cell, a answer, err error, url string) (answer, error) {
	o := p.options()
	if err == nil && a.Fault == "" {
		if a.Last {
			c.end()
		} else {
			p.put(c)
		}
		return a, nil
	}
	why := c.end()
	switch {
	case ctx.Err() != nil:
		return answer{}, ctx.Err()
	case err == nil:
		first, _, _ := strings.Cut(a.Fault, "\n")
		o.Log.Error("a page cannot be read", "url", url, "panic", first, "stack", a.Fault)
		return answer{}, internal(fmt.Errorf("it cannot be read: %s", first))
	}
	return answer{}, c.failure(why, o.Wall)
}

// cell is one process.
type cell struct {
	limits Limits
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	last   tail
	rest   *time.Timer // while it waits
	late   bool        // it was killed for the time it took
	room   []byte      // for messages
}

func start(l Limits) (*cell, error) {
	path, err := self()
	if err != nil {
		return nil, err
	}
	c := &cell{limits: l, cmd: exec.Command(path)}
	c.cmd.Args = []string{"chapar", Command, strconv.FormatInt(l.Memory, 10), l.CPU.String()}
	c.cmd.Env = []string{}
	c.cmd.Stderr = &c.last
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	widen(c.in)
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReaderSize(out, 64<<10)
	return c, c.cmd.Start()
}

// errGone means that a cell was dead before it was asked.
var errGone = errors.New("the cell is gone")

// ask waits for the answer, at most so long.
func (c *cell) ask(ctx context.Context, wall time.Duration, q question, body []byte) (a answer, err error) {
	kill := func() { _ = c.cmd.Process.Kill() } // one that has ended needs no killing
	stop := context.AfterFunc(ctx, kill)
	defer stop()
	late := make(chan struct{})
	timer := time.AfterFunc(wall, func() {
		close(late)
		kill()
	})
	err = send(c.in, q, body, &c.room)
	if err != nil && c.rest != nil && ctx.Err() == nil {
		err = errGone
	} else if err == nil {
		_, err = receive(c.out, &a, 0, &c.room)
	}
	if !timer.Stop() {
		<-late
		c.late = true
	}
	return a, err
}

// end lets the process go and says how it went.
func (c *cell) end() error {
	_ = c.in.Close()         // it has no more questions
	_ = c.cmd.Process.Kill() // it may be at work
	return c.cmd.Wait()
}

// failure says why a cell died, after it was waited for.
func (c *cell) failure(why error, wall time.Duration) *fetcher.Failure {
	over := func(class fetcher.Class, key, format string, args ...any) *fetcher.Failure {
		return &fetcher.Failure{Class: class, Outcome: fetcher.TooCostly, Reached: true,
			Err: &fetcher.Exceeded{What: fmt.Sprintf(format, args...), Key: key}}
	}
	text := c.last.String()
	switch {
	case c.late:
		return over(fetcher.Temporary, KeyTime, "reading it takes longer than %v", wall)
	case c.cmd.ProcessState.ExitCode() == spent:
		return over(fetcher.Hard, KeyCPU, "reading it takes more than %v of the processor", c.limits.CPU)
	case strings.Contains(text, "out of memory"), strings.Contains(text, "cannot allocate memory"), strings.Contains(text, "stack overflow"),
		strings.Contains(text, "exceeds"), strings.Contains(text, "pthread_create failed"), strings.Contains(text, "failed to create new OS thread"):
		return over(fetcher.Hard, KeyMemory, "reading it takes more than %d MiB of memory", c.limits.Memory>>20)
	}
	first, _, _ := strings.Cut(text, "\n")
	return &fetcher.Failure{Class: fetcher.Temporary, Outcome: fetcher.Internal, Reached: true,
		Err: fmt.Errorf("the process that read it ended: %v %s", why, first)}
}

// tail keeps the beginning of what a process says when it dies.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const most = 2 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p[:min(len(p), most-len(t.b))]...)
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
