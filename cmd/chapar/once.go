package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"chapar/fetcher"
)

type onceCommand struct{}

func (o *onceCommand) Run(ctx context.Context, a *app) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	over := *a
	if terminal(a.err) {
		over.err = overBar{a.err}
	}
	log := over.logger()
	warn(log, c)
	d, err := newDaemon(c, log, nil)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.catchUp(); err != nil {
		return err
	}
	if err := d.rename(ctx, c); err != nil {
		return err
	}
	if err := askAgain(d.db, c.FetchSources()); err != nil {
		return err
	}
	if err := d.recall(ctx); err != nil {
		return err
	}
	if err := d.seeds(ctx, c); err != nil {
		return err
	}
	show, done := a.progress()
	p, err := d.poller.Once(ctx, show)
	done()
	if err != nil {
		return err
	}
	d.pruneNow(ctx, time.Now(), "") // nobody else does where only once is used
	if p.Spent {
		log.Warn("the budget is used up before all was done; what is left waits for a later run", "budget", budget(c))
	}
	log.Info("done", "polls", p.Polls, "polls_failed", p.PollsFailed, "pages", p.Pages, "pages_failed", p.PagesFailed)
	if p.Polls > 0 && p.PollsFailed == p.Polls {
		return errors.New("every source failed; `chapar sources` tells why")
	}
	return nil
}

// progress shows on a terminal how far Once has come.
func (a *app) progress() (show func(fetcher.Progress), done func()) {
	if !terminal(a.err) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(a.err), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetDescription("polling"))
	show = func(p fetcher.Progress) {
		bar.Describe(fmt.Sprintf("%d of %d polls, %d pages, %d failed  %s", p.PollsDone, p.Polls, p.Pages, p.PollsFailed+p.PagesFailed, short(p.Now, 30)))
		if err := bar.Add(1); err != nil {
			return // a bar that cannot be drawn is no reason to stop
		}
	}
	return show, func() { bar.Finish() }
}
