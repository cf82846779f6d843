package normalize

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	imprint = "The Courier of the upper valley is written by its readers."
	answer  = "No, never."
)

// told is an article of its own with something above and below.
func told(n int, around ...string) string {
	own := fmt.Sprintf("On day %d the ferry number %d carried the courier and his horse over the river.\n\nThe guild counted %d boats that evening.", n, n+7, n+20)
	return strings.Join(append([]string{own}, around...), "\n\n")
}

func TestRecurrence(t *testing.T) {
	var r Recurrence
	see := func(article int, story, text string, want ...int) {
		t.Helper()
		if got := r.See(article, story, text); !slices.Equal(got, want) {
			t.Errorf("article %d makes %v stale, want %v", article, got, want)
		}
	}
	see(1, "a", told(1, answer, imprint))
	see(1, "a", told(1, answer, imprint)) // seen again it is still one
	see(2, "a", told(1, answer, imprint)) // and so is a copy
	see(3, "b", told(3, answer, imprint))
	if len(r.Lines) > 0 {
		t.Errorf("two stories are enough for %+v", r.Lines)
	}
	see(4, "c", told(4, answer, "“THE COURIER” of the upper valley is written by its readers!"), 1, 2, 3, 4)
	see(5, "d", told(5, answer, imprint))
	if len(r.Lines) != 1 || r.Lines[0].Times != 5 {
		t.Fatalf("found %+v", r.Lines)
	}

	whole := imprint + "\n\n" + told(6, answer, imprint)
	rest, removed := r.Strip(whole)
	if rest != told(6, answer) || len(removed) != 2 {
		t.Errorf("left %q, removed %v", rest, removed)
	}
	if got := Restore(rest, removed); got != whole {
		t.Errorf("restored %q, want %q", got, whole)
	}
	if rest, removed := r.Strip(imprint); rest != imprint || removed != nil {
		t.Errorf("nothing is left of an article that says nothing else: %q", rest)
	}
	r.Lines[0].Kept = true
	if rest, _ := r.Strip(whole); rest != whole {
		t.Errorf("what a person keeps is gone: %q", rest)
	}
}

// The evidence stays small however much a source writes.
func TestRecurrenceIsBounded(t *testing.T) {
	var r Recurrence
	for n := range 600 {
		var all []string
		for k := range 200 {
			all = append(all, fmt.Sprintf("Line %d of the long list of week %d of the guild", k, n/4))
		}
		r.See(n, fmt.Sprint(n), strings.Join(all, "\n\n"))
	}
	if len(r.Recent) != recentArticles || len(r.Lines) != mostLines || len(r.Recent[0].Prints) != mostPrints {
		t.Errorf("%d articles of %d prints, %d lines", len(r.Recent), len(r.Recent[0].Prints), len(r.Lines))
	}
}

// A document without what recurs is the same whether the evidence comes with the page or later.
func TestDocumentWithoutWhatRecurs(t *testing.T) {
	n, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var r Recurrence
	for k := range 3 {
		r.See(k, fmt.Sprint(k), told(k, imprint))
	}
	page := "<title>A day</title><h1>A day</h1><p>" + strings.ReplaceAll(told(12, imprint), "\n\n", "</p><p>") + "</p>"
	raw := Raw{URL: "https://courier.example/a", Body: []byte(page)}
	plain, err := n.Document(raw)
	if err != nil {
		t.Fatal(err)
	}
	raw.Hint.Recurrence = &r
	d, err := n.Document(raw)
	if err != nil || d.Text != told(12) || len(d.Removed) != 1 || d.Whole != plain.Essence || d.Essence == plain.Essence {
		t.Errorf("%v: %+v", err, d)
	}
}
