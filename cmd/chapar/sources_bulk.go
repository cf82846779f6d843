package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"chapar/cmd/chapar/config"
	"chapar/fetcher"
	"chapar/store/whole"
)

type sourcesImportCommand struct {
	Files    []string `arg:"" name:"file" help:"OPML, YAML in the form of the config, or addresses, one a line; - is the standard input."`
	Country  []string `placeholder:"CODE" help:"Only those of outlets in one of these countries, such as KZ."`
	Language []string `placeholder:"TAG" help:"Only those in one of these languages, such as kk; of a source that names none nothing is known."`
	Kind     []string `placeholder:"TAG" help:"Only those that bear one of these tags in the file, such as think-tank or agency."`
	To       string   `placeholder:"FILE" help:"File that the config includes to add to, instead of the config itself."`
	Tag      []string `placeholder:"TAG" help:"Tags for all of them, beside their own."`
	DryRun   bool     `help:"Show the entries and write nothing."`
	JSON     bool     `name:"json" help:"JSON for programs."`
}

// imported is what `sources import` has come to, for programs.
type imported struct {
	File     string          `json:"file"`
	Written  bool            `json:"written"`
	Added    []importedEntry `json:"added"`
	Known    []importedEntry `json:"known"`
	Problems []finding       `json:"problems"`
	Daemon   int             `json:"daemon"`
}

type importedEntry struct {
	Source    string          `json:"source"` // its id; of a known one that of the source which has the address
	Name      string          `json:"name"`
	Addresses []fetcher.Found `json:"addresses"`
	Place     string          `json:"place"` // file:line
}

func (s *sourcesImportCommand) Run(ctx context.Context, a *app) error {
	for _, tag := range s.Tag {
		if err := config.CheckTag(tag); err != nil {
			return usage("--tag %w", err)
		}
	}
	path, c, err := a.editable()
	if err != nil {
		return err
	}
	var drafts []config.Draft
	sum := imported{File: path, Added: []importedEntry{}, Known: []importedEntry{}, Problems: []finding{}}
	var problems config.Problems
	for _, name := range s.Files {
		list, err := a.listing(name)
		if err != nil {
			return err
		}
		for _, note := range list.Notes {
			fmt.Fprintf(a.err, "%s: %s\n", plain(name), plain(note))
		}
		drafts = append(drafts, s.chosen(list.Drafts)...)
		problems = append(problems, list.Problems...)
	}
	for i := range drafts {
		for _, tag := range s.Tag {
			drafts[i].Tag(tag)
		}
	}
	fresh, known, taken := c.Sift(drafts)
	problems = append(problems, taken...)
	sum.Problems = findings(problems)
	for _, k := range known {
		sum.Known = append(sum.Known, importedEntry{k.Source, k.Draft.Name, k.Draft.Public(), k.Draft.Place()})
	}
	for _, d := range fresh {
		sum.Added = append(sum.Added, importedEntry{d.ID, d.Name, d.Public(), d.Place()})
	}
	if !s.JSON {
		tellRefused(a.err, problems, known)
	}
	if len(fresh) > 0 {
		edit, err := config.Add(path, s.To, fresh)
		if err != nil {
			return misplaced(err)
		}
		sum.File = edit.File
		if s.DryRun {
			if !s.JSON {
				if _, err := io.WriteString(a.out, edit.Added); err != nil {
					return err
				}
			}
		} else {
			if err := edit.Write(); err != nil {
				return err
			}
			sum.Written, sum.Daemon = true, a.daemon(ctx, edit.After)
		}
	}
	return s.finish(a, sum)
}

// chosen gives the drafts of the countries, languages and kinds that are asked for.
func (s *sourcesImportCommand) chosen(drafts []config.Draft) []config.Draft {
	among := func(wanted []string, fits func(string) bool) bool {
		return len(wanted) == 0 || slices.ContainsFunc(wanted, fits)
	}
	return slices.DeleteFunc(drafts, func(d config.Draft) bool {
		language, _, _ := strings.Cut(d.Language, "-")
		return !among(s.Country, func(code string) bool { return strings.EqualFold(code, d.Country) }) ||
			!among(s.Language, func(tag string) bool { return strings.EqualFold(tag, d.Language) || strings.EqualFold(tag, language) }) ||
			!among(s.Kind, func(tag string) bool {
				return slices.ContainsFunc(d.Tags, func(have string) bool { return strings.EqualFold(have, tag) })
			})
	})
}

func (s *sourcesImportCommand) finish(a *app, sum imported) error {
	var err error
	if s.JSON {
		err = a.json(sum)
	} else {
		text := fmt.Sprintf("added %s to %s", counted(len(sum.Added), "source"), sum.File)
		if s.DryRun {
			text = fmt.Sprintf("%s would be added to %s", counted(len(sum.Added), "source"), sum.File)
		}
		if n := len(sum.Known); n > 0 {
			text += fmt.Sprintf("; there already: %d", n)
		}
		if n := len(sum.Problems); n > 0 {
			text += fmt.Sprintf("; not to be taken: %d", n)
		}
		if sum.Written {
			text += "; " + inForce(sum.File, sum.Daemon)
		}
		_, err = fmt.Fprintln(a.err, text)
	}
	if err == nil && len(sum.Added)+len(sum.Known) == 0 {
		if err = errors.New("there is no source in it that could be taken"); len(s.Country)+len(s.Language)+len(s.Kind) > 0 {
			err = errors.New("there is no source of these countries, languages and kinds in it")
		}
	}
	return err
}

func tellRefused(w io.Writer, problems config.Problems, known []config.Known) {
	for _, p := range problems {
		fmt.Fprintln(w, plain(p.Error()))
	}
	for _, k := range known {
		at := ""
		if k.Place != "" {
			at = " (" + k.Place + ")"
		}
		fmt.Fprintln(w, plain(fmt.Sprintf("%s: %s is the address of the source %q already%s", k.Draft.Place(), k.Draft.Public()[0].URL, k.Source, at)))
	}
}

// listing reads a file of sources.
func (a *app) listing(name string) (config.Listing, error) {
	in := a.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return config.Listing{}, usage("cannot read %s: %w", name, plainly(err))
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, config.MostListing+1))
	if err != nil {
		return config.Listing{}, usage("cannot read %s: %w", name, plainly(err))
	}
	list, err := config.ReadListing(name, data)
	if err != nil && !errors.As(err, new(config.Problems)) {
		err = usage("cannot take sources from %s: %w", name, err)
	}
	return list, err
}

// plainly strips an error of the file system of its call and its name.
func plainly(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

type sourcesExportCommand struct {
	File string   `arg:"" optional:"" default:"-" help:"File to write; default: the standard output."`
	Tag  []string `placeholder:"TAG" help:"Only sources that bear one of these tags."`
}

func (s *sourcesExportCommand) Run(a *app) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	sources := c.Sources
	if len(s.Tag) > 0 {
		if _, err := c.Tagged(s.Tag...); err != nil {
			return usageError{err}
		}
		sources = nil
		for _, src := range c.Sources {
			for _, tag := range s.Tag {
				if src.HasTag(tag) {
					sources = append(sources, src)
					break
				}
			}
		}
	}
	var text strings.Builder
	written, left, err := config.WriteOPML(&text, sources)
	if err != nil {
		return err
	}
	if s.File == "-" {
		_, err = io.WriteString(a.out, text.String())
	} else if err = whole.Replace(s.File, whole.Options{}, func(w io.Writer) error {
		_, err := io.WriteString(w, text.String())
		return err
	}); err != nil {
		err = fmt.Errorf("cannot write %s: %w", s.File, plainly(err))
	}
	if err != nil {
		return err
	}
	for _, note := range left {
		fmt.Fprintln(a.err, plain(note))
	}
	if s.File == "-" {
		return nil
	}
	_, err = fmt.Fprintf(a.err, "exported %s to %s\n", counted(written, "source"), s.File)
	return err
}
