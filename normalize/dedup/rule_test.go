package dedup

import (
	"reflect"
	"strings"
	"testing"
)

func TestRule(t *testing.T) {
	names := []string{"Size", "Age"}
	r, err := ParseRule("# a remark\n-1\n\n(Size 2.5 -0.5 (Age 10 1 2))\n(Age 3 0.25 0)\n", names)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ size, age, want float64 }{{1, 1, -1.25}, {2.5, 1, 0.25}, {3, 10, 1}, {2.4, 3, -1.5}} {
		if got := r.Score([]float64{tt.size, tt.age}); got != tt.want {
			t.Errorf("size %g, age %g: %g, want %g", tt.size, tt.age, got, tt.want)
		}
	}
	for _, bad := range []string{"(", "(Size 1", "(Size 1 2", "(Size 1 2 3", "(Weight 1 2 3)", "(Size x 2 3)", "(Size 1 x 3)", "(Size 1 2 3) 4", "x"} {
		if _, err := ParseRule("1\n"+bad, names); err == nil || !strings.HasPrefix(err.Error(), "line 2 of the rule: ") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestValues(t *testing.T) {
	check := func(s reflect.Value, values func([]float64) []float64, names []string) {
		t.Helper()
		if s.NumField() != len(names) || len(values(nil)) != len(names) {
			t.Fatalf("%d fields, %d values, %d names", s.NumField(), len(values(nil)), len(names))
		}
		for i, name := range names {
			s.Field(i).SetFloat(7)
			if values(nil)[i] != 7 || s.Type().Field(i).Name != name {
				t.Errorf("%s is not value %d", name, i)
			}
			s.Field(i).SetFloat(0)
		}
	}
	var e Evidence
	check(reflect.ValueOf(&e).Elem(), e.Values, Fields[Evidence]())
	var p Parallel
	check(reflect.ValueOf(&p).Elem(), p.Values, Fields[Parallel]())
}
