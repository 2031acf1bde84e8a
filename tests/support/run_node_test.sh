#!/bin/sh
# Runs one file of tests on node's own runner, in this process: when ctest ends it for being late, everything ends.
set -eu
tests=$(cd "$(dirname "$0")/.." && pwd)
fail() {
  echo "cannot run $1: $2" >&2
  exit 1
}
command -v node >/dev/null || fail "$1" "no node here (package nodejs; tests/run.sh installs it)"
[ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 18')" = true ] || fail "$1" "Node.js 18 or newer is needed, found $(node --version)"
[ -d "$tests/node_modules/socket.io-client" ] || fail "$1" "the clients are not installed (npm ci in tests/; tests/run.sh does it)"
exec node --test-reporter=spec "$1"
