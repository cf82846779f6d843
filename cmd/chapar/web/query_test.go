package web

import (
	"reflect"
	"testing"
	"time"

	"chapar/store"
)

// TestQuery: a query comes through the socket as it was, and what cannot be read is refused.
func TestQuery(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for _, q := range []store.Query{
		{},
		{Since: at, Until: at.Add(time.Hour), Sources: []string{"a", "b&c"}, Languages: []string{"kk"}, Topics: []string{"border", "water"},
			Places: []string{"Osh, KG", "ҚЗ+"}, MinRelevance: 0.25, Withdrawn: true, DropDuplicates: true, From: 1, Limit: 7},
		{From: 1 << 40},
		{DropDuplicates: true, Prefer: store.Preference{Longest: true}},
		{DropDuplicates: true, Prefer: store.Preference{Source: "a&b"}},
	} {
		got, err := parseQuery(queryValues(q))
		if err != nil || !reflect.DeepEqual(got, q) {
			t.Errorf("%+v comes through as %+v, %v", q, got, err)
		}
	}
	for name, bad := range map[string]string{"after": "-1", "since": "7d", "until": "x", "limit": "many", "min-relevance": "high", "prefer": "the best"} {
		if q, err := parseQuery(map[string][]string{name: {bad}}); err == nil {
			t.Errorf("%s=%s is read as %+v", name, bad, q)
		}
	}
	for _, bad := range []string{"x", "9223372036854775807", "99999999999999999999"} {
		if q, err := parseQuery(map[string][]string{"after": {bad}}); err == nil {
			t.Errorf("after=%s is read as %+v", bad, q)
		}
	}
}
