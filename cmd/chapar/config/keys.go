package config

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"chapar/fetcher"
	"chapar/normalize/relevance"
)

// outline is what the top of a file says that is read on later, when all of the top is known.
type outline struct {
	includes          []*yaml.Node
	sources, interval *yaml.Node
}

// topTable holds the keys at the top of the main file.
func (l *loader) topTable(w *walker, o *outline) []key {
	c := l.config
	return []key{
		{"database", "File that all is kept in, relative to this file. Whoever holds a copy of it holds the corpus.", value{
			read: func(n *yaml.Node, path string) {
				if text, ok := w.text(n, path); ok && text == "" {
					w.problem(n, path, "name a file such as chapar.db", "database is empty")
				} else if ok {
					c.Database = text
				}
			},
			form: func() schema { return schema{Type: []string{"string"}, MinLength: 1, Default: c.Database} },
		}},
		{"listen", `Where the status page, metrics and the API are served, as host:port; "" is nowhere.`, value{
			read: func(n *yaml.Node, path string) {
				if n.Tag == "!!int" {
					w.problem(n, path, "write 127.0.0.1:"+n.Value, "%s is a port without a host", path)
					return
				}
				w.checkedInto(&c.Listen, checkListen, "").read(n, path)
				if beyond(c.Listen) {
					w.warning(n, path, "write 127.0.0.1:8477 unless that is meant", "%s is %s, which others in the network reach too, and there is no login", path, quote(n.Value))
				}
			},
			form: w.checkedInto(&c.Listen, checkListen, `|.*:\+?[0-9]+`).form,
		}},
		{"include", "Further files with sources, relative to this file.", w.list(anyText, func(n *yaml.Node, path string) {
			if text, ok := w.text(n, path); ok {
				c.Include = append(c.Include, text)
				o.includes = append(o.includes, n)
			}
		}).like("sources/kz.yaml")},
		{"seeds", `Folder, relative to this file, whose *.txt are taken in first; "" is none, and an absent one is no mistake.`, w.textInto(&c.Seeds)},
		{"fetch", "How sources are asked.", value{
			read: func(n *yaml.Node, path string) { o.interval = w.fetch(n, path, &c.Fetch) },
			form: func() schema { return mappingOf(w.fetchTable(&c.Fetch, new(bounds))).orNothing() },
		}},
		{"limits", "What is granted to a document before it is refused, and what stays free on the disk; what is refused names the key that would have let it in.", value{
			read: func(n *yaml.Node, path string) {
				w.mapping(n, path, w.limitsTable(&c.Limits), elsewhere("", "fetch", "relevance", "sources"))
			},
			form: func() schema { return mappingOf(w.limitsTable(&c.Limits)).orNothing() },
		}},
		{"relevance", "What you add to the judgement of articles.", value{
			read: func(n *yaml.Node, path string) { w.relevance(n, path, &c.Relevance) },
			form: func() schema { return mappingOf(w.relevanceTable(&c.Relevance)).orNothing() },
		}},
		{"sources", "What is watched. Each source has an id and at least one address: feed, page, sitemap or url.", value{
			read: func(n *yaml.Node, path string) { o.sources = n },
			form: func() schema {
				one := mappingOf(l.sourceTable(w, &entry{s: Source{Enabled: true}}))
				one.Required = []string{"id"}
				for _, kind := range kinds {
					one.AnyOf = append(one.AnyOf, schema{Required: []string{kind.name}})
				}
				return schema{Type: []string{"array", "null"}, Items: &one, Default: []string{}}
			},
		}},
	}
}

// bounds are where the bounds of the interval stand.
type bounds struct{ least, most *yaml.Node }

// fetchTable holds the keys under fetch.
func (w *walker) fetchTable(f *Fetch, at *bounds) []key {
	return []key{
		{"user_agent", `How chapar calls itself to servers; "" is its name and version, and the contact.`, w.checkedInto(&f.UserAgent, checkHeaderText, `[ -~]*`)},
		{"contact", "URL or mailbox shown to publishers, who can then write to you instead of shutting you out.",
			w.checkedInto(&f.Contact, checkContact, `|[ -~]*@[ -~]*|https?://[ -~]+`).like("editor@example.org", "https://example.org/bot")},
		{"concurrency", "Requests under way at once, over all hosts.", w.intInto(&f.Concurrency, 1, 1024)},
		{"per_host_delay", "Least time between two requests to one host, robots.txt and redirects among them.", w.durationInto(&f.PerHostDelay, 0)},
		{"min_interval", "Least time between two polls of an address; chapar finds the best between this and max_interval.",
			w.durationInto(&f.MinInterval, time.Second).noting(&at.least)},
		{"max_interval", "Most time between two polls of an address.", w.durationInto(&f.MaxInterval, time.Second).noting(&at.most)},
		{"timeout", "Most time for a request, from dial to the last byte.", w.durationInto(&f.Timeout, time.Millisecond)},
		{"max_body", "Largest answer that is read, after decompression, such as 512KiB or 16MiB.", w.sizeInto(&f.MaxBody, 1<<10, 1<<30)},
		{"keep_pages", "How long raw pages stay, so that articles can be made anew from them; 0 is not at all.", w.durationInto(&f.KeepPages, 0)},
		{"keep_rejected", "How long it is kept why an article was dropped or set aside; 0 is not at all.", w.durationInto(&f.KeepRejected, 0)},
		{"robots", "Whether what a site's robots.txt forbids is left alone.", w.boolInto(&f.Robots)},
		{"allow_networks", "Private networks that may be contacted, such as 127.0.0.0/8; all others are refused.", w.list(
			func() schema { return matching(`[0-9A-Fa-f:.]+(?:/[0-9]+)?`) },
			func(n *yaml.Node, path string) {
				text, ok := w.text(n, path)
				if !ok {
					return
				}
				network, bad := parseNetwork(text)
				if bad != nil {
					w.wrong(n, path, text, bad)
					return
				}
				f.AllowNetworks = append(f.AllowNetworks, network)
			}).like("127.0.0.0/8", "10.1.2.3")},
		{"proxy", `Proxy for all requests: http://, https:// or socks5://; "" is none.`, value{
			read: func(n *yaml.Node, path string) {
				text, ok := w.text(n, path)
				if !ok || text == "" {
					return
				}
				proxy, bad := webAddress(text, "http", "https", "socks5")
				if bad != nil {
					w.problem(n, path, "write it such as http://gateway.example.org:3128", "%s %s", path, bad.text)
					return
				}
				f.Proxy = proxy
			},
			form: func() schema {
				s := matching(`|(?:[Hh][Tt][Tt][Pp][Ss]?|[Ss][Oo][Cc][Kk][Ss]5)://[^/?#\s].*`)
				s.Default, s.hides = "", hidesAccess
				return s
			},
		}},
		{"backfill", "At first sight of an address entries older than this are not taken, such as 72h or 30d; lists are paged back so far.", w.ageInto(&f.Backfill)},
		{"revisit", "Wait before the first look back at an article for changes; the next waits double, for 7 days; 0 is never.", w.durationInto(&f.Revisit, 0)},
		{"budget", "Requests a day over all sources, those for pages and robots.txt included; polls are made where they find most. 0 is no budget. min_interval and max_interval hold before it.", w.intInto(&f.Budget, 0, 1e9)},
		{"budget_per_source", "The same for each source that is enabled, as a share of one budget for all. Where budget is set too, the smaller of the two holds.", w.intInto(&f.BudgetPerSource, 0, 1e6)},
	}
}

// limitsTable holds the keys under limits.
func (w *walker) limitsTable(l *Limits) []key {
	wire, shape := &l.Wire, &l.Shape
	return []key{
		{"connect", "Most time until a connection stands, the look-up of the name included. fetch.timeout is for the whole.", w.durationInto(&wire.Connect, time.Millisecond)},
		{"handshake", "Most time for the TLS handshake.", w.durationInto(&wire.Handshake, time.Millisecond)},
		{"first_byte", "Most time from the request to the first byte of the answer.", w.durationInto(&wire.FirstByte, time.Millisecond)},
		{"speed", "Least bytes a second, taken over 20 seconds, while an answer comes in.", w.sizeInto(&wire.Speed, 1, 1<<20)},
		{"header", "Largest header of an answer.", w.sizeInto(&wire.Header, 4<<10, 10<<20)},
		{"redirects", "Most redirects one after the other.", w.intInto(&wire.Redirects, 1, 20)},
		{"expansion", "Most bytes that one compressed byte may become, on average and beyond the first MiB.", w.intInto(&wire.Expansion, 10, 1000)},
		{"xml_depth", "Deepest nesting of elements in a feed or sitemap.", w.intInto(&shape.Depth, 32, 10_000)},
		{"xml_prefixes", "Most prefixes of namespaces that a feed or sitemap declares.", w.intInto(&shape.Prefixes, 16, 10_000)},
		{"xml_bases", "Most declarations of xml:base in one entry.", w.intInto(&shape.Bases, 8, 10_000)},
		{"xml_attributes", "Most attributes of a tag of a feed or sitemap.", w.intInto(&shape.Attributes, 32, 10_000)},
		{"xml_tag", "Longest tag of a feed or sitemap.", w.sizeInto(&shape.Tag, 4<<10, 120<<10)},
		{"xml_elements", "Most elements of a feed.", w.intInto(&shape.Elements, 1_000, 10_000_000)},
		{"xml_pieces", "Most comments and CDATA sections in a row, which cut a text into pieces.", w.intInto(&shape.Pieces, 16, 1_000_000)},
		{"entries", "Most entries of a feed.", w.intInto(&shape.Entries, 100, 1_000_000)},
		{"html_nodes", "Most nodes that the tree of a page with links may have. An article beyond that is read in a plainer way.", w.intInto(&shape.Nodes, 10_000, 100_000_000)},
		{"html_merges", "Most attributes of all html and body tags of a page with links together.", w.intInto(&shape.Merges, 64, 10_000)},
		{"html_attributes", "Most attributes of a tag of a page with links.", w.intInto(&shape.HTMLAttributes, 32, 10_000)},
		{"html_size", "Largest page with links, decoded; one tag or text in it may have a quarter of that.", w.sizeInto(&shape.HTMLSize, 64<<10, 1<<30)},
		{"new_a_day", "Most new entries of one source that are taken within a day, over all its addresses; the others are held, and come in later. 0 is any number.", w.intInto(&l.NewADay, 0, 1e9)},
		{"read_memory", "Most memory for reading one feed or page. It is read in a process of its own, which ends where it needs more.", w.sizeInto(&l.ReadMemory, 128<<20, 16<<30)},
		{"read_cpu", "Most time of the processor for reading one feed or page.", w.durationInto(&l.ReadCPU, time.Second)},
		{"read_time", "Most time until a feed or page is read, whatever else the machine does.", w.durationInto(&l.ReadTime, time.Second)},
		{"min_free", "What stays free on the disk of the database: with less polling pauses. auto is the larger of 256MiB and 5 % of the disk, 0 nothing.", w.freeInto(&l.MinFree)},
	}
}

// relevanceTable holds the keys under relevance.
func (w *walker) relevanceTable(r *Relevance) []key {
	return []key{
		{"threshold", "Relevance from 0 to 1 below which an article is kept out of the corpus.", w.numberInto(&r.Threshold, 0, 1)},
		{"terms", "Your own places, organisations and topics.", w.terms(&r.Terms)},
		{"exclude", "Words that take an article out.", w.excluded(&r.Exclude)},
	}
}

// ownRelevanceTable holds the keys under relevance of a source.
func (w *walker) ownRelevanceTable(s *Source) []key {
	return []key{
		{"threshold", "all takes every article of the source; a number from 0 to 1 is a threshold of its own.", value{
			read: func(n *yaml.Node, path string) { w.ownThreshold(n, path, s) },
			form: ownThresholdForm,
		}},
		{"terms", "Places, organisations and topics for this source alone, beside those of all.", w.terms(&s.Terms).open()},
		{"exclude", "Words that take an article of this source out, beside those for all.", w.excluded(&s.Exclude).open()},
	}
}

func ownThresholdForm() schema {
	form := numberForm("number", 0, 1)
	form.Pattern, form.Examples = "^all$|"+fromEnvironment, []any{"all", 0.3}
	return form
}

// terms reads the operator's terms.
func (w *walker) terms(to *[]relevance.Term) value {
	return value{
		read: w.list(nil, func(n *yaml.Node, path string) { *to = append(*to, w.term(n, path)...) }).read,
		form: func() schema {
			one := mappingOf(w.termTable(new(term)))
			one.Required = []string{"text"}
			one.AnyOf = []schema{{Required: []string{"kind"}}, {Required: []string{"topic"}}}
			one.If = &schema{Properties: properties{{"kind", schema{Const: "topic"}}}, Required: []string{"kind"}}
			one.Then = &schema{Required: []string{"topic"}}
			return schema{Type: []string{"array", "null"}, Items: &one, Default: []string{}}
		},
	}
}

// excluded reads the operator's words that take articles out.
func (w *walker) excluded(to *[]string) value {
	return w.list(
		func() schema { return schema{Type: []string{"string"}, Pattern: `\S`} },
		func(n *yaml.Node, path string) {
			text, ok := w.text(n, path)
			if ok && strings.TrimSpace(text) == "" {
				w.problem(n, path, "write a word or remove it", "%s is empty", path)
			} else if ok {
				*to = append(*to, text)
			}
		})
}

// termTable holds the keys of a term.
func (w *walker) termTable(t *term) []key {
	languages := w.list(languageForm, func(n *yaml.Node, path string) {
		one := ""
		if w.parsedInto(&one, parseLanguage, languageForm).read(n, path); one != "" {
			t.languages = append(t.languages, one)
		}
	}).open()
	kind := w.textInto(&t.Kind)
	kind.form = func() schema {
		return schema{AnyOf: []schema{{Enum: termKinds()}, {Type: []string{"string"}, Pattern: fromEnvironment}}}
	}
	text := w.textInto(&t.Text)
	text.form = func() schema { return schema{Type: []string{"string"}, Pattern: `\S`} }
	return []key{
		{"text", "The word or name to look for, in its base form.", text},
		{"kind", "What it is.", kind},
		{"country", "Of a place: its ISO 3166 code of two letters, such as KZ.", w.parsedInto(&t.Country, parseCountry, countryForm)},
		{"topic", "Of a topic: the one it speaks for, such as border or water.", w.textInto(&t.Topic).open().like("military", "border", "security", "cyber", "water", "energy")},
		{"language", "BCP 47 tag of the language it is a word of; without one it counts in all.", languages},
		{"languages", "BCP 47 tags of the languages it is a word of.", languages},
		{"weight", "How much it counts, from -10 to 10; left out or 0 is the usual for its kind.", w.numberInto(&t.Weight, -10, 10).open()},
	}
}

func termKinds() []string { return []string{"place", "organisation", "topic"} }

// kinds are the keys of addresses.
var kinds = []struct {
	name  string
	kind  fetcher.Kind
	about string
}{
	{"feed", fetcher.KindFeed, "Address of an RSS, RDF, Atom or JSON feed; several may stand in a list."},
	{"page", fetcher.KindPage, "Address of a page that lists articles; several may stand in a list."},
	{"sitemap", fetcher.KindSitemap, "Address of a sitemap, a news sitemap or an index of sitemaps; several may stand in a list."},
	{"url", fetcher.KindURL, "Any address of the publication: chapar finds the best way to watch it."},
}

// sourceTable holds the keys of a source.
func (l *loader) sourceTable(w *walker, e *entry) []key {
	s := &e.s
	keys := []key{
		{"id", "Short name of small letters, digits and dashes, unlike all others. What is remembered of the source hangs on it: see formerly.", value{
			read: func(n *yaml.Node, path string) {
				e.hasID = true
				l.id(w, n, path, s)
			},
			form: idValue,
		}},
		{"name", "What people call it; left out it is the id.", w.textInto(&s.Name).open()},
	}
	for _, k := range kinds {
		keys = append(keys, key{k.name, k.about, w.addresses(e, k.kind)})
	}
	return append(keys, []key{
		{"links", "CSS selector of the links to articles on a page; without it they are found automatically.", w.selector(&e.links).then(s.selected("links")).noting(&e.linksAt).like("h2.title a")},
		{"body", "CSS selector of the article's text, where it is not found rightly.", w.selector(&s.Rules.Body).then(s.selected("body")).like("div.article-text")},
		{"title", "CSS selector of the article's title.", w.selector(&s.Rules.Title).then(s.selected("title")).like("h1.title")},
		{"date", "CSS selector of the article's date.", w.selector(&s.Rules.Date).then(s.selected("date")).like("time.published")},
		{"remove", "CSS selectors of what does not belong to the text.", w.selectors(&s.Rules.Remove)},
		{"interval", "A fixed time between two polls; without it chapar learns how often it is worth while.",
			w.durationInto(&s.Interval, time.Second).noting(&e.intervalAt).open().like("15m", "1h")},
		{"relevance", "all takes every article of the source, a number from 0 to 1 is a threshold of its own; as a mapping it may have terms: and exclude: of its own, too.", value{
			read: func(n *yaml.Node, path string) { w.sourceRelevance(n, path, s) },
			form: func() schema {
				form, own := ownThresholdForm(), mappingOf(w.ownRelevanceTable(s))
				form.Type = append(form.Type, own.Type...)
				form.Properties, form.Additional = own.Properties, own.Additional
				return form
			},
		}},
		{"language", "BCP 47 tag of the language it writes in, a hint, such as ru, kk or uz-Latn.", w.parsedInto(&s.Language, parseLanguage, languageForm).like("ru", "kk", "uz-Latn")},
		{"country", "ISO 3166 code of the outlet's country, such as KZ.", w.parsedInto(&s.Country, parseCountry, countryForm).like("KZ", "KG", "UZ", "TJ", "TM")},
		{"zone", "IANA name of the zone of dates that name none, such as Asia/Almaty; left out it is UTC.", value{
			read: func(n *yaml.Node, path string) {
				if text, ok := w.text(n, path); ok {
					zone, bad := l.zone(text)
					if bad != nil {
						w.wrong(n, path, text, bad)
					}
					s.Zone = zone
				}
			},
			form: func() schema { return matching(`[A-Za-z][A-Za-z0-9_+/-]*`) },
		}.like("Asia/Almaty", "Asia/Bishkek", "Asia/Tashkent", "Asia/Dushanbe", "Asia/Ashgabat")},
		{"headers", "Lines sent with every request to the hosts of this source and to no other.", value{
			read: func(n *yaml.Node, path string) { s.Headers = w.headers(n, path) },
			form: headersForm,
		}},
		{"enabled", "false lets it rest: nothing is fetched, what was kept stays.", w.boolInto(&s.Enabled)},
		{"tags", "Words to choose sources by, as in `export --tag kz`: letters of any script, digits and dashes.", value{
			read: w.list(nil, func(n *yaml.Node, path string) { w.tag(n, path, s) }).read,
			form: func() schema { return listOf(matching(`\s*[^\s!-,./:-@\[-` + "`" + `{-~]{1,64}\s*`)).once() },
		}.open().like([]string{"kz", "official"})},
		{"formerly", "Ids that the source had before: what is remembered and kept under them becomes its own.", value{
			read: w.list(nil, func(n *yaml.Node, path string) { l.formerly(w, n, path, s) }).read,
			form: func() schema { return listOf(idValue()).once() },
		}.open()},
	}...)
}

func idValue() schema { return matching(strings.Trim(idForm.String(), "^$")) }

func languageForm() schema { return matching(`[A-Za-z0-9]{1,8}(?:[-_][A-Za-z0-9]{1,8})*`) }

func countryForm() schema { return matching(`[A-Za-z]{2}`) }

// headersForm is that of names and values. The values are what an operator has of secrets.
func headersForm() schema {
	one := schema{Type: []string{"string"}, Pattern: "^[^\\x00-\\x08\\x0A-\\x1F\\x7F]*$", hides: hidesAll}
	values := listOf(one)
	values.Type = []string{"array", "string"}
	values.Default = nil
	name := schema{Pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"}
	return schema{Type: []string{"object", "null"}, PropertyNames: &name, Additional: &values}
}
