package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// idFrom makes an id of a name, "" if nothing of it can be used.
func idFrom(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := b.String()
	return strings.Trim(id[:min(len(id), 64)], "-")
}

// id reads an id, "" if it is none. The environment, which may be secret, is not told in what is proposed instead.
func (w *walker) id(n *yaml.Node, path string) string {
	text, ok := w.text(n, path)
	if !ok || idForm.MatchString(text) {
		return text
	}
	hint := "use small letters, digits and dashes, 64 at most"
	if better := idFrom(text); better != "" && text == n.Value {
		hint += ", such as " + better
	}
	w.problem(n, path, hint, "%s is %s, which is no id", path, quote(n.Value))
	return ""
}

// formerID is an id that a source had before, and where that is said.
type formerID struct {
	id, source string
	at         Problem // without its text
}

// formerly reads an id that a source had before.
func (l *loader) formerly(w *walker, n *yaml.Node, path string, s *Source) {
	switch id := w.id(n, path); {
	case id == "":
	case slices.Contains(s.Formerly, id):
		w.problem(n, path, "remove one of the two", "%s stands in this list already", path)
	default:
		s.Formerly = append(s.Formerly, id)
		l.former = append(l.former, formerID{id: id, at: Problem{File: w.file, Line: n.Line, Column: n.Column, Path: path}})
	}
}

// checkFormer holds what the sources were called against what they are called. It comes when all files are read.
func (l *loader) checkFormer() {
	first := map[string]formerID{}
	for _, f := range l.former {
		p := f.at
		switch place, taken := l.ids[f.id]; {
		case f.source == f.id:
			p.Text, p.Hint = fmt.Sprintf("%s names the id that the source has", p.Path), "remove it"
		case taken:
			p.Text = fmt.Sprintf("%s names the id %s of the source at %s", p.Path, quote(f.id), place)
			p.Hint = "remove it, or give that source another id"
		case first[f.id].id != "":
			p.Text = fmt.Sprintf("%s names the id %s, as the source %s does", p.Path, quote(f.id), quote(first[f.id].source))
			p.Hint = "only one of the two can have its history"
		default:
			first[f.id] = f
			continue
		}
		l.problems = append(l.problems, p)
	}
}

// tag reads a word that a source is found by.
func (w *walker) tag(n *yaml.Node, path string, s *Source) {
	text, ok := w.text(n, path)
	if !ok {
		return
	}
	tag := strings.TrimSpace(text)
	switch bad := checkTag(tag); {
	case bad != nil:
		w.wrong(n, path, text, bad)
	case s.HasTag(tag):
		w.problem(n, path, "remove one of the two", "%s stands in this list already", path)
	default:
		s.Tags = append(s.Tags, tag)
	}
}

func checkTag(tag string) *wrong {
	if tagForm.MatchString(tag) {
		return nil
	}
	return &wrong{fmt.Sprintf("is %s, which is no tag", quote(tag)), "use letters, digits and dashes, 64 at most"}
}

// HasTag says whether a source bears a tag, in capitals or not.
func (s Source) HasTag(tag string) bool {
	return slices.ContainsFunc(s.Tags, func(have string) bool { return strings.EqualFold(have, tag) })
}

// Tags gives the tags of all sources, sorted, each once.
func (c *Config) Tags() []string {
	var tags []string
	for _, s := range c.Sources {
		for _, tag := range s.Tags {
			if !slices.ContainsFunc(tags, func(have string) bool { return strings.EqualFold(have, tag) }) {
				tags = append(tags, tag)
			}
		}
	}
	slices.Sort(tags)
	return tags
}

// Tagged gives the ids of the sources that bear one of some tags, disabled ones among them: what they brought is still
// there. An error names the tag that no source bears.
func (c *Config) Tagged(tags ...string) ([]string, error) {
	for _, tag := range tags {
		if slices.ContainsFunc(c.Sources, func(s Source) bool { return s.HasTag(tag) }) {
			continue
		}
		known := "none has any: put tags: into the config"
		if all := c.Tags(); len(all) > 0 {
			known = "known are " + strings.Join(all, ", ")
		}
		return nil, fmt.Errorf("no source has the tag %s; %s", quote(tag), known)
	}
	var ids []string
	for _, s := range c.Sources {
		if slices.ContainsFunc(tags, s.HasTag) {
			ids = append(ids, s.ID)
		}
	}
	return ids, nil
}
