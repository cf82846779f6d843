package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/alecthomas/kong"

	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/systemd"
	"chapar/cmd/chapar/web"
	"chapar/store"
)

// commands is the command line.
type commands struct {
	globals
	ShowVersion versionFlag `name:"version" help:"Show the version."`

	Run       runCommand       `cmd:"" help:"Run the daemon: poll all sources until SIGTERM." example:"chapar run -c config.yaml"`
	Once      onceCommand      `cmd:"" help:"Poll every source that is due once, try each waiting page once, and end." example:"chapar once"`
	Demo      demoCommand      `cmd:"" help:"Show the whole line at work on a sample press; needs no network and no config." example:"chapar demo"`
	Check     checkCommand     `cmd:"" help:"Check config.yaml and say how to mend each mistake." example:"chapar check -c config.yaml"`
	Sources   sourcesCommand   `cmd:"" help:"Show the sources and how they fare; test, add, import and export them." example:"chapar sources test https://example.org/"`
	Export    exportCommand    `cmd:"" help:"Write the corpus as text files, JSON Lines, CSV or Parquet." example:"chapar export --format jsonl --lang kk --since 2026-01-01 > corpus.jsonl"`
	Import    importCommand    `cmd:"" help:"Take in documents: text files, JSON Lines, folders of them." example:"chapar import documents/"`
	Show      showCommand      `cmd:"" help:"Show one article with where it came from and why it was kept." example:"chapar show 66cb59e0fe21d4af"`
	Search    searchCommand    `cmd:"" help:"Find articles that hold all the given words." example:"chapar search border exercise --lang en"`
	Stats     statsCommand     `cmd:"" help:"Count what is kept." example:"chapar stats --json"`
	Backup    backupCommand    `cmd:"" help:"Copy the database, also while it is in use." example:"chapar backup /backups/chapar.db"`
	Health    healthCommand    `cmd:"" help:"Ask the running chapar whether it does its work; exit code 1 if not." example:"chapar health --timeout 5s"`
	Verify    verifyCommand    `cmd:"" help:"Check structure, checksums and indexes of the database." example:"chapar verify --db /backups/chapar.db"`
	Salvage   salvageCommand   `cmd:"" help:"Save what is whole of a damaged database into a new one." example:"chapar salvage /var/tmp/saved.db"`
	Compact   compactCommand   `cmd:"" help:"Give the unused space of the database back." example:"chapar compact"`
	Rebuild   rebuildCommand   `cmd:"" help:"Read the kept pages again with the present rules; show, or write, what changes." example:"chapar rebuild --source example --limit 5"`
	Relevance relevanceCommand `cmd:"" help:"Tune the judgement of articles: replay changed settings, measure them on labelled articles, list the topics." example:"chapar relevance replay"`
	Pipe      pipeCommand      `cmd:"" help:"Run one stage as a filter over JSON Lines." example:"chapar pipe lang < texts.jsonl"`
	Version   versionCommand   `cmd:"" help:"Show the version." example:"chapar version"`

	Cell       cellCommand       `cmd:"" hidden:"" help:"Read feeds and pages for the chapar that started it." example:"chapar cell 268435456 5s"`
	Man        manCommand        `cmd:"" hidden:"" help:"Write the manual page." example:"chapar man > chapar.1"`
	Completion completionCommand `cmd:"" hidden:"" help:"Write what a shell needs to complete the command line." example:"chapar completion bash > /usr/share/bash-completion/completions/chapar"`
}

// globals are the flags that every command takes.
type globals struct {
	Config    string `short:"c" placeholder:"FILE" help:"Config file (default: config.yaml here, then /etc/chapar/config.yaml)."`
	DB        string `name:"db" placeholder:"FILE" help:"Database, over the configured one."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" help:"Least level of log lines: debug, info, warn or error."`
	LogFormat string `enum:"text,json" default:"text" help:"Form of log lines: text or json."`
}

// help adds the example of a command to kong's own help.
func help(o kong.HelpOptions, c *kong.Context) error {
	if err := kong.DefaultHelpPrinter(o, c); err != nil {
		return err
	}
	if n := c.Selected(); n != nil && n.Tag != nil && n.Tag.Get("example") != "" {
		fmt.Fprintf(c.Stdout, "\nExample:\n  %s\n", n.Tag.Get("example"))
	}
	return nil
}

// app is what every command works with.
type app struct {
	globals
	in       io.Reader
	out, err io.Writer
}

func (a *app) logger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	handler := func(w io.Writer) slog.Handler {
		if a.LogFormat == "json" {
			return slog.NewJSONHandler(w, o)
		}
		return slog.NewTextHandler(w, o)
	}
	if systemd.Journaled(os.Getenv("JOURNAL_STREAM"), a.err) {
		o.ReplaceAttr = systemd.WithoutTime
		return slog.New(systemd.Prioritized(a.err, handler))
	}
	return slog.New(handler(a.err))
}

// load reads the config; --db goes over its database.
func (a *app) load() (*config.Config, error) {
	path, err := config.Find(a.Config)
	if err != nil {
		return nil, usageError{err}
	}
	return a.loadFile(path)
}

func (a *app) loadFile(path string) (*config.Config, error) {
	c, err := config.Load(path)
	if err != nil {
		if errors.As(err, new(config.Problems)) {
			return nil, err
		}
		return nil, usageError{err}
	}
	if a.DB != "" {
		if c.Database, err = filepath.Abs(a.DB); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// loadOrDefault is for commands that need no more of the config than the database, which --db may name.
func (a *app) loadOrDefault() (*config.Config, error) {
	if a.DB == "" || a.Config != "" {
		return a.load()
	}
	c, err := a.load()
	if err == nil || errors.As(err, new(config.Problems)) {
		return c, err
	}
	c = config.Default()
	c.Seeds = ""
	c.Database, err = filepath.Abs(a.DB)
	return c, err
}

// reading is an open way to read: the database itself or the process that holds it.
type reading interface {
	store.Reader
	io.Closer
}

// read gives a command a way to read the configured database.
func (a *app) read(ctx context.Context, do func(*config.Config, reading) error) error {
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	r, err := a.reader(ctx, c.Database)
	if err != nil {
		return err
	}
	defer r.Close()
	return do(c, r)
}

// choose is read for commands with filters, and gives the query that these make. Wrong use is told before the database is
// opened, but for ids that only the database may know.
func (a *app) choose(ctx context.Context, f filters, do func(*config.Config, store.Query, reading) error) error {
	c, err := a.loadOrDefault()
	if err != nil {
		return err
	}
	strangers := f.present(c, a.err)
	q, err := f.query(c, time.Now())
	if err != nil {
		return err
	}
	r, err := a.reader(ctx, c.Database)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := met(ctx, c, r, "--source ", strangers); err != nil {
		return err
	}
	return do(c, q, r)
}

// reader opens a way to read the database: the file, or the running chapar that holds it. It waits a while for one
// that holds it and does not answer: that is another command, or a daemon that begins or ends.
func (a *app) reader(ctx context.Context, database string) (reading, error) {
	const patience = 5 * time.Second
	for began := time.Now(); ; {
		if c, _, err := web.Dial(ctx, database); err == nil {
			return c, nil
		}
		if err := exists(database); err != nil {
			return nil, err
		}
		db, err := store.Read(database, store.Options{})
		if err == nil {
			return db, nil
		}
		if !errors.As(err, new(*store.HeldError)) || time.Since(began) > patience {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// remember tells the daemon, if it was read from one, that care was taken of its database. A database that is read
// without one stays as it is: nothing is remembered then.
func (a *app) remember(ctx context.Context, r reading, what store.Care) {
	if c, ok := r.(*web.Client); ok {
		if err := c.Remember(ctx, what); err != nil {
			a.logger().Warn("the running chapar does not know of it", "what", string(what), "err", err)
		}
	}
}

// open opens the database and makes it where there is none, but not its folder.
func open(database string) (*store.DB, error) { return openWith(database, store.Options{}) }

func openWith(database string, o store.Options) (*store.DB, error) {
	if _, err := os.Stat(filepath.Dir(database)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot make %s: its folder is not there; make the folder first", database)
	}
	return store.Open(database, o)
}

// exists sees to it that looking at a database does not create it.
func exists(database string) error {
	if _, err := os.Stat(database); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database at %s yet; `chapar run`, `once` or `import` makes one", database)
	}
	return nil
}

func (a *app) json(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// jsonLine writes one value as a line.
func jsonLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

type versionCommand struct {
	JSON bool `name:"json" help:"JSON for programs."`
}

// release is the version that a release build sets with -ldflags -X main.release=….
var release = "0.1.0-dev"

func (v *versionCommand) Run(a *app) error {
	commit, goVersion := build()
	if v.JSON {
		return a.json(map[string]string{"version": release, "commit": commit, "go": goVersion})
	}
	_, err := fmt.Fprintf(a.out, "chapar %s (commit %s, %s)\n", release, commit, goVersion)
	return err
}

// versionFlag does what the command does: it is what other programs have.
type versionFlag bool

// BeforeReset implements a hook of kong: it comes before a command is missed.
func (versionFlag) BeforeReset(k *kong.Kong) error {
	if err := (&versionCommand{}).Run(&app{out: k.Stdout}); err != nil {
		return err
	}
	k.Exit(exitDone)
	return nil
}

func build() (commit, goVersion string) {
	commit = "unknown"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return commit, "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value[:min(len(s.Value), 12)]
		}
	}
	return commit, info.GoVersion
}
