# The two commands are `make up` and `make test`; the others help.
STATE ?= .slipway
CACHE ?= $(or $(SLIPWAY_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/slipway)
TARGET := $(or $(CARGO_TARGET_DIR),target)
TESTBED = $(TARGET)/debug/testbed --state $(STATE)
NEXTEST_VERSION := 0.9.151
export PATH := $(CACHE)/cargo/bin:$(PATH)
export SQLX_OFFLINE := true

.PHONY: help up down status logs reset test install programs console generate format check nextest servers-test rust-test clients-test chart-test console-test ship-test walk prove bench bench-compare pve-readme release-check

help:
	@echo 'make up      set up and run everything (DETACH=1 returns when ready)'
	@echo 'make down    stop everything          make reset   stop and forget all state'
	@echo 'make status  what runs                make logs    what it says (S=service, F=1 follows)'
	@echo 'make test    pass all tests           make prove   every interleaving, further'
	@echo 'make bench   measure everything       make bench-compare BASE=main   what has become worse'
	@echo 'make generate, make format   for a change; make release-check   before a tag'
	@echo 'make up PVE_URL=… PVE_TOKEN_FILE=… PVE_FINGERPRINT=…   on a real Proxmox VE (kind-testbed/real-pve/README.md)'

up: install programs console
	@$(TESTBED) up $(if $(DETACH),--detach)

down status reset:
	@if [ -x $(TARGET)/debug/testbed ]; then $(TESTBED) $@; else echo 'nothing was built yet; `make up` does'; fi

logs:
	@$(TESTBED) logs $(S) $(if $(F),--follow)

# Postgres, the control plane, a browser for tests: found, or installed once.
install:
	@kind-testbed/install.sh $(STATE)

programs:
	@echo '==> building the programs (the first time takes minutes)'
	@cargo build --locked $(if $(QUIET),--quiet) -p slipway-testbed -p pve-testbed -p slipway-operator -p slipway-api -p slipway-migrate

console: console/dist/index.html

NODE_MODULES := console/node_modules/.package-lock.json
# The generator of the API's types wants an older TypeScript than the console: a package of its own.
APIGEN := console/tools/apigen/node_modules/.package-lock.json

$(APIGEN): console/tools/apigen/package-lock.json
	@npm --prefix console/tools/apigen ci --no-audit --no-fund --loglevel=error
	@touch $@

$(NODE_MODULES): console/package-lock.json
	@command -v npm >/dev/null || { echo 'error: Node.js 20 or newer with npm is missing'; exit 1; }
	@echo '==> installing the console packages'
	@cd console && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

console/dist/index.html: $(NODE_MODULES) $(shell find console/src console/public console/index.html console/vite.config.ts -type f 2>/dev/null)
	@echo '==> building the console'
	@cd console && npm run --silent build
	@touch $@

# --- make test -------------------------------------------------------------------------------------------------------
# Built first, then run in two lanes: one mostly waits for virtual machines, the other drives a browser.
test:
	@WITH_BROWSER=1 WITH_CLIENTS=1 WITH_CHART=1 kind-testbed/install.sh $(STATE)
	@$(MAKE) --no-print-directory check nextest programs console $(APIGEN)
	@$(MAKE) --no-print-directory --jobs=2 servers-test console-test

check:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --features slipway-operator/otlp -- -D warnings

nextest:
	@cargo nextest --version 2>/dev/null | grep -q $(NEXTEST_VERSION) || { \
	  echo '==> building cargo-nextest'; cargo install --quiet --locked --root $(CACHE)/cargo --version $(NEXTEST_VERSION) cargo-nextest; }

servers-test:
	@$(MAKE) --no-print-directory rust-test
	@$(MAKE) --no-print-directory clients-test
	@$(MAKE) --no-print-directory chart-test
	@$(MAKE) --no-print-directory walk
	@$(MAKE) --no-print-directory ship-test

rust-test: nextest programs
	$(TESTBED) with -- cargo nextest run --locked --workspace --exclude slipway-testbed --no-fail-fast
	cargo test --locked --quiet --workspace --doc

# Proxmox clients that know nothing of the testbed, on the testbed.
clients-test: programs
	@SLIPWAY_CACHE=$(CACHE) kind-testbed/pve/clients/test $(TARGET)/debug/pve-testbed $(or $(SLIPWAY_CLIENT_RESULTS),$(TARGET)/pve-clients.jsonl)

# Scripts, Dockerfiles, compose, workflows, the images' root, the release check: what goes without Docker.
ship-test: programs
	@SLIPWAY_CACHE=$(CACHE) build/test.sh $(TARGET)/debug

# The Helm chart: rendered, reviewed, and installed where nodes pretend to run its pods.
chart-test: programs nextest
	SLIPWAY_STATE=$(abspath $(STATE)) cargo nextest run --locked -p slipway-testbed -E 'binary(chart)' -j1 --no-fail-fast

# Writes the testbed's README with the figures of this run. The recordings stand beside the project.
pve-readme: clients-test
	$(TARGET)/debug/pve-testbed readme --recordings ../shared/pve/recordings --perf perf/results/pve.json \
	  --clients $(or $(SLIPWAY_CLIENT_RESULTS),$(TARGET)/pve-clients.jsonl) > $(TARGET)/pve-readme.md
	cp $(TARGET)/pve-readme.md kind-testbed/pve/README.md

# The whole of Slipway: killed and cut off at the worst moments, its control plane lost, restored and copied, then walked
# by a browser from login to delete.
walk: programs console nextest
	$(TESTBED) with --slipway -- cargo nextest run --locked -p slipway-testbed -E 'not (binary(drills) | binary(chart))' -j1 --no-fail-fast
	SLIPWAY_STATE=$(abspath $(STATE)) cargo nextest run --locked -p slipway-testbed -E 'binary(drills)' -j1 --no-fail-fast
	$(TESTBED) with --slipway -- npm --prefix console run --silent e2e

console-test: $(NODE_MODULES) $(APIGEN) console
	cd console && npm run --silent lint && npm run --silent format:check && npm run --silent typecheck && npm run --silent generate:check
	cd console && npm test
	cd console && npm run --silent size && npm run --silent test:browser

# Whether this commit can be released: TAG=vX.Y.Z compares with a tag.
release-check:
	@build/release-check.sh $(TAG)

# --- for a change ----------------------------------------------------------------------------------------------------
generate: $(NODE_MODULES) $(APIGEN)
	cargo run --quiet -p slipway-crds --bin crdgen crds/manifests
	for part in manifests:crds policies:policies roles:roles; do \
	  rm -rf charts/slipway/files/$${part#*:} && cp -r crds/$${part%:*} charts/slipway/files/$${part#*:} || exit 1; done
	cargo run --quiet -p slipway-api -- openapi > api/openapi.json
	cd console && npm run --silent generate

# The operator through every interleaving, crash and lost answer, up to a large bound; a small one is in `make test`.
prove: nextest programs
	cargo run --release --locked --quiet -p slipway-explorer -- broken --states 4000
	cargo run --release --locked --quiet -p slipway-explorer -- matrix --write operator/README.md
	cargo run --release --locked --quiet -p slipway-explorer -- matrix --https --steps
	cargo run --release --locked --quiet -p slipway-explorer -- prove --states $(or $(STATES),100000)
	cargo test --locked --quiet -p slipway-operator --features otlp --lib telemetry
	SLIPWAY_STORM=200 $(TESTBED) with -- cargo nextest run --locked -p slipway-operator --no-capture -E 'test(storm)'

# Measures everything, keeps the medians and draws perf/report.html; fails on nothing but a measurement that cannot be made.
PERF = $(TARGET)/release/slipway-perf
MEASURED = -p slipway-perf -p slipway-operator -p slipway-migrate -p slipway-api -p slipway-testbed -p pve-testbed
# Heap profiles: programs with another allocator, in a folder of their own.
PROFILED = $(foreach program,operator api migrate,-p slipway-$(program) --features slipway-$(program)/dhat)
bench: programs console
	@WITH_PEERS=1 WITH_BROWSER=1 kind-testbed/install.sh $(STATE)
	cargo build --release --locked --quiet $(MEASURED)
	$(PERF) pve --write perf/results/pve.json
	$(TESTBED) with -- $(PERF) operator --write perf/results/operator.json
	$(TESTBED) with -- $(PERF) migration --write perf/results/migration.json
	$(TESTBED) with -- $(PERF) api --write perf/results/api.json
	cargo bench --locked --quiet -p slipway-api -p slipway-operator -p slipway-migrate --bench api --bench operator --bench migrator
	$(PERF) criterion --write perf/results/micro.json
	$(TESTBED) with -- $(PERF) counts --write perf/results/counts.json
	$(PERF) console --write perf/results/console.json
	$(TARGET)/release/testbed --state $(STATE) with --slipway -- $(PERF) workflow --faults --write perf/results/workflow.json
	$(TESTBED) with -- $(PERF) peers --write perf/results/peers.json
	cargo build --profile heap --locked --quiet $(PROFILED)
	cp $(addprefix $(TARGET)/release/,slipway-perf testbed pve-testbed) $(TARGET)/heap/
	$(TARGET)/heap/slipway-perf heap --state $(STATE) --write perf/results/heap.json
	$(PERF) keep
	$(PERF) page

# What was measured last against what BASE (a commit or a folder) holds; fails when a figure has become worse.
bench-compare:
	cargo run --release --locked --quiet -p slipway-perf -- compare $(or $(BASE),main)

format:
	cargo fmt --all
	cd console && npm run --silent format
