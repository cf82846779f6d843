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
// When an endpoint is polled is worked out from what it has shown (see [NextDue]):
//   - A [Rhythm] holds counts of its entries by half hour of week days and of weekends, by five minutes of the day, by
//     minute of the hour and by the time since an earlier entry, each drawn towards the next coarser view as a gamma
//     prior does, and mixed by how well each has foretold; the last hours raise or lower the whole, and so does the last
//     day where it is too unlike the others to be one of them.
//   - Each poll has a price. A dynamic programme over a grid of the clock places the polls so that price and waiting
//     together cost least. At a price, polls stand in proportion to the square root of the rate, between endpoints as
//     within a day: the optimum of Sia, Cho and Cho (Efficient Monitoring Algorithm for Fast News Alerts, IEEE TKDE 19,
//     2007) for the delay of entries, after Cho and Garcia-Molina (Effective Page Refresh Policies for Web Crawlers,
//     ACM TODS 28, 2003). One price for all as the multiplier of a budget is also the way of Azar, Horvitz, Lubetzky,
//     Peres and Shahaf (Tractable near-optimal policies for crawling, PNAS 115, 2018) and of Kolobov and others
//     (Staying up to Date with Online Content Changes Using Reinforcement Learning for Scheduling, NeurIPS 2019), who
//     minimise staleness of pages instead.
//   - A [Budget] finds the price. Endpoints whose entries would wait too long at it get a lower one. A ledger of the hours
//     holds every request, whatever it is for, to the budget.
//   - Two polls that share no entry mark a gap: the interval becomes shorter, and what came and went is looked for elsewhere.
//
// Each poll ends with a diagnosis, a [Health]: what is the matter with the endpoint, since when, and what shows it.
//
// Nothing here knows how entries and state are kept: that is the [Desk], which the store implements.
package fetcher
