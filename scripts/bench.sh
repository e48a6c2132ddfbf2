#!/usr/bin/env bash
# The short form of the bench, in under five minutes: the API, the gateway and streams, compared with docs/bench/baseline.json
# as ratios to the bare handlers of the same run. A clear regression fails.
#
#   scripts/bench.sh                      measure and compare; further arguments go to `stoa bench`
#   scripts/bench.sh --write-baseline docs/bench/baseline.json
#                                         measure and keep as the new baseline
#   scripts/bench.sh table FILE           put the tables of a saved report into docs/performance.md
#
# The report is left in .stoa/bench: report.json, report.html. The release binary is built when it is missing or older than
# the source; with STOA_BINARY that binary is measured as it is.
source "$(dirname "$0")/steps.sh"

BASELINE=docs/bench/baseline.json
DOCUMENT=docs/performance.md
OUT=$STATE/bench

is_current() {
  [ -x "$STOA" ] &&
    [ -z "$(find crates migrations Cargo.lock -newer "$STOA" -type f -not -path '*/tests/*' -print -quit)" ]
}

if [ -n "${STOA_BINARY:-}" ]; then
  STOA=$STOA_BINARY
elif ! is_current; then
  scripts/build.sh
fi
mkdir -p "$OUT"

if [ "${1:-}" = table ]; then
  [ $# -eq 2 ] || stop "Usage: scripts/bench.sh table FILE"
  "$STOA" bench --table "$2" >"$OUT/tables.md"
  awk -v tables="$OUT/tables.md" '
    /^<!-- tables -->$/ { print; print ""; while ((getline line < tables) > 0) print line; print ""; within = 1; next }
    /^<!-- \/tables -->$/ { within = 0 }
    !within' "$DOCUMENT" >"$OUT/document.md"
  cp "$OUT/document.md" "$DOCUMENT"
  note "$DOCUMENT"
  exit 0
fi

compare=(--baseline "$BASELINE")
case " $* " in *" --write-baseline "* | *" --baseline "*) compare=() ;; esac
if [ ! -f "$BASELINE" ]; then compare=(); fi
step "Measuring (the machine should have nothing else to do)"
"$STOA" bench --short --scale small --suite api,gateway,streams --keep "$OUT/data" \
  --json "$OUT/report.json" --html "$OUT/report.html" "${compare[@]}" "$@"
