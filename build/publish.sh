#!/usr/bin/env bash
# Builds, pushes and signs the images and the chart of a version.
#
# Usage: build/publish.sh REGISTRY VERSION      as build/publish.sh ghcr.io/example 0.1.0
# Needs Docker with buildx, Helm and cosign, logged in to the registry. Signatures are keyless: who may sign is who the CI's
# identity token says. Each image also carries its bill of materials as a signed attestation.
set -euo pipefail
cd "$(dirname "$0")/.."
registry=${1:?usage: publish.sh REGISTRY VERSION}
version=${2:?usage: publish.sh REGISTRY VERSION}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

revision=$(git rev-parse HEAD)
build() { docker buildx build -f build/Dockerfile --build-arg "REVISION=$revision" "$@" .; }

build --target sbom --output "type=local,dest=$work/sbom"
for image in api operator migrator testbed; do
  name=$registry/slipway/$image
  echo "==> $name:$version"
  build --target "$image" --tag "$name:$version" --provenance=mode=max --push --metadata-file "$work/$image.json"
  digest=$(sed -n 's/.*"containerimage.digest": *"\([^"]*\)".*/\1/p' "$work/$image.json" | head -n 1)
  [ -n "$digest" ] || { echo "error: buildx told no digest of $name" >&2; exit 1; }
  cosign sign --yes "$name@$digest"
  cosign attest --yes --type cyclonedx --predicate "$work/sbom/$image.cdx.json" "$name@$digest"
done

echo "==> $registry/charts/slipway:$version"
helm package charts/slipway --destination "$work" >/dev/null
pushed=$(helm push "$work/slipway-$version.tgz" "oci://$registry/charts" 2>&1)
echo "$pushed"
digest=$(sed -n 's/^Digest: *//p' <<<"$pushed")
cosign sign --yes "$registry/charts/slipway@$digest"
