package press

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mmcdole/gofeed"
)

// broken runs f in a bubble with a press of one publication that has an article and a fault.
func broken(t *testing.T, kind Kind, fault Fault, f func(t *testing.T, pub *Publication, a *Article, c *http.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, c := open(t, Options{Publications: 1, InMemory: true, Kinds: []Kind{kind}, Languages: []string{"en"}, Forbidden: -1})
		pub := p.Publications()[0]
		a := pub.Publish(time.Now())
		pub.Break(fault)
		f(t, pub, a, c)
		pub.Mend(fault)
		if r, _ := get(t, c, pub.Endpoint); r.StatusCode != http.StatusOK {
			t.Errorf("after mending: %s", r.Status)
		}
		if r, _ := get(t, c, a.URL); r.StatusCode != http.StatusOK {
			t.Errorf("after mending: %s", r.Status)
		}
	})
}

func TestErrors(t *testing.T) {
	broken(t, RSSFull, Errors, func(t *testing.T, pub *Publication, a *Article, c *http.Client) {
		for _, address := range []string{pub.Endpoint, a.URL, pub.BaseURL + "/robots.txt", pub.BaseURL + "/about"} {
			if r, _ := get(t, c, address); r.StatusCode != 500 {
				t.Errorf("%s: %s", address, r.Status)
			}
		}
	})
}

func TestPageErrors(t *testing.T) {
	broken(t, RSSFull, PageErrors, func(t *testing.T, pub *Publication, a *Article, c *http.Client) {
		if r, _ := get(t, c, a.URL); r.StatusCode != 500 {
			t.Errorf("article: %s", r.Status)
		}
		if r, _ := get(t, c, pub.Endpoint); r.StatusCode != 200 {
			t.Errorf("feed: %s", r.Status)
		}
	})
}

func TestHang(t *testing.T) {
	broken(t, RSSFull, Hang, func(t *testing.T, pub *Publication, _ *Article, c *http.Client) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		start := time.Now()
		if _, _, err := try(ctx, c, pub.Endpoint); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		all := pub.press.Requests()
		if q := all[len(all)-1]; !q.Aborted || q.Status != 0 && q.Fault != Hang || q.Out.Sub(start) != 20*time.Second {
			t.Errorf("remembered as %+v", q)
		}
	})
}

func TestDrip(t *testing.T) {
	broken(t, RSSFull, Drip, func(t *testing.T, pub *Publication, a *Article, c *http.Client) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second+time.Millisecond)
		defer cancel()
		r, body, err := try(ctx, c, a.URL, "Accept-Encoding", "identity")
		if err == nil || r == nil || r.StatusCode != 200 || len(body) < 29 || len(body) > 32 {
			t.Errorf("%d bytes in 30 s, %v", len(body), err)
		}
		if r, _ := get(t, c, pub.BaseURL+"/robots.txt"); r.StatusCode != 200 {
			t.Errorf("robots.txt: %s", r.Status)
		}
	})
}

func TestTooMany(t *testing.T) {
	for _, f := range []Fault{TooMany, TooManyDate} {
		broken(t, RSSFull, f, func(t *testing.T, pub *Publication, _ *Article, c *http.Client) {
			after := func() time.Duration {
				r, _ := get(t, c, pub.Endpoint)
				text := r.Header.Get("Retry-After")
				if r.StatusCode != http.StatusTooManyRequests {
					t.Fatalf("%s", r.Status)
				}
				if f == TooMany {
					n, err := strconv.Atoi(text)
					if err != nil {
						t.Fatal(err)
					}
					return time.Duration(n) * time.Second
				}
				at, err := http.ParseTime(text)
				if err != nil {
					t.Fatal(err)
				}
				return time.Until(at)
			}
			if d := after(); d != 10*time.Minute {
				t.Errorf("%s: Retry-After %s", f, d)
			}
			pub.Break(f, time.Now().Add(90*time.Second))
			if d := after(); d != 90*time.Second {
				t.Errorf("%s: Retry-After %s with an end", f, d)
			}
			time.Sleep(90 * time.Second)
			if len(pub.Broken()) > 0 {
				t.Error("the fault outlives its end")
			}
		})
	}
}

func TestBrokenFeed(t *testing.T) {
	for _, kind := range []Kind{RSSFull, RSSSummary, RDF, Atom, NewsSitemap, Sitemap} {
		broken(t, kind, BrokenFeed, func(t *testing.T, pub *Publication, a *Article, c *http.Client) {
			address := pub.Endpoint
			if kind == Sitemap {
				address = pub.BaseURL + "/sitemap-part-1.xml"
			}
			r, body := get(t, c, address)
			d := xml.NewDecoder(bytes.NewReader(body))
			for {
				if _, err := d.Token(); err == io.EOF {
					t.Errorf("%s: well-formed XML", kind)
				} else if err != nil {
					break
				}
			}
			if r.StatusCode != 200 || !bytes.Contains(body, []byte(a.URL)) {
				t.Errorf("%s: %s, no entry", kind, r.Status)
			}
			if kind != NewsSitemap && kind != Sitemap && !bytes.Contains(body, []byte("&nbsp;")) {
				t.Errorf("%s: no undeclared entity", kind)
			}
		})
	}
}

func TestChangingETag(t *testing.T) {
	broken(t, RSSFull, ChangingETag, func(t *testing.T, pub *Publication, _ *Article, c *http.Client) {
		r, one := get(t, c, pub.Endpoint)
		etag := r.Header.Get("ETag")
		r, two := get(t, c, pub.Endpoint, "If-None-Match", etag)
		if r.StatusCode != 200 || r.Header.Get("ETag") == etag || etag == "" || !bytes.Equal(one, two) {
			t.Errorf("%s, ETag %s after %s", r.Status, r.Header.Get("ETag"), etag)
		}
	})
}

func TestRedirectLoop(t *testing.T) {
	broken(t, RSSFull, RedirectLoop, func(t *testing.T, pub *Publication, _ *Article, c *http.Client) {
		if _, _, err := try(t.Context(), c, pub.Endpoint); err == nil || !strings.Contains(err.Error(), "10 redirects") {
			t.Errorf("got %v", err)
		}
		if n := len(pub.press.Requests()); n != 10 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestHTMLFeed(t *testing.T) {
	broken(t, Atom, HTMLFeed, func(t *testing.T, pub *Publication, _ *Article, c *http.Client) {
		r, body := get(t, c, pub.Endpoint)
		if _, err := gofeed.NewParser().Parse(bytes.NewReader(body)); err == nil || r.StatusCode != 200 {
			t.Errorf("%s, parsed as a feed", r.Status)
		}
		if r.Header.Get("ETag")+r.Header.Get("Last-Modified") != "" {
			t.Error("validators on an error page")
		}
	})
}

func TestCut(t *testing.T) {
	broken(t, RSSFull, Cut, func(t *testing.T, pub *Publication, a *Article, c *http.Client) {
		for _, address := range []string{pub.Endpoint, a.URL} {
			r, body, err := try(t.Context(), c, address)
			if !errors.Is(err, io.ErrUnexpectedEOF) || int64(len(body)) >= r.ContentLength && r.ContentLength > 0 {
				t.Errorf("%d bytes of %d, %v", len(body), r.ContentLength, err)
			}
		}
	})
}

func TestRefused(t *testing.T) {
	broken(t, RSSFull, Refused, func(t *testing.T, pub *Publication, a *Article, c *http.Client) {
		if _, _, err := try(t.Context(), c, a.URL); err == nil {
			t.Error("a new connection is served")
		}
		pub.Mend()
		get(t, c, a.URL) // leaves a connection open
		pub.Break(Refused)
		if _, _, err := try(t.Context(), c, a.URL); err == nil {
			t.Error("an open connection is served")
		}
		s := pub.press.Score()
		if s.Requests < 3 {
			t.Errorf("%d requests remembered", s.Requests)
		}
	})
}

func TestNotFound(t *testing.T) {
	broken(t, RSSFull, NotFound, func(t *testing.T, pub *Publication, a *Article, c *http.Client) {
		for i, want := range []int{404, 404, 200, 200} {
			if r, _ := get(t, c, a.URL); r.StatusCode != want {
				t.Errorf("request %d: %s", i, r.Status)
			}
		}
	})
}

func TestChallenge(t *testing.T) {
	broken(t, RSSFull, Challenge, func(t *testing.T, pub *Publication, a *Article, c *http.Client) {
		r, body := get(t, c, a.URL)
		if r.StatusCode != 200 || !bytes.Contains(body, []byte("challenge")) || bytes.Contains(body, []byte(a.Title)) {
			t.Errorf("%s: %s", r.Status, body)
		}
		if r, body := get(t, c, pub.BaseURL+"/robots.txt"); r.StatusCode != 200 || string(body) != pub.Robots {
			t.Error("robots.txt is challenged")
		}
	})
}

func TestWalls(t *testing.T) {
	for fault, sign := range map[Fault]string{Login: `type="password"`, Consent: "cookies"} {
		broken(t, RSSFull, fault, func(t *testing.T, pub *Publication, a *Article, c *http.Client) {
			for _, address := range []string{pub.Endpoint, a.URL} {
				r, body := get(t, c, address)
				if r.StatusCode != 200 || !bytes.Contains(body, []byte(sign)) || bytes.Contains(body, []byte(a.Title)) || r.Header.Get("ETag") == "" {
					t.Errorf("%s: %s: %s", address, r.Status, body)
				}
			}
			if _, body := get(t, c, pub.BaseURL+"/robots.txt"); string(body) != pub.Robots {
				t.Error("robots.txt is behind the wall")
			}
		})
	}
}

func TestOtherFeed(t *testing.T) {
	broken(t, RSSFull, OtherFeed, func(t *testing.T, pub *Publication, a *Article, c *http.Client) {
		r, body := get(t, c, pub.Endpoint)
		f, err := gofeed.NewParser().Parse(bytes.NewReader(body))
		if err != nil || f.Title == pub.Name || f.Language == pub.Language || bytes.Contains(body, []byte(pub.host)) || r.Header.Get("ETag") == "" {
			t.Errorf("%s: %v: %s", r.Status, err, body)
		}
		if _, body := get(t, c, a.URL); !bytes.Contains(body, []byte(a.Title)) {
			t.Error("the articles are not there")
		}
	})
}

// TestScoreWantsNoValidatorsOfWalls: whoever remembers those of a wall is told to have made them up.
func TestScoreWantsNoValidatorsOfWalls(t *testing.T) {
	for _, keep := range []bool{false, true} {
		for _, f := range []Fault{Login, Consent, OtherFeed} {
			s := scored(t, func(r *reader, a *Article) {
				before := r.last["/feed/"]
				r.pub.Break(f)
				r.get("/feed/")
				r.pub.Mend()
				if !keep {
					r.last["/feed/"] = before
				}
				r.get("/feed/")
			})
			if (s.Demerits() > 0) != keep || keep && s.MadeUp.Count == 0 {
				t.Errorf("%s, kept %v: %s", f, keep, &s)
			}
		}
	}
}

func TestFaultsOverLoopback(t *testing.T) {
	p, err := New(Options{Publications: 1, Languages: []string{"en"}, DripEvery: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	pub := p.Publications()[0]
	a := pub.Publish(time.Now())
	c := &http.Client{Transport: &http.Transport{}}
	defer c.CloseIdleConnections()
	for _, f := range []Fault{Hang, Refused, Cut} {
		pub.Break(f)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, _, err := try(ctx, c, a.URL); err == nil {
			t.Errorf("%s: no error", f)
		}
		cancel()
		pub.Mend()
	}
	pub.Break(Drip)
	if _, body := get(t, c, pub.BaseURL+"/contacts"); !bytes.Contains(body, []byte("</html>")) {
		t.Error("a dripped page does not arrive")
	}
	pub.Mend()
	// Close must end what hangs.
	pub.Break(Hang)
	done, before := make(chan error), len(p.Requests())
	go func() {
		_, _, err := try(t.Context(), c, a.URL)
		done <- err
	}()
	for len(p.Requests()) == before {
		time.Sleep(time.Millisecond)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("a hanging request was answered")
	}
	if _, _, err := try(t.Context(), c, a.URL); err == nil {
		t.Error("a closed press answers")
	}
}
