package manual_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"chapar/cmd/chapar/manual"
)

// line is a command line in which everything occurs that has a form of its own.
type line struct {
	Quiet bool   `short:"q" help:"Say less."`
	Level string `enum:"low,high" default:"low" help:"How much."`

	Do struct {
		File  []string `arg:"" help:"Files of ~ and ^."`
		Out   string   `placeholder:"FILE" required:"" help:"Where to."`
		Times int      `default:"3" help:"How often."`
		Inner bool     `hidden:"" help:"Not for people."`
	} `cmd:"" help:"Do a thing; it's done with a \\." example:"chapar do 'a b'"`
	Group struct {
		List struct {
			Of string `arg:"" optional:"" enum:"one,two," default:"" help:"One or two."`
		} `cmd:"" default:"withargs" help:"List them."`
	} `cmd:"" help:"A group."`
	Secret struct{} `cmd:"" hidden:"" help:"Nobody is told."`
}

func root(t *testing.T) *kong.Node {
	t.Helper()
	k, err := kong.New(&line{}, kong.Name("chapar"), kong.Description("Tries what there is."))
	if err != nil {
		t.Fatal(err)
	}
	return k.Model.Node
}

func TestPage(t *testing.T) {
	var b strings.Builder
	if err := manual.Page(&b, root(t), "1.2-rc3"); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{
		`"chapar 1.2\-rc3"`,
		"\n.SH \"NAME\"\nchapar \\- tries what there is\n",
		".SS \"chapar do\"\n" + `\fBchapar do\fR \fIfile\fR\ .\|.\|. \fB\-\-out\fR=\fIFILE\fR [\fIoption\fR\ .\|.\|.]`,
		"\nDo a thing; it\\(aqs done with a \\e.\n",
		"\nFiles of \\(ti and \\(ha.\n",
		"\n\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\nSay less.\n",
		"\n\\fB\\-\\-level\\fR=\\fIlow|high\\fR\nHow much. Default: low.\n",
		"\n\\fB\\-\\-times\\fR=\\fIN\\fR\nHow often. Default: 3.\n",
		"\nchapar do \\(aqa b\\(aq\n",
		`\fBchapar group\fR [\fIcommand\fR]`,
		`\fBchapar group list\fR [\fIof\fR]`,
		"\n.SH \"EXIT STATUS\"\n.TP\n\\fB0\\fR\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q:\n%s", want, page)
		}
	}
	for _, hidden := range []string{"secret", "inner"} {
		if strings.Contains(page, hidden) {
			t.Errorf("the page tells of %s", hidden)
		}
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestPageNotWritten(t *testing.T) {
	if err := manual.Page(full{}, root(t), "1"); !errors.Is(err, errFull) {
		t.Errorf("a page that could not be written gave %v", err)
	}
}

// TestCompletion: each script offers what there is, hides what is hidden, and is one that its shell can read.
func TestCompletion(t *testing.T) {
	for shell, wanted := range map[string][]string{
		"bash": {`" do") at="do" ;;`, `"group list") at="group list" ;;`, `--level) mapfile -t COMPREPLY < <(compgen -W "low high" -- "$cur"); return ;;`,
			"--out) compopt -o filenames", `commands="list" flags="--`, `commands="" flags="--out --times --help --quiet --level" files="yes" ;;`},
		"zsh": {`" do") at="do" ;;`, `"group list") at="group list" ;;`, `'*--level=[How much.]:value:(low high)'`, `'*--out=[Where to.]:value:_files'`,
			`'do:Do a thing; it'\''s done with a \.'`, `'*-q[Say less.]'`, `'*:argument:_files'`},
		"fish": {`-a do -d 'Do a thing; it'\''s done with a \.'`, "-l out -r -F", "-l level -x -a 'low high'", "-l quiet -s q -d 'Say less.'", "-l times -x"},
	} {
		script := manual.Completion(root(t), shell)
		for _, want := range wanted {
			if !strings.Contains(script, want) {
				t.Errorf("%s: the script does not hold %q:\n%s", shell, want, script)
			}
		}
		for _, hidden := range []string{"secret", "inner"} {
			if strings.Contains(script, hidden) {
				t.Errorf("%s: the script offers %s", shell, hidden)
			}
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("no %s here to read the script", shell)
			continue
		}
		c := exec.CommandContext(t.Context(), path, "-n", "/dev/stdin")
		c.Stdin = strings.NewReader(script)
		if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s cannot read it: %v %s", shell, err, out)
		}
	}
	if got := manual.Completion(root(t), "dash"); got != "" {
		t.Errorf("a shell that is not known gave %q", got)
	}
}
