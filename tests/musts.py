# SPDX-License-Identifier: Apache-2.0
"""The pages of tests/musts, one requirement of an RFC a line, and what can be read off the RFCs and the
tests for them. musts.py --write brings the generated parts up to date; check_musts.py judges them.

The texts of the RFCs stand in IKEV1_SHARED/rfc (../shared/rfc); without them the counts of sentences
stay as they are."""

import collections
import os
import pathlib
import re
import sys

from checks import ROOT, text_of
from coverage import TEST, part_of

INDEX = "tests/MUSTS.md"
FOLDER = ROOT / "tests/musts"
TEXTS = pathlib.Path(os.environ.get("IKEV1_SHARED", ROOT.parent / "shared")) / "rfc"
STATES = ("done", "in part", "by design", "untested", "host", "not")
NUMBER = r"(?:\d[\d.]*|[A-Z])"
# Number, words, state, file, tests or why.
ROW = re.compile(rf"^\| ({NUMBER})-(s?)(\d+)(?:\.\.s?(\d+))? \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)
EXEMPT = re.compile(rf"^- ({NUMBER}(?:, {NUMBER})*): .", re.M)
SECTION = re.compile(rf"^\| ({NUMBER}) \| ([^|]+) \| (\d+) \| (\d+) \|$", re.M)
MUST = re.compile(r"\b(?:MUST|SHALL|REQUIRED)\b")
SHOULD = re.compile(r"\b(?:SHOULD|RECOMMENDED)\b")
HEADING = re.compile(r"^(?:(\d{1,2}(?:\.\d{1,2})*)\.?\s+([A-Z\"].*)|(?:Appendix|APPENDIX) ([A-Z])\b\.?\s*(.*))$")
CONTENTS = re.compile(r"\.{3}|[. ]{3,}\d+$")

Row = collections.namedtuple("Row", "rfc section should first last words state place tests")


def pages():
    """(RFC, its part of a page): a page of several RFCs has a heading for each."""
    found = []
    for path in sorted(FOLDER.glob("*.md")):
        parts = re.split(r"^## RFC (\d{4})", path.read_text(encoding="utf-8"), flags=re.M)
        found += [(int(rfc), path, part) for rfc, part in zip(parts[1::2], parts[2::2])]
    return sorted(found, key=lambda page: page[0])


def rows_of(rfc, part):
    return [Row(rfc, m[1], bool(m[2]), int(m[3]), int(m[4] or m[3]), *m.groups()[4:]) for m in ROW.finditer(part)]


def exempt(part):
    return {section for m in EXEMPT.finditer(part) for section in m[1].split(", ")}


def traces_should(part):
    return any(row.should for row in rows_of(0, part))


# ---- the text of an RFC ----

def paragraphs(rfc):
    """(section, title, paragraph) of an RFC, without page ends and table of contents."""
    text = (TEXTS / f"rfc{rfc}.txt").read_text(encoding="utf-8", errors="replace")
    text = re.sub(r"\n*[^\n]*\[Page \d+\]\n\f?\n*RFC \d+[^\n]*\n", "\n\n", text)
    number, title, lines = "", "", []
    for line in text.split("\n") + ["0 End"]:
        heading = HEADING.match(line)
        if heading and not CONTENTS.search(line) or line == "0 End":
            for paragraph in re.split(r"\n\s*\n", "\n".join(lines)):
                yield number, title, " ".join(paragraph.split())
            lines = []
            if heading:
                number, title = heading[1] or heading[3], (heading[2] or heading[4] or "-").strip()
        else:
            lines.append(line)


def requirements(rfc):
    """Section -> (title, sentences with MUST, others with SHOULD)."""
    found = {}
    for number, title, paragraph in paragraphs(rfc):
        for sentence in re.split(r"(?<=[.:;])\s+(?=[A-Z(\"o*-])", paragraph):
            if number and (MUST.search(sentence) or SHOULD.search(sentence)):
                entry = found.setdefault(number, (title, [], []))
                entry[1 if MUST.search(sentence) else 2].append(sentence)
    return found


# ---- the generated parts ----

def functions():
    """Test -> the file it stands in."""
    found = {}
    for path in sorted((ROOT / "tests").glob("test_*.c")):
        text = re.sub(r"static void\n", "static void ", path.read_text(encoding="utf-8"))
        found.update((name, path.name) for name in TEST.findall(text))
    return found


def named_tests(row):
    return row.tests.split(";")[0].split(", ") if row.state in ("done", "in part", "by design") else []


def sections_part(rfc):
    lines = ["| section | title | MUST | SHOULD |", "|---|---|---|---|"]
    for number, (title, musts, shoulds) in requirements(rfc).items():
        lines.append(f"| {number} | {title.replace('|', '/')} | {len(musts)} | {len(shoulds)} |")
    return lines


def tests_part(rfc, part):
    files, known = {}, functions()
    for row in rows_of(rfc, part):
        for name in named_tests(row):
            files.setdefault(known.get(name, "-"), set()).add(name)
    return ["| file | tests |", "|---|---|"] + [f"| {f} | {', '.join(sorted(files[f]))} |" for f in sorted(files)]


def counts_part():
    lines = ["| RFC | page | lines | " + " | ".join(STATES) + " |", "|---|---|---|" + "---|" * len(STATES)]
    for rfc, path, part in pages():
        rows = rows_of(rfc, part)
        states = [sum(row.state == state for row in rows) for state in STATES]
        numbers = " | ".join(map(str, [len(rows), *states]))
        lines.append(f"| {rfc} | [{path.name}](musts/{path.name}) | {numbers} |")
    return lines


def fill(page, name, lines):
    start, end = part_of(page, name)
    return page[:start] + "\n".join(lines) + "\n" + page[end:]


def write():
    for rfc, path, part in pages():
        page = path.read_text(encoding="utf-8")
        if (TEXTS / f"rfc{rfc}.txt").is_file():
            page = fill(page, f"{rfc} sections", sections_part(rfc))
        page = fill(page, f"{rfc} tests", tests_part(rfc, part))
        path.write_text(page, encoding="utf-8")
    (ROOT / INDEX).write_text(fill(text_of(INDEX), "counts", counts_part()), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write() if sys.argv[1:] == ["--write"] else __doc__)
