package corpus

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// agrees holds that the reader for our own form gives what encoding/json gives.
func agrees(t *testing.T, line string) {
	t.Helper()
	var want Record
	if err := json.Unmarshal([]byte(line), &want); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	got, size, ok := ParsePrefix([]byte(line + `,"behind":1}`))
	if !ok || size != len(line) || !reflect.DeepEqual(got, want) {
		t.Errorf("%s\ngives %+v (%d bytes, %v)\nwant  %+v", line, got, size, ok, want)
	}
}

func TestParsePrefix(t *testing.T) {
	for _, r := range append(sample(3), everyField(t)) {
		agrees(t, string(AppendJSON(nil, &r)))
		escaped, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		agrees(t, string(escaped))
	}
	zone := time.FixedZone("", 5*3600+1800)
	for _, s := range hardStrings {
		at := time.Date(2026, 2, 3, 4, 5, 6, 789, zone)
		r := Record{Title: s, Text: s + s, Authors: []string{s, "b"}, DuplicateOf: &s, Published: &at, Relevance: 1.5e-9, Number: -1}
		agrees(t, string(AppendJSON(nil, &r)))
	}
}

// everyField fills each field of a record, so that one which ParsePrefix does not know is noticed.
func everyField(t *testing.T) (r Record) {
	t.Helper()
	v := reflect.ValueOf(&r).Elem()
	s, at := `a "b" <c>`, time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	for i := range v.NumField() {
		switch f := v.Field(i); f.Interface().(type) {
		case string:
			f.SetString(s)
		case *string:
			f.Set(reflect.ValueOf(&s))
		case []string:
			f.Set(reflect.ValueOf([]string{s, s}))
		case int:
			f.SetInt(7)
		case float64:
			f.SetFloat(0.25)
		case time.Time:
			f.Set(reflect.ValueOf(at))
		case *time.Time:
			f.Set(reflect.ValueOf(&at))
		default:
			t.Fatalf("field %s has a type that is not filled here", v.Type().Field(i).Name)
		}
	}
	return r
}

// TestParseJSON holds that lines of other forms are read too, and that what is no JSON is refused.
func TestParseJSON(t *testing.T) {
	for _, line := range []string{
		`{ "id": "x" }`, `{"id":"x","unknown":1}`, `{"ID":"x"}`, `{"title":"\ud83d\ude00"}`, `{}`, `{"id":"x"} `, `{"number":7,"authors":[ ]}`, "{\"title\":\"\xff\"}",
	} {
		var want Record
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		if got, err := ParseJSON([]byte(line)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s gives %+v, %v", line, got, err)
		}
	}
	r := sample(1)[0]
	line := AppendJSON(nil, &r)
	for n := range len(line) {
		if got, err := ParseJSON(line[:n]); err == nil {
			t.Fatalf("a line that is cut gives %+v: %s", got, line[:n])
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		bad := append([]byte(nil), line...)
		for range 1 + random.IntN(3) {
			bad[random.IntN(len(bad))] = `"\,:{}[]n1u`[random.IntN(11)]
		}
		got, size, ok := ParsePrefix(bad)
		var want Record
		if ok && json.Unmarshal(bad[:size], &want) == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngives %+v\nwant  %+v", bad, got, want)
		}
	}
}
