package normalize

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// render writes the chosen blocks as paragraphs. A block is one, but for the items of a list: what is listed is read on
// in one line, and only items as long as paragraphs, or of several, stand by themselves.
func render(bs []*block) []string {
	out := make([]string, 0, len(bs))
	var list *elem // that of the block before, where it was an item to read on from
	for _, b := range bs {
		text := strings.TrimSpace(b.text)
		l := listOf(b)
		if l != nil && l == list {
			out[len(out)-1] = readOn(out[len(out)-1], text)
		} else {
			out = append(out, text)
		}
		list = l
	}
	return out
}

// listOf gives the list of which a block is an item: all of it, short, and nothing that cleaning may know as residue.
func listOf(b *block) *elem {
	const most = 300 // runes; what is longer is a paragraph
	if b.runes >= most || b.heading() {
		return nil
	}
	item := b.el
	for item != nil && item.tag() != atom.Li {
		item = item.parent
	}
	if item == nil || item.to-item.from > 1 || b.kind().class != "" {
		return nil
	}
	for l := item.parent; l != nil; l = l.parent {
		if l.tag() == atom.Ul || l.tag() == atom.Ol {
			return l
		}
	}
	return nil
}

// readOn adds an item of a list to those before it. Where a mark ends what is there no other is set.
func readOn(line, item string) string {
	if endsSentence(line) || strings.HasSuffix(line, ";") || strings.HasSuffix(line, ",") || strings.HasSuffix(line, ":") {
		return line + " " + item
	}
	return line + "; " + item
}
