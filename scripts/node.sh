# Puts a Node.js that is new enough for the web tool chain on the PATH (sourced). Where the system's is older, as in
# Debian 12, the one that the npm registry carries is kept in the cache folder.

NODE_HOME="$CACHE/node-22"

node_is_new_enough() {
  have npm && have node && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

if [ -x "$NODE_HOME/node_modules/.bin/npm" ] && ! node_is_new_enough; then
  PATH="$NODE_HOME/node_modules/.bin:$PATH"
fi

# Called by setup.sh when npm is there: the system's Node.js is used when it is new enough.
node_ready() {
  if node_is_new_enough; then return 0; fi
  step "Installing Node.js 22 into $NODE_HOME (found: $(node --version 2>/dev/null || echo none), 20.19 or newer is needed)"
  mkdir -p "$NODE_HOME"
  npm install --silent --no-fund --no-audit --prefix "$NODE_HOME" node@22 npm@11 || true
  PATH="$NODE_HOME/node_modules/.bin:$PATH"
  hash -r
  node_is_new_enough || stop "Node.js 20.19 or newer is missing." "Install it from https://nodejs.org, then run this again."
}
