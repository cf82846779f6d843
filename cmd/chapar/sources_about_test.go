package main

import (
	"testing"
	"time"

	"chapar/fetcher"
)

// TestRhythmOf: how often entries appear, and in which hours of the source's zone.
func TestRhythmOf(t *testing.T) {
	zone := time.FixedZone("", 5*3600)
	start := time.Date(2026, 11, 2, 0, 0, 0, 0, zone)
	every := func(n int, d time.Duration) (all []fetcher.Entry) {
		for i := range n {
			all = append(all, fetcher.Entry{Published: start.Add(time.Duration(i) * d)})
		}
		return all
	}
	var office []fetcher.Entry
	for day := range 10 {
		for hour := 9; hour <= 15; hour += 3 {
			office = append(office, fetcher.Entry{Published: start.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour)})
		}
	}
	for name, c := range map[string]struct {
		entries []fetcher.Entry
		least   float64
		most    float64
		busiest string
	}{
		"none":        {nil, 0, 0, ""},
		"two":         {every(2, time.Hour), 0, 0, ""},
		"undated":     {make([]fetcher.Entry, 20), 0, 0, ""},
		"all at once": {every(5, 0), 0, 0, ""},
		"hourly":      {every(6, time.Hour), 23.9, 24.1, ""},
		"weekly":      {every(6, 7*24*time.Hour), 0.14, 0.15, ""},
		"office":      {office, 3, 3.2, "08-16"},
	} {
		perDay, busiest := rhythmOf(c.entries, zone)
		got := 0.0
		if perDay != nil {
			got = *perDay
		}
		if got < c.least || got > c.most || busiest != c.busiest {
			t.Errorf("%s: %v a day, %q; want %v to %v, %q", name, got, busiest, c.least, c.most, c.busiest)
		}
	}
}
