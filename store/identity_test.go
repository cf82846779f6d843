package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"chapar/fetcher"
)

// TestIdentity lets one source say in random ways that it is others: with their GUIDs, their links, pages that name an
// address of theirs as their own, and texts in its feed for their articles. What is theirs stays as their hosts show it,
// and what the one has of its own is kept under its own address.
func TestIdentity(t *testing.T) {
	cases := 400
	if os.Getenv("CHAPAR_LONG") == "1" {
		cases = 10_000
	}
	db, err := Open(filepath.Join(t.TempDir(), "chapar.db"), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const sources, each = 4, 5
	shown := func(source, n int) (link, title, text string) {
		k := source*each + n
		return fmt.Sprintf("https://h%d.example/%d", source, n), fmt.Sprintf("Article %d", k), textOf(k)
	}
	theirs := func(source, n int) fetcher.Entry {
		link, title, _ := shown(source, n)
		return entry(fmt.Sprintf("h%d", source), link, title)
	}
	for source := range sources {
		for n := range each {
			e := theirs(source, n)
			pollOf(t, db, start, e.Source, e)
			link, title, text := shown(source, n)
			keep(t, db, next(t, db, fetcher.HostOf(link)), start, doc(link, title, text), Keeping{})
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	own, sent := map[string]string{}, 0 // the texts of the one, by link; how often others' hosts were asked because of it
	for n := range cases {
		at := minutes(1 + n)
		source, article := rng.IntN(sources), rng.IntN(each)
		link, title, text := shown(source, article)
		e := entry("evil", fmt.Sprintf("https://evil.example/%d", n), fmt.Sprintf("Hijacked %d", n))
		hijacked := textOf(1000 + n)
		switch way := rng.IntN(5); way {
		case 0, 1: // their GUID, and with the other their title too
			if e.GUID = theirs(source, article).GUID; way == 1 {
				e.Title = title
			}
		case 2: // their link: their host is asked, and shows what it shows
			e.Link = link
		case 3: // a text for their article, in the feed
			e.Link, e.GUID = link, link
			p, err := db.Keep(jobOf(e), fetcher.Page{}, doc(link, e.Title, hijacked), Keeping{TextFrom: FromFeed})
			if err != nil || p.As != PlacedSame {
				t.Fatalf("case %d: a text in the feed of another for %s: %+v, %v", n, link, p, err)
			}
			continue
		}
		pollOf(t, db, at, "evil", e)
		j, waits, err := db.Next(fetcher.HostOf(e.Link), fetcher.Job{})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case !waits && e.Link != link:
			t.Fatalf("case %d: nothing waits for %s", n, e.Link)
		case !waits:
		case e.Link == link:
			sent++
			keep(t, db, j, at, doc(link, title, text), Keeping{})
		default:
			named := e.Link
			if rng.IntN(2) == 0 {
				named = link // the page says that it is theirs
			}
			if p := keep(t, db, j, at, doc(named, e.Title, hijacked), Keeping{}); p.As != PlacedNew {
				t.Fatalf("case %d: %s placed as %+v", n, e.Link, p)
			}
			own[e.Link] = hijacked
		}
	}
	for source := range sources {
		for n := range each {
			link, title, text := shown(source, n)
			if r := record(t, db, link); r.Title != title || r.Text != text || r.Revision != 1 || r.Source != fmt.Sprintf("h%d", source) {
				t.Errorf("%s of %s is now revision %d of %q from %s", link, title, r.Revision, r.Title, r.Source)
			}
		}
	}
	for link, text := range own {
		if r := record(t, db, link); r.Text != text || r.Source != "evil" {
			t.Errorf("%s is %q of %s", link, r.Title, r.Source)
		}
	}
	if len(own) < cases/4 {
		t.Errorf("only %d articles of its own", len(own))
	}
	t.Logf("%d cases, %d articles of its own, %d times another's host was asked", cases, len(own), sent)
	sound(t, db)
}
