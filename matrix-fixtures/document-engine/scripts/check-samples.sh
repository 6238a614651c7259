#!/usr/bin/env bash
# Renders each template with its sample data, so that no template is shipped that does not fit its data.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
for template in templates/*.md; do
  sample=${template%.md}.sample.yml
  if [[ ! -f $sample ]]; then
    echo "$template: no sample data, expected $sample" >&2
    failed=1
  elif bun src/cli.ts "$template" "$sample" > /dev/null; then
    echo "$template: ok"
  else
    failed=1
  fi
done
exit "$failed"
