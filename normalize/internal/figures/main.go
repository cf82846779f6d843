// Command figures measures extraction on the sets and writes the table of figures that the tree keeps.
//
//	go run ./normalize/internal/figures            shows the table
//	go run ./normalize/internal/figures -write     writes it to normalize/testdata/figures.md as well
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"

	"chapar/normalize/internal/sets"
)

const table = "normalize/testdata/figures.md"

func main() {
	write := flag.Bool("write", false, "write the table to "+table)
	flag.Parse()
	if err := run(*write); err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

func run(write bool) error {
	f, err := sets.Measure(sets.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not here: the figures can only be measured where the sets are", sets.Dir)
	}
	if err != nil {
		return err
	}
	fmt.Print(f.Table())
	if !write {
		return nil
	}
	return os.WriteFile(table, []byte(f.Table()), 0o644)
}
