# SPDX-License-Identifier: Apache-2.0
"""CHANGELOG.md names every public header, type and function, and nothing that is not there (unless
under Removed). check_changelog.py BUILD_DIR"""

import re
import sys

from checks import declared, finish, public_headers, report, text_of

TYPE = re.compile(r"^(?:\}|typedef [^({;]*) (ikev1_\w+);", re.M)


def named(text):
    """What stands in backticks: functions with their (), types, headers."""
    return set(re.findall(r"`(ikev1_\w+(?:\(\))?|\w+\.h)`", text))


def main(build):
    headers = public_headers()
    functions = {f"{name}()" for h in headers for name in declared(h, f"{build}/include")[0]}
    types = {name for h in headers for name in TYPE.findall(text_of(h))}
    public = functions | types | {h.name for h in headers} | {"version.h"}
    log = text_of("CHANGELOG.md")
    removed = "".join(re.findall(r"^### Removed\n(.*?)(?=^##|\Z)", log, re.M | re.S))
    report("changelog: names all that is public", sorted(public - named(log)))
    report("changelog: names nothing else", sorted(named(log) - public - named(removed)))
    report("changelog: public headers have functions and types",
           [] if functions and types else ["none found"])
    finish()


main(sys.argv[1])
