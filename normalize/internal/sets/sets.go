// Package sets reads the measuring sets of extraction and scores texts against them. The sets hold third-party pages
// and are no part of the tree: [Dir] names the folder beside it where they are looked for, and [Read] fails with
// [fs.ErrNotExist] where they are absent.
package sets

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Dir is the folder of the sets, seen from the root of the tree.
const Dir = "../shared/extraction"

// Page of a set, with what is known of it. Snippet sets have With and Without in place of Text.
type Page struct {
	ID    string
	Host  string `json:"host"`
	URL   string `json:"url"`
	Title string `json:"title"` // "" where the set does not know it
	Text  string `json:"articleBody"`
	Lang  string `json:"lang"`

	With    []string `json:"with"`
	Without []string `json:"without"`

	HTML []byte
}

// Read gives the pages of a set in the order of their ids.
func Read(dir, name string) ([]Page, error) {
	data, err := os.ReadFile(filepath.Join(dir, name, "truth.json"))
	if err != nil {
		return nil, err
	}
	known := map[string]Page{}
	if err := json.Unmarshal(data, &known); err != nil {
		return nil, fmt.Errorf("cannot read the truth of %s: %w", name, err)
	}
	pages := make([]Page, 0, len(known))
	for id, p := range known {
		p.ID = id
		if p.HTML, err = unpack(filepath.Join(dir, name, "html", id+".html.gz")); err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	slices.SortFunc(pages, func(a, b Page) int { return strings.Compare(a.ID, b.ID) })
	return pages, nil
}

func unpack(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	return io.ReadAll(z)
}

// Forbidden gives the lines that must not come out of the pages of the residue set, by page; "@title" is the title.
func Forbidden(dir string) (map[string][]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "seeds", "checks.json"))
	if err != nil {
		return nil, err
	}
	lines := map[string][]string{}
	return lines, json.Unmarshal(data, &lines)
}
