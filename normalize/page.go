package normalize

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The tree builder that the HTML standard asks for can make a large tree of a small page: formatting elements that
// are left open are made anew in each block, and attributes of repeated body tags are merged. Pages beyond these
// bounds get the plain tree of [lenient], which grows with the page and no faster.
const (
	mostNodes      = 1 << 19
	mostMerges     = 64
	mostAttributes = 512
	mostDepth      = 200
	mostPageBytes  = 16 << 20
)

// parse makes a tree of a page; it never fails. What nothing reads is left out of it; attributes says that all of them
// are kept. lax says that the page was too deep or too wild for the standard's tree builder.
func parse(text string, attributes bool) (doc *html.Node, lax bool) {
	if len(text) > mostPageBytes {
		text = clip(text, mostPageBytes)
	}
	text, plain := slim(text, attributes)
	if plain || tame(text) {
		if doc, err := html.Parse(strings.NewReader(text)); err == nil {
			return doc, false
		}
	}
	return lenient(text), true
}

var formatting = map[atom.Atom]bool{
	atom.A: true, atom.B: true, atom.Big: true, atom.Code: true, atom.Em: true, atom.Font: true, atom.I: true, atom.Nobr: true,
	atom.S: true, atom.Small: true, atom.Strike: true, atom.Strong: true, atom.Tt: true, atom.U: true,
}

// tame reads the tokens of a page and reports whether the tree that the standard asks for stays within bounds.
func tame(text string) bool {
	z := html.NewTokenizer(strings.NewReader(text))
	nodes, merges, open := 0, 0, 0
	weight := map[atom.Atom][]int{}
	for {
		switch z.Next() {
		case html.ErrorToken:
			return true
		case html.TextToken:
			nodes += 1 + open
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			a := atom.Lookup(name)
			attrs := 0
			for more && attrs <= mostAttributes {
				_, _, more = z.TagAttr()
				attrs++
			}
			if attrs > mostAttributes {
				return false
			}
			if a == atom.Body || a == atom.Html {
				merges++
			}
			nodes += 1 + open
			if formatting[a] {
				w := 1 + attrs/4
				weight[a] = append(weight[a], w)
				open += w
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if s := weight[a]; len(s) > 0 {
				open -= s[len(s)-1]
				weight[a] = s[:len(s)-1]
			}
		}
		if nodes > mostNodes || merges > mostMerges {
			return false
		}
	}
}

// lenient makes a tree without the repairs of the standard: elements beyond mostDepth become siblings, an end tag
// closes the nearest element of its name, a new paragraph, list item or cell closes the one before.
func lenient(text string) *html.Node {
	doc := &html.Node{Type: html.DocumentNode}
	stack := []*html.Node{doc}
	z := html.NewTokenizer(strings.NewReader(text))
	closeTo := func(a atom.Atom, name string, stop ...atom.Atom) {
		for i := len(stack) - 1; i > 0; i-- {
			n := stack[i]
			if n.DataAtom == a && n.Data == name {
				stack = stack[:i]
				return
			}
			for _, s := range stop {
				if n.DataAtom == s {
					return
				}
			}
		}
	}
	for nodes := 0; nodes < mostNodes/2; nodes++ {
		switch z.Next() {
		case html.ErrorToken:
			return doc
		case html.TextToken:
			top := stack[len(stack)-1]
			top.AppendChild(&html.Node{Type: html.TextNode, Data: string(z.Text())})
		case html.EndTagToken:
			name, _ := z.TagName()
			closeTo(atom.Lookup(name), string(name))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			n := &html.Node{Type: html.ElementNode, Data: string(name), DataAtom: atom.Lookup(name)}
			for i := 0; more && i < mostAttributes; i++ {
				var k, v []byte
				k, v, more = z.TagAttr()
				n.Attr = append(n.Attr, html.Attribute{Key: string(k), Val: string(v)})
			}
			if flowOf(n) != inline {
				closeTo(atom.P, "p", atom.Div, atom.Td, atom.Table, atom.Blockquote)
			}
			switch n.DataAtom {
			case atom.Li:
				closeTo(atom.Li, "li", atom.Ul, atom.Ol)
			case atom.Td, atom.Th:
				closeTo(atom.Td, "td", atom.Table, atom.Tr)
			case atom.Tr:
				closeTo(atom.Tr, "tr", atom.Table)
			}
			stack[len(stack)-1].AppendChild(n)
			if len(stack) < mostDepth && !void(n.DataAtom) {
				stack = append(stack, n)
			}
		}
	}
	return doc
}

func void(a atom.Atom) bool {
	switch a {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param,
		atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// shows reports whether a subtree has any text to read.
func shows(n *html.Node) bool {
	switch {
	case n.Type == html.TextNode:
		return strings.TrimSpace(n.Data) != ""
	case n.Type == html.ElementNode && flowOf(n) == unread:
		return false
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if shows(c) {
			return true
		}
	}
	return false
}

// textOf gives the text of a subtree with its blanks collapsed.
func textOf(n *html.Node) string {
	var b strings.Builder
	gather(n, &b)
	return strings.Join(strings.Fields(b.String()), " ")
}

func gather(n *html.Node, b *strings.Builder) {
	const most = 64 << 10
	if b.Len() > most {
		return
	}
	switch {
	case n.Type == html.TextNode:
		b.WriteString(n.Data)
	case n.Type == html.ElementNode && flowOf(n) == unread:
		return
	case n.Type == html.ElementNode && flowOf(n) != inline:
		b.WriteByte(' ')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		gather(c, b)
	}
	if n.Type == html.ElementNode && flowOf(n) == boxed {
		b.WriteByte(' ')
	}
}
