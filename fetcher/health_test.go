package fetcher

import (
	"testing"
	"time"
)

func TestMove(t *testing.T) {
	const to = "http://b.test/feed"
	m := Move{}
	for i, step := range []struct {
		to      string
		after   time.Duration
		adopted bool
	}{
		{to, 0, false}, {to, time.Hour, false}, {to, 2 * time.Hour, false}, // often, but in one day
		{to, 24 * time.Hour, true},
		{"", 25 * time.Hour, true}, // asked at the new address, there is no redirect any more
	} {
		m = m.met(step.to, monday.Add(step.after))
		if got := m.adopted(monday.Add(step.after)); got != step.adopted {
			t.Fatalf("step %d: adopted is %v", i, got)
		}
	}
	m = Move{}.met(to, monday).met("", monday.Add(30*time.Hour)).met(to, monday.Add(31*time.Hour))
	if m.Seen != 1 || !m.Since.Equal(monday.Add(31*time.Hour)) {
		t.Errorf("a redirect that was taken back counts on: %+v", m)
	}
	if m = m.met("http://c.test/feed", monday.Add(60*time.Hour)); m.Seen != 1 || m.To != "http://c.test/feed" {
		t.Errorf("another target goes on with the count of the first: %+v", m)
	}
}

func TestBadDates(t *testing.T) {
	of := func(n int, at func(i int) time.Time) (entries []Entry) {
		for i := range n {
			entries = append(entries, Entry{Published: at(i)})
		}
		return entries
	}
	good := func(i int) time.Time { return monday.Add(-time.Duration(i) * time.Hour) }
	none := func(int) time.Time { return time.Time{} }
	for _, c := range []struct {
		name    string
		entries []Entry
		dated   bool
		bad     bool
	}{
		{"good", of(10, good), true, false},
		{"in the future", of(10, func(i int) time.Time { return good(i).AddDate(0, 1, 0) }), true, true},
		{"an hour ahead, of another zone", of(10, func(i int) time.Time { return monday.Add(time.Hour - time.Duration(i)*time.Minute) }), true, false},
		{"of 1970", of(10, func(i int) time.Time { return time.Unix(int64(i), 0) }), true, true},
		{"none any more", of(10, none), true, true},
		{"never any", of(10, none), false, false},
		{"all the same", of(10, func(int) time.Time { return monday.Add(-90 * time.Second) }), true, true},
		{"of one day, without a time", of(10, func(int) time.Time { return monday }), true, false},
		{"too few to judge by", of(4, func(int) time.Time { return monday.Add(-90 * time.Second) }), true, false},
		{"some missing", append(of(5, good), of(5, none)...), true, false},
	} {
		if got := badDates(c.entries, c.dated, monday); (got != "") != c.bad {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestYield(t *testing.T) {
	of := func(y Yield, n, words int, language string) Yield {
		for range n {
			y = y.With(Harvest{Words: words, Language: language, At: monday})
		}
		return y
	}
	y := of(Yield{}, 30, 400, "kk-Cyrl")
	if _, fell := y.fell(); fell {
		t.Error("a steady yield is said to have fallen")
	}
	if evidence, fell := of(y, 7, 60, "kk").fell(); !fell {
		t.Errorf("seven of eight texts are short, and nothing is said: %+v", of(y, 7, 60, "kk"))
	} else if evidence == "" {
		t.Error("no evidence")
	}
	if _, fell := of(y, 3, 0, "").fell(); fell {
		t.Error("three pages without a text make a fall")
	}
	if _, fell := of(y, 40, 60, "kk").fell(); !fell {
		t.Error("forty short texts have become what is usual")
	}
	if _, changed := of(y, 8, 400, "kk-Latn").changed(); changed {
		t.Error("another script is taken for another language")
	}
	if _, changed := of(y, 8, 400, "ru").changed(); !changed {
		t.Error("eight texts in Russian, and nothing is said")
	}
	both := Yield{}
	for range 20 {
		both = of(of(both, 1, 400, "kk"), 1, 400, "ru")
	}
	if _, changed := of(both, 8, 400, "ru").changed(); changed {
		t.Error("a source of two languages is said to have changed its language")
	}
	before := y.Languages["kk"]
	of(y, 5, 1, "ru")
	if y.Languages["kk"] != before || y.Last[7].Words != 400 {
		t.Error("With changes the yield that it began with")
	}
}

func TestGap(t *testing.T) {
	tight := 0.0
	for _, step := range []struct {
		gap, seen bool
		want      float64
	}{{false, true, 0}, {true, true, 0.5}, {true, true, 0.25}, {false, false, 0.25}, {true, true, 0.125}, {true, true, 0.125}} {
		if tight = tightened(tight, step.gap, step.seen); tight != step.want {
			t.Fatalf("tight is %v, want %v", tight, step.want)
		}
	}
	s := State{Rhythm: Rhythm{}, Every: time.Hour}
	s = watched(s, monday, monday.AddDate(0, 0, 7), nil, time.Hour, true)
	s.Rate = Rate{PerSecond: 1. / 40000, Weight: 1e6}
	b := Bounds{Min: time.Minute, Max: 24 * time.Hour}
	now := monday.AddDate(0, 0, 7)
	due, _ := NextDue(now, Endpoint{ID: "a"}, s, Hints{}, b, Share{})
	s.Tight = 0.125
	sooner, _ := NextDue(now, Endpoint{ID: "a"}, s, Hints{}, b, Share{})
	if !sooner.Before(due) || sooner.Sub(now) > due.Sub(now)/2 {
		t.Errorf("after a gap it is due in %v, without in %v", sooner.Sub(now), due.Sub(now))
	}
	for range 60 {
		tight = tightened(tight, false, true)
	}
	if tight != 0 {
		t.Errorf("after sixty polls without a gap tight is still %v", tight)
	}
}

// TestCauseOf: what may pass is not told at the first failure.
func TestCauseOf(t *testing.T) {
	for _, c := range []struct {
		outcome Outcome
		from    int // failures in a row
		cause   Cause
	}{
		{Forbidden, 1, Blocked}, {Challenge, 1, Blocked}, {Gone, 1, WentAway}, {ServerError, unreachableFrom, Unreachable},
		{TooCostly, unreachableFrom, BeyondLimit}, {TooLarge, unreachableFrom, BeyondLimit},
		{NotFound, lastingFrom, WentAway}, {NotAFeed, lastingFrom, BecameHTML}, {NotASitemap, lastingFrom, BecameHTML},
	} {
		f := &Failure{Class: Soft, Outcome: c.outcome, Reached: true}
		for n := 1; n < 6; n++ {
			want := Cause("")
			if n >= c.from {
				want = c.cause
			}
			s := State{Failing: monday, Failures: n}.diagnosed(monday, Endpoint{Kind: KindFeed}, Yield{}, f, false)
			if s.Health.Cause != want {
				t.Errorf("%s for the %d. time is told as %q, want %q", c.outcome, n, s.Health.Cause, want)
			}
		}
	}
}

// TestLiesEnd: the mark of lying validators is set by a whole answer with new entries behind the same validators, and ends when they
// are seen to change.
func TestLiesEnd(t *testing.T) {
	a, b := Validators{ETag: `"a"`}, Validators{ETag: `"b"`}
	for _, c := range []struct {
		name  string
		sent  Validators
		came  Validators
		sure  bool
		fresh int
		lies  bool
	}{
		{"the whole shows new entries, its validators are the same", a, a, true, 3, true},
		{"nothing new in the whole", a, a, true, 0, true},
		{"new entries and new validators in the whole", a, b, true, 3, false},
		{"nothing new, but new validators", a, b, false, 0, false},
		{"new entries in spite of the validators", a, a, false, 3, false},
		{"no validators any more", a, Validators{}, false, 3, false},
	} {
		before := State{First: monday.AddDate(0, -1, 0), Full: monday.AddDate(0, 0, -8), Lies: monday.AddDate(0, 0, -7), Validators: c.sent}
		s := before
		s.doubt(before, Endpoint{Kind: KindFeed}, look{entries: make([]Entry, 20), validators: c.came}, c.sure, false, c.fresh, 20-c.fresh, monday)
		if lies := !s.Lies.IsZero(); lies != c.lies {
			t.Errorf("%s: lies is %v", c.name, lies)
		}
	}
}
