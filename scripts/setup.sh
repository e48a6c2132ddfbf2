#!/usr/bin/env bash
# Installs what is missing and says what it does; does nothing when all is there.
#
#   scripts/setup.sh build    what `make build` and `make run` need: compilers, cmake, libclang, Node.js, Rust
#   scripts/setup.sh test     that, and what `make test` needs: PostgreSQL, also with pgvector, Redis, an S3 server, Chromium, cargo-nextest
#
# Debian packages come by apt-get when this runs as root or sudo works without a question; otherwise they are named.
# What is looked for is the program or library itself, so other systems only need to have it.
source "$(dirname "$0")/lib.sh"
source "$ROOT/scripts/node.sh"

WHAT="${1:-build}"
MISSING=() # Debian packages

# need PACKAGE COMMAND…: the package is missing when the command fails.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || MISSING+=("$package")
}

# Not libclang-cpp, which other packages bring along and bindgen can not use.
has_libclang() {
  [ -n "${LIBCLANG_PATH:-}" ] || ldconfig -p 2>/dev/null | grep -q 'libclang[-.0-9]*\.so' ||
    compgen -G '/usr/lib/llvm-*/lib/libclang.so*' || compgen -G '/usr/lib/llvm-*/lib/libclang-[0-9]*.so*'
}
has_venv() { python3 -c 'import sys, ensurepip, venv; assert sys.version_info >= (3, 11)'; }

look() {
  need g++ have c++
  need make have make
  need cmake have cmake
  need libclang-dev has_libclang
  need python3 have python3
  need python3-venv has_venv
  if ! node_is_new_enough; then
    need nodejs have node
    need npm have npm
  fi
  if [ "$WANT_TESTS" = yes ]; then
    need postgresql postgres_bin
    need redis-server have redis-server
    need redis-tools have redis-cli
    need chromium chromium_bin
  fi
}

# Debian starts the servers that it installs. The tests start their own, so a policy forbids it for this one command.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d made=no code=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $AS_ROOT tee "$policy" >/dev/null
    $AS_ROOT chmod 755 "$policy"
    made=yes
  fi
  $AS_ROOT env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$STATE/apt.log" 2>&1 || code=$?
  if [ "$made" = yes ]; then $AS_ROOT rm -f "$policy"; fi
  return $code
}

install_missing() {
  [ ${#MISSING[@]} -gt 0 ] || return 0
  local list="${MISSING[*]}"
  have apt-get || stop "These are missing: $list" "They are named as Debian names them; install them with your system's package manager, then run this again."
  if [ "$(id -u)" -eq 0 ]; then
    AS_ROOT=""
  elif have sudo && sudo -n true 2>/dev/null; then
    AS_ROOT="sudo"
  else
    stop "These Debian packages are missing: $list" "Run: sudo apt-get install $list"
  fi
  step "Installing Debian packages: $list"
  mkdir -p "$STATE"
  # Old lists make apt fail with 404, so they are refreshed once, and only when something is to be installed.
  $AS_ROOT apt-get update >"$STATE/apt.log" 2>&1 || note "apt-get update failed; trying with the lists that are there"
  install_quietly "${MISSING[@]}" || {
    tail -n 15 "$STATE/apt.log" >&2
    stop "apt-get could not install: $list" "The whole output is in $STATE/apt.log"
  }
  MISSING=()
  look
  [ ${#MISSING[@]} -eq 0 ] || stop "Still missing after the installation: ${MISSING[*]}" "The output of apt-get is in $STATE/apt.log"
}

check_rust() {
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml")
  have cargo && have rustc || stop "Rust is missing." "Install Rust $wanted or newer (https://rustup.rs), then run this again."
  found=$(rustc --version | awk '{print $2}')
  [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
    stop "Rust $found is too old: $wanted is needed." "With rustup: rustup update stable"
}

check_nextest() {
  cargo nextest --version >/dev/null 2>&1 && return 0
  step "Installing cargo-nextest, the test runner (a few minutes, once)"
  cargo install --locked cargo-nextest || stop "cargo-nextest could not be installed." "Install it by hand: cargo install --locked cargo-nextest"
}

case "$WHAT" in
  build) WANT_TESTS=no ;;
  test) WANT_TESTS=yes ;;
  *) stop "Usage: scripts/setup.sh build|test" ;;
esac
AS_ROOT=""
step "Looking for what has to be installed"
look
install_missing
check_rust
node_ready
if [ "$WANT_TESTS" = yes ]; then
  check_nextest
  "$ROOT/scripts/python.sh" >/dev/null
fi
