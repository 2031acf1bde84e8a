#!/usr/bin/env bash
# Fetches the official browser client by npm and lays its files where the server looks for them.
# usage: deploy/fetch_client.sh DIRECTORY
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)/client
. "$(dirname "$0")/packages.sh"
[ $# -eq 1 ] || signaling_fail "usage: deploy/fetch_client.sh DIRECTORY"
target=$1

version=$(sed -n 's/.*"socket.io-client": "\(.*\)".*/\1/p' "$source/package.json")
if [ "$(cat "$target/VERSION" 2>/dev/null)" = "$version" ]; then
  echo "    socket.io-client $version is there"
  exit 0
fi
command -v npm >/dev/null || signaling_fail "no npm here: install the packages nodejs and npm"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$work/"
(cd "$work" && npm ci --no-progress --ignore-scripts </dev/null) ||
  signaling_fail "npm could not fetch socket.io-client $version: is the npm registry reachable?"
mkdir -p "$target"
cp "$work"/node_modules/socket.io-client/dist/*.js "$work"/node_modules/socket.io-client/dist/*.js.map "$target/"
echo "$version" >"$target/VERSION"
echo "    socket.io-client $version laid into $target"
