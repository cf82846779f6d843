// Package config reads config.yaml, fills in what it leaves open, and says where each mistake is and how to mend it.
//
// The words: a setting is a key with its value; a problem is a mistake with its place and its remedy; a warning is
// something that is allowed and may not be meant. Reading is strict: a key that is not known is a problem, since it
// is most often a known one mistyped. All problems are told at once. What is secret, such as the value of a header or
// the password of a proxy, never stands in one.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"time"

	"chapar/fetcher"
	"chapar/normalize"
	"chapar/normalize/relevance"
)

// Config is what holds once the file is read: what it says, and the defaults for the rest.
type Config struct {
	File      string // as it was named to Load; "" of the defaults
	Database  string // absolute once loaded
	Listen    string // host:port; "" is off
	Include   []string
	Seeds     string // absolute once loaded; "" is none
	Fetch     Fetch
	Limits    Limits
	Relevance Relevance
	Sources   []Source // of the file and of its includes, in their order, disabled ones among them
	Warnings  Problems
}

// Fetch is how sources are asked.
type Fetch struct {
	UserAgent     string // "" stands for name and version
	Contact       string // URL or mailbox
	Concurrency   int
	PerHostDelay  time.Duration
	MinInterval   time.Duration
	MaxInterval   time.Duration
	Timeout       time.Duration
	MaxBody       int64 // bytes, after decompression
	KeepPages     time.Duration
	KeepRejected  time.Duration // what explains why an article was not kept
	Robots        bool
	AllowNetworks []netip.Prefix
	Proxy         *url.URL // http, https or socks5; nil is none
	Backfill      time.Duration
	Revisit       time.Duration
	Budget        int // requests a day over all sources; 0 is no budget

	BudgetPerSource int // requests a day for each enabled source, shared by all; 0 is no budget
}

// AutoFree, as what is to stay free on the disk, is chosen by its size.
const AutoFree = -1

// Limits are what is granted to a stranger's answer, and to the document in it, before it is refused, and to the database of
// its disk.
type Limits struct {
	Wire       fetcher.WireLimits
	Shape      fetcher.Shape
	NewADay    int           // new entries of a source; 0 is any number
	ReadMemory int64         // bytes
	ReadCPU    time.Duration // whole seconds
	ReadTime   time.Duration
	MinFree    int64 // bytes that stay free on the disk of the database, or AutoFree
}

// Relevance is what the operator adds to the judgement of articles.
type Relevance struct {
	Threshold float64
	Terms     []relevance.Term
	Exclude   []string
}

// Source is one entry under sources.
type Source struct {
	ID        string
	Name      string // the id where none is given
	Endpoints []fetcher.Endpoint
	Rules     normalize.Rules
	Selectors map[string]string // links, body, title and date as they are written; "" of one that the environment is put into
	Interval  time.Duration     // 0 is adaptive
	All       bool              // relevance: all
	Threshold *float64          // relevance: 0.3; nil is the common one
	Terms     []relevance.Term  // of its own, beside the common ones
	Exclude   []string          // likewise
	Language  string            // BCP 47; "" is not known
	Country   string            // ISO 3166; "" is not known
	Zone      *time.Location
	Headers   http.Header
	Secret    []string // addresses that the environment is put into
	Enabled   bool
	Tags      []string // to choose sources by
	Formerly  []string // ids that it had before: what is remembered and kept under them is its own
	Place     string   // file:line of the entry
}

// Default gives the settings of an empty file; its paths are relative to the working folder.
func Default() *Config {
	return &Config{
		Database: "chapar.db",
		Listen:   "127.0.0.1:8477",
		Seeds:    "seeds",
		Fetch: Fetch{
			Concurrency:  32,
			PerHostDelay: 2 * time.Second,
			MinInterval:  5 * time.Minute,
			MaxInterval:  24 * time.Hour,
			Timeout:      30 * time.Second,
			MaxBody:      16 << 20,
			KeepPages:    720 * time.Hour,
			KeepRejected: 4320 * time.Hour,
			Robots:       true,
			Backfill:     168 * time.Hour,
			Revisit:      time.Hour,
		},
		Limits: Limits{
			Wire:       fetcher.DefaultWireLimits(),
			Shape:      fetcher.DefaultShape(),
			NewADay:    2000,
			ReadMemory: 256 << 20,
			ReadCPU:    5 * time.Second,
			ReadTime:   15 * time.Second,
			MinFree:    AutoFree,
		},
		Relevance: Relevance{Threshold: 0.5},
	}
}

// Where a config is looked for when none is named.
const (
	fileHere   = "config.yaml"
	fileSystem = "/etc/chapar/config.yaml"
)

// Find gives the config file to read: the explicit one if it is named, else config.yaml in the working folder, else
// that of the system. An error says where it looked.
func Find(explicit string) (string, error) {
	if explicit != "" {
		if _, err := os.Stat(explicit); err != nil {
			return "", fmt.Errorf("cannot read the config %s: %w", explicit, reason(err))
		}
		return explicit, nil
	}
	for _, path := range []string{fileHere, fileSystem} {
		_, err := os.Stat(path)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("cannot read the config %s: %w", path, reason(err))
		}
	}
	return "", fmt.Errorf("no config found: there is no %s in the working folder and no %s; name one with --config", fileHere, fileSystem)
}

// FetchSources gives the enabled sources as the poller wants them.
func (c *Config) FetchSources() []fetcher.Source {
	var sources []fetcher.Source
	for _, s := range c.Sources {
		if s.Enabled {
			sources = append(sources, s.Fetch())
		}
	}
	return sources
}

// Fetch gives the source as the poller wants it, enabled or not.
func (s Source) Fetch() fetcher.Source {
	return fetcher.Source{ID: s.ID, Name: s.Name, Endpoints: slices.Clone(s.Endpoints), Headers: s.Headers.Clone(), Zone: s.Zone}
}

// Source finds a source by its id, or by one that it had before.
func (c *Config) Source(id string) (Source, bool) {
	for _, s := range c.Sources {
		if s.ID == id {
			return s, true
		}
	}
	for _, s := range c.Sources {
		if slices.Contains(s.Formerly, id) {
			return s, true
		}
	}
	return Source{}, false
}

// Threshold gives the relevance from which an article of a source is kept.
func (c *Config) Threshold(id string) float64 {
	s, _ := c.Source(id)
	switch {
	case s.All:
		return 0
	case s.Threshold != nil:
		return *s.Threshold
	}
	return c.Relevance.Threshold
}

// Judging gives by what the articles of a source are judged. The terms of its own stand above the common ones.
func (c *Config) Judging(s Source) relevance.Options {
	return relevance.Options{Terms: slices.Concat(s.Terms, c.Relevance.Terms), Exclude: slices.Concat(s.Exclude, c.Relevance.Exclude)}
}

// reason strips an error of the file system of its call and its names.
func reason(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}
