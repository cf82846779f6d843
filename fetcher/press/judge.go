package press

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Got is one record that a reader kept, as far as it can be judged.
type Got struct {
	ID           string // the reader's own; what DuplicateOf may name
	URL          string
	CanonicalURL string
	Title        string
	Text         string    // paragraphs parted by a blank line, without the title
	Source       string    // id of the publication
	Revision     int       // 1, 2, ...
	Published    time.Time // zero if the record has none
	Kept         time.Time
	DuplicateOf  string // "" or the ID or URL of the record that it repeats
}

// Verdict compares what was kept with the truth. All tallies of a perfect reader are 0, and F1 is 1.
type Verdict struct {
	Expected int // articles that should have been kept: relevant and not forbidden by robots.txt
	Kept     int // records

	Missing         Tally // expected articles that were not kept
	Doubled         Tally // articles kept more than once
	NotArticles     Tally // records that are no article of ours
	Irrelevant      Tally // articles off the subject that were kept
	WrongTitles     Tally // the title is none that the article ever had
	WrongDates      Tally // more than a minute off what the publication states
	WrongSources    Tally // filed under another publication
	RevisionsMissed Tally // an older text stands where there is a newer one
	RevisionsMadeUp Tally // more revisions than the article ever had
	CopiesMissed    Tally // copies not recognised
	CopiesMadeUp    Tally // originals taken for copies, or for copies of something else

	Precision, Recall, F1 float64       // of 4-word shingles: means over the records, F1 of the means
	WorstF1               float64       // of one record
	Worst                 string        // which one
	MedianDelay           time.Duration // from when an article could be seen to when it was kept
	LongestDelay          time.Duration
}

// Tallies lists the tallies with their names, in the order above.
func (v *Verdict) Tallies() []NamedTally {
	return []NamedTally{
		{"missing", v.Missing}, {"doubled", v.Doubled}, {"no article", v.NotArticles}, {"irrelevant", v.Irrelevant},
		{"wrong titles", v.WrongTitles}, {"wrong dates", v.WrongDates}, {"wrong sources", v.WrongSources}, {"revisions missed", v.RevisionsMissed},
		{"revisions made up", v.RevisionsMadeUp}, {"copies missed", v.CopiesMissed}, {"copies made up", v.CopiesMadeUp},
	}
}

// Faults adds up all tallies.
func (v *Verdict) Faults() int {
	n := 0
	for _, t := range v.Tallies() {
		n += t.Count
	}
	return n
}

// String tells the verdict in plain words.
func (v *Verdict) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d articles kept in %d records, text F1 %.4f (precision %.4f, recall %.4f, worst %.4f: %s), delay %s in the median, %s at most",
		v.Expected-v.Missing.Count, v.Expected, v.Kept, v.F1, v.Precision, v.Recall, v.WorstF1, v.Worst,
		v.MedianDelay.Round(time.Millisecond), v.LongestDelay.Round(time.Millisecond))
	writeTallies(&b, v.Tallies())
	return b.String()
}

// Judge compares all records of a reader with all that was published until now.
func (p *Press) Judge(records []Got) Verdict { return p.JudgeAt(records, time.Now()) }

// JudgeAt does the same with what could be seen at a time: later articles and edits are not expected.
func (p *Press) JudgeAt(records []Got, at time.Time) Verdict {
	j := judge{press: p, truth: map[string]*Article{}, kept: map[string][]Got{}}
	for _, a := range p.Articles() {
		if !a.Shown.After(at) {
			a.history = slices.DeleteFunc(slices.Clone(a.history), func(v version) bool { return v.at.After(at) })
			j.truth[a.ID] = a
			j.order = append(j.order, a)
		}
	}
	j.verdict.Kept = len(records)
	for _, g := range records {
		if a := j.find(g); a != nil {
			j.kept[a.ID] = append(j.kept[a.ID], g)
		} else {
			j.verdict.NotArticles.add("%s %q", g.address(), g.Title)
		}
	}
	j.articles()
	j.texts()
	j.copies()
	return j.verdict
}

// judge is one judgement under way.
type judge struct {
	press   *Press
	truth   map[string]*Article
	order   []*Article
	kept    map[string][]Got // by the article's id
	verdict Verdict
}

func (g *Got) address() string {
	if g.CanonicalURL != "" {
		return g.CanonicalURL
	}
	return g.URL
}

// find gives the article that a record is of, nil if it is of none.
func (j *judge) find(g Got) *Article {
	for _, address := range []string{g.CanonicalURL, g.URL} {
		if a := j.at(address); a != nil {
			return a
		}
	}
	return nil
}

func (j *judge) at(address string) *Article {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	for _, pub := range j.press.pubs {
		base, err := url.Parse(pub.BaseURL)
		if err != nil || !strings.EqualFold(u.Host, base.Host) && !strings.EqualFold(u.Host, pub.host) {
			continue
		}
		j.press.mu.Lock()
		defer j.press.mu.Unlock()
		for _, path := range []string{u.Path, u.Path + "/"} { // a slash at the end may have been cleaned away
			c := *u
			c.Path = path
			if a := pub.find(&c); a != nil {
				return j.truth[a.ID]
			}
		}
	}
	return nil
}

func (j *judge) articles() {
	v := &j.verdict
	var delays []time.Duration
	for _, a := range j.order {
		kept := j.kept[a.ID]
		switch {
		case a.Relevant && !a.Forbidden:
			v.Expected++
			if len(kept) == 0 {
				v.Missing.add("%s %q", a.URL, a.Title)
			}
		case !a.Relevant && len(kept) > 0:
			v.Irrelevant.add("%s (%s) %q", a.URL, a.Topic, a.Title)
		}
		if len(kept) > 1 {
			v.Doubled.add("%s is kept %d times", a.URL, len(kept))
		}
		for _, g := range kept {
			if !slices.ContainsFunc(a.history, func(v version) bool { return same(v.title, g.Title) }) {
				v.WrongTitles.add("%s: %q, should be %q", a.URL, g.Title, a.Title)
			}
			if off := g.Published.Sub(a.Published); !g.Published.IsZero() && off.Abs() > time.Minute {
				v.WrongDates.add("%s: %s, should be %s", a.URL, g.Published.UTC().Format(time.RFC3339), a.Published.UTC().Format(time.RFC3339))
			}
			if g.Source != "" && g.Source != a.Publication {
				v.WrongSources.add("%s is filed under %s", a.URL, g.Source)
			}
			if g.Revision > len(a.history) {
				v.RevisionsMadeUp.add("%s has revision %d of %d", a.URL, g.Revision, len(a.history))
			}
			if !g.Kept.IsZero() {
				delays = append(delays, max(0, g.Kept.Sub(a.Shown)))
			}
		}
	}
	if len(delays) > 0 {
		slices.Sort(delays)
		v.MedianDelay, v.LongestDelay = delays[len(delays)/2], delays[len(delays)-1]
	}
}

func (j *judge) texts() {
	v := &j.verdict
	v.WorstF1 = 1
	var precision, recall mean
	for _, a := range j.order {
		for _, g := range j.kept[a.ID] {
			newest := a.history[len(a.history)-1]
			p, r, f1 := overlap(newest.text, g.Text)
			for _, old := range a.history[:len(a.history)-1] {
				_, _, was := overlap(old.text, g.Text)
				if was > f1 || was == f1 && !same(g.Title, newest.title) && same(g.Title, old.title) {
					v.RevisionsMissed.add("%s has revision %d, its text is an older one", a.URL, len(a.history))
					break
				}
			}
			precision.add(p, shingleCount(g.Text) > 0)
			recall.add(r, true)
			if f1 < v.WorstF1 {
				v.WorstF1, v.Worst = f1, a.URL
			}
		}
	}
	v.Precision, v.Recall = precision.value(), recall.value()
	if v.Precision+v.Recall > 0 {
		v.F1 = 2 * v.Precision * v.Recall / (v.Precision + v.Recall)
	}
}

// copies looks at each group of articles with one text: the record that came first stands alone, the others must be
// marked as its duplicates. Which one came first is the reader's affair.
func (j *judge) copies() {
	v := &j.verdict
	groups := map[string][]Got{}
	group := map[string]string{} // of a record, by id and addresses
	var roots []string
	for _, a := range j.order {
		root := a
		for root.CopyOf != nil {
			root = root.CopyOf
		}
		if groups[root.ID] == nil {
			roots = append(roots, root.ID)
		}
		for _, g := range j.kept[a.ID] {
			groups[root.ID] = append(groups[root.ID], g)
			group[g.ID], group[g.URL], group[g.CanonicalURL] = root.ID, root.ID, root.ID
		}
	}
	for _, root := range roots {
		var alone []Got
		for _, g := range groups[root] {
			switch {
			case g.DuplicateOf == "":
				alone = append(alone, g)
			case len(groups[root]) == 1:
				v.CopiesMadeUp.add("%s is an original, marked as a copy of %s", g.address(), g.DuplicateOf)
			case group[g.DuplicateOf] != "" && group[g.DuplicateOf] != root:
				v.CopiesMadeUp.add("%s is marked as a copy of %s, which is another text", g.address(), g.DuplicateOf)
			}
		}
		slices.SortStableFunc(alone, func(a, b Got) int { return a.Kept.Compare(b.Kept) })
		for i, g := range alone {
			for _, earlier := range alone[:i] {
				// An edit in between may have made them differ for the reader, one since has ended the likeness.
				if text := j.read(g); same(j.read(earlier), text) && same(text, j.find(g).Text()) {
					v.CopiesMissed.add("%s has the text of %s", g.address(), earlier.address())
					break
				}
			}
		}
	}
}

// read is the text that an article had when the reader first kept it, as far as that is known.
func (j *judge) read(g Got) string {
	a := j.find(g)
	text := a.Text()
	for i := len(a.history) - 1; i >= 0; i-- {
		if text = a.history[i].text; !a.history[i].at.After(g.Kept) {
			break
		}
	}
	return text
}

// same compares titles or texts by their words.
func same(a, b string) bool { return slices.Equal(tokens(a), tokens(b)) }

type mean struct {
	sum float64
	n   int
}

func (m *mean) add(x float64, counts bool) {
	if counts {
		m.sum, m.n = m.sum+x, m.n+1
	}
}

func (m *mean) value() float64 {
	if m.n == 0 {
		return 0
	}
	return m.sum / float64(m.n)
}

// tokens are runs of letters, digits and underscores, their case kept.
func tokens(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsNumber(c) && c != '_' })
}

// shingles is the multiset of the runs of four tokens; a shorter text is one run.
func shingles(text string) map[string]int {
	const width = 4
	set, t := map[string]int{}, tokens(text)
	if len(t) == 0 {
		return set
	}
	for i := range max(1, len(t)-width+1) {
		set[strings.Join(t[i:min(len(t), i+width)], " ")]++
	}
	return set
}

func shingleCount(text string) int {
	n := 0
	for _, k := range shingles(text) {
		n += k
	}
	return n
}

// overlap compares a text with the truth.
func overlap(truth, text string) (precision, recall, f1 float64) {
	a, b := shingles(truth), shingles(text)
	both, inA, inB := 0, 0, 0
	for s, n := range a {
		inA += n
		both += min(n, b[s])
	}
	for _, n := range b {
		inB += n
	}
	if inA == 0 && inB == 0 {
		return 1, 1, 1
	}
	if both == 0 {
		return 0, 0, 0
	}
	precision, recall = float64(both)/float64(inB), float64(both)/float64(inA)
	return precision, recall, 2 * precision * recall / (precision + recall)
}
