package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chapar/fetcher"
	"chapar/normalize"
	"chapar/store/corpus"
)

// endpointPoll saves a poll of an endpoint at its real kind of id.
func endpointPoll(t testing.TB, db *DB, at time.Time, source string, entries ...fetcher.Entry) fetcher.Saved {
	t.Helper()
	s := fetcher.State{URL: "https://news.example/feed", Checked: at, First: start, Validators: fetcher.Validators{ETag: at.Format(time.TimeOnly)}}
	for i := range entries {
		entries[i].Source, entries[i].Endpoint = source, source+"/feed"
	}
	saved, err := db.SavePoll(source+"/feed", at, entries, func(fresh, known int) (fetcher.State, fetcher.Event) {
		return s, fetcher.Event{At: at, Outcome: fetcher.OK, New: fresh, Known: known}
	})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// entriesOf are entries of every kind: with a link, with a GUID only, with nothing but text.
func entriesOf(n int) []fetcher.Entry {
	var es []fetcher.Entry
	for i := range n {
		title := fmt.Sprintf("Notice %d", i)
		switch i % 3 {
		case 0:
			es = append(es, fetcher.Entry{Link: fmt.Sprintf("https://news.example/%d", i), Title: title, GUID: title})
		case 1:
			es = append(es, fetcher.Entry{Title: title, GUID: fmt.Sprintf("tag:%d:x", i), Content: textOf(i)})
		default:
			es = append(es, fetcher.Entry{Title: title, Content: textOf(i)})
		}
	}
	return es
}

// livedIn fills a database with what a source can leave in it: records of pages and of feeds, revisions, articles that
// were dropped or set aside, jobs that wait, words of other sources.
func livedIn(t testing.TB, db *DB, source string) {
	t.Helper()
	es := entriesOf(24)
	endpointPoll(t, db, minutes(0), source, es...)
	endpointPoll(t, db, minutes(1), "other", slices.Clone(es[:6])...)
	for i, e := range entriesOf(24) {
		e.Source, e.Endpoint = source, source+"/feed"
		j := waitingFor(t, db, entryKey(e))
		p := fetcher.Page{URL: e.Link, Final: e.Link, Status: 200, Body: []byte("<p>" + textOf(i)), Fetched: minutes(2)}
		var err error
		switch i / 3 % 5 {
		case 0, 1:
			d := doc(e.Link, e.Title, textOf(i))
			if _, err = db.Keep(j, p, d, Keeping{SourceName: "The " + source, Again: minutes(60), AgainWait: time.Hour, KeepPage: true}); err == nil && i%2 == 0 {
				d.Text += "\n\nLater he came back."
				d.Essence = d.Text
				_, err = db.Keep(waitingFor(t, db, entryKey(e)), p, d, Keeping{SourceName: "The " + source, Again: minutes(60), AgainWait: time.Hour})
			}
		case 2:
			err = db.Drop(j, p, doc(e.Link, e.Title, textOf(i)), "of no interest", true)
		case 3:
			err = db.SetAside(j, &fetcher.Failure{Class: fetcher.Hard, Outcome: fetcher.NotFound})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// waitingFor finds the job of a key.
func waitingFor(t testing.TB, db *DB, key string) (j fetcher.Job) {
	t.Helper()
	err := db.view(func(t txn) error {
		main, k, _, err := t.article(key)
		if err != nil {
			return err
		}
		w, err := t.job(main, k)
		if w != nil {
			j = w.Job
		}
		return err
	})
	if err != nil || j.Key == "" {
		t.Fatalf("no job for %s: %v", key, err)
	}
	return j
}

// dump gives everything in a database as text, without what only tells of renamings.
func dump(t testing.TB, db *DB) []string {
	t.Helper()
	var lines []string
	for _, bucket := range buckets() {
		pairs, err := db.slice(bucket, nil, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pairs {
			var text []byte
			var form byte
			switch string(bucket) {
			case string(bucketRecord), string(bucketRevision):
				text, _, err = splitRecord(bucket, p.key, p.value)
			case string(bucketCluster): // the key says all
			default:
				if form, text, err = unseal(bucket, p.key, p.value); err == nil && form == formZstd {
					text, err = db.codec.unpack(text, nil)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(p.key), "renamed:") {
				lines = append(lines, fmt.Sprintf("%s %s %q", bucket, printable(bucket, p.key), text))
			}
		}
	}
	return lines
}

// mentions fails the test if an id stands anywhere.
func mentions(t testing.TB, db *DB, id string) {
	t.Helper()
	for _, line := range dump(t, db) {
		if strings.Contains(line, id) {
			t.Errorf("%q is still there: %.300s", id, line)
		}
	}
}

func recordsOf(t testing.TB, db *DB) (rs []corpus.Record) {
	t.Helper()
	for r, err := range db.Records(t.Context(), Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	return rs
}

var renaming = []Renaming{{Old: "former", New: "present", Name: "The Present"}}

// TestRename holds that a renamed source has everything of its own, and nothing but its id and name is another.
func TestRename(t *testing.T) {
	db := openNew(t)
	livedIn(t, db, "former")
	before, was := recordsOf(t, db), dump(t, db)
	did, err := db.Rename(t.Context(), renaming)
	if err != nil {
		t.Fatal(err)
	}
	if len(did.Done) != 1 || did.Endpoints != 1 || did.Records == 0 || did.Jobs == 0 || did.Others == 0 || did.Entries < 24 {
		t.Errorf("told %+v", did)
	}
	sound(t, db)
	mentions(t, db, "former")
	after := recordsOf(t, db)
	for i, r := range before {
		if r.Source == "former" {
			r.Source, r.SourceName = "present", "The Present"
		}
		for k := range r.AlsoIn {
			r.AlsoIn[k] = strings.Replace(r.AlsoIn[k], "former", "present", 1)
		}
		if fmt.Sprintf("%+v", r) != fmt.Sprintf("%+v", after[i]) && r.DuplicateOf == nil {
			t.Errorf("got  %+v\nwant %+v", after[i], r)
		}
	}
	// The same life under the new id from the beginning leads to the same database.
	anew := openNew(t)
	livedIn(t, anew, "present")
	want := dump(t, anew)
	for i := range want {
		want[i] = strings.NewReplacer("The present", "The Present").Replace(want[i])
	}
	got := dump(t, db)
	slices.Sort(got)
	slices.Sort(want)
	if len(got) != len(was) {
		t.Errorf("%d values, %d before", len(got), len(was))
	}
	for i, l := range want {
		if i >= len(got) || got[i] != l {
			t.Fatalf("a life under the new id differs:\ngot  %.400s\nwant %.400s", got[min(i, len(got)-1)], l)
		}
	}
	// Nothing is new to the source under its new id.
	if saved := endpointPoll(t, db, minutes(90), "present", entriesOf(24)...); saved.New != 0 || saved.Known != 24 {
		t.Errorf("after the renaming %d entries are new and %d known", saved.New, saved.Known)
	}
	if did, err = db.Rename(t.Context(), renaming); err != nil || len(did.Done) != 0 {
		t.Errorf("done twice: %+v %v", did, err)
	}
}

// counting ends after so many looks at it: each is one place where a process could have been killed.
type counting struct {
	context.Context
	left *int
}

func (c counting) Err() error {
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestRenameKilled ends a renaming between any two transactions and opens the file anew: the rest is done by the next.
func TestRenameKilled(t *testing.T) {
	whole := openNew(t)
	livedIn(t, whole, "former")
	if _, err := whole.Rename(t.Context(), renaming); err != nil {
		t.Fatal(err)
	}
	want := dump(t, whole)
	ended := 0
	for n := 0; ; n++ {
		path := filepath.Join(t.TempDir(), "chapar.db")
		db, err := Open(path, Options{NoSync: true, Now: func() time.Time { return start }})
		if err != nil {
			t.Fatal(err)
		}
		livedIn(t, db, "former")
		left := n
		_, err = db.Rename(counting{t.Context(), &left}, renaming)
		if err == nil {
			db.Close()
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		ended++
		sound(t, db) // also in the middle
		if s, err := db.State("present/feed"); err != nil || s.Validators.ETag == "" && slices.ContainsFunc(dump(t, db), func(l string) bool { return strings.Contains(l, "present") }) {
			t.Errorf("ended at %d: the endpoint would be asked for all anew, %+v %v", n, s, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = openAt(t, path)
		if _, err := db.Rename(t.Context(), renaming); err != nil {
			t.Fatal(err)
		}
		sound(t, db)
		if got := dump(t, db); !slices.Equal(got, want) {
			t.Fatalf("ended at %d: another database than that of a renaming in one go", n)
		}
	}
	if ended < 8 {
		t.Errorf("ended at %d places only", ended)
	}
}

// TestRenameKilledAgain ends the renaming of a source that came back by its old id after it was renamed once, and left
// nothing by which that is noticed but its state: the mark of the first renaming must not pass for that of the second.
func TestRenameKilledAgain(t *testing.T) {
	ended := 0
	for n := 0; ; n++ {
		db := openNew(t)
		livedIn(t, db, "former")
		if _, err := db.Rename(t.Context(), renaming); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Rename(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		endpointPoll(t, db, minutes(7), "former", fetcher.Entry{Link: "https://news.example/again", Title: "Again"})
		left := n
		_, err := db.Rename(counting{t.Context(), &left}, renaming)
		if err == nil {
			break
		}
		ended++
		sound(t, db)
		if _, err := db.Rename(t.Context(), renaming); err != nil {
			t.Fatal(err)
		}
		mentions(t, db, "former")
		sound(t, db)
	}
	if ended < 8 {
		t.Errorf("ended at %d places only", ended)
	}
}

// TestRenameLate holds that what is under way while a source is renamed comes under the new id.
func TestRenameLate(t *testing.T) {
	db := openNew(t)
	livedIn(t, db, "former")
	es := entriesOf(24)
	waits := fetcher.Entry{Source: "former", Endpoint: "former/feed", Title: es[13].Title, GUID: es[13].GUID, Content: es[13].Content}
	job := waitingFor(t, db, entryKey(waits))
	linked := waitingFor(t, db, urlKey(es[12].Link))
	if _, err := db.Rename(t.Context(), renaming); err != nil {
		t.Fatal(err)
	}
	if saved := endpointPoll(t, db, minutes(5), "former", append(es, fetcher.Entry{Title: "Late", GUID: "late"})...); saved.New != 1 {
		t.Errorf("a late poll found %d new entries, want 1", saved.New)
	}
	if _, err := db.Keep(job, fetcher.Page{Fetched: minutes(6)}, doc("", waits.Title, textOf(13)), Keeping{TextFrom: FromFeed}); err != nil {
		t.Fatal(err)
	}
	if err := db.Retry(linked, minutes(70), &fetcher.Failure{Class: fetcher.Temporary, Outcome: fetcher.Timeout}, true); err != nil {
		t.Fatal(err)
	}
	mentions(t, db, "former")
	sound(t, db)
	if s, err := db.State("former/feed"); err != nil || s.Checked != minutes(5) {
		t.Errorf("the state by its old id: %+v %v", s, err)
	}
	if got := waitingFor(t, db, urlKey(es[12].Link)); got.Tries != 1 {
		t.Errorf("the late failure was lost: %+v", got)
	}
	// Without the renaming in force the old id is one like others, and is noticed when it is renamed again.
	if _, err := db.Rename(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	endpointPoll(t, db, minutes(7), "former", es...)
	if s, err := db.State("former/feed"); err != nil || s.Checked != minutes(7) {
		t.Errorf("a new source of the old id: %+v %v", s, err)
	}
	did, err := db.Rename(t.Context(), renaming)
	if err != nil || len(did.Done) != 1 || did.Endpoints != 1 {
		t.Errorf("told %+v %v", did, err)
	}
	mentions(t, db, "former")
	sound(t, db)
}

// TestRenameBoth joins what a source has under both ids: the operator renamed it first and told of it later.
func TestRenameBoth(t *testing.T) {
	db := openNew(t)
	livedIn(t, db, "former")
	numbers := len(recordsOf(t, db))
	saved := endpointPoll(t, db, minutes(100), "present", entriesOf(24)...)
	if saved.New != 16 { // those without a link
		t.Fatalf("%d entries are new without the renaming", saved.New)
	}
	did, err := db.Rename(t.Context(), renaming)
	if err != nil || did.Endpoints != 1 {
		t.Fatalf("told %+v %v", did, err)
	}
	sound(t, db)
	mentions(t, db, "former/")
	s, err := db.State("present/feed")
	if err != nil || s.Checked != minutes(100) || s.First != start || s.Validators.ETag != minutes(100).Format(time.TimeOnly) {
		t.Errorf("the later state does not stand: %+v %v", s, err)
	}
	var events []fetcher.Event
	if err := db.view(func(t txn) error { _, err := t.get(bucketEvent, []byte("present/feed"), &events); return err }); err != nil || len(events) != 2 {
		t.Errorf("the history is %+v, %v", events, err)
	}
	for i, e := range entriesOf(24) {
		e.Source, e.Endpoint = "present", "present/feed"
		_, k, ok := "", known{}, false
		err := db.view(func(t txn) (err error) { _, k, ok, err = t.article(entryKey(e)); return err })
		want := []stand{standKept, standKept, standDropped, standAside, standInbox}[i/3%5]
		if err != nil || !ok || k.Stand != want {
			t.Errorf("entry %d stands as %q, want %q (%v)", i, k.Stand, want, err)
		}
	}
	for _, r := range recordsOf(t, db) {
		if r.Source == "former" || slices.Contains(r.AlsoIn, r.Source) || slices.Contains(r.AlsoIn, "former") {
			t.Errorf("source %s, also in %v", r.Source, r.AlsoIn)
		}
	}
	if n := len(recordsOf(t, db)); n != numbers {
		t.Errorf("%d records, %d before", n, numbers)
	}
}

// TestRenameWaiting: an entry that waits under one id and is too old under the other still waits, and can be kept.
func TestRenameWaiting(t *testing.T) {
	for _, tooOld := range []string{"former", "present"} {
		db := openNew(t)
		e := fetcher.Entry{Title: "Notice", GUID: "tag:1:x", Content: textOf(1)}
		for i, source := range []string{"former", "present"} {
			e.Old = source == tooOld
			endpointPoll(t, db, minutes(i), source, e)
		}
		if _, err := db.Rename(t.Context(), renaming); err != nil {
			t.Fatal(err)
		}
		sound(t, db)
		e.Source, e.Endpoint = "present", "present/feed"
		j := waitingFor(t, db, entryKey(e))
		if _, err := db.Keep(j, fetcher.Page{Fetched: minutes(2)}, doc("", e.Title, e.Content), Keeping{TextFrom: FromFeed}); err != nil {
			t.Fatal(err)
		}
		if rs := recordsOf(t, db); len(rs) != 1 || rs[0].Source != "present" {
			t.Errorf("too old as %s: %+v", tooOld, rs)
		}
	}
}

// TestRenameImported holds that documents of an old id that come in later are noticed, and that a source may get its
// old id back.
func TestRenameImported(t *testing.T) {
	db := openNew(t)
	livedIn(t, db, "former")
	if _, err := db.Rename(t.Context(), renaming); err != nil {
		t.Fatal(err)
	}
	d := doc("https://news.example/imported", "Imported", textOf(99))
	if _, err := db.Import(t.Context(), []Imported{{Record: corpus.Record{Source: "former", URL: d.CanonicalURL, Number: corpus.Unnumbered}, Document: d}}); err != nil {
		t.Fatal(err)
	}
	if did, err := db.Rename(t.Context(), renaming); err != nil || did.Records != 1 {
		t.Errorf("told %+v %v", did, err)
	}
	mentions(t, db, "former")
	back := []Renaming{{Old: "present", New: "former", Name: "The former"}}
	if did, err := db.Rename(t.Context(), back); err != nil || did.Endpoints != 1 {
		t.Errorf("back: %+v %v", did, err)
	}
	mentions(t, db, "present")
	if did, err := db.Rename(t.Context(), renaming); err != nil || did.Endpoints != 1 {
		t.Errorf("and forth: %+v %v", did, err)
	}
	sound(t, db)
}

// TestRenameMeanwhile renames a source while lanes go on polling it and working off its jobs by its old id.
func TestRenameMeanwhile(t *testing.T) {
	db := openNew(t)
	livedIn(t, db, "former")
	stop := make(chan struct{})
	var lanes sync.WaitGroup
	for lane := range 4 {
		lanes.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				e := fetcher.Entry{Source: "former", Endpoint: "former/feed", Title: "Meanwhile", GUID: fmt.Sprintf("%d-%d", lane, i%40), Content: textOf(1000*lane + i%40)}
				_, err := db.SavePoll(e.Endpoint, minutes(i), []fetcher.Entry{e}, func(fresh, known int) (fetcher.State, fetcher.Event) {
					return fetcher.State{URL: "https://news.example/feed", Checked: minutes(i)}, fetcher.Event{At: minutes(i), New: fresh}
				})
				if err == nil && i%2 == 0 {
					d := doc("", e.Title, e.Content)
					_, err = db.Keep(fetcher.Job{Entry: e, Host: "news.example", Key: entryKey(e), Since: start}, fetcher.Page{Fetched: minutes(i)}, d, Keeping{TextFrom: FromFeed, SourceName: "The former"})
				} else if err == nil {
					err = db.Retry(fetcher.Job{Entry: e, Host: "news.example", Key: entryKey(e)}, minutes(i+9), nil, true)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	for _, r := range []Renaming{renaming[0], {Old: "other", New: "another"}} {
		if _, err := db.Rename(t.Context(), append(renaming[:1:1], r)); err != nil {
			t.Error(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	close(stop)
	lanes.Wait()
	sound(t, db)
	for _, line := range dump(t, db) {
		if strings.Contains(line, "former/feed") || strings.Contains(line, `\"source\":\"former\"`) || strings.Contains(line, "guid:former:") {
			t.Fatalf("the old id came back: %.300s", line)
		}
	}
}

// TestRenameJoinsRecurring: what was learned of a source under both its ids stands together, what a person kept with it.
func TestRenameJoinsRecurring(t *testing.T) {
	db := openNew(t)
	was := recurring{Recurrence: Recurrence{Lines: []normalize.RecurringLine{{Print: 7, Text: "kept", Kept: true, Times: 3}}}, Stale: []int{2, 5}}
	is := recurring{Recurrence: Recurrence{Lines: []normalize.RecurringLine{{Print: 7, Text: "kept", Times: 1}, {Print: 8, Text: "new"}}}, Stale: []int{5, 9}}
	err := db.write(func(t txn) error {
		if err := t.put(bucketMeta, recurringKey("old"), was); err != nil {
			return err
		}
		return t.put(bucketMeta, recurringKey("new"), is)
	})
	if err != nil {
		t.Fatal(err)
	}
	pollOf(t, db, start, "old", entry("old", "https://a.example/0", "Border post zero"))
	keep(t, db, next(t, db, "a.example:443"), minutes(1), doc("https://a.example/0", "Border post zero", textOf(1)), Keeping{})
	if _, err := db.Rename(t.Context(), []Renaming{{Old: "old", New: "new"}}); err != nil {
		t.Fatal(err)
	}
	var joined, left recurring
	err = db.view(func(t txn) (err error) {
		if joined, err = t.recurring("new"); err == nil {
			left, err = t.recurring("old")
		}
		return err
	})
	if err != nil || len(left.Lines) != 0 || len(joined.Lines) != 2 || !joined.Lines[0].Kept || joined.Lines[0].Times != 4 || !slices.Equal(joined.Stale, []int{2, 5, 9}) {
		t.Errorf("joined %+v, left %+v, %v", joined, left, err)
	}
}

// TestRenameJoinsYield: what the articles of a source came to under its new id is not written over by what they came to
// under the old one.
func TestRenameJoinsYield(t *testing.T) {
	db := openNew(t)
	harvest := func(n, words int) fetcher.Harvest {
		return fetcher.Harvest{Words: words, Language: "ru", At: minutes(n)}
	}
	err := db.write(func(t txn) error {
		for n := range 20 { // those of the new id came in between
			if err := t.yield([]string{"old", "new"}[n/5%2], harvest(n, 100+n)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	pollOf(t, db, start, "old", entry("old", "https://a.example/0", "Border post zero"))
	if _, err := db.Rename(t.Context(), []Renaming{{Old: "old", New: "new"}}); err != nil {
		t.Fatal(err)
	}
	var joined, left fetcher.Yield
	if err := db.view(func(t txn) error { joined, left = t.yieldOf("new"), t.yieldOf("old"); return nil }); err != nil {
		t.Fatal(err)
	}
	if joined.Texts+len(joined.Last) != 20 || joined.Last[len(joined.Last)-1].Words != 119 || joined.Last[0].Words != 120-len(joined.Last) || len(left.Last) != 0 {
		t.Errorf("joined %+v, left %+v", joined, left)
	}
}
