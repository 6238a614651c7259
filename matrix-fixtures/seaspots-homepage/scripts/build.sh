#!/bin/sh
# Copies site/ to a folder and fills in the version and the build id.
# Usage: [VERSION=1.2.3] scripts/build.sh OUT
set -eu

out=${1:?usage: scripts/build.sh OUT}
version=${VERSION:-0.0.0}
here=$(cd "$(dirname "$0")/.." && pwd)

case $version in
  *[!0-9A-Za-z.+-]*)
    echo "build: VERSION is no version: $version" >&2
    exit 2
    ;;
esac

# The build id changes when any file does, so browsers fetch new assets at once.
build=$(
  cd "$here/site"
  find . -type f | LC_ALL=C sort | while IFS= read -r file; do sha256sum "$file"; done |
    sha256sum | cut -c1-12
)

rm -rf "$out"
mkdir -p "$out"
cp -R "$here/site/." "$out/"
sed -e "s/@VERSION@/$version/g" -e "s/@BUILD@/$build/g" "$here/site/index.html" > "$out/index.html"
printf '%s %s\n' "$version" "$build" > "$out/version.txt"
echo "built $version ($build) into $out"
