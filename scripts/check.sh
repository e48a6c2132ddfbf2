#!/usr/bin/env bash
# What CI runs: every check and every test, once, cheap failures first.
source "$(dirname "$0")/steps.sh"

scripts/setup.sh test
source scripts/node.sh # setup may just have installed it
run_steps \
  "format | Format" \
  "lock | Cargo.lock is complete; fetching the crates" \
  "licences | Licences and banned crates" \
  "web_packages | Installing the web client's packages" \
  "web_lint | Lint and unused code of the web client" \
  "web_tests | Unit tests of the web client" \
  "web_build | Types and build of the web client" \
  "web_size | Size budgets of the web client" \
  "lints | Clippy" \
  "docs | Links in the code's documentation"
with_services
run_steps \
  "rust_sqlite | Rust tests on SQLite" \
  "rust_postgres | Rust tests on PostgreSQL" \
  "doc_tests | Examples in the code's documentation" \
  "generated | Generated files are up to date" \
  "release_build | Building target/release/stoa" \
  "lints_local | Clippy with the local models" \
  "models | Fetching the local models" \
  "rust_release | Tests of the local models and of the release binary" \
  "browser | Browser tests of the release binary" \
  "clients | The official clients of OpenAI and Anthropic against the release binary"
summary
