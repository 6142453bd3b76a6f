"""A VM's life with proxmoxer, as its documentation shows it: nothing is known here about the testbed.

Usage: lifecycle.py token|password, with the PVE_* variables of `run.py`.
"""

import importlib.metadata
import json
import os
import sys
import time
import traceback
from collections.abc import Callable

from proxmoxer import ProxmoxAPI
from proxmoxer.core import ResourceException

TEMPLATE = 9003
NODE = "pve1"
PASSED = 0.2


class Life:
    """One VM and what is done to it; every public method is an operation, in the order of this file."""

    def __init__(self, how: str) -> None:
        secret = (
            {"token_name": os.environ["PVE_TOKEN_NAME"], "token_value": os.environ["PVE_TOKEN_SECRET"]}
            if how == "token"
            else {"password": os.environ["PVE_PASSWORD"]}
        )
        self.how = how
        self.api = ProxmoxAPI(
            os.environ["PVE_HOST"],
            port=int(os.environ["PVE_PORT"]),
            user=os.environ["PVE_USER"],
            verify_ssl=os.environ["REQUESTS_CA_BUNDLE"],
            **secret,
        )
        self.node = self.api.nodes(NODE)
        self.vmid = 0

    @property
    def vm(self):
        """The VM's resource."""
        return self.node.qemu(self.vmid)

    def finish(self, upid: str) -> None:
        """Waits for a task; raises when it did not end well."""
        for _ in range(300):
            status = self.node.tasks(upid).status.get()
            if status["status"] == "stopped":
                if status["exitstatus"] != "OK":
                    raise RuntimeError(f"{upid}: {status['exitstatus']}")
                return
            time.sleep(PASSED)
        raise TimeoutError(upid)

    def version(self) -> None:
        assert self.api.version.get()["release"].startswith("9.")

    def nodes(self) -> None:
        assert NODE in [node["node"] for node in self.api.nodes.get()]

    def pool_create(self) -> None:
        self.api.pools.post(poolid=f"lab-{self.how}", comment="made by proxmoxer")

    def nextid(self) -> None:
        self.vmid = int(self.api.cluster.nextid.get())

    def clone(self) -> None:
        self.finish(self.node.qemu(TEMPLATE).clone.post(newid=self.vmid, name="proxmoxer", pool=f"lab-{self.how}"))

    def config_read(self) -> None:
        assert self.vm.config.get()["name"] == "proxmoxer"

    def config_update(self) -> None:
        key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGF0+2vJbQ0XxSCcXGEXxvPpVE1dC0TMZAjfTZEVqSw3 lab"
        encoded = key.replace("/", "%2F").replace("+", "%2B").replace(" ", "%20")
        self.vm.config.put(cores=2, memory=2048, tags="lab;proxmoxer", ipconfig0="ip=dhcp", sshkeys=encoded, onboot=1)
        config = self.vm.config.get()
        assert (config["cores"], config["memory"], config["tags"]) == (2, "2048", "lab;proxmoxer"), config

    def config_in_background(self) -> None:
        self.finish(self.vm.config.post(scsi1="local-lvm:4", description="two disks"))
        assert "scsi1" in self.vm.config.get()

    def config_stale_digest(self) -> None:
        try:
            self.vm.config.put(cores=4, digest="0" * 40)
        except ResourceException as refused:
            assert "checksum" in refused.status_message or "checksum" in str(refused), refused
        else:
            raise AssertionError("a stale digest was taken")

    def nic_add(self) -> None:
        self.vm.config.put(net1="virtio,bridge=vmbr1,firewall=1")
        assert self.vm.config.get()["net1"].startswith("virtio=")

    def disk_resize(self) -> None:
        self.finish(self.vm.resize.put(disk="scsi0", size="+2G"))
        assert "size=5G" in self.vm.config.get()["scsi0"]

    def start(self) -> None:
        self.finish(self.vm.status.start.post())
        assert self.vm.status.current.get()["status"] == "running"

    def agent_interfaces(self) -> None:
        for _ in range(100):
            try:
                interfaces = self.vm.agent("network-get-interfaces").get()["result"]
            except ResourceException:
                time.sleep(PASSED)
            else:
                assert len(interfaces) == 3, interfaces
                return
        raise TimeoutError("the agent does not answer")

    def agent_exec(self) -> None:
        pid = self.vm.agent("exec").post(command=["/bin/echo", "hello"])["pid"]
        for _ in range(50):
            status = self.vm.agent("exec-status").get(pid=pid)
            if status["exited"]:
                assert status["exitcode"] == 0, status
                return
            time.sleep(PASSED)
        raise TimeoutError("the command does not end")

    def snapshot_create(self) -> None:
        self.finish(self.vm.snapshot.post(snapname="before", description="before the change"))
        assert [snap["name"] for snap in self.vm.snapshot.get()][0] == "before"

    def shutdown(self) -> None:
        self.finish(self.vm.status.shutdown.post(timeout=60))
        assert self.vm.status.current.get()["status"] == "stopped"

    def snapshot_rollback(self) -> None:
        self.vm.config.put(cores=8)
        self.finish(self.vm.snapshot("before").rollback.post())
        assert self.vm.config.get()["cores"] == 2

    def snapshot_delete(self) -> None:
        self.finish(self.vm.snapshot("before").delete())
        assert [snap["name"] for snap in self.vm.snapshot.get()] == ["current"]

    def disk_move(self) -> None:
        self.finish(self.vm.move_disk.post(disk="scsi1", storage="data", delete=1))
        assert self.vm.config.get()["scsi1"].startswith("data:")

    def backup(self) -> None:
        self.finish(self.node.vzdump.post(vmid=self.vmid, storage="local", mode="stop", compress="zstd"))
        backups = self.node.storage("local").content.get(content="backup", vmid=self.vmid)
        assert len(backups) == 1, backups

    def restore(self) -> None:
        (backup,) = self.node.storage("local").content.get(content="backup", vmid=self.vmid)
        other = int(self.api.cluster.nextid.get())
        self.finish(self.node.qemu.post(vmid=other, archive=backup["volid"], storage="local-lvm", unique=1))
        assert self.node.qemu(other).config.get()["name"] == "proxmoxer"
        self.finish(self.node.qemu(other).delete())

    def backup_delete(self) -> None:
        (backup,) = self.node.storage("local").content.get(content="backup", vmid=self.vmid)
        upid = self.node.storage("local").content(backup["volid"]).delete()
        if upid:
            self.finish(upid)
        assert self.node.storage("local").content.get(content="backup", vmid=self.vmid) == []

    def firewall_rule(self) -> None:
        self.vm.firewall.rules.post(type="in", action="ACCEPT", proto="tcp", dport="22", enable=1)
        assert self.vm.firewall.rules.get()[0]["dport"] == "22"

    def task_list_and_log(self) -> None:
        task = self.node.tasks.get(vmid=self.vmid, limit=1)[0]
        assert self.node.tasks(task["upid"]).log.get()[-1]["t"].startswith("TASK OK")

    def resources(self) -> None:
        rows = self.api.cluster.resources.get(type="vm")
        assert any(row["vmid"] == self.vmid and row["pool"] == f"lab-{self.how}" for row in rows), rows

    def user_token_acl(self) -> None:
        user = f"{self.how}@pve"
        self.api.access.users.post(userid=user)
        token = self.api.access.users(user).token("ci").post(privsep=0)
        assert token["full-tokenid"] == f"{user}!ci", token
        self.api.access.acl.put(path=f"/vms/{self.vmid}", roles="PVEVMUser", users=user)
        self.api.access.users(user).delete()

    def delete(self) -> None:
        self.finish(self.vm.delete(purge=1))
        try:
            self.vm.config.get()
        except ResourceException as gone:
            assert gone.status_code == 500, gone
        else:
            raise AssertionError("it is still there")

    def pool_delete(self) -> None:
        self.api.pools(f"lab-{self.how}").delete()


def attempt(how: str, name: str, operation: Callable[[], None]) -> bool:
    """Does one operation and writes down how it went."""
    version = importlib.metadata.version("proxmoxer")
    record = {"client": "proxmoxer", "version": version, "operation": f"{name.replace('_', ' ')} ({how})", "outcome": "ok"}
    try:
        operation()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is the result
        record |= {"outcome": "failed", "detail": f"{type(error).__name__}: {error}"}
        traceback.print_exc()
    with open(os.environ["PVE_CLIENT_RESULTS"], "a", encoding="utf-8") as results:
        results.write(json.dumps(record) + "\n")
    return record["outcome"] == "ok"


def main() -> int:
    """Lives the whole life, whatever fails in between."""
    how = sys.argv[1]
    life = Life(how)
    names = [name for name, value in vars(Life).items() if callable(value) and not name.startswith("_") and name != "finish"]
    return 0 if all([attempt(how, name, getattr(life, name)) for name in names]) else 1


sys.exit(main())
