package cell

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"chapar/fetcher"
	"chapar/normalize"
)

// TestMain lets the test binary be the program that a pool starts. One with an odd limit of memory reads without any
// guard of ours.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == Command {
		memory, _ := strconv.ParseInt(os.Args[2], 10, 64)
		cpu, _ := time.ParseDuration(os.Args[3])
		readers := Own()
		if memory%2 == 1 {
			readers = bare()
		}
		if Serve(os.Stdin, os.Stdout, Limits{memory, cpu}, readers) != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// bare are the libraries as they are.
func bare() Readers {
	return Readers{
		Paper: func(p fetcher.Paper) (fetcher.Reading, error) {
			switch string(p.Body[:min(len(p.Body), 5)]) {
			case "panic":
				panic("as asked")
			case "sleep":
				time.Sleep(time.Minute)
			}
			f, err := gofeed.NewParser().Parse(bytes.NewReader(p.Body))
			if err != nil {
				return fetcher.Reading{}, &fetcher.Failure{Class: fetcher.Soft, Outcome: fetcher.NotAFeed, Err: err}
			}
			return fetcher.Reading{Title: f.Title}, nil
		},
		Page: func(raw normalize.Raw) (normalize.Extract, error) {
			doc, err := html.Parse(bytes.NewReader(raw.Body))
			if err != nil {
				return normalize.Extract{}, err
			}
			var b bytes.Buffer
			err = html.Render(&b, doc)
			return normalize.Extract{Text: strconv.Itoa(b.Len())}, err
		},
	}
}

const mib = 1 << 20

func pool(t testing.TB, o Options) *Pool {
	t.Helper()
	if o.Memory == 0 {
		o.Memory = 256 * mib
	}
	if o.CPU == 0 {
		o.CPU = 5 * time.Second
	}
	if o.Wall == 0 {
		o.Wall = time.Minute
	}
	if o.Most == 0 {
		o.Most = 2
	}
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	p := NewPool(o)
	t.Cleanup(p.Close)
	return p
}

const feed = `<rss version="2.0"><channel><title>Courier</title><item><title>Ferry &amp; bridge</title><link>https://courier.example/1</link>
<pubDate>Mon, 02 Nov 2026 10:00:00 +0500</pubDate><description>One &lt;b&gt;line&lt;/b&gt;.</description></item></channel></rss>`

type textual struct {
	cascadia.Selector
	text string
}

func (s textual) String() string { return s.text }

func selector(text string) goquery.Matcher { return textual{cascadia.MustCompile(text), text} }

// A cell says what the readers say in this process.
func TestSame(t *testing.T) {
	p := pool(t, Options{})
	zone, err := time.LoadLocation("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	listing := "<html><head><title>News</title></head><body>" + strings.Repeat("<h2 class=t><a href='/2026/11/02/a-ferry-is-late-again-today'>A ferry is late again today</a></h2>", 3)
	for _, d := range []fetcher.Paper{
		{Kind: fetcher.KindFeed, Body: []byte(feed), ContentType: "text/xml", URL: "https://courier.example/rss", Zone: zone},
		{Kind: fetcher.KindFeed, Body: []byte("<html><title>Not here"), URL: "https://courier.example/rss"},
		{Kind: fetcher.KindSitemap, Body: []byte("<urlset><url><loc>https://courier.example/a</loc><lastmod>2026-11-02T10:00</lastmod></url></urlset>"), URL: "https://courier.example/s.xml", Zone: zone},
		{Kind: fetcher.KindPage, Body: []byte(listing), URL: "https://courier.example/", Links: selector("h2.t a")},
		{Kind: fetcher.KindPage, Body: []byte(listing), URL: "https://courier.example/", Links: selector("h3 a")},
		{Kind: fetcher.KindPage, Body: []byte("<i>today</i>" + listing + "<a rel=next href='/page/3'>"), URL: "https://courier.example/page/2", At: time.Date(2026, 11, 2, 20, 0, 0, 0, time.UTC), Zone: zone, Part: 2},
		{Kind: fetcher.KindURL, Body: []byte(listing), URL: "https://courier.example/"},
	} {
		want, wantErr := d.Read()
		got, err := p.Read(t.Context(), d)
		if words(err) != words(wantErr) || !reflect.DeepEqual(instants(got), instants(want)) {
			t.Errorf("%s %.30q:\n got %+v, %v\nwant %+v, %v", d.Kind, d.Body, got, err, want, wantErr)
		}
		if wantErr != nil {
			a, b := new(fetcher.Failure), new(fetcher.Failure)
			if !errors.As(err, &a) || !errors.As(wantErr, &b) || a.Class != b.Class || a.Outcome != b.Outcome || a.Reached != b.Reached {
				t.Errorf("%s: failure %+v, want %+v", d.Kind, a, b)
			}
		}
	}
	text := strings.Repeat("<p>The ferry over the river came two hours late on Monday, and the guild of bridge builders said so in a long letter.</p>", 12)
	for _, raw := range []normalize.Raw{
		{URL: "https://courier.example/1", Body: []byte("<html><head><title>Ferry late</title></head><body><h1>Ferry late</h1><time>2 November 2026 10:00</time><article>" + text + "<aside class=x>Read also</aside></article>"),
			Hint: normalize.Hint{Title: "Ferry late", Zone: zone, Seen: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)}, Rules: normalize.Rules{Body: selector("article"), Remove: []goquery.Matcher{selector("aside.x")}}},
		{URL: "https://courier.example/2", Body: []byte("%PDF-1.4 something")},
		{URL: "https://courier.example/3", Body: []byte("<p>Two words.</p>"), Fragment: true},
		{URL: "https://courier.example/4", Body: []byte("<title>Just a moment...</title><body>Enable JavaScript and cookies to continue")},
	} {
		want, wantErr := Own().Page(raw)
		got, err := p.Extract(t.Context(), raw)
		if words(err) != words(wantErr) || words(got.Verdict) != words(want.Verdict) {
			t.Errorf("%s: error %v, verdict %v, want %v, %v", raw.URL, err, got.Verdict, wantErr, want.Verdict)
		}
		for _, kind := range refusals {
			if errors.Is(err, kind) != errors.Is(wantErr, kind) || errors.Is(got.Verdict, kind) != errors.Is(want.Verdict, kind) {
				t.Errorf("%s: a cell sees %v otherwise", raw.URL, kind)
			}
		}
		got.Verdict, want.Verdict = nil, nil
		if !reflect.DeepEqual(instants(got), instants(want)) {
			t.Errorf("%s:\n got %+v\nwant %+v", raw.URL, got, want)
		}
	}
}

func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// instants gives a value with its times in UTC, as equal ones may differ in what they point to.
func instants[T any](v T) T {
	utc(reflect.ValueOf(&v).Elem())
	return v
}

func utc(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if at, ok := v.Addr().Interface().(*time.Time); ok {
			*at = at.UTC()
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				utc(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			utc(v.Index(i))
		}
	}
}

// TestWire: no field is lost on the way, and one that is added to any of the types is noticed here.
func TestWire(t *testing.T) {
	var d fetcher.Paper
	fill(t, reflect.ValueOf(&d).Elem(), 1)
	q, err := paperOf(d)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	var back question
	var in, out []byte
	if err := send(&b, question{Paper: q}, d.Body, &out); err != nil {
		t.Fatal(err)
	}
	body, err := receive(&b, &back, mostBody, &in)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := back.Paper.open(body); err != nil || !same(got, d) {
		t.Errorf("paper: got %+v, want %+v (%v)", got, d, err)
	}

	var raw normalize.Raw
	fill(t, reflect.ValueOf(&raw).Elem(), 1)
	pq, err := pageOf(raw)
	if err != nil {
		t.Fatal(err)
	}
	back = question{}
	if err := send(&b, question{Page: pq}, raw.Body, &out); err != nil {
		t.Fatal(err)
	}
	if body, err = receive(&b, &back, mostBody, &in); err != nil {
		t.Fatal(err)
	}
	if got, err := back.Page.open(body); err != nil || !same(got, raw) {
		t.Errorf("page: got %+v, want %+v (%v)", got, raw, err)
	}

	var read fetcher.Reading
	fill(t, reflect.ValueOf(&read).Elem(), 1)
	var x normalize.Extract
	fill(t, reflect.ValueOf(&x).Elem(), 1)
	x.Verdict = normalize.ErrChallenge
	if err := send(&b, answer{Reading: &read, Extract: extractOf(x, normalize.ErrEmpty)}, nil, &out); err != nil {
		t.Fatal(err)
	}
	var a answer
	if _, err := receive(&b, &a, 0, &in); err != nil {
		t.Fatal(err)
	}
	if !same(*a.Reading, read) {
		t.Errorf("reading: got %+v, want %+v", *a.Reading, read)
	}
	got, err := a.Extract.open()
	if !errors.Is(err, normalize.ErrEmpty) || !errors.Is(got.Verdict, normalize.ErrChallenge) {
		t.Errorf("error %v, verdict %v", err, got.Verdict)
	}
	got.Verdict, x.Verdict = nil, nil
	if !same(got, x) {
		t.Errorf("extract: got %+v, want %+v", got, x)
	}
}

// same compares what was filled: selectors by their text.
func same(a, b any) bool {
	text := func(v any) string {
		var s strings.Builder
		print(&s, reflect.ValueOf(v))
		return s.String()
	}
	return text(a) == text(b)
}

func print(s *strings.Builder, v reflect.Value) {
	switch {
	case !v.IsValid():
		s.WriteString("nil ")
	case v.Type() == reflect.TypeFor[time.Time]():
		s.WriteString(v.Interface().(time.Time).UTC().String() + " ")
	case v.Type() == reflect.TypeFor[*time.Location]():
		s.WriteString(v.Interface().(*time.Location).String() + " ")
	case v.Kind() == reflect.Interface:
		s.WriteString(strconv.FormatBool(v.IsNil()) + " ")
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			s.WriteString(v.Type().Field(i).Name + "=")
			print(s, v.Field(i))
		}
	case v.Kind() == reflect.Slice:
		s.WriteString("[")
		for i := range v.Len() {
			print(s, v.Index(i))
		}
		s.WriteString("] ")
	case v.Kind() == reflect.String:
		s.WriteString(strconv.Quote(v.String()) + " ")
	case v.CanInt():
		s.WriteString(strconv.FormatInt(v.Int(), 10) + " ")
	case v.CanUint():
		s.WriteString(strconv.FormatUint(v.Uint(), 10) + " ")
	case v.Kind() == reflect.Bool:
		s.WriteString(strconv.FormatBool(v.Bool()) + " ")
	default:
		s.WriteString("? ")
	}
}

// fill sets every field to something.
func fill(t *testing.T, v reflect.Value, n int) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 11, n, 1, 2, 3, 4, time.UTC)))
	case v.Type() == reflect.TypeFor[*time.Location]():
		zone, err := time.LoadLocation("Asia/Tashkent")
		if err != nil {
			t.Fatal(err)
		}
		v.Set(reflect.ValueOf(zone))
	case v.Type() == reflect.TypeFor[goquery.Matcher]():
		v.Set(reflect.ValueOf(selector("p.c" + strconv.Itoa(n))))
	case v.Type() == reflect.TypeFor[error](), v.Type() == reflect.TypeFor[*normalize.Recurrence](): // no reader needs it
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), n+i)
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), n)
		fill(t, v.Index(1), n+1)
	case v.Kind() == reflect.String:
		v.SetString("text " + strconv.Itoa(n))
	case v.CanInt():
		v.SetInt(int64(n))
	case v.CanUint():
		v.SetUint(uint64(n))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("there is a field of the type %s, which is not known to go over the wire", v.Type())
	}
}

// TestBare: whatever the libraries would do with it, the document alone is lost.
func TestBare(t *testing.T) {
	l := Limits{256*mib - 1, 2 * time.Second}
	for _, k := range killers() {
		if !k.short && os.Getenv("CHAPAR_LONG") != "1" {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			c, err := start(l)
			if err != nil {
				t.Fatal(err)
			}
			const wall = time.Minute
			began := time.Now()
			body := []byte(k.body())
			q := question{Page: &page{}}
			if k.kind == fetcher.KindFeed {
				q = question{Paper: &paper{Kind: k.kind}}
			}
			_, err = c.ask(t.Context(), wall, q, body)
			why := c.end()
			usage := c.cmd.ProcessState.SysUsage().(*syscall.Rusage)
			used := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
			verdict := "read"
			if err != nil {
				f := c.failure(why, wall)
				if verdict = f.Error(); f.Outcome != fetcher.TooCostly {
					t.Errorf("it is not told what it died of: %v", f)
				}
			}
			t.Logf("%d KiB: %s; %d MiB, %v of the processor, %v", len(body)>>10, verdict, usage.Maxrss>>10, used.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
			if usage.Maxrss > 256<<10 || used > 5*time.Second {
				t.Errorf("it took %d KiB and %v", usage.Maxrss, used)
			}
		})
	}
}

// TestScans: the scans in front of the parsers hold without a cell around them. What is refused is named, and what is
// read costs as much as a document of that size may.
func TestScans(t *testing.T) {
	for _, k := range killers() {
		t.Run(k.name, func(t *testing.T) {
			body := []byte(k.body())
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := processor(t)
			var err error
			if k.kind == fetcher.KindFeed {
				_, err = Own().Paper(fetcher.Paper{Kind: k.kind, Body: body, URL: "https://courier.example/rss"})
			} else {
				_, err = Own().Page(normalize.Raw{URL: "https://courier.example/1", Body: body})
				if _, err := Own().Paper(fetcher.Paper{Kind: k.kind, Body: body, URL: "https://courier.example/"}); err == nil {
					t.Error("links of articles were found")
				}
			}
			used := processor(t) - began
			runtime.ReadMemStats(&after)
			made, grown := (after.TotalAlloc-before.TotalAlloc)/mib, (int64(after.HeapSys)-int64(before.HeapSys))/mib
			t.Logf("%d KiB: %v; %d MiB made, heap grown by %d MiB, %v of the processor", len(body)>>10, err, made, grown, used)
			if made > 1024 || grown > 256 || used > 15*time.Second {
				t.Errorf("it took %d MiB, %d of them new to the heap, and %v", made, grown, used)
			}
		})
	}
}

// processor is the time that this process has used.
func processor(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestPool: what becomes of a cell, and that the next document is read all the same.
func TestPool(t *testing.T) {
	p := pool(t, Options{Limits: Limits{192*mib - 1, time.Second}, Wall: 5 * time.Second, Most: 1})
	read := func(ctx context.Context, body string) error {
		_, err := p.Read(ctx, fetcher.Paper{Kind: fetcher.KindFeed, Body: []byte(body)})
		return err
	}
	fine := func() {
		t.Helper()
		if err := read(t.Context(), feed); err != nil {
			t.Fatalf("the next document is not read: %v", err)
		}
	}
	fine()
	first := p.idle[0].cmd.Process.Pid
	fine()
	if pid := p.idle[0].cmd.Process.Pid; pid != first {
		t.Error("a cell that is well is not used again")
	}

	f := new(fetcher.Failure)
	if err := read(t.Context(), "panic"); !errors.As(err, &f) || f.Outcome != fetcher.Internal {
		t.Errorf("a parser that stumbles: %v", err)
	}
	fine()
	if err := read(t.Context(), "sleep"); !errors.As(err, &f) || f.Outcome != fetcher.TooCostly || f.Class != fetcher.Temporary || !strings.Contains(f.Error(), KeyTime) {
		t.Errorf("a parser that does not end: %v", err)
	}
	fine()

	// One that was killed while it waited is not the document's fault.
	if err := p.idle[0].cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	fine()

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := read(ctx, "sleep"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's end: %v", err)
	}
	fine()

	p.Set(Limits{256*mib - 1, 3 * time.Second}, time.Minute, fetcher.Shape{})
	if len(p.idle) != 0 {
		t.Error("cells with the old limits wait on")
	}
	fine()
}

// A page costs so much more when it is read by a cell.
func BenchmarkExtract(b *testing.B) {
	text := strings.Repeat("<div class=c><p>The ferry over the river came two hours late on Monday, and the guild of bridge builders said so in a long letter.</p></div>\n", 150)
	raw := normalize.Raw{URL: "https://courier.example/1", Body: []byte("<html><head><title>Ferry late</title></head><body><h1>Ferry late</h1><article>" + text + "</article>" + strings.Repeat("<ul><li><a href='/x'>Elsewhere</a></li></ul>", 600))}
	for name, extract := range map[string]func(context.Context, normalize.Raw) (normalize.Extract, error){
		"here": func(_ context.Context, r normalize.Raw) (normalize.Extract, error) { return Own().Page(r) },
		"cell": pool(b, Options{}).Extract,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := extract(b.Context(), raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAnswerWithoutBody: what a cell answers has no body; one that claims to have one is not believed, and takes no memory.
func TestAnswerWithoutBody(t *testing.T) {
	var b bytes.Buffer
	if err := send(&b, answer{Last: true}, make([]byte, 1<<20), new([]byte)); err != nil {
		t.Fatal(err)
	}
	var a answer
	var room []byte
	if _, err := receive(&b, &a, 0, &room); !errors.Is(err, errTooLong) {
		t.Errorf("an answer with a body: %v", err)
	}
}
