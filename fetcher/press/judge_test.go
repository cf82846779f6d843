package press

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// harvest is what a perfect reader keeps, a minute after each article could be seen.
func harvest(p *Press) []Got {
	var all []Got
	first := map[*Article]string{}
	for _, a := range p.Articles() {
		if !a.Relevant || a.Forbidden {
			continue
		}
		root := a
		for root.CopyOf != nil {
			root = root.CopyOf
		}
		g := Got{ID: "id-" + a.ID, URL: a.URL + "?utm_source=rss", CanonicalURL: a.URL, Title: a.Title, Text: a.Text(), Source: a.Publication,
			Revision: a.Revision, Published: a.Published.Truncate(time.Minute), Kept: a.Shown.Add(time.Minute), DuplicateOf: first[root]}
		if strings.Contains(a.URL, "?") {
			g.URL = a.URL
		}
		if first[root] == "" {
			first[root] = g.ID
		}
		all = append(all, g)
	}
	return all
}

// judged gives the verdict on a harvest that spoil has changed.
func judged(t *testing.T, spoil func(all []Got, p *Press) []Got) Verdict {
	t.Helper()
	var v Verdict
	synctest.Test(t, func(t *testing.T) {
		p, _ := open(t, Options{InMemory: true, Seed: 9})
		if err := p.Run(t.Context(), Script{For: time.Hour, Stock: 2, Articles: 40, Copies: 6, Revisions: 12, Noises: 6}); err != nil {
			t.Fatal(err)
		}
		v = p.Judge(spoil(harvest(p), p))
	})
	return v
}

func TestJudgeOfAPerfectHarvest(t *testing.T) {
	v := judged(t, func(all []Got, _ *Press) []Got { return all })
	if v.Faults() != 0 || v.F1 != 1 || v.WorstF1 != 1 || v.Kept != v.Expected || v.Kept < 30 || v.MedianDelay != time.Minute {
		t.Errorf("%s", &v)
	}
}

func TestJudgeOfNothing(t *testing.T) {
	v := judged(t, func([]Got, *Press) []Got { return nil })
	if v.Missing.Count != v.Expected || v.Expected == 0 || v.F1 != 0 || len(v.Missing.Examples) != 10 {
		t.Errorf("%s", &v)
	}
}

func TestJudgeFindsFaults(t *testing.T) {
	revised := func(all []Got, p *Press) (int, *Article) {
		for i, g := range all {
			for _, a := range p.Articles() {
				if a.URL == g.CanonicalURL && a.Revision > 1 {
					return i, a
				}
			}
		}
		t.Fatal("no article was revised")
		return 0, nil
	}
	copied := func(all []Got, is bool) int {
		for i, g := range all {
			if i > 0 && (g.DuplicateOf != "") == is {
				return i
			}
		}
		t.Fatal("no such article")
		return 0
	}
	for _, f := range []struct {
		name  string
		spoil func(all []Got, p *Press) []Got
	}{
		{"missing", func(all []Got, _ *Press) []Got {
			for i, g := range all { // one that nothing is a copy of
				alone := g.DuplicateOf == ""
				for _, o := range all {
					alone = alone && o.DuplicateOf != g.ID
				}
				if alone {
					return append(all[:i], all[i+1:]...)
				}
			}
			return nil
		}},
		{"doubled", func(all []Got, _ *Press) []Got {
			g := all[0]
			g.ID, g.DuplicateOf = "again", g.ID
			return append(all, g)
		}},
		{"no article", func(all []Got, p *Press) []Got {
			return append(all, Got{ID: "x", URL: p.Publications()[0].BaseURL + "/about", Title: "About"})
		}},
		{"irrelevant", func(all []Got, p *Press) []Got {
			for _, a := range p.Articles() {
				if !a.Relevant && !a.Forbidden {
					return append(all, Got{ID: "x", URL: a.URL, Title: a.Title, Text: a.Text(), Source: a.Publication, Revision: 1})
				}
			}
			return nil
		}},
		{"wrong titles", func(all []Got, _ *Press) []Got {
			all[0].Title += " | The Steppe Ledger"
			return all
		}},
		{"wrong dates", func(all []Got, _ *Press) []Got {
			all[0].Published = all[0].Published.Add(5 * time.Hour)
			return all
		}},
		{"wrong sources", func(all []Got, _ *Press) []Got {
			all[0].Source = "p99"
			return all
		}},
		{"revisions missed", func(all []Got, p *Press) []Got {
			i, a := revised(all, p)
			all[i].Text, all[i].Revision = a.history[0].text, 1
			return all
		}},
		{"revisions made up", func(all []Got, _ *Press) []Got {
			all[3].Revision += 10
			return all
		}},
		{"copies missed", func(all []Got, _ *Press) []Got {
			all[copied(all, true)].DuplicateOf = ""
			return all
		}},
		{"copies made up", func(all []Got, _ *Press) []Got {
			i := copied(all, true)
			for _, g := range all {
				if g.ID != all[i].DuplicateOf && g.DuplicateOf == "" {
					all[i].DuplicateOf = g.URL
					break
				}
			}
			return all
		}},
	} {
		t.Run(f.name, func(t *testing.T) {
			v := judged(t, f.spoil)
			for _, got := range v.Tallies() {
				want := 0
				if got.Name == f.name {
					want = 1
				}
				if got.Count != want {
					t.Errorf("%s: %d, want %d\n%s", got.Name, got.Count, want, strings.Join(got.Examples, "\n"))
				}
			}
		})
	}
}

func TestJudgeMeasuresTexts(t *testing.T) {
	// Three shingles each, two of them shared.
	p, r, f1 := overlap("a b c d e f", "a b c d e x")
	if math.Abs(p-2./3) > 1e-12 || math.Abs(r-2./3) > 1e-12 || math.Abs(f1-2./3) > 1e-12 {
		t.Errorf("%v %v %v", p, r, f1)
	}
	if _, _, f1 := overlap("", ""); f1 != 1 {
		t.Errorf("two empty texts: %v", f1)
	}
	v := judged(t, func(all []Got, _ *Press) []Got {
		for i := range all {
			all[i].Text += "\n\nAll rights reserved by the newsroom and its friends."
		}
		return all
	})
	if v.Recall != 1 || v.Precision > 0.97 || v.Precision < 0.9 || v.F1 >= 1 {
		t.Errorf("%s", &v)
	}
}

func TestJudgeAtAnEarlierTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := open(t, Options{InMemory: true, Publications: 1, Forbidden: -1, Irrelevant: -1})
		pub := p.Publications()[0]
		a := pub.Publish(time.Now())
		time.Sleep(time.Hour)
		all, then := harvest(p), time.Now()
		time.Sleep(time.Hour)
		a.Revise(Change, time.Now())
		pub.Publish(time.Now())
		if v := p.JudgeAt(all, then); v.Faults() != 0 || v.Expected != 1 || v.F1 != 1 {
			t.Errorf("%s", &v)
		}
		if v := p.Judge(all); v.Missing.Count != 1 || v.RevisionsMissed.Count != 1 {
			t.Errorf("%s", &v)
		}
	})
}
