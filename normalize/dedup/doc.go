// Package dedup recognises copies of a text among those seen before.
//
// The words: a sketch is what is kept of a text to find it again; a shelf is where the sketches of earlier documents
// stand; a copy is a document most of whose text stands in an earlier one; a cluster is a document with its copies.
//
// The rules: a document is only a copy of one with a lower Ref, so that no circle can form; it is never a copy of an
// earlier revision of itself; and a document that others are copies of stays where it is.
package dedup

// Ref names a document on a shelf: its number.
type Ref uint64

// Verdict says how a text stands to those before it.
type Verdict struct {
	Cluster       Ref     // the first document of the cluster; the document's own Ref when it is alone
	DuplicateOf   Ref     // the earlier document that holds most of its text; meaningful if Copy
	Copy          bool    // DuplicateOf is set
	Translation   bool    // TranslationOf is set
	TranslationOf Ref     // the earlier document in another language
	Overlap       float64 // the share of the text that stands there, 0..1
}
