package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"chapar/normalize"
	"chapar/store"
	"chapar/store/corpus"
)

type rebuildCommand struct {
	Apply bool `help:"Write it: changed titles and texts as revisions, the rest in place."`
	filters
	Limit int  `default:"20" help:"Show at most so many changed articles to people; 0 is all."`
	JSON  bool `name:"json" help:"JSON Lines for programs: each changed article, then the summary."`
}

// Help implements kong.HelpProvider.
func (*rebuildCommand) Help() string {
	return `The present normalizer, relevance settings and selectors of the config read the kept pages again (see
fetch.keep_pages). Without --apply nothing is written: it shows what would change, also while "chapar run" is at work.

With --apply a changed title or text becomes a new revision with the cause "rebuilt"; dates, authors, language and
relevance change in place; dropped articles that are relevant today are kept. No kept article is ever removed. It can be
interrupted at any time; the next one goes on with what is left.

Articles without a kept page, and those whose text came from a feed or an import, stay as they are.`
}

func (r *rebuildCommand) Run(ctx context.Context, a *app) error {
	b := &rebuild{rereader: rereader{limit: r.Limit, asJSON: r.JSON}}
	if err := b.open(ctx, a, r.filters, r.Apply); err != nil {
		return err
	}
	defer b.from.Close()
	if err := b.all(ctx); err != nil {
		return err
	}
	return b.tell()
}

// rebuild reads kept pages again.
type rebuild struct {
	rereader
	sum    rebuiltSum
	writes []store.Rebuilt // to be written together
}

// rebuiltSum counts what a rebuild found, and what it wrote.
type rebuiltSum struct {
	Pages      int  `json:"pages"` // read again
	Unchanged  int  `json:"unchanged"`
	Changed    int  `json:"changed"`
	Title      int  `json:"title"`
	Text       int  `json:"text"`
	Date       int  `json:"date"`
	Authors    int  `json:"authors"`
	Language   int  `json:"language"`
	Relevance  int  `json:"relevance"`
	In         int  `json:"relevant_today"`     // dropped, relevant today
	StillOut   int  `json:"still_dropped"`      // dropped, and would be today
	Out        int  `json:"would_be_dropped"`   // kept, would be dropped today; they stay
	Refused    int  `json:"no_article_today"`   // no article any more; they stay
	NoPage     int  `json:"no_page"`            // kept without the page
	NotOurs    int  `json:"text_not_from_page"` // text from a feed or an import
	NoSource   int  `json:"no_source"`          // the config does not name the source
	Revisions  int  `json:"revisions"`          // written
	InPlace    int  `json:"in_place"`           // written
	BroughtIn  int  `json:"brought_in"`         // written
	Normalizer int  `json:"normalizer"`         // the version at work
	Applied    bool `json:"applied"`
}

// all reads the pages that a query wants, on all cores, and takes what comes of them in their order.
func (b *rebuild) all(ctx context.Context) error {
	stats, err := b.from.Stats(ctx, store.Query{})
	if err != nil {
		return err
	}
	show, done := b.app.bar("reading pages again")
	defer done()
	total, at := int64(stats.Records+stats.Dropped), int64(0)
	err = inOrder(ctx, b.from.Pages(ctx, b.wanted), runtime.GOMAXPROCS(0), b.remake, func(r remade) error {
		if at++; show != nil {
			show(min(at, total), total)
		}
		return b.take(ctx, r)
	})
	if err != nil {
		return err
	}
	return b.flush(ctx)
}

// take counts, shows and, if asked, writes what came of a page.
func (b *rebuild) take(ctx context.Context, r remade) error {
	switch {
	case r.Page == nil && r.Record.TextFrom != store.FromPage:
		b.sum.NotOurs++
		return nil
	case r.Page == nil:
		b.sum.NoPage++
		return nil
	case r.unnamed:
		b.sum.NoSource++
		return nil
	case ctx.Err() != nil: // what was under way was cut short
		return ctx.Err()
	}
	b.sum.Pages++
	below := r.doc.Relevance.Score < b.s.config.Threshold(r.source.ID)
	if r.Rejected != nil {
		if r.err != nil || below {
			b.sum.StillOut++
			return nil
		}
		return b.bring(r)
	}
	if r.err != nil {
		b.sum.Refused++
		return b.show(r, "no article today", corpus.Record{}, store.Change{})
	}
	if below {
		b.sum.Out++
	}
	now, c := r.Renewed(r.doc)
	b.count(c)
	if c.Any() {
		if err := b.show(r, "changed", now, c); err != nil {
			return err
		}
	}
	if b.db != nil && (c.Any() || r.Normalizer < r.doc.Version) {
		r.Page = nil // it may be large, and is not written
		if b.writes = append(b.writes, store.Rebuilt{Made: r.Made, Document: r.doc}); len(b.writes) >= rebuildBatch {
			return b.flush(ctx)
		}
	}
	return nil
}

const rebuildBatch = 25 // articles a transaction

func (b *rebuild) count(c store.Change) {
	if !c.Any() {
		b.sum.Unchanged++
		return
	}
	b.sum.Changed++
	for _, x := range []struct {
		is bool
		n  *int
	}{{c.Title, &b.sum.Title}, {c.Text, &b.sum.Text}, {c.Date, &b.sum.Date}, {c.Authors, &b.sum.Authors}, {c.Language, &b.sum.Language}, {c.Relevance, &b.sum.Relevance}} {
		if x.is {
			*x.n++
		}
	}
}

// flush writes what waits.
func (b *rebuild) flush(ctx context.Context) error {
	if len(b.writes) == 0 {
		return nil
	}
	placed, err := b.db.Rebuild(ctx, b.writes)
	if err != nil {
		return err
	}
	for i, p := range placed {
		_, c := b.writes[i].Renewed(b.writes[i].Document)
		switch {
		case p.As == store.PlacedRevised:
			b.sum.Revisions++
		case p.As == store.PlacedRenewed && c.Any():
			b.sum.InPlace++
		}
	}
	b.writes = b.writes[:0]
	return nil
}

// bring keeps an article that was dropped, as it would be kept if its page came in today.
func (b *rebuild) bring(r remade) error {
	b.sum.In++
	if err := b.show(r, "relevant today", corpus.Record{}, store.Change{}); err != nil || b.db == nil {
		return err
	}
	if _, err := b.keep(r); err != nil {
		return err
	}
	b.sum.BroughtIn++
	return nil
}

// rebuiltLine is what programs get of an article.
type rebuiltLine struct {
	What     string        `json:"what"` // changed, relevant today, no article today
	ID       string        `json:"id,omitempty"`
	Number   *int          `json:"number,omitempty"`
	URL      string        `json:"url"`
	Source   string        `json:"source"`
	Title    string        `json:"title"`
	Why      string        `json:"why,omitempty"`
	Changes  *store.Change `json:"changes,omitempty"`
	Was      *labels       `json:"was,omitempty"`
	Now      *labels       `json:"now,omitempty"`
	Text     []piece       `json:"text,omitempty"` // paragraph by paragraph
	Stays    bool          `json:"would_be_dropped_today,omitempty"`
	Relevant *float64      `json:"relevance,omitempty"`
}

// labels are what is told of a text.
type labels struct {
	Title     string     `json:"title"`
	Published *time.Time `json:"published"`
	DateFrom  string     `json:"date_from"`
	Modified  *time.Time `json:"modified"`
	Authors   []string   `json:"authors"`
	Language  string     `json:"language"`
	Relevance float64    `json:"relevance"`
	Topics    []string   `json:"topics"`
	Places    []string   `json:"places"`
	Reasons   []string   `json:"reasons"`
}

func labelsOf(r corpus.Record) *labels {
	return &labels{r.Title, r.Published, r.DateFrom, r.Modified, list(r.Authors), r.Language, r.Relevance, list(r.Topics), list(r.Places), list(r.Reasons)}
}

func list(of []string) []string { return append([]string{}, of...) }

// show tells of one article that comes out differently.
func (b *rebuild) show(r remade, what string, now corpus.Record, c store.Change) error {
	if b.asJSON {
		l := rebuiltLine{What: what, Title: r.doc.Title}
		if r.err != nil {
			l.Why = r.err.Error()
		}
		if r.Rejected != nil {
			l.URL, l.Source, l.Relevant = r.Rejected.URL, r.Rejected.Source, &r.doc.Relevance.Score
			return jsonLine(b.out, l)
		}
		l.ID, l.Number, l.URL, l.Source, l.Title = r.Record.ID, &r.Record.Number, r.Record.URL, r.Record.Source, r.Record.Title
		if c.Any() {
			l.Changes, l.Was, l.Now = &c, labelsOf(*r.Record), labelsOf(now)
			l.Stays = now.Relevance < b.s.config.Threshold(r.source.ID)
		}
		if c.Text {
			l.Text = compared(r.Record.Text, now.Text)
		}
		return jsonLine(b.out, l)
	}
	if !b.shows() {
		return nil
	}
	if b.shown > 1 {
		if _, err := fmt.Fprintln(b.out); err != nil {
			return err
		}
	}
	switch what {
	case "relevant today":
		if err := b.paint.line(paintBold, "", fmt.Sprintf("dropped  %s  %s", r.Rejected.Source, r.Rejected.URL)); err != nil {
			return err
		}
		if err := b.paint.line("", "  ", r.doc.Title); err != nil {
			return err
		}
		told := "would be kept"
		if b.db != nil {
			told = "kept now"
		}
		return b.paint.line(paintGreen, "  ", fmt.Sprintf("%s: relevance %.2f → %.2f", told, r.Rejected.Relevance, r.doc.Relevance.Score))
	case "no article today":
		if err := b.head(*r.Record); err != nil {
			return err
		}
		return b.paint.line(paintRed, "  ", "would give no article today, stays as it is: "+r.err.Error())
	}
	return b.changes(r, now, c)
}

func (b *rebuild) head(r corpus.Record) error {
	return b.paint.line(paintBold, "", fmt.Sprintf("%s (number %d)  %s  %s", r.ID, r.Number, r.Source, short(r.Title, 80)))
}

// changes shows what is different in an article.
func (b *rebuild) changes(r remade, now corpus.Record, c store.Change) error {
	was, p := *r.Record, b.paint
	before, relevance := fmt.Sprintf("%.2f", was.Relevance), fmt.Sprintf("%.2f", now.Relevance)
	if relevance == before {
		relevance += ", for other reasons"
	}
	if now.Relevance < b.s.config.Threshold(r.source.ID) {
		relevance += " (would be dropped today; stays)"
	}
	errs := []error{b.head(was)}
	if c.Title {
		errs = append(errs, p.line("", "  ", "title"), p.line(paintRed, "  - ", was.Title), p.line(paintGreen, "  + ", now.Title))
	}
	for _, x := range []struct {
		name     string
		was, now string
	}{
		{"published", dated(was.Published, was.DateFrom), dated(now.Published, now.DateFrom)},
		{"modified", dated(was.Modified, ""), dated(now.Modified, "")},
		{"authors", strings.Join(was.Authors, ", "), strings.Join(now.Authors, ", ")},
		{"language", was.Language, now.Language},
		{"topics", strings.Join(was.Topics, ", "), strings.Join(now.Topics, ", ")},
		{"places", strings.Join(was.Places, "; "), strings.Join(now.Places, "; ")},
	} {
		if x.was != x.now {
			errs = append(errs, p.change(x.name, x.was, x.now))
		}
	}
	if c.Relevance {
		errs = append(errs, p.change("relevance", before, relevance))
	}
	if c.Text {
		errs = append(errs, p.text(compared(was.Text, now.Text)))
	}
	return errors.Join(errs...)
}

func dated(t *time.Time, from string) string {
	if t == nil {
		return ""
	}
	if from == "" {
		return local(*t)
	}
	return local(*t) + " (from: " + from + ")"
}

// tell gives the summary.
func (b *rebuild) tell() error {
	b.sum.Normalizer, b.sum.Applied = normalize.Version, b.db != nil
	if b.asJSON {
		return jsonLine(b.app.out, struct {
			What string `json:"what"`
			rebuiltSum
		}{"summary", b.sum})
	}
	if b.limit > 0 && b.shown > b.limit {
		fmt.Fprintln(b.app.out) // as between two articles
	}
	b.ended()
	t := table{}
	count := func(name string, n int, always bool) {
		if n > 0 || always {
			t.row(name, fmt.Sprint(n))
		}
	}
	s := b.sum
	count("pages read again", s.Pages, true)
	count("  unchanged", s.Unchanged, true)
	count("  changed", s.Changed, true)
	count("    title", s.Title, false)
	count("    text", s.Text, false)
	count("    date", s.Date, false)
	count("    authors", s.Authors, false)
	count("    language", s.Language, false)
	count("    relevance or its reasons", s.Relevance, false)
	count("  no article today (stay)", s.Refused, false)
	count("  dropped, relevant today", s.In, false)
	count("  dropped, still not relevant", s.StillOut, false)
	count("kept, would be dropped today (stay)", s.Out, false)
	count("left alone: no page is kept", s.NoPage, false)
	count("left alone: text from a feed or an import", s.NotOurs, false)
	count("left alone: the config has no such source", s.NoSource, false)
	if s.Applied {
		count("written: revisions", s.Revisions, true)
		count("written: changed in place", s.InPlace, true)
		count("written: brought in", s.BroughtIn, true)
	}
	if err := t.write(b.app.out, width(b.app.out)); err != nil {
		return err
	}
	switch {
	case s.Changed+s.In == 0:
		fmt.Fprintln(b.app.err, "nothing would change")
	case !s.Applied:
		fmt.Fprintln(b.app.err, "nothing was written; `chapar rebuild --apply` writes it")
	}
	return nil
}
