#!/usr/bin/env bash
# Posts a position to a running api and reads it back.
# Usage: scripts/smoke.sh http://localhost:8080
set -euo pipefail

base=${1:?usage: scripts/smoke.sh BASE_ADDRESS}
boat="smoke-$$"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)

curl --fail --silent --show-error "$base/healthz" > /dev/null
curl --fail --silent --show-error --output /dev/null \
  --header 'content-type: application/json' \
  --data "{\"lat\": 48.38, \"lon\": -4.49, \"at\": \"$now\"}" \
  "$base/boats/$boat/position"

if ! curl --fail --silent --show-error "$base/boats/$boat/position" | grep -q '"lat":48.38'; then
  echo "smoke: $base did not give back what it was told" >&2
  exit 1
fi
echo "smoke: ok"
