package corpus

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// randomRecords gives records of hostile text, empty lists and nulls among them.
func randomRecords(seed uint64, n int) []Record {
	random := rand.New(rand.NewPCG(seed, 7))
	pieces := append([]string{"=1+1", "+", "-", "@sum", "'", "''=", "\t", "\r", "\n", ",", `"`, `""`, " ", "\u200f", "سلام", "Ош", "＝1", "|", ";", "NULL", "[", "null"}, hardStrings[:]...)
	text := func() string {
		var b strings.Builder
		for range random.IntN(5) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		return b.String()
	}
	list := func() []string {
		l := []string{}
		for range random.IntN(4) {
			l = append(l, text())
		}
		return l
	}
	moment := func() time.Time {
		t := time.Date(1+random.IntN(3000), 2, 3, 4, 5, random.IntN(60), random.IntN(1e9), time.UTC)
		if random.IntN(3) == 0 {
			t = t.In(time.FixedZone("", (random.IntN(24)-12)*1800))
		}
		return t
	}
	optional := func() *time.Time {
		if t := moment(); random.IntN(2) == 0 {
			return &t
		}
		return nil
	}
	name := func() *string {
		if s := text() + "x"; random.IntN(2) == 0 {
			return &s
		}
		return nil
	}
	records := make([]Record, n)
	for i := range records {
		records[i] = Record{ID: text(), Number: i, URL: text(), CanonicalURL: text(), Source: text(), SourceName: text(), AlsoIn: list(), Title: text(), Text: text(),
			Authors: list(), Published: optional(), Modified: optional(), DateFrom: text(), FirstSeen: moment(), Fetched: moment(), Language: text(),
			Relevance: random.Float64(), Topics: list(), Places: list(), Reasons: list(), Cluster: text(), DuplicateOf: name(),
			Overlap: float64(random.IntN(3)) / 2, Translation: name(), Revision: random.IntN(5), Cause: text(), TextFrom: text(), SHA256: text()}
	}
	if n > 0 {
		records[0].Text = strings.Repeat("A long line, \"quoted\".\n\n", 1<<20/24)
	}
	return records
}

// asRead is a record as another reads it from its JSON form.
func asRead(t *testing.T, r Record) (fields map[string]any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(AppendJSON(nil, &r)))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		t.Fatal(err)
	}
	if fields["text"] == nil {
		fields["text"] = ""
	}
	return fields
}

// carriage takes away what encoding/csv takes away in cells.
func carriage(v any) any {
	if s, ok := v.(string); ok {
		return strings.ReplaceAll(s, "\r\n", "\n")
	}
	return v
}

// TestCSV holds that CSV says what JSON Lines say, by the rules on the card, and that no cell is a formula.
func TestCSV(t *testing.T) {
	records := append(randomRecords(1, 2000), sample(3)...)
	var b bytes.Buffer
	sum, err := Stream(t.Context(), &b, CSV, all(records))
	if err != nil {
		t.Fatal(err)
	}
	if sum.Documents != len(records) || int(sum.Bytes) != b.Len() || sum.Highest != 1999 {
		t.Errorf("summary %+v of %d records in %d bytes", sum, len(records), b.Len())
	}
	in := csv.NewReader(&b)
	header, err := in.Read()
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		cells, err := in.Read()
		if err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		want := asRead(t, records[i])
		if len(want) != len(header) {
			t.Fatalf("%d fields, %d columns", len(want), len(header))
		}
		for c, name := range header {
			if cell := cells[c]; cell != "" && strings.Contains("=+-@\t\r\n＝＋－＠", string([]rune(cell)[0])) {
				t.Errorf("row %d: %s is a formula: %q", i, name, cell)
			}
			if got := readCell(t, name, cells[c]); !reflect.DeepEqual(got, carriage(want[name])) {
				t.Fatalf("row %d: %s reads as %#v, want %#v", i, name, got, want[name])
			}
		}
	}
	if _, err := in.Read(); err != io.EOF {
		t.Errorf("after the last row: %v", err)
	}
}

// readCell reads a cell as the card says.
func readCell(t *testing.T, name, cell string) any {
	switch name {
	case "also_in", "authors", "topics", "places", "reasons":
		var list []any
		if err := json.Unmarshal([]byte(cell), &list); err != nil {
			t.Errorf("%s: %v: %q", name, err, cell)
		}
		return list
	case "number", "revision", "relevance", "overlap":
		if _, err := strconv.ParseFloat(cell, 64); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return json.Number(cell)
	case "published", "modified", "duplicate_of", "translation_of":
		if cell == "" {
			return nil
		}
	}
	return strings.TrimPrefix(cell, "'")
}

// TestFieldsAgree: every form has the same fields in the same order, and the card tells of each; but for
// those that stand in JSON alone.
func TestFieldsAgree(t *testing.T) {
	var names, told, columns []string
	for f := range reflect.TypeFor[Record]().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "withdrawn" && name != "removed" {
			names = append(names, name)
		}
	}
	for _, f := range fields() {
		told = append(told, f.name)
	}
	for f := range reflect.TypeFor[row]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		columns = append(columns, name)
	}
	header := strings.Split(strings.TrimSuffix(csvHeader, "\r\n"), ",")
	for what, got := range map[string][]string{"the card": told, "Parquet": columns, "CSV": header} {
		if !reflect.DeepEqual(got, names) {
			t.Errorf("%s has %q, the record %q", what, got, names)
		}
	}
}

func FuzzCSVCell(f *testing.F) {
	for _, s := range hardStrings {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := append(append(appendCell(nil, s), ','), "end\r\n"...)
		cells, err := csv.NewReader(bytes.NewReader(line)).Read()
		if err != nil || len(cells) != 2 {
			t.Fatalf("%q gives %q: %v", s, line, err)
		}
		if got := strings.TrimPrefix(cells[0], "'"); got != carriage(asUTF8(s)) {
			t.Errorf("%q reads as %q", s, got)
		}
	})
}
