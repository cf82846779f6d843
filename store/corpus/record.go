package corpus

import "time"

// Record is one article as the corpus shows it: the JSON Lines record. Lists are never nil.
type Record struct {
	ID           string     `json:"id"`            // first 16 hex digits of the SHA-256 of the canonical URL, or of the clean bytes where there is none
	Number       int        `json:"number"`        // running number in the corpus, from 0
	URL          string     `json:"url"`           // as the entry gave it
	CanonicalURL string     `json:"canonical_url"` // what articles are compared by
	Source       string     `json:"source"`        // id of the source
	SourceName   string     `json:"source_name"`
	AlsoIn       []string   `json:"also_in"` // further sources that led to it
	Title        string     `json:"title"`
	Text         string     `json:"text,omitempty"` // paragraphs joined by a blank line, without the title
	Authors      []string   `json:"authors"`
	Published    *time.Time `json:"published"`
	Modified     *time.Time `json:"modified"`
	DateFrom     string     `json:"date_from"` // where the published date was found
	FirstSeen    time.Time  `json:"first_seen"`
	Fetched      time.Time  `json:"fetched"`
	Language     string     `json:"language"` // BCP 47
	Relevance    float64    `json:"relevance"`
	Topics       []string   `json:"topics"`
	Places       []string   `json:"places"`
	Reasons      []string   `json:"reasons"`
	Cluster      string     `json:"cluster"`
	DuplicateOf  *string    `json:"duplicate_of"`
	Overlap      float64    `json:"overlap"`
	Translation  *string    `json:"translation_of"`
	Revision     int        `json:"revision"`  // 1, 2, ...
	Cause        string     `json:"cause"`     // of this revision: "", "edited", "import", "rebuilt", "cleaned"
	TextFrom     string     `json:"text_from"` // page, feed or import
	SHA256       string     `json:"sha256"`    // of the bytes of its txt form

	// Withdrawn is since when the article is kept out of the corpus by other settings than those it came in by. No export
	// has such a record.
	Withdrawn *time.Time `json:"withdrawn,omitempty"`

	// Removed are the paragraphs that were taken out of the text because other articles of the source have them too. Tables
	// (CSV, Parquet) leave them out.
	Removed []string `json:"removed,omitempty"`
}

// Unnumbered is the Number of a record that has none yet.
const Unnumbered = -1
