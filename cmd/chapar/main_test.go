package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary stand for chapar itself: in scripts under its name, and for tests that start and kill
// real processes of it.
func TestMain(m *testing.M) {
	if os.Getenv("CHAPAR_AS_ITSELF") == "1" {
		main()
	}
	testscript.Main(m, map[string]func(){"chapar": main})
}

// long says whether the tests that take minutes run in full length.
func long() bool { return os.Getenv("CHAPAR_LONG") == "1" }
