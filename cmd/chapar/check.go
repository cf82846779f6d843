package main

import (
	"context"
	"fmt"
)

type checkCommand struct {
	JSON bool `name:"json" help:"JSON for programs."`
}

func (k *checkCommand) Run(ctx context.Context, a *app) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	if _, err := newSettings(c); err != nil {
		return usage("%s: %v", c.File, err)
	}
	n := len(c.FetchSources())
	if k.JSON {
		warnings := []string{}
		for _, w := range c.Warnings {
			warnings = append(warnings, w.Error())
		}
		return a.json(map[string]any{"file": c.File, "sources": len(c.Sources), "enabled": n, "warnings": warnings})
	}
	for _, w := range c.Warnings {
		fmt.Fprintf(a.err, "warning: %s\n", w.Error())
	}
	_, err = fmt.Fprintf(a.out, "%s is valid: %d sources, %d of them enabled\n", c.File, len(c.Sources), n)
	return err
}
