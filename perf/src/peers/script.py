"""What one would write with proxmoxer: makes servers as they shall be, or destroys them; several at once.

Usage: script.py converge|retire AT_ONCE FILE, with the PVE_* variables. FILE has `name node template vmid` a line.
"""

import os
import pathlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from proxmoxer import ProxmoxAPI

WISH = {"cores": 1, "memory": "512", "tags": "peer", "onboot": 1, "ipconfig0": "ip=dhcp"}
DISK_GIB = 10
PAUSE = 0.5


def connect() -> ProxmoxAPI:
    """A session of its own for each thread: requests' sessions are not meant to be shared."""
    return ProxmoxAPI(
        os.environ["PVE_HOST"],
        port=int(os.environ["PVE_PORT"]),
        user=os.environ["PVE_USER"],
        token_name=os.environ["PVE_TOKEN_NAME"],
        token_value=os.environ["PVE_TOKEN_SECRET"],
        verify_ssl=os.environ["REQUESTS_CA_BUNDLE"],
    )


def finish(node, upid: str) -> None:
    """Waits for a task; raises when it did not end well."""
    while (status := node.tasks(upid).status.get())["status"] != "stopped":
        time.sleep(PAUSE)
    if status["exitstatus"] != "OK":
        raise RuntimeError(f"{upid}: {status['exitstatus']}")


def converge(api: ProxmoxAPI, name: str, node_name: str, template: int, vmid: int) -> None:
    """Does what is missing, and nothing else."""
    node = api.nodes(node_name)
    if not any(vm["vmid"] == vmid for vm in api.cluster.resources.get(type="vm")):
        finish(node, node.qemu(template).clone.post(newid=vmid, name=name))
    vm = node.qemu(vmid)
    config = vm.config.get()
    if any(str(config.get(key)) != str(value) for key, value in WISH.items()):
        vm.config.put(name=name, **WISH)
    if f"size={DISK_GIB}G" not in config["scsi0"]:
        finish(node, vm.resize.put(disk="scsi0", size=f"{DISK_GIB}G"))
    if vm.status.current.get()["status"] != "running":
        finish(node, vm.status.start.post())


def retire(api: ProxmoxAPI, _name: str, node_name: str, _template: int, vmid: int) -> None:
    """Stops and destroys it."""
    node = api.nodes(node_name)
    finish(node, node.qemu(vmid).status.stop.post())
    finish(node, node.qemu(vmid).delete(purge=1))


def main() -> None:
    """Everything at once that may be; the first error ends it."""
    work = {"converge": converge, "retire": retire}[sys.argv[1]]
    servers = [line.split() for line in pathlib.Path(sys.argv[3]).read_text().splitlines()]

    def one(server: list[str]) -> None:
        name, node, template, vmid = server
        work(connect(), name, node, int(template), int(vmid))

    with ThreadPoolExecutor(int(sys.argv[2])) as pool:
        list(pool.map(one, servers))


main()
