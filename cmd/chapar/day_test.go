package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chapar/fetcher"
	"chapar/fetcher/press"
)

const hour = time.Hour

// aDay is what happens at a press of ten in a day.
func aDay() press.Script {
	s := press.Script{For: 24 * hour, Calm: 12 * hour, Stock: 2, Articles: 30, Copies: 3, Revisions: 8, Noises: 4}
	if long() {
		s.Articles, s.Revisions = 300, 60
	}
	return s
}

func pressOfADay() *press.Options {
	o := &press.Options{Publications: 10, Seed: 11, Noise: false}
	if long() {
		o.Publications = 50
	}
	return o
}

// play runs a script beside a story and gives what waits for its end.
func (d *day) play(s press.Script) (wait func()) {
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := d.stand.Run(context.Background(), s); err != nil {
			d.t.Error(err)
		}
	})
	return wg.Wait
}

// TestADay lets days pass in which all goes well or something does not.
func TestADay(t *testing.T) {
	for _, story := range []struct {
		name string
		tell func(t *testing.T)
	}{
		{"all well", dayAllWell}, {"pages fail", dayPagesFail}, {"poisoned page", dayPoison}, {"restarts", dayRestarts},
		{"rest", dayRest}, {"rest elsewhere", dayRestElsewhere}, {"no network", dayNoNetwork}, {"no network for a day", dayUnplugged}, {"fifty that hang", dayFair},
		{"clock jumps", dayClock}, {"clock back at restart", dayClockBack},
		{"hang and drip", dayHang}, {"feed turns to HTML", dayHTML}, {"sources change", daySet}, {"address changes", dayAddress},
		{"revisits", dayRevisits}, {"revisit that fails", dayRevisitFails}, {"text of the feed", dayFeedText}, {"sitemap index", daySitemap}, {"found address", dayProbe},
		{"redirect", dayRedirect}, {"budget", dayBudget}, {"many endpoints of a host", dayManyEndpoints},
	} {
		// Under the race detector the days last ten times as long: some of each kind will do.
		if testing.Short() && !slices.Contains([]string{"rest elsewhere", "clock back at restart", "sources change", "revisit that fails", "text of the feed", "sitemap index", "redirect", "budget"}, story.name) {
			continue
		}
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			story.tell(t)
		})
	}
}

func dayAllWell(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		wait := d.play(aDay())
		d.watch(24*hour + time.Second)
		wait()
		d.judge()
		d.sound()
		for _, e := range d.endpoints() {
			polls := d.log.polls(e.ID)
			if len(polls) < 23 {
				d.t.Errorf("%s was polled %d times", e.ID, len(polls))
				continue
			}
			if first := polls[0].at.Sub(d.begun); first > time.Minute+30*time.Second {
				d.t.Errorf("%s was first polled after %v", e.ID, first)
			}
			for i := range polls[1:] {
				// A poll may have to wait for the pages of its host.
				if gap := polls[i+1].at.Sub(polls[i].at); gap < 5*time.Minute || gap > hour+3*time.Minute {
					d.t.Errorf("%s waited %v between two polls", e.ID, gap)
				}
			}
		}
	})
}

func dayRestarts(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		wait := d.play(aDay())
		chance := rand.New(rand.NewPCG(1, 2))
		resting := d.stand.Publication("p02")
		for i := range 100 {
			if i == 40 {
				resting.Break(press.TooMany, time.Now().Add(2*hour))
			}
			d.watch(time.Duration(chance.Int64N(int64(28*time.Minute))) + time.Second)
			if err := d.db.Close(); err != nil {
				d.t.Fatal(err)
			}
			d.open()
		}
		s := d.start()
		time.Sleep(time.Until(d.begun.Add(24*hour + time.Minute)))
		s.stop()
		wait()
		d.watch(9 * hour) // what came in last is looked at again
		_, score := d.judge()
		d.t.Logf("%d of the requests for robots.txt", score.Robots)
		for _, e := range d.endpoints() {
			if n := len(d.log.polls(e.ID)); n < 20 {
				d.t.Errorf("%s starved: %d polls", e.ID, n)
			}
		}
	})
}

// dayBudget: a budget holds for every request, over restarts, and leaves polls their share of it.
func dayBudget(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		const daily = 480
		d.conf.Fetch.Budget = daily
		wait := d.play(aDay())
		for range 8 {
			d.watch(6 * hour)
			if err := d.db.Close(); err != nil {
				d.t.Fatal(err)
			}
			d.open()
		}
		wait()
		requests := d.stand.Requests()
		most, oldest := 0, 0
		for i, q := range requests {
			for q.In.Sub(requests[oldest].In) >= 24*hour {
				oldest++
			}
			most = max(most, i+1-oldest)
		}
		polls := len(d.log.polls(""))
		d.t.Logf("a budget of %d: %d requests in the busiest 24 hours, %d in all 48, %d of them polls", daily, most, len(requests), polls)
		if most > daily {
			d.t.Errorf("%d requests in 24 hours, the budget is %d", most, daily)
		}
		if len(requests) < daily || polls < daily/2 {
			d.t.Errorf("%d requests in two days, %d polls: the budget is left unused", len(requests), polls)
		}
		for _, e := range d.endpoints() {
			if n := len(d.log.polls(e.ID)); n < 8 {
				d.t.Errorf("%s starved: %d polls", e.ID, n)
			}
		}
	})
}

// dayClock: the wall clock jumps while it runs.
func dayClock(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		var off atomic.Int64
		d.now = func() time.Time { return time.Now().Round(0).Add(time.Duration(off.Load())) }
		wait := d.play(press.Script{For: 2 * hour, Stock: 3, Articles: 20})
		s := d.start()
		time.Sleep(hour)
		const year = 365 * 24 * hour
		for _, jump := range []time.Duration{10 * year, -10 * year, -hour, hour, -25 * hour, -30 * year} {
			off.Add(int64(jump))
			before := map[string]int{}
			for _, e := range d.endpoints() {
				before[e.ID] = len(d.log.polls(e.ID))
			}
			time.Sleep(66 * time.Minute) // an interval and a tenth
			for _, e := range d.endpoints() {
				polls := len(d.log.polls(e.ID)) - before[e.ID]
				if polls < 1 {
					d.t.Errorf("after a jump of %v %s sleeps", jump, e.ID)
				}
				if polls > 14 {
					d.t.Errorf("after a jump of %v %s was polled %d times", jump, e.ID, polls)
				}
			}
		}
		s.stop()
		wait()
		if sc := d.stand.Score(); sc.Overlapping.Count+sc.Unconditional.Count > 0 || sc.SmallestGap < 2*time.Second {
			d.t.Errorf("manners: %s", sc.String())
		}
		if v := d.stand.Judge(harvest(d.records(), nil)); v.Missing.Count+v.Doubled.Count > 0 || d.stats().AsideBy[string(fetcher.ServerError)] > 0 {
			d.t.Errorf("harvest: %s; set aside %v", v.String(), d.stats().AsideBy)
		}
	})
}

// dayClockBack: after a restart the clock is years before what the store remembers.
func dayClockBack(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		d.conf.Fetch.Backfill = 20 * 365 * 24 * hour
		const years = 10 * 365 * 24 * hour
		d.now = func() time.Time { return time.Now().Round(0).Add(years) }
		wait := d.play(press.Script{For: 2 * hour, Stock: 3, Articles: 10})
		for _, p := range d.stand.Publications() {
			p.Break(press.PageErrors)
		}
		d.watch(hour)
		d.now = nil
		for _, p := range d.stand.Publications() {
			p.Mend()
		}
		d.watch(7 * hour)
		wait()
		v := d.stand.Judge(harvest(d.records(), nil))
		if v.Missing.Count+v.Doubled.Count > 0 {
			d.t.Errorf("harvest: %s", v.String())
		}
	})
}

func daySet(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		wait := d.play(aDay())
		all := d.sources
		s := d.start()
		time.Sleep(2 * hour)
		s.set(all[1:]...)
		time.Sleep(time.Minute) // what is under way
		requests := func() (n int) {
			for _, q := range d.stand.Requests() {
				if q.Publication == all[0].ID {
					n++
				}
			}
			return n
		}
		before := requests()
		time.Sleep(5 * hour)
		if n := requests() - before; n > 0 {
			d.t.Errorf("%d requests to a source that was taken away", n)
		}
		s.set(all...)
		time.Sleep(5 * time.Minute)
		if n := requests() - before; n == 0 {
			d.t.Error("the source is back and not polled")
		}
		for range 20 { // again and again, at work
			s.set(all[1:]...)
			time.Sleep(700 * time.Millisecond)
			s.set(all...)
			time.Sleep(3 * time.Second)
		}
		time.Sleep(time.Until(d.begun.Add(24*hour + time.Minute)))
		s.stop()
		wait()
		d.judge()
	})
}

// dayAddress: an endpoint gets another address under its id, and its first one back.
func dayAddress(t *testing.T) {
	inADay(t, nil, func(d *day) {
		serve := func(host string) *stall {
			return d.hall.open(host, func(w http.ResponseWriter, r *http.Request) {
				i := item{path: "http://" + host + "/1", title: "Riders of " + host + " meet", text: words(host), updated: d.begun}
				if r.URL.Path == "/feed" {
					send(w, r, "application/atom+xml", atom(i))
					return
				}
				send(w, r, "text/html", i.page())
			})
		}
		a, b := serve("a.test"), serve("b.test")
		d.source("s", fetcher.KindFeed, "http://a.test/feed")
		first := d.sources[0]
		second := first
		second.Endpoints = []fetcher.Endpoint{{ID: "s/feed", Source: "s", Kind: fetcher.KindFeed, URL: "http://b.test/feed"}}
		s := d.start()
		time.Sleep(3 * hour)
		s.set(second)
		time.Sleep(time.Minute)
		n := len(a.asked("/feed"))
		time.Sleep(3 * hour)
		if len(a.asked("/feed")) != n || len(b.asked("/feed")) < 3 {
			d.t.Errorf("after the change: %d polls at the old address, %d at the new one", len(a.asked("/feed"))-n, len(b.asked("/feed")))
		}
		for i, q := range b.asked("/feed") {
			if (q.header.Get("If-None-Match") != "") != (i > 0) {
				d.t.Errorf("poll %d of the new address: If-None-Match %q", i, q.header.Get("If-None-Match"))
			}
		}
		s.set(first)
		time.Sleep(2 * hour)
		s.stop()
		if len(a.asked("/feed")) < n+2 || d.stats().Records != 2 {
			d.t.Errorf("back at the first address: %d polls, %d documents", len(a.asked("/feed"))-n, d.stats().Records)
		}
		if st := d.state("s/feed"); st.URL != "http://a.test/feed" || st.Failures > 0 {
			d.t.Errorf("the state is that of %s", st.URL)
		}
	})
}
