package normalize

import (
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// any reports whether there are rules at all; they may ask for every attribute.
func (r Rules) any() bool {
	return r.Title != nil || r.Body != nil || r.Date != nil || len(r.Remove) > 0
}

// removed collects what a source's rules take out of a page.
func (r Rules) removed(doc *html.Node) map[*html.Node]bool {
	out := map[*html.Node]bool{}
	for _, m := range r.Remove {
		for _, n := range goquery.NewDocumentFromNode(doc).FindMatcher(m).Nodes {
			out[n] = true
		}
	}
	return out
}

// one gives the text of the first element that a selector finds, or "".
func one(doc *html.Node, m goquery.Matcher, skip map[*html.Node]bool) (*html.Node, string) {
	if m == nil {
		return nil, ""
	}
	for _, n := range goquery.NewDocumentFromNode(doc).FindMatcher(m).Nodes {
		if skip[n] {
			continue
		}
		if t := textOf(n); t != "" {
			return n, t
		}
	}
	return nil, ""
}

// body gives the blocks of all elements that the body selector finds; an element inside another is read once.
func (r Rules) body(doc *html.Node, skip map[*html.Node]bool) []*block {
	if r.Body == nil {
		return nil
	}
	found := goquery.NewDocumentFromNode(doc).FindMatcher(r.Body).Nodes
	in := map[*html.Node]bool{}
	for _, n := range found {
		in[n] = true
	}
	var out []*block
	for _, n := range found {
		inner := false
		for p := n.Parent; p != nil; p = p.Parent {
			inner = inner || in[p] || skip[p]
		}
		if inner || skip[n] {
			continue
		}
		o := outlineOf(n, func(k *html.Node) bool { return skip[k] })
		for i := range o.blocks {
			out = append(out, &o.blocks[i])
		}
	}
	return out
}

// dateText gives what stands where the date selector points: a machine's form of it if there is one.
func (r Rules) dateText(doc *html.Node) string {
	if r.Date == nil {
		return ""
	}
	found := goquery.NewDocumentFromNode(doc).FindMatcher(goquery.SingleMatcher(r.Date)).Nodes
	if len(found) == 0 {
		return ""
	}
	n := found[0]
	for _, k := range []string{"datetime", "content", "data-datetime"} {
		if v := strings.TrimSpace(attr(n, k)); v != "" {
			return v
		}
	}
	return textOf(n)
}
