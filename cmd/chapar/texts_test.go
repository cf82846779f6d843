package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"chapar/fetcher/press"
)

// TestTexts reads every page template of the press in every language and wants the articles as they were written:
// each paragraph, nothing else, the title as it is and the minute of publication.
func TestTexts(t *testing.T) {
	t.Run("feeds", func(t *testing.T) { readTexts(t, 9, press.RSSSummary, press.Atom, press.NewsSitemap) })
	t.Run("pages", func(t *testing.T) { readTexts(t, 23, press.PageLinks, press.Page, press.Sitemap) })
}

func readTexts(t *testing.T, seed uint64, kinds ...press.Kind) {
	stand, err := press.New(press.Options{Publications: 54, Seed: seed, Noise: true, Irrelevant: -1, Forbidden: -1, FreshFor: -1,
		Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	defer stand.Close()
	conf := writeConfig(t, stand)
	for _, p := range stand.Publications() {
		for range 4 {
			p.Publish(time.Now().Add(-time.Hour))
		}
	}
	command(t, 0, "once", "-c", conf, "--log-level", "warn")
	truth := map[string]*press.Article{}
	for _, a := range stand.Articles() {
		truth[a.URL] = a
	}
	wrong := 0
	for _, r := range records(t, conf) {
		a := truth[r.CanonicalURL]
		if a == nil {
			t.Errorf("no article: %s %q", r.CanonicalURL, r.Title)
			continue
		}
		delete(truth, r.CanonicalURL)
		template := stand.Publication(r.Source).Template
		if a.Title != r.Title {
			wrong++
			t.Logf("%s %s: title %q, want %q", template, r.URL, r.Title, a.Title)
		}
		got := strings.Split(r.Text, "\n\n")
		for _, p := range got {
			if !slices.Contains(a.Paragraphs, p) {
				wrong++
				t.Logf("%s %s: too much: %s", template, r.URL, short(p, 120))
			}
		}
		for _, p := range a.Paragraphs {
			if !slices.Contains(got, p) {
				wrong++
				t.Logf("%s %s: lost: %s", template, r.URL, short(p, 120))
			}
		}
		if d := r.Published; d == nil || d.Sub(a.Published).Abs() > time.Minute {
			wrong++
			t.Logf("%s %s: published %v (%s), want %v", template, r.URL, d, r.DateFrom, a.Published)
		}
	}
	for url, a := range truth {
		t.Errorf("not kept: %s %q", url, a.Title)
	}
	if wrong > 0 {
		t.Errorf("%d wrong titles, paragraphs and dates", wrong)
	}
}
