package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chapar/fetcher"
	"chapar/fetcher/press"
)

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
		faults := []press.Fault{press.HTMLFeed, press.Challenge, press.BrokenFeed, press.Login, press.Consent, press.OtherFeed}
		for i, p := range d.stand.Publications() {
			p.Break(faults[i%len(faults)])
		}
		time.Sleep(4 * hour)
		for i, p := range d.stand.Publications() {
			d.refused(p, faults[i%len(faults)])
		}
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

// refused checks that the endpoint of a publication that breaks in a way tells by name what came in its place.
func (d *day) refused(p *press.Publication, fault press.Fault) {
	d.t.Helper()
	type want struct {
		outcome fetcher.Outcome
		what    string
	}
	wanted := map[press.Fault]want{
		press.HTMLFeed:  {"", "an error page"},
		press.Challenge: {fetcher.Challenge, "a challenge page"},
		press.Login:     {fetcher.Challenge, "a login page"},
		press.Consent:   {fetcher.Challenge, "a cookie wall"},
		press.OtherFeed: {fetcher.AnotherFeed, `"Lucky Wheel"`},
	}
	w, ok := wanted[fault]
	if !ok {
		return
	}
	if fault == press.OtherFeed && slices.Contains([]press.Kind{press.Page, press.PageLinks, press.Sitemap, press.NewsSitemap}, p.Kind) {
		w = want{"", "a feed"}
	}
	all := d.endpoints()
	st := d.state(all[slices.IndexFunc(all, func(e fetcher.Endpoint) bool { return e.Source == p.ID })].ID)
	if st.Failures == 0 || w.outcome != "" && st.Last != w.outcome || !strings.Contains(st.Detail, w.what) {
		d.t.Errorf("%s (%s) with %s: %d failures, %s: %s", p.ID, p.Kind, fault, st.Failures, st.Last, st.Detail)
	}
}
