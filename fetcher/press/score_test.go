package press

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// reader is a polite reader of one publication: robots.txt first, conditional requests, pauses.
type reader struct {
	t    *testing.T
	pub  *Publication
	c    *http.Client
	last map[string]http.Header
}

func (r *reader) get(path string, headers ...string) *http.Response {
	r.t.Helper()
	if h := r.last[path]; h != nil {
		headers = append([]string{"If-None-Match", h.Get("ETag"), "If-Modified-Since", h.Get("Last-Modified")}, headers...)
	}
	for i := 1; i < len(headers); i += 2 {
		if headers[i] == "" {
			headers = append(headers[:i-1], headers[i+1:]...)
			i -= 2
		}
	}
	answer, _ := get(r.t, r.c, r.pub.BaseURL+path, headers...)
	if answer.StatusCode == http.StatusOK {
		r.last[path] = answer.Header
	}
	time.Sleep(2 * time.Second)
	return answer
}

// scored lets act follow on some polite reading and gives the score.
func scored(t *testing.T, act func(r *reader, a *Article)) Score {
	t.Helper()
	var s Score
	synctest.Test(t, func(t *testing.T) {
		p, c := open(t, Options{Publications: 2, InMemory: true, Kinds: []Kind{RSSFull}, FreshFor: -1})
		pub := p.Publications()[0]
		a := pub.Publish(time.Now())
		r := &reader{t: t, pub: pub, c: c, last: map[string]http.Header{}}
		r.get("/robots.txt")
		for range 3 {
			r.get("/feed/")
			r.get(a.path)
			a.Revise(Change, time.Now())
		}
		act(r, a)
		s = p.Score()
	})
	return s
}

func TestScoreOfAPoliteReader(t *testing.T) {
	s := scored(t, func(r *reader, a *Article) {
		r.get("/feed/")
		if got := r.get("/feed/"); got.StatusCode != http.StatusNotModified {
			t.Errorf("got %s", got.Status)
		}
	})
	if s.Demerits() != 0 || s.SmallestGap != 2*time.Second || s.Robots != 1 || s.Requests != 9 || s.NotModified != 1 || len(s.Agents) != 1 {
		t.Errorf("%s", &s)
	}
}

func TestScoreFindsViolations(t *testing.T) {
	for _, v := range []struct {
		name string
		act  func(r *reader, a *Article)
	}{
		{"overlapping", func(r *reader, a *Article) {
			r.pub.Break(Hang)
			ctx, cancel := context.WithCancel(r.t.Context())
			done := make(chan error)
			go func() {
				_, _, err := try(ctx, r.c, r.pub.BaseURL+"/about")
				done <- err
			}()
			synctest.Wait()
			r.pub.Mend()
			r.get("/contacts")
			cancel()
			if err := <-done; err == nil {
				r.t.Error("the hanging request was answered")
			}
			synctest.Wait()
		}},
		{"forbidden by robots.txt", func(r *reader, a *Article) { r.get("/print/" + a.ID) }},
		{"before robots.txt", func(r *reader, _ *Article) {
			r.pub = r.pub.press.Publications()[1]
			r.get("/about")
		}},
		{"inside a Retry-After", func(r *reader, _ *Article) {
			r.pub.Break(TooMany)
			r.get("/about")
			r.pub.Mend()
			r.get("/contacts")
		}},
		{"unconditional polls", func(r *reader, _ *Article) {
			delete(r.last, "/feed/")
			r.get("/feed/")
		}},
		{"unconditional pages", func(r *reader, a *Article) {
			delete(r.last, a.path)
			r.get(a.path)
		}},
		{"validators out of sequence", func(r *reader, a *Article) {
			old := r.last["/feed/"]
			r.get("/feed/")
			r.get("/feed/", "If-None-Match", old.Get("ETag"))
		}},
		{"validators made up", func(r *reader, _ *Article) { r.get("/feed/", "If-Modified-Since", time.Now().Format(http.TimeFormat)) }},
		{"unknown addresses", func(r *reader, _ *Article) { r.get("/favicon.ico") }},
		{"cookies", func(r *reader, _ *Article) { r.get("/about", "Cookie", "a=b") }},
		{"referers", func(r *reader, _ *Article) { r.get("/about", "Referer", "http://x.test/") }},
		{"needless headers", func(r *reader, _ *Article) { r.get("/about", "Range", "bytes=0-9") }},
	} {
		t.Run(v.name, func(t *testing.T) {
			s := scored(t, v.act)
			for _, got := range s.Tallies() {
				want := 0
				if got.Name == v.name {
					want = 1
				}
				if got.Count != want || len(got.Examples) != want {
					t.Errorf("%s: %d, want %d\n%s", got.Name, got.Count, want, strings.Join(got.Examples, "\n"))
				}
			}
		})
	}
}

func TestScoreFindsEarlyPollsAndSmallGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c := open(t, Options{Publications: 2, InMemory: true, Kinds: []Kind{RSSFull}, FreshFor: time.Minute})
		r := &reader{t: t, pub: p.Publications()[1], c: c, last: map[string]http.Header{}}
		r.get("/robots.txt")
		r.get("/feed/")
		time.Sleep(time.Minute)
		r.get("/feed/")
		if s := p.Score(); s.Early.Count != 0 {
			t.Errorf("%s", &s)
		}
		time.Sleep(50 * time.Second)
		r.get("/feed/")
		get(t, c, r.pub.BaseURL+"/about")
		time.Sleep(30 * time.Millisecond)
		get(t, c, r.pub.BaseURL+"/about")
		s := p.Score()
		if s.Early.Count != 1 || s.SmallestGap != 30*time.Millisecond || !strings.Contains(s.GapAt, "/about") {
			t.Errorf("%s", &s)
		}
	})
}

func TestScoreForgivesDoubtfulAnswers(t *testing.T) {
	for _, keep := range []bool{false, true} {
		for _, f := range []Fault{Cut, HTMLFeed, Challenge} {
			s := scored(t, func(r *reader, a *Article) {
				r.pub.Break(f)
				_, _, err := try(r.t.Context(), r.c, r.pub.BaseURL+"/feed/", "If-None-Match", r.last["/feed/"].Get("ETag"))
				if (err == nil) == (f == Cut) {
					r.t.Errorf("%s: %v", f, err)
				}
				r.pub.Mend()
				if !keep {
					delete(r.last, "/feed/")
				}
				r.get("/feed/")
			})
			if s.Demerits() != 0 {
				t.Errorf("%s, kept %v: %s", f, keep, &s)
			}
		}
	}
}
