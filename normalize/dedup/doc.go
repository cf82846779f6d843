// Package dedup recognises copies of a text among those seen before.
package dedup

// Ref names a document on a shelf: its number.
type Ref uint64

// Verdict says how a text stands to those before it.
type Verdict struct {
	Cluster     Ref     // the first document of the cluster; the document's own Ref when it is alone
	DuplicateOf Ref     // the earlier document that holds most of its text; meaningful if Copy
	Copy        bool    // DuplicateOf is set
	Overlap     float64 // the share of the text that stands there, 0..1
}
