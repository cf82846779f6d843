package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"chapar/fetcher"
	"chapar/store"
	"chapar/store/corpus"
)

// about is what a look tells of an endpoint beside its entries.
type about struct {
	Language  string   `json:"language"`  // as the feed says
	PerDay    *float64 `json:"per_day"`   // entries a day, by their dates; null if too few have one
	Busiest   string   `json:"busiest"`   // the eight hours of the day with most entries, such as 09-17; "" if they are not known
	Robots    string   `json:"robots"`    // what robots.txt says to the entries
	Forbidden int      `json:"forbidden"` // how many entries it forbids
}

func aboutOf(ctx context.Context, client *fetcher.Client, sight fetcher.Sight, zone *time.Location) about {
	d := about{Language: sight.Language}
	d.PerDay, d.Busiest = rhythmOf(sight.Entries, zone)
	known := 0
	for _, e := range sight.Entries {
		if permitted, ok := client.Permits(ctx, e.Link); ok {
			if known++; !permitted {
				d.Forbidden++
			}
		}
	}
	switch {
	case known == 0:
		d.Robots = "says nothing of the entries: none of their hosts was asked"
	case d.Forbidden == 0:
		d.Robots = fmt.Sprintf("allows all %d entries", known)
	default:
		d.Robots = fmt.Sprintf("forbids %d of %d entries", d.Forbidden, known)
	}
	return d
}

// rhythmOf tells how often and when entries were published.
func rhythmOf(entries []fetcher.Entry, zone *time.Location) (perDay *float64, busiest string) {
	var dates []time.Time
	for _, e := range entries {
		if !e.Published.IsZero() {
			dates = append(dates, e.Published)
		}
	}
	const least, forHours = 3, 10
	if len(dates) < least {
		return nil, ""
	}
	slices.SortFunc(dates, time.Time.Compare)
	span := dates[len(dates)-1].Sub(dates[0])
	if span < time.Minute {
		return nil, ""
	}
	rate := float64(len(dates)-1) / (span.Hours() / 24)
	perDay = &rate
	if zone == nil {
		zone = time.UTC
	}
	var hours [24]int
	midnights := 0
	for _, at := range dates {
		hours[at.In(zone).Hour()]++
		if h, m, s := at.UTC().Clock(); h+m+s == 0 {
			midnights++
		}
	}
	if len(dates) < forHours || midnights*2 > len(dates) { // days, not moments
		return perDay, ""
	}
	const window = 8
	best, most := 0, 0
	for from := range hours {
		n := 0
		for h := range window {
			n += hours[(from+h)%24]
		}
		if n > most {
			best, most = from, n
		}
	}
	return perDay, fmt.Sprintf("%02d-%02d", best, (best+window)%24)
}

func (d about) rows(t *table) {
	if d.Language != "" {
		t.row("language", d.Language+", as the feed says")
	}
	rhythm := "not known: too few entries have a date"
	if d.PerDay != nil {
		rhythm = fmt.Sprintf("about %.0f entries a day", *d.PerDay)
		if *d.PerDay < 1.5 {
			rhythm = fmt.Sprintf("an entry in about %s", counted(max(1, int(1 / *d.PerDay + 0.5)), "day"))
		}
	}
	if d.Busiest != "" {
		rhythm += ", most between " + d.Busiest[:2] + " and " + d.Busiest[3:] + " h"
	}
	t.row("rhythm", rhythm)
	t.row("robots.txt", d.Robots)
}

// keptArticles finds out what other sources brought already; without a database that is nothing.
type keptArticles struct{ reading }

// keptArticles opens the database to compare with. One that cannot be read now is no reason not to look at a source.
func (a *app) keptArticles(ctx context.Context, database string) (keptArticles, error) {
	if exists(database) != nil {
		return keptArticles{}, nil
	}
	r, err := a.reader(ctx, database)
	switch {
	case ctx.Err() != nil:
		return keptArticles{}, ctx.Err()
	case err != nil:
		fmt.Fprintf(a.err, "not compared with what is kept: %v\n", err)
		return keptArticles{}, nil
	}
	return keptArticles{r}, nil
}

func (k keptArticles) close() {
	if k.reading != nil {
		k.Close()
	}
}

// compare notes in a sample which record of another source is the same article: at the same address, or under a like
// title with most of its words.
func (k keptArticles) compare(ctx context.Context, s *sample, source string) error {
	if k.reading == nil || s.text == "" {
		return nil
	}
	note := func(r corpus.Record) bool {
		const copied = 0.8
		share := overlap(r.Text, s.text)
		if r.Source == source || r.Source == "" || share < copied {
			return false
		}
		s.CopyOf, s.CopyIn, s.Overlap = r.ID, r.Source, share
		return true
	}
	r, err := k.Record(ctx, s.URL)
	switch {
	case err == nil && note(r):
		return nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	}
	const candidates = 5
	for r, err := range k.Search(ctx, cmp.Or(s.Title, short(s.Lede, 80)), store.Query{Limit: candidates}) {
		if err != nil {
			return err
		}
		if note(r) {
			break
		}
	}
	return nil
}
