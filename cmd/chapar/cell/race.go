//go:build race

package cell

// raced says that this build holds the race detector, which needs more memory than any cell is granted.
const raced = true
