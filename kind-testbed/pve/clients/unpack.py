"""Takes the collection community.proxmox out of the package `ansible`.

Usage: unpack.py FOLDER_WITH_THE_WHEEL TARGET
"""

import pathlib
import sys
import zipfile

PREFIX = "ansible_collections/community/proxmox/"


def main() -> None:
    """Unpacks it; the package's own file list says what belongs to it."""
    folder, target = map(pathlib.Path, sys.argv[1:])
    (wheel,) = folder.glob("ansible-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith(PREFIX)]
        if not names:
            sys.exit(f"{wheel.name} has no {PREFIX}")
        archive.extractall(target, names)


main()
