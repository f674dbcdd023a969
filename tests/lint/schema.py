#!/usr/bin/env python3
"""Hold the table of config.json (src/spec/schema.c) against the official JSON schema of runtime-spec 1.3.0.

The schema is not part of this repository: RUNTIME_SPEC_SCHEMA names its folder (the one with config-schema.json).
Every difference is either listed below with its reason, or an error. A reason that is no longer needed is an error too.
"""
import json
import os
import re
import subprocess
import sys

# Where the schema and the text of the specification disagree, the text is followed; or the kernel, or prudence.
EXPLAINED = {
    # path: (what differs, why)
    "process.user.uid": [("need", "REQUIRED in config.md"),
                         ("range", "4294967295 means 'unchanged' to setresuid(2)")],
    "process.user.gid": [("need", "REQUIRED in config.md"),
                         ("range", "4294967295 means 'unchanged' to setresgid(2)")],
    "process.user.umask": [("range", "umask(2) takes the permission bits")],
    "process.user.additionalGids": [("range", "4294967295 is no group")],
    "process.consoleSize.height": [("range", "more than fits a terminal is looked at only where there is one")],
    "process.consoleSize.width": [("range", "as height")],
    "process.oomScoreAdj": [("range", "the kernel's, proc(5)")],
    "process.ioPriority.priority": [("need", "REQUIRED in config.md"), ("range", "ioprio_set(2)")],
    "process.rlimits[].type": [("kind", "a pattern there; here the names that exist")],
    "process.scheduler.nice": [("range", "sched(7)")],
    "hooks.prestart[].timeout": [("range", "above 0 is a rule with a clearer complaint")],
    "hooks.createRuntime[].timeout": [("range", "as prestart")],
    "hooks.createContainer[].timeout": [("range", "as prestart")],
    "hooks.startContainer[].timeout": [("range", "as prestart")],
    "hooks.poststart[].timeout": [("range", "as prestart")],
    "hooks.poststop[].timeout": [("range", "as prestart")],
    "linux.devices[].major": [("range", "the kernel has 12 bits")],
    "linux.devices[].minor": [("range", "the kernel has 20 bits")],
    "linux.devices[].fileMode": [("range", "any uint32 in config-linux.md; schema: no setuid, setgid, sticky")],
    "linux.devices[].uid": [("range", "4294967295 means 'unchanged' to chown(2)")],
    "linux.devices[].gid": [("range", "4294967295 means 'unchanged' to chown(2)")],
    "linux.resources.devices[].major": [("range", "-1 is what runtimes take for 'all'")],
    "linux.resources.devices[].minor": [("range", "-1 is what runtimes take for 'all'")],
    "linux.resources.memory.limit": [("range", "-1 is 'no limit', less is nothing")],
    "linux.resources.memory.reservation": [("range", "as limit")],
    "linux.resources.memory.swap": [("range", "as limit")],
    "linux.resources.memory.swappiness": [("range", "0 to 100 in config-linux.md")],
    "linux.resources.cpu.quota": [("range", "-1 is 'no limit', less is nothing")],
    "linux.resources.cpu.idle": [("range", "0 or 1 in config-linux.md")],
    "linux.resources.pids.limit": [("need", "OPTIONAL in config-linux.md, and Docker omits it"),
                                   ("range", "-1 is 'no limit', less is nothing")],
    "linux.resources.blockIO.weightDevice[].major": [("range", "the kernel has 12 bits")],
    "linux.resources.blockIO.weightDevice[].minor": [("range", "the kernel has 20 bits")],
    "linux.seccomp.syscalls[].args[].index": [("range", "a system call has six arguments")],
    "linux.rootfsPropagation": [("words", "Docker writes the recursive forms, which runc takes")],
    "linux.memoryPolicy.mode": [("need", "REQUIRED in config-linux.md")],
    "linux.personality.domain": [("need", "REQUIRED in config-linux.md")],
    "linux.timeOffsets": [("kind", "a map in config-linux.md: the names of clocks are keys")],
    "linux.timeOffsets{}.secs": [("missing", "see linux.timeOffsets")],
    "linux.timeOffsets{}.nanosecs": [("missing", "see linux.timeOffsets")],
    "linux.timeOffsets.boottime": [("unknown", "see linux.timeOffsets")],
    "linux.timeOffsets.monotonic": [("unknown", "see linux.timeOffsets")],
}
for rate in ("throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice"):
    prefix = "linux.resources.blockIO." + rate + "[]."
    EXPLAINED[prefix + "rate"] = [("need", "REQUIRED in config-linux.md")]
    EXPLAINED[prefix + "major"] = [("range", "the kernel has 12 bits")]
    EXPLAINED[prefix + "minor"] = [("range", "the kernel has 20 bits")]

OTHER_PLATFORMS = ("solaris", "windows", "vm", "zos", "freebsd")


def skip(reason):
    print(reason)
    sys.exit(77)


class Schema:
    """The schema's files as one tree, references followed."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}
        self.rows = {}

    def load(self, name):
        if name not in self.files:
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                self.files[name] = json.load(file)
        return self.files[name]

    def resolve(self, node, name):
        """The node with $ref, allOf and a lone anyOf merged into it, and the file its own references are relative to."""
        merged = {}
        if "$ref" in node:
            target, _, pointer = node["$ref"].partition("#")
            name = target or name
            found = self.load(name)
            for part in pointer.strip("/").split("/"):
                found = found[part]
            merged, name = self.resolve(found, name)
            merged = dict(merged)
        for part in node.get("allOf", []) + (node.get("anyOf", []) if len(node.get("anyOf", [])) == 1 else []):
            inner, inner_name = self.resolve(part, name)
            merged["properties"] = {**merged.get("properties", {}), **inner.get("properties", {})}
            merged["required"] = merged.get("required", []) + inner.get("required", [])
            merged.setdefault("type", inner.get("type"))
            name = inner_name
        merged.update({k: v for k, v in node.items() if k not in ("$ref", "allOf", "anyOf")})
        if "allOf" in node or "anyOf" in node:
            merged["properties"] = {**node.get("properties", {}), **merged.get("properties", {})}
        return merged, name

    def walk(self, node, name, path):
        for key, value in node.get("properties", {}).items():
            inner, inner_name = self.resolve(value, name)
            below = path + "." + key if path else key
            if below in OTHER_PLATFORMS:
                self.rows[below] = {"kind": "ignored", "need": "optional"}
                continue
            row = self.describe(inner, inner_name)
            row["need"] = "required" if key in node.get("required", []) else "optional"
            self.rows[below] = row
            self.descend(inner, inner_name, below)

    def descend(self, node, name, path):
        if "items" in node:
            inner, inner_name = self.resolve(node["items"], name)
            self.walk(inner, inner_name, path + "[]")
        extra = self.extra(node)
        if extra:
            inner, inner_name = self.resolve(extra, name)
            self.walk(inner, inner_name, path + "{}")
        self.walk(node, name, path)

    @staticmethod
    def extra(node):
        patterns = list(node.get("patternProperties", {}).values())
        if patterns:
            return patterns[0]
        extra = node.get("additionalProperties")
        return extra if isinstance(extra, dict) else None

    def describe(self, node, name):
        kind = node.get("type", "object")
        row = {}
        if kind == "array":
            inner, inner_name = self.resolve(node.get("items", {}), name)
            row = self.describe(inner, inner_name)
            row["kind"] = "array-of-" + row["kind"]
        elif kind == "object" and self.extra(node):
            inner, inner_name = self.resolve(self.extra(node), name)
            row["kind"] = "map-of-" + self.describe(inner, inner_name)["kind"]
        elif kind == "string" and "enum" in node:
            row = {"kind": "word", "words": set(node["enum"])}
        else:
            row["kind"] = kind
            if kind == "integer":
                row["range"] = (node.get("minimum", -2**63), node.get("maximum", 2**63 - 1))
        return row


def read_table(program):
    rows = {}
    for line in subprocess.run([program, "--table"], check=True, capture_output=True, text=True).stdout.splitlines():
        path, kind, need, *values = line.split()
        row = {"kind": kind, "need": need}
        if kind.endswith("word"):
            row["words"] = set(values)
        elif values:
            row["range"] = tuple(int(v) for v in re.fullmatch(r"(-?\d+)\.\.(\d+)", values[0]).groups())
        rows[path] = row
    return rows


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    program = os.environ.get("CONFIG") or os.path.join(
        root, "build", os.environ.get("FLAVOUR", "plain"), "tests", "golden", "config")
    folder = os.environ.get("RUNTIME_SPEC_SCHEMA", "")
    if not folder:
        skip("RUNTIME_SPEC_SCHEMA does not name the schema folder of runtime-spec 1.3.0")
    if not os.path.exists(os.path.join(folder, "config-schema.json")):
        skip(f"{folder} has no config-schema.json")
    if not os.path.exists(program):
        skip(f"{program} is not built")

    schema = Schema(folder)
    schema.walk(schema.load("config-schema.json"), "config-schema.json", "")
    table = read_table(program)
    bad, used = [], set()

    def differ(path, what, text):
        if what in [w for w, _ in EXPLAINED.get(path, [])]:
            used.add((path, what))
        else:
            bad.append(f"{path}: {what}: {text}")

    for path in sorted(set(schema.rows) | set(table)):
        theirs, ours = schema.rows.get(path), table.get(path)
        if not ours:
            if not any(path.startswith(p + ".") for p, r in table.items() if r["kind"] == "ignored" or
                       (p, "kind") in used):
                differ(path, "unknown", "in the schema, not in the table")
        elif not theirs:
            differ(path, "missing", "in the table, not in the schema")
        elif ours["kind"] == "ignored":
            pass
        else:
            for what in ("kind", "need", "words", "range"):
                if theirs.get(what) != ours.get(what) and not (what == "words" and theirs["kind"] != ours["kind"]):
                    differ(path, what, f"schema {theirs.get(what)}, table {ours.get(what)}")
    for path, differences in EXPLAINED.items():
        for what, _ in differences:
            if (path, what) not in used and not path.startswith("linux.timeOffsets."):
                bad.append(f"{path}: {what}: explained, but no longer different")
    for line in bad:
        print(line)
    print(f"{len(schema.rows)} properties in the schema, {len(table)} in the table, "
          f"{len(used)} differences explained, {len(bad)} not")
    sys.exit(1 if bad else 0)


main()
