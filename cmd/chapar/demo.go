package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"chapar/fetcher/press"
	"chapar/store"
	"chapar/store/corpus"
)

type demoCommand struct {
	Seed uint64 `default:"1" help:"Of all chance in the sample press."`
}

// The demo is a working day of ten publications in some seconds.
const (
	demoTime = 12 * time.Second
	demoCalm = 4 * time.Second // at the end, for what was broken to be caught up with
)

func (d *demoCommand) Run(ctx context.Context, a *app) error {
	folder, err := os.MkdirTemp("", "chapar-demo-")
	if err != nil {
		return fmt.Errorf("cannot make a folder for the demo: %w", err)
	}
	stand, err := press.New(press.Options{Seed: d.Seed, Noise: true, RetryAfter: 2 * time.Second, FreshFor: -1})
	if err != nil {
		return err
	}
	defer stand.Close()
	path := filepath.Join(folder, "config.yaml")
	text := stand.Config(press.ConfigOptions{Database: filepath.Join(folder, "chapar.db"), MinInterval: time.Second, MaxInterval: 3 * time.Second,
		HostDelay: 20 * time.Millisecond, Timeout: time.Second, Revisit: 1500 * time.Millisecond})
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}

	fmt.Fprintf(a.out, "A sample press of %d publications opens on loopback; chapar watches it for %v.\n", len(stand.Publications()), demoTime)
	fmt.Fprintf(a.out, "All outlets and happenings are invented. Database, config and log: %s\n\n", folder)
	events, err := d.watch(ctx, a, stand, path, folder)
	if err != nil {
		return err
	}
	return picture(ctx, a, stand, events, path, folder)
}

// watch lets the daemon run while the press works, and tells what the press does.
func (d *demoCommand) watch(ctx context.Context, a *app, stand *press.Press, path, folder string) (events []press.Event, err error) {
	c, err := a.loadFile(path)
	if err != nil {
		return nil, err
	}
	out, err := os.Create(filepath.Join(folder, "log.txt"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	daemon, err := newDaemon(c, slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug})), nil)
	if err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() { failed = daemon.poller.Run(watching) })
	start := time.Now()
	err = stand.Run(ctx, press.Script{For: demoTime, Stock: 3, Articles: 20, Copies: 4, Revisions: 5, Noises: 4, Faults: 3, FaultFor: 2 * time.Second, Calm: demoCalm,
		Kinds: []press.Fault{press.Errors, press.PageErrors, press.Hang, press.TooMany, press.BrokenFeed, press.HTMLFeed},
		Tell: func(e press.Event) {
			events = append(events, e)
			fmt.Fprintf(a.out, "  %4.1f s  %-8s %-8s %s\n", time.Since(start).Seconds(), e.Publication, e.What, short(e.Detail, 90))
		}})
	stop()
	wg.Wait()
	if cerr := daemon.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = failed
	}
	return events, err
}

// picture tells what became of everything.
func picture(ctx context.Context, a *app, stand *press.Press, events []press.Event, path, folder string) error {
	db, err := store.Open(filepath.Join(folder, "chapar.db"), store.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	kept, err := gathered(db.Records(ctx, store.Query{}))
	if err != nil {
		return err
	}
	dropped, err := gathered(db.Rejected(ctx, store.Query{}))
	if err != nil {
		return err
	}
	aside, err := gathered(db.Aside(ctx))
	if err != nil {
		return err
	}
	if err := showOrigins(a.out, stand, events, kept, dropped); err != nil {
		return err
	}
	showRefused(a.out, dropped, aside)
	showCopies(a.out, kept)
	out := filepath.Join(folder, "export")
	sum, err := corpus.Write(ctx, out, corpus.Options{Format: corpus.TXT}, db.Records(ctx, store.Query{DropDuplicates: true}))
	if err != nil {
		return err
	}
	showVerdict(a.out, stand, kept)
	fmt.Fprintf(a.out, "\nThe corpus of %d articles lies in %s\nLook around:\n  chapar stats -c %s\n  chapar search border -c %s\n", sum.Documents, out, path, path)
	return nil
}

// gathered takes all of a sequence.
func gathered[T any](from iter.Seq2[T, error]) (all []T, err error) {
	for v, err := range from {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// showOrigins tells what came in, from where, and which faults were in the way.
func showOrigins(w io.Writer, stand *press.Press, events []press.Event, kept []corpus.Record, dropped []store.Rejected) error {
	heading(w, "What came in, from where")
	var broke []string
	t := table{}
	t.row("PUBLICATION", "LANG", "TOLD BY", "NEWS", "KEPT", "COPIES", "EDITED", "DROPPED")
	for _, p := range stand.Publications() {
		n, copies, edited, off := 0, 0, 0, 0
		for _, r := range kept {
			if r.Source == p.ID {
				n++
				if r.DuplicateOf != nil {
					copies++
				}
				if r.Revision > 1 {
					edited++
				}
			}
		}
		for _, r := range dropped {
			if r.Source == p.ID {
				off++
			}
		}
		var faults []string
		for _, e := range events {
			if e.What == "break" && e.Publication == p.ID {
				faults = append(faults, e.Detail)
			}
		}
		t.row(p.ID+" "+p.Name, p.Language, string(p.Kind), fmt.Sprint(len(p.Articles())), fmt.Sprint(n), fmt.Sprint(copies), fmt.Sprint(edited), fmt.Sprint(off))
		if len(faults) > 0 {
			broke = append(broke, fmt.Sprintf("  %s broke: %s", p.ID, strings.Join(faults, ", ")))
		}
	}
	if err := t.write(w, width(w)); err != nil || len(broke) == 0 {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.Join(broke, "\n"))
	return err
}

// showRefused tells what was not kept.
func showRefused(w io.Writer, dropped []store.Rejected, aside []store.Aside) {
	heading(w, fmt.Sprintf("Dropped: %d articles that are not about the region's security", len(dropped)))
	for _, r := range dropped[:min(len(dropped), 5)] {
		fmt.Fprintf(w, "  %.2f  %s\n", r.Relevance, short(r.Title, 90))
		for _, why := range r.Reasons[:min(len(r.Reasons), 2)] {
			fmt.Fprintf(w, "        %s\n", short(why, 100))
		}
	}
	if len(aside) > 0 {
		heading(w, fmt.Sprintf("Set aside: %d pages that gave no article", len(aside)))
		for _, r := range aside[:min(len(aside), 5)] {
			fmt.Fprintf(w, "  %-24s %s\n", r.Reason.Outcome, short(r.Job.Entry.Link, 90))
		}
	}
}

func showCopies(w io.Writer, kept []corpus.Record) {
	byID := map[string]corpus.Record{}
	for _, r := range kept {
		byID[r.ID] = r
	}
	heading(w, "Copies")
	for _, r := range kept {
		if r.DuplicateOf != nil {
			fmt.Fprintf(w, "  %s (%s)\n    has the text of %s (%s)\n", short(r.Title, 80), r.Source, short(byID[*r.DuplicateOf].Title, 80), byID[*r.DuplicateOf].Source)
		}
	}
}

// showVerdict tells how far what was kept is what the press published.
func showVerdict(w io.Writer, stand *press.Press, kept []corpus.Record) {
	got := make([]press.Got, 0, len(kept))
	for _, r := range kept {
		g := press.Got{ID: r.ID, URL: r.URL, CanonicalURL: r.CanonicalURL, Title: r.Title, Text: r.Text, Source: r.Source, Revision: r.Revision, Kept: r.FirstSeen}
		if r.DuplicateOf != nil {
			g.DuplicateOf = *r.DuplicateOf
		}
		got = append(got, g)
	}
	v, s := stand.Judge(got), stand.Score()
	heading(w, "Against the truth, which the press knows")
	fmt.Fprintf(w, "  %d of %d articles on the subject kept, %d twice; text F1 %.3f; %d requests, %d impolite\n",
		v.Expected-v.Missing.Count, v.Expected, v.Doubled.Count, v.F1, s.Requests, s.Demerits())
}

func heading(w io.Writer, s string) { fmt.Fprintf(w, "\n%s\n\n", s) }
