#!/usr/bin/env bash
# Builds one of the programs that judge our files as the tools judge them which use them, once, and prints where it is.
#
# Usage: kind-testbed/checks/build.sh flux | compose | context | actionlint
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
name=${1:?usage: build.sh flux | compose | context | actionlint}
case $name in
  actionlint) package=github.com/rhysd/actionlint/cmd/actionlint ;;
  *) package=./$name ;;
esac
cache=${SLIPWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway}/checks
key=$({ cat "$here"/go.{mod,sum} "$here"/*/main.go "$0"; go version; } | sha256sum | cut -c1-16)
program="$cache/$name-$key"
if [ ! -x "$program" ]; then
  command -v go >/dev/null || { echo "error: Go is missing: it builds $name (https://go.dev/doc/install)" >&2; exit 1; }
  mkdir -p "$cache"
  log="$cache/build-$name.log"
  echo "==> building $name (log: $log)" >&2
  (cd "$here" && CGO_ENABLED=0 go build -mod=readonly -trimpath -ldflags '-s -w' -o "$program.partial-$$" "$package") >"$log" 2>&1 \
    || { tail -n 20 "$log" >&2; exit 1; }
  mv "$program.partial-$$" "$program"
fi
printf '%s\n' "$program"
