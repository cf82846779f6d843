package main

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"chapar/cmd/chapar/config"
	"chapar/fetcher/press"
)

// block is a fenced part of a page, with its mark and the line on which it begins.
type block struct {
	mark, text string
	line       int
}

// pages are the README and the pages in docs, by their path from the top of the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no pages in docs: %v", err)
	}
	all := map[string]string{}
	for _, name := range append(names, filepath.Join("..", "..", "README.md")) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		path, err := filepath.Rel(filepath.Join("..", ".."), name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.ToSlash(path)] = string(text)
	}
	return all
}

// blocks gives the fenced blocks of a page in their order.
func blocks(page string) (all []block) {
	open, n := false, 0
	for line := range strings.Lines(page) {
		n++
		mark, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && !open:
			open = true
			all = append(all, block{mark: mark, line: n + 1})
		case fence:
			open = false
		case open:
			all[len(all)-1].text += line
		}
	}
	return all
}

// TestPages types what the README and the pages in docs tell their readers to type. Each page is a story of its own: its
// blocks marked sh are run in their order, in a folder of their own, as one who has chapar installed and running as a
// service; the README begins before that. A stand-in for systemctl runs the lines of the units, sudo does what it is
// told, the folders of the system lie in a temporary one, and publications of the sample press stand for those that a
// page names. Blocks marked python and sql are run where CHAPAR_READERS names a folder with programs for them, as
// .ci/pages does. That runs those that need the repository (sh repo) and a container engine (sh engine), too, and
// .ci/boot those for a whole system (sh root).
func TestPages(t *testing.T) {
	if testing.Short() {
		t.Skip("the pages are typed by the tests in full length")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is needed to run what the pages show")
	}
	readers := os.Getenv("CHAPAR_READERS")
	for name, text := range pages(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath("curl"); err != nil && strings.Contains(text, "\ncurl ") {
				t.Skip("curl is needed to run what this page shows")
			}
			r := newReader(t)
			if name != "README.md" {
				r.starts()
			}
			var script strings.Builder
			for _, b := range blocks(text) {
				switch {
				case b.mark == "sh":
					fmt.Fprintf(&script, "echo '>> line %d'\n%s", b.line, b.text)
				case (b.mark == "python" || b.mark == "sql") && readers != "":
					file := filepath.Join(r.dir, fmt.Sprint("block", b.line))
					if err := os.WriteFile(file, []byte(b.text), 0o600); err != nil {
						t.Fatal(err)
					}
					fmt.Fprintf(&script, "echo '>> line %d'\n'%s' '%s'\n", b.line, filepath.Join(readers, b.mark), file)
				}
			}
			if script.Len() == 0 {
				t.Skip("nothing is typed on this page")
			}
			out, err := r.types(script.String())
			if err != nil {
				t.Errorf("%v; what was typed and seen:\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

// TestPageMarks holds that no command hides behind a mark that nobody runs.
func TestPageMarks(t *testing.T) {
	runBy := map[string]string{"sh root": "boot", "python": "pages", "sql": "pages", "yaml prometheus": "pages"} // which name their pages
	scripts := map[string]string{}
	for _, name := range []string{"boot", "pages"} {
		text, err := os.ReadFile(filepath.Join("..", "..", ".ci", name))
		if err != nil {
			t.Fatal(err)
		}
		scripts[name] = string(text)
	}
	marks := []string{"sh", "sh repo", "sh root", "sh engine", "python", "sql", "yaml", "yaml prometheus", "text"}
	typed := regexp.MustCompile(`(?m)^\s*(\$ |sudo |\./|chapar [a-z]|systemctl |journalctl |make |go |curl |podman |docker )`)
	for name, text := range pages(t) {
		for _, b := range blocks(text) {
			if !slices.Contains(marks, b.mark) && (name != "README.md" || b.mark != "") {
				t.Errorf("%s:%d: a block marked %q, which is none of %q", name, b.line, b.mark, marks)
			}
			if by := runBy[b.mark]; by != "" && !strings.Contains(scripts[by], filepath.Base(name)) {
				t.Errorf("%s:%d: a block marked %q, and .ci/%s does not know this page", name, b.line, b.mark, by)
			}
			if (b.mark == "text" || b.mark == "") && typed.MatchString(b.text) {
				t.Errorf("%s:%d: a command that nobody runs: %s", name, b.line, typed.FindString(b.text))
			}
		}
	}
}

// TestPageConfigs loads the parts of a config that pages show.
func TestPageConfigs(t *testing.T) {
	t.Setenv("EXAMPLE_COOKIE", "crumbs")
	n := 0
	for name, text := range pages(t) {
		for _, b := range blocks(text) {
			if b.mark != "yaml" {
				continue
			}
			n++
			part := b.text
			if strings.HasPrefix(strings.TrimSpace(part), "-") {
				part = "sources:\n" + part
			}
			if !strings.Contains(part, "sources:") {
				part += "sources: [{id: example, url: https://example.org/}]\n"
			}
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(file, []byte(part), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(file)
			if err != nil {
				t.Errorf("%s:%d: %v", name, b.line, err)
				continue
			}
			for _, w := range c.Warnings {
				t.Errorf("%s:%d: %v", name, b.line, w)
			}
		}
	}
	if n < 3 {
		t.Errorf("%d parts of a config found on the pages", n)
	}
}

// TestPageLinks: what the pages point at is there, also within a page.
func TestPageLinks(t *testing.T) {
	all := pages(t)
	link := regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)
	heading := regexp.MustCompile(`(?m)^#+ (.*)$`)
	apart := regexp.MustCompile(`[^\p{L}\p{N} -]`)
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target := filepath.ToSlash(filepath.Join(filepath.Dir(name), m[1]))
			if m[1] == "" {
				target = name
			}
			if _, err := os.Stat(filepath.Join("..", "..", target)); err != nil {
				t.Errorf("%s leads to %s, which is not there", name, m[1])
				continue
			}
			found := m[2] == ""
			for _, h := range heading.FindAllStringSubmatch(all[target], -1) {
				anchor := strings.ReplaceAll(apart.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-")
				found = found || m[2] == "#"+anchor
			}
			if !found {
				t.Errorf("%s leads to %s%s, a heading that is not there", name, m[1], m[2])
			}
		}
	}
	for name := range all {
		if path, isDoc := strings.CutPrefix(name, "docs/"); isDoc && !strings.Contains(all["README.md"], "(docs/"+path+")") {
			t.Errorf("the README does not lead to %s", name)
		}
	}
}

// TestPageAlarms: the page about watching tells each alert what it means, and no other.
func TestPageAlarms(t *testing.T) {
	rules, err := os.ReadFile("monitoring/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	names := func(re, text string) (all []string) {
		for _, m := range regexp.MustCompile(re).FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
		}
		slices.Sort(all)
		return all
	}
	told := names("(?m)^\\| `(Chapar[A-Za-z]+)` \\|", pages(t)["docs/watch-over-it.md"])
	if want := names(`- alert: (\w+)`, string(rules)); len(want) == 0 || !slices.Equal(told, want) {
		t.Errorf("the page tells of %q, the rules are %q", told, want)
	}
}

// reader is one who follows a page.
type reader struct {
	t     *testing.T
	dir   string
	words *strings.Replacer // what a page says -> what it is here
}

func newReader(t *testing.T) *reader {
	t.Helper()
	stand, err := press.New(press.Options{Publications: 3, Seed: 11, Kinds: []press.Kind{press.RSSFull, press.Atom, press.RSSFull},
		Languages: []string{"en", "kk", "ru"}, Irrelevant: -1, Forbidden: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stand.Close() })
	for _, pub := range stand.Publications() {
		for n := range 5 {
			pub.Publish(time.Now().Add(-time.Duration(n+1) * time.Hour))
		}
	}
	if _, err := stand.Publications()[0].PublishWanted(press.Want{Topic: "sport"}, time.Now().Add(-9*time.Hour)); err != nil {
		t.Fatal(err)
	}
	home, err := url.Parse(stand.Publications()[2].Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pages") // short: the path of the socket has a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	listen := freeAddress(t)
	r := &reader{t: t, dir: dir, words: strings.NewReplacer("https://example.org/", "http://"+home.Host+"/", "127.0.0.1:8477", listen,
		"/usr/bin/chapar", dir+"/bin/chapar", "/etc/chapar", dir+"/etc/chapar", "/var/lib/chapar/backups", dir+"/var/lib/chapar/backups",
		"/var/lib/chapar", dir+"/var/lib/chapar", "/backups", dir+"/backups")}
	text := stand.Config(press.ConfigOptions{Database: filepath.Join(dir, "var/lib/chapar/chapar.db"), Listen: listen, MinInterval: time.Second,
		MaxInterval: 2 * time.Second, HostDelay: time.Millisecond, Timeout: 10 * time.Second})
	text, _, _ = strings.Cut(text, "  - id: p03\n") // that is the one to be added
	text = strings.NewReplacer("id: p01\n", "id: astana-times\n", "id: p02\n", "id: egemen\n").Replace(text)
	secrets, err := os.ReadFile("environment")
	if err != nil {
		t.Fatal(err)
	}
	r.place("etc/chapar/config.yaml", text)
	r.place("etc/chapar/environment", string(secrets))
	pack, err := os.ReadFile("../../seeds/sources.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r.place("etc/chapar/seeds/sources.yaml", string(pack))
	r.place("bin/chapar", "#!/bin/sh\nCHAPAR_AS_ITSELF=1 exec '"+os.Args[0]+"' \"$@\"\n")
	r.place("bin/sudo", "#!/bin/sh\nexec \"$@\"\n")
	r.place("bin/sudoedit", "#!/bin/sh\nexec test -w \"$1\"\n")
	r.place("bin/journalctl", "#!/bin/sh\ncat '"+dir+"/log'\n")
	r.place("bin/systemctl", strings.ReplaceAll(systemctl, "ROOT", dir))
	r.place("log", "")
	units, err := filepath.Glob("*.service")
	if err != nil {
		t.Fatal(err)
	}
	timers, err := filepath.Glob("*.timer")
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range append(units, timers...) {
		lines, err := os.ReadFile(u)
		if err != nil {
			t.Fatal(err)
		}
		r.place(filepath.Join("units", u), r.words.Replace(string(lines)))
	}
	for _, folder := range []string{"var/lib/chapar", "work"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"work/config.yaml": "../etc/chapar/config.yaml", "work/chapar": "../bin/chapar"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if out, err := r.types("systemctl stop chapar"); err != nil {
			t.Errorf("the service does not stop: %v\n%s", err, out)
		}
	})
	return r
}

// freeAddress is one on which nobody listens.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// place writes a file of the reader's system.
func (r *reader) place(name, text string) {
	r.t.Helper()
	file := filepath.Join(r.dir, name)
	if err := cmp.Or(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o755)); err != nil {
		r.t.Fatal(err)
	}
}

// starts has the service gather what the press has.
func (r *reader) starts() {
	r.t.Helper()
	if out, err := r.types(`systemctl start chapar
for try in $(seq 200); do
	stats=$(chapar stats --json)
	[[ $stats = *'"records": 10,'*'"dropped": 1,'* ]] && exit 0
	sleep 0.05
done
chapar sources; cat ../log; exit 1`); err != nil {
		r.t.Fatalf("the service does not gather: %v\n%s", err, out)
	}
}

// systemctl does with the lines of the units what systemd would.
const systemctl = `#!/bin/bash
set -eu
line() { sed -n "s/^$2=+\{0,1\}//p" "ROOT/units/$1.service"; }
pid() { cat ROOT/var/lib/chapar/chapar.db.pid 2>/dev/null; }
alive() { kill -0 "$(pid)" 2>/dev/null; }
environment() { set -a; . ROOT/etc/chapar/environment; set +a; }
start() {
	alive && return
	environment
	setsid $(line chapar ExecStart) >>ROOT/log 2>&1 </dev/null &
	for try in $(seq 200); do chapar health >/dev/null 2>&1 && return; sleep 0.05; done
	echo "chapar does not start:"; cat ROOT/log; exit 1
}
stop() {
	local p; p=$(pid) || return 0
	kill -TERM "$p"
	for try in $(seq 400); do kill -0 "$p" 2>/dev/null || return 0; sleep 0.05; done
	echo "chapar does not stop"; exit 1
}
each() { # verb, units
	local verb=$1 unit; shift
	for unit; do
		case $verb:$unit in
		start:chapar) start;;
		stop:chapar) stop;;
		restart:chapar) stop; start;;
		reload:chapar) environment; line chapar ExecReload | while read -r l; do MAINPID=$(pid) bash -c "$l"; done;;
		status:chapar) alive && echo active;;
		start:chapar-*.timer) test -s "ROOT/units/$unit";;
		start:chapar-*) $(line "$unit" ExecStart);;
		*) echo "systemctl $verb $unit is not known here" >&2; exit 1;;
		esac
	done
}
case "$*" in
daemon-reload) ;;
"enable --now "*) each start "${@:3}";;
"disable --now "*) each stop "${@:3}";;
*) each "$@";;
esac
`

// types runs lines of a page in the reader's folder.
func (r *reader) types(script string) (string, error) {
	script = r.words.Replace(script)
	if outside := regexp.MustCompile(`https?://[^1\s][^\s]*`).FindString(script); outside != "" {
		return "", fmt.Errorf("%s is no address of the press, and none else may be asked", outside)
	}
	cmd := exec.Command("bash", "-c", "set -euo pipefail\n"+script)
	cmd.Dir = filepath.Join(r.dir, "work")
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(r.dir, "bin")+":"+os.Getenv("PATH"), "HOME="+r.dir, "TMPDIR="+r.dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
