#!/usr/bin/env bash
# Preview the program with the policy pack, and print the violations. The exit status is the one of the preview.
# With --json, a preview does not print violations, so this is a preview of its own.
#
# ACCESS_STACK          the stack
# ACCESS_PROJECT        the folder of the program (default: the current folder)
# ACCESS_OUT            the folder for the files (default: access-review)
# ACCESS_POLICY_CONFIG  the configuration of the policy pack (default: none)
# ACCESS_LOCAL          true: without credentials, on a local IAM API (default: false)
# ACCESS_SEED           the objects of the local IAM API, with their ids
set -euo pipefail
# shellcheck source=ci/forge.sh
. "$(dirname "${BASH_SOURCE[0]}")/forge.sh"

unset ACCESS_TOKEN
: "${ACCESS_STACK:?the name of the stack}"
make_out
start_local_api

pack=$(pulumi-scw-iam path policy-pack)
options=(--policy-pack "$pack")
[ -z "${ACCESS_POLICY_CONFIG-}" ] || options+=(--policy-pack-config "$(realpath "$ACCESS_POLICY_CONFIG")")
code=0
(cd "${ACCESS_PROJECT:-.}" &&
  pulumi preview --non-interactive --color never --stack "$ACCESS_STACK" "${options[@]}") \
  >"$out/log" 2>&1 || code=$?
show "$out/log"
[ "$code" -eq 0 ] || printf 'error: the preview of stack %s with the guardrails failed\n' "$ACCESS_STACK" >&2
exit "$code"
