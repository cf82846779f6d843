package store

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFirstStartTorn: whatever a power cut leaves of a database that was being made, the next start has an empty, sound
// one. What is made goes under another name until it is on disk, so that name is where the pieces lie; as a check of the
// check, the same pieces under the name of the database itself are refused, or hold all that was written.
func TestFirstStartTorn(t *testing.T) {
	states := 150
	if os.Getenv("CHAPAR_LONG") == "1" {
		states = 2000
	}
	whole := filepath.Join(t.TempDir(), "whole.db")
	if err := openAt(t, whole).Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	const sector = 512
	rng := rand.New(rand.NewPCG(4, 4))
	refused := 0
	for n := range states {
		torn := bytes.Clone(b[:rng.IntN(len(b)/sector+1)*sector])
		lost := rng.Float64()
		for at := 0; at < len(torn); at += sector {
			if rng.Float64() < lost {
				clear(torn[at : at+sector])
			}
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "chapar.db")
		if err := os.WriteFile(path+newInfix+"123", torn, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(path, Options{NoSync: true})
		if err != nil {
			t.Fatalf("state %d: %v", n, err)
		}
		if r := sound(t, db); r.Records+r.Seen != 0 {
			t.Errorf("state %d: %+v", n, r)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}

		inPlace := filepath.Join(dir, "torn.db")
		if err := os.WriteFile(inPlace, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		if db, err = Open(inPlace, Options{NoSync: true}); err != nil {
			refused++
			continue
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if refused < states/3 {
		t.Errorf("%d of %d torn files are refused in place: they are not torn enough to show anything", refused, states)
	}
}

// TestFirstStartKilled kills the first start at random moments.
func TestFirstStartKilled(t *testing.T) {
	kills := 25
	if os.Getenv("CHAPAR_LONG") == "1" {
		kills = 500
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 5))
	early := 0
	for range kills {
		path := filepath.Join(t.TempDir(), "chapar.db")
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), holdVar+"="+path)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		cmd.Stdout = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.IntN(250)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		_ = in.Close()
		if said.Len() == 0 {
			early++
		}
		db, err := Open(path, Options{NoSync: true})
		if err != nil {
			t.Fatalf("after a kill: %v", err)
		}
		sound(t, db)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d of %d were killed before they had it", early, kills)
}
