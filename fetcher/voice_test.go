package fetcher

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestAnotherFeed: a feed at the old address of which nothing is as it was is held back, with its validators.
func TestAnotherFeed(t *testing.T) {
	feed := func(title, site, language string, titles ...string) string {
		var items strings.Builder
		for i, h := range titles {
			fmt.Fprintf(&items, "<item><title>%s</title><link>https://%s/%d</link></item>", h, site, i)
		}
		return "<rss><channel><title>" + title + "</title><language>" + language + "</language>" + items.String() + "</channel></rss>"
	}
	look := func(body string, s State) (look, error) {
		return lookFeed(t.Context(), func(context.Context, string, string, Validators) (Page, error) {
			return Page{URL: feedURL, Final: feedURL, Status: 200, Header: http.Header{"Etag": {`"new"`}}, Body: []byte(body), Whole: true}, nil
		}, InProcess{}, feedURL, s, nil)
	}
	before, err := look(feed("Courier", "www.courier.example", "ru-KZ", headlinesRu...), State{})
	if err != nil || before.voice != (Voice{"Courier", "courier.example", "ru", "Cyrl"}) {
		t.Fatalf("%+v, %v", before.voice, err)
	}
	var s State
	s.worked(OK, before, s.Checked)
	for name, c := range map[string]struct {
		body  string
		other bool
	}{
		"sold":          {feed("Lucky Wheel", "wheel.example", "en", headlinesEn...), true},
		"sold, silent":  {feed("Lucky Wheel", "wheel.example", "", headlinesEn...), true},
		"moved":         {feed("Courier", "courier-news.example", "ru", headlinesRu...), false},
		"renamed":       {feed("Herald", "courier.example", "en", headlinesEn...), false},
		"moved, named":  {feed("Herald", "herald.example", "ru", headlinesRu...), false},
		"translated":    {feed("Courier in English", "courier.example", "en", headlinesEn...), false},
		"empty":         {feed("Lucky Wheel", "wheel.example", "en"), false},
		"from all over": {feed("Lucky Wheel", "a.example/1</link></item><item><link>https://b.example", "en", headlinesEn[:2]...), false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := look(c.body, s)
			if !c.other {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantOutcome(t, err, AnotherFeed, `"Lucky Wheel"`)
			wantOutcome(t, err, AnotherFeed, `where "Courier" (ru) at courier.example was`)
			if len(got.entries) > 0 || got.validators != (Validators{}) {
				t.Errorf("%+v", got)
			}
			var f *Failure
			errors.As(err, &f)
			after := s
			after.failed(f, s.Checked, false)
			if after.Validators != s.Validators || after.Voice != s.Voice {
				t.Errorf("%+v", after)
			}
		})
	}
}
