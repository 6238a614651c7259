#!/bin/bash
# Asks our own server for /healthz. Bash can open a socket, so the image needs no curl.
set -euo pipefail

port=${PORT:-8080}
exec 3<> "/dev/tcp/127.0.0.1/$port"
printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3
read -r _ status _ <&3
[[ $status == 200 ]]
