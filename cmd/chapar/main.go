// Command chapar watches publications and keeps a clean corpus of their articles.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"chapar/cmd/chapar/config"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1 // at run time
	exitUsage  = 2 // wrong use or config
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// errUsage marks wrong use of a command.
var errUsage = errors.New("wrong use")

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errUsage, fmt.Errorf(format, args...))
}

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
			code = int(e)
		}
	}()
	a := &app{in: stdin, out: stdout, err: stderr}
	var line commands
	parser, err := kong.New(&line,
		kong.Name("chapar"),
		kong.Description("Watches publications and keeps a clean corpus of their articles."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Help(help),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		fmt.Fprintln(stderr, "chapar:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "chapar: %v\n", err)
		fmt.Fprintf(stderr, "chapar: `chapar --help` lists the commands\n")
		return exitUsage
	}
	a.globals = line.globals
	err = parsed.Run(a)
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "chapar: interrupted")
		return exitFailed
	case errors.Is(err, syscall.EPIPE):
		return exitFailed // who read us has gone: nobody to tell
	}
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			fmt.Fprintln(stderr, p.Error())
		}
		return exitUsage
	}
	fmt.Fprintf(stderr, "chapar: %v\n", err)
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailed
}
