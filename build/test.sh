#!/usr/bin/env bash
# Tests what ships Slipway, as far as it goes without Docker: scripts, Dockerfiles, compose, workflows, the images' root and bill
# of materials, and the release check. Part of `make test`; needs what kind-testbed/install.sh installs with WITH_CLIENTS=1.
#
# Usage: build/test.sh PROGRAMS      the folder with the built programs, as target/debug
set -euo pipefail
cd "$(dirname "$0")/.."
programs=$(cd "${1:?usage: test.sh PROGRAMS}" && pwd)
cache=${SLIPWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
say() { printf '==> %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
ok() { passed=$((passed + 1)); }
check() { kind-testbed/checks/build.sh "$1"; }

say 'scripts'
mapfile -t scripts < <(git ls-files -co --exclude-standard | while read -r file; do
  [ -f "$file" ] && head -n 1 "$file" | grep -q '^#!.*\bbash$' && echo "$file"; done)
shellcheck --severity=style --exclude=SC2016 "${scripts[@]}"; ok

say 'Dockerfiles'
# DL3008: Debian's own versions are kept. DL3059, DL3045: several RUNs and `/` as the folder are meant.
"$cache/hadolint/bin/hadolint" --ignore DL3008 --ignore DL3059 --ignore DL3045 build/Dockerfile kind-testbed/compose/whmcs/Dockerfile; ok
# What the final images are made of is copied from stages: a stage that only builds must not be one of them.
for image in api operator migrator; do
  sed -n "/ AS $image\$/,/^FROM/p" build/Dockerfile | grep -q 'FROM base AS' || die "$image does not stand on base"
done; ok
# Of the folders that are sent to the builder, every file that is known to Git but the descriptions is needed.
mapfile -t sent < <(sed -n 's/^!//p' build/Dockerfile.dockerignore)
git ls-files -- "${sent[@]}" | grep -v '/README\.md$' | "$(check context)" build/Dockerfile.dockerignore; ok

say 'compose and workflows'
"$(check compose)" kind-testbed/compose.yaml; ok
"$(check actionlint)" -shellcheck="$(command -v shellcheck)" .github/workflows/*.yml; ok
unpinned=$(grep -hE '^ *- uses: ' .github/workflows/*.yml | grep -vE '@[0-9a-f]{40} # v[0-9.]+$|\./' || true)
[ -z "$unpinned" ] || die "not pinned by commit: $unpinned"; ok
python3 - <<'PYTHON'
import re, sys
# GitLab's own check needs GitLab; this one knows that jobs have a script and stages exist.
text = open('.gitlab-ci.yml').read()
stages = re.search(r'^stages: \[(.*)\]', text, re.M).group(1).split(', ')
jobs = re.split(r'^(?=[a-z]+:\n)', text, flags=re.M)[1:]
assert len(jobs) == 2, [job.split(':')[0] for job in jobs]
for job in jobs:
    assert re.search(r'^  stage: (\w+)$', job, re.M).group(1) in stages and '\n  script:\n' in job, job
PYTHON
ok

say "the images' root"
build/rootfs.sh "$work/rootfs" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
[ ! -e "$work/rootfs/bin/sh" ] || die 'the root has a shell'
[ "$(grep -c 'BEGIN CERTIFICATE' "$work/rootfs/etc/ssl/certs/ca-certificates.crt")" -gt 100 ] || die 'certificates are missing'
mkdir -p "$work/rootfs/usr/bin"
for program in slipway-api slipway-operator slipway-migrate; do
  cp "$programs/$program" "$work/rootfs/usr/bin/"
  if [ "$(id -u)" = 0 ]; then enter=(chroot --userspec=65532:65532 "$work/rootfs"); else enter=(unshare --map-root-user chroot "$work/rootfs"); fi
  "${enter[@]}" "/usr/bin/$program" --version
  rm "$work/rootfs/usr/bin/$program"
done; ok

say 'bills of materials'
mkdir "$work/crates"
cargo tree --locked --offline -p slipway-migrate -e normal,no-proc-macro --prefix none --no-dedupe -f $'{p}\t{l}' 2>/dev/null |
  sed -E 's/ \(\*\)//; s/ \([^)]*\)//; s/ v/\t/' | sort -u >"$work/crates/slipway-migrate.tsv"
node build/sbom.mjs migrator "$work/crates" "$work/rootfs/usr/share/sbom/packages.tsv" console/package-lock.json >"$work/bom.json"
node -e '
  const bom = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
  const has = (start) => bom.components.some(({ purl }) => purl.startsWith(start));
  for (const start of ["pkg:cargo/tokio@", "pkg:cargo/sqlx@", "pkg:deb/debian/libc6@"]) if (!has(start)) throw new Error(`${start} is missing`);
  if (has("pkg:cargo/insta@") || has("pkg:npm/")) throw new Error("what only tests or shows is listed");
  if (bom.components.some(({ purl, version }) => !version || /[\t ]/.test(purl))) throw new Error("a component is malformed");
  console.log(`${bom.components.length} components`);
' "$work/bom.json"; ok

say 'the release check'
clone=$work/clone
git clone -q . "$clone" 2>/dev/null
# What is not committed yet counts too, but for what a release would refuse anyway.
git ls-files -co --exclude-standard | while read -r file; do [ ! -f "$file" ] || echo "$file"; done | xargs -d '\n' cp --parents -t "$clone"
in_clone() { git -C "$clone" -c user.name=test -c user.email=test@example.org "$@"; }
in_clone add -A && in_clone commit -qm 'As it stands' --allow-empty
release_check() { SLIPWAY_RELEASE_ROOT=$clone build/release-check.sh "$@"; }
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version *= *"\(.*\)"/\1/p' Cargo.toml)
sed -i '/^## \[Unreleased\]/,/^## \[[0-9]/{/^## /!d}' "$clone/CHANGELOG.md"
in_clone commit -qam 'Nothing unreleased' || true
release_check "v$version" || die 'a clean commit cannot be released'; ok
refused() {
  local word=$1; shift
  if release_check "$@" >"$work/said"; then die "this was released, and should not have been: $word"; fi
  grep -q "^no .*$word" "$work/said" || { cat "$work/said"; die "the reason is not told: $word"; }
  in_clone reset -q --hard
  ok
}
refused "the tag v9.9.9" v9.9.9
echo x >"$clone/new"
in_clone add new
refused 'the tree is not clean'
sed -i 's/"version": ".*"/"version": "9.9.9"/' "$clone/console/package.json"
refused 'console/package.json says'
in_clone tag "v$version"
printf -- '-- later\n' >>"$clone/migrations/0001_people.up.sql"
in_clone commit -qam 'Change a migration that databases have'
refused "changed since v$version"

printf '%s passed, 0 failed\n' "$passed"
