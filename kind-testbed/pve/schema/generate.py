#!/usr/bin/env python3
"""Condense Proxmox VE's own API description (apidata.json, as `pvesh` and the API viewer use it) into pve.json.

Usage: schema/generate.py path/to/apidata.json > schema/pve.json

Kept: what decides an answer (types, bounds, formats, permissions, proxying). Dropped: texts for people.
Property strings used more than once are stored once under "formats" and referred to as "#n".
"""
import json
import sys

KEEP = ("/version", "/access", "/pools", "/storage", "/cluster/resources", "/cluster/status", "/cluster/nextid",
        "/cluster/tasks", "/cluster/options", "/cluster/ha", "/nodes/{node}/qemu", "/nodes/{node}/tasks",
        "/nodes/{node}/storage", "/nodes/{node}/network", "/nodes/{node}/status", "/nodes/{node}/version",
        "/nodes/{node}/rrddata", "/nodes/{node}/vzdump", "/nodes/{node}/capabilities")
EXACT = ("/nodes", "/nodes/{node}", "/cluster")
FIELDS = ("type", "optional", "format", "default_key", "alias", "keyAlias", "enum", "pattern", "minimum", "maximum",
          "minLength", "maxLength", "requires", "items")

formats = []


def number(value):
    """Bounds are sometimes written as strings."""
    return float(value) if isinstance(value, str) else value


def prop(schema):
    out = {}
    for field in FIELDS:
        if field not in schema:
            continue
        value = schema[field]
        if field in ("minimum", "maximum", "minLength", "maxLength"):
            value = number(value)
            value = int(value) if float(value).is_integer() else value
        if field == "format" and isinstance(value, dict):
            value = shared({name: prop(sub) for name, sub in sorted(value.items())})
        if field == "items":
            value = prop(value)
        if field == "pattern":
            value = value.replace("(?^:", "(?:").replace("(?^i:", "(?i:")
        out[field] = bool(value) if field in ("optional", "default_key") else value
    return out


def shared(definition):
    if definition not in formats:
        formats.append(definition)
    return f"#{formats.index(definition)}"


def method(info):
    permissions = info.get("permissions") or {}
    parameters = info.get("parameters") or {}
    out = {"params": {name: prop(sub) for name, sub in sorted((parameters.get("properties") or {}).items())}}
    if info.get("protected"):
        out["protected"] = True
    if not info.get("allowtoken"):
        out["ticket_only"] = True
    if "check" in permissions:
        out["check"] = permissions["check"]
    if "user" in permissions:
        out["user"] = permissions["user"]
    return out


def walk(node, into):
    path = node["path"]
    if path in EXACT or any(path == keep or path.startswith(keep + "/") for keep in KEEP):
        for verb, info in sorted((node.get("info") or {}).items()):
            into.setdefault(path, {})[verb] = method(info)
    for child in node.get("children", []):
        walk(child, into)


def main():
    paths = {}
    for root in json.load(open(sys.argv[1], encoding="utf-8")):
        walk(root, paths)
    dump = lambda value: json.dumps(value, sort_keys=True, separators=(",", ":"))
    print('{"paths":{')
    rows = [f'{dump(path)}:{{{(",").join(chr(10) + dump(verb) + ":" + dump(info) for verb, info in sorted(verbs.items()))}}}'
            for path, verbs in sorted(paths.items())]
    print(",\n".join(rows))
    print('},"formats":[')
    print(",\n".join(dump(definition) for definition in formats))
    print("]}")


main()
