#!/usr/bin/env bash
# Installs what the tests need, builds, and runs all tests. Ends in ctest's own summary; exit code 0 only if all passed.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

usage() {
  cat <<'USAGE'
usage: tests/run.sh [options] [-- ctest options]
  (none)             thread sanitizer: unit, integration and cluster tests; address and undefined sanitizers: those, and the
                     plugin and conformance tests, both without the long ones; release: everything; meanwhile every fuzz target for
                     a minute of processor time (clang), in what the others leave of it
  --preset NAME      only this preset (release, debug, asan, tsan), all tests that make sense under it; fuzz: the fuzz targets alone
  --quick            release only, without the long tests (labels long and autobahn)
  --no-install       install no packages
  --help             this text
environment: SIGNALING_CMAKE_ARGS, further arguments for cmake (-DSIGNALING_WARNINGS_AS_ERRORS=ON)
             SIGNALING_FUZZ_SECONDS, of processor time for each fuzz target
             SIGNALING_DOCKER_SETUP, a command that makes Docker and the base images available; without it the tests in Docker
             run where an engine answers, and are told as not run elsewhere
USAGE
}

presets=(tsan asan release)
fuzz=true
quick=false
install=true
while [ $# -gt 0 ]; do
  case "$1" in
    --preset)
      case "${2:-}" in
        release | debug | asan | tsan)
          presets=("$2")
          fuzz=false
          ;;
        fuzz) presets=() ;;
        *) signaling_fail "--preset wants release, debug, asan, tsan or fuzz" ;;
      esac
      shift
      ;;
    --quick)
      quick=true
      presets=(release)
      fuzz=false
      ;;
    --no-install) install=false ;;
    --help | -h)
      usage
      exit 0
      ;;
    --)
      shift
      break
      ;;
    *)
      usage >&2
      signaling_fail "unknown option $1"
      ;;
  esac
  shift
done
ctest_arguments=("$@")

# Labels that run under each preset. The browser and the whole Autobahn list drive the same code as the rest, and a sanitizer
# makes them several times slower without showing more: they run against the release build.
labels_of() {
  case "$1" in
    asan) echo '^(unit|plugins|integration|conformance|cluster)$' ;;
    tsan) echo '^(unit|integration|cluster)$' ;;
    *) echo '.' ;;
  esac
}

started=$SECONDS
say() { printf '\n==> [%3d s] %s\n' $((SECONDS - started)) "$*"; }

# Objects of an earlier run are taken from the cache wherever the checkout lies this time.
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$PWD}" CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR:-1}"

say "packages"
if $install; then
  signaling_install $(signaling_packages_build) $(signaling_packages_tests)
else
  echo "    skipped (--no-install)"
fi
for tool in cmake ninja node npm python3 openssl redis-server nats-server; do
  command -v $tool >/dev/null || signaling_fail "no $tool here: run again without --no-install"
done
node_major=$(node -p 'process.versions.node.split(".")[0]')
[ "$node_major" -ge 18 ] || signaling_fail "Node.js 18 or newer is needed, found $(node --version)"

say "clients from the npm registry"
# npm ci lays everything anew; it is spared where the lock file is the one that was installed.
if ! cmp -s tests/package-lock.json tests/node_modules/.installed-lock.json; then
  (cd tests && npm ci --no-progress --ignore-scripts </dev/null) || signaling_fail "npm ci failed in tests/: is the npm registry reachable?"
  cp tests/package-lock.json tests/node_modules/.installed-lock.json
else
  echo "    tests/node_modules is up to date"
fi

say "Docker"
# The tests in Docker are long ones.
if [ -n "${SIGNALING_DOCKER_SETUP:-}" ] && ! $quick; then
  # Before configuring, which asks whether an engine answers.
  timeout 1200 bash -c "$SIGNALING_DOCKER_SETUP" </dev/null || echo "    SIGNALING_DOCKER_SETUP failed: $SIGNALING_DOCKER_SETUP" >&2
fi
in_docker=false
if docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
  echo "    an engine answers: the compose files are tested"
  in_docker=true
else
  echo "    no engine with compose answers: the tests labelled compose are not run"
fi

# Two tests at once on a machine that others use as well can be too slow for a wait. What failed is run again, alone, and told of
# at the end; where its first run says that it is a defect, it stays failed.
again() {
  local directory="build/$1/Testing"
  if ! python3 tests/support/failed_tests.py "$directory/Temporary/LastTest.log" >"$directory/failed.txt"; then return 1; fi
  say "$1: what failed, again and alone"
  ctest --test-dir "build/$1" --output-on-failure --rerun-failed </dev/null || return 1
  shaky+=("$1")
}

build() {
  local preset="$1"
  say "$preset: configure and build with $(signaling_jobs) compilers at once"
  cmake --preset "$preset" -DSIGNALING_BUILD_TESTS=ON ${SIGNALING_CMAKE_ARGS:-} >/tmp/signaling-configure.$$ 2>&1 || {
    tail -n 30 /tmp/signaling-configure.$$ >&2
    signaling_fail "configuring $preset failed"
  }
  rm -f /tmp/signaling-configure.$$
  cmake --build "build/$preset" --parallel "$(signaling_jobs)" || signaling_fail "building $preset failed"
}

failed=()
shaky=()

# Built and run with the lowest priority beside everything else: tests wait more than they compute.
fuzz_all() {
  cmake --preset fuzz -DSIGNALING_BUILD_TESTS=ON ${SIGNALING_CMAKE_ARGS:-} >build/fuzz.configure.log 2>&1 ||
    { tail -n 30 build/fuzz.configure.log && return 1; }
  cmake --build build/fuzz --parallel "$(signaling_jobs)" --target fuzz_targets >build/fuzz.build.log 2>&1 || { tail -n 60 build/fuzz.build.log && return 1; }
  exec node tests/fuzz/run.mjs --seconds "${SIGNALING_FUZZ_SECONDS:-60}" --jobs "$(nproc)"
}
fuzzer=
end_fuzzing() {
  [ -n "$fuzzer" ] || return 0
  say "fuzz targets, beside what is above"
  wait "$fuzzer" || failed+=(fuzz)
  fuzzer=
  cat build/fuzz.log
}
if $fuzz; then
  mkdir -p build
  (renice -n 19 "$BASHPID" >/dev/null && fuzz_all) >build/fuzz.log 2>&1 </dev/null &
  fuzzer=$!
  trap '[ -z "$fuzzer" ] || kill "$fuzzer" 2>/dev/null || true' EXIT
fi

for preset in "${presets[@]}"; do
  build "$preset"
  deploy/fetch_client.sh "build/$preset/client"

  labels=$(labels_of "$preset")
  exclude=()
  $quick && exclude=(-LE '^(long|autobahn)$')
  # Minutes of faults under load, many times slower here; shorter tests of the same faults have the label integration.
  case "$preset" in asan | tsan) exclude=(-LE '^long$') ;; esac
  # The same files, minutes long, once: over the compose files where that can be.
  if $in_docker && [ "$preset" = release ] && ! $quick; then exclude=(-LE '^processes$'); fi
  # Said before the last run, since its summary has to be the last thing in the output.
  [ "$preset" != "${presets[-1]}" ] || end_fuzzing
  [ ${#failed[@]} -eq 0 ] || say "failed so far: ${failed[*]} (see above)"
  say "$preset: tests ($labels)"
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error --parallel "$(nproc)" -L "$labels" "${exclude[@]}" \
    "${ctest_arguments[@]}" </dev/null || again "$preset" || failed+=("$preset")
done

end_fuzzing

# The end of the output may be all that is kept: it has to tell which tests failed and what they said.
for preset in "${failed[@]}" "${shaky[@]}"; do
  [ "$preset" != fuzz ] || continue  # told when it ended
  say "$preset: failed when they ran beside others"
  cat "build/$preset/Testing/failed.txt"
done
[ ${#shaky[@]} -eq 0 ] || echo "run.sh: passed at the second try, alone: see above, under ${shaky[*]}"
if [ ${#failed[@]} -gt 0 ]; then
  signaling_fail "tests failed under: ${failed[*]}"
fi
