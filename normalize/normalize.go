package normalize

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"chapar/normalize/dedup"
	"chapar/normalize/relevance"
)

// Options of a Normalizer.
type Options struct {
	Relevance relevance.Options
}

// Normalizer makes documents of pages and texts. It is safe for concurrent use. The zero Normalizer has no model of
// relevance: it can Extract and nothing else.
type Normalizer struct {
	relevance *relevance.Model
}

// New makes a Normalizer; it fails where the options of the relevance model do not hold.
func New(o Options) (*Normalizer, error) {
	m, err := relevance.New(o.Relevance)
	if err != nil {
		return nil, fmt.Errorf("cannot make relevance model: %w", err)
	}
	return &Normalizer{relevance: m}, nil
}

// Document makes the document of a page. Where the page should not be kept as an article the error wraps
// [ErrNotArticle], [ErrChallenge], [ErrEmpty], [ErrUnavailable] or [ErrNotHTML] and the document is filled as far as it is known.
func (n *Normalizer) Document(raw Raw) (Document, error) {
	x, err := n.Extract(raw)
	if err == nil {
		err = x.Doubt(raw.Hint)
	}
	return n.Settle(x, raw.Hint), err
}

// Settle makes the document of what Extract found, without the paragraphs that the source's articles have in common. It meets clean text only, never the bytes of a page.
func (n *Normalizer) Settle(x Extract, h Hint) Document {
	whole := x.Text
	var removed []Removed
	x.Text, removed = h.Recurrence.Strip(x.Text)
	d := n.document(x.Title, x.Text, x.Language, h)
	if removed != nil {
		d.Removed, d.Whole = removed, Essence(x.Title, whole)
	}
	d.CanonicalURL, d.Authors, d.Published, d.Modified, d.Notes = x.CanonicalURL, x.Authors, x.Published, x.Modified, x.Notes
	if d.Published.Time.IsZero() && !h.Seen.IsZero() {
		d.Published = Date{Time: h.Seen.UTC(), Origin: FromSeen}
	}
	return d
}

// Text makes the document of a text that comes without HTML, be it clean or not. Without a title the text's first
// line is it.
func (n *Normalizer) Text(title, text string, h Hint, canonicalURL string) Document {
	if strings.TrimSpace(title) == "" {
		title, text = Clean(text)
	} else {
		var ps []string
		title, ps = tidy(title, paragraphsOf(text))
		text = strings.Join(ps, "\n\n")
	}
	tag := languageOf(title, text, h.Language)
	d := n.document(title, text, tag, h)
	d.CanonicalURL, d.Authors = canonicalURL, h.Authors
	if !h.Published.IsZero() {
		d.Published = Date{Time: h.Published.UTC(), Origin: FromImport}
	}
	if h.Updated.After(h.Published) {
		d.Modified = Date{Time: h.Updated.UTC(), Origin: FromImport}
	}
	return d
}

// document sets what is made of the clean text alone.
func (n *Normalizer) document(title, text, language string, h Hint) Document {
	return Document{
		Title:     title,
		Text:      text,
		Language:  language,
		Relevance: n.relevance.Score(relevance.Input{Title: title, Text: text, Language: language, Country: h.Country}),
		Essence:   Essence(title, text),
		Version:   Version,
	}
}

// Judge says how far a clean text is about the region's security.
func (n *Normalizer) Judge(in relevance.Input) relevance.Result { return n.relevance.Score(in) }

// Explain judges as Judge does, and tells all that the judgement was made of.
func (n *Normalizer) Explain(in relevance.Input) relevance.Explanation {
	return n.relevance.Explain(in)
}

func paragraphsOf(text string) []string {
	var out []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// Extract finds the article of a page and what the page says about it. The error is [ErrNotHTML] or [ErrEmpty],
// where there is nothing to read; every doubt stands in the Verdict, beside the best text that was found.
func (n *Normalizer) Extract(raw Raw) (Extract, error) {
	x := Extract{Language: "und"}
	final, err := url.Parse(lenientEscapes(raw.URL))
	if err != nil || final.Host == "" {
		final = nil
	}
	x.CanonicalURL = chooseCanonical(raw.URL, final)
	if what := foreign(raw.Body, raw.ContentType); what != "" {
		return x, fmt.Errorf("%w: %s", ErrNotHTML, what)
	}
	text, charset := decode(raw.Body, raw.ContentType)
	if charset != "utf-8" {
		x.Notes = append(x.Notes, "charset "+charset)
	}
	doc, lax := parse(text, raw.Rules.any())
	if lax {
		x.Notes = append(x.Notes, "markup beyond bounds: read without the usual repairs")
	}
	if raw.Fragment {
		return fragment(x, doc, raw)
	}
	p := readPage(doc, final, raw)
	p.refine()
	x.Title, x.Text = p.clean()
	c := p.claims
	x.Authors = c.authors(raw.Hint.Authors, p.signed())
	x.Published = c.published(final, raw.Hint, p.ruledDate, p.nearDates(), p.inTeaser())
	x.Modified = c.modified(raw.Hint, x.Published)
	x.Language = languageOf(x.Title, x.Text, c.languages(raw.Hint.Language)...)
	x.SiteName = c.siteName()
	x.CanonicalURL = chooseCanonical(raw.URL, final, c.canonical, c.get("og:url"))
	x.Notes = append(x.Notes, p.notes...)
	if weight(x.Text) <= cutWords {
		x.Wall, x.Blurb = p.walled(), c.blurb(x.Text)
	}
	if p.blank() {
		if m := challengeSure.FindString(c.pageTitle + "\n" + unscripted(doc)); m != "" || challengeHead.MatchString(c.pageTitle) {
			x.Verdict = fmt.Errorf("%w: %q", ErrChallenge, m)
			return x, nil
		}
		return x, fmt.Errorf("%w: the page shows nothing to read", ErrEmpty)
	}
	x.Verdict = p.verdict(&x)
	if x.Verdict == nil && !announced(raw.Hint.Title, c, x.Text) {
		x.Verdict = fmt.Errorf("%w: nothing of the announced headline %q is on the page", ErrUnavailable, raw.Hint.Title)
	}
	return x, nil
}

// announced says whether a short text may be the article of a feed's entry: a page that shows a few lines on something
// else, with another headline, is a notice of the site's. Long texts need no such proof, nor do headlines of few words.
func announced(headline string, c *claims, text string) bool {
	const short, fewest, letters = 80, 3, 4
	if weight(text) >= short {
		return true
	}
	text += "\n" + c.pageTitle + "\n" + c.get("og:title")
	for _, n := range slices.Concat(c.h1, c.h2) {
		text += "\n" + textOf(n)
	}
	shown := map[string]bool{}
	for w := range dedup.Words(text) {
		shown[string(w)] = true
	}
	asked := 0
	for w := range dedup.Words(headline) {
		if utf8.RuneCount(w) < letters {
			continue
		}
		if asked++; shown[string(w)] {
			return true
		}
	}
	return asked < fewest
}

// languageOf tells the language of a text, or takes the first of the claimed ones where the text is too short to tell.
func languageOf(title, text string, claimed ...string) string {
	tag, sure := Language(title + "\n" + text)
	if tag != "und" && sure >= 0.3 {
		return tag
	}
	for _, c := range claimed {
		t, err := language.Parse(strings.ReplaceAll(strings.TrimSpace(c), "_", "-"))
		if err != nil {
			continue
		}
		if base, sure := t.Base(); sure >= language.High && base.String() != "und" {
			return base.String()
		}
	}
	return tag
}
