"""Walks real, unmodified clients through a VM's life on the testbed, and writes down what was tried.

Usage: run.py PVE_TESTBED_PROGRAM RESULTS GO_CLIENT

Starts the testbed on a free port with an empty state, runs `lifecycle.py` (proxmoxer, once with a token and once with
a password), the program with go-proxmox and the playbooks of `community.proxmox`, and ends it. RESULTS gets one JSON
object a line:
{"client", "version", "operation", "outcome": "ok" | "changed" | "failed", "detail"?}. Ends with 1 when anything failed.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ENVIRONMENT = pathlib.Path(sys.prefix)
SPEED = "60"


class Testbed:
    """A running testbed; use as a context."""

    def __init__(self, program: str, folder: pathlib.Path) -> None:
        self.folder = folder
        command = [program, "--listen", "127.0.0.1:0", "--state-dir", str(folder), "--speed", SPEED]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def __enter__(self) -> dict[str, str]:
        printed = dict(self.process.stdout.readline().split(maxsplit=1) for _ in range(3))
        token = printed["token"].strip().removeprefix("PVEAPIToken=")
        authid, secret = token.split("=")
        user, name = authid.split("!")
        host, port = printed["url"].strip().removeprefix("https://").rsplit(":", 1)
        return {
            "PVE_HOST": host,
            "PVE_PORT": port,
            "PVE_USER": user,
            "PVE_TOKEN_NAME": name,
            "PVE_TOKEN_SECRET": secret,
            "PVE_PASSWORD": "pvetest",
            "REQUESTS_CA_BUNDLE": printed["ca"].strip(),
        }

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def playbook(name: str, environment: dict[str, str], results: pathlib.Path, note: str = "") -> tuple[bool, list[dict]]:
    """Runs a playbook; what its tasks did."""
    before = len(results.read_text().splitlines())
    settings = {
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "ANSIBLE_COLLECTIONS_PATH": str(ENVIRONMENT / "collections"),
        "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
        "ANSIBLE_HOME": str(results.parent / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "LC_ALL": "C.UTF-8",
        "PVE_CLIENT_NOTE": note,
    }
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", str(HERE / name)]
    done = subprocess.run(command, env={**os.environ, **environment, **settings}, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout, done.stderr, file=sys.stderr)
    records = [json.loads(line) for line in results.read_text().splitlines()[before:]]
    return done.returncode == 0, records


def ansible(environment: dict[str, str], results: pathlib.Path) -> bool:
    """First run, second run without a change, the rest of a VM's life."""
    first, made = playbook("converge.yml", environment, results)
    if not first or not any(record["outcome"] == "changed" for record in made):
        print("the first run of converge.yml did not make the VM", file=sys.stderr)
        return False
    second, again = playbook("converge.yml", environment, results, " (second run)")
    changed = [record["operation"] for record in again if record["outcome"] != "ok"]
    if not second or not again or changed:
        print(f"the second run of converge.yml changed {changed}, which it must not", file=sys.stderr)
        return False
    return playbook("retire.yml", environment, results)[0]


def main() -> int:
    """Runs all clients, even if one fails."""
    program, target, go_client = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        results = folder / "results.jsonl"
        results.touch()
        with Testbed(program, folder / "state") as environment:
            environment["PVE_CLIENT_RESULTS"] = str(results)
            good = True
            lives = [[sys.executable, str(HERE / "lifecycle.py"), how] for how in ("token", "password")]
            for command in [*lives, [go_client]]:
                good &= subprocess.run(command, env={**os.environ, **environment}).returncode == 0
            good &= ansible(environment, results)
        text = results.read_text()
        partial = pathlib.Path(f"{target}.partial")
        partial.write_text(text)
        partial.rename(target)
    outcomes = [json.loads(line)["outcome"] for line in text.splitlines()]
    failed = outcomes.count("failed")
    print(f"real clients: {len(outcomes) - failed} operations done, {failed} failed ({target})")
    return 0 if good and not failed else 1


sys.exit(main())
