# Distribution packages, one list for each purpose. Sourced by deploy/quickstart.sh and tests/run.sh, and printed for a
# Dockerfile by:  bash deploy/packages.sh build|run|tests
# Known to be right on Debian 12 and 13 and Ubuntu 24.04; elsewhere the unversioned names are tried.

# Prints the words that follow "libboost" in this release's package names. Debian 12's default is Boost 1.74, which lacks
# Boost.URL, so its newer one is named; the others' default will do.
signaling_boost_version() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  case "$codename" in
    bookworm) echo 1.81 ;;
    trixie | noble) echo 1.83 ;;
    *) echo "" ;;
  esac
}

# What compiling needs.
signaling_packages_build() {
  local boost
  boost=$(signaling_boost_version)
  local suffix="${boost}-dev"
  [ -n "$boost" ] || suffix="-dev"
  echo g++ cmake ninja-build pkg-config ccache \
    "libboost${suffix}" "libboost-json${suffix}" "libboost-url${suffix}" "libboost-program-options${suffix}" \
    libssl-dev zlib1g-dev libspdlog-dev libtomlplusplus-dev libcereal-dev libsimdjson-dev prometheus-cpp-dev libhiredis-dev liburing-dev libnats-dev libgtest-dev
}

# What a built server needs to run, where nothing is compiled (containers).
signaling_packages_run() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  case "$codename" in
    bookworm)
      echo libboost-json1.81.0 libboost-url1.81.0 libboost-program-options1.81.0 libssl3 zlib1g libspdlog1.10 libtomlplusplus3 libsimdjson14 \
        libprometheus-cpp-core1.0 libhiredis0.14 liburing2 libnats3.4
      ;;
    trixie)
      echo libboost-json1.83.0 libboost-url1.83.0 libboost-program-options1.83.0 libssl3t64 zlib1g libspdlog1.15 libtomlplusplus3t64 libsimdjson25 \
        libprometheus-cpp-core1.0 libhiredis1.1.0 liburing2 libnats3.10
      ;;
    noble)
      echo libboost-json1.83.0 libboost-url1.83.0 libboost-program-options1.83.0 libssl3t64 zlib1g libspdlog1.12 libtomlplusplus3t64 libsimdjson19 \
        libprometheus-cpp-core1.0 libhiredis1.1.0 liburing2 libnats3.7t64
      ;;
    *) echo "packages.sh: no list of run-time packages for this release" >&2 && return 1 ;;
  esac
}

# What the tests need beyond that; the second compiler builds a plugin for a server that the first one built. Node.js and npm
# are named only where there is no Node.js yet: other builds of it (newer releases in a package of their own) clash with the
# distribution's.
signaling_packages_tests() {
  echo libgtest-dev libgmock-dev clang libclang-rt-dev python3-venv openssl procps redis-server nats-server haproxy chromium libnss3-tools fonts-dejavu-core systemd prometheus valgrind binutils
  signaling_packages_node
}

signaling_packages_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then echo nodejs npm; fi
}

# signaling_install PACKAGE…: installs those that are missing. Says so, and does nothing where all are there, so that a
# second run needs no network and no root.
signaling_install() {
  command -v dpkg-query >/dev/null ||
    signaling_fail "no dpkg here: this script installs packages on Debian 12, 13 and Ubuntu 24.04 only (see README.md, Building)"
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    echo "    all $# packages are installed"
    return
  fi
  echo "    installing: ${missing[*]}"
  command -v apt-get >/dev/null || signaling_fail "no apt-get here: install these packages by hand: ${missing[*]}"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || signaling_fail "not root and no sudo: run as root: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  local try
  for try in 1 2 3; do
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null && break
    [ "$try" -lt 3 ] || signaling_fail "apt-get update failed: are the package sources reachable?"
    sleep 5
  done
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 \
    "${missing[@]}" </dev/null || signaling_fail "apt-get install failed for: ${missing[*]}"
}

signaling_fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# Compilers at once: one per processor, and no more than memory carries (a Boost-heavy file takes about 1.5 GB).
signaling_jobs() {
  local by_memory
  by_memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  [ "$by_memory" -ge 1 ] || by_memory=1
  local processors
  processors=$(nproc)
  echo $((processors < by_memory ? processors : by_memory))
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  case "${1:-}" in
    build | run | tests) "signaling_packages_$1" | tr '\n' ' ' ;;
    *) signaling_fail "usage: bash deploy/packages.sh build|run|tests" ;;
  esac
fi
