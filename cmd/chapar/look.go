package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"chapar/cmd/chapar/config"
	"chapar/normalize/relevance"
	"chapar/store"
	"chapar/store/corpus"
)

// filters are the flags that choose records.
type filters struct {
	Since        string   `placeholder:"WHEN" help:"Published at or after: a date (2026-01-31, 2026-01 or 2026, in UTC), an RFC 3339 time, or an age such as 24h, 7d, 2w, 3mo or 1y."`
	Until        string   `placeholder:"WHEN" help:"Published before."`
	Source       []string `placeholder:"ID" help:"Only of these sources."`
	Tag          []string `placeholder:"TAG" help:"Only of sources that have one of these tags in the config."`
	Lang         []string `placeholder:"TAG" help:"Only in these languages; kk takes both scripts."`
	Topic        []string `placeholder:"NAME" help:"Only on any of these topics, such as border."`
	Place        []string `sep:"none" placeholder:"NAME" help:"Only with any of these places: Osh, KG or \"Osh, KG\"; one each time."`
	MinRelevance float64  `placeholder:"0..1" help:"Only with at least this relevance."`
}

// query makes a query of the flags; the config tells which sources have a tag.
func (f filters) query(c *config.Config, now time.Time) (q store.Query, err error) {
	if q.Since, err = parseWhen("--since", f.Since, now); err != nil {
		return q, err
	}
	if q.Until, err = parseWhen("--until", f.Until, now); err != nil {
		return q, err
	}
	if !(f.MinRelevance >= 0 && f.MinRelevance <= 1) {
		return q, usage("--min-relevance lies between 0 and 1, not %g", f.MinRelevance)
	}
	if !q.Until.IsZero() && !q.Since.Before(q.Until) {
		return q, usage("--since %s is not before --until %s", f.Since, f.Until)
	}
	for _, tag := range f.Lang {
		if _, err := language.Parse(tag); err != nil {
			return q, usage("--lang %q is not a language tag such as en, ru or kk-Cyrl", tag)
		}
	}
	for _, topic := range f.Topic {
		if !slices.Contains(relevance.Topics(), topic) {
			return q, usage("--topic %q is none of %s", topic, strings.Join(relevance.Topics(), ", "))
		}
	}
	q.Sources, q.Languages, q.Topics, q.Places, q.MinRelevance = f.Source, f.Lang, f.Topic, f.Place, f.MinRelevance
	return tagged(c, f.Tag, q)
}

// words are the flags as they were given.
func (f filters) words() (all []string) {
	add := func(flag string, values ...string) {
		for _, v := range values {
			if v != "" {
				all = append(all, flag+" "+v)
			}
		}
	}
	add("--since", f.Since)
	add("--until", f.Until)
	add("--source", f.Source...)
	add("--tag", f.Tag...)
	add("--lang", f.Lang...)
	add("--topic", f.Topic...)
	add("--place", f.Place...)
	if f.MinRelevance > 0 {
		add("--min-relevance", strconv.FormatFloat(f.MinRelevance, 'g', -1, 64))
	}
	return all
}

// parseWhen reads a point in time; a date is its beginning in UTC, an age counts back from now.
func parseWhen(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	const digits, mostOfAge = "0123456789", 100_000 // hours to years: none leads out of the calendar
	unit := strings.TrimLeft(s, digits)
	if n, err := strconv.Atoi(strings.TrimSuffix(s, unit)); err == nil && n <= mostOfAge {
		switch unit {
		case "d":
			return now.AddDate(0, 0, -n), nil
		case "w":
			return now.AddDate(0, 0, -7*n), nil
		case "mo":
			return now.AddDate(0, -n, 0), nil
		case "y":
			return now.AddDate(-n, 0, 0), nil
		case "m":
			return time.Time{}, usage("%s %q may be minutes or months: write 0h%dm or %dmo", flag, s, n, n)
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, usage("%s %q is not a date (2026-01-31), a time (2026-01-31T08:00:00Z) or an age (24h, 7d, 2w, 3mo, 1y)", flag, s)
}

type showCommand struct {
	ID        string `arg:"" help:"Id (or its beginning), number or address of the article; of one that is not kept the address tells why."`
	Copies    bool   `xor:"view" help:"All articles with its text as a time line: who had it first, whom they credit, what each changed."`
	Revisions bool   `xor:"view" help:"How it was changed: each revision with its class (typo, headline, body, withdrawn) and what differs."`
	Why       bool   `xor:"view" help:"Judge it by the present settings and list all that the judgement is made of; also of an article that was dropped."`
	JSON      bool   `name:"json" help:"JSON for programs."`
}

func (s *showCommand) Run(ctx context.Context, a *app) error {
	if strings.TrimSpace(s.ID) == "" {
		return usage("the id is empty; `chapar search WORDS` finds articles")
	}
	return a.read(ctx, func(c *config.Config, r reading) error {
		if s.Why {
			return s.why(ctx, a, c, r)
		}
		rec, err := r.Record(ctx, s.ID)
		if errors.Is(err, store.ErrNotFound) {
			if st, serr := r.Standing(ctx, s.ID); serr == nil { // it is known and not kept: that has a reason
				return s.standing(a, st)
			} else if !errors.Is(serr, store.ErrNotFound) {
				return serr
			}
			return fmt.Errorf("nothing is kept as %q; `chapar search WORDS` finds articles", s.ID)
		}
		if err != nil {
			return err
		}
		switch {
		case s.Copies:
			return s.copies(ctx, a, r, rec.ID)
		case s.Revisions:
			return s.revisions(ctx, a, r, rec.ID)
		case s.JSON:
			return a.json(rec)
		}
		var of corpus.Record
		if rec.DuplicateOf != nil {
			if of, err = r.Record(ctx, *rec.DuplicateOf); err != nil && !errors.Is(err, store.ErrDamaged) {
				return err
			}
		}
		return showRecord(a.out, width(a.out), rec, of)
	})
}

// standing shows why an article that a source named is not kept.
func (s *showCommand) standing(a *app, st store.Standing) error {
	if s.JSON {
		return a.json(st)
	}
	t := table{loose: 1, wrap: true}
	t.row("address", s.ID)
	t.row("named by", strings.Join(st.Sources, ", "))
	switch {
	case st.Rejected != nil:
		t.row("title", st.Rejected.Title)
		t.row("dropped", st.Rejected.Why)
		name := "reasons"
		for _, why := range st.Rejected.Reasons {
			t.row(name, why)
			name = ""
		}
	case st.Aside != nil:
		t.row("set aside", strings.TrimSuffix(string(st.Aside.Reason.Outcome)+": "+st.Aside.Reason.Detail, ": "))
		t.row("on", local(st.Aside.Reason.At))
	case st.Gone != nil && st.Gone.As == "dropped":
		t.row("dropped", "as not relevant on "+local(st.Gone.On)+"; the details were kept for fetch.keep_rejected")
	case st.Gone != nil:
		t.row("set aside", "on "+local(st.Gone.On)+"; the details were kept for fetch.keep_rejected")
	case st.Old:
		t.row("not read", "it was older than fetch.backfill when its source was first polled")
	}
	if st.Job != nil {
		t.row("waits until", local(st.Job.Due))
	}
	if st.Why != nil {
		t.row("failed last", strings.TrimSuffix(string(st.Why.Outcome)+": "+st.Why.Detail, ": "))
	}
	return t.write(a.out, width(a.out))
}

// showRecord shows a record; of is the one that it is a copy of, if it is one.
func showRecord(w io.Writer, width int, r, of corpus.Record) error {
	t := table{loose: 1, wrap: true}
	row := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				t.row(name, v)
				name = ""
			}
		}
	}
	row("title", r.Title)
	row("id", fmt.Sprintf("%s (number %d, revision %d)", r.ID, r.Number, r.Revision))
	row("revised", because(r.Cause))
	if r.Withdrawn != nil {
		row("kept out", keptOut(*r.Withdrawn))
	}
	row("source", strings.TrimSpace(r.Source+"  "+r.SourceName))
	row("also in", strings.Join(r.AlsoIn, ", "))
	row("address", r.URL)
	if r.CanonicalURL != r.URL {
		row("canonical", r.CanonicalURL)
	}
	row("authors", strings.Join(r.Authors, ", "))
	if r.Published != nil {
		row("published", local(*r.Published)+" (from: "+r.DateFrom+")")
	}
	if r.Modified != nil {
		row("modified", local(*r.Modified))
	}
	row("first seen", local(r.FirstSeen))
	row("text from", r.TextFrom)
	row("language", r.Language)
	row("relevance", fmt.Sprintf("%.2f", r.Relevance))
	row("topics", strings.Join(r.Topics, ", "))
	row("places", strings.Join(r.Places, "; "))
	row("reasons", r.Reasons...)
	if r.DuplicateOf != nil {
		row("copy of", fmt.Sprintf("%s (%.0f %% of the text stands there)", *r.DuplicateOf, 100*r.Overlap))
		if of.Withdrawn != nil {
			row("", "which is kept out since "+keptOut(*of.Withdrawn))
		}
		row("cluster", r.Cluster+" (--copies shows it)")
	}
	if r.Translation != nil {
		row("translates", *r.Translation)
	}
	row("taken out", r.Removed...)
	row("sha256", r.SHA256)
	if err := t.write(w, width); err != nil {
		return err
	}
	var b strings.Builder
	for p := range strings.SplitSeq(r.Text, "\n\n") {
		b.WriteString("\n" + strings.Join(wrapped(p, width), "\n") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// keptOut tells people of an article that a replay withdrew from the corpus. What its publisher withdraws is another matter:
// see classOf.
func keptOut(since time.Time) string {
	return local(since) + ": judged as not relevant by `chapar relevance replay`; it is in no export"
}

// because tells people the cause of a revision.
func because(cause string) string {
	switch cause {
	case store.CauseEdited:
		return "the publisher changed it"
	case store.CausePage:
		return "the text of its page took the place of that of the feed"
	case store.CauseImport:
		return "another text was imported"
	case store.CauseCleaned:
		return "what the articles of its source have in common was taken out, or put back"
	case store.CauseRebuilt:
		return "rebuild read its page by later rules"
	}
	return cause
}

type searchCommand struct {
	Words []string `arg:"" name:"query" help:"Words that must all occur; the beginning of a word will do."`
	filters
	Limit int  `default:"20" help:"At most so many; 0 is all."`
	JSON  bool `name:"json" help:"JSON Lines for programs."`
}

func (s *searchCommand) Run(ctx context.Context, a *app) error {
	words := strings.Join(s.Words, " ")
	if !strings.ContainsFunc(words, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return usage("there is no word to search for in %q", words)
	}
	if s.Limit < 0 {
		return usage("--limit is at least 0, not %d", s.Limit)
	}
	return a.choose(ctx, s.filters, func(_ *config.Config, q store.Query, r reading) error {
		q.Limit = s.Limit
		found := r.Search(ctx, words, q)
		if s.JSON {
			_, err := corpus.WriteJSONL(ctx, a.out, found)
			return err
		}
		t := table{loose: 6}
		t.row("ID", "DATE", "SOURCE", "LANG", "REL", "COPY OF", "TITLE")
		for rec, err := range found {
			if err != nil {
				return err
			}
			at := rec.FirstSeen
			if rec.Published != nil {
				at = *rec.Published
			}
			t.row(rec.ID, at.Local().Format(time.DateOnly), short(rec.Source, 20), rec.Language, fmt.Sprintf("%.2f", rec.Relevance), copyMark(rec), rec.Title)
		}
		if len(t.rows) == 1 {
			fmt.Fprintln(a.err, "nothing found")
			return nil
		}
		return t.write(a.out, width(a.out))
	})
}

// copyMark names the article that a record is a copy or, with a sign before it, a translation of.
func copyMark(r corpus.Record) string {
	switch {
	case r.DuplicateOf != nil:
		return *r.DuplicateOf
	case r.Translation != nil:
		return "~" + *r.Translation
	}
	return ""
}

type statsCommand struct {
	Tag  []string `placeholder:"TAG" help:"Only of sources that have one of these tags in the config."`
	JSON bool     `name:"json" help:"JSON for programs."`
}

func (s *statsCommand) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(c *config.Config, r reading) error {
		q, err := tagged(c, s.Tag, store.Query{})
		if err != nil {
			return err
		}
		st, err := r.Stats(ctx, q)
		if err != nil {
			return err
		}
		if s.JSON {
			return a.json(st)
		}
		return showStats(a.out, width(a.out), st)
	})
}

func showStats(w io.Writer, width int, st store.Stats) error {
	t := table{}
	countRow(&t, "articles", st.Records)
	countRow(&t, "  copies among them", st.Copies)
	countRow(&t, "  revisions", st.Revisions)
	if st.Older > 0 {
		countRow(&t, "  read by older rules", st.Older)
	}
	if st.Withdrawn > 0 {
		countRow(&t, "kept out by a replay", st.Withdrawn)
	}
	countRow(&t, "dropped (not relevant)", st.Dropped)
	countRow(&t, "set aside", st.Aside)
	countRow(&t, "waiting in the inbox", st.Inbox)
	if !st.Newest.IsZero() {
		t.row("newest", local(st.Newest))
	}
	t.row("database", size(st.FileBytes))
	t.row("  free within it", size(st.FreeBytes))
	countRows(&t, "by source", st.BySource)
	countRows(&t, "by language", st.ByLanguage)
	countRows(&t, "by topic", st.ByTopic)
	countRows(&t, "by month", st.ByMonth)
	countRows(&t, "set aside because", st.AsideBy)
	return t.write(w, width)
}

func countRow(t *table, name string, n int) { t.row(name, strconv.Itoa(n)) }

// countRows lists counts, the largest first; those of months in their order.
func countRows(t *table, name string, counts map[string]int) {
	if len(counts) == 0 {
		return
	}
	t.row("")
	t.row(name)
	for _, k := range slices.SortedFunc(maps.Keys(counts), func(x, y string) int {
		if d := counts[y] - counts[x]; d != 0 && name != "by month" {
			return d
		}
		return strings.Compare(x, y)
	}) {
		countRow(t, "  "+cmp.Or(k, "(none)"), counts[k])
	}
}
