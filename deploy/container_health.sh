#!/bin/bash
# Exit code 0 where the node in this container answers 200 on its admin port. Bash alone: the image has no HTTP client.
# usage: container_health.sh [PATH [PORT]]       default: /healthz 9464
path=${1:-/healthz} port=${2:-9464}
exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$path" >&3
read -r -t 2 _ status _ <&3
[ "$status" = 200 ]
