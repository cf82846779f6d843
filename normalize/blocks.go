package normalize

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// flow says how an element stands in the running text.
type flow int

const (
	inline flow = iota // part of a line
	boxed              // begins and ends a block of its own
	unread             // holds nothing to read
)

func flowOf(n *html.Node) flow {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Math, atom.Iframe, atom.Object, atom.Embed, atom.Canvas,
		atom.Video, atom.Audio, atom.Select, atom.Option, atom.Button, atom.Input, atom.Textarea, atom.Head, atom.Title, atom.Map,
		atom.Datalist, atom.Progress, atom.Meter, atom.Noframes, atom.Frameset, atom.Applet, atom.Link, atom.Meta:
		return unread
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details, atom.Dialog,
		atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3,
		atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Legend, atom.Li, atom.Listing, atom.Main, atom.Menu,
		atom.Nav, atom.Ol, atom.P, atom.Plaintext, atom.Pre, atom.Search, atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Td,
		atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Xmp:
		return boxed
	}
	if strings.Contains(strings.ReplaceAll(attr(n, "style"), " ", ""), "display:block") {
		return boxed
	}
	return inline
}

// elem is an element that stands as a box, with the range of the blocks in it.
type elem struct {
	node     *html.Node
	parent   *elem
	kids     []*elem
	from, to int
	hint     hint
	claimed  hint    // the hints of it and of all around it, as the markup has them
	within   place   // what it stands in
	good     float64 // good text of its blocks
}

func (e *elem) tag() atom.Atom { return e.node.DataAtom }

// inside reports whether e or an element around it passes f.
func (e *elem) inside(f func(*elem) bool) bool {
	for ; e != nil; e = e.parent {
		if f(e) {
			return true
		}
	}
	return false
}

// block is a run of text between the edges of boxes: a paragraph, heading, list item, cell, or a loose line.
type block struct {
	text    string
	el      *elem
	tag     atom.Atom // p, li, h1 to h6, figcaption, pre, or that of the box
	runes   int
	linked  int // runes inside links
	anchors int // links begun in it
	bold    int // runes in bold type
	slanted int // runes in italics
	commas  int
	ends    bool    // ends as a sentence does
	good    float64 // how much of an article's text it looks to hold, in runes
	out     bool    // found to be no part of the article
	teaser  bool    // leads to another article
	below   bool    // of another article, loaded below
	picture bool    // an image stands right before it or in it

	particulars particulars
	residue     *kind  // once asked for
	squashed    string // once asked for
}

// squash gives the letters and figures of the block, see [squash].
func (b *block) squash() string {
	if b.squashed == "" {
		b.squashed = squash(b.text)
	}
	return b.squashed
}

// kind is what the patterns of residue find a block to be.
func (b *block) kind() kind {
	if b.residue == nil {
		k := kindOf(b.text)
		b.residue = &k
	}
	return *b.residue
}

func (b *block) share() float64 {
	if b.runes == 0 {
		return 0
	}
	return float64(b.linked) / float64(b.runes)
}

func (b *block) heading() bool {
	switch b.tag {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// outline is a page as blocks and the boxes that hold them.
type outline struct {
	blocks []block
	elems  []*elem
	good   float64

	teasers int     // teasers that were found
	teased  float64 // their good text
}

// mostBlocks bounds the work on one page; the longest pages with an article hold some thousands.
const mostBlocks = 200_000

// scribe walks a tree and writes down its blocks.
type scribe struct {
	out     outline
	buf     []byte // the text of the present block
	runes   int    // in buf, without the pending space
	space   bool
	linked  int
	anchors int
	bold    int
	slanted int
	breaks  []mark // line breaks inside the present block
	inLink  int
	inBold  int
	inSlant int
	inPre   int
	top     *elem
	picture bool // seen since the last block
	glue    bool // the next text joins without a space: it follows a drop cap
	skip    func(*html.Node) bool
	names   map[string]hint // what was read from names already
}

// mark is the place of a line break in the text of a block and what had been counted there.
type mark struct{ at, runes, linked, anchors, bold, slanted, n int }

// outlineOf writes down the blocks of a tree. skip names subtrees that are left out.
func outlineOf(root *html.Node, skip func(*html.Node) bool) *outline {
	s := &scribe{skip: skip, names: map[string]hint{}}
	s.out.blocks = make([]block, 0, 256)
	s.walk(root)
	s.flush()
	for _, e := range s.out.elems {
		for i := e.from; i < e.to; i++ {
			e.good += s.out.blocks[i].good
		}
	}
	for i := range s.out.blocks {
		s.out.good += s.out.blocks[i].good
	}
	return &s.out
}

func (s *scribe) walk(n *html.Node) {
	if len(s.out.blocks) > mostBlocks {
		return
	}
	switch n.Type {
	case html.TextNode:
		s.text(n.Data)
		return
	case html.DocumentNode:
		s.children(n)
		return
	case html.ElementNode:
	default:
		return
	}
	if n.DataAtom == atom.Br {
		s.lineBreak()
		return
	}
	switch n.DataAtom {
	case atom.Img, atom.Picture:
		s.picture = true
		return
	case atom.Wbr:
		return
	}
	f := flowOf(n)
	if f == unread || s.skip != nil && s.skip(n) {
		if f == unread && n.DataAtom != atom.Script && n.DataAtom != atom.Style && n.DataAtom != atom.Noscript {
			s.space = true
		}
		return
	}
	cap := dropCap(n)
	if cap {
		f = inline
	} else if n.DataAtom == atom.Time && len(s.buf) == 0 && n.Parent != nil && n.Parent.DataAtom != atom.P && n.Parent.DataAtom != atom.Li {
		f = boxed
	} else if f == inline && len(n.Attr) > 0 {
		switch s.beside(n) {
		case unread:
			return
		case boxed:
			f = boxed
		}
	}
	switch n.DataAtom {
	case atom.A:
		if attr(n, "href") != "" {
			s.inLink++
			defer func() { s.inLink-- }()
			if shows(n) {
				s.anchors++
			}
		}
	case atom.B, atom.Strong:
		s.inBold++
		defer func() { s.inBold-- }()
	case atom.I, atom.Em:
		s.inSlant++
		defer func() { s.inSlant-- }()
	case atom.Pre:
		s.inPre++
		defer func() { s.inPre-- }()
	}
	if f == inline {
		s.children(n)
		if cap {
			s.glue = true
		}
		return
	}
	s.flush()
	e := &elem{node: n, parent: s.top, from: len(s.out.blocks), hint: hintOf(n, s.names)}
	e.claimed, e.within = e.hint, placeOf(n)
	if e.parent != nil {
		e.claimed |= e.parent.claimed
		e.within |= e.parent.within
	}
	s.out.elems = append(s.out.elems, e)
	if e.parent != nil {
		e.parent.kids = append(e.parent.kids, e)
	}
	s.top = e
	s.children(n)
	s.flush()
	e.to = len(s.out.blocks)
	s.top = e.parent
}

func (s *scribe) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.walk(c)
	}
}

// beside tells inline elements that are no part of the line they stand in: counters of comments and shares, words for
// screen readers, captions.
func (s *scribe) beside(n *html.Node) flow {
	h := hintOf(n, s.names)
	if h&(asides&^hintMeta) == 0 {
		return inline
	}
	if h&hintCaption != 0 && n.DataAtom != atom.A {
		return boxed
	}
	t := textOf(n)
	switch {
	case utf8.RuneCountInString(t) > 60:
	case h&(hintComment|hintHidden) != 0, !hasLetter(t):
		return unread
	}
	return inline
}

func hasLetter(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

// dropCap reports whether an element is the large first letter of a paragraph, which styles set apart.
func dropCap(n *html.Node) bool {
	if n.FirstChild == nil || n.FirstChild != n.LastChild || n.FirstChild.Type != html.TextNode {
		return false
	}
	if t := strings.TrimSpace(n.FirstChild.Data); len(t) > utf8.UTFMax || utf8.RuneCountInString(t) != 1 {
		return false
	}
	c := attr(n, "class")
	return strings.Contains(c, "cap") || strings.Contains(c, "first-letter") || strings.Contains(c, "firstletter") ||
		strings.Contains(c, "initial") || strings.Contains(c, "bukv")
}

func (s *scribe) text(t string) {
	for _, r := range t {
		switch {
		case r > ' ' && r < 0x7f:
		case r == '\u00ad' || r == '\u200b' || r == '\ufeff' || r == '\u2060':
			continue
		case r == '\n' && s.inPre > 0:
			s.lineBreak()
			continue
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' || r == '\u00a0' || r == 0:
			if !s.glue {
				s.space = true
			}
			continue
		}
		if s.space && len(s.buf) > 0 {
			s.buf = append(s.buf, ' ')
			s.count()
		}
		s.space, s.glue = false, false
		s.buf = utf8.AppendRune(s.buf, r)
		s.count()
	}
}

// count counts a rune that was written.
func (s *scribe) count() {
	s.runes++
	if s.inLink > 0 {
		s.linked++
	}
	if s.inBold > 0 {
		s.bold++
	}
	if s.inSlant > 0 {
		s.slanted++
	}
}

// mark is the present place, behind so many line breaks in a row.
func (s *scribe) mark(breaks int) mark {
	return mark{len(s.buf), s.runes, s.linked, s.anchors, s.bold, s.slanted, breaks}
}

// lineBreak marks a forced break. Two in a row, with nothing but blanks between, part paragraphs.
func (s *scribe) lineBreak() {
	if len(s.buf) == 0 {
		return
	}
	s.space = true
	if k := len(s.breaks); k > 0 && s.breaks[k-1].at == len(s.buf) {
		s.breaks[k-1].n++
		return
	}
	s.breaks = append(s.breaks, s.mark(1))
}

// flush ends the present block. Where it holds line breaks it becomes as many blocks as it has paragraphs.
func (s *scribe) flush() {
	text := string(s.buf)
	total := s.mark(0)
	breaks := s.breaks
	s.buf = s.buf[:0]
	s.runes, s.linked, s.anchors, s.bold, s.slanted, s.breaks, s.space, s.glue = 0, 0, 0, 0, 0, nil, false, false
	if text == "" {
		return
	}
	single := singleBreaksPart(text, breaks)
	var from mark
	marks := append(breaks, total)
	told := false // the line before the break tells the particulars of an article
	for i, m := range marks {
		next := false
		if i+1 < len(marks) && !single {
			next = particularsOf(text[m.at:marks[i+1].at]) != none
		}
		part := m.n != 1 || single || told || next || titled(from, m)
		told = next
		if !part {
			continue
		}
		if m.at > from.at {
			s.add(text[from.at:m.at], from, m)
		}
		from = m
	}
}

// titled reports whether the line between two breaks is set apart as headings are: all of it bold or a link.
func titled(from, to mark) bool {
	n := to.runes - from.runes - 3 // blanks and marks may stand outside
	return n > 8 && (to.bold-from.bold >= n*9/10 || to.linked-from.linked >= n)
}

// singleBreaksPart decides whether single line breaks of a block part paragraphs. They do where nearly every line
// is long and ends as a sentence; in addresses, verses and wrapped lines they do not.
func singleBreaksPart(text string, breaks []mark) bool {
	lines, whole, from := 0, 0, 0
	for _, m := range breaks {
		if m.n == 1 {
			line := strings.TrimSpace(text[from:m.at])
			lines++
			if endsSentence(line) || utf8.RuneCountInString(line) < 60 && lines == 1 {
				whole++
			}
		}
		from = m.at
	}
	return lines > 0 && whole*10 >= lines*8
}

// add writes down a block: what stands between two marks.
func (s *scribe) add(text string, from, to mark) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	e := s.top
	if e == nil {
		e = &elem{node: &html.Node{Type: html.ElementNode, DataAtom: atom.Body, Data: "body"}}
		s.out.elems = append(s.out.elems, e)
		s.top = e
	}
	b := block{text: text, el: e, tag: e.tag(), runes: to.runes - from.runes, linked: to.linked - from.linked, anchors: to.anchors - from.anchors,
		bold: to.bold - from.bold, slanted: to.slanted - from.slanted, picture: s.picture}
	s.picture = false
	// The block belongs to what holds it, be it wrapped in boxes of its own, as in <li><div>.
	for p := e; p != nil && p.from == len(s.out.blocks); p = p.parent {
		switch p.tag() {
		case atom.Li, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Figcaption:
			b.tag = p.tag()
		}
		if b.tag == p.tag() && b.tag != e.tag() {
			break
		}
	}
	b.commas = strings.Count(text, ",") + strings.Count(text, "،") + strings.Count(text, "，") + strings.Count(text, "、")
	b.ends = endsSentence(text)
	b.good = goodness(&b)
	s.out.blocks = append(s.out.blocks, b)
}

// goodness is the length of a block in runes, lowered where it looks like a link, a label or a heading.
func goodness(b *block) float64 {
	n := float64(b.runes - b.linked)
	if b.share() > 0.5 {
		return 0
	}
	if b.heading() {
		return n * 0.1
	}
	if b.runes < 600 && furniture(b.text) {
		n *= 0.1
	}
	if b.particulars = particularsOf(b.text); b.particulars != none {
		n *= 0.1
	}
	switch {
	case b.runes < 25 && !b.ends:
		return n * 0.05
	case b.ends && b.runes >= 60:
		return n
	case b.ends:
		return n * 0.7
	case b.runes >= 160:
		return n * 0.8
	case b.commas > 0 && b.runes >= 60:
		return n * 0.5
	}
	return n * 0.2
}

// furniture tells notices of rights, cookies and imprint.
func furniture(t string) bool {
	if strings.Contains(t, "cookie") || strings.Contains(t, "©") || claimsRights(t) {
		return true
	}
	digits := 0
	for i := range len(t) {
		if t[i] >= '0' && t[i] <= '9' {
			digits++
		}
	}
	return (digits >= 5 || strings.Contains(t, "@")) && contactStarts.among(t) && contactMark.MatchString(t)
}

// endsSentence reports whether a text ends with the mark of a sentence, quotes and brackets after it aside.
func endsSentence(t string) bool {
	for t != "" {
		r, n := utf8.DecodeLastRuneInString(t)
		switch r {
		case '.', '!', '?', '…', '。', '！', '？', '؟', '۔':
			return true
		case '"', '\'', '»', '”', '’', '“', ')', ']', ' ', '›', '」', '』', '*':
			t = t[:len(t)-n]
		default:
			return false
		}
	}
	return false
}
