package fetcher

import "strings"

// scan reads the tags of XML once, from the front to the back, and refuses the shapes that no feed and no sitemap has. It
// is done before anything is built of them.
type scan struct {
	markup
	shape    Shape
	depth    int
	elements int // 0 where they are not counted
	bases    int
	pieces   int
	prefixes map[string]bool
}

// checkFeed refuses a feed for its shape, from a place in it on; checkSitemap a sitemap, which may have far more elements.
func (s Shape) checkFeed(text string, from int) error {
	c := scan{markup: markup{s: text}, shape: s, elements: 1}
	c.declared(text[:from])
	return c.run(from)
}

func (s Shape) checkSitemap(text string, from int) error {
	c := scan{markup: markup{s: text}, shape: s}
	return c.run(from)
}

func (s Shape) tooMany() error { return beyond(KeyEntries, "more than %d entries", s.Entries) }

func (c *scan) run(i int) error {
	for {
		n := strings.IndexByte(c.s[i:], '<')
		if n < 0 || i+n+1 >= len(c.s) {
			return nil
		}
		i += n
		var err error
		switch sign := c.s[i+1]; {
		case sign == '!' || sign == '?':
			if strings.HasPrefix(c.s[i:], cdataStart) {
				_, i = c.cdata(i, "")
			} else if end := c.skip(i); end > 0 {
				i = end
			} else {
				i++
			}
			if c.pieces++; c.pieces > c.shape.Pieces {
				return beyond(KeyPieces, "a text in more than %d pieces", c.shape.Pieces)
			}
		case sign == '/':
			c.pieces = 0
			if c.depth > 0 {
				c.depth--
			}
			i += 2
		case isLetter(sign):
			c.pieces = 0
			i, err = c.open(i)
		default:
			i++
		}
		if err != nil {
			return err
		}
	}
}

// open reads the start tag at a place and gives the place behind its name. Tags that HTML leaves open do not count, and
// each item starts anew.
func (c *scan) open(i int) (after int, err error) {
	end := i + 1
	for end < len(c.s) && c.s[end] != '>' && c.s[end] != '<' && c.s[end] != ' ' && c.s[end] != '\n' {
		end++
	}
	name, attrs := c.s[i+1:end], c.attributes(end)
	if c.elements > 0 {
		if c.elements++; c.elements-1 > c.shape.Elements {
			return 0, beyond(KeyElements, "more than %d elements", c.shape.Elements)
		}
	}
	if int64(len(name)+len(attrs)) > c.shape.Tag {
		return 0, c.shape.hugeTag()
	}
	switch {
	case name == "item" || name == "entry":
		c.depth, c.bases = 2, 0
	case strings.HasSuffix(name, "/") || leftOpen[name] || strings.HasSuffix(attrs, "/"):
	default:
		if c.depth++; c.depth > c.shape.Depth {
			return 0, beyond(KeyDepth, "elements nested deeper than %d", c.shape.Depth)
		}
	}
	if strings.Contains(attrs, "xml:base") {
		if c.bases++; c.bases > c.shape.Bases {
			return 0, beyond(KeyBases, "more than %d declarations of xml:base in one entry", c.shape.Bases)
		}
	}
	if c.declared(attrs); len(c.prefixes) > c.shape.Prefixes {
		return 0, beyond(KeyPrefixes, "more than %d prefixes of namespaces", c.shape.Prefixes)
	}
	return end, nil
}

// attributes gives what stands from a place on up to the end of the tag, or to where another begins.
func (c *scan) attributes(from int) string {
	if from >= len(c.s) || c.s[from] == '>' || c.s[from] == '<' {
		return ""
	}
	rest := c.s[from:]
	if n := strings.IndexAny(rest, "<>"); n >= 0 && rest[n] == '>' {
		return rest[:n]
	}
	return ""
}

// declared notes the prefixes of namespaces that stand in a text of attributes.
func (c *scan) declared(attrs string) {
	const mark = "xmlns:"
	for len(c.prefixes) <= c.shape.Prefixes {
		n := strings.Index(attrs, mark)
		if n < 0 {
			return
		}
		attrs = attrs[n+len(mark):]
		if prefix, _, ok := strings.Cut(attrs[:min(len(attrs), 64)], "="); ok {
			if c.prefixes == nil {
				c.prefixes = map[string]bool{}
			}
			c.prefixes[prefix] = true
		}
	}
}

var leftOpen = map[string]bool{
	"br": true, "hr": true, "img": true, "p": true, "li": true, "td": true, "tr": true, "th": true, "dd": true, "dt": true, "input": true, "meta": true, "link": true,
	"col": true, "option": true, "wbr": true, "area": true, "source": true, "embed": true, "param": true,
}
