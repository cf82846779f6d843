package store

import (
	"context"
	"io"
	"iter"
	"time"

	"chapar/store/corpus"
)

// Query says which records are wanted. The zero Query is all of them.
type Query struct {
	Since, Until   time.Time // by published date, else by first seen; Until is not included; zero is open
	Sources        []string
	Languages      []string // "kk" takes kk-Cyrl and kk-Latn
	Topics         []string // those with any of them
	Places         []string // those with any of them; "KG" and "Osh" both take "Osh, KG", whatever the case
	MinRelevance   float64
	Withdrawn      bool // those that are kept out of the corpus, too
	DropDuplicates bool // only one of each cluster, among those that are wanted otherwise: the first, unless Prefer says another
	Prefer         Preference
	From           int // only from this number on; what stands before it still counts as the first of its cluster
	Limit          int // 0 is no limit
}

// Reader is what looking commands need. The database and the socket to a running daemon both are one.
type Reader interface {
	// Record finds by id, by the beginning of an id, by number or by URL; ErrNotFound if there is none.
	Record(ctx context.Context, id string) (corpus.Record, error)
	// Standing tells what is known of an address, also of one that is not kept; ErrNotFound if nobody named it.
	Standing(ctx context.Context, url string) (Standing, error)
	// Records gives the records in order of number. It holds no transaction between two of them.
	Records(ctx context.Context, q Query) iter.Seq2[corpus.Record, error]
	// Search gives the best matches first.
	Search(ctx context.Context, words string, q Query) iter.Seq2[corpus.Record, error]
	// Copies gives the articles of the cluster of one, which is found as by Record, in order of number.
	Copies(ctx context.Context, id string) iter.Seq2[corpus.Record, error]
	// Revisions gives all revisions of an article, which is found as by Record, the first one first.
	Revisions(ctx context.Context, id string) iter.Seq2[corpus.Record, error]
	// Pages gives what is kept and what was dropped, with the kept pages.
	Pages(ctx context.Context, q Query) iter.Seq2[Made, error]
	// Dropped gives the articles below the threshold, each with its page where that is kept.
	Dropped(ctx context.Context, q Query) iter.Seq2[Made, error]
	// DroppedAt gives the one that an address led to; ErrNotFound if there is none.
	DroppedAt(ctx context.Context, url string) (Made, error)
	// Recurrence gives what the articles of a source have in common.
	Recurrence(ctx context.Context, source string) (Recurrence, error)
	// Stats counts the records that a query wants, and what is not kept of its sources.
	Stats(ctx context.Context, q Query) (Stats, error)
	Backup(ctx context.Context, w io.Writer) error
}

// Stats counts what is kept.
type Stats struct {
	Records    int            `json:"records"`
	Copies     int            `json:"copies"` // records with duplicate_of
	Revisions  int            `json:"revisions"`
	Withdrawn  int            `json:"withdrawn"` // records that are kept out of the corpus; nothing else counts them
	Dropped    int            `json:"dropped"`   // articles below the threshold
	Inbox      int            `json:"inbox"`     // entries that wait for their page
	Revisits   int            `json:"revisits"`  // kept articles that will be looked at again
	Aside      int            `json:"aside"`
	BySource   map[string]int `json:"by_source"`
	ByLanguage map[string]int `json:"by_language"`
	ByMonth    map[string]int `json:"by_month"` // 2026-11, by published date, else by first seen
	ByTopic    map[string]int `json:"by_topic"`
	AsideBy    map[string]int `json:"aside_by"` // by outcome
	Newest     time.Time      `json:"newest,omitzero"`
	Older      int            `json:"older_normalizer"` // records that an older version of the normalizer made
	FileBytes  int64          `json:"file_bytes"`
	FreeBytes  int64          `json:"free_bytes"` // of the file, which a compaction would give back at least
}
