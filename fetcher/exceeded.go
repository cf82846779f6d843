package fetcher

import "errors"

// Keys of the config that raise limits of a request.
const (
	KeyBody     = "fetch.max_body"
	KeyTimeout  = "fetch.timeout"
	KeyNetworks = "fetch.allow_networks"
)

// Exceeded is the error of what went beyond a limit.
type Exceeded struct {
	What string // in words, such as "more than 20000 entries"
	Key  string // of the config that raises the limit; "" where nothing does
}

func (e *Exceeded) Error() string {
	if e.Key == "" {
		return e.What
	}
	return e.What + "; " + e.Key + " raises that"
}

// fixed is how a limit is counted that no key raises.
const fixed = "fixed"

// limitOf names the limit that a failure is about by its key; "" if it is about none.
func limitOf(f *Failure) string {
	if f == nil {
		return ""
	}
	if f.Outcome == Private {
		return KeyNetworks
	}
	over, ok := errors.AsType[*Exceeded](f.Err)
	switch {
	case !ok:
		return ""
	case over.Key == "":
		return fixed
	}
	return over.Key
}
