package cell

import (
	"io"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// self is the program that runs, also when another one was put in its place meanwhile.
func self() (string, error) { return "/proc/self/exe", nil }

// widen gives a pipe room for a document; where that is refused it is only slower.
func widen(pipe io.Writer) {
	if f, ok := pipe.(*os.File); ok {
		if raw, err := f.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, roomy) })
		}
	}
}

// confine gives up what reading does not need: memory beyond the limit, files, core dumps. Where memory runs out a cell
// is the first to go.
func confine(l Limits) error {
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) // where that cannot be asked for nothing is lost
	for _, r := range []struct {
		what int
		most uint64
	}{{unix.RLIMIT_DATA, uint64(l.Memory)}, {unix.RLIMIT_CORE, 0}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_NOFILE, 0}} {
		if raced && r.what == unix.RLIMIT_DATA {
			continue
		}
		if err := unix.Setrlimit(r.what, &unix.Rlimit{Cur: r.most, Max: r.most}); err != nil {
			return err
		}
	}
	return nil
}

// allot gives the process so much time from now on, in whole seconds and up to one more.
func allot(d time.Duration) error {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		return err
	}
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CPU, &now); err != nil {
		return err
	}
	seconds := used.Utime.Sec + used.Stime.Sec + 1 + int64((d+time.Second-1)/time.Second)
	now.Cur = min(uint64(seconds), now.Max)
	return unix.Setrlimit(unix.RLIMIT_CPU, &now)
}

func notifySpent(over chan os.Signal) { signal.Notify(over, unix.SIGXCPU) }
