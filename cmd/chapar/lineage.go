package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"chapar/normalize"
	"chapar/store"
	"chapar/store/corpus"
)

// copyLine is one article of a cluster as `show --copies --json` gives it.
type copyLine struct {
	ID             string     `json:"id"`
	Number         int        `json:"number"`
	Source         string     `json:"source"`
	URL            string     `json:"url"`
	Published      *time.Time `json:"published"`
	FirstSeen      time.Time  `json:"first_seen"`
	FirstPublished bool       `json:"first_published"` // of those whose date is known
	SeenFirst      bool       `json:"seen_first"`
	Credit         string     `json:"credit"` // whom the text says it has the report from
	DuplicateOf    *string    `json:"duplicate_of"`
	Overlap        float64    `json:"overlap"`
	Withdrawn      *time.Time `json:"withdrawn"` // since when it is in no export, as not relevant; null where it is not
	Title          []piece    `json:"title"`     // beside the article that it is a copy of
	Text           []piece    `json:"text"`
}

// copies shows the cluster of an article as a time line.
func (s *showCommand) copies(ctx context.Context, a *app, r store.Reader, id string) error {
	var all []corpus.Record
	for rec, err := range r.Copies(ctx, id) {
		if err != nil {
			return err
		}
		all = append(all, rec)
	}
	lines, err := timeLine(ctx, r, all)
	if err != nil {
		return err
	}
	if s.JSON {
		return a.json(lines)
	}
	p := newPainter(a.out)
	if len(all) == 1 {
		return p.line("", "", fmt.Sprintf("%s (%s) is the only article with its text", short(all[0].Title, 80), all[0].ID))
	}
	sources := make(map[string]bool)
	for _, l := range lines {
		sources[l.Source] = true
	}
	errs := []error{
		p.line(paintBold, "", all[0].Title),
		p.line("", "", fmt.Sprintf("%s with this text in %s, the earliest first", counted(len(all), "article"), counted(len(sources), "source"))),
	}
	for i, l := range lines {
		errs = append(errs, p.copy(l, lines[0], i == 0))
	}
	return errors.Join(errs...)
}

// timeLine orders the articles of a cluster by when they came out, as far as that is known, and compares each with the one
// that it is a copy of, as that was when it came.
func timeLine(ctx context.Context, from store.Reader, all []corpus.Record) ([]copyLine, error) {
	lines := make([]copyLine, len(all))
	by := make(map[string]corpus.Record)
	var first *time.Time
	for _, r := range all {
		by[r.ID] = r
		if r.Published != nil && (first == nil || r.Published.Before(*first)) {
			first = r.Published
		}
	}
	seen := slices.MinFunc(all, func(a, b corpus.Record) int {
		return cmp.Or(a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(a.Number, b.Number))
	})
	for i, r := range all {
		l := copyLine{
			ID: r.ID, Number: r.Number, Source: r.Source, URL: r.URL, Published: r.Published, FirstSeen: r.FirstSeen,
			FirstPublished: first != nil && r.Published != nil && r.Published.Equal(*first), SeenFirst: r.ID == seen.ID,
			Credit: normalize.Credit(r.Text), DuplicateOf: r.DuplicateOf, Overlap: r.Overlap, Withdrawn: r.Withdrawn,
			Title: []piece{{"=", r.Title}}, Text: []piece{},
		}
		if r.DuplicateOf != nil {
			if of, ok := by[*r.DuplicateOf]; ok {
				of, err := standing(ctx, from, of, r.Fetched)
				if err != nil {
					return nil, err
				}
				l.Title, l.Text = comparedWords(of.Title, r.Title), comparedWords(of.Text, r.Text)
			}
		}
		lines[i] = l
	}
	slices.SortStableFunc(lines, func(a, b copyLine) int {
		return cmp.Or(a.moment().Compare(b.moment()), a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(a.Number, b.Number))
	})
	return lines, nil
}

// standing gives the revision of an article that stood at a time, the first one that is left where none was there yet.
func standing(ctx context.Context, from store.Reader, r corpus.Record, at time.Time) (corpus.Record, error) {
	if r.Revision == 1 || !r.Fetched.After(at) {
		return r, nil
	}
	then := corpus.Record{}
	for rev, err := range from.Revisions(ctx, r.ID) {
		if err != nil {
			return then, err
		}
		if then.Revision == 0 || !rev.Fetched.After(at) {
			then = rev
		}
	}
	return then, nil
}

func (l copyLine) moment() time.Time {
	if l.Published != nil {
		return *l.Published
	}
	return l.FirstSeen
}

// copy shows one article of a time line.
func (p painter) copy(l, first copyLine, leads bool) error {
	published := "no date"
	switch {
	case l.Published == nil:
	case l.FirstPublished:
		published = local(*l.Published) + ", the first"
	default:
		published = local(*l.Published) + after(l.moment(), first.moment())
	}
	seen := local(l.FirstSeen)
	if l.SeenFirst {
		seen += ", the first"
	}
	errs := []error{
		p.line("", "", ""),
		p.line(paintBold, "", fmt.Sprintf("%s  %s (number %d)", cmp.Or(l.Source, "(no source)"), l.ID, l.Number)),
		p.line("", "  published   ", published),
		p.line("", "  first seen  ", seen),
	}
	if l.Withdrawn != nil {
		errs = append(errs, p.line("", "  kept out    ", keptOut(*l.Withdrawn)))
	}
	if l.URL != "" {
		errs = append(errs, p.line("", "  address     ", l.URL))
	}
	if l.Credit != "" {
		errs = append(errs, p.line("", "  credits     ", l.Credit))
	}
	switch {
	case l.DuplicateOf != nil:
		errs = append(errs, p.line("", "  copy of     ", fmt.Sprintf("%s, where %.0f %% of its text stands", *l.DuplicateOf, 100*l.Overlap)))
		errs = append(errs, p.differences(l.Title, l.Text))
	case !leads:
		errs = append(errs, p.line("", "  ", "the first that chapar had"))
	}
	return errors.Join(errs...)
}

// after tells how much later something was.
func after(t, first time.Time) string {
	if d := t.Sub(first); d > 0 {
		return ", " + shortDuration(d) + " later"
	}
	return ""
}

// revisionLine is one revision as `show --revisions --json` gives it.
type revisionLine struct {
	Revision int       `json:"revision"`
	Fetched  time.Time `json:"fetched"`
	Class    string    `json:"class"` // first (that is left), typo, headline, body or withdrawn
	Cause    string    `json:"cause"`
	SHA256   string    `json:"sha256"`
	Title    []piece   `json:"title"` // beside the revision before
	Text     []piece   `json:"text"`
}

// revisions shows how an article was changed.
func (s *showCommand) revisions(ctx context.Context, a *app, r store.Reader, id string) error {
	lines := []revisionLine{}
	var was corpus.Record
	for now, err := range r.Revisions(ctx, id) {
		if err != nil {
			return err
		}
		l := revisionLine{Revision: now.Revision, Fetched: now.Fetched, Class: "first", Cause: now.Cause, SHA256: now.SHA256,
			Title: []piece{{"=", now.Title}}, Text: []piece{}}
		if len(lines) > 0 {
			l.Title, l.Text = comparedWords(was.Title, now.Title), comparedWords(was.Text, now.Text)
			l.Class = classOf(was, now, l.Title, l.Text)
		}
		lines, was = append(lines, l), now
	}
	if s.JSON {
		return a.json(lines)
	}
	p := newPainter(a.out)
	errs := []error{p.line(paintBold, "", was.Title), p.line("", "", fmt.Sprintf("%s (number %d), %s", was.ID, was.Number, counted(len(lines), "revision")))}
	for _, l := range lines {
		what := l.Class
		if what == classWithdrawn {
			what += " by its publisher"
		}
		switch {
		case l.Class != "first":
			what += ": " + because(l.Cause)
		case l.Revision > 1:
			what = "the first that is left; those before it were lost"
		}
		errs = append(errs, p.line("", "", ""),
			p.line(paintBold, "", fmt.Sprintf("revision %d  %s  %s", l.Revision, local(l.Fetched), what)))
		if l.Class != "first" {
			errs = append(errs, p.differences(l.Title, l.Text))
		}
	}
	return errors.Join(errs...)
}

// The classes of a revision.
const (
	classTypo      = "typo"      // a few letters, marks or short words; no figure
	classHeadline  = "headline"  // only the title
	classBody      = "body"      // the text
	classWithdrawn = "withdrawn" // the text is gone: a notice stands in its place
)

// classOf tells what kind of change made a revision.
func classOf(was, now corpus.Record, title, text []piece) string {
	headline, body := changed(title), changed(text)
	switch {
	case withdrawn(was, now, text):
		return classWithdrawn
	case mere(title) && mere(text):
		return classTypo
	case headline && !body:
		return classHeadline
	}
	return classBody
}

func changed(pieces []piece) bool {
	return slices.ContainsFunc(pieces, func(p piece) bool { return p.Op != "=" })
}

// How small the changes of a typo are.
const (
	mostTypos      = 5 // places
	mostOfTypo     = 2 // characters that are others in one of them
	mostOfSentence = 3 // characters of a word that came in or went out
)

// mere says whether a text differs in nothing but typos. Another figure is none.
func mere(pieces []piece) bool {
	places := 0
	for i := 0; i < len(pieces); i++ {
		p := pieces[i]
		if p.Op == "=" {
			continue
		}
		if places++; places > mostTypos {
			return false
		}
		was, now := p.Text, ""
		switch {
		case p.Op == "+":
			was, now = "", p.Text
		case i+1 < len(pieces) && pieces[i+1].Op == "+":
			i++
			now = pieces[i].Text
		}
		most := mostOfTypo
		if was == "" || now == "" {
			most = mostOfSentence
		}
		if figures(was) != figures(now) || distance(letters(was), letters(now), most) > most {
			return false
		}
	}
	return true
}

// figures leaves the digits of a text, letters its letters in one case.
func figures(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// withdrawn says whether an article was taken back: little of its text is left, and what stands there is short or says so.
func withdrawn(was, now corpus.Record, text []piece) bool {
	stayed := 0
	for _, p := range text {
		if p.Op == "=" {
			stayed += len(p.Text)
		}
	}
	const little, notice = 0.3, 0.35
	if float64(stayed) > little*float64(len(was.Text)) {
		return false
	}
	return saysWithdrawn(now.Title+"\n"+now.Text) && !saysWithdrawn(was.Title+"\n"+was.Text) ||
		float64(len(now.Text)) < notice*float64(len(was.Text)) && float64(stayed) < little*float64(len(now.Text))
}

// saysWithdrawn looks in the beginning of a text for the words by which publishers take an article back.
func saysWithdrawn(text string) bool {
	const beginning = 600
	text = strings.ToLower(text[:min(len(text), beginning)])
	for _, w := range []string{
		"withdrawn", "withdraws", "retract", "has been removed", "was removed", "no longer available", "taken down", "advisory: kill",
		"отозван", "удалена", "удалён", "удален", "снята с публикации", "снят с публикации", "аннулирован", "відкликан", "видален",
		"алынып тасталды", "жойылды", "өчүрүлдү", "o‘chirildi", "o'chirildi", "ўчирилди", "kaldırıldı", "zurückgezogen",
	} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
