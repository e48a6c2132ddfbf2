#!/usr/bin/env bash
# Writes every generated file again; with --check it also fails when that changes one, and names it.
#
#   openapi.json              from the routes, and from it web/src/api/schema.ts
#   docs/config.md            from the commented default configuration
#   docs/errors.md            from the table of error codes
#   docs/schema.*.sql         the migrations, expanded for each database
#
# They are committed, so that a review sees the effect of a change. Inline snapshots belong to their tests:
# INSTA_UPDATE=always cargo nextest run.
source "$(dirname "$0")/steps.sh"

FILES=(openapi.json web/src/api/schema.ts docs/config.md docs/errors.md docs/schema.sqlite.sql docs/schema.postgres.sql)

sums() { sha256sum "${FILES[@]}" 2>/dev/null || true; }

# write FILE COMMAND…: a failing command leaves the old file, an equal text leaves its time.
write() {
  local file=$1
  shift
  mkdir -p "$STATE" "$(dirname "$file")"
  "$@" >"$STATE/generated"
  if ! cmp -s "$STATE/generated" "$file"; then
    cp "$STATE/generated" "$file"
    note "$file"
  fi
}

generate() {
  local stoa=target/debug/stoa
  # With the tests, because they decide which features the dependencies get: so nothing is built twice.
  cargo build --quiet --bins --tests
  write openapi.json "$stoa" openapi
  write docs/config.md "$stoa" config --docs
  write docs/errors.md "$stoa" openapi --errors
  write docs/schema.sqlite.sql "$stoa" migrate --print sqlite
  write docs/schema.postgres.sql "$stoa" migrate --print postgres
  (cd web && npm run --silent api >/dev/null)
}

[ "$#" -eq 0 ] || [ "$*" = --check ] || stop "Usage: scripts/generate.sh [--check]"
before=$(sums)
web_packages
generate
after=$(sums)
if [ "${1:-}" = --check ] && [ "$before" != "$after" ]; then
  diff <(printf '%s\n' "$before") <(printf '%s\n' "$after") | sed -n 's/^> [0-9a-f]*  /  /p' >&2
  stop "These generated files were not up to date." "They have been written again (make generate): commit them."
fi
