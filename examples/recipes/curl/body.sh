#!/bin/sh
# A session with curl, the refresh token in the body.
#
#   echo "$password" | ./body.sh login ada
#   ./body.sh call /users/me
#   ./body.sh logout
set -eu
api=${STRAPI_API:-http://localhost:1337/api}
dir=${SESSION_DIR:-$HOME/.strapi-session}

# Readable by nobody else.
umask 077
mkdir -p "$dir"
trap 'rm -f "$dir"/*.$$' EXIT

# An answer that got lost may have been carried out: the same request again.
insist() {
  curl -sS --max-time 2 --retry 2 --retry-delay 1 --retry-all-errors --retry-max-time 8 "$@"
}

field() { printf %s "$answer" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# Replaces a file whole: another run of this script may be reading it.
put() { cat > "$dir/$1.new.$$" && mv "$dir/$1.new.$$" "$dir/$1"; }

# Keeps the tokens of an answer. The refresh token first: whoever is cut off then still has it. Then the
# key of the old one may go.
keep() {
  jwt=$(field jwt)
  [ -n "$jwt" ] || { printf '%s\n' "$answer" >&2; return 1; }
  printf %s "$(field refreshToken)" | put token
  rm -f "$dir/key"
  printf 'Authorization: Bearer %s\n' "$jwt" | put header
}

login() {
  # The password from standard input: everybody on the machine can see arguments.
  IFS= read -r password
  answer=$(printf %s "$password" | curl -sS "$api/auth/local" -H 'x-strapi-refresh-cookie: none' \
    --data-urlencode "identifier=$1" --data-urlencode password@-)
  keep
}

# Runs take turns, so that one refresh is enough for a token.
take_turn() { exec 9> "$dir/lock" && flock 9; }

# The key of the refresh token, as a header. It is kept until the next token is: a run that finds it sends
# it again, even a day later, and the server gives the same successor again.
make_key() {
  [ -s "$dir/key" ] && return
  printf 'Idempotency-Key: %s\n' "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" | put key
}

refresh() {
  take_turn
  # Another run may have refreshed meanwhile.
  [ "$(cat "$dir/header")" = "$used" ] || return 0
  make_key
  answer=$(insist "$api/token/refresh" -H "@$dir/key" --data-urlencode "refreshToken@$dir/token")
  keep
}

logout() {
  take_turn
  insist "$api/auth/logout" --data-urlencode "refreshToken@$dir/token"
  rm -f "$dir/token" "$dir/key" "$dir/header"
}

# Prints the answer, and its status on a line of its own.
send() {
  path=$1
  shift
  curl -sS -w '\n%{http_code}\n' -H "@$dir/header" "$@" "$api$path"
}

call() {
  used=$(cat "$dir/header")
  answer=$(send "$@")
  case $answer in *401)
    refresh
    answer=$(send "$@")
    ;;
  esac
  printf '%s\n' "$answer"
}

"$@"
