package fetcher

import (
	"testing"
	"time"
)

func TestNextDue(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := Bounds{Min: 5 * time.Minute, Max: 24 * time.Hour}
	perDay := func(n float64) Rate { return Rate{PerSecond: n / 86400, Weight: 86400} }
	f := func(name string, e Endpoint, s State, h Hints, least, most time.Duration) {
		t.Helper()
		e.ID = "a/feed"
		due, _ := NextDue(now, e, s, h, b, Share{})
		if wait := due.Sub(now); wait < least || wait > most {
			t.Errorf("%s: waits %v, want %v to %v", name, wait, least, most)
		}
	}
	day, hour, minute := 24*time.Hour, time.Hour, time.Minute
	f("nothing known", Endpoint{}, State{}, Hints{}, 84*minute, 85*minute)
	f("ten a day", Endpoint{}, State{Rate: perDay(10)}, Hints{}, 36*minute, 36*minute)
	f("very busy", Endpoint{}, State{Rate: perDay(5000)}, Hints{}, b.Min, b.Min)
	f("asleep", Endpoint{}, State{Rate: perDay(0.001)}, Hints{}, day, day)
	f("silent so far", Endpoint{}, State{Rate: Rate{Weight: 3600}}, Hints{}, day, day)
	f("fixed", Endpoint{Every: 15 * minute}, State{Rate: perDay(10)}, Hints{}, 15*minute, 15*minute)
	f("fixed below the bounds", Endpoint{Every: minute}, State{}, Hints{}, minute, minute)
	f("max-age", Endpoint{}, State{Rate: perDay(10)}, Hints{Fresh: 2 * hour}, 2*hour, 2*hour)
	f("ttl within the interval", Endpoint{}, State{Rate: perDay(10)}, Hints{TTL: minute}, 36*minute, 36*minute)
	f("absurd max-age", Endpoint{}, State{Rate: perDay(10)}, Hints{Fresh: 365 * day}, day, day)
	f("first failure", Endpoint{}, State{Failures: 1, Last: Timeout}, Hints{}, 5*minute, 5*minute+30*time.Second)
	f("fourth failure", Endpoint{}, State{Failures: 4, Last: ServerError}, Hints{}, 36*minute, 44*minute)
	f("a thousand failures", Endpoint{}, State{Failures: 1000, Last: DNS}, Hints{}, 21*hour, day)
	f("forbidden", Endpoint{}, State{Failures: 1, Last: Forbidden}, Hints{}, day, day)
	f("not found", Endpoint{}, State{Failures: 1, Last: NotFound}, Hints{}, 5*minute, 5*minute+30*time.Second)
	b.Max = hour
	f("not found for long", Endpoint{}, State{Failures: 20, Last: NotFound}, Hints{}, 21*hour, day)
	if due, _ := NextDue(now, Endpoint{}, State{Failures: 1, Last: Gone, Stopped: now}, Hints{}, b, Share{}); !due.IsZero() {
		t.Errorf("what is gone is due at %v", due)
	}
}

func TestBackoffSpreads(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	b := Bounds{Min: time.Minute, Max: time.Hour}
	seen := map[time.Duration]int{}
	for i := range 200 {
		seen[Backoff(string(rune('a'+i)), 4, now, b)]++
	}
	if len(seen) < 150 {
		t.Errorf("200 endpoints come back at only %d different times", len(seen))
	}
	for d := range seen {
		if d < 7*time.Minute || d > 9*time.Minute {
			t.Errorf("the fourth wait is %v, want about 8m", d)
		}
	}
}

func TestSlot(t *testing.T) {
	b := Bounds{Min: 5 * time.Minute, Max: time.Hour}
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, id := range []string{"a/feed", "b/feed", "c/page"} {
		at := slot(id, start, b)
		if at.Before(start) || at.Sub(start) > firstWindow {
			t.Errorf("%s: first slot %v after the start, want at most %v", id, at.Sub(start), firstWindow)
		}
		for d := time.Second; start.Add(d).Before(at); d += time.Second { // restarts before the slot do not move it
			if again := slot(id, start.Add(d), b); !again.Equal(at) {
				t.Fatalf("%s: restarted after %v the slot is %v, was %v", id, d, again, at)
			}
		}
	}
}

func TestRate(t *testing.T) {
	var r Rate
	for range 40 * 24 {
		r = r.Observe(2, time.Hour)
	}
	if got := r.PerSecond * 3600; got < 1.99 || got > 2.01 {
		t.Errorf("two an hour are learned as %.2f", got)
	}
	for range 7 * 24 {
		r = r.Observe(0, time.Hour)
	}
	if got := r.PerSecond * 3600; got > 0.25 {
		t.Errorf("after a silent week the rate is still %.2f an hour", got)
	}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var entries []Entry
	for i := range 24 {
		entries = append(entries, Entry{Published: now.Add(-time.Duration(i+1) * time.Hour)})
	}
	if got := rateOf(entries, now).PerSecond * 3600; got < 0.9 || got > 1.1 {
		t.Errorf("an entry an hour is read as %.2f", got)
	}
}

func TestAgain(t *testing.T) {
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	now, wait, looks := start, time.Duration(0), 0
	for {
		next, more := Again(time.Hour, wait, start, now)
		if !more {
			break
		}
		if wait > 0 && next != 2*wait {
			t.Fatalf("the wait after %v is %v, want the double", wait, next)
		}
		wait, now, looks = next, now.Add(next), looks+1
	}
	if looks != 7 || now.Sub(start) > revisitFor {
		t.Errorf("%d looks in %v, want 7 within a week", looks, now.Sub(start))
	}
	if _, more := Again(0, 0, start, start); more {
		t.Error("revisits are off, yet there is one")
	}
}

func TestWeather(t *testing.T) {
	w := newWeather(Bounds{Min: time.Minute, Max: time.Hour})
	now := time.Unix(1_800_000_000, 0)
	hosts := []string{"a", "b", "c", "d", "e", "f"}
	for _, h := range hosts {
		if off, changed := w.note(h, true, now); off || changed {
			t.Fatal("all is well, yet it is offline")
		}
	}
	w.note("a", false, now)
	w.note("b", false, now)
	if off, _ := w.note("c", false, now); off {
		t.Error("half of the hosts fail: that is not most")
	}
	if off, changed := w.note("d", false, now); !off || !changed {
		t.Error("four of six hosts fail, yet it is not offline")
	}
	now = now.Add(10 * time.Minute)
	if off, changed := w.note("e", false, now); !off || changed {
		t.Error("still offline, but told otherwise")
	}
	w.note("a", true, now)
	if off, changed := w.note("b", true, now); off || !changed {
		t.Error("half of the hosts answer again, yet it is offline")
	}
	few := newWeather(Bounds{Min: time.Minute, Max: time.Hour})
	few.note("a", false, now)
	if off, _ := few.note("b", false, now); off {
		t.Error("two hosts are too few to tell")
	}
}

func TestLatest(t *testing.T) {
	now := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	b := Bounds{Min: 5 * time.Minute, Max: 24 * time.Hour}
	s := State{Checked: now, Due: now.Add(10 * time.Hour), Every: 10 * time.Hour}
	longer, failing := s, s
	longer.Due = now.Add(12 * time.Hour) // a server asked for it
	failing.Failures = 3
	for _, c := range []struct {
		name  string
		s     State
		every time.Duration
		want  time.Duration
	}{
		{"shortened", s, time.Minute, time.Minute},
		{"the same", s, 10 * time.Hour, 24 * time.Hour},
		{"adaptive", s, 0, 24 * time.Hour},
		{"a server's wait", longer, time.Minute, 24 * time.Hour},
		{"a failure's wait", failing, time.Minute, 24 * time.Hour},
	} {
		if got := c.s.latest(now, Endpoint{Every: c.every}, b).Sub(now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
