package web

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Status is how a running chapar stands.
type Status struct {
	Ready         bool      `json:"ready"`
	Reason        string    `json:"reason,omitempty"` // why it is not ready
	Version       string    `json:"version"`
	Commit        string    `json:"commit"`
	Go            string    `json:"go"`
	PID           int       `json:"pid"`
	Started       time.Time `json:"started,omitzero"`
	UptimeSeconds int64     `json:"uptime_seconds"`
	Line          string    `json:"line"` // the same in a sentence, as the service manager shows it

	Config   string `json:"config,omitempty"` // as Database told on the socket only
	Listen   string `json:"listen"`
	Database string `json:"database,omitempty"`

	Offline   bool       `json:"offline"`
	Sources   States     `json:"sources"`
	Endpoints States     `json:"endpoints"`
	LastPoll  *time.Time `json:"last_poll"`
	NextPoll  *time.Time `json:"next_poll"`

	Counted    time.Time  `json:"counted,omitzero"` // when what follows was true
	Articles   int        `json:"articles"`
	Copies     int        `json:"copies"`
	Today      int        `json:"today"` // articles since midnight
	Revisions  int        `json:"revisions"`
	Dropped    int        `json:"dropped"`
	Aside      int        `json:"aside"`
	Inbox      int        `json:"inbox"`
	OldestJob  *time.Time `json:"oldest_job"` // since when the oldest of them waits
	Revisits   int        `json:"revisits"`
	FileBytes  int64      `json:"file_bytes"`
	FreeBytes  int64      `json:"free_bytes"` // of the file
	DiskBytes  int64      `json:"disk_bytes"` // that the disk has left; -1 if not known
	LastBackup *time.Time `json:"last_backup"`
	LastExport *time.Time `json:"last_export"`

	Reload *Reload `json:"reload"` // null until there was one
}

// States counts sources or endpoints by how they stand.
type States struct {
	Fine      int `json:"fine"`
	Failing   int `json:"failing"`
	NotPolled int `json:"not_polled"`
	Off       int `json:"off"` // enabled: false
}

// Reload is what the last reload of the config came to. One that failed changed nothing, unless its
// problems say that a renaming of sources was cut short: that goes on with the next.
type Reload struct {
	At        time.Time `json:"at"`
	OK        bool      `json:"ok"`
	Problems  []string  `json:"problems"`
	Added     []string  `json:"added"`   // ids of sources
	Removed   []string  `json:"removed"` // ids of sources
	Changed   []string  `json:"changed"` // ids of sources
	Settings  []string  `json:"settings"`
	NextStart []string  `json:"next_start"` // settings that were changed and hold only from the next start on
}

// veiled is a backend that tells no paths: the listen address is open to every user of the machine.
func veiled(b Backend) Backend {
	status, ready := b.Status, b.Ready
	b.Status = func(ctx context.Context) (Status, error) {
		s, err := status(ctx)
		return s.veiled(), err
	}
	b.Ready = func(ctx context.Context) error {
		err := ready(ctx)
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			return errors.New(strings.ReplaceAll(err.Error(), path.Path, filepath.Base(path.Path)))
		}
		return err
	}
	return b
}

// veiled leaves out where config and database lie. What names a file in their folders tells its name alone.
func (s Status) veiled() Status {
	for _, path := range []string{s.Config, s.Database} {
		if !filepath.IsAbs(path) { // it tells no place
			continue
		}
		folder := filepath.Dir(path) + string(filepath.Separator)
		s.Line, s.Reason = strings.ReplaceAll(s.Line, folder, ""), strings.ReplaceAll(s.Reason, folder, "")
		if s.Reload != nil {
			r := *s.Reload
			r.Problems = slices.Clone(r.Problems)
			for i, text := range r.Problems {
				r.Problems[i] = strings.ReplaceAll(text, folder, "")
			}
			s.Reload = &r
		}
	}
	s.Config, s.Database = "", ""
	return s
}
