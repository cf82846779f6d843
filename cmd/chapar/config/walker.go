package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// walker goes over the nodes of one file and takes down what it finds wrong.
type walker struct {
	file     string                           // as it is shown
	lookup   func(name string) (string, bool) // values for ${NAME}; nil: none has one
	problems Problems
	warnings Problems
}

func (w *walker) problem(n *yaml.Node, path, hint, format string, args ...any) {
	if len(w.problems) < mostProblems {
		w.problems = append(w.problems, Problem{w.file, n.Line, n.Column, path, fmt.Sprintf(format, args...), hint})
	}
}

func (w *walker) warning(n *yaml.Node, path, hint, format string, args ...any) {
	w.warnings = append(w.warnings, Problem{w.file, n.Line, n.Column, path, fmt.Sprintf(format, args...), hint})
}

// mapping reads the keys of a mapping. elsewhere tells, for a key that is not known here, where it belongs.
func (w *walker) mapping(n *yaml.Node, path string, keys []key, elsewhere map[string]string) {
	if isNull(n) || !w.kind(n, path, yaml.MappingNode, "a mapping of keys to values") {
		return
	}
	known := make([]string, len(keys))
	for i, k := range keys {
		known[i] = k.name
	}
	w.pairs(n, path, func(name string, keyNode, value *yaml.Node) {
		for _, k := range keys {
			if k.name == name {
				k.read(value, join(path, name))
				return
			}
		}
		hint := didYouMean(name, known)
		if place := elsewhere[name]; place != "" {
			hint = "it belongs " + place
		}
		if hint == "" {
			hint = "known are " + strings.Join(known, ", ")
		}
		in := ""
		if path != "" {
			in = " in " + path
		}
		w.problem(keyNode, path, hint, "unknown key %s%s", quote(name), in)
	})
}

// pairs gives the pairs of a mapping; a key that stands twice is a problem and is given once.
func (w *walker) pairs(n *yaml.Node, path string, do func(name string, keyNode, value *yaml.Node)) {
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Tag == "!!merge":
			w.problem(k, path, "write the keys out", "merge keys (<<) are not supported")
		case k.Kind != yaml.ScalarNode || isNull(k):
			w.problem(k, path, "write it such as name: value", "a key must be a plain word")
		case lines[k.Value] > 0:
			w.problem(k, join(path, k.Value), "remove one of the two", "the key %s stands twice, first in line %d", quote(k.Value), lines[k.Value])
		default:
			lines[k.Value] = k.Line
			do(k.Value, k, v)
		}
	}
}

// list reads the items of a list; a single one that is no mapping may stand for a list of one.
func (w *walker) list(form func() schema, item func(n *yaml.Node, path string)) value {
	return value{
		form: func() schema { return listOf(form()) },
		read: func(n *yaml.Node, path string) { w.items(n, path, item) },
	}
}

func (w *walker) items(n *yaml.Node, path string, item func(n *yaml.Node, path string)) {
	switch {
	case isNull(n):
	case n.Kind == yaml.SequenceNode:
		for i, c := range n.Content {
			item(c, fmt.Sprintf("%s[%d]", path, i))
		}
	case n.Kind == yaml.MappingNode:
		w.problem(n, path, dashes, "%s must be a list", path)
	default:
		item(n, path)
	}
}

// dashes is a hint.
const dashes = "begin each entry with a dash: - …"

// kind refuses a node of another kind, and what this reader leaves out of YAML.
func (w *walker) kind(n *yaml.Node, path string, want yaml.Kind, what string) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		w.problem(n, path, "write the value out", "%s is an alias (*), which is not supported", orFile(path))
	case n.Style&yaml.TaggedStyle != 0:
		w.problem(n, path, "put a value that begins with ! in quotes", "%s has a tag (!), which is not supported", orFile(path))
	case isNull(n):
		w.problem(n, path, "give it one or remove the key", "%s has no value", path)
	case n.Kind != want:
		hint := "write one value, neither a list nor a mapping"
		switch want {
		case yaml.MappingNode:
			hint = "write name: value, a line each"
		case yaml.SequenceNode:
			hint = dashes
		}
		w.problem(n, path, hint, "%s must be %s", orFile(path), what)
	default:
		return true
	}
	return false
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// scalar gives the text of a value in which the environment is put in. Whether it came from there is told too: it may
// be secret, and it has no type of its own.
func (w *walker) scalar(n *yaml.Node, path, what string) (text string, fromEnv, ok bool) {
	if !w.kind(n, path, yaml.ScalarNode, what) {
		return "", false, false
	}
	if n.Tag != "!!str" || !strings.Contains(n.Value, "$") {
		return n.Value, false, true
	}
	ok = true
	text = variable.ReplaceAllStringFunc(n.Value, func(found string) string {
		if found == "$$" {
			return "$"
		}
		name, closed := strings.CutSuffix(strings.TrimPrefix(found, "${"), "}")
		if !closed || !variableName.MatchString(name) {
			ok = false
			w.problem(n, path, "write ${NAME}, and $$ for a dollar sign", "%s holds a ${ that names no environment variable", path)
			return ""
		}
		value, set := "", false
		if w.lookup != nil {
			value, set = w.lookup(name)
		}
		if !set {
			ok = false
			w.problem(n, path, "set it, or put it into the file environment beside the config, which root alone may read; $$ is a dollar sign", "%s needs the environment variable %s, which is not set", path, name)
			return ""
		}
		fromEnv = true
		return value
	})
	return text, fromEnv, ok
}

var (
	variable     = regexp.MustCompile(`\$\$|\$\{[^}]*\}?`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// wrong takes down what is the matter with a text. Where the environment was put in, it is shown as written.
func (w *walker) wrong(n *yaml.Node, path, text string, bad *wrong) {
	said, hint := bad.text, bad.hint
	if text != "" && text != n.Value {
		shorten := strings.NewReplacer(quote(text), quote(n.Value), text, n.Value)
		said, hint = shorten.Replace(said), shorten.Replace(hint)
	}
	w.problem(n, path, hint, "%s %s", path, said)
}

// text reads a string.
func (w *walker) text(n *yaml.Node, path string) (string, bool) {
	text, _, ok := w.scalar(n, path, "text")
	if ok && n.Tag != "!!str" {
		w.problem(n, path, "put it in quotes", "%s is %s, text is wanted", path, tagWord(n.Tag))
		return "", false
	}
	return text, ok
}

func tagWord(tag string) string {
	switch tag {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "a truth value"
	case "!!timestamp":
		return "a date"
	}
	return "not text"
}

func (w *walker) textInto(to *string) value {
	form := func() schema {
		s := anyText()
		s.Default = *to
		return s
	}
	return value{form: form, read: func(n *yaml.Node, path string) {
		if text, ok := w.text(n, path); ok {
			*to = text
		}
	}}
}

func (w *walker) boolInto(to *bool) value {
	form := func() schema {
		return schema{Type: []string{"boolean", "string"}, Pattern: fromEnvironment, Default: *to}
	}
	return value{form: form, read: func(n *yaml.Node, path string) {
		text, fromEnv, ok := w.scalar(n, path, "true or false")
		if !ok {
			return
		}
		value := strings.ToLower(text)
		if n.Tag != "!!bool" && !fromEnv || value != "true" && value != "false" {
			w.problem(n, path, "write true or false", "%s is neither true nor false", path)
			return
		}
		*to = value == "true"
	}}
}

func (w *walker) intInto(to *int, least, most int) value {
	form := func() schema {
		s := numberForm("integer", float64(least), float64(most))
		s.Default = *to
		return s
	}
	return value{form: form, read: func(n *yaml.Node, path string) {
		text, fromEnv, ok := w.scalar(n, path, "a number")
		if !ok {
			return
		}
		value, err := strconv.Atoi(text)
		if n.Tag != "!!int" && !fromEnv || err != nil {
			w.problem(n, path, fmt.Sprintf("write it such as %d", max(least, 8)), "%s must be a whole number", path)
			return
		}
		if value < least || value > most {
			w.problem(n, path, fmt.Sprintf("allowed is %d to %d", least, most), "%s is out of range", path)
			return
		}
		*to = value
	}}
}

// number reads a number between two bounds.
func (w *walker) number(n *yaml.Node, path string, least, most float64) (float64, bool) {
	text, fromEnv, ok := w.scalar(n, path, "a number")
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseFloat(text, 64)
	if n.Tag != "!!int" && n.Tag != "!!float" && !fromEnv || err != nil || math.IsNaN(value) {
		w.problem(n, path, "write it such as 0.5", "%s must be a number", path)
		return 0, false
	}
	if value < least || value > most {
		w.problem(n, path, fmt.Sprintf("allowed is %g to %g", least, most), "%s is out of range", path)
		return 0, false
	}
	return value, true
}

func (w *walker) numberInto(to *float64, least, most float64) value {
	form := func() schema {
		s := numberForm("number", least, most)
		s.Default = *to
		return s
	}
	return value{form: form, read: func(n *yaml.Node, path string) {
		if value, ok := w.number(n, path, least, most); ok {
			*to = value
		}
	}}
}

// durationInto reads a duration of at least the given one; where that is 0, 0 is allowed without a unit.
func (w *walker) durationInto(to *time.Duration, least time.Duration) value {
	return w.durationBy(to, least, time.ParseDuration, durationForm)
}

// ageInto reads a duration that may also be one of whole days, such as 30d.
func (w *walker) ageInto(to *time.Duration) value {
	return w.durationBy(to, 0, parseAge, ageForm)
}

func (w *walker) durationBy(to *time.Duration, least time.Duration, parse func(string) (time.Duration, error), formOf func(time.Duration) schema) value {
	form := func() schema {
		s := formOf(least)
		s.Default = short(*to)
		return s
	}
	return value{form: form, read: func(n *yaml.Node, path string) {
		text, fromEnv, ok := w.scalar(n, path, "a duration such as 90s")
		if !ok {
			return
		}
		value, err := parse(text)
		switch {
		case err != nil:
			w.problem(n, path, durationHint(text, fromEnv), "%s is %s, which is no duration", path, shown(n, fromEnv))
		case value < least:
			w.problem(n, path, "write "+short(least)+" or more", "%s is %s, the least is %s", path, shown(n, fromEnv), short(least))
		default:
			*to = value
		}
	}}
}

func (w *walker) sizeInto(to *int64, least, most int64) value {
	form := func() schema {
		s := formOfSize(least, most)
		s.Default = sizeText(*to)
		return s
	}
	return value{form: form, read: func(n *yaml.Node, path string) {
		text, fromEnv, ok := w.scalar(n, path, "a size such as 16MiB")
		if !ok {
			return
		}
		value, err := parseSize(text)
		switch {
		case err != nil:
			w.problem(n, path, sizeHint(text, fromEnv), "%s is %s, which is no size", path, shown(n, fromEnv))
		case value < least || value > most:
			w.problem(n, path, fmt.Sprintf("allowed is %s to %s", sizeText(least), sizeText(most)), "%s is out of range", path)
		default:
			*to = value
		}
	}}
}

// freeInto reads a size, or auto.
func (w *walker) freeInto(to *int64) value {
	const auto = "auto"
	size := w.sizeInto(to, 0, 1<<50)
	return value{
		read: func(n *yaml.Node, path string) {
			if n.Value == auto {
				*to = AutoFree
				return
			}
			size.read(n, path)
		},
		form: func() schema {
			s := size.form()
			s.Pattern = "^" + auto + "$|" + s.Pattern
			if *to == AutoFree {
				s.Default = auto
			}
			return s
		},
	}
}

// join gives the path of a key in a mapping.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func orFile(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

// shown quotes a value as it stands in the file. One that the environment is put into is shown as it was written.
func shown(n *yaml.Node, fromEnv bool) string {
	if fromEnv {
		return quote(n.Value) + " with the environment put in"
	}
	return quote(n.Value)
}

// quote quotes what may be long or strange.
func quote(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return strconv.Quote(s)
}
