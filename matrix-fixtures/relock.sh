#!/usr/bin/env bash
# Keeps together what is said twice in this folder. Run it after a change to olsicrypto, api or token-service.
#  - token-service/package-lock.json holds the checksum of the package that olsicrypto makes. That package is in no
#    public registry, so npm cannot look it up here.
#  - olsitrack2/ is the monorepo shape of api and token-service: the same files, without their own workflows.
# Usage: matrix-fixtures/relock.sh [--check]   (--check changes nothing and exits 1 when something is out of step)
set -euo pipefail
cd "$(dirname "$0")"

mode=${1:-}
if [[ -n $mode && $mode != --check ]]; then
  echo "usage: matrix-fixtures/relock.sh [--check]" >&2
  exit 2
fi
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

out_of_step() {
  echo "relock: out of step as shown above, run matrix-fixtures/relock.sh" >&2
  exit 1
}

# Only what git would keep: no node_modules, no build results.
copy() {
  (cd "$1" && git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --create) |
    tar --extract --directory="$2"
}

mkdir -p "$stage/olsicrypto" "$stage/token-service" "$stage/olsitrack2/api" "$stage/olsitrack2/services/token-service"
copy token-service "$stage/token-service"
copy olsicrypto "$stage/olsicrypto"
chmod -R u=rwX,go=rX "$stage/olsicrypto"  # file modes are part of the checksum, and a checkout's umask is not ours
(cd "$stage/olsicrypto" && npm pack --dry-run --json --loglevel=error) > "$stage/pack.json"
node - "$stage" << 'JS'
const { readFileSync, writeFileSync } = require("node:fs");
const [stage] = process.argv.slice(2);
const [{ name, version, integrity }] = JSON.parse(readFileSync(`${stage}/pack.json`, "utf8"));
const file = `${stage}/token-service/package-lock.json`;
const lock = JSON.parse(readFileSync(file, "utf8"));
Object.assign(lock.packages[`node_modules/${name}`], { version, integrity });
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
JS
copy api "$stage/olsitrack2/api"
cp -R "$stage/token-service/." "$stage/olsitrack2/services/token-service"
rm -r "$stage/olsitrack2/api/.forgejo" "$stage/olsitrack2/services/token-service/.forgejo"

if [[ $mode == --check ]]; then
  mkdir -p "$stage/now/olsitrack2"
  copy olsitrack2 "$stage/now/olsitrack2"
  for same in api services; do
    diff -r "$stage/now/olsitrack2/$same" "$stage/olsitrack2/$same" || out_of_step
  done
  diff token-service/package-lock.json "$stage/token-service/package-lock.json" || out_of_step
  echo "relock: everything is in step"
else
  cp "$stage/token-service/package-lock.json" token-service/
  rm -rf olsitrack2/api olsitrack2/services
  cp -R "$stage/olsitrack2/." olsitrack2/
  echo "relock: written"
fi
