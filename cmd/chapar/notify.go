package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// notifier tells the service manager how the service stands, as sd_notify(3) has it. The zero notifier tells nobody.
type notifier struct {
	socket   string        // "" where no service manager asks
	watchdog time.Duration // within which it wants to hear from us; 0 if it does not
}

func newNotifier(getenv func(string) string) notifier {
	n := notifier{socket: getenv("NOTIFY_SOCKET")}
	if strings.HasPrefix(n.socket, "@") { // an abstract socket
		n.socket = "\x00" + n.socket[1:]
	}
	if pid := getenv("WATCHDOG_PID"); pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && usec > 0 {
			n.watchdog = time.Duration(usec) * time.Microsecond
		}
	}
	return n
}

// send tells the assignments of a state, which stand one on a line.
func (n notifier) send(state ...string) error {
	if n.socket == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("cannot notify the service manager: %w", err)
	}
	defer conn.Close()
	const patience = time.Second
	if err := conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err = conn.Write([]byte(strings.Join(state, "\n"))); err != nil {
		return fmt.Errorf("cannot notify the service manager: %w", err)
	}
	return nil
}

// tell sends a state, and logs it where that fails: the work goes on.
func (n notifier) tell(log *slog.Logger, state ...string) {
	if err := n.send(state...); err != nil {
		log.Warn("cannot notify", "err", err)
	}
}

// reloading begins a reload: the manager waits for a READY=1 that comes after it.
func (n notifier) reloading(log *slog.Logger) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		log.Warn("cannot notify", "err", err)
		return
	}
	n.tell(log, "RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", t.Nano()/int64(time.Microsecond)))
}
