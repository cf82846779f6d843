package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/normalize"
)

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
	Threshold float64    `json:"threshold"` // of the source
	Fate      string     `json:"fate"`      // kept, dropped, or why there is no article
	Topics    []string   `json:"topics"`
	Places    []string   `json:"places"`
	Reasons   []string   `json:"reasons"`
	Lede      string     `json:"lede"`
	CopyOf    string     `json:"copy_of"` // id of the record of another source that has this article; "" if none is known
	CopyIn    string     `json:"copy_in"` // that source
	Overlap   float64    `json:"overlap"` // share of its words that stand there

	text string
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
	kept, err := a.keptArticles(ctx, c.Database)
	if err != nil {
		return err
	}
	defer kept.close()
	named, _ := c.Source(src.ID)
	for _, e := range src.Endpoints {
		sight, err := fetcher.Look(ctx, client, fetcher.InProcess{Shape: c.Limits.Shape}, src, e)
		if err != nil {
			return fmt.Errorf("cannot poll %s: %w", named.Public(e, e.URL), err)
		}
		if !s.JSON {
			fmt.Fprintf(a.out, "%s: %s at %s, %d entries\n", e.ID, sight.Kind, plain(named.Public(e, sight.URL)), len(sight.Entries))
			t := table{loose: 1, wrap: true}
			aboutOf(ctx, client, sight, src.Zone).rows(&t)
			if err := t.write(a.out, width(a.out)); err != nil {
				return err
			}
		}
		for _, entry := range sight.Entries[:min(len(sight.Entries), max(s.Limit, 0))] {
			if err := ctx.Err(); err != nil {
				return err
			}
			got := in.sample(ctx, client, src, entry)
			if err := kept.compare(ctx, &got, src.ID); err != nil {
				return err
			}
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
	if !byURL && strings.Contains(s.Source, ":") {
		return nil, fetcher.Source{}, usage("%q is neither an id nor an http or https address", s.Source)
	}
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
	src, known := c.Source(s.Source)
	if src.Enabled {
		return c, src.Fetch(), nil
	}
	if known {
		return nil, fetcher.Source{}, usage("source %q is not enabled; test its address instead", s.Source)
	}
	return nil, fetcher.Source{}, usage("there is no source %q in %s; `chapar sources` lists them", s.Source, c.File)
}

// sample walks the line for one entry and stores nothing.
func (in *intake) sample(ctx context.Context, client *fetcher.Client, src fetcher.Source, e fetcher.Entry) sample {
	set := in.now.Load()
	cs, _ := set.config.Source(src.ID)
	out := sample{URL: e.Link, Title: e.Title, Topics: []string{}, Places: []string{}, Reasons: []string{}}
	p, err := client.Get(ctx, fetcher.Request{URL: e.Link, Header: src.HeadersFor(fetcher.HostOf(e.Link))})
	var d normalize.Document
	if err == nil {
		d, err = in.document(ctx, set.of(cs.ID), rawPage(cs, e, p))
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
	out.text = d.Text
	out.Lede, _, _ = strings.Cut(d.Text, "\n\n")
	out.Fate = "kept"
	if out.Threshold = set.config.Threshold(src.ID); d.Relevance.Score < out.Threshold {
		out.Fate = fmt.Sprintf("dropped: relevance below %.2f", out.Threshold)
	}
	return out
}

func (s sample) show(a *app) error {
	t := table{loose: 1, wrap: true}
	t.row("title", s.Title)
	t.row("address", s.URL)
	t.row("fate", s.Fate)
	if s.Words > 0 {
		at := "unknown"
		if s.Published != nil {
			at = local(*s.Published) + " (from: " + s.DateFrom + ")"
		}
		t.row("published", at)
		t.row("language", s.Language)
		t.row("words", strconv.Itoa(s.Words))
		t.row("relevance", fmt.Sprintf("%.2f, threshold %.2f", s.Relevance, s.Threshold))
		t.row("topics", strings.Join(s.Topics, ", "))
		t.row("places", strings.Join(s.Places, "; "))
		name := "reasons"
		for _, r := range s.Reasons[:min(len(s.Reasons), 4)] {
			t.row(name, r)
			name = ""
		}
		if s.CopyOf != "" {
			t.row("copy", fmt.Sprintf("%.0f%% of it stands in %s of the source %s", 100*s.Overlap, s.CopyOf, s.CopyIn))
		}
		t.row("lede", short(s.Lede, 200))
	}
	if _, err := fmt.Fprintln(a.out); err != nil {
		return err
	}
	return t.write(a.out, width(a.out))
}
