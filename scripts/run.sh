#!/usr/bin/env bash
# Builds Stoa if it is not built, fetches the local models if they are not there, and starts it: scripts/run.sh [ARGUMENTS]
# go to `stoa serve`. Without the network Stoa starts all the same and says how to get the models later.
source "$(dirname "$0")/steps.sh"

# The options that say where the data is hold for the models as well.
WHERE=()
for ((i = 1; i <= $#; i++)); do
  case "${!i}" in
    --data | --config) next=$((i + 1)) && WHERE+=("${!i}" "${!next:-}") ;;
    --data=* | --config=*) WHERE+=("${!i}") ;;
  esac
done

scripts/build.sh
step "Fetching the local models (half a gigabyte, once)"
models ${WHERE[@]+"${WHERE[@]}"} || note "The models could not be fetched; Stoa starts without them. Later: $STOA models pull"
step "Starting Stoa; Ctrl-C stops it"
exec "$STOA" serve "$@"
