package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"

	"chapar/fetcher"
)

// many opens so many hosts with a feed each, polled every so often.
func (d *day) many(hosts int, every time.Duration, answer func(n int, w http.ResponseWriter, r *http.Request)) {
	for n := range hosts {
		host := fmt.Sprintf("h%03d.test", n)
		d.hall.open(host, func(w http.ResponseWriter, r *http.Request) { answer(n, w, r) })
		d.source(fmt.Sprintf("s%03d", n), fetcher.KindFeed, "http://"+host+"/feed")
		d.conf.Sources[n].Endpoints[0].Every = every
	}
	d.sources = d.conf.FetchSources()
}

// dayFair: fifty of two hundred sources take every request and let it hang for a minute. The others do not feel it.
func dayFair(t *testing.T) {
	inADay(t, nil, func(d *day) {
		const hosts, every, story = 200, 5 * time.Minute, 90 * time.Minute
		d.conf.Fetch.Timeout, d.conf.Limits.Wire.FirstByte = time.Minute, time.Minute
		hangs := func(n int) bool { return n%4 == 0 }
		d.many(hosts, every, func(n int, w http.ResponseWriter, r *http.Request) {
			if hangs(n) {
				<-r.Context().Done()
				return
			}
			send(w, r, "application/atom+xml", atom())
		})
		d.watch(story)
		hung := 0
		for n := range hosts {
			polls := d.log.polls(fmt.Sprintf("s%03d/feed", n))
			if hangs(n) {
				hung += len(polls)
				continue
			}
			last, longest := d.begun, time.Duration(0)
			for _, p := range polls {
				longest, last = max(longest, p.at.Sub(last)), p.at
			}
			if longest = max(longest, d.begun.Add(story).Sub(last)); longest > every*3/2 {
				d.t.Errorf("s%03d was not polled for %v", n, longest)
			}
		}
		if hung < hosts/4 {
			d.t.Errorf("only %d polls hung: the test shows nothing", hung)
		}
	})
}

// dayUnplugged: the network is away for a day, in one of the ways that it can be.
func dayUnplugged(t *testing.T) {
	for name, err := range map[string]error{
		"no route": &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH},
		"no names": &net.DNSError{Err: "server misbehaving", Name: "h.test", IsTemporary: true},
	} {
		t.Run(name, func(t *testing.T) {
			inADay(t, nil, func(d *day) {
				const hosts, every, away = 60, 10 * time.Minute, 24 * hour
				d.absence = err
				d.many(hosts, every, func(_ int, w http.ResponseWriter, r *http.Request) { send(w, r, "application/atom+xml", atom()) })
				s := d.start()
				time.Sleep(hour)
				left := time.Now()
				d.gone.Store(true)
				time.Sleep(away)
				d.gone.Store(false)
				back := time.Now()
				time.Sleep(2*d.conf.Fetch.MaxInterval + time.Minute)
				s.stop()

				lines := map[int]int{}
				tries := 0
				d.log.mu.Lock()
				for _, n := range d.log.lines {
					if n.at.Before(left) || !n.at.Before(back) {
						continue
					}
					if n.level >= slog.LevelInfo {
						lines[int(n.at.Sub(left)/time.Hour)]++
					}
					if n.msg == "poll failed" {
						tries++
					}
				}
				d.log.mu.Unlock()
				d.t.Logf("%d tries within %v, lines told by the hour %v", tries, away, lines)
				for h, n := range lines {
					if h > 0 && n > 1 {
						d.t.Errorf("in the hour %d of the outage %d lines were logged", h, n)
					}
				}
				// Until a fifth of the hosts were silent one after the other it may be their fault.
				if lines[0] > hosts/5+1 {
					d.t.Errorf("%d lines were logged at its beginning", lines[0])
				}
				if tries > hosts*int(away/every)/3 || tries < hosts {
					d.t.Errorf("%d tries in vain", tries)
				}
				var after []time.Time
				for n := range hosts {
					asked := d.hall.hosts[fmt.Sprintf("h%03d.test:80", n)].asked("/feed")
					asked = slices.DeleteFunc(asked, func(a ask) bool { return a.at.Before(back) })
					if len(asked) < 2 {
						d.t.Errorf("h%03d was asked %d times once the network was back", n, len(asked))
					}
					for i, a := range asked {
						after = append(after, a.at)
						if i > 0 && a.at.Sub(asked[i-1].at) < every/2 {
							d.t.Errorf("h%03d was asked twice within %v", n, a.at.Sub(asked[i-1].at))
						}
					}
				}
				slices.SortFunc(after, time.Time.Compare)
				most := 0
				for i, from := 0, 0; i < len(after); i++ {
					for after[i].Sub(after[from]) >= time.Second {
						from++
					}
					most = max(most, i-from+1)
				}
				if most > hosts/4 {
					d.t.Errorf("%d requests within a second: a burst", most)
				}
				for _, e := range d.endpoints() {
					if st := d.state(e.ID); st.Last != fetcher.OK && st.Last != fetcher.NotModified || st.Failures > 0 {
						d.t.Errorf("%s stands as %q, with %d failures", e.ID, st.Last, st.Failures)
					}
				}
			})
		})
	}
}
