package store

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"chapar/fetcher"
)

// writeVar makes the test binary keep documents in a database until it is killed, and say each that it has kept.
const writeVar = "CHAPAR_TEST_WRITE"

func writeOn(path string) error {
	path, fast := strings.CutPrefix(path, "nosync:")
	db, err := Open(path, Options{NoSync: fast})
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		link := fmt.Sprintf("https://a.example/%d", n)
		p, err := db.Keep(jobOf(entry("a", link, "T")), fetcher.Page{URL: link, Body: []byte("<p>" + textOf(n)), Fetched: start}, doc(link, "T", textOf(n)), Keeping{KeepPage: true})
		if err != nil {
			return err
		}
		fmt.Println("kept", p.ID, p.SHA256)
	}
}

// TestPowerCut writes to a file system on a loop device, shuts that down as a power cut would (what is only in the journal's
// memory is lost), mounts it again and looks for everything that was acknowledged. Without syncing the same must lose
// something, or the test would show nothing.
func TestPowerCut(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	rounds, controls := 6, 4
	if os.Getenv("CHAPAR_LONG") == "1" {
		rounds, controls = 300, 20
	}
	disks := newDisks(t)
	rng := rand.New(rand.NewPCG(2, 2))
	for round := range rounds {
		d := disks[round%len(disks)]
		if lost := d.cut(t, "", rng); lost != 0 {
			t.Fatalf("round %d on %v: %d acknowledged documents are lost", round, d, lost)
		}
	}
	losing := 0
	for range controls {
		if disks[0].cut(t, "nosync:", rng) != 0 {
			losing++
		}
	}
	t.Logf("%d power cuts on %v; without syncing %d of %d lose something", rounds, disks, losing, controls)
	if losing < controls*3/4 {
		t.Errorf("without syncing only %d of %d lose something: the test shows nothing", losing, controls)
	}
}

// disk is a file system in a file.
type disk struct {
	image, folder string
	system        string // ext4 or xfs
	options       string // of mount
}

func (d disk) String() string { return strings.TrimSuffix(d.system+" "+d.options, " ") }

// newDisks gives the file systems that are told apart by what they have on disk at which moment; xfs where it can be made.
func newDisks(t *testing.T) []disk {
	t.Helper()
	var all []disk
	for _, options := range []string{"data=ordered", "data=writeback,commit=1", "data=journal", "data=ordered,commit=1000", "data=writeback", "data=journal,commit=1"} {
		all = append(all, disk{system: "ext4", options: options})
	}
	if _, err := exec.LookPath("mkfs.xfs"); err == nil {
		all = append(all, disk{system: "xfs"})
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	if _, err := exec.LookPath("mkfs.ext4"); err != nil {
		t.Skip("there is no mkfs.ext4")
	}
	dir := t.TempDir()
	for i := range all {
		all[i].image, all[i].folder = filepath.Join(dir, "image"), filepath.Join(dir, "disk")
	}
	d := all[0]
	if err := os.Mkdir(d.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	d.format(t)
	if out, err := exec.Command("mount", "-o", "loop", d.image, d.folder).CombinedOutput(); err != nil {
		t.Skipf("no loop device can be mounted here: %s", out)
	}
	d.unmount(t)
	return all
}

func (d disk) format(t *testing.T) {
	t.Helper()
	size := int64(48 << 20)
	if d.system == "xfs" {
		size = 320 << 20 // it makes none that is smaller
	}
	f, err := os.Create(d.image)
	if err == nil {
		err = errors.Join(f.Truncate(size), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	force := "-F"
	if d.system == "xfs" {
		force = "-f"
	}
	d.run(t, "mkfs."+d.system, "-q", force, d.image)
}

func (d disk) mount(t *testing.T) {
	t.Helper()
	options := "loop"
	if d.options != "" {
		options += "," + d.options
	}
	d.run(t, "mount", "-o", options, d.image, d.folder)
}

func (d disk) run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v %s", args, err, out)
	}
}

func (d disk) unmount(t *testing.T) { d.run(t, "umount", d.folder) }

// cut lets a process write, cuts the power and counts what was acknowledged and is gone, or is not as it was. A database that
// cannot be used any more has lost everything.
func (d disk) cut(t *testing.T, how string, rng *rand.Rand) (lost int) {
	t.Helper()
	d.format(t)
	d.mount(t)
	path := filepath.Join(d.folder, "chapar.db")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), writeVar+"="+how+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acked := map[string]string{}
	enough := 5 + rng.IntN(60)
	folder, err := os.Open(d.folder)
	if err != nil {
		t.Fatal(err)
	}
	down := false
	for s := bufio.NewScanner(out); s.Scan(); {
		if f := strings.Fields(s.Text()); len(f) == 3 && f[0] == "kept" {
			acked[f[1]] = f[2]
		}
		if len(acked) == enough && !down {
			down = true
			time.Sleep(time.Duration(rng.IntN(8)) * time.Millisecond)
			// EXT4_IOC_SHUTDOWN, which is XFS_IOC_GOINGDOWN too, without flushing the log.
			if err := unix.IoctlSetPointerInt(int(folder.Fd()), 0x8004587d, 2); err != nil {
				t.Fatalf("cannot shut the file system down: %v", err)
			}
			_ = cmd.Process.Kill() // what it said until now is still read
		}
	}
	_ = cmd.Wait() // it was killed
	if !down {
		t.Fatalf("it stopped writing after %d documents", len(acked))
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	d.unmount(t)
	d.mount(t)
	defer d.unmount(t)
	db, err := Open(path, Options{})
	if err != nil {
		t.Logf("after %s acknowledgements: %v", strconv.Itoa(len(acked)), err)
		return len(acked)
	}
	defer db.Close()
	if r, err := db.Verify(t.Context()); err != nil || !r.OK() {
		t.Logf("verify: %v %v", err, r.Problems)
		return len(acked)
	}
	for id, sum := range acked {
		if r, err := db.Record(t.Context(), id); err != nil || r.SHA256 != sum {
			lost++
		}
	}
	return lost
}
