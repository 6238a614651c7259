#!/bin/sh
# Puts a .gz beside each of the given files, for nginx's gzip_static.
# Usage: scripts/compress.sh FILE...
set -eu

for file in $@; do
  gzip --keep --best --force "$file"
done
