package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"chapar/fetcher/press"
	"chapar/store"
)

// TestEachCall lets calls to the system fail, of one kind and one after the other, while chapar polls, reads in cells,
// stores and exports: it ends with no more than a line, keeps what it acknowledged, and the next run brings all.
func TestEachCall(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not here, which lets calls fail")
	}
	if testing.Short() {
		t.Skip("starts a traced process for each call")
	}
	stand, err := press.New(press.Options{Publications: 2, Seed: 9, Irrelevant: -1, FreshFor: -1, Forbidden: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer stand.Close()
	for _, p := range stand.Publications() {
		for i := range 4 {
			p.Publish(time.Now().Add(-time.Duration(5-i) * time.Hour))
		}
	}
	dir := t.TempDir()
	conf, database := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "chapar.db")
	text := strings.Replace(stand.Config(press.ConfigOptions{Database: database, MinInterval: time.Second, MaxInterval: 2 * time.Second}), "fetch:\n", "fetch:\n  per_host_delay: 0s\n", 1)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// run runs chapar, traced if it is to meet failures, and gives what it acknowledged.
	run := func(inject string, args ...string) (said string, kept []ack, err error) {
		line := append([]string{os.Args[0], "--log-format", "json", "--log-level", "debug"}, args...)
		if inject != "" {
			call, _, _ := strings.Cut(inject, ":")
			line = append([]string{strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace=" + call, "-e", "inject=" + inject}, line...)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, line[0], line[1:]...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // whoever is traced goes with who traces
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
		cmd.Env = append(os.Environ(), "CHAPAR_AS_ITSELF=1")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err = cmd.Run(); ctx.Err() != nil {
			t.Fatalf("%s %v does not end:\n%s", inject, args, errs.String())
		}
		for l := range strings.Lines(errs.String()) {
			var a ack
			if json.Unmarshal([]byte(l), &a) == nil && a.Msg == "kept" {
				kept = append(kept, a)
			}
		}
		return errs.String(), kept, err
	}
	clean := func() {
		for _, f := range []string{"", ".last", ".pid", ".sock"} {
			_ = os.Remove(database + f)
		}
		_ = os.RemoveAll(filepath.Join(dir, "out"))
	}
	if said, _, err := run("", "once", "-c", conf); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	want := len(records(t, conf))
	if want < 8 {
		t.Fatalf("%d articles are brought in without failures, want 8", want)
	}
	calls := []struct {
		inject string
		at     []int
	}{
		{"pwrite64:error=ENOSPC", []int{1, 4, 12, 40}}, {"pwrite64:error=EIO", []int{2, 9, 30}}, {"fdatasync:error=EIO", []int{1, 3, 7}},
		{"fsync:error=EIO", []int{1, 2}}, {"ftruncate:error=ENOSPC", []int{1, 2}}, {"renameat:error=EACCES", []int{1}},
		{"openat:error=EMFILE", []int{3, 20, 60}}, {"openat:error=EACCES", []int{10, 40}},
		{"connect:error=ENETUNREACH", []int{1, 2}}, {"socket:error=EMFILE", []int{1, 3}}, {"execve:error=EAGAIN", []int{2}}, {"pipe2:error=EMFILE", []int{1, 3}},
	}
	shown, failed := 0, 0
	for i, c := range calls {
		at := c.at[:1]
		if !long() && i%2 == 1 {
			continue
		}
		if long() {
			at = nil
			for n := range 10 {
				at = append(at, n+1)
			}
			at = append(at, c.at...)
		}
		for _, n := range at {
			clean()
			inject := fmt.Sprintf("%s:when=%d", c.inject, n)
			said, kept, err := run(inject, "once", "-c", conf)
			if strings.Contains(said, "PTRACE") {
				t.Skipf("processes cannot be traced here: %s", said)
			}
			if strings.Contains(said, "panic") || strings.Contains(said, "goroutine ") || strings.Contains(said, "SIG") {
				t.Errorf("%s: %s", inject, said)
			}
			shown++
			if err != nil {
				failed++
			}
			if db, err := store.Open(database, store.Options{}); err == nil {
				if r, err := db.Verify(t.Context()); err != nil || !r.OK() {
					t.Errorf("%s: %v %v", inject, err, r.Problems)
				}
				for _, a := range kept {
					if r, err := db.Record(t.Context(), a.ID); err != nil || r.SHA256 != a.SHA256 {
						t.Errorf("%s: %s was acknowledged and is lost: %v", inject, a.ID, err)
					}
				}
				db.Close()
			} else if len(kept) > 0 || !os.IsNotExist(err) && !strings.Contains(err.Error(), "no such file") {
				t.Errorf("%s: %d acknowledged, and the database cannot be opened: %v", inject, len(kept), err)
			}
			got := 0
			for range 10 { // what failed is due again by and by
				time.Sleep(500 * time.Millisecond)
				if said, _, err := run("", "once", "-c", conf); err != nil {
					t.Errorf("%s: the next run: %v\n%s", inject, err, said)
				}
				if got = len(records(t, conf)); got >= want {
					break
				}
			}
			if got != want {
				t.Errorf("%s: %d articles after the next runs, want %d", inject, got, want)
			}
			out := filepath.Join(dir, "out")
			if said, _, err := run(inject, "export", "-c", conf, "--out", out); err != nil && strings.Contains(said, "panic") {
				t.Errorf("%s: export: %s", inject, said)
			}
		}
	}
	t.Logf("%d failing calls, %d of which ended the run with an error", shown, failed)
}
