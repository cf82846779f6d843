package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/normalize"
	"chapar/normalize/relevance"
	"chapar/store"
	"chapar/store/corpus"
)

type relevanceReplayCommand struct {
	Apply bool `help:"Write it: take out what goes out, keep what comes in, renew the scores of the rest."`
	filters
	Limit int  `default:"20" help:"Show at most so many articles that come in or go out to people; 0 is all."`
	JSON  bool `name:"json" help:"JSON Lines for programs: each article that comes in or goes out, then the summary."`
}

// Help implements kong.HelpProvider.
func (*relevanceReplayCommand) Help() string {
	return `The relevance settings of the config judge anew what was kept, by its text, and what was dropped, by its page (see
fetch.keep_pages). Without --apply nothing is written: it shows what would come in and go out, and why, also while
"chapar run" is at work. Try another config with -c.

With --apply what goes out is kept out of the corpus: it is in no export, search or count, but keeps its number, text and revisions;
"chapar show" tells of it, and a later replay under which it is relevant brings it back as it was. What comes in is kept
as if it had come in today. It can be interrupted at any time; the next one goes on with what is left.

Imported documents and seeds never go out, nor does what a source with "relevance: all" brought. Articles of sources that
the config does not name stay as they are.`
}

func (r *relevanceReplayCommand) Run(ctx context.Context, a *app) error {
	p := &replay{rereader: rereader{limit: r.Limit, asJSON: r.JSON}}
	if err := p.open(ctx, a, r.filters, r.Apply); err != nil {
		return err
	}
	defer p.from.Close()
	if err := p.all(ctx); err != nil {
		return err
	}
	return p.tell()
}

// replay judges anew what was kept and what was dropped.
type replay struct {
	rereader
	sum    replaySum
	writes []store.Judged // to be written together
}

// replaySum counts what a replay found, and what it wrote.
type replaySum struct {
	Kept      int  `json:"kept"`          // judged anew
	Out       int  `json:"out"`           // of them, go out
	Renewed   int  `json:"renewed"`       // stay in, with another score or for other reasons
	Withdrawn int  `json:"withdrawn"`     // judged anew
	Back      int  `json:"back"`          // of them, come back
	Rescored  int  `json:"renewed_out"`   // of them, stay out, with another score or for other reasons
	Dropped   int  `json:"dropped"`       // judged anew
	In        int  `json:"in"`            // of them, come in
	NoPage    int  `json:"no_page"`       // dropped, and the page is not kept
	NoArticle int  `json:"no_article"`    // dropped, and the page gives no article today
	NoSource  int  `json:"no_source"`     // the config does not name the source
	Written   int  `json:"written"`       // kept and withdrawn ones
	Brought   int  `json:"brought_in"`    // dropped ones
	Changed   int  `json:"changed_since"` // changed by others while it was judged
	Applied   bool `json:"applied"`       // else nothing was written
}

// all judges on all cores and takes what comes of it in order: what is kept or withdrawn, then what was dropped.
func (p *replay) all(ctx context.Context) error {
	stats, err := p.from.Stats(ctx, store.Query{})
	if err != nil {
		return err
	}
	show, done := p.app.bar("judging anew")
	defer done()
	total, at := int64(stats.Records+stats.Withdrawn+stats.Dropped), int64(0)
	step := func() {
		if at++; show != nil {
			show(min(at, total), total)
		}
	}
	q := p.wanted
	q.Withdrawn = true
	err = inOrder(ctx, p.from.Records(ctx, q), runtime.GOMAXPROCS(0), p.judge, func(j rejudged) error {
		step()
		return p.take(ctx, j)
	})
	if err == nil {
		err = p.flush(ctx)
	}
	if err != nil {
		return err
	}
	return inOrder(ctx, p.from.Dropped(ctx, q), runtime.GOMAXPROCS(0), p.remake, func(r remade) error {
		step()
		return p.takeDropped(ctx, r)
	})
}

// rejudged is a record and what the present settings say of it.
type rejudged struct {
	store.Judged
	source config.Source
	known  bool // the config names the source, or it was imported
	stays  bool // whatever its score
}

// judge judges a record by its text, as it was judged when it came in.
func (p *replay) judge(_ context.Context, was corpus.Record) rejudged {
	j := rejudged{Judged: store.Judged{Was: was, Now: was}}
	var r relevance.Result
	if was.TextFrom == store.FromImport {
		j.known, j.stays = true, true
		r = p.s.normalizer.Text(was.Title, was.Text, normalize.Hint{Language: was.Language}, "").Relevance
	} else {
		if j.source, j.known = p.s.config.Source(was.Source); !j.known {
			return j
		}
		r = p.s.of(j.source.ID).Judge(relevance.Input{Title: was.Title, Text: was.Text, Language: was.Language, Country: j.source.Country})
	}
	j.Now.Relevance, j.Now.Topics, j.Now.Places, j.Now.Reasons = r.Score, r.Topics, r.Places, r.Reasons
	return j
}

// take counts, shows and, if asked, writes what came of a record.
func (p *replay) take(ctx context.Context, j rejudged) error {
	if !j.known {
		p.sum.NoSource++
		return nil
	}
	least := p.s.config.Threshold(j.source.ID)
	below := !j.stays && j.Now.Relevance < least
	if j.Was.Withdrawn != nil {
		p.sum.Withdrawn++
	} else {
		p.sum.Kept++
	}
	switch {
	case below && j.Was.Withdrawn == nil:
		p.sum.Out++
		now := time.Now().UTC().Truncate(time.Second)
		j.Now.Withdrawn = &now
		if err := p.show(moveOf(j, "out", least)); err != nil {
			return err
		}
	case !below && j.Was.Withdrawn != nil:
		p.sum.Back++
		j.Now.Withdrawn = nil
		if err := p.show(moveOf(j, "back", least)); err != nil {
			return err
		}
	case j.Was.Withdrawn == nil && j.Differs():
		p.sum.Renewed++
	case j.Differs():
		p.sum.Rescored++
	}
	if p.db == nil || !j.Differs() {
		return nil
	}
	if p.writes = append(p.writes, j.Judged); len(p.writes) >= replayBatch {
		return p.flush(ctx)
	}
	return nil
}

const replayBatch = 100 // articles a transaction

// flush writes what waits.
func (p *replay) flush(ctx context.Context) error {
	if len(p.writes) == 0 {
		return nil
	}
	n, err := p.db.Judge(ctx, p.writes)
	if err != nil {
		return err
	}
	p.sum.Written += n
	p.sum.Changed += len(p.writes) - n
	p.writes = p.writes[:0]
	return nil
}

// takeDropped counts, shows and, if asked, keeps an article that was dropped.
func (p *replay) takeDropped(ctx context.Context, r remade) error {
	switch {
	case r.Page == nil:
		p.sum.NoPage++
		return nil
	case r.unnamed:
		p.sum.NoSource++
		return nil
	case ctx.Err() != nil: // what was under way was cut short
		return ctx.Err()
	case r.err != nil:
		p.sum.NoArticle++
		return nil
	}
	p.sum.Dropped++
	least := p.s.config.Threshold(r.source.ID)
	if r.doc.Relevance.Score < least {
		return nil
	}
	p.sum.In++
	m := move{What: "in", URL: r.Rejected.URL, Source: r.Rejected.Source, Title: r.doc.Title, Was: r.Rejected.Relevance, Now: r.doc.Relevance.Score,
		Threshold: least, Reasons: list(r.doc.Relevance.Reasons), before: r.Rejected.Reasons}
	if err := p.show(m); err != nil || p.db == nil {
		return err
	}
	if _, err := p.keep(r); err != nil {
		return err
	}
	p.sum.Brought++
	return nil
}

// move is an article that comes in or goes out.
type move struct {
	What      string   `json:"what"` // in, back or out
	ID        string   `json:"id,omitempty"`
	Number    *int     `json:"number,omitempty"`
	URL       string   `json:"url"`
	Source    string   `json:"source"`
	Title     string   `json:"title"`
	Was       float64  `json:"was"` // relevance
	Now       float64  `json:"now"`
	Threshold float64  `json:"threshold"`
	Reasons   []string `json:"reasons"` // for what it is now

	before []string // the reasons for what it was
}

func moveOf(j rejudged, what string, least float64) move {
	was := j.Was
	return move{What: what, ID: was.ID, Number: &was.Number, URL: was.URL, Source: was.Source, Title: was.Title,
		Was: was.Relevance, Now: j.Now.Relevance, Threshold: least, Reasons: list(j.Now.Reasons), before: was.Reasons}
}

// show tells of one article that comes in or goes out, with the reasons that are new.
func (p *replay) show(m move) error {
	if p.asJSON {
		return jsonLine(p.out, m)
	}
	if !p.shows() {
		return nil
	}
	paint, name := paintGreen, m.URL
	if m.What == "out" {
		paint = paintRed
	}
	if m.ID != "" {
		name = m.ID
	}
	head := fmt.Sprintf("%-4s  %.2f → %.2f (threshold %.2f)  %s  %s", m.What, m.Was, m.Now, m.Threshold, m.Source, name)
	if err := p.paint.line(paint, "", plain(head)); err != nil {
		return err
	}
	if err := p.paint.line("", "      ", plain(m.Title)); err != nil {
		return err
	}
	const most = 3
	fresh := slices.DeleteFunc(slices.Clone(m.Reasons), func(r string) bool { return slices.Contains(m.before, r) })
	for _, r := range fresh[:min(len(fresh), most)] {
		if err := p.paint.line(paintFaint, "      ", plain(r)); err != nil {
			return err
		}
	}
	return nil
}

// tell gives the summary.
func (p *replay) tell() error {
	p.sum.Applied = p.db != nil
	if p.asJSON {
		return jsonLine(p.app.out, struct {
			What string `json:"what"`
			replaySum
		}{"summary", p.sum})
	}
	p.ended()
	s, t := p.sum, table{}
	for _, c := range []struct {
		name   string
		n      int
		always bool
	}{
		{"kept, judged anew", s.Kept, true},
		{"  go out", s.Out, true},
		{"  stay, with another score or for other reasons", s.Renewed, true},
		{"kept out before, judged anew", s.Withdrawn, false},
		{"  come back", s.Back, s.Withdrawn > 0},
		{"  stay out, with another score or for other reasons", s.Rescored, s.Withdrawn > 0},
		{"dropped, judged anew", s.Dropped, true},
		{"  come in", s.In, true},
		{"left alone: dropped, and the page is not kept", s.NoPage, false},
		{"left alone: dropped, and the page gives no article today", s.NoArticle, false},
		{"left alone: the config has no such source", s.NoSource, false},
		{"left alone: changed meanwhile", s.Changed, false},
	} {
		if c.n > 0 || c.always {
			t.row(c.name, fmt.Sprint(c.n))
		}
	}
	if err := t.write(p.app.out, width(p.app.out)); err != nil {
		return err
	}
	switch nothing := s.Out+s.Renewed+s.Back+s.Rescored+s.In == 0; {
	case nothing:
		fmt.Fprintln(p.app.err, "nothing would change")
	case !s.Applied:
		fmt.Fprintln(p.app.err, "nothing was written; `chapar relevance replay --apply` writes it")
	default:
		fmt.Fprintf(p.app.err, "written: %d out, %d back, %d in, %d renewed\n", s.Out, s.Back, s.Brought, s.Renewed+s.Rescored)
	}
	return nil
}
