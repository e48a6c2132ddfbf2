#!/usr/bin/env bash
# All tests: Rust on SQLite and on PostgreSQL, the local models, the web client, a browser, and the official clients against
# the release binary. Sets up what they need and removes only what it started.
source "$(dirname "$0")/steps.sh"

scripts/setup.sh test
source scripts/node.sh # setup may just have installed it
with_services
run_steps \
  "web_packages | Installing the web client's packages" \
  "web_tests | Unit tests of the web client" \
  "web_build | Building the web client" \
  "rust_sqlite | Rust tests on SQLite" \
  "rust_postgres | Rust tests on PostgreSQL" \
  "doc_tests | Examples in the code's documentation" \
  "release_build | Building target/release/stoa" \
  "models | Fetching the local models" \
  "rust_release | Tests of the local models and of the release binary" \
  "browser | Browser tests of the release binary" \
  "clients | The official clients of OpenAI and Anthropic against the release binary"
summary
