package fetcher

import (
	"fmt"
	"math"
	"time"
)

// Outlook tells people what an endpoint has shown of its rhythm, and what its polls make of it.
type Outlook struct {
	Rhythm   string        `json:"rhythm"`            // in words; "" where nothing is known
	PerDay   float64       `json:"per_day"`           // entries to be expected on a mean day
	Expected time.Duration `json:"expected_delay_ns"` // of an entry until it is found, at the present interval; 0 is not known
	Observed time.Duration `json:"observed_delay_ns"` // of the dated entries of the last weeks; 0 is not known
	Why      string        `json:"next_because"`      // why the next poll is when it is
}

// Outlook is that of an endpoint as its last poll left it.
func (s State) Outlook() Outlook {
	o := Outlook{Why: s.Why}
	r := s.Rhythm
	if r.Since.IsZero() {
		return o
	}
	f := r.forecast(r.Until)
	o.PerDay = math.Round(100*f.mean*daySeconds) / 100
	o.Rhythm = f.words()
	if s.Every > 0 {
		o.Expected = duration(f.delay(f.price(s.Every.Seconds()))).Round(time.Second)
	}
	if n := float64(r.Delay[2]); n > 0 {
		o.Observed = duration(float64(r.Delay[0]) / n).Round(time.Second)
	}
	return o
}

// words tells a rhythm: how many entries come, in which hours most of them do, and on which days.
func (f *forecast) words() string {
	const hours, mostly, seldom = 8, 0.6, 0.3
	var byHour [24]float64
	var byKind [2]float64
	for kind, share := range [2]float64{5. / 7, 2. / 7} {
		for b, rate := range f.slots[kind] {
			byHour[b*24/halves] += share * rate
			byKind[kind] += rate
		}
	}
	sum, best, from := 0.0, 0.0, 0
	for h := range byHour {
		sum += byHour[h]
		span := 0.0
		for i := range hours {
			span += byHour[(h+i)%24]
		}
		if span > best {
			best, from = span, h
		}
	}
	text := often(f.mean * daySeconds)
	if best >= mostly*sum {
		text += fmt.Sprintf(", mostly %02d-%02d UTC", from, (from+hours)%24)
	}
	switch {
	case byKind[1] < seldom*byKind[0]:
		text += ", few at weekends"
	case byKind[0] < seldom*byKind[1]:
		text += ", most at weekends"
	}
	return text
}

// often tells a number of entries a day.
func often(perDay float64) string {
	switch {
	case perDay >= 10:
		return fmt.Sprintf("%.0f a day", perDay)
	case perDay >= 1:
		return fmt.Sprintf("%.1f a day", perDay)
	case perDay >= 1./7:
		return fmt.Sprintf("%.1f a week", 7*perDay)
	}
	return "less than one a week"
}

// because says why a poll that went well is followed by the next after a wait.
func because(e Endpoint, s State, f *forecast, wait, planned time.Duration, b Bounds) string {
	switch {
	case e.Every > 0 && wait <= e.Every:
		return "the interval set for it"
	case wait > planned && wait < b.Max:
		return "the server says that nothing new comes before"
	case wait <= b.Min:
		return "min_interval"
	case wait >= b.Max:
		return "max_interval"
	case s.Tight > 0:
		return "sooner, as entries came and went between two polls"
	case f == nil:
		return "its rhythm is not known yet"
	}
	return fmt.Sprintf("by its rhythm, about %.1f entries until then", f.expected(f.now, f.now+wait.Seconds()))
}
