package dedup

import (
	_ "embed" // of the rules
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// The rules that internal/fit made.
var (
	//go:embed copies.rule
	copiesRule string
	//go:embed translations.rule
	translationsRule string
)

// Rule weighs evidence: each of its trees asks a few questions and gives points.
//
// In writing a tree is a line, and either an answer in points or (Field limit below above): below is the tree for values
// less than the limit, above the one for others. Lines that begin with # are remarks.
type Rule struct {
	names []string
	nodes []node
	roots []int32
	first float64 // points of trees without a question
}

// node is a question or, where below is 0, an answer: limit is its points.
type node struct {
	field        int32
	below, above int32
	limit        float64
}

// Score sums the points for values in the order of the names: above 0 the answer is yes.
func (r *Rule) Score(values []float64) float64 {
	sum := r.first
	for _, i := range r.roots {
		n := &r.nodes[i]
		for n.below != 0 {
			if values[n.field] < n.limit {
				n = &r.nodes[n.below]
			} else {
				n = &r.nodes[n.above]
			}
		}
		sum += n.limit
	}
	return sum
}

// Fields names the fields of Evidence or Parallel.
func Fields[T Evidence | Parallel]() []string {
	var all []string
	for f := range reflect.TypeFor[T]().Fields() {
		all = append(all, f.Name)
	}
	return all
}

// ParseRule reads a rule over values with these names.
func ParseRule(text string, names []string) (*Rule, error) {
	r := &Rule{names: names, nodes: make([]node, 1)}
	apart := strings.NewReplacer("(", " ( ", ")", " ) ")
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		words := strings.Fields(apart.Replace(line))
		root, rest, err := r.parse(words)
		if err == nil && len(rest) > 0 {
			err = fmt.Errorf("%q stands behind the tree", rest[0])
		}
		if err != nil {
			return nil, fmt.Errorf("line %d of the rule: %w", n, err)
		}
		if leaf := r.nodes[root]; leaf.below == 0 {
			r.first += leaf.limit
		} else {
			r.roots = append(r.roots, root)
		}
	}
	return r, nil
}

var errCut = errors.New("the tree is cut")

// parse reads a tree and gives its place and the words behind it.
func (r *Rule) parse(words []string) (int32, []string, error) {
	if len(words) == 0 {
		return 0, nil, errCut
	}
	at := int32(len(r.nodes))
	if words[0] != "(" {
		points, err := strconv.ParseFloat(words[0], 64)
		r.nodes = append(r.nodes, node{limit: points})
		return at, words[1:], err
	}
	if len(words) < 3 {
		return 0, nil, errCut
	}
	n := node{field: -1}
	for i, name := range r.names {
		if name == words[1] {
			n.field = int32(i)
		}
	}
	if n.field < 0 {
		return 0, nil, fmt.Errorf("unknown field %q", words[1])
	}
	var err error
	if n.limit, err = strconv.ParseFloat(words[2], 64); err != nil {
		return 0, nil, err
	}
	r.nodes = append(r.nodes, n)
	rest := words[3:]
	if n.below, rest, err = r.parse(rest); err != nil {
		return 0, nil, err
	}
	if n.above, rest, err = r.parse(rest); err != nil {
		return 0, nil, err
	}
	if len(rest) == 0 || rest[0] != ")" {
		return 0, nil, errCut
	}
	r.nodes[at] = n
	return at, rest[1:], nil
}

// mustParse is for the rules that are part of the program.
func mustParse(text string, names []string) *Rule {
	r, err := ParseRule(text, names)
	if err != nil {
		panic(err)
	}
	return r
}
