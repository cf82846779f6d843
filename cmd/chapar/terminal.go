package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// stream is one of the process's own streams. A read or write that hangs on it ends with the context, so that an
// interrupted command ends at once whatever is at the other end.
type stream struct {
	ended <-chan struct{} // closed when the command is interrupted
	file  *os.File
	own   []byte // what a read that is given up may still write into
}

// Read implements io.Reader, for one goroutine. What a read brings after the interruption is lost.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.own) < len(p) {
		s.own = make([]byte, len(p))
	}
	own := s.own[:len(p)]
	n, err := s.do(func() (int, error) { return s.file.Read(own) })
	copy(p, own[:max(n, 0)])
	return n, err
}

// Write implements io.Writer.
func (s *stream) Write(p []byte) (int, error) {
	own := append([]byte(nil), p...)
	return s.do(func() (int, error) { return s.file.Write(own) })
}

// do waits for the system or for the interruption. The goroutine that it leaves behind in the second case ends with
// the process: there is no other way out of a system call on a stream that was inherited.
func (s *stream) do(call func() (int, error)) (int, error) {
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := call()
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case <-s.ended:
		return 0, context.Canceled
	}
}

// fileOf gives the file behind a stream; nil if there is none.
func fileOf(w any) *os.File {
	switch f := w.(type) {
	case *stream:
		return f.file
	case *os.File:
		return f
	}
	return nil
}

// terminal says whether a stream is one that a person watches.
func terminal(w any) bool {
	f := fileOf(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// width is that of the terminal behind a stream, in characters; 0 if there is none: nothing is cut or wrapped then.
func width(w any) int {
	f := fileOf(w)
	if f == nil {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	const least = 40
	return max(columns, least)
}

// overBar writes whole lines where a progress bar stands; the bar draws itself again below them.
type overBar struct{ w io.Writer }

// Write implements io.Writer.
func (o overBar) Write(p []byte) (int, error) {
	const clear = "\r\x1b[K"
	if _, err := o.w.Write(append([]byte(clear), p...)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// plain makes foreign text safe to show on one line: control characters and those that turn the direction of writing
// become visible marks.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c, r == 0xfeff:
			return '\ufffd'
		}
		return r
	}, s)
}

// short cuts a text to a width in characters.
func short(s string, width int) string {
	r := []rune(plain(s))
	if len(r) <= width {
		return string(r)
	}
	return string(r[:max(width-1, 0)]) + "…"
}

// wrapped breaks a text into lines of at most so many characters, between words where that can be done. With a width
// of 0 it stays one line.
func wrapped(s string, width int) []string {
	s = plain(s)
	if width <= 0 {
		return []string{s}
	}
	var lines []string
	line, n := "", 0
	for _, word := range strings.Fields(s) {
		size := utf8.RuneCountInString(word)
		if n > 0 && n+1+size <= width {
			line, n = line+" "+word, n+1+size
			continue
		}
		if n > 0 {
			lines = append(lines, line)
		}
		for r := []rune(word); ; r = r[width:] {
			if size = len(r); size <= width {
				line, n = string(r), size
				break
			}
			lines = append(lines, string(r[:width]))
		}
	}
	return append(lines, line)
}

// table is rows whose columns stand below each other. On a terminal one column, the loose one, takes what width the
// others leave.
type table struct {
	loose int  // which column
	wrap  bool // the loose column is wrapped, otherwise it is cut
	rows  [][]string
}

func (t *table) row(cells ...string) {
	for i := range cells {
		cells[i] = plain(cells[i])
	}
	t.rows = append(t.rows, cells)
}

const (
	gap        = 2  // between two columns
	leastLoose = 16 // characters that the loose column always has
)

// write shows the table in so many characters; 0 is as many as it takes.
func (t *table) write(w io.Writer, width int) error {
	var most []int
	for _, cells := range t.rows {
		for i, c := range cells {
			if i == len(most) {
				most = append(most, 0)
			}
			most[i] = max(most[i], utf8.RuneCountInString(c))
		}
	}
	room := 0
	if width > 0 && t.loose < len(most) {
		room = width - gap*(len(most)-1)
		for i, n := range most {
			if i != t.loose {
				room -= n
			}
		}
		room = max(room, leastLoose)
		most[t.loose] = min(most[t.loose], room)
	}
	var b strings.Builder
	line := func(cells []string) {
		var l strings.Builder
		for i, c := range cells {
			l.WriteString(c)
			l.WriteString(strings.Repeat(" ", most[i]-utf8.RuneCountInString(c)+gap))
		}
		b.WriteString(strings.TrimRight(l.String(), " "))
		b.WriteByte('\n')
	}
	for _, cells := range t.rows {
		if room == 0 || t.loose >= len(cells) {
			line(cells)
			continue
		}
		parts := []string{short(cells[t.loose], room)}
		if t.wrap {
			parts = wrapped(cells[t.loose], room)
		}
		for i, part := range parts {
			if i > 0 {
				cells = make([]string, len(cells))
			}
			cells[t.loose] = part
			line(cells)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// ago tells a moment of the past by its distance from now.
func ago(t *time.Time, now time.Time) string {
	if t == nil {
		return "-"
	}
	return shortDuration(now.Sub(*t)) + " ago"
}

// until tells a moment to come; one that is over is due now.
func until(t *time.Time, now time.Time) string {
	switch {
	case t == nil:
		return "-"
	case !t.After(now):
		return "now"
	default:
		return "in " + shortDuration(t.Sub(now))
	}
}

func shortDuration(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()+0.5))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
}

// local tells a moment to a person: in the zone of the machine, to the minute. JSON has UTC.
func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04 MST") }

func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	default:
		return fmt.Sprintf("%.2f GiB", float64(n)/(1<<30))
	}
}

// counted is a number of things.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return thousands(n) + " " + thing
}

// thousands parts the digits of a number in threes.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}
