#!/usr/bin/env bash
# Prints the path of a Python that has what tests/requirements.txt names, and makes it first when it is missing. One
# virtual environment a list of requirements, in the cache folder that clones share.
source "$(dirname "$0")/lib.sh"

REQUIREMENTS="$ROOT/tests/requirements.txt"

have python3 || stop "Python 3.11 or newer is missing." "Run: scripts/setup.sh test"
key=$({ cat "$REQUIREMENTS"; python3 -c 'import sys; print(sys.version, sys.executable)'; } | sha256sum | cut -c1-12)
home="$CACHE/python-$key"
if [ ! -f "$home/complete" ]; then
  step "Installing the tests' Python packages into $home" >&2
  rm -rf "$home"
  python3 -m venv "$home" >&2 || stop "A virtual environment could not be made." "Debian: apt-get install python3-venv"
  "$home/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$REQUIREMENTS" >&2 ||
    stop "The packages in tests/requirements.txt could not be installed." "The lines above say which."
  touch "$home/complete"
fi
printf '%s\n' "$home/bin/python"
