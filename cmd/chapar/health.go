package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"chapar/cmd/chapar/web"
)

type healthCommand struct {
	Timeout time.Duration `default:"5s" placeholder:"DURATION" help:"How long to wait for the answer."`
	JSON    bool          `name:"json" help:"JSON for programs: the status, or why there is none."`
}

func (h *healthCommand) Run(ctx context.Context, a *app) error {
	if h.Timeout <= 0 {
		return usage("--timeout is longer than 0, not %v", h.Timeout)
	}
	database, err := a.database()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	s, err := statusOf(ctx, database)
	if err != nil {
		s.Reason, err = oneLine(err), nil
	}
	switch {
	case h.JSON:
		err = a.json(s)
	case s.Ready:
		_, err = fmt.Fprintf(a.out, "ready: %s\n", plain(s.Line))
	}
	if err == nil && !s.Ready {
		return fmt.Errorf("not ready: %s", s.Reason)
	}
	return err
}

// database is the path of the database. Where --db names it no config is needed, and a broken one does not matter.
func (a *app) database() (string, error) {
	if a.DB != "" {
		return filepath.Abs(a.DB)
	}
	c, err := a.load()
	if err != nil {
		return "", err
	}
	return c.Database, nil
}

// statusOf asks the daemon that holds a database.
func statusOf(ctx context.Context, database string) (web.Status, error) {
	c, _, err := web.Dial(ctx, database)
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
			return web.Status{}, fmt.Errorf("the chapar that holds %s does not answer in time", database)
		}
		return web.Status{}, fmt.Errorf("no chapar runs on %s", database)
	}
	defer c.Close()
	s, err := c.Status(ctx)
	if err != nil && ctx.Err() != nil {
		return web.Status{}, fmt.Errorf("the chapar that holds %s does not answer in time", database)
	}
	return s, err
}
