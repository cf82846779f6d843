package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// manCommand writes the manual page. It and --help are made of the same command line, so that neither can tell what
// the other does not know.
type manCommand struct{}

func (m *manCommand) Run(ctx context.Context, a *app) error {
	parser, err := newParser(ctx, &commands{}, io.Discard, io.Discard)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(a.out)
	manual(&roff{w: w}, parser.Model.Node)
	return w.Flush()
}

// manual writes the page of the whole command line.
func manual(r *roff, root *kong.Node) {
	r.line(`.\" Written by chapar man.`)
	r.linef(`.TH CHAPAR 1 "" "chapar %s" "User Commands"`, escaped(release))
	r.section("NAME")
	r.text("chapar - " + lowerFirst(strings.TrimSuffix(root.Help, ".")))
	r.section("SYNOPSIS")
	for _, c := range shown(root) {
		r.line(".br")
		r.line(r.usage(c))
	}
	r.prose(manAbout)
	r.section("OPTIONS")
	r.text("Every command takes these.")
	for _, f := range root.Flags {
		r.flag(f)
	}
	r.section("COMMANDS")
	for _, c := range shown(root) {
		r.command(c)
	}
	r.prose(manRest)
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

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

const manAbout = `
DESCRIPTION
chapar polls feeds and pages of publications politely, takes the article out of each page, cleans it into one plain form, recognises copies and edits, judges how far it is about the security of Central Asia and says why, and keeps it all in one file from which a growing corpus is exported.

chapar run is the daemon; installed as a service it is started by systemctl enable --now chapar. One process writes the database. Commands that read (export, show, search, stats, sources, backup) ask the running daemon through a socket beside the database; those that write are refused, with the number of the process that holds it.

Data goes to the standard output, logs and progress to the standard error. Tables are for people; --json gives the same to programs.
`

const manRest = `
EXIT STATUS
0:
    Done.
1:
    Failed at run time; one line tells what could not be done, and how to mend it.
2:
    Wrong use, or a config with mistakes; nothing was changed.
SIGNALS
SIGTERM, SIGINT:
    End. The daemon saves what it has and lets go of the database within ten seconds; every other command ends at once and leaves no half of anything. What was under way is done again at the next start.
SIGHUP:
    chapar run reads its config again. One with mistakes is refused line by line in the log, and the present one stays in force.
ENVIRONMENT
NAME:
    Stands for ${NAME} in the values of the config. One that is not set is sought in a file called environment beside the config, /etc/chapar/environment for the service; one that is not there either is a mistake of the config.
NOTIFY_SOCKET, WATCHDOG_USEC:
    Set by systemd: where the daemon tells that it is ready, reloads, stops and lives.
GOMEMLIMIT:
    From here on memory is given back more eagerly; the service sets 400MiB under a wall of 512.
TZ:
    The zone of times shown to people. Zones are inside the program and need no files.
SSL_CERT_FILE, SSL_CERT_DIR:
    Where the certificates of authorities lie, in place of the system's.
FILES
config.yaml:
    The config, sought here and then in /etc/chapar; paths in it are relative to its folder. Every setting stands in its comments. Check it with chapar check.
/etc/chapar/environment:
    NAME=value lines for ${NAME} in the config, such as cookies and tokens. Readable by root only: keep mode 0600.
/etc/chapar/seeds:
    Documents of your own (*.txt) that the service takes in when it starts.
/var/lib/chapar/chapar.db:
    The database of the service. Beside it, while it is in use, lie chapar.db.sock and chapar.db.pid.
/var/lib/chapar/backups/chapar-DATE.db:
    The last seven nightly copies, each verified, once chapar-backup.timer is enabled.
/var/lib/chapar/export/chapar.jsonl:
    The corpus of last night, once chapar-export.timer is enabled.
SERVICE
/var/lib/chapar opens to the service and to root alone. Whoever administers it asks by sudo.
$ sudo systemctl enable --now chapar     # gather from now on
$ sudo systemctl reload chapar           # when the config has changed
$ sudo chapar stats
$ sudo systemctl enable --now chapar-backup.timer chapar-export.timer
$ sudo systemctl start chapar-backup     # a copy now
To restore a backup, stop chapar, copy it to /var/lib/chapar/chapar.db and start chapar again.
SEE ALSO
systemctl(1), journalctl(1), systemd.service(5)
`
