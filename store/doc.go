// Package store keeps records, the inbox and what the poller must remember in one bbolt file.
//
// The words are those of fetcher and normalize. A record is a document as kept; a revision is a later text of the same
// record; the key of an article is its canonical URL, and other addresses that led to it are aliases of that key.
//
// # Schema
//
//	meta/          format, created, next            the version of this schema, when the file was made, the next number
//	               renamed:<old id>                -> the id that all of a source was brought under
//	               recurring:<source>              -> which paragraphs its articles have in common, where that is still to be removed
//	               backup, export                   when the last one was made; absent if never
//	               yield:<source>                  -> fetcher.Yield: the words and languages of its articles
//	               robots:<origin>                 -> fetcher.RobotsText, as long as it is good
//	               spent                           -> fetcher.Spent: the requests of the last day, under a budget
//	               behind                          by how many commits it was found to be older than it was
//	state/         <endpoint>                       -> fetcher.State
//	event/         <endpoint>                       -> the last 30 fetcher.Event, oldest first
//	host/          <host>                           -> until when it rests
//	seen/          <key>                            -> where the article stands, its job, what each endpoint said of it
//	inbox/         <host> NUL <due> <key>           -> fetcher.Job and why it waits
//	record/        <number>                         -> the newest revision: metadata and text
//	revision/      <number> <revision>              -> an older revision, in the same form
//	id/            <id>                             -> number
//	prints/        <place>                          -> number, revision and fingerprints of all that came, in that order;
//	                                                   derived, made again where it is missing; at 0 the method
//	clues/         <place>                          -> by what the latest of them are known in other languages; derived
//	cluster/       <number of the first> <number>   of the copies only
//	words/         <number>                         -> which words the newest revision may hold (see signature)
//	page/          <number> <revision>              -> the page it was made from, and the entry that led to it, for as long
//	                                                   as pages are kept
//	dropped/       <place>                          -> an article below the threshold, light, for as long as those are kept
//	dropped-page/  <place>                          -> its page
//	aside/         <place>                          -> a job that was given up, and why, likewise
//
// Numbers, revisions, places and times are 8 bytes, big-endian, so that the order of keys is the order of arrival.
// A key in seen/ is a canonical URL, "guid:<source>:<guid>" or "text:<source>:<hash>" for entries without a link, or
// "id:<id>" for records without a URL.
//
// Every value begins with a CRC-32C over its key and all that follows, and a byte that says whether the rest is
// compressed; it is checked on every read, so that damage is named and never served.
//
// # Rules
//
//   - One handover, one transaction: an entry is marked as seen together with its job, a job leaves the inbox together
//     with the record that came of it.
//   - Keeping is idempotent: the same document twice is the same record.
//   - What is returned without an error is on disk. After a failed sync nothing is written any more.
//   - Reading never holds a transaction while the caller works: it goes on from the last key.
//   - The number of the last commit stands in <file>.last: a damaged head would step back by one, and not be noticed.
//   - One process holds the file to write, or several to read; its number stands in <file>.pid where that can be left.
package store
