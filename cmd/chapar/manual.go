package main

import (
	"context"
	"io"

	"github.com/alecthomas/kong"

	"chapar/cmd/chapar/manual"
)

type manCommand struct{}

func (m *manCommand) Run(ctx context.Context, a *app) error {
	root, err := commandLine(ctx)
	if err != nil {
		return err
	}
	return manual.Page(a.out, root, release)
}

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

func (c *completionCommand) Run(ctx context.Context, a *app) error {
	root, err := commandLine(ctx)
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.out, manual.Completion(root, c.Shell))
	return err
}

// commandLine is the whole command line, to be told of.
func commandLine(ctx context.Context) (*kong.Node, error) {
	parser, err := newParser(ctx, &commands{}, io.Discard, io.Discard)
	if err != nil {
		return nil, err
	}
	return parser.Model.Node, nil
}
