package fetcher

import "time"

// Rate is what an endpoint has shown of its rhythm: publications a second, an average that forgets.
type Rate struct {
	PerSecond float64 `json:"per_second,omitempty"`
	Weight    float64 `json:"weight,omitempty"` // seconds of observation behind it
}

// Bounds are the limits of every wait that chapar chooses itself.
type Bounds struct {
	Min, Max time.Duration
}
