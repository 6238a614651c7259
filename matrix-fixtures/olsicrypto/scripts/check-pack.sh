#!/usr/bin/env bash
# Fails when the package would ship anything but its sources: no tests, no keys, no configuration.
set -euo pipefail
cd "$(dirname "$0")/.."

unexpected=$(
  npm pack --dry-run --json --loglevel=error |
    node -e '
      const [pack] = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
      const ours = /^(package\.json|README\.md|src\/[a-z]+\.js)$/;
      for (const { path } of pack.files) if (!ours.test(path)) console.log(path);
    '
)

if [[ -n $unexpected ]]; then
  printf 'check-pack: would ship:\n%s\n' "$unexpected" >&2
  exit 1
fi
echo "check-pack: ok"
