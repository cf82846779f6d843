package press

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// courier reads one publication through all its faults, politely. It knows articles by their addresses and takes their
// text from the truth of the moment, so that only press, score and verdict are tried.
type courier struct {
	pub   *Publication
	c     *http.Client
	rest  time.Time
	last  map[string]http.Header
	found []string
	kept  map[string]Got
}

// ask waits for its turn and gives the body of a whole answer, nil for 304 and failures.
func (r *courier) ask(ctx context.Context, path string) []byte {
	time.Sleep(max(2*time.Second, time.Until(r.rest)))
	var headers []string
	if h := r.last[path]; h != nil {
		for ask, given := range map[string]string{"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"} {
			if v := h.Get(given); v != "" {
				headers = append(headers, ask, v)
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	answer, body, err := try(ctx, r.c, r.pub.BaseURL+path, headers...)
	if err != nil {
		return nil
	}
	if text := answer.Header.Get("Retry-After"); text != "" {
		if n, err := strconv.Atoi(text); err == nil {
			r.rest = time.Now().Add(time.Duration(n) * time.Second)
		} else if r.rest, err = http.ParseTime(text); err != nil {
			panic(err)
		}
	}
	if answer.StatusCode != http.StatusOK || bytes.Contains(body, []byte("challenge")) || bytes.Contains(body, []byte("<head><title>")) || bytes.Contains(body, []byte("wheel.example")) {
		return nil
	}
	r.last[path] = answer.Header
	return body
}

// poll asks for the endpoint and notes the addresses that are new.
func (r *courier) poll(ctx context.Context) {
	bodies := [][]byte{r.ask(ctx, r.pub.feed)}
	for n := 1; r.pub.Kind == Sitemap && n <= (len(r.pub.Articles())+perPart-1)/perPart; n++ {
		bodies = append(bodies, r.ask(ctx, "/sitemap-part-"+strconv.Itoa(n)+".xml"))
	}
	body := bytes.Join(bodies, nil)
	for _, a := range r.pub.Articles() {
		if _, known := r.kept[a.path]; !known && !r.pub.Forbids(a.path) && bytes.Contains(body, []byte(a.path)) {
			r.kept[a.path] = Got{}
			r.found = append(r.found, a.path)
		}
	}
}

// visit asks for the pages of some addresses and gives those that could not be had.
func (r *courier) visit(ctx context.Context, paths []string) (left []string) {
	for _, path := range paths {
		body := r.ask(ctx, path)
		if body == nil {
			left = append(left, path)
			continue
		}
		for _, a := range r.pub.Articles() {
			if a.path == path && a.Relevant {
				r.kept[path] = Got{ID: a.ID, URL: a.URL, Title: a.Title, Text: a.Text(), Source: a.Publication, Revision: a.Revision, Published: a.Published, Kept: time.Now()}
			}
		}
	}
	return left
}

func (r *courier) run(ctx context.Context, until time.Time) {
	for r.ask(ctx, "/robots.txt") == nil {
		time.Sleep(time.Minute)
	}
	for time.Now().Before(until) {
		r.poll(ctx)
		r.found = r.visit(ctx, r.found)
		time.Sleep(15 * time.Minute)
	}
	var all []string
	for path := range r.kept {
		all = append(all, path)
	}
	r.visit(ctx, all)
}

// TestADay lets everything happen that can: a polite reader of all kinds through all faults has no demerits and misses
// nothing, and nothing is left running.
func TestADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c := open(t, Options{InMemory: true, Publications: 10, Seed: 4})
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		broken := map[string]bool{}
		start := time.Now()
		var couriers []*courier
		var all sync.WaitGroup
		for _, pub := range p.Publications() {
			r := &courier{pub: pub, c: c, last: map[string]http.Header{}, kept: map[string]Got{}}
			couriers = append(couriers, r)
			all.Go(func() { r.run(t.Context(), start.Add(24*time.Hour)) })
		}
		err := p.Run(t.Context(), Script{
			For: 23 * time.Hour, Stock: 5, Articles: 100, Copies: 8, Revisions: 20, Noises: 10, Faults: 70, FaultFor: time.Hour, Calm: time.Hour,
			Tell: func(e Event) {
				if e.What == "break" {
					broken[strings.Fields(e.Detail)[0]] = true
				}
			},
		})
		if err != nil {
			t.Error(err)
		}
		all.Wait()
		if len(broken) != len(Faults()) {
			t.Errorf("only %d sorts of faults: %v", len(broken), broken)
		}
		var records []Got
		first := map[string]string{}
		for _, r := range couriers {
			for _, g := range r.kept {
				if g.ID == "" {
					continue
				}
				text, _, _ := strings.Cut(g.Text, "\n") // edits leave the first paragraph alone
				g.DuplicateOf, first[text] = first[text], g.ID
				records = append(records, g)
			}
		}
		if s := p.Score(); s.Demerits() != 0 || s.SmallestGap != 2*time.Second || s.NotModified == 0 {
			t.Errorf("%s", &s)
		} else {
			t.Logf("%s", &s)
		}
		if v := p.Judge(records); v.Faults() != 0 || v.F1 != 1 {
			t.Errorf("%s", &v)
		} else {
			t.Logf("%s", &v)
		}
	})
}
