// Command stand is what the boot check needs inside its container: a sample press to be polled by the service, and a
// probe that tries the walls of the service from within.
//
//	stand press CONFIG    opens a press on loopback, writes a config for it and publishes until it is ended
//	stand probe           says what the place where it runs allows; exit 1 if that is more or less than it should be
//	stand roots           wants the roots of authorities where it runs; exit 1 if there are none
package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"chapar/fetcher/press"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "press":
		err = publish(ctx, os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == "probe":
		err = probe(ctx)
	case len(os.Args) == 2 && os.Args[1] == "roots":
		err = roots()
	default:
		err = errors.New("use: stand press CONFIG | stand probe | stand roots")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stand:", err)
		os.Exit(1)
	}
}

// publish keeps a press open that brings an article every other second.
func publish(ctx context.Context, config string) error {
	p, err := press.New(press.Options{Publications: 2, Seed: 7, Kinds: []press.Kind{press.RSSFull, press.Atom}, Languages: []string{"en", "ru"}, Irrelevant: -1, Forbidden: -1})
	if err != nil {
		return err
	}
	defer p.Close()
	for _, pub := range p.Publications() {
		for n := range 3 {
			pub.Publish(time.Now().Add(-time.Duration(n+1) * time.Hour))
		}
	}
	text := p.Config(press.ConfigOptions{Database: "/var/lib/chapar/chapar.db", Listen: "127.0.0.1:8477",
		MinInterval: time.Second, MaxInterval: 2 * time.Second, HostDelay: time.Millisecond, Timeout: 5 * time.Second})
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return err
	}
	t := time.NewTicker(2 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-t.C:
			p.Publications()[0].Publish(now)
		}
	}
}

// probe tries what the service must be able to do and what it must not.
func probe(ctx context.Context) error {
	wrong := 0
	for _, c := range []struct {
		what    string
		allowed bool
		try     func() error
	}{
		{"read the config", true, func() error { return read("/etc/chapar/config.yaml") }},
		{"write the state", true, func() error { return write("/var/lib/chapar/probe") }},
		{"read authorities", true, func() error { return read("/etc/ssl/certs/ca-certificates.crt") }},
		{"ask the status page", true, func() error { return dial(ctx, "127.0.0.1:8477") }},
		{"know its own process", true, func() error { return read("/proc/self/status") }},

		{"write /etc", false, func() error { return write("/etc/chapar/probe") }},
		{"write /usr", false, func() error { return write("/usr/bin/probe") }},
		{"write /var/lib", false, func() error { return write("/var/lib/probe") }},
		{"read the secrets' file", false, func() error { return read("/etc/chapar/environment") }},
		{"read /etc/shadow", false, func() error { return read("/etc/shadow") }},
		{"see into /home", false, func() error { return see("/home") }},
		{"see into /root", false, func() error { return see("/root") }},
		{"see others' data in /var/lib", false, func() error { return read("/var/lib/dpkg/status") }},
		{"see process 1", false, func() error { return read("/proc/1/status") }},
		{"read the memory of the machine", false, func() error { return read("/proc/meminfo") }},
		{"change the kernel's settings", false, func() error { return write("/proc/sys/kernel/domainname") }},
		{"run itself anew", true, func() error {
			err := exec.CommandContext(ctx, "/proc/self/exe").Run()
			if _, ran := errors.AsType[*exec.ExitError](err); ran {
				return nil
			}
			return err
		}},
		{"run another program", false, func() error { return exec.CommandContext(ctx, "/bin/true").Run() }},
		{"run a program of its own making", false, func() error { return runOwn(ctx) }},
		{"open a packet socket", false, func() error { return socket(unix.AF_PACKET, unix.SOCK_RAW) }},
		{"open a netlink socket", false, func() error { return socket(unix.AF_NETLINK, unix.SOCK_RAW) }},
		{"mount", false, func() error { return unix.Mount("tmpfs", "/tmp", "tmpfs", 0, "") }},
		{"make a namespace", false, func() error { return unix.Unshare(unix.CLONE_NEWUSER) }},
		{"trace", false, func() error { return unix.PtraceSeize(os.Getppid()) }},
		{"set the clock", false, func() error { return unix.Settimeofday(&unix.Timeval{Sec: time.Now().Unix()}) }},
		{"have memory that is written and executed", false, func() error {
			_, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_ANON|unix.MAP_PRIVATE)
			return err
		}},
	} {
		err := c.try()
		mark := "as it should"
		if (err == nil) != c.allowed {
			mark = "WRONG"
			wrong++
		}
		fmt.Printf("%-12s  %s: %v\n", mark, c.what, err)
	}
	if wrong > 0 {
		return fmt.Errorf("%d walls do not stand as they should", wrong)
	}
	return nil
}

// roots looks for what a connection to a publisher is trusted by.
func roots() error {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return err
	}
	if pool.Equal(x509.NewCertPool()) {
		return errors.New("no authority is known here")
	}
	return nil
}

func read(path string) error {
	_, err := os.ReadFile(path)
	return err
}

func write(path string) error {
	if err := os.WriteFile(path, []byte("probe\n"), 0o600); err != nil {
		return err
	}
	return os.Remove(path)
}

// see wants a folder with something in it.
func see(folder string) error {
	entries, err := os.ReadDir(folder)
	if err == nil && len(entries) == 0 {
		err = errors.New("nothing there")
	}
	return err
}

func dial(ctx context.Context, address string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

func runOwn(ctx context.Context) error {
	path := filepath.Join("/var/lib/chapar", "own")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
		return err
	}
	defer os.Remove(path)
	return exec.CommandContext(ctx, path).Run()
}

func socket(family, kind int) error {
	fd, err := unix.Socket(family, kind, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}
