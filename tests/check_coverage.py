# SPDX-License-Identifier: Apache-2.0
"""tests/README.md tells the truth about the tests: what it names exists, every row that a test cites
stands in it, every row that it calls tested names a test. check_coverage.py [BUILD_DIR]"""

import re

from checks import ROOT, finish, report, text_of
from coverage import FAMILIES, PAGE, ROW, cited_rows, files, test_names

STATES = {"done", "in part", "not yet"}
FILE = re.compile(r"\b(?:test|check|fuzz)_\w+\.(?:c|sh|py)\b|\b\w+\.(?:sh|py)\b")
FUNCTION = re.compile(r"\btest_\w+__\w+\b(?!\.c)")
NAMED = re.compile(f"{FILE.pattern}|{FUNCTION.pattern}")


def numbering():
    """Every row stands in the page once, and none is left out in between."""
    rows = [m[0] for m in ROW.findall(text_of(PAGE))]
    problems = [f"{r} stands there twice" for r in sorted(set(rows)) if rows.count(r) > 1]
    for family in [*"SRPB", *(f"{f}-" for f in FAMILIES)]:
        held = {int(r[len(family):]) for r in rows if r.startswith(family) and r[len(family):].isdigit()}
        problems += [f"{family}{n} is missing" for n in range(1, max(held, default=1)) if n not in held]
        problems += [] if held else [f"{family} has no rows"]
    return problems


def main():
    page = text_of(PAGE)
    known = {p.name for p in files("tests", "fuzz", "examples")} | \
            {p.name for p in (ROOT / "tests").glob("*.py")}
    functions = test_names()
    report("coverage: every file that is named exists",
           [f"{name} does not exist; python3 tests/coverage.py --write?"
            for name in sorted(set(FILE.findall(page)) - known)])
    report("coverage: every test that is named exists",
           [f"{name} does not exist" for name in sorted(set(FUNCTION.findall(page)) - functions)])
    rows = {m[0]: m for m in ROW.findall(page)}
    report("coverage: every row that a test cites is listed",
           [f"{row} is cited in {', '.join(sorted(tests))}"
            for row, tests in sorted(cited_rows().items()) if row not in rows])
    report("coverage: no row is missing or doubled", numbering())
    report("coverage: every state is one of those explained",
           [f"{r}: {m[1]}" for r, m in rows.items() if m[1] not in STATES])
    report("coverage: what counts as tested names a test, what does not says why",
           [r for r, (_, state, tests, words) in rows.items()
            if not (NAMED.search(f"{tests} {words}") if state != "not yet" else words.strip())])
    finish()


main()
