// Package dedup recognises copies and translations of a text among those seen before.
//
// # Words
//
// A copy is a document whose text is an earlier one's: sent again, retitled, cut, made longer, corrected, rewritten or
// quoted whole. A cluster is a document with its copies. A translation is a document whose text is an earlier one's in
// another language; it is no copy and stands in a cluster of its own. Two reports of one event are neither, nor are two
// issues of a series (rates, weather, counts), the next article on a story, a digest, and texts that share what stands
// around the articles of a site: furniture.
//
// # Method
//
// A text is read once into hashes of its words, with its names and figures ([Read]). Digits are never left out, and a
// number is the same however it is grouped or, if it is small, spelt.
//
// Candidates. Of the runs of three words those with the least hashes are its fingerprints, 14 to 48 of a text (shingles:
// Broder 1997; sampled so that two texts choose the same ones in what they have in common: Manber 1994, Heintze 1996). An
// inverted index in memory leads from them to documents; those with the rarest fingerprints in common are looked at.
// Another index, of the latest documents only, leads there by clues: figures, and the consonants of names and long words
// in eight classes of sounds, which stay alike across languages and scripts (Odell and Russell 1918 for the classes;
// Simard, Foster and Isabelle 1992 for cognates; Steinberger, Pouliquen and Ignat 2004 for names and numbers between
// languages; Munteanu and Marcu 2005 for the window of time). They are weighed by their rarity (Spärck Jones 1972, Salton
// and Buckley 1988). The same clues find rewritten texts that have hardly a run of words in common.
//
// Evidence. Each candidate is compared word by word: how much of either text stands in runs of four or more words of the
// other (containment both ways: Broder 1997; co-derivatives: Bernstein and Zobel 2004), the stretches that only one has,
// words, pairs and names in common, figures in common, figures and names in each other's place, titles, time between,
// and what other clusters have just as well ([Evidence]). Runs that several clusters have are furniture and count apart,
// which is what SpotSigs (Theobald, Siddharth and Paepcke 2008) reaches from the other side. Of two languages only the
// clues are compared, with their order and place ([Parallel]).
//
// Decision. Equal words are a copy. Short texts a day or more apart with other figures in the same places are issues of a
// series, if it is known to be one; texts that have less than half in common, either way, and each several figures of its
// own tell of different things in like words. All else is weighed by a rule, a sum of small trees that internal/fit makes of labelled
// documents (gradient boosting: Friedman 2001 and 2002, Chen and Guestrin 2016) and that copies.rule and translations.rule
// hold in readable form.
//
// Sketches of whole texts (MinHash: Broder 1997; SimHash: Charikar 2002) were measured on the same documents and fall
// short by far: they see neither a short text in a long one nor a figure that changes everything.
//
// # Keeping
//
// An [Index] is told of a document in two steps, so that nothing stands in it that was not stored: Place decides and
// changes nothing, Add notes the text. What Add gives is for the caller to keep: the record, which is the fingerprints, and
// the clues, which only the latest documents need (see [FirstRecent]). Restore builds the index anew from these, in the
// order of the Adds, and it answers as before. Where they are lost or were never kept, Replay does what Place and Add did,
// from the text and the cluster that it was given then. Undo takes back the last Add, for a transaction that fails.
//
// # Rules
//
// A document is only a copy of one with a lower Ref, so that no circle can form; it is never a copy of an earlier
// revision of itself; and a document that others are copies of stays where it is. What is decided depends on what came
// before and on nothing else.
package dedup

// Ref names a document: its number. It must be below 2^32 - 1.
type Ref uint64

// Verdict says how a text stands to those before it.
type Verdict struct {
	Cluster       Ref     // the first document of the cluster; the document's own Ref when it is alone
	Copy          bool    // DuplicateOf is set
	DuplicateOf   Ref     // the earlier document of the cluster that holds most of its text
	Overlap       float64 // the share of its words that stand there in runs of four or more, 0..1
	Translation   bool    // TranslationOf is set
	TranslationOf Ref     // the earlier document in another language that it is a translation of, or that is one of it
}
