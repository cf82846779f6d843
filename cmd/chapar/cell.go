package main

import (
	"os"
	"time"

	"chapar/cmd/chapar/cell"
)

// cellCommand is how a daemon starts the processes that read for it; nobody else has a use for it.
type cellCommand struct {
	Memory int64         `arg:"" help:"Most memory, in bytes."`
	CPU    time.Duration `arg:"" help:"Most time of the processor for one document."`
}

func (c *cellCommand) Run() error {
	return cell.Serve(os.Stdin, os.Stdout, cell.Limits{Memory: c.Memory, CPU: c.CPU}, cell.Own())
}
