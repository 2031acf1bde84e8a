#!/usr/bin/env bash
# A certificate for this cluster, signed by an authority of its own; both are kept and reused. Run by the compose files' first
# service, and by hand. Safe to run again: what is good is kept, what ends within 30 days or lacks a name is made anew.
#
# usage: deploy/certificates.sh DIRECTORY [NAME…]
#   NAME                          host names and addresses beside localhost, 127.0.0.1 and ::1; also in SIGNALING_NAMES, with commas
#   SIGNALING_CERTIFICATE         PEM file, the chain with the server's own certificate first: taken instead of an own one
#   SIGNALING_CERTIFICATE_KEY     its key
#
# DIRECTORY gets: ca.crt (for clients to trust), ca.key (nobody but the owner), server.crt (chain) and server.key (for a server
# that does TLS itself), server.pem (both in one file, as HAProxy reads it). Keys are readable by the directory's group.
set -euo pipefail
set -f                 # a name may begin with "*."
umask 027
ca_days=3650
server_days=397      # the most that browsers accept
renew_seconds=$((30 * 86400))

fail() {
  echo "certificates.sh: $*" >&2
  exit 1
}

[ $# -ge 1 ] || fail "usage: certificates.sh DIRECTORY [NAME…]"
directory=$1
shift
command -v openssl >/dev/null || fail "no openssl here: install the package openssl"
mkdir -p "$directory"
[ -w "$directory" ] || fail "$directory cannot be written by $(id -un 2>/dev/null || id -u)"
work=$(mktemp -d "$directory/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT

# install_server CERTIFICATE KEY: each file appears whole, never half written.
install_server() {
  cat "$1" >"$work/server.crt"
  cat "$2" >"$work/server.key"
  # A newline between them: a file may end without one.
  { cat "$1"; echo; cat "$2"; } >"$work/server.pem"
  chmod 640 "$work/server.key" "$work/server.pem"
  chmod 644 "$work/server.crt"
  local file
  for file in server.crt server.key server.pem; do mv -f "$work/$file" "$directory/$file"; done
}

# --- a user's own -----------------------------------------------------------------------------------------------------------

# An empty file counts as none: the compose files name /dev/null where the variable is unset.
given=${SIGNALING_CERTIFICATE:-} given_key=${SIGNALING_CERTIFICATE_KEY:-}
[ -z "$given" ] || [ ! -e "$given" ] || [ -s "$given" ] || given=
[ -z "$given_key" ] || [ ! -e "$given_key" ] || [ -s "$given_key" ] || given_key=
if [ -n "$given$given_key" ]; then
  [ -n "$given" ] || fail "SIGNALING_CERTIFICATE_KEY is given without SIGNALING_CERTIFICATE"
  [ -n "$given_key" ] || fail "SIGNALING_CERTIFICATE is given without SIGNALING_CERTIFICATE_KEY"
  [ -r "$given" ] || fail "SIGNALING_CERTIFICATE: $given cannot be read"
  [ -r "$given_key" ] || fail "SIGNALING_CERTIFICATE_KEY: $given_key cannot be read"
  certificate_public=$(openssl x509 -in "$given" -pubkey -noout 2>/dev/null) ||
    fail "SIGNALING_CERTIFICATE: $given holds no PEM certificate"
  key_public=$(openssl pkey -in "$given_key" -passin pass: -pubout 2>/dev/null) ||
    fail "SIGNALING_CERTIFICATE_KEY: $given_key holds no PEM key without a pass phrase"
  [ "$certificate_public" = "$key_public" ] || fail "SIGNALING_CERTIFICATE_KEY is not the key of SIGNALING_CERTIFICATE"
  openssl x509 -in "$given" -noout -checkend 0 >/dev/null || fail "SIGNALING_CERTIFICATE: $given has expired"
  install_server "$given" "$given_key"
  echo "given" >"$directory/source"
  echo "the given certificate: $(openssl x509 -in "$given" -noout -subject -enddate | tr '\n' ' ')"
  exit 0
fi

# --- an own authority -------------------------------------------------------------------------------------------------------

is_good() { [ -s "$1" ] && openssl x509 -in "$1" -noout -checkend "$renew_seconds" >/dev/null 2>&1; }

if ! is_good "$directory/ca.crt" || [ ! -s "$directory/ca.key" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" -out "$work/ca.crt" \
    -days "$ca_days" -subj "/CN=Signaling cluster authority $(openssl rand -hex 4)" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null ||
    fail "openssl could not make an authority"
  chmod 600 "$work/ca.key"
  chmod 644 "$work/ca.crt"
  mv -f "$work/ca.key" "$directory/ca.key"
  mv -f "$work/ca.crt" "$directory/ca.crt"
  echo "a new authority: $directory/ca.crt"
fi

# --- and the server's certificate -------------------------------------------------------------------------------------------

alternatives=DNS:localhost,IP:127.0.0.1,IP:::1
for name in "$@" ${SIGNALING_NAMES:+${SIGNALING_NAMES//,/ }}; do
  case "$name" in
    *:*) entry="IP:$name" ;;
    *[!0-9.]*) entry="DNS:$name" ;;
    *) entry="IP:$name" ;;
  esac
  case "$name" in *[!A-Za-z0-9.:*_-]*) fail "\"$name\" is neither a host name nor an address" ;; esac
  alternatives+=",$entry"
done

# The names are kept beside the certificate: openssl prints them in other words than it takes them.
if [ "$(cat "$directory/source" 2>/dev/null)" = "$alternatives" ] && is_good "$directory/server.crt" &&
  [ -s "$directory/server.pem" ] && openssl verify -CAfile "$directory/ca.crt" "$directory/server.crt" >/dev/null 2>&1; then
  echo "the certificate of an earlier start: $(openssl x509 -in "$directory/server.crt" -noout -enddate)"
  exit 0
fi
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/own.key" -out "$work/own.csr" \
  -subj "/CN=localhost" 2>/dev/null || fail "openssl could not make a key"
printf '%s\n' "subjectAltName=$alternatives" "basicConstraints=critical,CA:FALSE" \
  "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth" >"$work/extensions"
openssl x509 -req -in "$work/own.csr" -CA "$directory/ca.crt" -CAkey "$directory/ca.key" -days "$server_days" \
  -set_serial "0x$(openssl rand -hex 16)" -extfile "$work/extensions" -out "$work/own.crt" 2>"$work/errors" ||
  fail "openssl could not sign for $alternatives: $(cat "$work/errors")"
install_server "$work/own.crt" "$work/own.key"
echo "$alternatives" >"$directory/source"
echo "a new certificate for $alternatives"
