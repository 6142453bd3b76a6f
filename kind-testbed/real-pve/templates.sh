#!/usr/bin/env bash
# Builds the cloud-init templates that the manifests name, from the distributions' own cloud images. Run it as root on each node
# (or on one, where the storage is shared).
#
# Usage: templates.sh [--storage local-lvm] [--bridge vmbr0] [--first VMID] [IMAGE…]
#   IMAGE   ubuntu-2204 ubuntu-2404 debian-12 debian-13; all of them when none is named
#   --first the number of ubuntu-2204, the others follow (default: 9000; take 9010 on a second node)
# A template that is there already is left as it is. Images are checked against the distribution's checksums.
set -euo pipefail

storage=local-lvm
bridge=vmbr0
first=9000
wanted=()
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case $1 in
    --storage) storage=${2:?}; shift ;;
    --bridge) bridge=${2:?}; shift ;;
    --first) first=${2:?}; shift ;;
    --help | -h) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit ;;
    -*) die "unknown: $1 (--help tells)" ;;
    *) wanted+=("$1") ;;
  esac
  shift
done
command -v qm >/dev/null || die 'this is no Proxmox VE node: qm is missing'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch FOLDER_URL FILE SUMS SUM_PROGRAM
fetch() {
  curl --fail --silent --show-error --location --output "$work/$2" "$1/$2"
  curl --fail --silent --show-error --location --output "$work/sums" "$1/$3"
  (cd "$work" && grep -E " [*]?$2\$" sums | "$4" --check --quiet -) || die "$2 is not what its distribution published"
}

# make NAME VMID OSTYPE_USER FOLDER_URL FILE SUMS SUM_PROGRAM
make_template() {
  local name=$1 vmid=$2 user=$3
  if qm status "$vmid" >/dev/null 2>&1; then
    echo "$name: $vmid is there already"
    return
  fi
  echo "$name: VMID $vmid"
  fetch "$4" "$5" "$6" "$7"
  # scsi0 is the root disk, ide2 cloud-init, net0 the public interface: Slipway changes them by these names.
  qm create "$vmid" --name "$name" --memory 1024 --cores 1 --cpu x86-64-v2-AES --ostype l26 --machine q35 \
    --scsihw virtio-scsi-single --net0 "virtio,bridge=$bridge" --serial0 socket --vga serial0 --agent enabled=1 \
    --tags slipway-template --ciuser "$user" --onboot 0
  qm set "$vmid" --scsi0 "$storage:0,import-from=$work/$5,discard=on,iothread=1,ssd=1" --boot order=scsi0 --ide2 "$storage:cloudinit"
  qm template "$vmid"
  rm -f "$work/$5"
}

number=$first
while read -r name user url file sums program; do
  if [ ${#wanted[@]} -eq 0 ] || [[ " ${wanted[*]} " == *" $name "* ]]; then
    make_template "$name" "$number" "$user" "$url" "$file" "$sums" "$program" </dev/null
  fi
  number=$((number + 1))
done <<'IMAGES'
ubuntu-2204 ubuntu https://cloud-images.ubuntu.com/jammy/current jammy-server-cloudimg-amd64.img SHA256SUMS sha256sum
ubuntu-2404 ubuntu https://cloud-images.ubuntu.com/noble/current noble-server-cloudimg-amd64.img SHA256SUMS sha256sum
debian-12 debian https://cloud.debian.org/images/cloud/bookworm/latest debian-12-genericcloud-amd64.qcow2 SHA512SUMS sha512sum
debian-13 debian https://cloud.debian.org/images/cloud/trixie/latest debian-13-genericcloud-amd64.qcow2 SHA512SUMS sha512sum
IMAGES
