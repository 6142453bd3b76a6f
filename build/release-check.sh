#!/usr/bin/env bash
# Whether this commit can be released: says everything that is wrong, and fails if anything is.
#
# Usage: build/release-check.sh [TAG]
set -uo pipefail
cd "${SLIPWAY_RELEASE_ROOT:-$(dirname "$0")/..}" || exit 1
tag=${1:-}
wrong=0
no() { printf 'no  %s\n' "$*"; wrong=1; }
yes() { printf 'ok  %s\n' "$*"; }

# --- one version everywhere ------------------------------------------------------------------------------------------
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version *= *"\(.*\)"/\1/p' Cargo.toml)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || no "Cargo.toml: '$version' is no semantic version"
same() {
  if [ "$2" = "$version" ]; then yes "$1 says $version"; else no "$1 says '$2', Cargo.toml '$version'"; fi
}
json() { sed -n "s/^  \"version\": *\"\\(.*\\)\".*/\\1/p" "$1" | head -n 1; }
same Cargo.lock "$(grep -A1 '^name = "slipway-api"$' Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p')"
chart() { sed -n "s/^$1: *\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" charts/slipway/Chart.yaml; }
same 'charts/slipway/Chart.yaml version' "$(chart version)"
same 'charts/slipway/Chart.yaml appVersion' "$(chart appVersion)"
same console/package.json "$(json console/package.json)"
same console/package-lock.json "$(json console/package-lock.json)"
same kind-testbed/compose.yaml "$(sed -n 's/.*SLIPWAY_VERSION:-\([^}]*\)}.*/\1/p' kind-testbed/compose.yaml | sort -u)"
[ -z "$tag" ] || same "the tag $tag" "${tag#v}"

# --- the changelog tells of it ---------------------------------------------------------------------------------------
if grep -q "^## \[${version//./\\.}\]" CHANGELOG.md; then yes "CHANGELOG.md tells of $version"; else no "CHANGELOG.md has no section [$version]"; fi
unreleased=$(sed -n '/^## \[Unreleased\]/,/^## \[[0-9]/p' CHANGELOG.md | grep -cv -e '^## ' -e '^$')
if [ "$unreleased" = 0 ]; then yes 'nothing is left under [Unreleased]'; else no "[Unreleased] still has $unreleased lines: move them below [$version]"; fi

# --- nothing that is not committed -----------------------------------------------------------------------------------
changed=$(git status --porcelain)
if [ -z "$changed" ]; then yes 'the tree is clean'; else no "the tree is not clean: $(head -n 1 <<<"$changed") …"; fi

# --- migrations: pairs, counted without a gap, and never changed once they were released ------------------------------
number=0
for up in migrations/*.up.sql; do
  number=$((number + 1))
  name=$(basename "$up" .up.sql)
  [ "${name%%_*}" = "$(printf '%04d' "$number")" ] || no "$up: number $(printf '%04d' "$number") was expected"
  [ -e "migrations/$name.down.sql" ] || no "$up has no .down.sql"
done
yes "$number migrations are counted"
last=$(git describe --tags --abbrev=0 --match 'v*' "${tag:-HEAD}^" 2>/dev/null || git describe --tags --abbrev=0 --match 'v*' --exclude "${tag:-v$version}" 2>/dev/null || true)
if [ -z "$last" ]; then
  yes 'no earlier release: no migration to keep'
else
  touched=$(git diff --name-only --diff-filter=DMRT "$last" HEAD -- 'migrations/*.sql')
  if [ -z "$touched" ]; then yes "no migration of $last was changed"; else no "changed since $last, where databases have them: $(tr '\n' ' ' <<<"$touched")"; fi
fi

[ "$wrong" = 0 ] && printf '\n%s can be released: git tag v%s && git push --tags\n' "$version" "$version"
exit "$wrong"
