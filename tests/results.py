# SPDX-License-Identifier: Apache-2.0
"""Turns meson's test log into one line per test case: ok, not ok or skip. results.py TESTLOG

A program that prints TAP (cmocka does) counts by its cases, any other as one case. A program that
failed without a failed case, or stopped before its last one, is a failed case of its own."""

import json
import re
import sys

CASE = re.compile(r"^(not ok|ok) \d+ (- |# SKIP )?(.*)$", re.M)
PLAN = re.compile(r"^1\.\.(\d+)$", re.M)


def cases(test, program, printed):
    """(verdict, name) of each case of one program."""
    found = []
    for verdict, mark, name in CASE.findall(printed):
        skipped = mark == "# SKIP "
        found.append(("skip" if skipped else verdict, f"{program}: {name}"))
    planned = sum(int(n) for n in PLAN.findall(printed))
    if not found:
        verdict = {"OK": "ok", "SKIP": "skip"}.get(test["result"], "not ok")
        return [(verdict, program)]
    if len(found) < planned:
        found.append(("not ok", f"{program}: stopped after {len(found)} of {planned} cases"))
    elif test["result"] not in ("OK", "SKIP") and all(v != "not ok" for v, _ in found):
        found.append(("not ok", f"{program}: {test['result'].lower()}, status {test['returncode']}"))
    return found


def main(path):
    with open(path, encoding="utf-8") as log:
        tests = [json.loads(line) for line in log]
    for test in tests:
        program = test["name"].split(" / ")[-1]
        printed = test.get("stdout") or ""
        results = cases(test, program, printed)
        for verdict, name in results:
            print(f"{verdict} - {name}" + (" # says itself why" if verdict == "skip" else ""))
        if any(verdict == "not ok" for verdict, _ in results):
            told = [line for line in printed.splitlines() if not line.startswith("ok ")]
            print("\n".join(f"# {line}" for line in [*told, *(test.get("stderr") or "").splitlines()]))
    sys.exit(0 if tests else "no test was run")


main(sys.argv[1])
