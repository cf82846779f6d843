// Package manual makes the manual page and the completions of shells from the command line itself, so that none can tell
// what the others do not know.
package manual

import (
	"bufio"
	"io"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// Page writes the manual page of a command line, which is at a version.
func Page(w io.Writer, root *kong.Node, version string) error {
	out := bufio.NewWriter(w)
	r := &roff{w: out}
	r.line(`.\" Written by chapar man.`)
	r.linef(`.TH CHAPAR 1 "" "chapar %s" "User Commands"`, escaped(version))
	r.section("NAME")
	r.text("chapar - " + lowerFirst(strings.TrimSuffix(root.Help, ".")))
	r.section("SYNOPSIS")
	for _, c := range shown(root) {
		r.line(".br")
		r.line(r.usage(c))
	}
	r.prose(about)
	r.section("OPTIONS")
	r.text("Every command takes these.")
	for _, f := range root.Flags {
		r.flag(f)
	}
	r.section("COMMANDS")
	for _, c := range shown(root) {
		r.command(c)
	}
	r.prose(rest)
	return out.Flush()
}

// command writes one command and those below it.
func (r *roff) command(c *kong.Node) {
	r.linef(".SS %s", quoted(c.FullPath()))
	r.line(r.usage(c))
	r.line(".PP")
	r.text(c.Help)
	if c.Detail != "" {
		r.verbatim(c.Detail)
	}
	for _, p := range c.Positional {
		r.term(`\fI` + escaped(p.Name) + `\fR`)
		r.text(p.Help)
	}
	for _, f := range c.Flags {
		if !f.Hidden {
			r.flag(f)
		}
	}
	if e := example(c); e != "" {
		r.line(".PP")
		r.text("Example:")
		r.verbatim(e)
	}
	for _, s := range shown(c) {
		r.command(s)
	}
}

// usage is the line that shows how a command is called.
func (r *roff) usage(c *kong.Node) string {
	var b strings.Builder
	b.WriteString(`\fB` + escaped(c.FullPath()) + `\fR`)
	for _, p := range c.Positional {
		s := `\fI` + escaped(p.Name) + `\fR`
		if p.IsCumulative() {
			s += `\ .\|.\|.`
		}
		if !p.Required {
			s = "[" + s + "]"
		}
		b.WriteString(" " + s)
	}
	if len(c.Children) > 0 {
		b.WriteString(` [\fIcommand\fR]`)
	}
	for _, f := range c.Flags {
		if f.Required {
			b.WriteString(" " + flagName(f))
		}
	}
	return b.String() + ` [\fIoption\fR\ .\|.\|.]`
}

func (r *roff) flag(f *kong.Flag) {
	name := flagName(f)
	if f.Short != 0 {
		name = `\fB\-` + escaped(string(f.Short)) + `\fR, ` + name
	}
	r.term(name)
	text := f.Help
	if f.HasDefault && f.Default != "" && !f.IsBool() {
		text += " Default: " + f.Default + "."
	}
	r.text(text)
}

func flagName(f *kong.Flag) string {
	s := `\fB\-\-` + escaped(f.Name) + `\fR`
	switch {
	case f.IsBool() || f.IsCounter():
	case f.PlaceHolder != "":
		s += `=\fI` + escaped(f.PlaceHolder) + `\fR`
	case f.Enum != "":
		s += `=\fI` + escaped(strings.Join(f.EnumSlice(), "|")) + `\fR`
	case f.Target.Kind() == reflect.String || f.IsCumulative():
		s += `=\fI` + escaped(strings.ToUpper(f.Name)) + `\fR`
	default:
		s += `=\fIN\fR`
	}
	return s
}

// shown are the commands below a node that people are told of.
func shown(n *kong.Node) (list []*kong.Node) {
	for _, c := range n.Children {
		if !c.Hidden {
			list = append(list, c)
		}
	}
	return list
}

func example(n *kong.Node) string {
	if n.Tag == nil {
		return ""
	}
	return n.Tag.Get("example")
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
