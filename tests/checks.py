# SPDX-License-Identifier: Apache-2.0
"""What the checks share: reporting, running a tool, finding the project's files."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAYERS = ("base", "wire", "crypto", "exchange", "session", "api")
SOURCE_FOLDERS = ("lib", "include", "examples", "tests", "fuzz")
_failed = False


def report(name, problems):
    """One result line, after one line for each problem."""
    global _failed
    for problem in problems:
        print(f"# {problem}")
    print(f"{'not ok' if problems else 'ok'} - {name}", flush=True)
    _failed = _failed or bool(problems)


def finish():
    sys.exit(1 if _failed else 0)


def run(*command):
    """What a tool prints; a tool that fails ends the check."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sources(*folders, suffixes=(".c", ".h")):
    """The C files below these folders, in order, as paths from the root."""
    found = (p for f in folders for p in (ROOT / f).rglob("*") if p.suffix in suffixes)
    return sorted(p.relative_to(ROOT) for p in found)


def text_of(path):
    return (ROOT / path).read_text(encoding="utf-8")


def public_headers():
    return [p for p in sources("include") if p.suffix == ".h"]


def declared(header, include):
    """Names of the functions a public header itself declares, with and without IKEV1_API."""
    expanded = run("cc", "-std=c11", "-E", "-DIKEV1_API=EXPORTED_", "-I", include,
                   "-I", str(ROOT / "include"), str(ROOT / header))
    own, here = [], False
    for line in expanded.splitlines():
        marker = re.match(r'# \d+ "(.*)"', line)
        if marker:
            here = marker[1].endswith(str(header))
        elif here:
            own.append(line)
    exported, plain = set(), set()
    body = re.sub(r'extern\s+"C"\s*\{', "", "\n".join(own))
    depth, statement = 0, ""
    for char in body:
        depth += (char == "{") - (char == "}")
        if depth == 0 and char in ";}":
            _classify(statement, exported, plain)
            statement = ""
        elif depth == 0:
            statement += char
    return exported, plain


def _classify(statement, exported, plain):
    words = " ".join(statement.split())
    name = re.search(r"(\w+) ?\(", words)
    if not name or words.startswith(("typedef", "static", "struct", "enum", "union")):
        return
    (exported if words.startswith("EXPORTED_") else plain).add(name[1])
