#!/usr/bin/env bash
# Builds every program for the images, and lists the crates in each.
#
# Usage: build/programs.sh OUT      (with the console built in console/dist)
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:?usage: programs.sh OUT}
mkdir -p "$out/crates"

# The testbeds are the same program in `make up`; only the console makes the API another one.
cargo build --release --locked -p slipway-operator -p slipway-migrate -p slipway-testbed -p pve-testbed
cargo build --release --locked -p slipway-api --features embed-console
programs=${CARGO_TARGET_DIR:-target}/release
for program in slipway-api slipway-operator kubectl-slipway slipway-migrate testbed pve-testbed; do
  install -s -m 0755 "$programs/$program" "$out/$program"
done

# What is linked in: name, version, licence. Not what builds or tests it.
crates() {
  local features=()
  [ "$1" = slipway-api ] && features=(--features embed-console)
  cargo tree --locked -p "$1" "${features[@]}" -e normal,no-proc-macro --prefix none --no-dedupe -f $'{p}\t{l}' |
    sed -E 's/ \(proc-macro\)//; s/ \(\*\)//; s/ \([^)]*\)//; s/ v/\t/' | sort -u
}
for package in slipway-api slipway-operator slipway-migrate slipway-testbed pve-testbed; do
  crates "$package" >"$out/crates/$package.tsv"
done
