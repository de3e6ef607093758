#!/usr/bin/env bash
# Preview, guardrails and comment, one after the other, for a job of GitLab. The scripts have the variables.
set -euo pipefail
folder=$(dirname "${BASH_SOURCE[0]}")
preview=0
guardrails=0
review=0
env -u ACCESS_TOKEN bash "$folder/preview.sh" || preview=$?
if [ "$preview" -eq 0 ] && [ "${ACCESS_GUARDRAILS:-true}" = true ]; then
  env -u ACCESS_TOKEN bash "$folder/guardrails.sh" || guardrails=$?
fi
# Also after a failed preview: the comment of an earlier commit must not stay.
bash "$folder/review.sh" || review=$?
[ "$preview" -eq 0 ] || exit "$preview"
[ "$guardrails" -eq 0 ] || exit "$guardrails"
exit "$review"
