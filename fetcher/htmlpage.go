package fetcher

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// parsePage builds the tree of a page and gives the address that its relative links are resolved against.
func parsePage(body []byte, contentType, address string, shape Shape) (*html.Node, *url.URL, error) {
	text := pageText(body, contentType)
	if err := shape.checkPage(text); err != nil {
		return nil, nil, err
	}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	base, err := url.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	for n := range root.Descendants() {
		if n.DataAtom == atom.Base {
			base = rebase(base, attrOf(n, "href"))
			break
		}
	}
	return root, base, nil
}

// pageTitle gives what a page calls its site, else itself; "" if it says nothing.
func pageTitle(body []byte, contentType string) (title string) {
	z := html.NewTokenizer(strings.NewReader(pageText(body, contentType)))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return title
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.DataAtom {
			case atom.Title:
				if z.Next() == html.TextToken && title == "" {
					title = strings.TrimSpace(z.Token().Data)
				}
			case atom.Meta:
				if name := strings.TrimSpace(attribute(t, "content")); name != "" && attribute(t, "property") == "og:site_name" {
					return name
				}
			case atom.Body:
				return title
			}
		}
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// pageText decodes a page. Bytes that are valid UTF-8 are that, whatever the labels say.
func pageText(body []byte, contentType string) string {
	body = gunzipped(body)
	if text, ok := wideText(body); ok {
		return text
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if utf8.Valid(body) {
		return string(body)
	}
	e, name, _ := charset.DetermineEncoding(body, contentType)
	if name == "utf-8" || name == "windows-1252" {
		if mostlyUTF8(body) {
			return mendUTF8(body)
		}
		_, e = guessCharset(body)
	}
	out, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return mendUTF8(body)
	}
	return string(out)
}

// checkPage refuses pages whose tree could not be built in reasonable space and time: the rules of HTML let a page of some
// hundred kilobytes grow into gigabytes of nodes, and a parse cannot be stopped. It counts what the builder may make at
// most: each tag and text once, and once more for each formatting element that is open around it.
func (b Shape) checkPage(s string) error {
	tooLong := func() error {
		return beyond(KeyHTMLSize, "a page of more than %d bytes, or a piece of it of more than a quarter of that", b.HTMLSize)
	}
	if int64(len(s)) > b.HTMLSize {
		return tooLong()
	}
	z := html.NewTokenizer(strings.NewReader(s))
	z.SetMaxBuf(int(b.HTMLSize / 4))
	nodes, open, merged := 0, 0, 0
	formatting := map[atom.Atom][]string{} // the tags that are open, by their names
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			if errors.Is(z.Err(), html.ErrBufferExceeded) {
				return tooLong()
			}
			return nil
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			merging := tag == atom.Body || tag == atom.Html
			if isFormatting(tag) {
				tags := formatting[tag]
				switch {
				case kind == html.StartTagToken && mayStay(tag, tags, z.Raw()):
					formatting[tag] = append(tags, string(z.Raw()))
					open++
				case kind == html.EndTagToken && len(tags) > 0:
					formatting[tag] = tags[:len(tags)-1]
					open--
				}
			}
			for attrs := 0; more; attrs++ {
				if merging {
					merged++
				}
				if attrs > b.HTMLAttributes {
					return beyond(KeyHTMLAttributes, "a tag of a page with more than %d attributes", b.HTMLAttributes)
				}
				if merged > b.Merges {
					return beyond(KeyMerges, "tags of html and body with more than %d attributes", b.Merges)
				}
				_, _, more = z.TagAttr()
			}
		}
		if nodes += 1 + open; nodes > b.Nodes {
			return beyond(KeyNodes, "a page whose tree would have more than %d nodes", b.Nodes)
		}
	}
}

// mayStay reports whether one more formatting element may be open beside those of its name: of links there is only
// one at a time, of equal tags there are three.
func mayStay(tag atom.Atom, open []string, raw []byte) bool {
	if tag == atom.A || tag == atom.Nobr {
		return len(open) == 0
	}
	equal := 0
	for _, o := range open {
		if o == string(raw) {
			equal++
		}
	}
	return equal < 3
}

// isFormatting tells the elements that HTML opens again in every block, until they are closed.
func isFormatting(a atom.Atom) bool {
	switch a {
	case atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U:
		return true
	}
	return false
}

func attrOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textBelow gives the text of a node, blanks collapsed, a space between blocks. It stops at a bound.
func textBelow(n *html.Node) string {
	const most = 2000
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if b.Len() > most {
			return
		}
		switch n.Type {
		case html.TextNode:
			b.WriteString(n.Data)
		case html.ElementNode:
			switch n.DataAtom {
			case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Iframe:
				return
			}
			if !isFormatting(n.DataAtom) && n.DataAtom != atom.Span {
				b.WriteByte(' ')
				defer b.WriteByte(' ')
			}
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				walk(c)
			}
		}
	}
	walk(n)
	return strings.Join(strings.FieldsFunc(legal(strings.ToValidUTF8(b.String(), "")), isBlank), " ")
}
