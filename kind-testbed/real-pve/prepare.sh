#!/usr/bin/env bash
# Makes Slipway's user, roles, pool and token on a Proxmox VE cluster, with the least rights that do the work. Run it as root on
# one of the nodes; can be repeated.
#
# Usage: prepare.sh [--installation ID] [--bridge vmbr0]… [--storage local-lvm]… [--backup-storage ID] [--template VMID]… [--print]
#   --installation    12 characters of a-z and 0-9; drawn when absent. A pool slipway-ID that is there already is used again.
#   --bridge          where servers are plugged in             (default: vmbr0)
#   --storage         where their disks and the templates' lie (default: local-lvm)
#   --template        templates that may be cloned             (default: 9000 9001 9002 9003)
#   --print           show the commands, and run none
# The token is shown once, at the end: put it into a file, and give that to `make up PVE_TOKEN_FILE=…`.
set -euo pipefail

user=slipway@pve
token=operator
installation=
bridges=() storages=() templates=() backup=
run() { "$@"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case $1 in
    --print) run() { printf '%q ' "$@"; echo; }; shift; continue ;;
    --help | -h) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit ;;
  esac
  [ $# -ge 2 ] || die "$1 needs a value"
  case $1 in
    --installation) installation=$2 ;;
    --bridge) bridges+=("$2") ;;
    --storage) storages+=("$2") ;;
    --backup-storage) backup=$2 ;;
    --template) templates+=("$2") ;;
    *) die "unknown: $1 (--help tells)" ;;
  esac
  shift 2
done
[ ${#bridges[@]} -gt 0 ] || bridges=(vmbr0)
[ ${#storages[@]} -gt 0 ] || storages=(local-lvm)
[ ${#templates[@]} -gt 0 ] || templates=(9000 9001 9002 9003)
[ -n "$installation" ] || installation=$(LC_ALL=C tr -dc a-z0-9 </dev/urandom | head -c 12 || true)
[[ $installation =~ ^[a-z0-9]{12}$ ]] || die "--installation is 12 characters of a-z and 0-9"
pool=slipway-$installation

# Role → privileges. A role on a deeper path replaces those above it, so what is needed there is named again.
role() {
  run pveum role add "$1" --privs "$2" 2>/dev/null || run pveum role modify "$1" --privs "$2"
}
grant() { run pveum acl modify "$1" --users "$user" --roles "$2"; }

run pveum pool add "$pool" --comment Slipway 2>/dev/null || true
run pveum user add "$user" --comment 'Slipway operator' 2>/dev/null || true

role SlipwayPool Pool.Allocate,Pool.Audit
role SlipwayServers VM.Allocate,VM.Audit,VM.PowerMgmt,VM.Config.Disk,VM.Config.CPU,VM.Config.Memory,VM.Config.Network,VM.Config.Options,VM.Config.Cloudinit,VM.Config.CDROM,VM.Config.HWType,VM.Snapshot,VM.Snapshot.Rollback,VM.Backup,VM.Migrate
role SlipwayCluster Sys.Audit
role SlipwayGuests VM.Audit
role SlipwayTemplate VM.Audit,VM.Clone
role SlipwayStorage Datastore.AllocateSpace,Datastore.Audit
role SlipwayBridge SDN.Use

grant "/pool/$pool" SlipwayPool
grant "/pool/$pool" SlipwayServers
grant / SlipwayCluster
grant /vms SlipwayGuests
for vmid in "${templates[@]}"; do grant "/vms/$vmid" SlipwayTemplate; done
for storage in "${storages[@]}" ${backup:+"$backup"}; do grant "/storage/$storage" SlipwayStorage; done
for bridge in "${bridges[@]}"; do grant "/sdn/zones/localnetwork/$bridge" SlipwayBridge; done

# Made anew each time: an old secret cannot be shown again.
run pveum user token remove "$user" "$token" 2>/dev/null || true
run pveum user token add "$user" "$token" --privsep 0 --output-format json | sed 's/.*"full-tokenid" *: *"\([^"]*\)".*"value" *: *"\([^"]*\)".*/token        \1=\2/'
echo "installation $installation"
if [ -r /etc/pve/local/pve-ssl.pem ]; then
  certificate=/etc/pve/local/pve-ssl.pem
  [ -r /etc/pve/local/pveproxy-ssl.pem ] && certificate=/etc/pve/local/pveproxy-ssl.pem
  openssl x509 -noout -fingerprint -sha256 -in "$certificate" | sed 's/.*=/fingerprint  /'
fi
