//go:build !linux

package store

// forget does nothing where the kernel is not known to keep what it is told to forget.
func forget(uintptr, int64) {}
