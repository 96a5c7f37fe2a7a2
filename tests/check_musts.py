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


def gaps(rows):
    """Sections in which the numbers do not run from 1 on."""
    seen = {}
    for section, number, *_ in rows:
        seen.setdefault(section, []).append(int(number))
    return [f"{s}: {n}" for s, n in seen.items() if n != list(range(1, len(n) + 1))]


def main():
    rows, known = ROW.findall(text_of(PAGE)), functions()
    report("musts: each line of the table is a row", [] if len(rows) == text_of(PAGE).count("\n| ") - 1
           else [f"{len(rows)} rows are read"])
    report("musts: numbers without a gap", gaps(rows))
    report("musts: states", [f"{r[0]}-{r[1]}: {r[3]}" for r in rows if r[3] not in STATES])
    report("musts: what is shown has tests, and they exist",
           [f"{r[0]}-{r[1]}: {name}" for r in rows if r[3] in ("done", "in part", "by design")
            for name in r[5].split(";")[0].split(", ") if name not in known])
    report("musts: the files are there and name an RFC",
           [f"{r[0]}-{r[1]}: {r[4]}" for r in rows
            if not (ROOT / r[4]).is_file() or "RFC 2409" not in text_of(r[4])])
    finish()


main()
