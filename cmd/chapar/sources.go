package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/web"
	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store"
)

type sourcesCommand struct {
	List sourcesListCommand `cmd:"" default:"withargs" help:"Show the sources and how they fare." example:"chapar sources --json"`
	Test sourcesTestCommand `cmd:"" help:"Show what a poll would take and why; nothing is stored." example:"chapar sources test https://example.org/"`
}

type sourcesListCommand struct {
	JSON bool `name:"json" help:"JSON for programs."`
}

func (s *sourcesListCommand) Run(ctx context.Context, a *app) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	hs, err := a.health(ctx, c)
	if err != nil {
		return err
	}
	if s.JSON {
		if hs == nil {
			hs = []web.Health{}
		}
		return a.json(hs)
	}
	if len(hs) == 0 {
		_, err := fmt.Fprintf(a.out, "no sources in %s yet; README.md shows how to add one\n", c.File)
		return err
	}
	now := time.Now()
	t := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "ENDPOINT\tKIND\tSTATE\tKEPT\tLAST POLL\tLAST NEW\tNEXT\tEVERY")
	for _, h := range hs {
		state := h.State
		if h.Failing != nil {
			state = fmt.Sprintf("%s (%d times since %s)", h.State, h.Failures, ago(h.Failing, now))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", h.Endpoint, h.Kind, plain(state), h.Kept,
			ago(h.Checked, now), ago(h.Changed, now), ago(h.Due, now), shortDuration(h.Every))
	}
	return t.Flush()
}

// health asks the running daemon, or reads the database, or knows of no poll yet.
func (a *app) health(ctx context.Context, c *config.Config) ([]web.Health, error) {
	if client, _, err := web.Dial(ctx, c.Database); err == nil {
		defer client.Close()
		return client.Sources(ctx)
	}
	if exists(c.Database) != nil {
		return health(ctx, c, nil)
	}
	db, err := store.Open(c.Database, store.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return health(ctx, c, db)
}

func ago(t *time.Time, now time.Time) string {
	if t == nil {
		return "-"
	}
	d := now.Sub(*t)
	if d < 0 {
		return "in " + shortDuration(-d)
	}
	return shortDuration(d) + " ago"
}

func shortDuration(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()+0.5))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
}

type sourcesTestCommand struct {
	Source string `arg:"" name:"id|url" help:"Id of a source of the config, or an address."`
	Limit  int    `default:"5" help:"Articles to get."`
	JSON   bool   `name:"json" help:"JSON Lines for programs."`
}

// sample is one article of `sources test`.
type sample struct {
	URL       string     `json:"url"`
	Title     string     `json:"title"`
	Published *time.Time `json:"published"`
	DateFrom  string     `json:"date_from"`
	Language  string     `json:"language"`
	Words     int        `json:"words"`
	Relevance float64    `json:"relevance"`
	Fate      string     `json:"fate"` // kept, dropped, or why there is no article
	Topics    []string   `json:"topics"`
	Places    []string   `json:"places"`
	Reasons   []string   `json:"reasons"`
	Lede      string     `json:"lede"`
}

func (s *sourcesTestCommand) Run(ctx context.Context, a *app) error {
	c, src, err := s.find(a)
	if err != nil {
		return err
	}
	set, err := newSettings(c)
	if err != nil {
		return err
	}
	client, err := fetcher.NewClient(clientOptions(c))
	if err != nil {
		return err
	}
	defer client.Close()
	in := newIntake(nil, set, a.logger())
	for _, e := range src.Endpoints {
		found, entries, err := fetcher.Look(ctx, client, src, e)
		if err != nil {
			return fmt.Errorf("cannot poll %s: %w", e.URL, err)
		}
		if !s.JSON {
			fmt.Fprintf(a.out, "%s: %s at %s, %d entries\n", e.ID, found.Kind, plain(found.URL), len(entries))
		}
		for _, entry := range entries[:min(len(entries), max(s.Limit, 0))] {
			if err := ctx.Err(); err != nil {
				return err
			}
			got := in.sample(ctx, client, src, entry)
			if s.JSON {
				if err := jsonLine(a.out, got); err != nil {
					return err
				}
				continue
			}
			if err := got.show(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// find makes the source to be tested: one of the config, or one of an address alone.
func (s *sourcesTestCommand) find(a *app) (*config.Config, fetcher.Source, error) {
	u, err := url.Parse(s.Source)
	byURL := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	c, err := a.load()
	if err != nil {
		if !byURL || a.Config != "" || errors.As(err, new(config.Problems)) {
			return nil, fetcher.Source{}, err
		}
		c = config.Default() // an address can be tested before there is a config
	}
	if byURL {
		const id = "test"
		return c, fetcher.Source{ID: id, Name: u.Host, Endpoints: []fetcher.Endpoint{{ID: id, Source: id, Kind: fetcher.KindURL, URL: s.Source}}}, nil
	}
	for _, src := range c.FetchSources() {
		if src.ID == s.Source {
			return c, src, nil
		}
	}
	if _, ok := c.Source(s.Source); ok {
		return nil, fetcher.Source{}, usage("source %q is not enabled; test its address instead", s.Source)
	}
	return nil, fetcher.Source{}, usage("there is no source %q in %s; `chapar sources` lists them", s.Source, c.File)
}

// sample walks the line for one entry and stores nothing.
func (in *intake) sample(ctx context.Context, client *fetcher.Client, src fetcher.Source, e fetcher.Entry) sample {
	set := in.now.Load()
	cs, _ := set.config.Source(src.ID)
	out := sample{URL: e.Link, Title: e.Title, Topics: []string{}, Places: []string{}, Reasons: []string{}}
	p, err := client.Get(ctx, fetcher.Request{URL: e.Link})
	var d normalize.Document
	if err == nil {
		d, err = in.document(ctx, set, normalize.Raw{URL: p.Final, ContentType: p.Header.Get("Content-Type"), Body: p.Body,
			Hint: hint(cs, e, p.Fetched), Rules: set.config.Rules(src.ID)})
	}
	if d.Title != "" {
		out.Title = d.Title
	}
	if err != nil {
		out.Fate = "no article: " + err.Error()
		return out
	}
	out.Published, out.DateFrom, out.Language = moment(d.Published.Time), string(d.Published.Origin), d.Language
	out.Words, out.Relevance = len(strings.Fields(d.Text)), d.Relevance.Score
	out.Topics, out.Places, out.Reasons = d.Relevance.Topics, d.Relevance.Places, d.Relevance.Reasons
	out.Lede, _, _ = strings.Cut(d.Text, "\n\n")
	out.Fate = "kept"
	if least := set.config.Threshold(src.ID); d.Relevance.Score < least {
		out.Fate = fmt.Sprintf("dropped: relevance below %.2f", least)
	}
	return out
}

func (s sample) show(a *app) error {
	at := "no date"
	if s.Published != nil {
		at = s.Published.Format(time.RFC3339) + " (" + s.DateFrom + ")"
	}
	_, err := fmt.Fprintf(a.out, "\n%s\n  %s\n  %s\n", short(s.Title, 100), plain(s.URL), plain(s.Fate))
	if err != nil || strings.HasPrefix(s.Fate, "no article") {
		return err
	}
	fmt.Fprintf(a.out, "  %s  %s  %d words  relevance %.2f\n", at, s.Language, s.Words, s.Relevance)
	for _, r := range s.Reasons[:min(len(s.Reasons), 4)] {
		fmt.Fprintf(a.out, "    %s\n", plain(r))
	}
	_, err = fmt.Fprintf(a.out, "  %s\n", short(s.Lede, 160))
	return err
}
