// Package corpus is the form in which articles leave and enter: records, text files, manifests.
//
// The words: a record is one article with all that is known of it; its txt form is the title, a blank line and the
// paragraphs, each pair parted by a blank line; its JSON form is one line of JSON Lines, and CSV and Parquet have the
// same fields in the same order; a manifest is the list of the text files of a folder, one JSON line a file, without the
// text; a card is the README.md of an exported folder, which counts what is in it.
//
// The rules:
//   - An export is a function of the records given: two exports of the same records are equal byte for byte.
//   - All forms say the same: what one has, a reader gets from each other, times in Parquet to the microsecond.
//   - An export is there whole or not at all. What stood at its place stays until the new one is complete, and
//     whatever is not recognised as an earlier export is never touched.
//   - Reading goes on past what cannot be read, and says where that is.
package corpus
