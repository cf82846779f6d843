package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"chapar/fetcher/press"
)

// TestScripts plays the stories in testdata/script. Beside the commands of testscript there are:
//
//	press FILE         a sample press whose config is written to FILE; it works until the script ends
//	code N COMMAND…    runs a command and wants this exit code
//	until RE COMMAND…  runs a command again and again until its output matches
//	oneline            the last command said exactly one line, on stderr
//	flip FILE          changes a byte in a hundred behind the first pages
//	mount FOLDER KIB   a small disk
//	readonly FOLDER    from now on nothing can be written to that disk
//	documents FILE N   so many invented documents as JSON Lines
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("TZ", "Asia/Almaty")
			e.Setenv("TMPDIR", "/tmp")
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "mount":
				dir := t.TempDir()
				if unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k") != nil {
					return false, nil
				}
				return true, unix.Unmount(dir, 0)
			case "root":
				return os.Geteuid() == 0, nil
			}
			return false, errors.New("unknown condition")
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"press": scriptPress, "code": scriptCode, "until": scriptUntil, "oneline": scriptOneLine, "flip": scriptFlip, "mount": scriptMount, "readonly": scriptReadOnly,
			"documents": scriptDocuments,
		},
	})
}

func scriptPress(ts *testscript.TestScript, _ bool, args []string) {
	stand, err := press.New(press.Options{Publications: 4, Seed: 7, Kinds: []press.Kind{press.RSSFull, press.Atom, press.Page, press.Sitemap},
		Languages: []string{"en", "ru", "kk", "en"}, Irrelevant: -1, Forbidden: -1})
	ts.Check(err)
	ts.Defer(func() { stand.Close() })
	for _, pub := range stand.Publications() {
		for n := range 3 {
			pub.Publish(time.Now().Add(-time.Duration(n+1) * time.Hour))
		}
	}
	text := stand.Config(press.ConfigOptions{Database: "chapar.db", MinInterval: time.Second, MaxInterval: 2 * time.Second, HostDelay: time.Millisecond, Timeout: 5 * time.Second})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
	ts.Setenv("FEED", strings.Fields(text[strings.Index(text, "feed: ")+len("feed: "):])[0])
	home, _, _ := strings.Cut(strings.TrimPrefix(ts.Getenv("FEED"), "http://"), "/")
	ts.Setenv("HOME_PAGE", "http://"+home+"/")
}

func scriptCode(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = e.ExitCode()
	}
	ts.Logf("[exit code %d]", got)
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func scriptUntil(ts *testscript.TestScript, _ bool, args []string) {
	re, err := regexp.Compile(args[0])
	ts.Check(err)
	for range 200 {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && re.MatchString(ts.ReadFile("stdout")) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%q did not come", args[0])
}

func scriptOneLine(ts *testscript.TestScript, _ bool, _ []string) {
	out, errs := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	if out != "" || strings.Count(errs, "\n") != 1 || len(errs) < 20 || strings.Contains(errs, "goroutine") {
		ts.Fatalf("want one line on stderr and nothing on stdout, got %q and %q", errs, out)
	}
}

func scriptFlip(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	ts.Check(err)
	for i := 3 * os.Getpagesize(); i < len(b); i += 97 {
		b[i] ^= 0x55
	}
	ts.Check(os.WriteFile(name, b, 0o600))
}

func scriptMount(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+args[1]+"k"))
	ts.Defer(func() { unix.Unmount(dir, unix.MNT_DETACH) })
}

func scriptReadOnly(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(unix.Mount("", ts.MkAbs(args[0]), "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
}

func scriptDocuments(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	r := rand.New(rand.NewPCG(1, 1))
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"title":"Stage %d","text":"Stage %[1]d of the road to Nowhere has a post house, a well and`, i)
		for range 60 { // words that do not compress well
			fmt.Fprintf(&b, " %x", r.Uint64())
		}
		b.WriteString(" horses.\"}\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

// TestExamples: every command has an example, and every example is a line that chapar takes.
func TestExamples(t *testing.T) {
	var line commands
	var each func(of reflect.Type, path string)
	each = func(of reflect.Type, path string) {
		for f := range of.Fields() {
			if _, isCommand := f.Tag.Lookup("cmd"); !isCommand {
				continue
			}
			name := strings.TrimSpace(path + " " + strings.ToLower(f.Name))
			example := f.Tag.Get("example")
			if !strings.HasPrefix(example, "chapar ") {
				t.Errorf("chapar %s has no example", name)
				continue
			}
			if !strings.Contains(example, name) {
				t.Errorf("the example of %s is of another command: %s", name, example)
			}
			words, _, _ := strings.Cut(example, " <")
			words, _, _ = strings.Cut(words, " >")
			parser, err := newParser(t.Context(), &commands{}, io.Discard, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(strings.Fields(words)[1:]); err != nil {
				t.Errorf("the example of %s is not taken: %v", name, err)
			}
			var out strings.Builder
			if code := run(t.Context(), append(strings.Fields(name), "--help"), strings.NewReader(""), &out, &out); code != exitDone || !strings.Contains(out.String(), example) {
				t.Errorf("chapar %s --help gave %d and does not show the example:\n%s", name, code, out.String())
			}
			each(f.Type, name)
		}
	}
	each(reflect.TypeOf(line), "")
}

// TestTable: a table keeps within its width, whatever stands in it.
func TestTable(t *testing.T) {
	long := strings.Repeat("caravan ", 30) + "\x1b[31m\u202e"
	for _, wrap := range []bool{false, true} {
		tab := table{loose: 1, wrap: wrap}
		tab.row("a", long, "x")
		tab.row("bb", "ок", "yy")
		var b strings.Builder
		if err := tab.write(&b, 60); err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(b.String()) {
			if n := len([]rune(strings.TrimSuffix(l, "\n"))); n > 60 {
				t.Errorf("wrap %v: a line of %d characters: %q", wrap, n, l)
			}
		}
		if strings.ContainsAny(b.String(), "\x1b\u202e") {
			t.Errorf("control characters come through: %q", b.String())
		}
		if got := strings.Count(b.String(), "caravan"); wrap && got != 30 {
			t.Errorf("wrapping lost words: %d of 30", got)
		}
	}
	if got := wrapped(strings.Repeat("x", 25), 10); len(got) != 3 {
		t.Errorf("a long word gives %q", got)
	}
}

// TestStream: what reads from a stream that hangs ends when it is interrupted.
func TestStream(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	ended := make(chan struct{})
	in := &stream{ended: ended, file: r}
	time.AfterFunc(20*time.Millisecond, func() { close(ended) })
	if _, err := in.Read(make([]byte, 10)); err == nil {
		t.Error("a read of nothing gave no error")
	}
	if f := fileOf(in); f != r {
		t.Errorf("fileOf gave %v", f)
	}
	if width(&strings.Builder{}) != 0 || terminal(filepath.Base("x")) {
		t.Error("what is no terminal has a width")
	}
}
