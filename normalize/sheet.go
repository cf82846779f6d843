package normalize

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// sheet is a page that was read: its claims, its outline and the blocks chosen as the article.
type sheet struct {
	url       *url.URL
	claims    *claims
	outline   *outline
	title     string
	titleNode *html.Node
	chosen    []*block
	outcast   bool // only what looks like no article at all was left to choose from
	ruled     bool // the source's own selector chose
	ruledDate string
	lent      []string // paragraphs that stand in the description for machines only
	notes     []string
}

func readPage(doc *html.Node, u *url.URL, raw Raw) *sheet {
	p := &sheet{url: u, claims: readClaims(doc)}
	skip := raw.Rules.removed(doc)
	p.title, p.titleNode = p.claims.title(u, raw.Hint.Title)
	if n, t := one(doc, raw.Rules.Title, skip); n != nil {
		p.title, p.titleNode = t, n
	} else if raw.Rules.Title != nil {
		p.notes = append(p.notes, "title selector found nothing")
	}
	p.outline = outlineOf(doc, func(n *html.Node) bool { return skip[n] })
	switch {
	case raw.Rules.Title != nil:
	case p.titleNode == nil:
		p.shownTitle()
	default:
		p.pastMasthead()
	}
	p.ruledDate = raw.Rules.dateText(doc)
	if raw.Rules.Body != nil {
		p.chosen = raw.Rules.body(doc, skip)
		p.ruled = len(p.chosen) > 0
		if !p.ruled {
			p.notes = append(p.notes, "body selector found nothing")
		}
	}
	if !p.ruled {
		body := ""
		if p.claims.article != nil {
			body = p.claims.article.body
		}
		p.chosen, p.outcast = article(p.outline, p.titleBlock(), p.isTitle, body)
		p.lend(body)
	}
	return p
}

// view gives the page to the model of lines; nil where there is nothing that it could be asked about.
func (p *sheet) view() *view {
	if p.ruled || p.lent != nil || len(p.chosen) == 0 {
		return nil
	}
	body := ""
	if p.claims.article != nil {
		body = p.claims.article.body
	}
	return viewOf(p.outline, p.titleBlock(), p.chosen, p.title, p.claims.get("og:description", "description"), body, p.claims.authors(nil, nil))
}

// shownTitle looks for the part of the window's title that the page shows as a line of its own: old pages have no
// headings, and put the names of site and section before the headline or after it.
func (p *sheet) shownTitle() {
	full := p.claims.pageTitle
	cuts := separators.FindAllStringIndex(full, -1)
	if len(cuts) == 0 {
		return
	}
	shown := map[string]bool{}
	for i := range p.outline.blocks {
		if b := &p.outline.blocks[i]; b.runes >= 12 && b.runes <= 250 && b.share() < 0.5 {
			shown[squash(b.text)] = true
		}
	}
	site := squash(p.claims.siteName())
	starts, ends := []int{0}, []int{}
	for _, c := range cuts {
		ends = append(ends, c[0])
		starts = append(starts, c[1])
	}
	ends = append(ends, len(full))
	best := ""
	for _, from := range starts {
		for _, to := range ends {
			if to <= from {
				continue
			}
			if t := strings.TrimSpace(full[from:to]); len(t) > len(best) && shown[squash(t)] && squash(t) != site {
				best = t
			}
		}
	}
	if best != "" {
		p.title = best
	}
}

// pastMasthead looks again at a heading that is one part of the window's title. Where another stretch of that title stands
// below it as a line of its own, with no text between, and is longer, the heading is the name of the site or of a section.
func (p *sheet) pastMasthead() {
	const mostParts = 8
	full, q := p.claims.pageTitle, squash(p.title)
	cuts := separators.FindAllStringIndex(full, mostParts-1)
	starts, ends := []int{0}, []int{}
	for _, c := range cuts {
		starts, ends = append(starts, c[1]), append(ends, c[0])
	}
	ends = append(ends, len(full))
	own := -1
	for i := range starts {
		if squash(full[starts[i]:ends[i]]) == q {
			own = i
			break
		}
	}
	at := p.titleBlock()
	if own < 0 || at < 0 {
		return
	}
	shown := map[string]bool{}
	for i := at + 1; i < len(p.outline.blocks); i++ {
		b := &p.outline.blocks[i]
		if b.runes <= 300 && b.share() < 0.5 {
			shown[b.squash()] = true
		}
		if b.good >= 60 {
			break
		}
	}
	best := ""
	for from := range starts {
		for to := from; to < len(ends) && (to < own || from > own); to++ {
			rest := strings.TrimSpace(full[starts[from]:max(starts[from], ends[to])])
			if r := squash(rest); len(r) > len(squash(best)) && 10*len(r) >= 12*len(q) && shown[r] {
				best = rest
			}
		}
	}
	if best != "" {
		p.title, p.titleNode = best, nil
	}
}

// isTitle reports whether a line is the headline again.
func (p *sheet) isTitle(line string) bool {
	if len(line) > 2*len(p.title)+40 {
		return false
	}
	q := squash(line)
	return q != "" && q == squash(p.title)
}

// titleBlock finds the block of the headline: that of the heading it was taken from, else the first line that says
// the same. It gives -1 where there is none.
func (p *sheet) titleBlock() int {
	for i := range p.outline.blocks {
		b := &p.outline.blocks[i]
		if p.titleNode != nil && b.el.inside(func(e *elem) bool { return e.node == p.titleNode }) {
			return i
		}
	}
	for i := range p.outline.blocks {
		b := &p.outline.blocks[i]
		if b.runes < 400 && b.share() < 0.5 && p.isTitle(b.text) {
			return i
		}
	}
	return -1
}

// lend takes the text from the description for machines where the page itself holds hardly any of it, because a
// script is to put it there.
func (p *sheet) lend(body string) {
	if strings.Contains(body, "<") && strings.Contains(body, ">") {
		doc, _ := parse(body, false)
		o := outlineOf(doc, nil)
		var ps []string
		for i := range o.blocks {
			ps = append(ps, o.blocks[i].text)
		}
		body = strings.Join(ps, "\n")
	}
	shown := 0
	for _, b := range p.chosen {
		shown += b.runes
	}
	if n := len([]rune(body)); n < 300 || n < 3*shown {
		return
	}
	p.lent = paragraphsOf(strings.NewReplacer("\r", "\n", "\u2029", "\n").Replace(body))
	p.notes = append(p.notes, "text taken from the page's description for machines")
}

func (p *sheet) clean() (title, text string) {
	ps := p.lent
	if ps == nil {
		ps = render(p.chosen)
	}
	title, ps = tidy(clip(p.title, 1<<10), bounded(ps))
	return title, strings.Join(ps, "\n\n")
}

// blank reports whether a page shows no word at all.
func (p *sheet) blank() bool {
	return len(p.outline.blocks) == 0 && len(p.lent) == 0
}

// nearDates gives the lines around the head of the article that may hold its date.
func (p *sheet) nearDates() []string {
	bs := p.outline.blocks
	if len(p.chosen) == 0 || p.ruled {
		return nil
	}
	start := 0
	for i := range bs {
		if &bs[i] == p.chosen[0] {
			start = i
			break
		}
	}
	var out []string
	add := func(b *block, most int) {
		if b.runes > most || b.teaser || !hasDigit(b.text) {
			return
		}
		// A date that has an element of its own is read from there: what stands beside it in the line may run into it.
		for _, list := range [][]*html.Node{p.claims.times, p.claims.dates} {
			for _, n := range list {
				for k := n; k != nil; k = k.Parent {
					if k == b.el.node {
						for _, w := range whenOf(n) {
							out = append(out, w.text)
						}
						break
					}
				}
			}
		}
		out = append(out, b.text)
	}
	for i := start - 1; i >= 0 && i >= start-12 && len(out) < 12; i-- {
		add(&bs[i], 120)
	}
	last := start
	for i := range bs {
		if &bs[i] == p.chosen[len(p.chosen)-1] {
			last = i
		}
	}
	for i := last + 1; i < len(bs) && i <= last+6; i++ {
		add(&bs[i], 80)
	}
	return out
}

// inTeaser gives a test for elements that stand in a teaser.
func (p *sheet) inTeaser() func(*html.Node) bool {
	boxes := map[*html.Node]bool{}
	for i := range p.outline.blocks {
		if b := &p.outline.blocks[i]; b.teaser {
			boxes[b.el.node] = true
		}
	}
	return func(n *html.Node) bool {
		for ; n != nil; n = n.Parent {
			if boxes[n] {
				return true
			}
		}
		return false
	}
}

// feedTail is what feeds append to a text: where it first appeared, and links to the rest of it.
var feedTail = regexp.MustCompile(`(?i)^[^\pL\pN]*(?:(?:the )?(?:post|article|entry) .{0,300}(?:appeared first on|first appeared on|originally appeared).*|(?:сообщение|запись|статья|пост) .{0,300}(?:появил\S+ (?:сначала|впервые) на|впервые появил\S+).*|continue reading\b.*|read (?:more|the full (?:story|article))\b.*|(?:читать|читайте) (?:далее|полностью|дальше)\b.*|толығырақ.*|source:? .{0,80}|\[?(?:…|\.\.\.)\]?)$`)

// mostText bounds a document, in bytes. No article is as long; what is longer is a book or an attack.
const mostText = 2 << 20

func bounded(ps []string) []string {
	n := 0
	for i, p := range ps {
		if n += len(p) + 2; n > mostText {
			return append(ps[:i:i], clip(p, max(0, mostText-n+len(p))))
		}
	}
	return ps
}

// fragment reads a piece of HTML that a feed gave as the article: all of it is, but for what is no text.
func fragment(x Extract, doc *html.Node, raw Raw) (Extract, error) {
	skip := raw.Rules.removed(doc)
	o := outlineOf(doc, func(n *html.Node) bool { return skip[n] })
	if len(o.blocks) == 0 {
		return x, fmt.Errorf("%w: the feed's piece shows nothing to read", ErrEmpty)
	}
	var chosen []*block
	for i := range o.blocks {
		b := &o.blocks[i]
		small := b.runes < 300
		aside := small && b.el.inside(func(e *elem) bool { return e.hint&(hintAside|hintComment|hintHidden|hintCaption) != 0 })
		if aside || small && b.share() > 0.8 && b.anchors > 1 {
			continue
		}
		chosen = append(chosen, b)
	}
	for n := len(chosen); n > 1 && feedTail.MatchString(chosen[n-1].text) && chosen[n-1].runes < 400; n = len(chosen) {
		chosen = chosen[:n-1]
	}
	title, ps := tidy(spaced(raw.Hint.Title), bounded(render(chosen)))
	x.Title, x.Text = title, strings.Join(ps, "\n\n")
	x.Authors = raw.Hint.Authors
	if h := raw.Hint.Published; !h.IsZero() && plausible(h, raw.Hint.Seen) {
		x.Published = Date{Time: h.UTC(), Origin: FromFeed}
	}
	if h := raw.Hint.Updated; h.After(raw.Hint.Published) && plausible(h, raw.Hint.Seen) {
		x.Modified = Date{Time: h.UTC(), Origin: FromFeed}
	}
	x.Language = languageOf(x.Title, x.Text, raw.Hint.Language)
	return x, nil
}
