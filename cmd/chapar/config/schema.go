package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"go.yaml.in/yaml/v4"
)

// key is a setting that a mapping may have, and what there is to know of it.
type key struct {
	name  string
	about string // for people, as an editor shows it
	value
}

// value is what reads a value and what it looks like. The two stand together so that the schema cannot tell of another
// config than the one that is read.
type value struct {
	read func(n *yaml.Node, path string)
	form func() schema // before anything is read: with the default
}

// noting takes down where a value stands, and reads it.
func (v value) noting(at **yaml.Node) value {
	read := v.read
	v.read = func(n *yaml.Node, path string) {
		*at = n
		read(n, path)
	}
	return v
}

// then does something more once a value is read.
func (v value) then(do func(n *yaml.Node, path string)) value {
	read := v.read
	v.read = func(n *yaml.Node, path string) {
		read(n, path)
		do(n, path)
	}
	return v
}

// open is a value that stands for nothing in particular where it is left out.
func (v value) open() value {
	form := v.form
	v.form = func() schema {
		s := form()
		s.Default = nil
		return s
	}
	return v
}

// like adds examples, which editors propose.
func (v value) like(examples ...any) value {
	form := v.form
	v.form = func() schema {
		s := form()
		s.Examples = examples
		return s
	}
	return v
}

// schema is the form of a value in the words of JSON Schema, draft 2020-12. What depends on other values, or cannot be
// said as a pattern, is left to the reader of the config.
type schema struct {
	Schema        string     `json:"$schema,omitempty"`
	Title         string     `json:"title,omitempty"`
	Description   string     `json:"description,omitempty"`
	Type          types      `json:"type,omitempty"`
	Enum          []string   `json:"enum,omitempty"`
	Const         string     `json:"const,omitempty"`
	Pattern       string     `json:"pattern,omitempty"`
	MinLength     int        `json:"minLength,omitempty"`
	MaxLength     int        `json:"maxLength,omitempty"`
	Minimum       *float64   `json:"minimum,omitempty"`
	Maximum       *float64   `json:"maximum,omitempty"`
	Default       any        `json:"default,omitempty"`
	Examples      []any      `json:"examples,omitempty"`
	Items         *schema    `json:"items,omitempty"`
	Unique        bool       `json:"uniqueItems,omitempty"`
	Properties    properties `json:"properties,omitempty"`
	PropertyNames *schema    `json:"propertyNames,omitempty"`
	Additional    any        `json:"additionalProperties,omitempty"` // false or a *schema
	Required      []string   `json:"required,omitempty"`
	AnyOf         []schema   `json:"anyOf,omitempty"`
	If            *schema    `json:"if,omitempty"`
	Then          *schema    `json:"then,omitempty"`

	hides hiding
}

// hiding says what of a text is not for others to see.
type hiding int

const (
	hidesNothing hiding = iota
	hidesAccess         // the user and password of an address, and what is secret in its query
	hidesAll
)

// types are those that a value may be of.
type types []string

func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// properties keep the order in which the keys stand in the code.
type properties []property

type property struct {
	name string
	schema
}

func (ps properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, p := range ps {
		text, err := marshal(p.schema)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", p.name, text)
	}
	return []byte("{" + b.String() + "}"), nil
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// fromEnvironment is the pattern of a text that the environment is put into: what it comes to is not known here.
const fromEnvironment = `\$\{`

// matching is a text of a form. The pattern must mean the same to editors in JavaScript and to others.
func matching(pattern string) schema {
	return schema{Type: []string{"string"}, Pattern: "^(?:" + pattern + ")$|" + fromEnvironment}
}

func anyText() schema { return schema{Type: []string{"string"}} }

func addressForm() schema {
	s := matching(`[Hh][Tt][Tt][Pp][Ss]?://[^/?#\s].*`)
	s.hides = hidesAccess
	return s
}

// listOf is a list, which a single item may stand for.
func listOf(item schema) schema {
	s := item
	s.Type = append([]string{"array", "null"}, item.Type...)
	s.Items = &item
	s.Description, s.Default, s.Examples = "", []string{}, nil
	return s
}

// once is a list in which nothing stands twice.
func (s schema) once() schema {
	s.Unique = true
	return s
}

// mappingOf is a mapping with these keys and no others.
func mappingOf(keys []key) schema {
	s := schema{Type: []string{"object"}, Additional: false}
	for _, k := range keys {
		form := k.form()
		form.Description = k.about
		s.Properties = append(s.Properties, property{k.name, form})
	}
	return s
}

// orNothing lets a value be left empty.
func (s schema) orNothing() schema {
	s.Type = append(s.Type[:len(s.Type):len(s.Type)], "null")
	return s
}

func numberForm(kind string, least, most float64) schema {
	return schema{Type: []string{kind, "string"}, Pattern: fromEnvironment, Minimum: &least, Maximum: &most}
}

// durationForm is the form of what time.ParseDuration takes, without a sign that would be of no use.
func durationForm(least time.Duration) schema {
	return durationMatching(goDuration, least)
}

// ageForm is the form of what parseAge takes.
func ageForm(least time.Duration) schema {
	return durationMatching(`(?:[0-9]{1,4}d|`+goDuration+`)`, least)
}

const goDuration = `[+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)`

func durationMatching(pattern string, least time.Duration) schema {
	s := matching(pattern)
	if least <= 0 {
		zero := 0.0
		s.Type = []string{"string", "integer"}
		s.Minimum, s.Maximum = &zero, &zero
	}
	return s
}

func formOfSize(least, most int64) schema {
	s := matching(`[0-9]+(?:\.[0-9]+)? ?(?:(?:[KkMmGg][Ii]?)?[Bb])?`)
	low, high := float64(least), float64(most)
	s.Type, s.Minimum, s.Maximum = []string{"string", "number"}, &low, &high
	return s
}

// describe gives the form of a whole config.
func describe() schema {
	l := newLoader("", Default(), readFile)
	s := mappingOf(l.topTable(&walker{}, &outline{})).orNothing()
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "chapar's config"
	s.Description = "What chapar watches and how. In texts ${NAME} stands for the environment variable NAME, $$ for a dollar sign. " +
		"`chapar check` tells more mistakes than an editor can see."
	return s
}

// Schema gives the JSON Schema of a config, for editors.
func Schema() ([]byte, error) {
	text, err := marshal(describe())
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return nil, err
	}
	return append(b.Bytes(), '\n'), nil
}
