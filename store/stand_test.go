package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"chapar/fetcher"
)

func TestStanding(t *testing.T) {
	db := rich(t)
	link := func(n int) string { return fmt.Sprintf("https://a.example/%d", n) }
	old := entry("a", link(5), "5")
	old.Old = true
	pollOf(t, db, start, "a", old)
	tests := map[string]func(s Standing) bool{
		link(0):         func(s Standing) bool { return s.Record != nil && s.Record.Number == 0 && s.Job == nil },
		link(1) + "?go": func(s Standing) bool { return s.Record != nil && s.Record.Number == 1 },
		link(7):         func(s Standing) bool { return s.Aside != nil && s.Aside.Reason.Outcome == fetcher.NotArticle },
		link(8):         func(s Standing) bool { return s.Rejected != nil && s.Rejected.Why == "far" },
		link(9):         func(s Standing) bool { return s.Job != nil && s.Job.Entry.Title == "9" && s.Why == nil },
		link(5):         func(s Standing) bool { return s.Old && s.Job == nil },
	}
	for url, is := range tests {
		s, err := db.Standing(t.Context(), url)
		if err != nil || !is(s) || !slices.Equal(s.Sources, []string{"a"}) {
			t.Errorf("%s: %+v, %v", url, s, err)
		}
	}
	for _, url := range []string{"", "0", link(99)} {
		if s, err := db.Standing(t.Context(), url); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %+v, %v", url, s, err)
		}
	}
}

// TestVirtualTime runs a database where time stands still, as the simulated days do.
func TestVirtualTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chapar.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := Open(path, Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for i := range 20 {
			go func() {
				link := fmt.Sprintf("https://a.example/%d", i)
				pollOf(t, db, time.Now(), "a", entry("a", link, "T"))
				keep(t, db, jobOf(entry("a", link, "T")), time.Now(), doc(link, "T", textOf(i)), Keeping{Again: time.Now().Add(time.Hour)})
			}()
		}
		synctest.Wait()
		if r := sound(t, db); r.Records != 20 || r.Inbox != 20 {
			t.Errorf("%+v", r)
		}
		if _, err := Open(path, Options{}); !errors.As(err, new(*HeldError)) {
			t.Errorf("opened twice: %v", err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("that took %v", took)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}
