package fetcher

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var monday = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// officeHours gives the entries of some days: about so many an hour from 8 to 18 o'clock of week days, at the given
// minute where it is not negative.
func officeHours(r *rand.Rand, days int, perHour float64, minute int) (times []time.Time) {
	for hour := range days * 24 {
		at := monday.Add(time.Duration(hour) * time.Hour)
		if kind, _ := clockOf(seconds(at)); kind == 1 || at.Hour() < 8 || at.Hour() >= 18 {
			continue
		}
		for range int(perHour + r.Float64()) {
			d := time.Duration(r.Float64() * float64(time.Hour))
			if minute >= 0 {
				d = time.Duration(minute)*time.Minute + time.Duration(r.Float64()*float64(time.Minute))
			}
			times = append(times, at.Add(d))
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// watched is a state after polls at the times that follows the entries from since until a time.
func watched(s State, since, until time.Time, entries []time.Time, every time.Duration, dated bool) State {
	if s.Checked.IsZero() {
		s.Checked = since
	}
	for now := since; !now.After(until); now = now.Add(every) {
		var new []time.Time
		for _, at := range entries {
			if at.After(s.Checked) && !at.After(now) {
				new = append(new, at)
			}
		}
		n := len(new)
		if !dated {
			new = make([]time.Time, n)
		}
		s = s.Polled(now, new, n)
	}
	return s
}

func TestRhythmFollowsTheClock(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	entries := officeHours(r, 21, 3, 20)
	s := watched(State{}, monday, monday.AddDate(0, 0, 14), entries, time.Hour, true)
	f := s.Rhythm.forecast(monday.AddDate(0, 0, 14)) // a Monday again
	at := func(days, hour, minute int) float64 {
		return f.rate(f.now + float64(days)*daySeconds + float64(hour)*3600 + float64(minute)*60 + 30)
	}
	if noon, night := at(0, 12, 20), at(0, 2, 20); noon < 20*night {
		t.Errorf("at noon %.2g a second, at night %.2g", noon, night)
	}
	if noon, sunday := at(0, 12, 20), at(6, 12, 20); noon < 3*sunday {
		t.Errorf("on Monday %.2g a second, on Sunday %.2g", noon, sunday)
	}
	if then, later := at(1, 12, 20), at(1, 12, 40); then < 10*later {
		t.Errorf("at 20 past %.2g a second, at 40 past %.2g", then, later)
	}
	s.Every = time.Hour
	due, _ := NextDue(monday.AddDate(0, 0, 14).Add(12*time.Hour), Endpoint{ID: "a"}, s, Hints{}, Bounds{Min: time.Minute, Max: 24 * time.Hour}, Share{Price: f.price(3600), Fair: 7200})
	if m := due.Minute(); m != 21 && m != 22 {
		t.Errorf("due at %v, want just after 20 past", due)
	}
}

func TestRhythmWithoutDates(t *testing.T) {
	entries := officeHours(rand.New(rand.NewPCG(1, 2)), 14, 3, -1)
	for _, every := range []time.Duration{time.Hour, 5 * time.Hour} {
		s := watched(State{}, monday, monday.AddDate(0, 0, 14), entries, every, false)
		f := s.Rhythm.forecast(monday.AddDate(0, 0, 14))
		if got, want := f.mean*daySeconds*14, float64(len(entries)); math.Abs(got/want-1) > 0.15 {
			t.Errorf("polled every %v: %.0f entries in two weeks, want about %.0f", every, got, want)
		}
		if noon, night := f.slot(f.now+12*3600), f.slot(f.now+2*3600); noon < 2*night {
			t.Errorf("polled every %v: at noon %.2g a second, at night %.2g", every, noon, night)
		}
		for _, n := range s.Rhythm.Minutes {
			if n > 0 {
				t.Fatal("the minutes of polls are taken for those of entries")
			}
		}
	}
}

func TestRhythmBackDated(t *testing.T) {
	s := watched(State{}, monday, monday.AddDate(0, 0, 2), nil, time.Hour, true)
	now := monday.AddDate(0, 0, 2).Add(time.Hour)
	s = s.Polled(now, []time.Time{now.AddDate(-3, 0, 0), now.AddDate(0, 0, 9), now.Add(-20 * time.Minute), {}}, 4)
	n := 0.0
	for kind := range 2 {
		for _, c := range s.Rhythm.Slots[kind] {
			n += float64(c)
		}
	}
	if math.Abs(n-4) > 0.01 || s.Rhythm.Until != now {
		t.Errorf("%.2f entries until %v, want 4 until %v", n, s.Rhythm.Until, now)
	}
	if s.Rhythm.Minutes[40] != 1 {
		t.Error("the one entry with a plausible date is not counted at its minute")
	}
}

func TestRhythmReadsHistory(t *testing.T) {
	entries := officeHours(rand.New(rand.NewPCG(1, 2)), 5, 2, -1)
	now := monday.AddDate(0, 0, 5)
	s := State{}.Polled(now, entries, len(entries))
	f := s.Rhythm.forecast(now)
	if noon, night := f.slot(f.now-12*3600), f.slot(f.now-2*3600); noon < 3*night {
		t.Errorf("after one look: at noon %.2g a second, at night %.2g", noon, night)
	}
	s = State{Rate: Rate{PerSecond: 24 / daySeconds, Weight: 3 * daySeconds}}.Polled(now, nil, 0)
	f = s.Rhythm.forecast(now)
	if got := f.mean * daySeconds; got < 20 || got > 28 {
		t.Errorf("a rate of 24 a day, known before, goes on as %.1f", got)
	}
}

func TestRhythmFollowsChange(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	entries := officeHours(r, 21, 4, -1)
	asleep := monday.AddDate(0, 0, 21)
	s := watched(State{}, monday, asleep, entries, time.Hour, true)
	noon := func(s State) float64 {
		f := s.Rhythm.forecast(s.Rhythm.Until)
		return f.slot(f.now+12*3600) * f.lately * f.hours
	}
	busy := noon(s)
	s = watched(s, asleep.Add(time.Hour), asleep.AddDate(0, 0, 3), nil, time.Hour, true)
	if got := noon(s); got > busy/3 {
		t.Errorf("after three silent days %.2g a second, it was %.2g", got, busy)
	}
	s = watched(s, asleep.AddDate(0, 0, 3).Add(time.Hour), asleep.AddDate(0, 0, 60), nil, 6*time.Hour, true)
	if got := noon(s); got > busy/20 {
		t.Errorf("after two silent months %.2g a second, it was %.2g", got, busy)
	}
}

func TestRhythmIsKept(t *testing.T) {
	entries := officeHours(rand.New(rand.NewPCG(1, 2)), 10, 3, -1)
	now := monday.AddDate(0, 0, 10)
	s := watched(State{}, monday, now, entries, time.Hour, true)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 4000 {
		t.Errorf("a state takes %d bytes", len(text))
	}
	var again State
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	b, share := Bounds{Min: time.Minute, Max: 24 * time.Hour}, Share{Price: 5000, Fair: 3600}
	due, every := NextDue(now, Endpoint{ID: "a"}, s, Hints{}, b, share)
	due2, every2 := NextDue(now, Endpoint{ID: "a"}, again, Hints{}, b, share)
	if !due.Equal(due2) || every != every2 {
		t.Errorf("after a restart it is due at %v every %v, was at %v every %v", due2, every2, due, every)
	}
	before := s.Rhythm
	s.Polled(now.Add(time.Hour), []time.Time{now.Add(time.Minute)}, 1)
	if before != s.Rhythm {
		t.Error("a poll changed the state that it began with")
	}
}

// TestFewEntries: where what is fair decides, an endpoint is granted the shorter a wait the less has been seen of it.
func TestFewEntries(t *testing.T) {
	share := Share{Price: 1e9, Fair: 1800}
	for entries, want := range map[float64]float64{0: 1350, 20: 1575, 1e9: 1800} {
		f := &forecast{mean: 1e-5, root: math.Sqrt(1e-5), entries: entries}
		if got := f.delay((State{}).worth(f, share)); math.Abs(got-want) > 1 {
			t.Errorf("after %.0f entries %.0f seconds are fair, want %.0f", entries, got, want)
		}
	}
	f := &forecast{mean: 1e-5, root: math.Sqrt(1e-5)}
	if got := (State{}).worth(f, Share{Price: 1, Fair: 1e9}); got != 1 {
		t.Errorf("what waits less than is fair is polled at %v, want the price of all", got)
	}
}

func BenchmarkNextDue(b *testing.B) {
	entries := officeHours(rand.New(rand.NewPCG(1, 2)), 10, 3, -1)
	now := monday.AddDate(0, 0, 10)
	s := watched(State{}, monday, now, entries, time.Hour, true)
	for _, every := range []time.Duration{15 * time.Minute, time.Hour, 4 * time.Hour, 24 * time.Hour} {
		b.Run(every.String(), func(b *testing.B) {
			share := Share{Price: s.Rhythm.forecast(now).price(every.Seconds()), Fair: 1e9}
			for b.Loop() {
				NextDue(now, Endpoint{ID: "a"}, s, Hints{}, Bounds{Min: time.Minute, Max: 24 * time.Hour}, share)
			}
		})
	}
	b.Run("learn", func(b *testing.B) {
		at := []time.Time{now.Add(20 * time.Minute)}
		for b.Loop() {
			s.Polled(now.Add(time.Hour), at, 1)
		}
	})
}
