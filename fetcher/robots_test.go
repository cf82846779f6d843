package fetcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestProductToken(t *testing.T) {
	for in, want := range map[string]string{
		"chapar/0.1 (+https://chapar.test)": "chapar",
		"Chapar":                            "chapar",
		"News-Bot_x/2":                      "news-bot_x",
		"news bot/2":                        "news",
		"2bot/1":                            "2bot",
	} {
		if got := productToken(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestRobotsRules(t *testing.T) {
	check := func(name, text, allowed, forbidden string) {
		t.Helper()
		rules := parseRobots([]byte(text), "chapar")
		for want, paths := range map[bool]string{true: allowed, false: forbidden} {
			for _, path := range strings.Fields(paths) {
				u, err := url.Parse("http://a.test" + path)
				if err != nil {
					t.Fatal(err)
				}
				if got := permits(rules, u); got != want {
					t.Errorf("%s: %s is allowed: %v, want %v", name, path, got, want)
				}
			}
		}
	}
	const us = "User-agent: chapar\n"

	// Groups.
	check("no file", "", "/ /a", "")
	check("no group for us", "User-agent: other\nDisallow: /", "/ /a", "")
	check("all", "User-agent: *\nDisallow: /", "/robots.txt", "/ /a /robots.txt.old")
	check("nothing", "User-agent: *\nDisallow:", "/ /a", "")
	check("ours before all", "User-agent: *\nDisallow: /\n\nUser-agent: chapar\nDisallow: /x", "/ /a", "/x /xy")
	check("ours before all, in the other order", us+"Disallow: /x\nUser-agent: *\nDisallow: /", "/ /a", "/x")
	check("ours is empty", "User-agent: *\nDisallow: /\nUser-agent: chapar", "/ /a", "")
	check("several names", "User-agent: other\nUser-agent: chapar\nDisallow: /x\n", "/", "/x")
	check("several groups of ours", us+"Disallow: /x\nUser-agent: other\nDisallow: /o\nUser-agent: chapar\nDisallow: /y", "/o", "/x /y")
	check("several groups for all", "User-agent: *\nDisallow: /x\nUser-agent: other\nDisallow: /o\nUser-agent: *\nDisallow: /y", "/o", "/x /y")
	check("ours together with all", "User-agent: chapar\nUser-agent: *\nDisallow: /x\nUser-agent: *\nDisallow: /y", "/y", "/x")
	check("case of the name", "USER-AGENT: ChaPar\nDISALLOW: /x", "/X", "/x")
	check("version in the name", "User-agent: chapar/0.1\nDisallow: /x", "/", "/x")
	check("words after the name", "User-agent: chapar bot\nDisallow: /x", "/", "/x")
	check("longer name", "User-agent: chaparral\nDisallow: /x\nUser-agent: chap\nDisallow: /y", "/x /y", "")
	check("rules before any group", "Disallow: /\n"+us+"Disallow: /x", "/", "/x")
	check("other lines do not end a group", us+"Sitemap: http://a.test/s.xml\nCrawl-delay: 9\nUser-agent: other\nDisallow: /x", "/", "/x")
	check("blank lines do not end a group", us+"\n\nDisallow: /x\n\nDisallow: /y", "/", "/x /y")
	check("a name with the words of the star", "User-agent: *bot\nDisallow: /", "/", "")

	// Lines.
	check("ends of lines", "User-agent: chapar\r\nDisallow: /x\rDisallow: /y\nDisallow: /z", "/", "/x /y /z")
	check("byte order mark", "\xEF\xBB\xBFUser-agent: chapar\nDisallow: /x", "/", "/x")
	check("blanks", "  User-agent :\t chapar  \n\t Disallow\t:  /x \t\n", "/", "/x")
	check("comments", "# all\nUser-agent: chapar # us\nDisallow: /x # not this\n#Disallow: /y", "/y", "/x")
	check("comment in a path", us+"Disallow: /x#y\n", "/", "/x /xz")
	check("no colon", "User-agent chapar\nDisallow /x", "/", "/x")
	check("usual misspellings", "useragent: chapar\nDissallow: /x", "/", "/x")
	check("junk", "<html>\x00\xff\n: /\n::\nDisallow\n"+us+"Disallow: /x\nFoo: /", "/", "/x")

	// The longest match wins, and Allow where two are equally long.
	check("longest", us+"Disallow: /a\nAllow: /a/b\nDisallow: /a/b/c", "/ /a/b /a/b/d", "/a /a/x /a/b/c /a/b/cd")
	check("longest, order does not count", us+"Allow: /a/b\nDisallow: /a/b/c\nDisallow: /a", "/a/b", "/a /a/b/c")
	check("equal", us+"Disallow: /a\nAllow: /a", "/a /ab", "")
	check("equal, by length only", us+"Allow: /page\nDisallow: /*age", "/page", "/xage")
	check("allow a file in a forbidden folder", us+"Disallow: /\nAllow: /feed.xml", "/feed.xml /feed.xml?a", "/ /feed")
	check("case of the path", us+"Disallow: /Path", "/path", "/Path")
	check("query", us+"Disallow: /a?b=1", "/a /a?c=1&b=1", "/a?b=1 /a?b=12")
	check("no slash", us+"Disallow: secret", "/ /secret", "")
	check("semicolon", us+"Disallow: /a;b", "/a", "/a;b")

	// Special characters.
	check("star", us+"Disallow: /*.pdf", "/a /pdf", "/a.pdf /a/b.pdf /a.pdf?x /.pdfx")
	check("star first", us+"Disallow: *.pdf", "/a", "/a.pdf")
	check("star last", us+"Disallow: /fish*", "/fis", "/fish /fish/a /fisherman")
	check("stars", us+"Disallow: /a*b**c", "/a/b /a/c/b", "/abc /a1b2c3 /a/b/c")
	check("star is nothing too", us+"Disallow: /a*/b", "/ab", "/a/b /ax/b")
	check("end", us+"Disallow: /*.php$", "/a.php5 /a.php?x /a.phps", "/a.php /b/c.php")
	check("end without star", us+"Disallow: /a$", "/ab /a/ /a?", "/a")
	check("only the front page", us+"Disallow: /\nAllow: /$", "/", "/a /?a")
	check("end after star", us+"Disallow: /a*$", "/b", "/a /ab")
	check("the last piece does not overlap", us+"Disallow: /ab*b$", "/ab", "/abb /abxb")
	check("any query", us+"Disallow: /*?", "/a", "/a? /a?b /?b")
	check("dollar in the middle", us+"Disallow: /a$b", "/a /ab", "/a$b /a%24b")
	check("literal star and dollar", us+"Disallow: /a%2Ab\nDisallow: /c%24", "/axb /c", "/a*b /a%2ab /c$ /c%24x")

	// Percent-encoding.
	check("unreserved", us+"Disallow: /%62%61%7A/%7e", "/b", "/baz/~ /b%61z/%7E")
	check("unreserved in the address", us+"Disallow: /baz", "/ba", "/%62%61%7A")
	check("case of hex digits", us+"Disallow: /a%3cd", "/a", "/a%3Cd /a%3cd /a<d")
	check("reserved stays", us+"Disallow: /a%2Fb\nDisallow: /c/d", "/a/b /c%2Fd", "/a%2fb /c/d")
	check("letters of the world", us+"Disallow: /жаңалық\nDisallow: /%E3%83%84", "/", "/жаңалық /%D0%B6%D0%B0%D2%A3%D0%B0%D0%BB%D1%8B%D2%9B /ツ /%e3%83%84")
	check("address in a query", us+"Disallow: /a?u=http://b.test\nDisallow: /c?u=http%3A%2F%2Fb.test", "/a?u=x",
		"/a?u=http://b.test /a?u=http%3A%2F%2Fb.test /c?u=http://b.test /c?u=http%3a%2f%2fb.test")
	check("broken encoding", us+"Disallow: /a%zz%4", "/a", "/a%zz%4"[:0])
	check("blank in a path", us+"Disallow: /a b", "/a", "/a%20b")
}

func TestRobotsReadsNoMoreThanItsLimit(t *testing.T) {
	text := "User-agent: *\nDisallow: /x\n" + strings.Repeat("#", robotsBytes-40) + "\nDisallow: /yes\n"
	text = text[:robotsBytes-2] + "Disallow: /late\n"
	at := func(path string) bool {
		return permits(parseRobots([]byte(text), "chapar"), &url.URL{Path: path})
	}
	if at("/x") || !at("/late") || !at("/y") || !at("/") {
		t.Error("the rules are not those before the limit")
	}
}

func TestRobotsKeepsNoRuleLongerThanAnyAddress(t *testing.T) {
	rules := parseRobots([]byte("User-agent: *\nDisallow: /"+strings.Repeat("x", 4*longestURL)+"\nDisallow: /x"), "chapar")
	if len(rules) != 1 || rules[0].pattern != "/x" {
		t.Errorf("%d rules are kept, want 1", len(rules))
	}
}

func TestRobotsIsQuick(t *testing.T) {
	long := "/" + strings.Repeat("a", longestURL-2) + "c"
	u := &url.URL{Path: long}
	for name, line := range map[string]string{
		"one rule of stars": "Disallow: /" + strings.Repeat("*", 1<<20) + "b",
		"one long rule":     "Disallow: /" + strings.Repeat("*a", 1<<19) + "b",
		"many pieces":       strings.Repeat("Disallow: /"+strings.Repeat("*a", 2000)+"*b$\n", 300),
		"many short rules":  strings.Repeat("Disallow: /*a*b\n", 1<<16),
		"no lines":          strings.Repeat("x", 1<<20),
		"only line ends":    strings.Repeat("\r", 1<<20),
		"many names":        strings.Repeat("User-agent: *\n", 1<<16),
	} {
		start := time.Now()
		rules := parseRobots([]byte("User-agent: *\n"+line), "chapar")
		read := time.Since(start)
		if !permits(rules, u) {
			t.Errorf("%s: forbidden", name)
		}
		// A quick machine needs some milliseconds; the race detector and a busy one some more.
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: took %v to read and %v in all", name, read, took)
		} else {
			t.Logf("%s: %v to read, %v in all", name, read, took)
		}
	}
}

func FuzzRobots(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /a*b$\nAllow: /%61", "/aab?x=http://b")
	f.Add("\xEF\xBB\xBFuser-agent:chapar\rdisallow:*%2a%", "/%zz*$")
	f.Fuzz(func(t *testing.T, text, path string) {
		rules := parseRobots([]byte(text), "chapar")
		for _, r := range rules {
			if again := normalPath(r.pattern, true); again != r.pattern {
				t.Errorf("pattern %q becomes %q", r.pattern, again)
			}
		}
		permits(rules, &url.URL{Path: "/" + path, RawQuery: path})
	})
}

func TestRobotsOnTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{
			"a.test:80": byPath(map[string]http.HandlerFunc{
				"/robots.txt": reply(200, "User-agent: chapar\nDisallow: /private"),
				"/out":        reply(302, "", "Location", "http://b.test/private"),
				"/in":         reply(302, "", "Location", "/private"),
				"/ok":         reply(200, "x"),
			}),
			"a.test:8080": reply(200, "x"),
			"b.test:80":   byPath(map[string]http.HandlerFunc{"/private": reply(200, "x")}),
		})
		c := n.client(func(o *ClientOptions) { o.Robots = true })
		get := func(url string) error {
			_, err := c.Get(t.Context(), Request{URL: url, Header: http.Header{"X-Token": {"secret"}}})
			return err
		}
		if f := wantFailure(t, get("http://a.test/private"), Hard, Robots, true); f.Unsent {
			t.Error("robots.txt was asked for, but unsent is set")
		}
		if f := wantFailure(t, get("http://a.test/private/x"), Hard, Robots, true); !f.Unsent {
			t.Error("nothing was sent, but unsent is not set")
		}
		wantFailure(t, get("http://a.test/in"), Hard, Robots, true)
		for _, url := range []string{"http://a.test/ok", "http://a.test/out", "http://a.test:8080/private"} {
			if err := get(url); err != nil {
				t.Errorf("%s: %v", url, err)
			}
		}
		want := "a.test:80/robots.txt a.test:80/in a.test:80/ok a.test:80/out b.test:80/robots.txt b.test:80/private a.test:8080/robots.txt a.test:8080/private"
		if got := n.paths(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		for _, v := range n.seen() {
			if v.path == "/robots.txt" && v.header["X-Token"] != nil {
				t.Error("robots.txt was asked for with the source's headers")
			}
		}
	})
}

func TestRobotsAnswers(t *testing.T) {
	forbid := reply(200, "User-agent: *\nDisallow: /")
	to := func(location string) http.HandlerFunc { return reply(301, "", "Location", location) }
	hops := func(path string, r *http.Request) (left int) {
		fmt.Sscanf(r.URL.Path, path, &left)
		return left
	}
	chain := func(length int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			left := hops("/hop/%d", r)
			if r.URL.Path == "/robots.txt" {
				left = length
			}
			if left == 0 {
				forbid(w, r)
				return
			}
			to(fmt.Sprintf("/hop/%d", left-1))(w, r)
		}
	}
	large := reply(200, "User-agent: *\nDisallow: /\n"+strings.Repeat("# nothing more\n", 1<<16))
	for name, c := range map[string]struct {
		robots http.HandlerFunc
		class  Class
		out    Outcome // "" is allowed
	}{
		"200":                {forbid, Hard, Robots},
		"200 that is large":  {large, Hard, Robots},
		"204":                {reply(204, ""), 0, ""},
		"404":                {reply(404, "User-agent: *\nDisallow: /"), 0, ""},
		"401":                {reply(401, ""), 0, ""},
		"403":                {reply(403, ""), 0, ""},
		"410":                {reply(410, ""), 0, ""},
		"429":                {reply(429, ""), Temporary, TooMany},
		"500":                {reply(500, ""), Temporary, RobotsDown},
		"503":                {reply(503, ""), Temporary, RobotsDown},
		"5 redirects":        {chain(5), Hard, Robots},
		"6 redirects":        {chain(6), 0, ""},
		"to itself":          {to("/robots.txt"), 0, ""},
		"to nowhere":         {reply(302, ""), 0, ""},
		"to a file":          {to("file:///robots.txt"), 0, ""},
		"to another host":    {to("http://b.test/rules"), Hard, Robots},
		"to a missing page":  {to("http://b.test/none"), 0, ""},
		"to a failing page":  {to("http://b.test/broken"), Temporary, RobotsDown},
		"to an unknown host": {to("http://nowhere.test/"), Temporary, DNS},
		"bad encoding":       {reply(200, "x", "Content-Encoding", "br"), Temporary, RobotsDown},
		"cut": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "99")
			io.WriteString(w, "x")
		}, Temporary, RobotsDown},
		"too slow": {slow(time.Hour), Temporary, Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newMemoryNet(t, map[string]any{
					"a.test:80": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.URL.Path == "/page" {
							reply(200, "x")(w, r)
							return
						}
						c.robots(w, r)
					}),
					"b.test:80": byPath(map[string]http.HandlerFunc{"/rules": forbid, "/broken": reply(500, "")}),
				})
				client := n.client(func(o *ClientOptions) { o.Robots = true })
				_, err := client.Get(t.Context(), Request{URL: "http://a.test/page"})
				if c.out == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				wantFailure(t, err, c.class, c.out, c.out != DNS && c.out != Timeout)
				if strings.Contains(n.paths(), "/page") {
					t.Error("the page was asked for")
				}
			})
		})
	}
}

func TestRobotsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		healed, rests := false, "7200"
		n := newMemoryNet(t, map[string]any{"a.test:80": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !healed {
				reply(503, "", "Retry-After", rests)(w, r)
			}
		})})
		c := n.client(func(o *ClientOptions) { o.Robots = true })
		get := func() error {
			_, err := c.Get(t.Context(), Request{URL: "http://a.test/page"})
			return err
		}
		f := wantFailure(t, get(), Temporary, RobotsDown, true)
		if left := time.Until(f.NotBefore); left != 2*time.Hour || !c.Paused("a.test:80").Equal(f.NotBefore) {
			t.Errorf("not before %v from now, want 2h", left)
		}
		time.Sleep(time.Hour)
		if f := wantFailure(t, get(), Temporary, TooMany, true); !f.Unsent {
			t.Error("something was sent in the rest")
		}
		time.Sleep(time.Hour)
		rests = "60"
		wantFailure(t, get(), Temporary, RobotsDown, true)
		time.Sleep(time.Minute)
		if f := wantFailure(t, get(), Temporary, RobotsDown, true); !f.Unsent || !f.NotBefore.IsZero() {
			t.Errorf("after the rest, within our own pause: unsent %v, not before %v", f.Unsent, f.NotBefore)
		}
		healed = true
		time.Sleep(8 * time.Minute)
		if err := get(); err != nil {
			t.Error(err)
		}
	})
}

func TestRobotsIsKeptForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hosts := map[string]any{}
		for host, control := range map[string]string{"a": "", "b": "max-age=7200", "c": "no-cache, max-age=0", "d": "public, max-age=99999999", "e": `max-age="7200"`, "f": "max-age=x"} {
			hosts[host+".test:80"] = reply(200, "", "Cache-Control", control)
		}
		n := newMemoryNet(t, hosts)
		c := n.client(func(o *ClientOptions) { o.Robots, o.PerHostDelay = true, 0 })
		for range 24 * 12 {
			for host := range hosts {
				if _, err := c.Get(t.Context(), Request{URL: "http://" + host + "/page"}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(5 * time.Minute)
		}
		times := map[string]int{}
		for _, v := range n.seen() {
			if v.path == "/robots.txt" {
				times[v.host[:1]]++
			}
		}
		if got, want := fmt.Sprint(times), fmt.Sprint(map[string]int{"a": 1, "b": 12, "c": 24, "d": 1, "e": 12, "f": 1}); got != want {
			t.Errorf("robots.txt was asked for %v times in a day, want %v", got, want)
		}
	})
}

// While robots.txt fails nothing is allowed, and it is asked for with growing pauses only.
func TestRobotsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		n := newMemoryNet(t, map[string]any{"a.test:80": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if broken {
				w.WriteHeader(500)
			}
		})})
		c := n.client(func(o *ClientOptions) { o.Robots, o.PerHostDelay, o.Bounds = true, 0, Bounds{time.Minute, time.Hour} })
		get := func() error {
			_, err := c.Get(t.Context(), Request{URL: "http://a.test/page"})
			return err
		}
		for range 4 * 60 * 2 {
			wantFailure(t, get(), Temporary, RobotsDown, true)
			time.Sleep(30 * time.Second)
		}
		visits := n.seen()
		for i := 1; i < len(visits); i++ {
			gap, before := visits[i].at.Sub(visits[i-1].at), time.Minute
			if i > 1 {
				before = visits[i-1].at.Sub(visits[i-2].at)
			}
			if gap < before || gap > time.Hour || visits[i].path != "/robots.txt" {
				t.Errorf("request %d for %s came %v after the one before, that %v", i, visits[i].path, gap, before)
			}
		}
		if len(visits) < 8 || len(visits) > 11 {
			t.Errorf("%d requests in 4 hours", len(visits))
		}
		broken = false
		time.Sleep(time.Hour)
		if err := get(); err != nil {
			t.Error(err)
		}
	})
}

func TestRobotsDownForAMonth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		robots := func(w http.ResponseWriter, r *http.Request) {
			if r.Host == "old.test" && time.Since(start) < time.Hour {
				io.WriteString(w, "User-agent: *\nDisallow: /x")
				return
			}
			w.WriteHeader(502)
		}
		page := byPath(map[string]http.HandlerFunc{"/robots.txt": robots, "/x": reply(200, ""), "/y": reply(200, "")})
		n := newMemoryNet(t, map[string]any{"old.test:80": page, "new.test:80": page})
		c := n.client(func(o *ClientOptions) { o.Robots = true })
		get := func(url string) error {
			_, err := c.Get(t.Context(), Request{URL: url})
			return err
		}
		if err := get("http://old.test/y"); err != nil {
			t.Fatal(err)
		}
		for time.Since(start) < 31*24*time.Hour {
			time.Sleep(12 * time.Hour)
			if since := time.Since(start); since > 24*time.Hour && since < 30*24*time.Hour {
				wantFailure(t, get("http://old.test/y"), Temporary, RobotsDown, true)
				wantFailure(t, get("http://new.test/y"), Temporary, RobotsDown, true)
			}
		}
		time.Sleep(24 * time.Hour)
		for _, url := range []string{"http://old.test/y", "http://new.test/y", "http://new.test/x"} {
			if err := get(url); err != nil {
				t.Errorf("%s: %v", url, err)
			}
		}
		wantFailure(t, get("http://old.test/x"), Hard, Robots, true) // the last copy holds
	})
}

// The network being down is told as such, is asked again after the least pause, and does not make later pauses longer.
func TestRobotsUnreached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		n := newMemoryNet(t, map[string]any{"a.test:80": reply(200, "")})
		c := n.client(func(o *ClientOptions) {
			o.Robots = true
			dial := o.Dial
			o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if down {
					return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("network is unreachable")}
				}
				return dial(ctx, network, addr)
			}
		})
		get := func() error {
			_, err := c.Get(t.Context(), Request{URL: "http://a.test/page"})
			return err
		}
		for range 20 {
			if f := wantFailure(t, get(), Temporary, Connect, false); f.Unsent {
				t.Error("it was not tried")
			}
			if f := wantFailure(t, get(), Temporary, Connect, false); !f.Unsent {
				t.Error("it was tried twice")
			}
			time.Sleep(5 * time.Minute)
		}
		down = false
		if err := get(); err != nil {
			t.Error(err)
		}
	})
}

func TestRobotsIsAskedOnceByMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemoryNet(t, map[string]any{"a.test:80": slow(time.Second)})
		c := n.client(func(o *ClientOptions) { o.Robots = true })
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := c.Get(t.Context(), Request{URL: "http://a.test/page"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := strings.Count(n.paths(), "robots.txt"); got != 1 {
			t.Errorf("robots.txt was asked for %d times", got)
		}
	})
}

func TestRobotsCopiesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRobots()
		for i := range 3 * manyHosts {
			c := r.hold(fmt.Sprintf("http://h%d:80", i))
			c.until = time.Now().Add(time.Minute)
			r.drop(c)
			time.Sleep(time.Second)
		}
		if len(r.copies) > manyHosts+1 {
			t.Errorf("%d copies are kept", len(r.copies))
		}
	})
}
