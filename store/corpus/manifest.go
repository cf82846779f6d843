package corpus

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// manifest is the index of a manifest.jsonl: where the line of each file stands. The lines are read again when they
// are wanted, since a manifest may be long.
type manifest struct {
	path  string
	file  *os.File
	where map[string]place
	order []string
}

// openManifest gives nil where no manifest is, or none that can be opened, or a file of that name that is none.
func openManifest(path string) *manifest {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	m := &manifest{path: path, file: f, where: map[string]place{}}
	err = eachLine(f, func(at place, line []byte, err error) bool {
		var named struct {
			File string `json:"file"`
		}
		if err == nil && json.Unmarshal(line, &named) == nil && plainName(named.File) {
			m.where[named.File] = at
			m.order = append(m.order, named.File)
		}
		return true
	})
	if err != nil || len(m.where) == 0 {
		f.Close()
		return nil
	}
	return m
}

// plainName says whether a name is that of a file beside the manifest.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && name != manifestName && !strings.ContainsAny(name, `/\`)
}

func (m *manifest) close() {
	if m != nil {
		m.file.Close()
	}
}

// files gives the number of files that the manifest names.
func (m *manifest) files() int {
	if m == nil {
		return 0
	}
	return len(m.where)
}

// missing gives the names in the manifest that are not among the entries of its folder, in its order.
func (m *manifest) missing(entries []fs.DirEntry) (names []string) {
	there := make(map[string]bool, len(entries))
	for _, e := range entries {
		there[e.Name()] = true
	}
	for _, name := range m.order {
		if !there[name] {
			names = append(names, name)
		}
	}
	return names
}

func (m *manifest) record(at place) (Record, error) {
	line := make([]byte, at.length)
	if n, err := m.file.ReadAt(line, at.offset); n < len(line) {
		return Record{Number: Unnumbered}, err
	}
	return parseLine(trimLine(line))
}

// parseLine reads a record from JSON that ours or another's program wrote. Dates may be RFC 3339 or a little less;
// null is as good as absent.
func parseLine(line []byte) (Record, error) {
	type fields Record // without methods; its own dates and number are shadowed below
	var in struct {
		fields
		Number    *int    `json:"number"`
		Published *string `json:"published"`
		Modified  *string `json:"modified"`
		FirstSeen *string `json:"first_seen"`
		Fetched   *string `json:"fetched"`
	}
	none := Record{Number: Unnumbered}
	if err := json.Unmarshal(line, &in); err != nil {
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) && wrongType.Field == "" {
			return none, fmt.Errorf("not a JSON object, but a JSON %s", wrongType.Value)
		}
		if wrongType != nil {
			field := wrongType.Field[strings.LastIndexByte(wrongType.Field, '.')+1:]
			return none, fmt.Errorf("%q is a JSON %s, which it cannot be", field, wrongType.Value)
		}
		return none, fmt.Errorf("not a JSON object: %w", err)
	}
	r := Record(in.fields)
	r.Number = Unnumbered
	if in.Number != nil && *in.Number >= 0 {
		r.Number = *in.Number
	}
	for _, date := range []struct {
		name string
		text *string
		set  func(time.Time)
	}{
		{"published", in.Published, func(t time.Time) { r.Published = &t }},
		{"modified", in.Modified, func(t time.Time) { r.Modified = &t }},
		{"first_seen", in.FirstSeen, func(t time.Time) { r.FirstSeen = t }},
		{"fetched", in.Fetched, func(t time.Time) { r.Fetched = t }},
	} {
		if date.text == nil || *date.text == "" {
			continue
		}
		t, err := parseTime(*date.text)
		if err != nil {
			return none, fmt.Errorf("%q is %q, not a time such as 2026-11-03T12:00:00Z", date.name, *date.text)
		}
		date.set(t)
	}
	return r, nil
}

// parseTime reads RFC 3339, and dates with less: no zone means UTC.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("not a time")
}
