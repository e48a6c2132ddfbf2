# Shared by every script here (sourced, never run): where things are, how a step is announced, how a script stops.
# A step prints one line before it starts; a stop prints what is wrong and what to do, and exits with 1.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# What a clone may throw away at any time: virtual environments, test results.
STATE="$ROOT/.stoa"
# What clones share: built test tools.
CACHE="${SCRIPTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stoa}"

step() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

# stop TEXT [WHAT TO DO]
stop() {
  printf '\nStopped: %s\n' "$1" >&2
  if [ $# -gt 1 ]; then printf '%s\n' "$2" >&2; fi
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# The directory with PostgreSQL's server programs; Debian keeps them off the PATH. Newest version first.
postgres_bin() {
  local dir
  for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5 -rn); do
    if [ -x "$dir/initdb" ]; then printf '%s\n' "$dir"; return 0; fi
  done
  if have initdb && have postgres; then dirname "$(command -v initdb)"; return 0; fi
  return 1
}

# The browser that the tests drive.
chromium_bin() {
  local name
  if [ -n "${CHROMIUM:-}" ]; then printf '%s\n' "$CHROMIUM"; return 0; fi
  for name in chromium chromium-browser google-chrome-stable google-chrome; do
    if have "$name"; then command -v "$name"; return 0; fi
  done
  return 1
}

# A port on the loopback address that nobody listens on. Below the ephemeral range, so that no outgoing connection takes
# it between this look and the start of the server; the caller still retries, because another start may.
free_port() {
  local port
  for _ in $(seq 1 200); do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then printf '%s\n' "$port"; return 0; fi
  done
  return 1
}

# Whether process $1 runs and its command line holds $2: a pid alone may have been given to somebody else since.
is_ours() {
  local pid=$1 mark=$2
  kill -0 "$pid" 2>/dev/null || return 1
  if [ -r "/proc/$pid/cmdline" ]; then
    tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$mark"
  else
    ps -o args= -p "$pid" 2>/dev/null | grep -qF -- "$mark"
  fi
}

# end_process PID MARK SIGNAL: asks, waits up to ten seconds, then insists. Nothing happens when the process is not ours.
end_process() {
  local pid=$1 mark=$2 signal=${3:-TERM}
  is_ours "$pid" "$mark" || return 0
  kill "-$signal" "$pid" 2>/dev/null || return 0
  for _ in $(seq 1 100); do
    is_ours "$pid" "$mark" || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}
