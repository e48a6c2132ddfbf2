# The steps that `make build`, `make test` and `make check` are made of, each once (sourced). A step is a function that
# ends with the code of the tool that it calls; run_steps announces them, measures them and stops at the first failure.
#
# Which packages a cargo command selects decides which features their dependencies get, so every release command here
# selects the same ones: otherwise the same crates, the C++ library of the local models among them, would be built twice.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/scripts/node.sh"
cd "$ROOT"

LOGS="$STATE/logs"
STOA="$ROOT/target/release/stoa"
RELEASE=(--release -p stoa -p local --features stoa/local-models)
PROFILE=default

# The runners write into a pipe, so they are told whether a person watches.
if [ -t 1 ]; then export CARGO_TERM_COLOR=always FORCE_COLOR=1; else export CARGO_TERM_COLOR=never NO_COLOR=1; fi
if [ "${CI:-}" = true ]; then
  # Nothing is built again after this run, so what makes a second build fast only costs time here.
  export CARGO_INCREMENTAL=0 CARGO_TERM_PROGRESS_WHEN=never NPM_CONFIG_UPDATE_NOTIFIER=false
  PROFILE=ci
fi

# counted NAME COMMAND…: a test runner; what it prints is also kept, for the summary.
COUNTED=()
counted() {
  local name=$1
  shift
  mkdir -p "$LOGS"
  COUNTED+=("$name")
  "$@" 2>&1 | tee "$LOGS/$name.log"
}

lock() { cargo fetch --locked; }
format() { cargo fmt --all --check; }

# Without cargo-deny the same lists are checked by a script; advisories need the tool and its database from the network.
licences() {
  if ! cargo deny --version >/dev/null 2>&1; then
    python3 scripts/licences.py
  elif cargo deny --log-level off fetch db >/dev/null 2>&1; then
    cargo deny --log-level error check
  else
    note "the advisory database cannot be reached: advisories are not checked"
    cargo deny --log-level error check licenses bans sources
  fi
}

# Not npm ci: it refuses a lock file that lacks the optional packages of other platforms, and a registry mirror that does
# not carry those makes npm write such files (npm/cli issue 9846). --no-save installs what the lock file says and leaves
# it alone; that it belongs to package.json is checked here.
web_packages() {
  local stamp=web/node_modules/.installed
  if cmp -s web/package-lock.json "$stamp"; then return 0; fi
  (
    cd web
    node -e '
      const { packages } = require("./package-lock.json"), wanted = require("./package.json");
      const text = (of) => JSON.stringify(Object.entries({ ...of.dependencies, ...of.devDependencies }).sort());
      process.exit(text(packages[""]) === text(wanted) ? 0 : 1);' ||
      stop "web/package-lock.json does not belong to web/package.json." "Run: cd web && npm install, and commit both."
    npm install --no-save --no-fund --no-audit --loglevel=error
  )
  cp web/package-lock.json "$stamp"
}
web_lint() { (cd web && npm run --silent lint); }
web_tests() { counted web_tests npm --prefix web test --silent; }

# The client is built again only when something that goes into it has changed.
web_build() {
  local stamp="$STATE/web-build" sum # not in web/dist, which goes into the binary
  sum=$(cd web && find . \( -name node_modules -o -name dist -o -name test-results -o -name e2e \) -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
  if [ -f web/dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ]; then
    note "web/dist is up to date"
    return 0
  fi
  (cd web && npm run --silent build)
  mkdir -p "$STATE"
  printf '%s\n' "$sum" >"$stamp"
}

web_size() { (cd web && npm run --silent size); }

lints() { cargo clippy --all-targets -- -D warnings; }
# The release build comes first: its build scripts and macros are used again here.
lints_local() { cargo clippy "${RELEASE[@]}" --all-targets --no-deps -- -D warnings; }
docs() { RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --no-deps --document-private-items --quiet; }

rust_sqlite() { counted rust_sqlite cargo nextest run --profile "$PROFILE"; }
rust_postgres() { TEST_DATABASE=postgres counted rust_postgres cargo nextest run --profile "$PROFILE"; }
doc_tests() { cargo test --doc --quiet; }
# No unit tests of the binary: they have run already, and each further program costs a link of everything.
rust_release() { counted rust_release cargo nextest run "${RELEASE[@]}" --lib --test it --profile "$PROFILE"; }

release_build() { cargo build --release -p stoa --features local-models; }

# Once a machine: half a gigabyte, checked by SHA-256 and kept in the default models folder.
models() { "$STOA" models pull "$@"; }

generated() { scripts/generate.sh --check; }
browser() { counted browser npm --prefix web run --silent e2e; }
clients() { counted clients "$("$ROOT/scripts/python.sh")" -m pytest tests/clients; }

# run_steps "STEP | what it does"…
TIMES=""
CURRENT=""
run_steps() {
  local entry started
  for entry in "$@"; do
    CURRENT=${entry%% |*}
    started=$SECONDS
    step "${entry#*| }"
    "$CURRENT"
    TIMES+=$(printf '%5d s  %s' $((SECONDS - started)) "${entry#*| }")$'\n'
  done
  CURRENT=""
}

# with_services: starts the test services now and stops them when the script ends, unless they ran before. Nothing that
# is exported here may begin with STOA_ but what the product knows: it refuses the rest.
STARTED_SERVICES=no
with_services() {
  step "Starting PostgreSQL, Redis and an S3 server on private ports"
  trap finish EXIT
  trap 'exit 130' INT TERM
  if ! scripts/services.sh status >/dev/null; then
    STARTED_SERVICES=yes
    scripts/services.sh start >/dev/null
  else
    note "they run already, and go on after this"
  fi
  eval "$(scripts/services.sh env)"
  # The tests use data folders of their own; the models, half a gigabyte, are those of the default one.
  export STOA_MODELS_DIR="${STOA_MODELS_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/stoa/models}"
}

finish() {
  local code=$?
  if [ "$STARTED_SERVICES" = yes ]; then scripts/services.sh stop || true; fi
  if [ $code -ne 0 ] && [ -n "$CURRENT" ]; then printf '\nFailed at step "%s".\n' "$CURRENT" >&2; fi
  exit $code
}

# What took how long, and every runner's own last line once more.
summary() {
  step "All passed in $((SECONDS / 60)) min $((SECONDS % 60)) s"
  printf '%s\n' "$TIMES"
  python3 scripts/summary.py "${COUNTED[@]/#/$LOGS/}"
}
