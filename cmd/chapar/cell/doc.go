// Package cell reads the bytes of strangers in processes that can harm nobody.
//
// Feeds, sitemaps and pages are read by parsers that can be worn out: a few kilobytes of a hostile page become
// gigabytes of memory or hours of work, a parse that has begun cannot be stopped, and a stack that overflows takes its
// process along. The scans in front of the parsers refuse every such shape that is known. A cell is for those that
// nobody has thought of.
//
// A cell is this same program, started anew as `chapar cell`. It has no environment, nothing open but its pipes, may open
// and write no file, and so much memory and so much processor time for each document as [Limits] say. It is asked over
// its standard input, one document after the other, and answers on its standard output. When it runs over a limit it
// dies; its [Pool] tells that as a failure of the document, and starts another one for the next.
//
// Who calls it: `run`, `once` and `demo`, for each poll (as [fetcher.Reader]) and for each page. The commands that look
// at one source or one page for somebody who waits, `rebuild` and `pipe` read in their own process. What comes back is
// text and numbers in JSON, bounded in size, and is believed no more than the page was.
package cell
