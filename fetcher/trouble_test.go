package fetcher

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestTroubles: what always fails at one place is told ever more seldom, however well the others fare, and it is over
// when that place works. What all meet is one trouble, and over when any of them works.
func TestTroubles(t *testing.T) {
	var log bytes.Buffer
	n := &notes{now: time.Now()}
	p := New(Options{Bounds: Bounds{Min: time.Hour, Max: time.Hour}}, nil, &Client{gates: newGates()}, n, n, slog.New(slog.NewTextHandler(&log, nil)))
	c, err := p.crew(false, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &lane{crew: c, p: p, host: "a.test:80"}
	told := func(what string) (lines int) {
		lines = strings.Count(log.String(), what)
		log.Reset()
		return lines
	}
	bad := Job{Key: "https://a.test/bad"}
	for i := range 20 {
		bad.Tries = i
		if err := l.putBack(bad, p.opts(), errors.New("it holds what no rule foresees")); err != nil {
			t.Fatal(err)
		}
		c.recovered("a/feed")
		c.recovered("https://a.test/good")
	}
	if n := told("cannot work"); n != 5 {
		t.Errorf("20 failures of one article were told %d times, want 5", n)
	}
	c.recovered(bad.Key)
	c.recovered(bad.Key)
	if n := told("works again"); n != 1 {
		t.Errorf("its recovery was told %d times", n)
	}

	for i := range 300 {
		c.complain("a.test:80", fmt.Sprintf("%d/feed", i), errors.New("the disk is full"))
	}
	if n := told("cannot work"); n != 9 {
		t.Errorf("300 failures of all endpoints were told %d times, want 9", n)
	}
	c.recovered("7/feed")
	c.recovered("8/feed")
	if n := told("works again"); n != 1 {
		t.Errorf("the end of what all met was told %d times", n)
	}

	for i := range 3 * mostCauses {
		c.complain("a.test:80", fmt.Sprint(i), fmt.Errorf("failure %d", i))
	}
	if n := len(c.troubles); n != mostCauses {
		t.Errorf("%d causes are remembered, want %d", n, mostCauses)
	}
}
