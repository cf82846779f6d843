package systemd

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
)

// Journaled says whether w leads straight into the journal, which knows the time of each line and understands priorities.
// stream is what the environment has as JOURNAL_STREAM.
func Journaled(stream string, w io.Writer) bool {
	f, ok := w.(*os.File)
	if stream == "" || !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && stream == fmt.Sprintf("%d:%d", s.Dev, s.Ino) // of a child whose stderr was led elsewhere it differs
}

// Prioritized makes of handlers of lines one that puts the priority of sd-daemon(3) before each line.
func Prioritized(w io.Writer, handler func(io.Writer) slog.Handler) slog.Handler {
	of := func(priority int) slog.Handler { return handler(prefixed{w, fmt.Sprintf("<%d>", priority)}) }
	return prioritized{debug: of(7), info: of(6), warn: of(4), err: of(3)}
}

// prioritized has one handler a level, each with its prefix.
type prioritized struct{ debug, info, warn, err slog.Handler }

func (p prioritized) of(l slog.Level) slog.Handler {
	switch {
	case l < slog.LevelInfo:
		return p.debug
	case l < slog.LevelWarn:
		return p.info
	case l < slog.LevelError:
		return p.warn
	}
	return p.err
}

func (p prioritized) each(do func(slog.Handler) slog.Handler) slog.Handler {
	return prioritized{do(p.debug), do(p.info), do(p.warn), do(p.err)}
}

// Enabled implements slog.Handler.
func (p prioritized) Enabled(ctx context.Context, l slog.Level) bool { return p.of(l).Enabled(ctx, l) }

// Handle implements slog.Handler.
func (p prioritized) Handle(ctx context.Context, r slog.Record) error {
	return p.of(r.Level).Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (p prioritized) WithAttrs(as []slog.Attr) slog.Handler {
	return p.each(func(h slog.Handler) slog.Handler { return h.WithAttrs(as) })
}

// WithGroup implements slog.Handler.
func (p prioritized) WithGroup(name string) slog.Handler {
	return p.each(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

// prefixed writes whole lines, each behind a prefix.
type prefixed struct {
	w      io.Writer
	prefix string
}

func (p prefixed) Write(b []byte) (int, error) {
	if _, err := p.w.Write(append([]byte(p.prefix), b...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// WithoutTime is for the options of such a handler: it leaves out what the journal notes itself.
func WithoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
