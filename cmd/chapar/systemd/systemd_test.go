package systemd_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"chapar/cmd/chapar/systemd"
)

// notifier makes one of an environment in which only these names are set.
func notifier(env ...string) systemd.Notifier {
	return systemd.NewNotifier(func(name string) string {
		for _, e := range env {
			if value, ok := strings.CutPrefix(e, name+"="); ok {
				return value
			}
		}
		return ""
	})
}

// manager hears what is told; the name of its socket may begin with an @.
func manager(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// heard is the next that was told: a datagram waits in the socket already.
func heard(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	b := make([]byte, 4<<10)
	n, err := conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestTell(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	dir, err := os.MkdirTemp("", "notify") // a short path: sockets have no long ones
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range []string{filepath.Join(dir, "s"), fmt.Sprintf("@chapar-test-%d", os.Getpid())} {
		m := manager(t, name)
		n := notifier("NOTIFY_SOCKET=" + name)
		n.Tell(logger, "READY=1", "STATUS=watching")
		if got := heard(t, m); got != "READY=1\nSTATUS=watching" {
			t.Errorf("%s heard %q", name, got)
		}
		n.Reloading(logger)
		if got := heard(t, m); !regexp.MustCompile(`^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*$`).MatchString(got) {
			t.Errorf("%s heard %q", name, got)
		}
	}
	notifier().Tell(logger, "READY=1") // without a manager
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
	notifier("NOTIFY_SOCKET="+filepath.Join(dir, "none")).Tell(logger, "READY=1")
	if !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("a manager that is not there: logged %q", log.String())
	}
}

// TestExtendStart: a start that lasts asks for more time again and again, and one that is over
// does so no more.
func TestExtendStart(t *testing.T) {
	dir, err := os.MkdirTemp("", "notify")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	name := filepath.Join(dir, "s")
	m := manager(t, name)
	n := notifier("NOTIFY_SOCKET=" + name)
	log := slog.New(slog.DiscardHandler)
	synctest.Test(t, func(t *testing.T) {
		started := n.ExtendStart(t.Context(), log)
		time.Sleep(25 * time.Second)
		started()
		n.Tell(log, "READY=1")
	})
	for _, want := range []string{"EXTEND_TIMEOUT_USEC=30000000\nSTATUS=starting", "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=starting", "READY=1"} {
		if got := heard(t, m); got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
	}
}

func TestWatchdog(t *testing.T) {
	own := strconv.Itoa(os.Getpid())
	for _, c := range []struct {
		pid, usec string
		want      time.Duration
	}{
		{own, "3000000", 3 * time.Second},
		{"", "3000000", 3 * time.Second},
		{"1", "3000000", 0}, // it is meant for another process
		{own, "", 0},
		{own, "0", 0},
		{own, "soon", 0},
	} {
		if n := notifier("WATCHDOG_PID="+c.pid, "WATCHDOG_USEC="+c.usec); n.Watchdog != c.want {
			t.Errorf("pid %q and %q give %v, want %v", c.pid, c.usec, n.Watchdog, c.want)
		}
	}
}

// TestJournal: lines for the journal have a priority and no time.
func TestJournal(t *testing.T) {
	var b bytes.Buffer
	o := &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: systemd.WithoutTime}
	log := slog.New(systemd.Prioritized(&b, func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, o) })).With("source", "one").WithGroup("g")
	log.Debug("a")
	log.Info("b", "k", 1)
	log.Warn("c")
	log.Error("d")
	want := "<7>level=DEBUG msg=a source=one\n<6>level=INFO msg=b source=one g.k=1\n<4>level=WARN msg=c source=one\n<3>level=ERROR msg=d source=one\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if systemd.Journaled("1:1", f) || systemd.Journaled("", f) || systemd.Journaled("1:1", &b) {
		t.Error("a file counts as the journal")
	}
}
