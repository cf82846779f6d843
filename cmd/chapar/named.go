package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"chapar/cmd/chapar/config"
	"chapar/store"
)

// present adds to the sources of --source that the config has under another id by now the present one, and says so. Under
// the former one lies what no daemon has brought under the present one yet. It gives the ids that the config does not
// know.
func (f *filters) present(c *config.Config, notes io.Writer) (strangers []string) {
	for _, id := range slices.Clone(f.Source) {
		s, ok := c.Source(id)
		switch {
		case !ok:
			strangers = append(strangers, id)
		case s.ID != id:
			fmt.Fprintln(notes, plain(fmt.Sprintf("the source %q is called %q by now", id, s.ID)))
			f.Source = append(f.Source, s.ID)
		}
	}
	return strangers
}

// met refuses ids of which neither the config nor the database knows anything: the articles of a source that left the
// config stay within reach, and a mistyped one is told, behind the flag that it was given to.
func met(ctx context.Context, c *config.Config, r store.Reader, flag string, strangers []string) error {
	for _, id := range strangers {
		known, err := holds(ctx, r, store.Query{Sources: []string{id}, Limit: 1})
		if err != nil {
			return err
		}
		if known {
			continue
		}
		stats, err := r.Stats(ctx, store.Query{})
		if err != nil {
			return err
		}
		ids := slices.Collect(maps.Keys(stats.BySource))
		for _, s := range c.Sources {
			ids = append(ids, s.ID)
		}
		slices.Sort(ids)
		hint := "`chapar sources` and `chapar stats` list those there are"
		if near := config.Nearest(strings.ToLower(id), ids); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return usage("%s%q is neither in the config nor has it an article; %s", flag, id, hint)
	}
	return nil
}

// preferred gives the id under which the articles of the source lie that --prefer names: a former id is the present one's
// once no article is left under it.
func preferred(ctx context.Context, c *config.Config, r store.Reader, id string, notes io.Writer) (string, error) {
	s, ok := c.Source(id)
	switch {
	case !ok:
		return id, met(ctx, c, r, "--prefer source=", []string{id})
	case s.ID == id:
		return id, nil
	}
	if left, err := holds(ctx, r, store.Query{Sources: []string{id}, Limit: 1}); left || err != nil {
		return id, err
	}
	fmt.Fprintln(notes, plain(fmt.Sprintf("the source %q is called %q by now", id, s.ID)))
	return s.ID, nil
}

// holds says whether a database has anything that a query wants, kept or dropped.
func holds(ctx context.Context, r store.Reader, q store.Query) (bool, error) {
	q.Withdrawn = true
	for _, err := range r.Records(ctx, q) {
		return err == nil, err
	}
	for _, err := range r.Pages(ctx, q) {
		return err == nil, err
	}
	return false, nil
}
