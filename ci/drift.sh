#!/usr/bin/env bash
# Look for changes outside of the program with `pulumi refresh --preview-only`, which changes nothing.
# With a token, open, update or close an issue. Without a token, exit with 3 on drift.
# Exit status: 0 success; 3 drift without a token; 1 failed.
#
# ACCESS_STACK    the stack
# ACCESS_PROJECT  the folder of the program (default: the current folder)
# ACCESS_TOKEN    the token for the issue (default: none)
# ACCESS_AUTHOR   GitHub: the user of the token (default: github-actions[bot])
# ACCESS_OUT      the folder for the files (default: access-review)
set -euo pipefail
# shellcheck source=ci/forge.sh
. "$(dirname "${BASH_SOURCE[0]}")/forge.sh"

token=${ACCESS_TOKEN-}
unset ACCESS_TOKEN
: "${ACCESS_STACK:?the name of the stack}"
make_out

refresh() { # OPTION ...
  (cd "${ACCESS_PROJECT:-.}" &&
    pulumi refresh --preview-only --non-interactive --color never --stack "$ACCESS_STACK" "$@")
}

# Print the lines about changed resources, as text that ends no code block, and short enough for an issue.
changed() {
  tr -d '\000-\010\013-\037\177' <"$out/log" | tr '`' "'" |
    sed -E '/^(@|Previewing)/d; /(refreshing|running) *$/d; /pulumi:pulumi:Stack [^ ]+ *$/d; /^ *$/d' |
    jq --raw-input --slurp --raw-output '.[:50000]'
}

if ! refresh --json >"$out/drift.json" 2>"$out/log"; then
  jq --raw-output '.diagnostics[]?.message' "$out/drift.json" >>"$out/log" 2>/dev/null || true
  show "$out/log"
  fail "the refresh of stack $ACCESS_STACK failed"
fi
count=$(jq '[.changeSummary | to_entries[] | select(.key != "same").value] | add // 0' "$out/drift.json")
key=$(printf '%s' "$ACCESS_STACK" | tr -cs 'A-Za-z0-9_./' '-')
issue=$out/drift.md
printf '<!-- pulumi-scw-iam drift: %s -->\n' "$key" >"$issue"
title=
if [ "$count" -gt 0 ]; then
  title="Drift of stack $ACCESS_STACK"
  # Names of resources and of properties, without values.
  refresh >"$out/log" 2>&1 || fail "the refresh of stack $ACCESS_STACK failed"
  show "$out/log"
  {
    # shellcheck disable=SC2016
    printf 'Resources that differ from the state of the stack: %s. `pulumi refresh --preview-only --diff` shows the values.\n' "$count"
    # shellcheck disable=SC2016
    printf '\n```text\n%s\n```\n' "$(changed)"
  } >>"$issue"
fi
if [ -z "$token" ]; then
  printf 'resources of stack %s that differ from the state: %s\n' "$ACCESS_STACK" "$count"
  [ "$count" -eq 0 ] || exit 3
  exit 0
fi
ACCESS_TOKEN=$token open_forge
with_retries put_issue "$title" "$issue" || fail "$reason"
