// Command chapar watches publications and keeps a clean corpus of their articles.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // zones of sources, also where the system has none

	"github.com/alecthomas/kong"

	"chapar/cmd/chapar/config"
	"chapar/store"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1 // at run time
	exitUsage  = 2 // wrong use or config
)

func main() {
	// Libraries write to the standard logger what strangers sent: net/http up to 4 KB of it in a line of its own.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	in, out := &stream{ended: ctx.Done(), file: os.Stdin}, &stream{ended: ctx.Done(), file: os.Stdout}
	os.Exit(run(ctx, os.Args[1:], in, out, os.Stderr))
}

// usageError is wrong use of a command or a config that cannot be used.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exited is how kong's own ending of the program (after --help) comes back.
type exited int

// run is the program.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(exited)
			if !ok {
				panic(r)
			}
			if code = int(e); len(args) == 0 {
				code = exitUsage
			}
		}
	}()
	a := &app{in: stdin, out: stdout, err: stderr}
	var line commands
	parser, err := newParser(ctx, &line, stdout, stderr)
	if err != nil {
		return a.fail(err)
	}
	if len(args) == 0 { // nothing was asked for: show what there is
		if parser, err = newParser(ctx, &line, stderr, stderr); err == nil {
			_, err = parser.Parse([]string{"--help"})
		}
		return a.fail(err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return a.fail(misused(err))
	}
	a.globals = line.globals
	err = parsed.Run(a)
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return a.fail(errors.New("interrupted"))
	case errors.Is(err, syscall.EPIPE):
		return exitFailed // who read us has gone: nobody to tell
	}
	return a.fail(err)
}

func newParser(ctx context.Context, line *commands, stdout, stderr io.Writer) (*kong.Kong, error) {
	return kong.New(line,
		kong.Name("chapar"),
		kong.Description("Watches publications and keeps a clean corpus of their articles."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Help(help),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
}

// misused makes one line with a hint of kong's error.
func misused(err error) error {
	var parse *kong.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	text, at := err.Error(), "chapar"
	if n := parse.Context.Selected(); n != nil {
		at = n.FullPath()
	} else if name, ok := strings.CutPrefix(text, "unexpected argument "); ok {
		text = "unknown command " + name
	}
	return usage("%s; `%s --help` shows the use", text, at)
}

// fail tells an error, one line each, and gives its exit code.
func (a *app) fail(err error) int {
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			fmt.Fprintln(a.err, plain(p.Error()))
		}
		return exitUsage
	}
	text := plain(err.Error())
	if how := remedy(err); how != "" {
		text += "; " + how
	}
	fmt.Fprintf(a.err, "chapar: %s\n", text)
	if errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitFailed
}

// remedy says how to mend what the rooms cannot know how to mend; "" where the error says enough.
func remedy(err error) string {
	switch {
	case errors.As(err, new(*store.HeldError)):
		return "end that one first; `export`, `show`, `search`, `stats`, `sources`, `backup`, and `rebuild` and `relevance replay` without --apply, work beside `run`"
	case errors.Is(err, store.ErrNewer):
		return "use the chapar that made it, or a newer one"
	case errors.Is(err, store.ErrForeign):
		return "name another file by --db or `database:`"
	case errors.Is(err, store.ErrDamaged):
		return "put a backup in its place, or save what is whole by `chapar salvage NEW.db`"
	case errors.Is(err, syscall.ENOSPC):
		return "make room there, or name another place"
	case errors.Is(err, syscall.EROFS):
		return "name another place; a database there can still be read, and `chapar backup FILE` makes a copy that can be written to"
	case errors.Is(err, fs.ErrPermission):
		return "use the account that owns it (what the installed service has is reached with sudo), or change its mode"
	}
	return ""
}
