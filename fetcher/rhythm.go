package fetcher

import (
	"math"
	"slices"
	"time"
)

// Rhythm is what an endpoint has shown of the hours, the minutes and the moods at which it publishes. It holds counts
// of entries that forget (half of them in rhythmHalf), laid over the clock in UTC; a Rhythm is a value, and a copy
// shares nothing with its original.
type Rhythm struct {
	Since time.Time `json:"since,omitzero"` // the time observed began here
	Until time.Time `json:"until,omitzero"` // and reaches to here

	Days    [2]float32         `json:"days,omitzero"`    // whole days observed: week days, weekends
	Slots   [2][halves]float32 `json:"slots,omitzero"`   // entries by half hour of such a day
	Fives   [fives]float32     `json:"fives,omitzero"`   // entries by five minutes of any day
	Minutes [60]float32        `json:"minutes,omitzero"` // entries by minute of the hour
	Odds    [4]float32         `json:"odds,omitzero"`    // logarithms: how well slots alone, with fives, with minutes and with both foretold
	After   [afters]float32    `json:"after,omitzero"`   // entries by the time since an earlier one, see afterEdges
	AfterBy [afters]float32    `json:"after_by,omitzero"`
	Last    [lastEntries]int64 `json:"last,omitzero"`    // seconds since 1970 of the last entries, ascending
	Hours   [2]float32         `json:"hours,omitzero"`   // entries of the last hours, and how many slots foretold
	Lately  [2]float32         `json:"lately,omitzero"`  // the same of the last day or two
	Delay   [3]float32         `json:"delay,omitzero"`   // seconds that dated entries waited for their poll, how long they should have, and how many they were
	Asked   [2]float32         `json:"asked,omitzero"`   // requests of the last days, and how many the plan allowed
	Window  int                `json:"window,omitempty"` // entries that the endpoint shows at once
}

const (
	halves, slotLength = 48, 1800.0
	fives, fiveLength  = 288, 300.0
	afters             = 12
	lastEntries        = 16
	daySeconds         = 86400.0

	rhythmHalf  = 14.0 // days
	hoursMemory = 2.5 * 3600
	dayMemory   = daySeconds
	askedMemory = 2 * daySeconds
	observeStep = 600.0 // seconds
	mostLoose   = 50
	firstSpan   = 14 * 24 * time.Hour

	// Entries that a prior stands for: of the whole, of a kind of day, of the hours about a slot, broad and wide, of the
	// slot, of the slot on its kind of day, and so on. A prior is of the next coarser view, so that little is believed of
	// what was seen once; that of a lag is of the lags about it.
	priorLevel, priorDays   = 0.5, 0.5
	priorKinds              = 5.0
	priorBroad, priorWide   = 0.5, 0.5
	priorSlot, priorKind    = 1.0, 4.0
	priorFive, priorMinute  = 0.7, 8.0
	priorLags, priorLag     = 2.0, 3.0
	priorHours, priorLately = 10.0, 4.0
	priorDelay              = 10.0
	oddsKept                = 0.995 // an entry

	broadly, widely = 10, 5 // slots off, at which others no longer tell of a slot
	changedOdds     = 0.03  // that a day is unlike what the slots foretell, before anything is seen of it
	afterTrust      = 0.7   // exponent of what is known of lags, as the last hours tell a part of it again
)

// The views are not believed before they have foretold something.
var (
	firstOdds  = [4]float64{0, -2.5, -2.5, -4}
	afterEdges = [afters + 1]float64{0, 1, 2, 3, 5, 8, 12, 16, 22, 30, 45, 60, 90} // minutes
)

// minutePrior is how much likelier than others a minute of the hour is. Editors like round ones: a rough mean over the
// sources of the shared publication series, rounded, so that it says no more than that.
func minutePrior(minute int) float64 {
	const full, half, fifth = 1.5, 0.7, 0.3
	p := 1.0
	switch {
	case minute == 0:
		p += full
	case minute == 30:
		p += half
	case minute%5 == 0:
		p += fifth
	}
	return p / (1 + (full+half+10*fifth)/60)
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// clockOf splits a time into the kind of its day, 1 for Saturdays and Sundays, and the second of the day.
func clockOf(t float64) (kind int, second float64) {
	day := math.Floor(t / daySeconds)
	if w := (int(day) + 4) % 7; w == 0 || w == 6 { // 1970 began with a Thursday
		kind = 1
	}
	return kind, t - day*daySeconds
}

func afterOf(lag float64) int {
	for b := range afters {
		if lag < 60*afterEdges[b+1] {
			return b
		}
	}
	return -1
}

// begin lays down what is known at first: nothing, or the rate that was learned before there was a rhythm.
func (r *Rhythm) begin(since time.Time, known Rate) {
	*r = Rhythm{Since: since, Until: since}
	for i, p := range firstOdds {
		r.Odds[i] = float32(p)
	}
	if known.Weight > 0 {
		for kind, days := range [2]float64{5. / 7, 2. / 7} {
			days *= known.Weight / daySeconds
			r.Days[kind] = float32(days)
			for b := range halves {
				r.Slots[kind][b] = float32(known.PerSecond * slotLength * days)
			}
		}
	}
}

// observe takes what came between r.Until and now: entries at known times, ascending, each counted with the weight,
// and a number of others of which only that is known. Polls were planned at the mean interval every; 0 is not known.
func (r *Rhythm) observe(now time.Time, times []float64, weight, loose, every float64) {
	from, to := seconds(r.Until), seconds(now)
	if to <= from {
		return
	}
	f := r.forecast(r.Until)
	hours, hoursBy, lately, latelyBy := float64(r.Hours[0]), float64(r.Hours[1]), float64(r.Lately[0]), float64(r.Lately[1])
	rest := times
	for t := max(from, to-firstSpan.Seconds()); t < to; {
		next := min(to, (math.Floor(t/observeStep)+1)*observeStep)
		rate, step := f.slot(t), next-t
		n := loose * step / (to - from)
		for ; len(rest) > 0 && rest[0] <= next; rest = rest[1:] {
			n += weight
		}
		k := math.Exp(-step / hoursMemory)
		hours, hoursBy = hours*k+n, hoursBy*k+rate*step
		k = math.Exp(-step / dayMemory)
		lately, latelyBy = lately*k+n, latelyBy*k+rate*step
		t = next
	}
	r.Hours, r.Lately = [2]float32{float32(hours), float32(hoursBy)}, [2]float32{float32(lately), float32(latelyBy)}
	if every > 0 {
		for _, t := range times {
			r.Delay[0] += float32(weight * (to - t))
			r.Delay[1] += float32(weight * f.delay(f.price(every)))
			r.Delay[2] += float32(weight)
		}
	}

	for _, t := range times {
		r.roll(from, t)
		from = max(from, t)
		r.count(f, t, weight)
	}
	if loose > 0 {
		r.spread(seconds(r.Until), to, loose)
	}
	r.roll(from, to)
	r.Until = now
}

// count adds an entry of a known time.
func (r *Rhythm) count(f *forecast, t, weight float64) {
	kind, s := clockOf(t)
	five, minute := int(s/fiveLength), int(s/60)%60
	foretold := [4]float64{0, math.Log(f.fives[five]), math.Log(f.minutes[minute])}
	foretold[3] = foretold[1] + foretold[2]
	for i := range r.Odds {
		r.Odds[i] = float32(oddsKept*float64(r.Odds[i]) + (1-oddsKept)*firstOdds[i] + weight*foretold[i])
	}
	w := float32(weight)
	r.Slots[kind][int(s/slotLength)] += w
	r.Fives[five] += w
	r.Minutes[minute] += w
	for _, before := range r.Last {
		if b := afterOf(t - float64(before)); before > 0 && b >= 0 {
			r.After[b] += w
		}
	}
	for b := range afters {
		lo, hi := 60*afterEdges[b], 60*afterEdges[b+1]
		r.AfterBy[b] += w * float32(f.slot(t+(lo+hi)/2)*(hi-lo))
	}
	copy(r.Last[:], r.Last[1:])
	r.Last[lastEntries-1] = int64(t)
}

// spread adds entries that came at some time between two.
func (r *Rhythm) spread(from, to, n float64) {
	from = max(from, to-daySeconds)
	parts := math.Ceil((to - from) / slotLength)
	for i := range int(parts) {
		kind, s := clockOf(from + (float64(i)+0.5)*(to-from)/parts)
		r.Slots[kind][int(s/slotLength)] += float32(n / parts)
	}
}

// roll forgets a little at each midnight between two times.
func (r *Rhythm) roll(from, to float64) {
	day, last := math.Floor(from/daySeconds), math.Floor(to/daySeconds)
	if keep := 20 * rhythmHalf; last-day > keep { // nothing is left of what was before
		day = last - keep
	}
	keep := math.Pow(0.5, 1/rhythmHalf)
	for ; day < last; day++ {
		kind, _ := clockOf(day * daySeconds)
		r.Days[kind]++
		for _, counts := range [][]float32{r.Days[:], r.Slots[0][:], r.Slots[1][:], r.Fives[:], r.Minutes[:], r.After[:], r.AfterBy[:], r.Delay[:]} {
			for i, n := range counts {
				counts[i] = float32(math.Floor(float64(n)*keep*1000) / 1000) // short when written
			}
		}
	}
}

// charge notes requests that were sent after so long a time.
func (r *Rhythm) charge(requests int, elapsed time.Duration) {
	keep := float32(math.Exp(-max(0, elapsed.Seconds()) / askedMemory))
	r.Asked[0] = r.Asked[0]*keep + float32(requests)
	r.Asked[1] *= keep
}

// forecast is a rhythm made ready to be asked for the rate at a time to come, in entries a second.
type forecast struct {
	slots   [2][halves]float64
	fives   [fives]float64 // factors
	minutes [60]float64
	after   [afters]float64
	odds    [4]float64
	now     float64
	last    float64 // the last entry known
	hours   float64 // factor of the last hours at now; it fades to 1
	lately  float64
	entries float64 // that it is made of
	root    float64 // mean over a week of the square root of the rate
	mean    float64 // mean over a week of the rate
}

func (r *Rhythm) forecast(now time.Time) *forecast {
	f := &forecast{now: seconds(now), last: float64(r.Last[lastEntries-1])}
	counts := r.profile(f)
	for i := range fives {
		b := i * halves / fives
		f.fives[i] = (smoothed(r.Fives[:], i) + priorFive) / (counts[b]*halves/fives + priorFive)
	}
	var all float64
	for _, n := range r.Minutes {
		all += float64(n)
	}
	for i, n := range r.Minutes {
		f.minutes[i] = (float64(n) + priorMinute) / (all/60 + priorMinute/minutePrior(i))
	}
	for b := range f.after {
		n, foretold := priorLags, priorLags
		for i := max(0, b-2); i <= min(afters-1, b+2); i++ {
			w := 1 - math.Abs(float64(i-b))/3
			n += w * float64(r.After[i])
			foretold += w * float64(r.AfterBy[i])
		}
		f.after[b] = math.Pow((float64(r.After[b])+priorLag*n/foretold)/(float64(r.AfterBy[b])+priorLag), afterTrust)
	}
	best, sum := float64(slices.Max(r.Odds[:])), 0.0
	for i, o := range r.Odds {
		f.odds[i] = math.Exp(float64(o) - best)
		sum += f.odds[i]
	}
	for i := range f.odds {
		f.odds[i] /= sum
	}
	f.lately = departure(float64(r.Lately[0]), float64(r.Lately[1]))
	f.hours = (priorHours + float64(r.Hours[0])) / (priorHours + float64(r.Hours[1])*f.lately)
	return f
}

// profile works the slots out, and their means over a week. It gives the entries of each slot on days of both kinds,
// smoothed.
func (r *Rhythm) profile(f *forecast) (counts [halves]float64) {
	seen := r.seen(f.now)
	var smooth [2][halves]float64
	var n, days [2]float64
	for kind := range 2 {
		for b := range halves {
			n[kind] += float64(r.Slots[kind][b])
			days[kind] += seen[kind][b] / halves
			smooth[kind][b] = smoothed(r.Slots[kind][:], b)
		}
	}
	f.entries = n[0] + n[1]
	daily := (f.entries + priorLevel) / (days[0] + days[1] + priorDays)
	var kinds [2]float64 // how much of a mean day's entries a day of the kind brings
	for kind := range kinds {
		kinds[kind] = (n[kind] + priorKinds) / (days[kind]*daily + priorKinds)
	}
	var raw, of [halves]float64 // entries, and the mean days that they came in
	for b := range halves {
		counts[b] = smooth[0][b] + smooth[1][b]
		raw[b] = float64(r.Slots[0][b] + r.Slots[1][b])
		of[b] = seen[0][b]*kinds[0] + seen[1][b]*kinds[1]
	}
	for b := range halves {
		near, nearDays := about(&raw, &of, b, broadly)
		rate := (near + priorBroad) / (nearDays + priorBroad*halves/daily)
		near, nearDays = about(&raw, &of, b, widely)
		rate = (near + priorWide) / (nearDays + priorWide/rate)
		rate = (counts[b] + priorSlot) / (of[b] + priorSlot/rate)
		for kind, share := range [2]float64{5. / 7, 2. / 7} {
			own := (smooth[kind][b] + priorKind) / (seen[kind][b] + priorKind/(rate*kinds[kind])) / slotLength
			f.slots[kind][b] = own
			f.mean += share / halves * own
			f.root += share / halves * math.Sqrt(own)
		}
	}
	return counts
}

// about sums the entries of the slots about one and the days that they came in, each with less weight the farther off.
func about(counts, days *[halves]float64, b, width int) (n, of float64) {
	for off := 1 - width; off < width; off++ {
		i, w := b+off, 1-math.Abs(float64(off))/float64(width)
		if i < 0 {
			i += halves
		} else if i >= halves {
			i -= halves
		}
		n, of = n+w*counts[i], of+w*days[i]
	}
	return n, of
}

// departure is the factor by which the last day departs from what was foretold of it. Either it is a day like others, and
// the factor is 1, or the rate has changed, to one of a gamma prior: the mean over both, by how likely each makes the
// count. So a busy day among others is not taken for a change, but a silence that lasts is.
func departure(n, foretold float64) float64 {
	changed, _ := math.Lgamma(priorLately + n)
	prior, _ := math.Lgamma(priorLately)
	changed += priorLately*math.Log(priorLately) - prior - (priorLately+n)*math.Log(priorLately+foretold)
	odds := changedOdds * math.Exp(min(changed+foretold, 100))
	return (1 + odds*(priorLately+n)/(priorLately+foretold)) / (1 + odds)
}

// seen tells how many times each slot was observed: on whole days, and in the parts of the first and the present one.
func (r *Rhythm) seen(now float64) (seen [2][halves]float64) {
	for kind := range 2 {
		for b := range halves {
			seen[kind][b] = float64(r.Days[kind])
		}
	}
	kind, second := clockOf(now)
	firstKind, firstSecond := clockOf(seconds(r.Since))
	age := math.Floor(now/daySeconds) - math.Floor(seconds(r.Since)/daySeconds)
	missed := math.Pow(0.5, age/rhythmHalf)
	for b := range halves {
		part := func(second float64) float64 { return min(1, max(0, second/slotLength-float64(b))) }
		seen[kind][b] += part(second)
		seen[firstKind][b] = max(0, seen[firstKind][b]-missed*part(firstSecond))
	}
	return seen
}

// smoothed is a count of a circle of counts, half of it shared with its neighbours.
func smoothed(counts []float32, i int) float64 {
	n := len(counts)
	return 0.5*float64(counts[i]) + 0.25*float64(counts[(i+n-1)%n]) + 0.25*float64(counts[(i+1)%n])
}

// slot is the rate by the hour of the day alone.
func (f *forecast) slot(t float64) float64 {
	kind, s := clockOf(t)
	return f.slots[kind][int(s/slotLength)]
}

// rate is all that is known of the rate at a time from now on, save the moods.
func (f *forecast) rate(t float64) float64 {
	kind, s := clockOf(t)
	five, minute := f.fives[int(s/fiveLength)], f.minutes[int(s/60)%60]
	rate := f.slots[kind][int(s/slotLength)] * (f.odds[0] + f.odds[1]*five + f.odds[2]*minute + f.odds[3]*five*minute)
	if b := afterOf(t - f.last); b >= 0 {
		rate *= f.after[b]
	}
	return rate
}

// delay is the mean delay to be expected at a price: half the wait between polls, over the rates at their times.
func (f *forecast) delay(price float64) float64 { return math.Sqrt(price/2) * f.root / f.mean }

// every is the mean interval between polls at a price, in seconds, and price the price of an interval.
func (f *forecast) every(price float64) float64 { return math.Sqrt(2*price) / f.root }
func (f *forecast) price(every float64) float64 { return (every * f.root) * (every * f.root) / 2 }

// Polled is what a poll at now that worked makes of a state; see observe.
func (s State) Polled(now time.Time, published []time.Time, fresh int) State {
	s.Rhythm.charge(s.cost(), now.Sub(s.Checked))
	s.observe(now, published, fresh)
	s.Checked = now
	return s
}

// Planned is the state with the next poll planned; see NextDue.
func (s State) Planned(now time.Time, e Endpoint, h Hints, b Bounds, share Share) State {
	p := planOf(now, e, s, h, b, share)
	s.Due, s.Every, s.Price, s.Why = p.due, p.every, share.Price, p.why
	s.Rhythm.Asked[1] += float32(p.polls * float64(s.cost()))
	return s
}

// observe takes what a poll at now showed: the times at which its entries say that they were published, zero where they
// do not say, and how many of them had not been seen before. Of these, those dated since the last look came at that
// time; the others, undated or dated back, came at some time since then. A first look reads the history that it is
// shown.
func (s *State) observe(now time.Time, published []time.Time, fresh int) {
	r := &s.Rhythm
	if len(published) > 0 {
		r.Window = len(published)
	}
	var times []float64
	if r.Since.IsZero() {
		fresh = math.MaxInt
		since := now
		for _, at := range published {
			if at.Before(since) && now.Sub(at) < firstSpan {
				since = at
			}
		}
		if since.Before(now) {
			r.begin(since, Rate{})
		} else {
			r.begin(now, s.Rate)
		}
	}
	for _, at := range published {
		if at.After(r.Until) && !at.After(now) {
			times = append(times, seconds(at))
		}
	}
	slices.Sort(times)
	weight, loose := 1.0, 0.0
	switch n := len(times); {
	case fresh == math.MaxInt:
	case n > fresh: // others have brought some of them already
		weight = float64(fresh) / float64(n)
	default:
		loose = float64(min(fresh-n, mostLoose)) // more are an archive that was opened, not news
	}
	r.observe(now, times, weight, loose, s.Every.Seconds())
}
