#!/usr/bin/env bash
# Builds the bare program from the sources that the crate libuwebsockets-sys carries: epoll, no TLS, no compression.
#
# usage: build.sh CRATE OUTPUT
#   CRATE    folder of the crate, as `cargo metadata` names it
#   OUTPUT   the program; object files are kept beside it
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || { echo "usage: build.sh CRATE OUTPUT" >&2; exit 2; }
source=$1/uWebSockets output=$2
usockets=$source/uSockets/src
mkdir -p "$(dirname "$output")"
is_new=true
for file in server.cpp build.sh Cargo.toml; do [ "$output" -nt "$here/$file" ] || is_new=false; done
! $is_new || exit 0

flags=(-O3 -flto=auto -DNDEBUG -DLIBUS_NO_SSL -DLIBUS_USE_EPOLL -DUWS_NO_ZLIB -I"$usockets" -w)
objects=()
for file in context.c socket.c loop.c bsd.c udp.c eventing/epoll_kqueue.c; do
  object=$output.$(basename "$file" .c).o
  ${CC:-cc} "${flags[@]}" -std=c11 -D_GNU_SOURCE -c "$usockets/$file" -o "$object"
  objects+=("$object")
done
${CXX:-c++} "${flags[@]}" -std=c++20 -I"$source/src" "$here/server.cpp" "${objects[@]}" -o "$output.new"
mv -f "$output.new" "$output"
