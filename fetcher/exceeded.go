package fetcher

// Exceeded is the error of what went beyond a limit.
type Exceeded struct {
	What string // in words, such as "elements nested deeper than 256"
	Key  string // of the config that raises the limit; "" where nothing does
}

func (e *Exceeded) Error() string {
	if e.Key == "" {
		return e.What
	}
	return e.What + "; " + e.Key + " raises that"
}
