#!/usr/bin/env bash
# Makes the Python environment and the Go program with the real clients, once, and prints the folder and the program.
#
# Usage: kind-testbed/pve/clients/install.sh
# Each is keyed by its lock files and the interpreter or compiler, built under another name and moved: a stale or half one
# is never used.
# The collection community.proxmox is published inside the package `ansible` only; of that big archive just the
# collection is unpacked.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${SLIPWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway}/pve-clients
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || die "Python 3.11 or newer is missing (Debian: python3)"
python3 -c 'import venv, ensurepip' 2>/dev/null || die "Python's venv is missing (Debian: python3-venv)"

key=$({ cat "$here/requirements.lock" "$here/collection.lock" "$0"; python3 -c 'import sys; print(sys.version, sys.prefix)'; } | sha256sum | cut -c1-16)
ready="$cache/$key"
if [ ! -e "$ready/bin/ansible-playbook" ]; then
  mkdir -p "$cache"
  partial=$(mktemp -d "$cache/.partial-XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  log="$cache/install.log"
  echo "==> installing the real Proxmox clients (log: $log)" >&2
  {
    python3 -m venv "$partial/env"
    "$partial/env/bin/pip" --disable-pip-version-check install --require-hashes --only-binary :all: -r "$here/requirements.lock"
    "$partial/env/bin/pip" --disable-pip-version-check download --no-deps --require-hashes --only-binary :all: \
      -d "$partial/download" -r "$here/collection.lock"
    "$partial/env/bin/python" "$here/unpack.py" "$partial/download" "$partial/env/collections"
  } >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "installing the clients failed"; }
  # Scripts of an environment name its folder in their first line; those called here are called through the interpreter.
  rm -rf "$partial/download"
  mv -T "$partial/env" "$ready" 2>/dev/null || [ -e "$ready/bin/ansible-playbook" ] || die "cannot move the environment to $ready"
fi

# --- The Go program, from the Go module proxy --------------------------------------------------------------------
command -v go >/dev/null || die "Go is missing: it builds the client go-proxmox (https://go.dev/doc/install)"
key=$({ cat "$here"/go-proxmox/go.{mod,sum} "$here"/go-proxmox/*.go "$0"; go version; } | sha256sum | cut -c1-16)
program="$cache/go-proxmox-$key"
if [ ! -x "$program" ]; then
  mkdir -p "$cache"
  log="$cache/install-go.log"
  echo "==> building the real client go-proxmox (log: $log)" >&2
  (cd "$here/go-proxmox" && CGO_ENABLED=0 go build -mod=readonly -trimpath -o "$program.partial-$$" .) >"$log" 2>&1 \
    || { tail -n 20 "$log" >&2; die "building go-proxmox failed"; }
  mv "$program.partial-$$" "$program"
fi
printf '%s\n' "$ready" "$program"
