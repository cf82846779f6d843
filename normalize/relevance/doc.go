// Package relevance says how far a text is about security in Central Asia: where, on what, and why.
//
// A place is where a text plays, a topic what it is about; a name is an organisation, group, exercise, treaty, event or
// person; a form is one spelling of any of them. A hit is a form found in a text. Words that speak against name what the
// text is about instead: sport, graft, a landfill.
//
// A topic counts where it stands near a place of the region: in a sentence that names one, or in a text whose title and
// lead are set there. An outlet of the region that names no other country is taken to write about its own. Places
// elsewhere and words that speak against take evidence away. Title and lead weigh more than the body.
//
// All this is measured as some fifty named features of 0 to 1; the score is the logistic of their weighted sum. The
// weights were fitted to labelled articles by internal/weigh, with bounds: what speaks for an article can never count
// against it, nor the other way round. Each feature is shared out among the words that made it, so that a reason is a word
// of the text with the points that it brought.
//
// What is looked for stands in the folder data, in tables that a person can edit in any spreadsheet program.
package relevance
