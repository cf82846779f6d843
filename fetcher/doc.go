// Package fetcher polls sources politely, finds new entries and brings in their pages.
//
// The words: a source is a publication; an endpoint is one address of it that is polled (a feed, a listing page or
// a sitemap); an entry is what an endpoint says about one article; a job is an entry that waits in the inbox for its
// page; a page is one fetched answer; a lane is the one goroutine that does all work of a host.
//
// The rules of politeness:
//   - A host is asked one thing at a time, and the pause between two requests is counted from the end of an answer.
//     Every request, be it robots.txt, a redirect or a retry, passes the same gate.
//   - Polls are conditional; validators go back byte for byte as they came, and are saved in the same transaction as
//     the entries that came with them.
//   - Retry-After holds for the whole host. Nothing that robots.txt forbids is asked for.
//   - Failures are met with growing pauses, never with "never". A page that fails does not count against its feed.
//
// Nothing here knows how entries and state are kept: that is the [Desk], which the store implements.
package fetcher
