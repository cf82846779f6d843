package cell

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"time"

	"chapar/fetcher"
	"chapar/normalize"
)

// Limits of a cell.
type Limits struct {
	Memory int64         // bytes of data
	CPU    time.Duration // for one document, in whole seconds
}

// Readers are what a cell reads with.
type Readers struct {
	Paper func(fetcher.Paper) (fetcher.Reading, error)
	Page  func(normalize.Raw) (normalize.Extract, error)
}

// Own are chapar's own readers.
func Own() Readers {
	return Readers{Paper: fetcher.Paper.Read, Page: new(normalize.Normalizer).Extract}
}

// How much garbage, in percent of what is in use, a cell lets lie about: of an ordinary document, and of a large one.
const (
	lavish  = 400
	thrifty = 50
)

// spent is the exit code of a cell whose processor time is over.
const spent = 3

// Serve is the life of a cell: it gives up what it does not need, and answers questions until there are no more.
func Serve(in io.Reader, out io.Writer, l Limits, r Readers) error {
	// What is meant for the daemon reaches its children too, from a terminal or a service manager. They end with it.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	runtime.GOMAXPROCS(1) // the next document has a cell of its own
	debug.SetMaxStack(int(l.Memory / 8))
	debug.SetGCPercent(lavish)         // little outlives a document: collecting seldom is cheap
	debug.SetMemoryLimit(l.Memory / 4) // the collector works harder long before the wall is met
	if err := confine(l); err != nil {
		return fmt.Errorf("cannot confine a cell: %w", err)
	}
	over := make(chan os.Signal, 1)
	notifySpent(over)
	go func() {
		<-over
		os.Exit(spent)
	}()
	from, to := bufio.NewReaderSize(in, 64<<10), bufio.NewWriterSize(out, 64<<10)
	var room, reply []byte // used again for each document
	for {
		var q question
		body, err := receive(from, &q, mostBody, &room)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := allot(l.CPU); err != nil {
			return fmt.Errorf("cannot bound the time of a cell: %w", err)
		}
		large := len(body) > heavyFrom
		if large {
			debug.SetGCPercent(thrifty)
		}
		a := r.answer(q, body)
		if large {
			body, room = nil, nil
			debug.SetGCPercent(lavish)
			debug.FreeOSMemory()
		}
		a.Last = grown(l)
		if err := errors.Join(send(to, a, nil, &reply), to.Flush()); err != nil || a.Last {
			return err
		}
	}
}

// answer reads a document. A parser that stumbles costs the document alone.
func (r Readers) answer(q question, body []byte) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Fault: fmt.Sprintf("%v\n%s", p, debug.Stack())}
		}
	}()
	switch {
	case q.Paper != nil:
		p, err := q.Paper.open(body)
		if err != nil {
			return answer{Fault: err.Error()}
		}
		read, err := r.Paper(p)
		a.Reading = &read
		if f, ok := errors.AsType[*fetcher.Failure](err); ok {
			a.Failure = failureOf(f)
		} else if err != nil {
			return answer{Fault: err.Error()}
		}
	case q.Page != nil:
		raw, err := q.Page.open(body)
		if err != nil {
			return answer{Fault: err.Error()}
		}
		a.Extract = extractOf(r.Page(raw))
	default:
		a.Fault = "nothing was asked"
	}
	return a
}

// grown says whether a document has left so much memory behind that a new cell is the better one.
func grown(l Limits) bool {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64()-s[1].Value.Uint64()) > l.Memory/4
}

var _ fetcher.Reader = (*Pool)(nil)

// Read implements fetcher.Reader.
func (p *Pool) Read(ctx context.Context, d fetcher.Paper) (fetcher.Reading, error) {
	d.Shape = p.options().Shape
	q, err := paperOf(d)
	if err != nil {
		return fetcher.Reading{}, internal(err)
	}
	a, err := p.ask(ctx, question{Paper: q}, d.Body, d.URL)
	switch {
	case err != nil:
		return fetcher.Reading{}, err
	case a.Reading == nil:
		return fetcher.Reading{}, internal(errors.New("a cell gave no answer"))
	case a.Failure != nil:
		return *a.Reading, a.Failure.open()
	}
	return *a.Reading, nil
}

// Extract is that of a normalize.Normalizer. A page that a cell dies of gives a *fetcher.Failure.
func (p *Pool) Extract(ctx context.Context, raw normalize.Raw) (normalize.Extract, error) {
	q, err := pageOf(raw)
	if err != nil {
		return normalize.Extract{}, internal(err)
	}
	a, err := p.ask(ctx, question{Page: q}, raw.Body, raw.URL)
	switch {
	case err != nil:
		return normalize.Extract{}, err
	case a.Extract == nil:
		return normalize.Extract{}, internal(errors.New("a cell gave no answer"))
	}
	return a.Extract.open()
}

func internal(err error) *fetcher.Failure {
	return &fetcher.Failure{Class: fetcher.Soft, Outcome: fetcher.Internal, Reached: true, Err: err}
}
