package press

import (
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"slices"
	"time"
)

// Kind is how a publication tells of its articles.
type Kind string

const (
	RSSFull     Kind = "rss-full"     // RSS 2.0 with the whole text
	RSSSummary  Kind = "rss-summary"  // RSS 2.0 with first sentences
	RDF         Kind = "rdf"          // RSS 1.0
	Atom        Kind = "atom"         // Atom with updated
	JSON        Kind = "json"         // JSON Feed 1.1
	PageLinks   Kind = "page-links"   // a list page, its article links named by a selector
	Page        Kind = "page"         // a list page without a selector
	NewsSitemap Kind = "news-sitemap" // the articles of two days
	Sitemap     Kind = "sitemap"      // a sitemap index with parts
	URLOnly     Kind = "url"          // a front page that names its feed
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{RSSFull, RSSSummary, RDF, Atom, JSON, PageLinks, Page, NewsSitemap, Sitemap, URLOnly}
}

// Template is how the pages of a publication are built.
type Template string

const (
	Semantic Template = "semantic" // HTML5 elements and JSON-LD
	Blog     Template = "blog"     // named divs with share bar, tags and author box
	Table    Template = "table"    // tables, font tags and line breaks
	App      Template = "app"      // hashed class names, JSON-LD, cookie banner
	Bare     Template = "bare"     // no class anywhere
	Office   Template = "office"   // breadcrumbs and a large menu
)

// Templates lists all templates.
func Templates() []Template { return []Template{Semantic, Blog, Table, App, Bare, Office} }

// Charsets of pages and feeds.
const (
	utf8Charset   = "utf-8"
	cyrillicChars = "windows-1251"
)

// Publication is one sample outlet with a host of its own.
type Publication struct {
	ID       string // p01, p02, ...
	Name     string
	Language string // en, ru, kk
	Country  string // ISO 3166
	Zone     string // IANA name of the zone that pages and feeds write their times in; some pages do not say it
	Kind     Kind
	Template Template
	Charset  string // utf-8 or windows-1251
	BaseURL  string // such as http://127.0.0.1:4711, no slash at the end
	Endpoint string // what is to be polled; the front page of a URLOnly
	Links    string // CSS selector of the article links on list pages
	Robots   string // the text of robots.txt

	press     *Press
	listener  net.Listener
	server    *http.Server
	host      string
	index     int
	zone      *time.Location
	feed      string // path of what tells of the articles
	feedKind  Kind   // that of the feed behind the front page for URLOnly
	tracking  bool   // feed links carry tracking parameters
	canonical bool   // pages name their canonical address
	cards     bool   // pages have og tags
	etags     bool
	modifieds bool
	weak      bool
	fresh     bool // states max-age and ttl

	// Guarded by the mutex of the press.
	articles []*Article
	byPath   map[string]*Article
	count    int
	version  int       // of what lists and feeds say
	changed  time.Time // last change of it
	seen     bool      // somebody asked for it since
	faults   map[Fault]time.Time
	answers  int
	underWay int // requests
}

var outlets = map[string][]string{
	"en": {"The Steppe Ledger", "Caravan Courier", "The Foothill Post", "Saddle & Summit", "The Saxaul Review", "Tulip Valley Times"},
	"ru": {"Вестник Предгорья", "Степной Листок", "Караванный Путь", "Горный Курьер", "Саксаульная Правда", "Чайханский Обозреватель"},
	"kk": {"Дала Хабары", "Керуен Жолы", "Тау Етегі", "Сексеуіл Жаршысы", "Қызғалдақ Өңірі", "Шаңырақ Үні"},
}

func (p *Press) newPublication(i int) (*Publication, error) {
	kinds, languages := p.o.Kinds, p.o.Languages
	pub := &Publication{
		ID:       fmt.Sprintf("p%02d", i+1),
		Language: languages[(i+i/30)%len(languages)],
		Kind:     kinds[i%len(kinds)],
		Template: Templates()[(i+i/10)%len(Templates())],
		Charset:  utf8Charset,
		press:    p, index: i,
		byPath: map[string]*Article{}, faults: map[Fault]time.Time{}, changed: time.Now().UTC().Truncate(time.Second),
		tracking:  i%3 == 0,
		canonical: i%3 != 1,
		cards:     i%4 != 2,
		etags:     i%4 != 2,
		modifieds: i%4 != 1,
		weak:      i%8 == 5,
		fresh:     i%5 == 1 && p.o.FreshFor > 0,
	}
	names := outlets[pub.Language]
	pub.Name = names[i/len(languages)%len(names)]
	if round := i / len(languages) / len(names); round > 0 {
		pub.Name = fmt.Sprintf("%s %d", pub.Name, round+1)
	}
	switch pub.Language {
	case "en":
		pub.Country, pub.Zone, pub.zone = "KG", "Asia/Bishkek", time.FixedZone("", 6*3600)
	case "ru":
		pub.Country, pub.Zone, pub.zone = "TJ", "Asia/Dushanbe", time.FixedZone("", 5*3600)
		if pub.Template == Table || pub.Template == Office {
			pub.Charset = cyrillicChars
		}
	default:
		pub.Country, pub.Zone, pub.zone = "KZ", "Asia/Qyzylorda", time.FixedZone("", 5*3600)
	}
	pub.feedKind = pub.Kind
	if pub.Kind == URLOnly {
		pub.feedKind = []Kind{RSSSummary, Atom}[i/len(kinds)%2]
	}
	pub.feed = map[Kind]string{
		RSSFull: "/feed/", RSSSummary: "/rss.xml", RDF: "/index.rdf", Atom: "/atom.xml", JSON: "/feed.json",
		PageLinks: "/news/", Page: "/news/", NewsSitemap: "/sitemap-news.xml", Sitemap: "/sitemap.xml",
	}[pub.feedKind]
	pub.Links = listLinks(pub)
	var err error
	if pub.listener, pub.host, err = p.listen(pub.ID); err != nil {
		return nil, err
	}
	pub.BaseURL = "http://" + pub.host
	if p.o.InMemory {
		pub.BaseURL = "http://" + pub.ID + ".press.test"
	}
	pub.Endpoint = pub.BaseURL + pub.feed
	if pub.Kind == URLOnly {
		pub.Endpoint = pub.BaseURL + "/"
	}
	pub.Robots = pub.robots()
	p.hosts[pub.host] = pub
	p.serve(pub)
	return pub, nil
}

// Articles gives copies of what the publication has brought out, as it stands, oldest first.
func (p *Publication) Articles() []*Article {
	p.press.mu.Lock()
	defer p.press.mu.Unlock()
	all := make([]*Article, 0, len(p.articles))
	for _, a := range p.articles {
		c := a.snapshot()
		if a.CopyOf != nil {
			c.CopyOf = a.CopyOf.snapshot()
		}
		all = append(all, c)
	}
	return all
}

// showsForbidden says whether the publication has a section that robots.txt forbids. Those whose entries bring the whole
// text have none: there the text could be had without asking for the page.
func (p *Publication) showsForbidden() bool {
	switch p.Kind {
	case PageLinks, Page, RSSSummary:
		return true
	}
	return false
}

// moved notes that lists and feeds say something new. Their date moves by a second at least if anybody saw the old one.
func (p *Publication) moved(at time.Time) {
	p.version++
	if at = at.UTC().Truncate(time.Second); p.seen || at.After(p.changed) {
		p.changed = later(p.changed, at)
	}
	p.seen = false
}

// hash is a short constant name for something of this publication.
func (p *Publication) hash(of string) string {
	h := fnv.New32a()
	fmt.Fprint(h, p.press.o.Seed, p.ID, of)
	return fmt.Sprintf("%08x", h.Sum32())
}

// newest gives the last n articles, the newest first.
func (p *Publication) newest(n int) []*Article {
	all := slices.Clone(p.articles)
	slices.SortStableFunc(all, func(a, b *Article) int { return b.Published.Compare(a.Published) })
	return all[:min(n, len(all))]
}

// Forbids says whether robots.txt forbids a path.
func (p *Publication) Forbids(path string) bool {
	for _, prefix := range forbiddenPaths {
		if len(path) >= len(prefix) && path[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}

var forbiddenPaths = []string{"/search", "/print/", "/partners/"}

func (p *Publication) robots() string {
	text := "# sample publication\nUser-agent: *\n"
	for _, prefix := range forbiddenPaths {
		text += "Disallow: " + prefix + "\n"
	}
	switch p.feedKind {
	case NewsSitemap, Sitemap:
		text += "\nSitemap: " + p.BaseURL + p.feed + "\n"
	}
	return text
}
