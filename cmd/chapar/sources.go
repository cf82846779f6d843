package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/web"
	"chapar/fetcher"
	"chapar/store"
)

type sourcesCommand struct {
	List        sourcesListCommand        `cmd:"" default:"withargs" help:"Show the sources and how they fare." example:"chapar sources list --json"`
	Test        sourcesTestCommand        `cmd:"" help:"Show what a poll would take and why; nothing is stored." example:"chapar sources test https://example.org/"`
	Add         sourcesAddCommand         `cmd:"" help:"Look at an address, show sample articles, and add a source to the config." example:"chapar sources add https://example.org/ --country KZ --zone Asia/Almaty"`
	Boilerplate sourcesBoilerplateCommand `cmd:"" help:"Show which paragraphs the articles of a source have in common; they are left out." example:"chapar sources boilerplate example"`
	Import      sourcesImportCommand      `cmd:"" help:"Add sources from OPML, YAML or a list of addresses to the config." example:"chapar sources import feeds.opml --dry-run"`
	Export      sourcesExportCommand      `cmd:"" help:"Write the sources of the config as OPML, for other readers." example:"chapar sources export feeds.opml"`
}

type sourcesListCommand struct {
	Tag    []string `placeholder:"TAG" help:"Only sources that have one of these tags."`
	Rhythm bool     `help:"Show the rhythm of each source, how long its entries wait, and why the next poll is when it is."`
	JSON   bool     `name:"json" help:"JSON for programs."`
}

func (s *sourcesListCommand) Run(ctx context.Context, a *app) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	hs, err := a.health(ctx, c)
	if err != nil {
		return err
	}
	tags := tagsOf(c)
	if len(s.Tag) > 0 {
		ids, err := c.Tagged(s.Tag...)
		if err != nil {
			return usageError{err}
		}
		hs = slices.DeleteFunc(hs, func(h web.Health) bool { return !slices.Contains(ids, h.Source) })
	}
	for i := range hs {
		hs[i].Tags = tags[hs[i].Source]
	}
	if s.JSON {
		if hs == nil {
			hs = []web.Health{}
		}
		return a.json(hs)
	}
	if len(hs) == 0 && len(c.Sources) > 0 { // the daemon was asked
		_, err := fmt.Fprintf(a.out, "the chapar that runs does not know these sources of %s yet; a reload puts them in force\n", c.File)
		return err
	}
	if len(hs) == 0 {
		_, err := fmt.Fprintf(a.out, "no sources in %s yet; `chapar sources add URL` adds one\n", c.File)
		return err
	}
	if s.Rhythm {
		return showRhythm(a.out, width(a.out), hs, time.Now())
	}
	return showHealth(a.out, width(a.out), hs, time.Now())
}

// showRhythm tells when each endpoint brings something, and what its polls make of it.
func showRhythm(w io.Writer, width int, hs []web.Health, now time.Time) error {
	t := table{loose: 5, wrap: true}
	t.row("ENDPOINT", "RHYTHM", "EXPECTED DELAY", "OBSERVED", "NEXT", "WHY THEN")
	delay := func(d time.Duration) string {
		if d <= 0 {
			return "-"
		}
		return shortDuration(d)
	}
	for _, h := range hs {
		rhythm := h.Rhythm
		if rhythm == "" {
			rhythm = "not known yet"
		}
		t.row(h.Endpoint, rhythm, delay(h.Expected), delay(h.Observed), until(h.Due, now), h.Why)
	}
	return t.write(w, width)
}

func showHealth(w io.Writer, width int, hs []web.Health, now time.Time) error {
	t := table{loose: 2}
	head := []string{"ENDPOINT", "KIND", "STATE", "KEPT", "POLLED", "NEW", "NEXT", "EVERY"}
	anyTags := slices.ContainsFunc(hs, func(h web.Health) bool { return len(h.Tags) > 0 })
	if anyTags {
		head = append(head, "TAGS")
	}
	t.row(head...)
	why := table{loose: 1, wrap: true}
	for _, h := range hs {
		state := h.State
		if h.Cause != "" && h.Cause != fetcher.Fine && h.State != "off" {
			state = string(h.Cause)
		}
		switch {
		case h.Failures > 1 && h.Failing != nil:
			state = fmt.Sprintf("%s, %d times in %s", state, h.Failures, shortDuration(now.Sub(*h.Failing)))
		case state == string(h.Cause) && h.CauseSince != nil && h.Cause != fetcher.Fine:
			state = fmt.Sprintf("%s, for %s", state, shortDuration(now.Sub(*h.CauseSince)))
		}
		every := "-"
		if h.Every > 0 {
			every = shortDuration(h.Every)
		}
		row := []string{h.Endpoint, h.Kind, state, strconv.Itoa(h.Kept), ago(h.Checked, now), ago(h.Changed, now), until(h.Due, now), every}
		if anyTags {
			row = append(row, strings.Join(h.Tags, ", "))
		}
		t.row(row...)
		switch {
		case h.Evidence != "" && h.Advice != "":
			why.row(h.Endpoint, h.Evidence+"; "+h.Advice)
		case h.Evidence != "":
			why.row(h.Endpoint, h.Evidence)
		case h.Failures > 0 && h.Detail != "":
			why.row(h.Endpoint, h.Detail)
		}
	}
	if err := t.write(w, width); err != nil || len(why.rows) == 0 {
		return err
	}
	fmt.Fprintln(w)
	return why.write(w, width)
}

// health asks the running daemon, or reads the database, or knows of no poll yet.
func (a *app) health(ctx context.Context, c *config.Config) ([]web.Health, error) {
	if exists(c.Database) != nil {
		return health(ctx, c, nil)
	}
	r, err := a.reader(ctx, c.Database)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if db, ok := r.(*store.DB); ok {
		return health(ctx, c, db)
	}
	return r.(*web.Client).Sources(ctx)
}
