# SPDX-License-Identifier: Apache-2.0
"""What tests/README.md says of the tests, read off the tests: which of them cite a row of the mission
or an adversarial case, which cite a section of an RFC that the library cites, how many there are.
coverage.py --write brings the page up to date; check_coverage.py and check_cites.py judge it."""

import re
import sys

from checks import ROOT, text_of

PAGE = "tests/README.md"
FAMILIES = "HDR PAY SAP KEX IDN CRT PH1 AUT INF QCK CFG FRG NAT RTX DOS CRY MEM LOG HAX FRM".split()
CASE = re.compile(rf"\b(?:{'|'.join(FAMILIES)})-\d\d\b")
MISSION = re.compile(r"\b(?:M-|[Mm]ission )([SRPB]\d{1,2}(?:(?:, |-)[SRPB]\d{1,2})*)\b")
# A line of one of the two hand-written tables: number, state, tests that cite it, words.
ROW = re.compile(r"^\| ([SRPB]\d+|[A-Z\d]{3}-\d\d) \| ([^|]*) \| ([^|]*) \|(?: (.*))? \|$", re.M)
NUMBER = r"\d{1,2}(?:\.\d{1,2})*"
SECTION = re.compile(rf"{NUMBER}(?:-{NUMBER})?|[A-F]")
RFC = re.compile(rf"\bRFC ?(\d{{4}})((?:(?:,? App\. ?|,? )(?:{SECTION.pattern})(?!\w|\.\d|-[a-z]))*)")
TEST = re.compile(r"^(?:static void )?(test_\w+__\w+)\(void \*\*", re.M)


def files(*folders):
    """Everything below these folders in which a comment may cite something."""
    kinds = (".c", ".h", ".sh", ".py")
    found = (p for f in folders for p in sorted((ROOT / f).rglob("*")) if p.suffix in kinds)
    own = {"coverage.py", "check_coverage.py", "check_cites.py"}
    return [p for p in found if p.name not in own]


def flat(path):
    """A file's text with the line breaks inside comments and strings taken out."""
    return re.sub(r"\s*\n\s*(?:\* |# )?", " ", path.read_text(encoding="utf-8"))


def numbered(match):
    """'S1-S13' and 'R1, R9' as single rows."""
    rows = []
    for part in match.split(", "):
        first, _, last = part.partition("-")
        end = int(last[1:] or 0) if last else int(first[1:])
        rows += [f"{first[0]}{n}" for n in range(int(first[1:]), end + 1)]
    return rows


def cited_rows():
    """Row or case -> the tests that cite it."""
    found = {}
    for path in files("tests", "fuzz"):
        text = flat(path)
        names = set(CASE.findall(text))
        names.update(row for m in MISSION.finditer(text) for row in numbered(m[1]))
        for name in names:
            found.setdefault(name, set()).add(path.name)
    return found


def spread(section):
    """'3.4-3.6' as 3.4, 3.5, 3.6; of '4.5-4.6.1' the ends."""
    first, _, last = section.partition("-")
    stem, _, low = first.rpartition(".")
    same, _, high = last.rpartition(".")
    if stem != same or not last:
        return [first, last] if last else [first]
    return [f"{stem}.{n}" if stem else str(n) for n in range(int(low), int(high) + 1)]


def cited_sections(folder):
    """(RFC, section) -> the files that cite it. The section is '' where the whole RFC is meant."""
    found = {}
    for path in files(folder):
        for m in RFC.finditer(flat(path)):
            named = [s for part in SECTION.findall(m[2].replace("App", "")) for s in spread(part)]
            for section in named or [""]:
                found.setdefault((m[1], section), set()).add(path)
    return found


def order(cite):
    return int(cite[0]), [int(n) if n.isdigit() else 100 + ord(n) for n in cite[1].split(".") if n]


def name_of(cite):
    section = cite[1] if not cite[1].isalpha() else f"App. {cite[1]}"
    return f"RFC {cite[0]} {section}".strip()


def proving(cite, tests):
    """The tests of a section. A whole RFC is tested where any of its sections is."""
    if cite[1]:
        return tests.get(cite, set())
    return {p for (rfc, _), paths in tests.items() if rfc == cite[0] for p in paths}


def listed(paths):
    return ", ".join(sorted({p.name for p in paths}))


def cites_part():
    tests = cited_sections("tests")
    lines = ["| section | in lib/ | in tests/ |", "|---|---|---|"]
    for cite, paths in sorted(cited_sections("lib").items(), key=lambda item: order(item[0])):
        lines.append(f"| {name_of(cite)} | {listed(paths)} | {listed(proving(cite, tests)) or '-'} |")
    return lines


def test_names():
    return {name for p in files("tests") if p.suffix == ".c" for name in TEST.findall(p.read_text())}


def numbers_part():
    programs = [p for p in files("tests") if p.parent == ROOT / "tests" and p.match("test_*.c")]
    checks = [p for p in (ROOT / "tests").glob("check_*") if p.suffix in (".py", ".sh")]
    lines = ["| what | how many |", "|---|---|",
             f"| unit test programs | {len(programs)} |",
             f"| test functions in them | {len(test_names())} |",
             f"| checks of sources, headers, built libraries and examples | {len(checks)} |"]
    states = {}
    for number, state, _, _ in ROW.findall(text_of(PAGE)):
        kind = "cases" if "-" in number else "mission rows"
        states.setdefault((kind, state), []).append(number)
    lines += [f"| {kind}: {state} | {len(rows)} |" for (kind, state), rows in sorted(states.items())]
    lines += ["", "| fuzz target | files in its corpus | bytes |", "|---|---|---|"]
    for target in sorted((ROOT / "fuzz").glob("fuzz_*.c")):
        inputs = [p for p in (ROOT / "fuzz/corpus" / target.stem[5:]).glob("*") if p.is_file()]
        lines.append(f"| {target.stem[5:]} | {len(inputs)} | {sum(p.stat().st_size for p in inputs)} |")
    return lines


PARTS = {"numbers": numbers_part, "cites": cites_part}


def part_of(page, name):
    """What stands between the marks of a generated part: start and end in the page."""
    begin = re.search(rf"<!-- {name}: begin.*-->\n", page)
    end = page.index(f"<!-- {name}: end -->")
    return begin.end(), end


def write():
    page, cited = text_of(PAGE), cited_rows()

    def row(m):
        tests = ", ".join(sorted(cited.get(m[1], set()))) or "-"
        return f"| {m[1]} | {m[2]} | {tests} |{f' {m[4]}' if m[4] else ''} |"

    page = ROW.sub(row, page)
    for name, make in PARTS.items():
        start, end = part_of(page, name)
        page = page[:start] + "\n".join(make()) + "\n" + page[end:]
    (ROOT / PAGE).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write() if sys.argv[1:] == ["--write"] else __doc__)
