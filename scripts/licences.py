"""Checks every crate that may be built into Stoa against deny.toml: licences, bans and sources.

Called by scripts/check.sh where cargo-deny is not installed. It reads `cargo metadata` and the same lists that cargo-deny
reads, so there is one truth; what it cannot do is look at security advisories. Exits with 1 and names each offender.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def allowed(expression: str, allow: set[str]) -> bool:
    """Whether an SPDX expression can be satisfied by the allowed licences. `/` is the old way to write OR."""
    tokens = re.findall(r"\(|\)|[A-Za-z0-9.+-]+", expression.replace("/", " OR "))
    position = 0

    def peek() -> str | None:
        return tokens[position] if position < len(tokens) else None

    def take() -> str:
        nonlocal position
        position += 1
        return tokens[position - 1]

    def licence() -> bool:
        if peek() == "(":
            take()
            result = either()
            if peek() != ")":
                raise ValueError(expression)
            take()
            return result
        name = take()
        if peek() == "WITH":
            take()
            name = f"{name} WITH {take()}"
        return name in allow

    def both() -> bool:
        result = licence()
        while peek() == "AND":
            take()
            result = licence() and result
        return result

    def either() -> bool:
        result = both()
        while peek() == "OR":
            take()
            result = both() or result
        return result

    result = either()
    if peek() is not None:
        raise ValueError(expression)
    return result


def metadata() -> dict:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features"]
    told = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE)
    if told.returncode != 0:
        sys.exit("cargo metadata failed; its words are above.")
    return json.loads(told.stdout)


def parents(graph: dict) -> dict[str, set[str]]:
    """For each crate's name, the names of the crates that depend on it."""
    names = {package["id"]: package["name"] for package in graph["packages"]}
    found: dict[str, set[str]] = {}
    for node in graph["resolve"]["nodes"]:
        for dependency in node["dependencies"]:
            found.setdefault(names[dependency], set()).add(names[node["id"]])
    return found


def problems(graph: dict, rules: dict) -> list[str]:
    allow = set(rules["licenses"]["allow"])
    registries = {f"registry+{url}" for url in rules["sources"]["allow-registry"]}
    banned = {entry["crate"]: entry for entry in rules["bans"]["deny"]}
    used_by = parents(graph)
    found = []
    for package in graph["packages"]:
        crate = f"{package['name']} {package['version']}"
        if package["source"] is None:  # ours
            continue
        if package["source"] not in registries:
            found.append(f"{crate}: comes from {package['source']}, which [sources] does not allow")
        if not allowed(package["license"] or "none", allow):
            found.append(f"{crate}: licence {package['license'] or 'not given'}, which [licenses] does not allow")
        if ban := banned.get(package["name"]):
            users = used_by.get(package["name"], set()) - set(ban.get("wrappers", []))
            if users:
                found.append(f"{crate}: banned ({ban['reason']}), used by {', '.join(sorted(users))}")
    return found


def main() -> None:
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    graph = metadata()
    found = problems(graph, rules)
    for line in found:
        print(line, file=sys.stderr)
    if found:
        sys.exit(f"{len(found)} crates break the rules of deny.toml.")
    print(f"    {len(graph['packages'])} crates keep the rules of deny.toml (licences, bans, sources; not the advisories)")


if __name__ == "__main__":
    main()
