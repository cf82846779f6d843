package main

import (
	"context"
	"fmt"

	"chapar/cmd/chapar/config"
	"chapar/store"
)

// rename brings what the database holds of former ids under the present ones. It comes before the poller learns of the
// sources: what a lane still brings for a former id then comes under the present one.
func (d *daemon) rename(ctx context.Context, c *config.Config) error {
	var all []store.Renaming
	for _, s := range c.Sources {
		for _, old := range s.Formerly {
			all = append(all, store.Renaming{Old: old, New: s.ID, Name: s.Name})
		}
	}
	did, err := d.db.Rename(ctx, all)
	if err != nil && len(did.Done) > 0 {
		return fmt.Errorf("the renaming of sources was cut short: %w; what is gathered comes under their new ids already, "+
			"the rest of what is kept will with the next reload or start", err)
	}
	if err != nil {
		return fmt.Errorf("cannot rename sources: %w", err)
	}
	if did.Endpoints+did.Entries+did.Jobs+did.Records+did.Others == 0 {
		return nil
	}
	for _, r := range did.Done {
		d.log.Info("source renamed", "formerly", r.Old, "source", r.New)
	}
	d.log.Info("renamed what the database holds", "endpoints", did.Endpoints, "entries", did.Entries, "jobs", did.Jobs, "articles", did.Records)
	return nil
}
