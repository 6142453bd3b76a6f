#!/usr/bin/env bash
# Makes a control plane ready for Slipway: types, policies, roles, identities, one site and its catalogue. Can be repeated.
#
# Usage: setup.sh identities | site
#   identities  CRDs, ServiceAccounts with their kubeconfigs in $SLIPWAY_RUN/operator and /api, the installation
#   site        the Proxmox VE at $PVE_URL, whose CA and token are in $PVE_DIR
set -euo pipefail

share=${SLIPWAY_SHARE:-/usr/share/slipway}
run=${SLIPWAY_RUN:-/run/slipway}
namespace=slipway-system
# The administrator's stays here: nothing that runs later may read it.
KUBECONFIG=$(mktemp)
export KUBECONFIG
trap 'rm -f "$KUBECONFIG"' EXIT

say() { printf '==> %s\n' "$*"; }
apply() { kubectl apply --server-side --force-conflicts "$@"; }

# until_ok SECONDS COMMAND…: tries once a second.
until_ok() {
  local left=$1; shift
  until "$@" >/dev/null 2>&1; do
    (( left-- > 0 )) || { echo "error: this never succeeded: $*" >&2; "$@"; return 1; }
    sleep 1
  done
}

# The control plane's own file names the address it has inside its container.
admin_kubeconfig() {
  until_ok 120 test -s "${ADMIN_KUBECONFIG:?}"
  sed "s#server: .*#server: ${KUBERNETES_URL:?}#" "$ADMIN_KUBECONFIG" >"$KUBECONFIG"
  until_ok 120 kubectl get --raw /readyz
}

# account_kubeconfig ACCOUNT FOLDER: one with a token of that ServiceAccount.
account_kubeconfig() {
  local token ca file=$2/kubeconfig
  token=$(kubectl create token "$1" -n "$namespace" --duration=8760h)
  ca=$(kubectl config view --raw --minify --flatten -o jsonpath='{.clusters[0].cluster.certificate-authority-data}')
  cat >"$file" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: slipway, cluster: {server: "$KUBERNETES_URL", certificate-authority-data: "$ca"}}]
users: [{name: $1, user: {token: "$token"}}]
contexts: [{name: slipway, context: {cluster: slipway, user: $1, namespace: $namespace}}]
current-context: slipway
YAML
}

# bind ROLE ACCOUNT
bind_role() {
  apply -f - >/dev/null <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: $1.$2}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: $1}
subjects: [{kind: ServiceAccount, name: $2, namespace: $namespace}]
YAML
}

identities() {
  say 'waiting for Kubernetes'
  admin_kubeconfig
  mkdir -p "$run/operator" "$run/api"
  say 'types, policies, roles'
  apply -f "$share/crds/manifests" >/dev/null
  kubectl wait --for=condition=Established --timeout=30s -f "$share/crds/manifests" >/dev/null
  apply -f "$share/crds/roles" -f "$share/crds/policies" >/dev/null
  say 'identities'
  apply -f - >/dev/null <<YAML
apiVersion: v1
kind: Namespace
metadata: {name: $namespace}
YAML
  local account
  for account in slipway-operator slipway-api; do
    apply -f - >/dev/null <<YAML
apiVersion: v1
kind: ServiceAccount
metadata: {name: $account, namespace: $namespace}
YAML
    account_kubeconfig "$account" "$run/${account#slipway-}"
  done
  bind_role slipway-controller slipway-operator
  bind_role slipway-api slipway-api
  bind_role slipway-operator-client slipway-api
  apply -f - >/dev/null <<YAML
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: slipway-lease, namespace: $namespace}
rules:
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [get, list, watch, create, update, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: slipway-lease, namespace: $namespace}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: slipway-lease}
subjects: [{kind: ServiceAccount, name: slipway-operator, namespace: $namespace}]
YAML
  kubectl create token slipway-api -n "$namespace" --audience=slipway-operator --duration=8760h >"$run/api/operator-token"
  slipway-operator init --installation "${SLIPWAY_INSTALLATION:?}"
}

site() {
  admin_kubeconfig
  say "the site at ${PVE_URL:?}"
  until_ok 60 test -s "${PVE_DIR:?}/operator-token"
  apply -f - >/dev/null <<YAML
apiVersion: v1
kind: Secret
metadata: {name: site-home, namespace: $namespace}
stringData: {token: "$(sed 's/^PVEAPIToken=//' "$PVE_DIR/operator-token")"}
---
apiVersion: slipway.dev/v1alpha1
kind: ProxmoxSite
metadata: {name: home}
spec:
  displayName: Home lab
  region: local
  endpoints: ["$PVE_URL"]
  credentialsSecretRef: {name: site-home}
  tls:
    caBundle: |
$(sed 's/^/      /' "$PVE_DIR/ca.pem")
  vmidRange: {start: 100000, end: 199999}
  defaultNetwork: public
YAML
  apply -k "$share/catalogue" >/dev/null
  say 'ready'
}

case ${1:-} in
  identities | site) "$1" ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac
