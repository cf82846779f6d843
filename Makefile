# The targets a builder or an operator needs; `make` alone builds the binary.
VERSION := $(shell git describe --tags --match "v*" 2>/dev/null || echo 0.1.0-dev)
PREFIX  := /usr/local

.PHONY: build test check bench long fuzz install clean

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=$(VERSION)" -o chapar ./cmd/chapar

test:
	go test ./...

check: # all that decides, as the continuous integration runs it
	bash .ci/run

bench:
	go test -run '^$$' -bench . -benchmem ./...

long: # crash loops and large stores in full length
	CHAPAR_LONG=1 go test -timeout 60m ./...

fuzz: # each target for a minute
	bash .ci/fuzz 60s

install: # what `make build` made
	@test -x chapar || { echo "there is no chapar to install yet: make build"; exit 1; }
	install -D -m 0755 chapar $(DESTDIR)$(PREFIX)/bin/chapar
	install -D -m 0644 cmd/chapar/chapar.service $(DESTDIR)/etc/systemd/system/chapar.service
	test -e $(DESTDIR)/etc/chapar/config.yaml || sed 's|^database:.*|database: /var/lib/chapar/chapar.db|' config.yaml | install -D -m 0644 /dev/stdin $(DESTDIR)/etc/chapar/config.yaml

clean:
	rm -f chapar
