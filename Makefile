# The targets a builder or an operator needs; `make` alone builds the binary.
VERSION := $(shell git describe --tags --match "v*" 2>/dev/null || echo 0.1.0-dev)

PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
UNITDIR ?= $(PREFIX)/lib/systemd/system
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
# What is installed, and a chapar that runs here and writes manual page and completion of it (another one in cross builds).
BINARY ?= chapar
HERE   ?= ./$(BINARY)
# Where packages and images go.
DIST   ?= dist

UNITS   := chapar.service chapar-backup.service chapar-backup.timer chapar-export.service chapar-export.timer
MAN     := $(PREFIX)/share/man/man1/chapar.1.gz
BASH    := $(PREFIX)/share/bash-completion/completions/chapar
FISH    := $(PREFIX)/share/fish/vendor_completions.d/chapar.fish
SCHEMA  := $(PREFIX)/share/chapar/config.schema.json
EXAMPLE := $(PREFIX)/share/doc/chapar/examples

.PHONY: build test check bench long fuzz install uninstall deb image clean

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

install: # what `make build` made, its service, manual page and completion; a config that is there stays
	@test -x $(BINARY) || { echo "there is no chapar to install yet: make build"; exit 1; }
	install -D -m 0755 $(BINARY) $(DESTDIR)$(BINDIR)/chapar
	install -d $(DESTDIR)$(UNITDIR)
	for u in $(UNITS); do sed 's|/usr/bin/chapar|$(BINDIR)/chapar|' cmd/chapar/$$u > $(DESTDIR)$(UNITDIR)/$$u && chmod 0644 $(DESTDIR)$(UNITDIR)/$$u || exit 1; done
	$(HERE) man | gzip -9n | install -D -m 0644 /dev/stdin $(DESTDIR)$(MAN)
	$(HERE) completion bash | install -D -m 0644 /dev/stdin $(DESTDIR)$(BASH)
	$(HERE) completion zsh | install -D -m 0644 /dev/stdin $(DESTDIR)$(ZSHDIR)/_chapar
	$(HERE) completion fish | install -D -m 0644 /dev/stdin $(DESTDIR)$(FISH)
	$(HERE) check --schema | install -D -m 0644 /dev/stdin $(DESTDIR)$(SCHEMA)
	install -D -m 0644 -t $(DESTDIR)$(EXAMPLE) cmd/chapar/walls.conf cmd/chapar/monitoring/alerts.yaml cmd/chapar/monitoring/dashboard.json
	install -d $(DESTDIR)/etc/chapar
	test -e $(DESTDIR)/etc/chapar/config.yaml || sed -e '1s|$$schema=.*|$$schema=$(SCHEMA)|' -e 's|^database:.*|database: /var/lib/chapar/chapar.db|' config.yaml | install -m 0644 /dev/stdin $(DESTDIR)/etc/chapar/config.yaml
	test -e $(DESTDIR)/etc/chapar/seeds/sources.yaml || sed '1s|$$schema=.*|$$schema=$(SCHEMA)|' seeds/sources.yaml | install -D -m 0644 /dev/stdin $(DESTDIR)/etc/chapar/seeds/sources.yaml
	test -e $(DESTDIR)/etc/chapar/environment || install -m 0600 cmd/chapar/environment $(DESTDIR)/etc/chapar/environment
	@test ! -e $(DESTDIR)/etc/systemd/system/chapar.service || echo "note: /etc/systemd/system/chapar.service goes before the unit installed here; take it away"

uninstall: # config and state stay
	rm -f $(DESTDIR)$(BINDIR)/chapar $(addprefix $(DESTDIR)$(UNITDIR)/,$(UNITS)) $(DESTDIR)$(MAN) $(DESTDIR)$(BASH) $(DESTDIR)$(ZSHDIR)/_chapar $(DESTDIR)$(FISH) $(DESTDIR)$(SCHEMA) $(addprefix $(DESTDIR)$(EXAMPLE)/,walls.conf alerts.yaml dashboard.json)
	@echo "config (/etc/chapar) and state (/var/lib/chapar) are left"

deb: # a Debian package for GOARCH
	VERSION=$(VERSION) bash cmd/chapar/debian/build $(DIST)

image: # a container image, and what it is made of
	VERSION=$(VERSION) bash cmd/chapar/image $(DIST)

clean:
	rm -rf chapar $(DIST)
