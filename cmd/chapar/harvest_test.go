package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"chapar/fetcher/press"
	"chapar/store"
	"chapar/store/corpus"
)

// process is a chapar in a process of its own.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}

	mu    sync.Mutex
	acks  []ack
	lines []string
}

// ack is a line that says what is committed.
type ack struct {
	Time     time.Time `json:"time"`
	Msg      string    `json:"msg"`
	ID       string    `json:"id"`
	Number   int       `json:"number"`
	Revision int       `json:"revision"`
	SHA256   string    `json:"sha256"`
	URL      string    `json:"url"`
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0], append([]string{"--log-format", "json", "--log-level", "debug"}, args...)...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "CHAPAR_AS_ITSELF=1")
	errs, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		for s := bufio.NewScanner(errs); s.Scan(); {
			var a ack
			p.mu.Lock()
			p.lines = append(p.lines, s.Text())
			if json.Unmarshal(s.Bytes(), &a) == nil && a.Msg == "kept" {
				p.acks = append(p.acks, a)
			}
			p.mu.Unlock()
		}
	}()
	t.Cleanup(func() { p.cmd.Process.Kill(); <-p.done; p.cmd.Wait() })
	return p
}

func (p *process) acknowledged() []ack {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]ack(nil), p.acks...)
}

// wait returns when a line with the message was logged.
func (p *process) wait(t *testing.T, msg string) {
	t.Helper()
	p.until(t, fmt.Sprintf("%q in the log", msg), func() bool {
		return slices.ContainsFunc(p.lines, func(l string) bool { return strings.Contains(l, `"msg":"`+msg+`"`) })
	})
}

// keeps returns when so many articles were acknowledged.
func (p *process) keeps(t *testing.T, n int) {
	t.Helper()
	p.until(t, fmt.Sprintf("%d articles kept", n), func() bool { return len(p.acks) >= n })
}

// until returns when something is true of what was logged. It has the patience that a busy machine takes.
func (p *process) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
		p.mu.Lock()
		done := is()
		p.mu.Unlock()
		if done {
			return
		}
	}
	t.Fatalf("no %s:\n%s", what, p.log(20))
}

func (p *process) log(most int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines[max(0, len(p.lines)-most):], "\n")
}

// end stops the process as systemd would and wants a clean end in time.
func (p *process) end(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("ended with %v:\n%s", err, p.log(10))
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v to end", took)
	}
}

// slowness tells how many times as long as on a machine of its own the work of a process takes: its threads wait for a
// processor besides. It is 1 where the system does not tell.
func slowness(pid int) float64 {
	var ran, waited float64
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, name := range threads {
		text, _ := os.ReadFile(name) // the thread may have ended
		var r, w float64
		if n, _ := fmt.Sscan(string(text), &r, &w); n == 2 {
			ran, waited = ran+r, waited+w
		}
	}
	if ran == 0 {
		return 1
	}
	return 1 + waited/ran
}

// command runs chapar within the test and wants an exit code.
func command(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code != want {
		t.Fatalf("chapar %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// records reads the whole corpus through the command line.
func records(t *testing.T, conf string) []corpus.Record {
	t.Helper()
	out, _ := command(t, 0, "export", "-c", conf, "--format", "jsonl", "--duplicates", "keep")
	var rs []corpus.Record
	for line := range strings.Lines(out) {
		var r corpus.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	return rs
}

// harvest turns records into what the press judges; kept times come from the acknowledgements.
func harvest(rs []corpus.Record, acks []ack) []press.Got {
	first := map[string]time.Time{}
	for _, a := range acks {
		if _, ok := first[a.ID]; !ok {
			first[a.ID] = a.Time
		}
	}
	var got []press.Got
	for _, r := range rs {
		g := press.Got{ID: r.ID, URL: r.URL, CanonicalURL: r.CanonicalURL, Title: r.Title, Text: r.Text, Source: r.Source, Revision: r.Revision, Kept: first[r.ID]}
		if r.DuplicateOf != nil {
			g.DuplicateOf = *r.DuplicateOf
		}
		got = append(got, g)
	}
	return got
}

func writeConfig(t *testing.T, stand *press.Press) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	text := stand.Config(press.ConfigOptions{Database: filepath.Join(dir, "chapar.db"), MinInterval: 2 * time.Second, MaxInterval: 6 * time.Second,
		HostDelay: 50 * time.Millisecond, Timeout: 3 * time.Second, Revisit: 3 * time.Second})
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHarvest lets a real daemon watch a press and compares what it keeps with the truth: all articles, none twice,
// nothing else, all edits and copies; and good manners all the while.
func TestHarvest(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	for _, faults := range []bool{false, true} {
		t.Run(fmt.Sprintf("faults=%v", faults), func(t *testing.T) {
			t.Parallel()
			script, stock := press.Script{For: 24 * time.Second, Calm: 13 * time.Second, Articles: 30, Copies: 6, Revisions: 8, Noises: 6}, 3
			if long() {
				script, stock = press.Script{For: 110 * time.Second, Calm: 30 * time.Second, Articles: 200, Copies: 30, Revisions: 40, Noises: 30}, 5
			}
			if faults {
				script.Faults, script.FaultFor = 10, 4*time.Second
			}
			stand, err := press.New(press.Options{Publications: 30, Seed: 7, Noise: true, RetryAfter: 5 * time.Second, FreshFor: -1})
			if err != nil {
				t.Fatal(err)
			}
			defer stand.Close()
			conf := writeConfig(t, stand)
			// A daemon that came before the stock would find lists without articles, which is a failure of theirs.
			if err := stand.Run(t.Context(), press.Script{For: time.Millisecond, Stock: stock}); err != nil {
				t.Fatal(err)
			}
			p := start(t, "run", "-c", conf)
			p.wait(t, "ready")
			if err := stand.Run(t.Context(), script); err != nil {
				t.Fatal(err)
			}
			slow := slowness(p.cmd.Process.Pid)
			v := stand.Judge(harvest(records(t, conf), p.acknowledged())) // while it runs
			for late := time.Now(); v.Missing.Count+v.RevisionsMissed.Count > 0 && time.Since(late).Seconds() < script.Calm.Seconds()*(slow-1); {
				time.Sleep(time.Second)
				v = stand.Judge(harvest(records(t, conf), p.acknowledged()))
			}
			p.end(t)
			s := stand.Score()
			t.Logf("harvest on a machine %.1f times as slow as one alone: %s", slow, v.String())
			t.Logf("manners: %s", s.String())
			if n := v.Faults(); n > 0 {
				t.Errorf("%d faults in the harvest", n)
			}
			if v.F1 < 0.97 {
				t.Errorf("text F1 %.4f, want 0.97", v.F1)
			}
			if most := 6 * slow; !faults && v.MedianDelay.Seconds() > most {
				t.Errorf("median delay %v, want %.1f s at most", v.MedianDelay, most)
			}
			if n := s.Demerits(); n > 0 {
				t.Errorf("%d demerits", n)
			}
			if out, _ := command(t, 0, "verify", "-c", conf); !strings.Contains(out, "sound") {
				t.Errorf("verify says %q", out)
			}
		})
	}
}

// TestKills kills the daemon at random moments: nothing acknowledged may be lost or doubled, and the database is sound
// each time.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	kills := 12
	if long() {
		kills = 1000
	}
	stand, err := press.New(press.Options{Publications: 12, Seed: 3, Irrelevant: -1, FreshFor: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer stand.Close()
	conf := writeConfig(t, stand)
	db := filepath.Join(filepath.Dir(conf), "chapar.db")
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	wg.Go(func() {
		err := stand.Run(ctx, press.Script{For: time.Hour, Stock: 6, Articles: 3600 * 3, Revisions: 3600, Copies: 3600 / 4})
		if err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})

	chance := rand.New(rand.NewPCG(1, 2))
	acked := map[string]ack{}
	for round := range kills {
		p := start(t, "run", "-c", conf)
		if round%2 == 0 { // at any moment of the start and what follows; else while it is at work
			time.Sleep(time.Duration(chance.IntN(1800)) * time.Millisecond)
		} else {
			p.keeps(t, 3+chance.IntN(5))
			time.Sleep(time.Duration(chance.IntN(500)) * time.Millisecond)
		}
		p.cmd.Process.Kill()
		<-p.done
		p.cmd.Wait()
		for _, a := range p.acknowledged() {
			if old, ok := acked[a.ID]; !ok || a.Revision >= old.Revision {
				acked[a.ID] = a
			}
		}
		if _, err := os.Stat(db); os.IsNotExist(err) {
			continue // killed before there was one
		}
		slow, opened := slowness(os.Getpid()), time.Now()
		d, err := store.Open(db, store.Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if took := time.Since(opened); took.Seconds() > 2*slow {
			t.Errorf("round %d: opening took %v", round, took)
		}
		report, err := d.Verify(ctx)
		if err != nil || !report.OK() {
			t.Fatalf("round %d: %v %v", round, err, report.Problems)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]corpus.Record{}
	for _, r := range records(t, conf) {
		if _, twice := seen[r.CanonicalURL]; twice {
			t.Errorf("%s is there twice", r.CanonicalURL)
		}
		seen[r.CanonicalURL] = r
	}
	lost := 0
	byID := map[string]corpus.Record{}
	for _, r := range seen {
		byID[r.ID] = r
	}
	for id, a := range acked {
		r, ok := byID[id]
		switch {
		case !ok:
			t.Errorf("%s (%s) was acknowledged and is lost", id, a.URL)
			lost++
		case r.Number != a.Number:
			t.Errorf("%s was acknowledged as number %d and is %d", id, a.Number, r.Number)
		case r.Revision == a.Revision && r.SHA256 != a.SHA256:
			t.Errorf("%s was acknowledged with other bytes", id)
		case r.Revision < a.Revision:
			t.Errorf("%s was acknowledged in revision %d and is in %d", id, a.Revision, r.Revision)
		}
	}
	if len(acked) < 20 {
		t.Errorf("only %d acknowledgements in %d rounds: the test shows nothing", len(acked), kills)
	}
	t.Logf("%d kills, %d articles acknowledged, %d lost", kills, len(acked), lost)

	one, two := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	command(t, 0, "export", "-c", conf, "--out", one)
	command(t, 0, "export", "-c", conf, "--out", two)
	if out, err := exec.Command("diff", "-r", one, two).CombinedOutput(); err != nil {
		t.Errorf("two exports of one state differ:\n%s", out)
	}
}
