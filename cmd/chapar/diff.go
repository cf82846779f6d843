package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// piece is a paragraph of two versions of a text.
type piece struct {
	Op   string `json:"op"` // "-" only in the old one, "+" only in the new one, "=" in both
	Text string `json:"text"`
}

// compared tells two versions of a text apart by paragraphs.
func compared(was, now string) []piece {
	a, b := paragraphs(was), paragraphs(now)
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var all []piece
	add := func(op string, ps []string) {
		for _, p := range ps {
			all = append(all, piece{op, p})
		}
	}
	add("=", a[:head])
	all = append(all, middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	add("=", a[len(a)-tail:])
	return all
}

func paragraphs(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n\n")
}

// middle finds the longest common row of paragraphs.
func middle(a, b []string) (all []piece) {
	const most = 1 << 22 // cells; beyond them all of it counts as another text
	width := len(b) + 1
	common := make([]int32, 1)
	large := (len(a)+1)*width > most
	if !large {
		common = make([]int32, (len(a)+1)*width)
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				if a[i] == b[j] {
					common[i*width+j] = common[(i+1)*width+j+1] + 1
				} else {
					common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
				}
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case !large && i < len(a) && j < len(b) && a[i] == b[j]:
			all = append(all, piece{"=", a[i]})
			i++
			j++
		case i < len(a) && (large || j == len(b) || common[(i+1)*width+j] >= common[i*width+j+1]):
			all = append(all, piece{"-", a[i]})
			i++
		default:
			all = append(all, piece{"+", b[j]})
			j++
		}
	}
	return all
}

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
