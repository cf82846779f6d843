package main

import (
	"fmt"
	"io"
	"os"
	"slices"
)

// painter shows differences to people, in colours where a person watches.
type painter struct {
	w      io.Writer
	width  int // 0 is as wide as it takes
	colour bool
}

func newPainter(w io.Writer) painter {
	return painter{w, width(w), terminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

const (
	paintOff   = "\x1b[0m"
	paintBold  = "\x1b[1m"
	paintRed   = "\x1b[31m"
	paintGreen = "\x1b[32m"
	paintFaint = "\x1b[2m"
)

// line writes a line with a mark before it, wrapped.
func (p painter) line(paint, mark, text string) error {
	room := 0
	if p.width > 0 {
		room = max(p.width-len(mark), leastLoose)
	}
	for _, l := range wrapped(text, room) {
		l = mark + l
		if p.colour && paint != "" {
			l = paint + l + paintOff
		}
		if _, err := fmt.Fprintln(p.w, l); err != nil {
			return err
		}
	}
	return nil
}

// text shows what differs, with the beginning of the paragraphs next to it.
func (p painter) text(pieces []piece) error {
	glance := 100
	if p.width > 0 {
		glance = min(glance, max(p.width-len("    "), leastLoose))
	}
	near := func(i int) bool { // next to a difference
		return i > 0 && pieces[i-1].Op != "=" || i+1 < len(pieces) && pieces[i+1].Op != "="
	}
	for i := 0; i < len(pieces); i++ {
		var err error
		switch x := pieces[i]; {
		case x.Op == "-":
			err = p.line(paintRed, "  - ", x.Text)
		case x.Op == "+":
			err = p.line(paintGreen, "  + ", x.Text)
		case near(i):
			err = p.line("", "    ", short(x.Text, glance))
		default:
			same := slices.IndexFunc(pieces[i:], func(x piece) bool { return x.Op != "=" })
			if same < 0 {
				same = len(pieces) - i
			} else {
				same-- // the last one is next to a difference
			}
			err = p.line(paintFaint, "    ", fmt.Sprintf("(%s the same)", counted(same, "paragraph")))
			i += same - 1
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// change shows one value that differs.
func (p painter) change(name, was, now string) error {
	if was == "" {
		was = "(none)"
	}
	if now == "" {
		now = "(none)"
	}
	return p.line("", "  ", fmt.Sprintf("%-10s %s → %s", name, was, now))
}
