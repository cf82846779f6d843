package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"chapar/fetcher"
	"chapar/fetcher/press"
	"chapar/store"
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
		{"rest", dayRest}, {"rest elsewhere", dayRestElsewhere}, {"no network", dayNoNetwork}, {"clock jumps", dayClock}, {"clock back at restart", dayClockBack},
		{"hang and drip", dayHang}, {"feed turns to HTML", dayHTML}, {"sources change", daySet}, {"address changes", dayAddress},
		{"revisits", dayRevisits}, {"revisit that fails", dayRevisitFails}, {"text of the feed", dayFeedText}, {"sitemap index", daySitemap}, {"found address", dayProbe},
		{"redirect", dayRedirect}, {"many endpoints of a host", dayManyEndpoints},
	} {
		// Under the race detector the days last ten times as long: some of each kind will do.
		if testing.Short() && !slices.Contains([]string{"rest elsewhere", "clock back at restart", "sources change", "revisit that fails", "text of the feed", "sitemap index", "redirect"}, story.name) {
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

func dayPagesFail(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		wait := d.play(aDay())
		s := d.start()
		time.Sleep(2 * hour)
		for _, p := range d.stand.Publications() {
			p.Break(press.PageErrors)
		}
		time.Sleep(8 * hour)
		useless := 0
		for _, q := range d.stand.Requests() {
			if q.Fault == press.PageErrors {
				useless++
			}
		}
		for _, p := range d.stand.Publications() {
			p.Mend()
		}
		time.Sleep(14*hour + time.Second)
		s.stop()
		wait()
		d.judge()
		d.t.Logf("%d useless requests", useless)
		if most := 25 * len(d.sources); useless > most {
			d.t.Errorf("%d useless requests, want %d at most", useless, most)
		}
		for _, e := range d.endpoints() {
			if n := len(d.log.polls(e.ID)); n < 23 || d.state(e.ID).Failures != 0 {
				d.t.Errorf("%s was polled %d times, with %d failures", e.ID, n, d.state(e.ID).Failures)
			}
		}
	})
}

func dayPoison(t *testing.T) {
	inADay(t, nil, func(d *day) {
		var stalls []*stall
		for n := range 3 {
			host := fmt.Sprintf("poison%d.test", n)
			var items []item
			for i := range 6 {
				name := fmt.Sprintf("h%dn%d", n, i)
				items = append(items, item{path: fmt.Sprintf("http://%s/a%d", host, i), title: "Riders of " + name + " come to the bridge", text: words(name), updated: d.begun.Add(-hour)})
			}
			stalls = append(stalls, d.hall.open(host, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/feed" {
					send(w, r, "application/atom+xml", atom(items...))
					return
				}
				if r.URL.Path == "/a3" {
					w.WriteHeader(500)
					return
				}
				i, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/a"))
				if err != nil {
					http.NotFound(w, r)
					return
				}
				send(w, r, "text/html", items[i].page())
			}))
			d.source("s"+strconv.Itoa(n), fetcher.KindFeed, "http://"+host+"/feed")
		}
		d.watch(5 * 24 * hour)
		st := d.stats()
		d.t.Logf("%d polls, %d documents, set aside: %v, %d requests for the bad page of a host", len(d.log.polls("")), st.Records, st.AsideBy, len(stalls[0].asked("/a3")))
		if st.Records != 15 || st.Aside != 3 || st.AsideBy["server error"] != 3 {
			d.t.Errorf("%d documents, set aside %v; want 15 and 3 server errors", st.Records, st.AsideBy)
		}
		for n, s := range stalls {
			asks := s.asked("/a3")
			if k := len(asks); k < 10 || k > 80 || asks[k-1].at.Sub(d.begun) < 72*hour {
				d.t.Errorf("the bad page was asked for %d times, the last %v after the start", k, asks[k-1].at.Sub(d.begun))
			}
			// What the failing page costs its feed: nothing.
			if polls := len(d.log.polls(fmt.Sprintf("s%d/feed", n))); polls < 110 || d.state(fmt.Sprintf("s%d/feed", n)).Failures != 0 {
				d.t.Errorf("the feed was polled %d times in 5 days", polls)
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

// dayRest: hosts ask for rest, in seconds and by date, over a restart.
func dayRest(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		wait := d.play(aDay())
		s := d.start()
		time.Sleep(hour)
		for i, p := range d.stand.Publications() {
			p.Break([]press.Fault{press.TooMany, press.TooManyDate}[i%2], time.Now().Add(4*hour))
		}
		time.Sleep(3 * hour)
		s.stop()
		p, err := d.prepare().poller.Once(context.Background(), nil)
		if err != nil || p.Polls+p.Pages != 0 {
			d.t.Errorf("once did %+v at hosts that rest, %v", p, err)
		}
		d.watch(20*hour + time.Second)
		wait()
		_, score := d.judge()
		refused := 0
		for _, q := range d.stand.Requests() {
			if q.Status == http.StatusTooManyRequests {
				refused++
			}
		}
		if n := len(d.sources); refused != n {
			d.t.Errorf("%d answers 429 in 4 hours, want one a host: %d; %s", refused, n, score.String())
		}
	})
}

// dayRestElsewhere: it is the host a feed redirects to that asks for rest, and longer than an interval may be.
func dayRestElsewhere(t *testing.T) {
	inADay(t, nil, func(d *day) {
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/feed":
				http.Redirect(w, r, "http://b.test/feed", http.StatusFound)
			case "/other":
				send(w, r, "application/atom+xml", atom(item{path: "http://a.test/1", title: "Riders of the first post", text: words("first"), updated: d.begun}))
			default:
				send(w, r, "text/html", item{title: "Riders of the first post", text: words("first")}.page())
			}
		})
		b := d.hall.open("b.test", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "172800")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		d.source("s", fetcher.KindFeed, "http://a.test/feed")
		d.source("o", fetcher.KindFeed, "http://a.test/other")
		d.watch(3 * hour)
		d.watch(20 * hour)
		if n := len(b.asked("/feed")); n != 1 {
			d.t.Errorf("the resting host was asked %d times, want once", n)
		}
		if n := len(a.asked("/feed")); n > 3 {
			d.t.Errorf("the host before it was asked %d times for nothing", n)
		}
		if n, polls := d.stats().Records, len(a.asked("/other")); n != 1 || polls < 20 {
			d.t.Errorf("the host that does not rest: %d documents, %d polls", n, polls)
		}
	})
}

func dayNoNetwork(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		wait := d.play(aDay())
		s := d.start()
		time.Sleep(3 * hour)
		d.gone.Store(true)
		time.Sleep(6 * hour)
		back := time.Now()
		if !s.poller.Offline() {
			d.t.Error("the network is down and it does not know")
		}
		for _, e := range d.endpoints() {
			if n := d.state(e.ID).Failures; n > 1 {
				d.t.Errorf("%s has %d failures", e.ID, n)
			}
		}
		d.gone.Store(false)
		time.Sleep(15 * time.Minute)
		if s.poller.Offline() {
			d.t.Error("still offline 15 minutes after the network came back")
		}
		for _, e := range d.endpoints() {
			if st := d.state(e.ID); st.Failures != 0 || st.Worked.Before(back) {
				d.t.Errorf("%s: %d failures, last worked %v after the network came back", e.ID, st.Failures, st.Worked.Sub(back))
			}
		}
		time.Sleep(15*hour + time.Second)
		s.stop()
		wait()
		d.judge()
		if off, on := len(d.log.of("offline")), len(d.log.of("online again")); off != 1 || on != 1 {
			d.t.Errorf("said offline %d times and online %d times, want once each", off, on)
		}
		warned := 0
		for _, n := range d.log.polls("") {
			if n.level >= 4 {
				warned++
			}
		}
		if warned > len(d.sources) {
			d.t.Errorf("%d warnings", warned)
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

func dayHang(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		wait := d.play(aDay())
		s := d.start()
		time.Sleep(hour)
		pubs := d.stand.Publications()
		pubs[0].Break(press.Hang, time.Now().Add(5*hour))
		pubs[3].Break(press.Drip, time.Now().Add(5*hour))
		pubs[5].Break(press.Cut, time.Now().Add(5*hour))
		pubs[6].Break(press.Refused, time.Now().Add(5*hour))
		time.Sleep(5 * hour)
		for i, e := range d.endpoints() {
			if n := len(d.log.polls(e.ID)); !slices.Contains([]int{0, 3, 5, 6}, i) && n < 6 {
				d.t.Errorf("%s was polled only %d times while others hung", e.ID, n)
			}
		}
		for _, i := range []int{0, 3, 5, 6} {
			n := 0
			for _, q := range d.stand.Requests() {
				if q.Publication == pubs[i].ID && q.Fault != "" {
					n++
				}
			}
			if n == 0 || n > 60 {
				d.t.Errorf("%s was asked %d times in 5 bad hours", pubs[i].ID, n)
			}
		}
		// It ends at once although requests are under way.
		pubs[1].Break(press.Hang)
		pubs[2].Break(press.Drip)
		time.Sleep(hour)
		for range 50 {
			if slices.ContainsFunc(d.stand.Requests(), func(q press.Request) bool { return q.Out.IsZero() }) {
				break
			}
			time.Sleep(20 * time.Second)
		}
		if !slices.ContainsFunc(d.stand.Requests(), func(q press.Request) bool { return q.Out.IsZero() }) {
			d.t.Error("no request is under way: the test shows nothing")
		}
		s.stop()
		pubs[1].Mend()
		pubs[2].Mend()
		d.watch(time.Until(d.begun.Add(24*hour + time.Minute)))
		wait()
		d.judge()
	})
}

func dayHTML(t *testing.T) {
	inADay(t, pressOfADay(), func(d *day) {
		wait := d.play(aDay())
		s := d.start()
		time.Sleep(2 * hour)
		for i, p := range d.stand.Publications() {
			p.Break([]press.Fault{press.HTMLFeed, press.Challenge, press.BrokenFeed}[i%3])
		}
		time.Sleep(4 * hour)
		for _, p := range d.stand.Publications() {
			p.Mend()
		}
		time.Sleep(18*hour + time.Second)
		s.stop()
		wait()
		d.judge()
		for _, e := range d.endpoints() {
			if st := d.state(e.ID); st.Failures != 0 {
				d.t.Errorf("%s has %d failures after all: %s %s", e.ID, st.Failures, st.Last, st.Detail)
			}
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

// dayRevisits: an article is looked at again after 1, 2, 4 ... hours, conditionally, and at once when the feed says so.
func dayRevisits(t *testing.T) {
	inADay(t, nil, func(d *day) {
		var mu sync.Mutex
		i := item{path: "http://a.test/1", title: "Riders of the pass set out", text: words("first"), updated: d.begun, published: d.begun}
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			now := i
			mu.Unlock()
			if r.URL.Path == "/feed" {
				send(w, r, "application/atom+xml", atom(now))
				return
			}
			send(w, r, "text/html", now.page())
		})
		d.source("s", fetcher.KindFeed, "http://a.test/feed")
		s := d.start()
		time.Sleep(8 * 24 * hour)
		asks := a.asked("/1")
		var waits []time.Duration
		for n := 1; n < len(asks); n++ {
			waits = append(waits, asks[n].at.Sub(asks[n-1].at).Round(time.Minute))
			if asks[n].status != http.StatusNotModified {
				d.t.Errorf("look %d was answered with %d", n, asks[n].status)
			}
		}
		if want := []time.Duration{hour, 2 * hour, 4 * hour, 8 * hour, 16 * hour, 32 * hour, 64 * hour}; !slices.Equal(waits, want) {
			d.t.Errorf("looked back after %v, want %v", waits, want)
		}
		mu.Lock()
		i.text, i.updated = words("second"), time.Now()
		mu.Unlock()
		time.Sleep(hour + 5*time.Minute)
		s.stop()
		if r := d.records(); len(r) != 1 || r[0].Revision != 2 || !strings.Contains(r[0].Text, "second") {
			d.t.Errorf("the change is not there: %+v", r)
		}
		d.t.Logf("%d polls, %d looks at the page", len(a.asked("/feed")), len(a.asked("/1")))
	})
}

// dayRevisitFails: a change that the feed tells of is not lost although the page fails when it is looked at.
func dayRevisitFails(t *testing.T) {
	inADay(t, nil, func(d *day) {
		var mu sync.Mutex
		bad := false
		i := item{path: "http://a.test/1", title: "Riders of the pass set out", text: words("first"), updated: d.begun, published: d.begun}
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			now, broken := i, bad
			mu.Unlock()
			switch {
			case r.URL.Path == "/feed":
				send(w, r, "application/atom+xml", atom(now))
			case broken:
				w.WriteHeader(http.StatusServiceUnavailable)
			default:
				send(w, r, "text/html", now.page())
			}
		})
		d.source("s", fetcher.KindFeed, "http://a.test/feed")
		s := d.start()
		time.Sleep(6 * 24 * hour) // the next look would come after a week and more
		mu.Lock()
		i.text, i.updated, bad = words("second"), time.Now(), true
		mu.Unlock()
		time.Sleep(4 * hour)
		mu.Lock()
		bad = false
		mu.Unlock()
		n := len(a.asked("/1"))
		time.Sleep(2 * hour)
		s.stop()
		if r := d.records(); len(r) != 1 || r[0].Revision != 2 {
			d.t.Errorf("the change is lost; %d requests while the page failed", n)
		}
	})
}

// dayFeedText: pages fail from the start, and the feed has the text.
func dayFeedText(t *testing.T) {
	inADay(t, &press.Options{Publications: 2, Kinds: []press.Kind{press.RSSFull, press.JSON}, Seed: 5, Irrelevant: -1, Forbidden: -1}, func(d *day) {
		for _, p := range d.stand.Publications() {
			p.Break(press.PageErrors)
		}
		wait := d.play(press.Script{For: 3 * hour, Stock: 4, Articles: 4})
		s := d.start()
		time.Sleep(2*hour + 10*time.Minute)
		if rs := d.records(); len(rs) < 8 {
			d.t.Errorf("%d articles while the pages fail, want 8 at least", len(rs))
		}
		for _, r := range d.records() {
			if r.TextFrom != store.FromFeed {
				d.t.Errorf("%s: text from %s", r.URL, r.TextFrom)
			}
		}
		for _, p := range d.stand.Publications() {
			p.Mend()
		}
		time.Sleep(10 * hour)
		s.stop()
		wait()
		for _, r := range d.records() {
			if r.TextFrom != store.FromPage {
				d.t.Errorf("%s: text from %s after the pages came back", r.URL, r.TextFrom)
			}
		}
		d.judge()
	})
}

// daySitemap: an index of many parts, of which one fails at first; all is conditional and old parts stay asleep.
func daySitemap(t *testing.T) {
	inADay(t, nil, func(d *day) {
		var mu sync.Mutex
		edited := map[string]time.Time{}
		bad := true
		article := func(part, n int) item {
			name := fmt.Sprintf("p%dn%d", part, n)
			return item{path: fmt.Sprintf("http://a.test/%d/%d", part, n), title: "Riders of " + name + " come home", text: words(name)}
		}
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			when := func(part int) time.Time { // the higher the newer
				if at, ok := edited[strconv.Itoa(part)]; ok {
					return at
				}
				return d.begun.Add(-time.Duration(10-part) * 20 * hour)
			}
			if r.URL.Path == "/sitemap.xml" {
				var b strings.Builder
				b.WriteString(`<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
				for part := range 10 {
					fmt.Fprintf(&b, "<sitemap><loc>http://a.test/part%d.xml</loc><lastmod>%s</lastmod></sitemap>", part, when(part).Format(time.RFC3339))
				}
				send(w, r, "application/xml", b.String()+"</sitemapindex>")
				return
			}
			if number, ok := strings.CutPrefix(r.URL.Path, "/part"); ok {
				part, err := strconv.Atoi(strings.TrimSuffix(number, ".xml"))
				if err != nil || part == 8 && bad {
					w.WriteHeader(500)
					return
				}
				var b strings.Builder
				b.WriteString(`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
				for n := range 3 {
					at := d.begun.Add(-time.Duration(10-part) * 20 * hour)
					if n == 0 {
						at = when(part)
					}
					fmt.Fprintf(&b, "<url><loc>%s</loc><lastmod>%s</lastmod></url>", article(part, n).path, at.Format(time.RFC3339))
				}
				send(w, r, "application/xml", b.String()+"</urlset>")
				return
			}
			var part, n int
			if _, err := fmt.Sscanf(r.URL.Path, "/%d/%d", &part, &n); err != nil {
				http.NotFound(w, r)
				return
			}
			send(w, r, "text/html", article(part, n).page())
		})
		d.source("s", fetcher.KindSitemap, "http://a.test/sitemap.xml")
		s := d.start()
		time.Sleep(3 * hour)
		if n := d.stats().Records; n != 12 {
			d.t.Errorf("%d documents while a part fails, want those of four parts", n)
		}
		mu.Lock()
		bad = false
		mu.Unlock()
		time.Sleep(3 * hour)
		if n := d.stats().Records; n != 15 {
			d.t.Errorf("%d documents when it came back, want those of five parts", n)
		}
		mu.Lock()
		edited["0"] = time.Now() // a part of long ago: only what is new in it is taken
		mu.Unlock()
		time.Sleep(3 * hour)
		mu.Lock()
		edited["5"] = time.Now() // it had left the newest five
		mu.Unlock()
		time.Sleep(3 * hour)
		s.stop()
		if n := d.stats().Records; n != 16 {
			d.t.Errorf("%d documents at the end, want 16", n)
		}
		for part := range 10 {
			given := false
			for i, q := range a.asked(fmt.Sprintf("/part%d.xml", part)) {
				if (q.header.Get("If-None-Match") != "") != given {
					d.t.Errorf("request %d for part %d: If-None-Match %q", i, part, q.header.Get("If-None-Match"))
				}
				given = given || q.status == http.StatusOK
			}
		}
		if n := len(a.asked("/part1.xml")); n > 0 {
			d.t.Errorf("an old part was asked for %d times", n)
		}
	})
}

// dayProbe: an address whose best endpoint is found once, and looked for anew when it is gone.
func dayProbe(t *testing.T) {
	inADay(t, nil, func(d *day) {
		var mu sync.Mutex
		feed := "/old.xml"
		down := false
		i := item{path: "http://a.test/1", title: "Riders of the pass set out", text: words("first"), updated: d.begun}
		old := item{path: "http://a.test/2", title: "Riders of the winter come home", text: words("winter"), updated: d.begun.Add(-60 * 24 * hour)}
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case down:
				w.WriteHeader(http.StatusServiceUnavailable)
			case r.URL.Path == "/":
				fmt.Fprintf(w, `<!DOCTYPE html><html><head><title>A</title><link rel="alternate" type="application/atom+xml" href="%s"></head><body><p>Welcome to the post.</p></body></html>`, feed)
			case r.URL.Path == feed:
				send(w, r, "application/atom+xml", atom(i, old))
			case r.URL.Path == "/1":
				send(w, r, "text/html", i.page())
			case r.URL.Path == "/2":
				send(w, r, "text/html", old.page())
			case strings.HasSuffix(r.URL.Path, ".xml"):
				w.WriteHeader(http.StatusGone)
			default:
				http.NotFound(w, r)
			}
		})
		d.source("s", fetcher.KindURL, "http://a.test/")
		s := d.start()
		time.Sleep(5 * hour)
		mu.Lock()
		down = true
		mu.Unlock()
		time.Sleep(5 * hour) // an outage is no reason to look anew
		mu.Lock()
		down = false
		mu.Unlock()
		time.Sleep(5 * hour)
		if n := len(a.asked("/")); n != 1 {
			d.t.Errorf("the page was asked for %d times, want once", n)
		}
		for n, q := range a.asked("/old.xml") {
			if (q.header.Get("If-None-Match") != "") != (n > 0) {
				d.t.Errorf("poll %d: If-None-Match %q", n, q.header.Get("If-None-Match"))
			}
		}
		mu.Lock()
		feed = "/new.xml"
		mu.Unlock()
		time.Sleep(3 * hour)
		s.stop()
		if st := d.state("s/url"); st.Found == nil || st.Found.URL != "http://a.test/new.xml" || st.Failures != 0 || len(a.asked("/")) != 2 {
			d.t.Errorf("found %+v after %d probes, %d failures", st.Found, len(a.asked("/")), st.Failures)
		}
		if n := len(a.asked("/2")); n > 0 || d.stats().Records != 1 {
			d.t.Errorf("%d documents, and the old article was asked for %d times", d.stats().Records, n)
		}
	})
}

// dayRedirect: feed and pages lie behind redirects to another host; each host has its own turn.
func dayRedirect(t *testing.T) {
	inADay(t, nil, func(d *day) {
		i := item{path: "http://a.test/1", title: "Riders of the pass set out", text: words("first"), updated: d.begun}
		a := d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://b.test"+r.URL.Path, http.StatusMovedPermanently)
		})
		b := d.hall.open("b.test", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/feed" {
				send(w, r, "application/atom+xml", atom(i))
				return
			}
			send(w, r, "text/html", i.page())
		})
		d.source("s", fetcher.KindFeed, "http://a.test/feed")
		d.watch(12 * hour)
		if d.stats().Records != 1 || len(a.asked("/feed")) < 11 {
			d.t.Errorf("%d documents, %d polls", d.stats().Records, len(a.asked("/feed")))
		}
		for n, q := range b.asked("/feed") {
			if (q.header.Get("If-None-Match") != "") != (n > 0) {
				d.t.Errorf("poll %d: If-None-Match %q", n, q.header.Get("If-None-Match"))
			}
		}
	})
}

// dayManyEndpoints: a host whose endpoints alone could take all its time still gives its pages.
func dayManyEndpoints(t *testing.T) {
	inADay(t, nil, func(d *day) {
		d.conf.Fetch.MinInterval, d.conf.Fetch.MaxInterval = 5*time.Second, 10*time.Second
		d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/feed"), "/")
			i := item{path: "http://a.test/" + name, title: "Riders of " + name + " set out", text: words("rider" + name), updated: d.begun}
			if strings.HasPrefix(r.URL.Path, "/feed") {
				send(w, r, "application/atom+xml", atom(i))
				return
			}
			send(w, r, "text/html", i.page())
		})
		for n := range 20 {
			d.source("s"+strconv.Itoa(n), fetcher.KindFeed, fmt.Sprintf("http://a.test/feed/%d", n))
		}
		d.watch(5 * time.Minute)
		if n := d.stats().Records; n != 20 {
			d.t.Errorf("%d documents of 20", n)
		}
		for _, e := range d.endpoints() {
			if n := len(d.log.polls(e.ID)); n < 2 {
				d.t.Errorf("%s was polled %d times", e.ID, n)
			}
		}
	})
}

// TestOnce lets Once meet hosts in all conditions.
func TestOnce(t *testing.T) {
	once := func(d *day) fetcher.Progress {
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
	t.Run("well", func(t *testing.T) {
		inADay(t, &press.Options{Publications: 100, Seed: 3, Irrelevant: -1}, func(d *day) {
			d.play(press.Script{For: time.Second, Stock: 3})()
			began := time.Now()
			first := once(d)
			v, s := d.stand.Judge(harvest(d.records(), nil)), d.stand.Score()
			if v.Missing.Count+v.Doubled.Count+v.NotArticles.Count > 0 || s.Demerits() > 0 {
				d.t.Errorf("harvest: %s\nmanners: %s", v.String(), s.String())
			}
			// A host takes 5 to 20 requests with 2 s between them; one host after the other would take an hour.
			if took := time.Since(began); took > 2*time.Minute {
				d.t.Errorf("took %v", took)
			}
			waiting := first.PagesFailed - d.stats().Aside
			if p := once(d); p.Polls > 0 || p.Pages != waiting {
				d.t.Errorf("again at once it did %+v", p)
			}
			time.Sleep(hour)
			if p := once(d); p.Polls < 100 {
				d.t.Errorf("after an hour only %d sources are due", p.Polls)
			}
		})
	})
	t.Run("failures", func(t *testing.T) {
		inADay(t, &press.Options{Publications: 10, Seed: 3, Irrelevant: -1, Forbidden: -1}, func(d *day) {
			d.play(press.Script{For: time.Second, Stock: 5})()
			pubs := d.stand.Publications()
			for _, p := range pubs[:5] {
				p.Break(press.PageErrors)
			}
			pubs[5].Break(press.Hang)
			p := once(d)
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
			if p := once(d); p.Pages < 25 || p.PagesFailed > 0 {
				d.t.Errorf("again: %+v", p)
			}
			time.Sleep(hour)
			once(d)
			if v := d.stand.Judge(harvest(d.records(), nil)); v.Missing.Count > 0 {
				d.t.Errorf("harvest: %s", v.String())
			}
		})
	})
	t.Run("a host goes silent", func(t *testing.T) {
		inADay(t, &press.Options{Publications: 2, Seed: 3, Irrelevant: -1, Forbidden: -1}, func(d *day) {
			d.play(press.Script{For: time.Second, Stock: 20})()
			first := d.stand.Publications()[0]
			first.Break(press.PageErrors)
			once(d)
			first.Mend()
			first.Break(press.Hang)
			if p := once(d); p.PagesFailed != 3 {
				d.t.Errorf("%d requests to a silent host, want 3", p.PagesFailed)
			}
		})
	})
	t.Run("stopped", func(t *testing.T) {
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
	})
}
