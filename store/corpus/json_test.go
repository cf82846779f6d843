package corpus

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// standard gives a record as encoding/json does.
func standard(t testing.TB, r Record) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// hardStrings are strings that are easily written wrongly.
var hardStrings = [...]string{
	"", "plain", `"quoted" \ back`, "a\nb\r\nc\td", "\x00\x01\x1f\x7f\b\f", "<b>&amp;</b>", "Ош қаласы – «Көпір»", "\u2028\u2029\u2027\u202a",
	"\xff", "a\xe2\x80", "\xe2", "ok\xe2\x80\xa8bad\xf0\x9f\x98", "\ufffd", "\xed\xa0\x80", "😀\u200d", strings.Repeat("ё\xc0", 50),
}

func TestAppendJSON(t *testing.T) {
	same := func(r Record) {
		t.Helper()
		r.fill()
		if got, want := string(AppendJSON(nil, &r)), standard(t, r); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	same(Record{})
	for _, r := range sample(2) {
		same(r)
	}
	for _, s := range hardStrings {
		same(Record{
			ID: s, URL: s, CanonicalURL: s, Source: s, SourceName: s, AlsoIn: []string{s, s}, Title: s, Text: s, Authors: []string{s}, DateFrom: s, Language: s,
			Topics: []string{"", s}, Places: []string{s}, Reasons: []string{s}, Cluster: s, DuplicateOf: &s, Translation: &s, Cause: s, TextFrom: s, SHA256: s,
		})
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 1, 0.1, 1.0 / 3, 1e-6, 9.9e-7, 1e-9, -1e-10, 1e20, 1e21, 1.5e300, 1e-300, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		same(Record{Relevance: f, Overlap: -f})
	}
	for _, tm := range []time.Time{
		time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
		time.Date(2026, 2, 3, 4, 5, 6, 120000000, time.FixedZone("", 5*3600+1800)), time.Date(2026, 2, 3, 4, 5, 6, 0, time.FixedZone("", -9*3600)),
	} {
		same(Record{Published: &tm, Modified: &tm, FirstSeen: tm, Fetched: tm, Number: math.MaxInt, Revision: -1})
		same(Record{Withdrawn: &tm})
		same(Record{Removed: []string{"one <a>", "б"}})
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		b := make([]byte, random.IntN(40))
		for i := range b {
			b[i] = byte(random.IntN(256))
			if random.IntN(3) == 0 {
				b[i] = []byte("\xe2\x80\xa8\xa9\"\\")[random.IntN(6)]
			}
		}
		same(Record{Title: string(b), Text: string(b)})
	}
}

// TestAppendJSONAlways holds that even a record that encoding/json refuses becomes a line that can be read.
func TestAppendJSONAlways(t *testing.T) {
	late := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	r := Record{Relevance: math.NaN(), Overlap: math.Inf(1), Published: &late, FirstSeen: late}
	line := AppendJSON([]byte("before"), &r)
	if !bytes.HasPrefix(line, []byte("before{")) || !json.Valid(line[6:]) {
		t.Fatalf("not JSON after what stood before: %s", line)
	}
	if bytes.Contains(line, []byte(`_in":null`)) || !bytes.Contains(line, []byte(`"topics":[]`)) {
		t.Errorf("lists are not empty lists: %s", line)
	}
}

func TestAppendManifest(t *testing.T) {
	r := sample(1)[0]
	line := appendManifest(nil, &r, []byte("000_0123456789abcdef.txt"))
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		t.Fatal(err)
	}
	if _, has := fields["text"]; has || fields["file"] != "000_0123456789abcdef.txt" || fields["title"] != r.Title {
		t.Errorf("a manifest line has file and title and no text: %s", line)
	}
}

func FuzzAppendJSON(f *testing.F) {
	for _, s := range hardStrings {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := Record{Title: s, Authors: []string{s}}
		r.fill()
		line := string(AppendJSON(nil, &r))
		if line != standard(t, r) || !utf8.ValidString(line) || strings.ContainsAny(line, "\n\u2028\u2029") {
			t.Errorf("%q gives %s", s, line)
		}
	})
}
