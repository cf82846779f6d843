package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"chapar/fetcher"
)

// TestPing: an idle writer answers without a commit, one that is held up does not.
func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := openNew(t)
		ask := func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			return db.Ping(ctx)
		}
		before := commitOf(t, db)
		if err := ask(); err != nil {
			t.Errorf("an idle writer: %v", err)
		}
		if now := commitOf(t, db); now != before {
			t.Errorf("a heartbeat made a commit (%d, before %d)", now, before)
		}
		release := make(chan struct{})
		done := make(chan error, 1)
		go func() { done <- db.write(func(txn) error { <-release; return nil }) }()
		synctest.Wait()
		if err := ask(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a writer that is held up: %v", err)
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := ask(); err != nil {
			t.Errorf("a writer that was held up: %v", err)
		}
	})
}

func commitOf(t *testing.T, db *DB) (id int) {
	t.Helper()
	if err := db.view(func(x txn) error { id = x.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestSurvey: the cheap count agrees with the thorough one, and what was remembered is there when the file is opened
// again.
func TestSurvey(t *testing.T) {
	db := openNew(t)
	now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	every := func(string) bool { return true }
	s := NewSurveyor(db)
	survey := func(wanted func(string) bool) Tally {
		t.Helper()
		got, err := s.Survey(t.Context(), now, wanted)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := survey(every); got.Records != 0 || !got.Oldest.IsZero() || !got.Backup.IsZero() || got.FileBytes == 0 || got.DiskBytes == 0 {
		t.Errorf("an empty store: %+v", got)
	}
	var entries []fetcher.Entry
	for i := range 12 {
		entries = append(entries, fetcher.Entry{Source: "one", Endpoint: "one/feed", Link: fmt.Sprintf("https://one.example/%d", i), Title: fmt.Sprint(i)})
	}
	yesterday := now.Add(-24 * time.Hour)
	if _, err := db.SavePoll("one/feed", yesterday, entries, func(int, int) (fetcher.State, fetcher.Event) { return fetcher.State{}, fetcher.Event{} }); err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		j, ok, err := db.Next("one.example:443", fetcher.Job{})
		if err != nil || !ok {
			t.Fatalf("no job: %v", err)
		}
		at := now
		if i < 4 {
			at = yesterday
		}
		d := doc(j.Entry.Link, j.Entry.Title, textOf(i))
		switch {
		case i < 6:
			_, err = db.Keep(j, fetcher.Page{Final: j.Entry.Link, Fetched: at}, d, Keeping{Again: now.Add(time.Hour), AgainWait: time.Hour})
		case i < 8:
			err = db.Drop(j, fetcher.Page{Final: j.Entry.Link, Fetched: at}, d, "off the subject", false)
		default:
			err = db.SetAside(j, &fetcher.Failure{Class: fetcher.Hard, Outcome: fetcher.Gone})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	got := survey(every)
	want, err := db.Stats(t.Context(), Query{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Records != want.Records || got.Copies != want.Copies || got.Dropped != want.Dropped || got.Aside != want.Aside || got.Inbox != want.Inbox || got.Revisits != want.Revisits {
		t.Errorf("the survey counts %+v, the stats %+v", got, want)
	}
	if got.Records != 6 || got.Today != 2 || !got.Oldest.Equal(yesterday) {
		t.Errorf("%d records, %d today, the oldest job of %v", got.Records, got.Today, got.Oldest)
	}
	if err := db.Remember(CareBackup, now); err != nil {
		t.Fatal(err)
	}
	if got := survey(func(string) bool { return false }); !got.Oldest.IsZero() || got.Inbox != 3 {
		t.Errorf("jobs of a source that nobody wants: %+v", got)
	}
	now = now.Add(24 * time.Hour)
	if got := survey(every); got.Today != 0 || got.Records != 6 {
		t.Errorf("on the next day %d of %d are of today", got.Today, got.Records)
	}
	path := db.Path()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db, err = Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s = NewSurveyor(db)
	if got := survey(every); !got.Backup.Equal(now.Add(-24*time.Hour)) || !got.Export.IsZero() {
		t.Errorf("remembered are %v and %v", got.Backup, got.Export)
	}
	if r, err := db.Verify(t.Context()); err != nil || !r.OK() {
		t.Errorf("verify: %+v, %v", r, err)
	}
}

// TestSurveyCutShort: a survey that ends early, wherever that is, does not spoil what the next one counts.
func TestSurveyCutShort(t *testing.T) {
	db := openNew(t)
	livedIn(t, db, "one")
	every := func(string) bool { return true }
	today := minutes(3)
	tomorrow := today.Add(24 * time.Hour)
	ended := 0
	for n := 0; ; n++ {
		s := NewSurveyor(db)
		if got, err := s.Survey(t.Context(), today, every); err != nil || got.Today == 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		left := n
		_, err := s.Survey(counting{t.Context(), &left}, tomorrow, every)
		if err == nil {
			break
		}
		ended++
		if got, err := s.Survey(t.Context(), tomorrow, every); err != nil || got.Today != 0 {
			t.Errorf("ended at %d: on the next day %d articles are of today, %v", n, got.Today, err)
		}
	}
	if ended < 3 {
		t.Errorf("ended at %d places only", ended)
	}
}

// TestMetricsOfWrites: writes that come together are counted each, their commits once.
func TestMetricsOfWrites(t *testing.T) {
	reg := prometheus.NewRegistry()
	db, err := Open(t.TempDir()+"/c.db", Options{NoSync: true, Metrics: NewMetrics(reg)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 3 {
		if err := db.Remember(CareExport, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			seen[f.GetName()] += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for _, name := range []string{"chapar_store_commits_total", "chapar_store_writes_total", "chapar_store_commit_duration_seconds"} {
		if seen[name] != 3 {
			t.Errorf("%s is %v, want 3", name, seen[name])
		}
	}
}
