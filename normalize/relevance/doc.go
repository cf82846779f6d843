// Package relevance says how far a text is about the region, where, on what, and why.
package relevance

// Input is a text to be judged.
type Input struct {
	Title    string
	Text     string // paragraphs parted by a blank line
	Language string // BCP 47
	Country  string // of the outlet, ISO 3166; "" if not known
}

// Result is a judgement that a person can check. Lists are never nil.
type Result struct {
	Score   float64  `json:"score"`   // 0..1
	Topics  []string `json:"topics"`  // of the list in the contract, strongest first
	Places  []string `json:"places"`  // such as "Osh, KG", strongest first
	Reasons []string `json:"reasons"` // such as `title: "CSTO" (organisation) +1.2`
}

// Term is a word or name that the operator adds, or with a weight below 0 counts against.
type Term struct {
	Text     string
	Kind     string // place, organisation or topic
	Country  string // of a place, ISO 3166
	Topic    string // of a topic term
	Language string // "" for all
	Weight   float64
}

// Options of a Model.
type Options struct {
	Terms   []Term
	Exclude []string // words that take an article out
}
