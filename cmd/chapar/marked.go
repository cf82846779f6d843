package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// How differences are shown.
const (
	wide       = 120 // characters of a terminal on which two texts stand side by side
	around     = 8   // words round a change
	mostInRow  = 60  // words of one change; of a longer one the beginning and the end are shown
	mostShown  = 30  // changes of one text
	longestRow = 45  // words shown of the beginning of a longer change
)

// differences shows in what words two versions of an article differ: side by side on a wide terminal, else one within the
// other, with [-what went-] and {+what came+} where there are no colours.
func (p painter) differences(title, text []piece) error {
	if !changed(title) && !changed(text) {
		return p.line("", "  ", "word for word")
	}
	var errs []error
	if changed(title) {
		errs = append(errs, p.words("title", title))
	}
	all := hunks(text)
	for i, h := range all {
		if i == mostShown {
			errs = append(errs, p.line(paintFaint, "  ", fmt.Sprintf("(%s more; --json has all)", counted(len(all)-i, "change"))))
			break
		}
		name := ""
		if i == 0 {
			name = "text"
		}
		errs = append(errs, p.words(name, h))
	}
	return errors.Join(errs...)
}

// hunks gives the changes of a text with the words round them. Those with few words between them are one.
func hunks(pieces []piece) (all [][]piece) {
	var hunk []piece
	for i, x := range pieces {
		if x.Op != "=" {
			hunk = append(hunk, piece{x.Op, clipped(x.Text)})
			continue
		}
		words := strings.Fields(x.Text)
		first, last := i == 0, i == len(pieces)-1
		switch {
		case len(words) <= 2*around && !first && !last:
			hunk = append(hunk, x)
			continue
		case !first:
			head := words[:min(around, len(words))]
			more := ""
			if len(head) < len(words) {
				more = " …"
			}
			all = append(all, append(hunk, piece{"=", strings.Join(head, " ") + more}))
			hunk = nil
		}
		if !last {
			tail := words[max(0, len(words)-around):]
			more := ""
			if len(tail) < len(words) {
				more = "… "
			}
			hunk = []piece{{"=", more + strings.Join(tail, " ")}}
		}
	}
	for _, x := range hunk {
		if x.Op != "=" {
			return append(all, hunk)
		}
	}
	return all
}

// clipped shortens a long change.
func clipped(text string) string {
	words := strings.Fields(text)
	if len(words) <= mostInRow {
		return text
	}
	end := words[len(words)-mostInRow+longestRow:]
	return fmt.Sprintf("%s … (%d words) … %s", strings.Join(words[:longestRow], " "), len(words)-mostInRow, strings.Join(end, " "))
}

// marked is a word as it is painted.
type marked struct{ paint, text string }

// marks gives the words of a change, without those of one kind.
func (p painter) marks(pieces []piece, without string) (all []marked) {
	for _, x := range pieces {
		if x.Op == without {
			continue
		}
		text, paint := plain(x.Text), ""
		switch {
		case x.Op == "-" && p.colour:
			paint = paintRed
		case x.Op == "+" && p.colour:
			paint = paintGreen
		case x.Op == "-":
			text = "[-" + text + "-]"
		case x.Op == "+":
			text = "{+" + text + "+}"
		}
		for _, w := range strings.Fields(text) {
			all = append(all, marked{paint, w})
		}
	}
	return all
}

// words shows one change under a name.
func (p painter) words(name string, pieces []piece) error {
	const room = len("  published   ")
	mark := fmt.Sprintf("%-*s", room, "  "+name)
	if p.width < wide {
		for _, row := range rows(p.marks(pieces, ""), p.width-room) {
			if _, err := fmt.Fprintf(p.w, "%s%s\n", mark, row.text); err != nil {
				return err
			}
			mark = strings.Repeat(" ", room)
		}
		return nil
	}
	const between = " │ "
	half := (p.width - room - len(" | ")) / 2
	left, right := rows(p.marks(pieces, "+"), half), rows(p.marks(pieces, "-"), half)
	for i := range max(len(left), len(right)) {
		var l, r row
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		pad := strings.Repeat(" ", max(0, half-l.width))
		if _, err := fmt.Fprintf(p.w, "%s%s%s%s%s\n", mark, l.text, pad, between, r.text); err != nil {
			return err
		}
		mark = strings.Repeat(" ", room)
	}
	return nil
}

// row is a line of painted words and how many characters it shows.
type row struct {
	text  string
	width int
}

// rows breaks words into lines of at most so many characters; one line where that is not above 0.
func rows(words []marked, width int) []row {
	var all []row
	var now row
	paint := ""
	put := func(s string) { now.text += s }
	for _, w := range words {
		size := utf8.RuneCountInString(w.text)
		if now.width > 0 && width > 0 && now.width+1+size > width {
			if paint != "" {
				put(paintOff)
			}
			all = append(all, now)
			now, paint = row{}, ""
		}
		if w.paint != paint && paint != "" {
			put(paintOff)
		}
		if now.width > 0 {
			put(" ")
			now.width++
		}
		if w.paint != paint && w.paint != "" {
			put(w.paint)
		}
		paint = w.paint
		put(w.text)
		now.width += size
	}
	if paint != "" {
		put(paintOff)
	}
	return append(all, now)
}
