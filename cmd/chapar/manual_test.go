package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// output is what a command prints.
func output(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code != exitDone {
		t.Fatalf("chapar %s gave %d: %s", strings.Join(args, " "), code, errs.String())
	}
	return out.String()
}

// everyCommand goes through all commands that people are told of.
func everyCommand(t *testing.T, do func(*kong.Node)) {
	t.Helper()
	root, err := commandLine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var each func(*kong.Node)
	each = func(n *kong.Node) {
		if n.Hidden {
			return
		}
		do(n)
		for _, c := range n.Children {
			each(c)
		}
	}
	each(root)
}

// read gives the text of a manual page as its reader has it.
func read(page string) string {
	return strings.NewReplacer(`\-`, "-", `\(aq`, "'", `\(ga`, "`", `\(ha`, "^", `\(ti`, "~", `\(dq`, `"`, `\fB`, "", `\fI`, "", `\fR`, "", `\&`, "", `\e`, `\`).Replace(page)
}

// TestManual: every command, flag and argument stands in the manual page with its help, and the page has no fault.
func TestManual(t *testing.T) {
	page := output(t, "man")
	text := read(page)
	everyCommand(t, func(n *kong.Node) {
		wanted := []string{n.Help}
		for _, f := range n.Flags {
			wanted = append(wanted, "--"+f.Name, f.Help)
		}
		if n.Type != kong.ApplicationNode {
			wanted = append(wanted, "\n.SS \""+n.FullPath()+"\"\n", n.Tag.Get("example"))
			for _, p := range n.Positional {
				wanted = append(wanted, p.Help)
			}
		} else {
			wanted[0] = strings.TrimSuffix(n.Help[1:], ".")
		}
		for _, want := range wanted {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the page does not hold %q", n.FullPath(), want)
			}
		}
	})
	for l := range strings.Lines(page) {
		if strings.HasPrefix(l, "'") || strings.Contains(l, "\t") {
			t.Errorf("this line could be taken for a request: %q", l)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff here to read the page with")
	}
	c := exec.CommandContext(t.Context(), groff, "-man", "-ww", "-Tutf8")
	c.Stdin = strings.NewReader(page)
	var faults strings.Builder
	c.Stderr = &faults
	printed, err := c.Output()
	if err != nil || faults.Len() > 0 {
		t.Errorf("groff: %v %s", err, faults.String())
	}
	if !strings.Contains(string(printed), "chapar-backup.timer") {
		t.Error("what is read does not hold the end of the page")
	}
}

// TestBashCompletion asks a real bash what it would offer.
func TestBashCompletion(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	dir := t.TempDir()
	for _, name := range []string{"my corpus.jsonl", "feeds.opml"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := filepath.Join(dir, ".completion")
	if err := os.WriteFile(script, []byte(output(t, "completion", "bash")), 0o600); err != nil {
		t.Fatal(err)
	}
	offers := func(typed ...string) []string {
		// a line is cut at = too, as the shell itself does
		c := exec.CommandContext(t.Context(), shell, "--norc", "--noprofile", "-c",
			`source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _chapar; printf '%s\n' "${COMPREPLY[@]}"`, "bash", script)
		c.Args = append(c.Args, typed...)
		c.Dir = dir
		var errs strings.Builder
		c.Stderr = &errs
		out, err := c.Output()
		if err != nil || errs.Len() > 0 {
			t.Fatalf("%q: %v %s", typed, err, errs.String())
		}
		return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	}
	for _, c := range []struct{ typed, want string }{
		{"chapar exp", "export"},
		{"chapar sources te", "test"},
		{"chapar pipe rel", "relevance"},
		{"chapar export --min", "--min-relevance"},
		{"chapar export --log-form", "--log-format"},
		{"chapar --log-level d", "debug"},
		{"chapar export --format = js", "jsonl"},
		{"chapar export --duplicates ke", "keep"},
		{"chapar import my", "my corpus.jsonl"},
		{"chapar export --out fe", "feeds.opml"},
		{"chapar stats -c fe", "feeds.opml"},
		{"chapar backup fe", "feeds.opml"},
		{"chapar search bor", ""},
	} {
		if got := offers(strings.Fields(c.typed)...); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%q offers %q, want %q", c.typed, got, c.want)
		}
	}
	everyCommand(t, func(n *kong.Node) {
		at := append(strings.Fields(n.FullPath()), "")
		if len(n.Children) > 0 {
			for _, s := range n.Children {
				if !s.Hidden && !slices.Contains(offers(at...), s.Name) {
					t.Errorf("%s does not offer %s", n.FullPath(), s.Name)
				}
			}
		}
		at[len(at)-1] = "--"
		offered := offers(at...)
		for _, f := range n.Flags {
			if !slices.Contains(offered, "--"+f.Name) {
				t.Errorf("%s does not offer --%s", n.FullPath(), f.Name)
			}
		}
	})
}

// TestCompletionSyntax has the scripts read by their shells.
func TestCompletionSyntax(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			script := output(t, "completion", shell)
			everyCommand(t, func(n *kong.Node) {
				for _, f := range n.Flags {
					if !strings.Contains(script, f.Name) {
						t.Errorf("--%s of %s is not completed", f.Name, n.FullPath())
					}
				}
			})
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("no %s here to read it", shell)
			}
			c := exec.CommandContext(t.Context(), path, "-n", "/dev/stdin")
			c.Stdin = strings.NewReader(script)
			if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v %s", err, out)
			}
		})
	}
}
