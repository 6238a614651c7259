#!/usr/bin/env bash
# Puts a new signing key in front of TOKEN_KEYS in .env, and keeps the one before it for the tokens still out.
# Usage: scripts/rotate-keys.sh [FILE]
set -euo pipefail

file=${1:-.env}
umask 077
touch "$file"

current=$(sed -n 's/^TOKEN_KEYS=//p' "$file" | cut -d, -f1)
key=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
keys="$(date -u +%Y%m%dT%H%M%S):$key${current:+,$current}"

new=$(mktemp "$file.XXXXXX")
grep -v '^TOKEN_KEYS=' "$file" > "$new" || true
printf 'TOKEN_KEYS=%s\n' "$keys" >> "$new"
mv "$new" "$file"
echo "rotate-keys: $file has a new first key, restart the service to use it"
