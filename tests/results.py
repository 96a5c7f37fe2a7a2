# SPDX-License-Identifier: Apache-2.0
"""Turns meson's test log into one line per test case: ok, not ok or skip. results.py TESTLOG [WAY]

A program that prints TAP (cmocka does) counts by its cases, any other as one case. A program that
failed without a failed case, or stopped before its last one, is a failed case of its own. With
a WAY each program counts once: it is run again in that way and its cases were counted before."""

import json
import re
import sys

CASE = re.compile(r"(not ok|ok) \d+ (?:- |(# SKIP) )(.*)")
PLAN = re.compile(r"1\.\.(\d+)")


def cases(test, program):
    """(verdict, name) of each case of one program. A test that skips prints why just before."""
    found, planned, said = [], 0, "says not why"
    for line in (test.get("stdout") or "").splitlines():
        if case := CASE.fullmatch(line):
            verdict, skipped, name = case.groups()
            found.append(("skip", f"{program}: {name} # {said}") if skipped else (verdict, f"{program}: {name}"))
        elif plan := PLAN.fullmatch(line):
            planned += int(plan[1])
        elif line.strip():
            said = line.strip()
    if not found:
        verdict = {"OK": "ok", "SKIP": "skip"}.get(test["result"], "not ok")
        return [(verdict, program)]
    if len(found) < planned:
        found.append(("not ok", f"{program}: stopped after {len(found)} of {planned} cases"))
    elif test["result"] not in ("OK", "SKIP") and all(v != "not ok" for v, _ in found):
        found.append(("not ok", f"{program}: {test['result'].lower()}, status {test['returncode']}"))
    return found


def main(path, way=None):
    with open(path, encoding="utf-8") as log:
        tests = [json.loads(line) for line in log]
    for test in tests:
        program = test["name"].split(" / ")[-1]
        results = cases(test, program)
        if way:
            failed = any(verdict == "not ok" for verdict, _ in results)
            results = [("not ok" if failed else "ok", f"{way}: {program}")]
        for verdict, name in results:
            print(f"{verdict} - {name}")
        if any(verdict == "not ok" for verdict, _ in results):
            told = ((test.get("stdout") or "") + (test.get("stderr") or "")).splitlines()
            print("\n".join(f"# {line}" for line in told if not line.startswith("ok ")))
    sys.exit(0 if tests else "no test was run")


main(*sys.argv[1:])
