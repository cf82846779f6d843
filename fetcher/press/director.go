package press

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Script says what happens at the stand over a time. All of it is laid out from the seed before it begins.
type Script struct {
	For       time.Duration // how long; it must be above 0
	Stock     int           // articles of each publication that are there at the start, an hour apart into the past
	Articles  int           // new articles of all publications together
	Copies    int           // of relevant articles, in another publication of the same language
	Revisions int           // real edits
	Noises    int           // edits that change nothing that counts
	Faults    int           // breakages, one publication each
	FaultFor  time.Duration // how long one lasts, give or take a half; 0 means a tenth of For
	Kinds     []Fault       // that may happen, each as often as the others; nil means all
	Calm      time.Duration // at the end nothing happens for so long, and all is mended

	Tell func(Event) // is told of each event as it happens; may be nil
}

// Event is one thing that the director did.
type Event struct {
	At          time.Time
	Publication string
	What        string   // publish, copy, revise, break
	Detail      string   // the title, the sort of edit, the fault
	Article     *Article // nil for a fault
}

// act is an event to come.
type act struct {
	after time.Duration
	what  string
	fault Fault // of a break
}

// Run plays a script on the clock, real or virtual, and returns at its end with all faults mended, or earlier with the
// error of the context.
func (p *Press) Run(ctx context.Context, s Script) error {
	if s.For <= 0 || s.Calm < 0 || s.Calm >= s.For {
		return errors.New("cannot run a script without time")
	}
	if s.FaultFor == 0 {
		s.FaultFor = s.For / 10
	}
	if len(s.Kinds) == 0 {
		s.Kinds = Faults()
	}
	start := time.Now()
	r := rand.New(rand.NewPCG(p.o.Seed, 1))
	for _, pub := range p.pubs {
		for n := s.Stock; n > 0; n-- {
			a := pub.Publish(start.Add(-time.Duration(n) * time.Hour))
			s.tell(Event{At: start, Publication: pub.ID, What: "publish", Detail: a.Title, Article: a})
		}
	}
	var acts []act
	for _, n := range []struct {
		what string
		of   int
	}{{"publish", s.Articles}, {"copy", s.Copies}, {"revise", s.Revisions}, {"noise", s.Noises}, {"break", s.Faults}} {
		var deck []int
		for range n.of {
			a := act{after: time.Duration(r.Int64N(int64(s.For - s.Calm))), what: n.what}
			if n.what == "break" {
				if len(deck) == 0 {
					deck = r.Perm(len(s.Kinds))
				}
				a.fault, deck = s.Kinds[deck[0]], deck[1:]
			}
			acts = append(acts, a)
		}
	}
	slices.SortStableFunc(acts, func(a, b act) int { return int(a.after - b.after) })
	defer func() {
		for _, pub := range p.pubs {
			pub.Mend()
		}
	}()
	for _, a := range acts {
		if err := p.wait(ctx, start.Add(a.after)); err != nil {
			return err
		}
		p.play(r, s, a, start.Add(s.For-s.Calm))
	}
	if err := p.wait(ctx, start.Add(s.For-s.Calm)); err != nil {
		return err
	}
	for _, pub := range p.pubs {
		pub.Mend()
	}
	return p.wait(ctx, start.Add(s.For))
}

func (p *Press) wait(ctx context.Context, until time.Time) error {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// play does one act. What finds nothing to act on does nothing; its chance is used up all the same, so that the rest of
// the script does not depend on it.
func (p *Press) play(r *rand.Rand, s Script, a act, end time.Time) {
	now := time.Now()
	pub := p.pubs[r.IntN(len(p.pubs))]
	dice, length := r.IntN(1<<30), r.Float64()
	e := Event{At: now, Publication: pub.ID, What: a.what}
	articles := p.Articles()
	switch a.what {
	case "publish":
		e.Article = pub.Publish(now)
		e.Detail = e.Article.Title
	case "copy":
		originals := slices.DeleteFunc(articles, func(o *Article) bool {
			return !o.Relevant || o.Forbidden || o.CopyOf != nil || len(p.others(o)) == 0
		})
		if len(originals) == 0 {
			return
		}
		recent := originals[max(0, len(originals)-20):]
		of := recent[dice%len(recent)]
		others := p.others(of)
		pub = others[dice/32%len(others)]
		e.Publication, e.Article = pub.ID, pub.Copy(of, now)
		e.Detail = e.Article.Title
	case "revise", "noise":
		if len(articles) == 0 {
			return
		}
		recent := articles[max(0, len(articles)-20):]
		e.Article = recent[dice%len(recent)]
		e.Publication = e.Article.Publication
		kinds := []Edit{Change, Add}
		if a.what == "noise" {
			kinds = []Edit{Noise, Touch}
		}
		kind := kinds[dice/32%2]
		e.What, e.Detail = "revise", string(kind)
		e.Article.Revise(kind, now)
	case "break":
		until := now.Add(time.Duration(float64(s.FaultFor) * (0.5 + length)))
		if until.After(end) {
			until = end
		}
		pub.Break(a.fault, until)
		e.Detail = fmt.Sprintf("%s for %s", a.fault, until.Sub(now).Round(time.Second))
	}
	s.tell(e)
}

// others lists the publications that could copy an article.
func (p *Press) others(a *Article) []*Publication {
	return slices.DeleteFunc(p.Publications(), func(o *Publication) bool { return o.Language != a.Language || o.ID == a.Publication })
}

func (s *Script) tell(e Event) {
	if s.Tell != nil {
		s.Tell(e)
	}
}
