#!/bin/sh
# A session with curl. The refresh token is in the body.
#
#   echo "$password" | ./body.sh login ada
#   ./body.sh call /users/me
#   ./body.sh logout
set -eu
api=${STRAPI_API:-http://localhost:1337/api}
dir=${SESSION_DIR:-$HOME/.strapi-session}

# Only the owner can read the files.
umask 077
mkdir -p "$dir"
trap 'rm -f "$dir"/*.$$' EXIT

# Repeats a request that fails or gets no response: the server may have handled it nevertheless.
curl_with_retries() {
  curl -sS --max-time 2 --retry 2 --retry-delay 1 --retry-all-errors --retry-max-time 8 "$@"
}

field() { printf %s "$response" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# Replaces a file atomically, since another run of this script may be reading it.
replace_file() { cat > "$dir/$1.new.$$" && mv "$dir/$1.new.$$" "$dir/$1"; }

# Stores the tokens of the response. The refresh token comes first: if the script is killed, it is not lost.
# Only then the key of the old token may be deleted.
save_tokens() {
  jwt=$(field jwt)
  [ -n "$jwt" ] || { printf '%s\n' "$response" >&2; return 1; }
  printf %s "$(field refreshToken)" | replace_file token
  rm -f "$dir/key"
  printf 'Authorization: Bearer %s\n' "$jwt" | replace_file header
}

login() {
  # The password comes from standard input, since other users of the machine can see arguments.
  IFS= read -r password
  response=$(printf %s "$password" | curl -sS "$api/auth/local" -H 'x-strapi-refresh-cookie: none' \
    --data-urlencode "identifier=$1" --data-urlencode password@-)
  save_tokens
}

# Waits until no other run refreshes, so that parallel runs share one refresh.
acquire_lock() { exec 9> "$dir/lock" && flock 9; }

# Creates the Idempotency-Key header of the refresh token, if it does not exist. It is stored until the next token
# is: a later run sends it again, even a day later, and the server returns the same successor again.
create_key() {
  [ -s "$dir/key" ] && return
  printf 'Idempotency-Key: %s\n' "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" | replace_file key
}

refresh() {
  acquire_lock
  # Another run may have refreshed in the meantime.
  [ "$(cat "$dir/header")" = "$used" ] || return 0
  create_key
  response=$(curl_with_retries "$api/token/refresh" -H "@$dir/key" \
    --data-urlencode "refreshToken@$dir/token")
  save_tokens
}

logout() {
  acquire_lock
  curl_with_retries "$api/auth/logout" --data-urlencode "refreshToken@$dir/token"
  rm -f "$dir/token" "$dir/key" "$dir/header"
}

# Prints the body, then the status on a separate line.
send() {
  path=$1
  shift
  curl -sS -w '\n%{http_code}\n' -H "@$dir/header" "$@" "$api$path"
}

call() {
  used=$(cat "$dir/header")
  response=$(send "$@")
  case $response in *401)
    refresh
    response=$(send "$@")
    ;;
  esac
  printf '%s\n' "$response"
}

"$@"
