package config

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func outlines(body string) string {
	return "<?xml version=\"1.0\"?>\n<opml version=\"2.0\"><head><title>x</title></head><body>\n" + body + "\n</body></opml>\n"
}

// line tells a draft in one.
func line(d Draft) string {
	text := fmt.Sprintf("%d %q", d.Line, d.Name)
	for _, a := range d.Addresses {
		text += fmt.Sprintf(" %s %s", a.Kind, a.URL)
	}
	if len(d.Tags) > 0 {
		text += " " + strings.Join(d.Tags, ",")
	}
	for _, more := range []string{d.ID, d.Language, d.Country, d.Zone} {
		if more != "" {
			text += " " + more
		}
	}
	if d.Disabled {
		text += " disabled"
	}
	return text
}

func TestReadListing(t *testing.T) {
	cyrillic, err := charmap.Windows1251.NewEncoder().String(strings.Replace(outlines(`<outline text="Новости степи" xmlUrl="http://a.example/"/>`), `"1.0"`, `"1.0" encoding="windows-1251"`, 1))
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.Replace(outlines(`<outline text="Жаңалық" xmlUrl="http://a.example/"/>`), `"1.0"`, `"1.0" encoding="UTF-16"`, 1))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		want       []string // drafts, then problems
	}{
		{"one", outlines(`<outline text="A" type="rss" xmlUrl="https://a.example/rss" htmlUrl="https://a.example/" language="ru"/>`), []string{`3 "A" feed https://a.example/rss ru`}},
		{"version 1.0, in capitals", `<OPML version="1.0"><BODY><OUTLINE TEXT="A" XMLURL="https://a.example/rss"/></BODY></OPML>`, []string{`1 "A" feed https://a.example/rss`}},
		{"title before text", outlines(`<outline text="a" title="The A" xmlUrl="https://a.example/rss"/>`), []string{`3 "The A" feed https://a.example/rss`}},
		{"folders", outlines("<outline text='Central Asia'>\n<outline text='Новости &amp; ТВ'><outline text='A' xmlUrl='https://a.example/rss'/></outline>\n<outline text='B' xmlUrl='https://b.example/rss' category='/World/Europe,kz'/>\n</outline>"),
			[]string{`4 "A" feed https://a.example/rss central-asia,новости-тв`, `5 "B" feed https://b.example/rss central-asia,world-europe,kz`}},
		{"the scheme of readers", outlines(`<outline text="A" xmlUrl="feed://a.example/rss"/><outline text="B" xmlUrl="feed:HTTPS://b.example/rss"/>`),
			[]string{`3 "A" feed http://a.example/rss`, `3 "B" feed https://b.example/rss`}},
		{"a page alone", outlines(`<outline text="A" htmlUrl="https://a.example/news"/><outline text="B" type="link" url="https://b.example/"/>`),
			[]string{`3 "A" url https://a.example/news`, `3 "B" url https://b.example/`}},
		{"a bare ampersand and entities", outlines(`<outline text="A &amp; B &eacute; &nosuch; C" xmlUrl="https://a.example/?a=1&b=2&amp;c=3"/>`), []string{`3 "A & B é &nosuch; C" feed https://a.example/?a=1&b=2&c=3`}},
		{"a byte order mark", "\ufeff" + outlines(`<outline text="A" xmlUrl="https://a.example/rss"/>`), []string{`3 "A" feed https://a.example/rss`}},
		{"version 1.1 and a control character", strings.Replace(outlines("<outline text='A\x01B' xmlUrl='https://a.example/rss'/>"), `"1.0"`, `"1.1"`, 1), []string{`3 "A B" feed https://a.example/rss`}},
		{"windows-1251", cyrillic, []string{`3 "Новости степи" feed http://a.example/`}},
		{"windows-1251 that says nothing", strings.Replace(cyrillic, ` encoding="windows-1251"`, "", 1), []string{`3 "Новости степи" feed http://a.example/`}},
		{"utf-16", wide, []string{`3 "Жаңалық" feed http://a.example/`}},
		{"comments", outlines("<outline text='off' isComment='true'><outline text='A' xmlUrl='https://a.example/rss'/></outline>"), []string{`3 "A" feed https://a.example/rss off disabled`}},
		{"unknown types", outlines("<outline text='A' type='XPath' xmlUrl='https://a.example/rss'/>\n<outline text='B' type='include' url='https://b.example/x.opml'/>\n<outline text='C' type='rss'/>\n<outline text='a note'/>\n<outline text='D' xmlUrl='ftp://d.example/'/>"),
			[]string{`f:3:1: the outline "A" is of the unknown type "XPath"; known are rss, atom, rdf, json and link`, "f:4:1: an outline that includes another file is not followed; import the file that it names", `f:5:1: the outline "C" has no address; give it xmlUrl or htmlUrl`, `f:7:1: the address of the outline "D" must begin with https:// or http://; write it such as https://example.org/`}},
		{"a cut file", "<opml><body>\n<outline text='A' xmlUrl='https://a.example/rss'/>\n<outline text='f'>\n<outline text='B' xml", []string{`2 "A" feed https://a.example/rss`, "f:4:1: cannot be read from here on: unexpected EOF; what came before it is taken"}},
		{"an unclosed folder", "<opml><body>\n<outline text='f'>\n<outline text='A' xmlUrl='https://a.example/rss'/>\n", []string{`3 "A" feed https://a.example/rss f`, "f:4:1: the file ends in the middle; what came before it is taken"}},
		{"addresses", "# mine\nhttps://a.example/\n\nfeed://b.example/rss  The B\r\nc.example\n", []string{`2 "" url https://a.example/`, `4 "The B" url http://b.example/rss`, `f:5:1: "c.example" has no scheme; write https://c.example`}},
		{"yaml", "database: x\nsources:\n  - {id: a, feed: 'https://a.example/rss', tags: [t], enabled: no way}\n  - {id: b, page: 'https://b.example/', links: 'h2 a', zone: Asia/Almaty}\n  - {id: c, fed: 'https://c.example/'}\n",
			[]string{`4 "b" page https://b.example/ b`, "f:3:64: sources[0].enabled is neither true nor false; write true or false", `f:5:13: unknown key "fed" in sources[2]; did you mean "feed"?`}},
		{"a bare list", "- id: a\n  feed: ['https://a.example/1', 'https://a.example/2']\n", []string{`1 "a" feed https://a.example/1 feed https://a.example/2 a`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list, err := ReadListing("f", []byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range list.Drafts {
				got = append(got, line(d))
			}
			for _, p := range list.Problems {
				got = append(got, p.Error())
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// TestReadListingRefused: what is no listing at all, and what is made to harm.
func TestReadListingRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "empty",
		"<html><body>x</body></html>":     "no OPML",
		"<rss><channel/></rss>":           "no OPML",
		"<":                               "no OPML",
		"name: x\n":                       "unknown key",
		"sources: []\n---\nsources: []\n": "second document",
		"just a few words":                "no list of sources",
		"\x00\x01\x02\x03":                "no text",
		outlines(strings.Repeat("<outline text='x'>", 65)):            "more than 64 outlines",
		outlines(strings.Repeat("<outline text='x'/>\n", 20001)):      "more than 20000 outlines",
		outlines("<!-- " + strings.Repeat("x", MostListing) + " -->"): "larger than 10 MiB",
	} {
		if _, err := ReadListing("f", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q gave %v, want it to tell of %q", text, err, want)
		}
	}
}

// TestSift: what is polled already stays out, and ids are unique.
func TestSift(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	write(t, path, "sources:\n  - {id: a, feed: 'https://www.a.example/rss/', formerly: alpha}\n")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	list, err := ReadListing("f", []byte(outlines(`<outline text="A" xmlUrl="http://a.example/rss"/>
<outline text="Alpha" xmlUrl="https://new.example/1"/>
<outline text="Alpha" xmlUrl="https://new.example/2"/>
<outline text="Alpha" xmlUrl="https://new.example/1#x"/>
<outline text="Новости" xmlUrl="https://news.stan.co.uk/1"/>
<outline text="" xmlUrl="https://www.long.example/1"/>
<outline text="A" chapar:id="alpha" xmlUrl="https://other.example/1"/>`)))
	if err != nil {
		t.Fatal(err)
	}
	fresh, known, problems := c.Sift(list.Drafts)
	var got []string
	for _, d := range fresh {
		got = append(got, d.ID+" "+d.Name)
	}
	if want := []string{"alpha-2 Alpha", "alpha-3 Alpha", "news-stan Новости", "long long.example"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(known) != 2 || known[0].Source != "a" || known[1].Source != "alpha-2" {
		t.Errorf("known: %+v", known)
	}
	if len(problems) != 1 || problems[0].Line != 9 || !strings.Contains(problems[0].Text, `"alpha"`) {
		t.Errorf("problems: %v", problems)
	}
}

// TestRoundTrip: what is exported as OPML and imported into an empty config is what it was.
func TestRoundTrip(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("KEY", "hunter2")
	write(t, "config.yaml", `sources:
  - {id: one, name: 'One & "two" <three>', feed: 'https://one.example/?a=1&b=2', language: ru, country: KZ, zone: Asia/Almaty, tags: [daily, Қазақ]}
  - {id: two, feed: ['https://two.example/1', 'https://two.example/2'], page: 'https://two.example/', sitemap: 'https://two.example/s.xml'}
  - {id: three, url: 'https://three.example/', enabled: false, headers: {Cookie: hunter2}}
  - {id: four, feed: 'https://user:hunter2@four.example/$${x}'}
  - {id: five, feed: ['https://five.example/${KEY}', 'https://five.example/']}
  - {id: six, feed: 'https://six.example/?lang=ru', page: 'https://six.example/?token=hunter2'}
  - {id: eight, page: 'https://eight.example/', links: 'h2 > a[href*="$$x"]', body: div.text, title: h1, date: 'time[datetime]', interval: 90m, relevance: all}
  - {id: nine, feed: 'https://nine.example/', body: '.${KEY}', relevance: 0.25, remove: .ad, formerly: ninth}
  - {id: seven, feed: 'https://seven.example/?api_key=hunter2'}
`)
	was, err := Load("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var text, again strings.Builder
	written, left, err := WriteOPML(&text, was.Sources)
	if err != nil || len(left) != 6 || written != 8 {
		t.Fatalf("%d written, left behind: %q (%v)", written, left, err)
	}
	if want := "of nine is left out: body, remove, formerly"; !slices.Contains(left, want) {
		t.Errorf("%q is missing of %q", want, left)
	}
	if strings.Contains(text.String()+strings.Join(left, ""), "hunter2") {
		t.Errorf("a secret leaves: %s", text.String())
	}
	if _, _, err := WriteOPML(&again, was.Sources); err != nil || again.String() != text.String() {
		t.Error("two exports differ")
	}
	if err := xml.Unmarshal([]byte(text.String()), new(struct{})); err != nil {
		t.Errorf("not XML: %v", err)
	}
	list, err := ReadListing("x.opml", []byte(text.String()))
	if err != nil || len(list.Problems) > 0 {
		t.Fatal(err, list.Problems)
	}
	e, err := Add("new.yaml", "", list.Drafts)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range e.After.Sources {
		want := was.Sources[i]
		told := func(s Source) string {
			var b strings.Builder
			fmt.Fprint(&b, s.ID, s.Name, s.Language, s.Country, s.Zone, s.Tags, s.Enabled, s.Interval, s.All)
			if s.Threshold != nil {
				fmt.Fprint(&b, *s.Threshold)
			}
			for _, name := range chosen() {
				if s.Selectors[name] != "" {
					fmt.Fprint(&b, " ", name, " ", s.Selectors[name])
				}
			}
			for _, a := range s.Endpoints {
				if !slices.Contains(s.Secret, a.URL) && !hasSecret(a.URL) {
					address := Public(a.URL)
					fmt.Fprint(&b, " ", a.Kind, " ", address)
				}
			}
			return b.String()
		}
		if told(s) != told(want) {
			t.Errorf("was %s\nis  %s", told(want), told(s))
		}
	}
	if len(e.After.Sources) != written {
		t.Errorf("%d sources came back of %d", len(e.After.Sources), written)
	}
}

// TestYAMLKeepsComments: entries that come from YAML keep what is said beside them, and the environment its place.
func TestYAMLKeepsComments(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("COOKIE", "c")
	list, err := ReadListing("f", []byte("- # the first\n  id: a # short\n  feed: https://a.example/rss\n  headers: {Cookie: \"${COOKIE}\"}\n  remove:\n    - .x\n# of b\n- id: b\n  url: https://b.example/ # look\n"))
	if err != nil {
		t.Fatal(err)
	}
	list.Drafts[1].Tag("new")
	write(t, "config.yaml", "database: x.db\nsources: []\n")
	e, err := Add("config.yaml", "", list.Drafts)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Write(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# the first", "id: a # short", `Cookie: "${COOKIE}"`, "  # of b\n  - id: b", "# look", "tags: [new]"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%q is missing of\n%s", want, b)
		}
	}
}

// TestManySources: thousands are taken in one go, and one more after them; CHAPAR_LONG=1 takes as many as may be.
func TestManySources(t *testing.T) {
	many := 2000
	if os.Getenv("CHAPAR_LONG") != "" {
		many = mostOutlines
	}
	t.Chdir(t.TempDir())
	var b strings.Builder
	for i := range many {
		fmt.Fprintf(&b, "<outline text='Outlet' xmlUrl='https://h%d.example/rss'/>\n", i)
	}
	list, err := ReadListing("f", []byte(outlines(b.String())))
	if err != nil {
		t.Fatal(err)
	}
	fresh, _, _ := Default().Sift(list.Drafts)
	e, err := Add("config.yaml", "", fresh)
	if err != nil || len(e.After.Sources) != many {
		t.Fatal(err)
	}
	if err := e.Write(); err != nil {
		t.Fatal(err)
	}
	if e, err = Add("config.yaml", "", added); err != nil || len(e.After.Sources) != many+1 {
		t.Fatal(err)
	}
}

func TestOutlet(t *testing.T) {
	for _, test := range [][3]string{
		{"Home | The Steppe Ledger", "https://steppeledger.example/", "The Steppe Ledger"},
		{"Новости – Gazeta.uz", "https://www.gazeta.uz/ru/rss/", "Gazeta.uz"},
		{"Post-Soviet Notes", "https://a.example/", "Post-Soviet Notes"},
		{"Politics - Economy", "https://a.example/", "Politics - Economy"},
		{"  \n", "https://a.example/", ""},
	} {
		if got := Outlet(test[0], test[1]); got != test[2] {
			t.Errorf("%q at %s is %q, want %q", test[0], test[1], got, test[2])
		}
	}
}

// FuzzReadListing: no file makes reading fail in any way but with an error, and what is offered can be added.
func FuzzReadListing(f *testing.F) {
	for _, text := range []string{outlines("<outline text='A' htmlUrl='http://a.example/' chapar:links='h2 a' chapar:body='.a' chapar:interval='1h' chapar:relevance='0.5'/>"),
		outlines("<outline text='A' xmlUrl='http://a.example/'><outline/></outline>"), "- {id: a, feed: 'http://a.example/'}", "http://a.example/ A\n", "sources:\n# c\n- id: a\n  url: http://b.example\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ReadListing("f", data)
		if err != nil {
			return
		}
		fresh, _, _ := Default().Sift(list.Drafts)
		if len(fresh) == 0 {
			return
		}
		e, err := Add(filepath.Join(t.TempDir(), "config.yaml"), "", fresh)
		if list.Form == "YAML" && err != nil {
			return // it may be written in a way that is refused
		}
		if err != nil || len(e.After.Sources) != len(fresh) {
			t.Errorf("%q: %d sources cannot be added: %v", data, len(fresh), err)
			return
		}
		if _, _, err := WriteOPML(new(strings.Builder), e.After.Sources); err != nil {
			t.Error(err)
		}
	})
}
