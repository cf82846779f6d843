package config

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// environmentFile lies beside the config of a service: the service manager reads it, as root, and gives the service what
// stands there.
const environmentFile = "environment"

// environment gives the values for ${NAME} in a config: those of the process, then those of the file beside the config.
// Without the second, who looks after a service by hand would be told that the config lacks its secrets. A file that
// cannot be read gives none: it is for root alone.
func environment(config string) func(name string) (string, bool) {
	beside := sync.OnceValue(func() map[string]string {
		data, err := readFile(filepath.Join(filepath.Dir(config), environmentFile))
		if err != nil {
			return nil
		}
		return assignments(string(data))
	})
	return func(name string) (string, bool) {
		if value, set := os.LookupEnv(name); set {
			return value, true
		}
		value, set := beside()[name]
		return value, set
	}
}

// assignments reads lines of the form NAME=value as systemd does, but for lines that are continued: the value may stand
// in quotes, and what begins with # or ; is a comment.
func assignments(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, value, found := strings.Cut(line, "=")
		if !found || line[0] == '#' || line[0] == ';' {
			continue
		}
		value = strings.TrimSpace(value)
		if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		all[strings.TrimSpace(name)] = value
	}
	return all
}
