# SPDX-License-Identifier: Apache-2.0
"""tests/MUSTS.md, the trace of single requirements, against the sources: check_musts.py [BUILD_DIR]"""

import re

from checks import ROOT, finish, report, text_of
from coverage import TEST

PAGE = "tests/MUSTS.md"
ROW = re.compile(r"^\| ([\dAB][\d.]*)-(\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)
STATES = ("done", "in part", "by design", "untested", "not", "none")


def functions():
    texts = (p.read_text(encoding="utf-8") for p in (ROOT / "tests").glob("test_*.c"))
    return {name for text in texts for name in TEST.findall(re.sub(r"static void\n", "static void ", text))}


def tables():
    """The rows of each RFC's table."""
    parts = re.split(r"^## RFC (\d{4})", text_of(PAGE), flags=re.M)
    return [(rfc, *row) for rfc, part in zip(parts[1::2], parts[2::2]) for row in ROW.findall(part)]


def gaps(rows):
    """Sections in which the numbers do not run from 1 on."""
    seen = {}
    for rfc, section, number, *_ in rows:
        seen.setdefault((rfc, section), []).append(int(number))
    return [f"{s}: {n}" for s, n in seen.items() if n != list(range(1, len(n) + 1))]


def main():
    rows, known = tables(), functions()
    lines = text_of(PAGE).count("\n| ") - text_of(PAGE).count("\n| MUST ")
    report("musts: each line of a table is a row",
           [] if len(rows) == lines else [f"{len(rows)} of {lines} are read"])
    report("musts: numbers without a gap", gaps(rows))
    report("musts: states", [f"RFC {r[0]} {r[1]}-{r[2]}: {r[4]}" for r in rows if r[4] not in STATES])
    report("musts: what is shown has tests, and they exist",
           [f"RFC {r[0]} {r[1]}-{r[2]}: {name}" for r in rows if r[4] in ("done", "in part", "by design")
            for name in r[6].split(";")[0].split(", ") if name not in known])
    report("musts: the files are there and name an RFC",
           [f"RFC {r[0]} {r[1]}-{r[2]}: {r[5]}" for r in rows
            if not (ROOT / r[5]).is_file() or f"RFC {r[0]}" not in text_of(r[5])])
    finish()


main()
