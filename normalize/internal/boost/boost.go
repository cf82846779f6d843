// Package boost holds ensembles of small decision trees: how they are kept as text, read and asked. Training stands
// in train.go and is used by programs of the tree alone.
package boost

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Model gives a row of features its log odds. It is never changed once made.
type Model struct {
	Names []string // of the features, in the order of a row
	Bias  float64
	nodes []node
	roots []int32
}

// node is a question with two answers, or a leaf. The answer for what is below the cut follows its question.
type node struct {
	feature int32 // -1 in a leaf
	other   int32 // place of the answer for what is not below the cut
	cut     float32
	value   float32 // of a leaf
}

// Score gives the log odds of a row. It must have as many features as the model has names.
func (m *Model) Score(row []float32) float64 {
	sum := m.Bias
	for _, at := range m.roots {
		n := &m.nodes[at]
		for n.feature >= 0 {
			if row[n.feature] < n.cut {
				at++
			} else {
				at = n.other
			}
			n = &m.nodes[at]
		}
		sum += float64(n.value)
	}
	return sum
}

// String writes a model as text that a person can read: the features, the bias, then a tree a line. A question is
// "name<cut" and stands before its two answers, first that for what is below the cut; a leaf is a number.
func (m *Model) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "features %s\nbias %.4g\n", strings.Join(m.Names, " "), m.Bias)
	for _, at := range m.roots {
		var write func(at int32)
		write = func(at int32) {
			n := m.nodes[at]
			if n.feature < 0 {
				fmt.Fprintf(&b, "%.3g", n.value)
				return
			}
			fmt.Fprintf(&b, "%s<%.5g ", m.Names[n.feature], n.cut)
			write(at + 1)
			b.WriteByte(' ')
			write(n.other)
		}
		write(at)
		b.WriteByte('\n')
	}
	return b.String()
}

// Read makes a model of its text; lines that begin with // are left out.
func Read(text string) (*Model, error) {
	m := new(Model)
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		head, rest, _ := strings.Cut(l, " ")
		switch {
		case l == "" || strings.HasPrefix(l, "//"):
		case head == "features":
			m.Names = strings.Fields(rest)
		case head == "bias":
			var err error
			if m.Bias, err = strconv.ParseFloat(rest, 64); err != nil {
				return nil, fmt.Errorf("cannot read the bias: %w", err)
			}
		default:
			m.roots = append(m.roots, int32(len(m.nodes)))
			left, err := m.grow(strings.Fields(l))
			if err != nil {
				return nil, fmt.Errorf("cannot read tree %d: %w", len(m.roots), err)
			}
			if len(left) > 0 {
				return nil, fmt.Errorf("cannot read tree %d: %d words too many", len(m.roots), len(left))
			}
		}
	}
	return m, nil
}

// grow adds the tree that some words begin with, and gives the words after it.
func (m *Model) grow(words []string) ([]string, error) {
	if len(words) == 0 {
		return nil, errors.New("it ends too early")
	}
	at := len(m.nodes)
	name, cut, asks := strings.Cut(words[0], "<")
	number := cut
	if !asks {
		number = name
	}
	v, err := strconv.ParseFloat(number, 32)
	if err != nil {
		return nil, err
	}
	if !asks {
		m.nodes = append(m.nodes, node{feature: -1, value: float32(v)})
		return words[1:], nil
	}
	f := slices.Index(m.Names, name)
	if f < 0 {
		return nil, fmt.Errorf("no feature is called %q", name)
	}
	m.nodes = append(m.nodes, node{feature: int32(f), cut: float32(v)})
	rest, err := m.grow(words[1:])
	if err != nil {
		return nil, err
	}
	m.nodes[at].other = int32(len(m.nodes))
	return m.grow(rest)
}
