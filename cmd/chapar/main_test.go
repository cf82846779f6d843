package main

import (
	"os"
	"testing"
)

// TestMain lets the test binary stand for chapar itself, so that tests can start and kill real processes of it.
func TestMain(m *testing.M) {
	if os.Getenv("CHAPAR_AS_ITSELF") == "1" {
		main()
	}
	os.Exit(m.Run())
}

// long says whether the tests that take minutes run in full length.
func long() bool { return os.Getenv("CHAPAR_LONG") == "1" }
