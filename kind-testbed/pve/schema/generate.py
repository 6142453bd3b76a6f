#!/usr/bin/env python3
"""Condense Proxmox VE's own API description (apidata.json, as `pvesh` and the API viewer use it) into pve.json.

Usage: schema/generate.py path/to/apidata.json > schema/pve.json

Kept: what decides an answer (types, bounds, formats, permissions, proxying). Dropped: texts for people.
Property strings used more than once are stored once under "formats" and referred to as "#n".
"""
import json
import re
import sys

KEEP = ("/version", "/access", "/pools", "/storage", "/cluster", "/nodes")
DROP = ("/access/openid", "/cluster/acme", "/cluster/bulk-action", "/cluster/ceph", "/cluster/sdn/fabrics",
        "/nodes/{node}/ceph", "/nodes/{node}/sdn/fabrics")
# Served, but in no index.
UNLISTED = ("execute", "mtunnelwebsocket", "vncwebsocket")
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
            # Perl's way to write nested patterns; and its letters are those of ASCII here.
            value = re.sub(r"\(\?\^u?(i?):", r"(?\1:", value).replace(r"\w\d\s", "a-zA-Z0-9_ ")
            value = value.replace(r"\0", r"\x00")
        out[field] = bool(value) if field in ("optional", "default_key") else value
    return out


def shared(definition):
    if definition not in formats:
        formats.append(definition)
    return f"#{formats.index(definition)}"


def properties(parameters):
    """All parameters; those that only one of several variants has are optional."""
    found = dict(parameters.get("properties") or {})
    for part in parameters.get("allOf", []):
        found |= properties(part)
    for variant in parameters.get("oneOf", []):
        found |= {name: sub | {"optional": 1} for name, sub in properties(variant).items()}
    if "type-property" in parameters:
        found[parameters["type-property"]] = parameters["type-property-schema"]
    return found


def method(info):
    permissions = info.get("permissions") or {}
    parameters = info.get("parameters") or {}
    out = {"params": {name: prop(sub) for name, sub in sorted(properties(parameters).items())}}
    if info.get("protected"):
        out["protected"] = True
    if not info.get("allowtoken"):
        out["ticket_only"] = True
    if "check" in permissions:
        out["check"] = permissions["check"]
    if "user" in permissions:
        out["user"] = permissions["user"]
    return out


def index(info, children):
    """What an index lists: the name of its one key and the names below the path."""
    links = (info.get("returns") or {}).get("links") or []
    key = next((link["href"] for link in links if link.get("rel") == "child"), "")
    names = [child["text"] for child in children if not child["text"].startswith("{")]
    names = [name for name in names if name not in UNLISTED]
    return [key.strip("{}"), *sorted(names)] if key in ("{subdir}", "{name}", "{id}", "{cmd}", "{method}", "{type}") and names else None


def under(path, roots):
    return any(path == root or path.startswith(root + "/") for root in roots)


def walk(node, into):
    path = node["path"]
    children = node.get("children") or []
    if under(path, KEEP) and not under(path, DROP):
        for verb, info in sorted((node.get("info") or {}).items()):
            described = method(info)
            below = index(info, children) if verb == "GET" else None
            if below:
                described["index"] = below
            into.setdefault(path, {})[verb] = described
    for child in children:
        walk(child, into)


def main():
    # The root itself is not part of the description.
    names = ["access", "cluster", "nodes", "pools", "storage", "version"]
    paths = {"/": {"GET": {"params": {}, "user": "all", "index": ["subdir", *names]}}}
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
