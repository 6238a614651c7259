# What a person types. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The locked tools come first, then whatever the machine has (dockerd is in sbin).
export PATH := $(CURDIR)/.cache/tools/bin:$(PATH):/usr/sbin:/sbin

# FOUNDATION_HOST=1: no container engine and no image, the tools of this machine instead. For people only: CI refuses it.
FOUNDATION_HOST ?=
ifneq ($(FOUNDATION_HOST),)
ifeq ($(CI),true)
$(error FOUNDATION_HOST is set, but CI has to check the image; unset it)
endif
endif

part := @tools/timed

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: ## install system packages and start a container engine (Debian, Ubuntu; as root)
	@tools/setup $(if $(FOUNDATION_HOST),--no-docker,)

.PHONY: tools
tools: ## install the locked linters, node, npm and bun into .cache/tools
	@tools/install-tools

.PHONY: parts
parts: ## install what only tests need: act, a forge server, an npm registry and Node's semantic-release
	@tests/parts/install

.PHONY: image
image: ## build the foundation-ci image (BASE=registry: on the base image of VERSIONS)
	@$(if $(FOUNDATION_HOST),echo "FOUNDATION_HOST is set: no image is built",tools/install-cargo && cargo run --locked --quiet -- image build $(if $(BASE),--base $(BASE)))

.PHONY: image-relock
image-relock: ## lock the image's .deb packages anew, at the versions the mirror has now
	@cargo run --locked --quiet -- image relock

.PHONY: fmt
fmt: ## format the code
	@cargo fmt

.PHONY: fmt-check
fmt-check:
	@cargo fmt --check

.PHONY: clippy
clippy: ## compile with all lints
	@cargo clippy --locked --all-targets -- -D warnings

.PHONY: workflows
workflows: ## render reusable-workflows/ into .forgejo/workflows/
	@cargo run --locked --quiet -- workflows render

.PHONY: workflows-check
workflows-check:
	@cargo run --locked --quiet -- workflows check

.PHONY: deny
deny: ## check licences and sources of all dependencies
	@tools/install-cargo
	@cargo deny --offline check licenses bans sources

.PHONY: check
check: fmt-check clippy workflows-check ## what is quick: formatting, lints, rendered workflows

.PHONY: cargo-test
cargo-test: ## all Rust tests, with everything already set up
	@cargo test --locked

.PHONY: matrix
matrix: ## run every candidate through every workflow, and print one table
	@host="$(FOUNDATION_HOST)"; \
	if [ -z "$$host" ] && ! tools/setup; then \
	  if [ "$(CI)" = true ]; then exit 3; fi; \
	  echo "No container engine: host mode, with the tools of make tools." >&2; \
	  host=1; \
	fi; \
	$(MAKE) --no-print-directory matrix-run FOUNDATION_HOST="$$host"

.PHONY: matrix-run
matrix-run: setup tools
	@tests/parts/install act
	@$(if $(FOUNDATION_HOST),echo "FOUNDATION_HOST is set: no image is built",tools/test-image)
	@cargo build --locked --quiet --bins
	@cargo run --locked --quiet -- matrix $(if $(FOUNDATION_HOST),--host,)

.PHONY: test
test: ## everything that CI checks, set-up included
	@tools/timed --start
	$(part) setup $(MAKE) --no-print-directory setup
	$(part) tools $(MAKE) --no-print-directory tools
	$(part) parts $(MAKE) --no-print-directory parts
	$(part) format $(MAKE) --no-print-directory fmt-check
	$(part) clippy $(MAKE) --no-print-directory clippy
	$(part) deny $(MAKE) --no-print-directory deny
	$(part) workflows $(MAKE) --no-print-directory workflows-check
	$(part) image $(if $(FOUNDATION_HOST),echo "FOUNDATION_HOST is set: no image is built",tools/test-image)
	$(part) tests $(MAKE) --no-print-directory cargo-test

.PHONY: bench
bench: tools ## measure the promises about speed, as ratios within one run (ONLY=lint for a part)
	@tests/parts/install semantic-release
	@cargo bench --locked --bench promises -- $(ONLY)

.PHONY: soak
soak: tools ## hours of hostile input, random kills and gigabytes (FOUNDATION_SOAK_SEED=, FOUNDATION_SOAK_PERCENT=)
	@tests/parts/install semantic-release
	@PROPTEST_CASES=20000 PROPTEST_RNG_SEED=$(or $(FOUNDATION_SOAK_SEED),20261124) cargo test --locked --lib
	@cargo test --locked --features soak --test soak -- --nocapture --test-threads=1
	@FOUNDATION_SOAK_SEED=$(or $(FOUNDATION_SOAK_SEED),20261124) SECONDS_EACH=$$(( 6 * $(or $(FOUNDATION_SOAK_PERCENT),100) )) tools/fuzz

.PHONY: fuzz
fuzz: ## fuzz messages, globs, configurations, manifests, tags (SECONDS_EACH=600, ONLY=glob for one)
	@SECONDS_EACH=$(or $(SECONDS_EACH),600) tools/fuzz $(ONLY)

.PHONY: clean
clean: ## remove what was built here, and what was installed into .cache
	@cargo clean
	@rm -rf .cache
