# Every recipe is one line that calls a script; the scripts say what they do, and can be run as often as you like.
.PHONY: help run test build dev check bench generate

help: ## shows this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

run: ## starts Stoa on http://localhost:8000; installs and builds what is missing (ARGS="--listen 0.0.0.0:8000")
	@scripts/run.sh $(ARGS)

test: ## runs all tests; sets up everything they need on private ports
	@scripts/test.sh

build: ## makes target/release/stoa, one binary with the web client inside
	@scripts/build.sh

dev: ## server and web client for development, both reload when a file changes
	@scripts/dev.sh $(ARGS)

check: ## what CI runs: format, lints, licences, all tests, generated files
	@scripts/check.sh

bench: ## measures in under five minutes and compares with the kept baseline (ARGS="--suite users")
	@scripts/bench.sh $(ARGS)

generate: ## writes every generated file again (openapi.json, the web client's types, schemas, reference pages)
	@scripts/generate.sh
