#!/usr/bin/env bash
# Server and web client for development: scripts/dev.sh [ARGUMENTS] go to `stoa serve`. A changed Rust file or migration
# builds the server again and restarts it; a changed web file is in the browser at once (Vite). Data stays in .stoa/dev.
source "$(dirname "$0")/steps.sh"

ADDRESS="${DEV_LISTEN:-127.0.0.1:8000}"
WATCHED=(crates migrations Cargo.toml Cargo.lock)
SERVER=""
VITE=""

leave() {
  trap - EXIT INT TERM
  if [ -n "$SERVER" ]; then kill "$SERVER" 2>/dev/null || true; fi
  if [ -n "$VITE" ]; then kill "$VITE" 2>/dev/null || true; fi
  wait
}
trap leave EXIT
trap 'exit 130' INT TERM

stop_server() {
  if [ -z "$SERVER" ]; then return 0; fi
  kill "$SERVER" 2>/dev/null || true
  wait "$SERVER" || true
  SERVER=""
}

# The old server goes on while the new one is built; when that fails, it stays.
restart() {
  touch "$STATE/dev.stamp"
  cargo build -p stoa || return 0
  stop_server
  target/debug/stoa serve --mock --data "$STATE/dev" --listen "$ADDRESS" "$@" &
  SERVER=$!
}

scripts/setup.sh build
source scripts/node.sh # setup may just have installed it
mkdir -p "$STATE"
run_steps \
  "web_packages | Installing the web client's packages" \
  "web_build | Building the web client, which the server embeds"
step "Server on http://$ADDRESS, web client with reloading on the address that Vite prints; Ctrl-C stops both"
restart "$@"
(cd web && STOA_URL="http://$ADDRESS" exec node_modules/.bin/vite) &
VITE=$!
while kill -0 "$VITE" 2>/dev/null; do
  if [ -n "$(find "${WATCHED[@]}" -newer "$STATE/dev.stamp" -type f -print -quit)" ]; then
    step "A file has changed"
    restart "$@"
  fi
  sleep 1
done
