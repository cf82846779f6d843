package config

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSchema holds that the schema in the tree is the one that the code gives; -update writes it.
func TestSchema(t *testing.T) {
	got, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	const path = "chapar.schema.json"
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what the code gives; go test ./cmd/chapar/config -run TestSchema -update writes it anew", path)
	}
}

// node is as much of a schema as the tests look at.
type node struct {
	Description string           `json:"description"`
	Pattern     string           `json:"pattern"`
	Properties  map[string]*node `json:"properties"`
	Items       *node            `json:"items"`
	Additional  json.RawMessage  `json:"additionalProperties"`
}

func readSchema(t *testing.T) *node {
	t.Helper()
	text, err := os.ReadFile("chapar.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var root node
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	return &root
}

// TestSchemaKeys holds the keys of the schema, as it stands in the tree, against those that the reader says it knows.
func TestSchemaKeys(t *testing.T) {
	root := readSchema(t)
	for path, tell := range map[string]string{
		"":                  "nonsense0123456789: 1",
		"fetch":             "fetch: {nonsense0123456789: 1}",
		"relevance":         "relevance: {nonsense0123456789: 1}",
		"relevance.terms[]": "relevance: {terms: [{nonsense0123456789: 1}]}",
		"sources[]":         "sources: [{nonsense0123456789: 1}]",

		"sources[].relevance":         "sources: [{relevance: {nonsense0123456789: 1}}]",
		"sources[].relevance.terms[]": "sources: [{relevance: {terms: [{nonsense0123456789: 1}]}}]",
	} {
		at := root
		for name := range strings.SplitSeq(path, ".") {
			if name == "" {
				continue
			}
			at = at.Properties[strings.TrimSuffix(name, "[]")]
			if strings.HasSuffix(name, "[]") {
				at = at.Items
			}
		}
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, []byte(tell), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Load(file)
		var problems Problems
		if !errors.As(err, &problems) {
			t.Fatal(err)
		}
		_, list, found := strings.Cut(problems.Error(), "known are ")
		if list, _, _ = strings.Cut(list, "\n"); !found || string(at.Additional) != "false" {
			t.Fatalf("%q: told is %v; the schema takes other keys: %s", path, problems, at.Additional)
		}
		known := strings.Split(list, ", ")
		for _, name := range known {
			if p := at.Properties[name]; p == nil {
				t.Errorf("%q: the schema does not have %s", path, name)
			} else if !strings.HasSuffix(p.Description, ".") {
				t.Errorf("%q: %s is described as %q", path, name, p.Description)
			}
		}
		if len(known) != len(at.Properties) {
			t.Errorf("%q: the reader knows %d keys, the schema %d", path, len(known), len(at.Properties))
		}
	}
	// The keys that are told to belong elsewhere do exist there.
	for section, names := range map[string][]string{"": topKeys, "fetch": fetchKeys, "limits": limitsKeys, "relevance": relevanceKeys, "sources": sourceKeys} {
		at := root
		if section != "" {
			at = root.Properties[section]
		}
		if section == "sources" {
			at = at.Items
		}
		for _, name := range names {
			if at.Properties[name] == nil {
				t.Errorf("%q has no key %s", section, name)
			}
		}
	}
	for name := range root.Properties["fetch"].Properties {
		if !slices.Contains(fetchKeys, name) {
			t.Errorf("where fetch.%s belongs is not told", name)
		}
	}
}

// TestSchemaPatterns holds that patterns stay within what every dialect reads.
func TestSchemaPatterns(t *testing.T) {
	var each func(path string, n *node)
	each = func(path string, n *node) {
		if n == nil {
			return
		}
		if _, err := regexp.Compile(n.Pattern); err != nil || strings.Contains(n.Pattern, `\p`) || strings.Contains(n.Pattern, "(?i") {
			t.Errorf("%s: pattern %s, %v", path, n.Pattern, err)
		}
		for name, p := range n.Properties {
			each(path+"."+name, p)
		}
		each(path+"[]", n.Items)
	}
	each("", readSchema(t))
}
