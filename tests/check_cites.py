# SPDX-License-Identifier: Apache-2.0
"""What the library claims about an RFC is tested: each section that lib/ cites is cited by a test, or
stands with a reason under 'Cited, not tested' in tests/README.md. check_cites.py [BUILD_DIR]"""

import re

from checks import finish, report, text_of
from coverage import PAGE, cited_sections, listed, name_of, proving

UNTESTED = re.compile(r"^### Cited, not tested\n(.*?)(?=^##|\Z)", re.M | re.S)
LINE = re.compile(r"^\| (RFC \d{4}[^|]*?) \|", re.M)


def main():
    part = UNTESTED.search(text_of(PAGE))
    excused = set(LINE.findall(part[1] if part else ""))
    tests, library = cited_sections("tests"), cited_sections("lib")
    tested = {name_of(c): bool(proving(c, tests)) for c in library}
    report("cites: there are citations to look at", [] if len(library) > 50 else [f"{len(library)}"])
    report("cites: every section that the library cites is cited by a test",
           [f"{name_of(c)} in {listed(paths)}" for c, paths in sorted(library.items())
            if not tested[name_of(c)] and name_of(c) not in excused])
    report("cites: what is called untested is cited and untested",
           [name for name in sorted(excused) if tested.get(name, True)])
    finish()


main()
