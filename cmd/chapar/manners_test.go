package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"chapar/fetcher"
	"chapar/fetcher/press"
)

// courtesy is what a press counts of a reader beyond its [press.Score], over some days.
type courtesy struct {
	early   int // polls of an endpoint sooner after the one before than min_interval
	robots  int // requests for a robots.txt beyond one a day of a host
	crowds  int // seconds with more than ten requests to a host
	strange int // requests without what should go with every one, or with another User-Agent than the first
	again   int // endpoints asked in full though their last answer was the same, sooner than seven days after it
	bytes   int // of all bodies of endpoints,
	waste   int // and of those that were sent again unchanged
}

// courtesyOf counts. Endpoints are known by their paths, which the press names in its config.
func courtesyOf(requests []press.Request, endpoints map[string]bool, least time.Duration) (r courtesy) {
	type told struct {
		last, whole time.Time
		etag        string
		modified    string
	}
	at, agent := map[string]*told{}, ""
	robots, second := map[string]int{}, map[string]int{}
	for _, q := range requests {
		if q.Method == "" {
			continue
		}
		key := q.Publication + q.Path
		if q.Path == "/robots.txt" {
			day := q.Publication + q.In.UTC().Format(time.DateOnly)
			if robots[day]++; robots[day] > 1 {
				r.robots++
			}
		}
		in := q.Publication + q.In.Format(time.RFC3339)
		if second[in]++; second[in] == 11 {
			r.crowds++
		}
		if agent == "" {
			agent = q.Header.Get("User-Agent")
		}
		if q.Header.Get("User-Agent") != agent || !strings.HasPrefix(agent, "chapar/") || q.Header.Get("Accept-Encoding") != "gzip" || q.Header.Get("Accept") == "" {
			r.strange++
		}
		if !endpoints[key] {
			continue
		}
		if !strings.Contains(q.Header.Get("Accept"), "xml") {
			r.strange++
		}
		t := at[key]
		if t == nil {
			t = &told{}
			at[key] = t
		} else if q.In.Sub(t.last) < least {
			r.early++
		}
		t.last = q.In
		if q.Status != http.StatusOK {
			continue
		}
		r.bytes += q.Bytes
		if q.ETag != "" && q.ETag == t.etag || q.ETag == "" && q.Modified != "" && q.Modified == t.modified {
			r.waste += q.Bytes
			if q.In.Sub(t.whole) < 7*24*hour {
				r.again++
			}
		}
		t.whole, t.etag, t.modified = q.In, q.ETag, q.Modified
	}
	return r
}

// TestManners: a month of fifty feeds, with a restart every six hours, and not one demerit. The short form is a few days of ten.
func TestManners(t *testing.T) {
	o := &press.Options{Publications: 10, Seed: 21, Kinds: []press.Kind{press.RSSFull, press.RSSSummary, press.RDF, press.Atom, press.JSON}, FreshFor: 90 * time.Minute}
	days, articles := 3, 30
	if long() {
		o.Publications, days, articles = 50, 30, 1500
	}
	inADay(t, o, func(d *day) {
		const least = hour
		d.conf.Fetch.MinInterval, d.conf.Fetch.MaxInterval = least, 24*hour
		span := time.Duration(days) * 24 * hour
		wait := d.play(press.Script{For: span, Calm: 30 * hour, Stock: 3, Articles: articles, Copies: articles / 10, Revisions: articles / 10, Noises: articles / 20})
		for range 4 * days {
			d.watch(6 * hour)
			if err := d.db.Close(); err != nil {
				d.t.Fatal(err)
			}
			d.open()
		}
		wait()
		endpoints := map[string]bool{}
		for _, e := range d.endpoints() {
			endpoints[e.Source+"/"+strings.SplitN(e.URL, "/", 4)[3]] = true
		}
		requests := d.stand.Requests()
		r, s := courtesyOf(requests, endpoints, least), d.stand.Score()
		polls := len(d.log.polls(""))
		d.t.Logf("%d feeds, %d days, %d restarts: %d polls, %d requests, %d of them for robots.txt, %d answers 304; %d demerits; %.3f of the bytes that a perfect reader needs",
			o.Publications, days, 4*days, polls, s.Requests, s.Robots, s.NotModified, s.Demerits(), float64(r.bytes)/float64(r.bytes-r.waste))
		if n := s.Demerits(); n > 0 {
			d.t.Errorf("%d demerits: %s", n, s.String())
		}
		if len(s.Agents) != 1 || s.SmallestGap < 2*time.Second {
			d.t.Errorf("agents %q, smallest gap %v", s.Agents, s.SmallestGap)
		}
		if r.early+r.robots+r.crowds+r.strange+r.again > 0 || float64(r.bytes) > 1.05*float64(r.bytes-r.waste) {
			d.t.Errorf("beyond the score: %+v", r)
		}
		if least := o.Publications * days; polls < least {
			d.t.Errorf("%d polls: manners of one who does not come are no manners", polls)
		}
		if v := d.stand.Judge(harvest(d.records(), d.log.acks())); v.Missing.Count > 0 || v.Doubled.Count > 0 {
			d.t.Errorf("harvest: %s", v.String())
		}
	})
}

// TestPermanentAnswers: a permanent redirect is adopted after three polls over a day, one that may pass never, and what is gone
// is left alone.
func TestPermanentAnswers(t *testing.T) {
	inADay(t, nil, func(d *day) {
		feed := func(host string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				i := item{path: "http://" + host + "/1", title: "Riders meet at Osh", text: words(host), updated: d.begun}
				if r.URL.Path == "/feed" {
					send(w, r, "application/atom+xml", atom(i))
					return
				}
				send(w, r, "text/html", i.page())
			}
		}
		to := func(code int, url string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, code) }
		}
		d.hall.open("new.test", feed("new.test"))
		for host, handler := range map[string]http.HandlerFunc{
			"moved.test": to(301, "http://new.test/feed"), "for-now.test": to(302, "http://new.test/feed"),
			"wall.test": to(301, "http://login.test/"), "gone.test": to(410, "/"),
		} {
			d.hall.open(host, handler)
			d.source(strings.TrimSuffix(host, ".test"), fetcher.KindFeed, "http://"+host+"/feed")
		}
		d.hall.open("login.test", func(w http.ResponseWriter, r *http.Request) {
			send(w, r, "text/html", item{title: "Sign in", text: "<form>Sign in <input type=password name=p></form>"}.page())
		})
		d.hall.open("index.test", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/sitemap.xml" {
				w.WriteHeader(http.StatusGone)
				return
			}
			send(w, r, "application/xml", `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>http://index.test/1.xml</loc></sitemap></sitemapindex>`)
		})
		d.source("index", fetcher.KindSitemap, "http://index.test/sitemap.xml")
		d.watch(26 * hour)
		asked := func(host string) int { return len(d.hall.hosts[host+":80"].asked("/feed")) }
		before := map[string]int{}
		for _, host := range []string{"moved.test", "for-now.test", "gone.test", "wall.test"} {
			before[host] = asked(host)
		}
		if before["gone.test"] != 1 || before["moved.test"] < 3 {
			t.Errorf("in the first day: %v", before)
		}
		d.watch(5 * 24 * hour)
		if n := asked("moved.test") - before["moved.test"]; n > 0 {
			t.Errorf("the old address was asked %d times after the move was adopted", n)
		}
		if asked("for-now.test") == before["for-now.test"] {
			t.Error("a redirect that may pass was adopted")
		}
		if n := asked("gone.test"); n > 1 {
			t.Errorf("what is gone was asked %d times", n)
		}
		if s := d.state("index/sitemap"); !s.Stopped.IsZero() || s.Health.Cause == fetcher.WentAway || s.Failures == 0 {
			t.Errorf("an index that is there, of parts that are gone: %+v, stopped %v", s.Health, s.Stopped)
		}
		if m := d.state("wall/feed").Moved; m.Seen > 0 {
			t.Errorf("a move to a login page counts: %+v", m)
		}
	})
}

// TestAbsence: what says that it is gone is asked once, what is not found ever more seldom until the sixtieth day and then not any
// more, over all restarts, until the config names another address or names it anew after a time without it.
func TestAbsence(t *testing.T) {
	inADay(t, nil, func(d *day) {
		d.conf.Fetch.MinInterval, d.conf.Fetch.MaxInterval = hour, 6*hour
		const back = 100 * 24 * hour // what is away comes back then
		answers := map[string]func(since time.Duration) int{
			"gone":    func(time.Duration) int { return http.StatusGone },
			"missing": func(time.Duration) int { return http.StatusNotFound },
			"broken":  func(time.Duration) int { return http.StatusInternalServerError },
			"missing-then-refused": func(since time.Duration) int { // somebody was there in between
				if days := since / (24 * hour); days == 40 || days == 41 {
					return http.StatusForbidden
				}
				return http.StatusNotFound
			},
		}
		for id, status := range answers {
			host := id + ".test"
			d.hall.open(host, func(w http.ResponseWriter, r *http.Request) {
				if since := time.Since(d.begun); since < back {
					w.WriteHeader(status(since))
					return
				}
				i := item{path: "http://" + host + "/1", title: "Riders meet at Osh", text: words(host), updated: d.begun}
				if r.URL.Path == "/1" {
					send(w, r, "text/html", i.page())
					return
				}
				send(w, r, "application/atom+xml", atom(i))
			})
			d.source(id, fetcher.KindFeed, "http://"+host+"/feed")
		}
		asked := func(id string) []time.Duration {
			var at []time.Duration
			for _, a := range d.hall.hosts[id+".test:80"].asked("/feed") {
				at = append(at, a.at.Sub(d.begun))
			}
			return at
		}
		told := func(id string) (n int) { // that it is not asked any more
			for _, line := range d.log.of("health") {
				if line.text("source") == id && strings.Contains(line.text("evidence"), "not asked any more since") {
					n++
				}
			}
			return n
		}
		stretch := func(days int) {
			for range days {
				if err := askAgain(d.db, d.sources); err != nil { // as each start does
					t.Fatal(err)
				}
				d.watch(24 * hour)
			}
		}
		stretch(58)
		if s := d.state("missing/feed"); !s.Stopped.IsZero() || s.Health.Cause != fetcher.WentAway {
			t.Errorf("after 58 days: %+v", s.Health)
		}
		stretch(12)
		for id, most := range map[string]time.Duration{"gone": 0, "missing": 62 * 24 * hour} {
			at, s := asked(id), d.state(id+"/feed")
			if last := at[len(at)-1]; last > most+24*hour || s.Stopped.IsZero() || !s.Due.IsZero() || s.Health.Cause != fetcher.WentAway {
				t.Errorf("%s: asked last after %v; stopped %v, due %v, %+v", id, last, s.Stopped, s.Due, s.Health)
			}
			if n := told(id); n != 1 {
				t.Errorf("%s: told %d times that it is not asked any more", id, n)
			}
		}
		if at := asked("missing"); len(at) < 58 || len(at) > 70 || at[40]-at[39] < 21*hour {
			t.Errorf("what is not found was asked %d times in 60 days, on the fortieth time after %v", len(at), at[40]-at[39])
		}
		for _, id := range []string{"broken", "missing-then-refused"} {
			if at := asked(id); at[len(at)-1] < 68*24*hour || told(id) > 0 {
				t.Errorf("%s: asked last after %v, though it is not known to be gone", id, at[len(at)-1])
			}
		}

		stretch(31) // all are back
		for _, id := range []string{"gone", "missing"} {
			if at := asked(id); at[len(at)-1] > 70*24*hour {
				t.Errorf("%s was asked again after %v, though nobody said so", id, at[len(at)-1])
			}
		}
		for i := range d.conf.Sources {
			d.conf.Sources[i].Enabled = d.conf.Sources[i].ID != "missing"
			if d.conf.Sources[i].ID == "gone" {
				d.conf.Sources[i].Endpoints[0].URL += "?new"
			}
		}
		d.sources = d.conf.FetchSources()
		stretch(1)
		for i := range d.conf.Sources {
			d.conf.Sources[i].Enabled = true
		}
		d.sources = d.conf.FetchSources()
		stretch(1)
		for _, id := range []string{"gone", "missing"} {
			if s := d.state(id + "/feed"); s.Health.Cause != fetcher.Fine || !s.Stopped.IsZero() || s.Due.IsZero() {
				t.Errorf("%s: after it was wanted again: %+v, stopped %v, due %v", id, s.Health, s.Stopped, s.Due)
			}
		}
	})
}

// TestLies: an endpoint whose 304s lie is found so, marked, and asked for the whole at most once in seven days.
func TestLies(t *testing.T) {
	inADay(t, nil, func(d *day) {
		d.conf.Fetch.MinInterval, d.conf.Fetch.MaxInterval, d.conf.Fetch.Revisit = hour, 6*hour, 0
		p := &paperOf{d: d, host: "a.test", begun: d.begun, every: 8 * hour}
		stall := d.hall.open(p.host, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/feed" {
				p.ServeHTTP(w, r)
				return
			}
			w.Header().Set("ETag", `"for ever"`)
			if r.Header.Get("If-None-Match") == `"for ever"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			items := p.items()
			fmt.Fprint(w, atom(items[:min(len(items), 40)]...))
		})
		d.source("a", fetcher.KindFeed, "http://a.test/feed")
		for range 30 * 2 {
			d.watch(12 * hour)
		}
		var whole []time.Time
		for _, a := range stall.asked("/feed") {
			if a.header.Get("If-None-Match") == "" {
				whole = append(whole, a.at)
			}
		}
		if len(whole) < 4 || len(whole) > 5 {
			t.Errorf("asked for the whole %d times in 30 days", len(whole))
		}
		for i := range whole[1:] {
			if gap := whole[i+1].Sub(whole[i]); gap < 7*24*hour || gap > 7*24*hour+12*hour {
				t.Errorf("asked for the whole again after %v", gap)
			}
		}
		if h := d.state("a/feed").Health; h.Cause != fetcher.ValidatorsLie {
			t.Errorf("diagnosed as %q: %s", h.Cause, h.Evidence)
		}
		if got, want := d.stats().Records, int(whole[len(whole)-1].Sub(p.begun)/p.every); got < want {
			t.Errorf("%d documents, %d were to be had", got, want)
		}
	})
}

// TestSpread: a thousand sources added at once do not come in one moment.
func TestSpread(t *testing.T) {
	const sources = 1000
	n := sources
	if !long() {
		n = 200
	}
	inADay(t, nil, func(d *day) {
		for i := range n {
			host := fmt.Sprintf("h%d.test", i)
			d.hall.open(host, func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) })
			d.source(fmt.Sprintf("s%d", i), fetcher.KindFeed, "http://"+host+"/feed")
		}
		d.watch(2 * time.Minute)
		var firsts []time.Duration
		for i := range n {
			asks := d.hall.hosts[fmt.Sprintf("h%d.test:80", i)].asked("/feed")
			if len(asks) != 1 {
				t.Fatalf("s%d was polled %d times in two minutes", i, len(asks))
			}
			firsts = append(firsts, asks[0].at.Sub(d.begun))
		}
		slices.Sort(firsts)
		const parts = 6 // of the minute
		for part := range parts {
			in := 0
			for _, f := range firsts {
				if f >= time.Duration(part)*10*time.Second && f < time.Duration(part+1)*10*time.Second {
					in++
				}
			}
			if part > 0 && (in < n/parts/2 || in > n/parts*2) {
				t.Errorf("%d of %d first polls in the %d. part of the minute", in, n, part+1)
			}
		}
	})
}
