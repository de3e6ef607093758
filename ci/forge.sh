# Comments and issues on GitHub and GitLab. A library: the other scripts of this folder source it.
# shellcheck shell=bash
# shellcheck disable=SC2016 # jq has variables too

# The token is only in the configuration that curl reads from stdin: in no argument, no file and no message.

fail() { # MESSAGE
  printf 'error: %s\n' "$1" >&2
  exit 1
}

# Print text with names of other people. GitHub must not take a line of it as a workflow command.
show() { # FILE
  [ -s "$1" ] || return 0
  local pause
  pause=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  [ -z "${GITHUB_ACTIONS-}" ] || printf '::stop-commands::%s\n' "$pause"
  tr -d '\000-\010\013-\037\177' <"$1"
  [ -z "${GITHUB_ACTIONS-}" ] || printf '\n::%s::\n' "$pause"
}

reason=

# Make the folder for the files, and set `out` to its path.
make_out() {
  out=${ACCESS_OUT:-access-review}
  (umask 077 && mkdir -p "$out")
}

# With ACCESS_LOCAL, start a local IAM API for the preview of a program without credentials. It has the objects of a
# seed file. The id of the organization is the same in each run, so that two plans can be compared.
start_local_api() {
  [ "${ACCESS_LOCAL:-false}" = true ] || return 0
  local -a options=(--organization-id "${SCW_DEFAULT_ORGANIZATION_ID:-11111111-1111-4111-8111-111111111111}")
  local key value try
  [ -z "${ACCESS_SEED-}" ] || options+=(--seed "$ACCESS_SEED")
  : >"$out/api.json"
  pulumi-scw-iam emulator "${options[@]}" >"$out/api.json" 2>"$out/api.log" &
  local_api=$!
  trap 'kill "$local_api" 2>/dev/null && wait "$local_api" || true' EXIT
  for ((try = 0; try < 600; try++)); do
    [ ! -s "$out/api.json" ] || break
    kill -0 "$local_api" 2>/dev/null || break
    sleep 0.1
  done
  if [ ! -s "$out/api.json" ]; then
    show "$out/api.log"
    fail 'the local IAM API did not start'
  fi
  for key in API_URL:url DEFAULT_ORGANIZATION_ID:organization_id DEFAULT_PROJECT_ID:project_id \
    ACCESS_KEY:access_key SECRET_KEY:secret_key; do
    value=$(jq --raw-output ".${key#*:}" "$out/api.json")
    export "SCW_${key%:*}=$value"
  done
}

# Set the address, the header with the token, and the author of our comments.
open_forge() {
  local tool
  for tool in curl jq; do
    command -v "$tool" >/dev/null || fail "$tool is not on PATH; install it in the image of the job"
  done
  case ${ACCESS_TOKEN-} in
    '') fail 'no token; set ACCESS_TOKEN to a token that may write comments' ;;
    *[!A-Za-z0-9_.=-]*) fail 'the token in ACCESS_TOKEN has a character that no token has' ;;
  esac
  forge_files=$(mktemp -d)
  trap 'rm -rf "$forge_files"' EXIT
  if [ -n "${GITHUB_ACTIONS-}" ]; then
    forge=github
    api=$GITHUB_API_URL
    place=/repos/$GITHUB_REPOSITORY
    header="Authorization: Bearer $ACCESS_TOKEN"
    author=${ACCESS_AUTHOR:-github-actions[bot]}
  elif [ -n "${GITLAB_CI-}" ]; then
    forge=gitlab
    api=$CI_API_V4_URL
    place=/projects/$CI_PROJECT_ID
    header="PRIVATE-TOKEN: $ACCESS_TOKEN"
  else
    fail 'neither GITHUB_ACTIONS nor GITLAB_CI is set; run this in a job of GitHub or GitLab'
  fi
  unset ACCESS_TOKEN
  [ "$forge" = github ] || with_retries find_author || fail "$reason"
}

find_author() {
  request GET /user || return
  author=$(jq --raw-output .username "$forge_files/response")
}

# Send one request. Return 0 after a success, 75 if another try may succeed, and 1 otherwise.
request() { # METHOD PATH [BODY-FILE]
  local -a options=(--silent --show-error --config - --request "$1" --connect-timeout 20 --max-time 60
    --dump-header "$forge_files/headers" --output "$forge_files/response" --write-out '%{http_code}')
  [ $# -lt 3 ] || options+=(--header 'Content-Type: application/json' --data-binary "@$3")
  : >"$forge_files/headers"
  : >"$forge_files/response"
  status=$(printf 'header = "%s"\n' "$header" | curl "${options[@]}" "$api$2" 2>"$forge_files/curl") || status=000
  delay=$(header_value retry-after)
  if [ -z "$delay" ] && [ "$(header_value x-ratelimit-remaining)" = 0 ]; then
    delay=$(($(header_value x-ratelimit-reset) - $(date +%s)))
  fi
  case $status in
    2??) return 0 ;;
    000) reason="$1 ${2%%\?*}: no response: $(tr '\n' ' ' <"$forge_files/curl")" ;;
    *) reason="$1 ${2%%\?*}: $(said) ($status)" ;;
  esac
  case $status in
    403) [ -n "$delay" ] || reason="$reason; the token may not do this" ;;
    401) reason="$reason; the token is not valid" ;;
  esac
  case $status in
    000 | 429 | 5??) return 75 ;;
    403) [ -z "$delay" ] || return 75 ;;
  esac
  return 1
}

header_value() { # NAME
  sed -n "s/^$1: *\([0-9]*\).*/\1/Ip" "$forge_files/headers" | tail -n 1
}

# Print the error message of a response, on one line.
said() {
  jq --raw-output '(.message // .error // "no message") | tostring | gsub("[[:cntrl:]]"; " ") | .[:200]' \
    "$forge_files/response" 2>/dev/null || printf 'no message'
}

# Run a function again after a failure that may pass. Each function looks first and writes then, so a second
# run never makes a second comment.
with_retries() { # FUNCTION [ARGUMENT ...]
  local try code
  for try in 0 1 2 3 4; do
    code=0
    "$@" || code=$?
    [ "$code" -eq 75 ] || return "$code"
    [ -n "$delay" ] || delay=$((${ACCESS_RETRY_SECONDS:-2} << try))
    if [ "$delay" -gt "${ACCESS_LONGEST_WAIT:-120}" ]; then
      reason="$reason; the rate limit ends in $delay s"
      return 1
    fi
    [ "$try" -eq 4 ] || sleep "$((delay > 0 ? delay : 0))"
  done
  reason="$reason; tried 5 times"
  return 1
}

# Set `found` to the first result of a jq filter on the pages of a list; empty without a result.
find_first() { # PATH FILTER TEXT
  local page
  for ((page = 1; page <= 100; page++)); do
    request GET "$1&per_page=100&page=$page" || return
    found=$(jq --raw-output --arg text "$3" --arg author "$author" \
      "def marked: (. // \"\" | split(\"\\n\")[0] // \"\" | rtrimstr(\"\\r\")) == \$text; [$2][0] // empty" \
      "$forge_files/response") || { reason="GET ${1%%\?*}: not a list"; return 1; }
    [ -z "$found" ] || return 0
    grep -qi '^link:.*rel="\?next"\?' "$forge_files/headers" || return 0
  done
  reason="GET ${1%%\?*}: more than 100 pages"
  return 1
}

# Create the comment on a pull request or merge request, or replace the text of our comment with the same first
# line. A comment of another author with this line is not ours.
put_comment() { # NUMBER FILE
  local comments one
  body_of "$2" body
  if [ "$forge" = github ]; then
    comments=$place/issues/$1/comments
    one=$place/issues/comments
    find_first "$comments?" '.[] | select(.user.login == $author and (.body | marked)) | .id' "$marker" || return
  else
    comments=$place/merge_requests/$1/notes
    one=$comments
    find_first "$comments?sort=asc" '.[] | select(.author.username == $author and (.body | marked)) | .id' "$marker" ||
      return
  fi
  if [ -n "$found" ]; then
    request "$([ "$forge" = github ] && echo PATCH || echo PUT)" "$one/$found" "$forge_files/body" || return
    printf 'updated comment %s\n' "$found"
  else
    request POST "$comments" "$forge_files/body" || return
    printf 'created comment %s\n' "$(jq .id "$forge_files/response")"
  fi
}

# Create or update our open issue with the first line of FILE. Without a title, close the issue.
put_issue() { # TITLE FILE
  local key number_key closing
  marker=$(head -n 1 "$2")
  if [ "$forge" = github ]; then
    key=body number_key=number closing='{state: "closed"}'
    find_first "$place/issues?state=open" \
      '.[] | select(.user.login == $author and (.body | marked)) | .number' "$marker" || return
  else
    key=description number_key=iid closing='{state_event: "close"}'
    find_first "$place/issues?state=opened&author_username=$author" \
      '.[] | select(.author.username == $author and (.description | marked)) | .iid' "$marker" || return
  fi
  body_of "$2" "$key" "$1"
  [ -n "$1" ] || jq --null-input "$closing" >"$forge_files/body"
  if [ -n "$found" ]; then
    request "$([ "$forge" = github ] && echo PATCH || echo PUT)" "$place/issues/$found" "$forge_files/body" || return
    printf '%s issue %s\n' "$([ -n "$1" ] && echo updated || echo closed)" "$found"
  elif [ -n "$1" ]; then
    request POST "$place/issues" "$forge_files/body" || return
    printf 'created issue %s\n' "$(jq ".$number_key" "$forge_files/response")"
  fi
}

# Write the body of a request, and set `marker` to the first line of the text.
body_of() { # FILE KEY [TITLE]
  marker=$(head -n 1 "$1")
  jq --null-input --rawfile text "$1" --arg title "${3-}" \
    "{\"$2\": \$text} + if \$title == \"\" then {} else {title: \$title} end" >"$forge_files/body"
}
