package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"

	"chapar/fetcher"
	"chapar/fetcher/press"
)

// paperOf is a small publication with an article each `every`, which may change its ways at a time.
type paperOf struct {
	d     *day
	host  string
	begun time.Time
	every time.Duration
	until time.Duration // no article comes out after; 0 is always
	turn  time.Duration // when it changes its ways
	after func(w http.ResponseWriter, r *http.Request) bool
	item  func(n int, late bool) item // nil is an article in English

	moreItems func([]item) []item // what the feed shows after the turn
}

func (p *paperOf) late() bool { return time.Since(p.begun) >= p.turn }

func (p *paperOf) items() (items []item) {
	age := time.Since(p.begun)
	if p.until > 0 {
		age = min(age, p.until)
	}
	for n := range int(age/p.every) + 1 {
		at := p.begun.Add(time.Duration(n) * p.every)
		i := item{path: fmt.Sprintf("http://%s/%d", p.host, n), title: fmt.Sprintf("Riders of party %d meet at Osh", n), text: words(fmt.Sprint("border ", n)), updated: at}
		if p.item != nil {
			i = p.item(n, at.Sub(p.begun) >= p.turn)
			i.path, i.updated = fmt.Sprintf("http://%s/%d", p.host, n), at
		}
		items = append(items, i)
	}
	slices.Reverse(items)
	return items
}

func (p *paperOf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.late() && p.after != nil && p.after(w, r) {
		return
	}
	items := p.items()
	if r.URL.Path == "/feed" {
		items = items[:min(len(items), 20)]
		if p.late() && p.moreItems != nil {
			items = p.moreItems(items)
		}
		send(w, r, "application/atom+xml", atom(items...))
		return
	}
	for _, i := range items {
		if strings.HasSuffix(i.path, r.URL.Path) && r.URL.Path != "/" {
			send(w, r, "text/html", i.page())
			return
		}
	}
	http.NotFound(w, r)
}

// cause runs a publication for a time and gives what its feed was diagnosed with.
func cause(t *testing.T, p *paperOf, during time.Duration) (h fetcher.Health, told []note) {
	t.Helper()
	inADay(t, nil, func(d *day) {
		d.conf.Fetch.Revisit = 0
		p.d, p.host, p.begun = d, "a.test", d.begun
		if p.every == 0 {
			p.every = 30 * time.Minute
		}
		if p.turn == 0 {
			p.turn = 3 * hour
		}
		d.hall.open(p.host, p.ServeHTTP)
		d.hall.open("b.test", func(w http.ResponseWriter, r *http.Request) { // where a.test may move to
			send(w, r, "application/atom+xml", atom(p.items()[:5]...))
		})
		d.source("a", fetcher.KindFeed, "http://a.test/feed")
		d.watch(during)
		h, told = d.state("a/feed").Health, d.log.of("health")
	})
	return h, told
}

// TestCauses: each cause of ill health is named, with the time that it began and what shows it, and told once.
func TestCauses(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(code)
			return true
		}
	}
	feedOnly := func(answer func(w http.ResponseWriter, r *http.Request)) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/feed" {
				answer(w, r)
			}
			return r.URL.Path == "/feed"
		}
	}
	russian := "<p>" + strings.Repeat("На границе у Оша прошли учения пограничников двух стран, сообщила служба в среду. ", 12) + "</p>"
	for _, c := range []struct {
		cause    fetcher.Cause
		paper    paperOf
		during   time.Duration
		evidence string
		long     bool
	}{
		{cause: fetcher.Fine, during: 6 * hour},
		{cause: fetcher.Unreachable, paper: paperOf{after: status(500)}, during: 6 * hour, evidence: "server error"},
		{cause: fetcher.BeyondLimit, paper: paperOf{after: feedOnly(func(w http.ResponseWriter, r *http.Request) {
			const levels = 300
			send(w, r, "application/rss+xml", "<rss><channel><title>Osh</title><item>"+strings.Repeat("<a>", levels)+strings.Repeat("</a>", levels)+"</item></channel></rss>")
		})}, during: 6 * hour, evidence: "; limits.xml_depth raises that"},
		{cause: fetcher.Blocked, paper: paperOf{after: status(403)}, during: 6 * hour, evidence: "forbidden"},
		{cause: fetcher.WentAway, paper: paperOf{after: status(410)}, during: 6 * hour, evidence: "gone"},
		{cause: fetcher.WentAway, paper: paperOf{after: status(404)}, during: 9 * hour, evidence: "not found"},
		{cause: fetcher.MovedAway, paper: paperOf{after: feedOnly(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://b.test/feed", http.StatusMovedPermanently)
		})}, during: 40 * hour, evidence: "http://b.test/feed"},
		{cause: fetcher.Empty, paper: paperOf{moreItems: func([]item) []item { return nil }}, during: 9 * hour, evidence: "no entry"},
		{cause: fetcher.BecameHTML, paper: paperOf{after: feedOnly(func(w http.ResponseWriter, r *http.Request) {
			send(w, r, "text/html", item{title: "Welcome", text: words("market")}.page())
		})}, during: 6 * hour, evidence: "HTML page"},
		{cause: fetcher.ValidatorsLie, paper: paperOf{every: 4 * hour}, during: 8 * 24 * hour, evidence: "nothing had changed", long: true},
		{cause: fetcher.DatesBroken, paper: paperOf{moreItems: func(items []item) []item {
			for i := range items {
				items[i].updated = items[i].updated.AddDate(10, 0, 0)
			}
			return items
		}}, during: 6 * hour, evidence: "dated in the future"},
		{cause: fetcher.TextFell, paper: paperOf{every: 10 * time.Minute, turn: 5 * hour, item: func(n int, late bool) item {
			i := item{title: fmt.Sprintf("Riders of party %d meet at Osh", n), text: words(fmt.Sprint("border ", n))}
			if late {
				i.text = fmt.Sprintf("<p>The border party number %d met at the bridge of Osh on Monday and counted %d horses before the evening came. Read on with a subscription.</p>", n, n)
			}
			return i
		}}, during: 11 * hour, evidence: "words in the median"},
		{cause: fetcher.LanguageChanged, paper: paperOf{every: 10 * time.Minute, turn: 5 * hour, item: func(n int, late bool) item {
			i := item{title: fmt.Sprintf("Riders of party %d meet at Osh", n), text: words(fmt.Sprint("border ", n))}
			if late {
				i.title, i.text = fmt.Sprintf("Учения номер %d прошли на границе", n), strings.ReplaceAll(russian, "двух", fmt.Sprint(n))
			}
			return i
		}}, during: 10 * hour, evidence: "are in ru"},
		{cause: fetcher.Quiet, paper: paperOf{every: hour, until: 9 * 24 * hour}, during: 11 * 24 * hour, evidence: "to be expected", long: true},
	} {
		if c.long && testing.Short() {
			continue
		}
		t.Run(string(c.cause), func(t *testing.T) {
			t.Parallel()
			p := c.paper
			if c.cause == fetcher.ValidatorsLie { // the feed's ETag stands still, and whoever sends it is told that nothing changed
				p.turn, p.after = time.Nanosecond, feedOnly(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("ETag", `"for ever"`)
					if r.Header.Get("If-None-Match") == `"for ever"` {
						w.WriteHeader(http.StatusNotModified)
						return
					}
					items := p.items()
					w.Header().Set("Content-Type", "application/atom+xml")
					fmt.Fprint(w, atom(items[:min(len(items), 20)]...))
				})
			}
			h, told := cause(t, &p, c.during)
			if h.Cause != c.cause || !strings.Contains(h.Evidence, c.evidence) || h.Since.IsZero() {
				t.Fatalf("diagnosed as %q since %v: %s", h.Cause, h.Since, h.Evidence)
			}
			if c.cause == fetcher.Fine {
				if len(told) > 0 {
					t.Errorf("of a source that is fine it tells %v", told)
				}
				return
			}
			n := 0
			for _, line := range told {
				if line.text("cause") == string(c.cause) {
					n++
				}
			}
			if n != 1 || c.cause.Advice() == "" {
				t.Errorf("told %d times, with the advice %q: %v", n, c.cause.Advice(), told)
			}
		})
	}
}

// TestCausesOfThePress: the faults of the press are named, and over when they are mended.
func TestCausesOfThePress(t *testing.T) {
	want := map[press.Fault]fetcher.Cause{press.Errors: fetcher.Unreachable, press.Refused: fetcher.Unreachable, press.HTMLFeed: fetcher.BecameHTML,
		press.Challenge: fetcher.Blocked, press.Login: fetcher.Blocked, press.OtherFeed: fetcher.MovedAway}
	for fault, cause := range want {
		if testing.Short() && fault != press.HTMLFeed {
			continue
		}
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			inADay(t, &press.Options{Publications: 1, Seed: 5}, func(d *day) {
				wait := d.play(press.Script{For: hour, Stock: 5, Articles: 4})
				p, e := d.stand.Publications()[0], d.endpoints()[0]
				d.watch(hour + time.Second)
				wait()
				p.Break(fault)
				d.watch(6 * hour)
				if h := d.state(e.ID).Health; h.Cause != cause || h.Evidence == "" || h.Since.Before(d.begun.Add(hour)) {
					t.Errorf("%s is diagnosed as %q since %v: %s", fault, h.Cause, h.Since, h.Evidence)
				}
				p.Mend()
				d.watch(3 * hour)
				if h := d.state(e.ID).Health; h.Cause != fetcher.Fine {
					t.Errorf("mended, it is diagnosed as %q: %s", h.Cause, h.Evidence)
				}
			})
		})
	}
}

// TestCauseOfASelector: a page whose links are found by a selector, and then are not.
func TestCauseOfASelector(t *testing.T) {
	inADay(t, nil, func(d *day) {
		class := "news"
		d.hall.open("a.test", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				send(w, r, "text/html", item{title: "Riders meet at Osh", text: words("border")}.page())
				return
			}
			if time.Since(d.begun) > 2*hour {
				class = "stories"
			}
			send(w, r, "text/html", `<html><body><div class="`+class+`"><a href="/1">Riders meet at Osh in the morning</a></div></body></html>`)
		})
		d.source("a", fetcher.KindPage, "http://a.test/")
		links, err := cascadia.Compile(".news a")
		if err != nil {
			t.Fatal(err)
		}
		d.conf.Sources[0].Endpoints[0].Links = links
		d.sources = d.conf.FetchSources()
		d.watch(5 * hour)
		hs, err := health(context.Background(), d.conf, d.db)
		if err != nil || len(hs) != 1 {
			t.Fatal(hs, err)
		}
		if h := hs[0]; h.Cause != fetcher.SelectorMisses || h.CauseSince == nil || h.Evidence == "" || h.Advice == "" {
			t.Errorf("diagnosed as %q since %v: %s; %s", h.Cause, h.CauseSince, h.Evidence, h.Advice)
		}
	})
}

// stumbling is a reader that cannot read for a time, for a reason of its own.
type stumbling struct{ from, to time.Time }

func (r stumbling) Read(ctx context.Context, p fetcher.Paper) (fetcher.Reading, error) {
	if now := time.Now(); now.After(r.from) && now.Before(r.to) {
		return fetcher.Reading{}, &fetcher.Failure{Class: fetcher.Soft, Outcome: fetcher.Internal, Reached: true, Err: errors.New("no process can be started")}
	}
	return fetcher.InProcess{}.Read(ctx, p)
}

// TestFaultOfOurs: that we cannot read is no fault of a source: it is told as an error of ours, changes no diagnosis, makes no
// haste and no delay.
func TestFaultOfOurs(t *testing.T) {
	inADay(t, nil, func(d *day) {
		d.conf.Fetch.Revisit = 0
		p := &paperOf{d: d, host: "a.test", begun: d.begun, every: 30 * time.Minute}
		d.hall.open(p.host, p.ServeHTTP)
		d.source("a", fetcher.KindFeed, "http://a.test/feed")
		d.reader = stumbling{d.begun.Add(3 * hour), d.begun.Add(8 * hour)}
		d.watch(8 * hour)
		if s := d.state("a/feed"); s.Last != fetcher.Internal || s.Failures > 0 || s.Health.Cause != fetcher.Fine {
			t.Errorf("after five hours in which nothing can be read: %q, %d failures, %+v", s.Last, s.Failures, s.Health)
		}
		if got := d.log.of("health", "poll works again"); len(got) > 0 {
			t.Errorf("of the source it tells %v", got)
		}
		if got := d.log.of("cannot work"); len(got) == 0 || len(got) > 7 {
			t.Errorf("of the trouble it tells %d times", len(got))
		}
		before := len(d.log.polls("a/feed"))
		if before > 8*12 { // one each min_interval
			t.Errorf("%d polls in eight hours", before)
		}
		d.watch(2 * hour)
		if s := d.state("a/feed"); s.Last != fetcher.OK && s.Last != fetcher.NotModified {
			t.Errorf("when it can be read again: %q", s.Last)
		}
		if got, want := len(d.records()), int(9*hour/p.every); got < want {
			t.Errorf("%d documents, want %d", got, want)
		}
	})
}
