package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/cmd/chapar/web"
	"chapar/fetcher"
)

type sourcesAddCommand struct {
	Address   string   `arg:"" name:"url" help:"Address of a feed, a sitemap or a page."`
	ID        string   `name:"id" placeholder:"ID" help:"Id of the source (default: made of its name or host)."`
	Name      string   `placeholder:"TEXT" help:"Name of the outlet (default: what the feed or page calls itself)."`
	Kind      string   `enum:"feed,page,sitemap,url" default:"url" help:"What stands at the address: feed, page, sitemap, or url to find the best way."`
	Links     string   `placeholder:"CSS" help:"Selector of the article links of a page."`
	Language  string   `placeholder:"TAG" help:"Language of the outlet (default: that of the samples, if they agree)."`
	Country   string   `placeholder:"CODE" help:"Country of the outlet, such as KZ."`
	Zone      string   `placeholder:"ZONE" help:"Zone of dates that name none, such as Asia/Almaty."`
	Tag       []string `placeholder:"TAG" help:"Tags to choose sources by."`
	Relevance string   `placeholder:"all|0..1" help:"Keep all articles, or those from this relevance."`
	Interval  string   `placeholder:"DURATION" help:"Fixed interval between polls instead of an adaptive one."`
	Samples   int      `default:"5" help:"Articles to get and show."`
	To        string   `placeholder:"FILE" help:"File that the config includes to add to, instead of the config itself."`
	Yes       bool     `short:"y" help:"Do not ask; write also if no sample can be read."`
	DryRun    bool     `help:"Show the entry and write nothing."`
	JSON      bool     `name:"json" help:"JSON for programs."`
}

// addition is what `sources add` has come to, for programs.
type addition struct {
	Source  string     `json:"source"` // its id
	Name    string     `json:"name"`
	Kind    string     `json:"kind"`
	URL     string     `json:"url"`
	Entries int        `json:"entries"`
	Newest  *time.Time `json:"newest"`
	about
	Samples []sample `json:"samples"`
	File    string   `json:"file"`
	Entry   string   `json:"entry"` // as it stands in the file
	Written bool     `json:"written"`
	Daemon  int      `json:"daemon"` // process that has to reload; 0 if none runs
}

func (s *sourcesAddCommand) Run(ctx context.Context, a *app) error {
	if strings.TrimSpace(s.Address) == "" {
		return usage("the address is empty; name that of a feed, a sitemap or a page")
	}
	path, c, err := a.editable()
	if err != nil {
		return err
	}
	draft, err := s.draft(c)
	if err != nil {
		return err
	}
	edit, err := s.edit(path, draft)
	if err != nil {
		return err
	}
	if !s.DryRun { // better told before the publisher is asked
		if err := edit.Writable(); err != nil {
			return err
		}
	}
	set, err := newSettings(edit.After)
	if err != nil {
		return err
	}
	client, err := fetcher.NewClient(clientOptions(edit.After))
	if err != nil {
		return err
	}
	defer client.Close()
	src, _ := edit.After.Source(draft.ID)
	sight, err := fetcher.Look(ctx, client, fetcher.InProcess{Shape: edit.After.Limits.Shape}, src.Fetch(), src.Endpoints[0])
	if err != nil {
		return fmt.Errorf("nothing to poll at %s: %w", config.Public(draft.Addresses[0].URL), err)
	}
	if draft, err = s.settle(c, draft, sight); err != nil {
		return err
	}
	sum := newAddition(sight)
	sum.about = aboutOf(ctx, client, sight, src.Zone)
	if !s.JSON {
		if err := sum.show(a, sight.Title); err != nil {
			return err
		}
	}
	if sum.Samples, err = s.samples(ctx, a, client, set, src.Fetch(), draft.ID, sight.Entries); err != nil {
		return err
	}
	if draft.Language == "" {
		draft.Language = agreed(sum.Samples)
	}
	if edit, err = s.edit(path, draft); err != nil {
		return err
	}
	sum.Language = cmp.Or(sum.Language, draft.Language)
	sum.Source, sum.Name, sum.File, sum.Entry = draft.ID, draft.Name, edit.File, edit.Added
	return s.finish(ctx, a, edit, sum)
}

// samples reads the articles of the first entries and tells what would be kept of them under an id.
func (s *sourcesAddCommand) samples(ctx context.Context, a *app, client *fetcher.Client, set *settings, src fetcher.Source, id string, entries []fetcher.Entry) ([]sample, error) {
	in := newIntake(nil, set, a.logger())
	kept, err := a.keptArticles(ctx, set.config.Database)
	if err != nil {
		return nil, err
	}
	defer kept.close()
	all := []sample{}
	for _, entry := range entries[:min(len(entries), max(s.Samples, 0))] {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		got := in.sample(ctx, client, src, entry)
		if err := kept.compare(ctx, &got, id); err != nil {
			return nil, err
		}
		all = append(all, got)
		if !s.JSON {
			if err := got.show(a); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// editable gives the config that is to be edited. One that is named and does not exist is to be made.
func (a *app) editable() (path string, c *config.Config, err error) {
	path, err = config.Find(a.Config)
	if err == nil {
		c, err = a.loadFile(path)
		return path, c, err
	}
	if a.Config != "" && errors.Is(err, fs.ErrNotExist) {
		return a.Config, config.Default(), nil
	}
	if a.Config == "" && !errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w; one that does not exist is made then", err)
	}
	return "", nil, usageError{err}
}

// draft makes of the flags what can be made before anything was asked, and refuses what cannot be.
func (s *sourcesAddCommand) draft(c *config.Config) (config.Draft, error) {
	address := config.Address(s.Address)
	if !strings.Contains(address, "://") && strings.Contains(address, ".") {
		address = "https://" + address
	}
	d := config.Draft{ID: s.ID, Name: config.Tidy(s.Name), Links: s.Links, Interval: s.Interval, Relevance: s.Relevance,
		Language: s.Language, Country: s.Country, Zone: s.Zone, Tags: s.Tag}
	kind := fetcher.Kind(s.Kind)
	if s.Links != "" && kind == fetcher.KindURL {
		kind = fetcher.KindPage
	}
	if s.Links != "" && kind != fetcher.KindPage {
		return d, usage("--links chooses links of a page; it does not go with --kind %s", s.Kind)
	}
	d.Addresses = []fetcher.Found{{Kind: kind, URL: address}}
	return s.free(c, d)
}

// free gives a draft its id, and refuses one whose address or id is taken.
func (s *sourcesAddCommand) free(c *config.Config, d config.Draft) (config.Draft, error) {
	fresh, known, problems := c.Sift([]config.Draft{d})
	switch {
	case len(known) > 0:
		of, _ := c.Source(known[0].Source)
		if !of.Enabled {
			return d, usage("%s is the address of the source %q (%s), which has enabled: false; remove that line instead", config.Public(d.Addresses[0].URL), of.ID, of.Place)
		}
		return d, usage("%s is polled already for the source %q (%s)", config.Public(d.Addresses[0].URL), of.ID, of.Place)
	case len(problems) > 0:
		return d, usage("%s; name another by --id", problems[0].Text)
	}
	return fresh[0], nil
}

// settle puts what was found into a draft.
func (s *sourcesAddCommand) settle(c *config.Config, d config.Draft, sight fetcher.Sight) (config.Draft, error) {
	if sight.Kind != fetcher.KindPage {
		d.Links = ""
	}
	d.Addresses = []fetcher.Found{sight.Found}
	d.ID, d.Name = s.ID, cmp.Or(config.Tidy(s.Name), config.Outlet(sight.Title, sight.URL))
	return s.free(c, d)
}

// edit tries the entry in the config. What is wrong with it is told by the flag that it comes from.
func (s *sourcesAddCommand) edit(path string, d config.Draft) (*config.Edit, error) {
	e, err := config.Add(path, s.To, []config.Draft{d})
	var problems config.Problems
	if !errors.As(err, &problems) {
		return e, misplaced(err)
	}
	for _, p := range problems {
		key := p.Path[strings.LastIndexByte(p.Path, ']')+1:]
		if strings.HasPrefix(p.Path, "sources[") && strings.Contains(p.Path, "].tags[") {
			key = ".tag"
		}
		flag := "--" + strings.TrimPrefix(key, ".")
		if kind := fetcher.Kind(strings.TrimPrefix(key, ".")); kind == fetcher.Kind(s.Kind) || kind == d.Addresses[0].Kind {
			flag = "the address"
		}
		text := strings.ReplaceAll(p.Text, p.Path, flag)
		if text == p.Text {
			continue
		}
		if p.Hint != "" {
			text += "; " + p.Hint
		}
		return nil, usage("%s", text)
	}
	return nil, err
}

// misplaced makes wrong use of a file that the config does not include.
func misplaced(err error) error {
	if errors.Is(err, config.ErrNotIncluded) {
		return usageError{err}
	}
	return err
}

func newAddition(sight fetcher.Sight) addition {
	sum := addition{Kind: string(sight.Kind), URL: config.Public(sight.URL), Entries: len(sight.Entries)}
	for _, e := range sight.Entries {
		at := e.Published
		if at.IsZero() {
			at = e.Updated
		}
		if !at.IsZero() && (sum.Newest == nil || at.After(*sum.Newest)) {
			sum.Newest = moment(at)
		}
	}
	return sum
}

func (d addition) show(a *app, title string) error {
	t := table{loose: 1, wrap: true}
	t.row("found", d.Kind+" at "+d.URL)
	if title = config.Tidy(title); title != "" {
		t.row("calls itself", title)
	}
	newest := "without dates"
	if d.Newest != nil {
		newest = "the newest of " + local(*d.Newest)
	}
	t.row("entries", strconv.Itoa(d.Entries)+", "+newest)
	d.about.rows(&t)
	return t.write(a.out, width(a.out))
}

// agreed is the language of the samples where all that could be read have the same one, and there are two at least.
func agreed(samples []sample) string {
	language, n := "", 0
	for _, s := range samples {
		if s.Words == 0 {
			continue
		}
		tag, _, _ := strings.Cut(s.Language, "-")
		if n++; tag == "" || tag == "und" || language != "" && tag != language {
			return ""
		}
		language = tag
	}
	if n < 2 {
		return ""
	}
	return language
}

// finish shows the entry, asks, writes it and tells how it comes into force.
func (s *sourcesAddCommand) finish(ctx context.Context, a *app, edit *config.Edit, sum addition) error {
	read, kept, copies := 0, 0, 0
	for _, got := range sum.Samples {
		if got.CopyOf != "" {
			copies++
		}
		if got.Words > 0 {
			read++
		}
		if got.Fate == "kept" {
			kept++
		}
	}
	unread := read == 0 && len(sum.Samples) > 0
	if !s.JSON {
		fmt.Fprintf(a.out, "\n%s: %d can be read, %d would be kept", counted(len(sum.Samples), "sample"), read, kept)
		if copies > 0 {
			fmt.Fprintf(a.out, ", %d brought already by other sources", copies)
		}
		fmt.Fprintln(a.out)
		if _, err := fmt.Fprintf(a.out, "\n%s:\n%s", plain(edit.File), edit.Added); err != nil {
			return err
		}
	}
	if !s.DryRun {
		if err := s.consent(a, edit, unread); err != nil {
			return err
		}
		if err := edit.Write(); err != nil {
			return err
		}
		sum.Written = true
		sum.Daemon = a.daemon(ctx, edit.After)
	}
	if s.JSON {
		return a.json(sum)
	}
	if s.DryRun {
		_, err := fmt.Fprintln(a.err, "nothing was written")
		return err
	}
	_, err := fmt.Fprintf(a.err, "added the source %q to %s; %s\n", sum.Source, edit.File, inForce(edit.File, sum.Daemon))
	return err
}

// consent asks a person before the entry is written; a program has said by calling what it wants.
func (s *sourcesAddCommand) consent(a *app, edit *config.Edit, unread bool) error {
	const refused = "none of the samples can be read"
	switch {
	case s.Yes:
		return nil
	case s.JSON || !terminal(a.in) || !terminal(a.err):
		if unread {
			return errors.New(refused + "; nothing was written; --yes adds the source all the same")
		}
		return nil
	}
	question, usual := "write it? [Y/n] ", true
	if unread {
		question, usual = refused+"; write it all the same? [y/N] ", false
	}
	if edit.Fresh {
		question = "the file is new; " + question
	}
	fmt.Fprint(a.err, question)
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	if errors.Is(err, context.Canceled) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	case "":
		if usual && err == nil {
			return nil
		}
	}
	return errors.New("nothing was written")
}

// daemon gives the process that runs with the database of a config; 0 if there is none.
func (a *app) daemon(ctx context.Context, c *config.Config) int {
	client, ping, err := web.Dial(ctx, c.Database)
	if err != nil {
		return 0
	}
	client.Close()
	return ping.PID
}

// inForce says how a changed config comes into force.
func inForce(file string, daemon int) string {
	switch {
	case strings.HasPrefix(file, "/etc/chapar/"):
		return "`systemctl reload chapar` puts it in force"
	case daemon > 0 && daemon != os.Getpid():
		return fmt.Sprintf("`kill -HUP %d` puts it in force in the chapar that runs", daemon)
	}
	return "`chapar once` or `chapar run` polls it"
}
