package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseWhen(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"2026-01-31": "2026-01-31T00:00:00Z", "2026-01": "2026-01-01T00:00:00Z", "2026": "2026-01-01T00:00:00Z", "2026-01-31T08:00:00+05:00": "2026-01-31T03:00:00Z",
		"24h": "2026-03-30T12:00:00Z", "7d": "2026-03-24T12:00:00Z", "2w": "2026-03-17T12:00:00Z", "1y": "2025-03-31T12:00:00Z", "2mo": "2026-01-31T12:00:00Z",
		"90m30s": "2026-03-31T10:29:30Z", "0h3m": "2026-03-31T11:57:00Z", "0d": "2026-03-31T12:00:00Z",
	} {
		if got, err := parseWhen("--since", in, now); err != nil || !got.Equal(mustParse(t, want)) {
			t.Errorf("%s is %v (%v), want %s", in, got, err, want)
		}
	}
	for in, want := range map[string]string{"3m": "minutes or months: write 0h3m or 3mo"} {
		if _, err := parseWhen("--since", in, now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v", in, err)
		}
	}
	for _, in := range []string{"7", "d", "-7d", "7 d", "1.5d", "2026-13-01", "2026-02-30", "yesterday", "31.01.2026", "01/31/2026", "2026-01-31T08:00", "999999999999d", "-24h", "7D", " "} {
		got, err := parseWhen("--since", in, now)
		if !errors.As(err, new(usageError)) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q is %v (%v), want wrong use", in, got, err)
		}
	}
}

func mustParse(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
