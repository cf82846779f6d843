package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"chapar/store"
	"chapar/store/corpus"
)

// filters are the flags that choose records.
type filters struct {
	Since        string   `placeholder:"DATE" help:"Published at or after: a date, an RFC 3339 time or an age such as 720h."`
	Until        string   `placeholder:"DATE" help:"Published before."`
	Source       []string `placeholder:"ID" help:"Only of these sources."`
	Lang         []string `placeholder:"TAG" help:"Only in these languages; kk takes both scripts."`
	MinRelevance float64  `placeholder:"0..1" help:"Only with at least this relevance."`
}

func (f filters) query(now time.Time) (q store.Query, err error) {
	if q.Since, err = parseWhen("--since", f.Since, now); err != nil {
		return q, err
	}
	if q.Until, err = parseWhen("--until", f.Until, now); err != nil {
		return q, err
	}
	if f.MinRelevance < 0 || f.MinRelevance > 1 {
		return q, usage("--min-relevance lies between 0 and 1, not %g", f.MinRelevance)
	}
	q.Sources, q.Languages, q.MinRelevance = f.Source, f.Lang, f.MinRelevance
	return q, nil
}

func parseWhen(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, usage("%s %q is not a date (2026-01-31), a time (2026-01-31T08:00:00Z) or an age (720h)", flag, s)
}

type showCommand struct {
	ID   string `arg:"" help:"Id (or its beginning), number or address of the article."`
	JSON bool   `name:"json" help:"JSON for programs."`
}

func (s *showCommand) Run(ctx context.Context, a *app) error {
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	r, err := a.reader(ctx, c.Database)
	if err != nil {
		return err
	}
	defer r.Close()
	rec, err := r.Record(ctx, s.ID)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("nothing is kept as %q; `chapar search WORDS` finds articles", s.ID)
	}
	if err != nil {
		return err
	}
	if s.JSON {
		return a.json(rec)
	}
	return showRecord(a.out, rec)
}

func showRecord(w io.Writer, r corpus.Record) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, plain(value))
		}
	}
	row("title", r.Title)
	row("id", fmt.Sprintf("%s (number %d, revision %d)", r.ID, r.Number, r.Revision))
	row("source", strings.TrimSpace(r.Source+"  "+r.SourceName))
	row("also in", strings.Join(r.AlsoIn, ", "))
	row("address", r.URL)
	if r.CanonicalURL != r.URL {
		row("canonical", r.CanonicalURL)
	}
	row("authors", strings.Join(r.Authors, ", "))
	if r.Published != nil {
		row("published", r.Published.Format(time.RFC3339)+" (from: "+r.DateFrom+")")
	}
	if r.Modified != nil {
		row("modified", r.Modified.Format(time.RFC3339))
	}
	row("first seen", r.FirstSeen.Format(time.RFC3339))
	row("text from", r.TextFrom)
	row("language", r.Language)
	row("relevance", fmt.Sprintf("%.2f", r.Relevance))
	row("topics", strings.Join(r.Topics, ", "))
	row("places", strings.Join(r.Places, "; "))
	for i, reason := range r.Reasons {
		name := ""
		if i == 0 {
			name = "reasons"
		}
		fmt.Fprintf(t, "%s\t%s\n", name, plain(reason))
	}
	if r.DuplicateOf != nil {
		row("copy of", fmt.Sprintf("%s (%.0f %% of the text stands there)", *r.DuplicateOf, 100*r.Overlap))
	}
	row("sha256", r.SHA256)
	if err := t.Flush(); err != nil {
		return err
	}
	for _, p := range strings.Split(r.Text, "\n\n") {
		if _, err := fmt.Fprintf(w, "\n%s\n", plain(p)); err != nil {
			return err
		}
	}
	return nil
}

type searchCommand struct {
	Words []string `arg:"" name:"query" help:"Words that must all occur; the beginning of a word will do."`
	filters
	Limit int  `default:"20" help:"At most so many; 0 is all."`
	JSON  bool `name:"json" help:"JSON Lines for programs."`
}

func (s *searchCommand) Run(ctx context.Context, a *app) error {
	q, err := s.query(time.Now())
	if err != nil {
		return err
	}
	q.Limit = s.Limit
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	r, err := a.reader(ctx, c.Database)
	if err != nil {
		return err
	}
	defer r.Close()
	found := r.Search(ctx, strings.Join(s.Words, " "), q)
	if s.JSON {
		_, err := corpus.WriteJSONL(ctx, a.out, found)
		return err
	}
	t := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	n := 0
	for rec, err := range found {
		if err != nil {
			return err
		}
		if n++; n == 1 {
			fmt.Fprintln(t, "ID\tDATE\tSOURCE\tLANG\tREL\tTITLE")
		}
		at := rec.FirstSeen
		if rec.Published != nil {
			at = *rec.Published
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.2f\t%s\n", rec.ID, at.Format(time.DateOnly), short(rec.Source, 20), rec.Language, rec.Relevance, short(rec.Title, 80))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintln(a.err, "nothing found")
	}
	return nil
}

type statsCommand struct {
	JSON bool `name:"json" help:"JSON for programs."`
}

func (s *statsCommand) Run(ctx context.Context, a *app) error {
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	r, err := a.reader(ctx, c.Database)
	if err != nil {
		return err
	}
	defer r.Close()
	st, err := r.Stats(ctx)
	if err != nil {
		return err
	}
	if s.JSON {
		return a.json(st)
	}
	t := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(t, "articles\t%d\n  copies among them\t%d\n  revisions\t%d\n", st.Records, st.Copies, st.Revisions)
	fmt.Fprintf(t, "dropped (not relevant)\t%d\nset aside\t%d\nwaiting in the inbox\t%d\n", st.Dropped, st.Aside, st.Inbox)
	if !st.Newest.IsZero() {
		fmt.Fprintf(t, "newest\t%s\n", st.Newest.Format(time.RFC3339))
	}
	fmt.Fprintf(t, "database\t%s\n", size(st.FileBytes))
	for _, list := range []struct {
		name   string
		counts map[string]int
	}{{"by source", st.BySource}, {"by language", st.ByLanguage}, {"by topic", st.ByTopic}, {"by month", st.ByMonth}, {"set aside because", st.AsideBy}} {
		if len(list.counts) == 0 {
			continue
		}
		fmt.Fprintf(t, "\n%s\t\n", list.name)
		for _, k := range slices.SortedFunc(maps.Keys(list.counts), func(x, y string) int {
			if d := list.counts[y] - list.counts[x]; d != 0 && list.name != "by month" {
				return d
			}
			return strings.Compare(x, y)
		}) {
			fmt.Fprintf(t, "  %s\t%d\n", short(k, 40), list.counts[k])
		}
	}
	return t.Flush()
}

// jsonLine writes one value as a line.
func jsonLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
