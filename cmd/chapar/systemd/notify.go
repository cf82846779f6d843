// Package systemd tells the service manager how a service stands, and writes log lines as its journal takes them.
package systemd

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Notifier tells the service manager how the service stands, as sd_notify(3) has it. The zero Notifier tells nobody.
type Notifier struct {
	Watchdog time.Duration // within which the manager wants to hear from us; 0 if it does not
	socket   string        // "" where no service manager asks
}

// NewNotifier makes a Notifier of what the manager puts into the environment.
func NewNotifier(getenv func(string) string) Notifier {
	n := Notifier{socket: getenv("NOTIFY_SOCKET")}
	if strings.HasPrefix(n.socket, "@") { // an abstract socket
		n.socket = "\x00" + n.socket[1:]
	}
	if pid := getenv("WATCHDOG_PID"); pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && usec > 0 {
			n.Watchdog = time.Duration(usec) * time.Microsecond
		}
	}
	return n
}

// send tells the assignments of a state, which stand one on a line.
func (n Notifier) send(state ...string) error {
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

// Tell tells the assignments of a state, and logs it where that fails: the work goes on.
func (n Notifier) Tell(log *slog.Logger, state ...string) {
	if err := n.send(state...); err != nil {
		log.Warn("cannot notify", "err", err)
	}
}

// Reloading begins a reload: the manager waits for a READY=1 that comes after it.
func (n Notifier) Reloading(log *slog.Logger) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		log.Warn("cannot notify", "err", err)
		return
	}
	n.Tell(log, "RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", t.Nano()/int64(time.Microsecond)))
}

// ExtendStart asks the manager for more time for as long as the start takes, as with a large database on a
// slow disk, until the function that it gives is called. After a while it gives up.
func (n Notifier) ExtendStart(ctx context.Context, log *slog.Logger) (started func()) {
	const every, most = 10 * time.Second, 15 * time.Minute
	ctx, cancel := context.WithTimeout(ctx, most)
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				n.Tell(log, fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", (3*every).Microseconds()), "STATUS=starting")
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}
