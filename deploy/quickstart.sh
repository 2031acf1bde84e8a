#!/usr/bin/env bash
# From a bare Debian 12 or 13 or Ubuntu 24.04 to a running node: packages, release build, browser client, start.
# Safe to run again: what is there already is kept, and a node started with --detach is replaced.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

usage() {
  cat <<'USAGE'
usage: deploy/quickstart.sh [options]
  --detach        start the node in the background, return when it is ready
  --stop          stop the node that --detach started, and do nothing else
  --port N        listen on port N instead of 3000
  --admin-port N  serve health and metrics on port N instead of 9464
  --no-install    install no packages
  --help          this text
USAGE
}

port=3000
admin_port=9464
detach=false
install=true
stop=false
while [ $# -gt 0 ]; do
  case "$1" in
    --detach) detach=true ;;
    --stop) stop=true ;;
    --port | --admin-port)
      case "${2:-}" in
        '' | *[!0-9]*) signaling_fail "$1 wants a number" ;;
      esac
      [ "$2" -ge 1 ] && [ "$2" -le 65535 ] || signaling_fail "$1 wants a number from 1 to 65535"
      if [ "$1" = --port ]; then port=$2; else admin_port=$2; fi
      shift
      ;;
    --no-install) install=false ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      signaling_fail "unknown option $1"
      ;;
  esac
  shift
done

build=build/release
server=$build/bin/signaling-server
pid_file=$build/quickstart.pid
log_file=$build/quickstart.log

# Process number of the node that an earlier --detach started, or nothing. The executable is compared, since the number may
# belong to somebody else by now.
detached_node() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) || return 0
  case "$(readlink "/proc/$pid/exe" 2>/dev/null)" in
    "$PWD/$server" | "$PWD/$server (deleted)") echo "$pid" ;;
  esac
}

stop_detached_node() {
  local pid waited=0
  pid=$(detached_node)
  if [ -z "$pid" ]; then return 1; fi
  kill -TERM "$pid"
  while kill -0 "$pid" 2>/dev/null; do
    [ "$waited" -lt 300 ] || signaling_fail "process $pid has not ended 30 s after SIGTERM"
    waited=$((waited + 1))
    sleep 0.1
  done
  rm -f "$pid_file"
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# True once the health page answers 200.
healthy() {
  local status
  exec 3<>"/dev/tcp/127.0.0.1/$admin_port" || return 1
  printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  read -r -t 2 _ status _ <&3 || status=
  exec 3>&-
  [ "$status" = 200 ]
} 2>/dev/null

if $stop; then
  if stop_detached_node; then echo "stopped"; else echo "no node started by --detach is running"; fi
  exit 0
fi

step() { printf '\n[%s/5] %s\n' "$1" "$2"; }

step 1 "packages"
if $install; then
  signaling_install $(signaling_packages_build) $(signaling_packages_node)
else
  echo "    skipped (--no-install)"
fi

step 2 "configure"
for tool in cmake ninja npm; do
  command -v $tool >/dev/null || signaling_fail "no $tool here: run again without --no-install, or install $(signaling_packages_build) nodejs npm"
done
mkdir -p "$build"
# The tests are left to tests/run.sh, which turns them on: the cache variable of an earlier run of it is kept.
tests_option=()
[ -f "$build/CMakeCache.txt" ] || tests_option=(-DSIGNALING_BUILD_TESTS=OFF)
cmake --preset release "${tests_option[@]}" >"$build/configure.log" 2>&1 || {
  tail -n 20 "$build/configure.log" >&2
  signaling_fail "configuring failed (all of it: $build/configure.log)"
}
echo "    $build, $(signaling_jobs) compilers at once"

step 3 "build (several minutes the first time)"
cmake --build "$build" --parallel "$(signaling_jobs)" --target signaling_node || signaling_fail "the build failed, see above"

step 4 "browser client"
deploy/fetch_client.sh "$build/client"

step 5 "start"
if stop_detached_node; then echo "    stopped the node of an earlier run"; fi
for taken in "$port" "$admin_port"; do
  if port_taken "$taken"; then
    signaling_fail "port $taken is in use by another program: stop it, or choose with --port and --admin-port"
  fi
done
arguments=(--config config/memory.toml --set "listen.port=$port" --set "admin.port=$admin_port")
"$server" "${arguments[@]}" --check || signaling_fail "config/memory.toml was refused, see above"

if $detach; then
  nohup "$server" "${arguments[@]}" >"$log_file" 2>&1 </dev/null &
  pid=$!
  echo "$pid" >"$pid_file"
  how_to_stop="deploy/quickstart.sh --stop     (log: $log_file)"
else
  "$server" "${arguments[@]}" </dev/null &
  pid=$!
  trap 'kill -TERM "$pid" 2>/dev/null' TERM INT HUP
  how_to_stop="Ctrl-C"
fi

waited=0
until healthy; do
  if ! kill -0 "$pid" 2>/dev/null; then
    $detach && tail -n 20 "$log_file" >&2
    signaling_fail "the node ended while starting, see above"
  fi
  [ "$waited" -lt 150 ] || { kill "$pid"; signaling_fail "the node was not ready within 30 s"; }
  waited=$((waited + 1))
  sleep 0.2
done

cat <<READY

The node is up.
  page:    http://localhost:$port/
  health:  http://localhost:$admin_port/healthz
  metrics: http://localhost:$admin_port/metrics
  stop:    $how_to_stop

READY
if $detach; then exit 0; fi

# A signal ends the first wait early; the second one waits for the node's own end and takes its exit code.
code=0
wait "$pid" || code=$?
if kill -0 "$pid" 2>/dev/null; then
  code=0
  wait "$pid" || code=$?
fi
echo "The node has stopped (exit code $code)."
exit "$code"
