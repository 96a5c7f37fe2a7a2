# SPDX-License-Identifier: Apache-2.0
"""CHANGELOG.md names every exported function, and no function that is not there (unless under
Removed). check_changelog.py BUILD_DIR"""

import re
import sys

from checks import declared, finish, public_headers, report, text_of


def main(build):
    exported = {name for header in public_headers() for name in declared(header, f"{build}/include")[0]}
    log = text_of("CHANGELOG.md")
    removed = "".join(re.findall(r"^### Removed\n(.*?)(?=^##|\Z)", log, re.M | re.S))
    named = set(re.findall(r"`(ikev1_\w+)\(\)`", log))
    gone = set(re.findall(r"`(ikev1_\w+)\(\)`", removed))
    report("changelog: names every function",
           [f"{name}() is not named" for name in sorted(exported - named)] if exported else ["none found"])
    report("changelog: names nothing else",
           [f"{name}() is not declared" for name in sorted(named - exported - gone)])
    headers = [p.name for p in public_headers()]
    report("changelog: names every header",
           [name for name in headers if f"`{name}`" not in log])
    finish()


main(sys.argv[1])
