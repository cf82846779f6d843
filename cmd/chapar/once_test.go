package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"chapar/fetcher"
	"chapar/fetcher/press"
)

// TestOnce lets Once meet hosts in all conditions.
func TestOnce(t *testing.T) {
	t.Run("well", onceWell)
	t.Run("failures", onceFailures)
	t.Run("a host goes silent", onceSilent)
	t.Run("stopped", onceStopped)
	t.Run("on a budget", onceBudget)
}

// once polls once, and tells what came of it.
func (d *day) once() fetcher.Progress {
	d.t.Helper()
	s := d.prepare()
	defer s.stop()
	began := time.Now()
	last := fetcher.Progress{}
	p, err := s.poller.Once(context.Background(), func(p fetcher.Progress) { last = p })
	if err != nil {
		d.t.Error(err)
	}
	if p != last {
		d.t.Errorf("ended with %+v, showed %+v last", p, last)
	}
	d.t.Logf("%d polls (%d failed), %d pages (%d failed) in %v", p.Polls, p.PollsFailed, p.Pages, p.PagesFailed, time.Since(began))
	return p
}

func onceWell(t *testing.T) {
	inADay(t, &press.Options{Publications: 100, Seed: 3, Irrelevant: -1}, func(d *day) {
		d.play(press.Script{For: time.Second, Stock: 3})()
		began := time.Now()
		first := d.once()
		v, s := d.stand.Judge(harvest(d.records(), nil)), d.stand.Score()
		if v.Missing.Count+v.Doubled.Count+v.NotArticles.Count > 0 || s.Demerits() > 0 {
			d.t.Errorf("harvest: %s\nmanners: %s", v.String(), s.String())
		}
		// A host takes 5 to 20 requests with 2 s between them; one host after the other would take an hour.
		if took := time.Since(began); took > 2*time.Minute {
			d.t.Errorf("took %v", took)
		}
		waiting := first.PagesFailed - d.stats().Aside
		if p := d.once(); p.Polls > 0 || p.Pages != waiting {
			d.t.Errorf("again at once it did %+v", p)
		}
		time.Sleep(hour)
		if p := d.once(); p.Polls < 100 {
			d.t.Errorf("after an hour only %d sources are due", p.Polls)
		}
	})
}

func onceFailures(t *testing.T) {
	inADay(t, &press.Options{Publications: 10, Seed: 3, Irrelevant: -1, Forbidden: -1}, func(d *day) {
		d.play(press.Script{For: time.Second, Stock: 5})()
		pubs := d.stand.Publications()
		for _, p := range pubs[:5] {
			p.Break(press.PageErrors)
		}
		pubs[5].Break(press.Hang)
		p := d.once()
		if p.PollsFailed != 1 || p.PagesFailed < 25 {
			d.t.Errorf("%+v: want one poll and 25 pages to fail", p)
		}
		if st := d.stats(); st.Aside != st.AsideBy[string(fetcher.NotArticle)] {
			d.t.Errorf("set aside: %v", st.AsideBy)
		}
		asked := map[string]int{}
		for _, q := range d.stand.Requests() {
			if q.Fault == press.PageErrors {
				asked[q.Publication+q.Path]++
			}
		}
		for path, n := range asked {
			if n != 1 {
				d.t.Errorf("%s was asked for %d times", path, n)
			}
		}
		for _, p := range pubs {
			p.Mend()
		}
		// Their time has not come yet: a person who says "once" wants them tried.
		if p := d.once(); p.Pages < 25 || p.PagesFailed > 0 {
			d.t.Errorf("again: %+v", p)
		}
		time.Sleep(hour)
		d.once()
		if v := d.stand.Judge(harvest(d.records(), nil)); v.Missing.Count > 0 {
			d.t.Errorf("harvest: %s", v.String())
		}
	})
}

func onceSilent(t *testing.T) {
	inADay(t, &press.Options{Publications: 2, Seed: 3, Irrelevant: -1, Forbidden: -1}, func(d *day) {
		d.play(press.Script{For: time.Second, Stock: 20})()
		first := d.stand.Publications()[0]
		first.Break(press.PageErrors)
		d.once()
		first.Mend()
		first.Break(press.Hang)
		if p := d.once(); p.PagesFailed != 3 {
			d.t.Errorf("%d requests to a silent host, want 3", p.PagesFailed)
		}
	})
}

func onceStopped(t *testing.T) {
	inADay(t, &press.Options{Publications: 10, Seed: 3}, func(d *day) {
		d.play(press.Script{For: time.Second, Stock: 5})()
		d.stand.Publications()[0].Break(press.Hang)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		s := d.prepare()
		defer s.stop()
		began := time.Now()
		_, err := s.poller.Once(ctx, nil)
		if took := time.Since(began); err == nil || took > 11*time.Second {
			d.t.Errorf("ended with %v after %v", err, took)
		}
		d.sound()
		synctest.Wait()
	})
}

// onceBudget: a run that the budget stops says so, and goes no further than it allows, however often it is started.
func onceBudget(t *testing.T) {
	inADay(t, nil, func(d *day) {
		d.conf.Fetch.Budget, d.conf.Fetch.Revisit, d.conf.Fetch.MaxInterval = 48, 0, 24*hour
		articles := d.spenders()
		if p := d.once(); !p.Spent {
			d.t.Errorf("the budget allows an eighth of what is to be asked, and nothing is said: %+v", p)
		}
		for range 30 {
			time.Sleep(hour)
			d.once()
		}
		if got := len(d.records()); got < articles/3 {
			d.t.Errorf("%d articles of %d", got, articles)
		}
		if _, most := d.sent(); most > d.conf.Fetch.Budget {
			d.t.Errorf("%d requests in 24 hours", most)
		}
	})
}
