#!/usr/bin/env bash
# Preview the program into OUT/plan.json. The exit status is the one of the preview.
#
# ACCESS_STACK    the stack
# ACCESS_PROJECT  the folder of the program (default: the current folder)
# ACCESS_OUT      the folder for the files (default: access-review)
# ACCESS_LOCAL    true: without credentials, on a local IAM API (default: false)
# ACCESS_SEED     the objects of the local IAM API, with their ids
set -euo pipefail
# shellcheck source=ci/forge.sh
. "$(dirname "${BASH_SOURCE[0]}")/forge.sh"

# The program does not get the token for comments.
unset ACCESS_TOKEN
# One JSON document, not a stream of events.
unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW
: "${ACCESS_STACK:?the name of the stack}"
make_out
start_local_api

code=0
(cd "${ACCESS_PROJECT:-.}" &&
  pulumi preview --json --show-sames --non-interactive --stack "$ACCESS_STACK") \
  >"$out/plan.json" 2>"$out/log" || code=$?
show "$out/log"
if [ "$code" -ne 0 ]; then
  # Pulumi prints the errors into the JSON document.
  jq --raw-output '.diagnostics[]?.message' "$out/plan.json" >"$out/log" 2>/dev/null || cp "$out/plan.json" "$out/log"
  show "$out/log"
  printf 'error: the preview of stack %s failed\n' "$ACCESS_STACK" >&2
fi
exit "$code"
