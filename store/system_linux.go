package store

import "golang.org/x/sys/unix"

// forget lets the kernel count the pages of a map that were read as no part of this process. They stay in memory as
// long as there is room, and come back when they are asked for.
func forget(address uintptr, size int64) {
	// A refusal leaves all as it is.
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, address, uintptr(size), unix.MADV_DONTNEED)
}

// diskFree gives the bytes that the file system of a path has left for us.
func diskFree(path string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * s.Bsize, nil
}
