package fetcher

import (
	"errors"
	"fmt"
	"time"
)

// Keys of the config that raise limits.
const (
	KeyBody     = "fetch.max_body"
	KeyTimeout  = "fetch.timeout"
	KeyNetworks = "fetch.allow_networks"

	KeyConnect   = "limits.connect"
	KeyHandshake = "limits.handshake"
	KeyFirstByte = "limits.first_byte"
	KeySpeed     = "limits.speed"
	KeyHeader    = "limits.header"
	KeyRedirects = "limits.redirects"
	KeyExpansion = "limits.expansion"

	KeyNewADay = "limits.new_a_day"

	KeyDepth      = "limits.xml_depth"
	KeyPrefixes   = "limits.xml_prefixes"
	KeyBases      = "limits.xml_bases"
	KeyAttributes = "limits.xml_attributes"
	KeyTag        = "limits.xml_tag"
	KeyElements   = "limits.xml_elements"
	KeyPieces     = "limits.xml_pieces"
	KeyEntries    = "limits.entries"

	KeyNodes          = "limits.html_nodes"
	KeyMerges         = "limits.html_merges"
	KeyHTMLAttributes = "limits.html_attributes"
	KeyHTMLSize       = "limits.html_size"
)

// keys are all of them.
func keys() []string {
	return []string{KeyBody, KeyTimeout, KeyNetworks, KeyConnect, KeyHandshake, KeyFirstByte, KeySpeed, KeyHeader, KeyRedirects, KeyExpansion, KeyNewADay,
		KeyDepth, KeyPrefixes, KeyBases, KeyAttributes, KeyTag, KeyElements, KeyPieces, KeyEntries, KeyNodes, KeyMerges, KeyHTMLAttributes, KeyHTMLSize}
}

// WireLimits are what is granted to an answer while it comes in, beside ClientOptions.Timeout and MaxBody. What is zero
// has its default.
type WireLimits struct {
	Connect   time.Duration // until a connection stands, the look-up of the name included
	Handshake time.Duration // of TLS
	FirstByte time.Duration // from then on until the answer begins
	Speed     int64         // bytes a second at least, over each span of paceSpan, while the body comes
	Header    int64         // bytes
	Redirects int           // one after the other
	Expansion int           // bytes of a body for each byte sent, beyond its first MiB
}

// DefaultWireLimits gives the limits that hold where nothing else is said.
func DefaultWireLimits() WireLimits {
	return WireLimits{Connect: 10 * time.Second, Handshake: 10 * time.Second, FirstByte: 20 * time.Second, Speed: 1 << 10,
		Header: 256 << 10, Redirects: 5, Expansion: 100}
}

// paceSpan is over what time the speed of an answer is taken.
const paceSpan = 20 * time.Second

func (l WireLimits) orDefault() WireLimits {
	d := DefaultWireLimits()
	or(&l.Connect, d.Connect)
	or(&l.Handshake, d.Handshake)
	or(&l.FirstByte, d.FirstByte)
	or(&l.Speed, d.Speed)
	or(&l.Header, d.Header)
	or(&l.Redirects, d.Redirects)
	or(&l.Expansion, d.Expansion)
	return l
}

func or[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// Shape are the bounds of a feed, sitemap or list page. They are met by no document that means well, and beyond them a
// small one can wear out a parser. What is zero has its default.
type Shape struct {
	Depth      int   // of elements; each entry begins anew
	Prefixes   int   // of namespaces that a document declares, each counted once
	Bases      int   // declarations of xml:base in one entry
	Attributes int   // of one tag
	Tag        int64 // bytes of one tag
	Elements   int   // of a feed
	Pieces     int   // comments and CDATA sections in a row
	Entries    int   // of a feed

	Nodes          int   // of the tree of a page
	Merges         int   // attributes of all html and body tags of a page, which are merged one by one
	HTMLAttributes int   // of one tag of a page
	HTMLSize       int64 // bytes of a page; of one tag or text in it a quarter of that
}

// DefaultShape gives the bounds that hold where nothing else is said.
func DefaultShape() Shape {
	return Shape{Depth: 256, Prefixes: 256, Bases: 64, Attributes: 256, Tag: 64 << 10, Elements: 500_000, Pieces: 4096, Entries: 20_000,
		Nodes: 2_000_000, Merges: 1024, HTMLAttributes: 512, HTMLSize: 16 << 20}
}

func (s Shape) orDefault() Shape {
	d := DefaultShape()
	or(&s.Depth, d.Depth)
	or(&s.Prefixes, d.Prefixes)
	or(&s.Bases, d.Bases)
	or(&s.Attributes, d.Attributes)
	or(&s.Tag, d.Tag)
	or(&s.Elements, d.Elements)
	or(&s.Pieces, d.Pieces)
	or(&s.Entries, d.Entries)
	or(&s.Nodes, d.Nodes)
	or(&s.Merges, d.Merges)
	or(&s.HTMLAttributes, d.HTMLAttributes)
	or(&s.HTMLSize, d.HTMLSize)
	return s
}

// Exceeded is the error of what went beyond a limit.
type Exceeded struct {
	What string // in words, such as "more than 20000 entries"
	Key  string // of the config that raises the limit; "" where nothing does
}

func (e *Exceeded) Error() string {
	if e.Key == "" {
		return e.What
	}
	return e.What + "; " + e.Key + " raises that"
}

func beyond(key, format string, args ...any) *Exceeded {
	return &Exceeded{What: fmt.Sprintf(format, args...), Key: key}
}

// fixed is how a limit is counted that no key raises.
const fixed = "fixed"

// limitOf names the limit that a failure is about by its key; "" if it is about none.
func limitOf(f *Failure) string {
	if f == nil {
		return ""
	}
	if f.Outcome == Private {
		return KeyNetworks
	}
	over, ok := errors.AsType[*Exceeded](f.Err)
	switch {
	case !ok:
		return ""
	case over.Key == "":
		return fixed
	}
	return over.Key
}
