// Package normalize turns a fetched page into one clean document; it is pure.
//
// The same bytes and hints give the same document for ever, or [Version] rises: there is no clock, no network, no
// randomness and no state here. The order of steps is: decode the charset, parse, read the metadata, find the main
// content, render it to paragraphs, clean to corpus form, settle title, date, authors, language and canonical URL,
// score the relevance, sketch the text for the recognition of copies.
package normalize
