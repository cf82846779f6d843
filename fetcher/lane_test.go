package fetcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// notes is a desk and an intake that only write down what becomes of a job.
type notes struct {
	Desk
	now  time.Time
	fate string
	text error // what Text answers
}

func (n *notes) Hosts() ([]string, error)              { return nil, nil }
func (n *notes) Pauses() (map[string]time.Time, error) { return nil, nil }

func (n *notes) Retry(_ Job, due time.Time, _ *Failure, counted bool) error {
	n.fate += fmt.Sprintf("retry in %v", due.Sub(n.now).Round(30*time.Minute))
	if !counted {
		n.fate += " uncounted"
	}
	return nil
}

func (n *notes) Postpone(_ Job, due time.Time) error {
	if due.IsZero() {
		n.fate += "end"
		return nil
	}
	n.fate += fmt.Sprintf("look in %v", due.Sub(n.now))
	return nil
}

func (n *notes) SetAside(_ Job, why *Failure) error {
	n.fate += "aside: " + string(why.Outcome)
	return nil
}

func (n *notes) Page(context.Context, Job, Page) error { return nil }

func (n *notes) Text(_ context.Context, _ Job, last bool) error {
	n.fate += fmt.Sprintf("text (last %v), ", last)
	return n.text
}

func TestSettle(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	day, hour := 24*time.Hour, time.Hour
	o := Options{Bounds: Bounds{Min: hour, Max: day}, Revisit: hour, Now: func() time.Time { return now }}
	fresh := Job{Key: "k", Since: now.Add(-hour)}
	aged := Job{Key: "k", Since: now.Add(-4 * day), Tries: 6}
	full := Job{Key: "k", Since: now.Add(-hour), Entry: Entry{Content: "<p>text</p>"}}
	with := func(j Job, change func(*Job)) Job { change(&j); return j }
	guessed := with(fresh, func(j *Job) { j.Entry.Guessed = true })
	visit := Job{Key: "k", Since: now.Add(-3 * hour), Revisit: true, Again: 2 * hour}
	over := Job{Key: "k", Since: now.Add(-5 * day), Revisit: true, Again: 64 * hour}
	f := func(name string, j Job, fail Failure, excused bool, text error, want string) {
		t.Helper()
		n := &notes{now: now, text: text}
		p := New(o, nil, nil, n, n, slog.New(slog.DiscardHandler))
		l := &lane{p: p, host: "a.test:80", crew: &crew{p: p, troubles: troubles{}}}
		if err := l.settle(t.Context(), p.log, j, p.opts(), &fail, excused); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n.fate != want {
			t.Errorf("%s: %s, want %s", name, n.fate, want)
		}
	}
	down := Failure{Class: Temporary, Outcome: ServerError, Reached: true}
	f("first failure", fresh, down, false, nil, "retry in 1h0m0s")
	f("rest", fresh, Failure{Class: Temporary, Outcome: TooMany, NotBefore: now.Add(60 * hour)}, false, nil, "retry in 60h0m0s")
	f("offline", fresh, Failure{Class: Temporary, Outcome: DNS}, true, nil, "retry in 1h0m0s uncounted")
	f("gone", fresh, Failure{Class: Hard, Outcome: Gone}, false, nil, "aside: gone")
	f("aged", aged, down, false, nil, "aside: server error")
	f("aged and offline", aged, down, true, nil, "retry in 24h0m0s uncounted")
	f("aged while we were not there", with(aged, func(j *Job) { j.Tries = 0 }), down, false, nil, "retry in 1h0m0s")
	f("no article, guessed", guessed, Failure{Class: Soft, Outcome: NotArticle}, false, nil, "aside: not an article")
	f("no article, named", fresh, Failure{Class: Soft, Outcome: NotArticle}, false, nil, "retry in 1h0m0s")
	f("no article for the third time", with(fresh, func(j *Job) { j.Tries = 2 }), Failure{Class: Soft, Outcome: NotArticle}, false, nil, "aside: not an article")
	f("challenge, guessed", guessed, Failure{Class: Soft, Outcome: Challenge}, false, nil, "retry in 1h0m0s")
	f("the feed has the text", full, down, false, nil, "text (last false), retry in 1h0m0s")
	f("it was given already", with(full, func(j *Job) { j.Tries = 1; j.Since = now }), down, false, nil, "retry in 2h0m0s")
	f("the text is all there will be", full, Failure{Class: Hard, Outcome: Robots}, false, nil, "text (last true), ")
	f("no text either", full, Failure{Class: Hard, Outcome: Gone}, false, &Failure{Class: Soft, Outcome: NoText}, "text (last true), aside: gone")
	f("our own fault", full, down, false, errors.New("out of order"), "text (last false), retry in 1h0m0s")
	f("look back at a page that fails", visit, down, false, nil, "retry in 1h0m0s")
	f("look back at a page that went on failing", with(visit, func(j *Job) { j.Tries = 3 }), down, false, nil, "look in 4h0m0s")
	f("look back at a page that is not there", visit, Failure{Class: Soft, Outcome: NotFound}, false, nil, "look in 4h0m0s")
	f("look back at a page that is gone", visit, Failure{Class: Hard, Outcome: Gone}, false, nil, "end")
	f("last look, which fails", over, down, false, nil, "retry in 1h0m0s")
	f("last look, a week later", with(over, func(j *Job) { j.Since = now.Add(-8 * day) }), down, false, nil, "end")
}

func TestTire(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := Bounds{Min: time.Minute, Max: time.Hour}
	l := &lane{host: "a.test:80", p: &Poller{weather: newWeather(b)}}
	f := func(name string, err error, excused bool, want time.Duration) {
		t.Helper()
		l.tire(err, excused, now, b)
		rest := time.Duration(0)
		if !l.rest.IsZero() {
			rest = l.rest.Sub(now)
		}
		if rest < want || rest > want+want/5 {
			t.Errorf("%s: rests for %v, want about %v", name, rest, want)
		}
	}
	down := &Failure{Class: Temporary, Outcome: ServerError, Reached: true}
	f("first", down, false, 0)
	f("second", down, false, 0)
	f("third", down, false, time.Minute)
	f("elsewhere", &Failure{Class: Temporary, Outcome: TooMany, Unsent: true}, false, time.Minute)
	f("offline", &Failure{Class: Temporary, Outcome: DNS}, true, time.Minute)
	f("a page that is no article", &Failure{Class: Soft, Outcome: NotFound, Reached: true}, false, 0)
	f("429 without a time", &Failure{Class: Temporary, Outcome: TooMany, Reached: true}, false, time.Minute)
	f("well again", nil, false, 0)
	f("robots.txt is down", &Failure{Class: Temporary, Outcome: RobotsDown, Reached: true}, false, time.Minute)
}

// out is a desk that takes nothing any more.
type out struct{ Desk }

func (out) Pauses() (map[string]time.Time, error)  { return nil, nil }
func (out) Robots() (map[string]RobotsText, error) { return nil, nil }
func (out) Hosts() ([]string, error)               { return []string{"a.test:80", "b.test:80"}, nil }
func (out) Next(string, Job) (Job, bool, error) {
	return Job{}, false, fmt.Errorf("the disk is gone: %w", ErrBroken)
}

func TestBrokenDesk(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	o := Options{Bounds: Bounds{Min: time.Hour, Max: time.Hour}}
	p := New(o, nil, &Client{gates: newGates()}, out{}, nil, slog.New(slog.DiscardHandler))
	if err := p.Run(ctx); !errors.Is(err, ErrBroken) || ctx.Err() != nil {
		t.Errorf("Run ended with %v, want that nothing can be saved", err)
	}
}

// pending is a desk with one job that is due; enough is called once it was asked too often.
type pending struct {
	Desk
	asked  int
	enough func()
}

func (*pending) State(string) (State, error) { return State{}, nil }

func (p *pending) Next(_ string, after Job) (Job, bool, error) {
	if p.asked++; p.asked == 100 {
		p.enough()
	}
	return Job{Key: "k", Due: time.Now().Add(-time.Minute), Entry: Entry{Source: "s", Link: "http://a.test/1"}}, after.Key == "", nil
}

// TestSpentLane: a lane whose hour of the budget is spent rests until the next one begins, also where no other wait may be so long.
func TestSpentLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Minute)
		defer cancel()
		d, c := &pending{enough: cancel}, &Client{gates: newGates()}
		o := Options{Bounds: Bounds{Min: 5 * time.Minute, Max: 20 * time.Minute}, Budget: 48}
		p := New(o, []Source{{ID: "s"}}, c, d, nil, slog.New(slog.DiscardHandler))
		for g, _ := c.ledger.begin(time.Now(), true); g != nil; g, _ = c.ledger.begin(time.Now(), true) {
			g.send(time.Now())
		}
		l := &lane{crew: &crew{p: p, lanes: map[string]*lane{}, troubles: troubles{}}, p: p, host: "a.test:80", nudge: make(chan struct{}, 1)}
		l.run(ctx)
		if d.asked > 30 {
			t.Errorf("it looked for work %d times in fifty minutes", d.asked)
		}
	})
}

// TestStuck: what is taken in may wait for its turn as long as it must; what is at work may not last.
func TestStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOptions()
		client, err := NewClient(c)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		p := New(Options{Bounds: c.Bounds}, nil, client, &notes{}, &notes{}, slog.New(slog.DiscardHandler))
		l := &lane{p: p, host: "a.test:80"}
		crew := &crew{p: p, lanes: map[string]*lane{l.host: l}}
		check := func(when string, want bool) {
			t.Helper()
			if err := crew.stuck(); (err != nil) != want {
				t.Errorf("%s: %v", when, err)
			}
		}
		err = l.take(t.Context(), func(ctx context.Context) error {
			time.Sleep(takingLimit / 2)
			goesOn := Waits(ctx)
			time.Sleep(10 * takingLimit)
			check("it waits", false)
			goesOn()
			check("its turn has come", false)
			time.Sleep(takingLimit/2 + time.Second)
			check("it has worked for too long", true)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		check("it is done", false)
		Waits(t.Context())()
	})
}
