package main

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	n := 100
	if testing.Short() {
		n = 25
	}
	inADay(t, &press.Options{Publications: n, Seed: 3, Irrelevant: -1}, func(d *day) {
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
		if p := d.once(); p.Polls < n {
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

// TestOnceAfterStepBack: where the newer head of the database is damaged, the next start says that it is a commit older and
// fetches again what is missing: the corpus is what it was.
func TestOnceAfterStepBack(t *testing.T) {
	stand, err := press.New(press.Options{Publications: 3, Seed: 8, Irrelevant: -1, Forbidden: -1, FreshFor: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer stand.Close()
	for _, pub := range stand.Publications() {
		for n := range 3 {
			pub.Publish(time.Now().Add(-time.Duration(n+1) * time.Hour))
		}
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	database := filepath.Join(filepath.Dir(path), "chapar.db")
	text := stand.Config(press.ConfigOptions{Database: database, MinInterval: time.Second, MaxInterval: time.Second, HostDelay: time.Nanosecond, Timeout: 5 * time.Second})
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, 0, "once", "-c", path)
	texts := func() []string {
		var all []string
		for _, r := range records(t, path) {
			all = append(all, r.ID+" "+r.SHA256)
		}
		slices.Sort(all)
		return all
	}
	want := texts()
	if len(want) != 9 {
		t.Fatalf("%d articles", len(want))
	}
	f, err := os.OpenFile(database, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(os.Getpagesize())
	var commits [2]uint64 // a head says in which commit it was written
	for i := range commits {
		if err := binary.Read(io.NewSectionReader(f, int64(i)*size+64, 8), binary.NativeEndian, &commits[i]); err != nil {
			t.Fatal(err)
		}
	}
	newer := int64(0)
	if commits[1] > commits[0] {
		newer = size
	}
	if _, err := f.WriteAt(make([]byte, size), newer); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond) // until all are due again
	if _, errs := command(t, 0, "once", "-c", path); !strings.Contains(errs, "the store is 1 commit older than the log") {
		t.Errorf("it says\n%s", errs)
	}
	if got := texts(); !slices.Equal(got, want) {
		t.Errorf("the corpus is %q, it was %q", got, want)
	}
	if _, errs := command(t, 0, "once", "-c", path); strings.Contains(errs, "older than the log") {
		t.Errorf("the second time it says\n%s", errs)
	}
}
