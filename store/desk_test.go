package store

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"chapar/fetcher"
)

func TestStateAndEvents(t *testing.T) {
	db := openNew(t)
	if s, err := db.State("nobody"); err != nil || !reflect.DeepEqual(s, fetcher.State{}) {
		t.Fatalf("state of an endpoint never polled: %+v, %v", s, err)
	}
	want := fetcher.State{
		URL: "https://a.example/feed", Validators: fetcher.Validators{ETag: `W/"x"`}, Checked: start, Due: minutes(5),
		Every: 5 * time.Minute, Failures: 2, Last: fetcher.Timeout,
		Found: &fetcher.Found{Kind: fetcher.KindFeed, URL: "https://a.example/feed"},
	}
	for i := range mostEvents + 5 {
		e := fetcher.Event{At: minutes(i), Outcome: fetcher.OK}
		entries := []fetcher.Entry{entry("a", fmt.Sprintf("https://a.example/%d", i/2), "T")}
		_, err := db.SavePoll("a-feed", e.At, entries, func(fresh, known int) (fetcher.State, fetcher.Event) {
			e.New, e.Known = fresh, known
			return want, e
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if s, err := db.State("a-feed"); err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("state %+v, %v, want %+v", s, err, want)
	}
	events, err := db.Events("a-feed")
	if err != nil || len(events) != mostEvents || !events[0].At.Equal(minutes(5)) {
		t.Fatalf("%d events, first %+v, %v", len(events), events[0], err)
	}
	if e := events[1]; e.New != 1 || e.Known != 0 {
		t.Errorf("a new entry counts as %+v", e)
	}
	if e := events[0]; e.New != 0 || e.Known != 1 {
		t.Errorf("a known entry counts as %+v", e)
	}
	states, err := db.Endpoints(t.Context())
	if err != nil || len(states) != 1 || !reflect.DeepEqual(states["a-feed"], want) {
		t.Errorf("endpoints %+v, %v", states, err)
	}
}

func TestPollEntries(t *testing.T) {
	link := "https://a.example/1"
	changed := func(e fetcher.Entry) fetcher.Entry { e.Title += ", corrected"; return e }
	linkless := fetcher.Entry{Source: "a", Endpoint: "a-feed", GUID: "tag:1", Title: "T", Content: "<p>text</p>"}
	tests := map[string]struct {
		entries []fetcher.Entry
		want    fetcher.Saved
	}{
		"new":                {[]fetcher.Entry{entry("a", link, "T")}, fetcher.Saved{New: 1, Hosts: []string{host}}},
		"twice in one poll":  {[]fetcher.Entry{entry("a", link, "T"), entry("a", link+"#top", "T")}, fetcher.Saved{New: 1, Known: 1, Hosts: []string{host}}},
		"old":                {[]fetcher.Entry{func() fetcher.Entry { e := entry("a", link, "T"); e.Old = true; return e }()}, fetcher.Saved{}},
		"without link":       {[]fetcher.Entry{linkless}, fetcher.Saved{New: 1, Hosts: []string{host}}},
		"same guid, other":   {[]fetcher.Entry{linkless, changed(linkless)}, fetcher.Saved{New: 1, Known: 1, Hosts: []string{host}}},
		"neither of them":    {[]fetcher.Entry{{Source: "a", Content: "x"}, {Source: "a", Content: "y"}}, fetcher.Saved{New: 2, Hosts: []string{host}}},
		"nothing at all":     {[]fetcher.Entry{{Source: "a"}}, fetcher.Saved{}},
		"link of no page":    {[]fetcher.Entry{{Source: "a", Link: "mailto:x@a.example", Title: "T"}}, fetcher.Saved{New: 1, Hosts: []string{host}}},
		"used guid new link": {[]fetcher.Entry{entry("a", link, "T"), func() fetcher.Entry { e := entry("a", link+"2", "T"); e.GUID = link; return e }()}, fetcher.Saved{New: 2, Hosts: []string{host}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			db := openNew(t)
			got := pollOf(t, db, start, "a", tt.entries...)
			if len(got.Hosts) == 0 {
				got.Hosts = nil
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("saved %+v, want %+v", got, tt.want)
			}
			if r := sound(t, db); r.Inbox != tt.want.New {
				t.Errorf("%d jobs, want %d", r.Inbox, tt.want.New)
			}
		})
	}
}

func TestChangedEntries(t *testing.T) {
	link := "https://a.example/1"
	first := entry("a", link, "One")
	first.Updated, first.Content = minutes(-10), "<p>one</p>"
	with := func(change func(*fetcher.Entry)) fetcher.Entry {
		e := first
		change(&e)
		return e
	}
	title := with(func(e *fetcher.Entry) { e.Title = "One, corrected" })
	tests := map[string]struct {
		source string
		then   fetcher.Entry
		due    bool // at once, once the article is kept, dropped or aside
	}{
		"same":                        {"a", first, false},
		"title":                       {"a", title, true},
		"content":                     {"a", with(func(e *fetcher.Entry) { e.Content = "<p>two</p>" }), true},
		"newer":                       {"a", with(func(e *fetcher.Entry) { e.Updated = minutes(1) }), true},
		"older":                       {"a", with(func(e *fetcher.Entry) { e.Updated = minutes(-20) }), false},
		"says less":                   {"a", with(func(e *fetcher.Entry) { e.Title, e.Content, e.Updated = "", "", time.Time{} }), false},
		"summary only":                {"a", with(func(e *fetcher.Entry) { e.Summary = "5 comments" }), false},
		"first word of another":       {"b", with(func(e *fetcher.Entry) { e.Source, e.Endpoint, e.Title = "b", "b-feed", "Other" }), false},
		"other endpoint, same source": {"a", with(func(e *fetcher.Entry) { e.Endpoint, e.Title = "a-sitemap", "Other" }), false},
	}
	stands := map[string]func(t *testing.T, db *DB, j fetcher.Job){
		"kept": func(t *testing.T, db *DB, j fetcher.Job) {
			keep(t, db, j, minutes(1), doc(link, "One", textOf(1)), Keeping{Again: minutes(600)})
		},
		"kept, visits over": func(t *testing.T, db *DB, j fetcher.Job) {
			keep(t, db, j, minutes(1), doc(link, "One", textOf(1)), Keeping{})
		},
		"kept under another address": func(t *testing.T, db *DB, j fetcher.Job) {
			keep(t, db, j, minutes(1), doc("https://a.example/one", "One", textOf(1)), Keeping{Again: minutes(600)})
		},
		"dropped": func(t *testing.T, db *DB, j fetcher.Job) {
			if err := db.Drop(j, pageOf(j, minutes(1), "x"), doc(link, "One", textOf(1)), "far from the region", true); err != nil {
				t.Fatal(err)
			}
		},
		"aside": func(t *testing.T, db *DB, j fetcher.Job) {
			if err := db.SetAside(j, &fetcher.Failure{Class: fetcher.Hard, Outcome: fetcher.Gone}); err != nil {
				t.Fatal(err)
			}
		},
	}
	for stand, bring := range stands {
		for name, tt := range tests {
			t.Run(stand+"/"+name, func(t *testing.T) {
				db := openNew(t)
				pollOf(t, db, start, "a", first)
				bring(t, db, next(t, db, host))
				saved := pollOf(t, db, minutes(5), tt.source, tt.then)
				if saved.New != 0 || saved.Known != 1 || (len(saved.Hosts) > 0) != tt.due {
					t.Errorf("saved %+v", saved)
				}
				j, ok, err := db.Next(host, fetcher.Job{})
				if err != nil || tt.due && !ok {
					t.Fatal(ok, err)
				}
				if due := ok && j.Due.Equal(minutes(5)); due != tt.due {
					t.Errorf("job %+v, want it due: %v", j, tt.due)
				}
				if tt.due && (j.Entry.Title != tt.then.Title || j.Entry.Content != tt.then.Content || j.Entry.Link != link) {
					t.Errorf("the job has the entry %+v", j.Entry)
				}
				if kept := stand[0] == 'k'; tt.due && j.Revisit != kept {
					t.Errorf("revisit: %v", j.Revisit)
				} else if kept && tt.due && j.Validators.ETag == "" {
					t.Error("the visit is not conditional")
				} else if kept && tt.source == "b" && !slices.Equal(record(t, db, link).AlsoIn, []string{"b"}) {
					t.Errorf("also in %v", record(t, db, link).AlsoIn)
				}
				sound(t, db)
			})
		}
	}
}

func TestOtherHostChangesNothing(t *testing.T) {
	db := openNew(t)
	link := "https://a.example/1"
	pollOf(t, db, start, "a", entry("a", link, "One"))
	keep(t, db, next(t, db, host), minutes(1), doc(link, "One", textOf(1)), Keeping{})
	say := func(source, title string, want int) {
		t.Helper()
		if saved := pollOf(t, db, minutes(5), source, entry(source, link, title)); len(saved.Hosts) != want {
			t.Errorf("%s says %q: %+v", source, title, saved)
		}
	}
	say("portal", "One", 0)
	say("portal", "Two", 0) // changed, but the feed is of another host
	say("a", "Three", 1)
	j := next(t, db, host)
	// The feed text of another host changes no record either.
	foreign := fetcher.Job{Entry: entry("portal", link, "One"), Host: host, Key: link, Due: start}
	p, err := db.Keep(foreign, fetcher.Page{}, doc(link, "Hijacked", textOf(9)), Keeping{TextFrom: FromFeed})
	if err != nil || p.As != PlacedSame {
		t.Errorf("%+v, %v", p, err)
	}
	// Nor does a page that names an address of another publisher as its own.
	evil := entry("portal", "https://portal.example/x", "X")
	pollOf(t, db, minutes(6), "portal", evil)
	p = keep(t, db, next(t, db, "portal.example:443"), minutes(7), doc(link, "Hijacked", textOf(9)), Keeping{})
	if p.As != PlacedNew || record(t, db, "0").Title != "One" || record(t, db, "1").CanonicalURL != evil.Link {
		t.Errorf("%+v: %+v", p, record(t, db, "1"))
	}
	// The publisher's own feed, of another source, may.
	p = keep(t, db, j, minutes(8), doc(link, "Three", textOf(3)), Keeping{})
	if r := record(t, db, link); p.As != PlacedRevised || r.Title != "Three" || !slices.Equal(r.AlsoIn, []string{"portal"}) {
		t.Errorf("%+v: %+v", p, r)
	}
	sound(t, db)
}

func TestInbox(t *testing.T) {
	db := openNew(t)
	pollOf(t, db, minutes(0), "a", entry("a", "https://a.example/1", "1"), entry("a", "http://b.example:8080/1", "2"))
	pollOf(t, db, minutes(1), "a", entry("a", "https://a.example/2", "3"))
	hosts, err := db.Hosts()
	if want := []string{host, "b.example:8080"}; err != nil || !slices.Equal(hosts, want) {
		t.Fatalf("hosts %v, %v, want %v", hosts, err, want)
	}
	noJob(t, db, "a.example")
	j := next(t, db, host)
	if j.Entry.Title != "1" || !j.Due.Equal(minutes(0)) || !j.Since.Equal(minutes(0)) || j.Host != host {
		t.Fatalf("first %+v", j)
	}
	why := &fetcher.Failure{Class: fetcher.Temporary, Outcome: fetcher.ServerError, Err: errors.New("status 503")}
	if err := db.Retry(j, minutes(30), why, true); err != nil {
		t.Fatal(err)
	}
	if err := db.Retry(j, minutes(31), why, false); err != nil {
		t.Fatal(err)
	}
	if j := next(t, db, host); j.Entry.Title != "3" {
		t.Fatalf("after the retry comes %+v", j)
	} else if err := db.SetAside(j, why); err != nil {
		t.Fatal(err)
	}
	j = next(t, db, host)
	if j.Tries != 1 || !j.Due.Equal(minutes(31)) || !j.Since.Equal(minutes(0)) {
		t.Errorf("retried %+v", j)
	}
	n := 0
	for w, err := range db.Inbox(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if (w.Why != nil) != (w.Job.Key == j.Key) || w.Why != nil && (w.Why.Outcome != fetcher.ServerError || w.Why.Detail != "status 503") {
			t.Errorf("%s waits because of %+v", w.Job.Key, w.Why)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d jobs wait", n)
	}
	for a, err := range db.Aside(t.Context()) {
		if err != nil || a.Job.Entry.Title != "3" || a.Reason.Outcome != fetcher.ServerError || !a.Reason.At.Equal(start) {
			t.Errorf("aside %+v, %v", a, err)
		}
		n++
	}
	if n != 3 {
		t.Error("nothing is aside")
	}
	// A job that left the inbox is not brought back by those who still have it in hand.
	gone := fetcher.Job{Key: "https://a.example/2", Host: host}
	if err := errors.Join(db.Retry(gone, minutes(1), why, true), db.Postpone(gone, minutes(1)), db.SetAside(gone, why)); err != nil {
		t.Fatal(err)
	}
	if r := sound(t, db); r.Inbox != 2 || r.Aside != 1 {
		t.Errorf("%+v", r)
	}
}

func TestPostpone(t *testing.T) {
	db := openNew(t)
	link := "https://a.example/1"
	pollOf(t, db, start, "a", entry("a", link, "One"))
	keep(t, db, next(t, db, host), minutes(1), doc(link, "One", textOf(1)), Keeping{Again: minutes(60), AgainWait: time.Hour})
	j := next(t, db, host)
	if err := db.Retry(j, minutes(70), nil, true); err != nil {
		t.Fatal(err)
	}
	j.Again, j.Validators.ETag = 2*time.Hour, `"new"`
	if err := db.Postpone(j, minutes(180)); err != nil {
		t.Fatal(err)
	}
	j = next(t, db, host)
	if !j.Due.Equal(minutes(180)) || j.Again != 2*time.Hour || j.Tries != 0 || j.Validators.ETag != `"new"` || !j.Since.Equal(minutes(1)) {
		t.Errorf("postponed %+v", j)
	}
	// A change that the feed tells of while the page is under way is not put off.
	pollOf(t, db, minutes(181), "a", entry("a", link, "One, corrected"))
	for _, due := range []time.Time{minutes(400), {}} {
		if err := db.Postpone(j, due); err != nil {
			t.Fatal(err)
		}
	}
	j = next(t, db, host)
	if !j.Due.Equal(minutes(181)) || j.Validators.ETag != `"new"` {
		t.Errorf("after the change %+v", j)
	}
	if err := db.Postpone(j, time.Time{}); err != nil {
		t.Fatal(err)
	}
	noJob(t, db, host)
	if r := sound(t, db); r.Records != 1 {
		t.Errorf("%+v", r)
	}
}

func TestVisitGivenUp(t *testing.T) {
	db := openNew(t)
	link := "https://a.example/1"
	pollOf(t, db, start, "a", entry("a", link, "One"))
	keep(t, db, next(t, db, host), minutes(1), doc(link, "One", textOf(1)), Keeping{Again: minutes(60)})
	if err := db.SetAside(next(t, db, host), &fetcher.Failure{Class: fetcher.Hard, Outcome: fetcher.Gone}); err != nil {
		t.Fatal(err)
	}
	noJob(t, db, host)
	if r := sound(t, db); r.Records != 1 || r.Aside != 0 {
		t.Errorf("%+v", r)
	}
}

func TestPause(t *testing.T) {
	now := start
	db := openNew(t)
	db.now = func() time.Time { return now }
	for host, until := range map[string]time.Time{"a": minutes(5), "b": minutes(50), "c": minutes(-1)} {
		if err := db.Pause(host, until); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Pauses()
	if want := map[string]time.Time{"a": minutes(5), "b": minutes(50)}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("pauses %v, %v, want %v", got, err, want)
	}
	now = minutes(10)
	if err := db.Pause("d", minutes(60)); err != nil {
		t.Fatal(err)
	}
	got, err = db.Pauses()
	if want := map[string]time.Time{"b": minutes(50), "d": minutes(60)}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("pauses %v, %v, want %v", got, err, want)
	}
}

func TestSpent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	db := openAt(t, path)
	if s, err := db.Spent(); err != nil || s != (fetcher.Spent{}) {
		t.Fatalf("a new store remembers %v, %v", s, err)
	}
	want := fetcher.Spent{Hour: 495000}
	want.Sent[3], want.Pages[3] = 7, 2
	if err := db.SaveSpent(want); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openAt(t, path)
	if got, err := db.Spent(); err != nil || got != want {
		t.Errorf("after a restart it remembers %v, %v; want %v", got, err, want)
	}
}

func TestRobots(t *testing.T) {
	now := start
	db := openNew(t)
	db.now = func() time.Time { return now }
	a, b := fetcher.RobotsText{Text: []byte("User-agent: *\nDisallow: /x\n"), Until: minutes(60)}, fetcher.RobotsText{Until: minutes(5)}
	long := fetcher.RobotsText{Text: bytes.Repeat([]byte("Disallow: /x\n"), 500<<10/13), Until: minutes(60)}
	for _, fetched := range []map[string]fetcher.RobotsText{{"http://a.example:80": a}, {"http://b.example:80": b}, {"http://long.example:80": long}, {"http://c.example:80": {Text: make([]byte, mostRobots+1), Until: minutes(60)}}} {
		if err := db.SaveRobots(fetched); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Robots()
	if want := map[string]fetcher.RobotsText{"http://a.example:80": a, "http://b.example:80": b, "http://long.example:80": long}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("robots %v, %v, want %v", got, err, want)
	}
	now = minutes(10)
	if _, err := db.Robots(); err != nil {
		t.Fatal(err)
	}
	now = start
	got, err = db.Robots()
	if want := map[string]fetcher.RobotsText{"http://a.example:80": a, "http://long.example:80": long}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("what is good no more is still there: %v, %v, want %v", got, err, want)
	}
}
