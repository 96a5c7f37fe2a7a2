# SPDX-License-Identifier: Apache-2.0
"""The pages of tests/musts against the RFCs and the sources: check_musts.py [BUILD_DIR]"""

import re

from checks import ROOT, finish, report, text_of
from musts import (INDEX, SECTION, STATES, TEXTS, counts_part, exempt, functions, named_tests, pages, part_of,
                   rows_of, sections_part, tests_part, traces_should)


def name_of(row):
    return f"RFC {row.rfc} {row.section}-{'s' if row.should else ''}{row.first}"


def unread(rfc, part):
    own = re.sub(r"<!-- \d+ \w+: begin.*?: end -->", "", part, flags=re.S)
    lines, rows = own.count("\n| ") - own.count("\n| of |"), len(rows_of(rfc, part))
    return [] if rows == lines else [f"RFC {rfc}: {rows} of {lines} are read"]


def generated_of(page, name):
    start, end = part_of(page, name)
    return page[start:end]


def gaps(rfc, part):
    """Sections in which the numbers do not run from 1 on."""
    seen = {}
    for row in rows_of(rfc, part):
        seen.setdefault((row.section, row.should), []).extend(range(row.first, row.last + 1))
    return [f"RFC {rfc} {s[0]}: {n}" for s, n in seen.items() if n != list(range(1, len(n) + 1))]


def forgotten(rfc, part):
    """Sections with more sentences than lines, and lines of sections that have no such sentence."""
    rows, out, problems = rows_of(rfc, part), exempt(part), []
    table = {m[1]: (int(m[3]), int(m[4])) for m in SECTION.finditer(generated_of(part, f"{rfc} sections"))}
    for section, wanted in table.items():
        for should in (False, True):
            lines = sum(r.last - r.first + 1 for r in rows if (r.section, r.should) == (section, should))
            counts = section not in out and (not should or traces_should(part))
            if counts and lines < wanted[should]:
                kind = "SHOULD" if should else "MUST"
                problems.append(f"RFC {rfc} {section}: {wanted[should]} sentences with {kind}, {lines} lines")
    problems += [f"RFC {rfc} {s}: has no such sentence" for s in
                 sorted({r.section for r in rows} | out) if s not in table]
    return problems


def stale(rfc, part):
    """Generated parts that are not what they would be now."""
    made = {f"{rfc} tests": tests_part(rfc, part)}
    if (TEXTS / f"rfc{rfc}.txt").is_file():
        made[f"{rfc} sections"] = sections_part(rfc)
    return [f"{name}: python3 tests/musts.py --write" for name, lines in made.items()
            if generated_of(part, name) != "\n".join(lines) + "\n"]


def misplaced(row):
    """The file is there and names the RFC; what is the host's names what of the interface it is."""
    if row.place != "-":
        good = (ROOT / row.place).is_file() and re.search(rf"RFC {row.rfc}\b", text_of(row.place))
        return [] if good else [f"{name_of(row)}: {row.place}"]
    return [] if row.state in ("host", "not") else [f"{name_of(row)}: no file"]


def main():
    found = pages()
    rows = [row for rfc, _, part in found for row in rows_of(rfc, part)]
    headers = (text_of(p) for p in sorted((ROOT / "include/ikev1").glob("*.h")))
    interface = {name for text in headers for name in re.findall(r"\bikev1_\w+", text)}
    known = functions()
    report("musts: each line of a table is a row", [p for rfc, _, part in found for p in unread(rfc, part)])
    report("musts: numbers without a gap", [p for rfc, _, part in found for p in gaps(rfc, part)])
    report("musts: no sentence is forgotten", [p for rfc, _, part in found for p in forgotten(rfc, part)])
    report("musts: states", [f"{name_of(r)}: {r.state}" for r in rows if r.state not in STATES])
    report("musts: what is shown has tests, and they exist",
           [f"{name_of(r)}: {name}" for r in rows for name in named_tests(r) if name not in known])
    report("musts: the files are there and name the RFC", [p for r in rows for p in misplaced(r)])
    report("musts: what the host does it by exists",
           [f"{name_of(r)}: {name}" for r in rows for name in re.findall(r"\bikev1_\w+", r.tests)
            if name not in interface])
    stale_parts = [p for rfc, _, part in found for p in stale(rfc, part)]
    if generated_of(text_of(INDEX), "counts") != "\n".join(counts_part()) + "\n":
        stale_parts.append("counts: python3 tests/musts.py --write")
    report("musts: the generated parts are up to date", stale_parts)
    finish()


main()
