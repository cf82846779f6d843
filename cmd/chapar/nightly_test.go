package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chapar/cmd/chapar/web"
	"chapar/store"
)

// TestNightly: each night leaves one sound copy, the newest stay, and a night that fails takes nothing away.
func TestNightly(t *testing.T) {
	dir := t.TempDir()
	database := filepath.Join(dir, "chapar.db")
	db, err := store.Open(database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "back[ups")
	a := &app{globals: globals{DB: database}, out: io.Discard, err: io.Discard}
	t.Chdir(dir) // where no config is
	night := func(day, keep int) error {
		return (&backupCommand{File: folder, Keep: &keep}).nightly(t.Context(), a, time.Date(2026, 3, day, 2, 30, 0, 0, time.UTC))
	}
	for day := 1; day <= 5; day++ {
		if err := night(day, 3); err != nil {
			t.Fatal(err)
		}
	}
	others := []string{"chapar-2026-notes.db", "notes.txt"}
	for _, name := range append([]string{"chapar-2026-03-04.db.new", ".chapar-2026-03-05.db.new.ABC.tmp"}, others...) {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := night(5, 3); err != nil { // again on the same day
		t.Fatal(err)
	}
	want := append([]string{"chapar-2026-03-03.db", "chapar-2026-03-04.db", "chapar-2026-03-05.db"}, others...)
	got := func() []string {
		names, err := matching(folder, "*")
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(names)
		return names
	}
	if names := got(); !slices.Equal(names, want) {
		t.Errorf("the folder holds %q, want %q", names, want)
	}
	if r, err := store.VerifyFile(t.Context(), filepath.Join(folder, want[2]), store.Options{}); err != nil || len(r.Problems) > 0 {
		t.Errorf("the copy: %v, %v", r, err)
	}

	if db, err = store.Open(database, store.Options{}); err != nil {
		t.Fatal(err)
	}
	damaged := unsound{db}
	if _, _, err := soundCopy(t.Context(), filepath.Join(folder, "chapar-2026-03-06.db"), damaged); err == nil || !strings.Contains(err.Error(), "not sound") {
		t.Errorf("a damaged copy was taken: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if names := got(); !slices.Equal(names, want) {
		t.Errorf("after a night that failed the folder holds %q, want %q", names, want)
	}
	if err := night(6, -1); err == nil {
		t.Error("a negative number of copies was taken")
	}
}

// unsound is a database whose copy is damaged on its way.
type unsound struct{ reading }

func (u unsound) Backup(ctx context.Context, w io.Writer) error {
	var b bytes.Buffer
	if err := u.reading.Backup(ctx, &b); err != nil {
		return err
	}
	for i := 3 * os.Getpagesize(); i < b.Len(); i += 97 {
		b.Bytes()[i] ^= 0x55
	}
	_, err := b.WriteTo(w)
	return err
}

// TestCareIsRemembered: the daemon learns of every backup and export that is made through it, the nightly ones of the
// timers among them: the alert on old backups looks at nothing else.
func TestCareIsRemembered(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir) // where no config is
	database := filepath.Join(dir, "chapar.db")
	db, err := store.Open(database, store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	socket, err := web.ListenSocket(database)
	if err != nil {
		t.Fatal(err)
	}
	var told []store.Care
	b := web.Backend{Reader: db, Offline: func() bool { return false }, Remember: func(what store.Care) error {
		told = append(told, what)
		return nil
	}}
	var served sync.WaitGroup
	defer served.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	served.Go(func() {
		if err := web.Serve(ctx, socket, web.Control(b), slog.New(slog.DiscardHandler)); err != nil {
			t.Error(err)
		}
	})
	for _, c := range []struct {
		args []string
		want store.Care
	}{
		{[]string{"backup", "copy.db"}, store.CareBackup},
		{[]string{"backup", "--keep", "2", "copies"}, store.CareBackup},
		{[]string{"export"}, store.CareExport},
		{[]string{"export", "--format", "csv"}, store.CareExport},
	} {
		told = nil
		command(t, 0, append(c.args, "--db", database)...)
		if !slices.Equal(told, []store.Care{c.want}) {
			t.Errorf("chapar %s: the daemon was told of %q", strings.Join(c.args, " "), told)
		}
	}
}
