#!/usr/bin/env bash
# The release binary, target/release/stoa, with the web client and the local models' code inside.
source "$(dirname "$0")/steps.sh"

scripts/setup.sh build
source scripts/node.sh # setup may just have installed it
run_steps \
  "web_packages | Installing the web client's packages" \
  "web_build | Building the web client" \
  "release_build | Building target/release/stoa (the first time this takes some ten minutes)"
note "$(ls -lh "$STOA" | awk '{print $5}')  $STOA"
