package manual

import (
	"bufio"
	"fmt"
	"strings"
)

// roff writes a manual page. What cannot be written is told by the last flush.
type roff struct{ w *bufio.Writer }

func (r *roff) line(s string)                 { r.w.WriteString(s + "\n") }
func (r *roff) linef(format string, a ...any) { r.line(fmt.Sprintf(format, a...)) }
func (r *roff) section(name string)           { r.linef(".SH %s", quoted(name)) }

func (r *roff) term(s string) {
	r.line(".TP")
	r.line(s)
}

// text writes running text; a line that would be taken for a request is guarded.
func (r *roff) text(s string) {
	s = escaped(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	r.line(s)
}

// verbatim writes lines as they stand.
func (r *roff) verbatim(s string) {
	r.line(".PP")
	r.line(".nf")
	r.line(".RS 4")
	for _, l := range strings.Split(s, "\n") {
		r.text(l)
	}
	r.line(".RE")
	r.line(".fi")
}

// prose writes sections of text: a line in capitals begins one, a line that ends with a colon names what the indented
// line below it tells, lines that begin with a dollar are commands.
func (r *roff) prose(s string) {
	var typed []string
	for _, l := range append(strings.Split(strings.TrimSpace(s), "\n"), "") {
		if line, ok := strings.CutPrefix(l, "$ "); ok {
			typed = append(typed, line)
			continue
		}
		if typed != nil {
			r.verbatim(strings.Join(typed, "\n"))
			typed = nil
		}
		told, indented := strings.CutPrefix(l, "    ")
		name, term := strings.CutSuffix(l, ":")
		switch {
		case l == "":
		case indented:
			r.text(told)
		case term:
			r.term(`\fB` + escaped(name) + `\fR`)
		case l == strings.ToUpper(l):
			r.section(l)
		default:
			r.line(".PP")
			r.text(l)
		}
	}
}

// escaped makes text safe for roff: a hyphen that is a hyphen, a backslash that is a backslash.
func escaped(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
}

func quoted(s string) string { return `"` + strings.ReplaceAll(escaped(s), `"`, `\(dq`) + `"` }
