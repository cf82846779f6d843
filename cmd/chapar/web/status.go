package web

import "time"

// Status is how a running chapar stands.
type Status struct {
	Ready         bool      `json:"ready"`
	Reason        string    `json:"reason,omitempty"` // why it is not ready
	Version       string    `json:"version"`
	Commit        string    `json:"commit"`
	Go            string    `json:"go"`
	PID           int       `json:"pid"`
	Started       time.Time `json:"started"`
	UptimeSeconds int64     `json:"uptime_seconds"`
	Line          string    `json:"line"` // the same in a sentence, as the service manager shows it

	Config   string `json:"config"`
	Listen   string `json:"listen"`
	Database string `json:"database"`

	Offline   bool       `json:"offline"`
	Sources   States     `json:"sources"`
	Endpoints States     `json:"endpoints"`
	LastPoll  *time.Time `json:"last_poll"`
	NextPoll  *time.Time `json:"next_poll"`

	Counted    time.Time  `json:"counted"` // when what follows was true
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
