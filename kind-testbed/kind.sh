#!/usr/bin/env bash
# Slipway in a kind cluster: images built here, the chart, and a Proxmox VE testbed beside them.
#
# Usage: kind-testbed/kind.sh up [HELM_ARGUMENT…] | down
#   up    makes the cluster, installs or upgrades, connects the site, makes the demo logins; can be repeated
#   down  removes the cluster
# Needs Docker, kind, kubectl and Helm.
set -euo pipefail
cd "$(dirname "$0")/.."

cluster=slipway
namespace=slipway-system
version=$(sed -n 's/^appVersion: *//p' charts/slipway/Chart.yaml)
share=kind-testbed

say() { printf '==> %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
in_cluster() { kubectl --context "kind-$cluster" "$@"; }
apply() { in_cluster apply --server-side --force-conflicts "$@"; }
admin() { in_cluster exec -n "$namespace" deploy/slipway-api -- /usr/bin/slipway-api admin "$@"; }

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || die "$program is missing"
  done
}

images() {
  local image
  for image in api operator migrator testbed; do
    say "image slipway/$image:$version"
    docker build --quiet -f build/Dockerfile --target "$image" --build-arg "REVISION=$(git rev-parse HEAD)" \
      -t "slipway/$image:$version" . >/dev/null
    kind load docker-image --name "$cluster" "slipway/$image:$version"
  done
}

proxmox() {
  local installation folder
  installation=$(in_cluster get installations.slipway.dev -o jsonpath='{.items[0].spec.id}')
  say "Proxmox VE testbed for installation $installation"
  sed "s/INSTALLATION/$installation/; s/VERSION/$version/" "$share/kind-proxmox.yaml" | apply -n "$namespace" -f -
  in_cluster rollout status -n "$namespace" deploy/pve1 --timeout=120s
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' RETURN
  in_cluster exec -n "$namespace" deploy/pve1 -- cat /var/lib/slipway/ca.pem >"$folder/ca.pem"
  in_cluster exec -n "$namespace" deploy/pve1 -- cat /var/lib/slipway/operator-token >"$folder/operator-token"
  in_cluster config view --raw --minify --flatten >"$folder/admin.kubeconfig"
  mkdir "$folder/share"
  cp -r charts/examples/base/catalogue "$folder/share/catalogue"
  ADMIN_KUBECONFIG=$folder/admin.kubeconfig SLIPWAY_SHARE=$folder/share PVE_DIR=$folder PVE_URL=https://pve1:8006 \
    KUBERNETES_URL=$(in_cluster config view --minify -o jsonpath='{.clusters[0].cluster.server}') "$share/compose/setup.sh" site
}

up() {
  need docker kind kubectl helm git
  kind get clusters | grep -qx "$cluster" || kind create cluster --config "$share/kind.yaml" --wait 120s
  images
  say 'the chart'
  helm upgrade --install slipway charts/slipway --kube-context "kind-$cluster" --namespace "$namespace" --create-namespace \
    --wait --timeout 10m "$@"
  proxmox
  if in_cluster get -n "$namespace" deploy/slipway-api >/dev/null 2>&1; then
    say 'demo logins'
    admin create-staff --email sam@example.org --name 'Sam Staff' --password slipway-demo-staff
    admin create-user --email ada@example.org --name 'Ada Customer' --password slipway-demo-customer
    printf '\nThe console: kubectl --context kind-%s port-forward -n %s svc/slipway-api 8080:8080, then http://127.0.0.1:8080\n' \
      "$cluster" "$namespace"
    printf 'Log in as sam@example.org / slipway-demo-staff (staff) or ada@example.org / slipway-demo-customer.\n'
  fi
}

case ${1:-} in
  up) shift; up "$@" ;;
  down) need kind; kind delete cluster --name "$cluster" ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac
