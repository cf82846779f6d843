package corpus

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Card is what the dataset card of an export says beside what is counted while the export is written. The card has no
// clock: two exports of the same records have the same card.
type Card struct {
	Filters []string // what was asked for, such as "--lang kk"; none: all articles
	Dropped bool     // only the first of each cluster of copies is there,
	Chosen  bool     // or the one that the filters prefer
	Made    string   // by what, such as "chapar 1.2.0 (normalizer 3)"
}

// cardName is the file beside the others in the folder of an export: what sites for data sets show of a folder.
const cardName = "README.md"

// cardMark begins each card: the fence of its front matter, and a line by which the next export knows it as its own.
const cardMark = "---\n# A dataset card, written by `chapar export` and written anew by the next one. To keep your own words here, take this line away: then no export replaces this folder.\n"

// isCard says whether a file begins like a card that an export wrote.
func isCard(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, len(cardMark))
	_, err = io.ReadFull(f, start)
	return err == nil && string(start) == cardMark
}

// counts are what a card tells of the records.
type counts struct {
	documents, characters    int
	copies, revised, undated int
	sources, languages       map[string]int
	months, topics           map[string]int
	names                    map[string]string // of the sources
	first, last, newest      time.Time         // published; seen or fetched
}

func newCounts() *counts {
	return &counts{sources: map[string]int{}, languages: map[string]int{}, months: map[string]int{}, topics: map[string]int{}, names: map[string]string{}}
}

// watch counts records on their way.
func (c *counts) watch(records iter.Seq2[Record, error]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for r, err := range records {
			if err == nil {
				c.add(&r)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func (c *counts) add(r *Record) {
	c.documents++
	c.characters += utf8.RuneCountInString(r.Text)
	if r.DuplicateOf != nil {
		c.copies++
	}
	if r.Revision > 1 {
		c.revised++
	}
	bump(c.sources, r.Source)
	if c.sources[r.Source] == 1 {
		c.names[strings.Clone(r.Source)] = strings.Clone(r.SourceName)
	}
	bump(c.languages, r.Language)
	for _, t := range r.Topics {
		bump(c.topics, t)
	}
	if at := utcMoment(r.Published); at == nil {
		c.undated++
		bump(c.months, "")
	} else {
		bump(c.months, at.Format("2006-01"))
		if c.first.IsZero() || at.Before(c.first) {
			c.first = *at
		}
		if at.After(c.last) {
			c.last = *at
		}
	}
	for _, at := range [...]time.Time{utc(r.FirstSeen), utc(r.Fetched)} {
		if at.After(c.newest) {
			c.newest = at
		}
	}
}

// bump counts a key, of which it keeps a copy: the key is often a part of a whole record.
func bump(m map[string]int, key string) {
	if _, known := m[key]; !known {
		key = strings.Clone(key)
	}
	m[key]++
}

// text is the card of an export.
func (card *Card) text(f Format, c *counts) string {
	var b strings.Builder
	card.front(&b, f, c)
	b.WriteString("\n# Press articles collected by chapar\n\n")
	fmt.Fprintf(&b, "%d articles of %d sources", c.documents, len(c.sources))
	if !c.first.IsZero() {
		fmt.Fprintf(&b, ", published from %s to %s", c.first.Format(time.DateOnly), c.last.Format(time.DateOnly))
	}
	fmt.Fprintf(&b, ", with %d characters of text.", c.characters)
	if !c.newest.IsZero() {
		fmt.Fprintf(&b, " The state of the collection is that of %s.", c.newest.Truncate(time.Second).Format(time.RFC3339))
	}
	b.WriteString("\n\nEach is the newest revision of one article: its title and its clean text, without navigation and markup, with where it came from and why it was kept.\n")
	card.made(&b, c)
	b.WriteString("\n## Files and how to load them\n\n" + usage(f))
	b.WriteString("\n## Fields\n\n| field | meaning |\n|---|---|\n")
	for _, field := range fields() {
		if f == TXT && field.name == "text" {
			field = described{"file", "name of the text file: the title, a blank line, one paragraph a line with a blank line between two"}
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", field.name, field.meaning)
	}
	b.WriteString("\nText is UTF-8 in NFC. Times are RFC 3339. Lists are never null; `published`, `modified`, `duplicate_of` and `translation_of` may be.\n")
	b.WriteString("\n## Counts\n")
	table(&b, "source", c.sources, func(id string) string {
		if name := c.names[id]; name != "" && name != id {
			return plainMarkdown(id) + " (" + plainMarkdown(name) + ")"
		}
		return plainMarkdown(id)
	})
	table(&b, "language", c.languages, plainMarkdown)
	table(&b, "month of publication", c.months, plainMarkdown)
	table(&b, "topic", c.topics, plainMarkdown)
	b.WriteString(`
## Licence

The texts belong to their authors and publishers, whose terms differ: look at those of each source before you pass texts on or publish them. No licence is given with this collection.
What can be shared freely in most places are the facts about the articles: addresses, dates, languages, the scores, topics and places that were found, and the hashes of the texts, by which another can check that they hold the same. Quote with the name of the source and the address.
`)
	return b.String()
}

// front writes the front matter, in the form that the Hugging Face hub and its library read.
func (card *Card) front(b *strings.Builder, f Format, c *counts) {
	b.WriteString(cardMark)
	b.WriteString("pretty_name: Press articles collected by chapar\n")
	var codes []string
	for tag := range c.languages {
		if t, err := language.Parse(tag); err == nil && tag != "" {
			if base, _ := t.Base(); base.String() != "und" && !slices.Contains(codes, base.String()) {
				codes = append(codes, base.String())
			}
		}
	}
	slices.Sort(codes)
	list := func(name string, values ...string) {
		if len(values) > 0 {
			fmt.Fprintf(b, "%s:\n- %s\n", name, strings.Join(values, "\n- "))
		}
	}
	list("language", codes...)
	b.WriteString("license: other\nlicense_name: rights-of-the-publishers\n")
	list("size_categories", sizeCategory(c.documents))
	list("task_categories", "text-classification", "text-retrieval")
	list("tags", "news", "monitoring", "central-asia", "security")
	b.WriteString("configs:\n- config_name: default\n")
	if f == TXT {
		b.WriteString("  data_files: \"*.txt\"\n  sample_by: document\n")
	} else {
		fmt.Fprintf(b, "  data_files: %s\n", fileOf(f))
	}
	b.WriteString("---\n")
}

// sizeCategory is the hub's word for a number of documents.
func sizeCategory(n int) string {
	words := []string{"1K", "10K", "100K", "1M", "10M", "100M"}
	if n < 1000 {
		return "n<1K"
	}
	bound := 10_000
	for i := range len(words) - 1 {
		if n < bound {
			return words[i] + "<n<" + words[i+1]
		}
		bound *= 10
	}
	return "n>100M"
}

// made tells how the export was made.
func (card *Card) made(b *strings.Builder, c *counts) {
	b.WriteString("\n## How it was made\n\n")
	if len(card.Filters) == 0 {
		b.WriteString("- Filters: none; all articles that the collection keeps.\n")
	} else {
		fmt.Fprintf(b, "- Filters: %s.\n", plainMarkdown(strings.Join(card.Filters, " ")))
	}
	if card.Dropped {
		stands := "the first"
		if card.Chosen {
			stands = "one, as the filters say,"
		}
		b.WriteString("- Copies: of each cluster of articles with the same text only " + stands + " is here.")
	} else {
		b.WriteString("- Copies: all are here; `duplicate_of` names the earlier article that holds most of the text, `cluster` the first of all.")
	}
	fmt.Fprintf(b, " %d of the articles here are copies of an earlier one.\n", c.copies)
	fmt.Fprintf(b, "- Revisions: %d of the articles were changed by their publishers, or cleaned anew, after they were first kept.\n", c.revised)
	if c.undated > 0 {
		fmt.Fprintf(b, "- %d of the articles have no date of publication; a filter by date takes the time at which they were first seen.\n", c.undated)
	}
	b.WriteString("- Pages were fetched by the rules of robots.txt, main content, language, relevance, topics and places were found by programs, and no person has looked through the result.\n")
	if card.Made != "" {
		fmt.Fprintf(b, "- Made by %s.\n", plainMarkdown(card.Made))
	}
}

// usage says how a format is read.
func usage(f Format) string {
	switch f {
	case TXT:
		return "A file an article, `NUMBER_HASH.txt`, and `manifest.jsonl` with one line a file. The hash is the beginning of the SHA-256 of the file.\n\n" +
			"```python\nimport pandas\nmanifest = pandas.read_json(\"manifest.jsonl\", lines=True)\n\n" +
			"from datasets import load_dataset\ntexts = load_dataset(\".\", split=\"train\")\n```\n\n" +
			"```sql\nSELECT source, count(*) FROM read_json_auto('manifest.jsonl') GROUP BY source; -- DuckDB\n```\n"
	case JSONL:
		return "`corpus.jsonl`: one record a line.\n\n" +
			"```python\nimport pandas\narticles = pandas.read_json(\"corpus.jsonl\", lines=True)\n\n" +
			"from datasets import load_dataset\narticles = load_dataset(\".\", split=\"train\")\n```\n\n" +
			"```sql\nSELECT source, count(*) FROM read_json_auto('corpus.jsonl') GROUP BY source; -- DuckDB\n```\n"
	case CSV:
		return "`corpus.csv`: RFC 4180 in UTF-8, a line of names, one row a record. Lists are JSON arrays; an empty cell of a field that may be null is a null. " +
			"A cell of text that a spreadsheet would take for a formula has an apostrophe before it, and so has one that begins with an apostrophe: take one leading apostrophe off each cell of text.\n\n" +
			"```python\nimport json, pandas\narticles = pandas.read_csv(\"corpus.csv\", keep_default_na=False)\n" +
			"texts = articles.select_dtypes(\"object\").columns\narticles[texts] = articles[texts].apply(lambda column: column.str.replace(r\"^'\", \"\", regex=True))\n" +
			"for name in [\"also_in\", \"authors\", \"topics\", \"places\", \"reasons\"]:\n    articles[name] = articles[name].map(json.loads)\n```\n\n" +
			"```sql\nSELECT source, count(*) FROM read_csv('corpus.csv', header = true) GROUP BY source; -- DuckDB\n```\n"
	default:
		return "`corpus.parquet`: one row a record, compressed by zstd; times are in UTC to the microsecond.\n\n" +
			"```python\nimport pandas\narticles = pandas.read_parquet(\"corpus.parquet\")\n\n" +
			"from datasets import load_dataset\narticles = load_dataset(\".\", split=\"train\")\n```\n\n" +
			"```sql\nSELECT source, count(*) FROM 'corpus.parquet' GROUP BY source; -- DuckDB\n```\n"
	}
}

// table writes counts: months in their order, all else the most first.
func table(b *strings.Builder, name string, counts map[string]int, show func(string) string) {
	if len(counts) == 0 {
		return
	}
	keys := slices.SortedFunc(maps.Keys(counts), func(x, y string) int {
		if d := counts[y] - counts[x]; d != 0 && !strings.HasPrefix(name, "month") {
			return d
		}
		return strings.Compare(x, y)
	})
	fmt.Fprintf(b, "\n| %s | articles |\n|---|---:|\n", name)
	for _, k := range keys {
		fmt.Fprintf(b, "| %s | %d |\n", cmp.Or(show(k), "(none)"), counts[k])
	}
}

// plainMarkdown makes one line of text, of which nothing is taken for markup.
func plainMarkdown(s string) string {
	var b strings.Builder
	for _, r := range asUTF8(s) {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			b.WriteByte(' ')
		case invisible(r):
		case r < unicode.MaxASCII && strings.ContainsRune("\\`*_[]<>|&!#~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// described is a field of a record with what it means.
type described struct{ name, meaning string }

// fields are those of the JSON Lines record, in its order.
func fields() []described {
	return []described{
		{"id", "stable: the first 16 hex digits of the SHA-256 of `canonical_url`, or of the text where there is none"},
		{"number", "running number in the collection, from 0, never used twice"},
		{"url", "address as the source gave it"},
		{"canonical_url", "address without what only counts readers"},
		{"source", "id of the source"},
		{"source_name", "its name"},
		{"also_in", "ids of further sources that led to the article"},
		{"title", "title"},
		{"text", "paragraphs with a blank line between two, without the title"},
		{"authors", "names"},
		{"published", "when it came out, as far as that is known"},
		{"modified", "when its publisher says it was changed"},
		{"date_from", "where `published` was found"},
		{"first_seen", "when chapar first kept it"},
		{"fetched", "when this revision was fetched"},
		{"language", "BCP 47, such as `en` or `kk-Cyrl`; `und` where it is not known"},
		{"relevance", "0 to 1: how far it is about the security of Central Asia"},
		{"topics", "the strongest first"},
		{"places", "such as `Osh, KG`"},
		{"reasons", "what the score comes from, for people"},
		{"cluster", "id of the first article with this text"},
		{"duplicate_of", "id of the earlier article that holds most of this text, or null"},
		{"overlap", "0 to 1: the share of this text that stands there"},
		{"translation_of", "id of the article that this one translates, or null"},
		{"revision", "1, 2, …"},
		{"cause", "of this revision: empty, `edited`, `import`, `rebuilt` or `cleaned`"},
		{"text_from", "`page`, `feed` or `import`"},
		{"sha256", "of the title, a blank line, the text and a newline"},
	}
}
