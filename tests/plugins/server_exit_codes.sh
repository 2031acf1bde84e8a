#!/usr/bin/env bash
# server_exit_codes.sh SERVER PLUGIN_DIRECTORY: the real server with each broken plugin: message, exit code, `--check`,
# `required = false`, `--list-plugins`.
set -u
server=$1
plugins=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

cat > "$work/test.toml" <<TOML
[listen]
address = "127.0.0.1"
port = 0
workers = 1
[admin]
enabled = false
[engine]
serve_client = false
[plugins]
directories = ["$plugins"]
start_timeout = "2s"
stop_timeout = "2s"
TOML

fail() {
  echo "FAILED: $1"
  sed 's/^/    /' "$work/output"
  failures=$((failures + 1))
}

# expect CODE TEXT ARGUMENT…: the server ends with CODE and says TEXT. What does not end by itself gets SIGTERM.
expect() {
  local code=$1 text=$2
  shift 2
  timeout --preserve-status --signal TERM --kill-after 60 3 "$server" --config "$work/test.toml" "$@" > "$work/output" 2>&1
  local result=$?
  if [ "$result" != "$code" ]; then fail "exit code $result, expected $code: $*"; fi
  if ! grep -qF -- "$text" "$work/output"; then fail "not said: $text: $*"; fi
}
application() { echo "plugins.applications=[\"$1\"]"; }

expect 10 'not found, tried: ' --set "$(application no_such_plugin)"
expect 11 'exports no symbol "signaling_plugin_manifest"' --set "$(application no_manifest)"
expect 12 'undefined symbol: signaling_test_function_that_nobody_has' --set "$(application missing_symbol)"
expect 12 'liblost_library.so' --set "$(application missing_library)"
expect 13 'magic of the manifest' --set "$(application wrong_magic)"
expect 13 'size of the manifest' --set "$(application short_manifest)"
expect 14 'built for 0.9, this server has ' --set "$(application older_major)"
expect 14 'built for 2.0, this server has ' --set "$(application newer_major)"
expect 14 'built for 1.200, this server has ' --set "$(application newer_minor)"
expect 15 'toolchain, cpu: built for z80' --set "$(application other_toolchain)"
expect 16 'it calls itself "name_mismatch"' --set "$(application renamed)"
expect 16 'kind: it is "application"' --set 'plugins.adapter="null_application"'
expect 17 'unknown key, did you mean plugins.echo_application.delay?' --set "$(application echo_application)" \
  --set plugins.echo_application.delya=1s
expect 17 'plugins.validate_fails.url: has no host' --set "$(application validate_fails)"
expect 18 'no coffee left' --set "$(application create_throws)"
expect 18 'no std::exception' --set "$(application create_throws_number)"
expect 19 'url: connection refused; gave up after 3 attempts' --set "$(application start_fails)"
expect 19 'the moon is full' --set "$(application start_throws)"
expect 20 'start was not done within 2s' --set "$(application start_hangs)"
expect 21 'the schema in its manifest is wrong' --set "$(application bad_schema)"
expect 22 'cannot let go' --set "$(application stop_throws)"
expect 23 'stop was not done within 2s' --set "$(application stop_hangs)"

# Every broken plugin is told, not the first alone; --check says the same and ends with 1.
expect 14 'no coffee left' --set 'plugins.applications=["older_major","create_throws"]'
expect 1 'no coffee left' --check --set 'plugins.applications=["older_major","create_throws"]'
expect 1 'built for 0.9' --check --set 'plugins.applications=["older_major","create_throws"]'
# What would hang at start is no matter of --check.
expect 0 'well' --check --set "$(application start_hangs)"

# What works, works; also beside what is not required.
expect 0 'null_application started' --set "$(application null_application)"
expect 0 'going on without it' --set 'plugins.applications=["older_major","null_application"]' \
  --set plugins.older_major.required=false
expect 0 'clash_two started' --set 'plugins.applications=["clash_one","clash_two"]'

expect 0 'null_adapter' --list-plugins
expect 0 'plugin API version: built for 0.9' --list-plugins
expect 0 'no manifest file no_manifest.json' --list-plugins

if [ "$failures" != 0 ]; then
  echo "$failures expectations failed"
  exit 1
fi
echo "every plugin met its end as expected"
