//go:build !linux

package cell

import (
	"io"
	"os"
	"time"
)

func self() (string, error) { return os.Executable() }

// confine does nothing where limits are another system's: a cell is then a process apart, and is ended when it takes
// too long.
func confine(Limits) error { return nil }

func allot(time.Duration) error { return nil }

func widen(io.Writer) {}

func notifySpent(chan os.Signal) {}
