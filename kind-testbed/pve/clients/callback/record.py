"""Writes what each task of a playbook did as a line of JSON."""

import json
import os
import pathlib

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: writes what each task did
description: Appends a line of JSON to the file PVE_CLIENT_RESULTS for each task of the collection community.proxmox.
"""

COLLECTION = "community.proxmox."


def collection_version() -> str:
    """The version of the collection that is used."""
    root = pathlib.Path(os.environ["ANSIBLE_COLLECTIONS_PATH"]) / "ansible_collections/community/proxmox"
    return json.loads((root / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"]


class CallbackModule(CallbackBase):
    """The plug-in."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def record(self, result, outcome: str) -> None:
        """Appends one line."""
        action = result._task.action
        if not action.startswith(COLLECTION):
            return
        module = action.removeprefix(COLLECTION)
        line = {
            "client": "ansible community.proxmox",
            "version": collection_version(),
            "operation": f"{module}: {result._task.get_name().split(' : ')[-1]}{os.environ['PVE_CLIENT_NOTE']}",
            "outcome": outcome,
        }
        if outcome == "failed":
            line["detail"] = str(result._result.get("msg"))
        with open(os.environ["PVE_CLIENT_RESULTS"], "a", encoding="utf-8") as results:
            results.write(json.dumps(line) + "\n")

    def v2_runner_on_ok(self, result) -> None:
        self.record(result, "changed" if result._result.get("changed") else "ok")

    def v2_runner_on_failed(self, result, ignore_errors: bool = False) -> None:
        self.record(result, "failed")
