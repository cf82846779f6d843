package main

import (
	"context"
	"errors"
	"fmt"

	"chapar/cmd/chapar/config"
)

type checkCommand struct {
	Print  bool `xor:"form" help:"Print the config as it holds, with defaults and included files, and without secrets."`
	Schema bool `xor:"form" help:"Print the JSON Schema of the config, for editors."`
	JSON   bool `name:"json" xor:"form" help:"JSON for programs."`
}

// finding is a problem or a warning of the config for programs.
type finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    string `json:"path"` // of the setting, such as sources[0].interval
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func findings(ps config.Problems) []finding {
	fs := make([]finding, len(ps))
	for i, p := range ps {
		fs[i] = finding{p.File, p.Line, p.Column, p.Path, p.Text, p.Hint}
	}
	return fs
}

func (k *checkCommand) Run(ctx context.Context, a *app) error {
	if k.Schema {
		text, err := config.Schema()
		if err != nil {
			return err
		}
		_, err = a.out.Write(text)
		return err
	}
	type report struct {
		File     string    `json:"file"`
		Valid    bool      `json:"valid"`
		Sources  int       `json:"sources"`
		Enabled  int       `json:"enabled"`
		Problems []finding `json:"problems"`
		Warnings []finding `json:"warnings"`
	}
	c, err := a.load()
	var problems config.Problems
	if errors.As(err, &problems) && k.JSON {
		err = errors.Join(err, a.json(report{File: problems[0].File, Problems: findings(problems), Warnings: []finding{}}))
	}
	if err != nil {
		return err
	}
	if _, err := newSettings(c); err != nil {
		return usage("%s: %w", c.File, err)
	}
	n := len(c.FetchSources())
	if k.JSON {
		return a.json(report{c.File, true, len(c.Sources), n, []finding{}, findings(c.Warnings)})
	}
	for _, w := range c.Warnings {
		fmt.Fprintf(a.err, "warning: %s\n", plain(w.Error()))
	}
	if k.Print {
		text, err := config.Print(c)
		if err != nil {
			return err
		}
		_, err = a.out.Write(text)
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s is valid: %s, %d of them enabled\n", c.File, counted(len(c.Sources), "source"), n)
	return err
}
