package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"chapar/fetcher"
)

// Draft is a source that is to be written into a config. What is empty is left out.
type Draft struct {
	ID, Name  string
	Addresses []fetcher.Found
	Links     string // CSS, of pages
	Body      string // CSS, as those that follow
	Title     string
	Date      string
	Interval  string
	Relevance string // all or a number
	Language  string
	Country   string
	Zone      string
	Tags      []string
	Disabled  bool

	File         string // where it was read
	Line, Column int

	formerly []string
	secret   []string   // addresses that the environment is put into
	whole    *yaml.Node // of one that was read as YAML: all that it says, with its comments
}

// mapping gives the draft as a node.
func (d Draft) mapping() *yaml.Node {
	if d.whole != nil {
		return d.whole
	}
	m := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	put := func(key string, value *yaml.Node) { m.Content = append(m.Content, word(key), value) }
	text := func(key, value string) {
		if value != "" {
			put(key, word(dollars(value)))
		}
	}
	list := func(key string, values []string) {
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, v := range values {
			n.Content = append(n.Content, word(dollars(v)))
		}
		if len(values) > 0 {
			put(key, n)
		}
	}
	text("id", d.ID)
	text("name", d.Name)
	for _, kind := range []fetcher.Kind{fetcher.KindFeed, fetcher.KindPage, fetcher.KindSitemap, fetcher.KindURL} {
		var urls []string
		for _, a := range d.Addresses {
			if a.Kind == kind {
				urls = append(urls, a.URL)
			}
		}
		if len(urls) == 1 {
			text(string(kind), urls[0])
		} else {
			list(string(kind), urls)
		}
	}
	text("links", d.Links)
	text("body", d.Body)
	text("title", d.Title)
	text("date", d.Date)
	text("interval", d.Interval)
	if d.Relevance != "" {
		n := word(d.Relevance)
		if _, err := strconv.Atoi(d.Relevance); err == nil {
			n.Tag = "!!int"
		} else if _, err := strconv.ParseFloat(d.Relevance, 64); err == nil {
			n.Tag = "!!float"
		}
		put("relevance", n)
	}
	text("language", d.Language)
	text("country", d.Country)
	text("zone", d.Zone)
	if len(d.Tags) > 0 {
		list("tags", d.Tags)
		m.Content[len(m.Content)-1].Style = yaml.FlowStyle
	}
	if d.Disabled {
		put("enabled", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"})
	}
	return m
}

// word is a text as a node; one that other readers of YAML take for a truth value is put in quotes.
func word(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	switch strings.ToLower(text) {
	case "yes", "no", "on", "off", "y", "n":
		n.Style = yaml.SingleQuotedStyle
	}
	return n
}

// dollars writes a text such that it stays itself when the environment is put into it.
func dollars(text string) string {
	if strings.Contains(text, "$$") || strings.Contains(text, "${") {
		return strings.ReplaceAll(text, "$", "$$")
	}
	return text
}

// block gives the entry as lines without indentation, the comment above it apart.
func (d Draft) block() (comment, lines []string, err error) {
	n := *d.mapping()
	if n.HeadComment != "" {
		comment = strings.Split(n.HeadComment, "\n")
	}
	n.HeadComment, n.FootComment = "", ""
	text, err := dump(&n)
	return comment, strings.Split(text, "\n"), err
}

// flow gives the entry on one line, without its comments.
func (d Draft) flow() (string, error) {
	text, err := dump(inline(d.mapping()))
	if err == nil && strings.Contains(text, "\n") {
		err = fmt.Errorf("the source %s does not go on one line", quote(d.ID))
	}
	return text, err
}

// inline copies a node as it is written in brackets.
func inline(n *yaml.Node) *yaml.Node {
	c := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value}
	switch n.Kind {
	case yaml.ScalarNode:
		c.Style = n.Style & (yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle)
		if strings.ContainsAny(n.Value, "\n\r") {
			c.Style = yaml.DoubleQuotedStyle
		}
	default:
		c.Style = yaml.FlowStyle
	}
	for _, below := range n.Content {
		c.Content = append(c.Content, inline(below))
	}
	return c
}

func dump(n *yaml.Node) (string, error) {
	var b bytes.Buffer
	d, err := yaml.NewDumper(&b, yaml.WithIndent(2), yaml.WithLineWidth(-1), yaml.WithUnicode(true))
	if err != nil {
		return "", err
	}
	if err := d.Dump(n); err != nil {
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// Tidy makes a name fit for one line of a config: foreign text without control characters, blanks as one, at most 120
// characters.
func Tidy(text string) string {
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.Is(unicode.C, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)), " ")
	const most = 120
	if r := []rune(text); len(r) > most {
		text = strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return text
}

// Public gives the addresses of a draft as others may see them: see [Source.Public].
func (d Draft) Public() []fetcher.Found {
	list := slices.Clone(d.Addresses)
	for i, a := range list {
		list[i].URL = Source{Secret: d.secret}.Public(fetcher.Endpoint{URL: a.URL}, a.URL)
	}
	return list
}

// Place is where a draft was read, as file:line.
func (d Draft) Place() string { return fmt.Sprintf("%s:%d", d.File, d.Line) }

// CheckTag says what is wrong with a tag.
func CheckTag(tag string) error {
	if bad := checkTag(tag); bad != nil {
		return errors.New(bad.text + "; " + bad.hint)
	}
	return nil
}

// Tag gives a draft a tag if it has it not yet.
func (d *Draft) Tag(tag string) {
	same := func(have string) bool { return strings.EqualFold(have, tag) }
	if tag == "" || slices.ContainsFunc(d.Tags, same) {
		return
	}
	d.Tags = append(d.Tags, tag)
	if d.whole == nil {
		return
	}
	whole := *d.whole
	whole.Content = slices.Clone(whole.Content)
	for i := 0; i+1 < len(whole.Content); i += 2 {
		if whole.Content[i].Value == "tags" {
			whole.Content = slices.Delete(whole.Content, i, i+2)
			break
		}
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, t := range d.Tags {
		list.Content = append(list.Content, word(dollars(t)))
	}
	whole.Content = append(whole.Content, word("tags"), list)
	d.whole = &whole
}
