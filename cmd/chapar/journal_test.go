package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What a host sends unasked, behind its answer, does not reach the journal.
func TestJournalIsOurs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for {
					if _, err := http.ReadRequest(r); err != nil {
						return
					}
					const feed = `<rss version="2.0"><channel><title>t</title></channel></rss>`
					fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n%sWORDS OF A STRANGER\n", len(feed), feed)
				}
			}()
		}
	}()
	dir := t.TempDir()
	conf := filepath.Join(dir, "config.yaml")
	text := fmt.Sprintf("database: chapar.db\nlisten: \"\"\nseeds: \"\"\nfetch: {allow_networks: [127.0.0.0/8], robots: false, per_host_delay: 0s}\nsources:\n"+
		"  - {id: one, feed: \"http://%s/1\"}\n  - {id: two, feed: \"http://%[1]s/2\"}\n", l.Addr())
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "--log-format", "json", "once", "-c", conf)
	cmd.Env = append(os.Environ(), "CHAPAR_AS_ITSELF=1")
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	if strings.Contains(errs.String(), "STRANGER") || strings.Contains(errs.String(), "Unsolicited") || !strings.Contains(errs.String(), `"source":"two"`) {
		t.Error(errs.String())
	}
}
