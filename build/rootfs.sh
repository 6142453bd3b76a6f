#!/usr/bin/env bash
# Makes the root of the images from Debian packages: glibc, libgcc, certificates, one user. No shell.
#
# Usage: build/rootfs.sh FOLDER      (on Debian; as root, or with the packages' lists fetched already)
set -euo pipefail
root=${1:?usage: rootfs.sh FOLDER}
packages=(libc6 libgcc-s1 ca-certificates)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ "$(id -u)" != 0 ] || apt-get update -q >&2
(cd "$work" && apt-get download -q "${packages[@]}" >&2)

mkdir -p "$root/usr/share/sbom"
for archive in "$work"/*.deb; do
  dpkg-deb --extract "$archive" "$root"
  dpkg-deb --show --showformat='${Package}\t${Version}\t${Architecture}\n' "$archive"
done | sort >"$root/usr/share/sbom/packages.tsv"

# What update-ca-certificates would make: all of them in one file.
mkdir -p "$root/etc/ssl/certs"
find "$root/usr/share/ca-certificates/mozilla" -name '*.crt' | sort | xargs cat >"$root/etc/ssl/certs/ca-certificates.crt"

# Documentation, translations and converters of character sets are nobody's here; licences stay.
find "$root/usr/share/doc" -type f ! -name copyright -delete
find "$root/usr/share/doc" -type d -empty -delete
rm -rf "$root"/usr/share/{lintian,man,locale,ca-certificates} "$root"/usr/lib/*/gconv "$root"/usr/lib/*/audit \
  "$root"/usr/sbin "$root"/etc/{init.d,ld.so.conf.d,ca-certificates}

mkdir -p "$root/tmp" "$root/var/lib/slipway/keys"
chmod 1777 "$root/tmp"
printf 'root:x:0:0:root:/root:/sbin/nologin\nslipway:x:65532:65532:slipway:/var/lib/slipway:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nslipway:x:65532:\n' >"$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
chmod 0700 "$root/var/lib/slipway/keys"
[ "$(id -u)" != 0 ] || chown -R 65532:65532 "$root/var/lib/slipway"
