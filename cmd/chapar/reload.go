package main

import (
	"context"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/web"
)

// reload reads the config again at each signal; a bad one leaves the present one in force.
func (w *service) reload(ctx context.Context, signals <-chan os.Signal, load func() (*config.Config, error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
		}
		w.notify.Reloading(w.log)
		r, err := w.apply(ctx, load)
		if err != nil {
			r = &web.Reload{Problems: problems(err)}
			for _, p := range r.Problems {
				w.log.Error("config", "problem", p)
			}
			w.log.Error("not reloaded, the present config stays in force")
		}
		r.At, r.OK = time.Now().UTC(), err == nil
		w.reloads.Store(r)
		w.meters.reloaded(r.OK, r.At)
		w.working()
		select {
		case w.news <- struct{}{}:
		default: // it is to look already
		}
	}
}

func problems(err error) []string {
	var all config.Problems
	if !errors.As(err, &all) {
		return []string{err.Error()}
	}
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.Error()
	}
	return texts
}

// apply takes over a new config and says what is different.
func (d *daemon) apply(ctx context.Context, load func() (*config.Config, error)) (*web.Reload, error) {
	c, err := load()
	if err != nil {
		return nil, err
	}
	old := d.in.now.Load().config
	r := compare(old, c)
	c.Database, c.Listen, c.Seeds = old.Database, old.Listen, old.Seeds // the next reload tells of them again
	s, err := newSettings(c)
	if err != nil {
		return nil, err
	}
	options := d.clientOptions(c)
	if err := options.Validate(); err != nil {
		return nil, err
	}
	if err := askAgain(d.db, c.FetchSources()); err != nil {
		return nil, err
	}
	if err := d.rename(ctx, c); err != nil { // the last that can fail: some of it may be done by then
		return nil, err
	}
	if err := d.client.Set(options); err != nil {
		return nil, err
	}
	if d.cells != nil {
		d.cells.Set(readLimits(c))
	}
	d.db.KeepFree(minFree(c))
	warn(d.log, c)
	d.in.now.Store(s)
	d.poller.Set(d.pollOptions(c), c.FetchSources())
	d.log.Info("reloaded", "sources", len(c.FetchSources()))
	nothing := true
	for _, l := range []struct {
		what  string
		names []string
	}{{"sources added", r.Added}, {"sources removed", r.Removed}, {"sources changed", r.Changed}, {"settings changed", r.Settings}} {
		if len(l.names) > 0 {
			nothing = false
			d.log.Info(l.what, "names", strings.Join(l.names, " "))
		}
	}
	if len(r.NextStart) > 0 {
		d.log.Warn("settings that hold only from the next start on were changed", "names", strings.Join(r.NextStart, " "))
	} else if nothing {
		d.log.Info("nothing changed")
	}
	return r, nil
}

// setting is a key of the config beside the sources.
type setting struct {
	key   string
	value func(*config.Config) any
	start bool // it is looked at only when the daemon starts
}

// settingsOf lists the keys that a reload compares.
func settingsOf() []setting {
	return []setting{
		{"database", func(c *config.Config) any { return c.Database }, true},
		{"listen", func(c *config.Config) any { return c.Listen }, true},
		{"seeds", func(c *config.Config) any { return c.Seeds }, true},
		{"include", func(c *config.Config) any { return c.Include }, false},
		{"fetch.user_agent", func(c *config.Config) any { return c.Fetch.UserAgent }, false},
		{"fetch.contact", func(c *config.Config) any { return c.Fetch.Contact }, false},
		{"fetch.concurrency", func(c *config.Config) any { return c.Fetch.Concurrency }, false},
		{"fetch.per_host_delay", func(c *config.Config) any { return c.Fetch.PerHostDelay }, false},
		{"fetch.min_interval", func(c *config.Config) any { return c.Fetch.MinInterval }, false},
		{"fetch.max_interval", func(c *config.Config) any { return c.Fetch.MaxInterval }, false},
		{"fetch.timeout", func(c *config.Config) any { return c.Fetch.Timeout }, false},
		{"fetch.max_body", func(c *config.Config) any { return c.Fetch.MaxBody }, false},
		{"fetch.keep_pages", func(c *config.Config) any { return c.Fetch.KeepPages }, false},
		{"fetch.keep_rejected", func(c *config.Config) any { return c.Fetch.KeepRejected }, false},
		{"fetch.robots", func(c *config.Config) any { return c.Fetch.Robots }, false},
		{"fetch.allow_networks", func(c *config.Config) any { return c.Fetch.AllowNetworks }, false},
		{"fetch.proxy", func(c *config.Config) any { return c.Fetch.Proxy }, false},
		{"fetch.backfill", func(c *config.Config) any { return c.Fetch.Backfill }, false},
		{"fetch.revisit", func(c *config.Config) any { return c.Fetch.Revisit }, false},
		{"fetch.budget", func(c *config.Config) any { return c.Fetch.Budget }, false},
		{"fetch.budget_per_source", func(c *config.Config) any { return c.Fetch.BudgetPerSource }, false},
		{"limits.connect", func(c *config.Config) any { return c.Limits.Wire.Connect }, false},
		{"limits.handshake", func(c *config.Config) any { return c.Limits.Wire.Handshake }, false},
		{"limits.first_byte", func(c *config.Config) any { return c.Limits.Wire.FirstByte }, false},
		{"limits.speed", func(c *config.Config) any { return c.Limits.Wire.Speed }, false},
		{"limits.header", func(c *config.Config) any { return c.Limits.Wire.Header }, false},
		{"limits.redirects", func(c *config.Config) any { return c.Limits.Wire.Redirects }, false},
		{"limits.expansion", func(c *config.Config) any { return c.Limits.Wire.Expansion }, false},
		{"limits.xml_depth", func(c *config.Config) any { return c.Limits.Shape.Depth }, false},
		{"limits.xml_prefixes", func(c *config.Config) any { return c.Limits.Shape.Prefixes }, false},
		{"limits.xml_bases", func(c *config.Config) any { return c.Limits.Shape.Bases }, false},
		{"limits.xml_attributes", func(c *config.Config) any { return c.Limits.Shape.Attributes }, false},
		{"limits.xml_tag", func(c *config.Config) any { return c.Limits.Shape.Tag }, false},
		{"limits.xml_elements", func(c *config.Config) any { return c.Limits.Shape.Elements }, false},
		{"limits.xml_pieces", func(c *config.Config) any { return c.Limits.Shape.Pieces }, false},
		{"limits.entries", func(c *config.Config) any { return c.Limits.Shape.Entries }, false},
		{"limits.html_nodes", func(c *config.Config) any { return c.Limits.Shape.Nodes }, false},
		{"limits.html_merges", func(c *config.Config) any { return c.Limits.Shape.Merges }, false},
		{"limits.html_attributes", func(c *config.Config) any { return c.Limits.Shape.HTMLAttributes }, false},
		{"limits.html_size", func(c *config.Config) any { return c.Limits.Shape.HTMLSize }, false},
		{"limits.new_a_day", func(c *config.Config) any { return c.Limits.NewADay }, false},
		{"limits.read_memory", func(c *config.Config) any { return c.Limits.ReadMemory }, false},
		{"limits.read_cpu", func(c *config.Config) any { return c.Limits.ReadCPU }, false},
		{"limits.read_time", func(c *config.Config) any { return c.Limits.ReadTime }, false},
		{"limits.min_free", func(c *config.Config) any { return c.Limits.MinFree }, false},
		{"relevance.threshold", func(c *config.Config) any { return c.Relevance.Threshold }, false},
		{"relevance.terms", func(c *config.Config) any { return c.Relevance.Terms }, false},
		{"relevance.exclude", func(c *config.Config) any { return c.Relevance.Exclude }, false},
	}
}

// compare names what is different between two configs: sources by their ids, settings by their keys. A source that is
// switched off counts as removed, one that is called otherwise now as changed.
func compare(old, now *config.Config) *web.Reload {
	r := &web.Reload{Problems: []string{}, Added: []string{}, Removed: []string{}, Changed: []string{}, Settings: []string{}, NextStart: []string{}}
	was, is := enabled(old), enabled(now)
	renamed := map[string]bool{}
	for id, s := range is {
		before, there := was[id]
		for _, old := range s.Formerly {
			if former, known := was[old]; known && !there {
				before, there, renamed[old] = former, true, true
			}
		}
		switch {
		case !there:
			r.Added = append(r.Added, id)
		case !before.Same(s):
			r.Changed = append(r.Changed, id)
		}
	}
	for id := range was {
		if _, there := is[id]; !there && !renamed[id] {
			r.Removed = append(r.Removed, id)
		}
	}
	for _, list := range [][]string{r.Added, r.Removed, r.Changed} {
		slices.Sort(list)
	}
	for _, s := range settingsOf() {
		switch {
		case reflect.DeepEqual(s.value(old), s.value(now)):
		case s.start:
			r.NextStart = append(r.NextStart, s.key)
		default:
			r.Settings = append(r.Settings, s.key)
		}
	}
	return r
}

// enabled gives the sources that are watched, by id.
func enabled(c *config.Config) map[string]config.Source {
	all := make(map[string]config.Source, len(c.Sources))
	for _, s := range c.Sources {
		if s.Enabled {
			all[s.ID] = s
		}
	}
	return all
}
