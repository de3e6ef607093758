#!/usr/bin/env bash
# Compare the access before and after a plan, and comment on the pull request or merge request.
# Exit status: 0 success; 3 the changes exceed ACCESS_FAIL_ON; 1 failed.
#
# ACCESS_PLAN     the plan (default: OUT/plan.json)
# ACCESS_BEFORE   the source to compare with: live, a snapshot, a state, or a plan (default: the plan, before)
# ACCESS_FAIL_ON  broadening, escalation or any (default: none)
# ACCESS_TITLE    the title of the comment; a comment for each title (default: ACCESS_STACK)
# ACCESS_COMMENT  false: no comment, only OUT/comment.md and the summary of the job (default: true)
# ACCESS_TOKEN    the token for the comment
# ACCESS_AUTHOR   GitHub: the user of the token (default: github-actions[bot])
# ACCESS_OUT      the folder for the files (default: access-review)
set -euo pipefail
# shellcheck source=ci/forge.sh
. "$(dirname "${BASH_SOURCE[0]}")/forge.sh"

token=${ACCESS_TOKEN-}
unset ACCESS_TOKEN
make_out
plan=${ACCESS_PLAN:-$out/plan.json}
title=${ACCESS_TITLE:-${ACCESS_STACK-}}
comment=$out/comment.md

# Write the comment. Return the exit status of the comparison.
compare() {
  local -a sources=("$plan")
  local option code=0 run
  [ -z "${ACCESS_BEFORE-}" ] || sources=("$ACCESS_BEFORE" "$plan")
  for option in "${sources[@]}"; do
    [ ! -L "$option" ] || fail "$option is a link"
  done
  local -a options=(--format markdown --title="$title")
  [ -z "${ACCESS_FAIL_ON-}" ] || options+=(--fail-on "$ACCESS_FAIL_ON")
  pulumi-scw-iam access diff "${options[@]}" "${sources[@]}" >"$comment" 2>"$out/log" || code=$?
  show "$out/log"
  if [ ! -s "$comment" ]; then
    # A comment of an earlier commit must not stay. An empty plan has the same first line.
    run=${GITHUB_RUN_ID:+$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID}
    run=${run:-${CI_JOB_URL-}}
    {
      printf '{"steps": []}' | pulumi-scw-iam access diff --format markdown --title="$title" - | sed -n 1p
      printf '### Access: the comparison failed\n\nThe log has the reason: %s\n' "${run:-see the job}"
    } >"$comment"
  fi
  [ -z "${GITHUB_STEP_SUMMARY-}" ] || cat "$comment" >>"$GITHUB_STEP_SUMMARY"
  return "$code"
}

# shellcheck disable=SC2329 # with_retries runs it
# Set the number of the pull request or merge request; empty if there is none to comment on.
find_number() {
  local event=${GITHUB_EVENT_PATH-} head
  number=
  if [ "$forge" = gitlab ]; then
    number=${CI_MERGE_REQUEST_IID-}
    [ -n "$number" ] || reason='the pipeline has no merge request'
    return 0
  fi
  number=$(jq --raw-output '.pull_request.number // empty' "$event")
  [ -z "$number" ] || return 0
  # The run of a fork: the head of an open pull request, and no file of the fork, has the number.
  head=$(jq --raw-output 'select(.workflow_run.event == "pull_request") | .workflow_run
    | .head_repository.owner.login + ":" + .head_branch | @uri' "$event")
  reason='the event has no pull request'
  [ -n "$head" ] || return 0
  # shellcheck disable=SC2016 # jq has variables too
  find_first "$place/pulls?state=open&head=$head" '.[] | select(.head.sha == $text) | .number' \
    "$(jq --raw-output .workflow_run.head_sha "$event")" || return
  number=$found
  reason='no open pull request has the commit of the run'
}

is_fork() {
  [ -n "${GITHUB_ACTIONS-}" ] &&
    jq --exit-status '.pull_request and .pull_request.head.repo.full_name != .repository.full_name' \
      "$GITHUB_EVENT_PATH" >/dev/null
}

code=0
compare || code=$?
if [ "${ACCESS_COMMENT:-true}" != true ]; then
  printf 'no comment, as ACCESS_COMMENT says\n'
elif is_fork; then
  printf 'no comment: a run of a fork has no token for it; the summary of the run has the text\n'
else
  ACCESS_TOKEN=$token open_forge
  with_retries find_number || fail "$reason"
  if [ -n "$number" ]; then
    with_retries put_comment "$number" "$comment" || fail "$reason"
  else
    printf 'no comment: %s\n' "$reason"
  fi
fi
[ "$code" -ne 3 ] || printf 'error: the changes exceed %s\n' "$ACCESS_FAIL_ON" >&2
exit "$code"
