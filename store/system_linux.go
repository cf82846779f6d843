package store

import "golang.org/x/sys/unix"

// forget lets the kernel count the pages of a map that were read as no part of this process. They stay in memory as
// long as there is room, and come back when they are asked for.
func forget(address uintptr, size int64) {
	// A refusal leaves all as it is.
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, address, uintptr(size), unix.MADV_DONTNEED)
}

// diskSpace gives the bytes that the file system of a path has left for us, and those that it has in all.
func diskSpace(path string) (free, total int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * s.Bsize, int64(s.Blocks) * s.Bsize, nil
}
